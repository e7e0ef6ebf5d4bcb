"""Deliberate mistakes in Slack's, Zoom's and Teams' settings, one at a time: doctor names each, says whose it is, and no other.

The bot runs with right settings; doctor reads them with the mistake in them, as an administrator who types wrong does.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from company import Company, company
from sqlalchemy import Table, func, select

import platforms
from bot.events import Secret, Tokens
from bot.ids import PlatformId, account_id
from bot.people import Account, Kind
from bot.ready import GrantKind
from sandbox.slack.tokens import BOT_TOKEN
from service import doctor
from service.clock import RealClock
from service.doctor import Finding, Report, State
from service.doctor.reach import public, session
from service.settings import load
from storage.schema import metadata
from storage.store import Tx

SLACK = PlatformId("slack")
NOBODY = "00000000-aaaa-4aaa-8aaa-000000000000"
GRAPH = "https://graph.microsoft.com/.default"
OTHER_KEYS = "k1:" + "B" * 43 + "="


async def examine(acme: Company, changed: dict[str, str], ahead: timedelta = timedelta()) -> Report:
    """What doctor says with the running bot's settings, some of them changed; an empty word takes one away."""
    settings = acme.program.settings
    environ = {
        **acme.sandbox.settings(),
        "MIO_DATA_DIR": str(settings.data_dir),
        "MIO_BIND": str(settings.bind),
        "MIO_PUBLIC_URL": settings.public_url,
        **changed,
    }
    clock = RealClock()
    clock.advance(ahead)
    found = load({name: word for name, word in environ.items() if word}, platforms.specs(), settings.data_dir)
    return await doctor.look(found, platforms.specs(), clock)


def todos(report: Report) -> dict[str, Finding]:
    return {finding.check: finding for finding in report.only(State.TODO)}


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, MIO_RATES="off") as made:
        yield made


@pytest.fixture
async def with_teams(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, vendors=("slack", "teams"), MIO_RATES="off") as made:
        yield made


@pytest.mark.parametrize("profile", ["kind", "mean"])
async def test_nothing_to_do_with_teams(with_teams: Company, profile: str) -> None:
    with_teams.faults("teams", mean=profile == "mean")
    report = await examine(with_teams, {})
    assert report.status == 0, report.text()
    assert not todos(report) and not report.only(State.UNKNOWN)


async def test_nothing_to_do(acme: Company) -> None:
    report = await examine(acme, {})
    assert report.status == 0, report.text()
    assert not todos(report) and not report.only(State.UNKNOWN)
    assert report.text().startswith("Nothing to do.")


# -- mistakes in settings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mistake:
    told: str
    check: str
    words: str
    who: str = "operator"
    settings: tuple[tuple[str, str], ...] = ()


def wrong(name: str, word: str, check: str, words: str, who: str = "operator") -> Mistake:
    return Mistake(f"{name}={word}", check, words, who, ((name, word),))


