"""The house rules that a program can check: lengths, docstrings, the same file names in every platform folder."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bot", "handlers", "platforms", "storage", "cards", "service", "sandbox", "bench", "tests")
SOURCES = [ROOT / "app.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]
INVENTED = ROOT / "tests" / "faceless" / "semaphore"
PLATFORMS = [*sorted(path.parent for path in (ROOT / "platforms").glob("*/__init__.py")), INVENTED]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
PLATFORM_FILES = ("__init__", "api", "decode", "manifest", "members", "oauth", "probe", "send", "text", "webhook")
EMPTY_NAMES = ("utils", "util", "helpers", "helper", "common", "manager", "base", "misc")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring: words may be as long as they need to be."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        length -= first.end_lineno - first.lineno + 1
    return length


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_file(path: Path) -> None:
    """Short enough, with functions that fit a screen, a docstring, and a name that says something."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE, "split it: a file is one noun"
    generated = "migrations/versions" in path.as_posix()
    tall = [f"{found.name} ({lines(found)})" for found in functions(path) if lines(found) > LONGEST_FUNCTION]
    assert generated or not tall, f"longer than {LONGEST_FUNCTION} lines: {', '.join(tall)}"
    assert ast.get_docstring(ast.parse(text)), "say what this file is for and what it must not do"
    assert path.stem not in EMPTY_NAMES


@pytest.mark.parametrize("folder", PLATFORMS, ids=name)
def test_platform_folder(folder: Path) -> None:
    """Same thing, same file name: who knows one platform knows them all."""
    present = {path.stem for path in folder.glob("*.py")}
    assert set(PLATFORM_FILES) <= present, f"missing: {sorted(set(PLATFORM_FILES) - present)}"


@pytest.mark.parametrize("folder", PLATFORMS, ids=name)
def test_platform_says_what_it_lacks(folder: Path) -> None:
    """What is done, what is not, and what nobody could verify yet stands beside the code."""
    assert (folder / "quality.yaml").is_file()


def test_tests_are_no_packages() -> None:
    """A package called tests/bot would shadow the bot. The invented platform is a package, as every platform is."""
    assert [name(path) for path in (ROOT / "tests").rglob("__init__.py")] == ["tests/faceless/semaphore/__init__.py"]
