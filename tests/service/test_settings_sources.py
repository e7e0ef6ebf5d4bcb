"""Where settings may stand, and which place wins."""

from pathlib import Path

import pytest

import platforms
from service.settings import Settings, SettingsError, load

SPECS = platforms.specs()


def read(cwd: Path, **environ: str) -> Settings:
    return load(environ, SPECS, cwd)


def refused(cwd: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as fault:
        load(environ, SPECS, cwd)
    return str(fault.value)


def test_the_environment_wins_over_dotenv_over_the_secrets_folder(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in ("MIO_COMPANY", "MIO_SUPPORT", "MIO_BOT_NAME"):
        (folder / name).write_text("folder\n")
    (tmp_path / ".env").write_text(f"MIO_COMPANY=dotenv\nMIO_SUPPORT=dotenv\nMIO_SECRETS_DIR={folder}\nOTHER=x\n")
    settings = read(tmp_path, MIO_COMPANY="environment")
    assert (settings.company, settings.support, settings.bot_name) == ("environment", "dotenv", "folder")
    assert settings.origins["MIO_COMPANY"] == "the environment"
    assert settings.origins["MIO_BOT_NAME"] == "MIO_SECRETS_DIR"


def test_a_dollar_in_dotenv_is_a_dollar(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MIO_COMPANY=a${HOME}b$c\n")
    assert read(tmp_path).company == "a${HOME}b$c"


def test_a_file_named_by_a_setting(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("Acme\n")
    assert read(tmp_path, MIO_COMPANY_FILE="secret").company == "Acme"
    assert read(tmp_path, MIO_COMPANY_FILE=str(tmp_path / "secret")).company == "Acme"


def test_a_missing_file_is_named_by_its_setting(tmp_path: Path) -> None:
    said = refused(tmp_path, MIO_COMPANY_FILE="nowhere")
    assert said == "MIO_COMPANY_FILE names a file that cannot be read: No such file or directory"


def test_value_and_file_contradict_each_other(tmp_path: Path) -> None:
    said = refused(tmp_path, MIO_COMPANY="Acme", MIO_COMPANY_FILE="x")
    assert said == "MIO_COMPANY and MIO_COMPANY_FILE are both set in the environment: keep one"


def test_an_empty_word_is_no_word(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MIO_COMPANY=Acme\n")
    settings = read(tmp_path, MIO_COMPANY="", MIO_SLACK_CLIENT_ID="", MIO_DATABASE_URL=" ")
    assert settings.company == "Acme"
    assert settings.demonstrable


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MIO_PROMPT_EVRY", "MIO_PROMPT_EVERY"),
        ("MIO_SLACK_CLIENTID", "MIO_SLACK_CLIENT_ID"),
        ("MIO_COMPNY_FILE", "MIO_COMPANY"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(tmp_path: Path, name: str, nearest: str) -> None:
    said = refused(tmp_path, **{name: "hush"})
    assert said == f"{name} in the environment is not a setting; did you mean {nearest}?"


def test_unknown_names_are_found_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "MIO_COMPNY").write_text("x")
    (folder / "..data").write_text("x")
    (tmp_path / ".env").write_text("MIO_BNID=x\n")
    said = refused(tmp_path, MIO_SECRETS_DIR="secrets").splitlines()
    assert [line.split(";")[0] for line in said] == [
        "MIO_BNID in .env is not a setting",
        "MIO_COMPNY in MIO_SECRETS_DIR is not a setting",
    ]


def test_names_that_kubernetes_injects_are_ignored(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        MIO_SERVICE_HOST="10.0.0.1",
        MIO_SERVICE_PORT_HTTP="8080",
        MIO_PORT="tcp://10.0.0.1:8080",
        MIO_PORT_8080_TCP_ADDR="10.0.0.1",
    )
    assert settings.origins == {}


def test_a_missing_secrets_folder(tmp_path: Path) -> None:
    said = refused(tmp_path, MIO_SECRETS_DIR="nowhere")
    assert said == "MIO_SECRETS_DIR cannot be read: No such file or directory"


def test_text_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert "not UTF-8 text" in refused(tmp_path, MIO_COMPANY_FILE="bytes")
    (tmp_path / ".env").write_bytes(b"MIO_COMPANY=\xff\n")
    assert ".env cannot be read: not UTF-8 text" in refused(tmp_path)