MISTYPED = (
    wrong("MIO_SLACK_CLIENT_ID", "9.9", "slack.app", "no app with the client id in MIO_SLACK_CLIENT_ID"),
    wrong("MIO_SLACK_CLIENT_SECRET", "x", "slack.app", "MIO_SLACK_CLIENT_SECRET is not the secret of the app"),
    wrong("MIO_SLACK_BOT_TOKEN", "xoxb-other", "slack.bot", "does not know the token in MIO_SLACK_BOT_TOKEN"),
    wrong("MIO_SLACK_SIGNING_SECRET", "x", "slack.webhook./slack/events", "another MIO_SLACK_SIGNING_SECRET"),
    wrong("MIO_ZOOM_ACCOUNT_ID", "ACCT-2", "zoom.directory", "MIO_ZOOM_ACCOUNT_ID is not the account"),
    wrong("MIO_ZOOM_BOT_JID", "v1other@xmpp.zoom.us", "zoom.bot", "no bot of app A with the JID in MIO_ZOOM_BOT_JID"),
    wrong("MIO_ZOOM_CLIENT_ID", "other", "zoom.app_a", "no app with the client id in MIO_ZOOM_CLIENT_ID"),
    wrong("MIO_ZOOM_CLIENT_SECRET", "x", "zoom.app_a", "MIO_ZOOM_CLIENT_SECRET is not the secret"),
    wrong("MIO_ZOOM_USER_CLIENT_ID", "other", "zoom.app_b", "no app with the client id in MIO_ZOOM_USER_CLIENT_ID"),
    wrong("MIO_ZOOM_USER_CLIENT_SECRET", "x", "zoom.app_b", "MIO_ZOOM_USER_CLIENT_SECRET is not the secret"),
    wrong("MIO_ZOOM_S2S_CLIENT_ID", "other", "zoom.directory", "client id in MIO_ZOOM_S2S_CLIENT_ID"),
    wrong("MIO_ZOOM_S2S_CLIENT_SECRET", "x", "zoom.directory", "MIO_ZOOM_S2S_CLIENT_SECRET is not the secret"),
    wrong("MIO_ZOOM_SECRET_TOKEN", "x", "zoom.webhook./zoom/bot", "another MIO_ZOOM_SECRET_TOKEN"),
    wrong("MIO_ZOOM_USER_SECRET_TOKEN", "x", "zoom.webhook./zoom/user", "another MIO_ZOOM_USER_SECRET_TOKEN"),
    wrong("MIO_ENCRYPTION_KEYS", OTHER_KEYS, "permissions", "cannot be opened with these keys"),
)
ELSEWHERE = (
    wrong("MIO_SLACK_API_URL", "http://127.0.0.1:1/", "slack.address.MIO_SLACK_API_URL", "nothing answers"),
    wrong("MIO_SLACK_API_URL", "{sandbox}/zoom/v2/", "slack.app", "not Slack's Web API"),
    wrong("MIO_ZOOM_API_URL", "{sandbox}/v3", "zoom.directory", "MIO_ZOOM_API_URL is not Zoom's API"),
    wrong("MIO_ZOOM_OAUTH_URL", "{sandbox}/sign-in", "zoom.app_a", "MIO_ZOOM_OAUTH_URL is not Zoom's sign-in"),
    wrong("MIO_PUBLIC_URL", "http://127.0.0.1:1", "public_url", "nothing answers at http://127.0.0.1:1"),
    wrong("MIO_PUBLIC_URL", "{sandbox}", "public_url", "is not the bot (404)"),
)


OF_TEAMS = (
    wrong("MIO_TEAMS_TENANT_ID", NOBODY, "teams.login", "no tenant with the id in MIO_TEAMS_TENANT_ID"),
    wrong("MIO_TEAMS_APP_ID", NOBODY, "teams.login", "no app with the id in MIO_TEAMS_APP_ID"),
    wrong("MIO_TEAMS_APP_SECRET", "x", "teams.login", "MIO_TEAMS_APP_SECRET is not a secret of the app"),
    wrong("MIO_TEAMS_BOT_SCOPE", "x/.default", "teams.bot", "no token for the scope in MIO_TEAMS_BOT_SCOPE"),
    # What an app without an Azure Bot hears, too: the connector knows no bot behind the token.
    wrong("MIO_TEAMS_BOT_SCOPE", GRAPH, "teams.bot", "refuses the bot's token", "Teams admin"),
    wrong("MIO_TEAMS_LOGIN_URL", "{sandbox}/sign-in", "teams.login", "MIO_TEAMS_LOGIN_URL is not Microsoft's"),
    wrong("MIO_TEAMS_GRAPH_URL", "{sandbox}/v3", "teams.catalogue", "MIO_TEAMS_GRAPH_URL is not Microsoft Graph"),
    wrong("MIO_TEAMS_SERVICE_URL", "{sandbox}/v3", "teams.bot", "MIO_TEAMS_SERVICE_URL is not the Bot Connector"),
    wrong("MIO_TEAMS_OPENID_URL", "{sandbox}/v3", "teams.keys", "MIO_TEAMS_OPENID_URL does not describe the keys"),
)


@pytest.mark.parametrize("mistake", (*MISTYPED, *ELSEWHERE), ids=lambda mistake: mistake.told[:60])
async def test_a_wrong_setting_is_named(acme: Company, mistake: Mistake) -> None:
    await acme.program.store.write(
        lambda tx: tx.grants.put(GrantKind.BOT, PlatformId("webex"), None, Tokens(Secret("t")))
    )
    await named(acme, mistake)


