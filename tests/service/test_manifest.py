"""What administrators upload: the vendors' own descriptions accept it, and it asks for what the program uses, no more.

Tests against the vendors' descriptions run where VENDOR_SPECS names their folder; they skip elsewhere.
"""

import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import platforms
from bot.presence import Presence
from bot.ready import GrantKind
from bot.verbs import TABLE
from platforms.slack import manifest as slack
from platforms.slack.members import BOT_SCOPES, USER_SCOPES
from platforms.zoom import manifest as zoom
from platforms.zoom.oauth import DIRECTORY_SCOPES, PERSON_SCOPES
from service import cli, logs, papers
from service.settings import load

SPECS = Path(os.environ.get("VENDOR_SPECS", ""))
vendors = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
ACME = Presence(
    public_url="https://mio.acme.example",
    command="/mio",
    bot_name="Mio",
    company="Acme",
    support="help@acme.example",
    privacy_url="https://mio.acme.example/privacy",
    terms_url="https://mio.acme.example/terms",
)
APP = "44444444-DDDD-4ddd-8ddd-444444444444"
ROUTES = {"/slack/events", "/zoom/bot", "/zoom/user", "/oauth/slack/callback", "/oauth/zoom/callback", "/"}


def addresses(value: Any) -> set[str]:
    """Every address of ours anywhere in a manifest."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*(addresses(one) for one in value))
    return {value} if isinstance(value, str) and value.startswith("http") else set()


def oauth(app: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = app["manifest"]["oauth_information"]
    return found


# -- both ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made", [slack.made(ACME), zoom.app_a(ACME), zoom.app_b(ACME)], ids=["slack", "zoom a", "zoom b"]
)
def test_addresses_are_the_programs_own_routes(made: dict[str, Any]) -> None:
    found = addresses(made)
    assert found and all(address.removeprefix(ACME.public_url) in ROUTES for address in found), found


def test_webhook_addresses_are_served(tmp_path: Path) -> None:
    """Every POST route is in a manifest, and every webhook address in a manifest is a route."""
    served = {"/slack/events", "/zoom/bot", "/zoom/user"}
    named = set().union(*(addresses(made) for made in (slack.made(ACME), zoom.app_a(ACME), zoom.app_b(ACME))))
    hooks = {address.removeprefix(ACME.public_url) for address in named} - {"/"}
    assert {hook for hook in hooks if not hook.startswith("/oauth")} == served


def test_every_platform_has_papers() -> None:
    for spec in platforms.specs():
        made = spec.manifest(ACME)
        assert made, f"{spec.id} gives an administrator nothing to upload"
        assert all(document.text.endswith("\n") != bool(document.data) for document in made)
        assert all(document.use.endswith(".") for document in made)
        assert len({document.name for document in made}) == len(made)


# -- Slack -----------------------------------------------------------------------------------------------


def test_slack_asks_for_what_the_code_asks_for() -> None:
    scopes = slack.made(ACME)["oauth_config"]["scopes"]
    assert scopes == {"bot": list(BOT_SCOPES), "user": list(USER_SCOPES)}


def test_slacks_command() -> None:
    (command,) = slack.made(ACME)["features"]["slash_commands"]
    assert command["command"] == "/mio"
    assert command["should_escape"] is True, "a typed @name must arrive as an id"
    assert set(command["usage_hint"].split(" | ")) == {row.verb for row in TABLE if not row.quiet}


@vendors
@pytest.mark.parametrize("version", ["manifest.schema.1.0.0.json", "manifest.schema.2.0.0.json"])
def test_slacks_schema_accepts_it(version: str) -> None:
    schema = json.loads((SPECS / "slack" / "manifest" / version).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert not [error.message for error in validator.iter_errors(slack.made(ACME))]
    spoiled = slack.made(ACME)
    spoiled["features"]["slash_commands"][0]["command"] = 1
    assert list(validator.iter_errors(spoiled)), "the schema is able to refuse"


@vendors
def test_slacks_events_have_their_scopes() -> None:
    made = slack.made(ACME)
    subscribed = made["settings"]["event_subscriptions"]
    for kind, scopes in (("bot_events", BOT_SCOPES), ("user_events", USER_SCOPES)):
        for event in subscribed[kind]:
            needed = json.loads((SPECS / "slack" / "events" / f"{event}.json").read_text()).get("scopes") or []
            assert not needed or set(needed) & set(scopes), f"{event} needs one of {needed}"


# Which calls the program makes with which kind of token: platforms/slack/api.py `bot` and `person`.
CALLS = {
    "bot": ("auth.test", "chat.postMessage", "chat.update", "conversations.open", "users.info", "users.list"),
    "user": (
        "auth.revoke",
        "chat.postMessage",
        "conversations.history",
        "conversations.info",
        "conversations.open",
        "users.info",
    ),
}
FOR_OTHER_REASONS = {"commands", "users:read.email", "im:history"}
"""The slash command, the address of a listed user, and events: no method asks for them."""


@vendors
@pytest.mark.parametrize(("kind", "scopes"), [("bot", BOT_SCOPES), ("user", USER_SCOPES)])
def test_slacks_scopes_are_all_needed(kind: str, scopes: tuple[str, ...]) -> None:
    """Each call finds its scope, and no scope is asked for in vain: people are shown the list."""
    used: set[str] = set()
    for method in CALLS[kind]:
        wanted = json.loads((SPECS / "slack" / "methods" / f"{method}.json").read_text())["scope"].get(kind) or []
        mine = set(wanted) & set(scopes)
        assert not wanted or mine, f"{method} needs one of {wanted}"
        used |= mine
    assert set(scopes) - used <= FOR_OTHER_REASONS


# -- Zoom ------------------------------------------------------------------------------------------------


def test_zoom_asks_for_what_the_code_asks_for(tmp_path: Path) -> None:
    a, b = oauth(zoom.app_a(ACME)), oauth(zoom.app_b(ACME))
    assert [one["scope"] for one in a["scopes"]] == ["imchat:bot", *DIRECTORY_SCOPES]
    assert [one["scope"] for one in b["scopes"]] == list(PERSON_SCOPES)
    assert (a["usage"], b["usage"]) == ("ADMIN_MANAGEMENT", "USER_OPERATION")


def test_zooms_two_apps_never_mix_levels() -> None:
    """Zoom refuses a user's scope in an administrators' app and the other way round."""
    assert all(
        one["scope"].endswith(":admin") or one["scope"] == "imchat:bot" for one in oauth(zoom.app_a(ACME))["scopes"]
    )
    assert not any(one["scope"].endswith(":admin") for one in oauth(zoom.app_b(ACME))["scopes"])


def test_zooms_values_by_hand_say_the_same() -> None:
    said = zoom.values(ACME)
    for app in (zoom.app_a(ACME), zoom.app_b(ACME)):
        words = {one["scope"] for one in oauth(app)["scopes"]} | (addresses(app) - {ACME.public_url + "/"})
        words |= set(app["manifest"]["features"]["event_subscription"]["events"][0]["event_types"])
        assert not [word for word in words if word not in said]


def shape(value: Any, path: str = "") -> dict[str, str]:
    """Paths and types; lists count as their elements."""
    found = {path: "null" if value is None else type(value).__name__}
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= shape(inner, f"{path}.{key}")
    if isinstance(value, list):
        for inner in value:
            found |= shape(inner, f"{path}[]")
    return found


@vendors
@pytest.mark.parametrize("made", [zoom.app_a(ACME), zoom.app_b(ACME)], ids=["app A", "app B"])
def test_zooms_manifests_have_the_form_of_the_vendors_own(made: dict[str, Any]) -> None:
    """Zoom publishes no schema but examples: no key that none of them has, no other type, nothing left out."""
    examples = [json.loads(path.read_text()) for path in sorted((SPECS / "zoom" / "manifests").glob("*.json"))]
    known: dict[str, str] = {}
    for example in examples:
        known |= shape(example)
    mine = shape(made)
    assert {path: kind for path, kind in mine.items() if known.get(path) != kind} == {}
    always = set.intersection(*(set(shape(example)) for example in examples))
    assert always <= set(mine)


@vendors
def test_zooms_events_exist() -> None:
    files = ("team-chat-events.json", "users-events.json")
    known = set().union(*(json.loads((SPECS / "zoom" / name).read_text())["paths"] for name in files))
    wanted = {*zoom.account_events(), *zoom.person_events()}
    assert {event for event in wanted if event not in known and f"/{event}" not in known} == set()


# -- the command -----------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("MIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda *_: None)


def mio(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mio", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("platform", "names"),
    [
        ("slack", {"slack-manifest.json"}),
        ("zoom", {"zoom-app-a.json", "zoom-app-b.json", "zoom-values.txt"}),
        ("webex", {"webex-values.txt"}),
        ("teams", {"mio-teams.zip", "teams-manifest.json", "teams-values.txt"}),
    ],
)
def test_files_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None, platform: str, names: set[str]
) -> None:
    """Before any credential exists, with the installation's own name, word and address."""
    for name, word in {"PUBLIC_URL": ACME.public_url, "BOT_NAME": "Relay", "ZOOM_COMMAND": "/relay"}.items():
        monkeypatch.setenv(f"MIO_{name}", word)
    assert mio(monkeypatch, "manifest", platform, "--out", "papers") == 0
    assert {path.name for path in Path("papers").iterdir()} == names
    captured = capsys.readouterr()
    assert captured.err == "" and all(name in captured.out for name in names)
    said = "".join(path.read_text() for path in Path("papers").iterdir() if path.suffix != ".zip")
    assert ACME.public_url in said and "Relay" in said and ("relay help" in said) == (platform == "zoom")


