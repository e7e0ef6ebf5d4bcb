"""The documentation names only what exists: settings, commands, files, tables, scopes, checks; and names all that it must.

Every word in back-ticks is looked up; a page that a change made wrong fails here.
"""

import re
from pathlib import Path

import pytest
import typer.main

import platforms
from bot.commands import Command, parse
from bot.platform import PlatformSpec
from bot.presence import Presence
from bot.verbs import TABLE
from handlers.people import NAMED
from platforms.slack.members import BOT_SCOPES, USER_SCOPES
from platforms.slack.probe import PROBES as SLACK_PROBES
from platforms.teams import manifest as teams_manifest
from platforms.teams import oauth as teams
from platforms.teams.probe import PROBES as TEAMS_PROBES
from platforms.webex import oauth as webex
from platforms.webex.probe import PROBES as WEBEX_PROBES
from platforms.zoom import oauth as zoom
from platforms.zoom.probe import PROBES as ZOOM_PROBES
from service import cli
from service.doctor import State
from service.doctor.findings import Finding, Report
from service.main import KEY_FILE
from service.settings import Settings, names
from storage.schema import metadata

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
SPECS = platforms.specs()
SETTINGS = set(names(SPECS))
EMPTY = Presence("https://mio.example.com", "/mio", "Mio", "", "", "", "")
WRITTEN = {document.name for spec in SPECS for document in spec.manifest(EMPTY)} | {KEY_FILE, ".env"}
ZOOM_SCOPES = {*zoom.BOT_SCOPES, *zoom.DIRECTORY_SCOPES, *zoom.PERSON_SCOPES}
WEBEX_SCOPES = {*webex.DIRECTORY_SCOPES, *webex.PERSON_SCOPES}
TEAMS_SCOPES = {*teams.PERSON_SCOPES, *teams.ROLES}
CHECKS = {f"slack.{what}" for what in SLACK_PROBES} | {f"zoom.{what}" for what in ZOOM_PROBES}
CHECKS |= {f"webex.{what}" for what in WEBEX_PROBES} | {f"teams.{what}" for what in TEAMS_PROBES}
CHECKS |= {f"{p}.{kind}./{path}" for p, path in (("slack", "slack/events"), ("zoom", "zoom/bot"), ("zoom", "zoom/user")) for kind in ("webhook", "signature")}  # fmt: skip
JSON_FORM = {"version", "status", "checks"} | set(Report((Finding("a", State.OK, "b"),)).json()["checks"][0])
ROUTES = {"/privacy", "/mio", teams_manifest.MESSAGES, teams_manifest.CALLBACK, teams_manifest.CONSENT}
VENDORS = {"api.slack.com/apps"}


def commands() -> dict[str, set[str]]:
    """The command line's commands and what each understands."""
    group = typer.main.get_command(cli.app)
    found: dict[str, set[str]] = {}
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        found[name] = {option for parameter in command.params for option in parameter.opts}
    return found


COMMANDS = commands()


def lines(page: Path) -> list[str]:
    """Indented command lines and what is in back-ticks."""
    text = page.read_text(encoding="utf-8")
    return [line.strip() for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE)] + re.findall(r"`([^`]+)`", text)


def known(word: str) -> bool:
    """Whether something of this name exists in the program."""
    started = re.fullmatch(r"(?:python app\.py|scripts/run) ?(.*)", word)
    if started:
        name, *rest = (started[1] or "run").split()
        return name in COMMANDS and all(option in COMMANDS[name] for option in rest if option.startswith("--"))
    if word.startswith("MIO_"):
        return word.partition("=")[0].removesuffix("_FILE") in SETTINGS
    if typed(word):
        return True
    chat = {row.verb for row in TABLE}
    here = (ROOT / word).exists() or word in WRITTEN or word in metadata.tables
    tables = (
        chat
        | CHECKS
        | JSON_FORM
        | ROUTES
        | VENDORS
        | ZOOM_SCOPES
        | WEBEX_SCOPES
        | TEAMS_SCOPES
        | {*BOT_SCOPES, *USER_SCOPES, *State, "_FILE"}
    )
    return here or word in tables


def typed(word: str) -> bool:
    """Whether the bot understands it as it stands: a command with several words, or a selection of people."""
    for form, example in (("<who>", "ann@acme.example"), ("<that person>", "me"), ("<n>", "7"), ("<platform>", "zoom")):
        word = word.replace(form, example)
    platforms_ = [spec.id for spec in SPECS]
    selection = parse(f"reset {word}", platforms_)
    selects = isinstance(selection, Command) and selection.who is not None and selection.who.kind not in NAMED
    return selects or (" " in word and isinstance(parse(word, platforms_), Command))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_whatever_is_named_exists(page: Path) -> None:
    assert [word for word in lines(page) if not known(word)] == []


def test_the_lookup_can_fail() -> None:
    wrong = (
        "MIO_SLACK_CLIENT",
        "python app.py docter",
        "python app.py doctor --loud",
        "docs/nothing.md",
        "im:reed",
        "undoo",
        "sync somebody primry=zoom",
        "teem:Sales",
    )
    assert [word for word in wrong if known(word)] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_settings_and_links_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {name.removesuffix("_FILE") for name in re.findall(r"\bMIO_[A-Z0-9_]*[A-Z0-9]", text)}
    assert named <= SETTINGS, named - SETTINGS
    targets = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_index_leads_everywhere() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "index.md" and page.name not in index] == []


def scopes(page: str) -> list[str]:
    """The first column of the tables of rights."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_]+:[a-z_.:]+|commands)` \|", text, re.MULTILINE)


def test_each_right_is_explained() -> None:
    """Exactly the rights the code asks for, in its order: bot first, then people."""
    assert scopes("install-slack.md") == [*BOT_SCOPES, *USER_SCOPES]
    assert scopes("install-zoom.md") == [*zoom.BOT_SCOPES, *zoom.DIRECTORY_SCOPES, *zoom.PERSON_SCOPES]


def test_each_right_of_teams_is_explained() -> None:
    """Each once, with the kind it is asked for as."""
    text = (ROOT / "docs" / "install-teams.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \| (delegated|application) \|", text, re.MULTILINE)
    told = [(right, kind) for rights, kind in rows for right in re.findall(r"`([^`]+)`", rights)]
    assert sorted(told) == sorted(
        [*((right, "delegated") for right in teams.PERSON_SCOPES), *((right, "application") for right in teams.ROLES)]
    )


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: str(spec.id))
def test_each_credential_has_its_place(spec: PlatformSpec) -> None:
    text = (ROOT / "docs" / f"install-{spec.id}.md").read_text(encoding="utf-8")
    wanted = [one.name for one in spec.settings if one.required or one.secret]
    assert [name for name in wanted if f"`{name}`" not in text] == []
    checks = [check for check in CHECKS if check.startswith(f"{spec.id}.")]
    assert [check for check in checks if f"`{check}`" not in text] == []


def test_privacy_speaks_of_every_table() -> None:
    text = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [name for name in metadata.tables if f"`{name}`" not in text] == []
    keep, hold = Settings.model_fields["keep"].default, Settings.model_fields["hold"].default
    assert f"`MIO_KEEP` ({keep.days} days)" in text
    assert f"`MIO_HOLD` ({int(hold.total_seconds()) // 3600} hours)" in text