@pytest.mark.parametrize("mistake", OF_TEAMS, ids=lambda mistake: mistake.told[:60])
async def test_a_wrong_setting_of_teams_is_named(with_teams: Company, mistake: Mistake) -> None:
    await named(with_teams, mistake)


async def named(acme: Company, mistake: Mistake) -> None:
    changed = {name: word.format(sandbox=acme.sandbox.url) for name, word in mistake.settings}
    report = await examine(acme, changed)
    found = todos(report)
    assert list(found) == [mistake.check], report.text()
    assert mistake.words in found[mistake.check].says
    assert found[mistake.check].who == mistake.who
    assert found[mistake.check].next.endswith(".")
    assert report.status == 1


# -- mistakes at the vendor ------------------------------------------------------------------------------


def lacks_a_scope(acme: Company, _: dict[str, str]) -> None:
    acme.sandbox.fakes["slack"].tokens.by_value[BOT_TOKEN].scopes = "chat:write,commands,im:write,users:read"  # type: ignore[attr-defined]


def uninstalled(acme: Company, _: dict[str, str]) -> None:
    acme.sandbox.fakes["slack"].tokens.uninstall()  # type: ignore[attr-defined]


def token_of_a_person(acme: Company, changed: dict[str, str]) -> None:
    ann = acme.seat("slack", "Maya Ortiz").id
    token = acme.sandbox.fakes["slack"].tokens.consent(ann, "chat:write")  # type: ignore[attr-defined]
    changed["MIO_SLACK_BOT_TOKEN"] = token.value


def never_installed(_: Company, changed: dict[str, str]) -> None:
    changed["MIO_SLACK_BOT_TOKEN"] = ""


def app_a_not_authorised(acme: Company, _: dict[str, str]) -> None:
    acme.sandbox.fakes["zoom"].tokens.installed = False  # type: ignore[attr-defined]


def directory_never_given(_: Company, changed: dict[str, str]) -> None:
    changed["MIO_ZOOM_S2S_CLIENT_ID"] = changed["MIO_ZOOM_S2S_CLIENT_SECRET"] = ""


Played = Callable[[Company, dict[str, str]], None]


@pytest.mark.parametrize(
    ("play", "check", "words", "who"),
    [
        (lacks_a_scope, "slack.scopes", "lacks the scopes im:history, users:read.email", "Slack admin"),
        (uninstalled, "slack.bot", "not installed in the workspace any more", "Slack admin"),
        (token_of_a_person, "slack.bot", "the token of a person", "operator"),
        (never_installed, "slack.bot", "The Slack app is not installed", "Slack admin"),
        (app_a_not_authorised, "zoom.bot", "app A is not authorised there", "Zoom admin"),
        (directory_never_given, "zoom.directory", "App A is not authorised", "Zoom admin"),
    ],
)
async def test_a_mistake_at_the_vendor_is_named(acme: Company, play: Played, check: str, words: str, who: str) -> None:
    changed: dict[str, str] = {}
    play(acme, changed)
    found = todos(await examine(acme, changed))
    assert list(found) == [check]
    assert words in found[check].says and found[check].who == who


def secret_expired(acme: Company) -> None:
    acme.fake("teams").tokens.app_refused = 7000222


def consent_without_a_role(acme: Company) -> None:
    tokens = acme.fake("teams").tokens
    tokens.consent_everybody(roles=tuple(r for r in tokens.registered if r != "TeamMember.Read.All"))


def not_in_the_catalogue(acme: Company) -> None:
    acme.fake("teams").installs.uploaded = False