def test_teams_package_is_made_with_the_apps_own_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None
) -> None:
    """Which is no secret; the secret beside it stays where it is."""
    given = {"PUBLIC_URL": ACME.public_url, "TEAMS_APP_ID": APP, "TEAMS_APP_SECRET": "s3cret", "TEAMS_TENANT_ID": APP}
    for name, word in given.items():
        monkeypatch.setenv(f"MIO_{name}", word)
    assert mio(monkeypatch, "manifest", "teams") == 0
    with zipfile.ZipFile("mio-teams.zip") as archive:
        held = archive.read("manifest.json")
    assert json.loads(held)["id"] == APP.lower() and json.loads(held)["version"] > "1.2026"
    assert held == Path("teams-manifest.json").read_bytes()
    assert "s3cret" not in held.decode() + Path("teams-values.txt").read_text() + capsys.readouterr().out


def test_an_address_nobody_can_reach_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None
) -> None:
    assert mio(monkeypatch, "manifest", "slack") == 0
    assert "MIO_PUBLIC_URL is http://127.0.0.1:8080" in capsys.readouterr().err
    assert Path("slack-manifest.json").is_file()


def test_an_unknown_platform(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None) -> None:
    assert mio(monkeypatch, "manifest", "slak") == 2
    assert capsys.readouterr().err == "mio: slak is no platform here; known: slack, teams, webex, zoom\n"


