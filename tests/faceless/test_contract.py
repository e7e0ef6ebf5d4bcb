"""The contract of every platform folder, met by the invented one: the same suite, loaded anew with that folder alone.

Only where its tests stand is different: they are the stories beside this file.
"""

import hashlib
import hmac
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import platforms
from bot.platform import PlatformSpec

HERE = Path(__file__).parent
SUITE = HERE.parent / "platforms" / "test_contract.py"


def loaded() -> ModuleType:
    """The suite as if it stood here, and as if there were no platform but ours."""
    suite = ModuleType("faceless_contract")
    suite.__file__ = __file__
    usual = platforms.__path__
    platforms.__path__ = [str(HERE)]
    try:
        exec(compile(SUITE.read_text(encoding="utf-8"), str(SUITE), "exec"), vars(suite))
    finally:
        platforms.__path__ = usual
        vars(platforms).pop("semaphore", None)
        for module in [name for name in sys.modules if name.startswith("platforms.semaphore")]:
            del sys.modules[module]
    return suite


def signs(given: Mapping[str, str], path: str, body: bytes) -> Mapping[str, str]:
    made = hmac.new(given["MIO_SEMAPHORE_SIGNING_SECRET"].encode(), body, hashlib.sha256)
    return {"X-Semaphore-Signature": made.hexdigest()}


def answers(path: str, args: Mapping[str, Any]) -> Any:
    user = path.rpartition("/")[2]
    return {"id": user, "name": "Some One", "email": "", "verified": False, "master": False, "active": True}


suite = loaded()
vars(suite)["MANNERS"] = {"semaphore": suite.Manners(signs, answers)}
FIXTURES = ("name", "spec", "vendor", "lent", "platform")
TESTS: dict[str, Callable[..., Any]] = {
    name: test for name, test in vars(suite).items() if name.startswith("test_") and "same_names" not in name
}
globals().update(TESTS, **{name: vars(suite)[name] for name in FIXTURES})


@pytest.fixture(autouse=True)
def there(found: PlatformSpec) -> PlatformSpec:
    """The folder is there for every test."""
    return found


def test_it_is_the_whole_suite() -> None:
    written = SUITE.read_text(encoding="utf-8").count("def test_")
    assert len(TESTS) == written - 1 and list(suite.SPECS) == ["semaphore"] and len(suite.PAYLOADS) == 5


def test_the_same_names_as_everywhere() -> None:
    for file in ("__init__", *platforms.FILES):
        assert (HERE / "semaphore" / f"{file}.py").is_file()
