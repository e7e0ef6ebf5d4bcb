"""Logs: readable or JSON, and never a message, a token or an address."""

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest
import structlog

from bot.platform import TryLater
from service.logs import QUIET, configure

Line = dict[str, object]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Configuring is for the whole process: put everything back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    config = structlog.get_config()
    held = {name: (logging.getLogger(name).level, logging.getLogger(name).disabled) for name in QUIET}
    yield
    structlog.configure(**config)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, (was, disabled) in held.items():
        logging.getLogger(name).setLevel(was)
        logging.getLogger(name).disabled = disabled


def lines(out: io.StringIO) -> list[Line]:
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


def logged(**values: object) -> Line:
    out = io.StringIO()
    configure("json", "info", out)
    structlog.get_logger("mio.test").info("happened", **values)
    return lines(out)[0]


def test_elsewhere_than_on_a_terminal_logs_are_json() -> None:
    out = io.StringIO()
    configure("", "info", out)
    structlog.get_logger("mio.test").info("happened", job=3, at=datetime(2026, 3, 2, tzinfo=UTC))
    (line,) = lines(out)
    assert line["message"] == "happened" and line["level"] == "info" and line["logger"] == "mio.test"
    assert line["job"] == 3 and str(line["timestamp"]).endswith("Z")


def test_people_get_plain_lines() -> None:
    out = io.StringIO()
    configure("console", "info", out)
    structlog.get_logger("mio.test").info("happened", job=3, token="abc")
    assert "happened" in out.getvalue() and "job=3" in out.getvalue() and "abc" not in out.getvalue()


def test_the_level_holds() -> None:
    out = io.StringIO()
    configure("json", "warning", out)
    structlog.get_logger("mio.test").info("quiet")
    structlog.get_logger("mio.test").warning("loud")
    assert [line["message"] for line in lines(out)] == ["loud"]


@pytest.mark.parametrize(
    "key",
    ["token", "access_token", "secret", "client_secret", "text", "body", "code", "authorization", "email", "emails"],
)
def test_suspicious_keys_are_masked_at_any_depth(key: str) -> None:
    line = logged(**{key: "private"}, deep={"list": [{key: "private"}], "kind": "kept"})
    assert "private" not in str(line)
    assert line[key] == "[hidden]" and "kept" in str(line)


@pytest.mark.parametrize(
    "key", ["job", "kind", "reason", "state", "platform", "why", "status", "context", "encoded", "address"]
)
def test_harmless_keys_stay(key: str) -> None:
    assert logged(**{key: "plain"})[key] == "plain"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-2-abc",
        "xoxe.xoxp-1-abcDEF",
        "Bearer abcdefghijklmnop",
        "eyJhbGciOi.eyJzdWIi.c2ln",
        "ann.lee@acme.example",
    ],
)
def test_tokens_and_addresses_are_masked_in_any_value(secret: str) -> None:
    line = logged(why=f"failed with {secret}", raised=[secret])
    assert secret not in str(line)
    assert str(line["why"]).startswith("failed with ")


def test_bytes_are_never_shown() -> None:
    assert logged(data=b"private")["data"] == "[hidden]"


def test_an_exception_is_shown_by_type_and_place_not_by_its_words() -> None:
    out = io.StringIO()
    configure("json", "info", out)
    try:
        try:
            int("a private line")
        except ValueError as fault:
            raise TryLater("ratelimited") from fault
    except TryLater:
        structlog.get_logger("mio.test").error("unexpected", exc_info=True)
    exception = str(lines(out)[0]["exception"])
    assert "private" not in exception and "builtins.ValueError" in exception
    assert "bot.platform.TryLater: ratelimited" in exception and "test_logs.py:" in exception


def test_other_libraries_come_the_same_way() -> None:
    out = io.StringIO()
    configure("json", "info", out)
    configure("json", "info", out)
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=ValueError("a private line"))
    logging.getLogger("aiohttp.access").error("GET /allow/t0ken")
    logging.getLogger("slack_bolt.AsyncApp").warning("Unhandled request (a private line)")
    logging.getLogger("apscheduler.executors").info("Running job")
    (line,) = lines(out)
    assert line["logger"] == "aiohttp.server" and line["level"] == "error"
    assert "private" not in str(line)