@pytest.mark.parametrize("words", [("manifest",), ("doctor",)], ids=str)
def test_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None, words: tuple[str]
) -> None:
    assert mio(monkeypatch, *words, "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: ")


def test_doctor_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None
) -> None:
    """Half-configured: something to do, by name; and the same for programs."""
    monkeypatch.setenv("MIO_SLACK_CLIENT_ID", "1.2")
    assert mio(monkeypatch, "doctor") == 1
    captured = capsys.readouterr()
    assert "MIO_SLACK_CLIENT_SECRET, MIO_SLACK_SIGNING_SECRET" in captured.out and captured.err == ""
    assert mio(monkeypatch, "doctor", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == 1 and [one["check"] for one in said["checks"]] == ["settings"]


def test_doctor_without_any_platform(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bare: None
) -> None:
    assert mio(monkeypatch, "doctor") == 1
    assert "No platform is configured." in capsys.readouterr().out
    assert not Path("var").exists(), "looking makes nothing"


def test_the_presence_points_to_the_built_in_pages(tmp_path: Path) -> None:
    settings = load({"MIO_PUBLIC_URL": ACME.public_url}, platforms.specs(), tmp_path)
    spec = platforms.specs()[0]
    assert papers.presence(settings, spec).privacy_url == ACME.privacy_url
    assert GrantKind.BOT in spec.installs({})