@pytest.mark.parametrize(
    ("play", "check", "words", "who"),
    [
        (secret_expired, "teams.login", "secret in MIO_TEAMS_APP_SECRET has expired", "operator"),
        (lambda acme: acme.fake("teams").tokens.withdraw(), "teams.consent", "has not consented", "Teams admin"),
        (consent_without_a_role, "teams.consent", "lacks the application permission TeamMember", "Teams admin"),
        (not_in_the_catalogue, "teams.catalogue", "not in the organisation's catalogue", "Teams admin"),
    ],
)
async def test_a_mistake_at_microsoft_is_named(
    with_teams: Company, play: Callable[[Company], None], check: str, words: str, who: str
) -> None:
    play(with_teams)
    found = todos(await examine(with_teams, {}))
    assert list(found) == [check]
    assert words in found[check].says and found[check].who == who
    assert bool(found[check].link) is (check == "teams.consent")


@pytest.mark.parametrize(
    ("app", "check", "word"), [("S", "zoom.directory", "server-to-server"), ("A", "zoom.app_a", "App A")]
)
async def test_a_zoom_app_without_a_scope(acme: Company, app: str, check: str, word: str) -> None:
    acme.fake("zoom").tokens.scopes[app] = "user:read:user:admin"
    found = todos(await examine(acme, {}))
    lacking = "user:read:list_users:admin" if app == "S" else "imchat:bot"
    assert word in found[check].says and lacking in found[check].says
    assert {finding.who for finding in found.values()} == {"Zoom admin"}


async def test_the_link_for_an_unconnected_platform_works_once(acme: Company) -> None:
    """Doctor prints the same kind of link as `run` does: Maya opens it, allows, and there is nothing left to do."""
    missing = {"MIO_ZOOM_S2S_CLIENT_ID": "", "MIO_ZOOM_S2S_CLIENT_SECRET": ""}
    link = todos(await examine(acme, missing))["zoom.directory"].link
    maya = acme.seat("zoom", "Maya Ortiz")
    assert "is connected" in await acme.consent(link, maya.id)
    report = await examine(acme, missing)
    assert report.status == 0, report.text()
    assert "used, or is too old" in await acme.consent(link, maya.id)


async def test_a_token_of_another_workspace(acme: Company) -> None:
    """Everybody was imported from T0OLD; the token that works now belongs to somebody else's workspace."""
    old = Account(account_id(SLACK, "T0OLD", "U1"), "Ann", "ann@acme.example", Kind.MEMBER, False, True, None)
    await acme.program.store.write(lambda tx: tx.people.upsert([old], None, {}))
    found = todos(await examine(acme, {}))
    assert list(found) == ["slack.bot"] and "belong to T0OLD" in found["slack.bot"].says


# -- what only the vendor's own requests show ------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "setting", "path"),
    [
        ("slack", "MIO_SLACK_SIGNING_SECRET", "/slack/events"),
        ("zoom", "MIO_ZOOM_SECRET_TOKEN", "/zoom/bot"),
    ],
)
async def test_a_secret_that_is_not_the_vendors(tmp_path: Path, platform: str, setting: str, path: str) -> None:
    """Bot and doctor agree with each other, the vendor signs with another secret: its first request tells."""
    async with company(tmp_path, **{setting: "mistyped"}) as acme:  # type: ignore[arg-type]
        before = await examine(acme, {setting: "mistyped"})
        assert before.status == 0 and f"{platform}.signature.{path}" in {f.check for f in before.only(State.NOTE)}
        acme.faults(platform, retry_scale=0.0)
        await acme.sandbox.fakes[platform].say(acme.seat(platform, "Maya Ortiz").id, "bot", "help")
        await acme.sandbox.core.hooks.idle()
        found = todos(await examine(acme, {setting: "mistyped"}))
        assert list(found) == [f"{platform}.signature.{path}"]
        assert f"does not fit {setting}" in found[f"{platform}.signature.{path}"].says


async def test_good_requests_are_remembered_and_our_own_knocks_are_not(acme: Company) -> None:
    await acme.seat("slack", "Maya Ortiz").tells_bot("help")
    report = await examine(acme, {})
    states = {finding.check: finding.state for finding in report.findings}
    assert states["slack.signature./slack/events"] is State.OK
    assert states["zoom.signature./zoom/bot"] is State.NOTE


# -- this machine ----------------------------------------------------------------------------------------


async def test_a_clock_that_is_off(acme: Company) -> None:
    found = todos(await examine(acme, {}, timedelta(minutes=10)))
    assert "seconds ahead of the platforms'" in found["clock"].says


