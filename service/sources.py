"""Where settings come from: the environment, ``.env``, ``<NAME>_FILE`` and ``MIO_SECRETS_DIR``.

Collects words by name and says which names nobody knows. What the words mean is not decided here, and no value is
ever repeated in a problem.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

PREFIX = "MIO_"
# A Kubernetes service called "mio" puts these into every container of its namespace.
INJECTED = ("MIO_SERVICE_", "MIO_PORT")


@dataclass(slots=True)
class Gathered:
    """Words by setting name, where each came from, and what is wrong with the rest."""

    words: dict[str, str] = field(default_factory=dict, repr=False)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def gather(environ: Mapping[str, str], known: Iterable[str], cwd: Path) -> Gathered:
    """The environment wins over ``.env``, which wins over the secrets folder; an empty word counts as absent."""
    names = frozenset(known)
    found = Gathered()
    _take(found, environ, names, cwd, "the environment")
    _take(found, _dotenv(found, cwd / ".env"), names, cwd, ".env")
    folder = found.words.get("MIO_SECRETS_DIR")
    if folder:
        _take_folder(found, cwd / folder, names)
    return found


def _take(found: Gathered, given: Mapping[str, str], names: frozenset[str], cwd: Path, origin: str) -> None:
    """Add what an earlier source has not given. A name and its ``_FILE`` in one source contradict each other."""
    fresh: dict[str, str] = {}
    for name, word in given.items():
        if not name.startswith(PREFIX) or name.startswith(INJECTED) or (name in names and not word.strip()):
            continue
        target = name if name in names else name.removesuffix("_FILE")
        if target not in names:
            found.problems.append(unknown(name, names, origin))
        elif target in fresh:
            found.problems.append(f"{target} and {target}_FILE are both set in {origin}: keep one")
        elif target == name:
            fresh[target] = word.strip()
        elif word.strip():
            fresh[target] = _file(found, name, cwd / word.strip())
    for name, word in fresh.items():
        if word and name not in found.words:
            found.words[name] = word
            found.origins[name] = origin


def unknown(name: str, names: Iterable[str], origin: str) -> str:
    nearest = difflib.get_close_matches(name, sorted(names), 1, 0)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"{name} in {origin} is not a setting{hint}"


def _dotenv(found: Gathered, path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        # Without interpolation: a "$" in a secret is a "$".
        return {name: word or "" for name, word in dotenv_values(path, interpolate=False).items()}
    except (OSError, UnicodeDecodeError) as fault:
        found.problems.append(f".env cannot be read: {_reason(fault)}")
        return {}


def _file(found: Gathered, name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        found.problems.append(f"{name} names a file that cannot be read: {_reason(fault)}")
        return ""


def _take_folder(found: Gathered, folder: Path, names: frozenset[str]) -> None:
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.startswith(PREFIX) and path.is_file())
    except OSError as fault:
        found.problems.append(f"MIO_SECRETS_DIR cannot be read: {_reason(fault)}")
        return
    for path in paths:
        if path.name.startswith(INJECTED):
            continue
        if path.name not in names:
            found.problems.append(unknown(path.name, names, "MIO_SECRETS_DIR"))
        elif path.name not in found.words:
            word = _file(found, path.name, path)
            if word:
                found.words[path.name] = word
                found.origins[path.name] = "MIO_SECRETS_DIR"


def _reason(fault: Exception) -> str:
    return (fault.strerror or "unreadable") if isinstance(fault, OSError) else "not UTF-8 text"
