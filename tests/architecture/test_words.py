"""The project speaks of itself alone: no registries, no machines, no numbers of other people's lists."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"var", "dist", "build", "__pycache__", "node_modules"}
KINDS = {"", ".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".txt", ".cfg"}
# Written so that this file does not name what it forbids.
FORBIDDEN = re.compile(
    r"py[p]i\.org|pythonhoste[d]\.org|npmj[s]\.org|crates\.i[o]/|file[:]//|/wor[k]/|/opt/py[p]i"
    r"|closing not[e]|\bissu[e] #?[0-9]+\b|as an a[i] |language mode[l]",
    re.IGNORECASE,
)
OUTSIDE = re.compile(r"\.\./share[d]")


def texts() -> Iterator[tuple[str, str]]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED and (not name.startswith(".") or name == ".ci")]
        for file in files:
            path = Path(folder, file)
            if path.suffix in KINDS and not file.startswith((".env", ".git")):
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")


def test_no_foreign_words() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert not found, "\n".join(found)


def test_only_the_full_check_looks_outside_the_checkout() -> None:
    assert [name for name, text in texts() if OUTSIDE.search(text)] == [os.path.join(".ci", "run")]


def test_locks_are_hashed_and_name_no_address() -> None:
    """Where packages come from is the installing machine's business, what they are is ours."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
        wrong = [
            line
            for line in lines
            if not re.match(r"[a-z0-9][\w.\[\]-]*==\S+( ;.*)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line)
        ]
        assert not wrong, (lock, wrong[:3])


def test_both_locks_agree() -> None:
    """A machine prepared for tests runs what a machine prepared for running runs."""
    pins = [
        set(re.findall(r"^([a-z0-9][\w.-]*==\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1], sorted(pins[0] - pins[1])