async def test_a_database_that_is_away(acme: Company) -> None:
    changed = {"MIO_DATABASE_URL": "postgresql://mio@127.0.0.1:1/mio", "MIO_ENCRYPTION_KEYS": OTHER_KEYS}
    found = todos(await examine(acme, changed))
    assert list(found) == ["database"] and "MIO_DATABASE_URL" in found["database"].next


async def test_a_database_of_another_version(acme: Company, tmp_path: Path) -> None:
    (tmp_path / "old.db").touch()
    found = todos(await examine(acme, {"MIO_DATABASE_URL": f"sqlite:///{tmp_path / 'old.db'}"}))
    assert list(found) == ["database"] and "app.py migrate" in found["database"].next


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.unlink(), "are gone"),
        (lambda file: file.chmod(0o644), "can be read by other users"),
        (lambda file: file.write_text("k1:short"), "not kid:base64"),
    ],
    ids=["gone", "open to all", "damaged"],
)
async def test_the_key_file(acme: Company, tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    spoil(tmp_path / "encryption.keys")
    found = todos(await examine(acme, {}))
    assert list(found) == ["keys"] and words in found["keys"].says


@pytest.mark.parametrize("url", ["http://mio.acme.example", "https://127.0.0.1:8443", "http://localhost"])
async def test_a_public_address_that_no_vendor_can_use(tmp_path: Path, url: str) -> None:
    environ = {
        "MIO_SLACK_CLIENT_ID": "1.2",
        "MIO_SLACK_CLIENT_SECRET": "x",
        "MIO_SLACK_SIGNING_SECRET": "x",
        "MIO_PUBLIC_URL": url,
    }
    async with session() as web:
        (found,) = await public(load(environ, platforms.specs(), tmp_path), web)
    assert found.state is State.TODO and "no https address" in found.says


# -- how it behaves --------------------------------------------------------------------------------------


async def test_a_vendor_in_trouble_is_no_mistake_of_ours(acme: Company) -> None:
    acme.faults("zoom", down=True)
    report = await examine(acme, {})
    assert report.status == 2 and not todos(report), report.text()
    assert {finding.platform for finding in report.only(State.UNKNOWN)} == {"zoom"}


async def test_doctor_writes_nothing_and_says_no_secret(acme: Company, tmp_path: Path) -> None:
    async def count() -> list[int]:
        return await acme.program.store.read(lambda tx: [rows(tx, table) for table in metadata.tables.values()])

    def rows(tx: Tx, table: Table) -> int:
        return int(tx.conn.execute(select(func.count()).select_from(table)).scalar() or 0)

    before = await count()
    environ = acme.sandbox.settings()
    report = await examine(acme, {"MIO_ZOOM_CLIENT_SECRET": "a-secret-typed-wrong"})
    assert await count() == before
    said = report.text() + orjson.dumps(report.json()).decode()
    secrets = [word for name, word in environ.items() if "SECRET" in name or "TOKEN" in name]
    assert not [word for word in (*secrets, "a-secret-typed-wrong") if word in said]


async def test_before_the_first_start(tmp_path: Path) -> None:
    """No database, no keys, no bot: doctor makes none of them and says that the bot is not there."""
    async with company(tmp_path / "bot") as acme:
        elsewhere = tmp_path / "fresh"
        report = await examine(acme, {"MIO_DATA_DIR": str(elsewhere), "MIO_PUBLIC_URL": "http://127.0.0.1:1"})
        assert list(todos(report)) == ["public_url"]
        assert not elsewhere.exists()


async def test_the_json_form_is_stable(acme: Company) -> None:
    row = (await examine(acme, {"MIO_ZOOM_BOT_JID": "v1other@xmpp.zoom.us"})).json()
    assert row["version"] == 1 and row["status"] == 1
    assert all(set(one) == {"check", "platform", "state", "who", "says", "next", "link"} for one in row["checks"])
    (found,) = [one for one in row["checks"] if one["state"] == "todo"]
    assert (found["check"], found["platform"], found["who"], found["link"]) == ("zoom.bot", "zoom", "operator", None)
