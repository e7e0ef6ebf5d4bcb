"""What the command line answers: help, and one readable line with status 2 for every expected failure."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import cli, locks, logs
from service.settings import SettingsError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, no settings, and the log of the test run left alone."""
    for name in os.environ:
        if name.startswith("MIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda *_: None)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def mio(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mio", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


@pytest.mark.parametrize("words", [(), ("run",), ("sandbox",), ("migrate",), ("cards",), ("bench",)], ids=str)
def test_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert mio(monkeypatch, *words, "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: ")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("nonsense",), "mio: No such command 'nonsense'."),
        (("run", "--nonsense"), "mio: No such option: --nonsense"),
        (("run", "--no-sandbox", "--reset"), "mio: --people and --reset belong to the sandbox, which is not served"),
    ],
    ids=str,
)
def test_bad_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], line: str
) -> None:
    assert mio(monkeypatch, *words) == 2
    (only,) = said(capsys)
    assert only.startswith(line)


def test_bad_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MIO_BNID", "x")
    monkeypatch.setenv("MIO_PAUSED", "x")
    assert mio(monkeypatch) == 2
    assert said(capsys) == [
        "mio: MIO_BNID in the environment is not a setting; did you mean MIO_BIND?",
        "mio: MIO_PAUSED must be 'hold' or 'refuse'",
    ]


@pytest.mark.parametrize(
    ("name", "word"),
    [("MIO_PUBLIC_URL", "https://mio.example.com"), ("MIO_BIND", "0.0.0.0:8080"), ("", "")],
)
def test_nothing_configured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, word: str
) -> None:
    """Where the sandbox may not be served, the answer is what to set."""
    words = ["run"]
    if name:
        monkeypatch.setenv(name, word)
    else:
        words.append("--no-sandbox")
    assert mio(monkeypatch, *words) == 2
    (line,) = said(capsys)
    assert line.startswith("mio: no platform is configured")
    assert "MIO_SLACK_SIGNING_SECRET" in line


def test_the_port_of_the_bot_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], taken: int
) -> None:
    monkeypatch.setenv("MIO_BIND", f"127.0.0.1:{taken}")
    assert mio(monkeypatch, "run") == 2
    assert said(capsys) == [f"mio: MIO_BIND: cannot listen on 127.0.0.1:{taken} (address already in use)"]


def test_the_port_of_the_sandbox_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], taken: int
) -> None:
    assert mio(monkeypatch, "sandbox", "--port", str(taken)) == 2
    assert said(capsys) == [f"mio: the sandbox: cannot listen on 127.0.0.1:{taken} (address already in use)"]


def test_an_unusable_data_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    assert mio(monkeypatch, "sandbox", "--port", "0") == 2
    (line,) = said(capsys)
    assert line.startswith("mio: MIO_DATA_DIR: cannot write to")


def test_reset_is_refused_while_a_bot_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = tmp_path / "var" / "sandbox"
    with locks.held(state / locks.BOT, "a bot"):
        assert mio(monkeypatch, "sandbox", "--port", "0", "--reset") == 2
    assert said(capsys) == [f"mio: MIO_DATA_DIR: a bot is already running on {state}; stop it first"]
    assert state.exists()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    with locks.held(tmp_path / "x.lock", "one"):
        with pytest.raises(SettingsError, match="one is already running"), locks.held(tmp_path / "x.lock", "one"):
            pass
    with locks.held(tmp_path / "x.lock", "another"):
        pass


def test_migrate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert mio(monkeypatch, "migrate") == 0
    assert mio(monkeypatch, "migrate") == 0
    assert capsys.readouterr().out == "The database is up to date.\n" * 2
    assert (tmp_path / "var" / "mio.db").is_file()


def test_cards(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("MIO_COMPANY", "Globex & Sons")
    assert mio(monkeypatch, "cards", "all.html") == 0
    assert capsys.readouterr().out.endswith(" cards: all.html\n")
    assert "at Globex &amp; Sons" in (tmp_path / "all.html").read_text(encoding="utf-8")


def test_cards_into_a_folder_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mio(monkeypatch, "cards", "nowhere/all.html") == 2
    assert said(capsys) == ["mio: nowhere/all.html: cannot be written (no such file or directory)"]


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        monkeypatch.setenv("MIO_DATABASE_URL", f"postgresql://mio:hush@127.0.0.1:{port}/mio")
        monkeypatch.setenv("MIO_ENCRYPTION_KEYS", "k1:" + "A" * 43 + "=")
        assert mio(monkeypatch, "migrate") == 2
    (line,) = said(capsys)
    assert "hush" not in line
