"""Settings as an operator writes them, and what is answered when they are wrong."""

from datetime import time, timedelta
from pathlib import Path

import pytest

import platforms
from bot.hours import WorkingHours
from bot.links import Timetable
from service.settings import Settings, SettingsError, load, names
from service.values import Address, Guard

SPECS = platforms.specs()
SLACK = {"MIO_SLACK_CLIENT_ID": "id", "MIO_SLACK_CLIENT_SECRET": "hush-1", "MIO_SLACK_SIGNING_SECRET": "hush-2"}
KEY = "k1:" + "A" * 43 + "="


def read(tmp_path: Path, **environ: str) -> Settings:
    return load(environ, SPECS, tmp_path)


def refused(tmp_path: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as fault:
        load(environ, SPECS, tmp_path)
    return str(fault.value)


def test_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.bind == Address("127.0.0.1", 8080)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.data_dir == tmp_path / "var"
    assert settings.embedded
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/var/mio.db"
    assert settings.process == {"web", "work", "clock"}
    assert settings.hours == WorkingHours()
    assert settings.timetable == Timetable()
    assert settings.removal_guard == Guard(0.05, 25)
    assert settings.stop_share == 0.2
    assert settings.keep == timedelta(days=400)
    assert settings.commands == {"slack": "/mio", "teams": "/mio", "webex": "/mio", "zoom": "/mio"}
    assert settings.platforms == {}
    assert settings.origins == {}


def test_typed_values(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        MIO_BIND="[::1]:9000",
        MIO_PUBLIC_URL="https://mio.example.com/",
        MIO_ADMINS="Maya@Acme.Example, ann@acme.example",
        MIO_PROMPT_EVERY="1d12h",
        MIO_PROMPT_HOURS="10:30-16:00",
        MIO_PROMPT_DAYS="sun-tue,thu",
        MIO_REMOVAL_GUARD="10%,7",
        MIO_ALIASES="old.example=acme.example",
        MIO_CANARY="ann@acme.example:bob@acme.example",
        MIO_FILES="100MB",
        MIO_ZOOM_COMMAND="/miozoom",
        MIO_TIMEZONE="Europe/Berlin",
        MIO_MARK_READ="on",
    )
    assert settings.bind == Address("::1", 9000)
    assert settings.public_url == "https://mio.example.com"
    assert settings.admins == ("maya@acme.example", "ann@acme.example")
    assert settings.timetable.every == timedelta(hours=36)
    assert settings.hours == WorkingHours(time(10, 30), time(16), frozenset({6, 0, 1, 3}))
    assert settings.removal_guard == Guard(0.1, 7)
    assert settings.aliases == {"old.example": "acme.example"}
    assert settings.canary == (("ann@acme.example", "bob@acme.example"),)
    assert settings.files == 100_000_000
    assert settings.commands == {"slack": "/mio", "teams": "/mio", "webex": "/mio", "zoom": "/miozoom"}
    assert settings.mark_read


def test_every_documented_name_is_known() -> None:
    documented = """BIND PUBLIC_URL DATA_DIR DATABASE_URL DATABASE_DIRECT_URL RATES PROCESS ENCRYPTION_KEYS ADMINS COMPANY
    BOT_NAME SUPPORT HELP_URL PRIVACY_URL TERMS_URL COMMAND ZOOM_COMMAND SLACK_COMMAND TIMEZONE LANGUAGE PROMPT_EVERY
    PROMPT_MAX PROMPT_HOURS PROMPT_DAYS PROMPT_THROTTLE PROMPT_PER_DAY UNDO_WINDOW REMOVAL_GUARD HOLD UNLINKED PAUSED
    STOP_SHARE GUESTS TWO_PERSON SELF_PRIMARY ALIASES TEAMS_LISTEN CANARY KEEP SECRETS_DIR MARK_READ DEBUG_CLOCK FILES
    LOG_FORMAT LOG_LEVEL SLACK_CLIENT_ID SLACK_BOT_TOKEN SLACK_API_URL ZOOM_BOT_JID ZOOM_S2S_CLIENT_SECRET"""
    assert {f"MIO_{name}" for name in documented.split()} <= set(names(SPECS))


def test_a_configured_platform(tmp_path: Path) -> None:
    slack = read(tmp_path, **SLACK).platforms["slack"]
    assert slack["MIO_SLACK_CLIENT_SECRET"] == "hush-1"
    assert slack["MIO_SLACK_API_URL"] == "https://slack.com/api/"
    assert "MIO_SLACK_BOT_TOKEN" not in slack


def test_a_half_configured_platform_says_what_is_missing(tmp_path: Path) -> None:
    said = refused(tmp_path, MIO_SLACK_CLIENT_ID="id")
    assert said == (
        "Slack is half-configured (MIO_SLACK_CLIENT_ID is set): "
        "missing MIO_SLACK_CLIENT_SECRET, MIO_SLACK_SIGNING_SECRET"
    )


def test_an_app_without_its_secret(tmp_path: Path) -> None:
    zoom = {setting.name: "x" for spec in SPECS if spec.id == "zoom" for setting in spec.settings if setting.required}
    assert "zoom" in read(tmp_path, **zoom).platforms
    assert "missing MIO_ZOOM_S2S_CLIENT_SECRET" in refused(tmp_path, **zoom, MIO_ZOOM_S2S_CLIENT_ID="x")


@pytest.mark.parametrize(
    ("name", "word", "said"),
    [
        ("MIO_BIND", "8080", "must be a host and a port"),
        ("MIO_BIND", "::1:8080", "must be a host and a port"),
        ("MIO_PUBLIC_URL", "mio.example.com", "must be a web address"),
        ("MIO_DATABASE_URL", "mysql://h/x", "must begin with"),
        ("MIO_PROCESS", "web,eat", "must be 'web', 'work' or 'clock'"),
        ("MIO_PROCESS", "web", "on the embedded database"),
        ("MIO_ENCRYPTION_KEYS", "hush", "must be kid:base64 of 32 bytes"),
        ("MIO_ADMINS", "maya", "must be e-mail addresses"),
        ("MIO_PROMPT_EVERY", "0h", "must be greater than"),
        ("MIO_PROMPT_EVERY", "3 days", "must be a duration"),
        ("MIO_PROMPT_MAX", "-1", "must be greater than or equal to 0"),
        ("MIO_PROMPT_HOURS", "17:00-09:00", "must be a span of hours"),
        ("MIO_PROMPT_DAYS", "mon-xyz", "must be weekdays"),
        ("MIO_REMOVAL_GUARD", "5%", "must be a share and a number"),
        ("MIO_STOP_SHARE", "120%", "must be a share"),
        ("MIO_UNLINKED", "drop", "must be 'deliver' or 'refuse'"),
        ("MIO_ALIASES", "acme.example", "must be pairs of domains"),
        ("MIO_CANARY", "ann@a.b", "must be pairs of e-mail"),
        ("MIO_FILES", "big", "must be on, off or a size"),
        ("MIO_TIMEZONE", "Mars/Base", "must be a time zone"),
        ("MIO_LOG_LEVEL", "loud", "must be"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(tmp_path: Path, name: str, word: str, said: str) -> None:
    answer = refused(tmp_path, **{name: word})
    assert answer.startswith(name)
    assert said in answer
    assert len(word) < 5 or word not in answer.removeprefix(name)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, MIO_BNID="x", MIO_PAUSED="x", MIO_SLACK_CLIENT_ID="x", MIO_HOLD="x").splitlines()
    assert [line.split()[0] for line in said] == ["MIO_BNID", "Slack", "MIO_HOLD", "MIO_PAUSED"]


def test_postgresql_needs_a_key(tmp_path: Path) -> None:
    url = "postgresql://mio:hush@db/mio"
    assert "MIO_ENCRYPTION_KEYS must be set" in refused(tmp_path, MIO_DATABASE_URL=url)
    settings = read(tmp_path, MIO_DATABASE_URL=url, MIO_ENCRYPTION_KEYS=KEY, MIO_PROCESS="web")
    assert not settings.embedded
    assert settings.process == {"web"}


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    url = "postgresql://mio:hush-3@db/mio"
    settings = read(tmp_path, **SLACK, MIO_DATABASE_URL=url, MIO_ENCRYPTION_KEYS=KEY)
    shown = f"{settings!r} {settings} {settings.platforms!r} {dict(settings.platforms)}"
    assert "hush" not in shown
    assert KEY not in shown
    assert "MIO_SLACK_CLIENT_SECRET=***" in shown


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = read(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.company = "Other"


TEAMS = {
    "MIO_TEAMS_TENANT_ID": "33333333-cccc-4ccc-8ccc-333333333333",
    "MIO_TEAMS_SERVICE_URL": "http://127.0.0.1:3978",
}


def test_unsigned_activities_stay_at_home_and_need_no_app(tmp_path: Path) -> None:
    assert "MIO_TEAMS_APP_ID" in refused(tmp_path, **TEAMS)
    words = read(tmp_path, MIO_TEAMS_ANONYMOUS="1", **TEAMS).platforms["teams"]
    assert "MIO_TEAMS_APP_ID" not in words
    assert "MIO_TEAMS_ANONYMOUS" in refused(tmp_path, MIO_TEAMS_ANONYMOUS="1", MIO_BIND="0.0.0.0:8080", **TEAMS)
    whole = {**TEAMS, "MIO_TEAMS_APP_ID": "44444444-dddd-4ddd-8ddd-444444444444", "MIO_TEAMS_APP_SECRET": "hush"}
    assert "MIO_TEAMS_ANONYMOUS" in refused(tmp_path, MIO_TEAMS_ANONYMOUS="true", **whole)


def test_listening_to_a_whole_tenant_is_refused_until_it_exists(tmp_path: Path) -> None:
    assert "not available yet" in refused(tmp_path, MIO_TEAMS_LISTEN="tenant")


def test_the_clock_of_demonstrations_stays_at_home(tmp_path: Path) -> None:
    assert read(tmp_path, MIO_DEBUG_CLOCK="1").debug_clock
    for name, word in {"MIO_BIND": "0.0.0.0:8080", "MIO_PUBLIC_URL": "https://mio.example.com"}.items():
        assert name in refused(tmp_path, MIO_DEBUG_CLOCK="1", **{name: word})
    assert "MIO_SLACK_API_URL" in refused(tmp_path, MIO_DEBUG_CLOCK="1", **SLACK)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, True),
        ({"MIO_BIND": "localhost:9000"}, True),
        ({"MIO_BIND": "0.0.0.0:8080"}, False),
        ({"MIO_PUBLIC_URL": "https://mio.example.com"}, False),
        ({"MIO_DATABASE_URL": "sqlite:////tmp/x.db"}, False),
        (SLACK, False),
    ],
)
def test_when_the_sandbox_may_be_served(tmp_path: Path, environ: dict[str, str], expected: bool) -> None:
    assert load(environ, SPECS, tmp_path).demonstrable is expected
