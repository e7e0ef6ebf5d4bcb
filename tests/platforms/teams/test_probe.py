"""Doctor's questions to Microsoft: what works, and which setting or whose switch is wrong when something does not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from teams_tenant import Tenant
from vendor_server import Answers, answer, refusal, serving

from bot.platform import Lent
from bot.ready import GrantKind, Health, Probed, Whose
from platforms.teams.api import Api
from platforms.teams.graph import Graph
from platforms.teams.keys import Keys
from platforms.teams.oauth import ROLES, Consent
from platforms.teams.probe import PROBES, probe
from sandbox.teams.tenant import APP_ID, APP_SECRET, ELSEWHERE, TENANT

Examine = Callable[..., Awaitable[dict[str, Probed]]]


@pytest.fixture
async def examine(lent: Lent) -> AsyncIterator[Examine]:
    """Every probe with these settings, some of them changed; an address is meant below the sandbox."""
    opened: list[Api] = []

    async def look(**changed: str) -> dict[str, Probed]:
        settings = {**lent.settings, **{f"MIO_TEAMS_{name}": word for name, word in changed.items()}}
        api = Api(replace(lent, settings=settings))
        await api.http.start()
        opened.append(api)
        graph = Graph(api)
        consent = Consent(api, graph, Keys(api))
        return {what: await probe(api, graph, consent, what) for what in PROBES}

    yield look
    for api in opened:
        await api.http.stop()


def trouble(found: dict[str, Probed]) -> dict[str, Probed]:
    """What somebody has to do something about."""
    return {what: one for what, one in found.items() if one.health in (Health.HOPELESS, Health.NOT_AUTHORISED)}


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
async def test_everything_works(tenant: Tenant, examine: Examine, mean: bool) -> None:
    tenant.switch(mean=mean)
    found = await examine()
    assert {what for what, one in found.items() if one.ok} == set(PROBES), found
    assert found["login"].tenant == TENANT


@dataclass(frozen=True, slots=True)
class Mistake:
    setting: str
    word: str
    check: str
    words: str
    next: str


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake("TENANT_ID", ELSEWHERE, "login", "no tenant with the id in MIO_TEAMS_TENANT_ID", "MIO_TEAMS_TENANT_ID"),
        Mistake("TENANT_ID", "common", "login", "MIO_TEAMS_TENANT_ID is no tenant id", "tenant id"),
        Mistake("TENANT_ID", "acme.example", "login", "MIO_TEAMS_TENANT_ID is no tenant id", "tenant id"),
        Mistake("APP_ID", ELSEWHERE, "login", "no app with the id in MIO_TEAMS_APP_ID", "Application (client) ID"),
        Mistake("APP_ID", "", "login", "MIO_TEAMS_APP_ID not set", "Set MIO_TEAMS_APP_ID"),
        Mistake("APP_SECRET", "x", "login", "MIO_TEAMS_APP_SECRET is not a secret", "not the Secret ID"),
        Mistake("APP_SECRET", "", "login", "MIO_TEAMS_APP_SECRET not set", "Set MIO_TEAMS_APP_SECRET"),
        Mistake("LOGIN_URL", "{sandbox}/v3", "login", "MIO_TEAMS_LOGIN_URL is not", "Remove MIO_TEAMS_LOGIN_URL"),
        Mistake("GRAPH_URL", "{sandbox}/v3", "catalogue", "MIO_TEAMS_GRAPH_URL is not", "Remove MIO_TEAMS_GRAPH_URL"),
        Mistake("SERVICE_URL", "{sandbox}/v3", "bot", "MIO_TEAMS_SERVICE_URL is not", "Remove MIO_TEAMS_SERVICE_URL"),
        Mistake("OPENID_URL", "{sandbox}/v3", "keys", "MIO_TEAMS_OPENID_URL does not", "Remove MIO_TEAMS_OPENID_URL"),
        Mistake("BOT_SCOPE", "https://x.example/.default", "bot", "MIO_TEAMS_BOT_SCOPE", "Remove MIO_TEAMS_BOT_SCOPE"),
        Mistake("BOT_SCOPE", "https://graph.microsoft.com/.default", "bot", "refuses the bot's token", "Azure Bot"),
    ],
    ids=lambda mistake: f"{mistake.setting}={mistake.word}",
)
async def test_a_wrong_setting_is_named_alone(tenant: Tenant, examine: Examine, mistake: Mistake) -> None:
    found = await examine(**{mistake.setting: mistake.word.format(sandbox=tenant.running.url)})
    assert list(trouble(found)) == [mistake.check], found
    one = found[mistake.check]
    assert mistake.words in one.sentence and mistake.next in one.next
    assert one.sentence.endswith(".") and one.next.endswith(".")
    waiting = [other for other in found.values() if other.health is Health.LATER]
    assert all("first." in other.next for other in waiting)
    assert bool(waiting) is (mistake.check == "login")


async def expired(tenant: Tenant) -> None:
    tenant.fake.tokens.app_refused = 7000222


async def never_consented(tenant: Tenant) -> None:
    await tenant.fake.withdraw_consent()


async def lacks_a_role(tenant: Tenant) -> None:
    roles = tuple(role for role in ROLES if role != "RoleManagement.Read.Directory")
    tenant.fake.tokens.consent_everybody(roles=roles)


async def lacks_the_catalogue(tenant: Tenant) -> None:
    roles = tuple(role for role in ROLES if role not in ("AppCatalog.Read.All", "User.Read.All"))
    tenant.fake.tokens.consent_everybody(roles=roles)


async def not_uploaded(tenant: Tenant) -> None:
    tenant.fake.installs.uploaded = False


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
@pytest.mark.parametrize(
    ("play", "check", "words", "next", "whose", "connect"),
    [
        (expired, "login", "secret in MIO_TEAMS_APP_SECRET has expired", "new client secret", Whose.OPERATOR, None),
        (never_consented, "consent", "has not consented", "Open the link", Whose.ADMIN, GrantKind.DIRECTORY),
        (
            lacks_a_role,
            "consent",
            "lacks the application permission RoleManagement.Read.Directory.",
            "API permissions",
            Whose.ADMIN,
            GrantKind.DIRECTORY,
        ),
        (
            lacks_the_catalogue,
            "consent",
            "lacks the application permissions User.Read.All, AppCatalog.Read.All.",
            "API permissions",
            Whose.ADMIN,
            GrantKind.DIRECTORY,
        ),
        (not_uploaded, "catalogue", "not in the organisation's catalogue", "Upload the package", Whose.ADMIN, None),
    ],
)
async def test_a_mistake_at_the_vendor_is_named_alone(
    tenant: Tenant,
    examine: Examine,
    play: Callable[[Tenant], Awaitable[None]],
    check: str,
    words: str,
    next: str,
    whose: Whose,
    connect: GrantKind | None,
    mean: bool,
) -> None:
    await play(tenant)
    tenant.switch(mean=mean)
    tenant.later(600)
    found = await examine()
    assert list(trouble(found)) == [check], found
    one = found[check]
    assert words in one.sentence and next in one.next
    assert (one.whose, one.connect) == (whose, connect)


async def test_microsoft_in_trouble_is_no_mistake_of_ours(tenant: Tenant, examine: Examine) -> None:
    tenant.switch(down=True)
    found = await examine()
    assert {one.health for what, one in found.items() if what != "keys"} == {Health.LATER}
    assert not trouble(found)


async def test_no_secret_is_said(examine: Examine) -> None:
    found = [*(await examine()).values(), *(await examine(APP_SECRET="a-secret-typed-wrong")).values()]
    said = " ".join(one.sentence + one.next for one in found)
    assert APP_SECRET not in said and "a-secret-typed-wrong" not in said


# -- answers that the sandbox never gives --------------------------------------------------------

TOKEN, MEMBER = (
    f"POST /login/{TENANT}/oauth2/v2.0/token",
    "GET /connector/v3/conversations/mio-doctor/members/mio-doctor",
)
CATALOGUE, OPENID, JWKS = "GET /graph/appCatalogs/teamsApps", "GET /openid", "GET /jwks"


@pytest.fixture
def answers() -> Answers:
    return {TOKEN: [{"access_token": "opaque", "expires_in": 3_600}]}


Told = Callable[[str], Awaitable[Probed]]


@pytest.fixture
async def told(lent: Lent, answers: Answers) -> AsyncIterator[Told]:
    """One probe of a Microsoft that answers from the table."""

    async def handle(request: web.Request) -> web.StreamResponse:
        named = {"jwks_uri": f"{url}/jwks"} if request.path == "/openid" else {}
        return answer(answers, f"{request.method} {request.path}", (404, {}, "<html>"), named)

    async with serving({"/{path:.*}": handle}) as server:
        url = str(server.make_url("")).rstrip("/")
        ends = {"LOGIN": "login", "GRAPH": "graph", "SERVICE": "connector", "OPENID": "openid"}
        changed = {f"MIO_TEAMS_{name}_URL": f"{url}/{end}" for name, end in ends.items()}
        api = Api(replace(lent, settings={**lent.settings, **changed}))
        await api.http.start()
        graph = Graph(api)
        consent = Consent(api, graph, Keys(api))
        yield lambda what: probe(api, graph, consent, what)
        await api.http.stop()


def aadsts(number: int, error: str = "invalid_client", status: int = 401) -> Any:
    return refusal(status, error=error, error_codes=[number])


@pytest.mark.parametrize(
    ("said", "health", "whose", "words"),
    [
        (aadsts(900023), Health.HOPELESS, Whose.OPERATOR, "MIO_TEAMS_TENANT_ID"),
        (aadsts(700038), Health.HOPELESS, Whose.OPERATOR, "MIO_TEAMS_APP_ID"),
        (aadsts(7000229), Health.NOT_AUTHORISED, Whose.ADMIN, "never consented"),
        (aadsts(7000112), Health.NOT_AUTHORISED, Whose.ADMIN, "switched off"),
        (aadsts(50196, "invalid_request", 400), Health.LATER, Whose.OPERATOR, "400 invalid_request/50196"),
        (aadsts(999_999), Health.LATER, Whose.OPERATOR, "401 invalid_client/999999"),
        ((404, {}, "<html>"), Health.HOPELESS, Whose.OPERATOR, "MIO_TEAMS_LOGIN_URL"),
        ((200, {}, "<html>"), Health.HOPELESS, Whose.OPERATOR, "MIO_TEAMS_LOGIN_URL"),
        ((429, {"Retry-After": "9"}, ""), Health.LATER, Whose.OPERATOR, "could not say"),
        (refusal(503), Health.LATER, Whose.OPERATOR, "could not say"),
    ],
)
async def test_the_login_services_words(
    told: Told, answers: Answers, said: Any, health: Health, whose: Whose, words: str
) -> None:
    answers[TOKEN] = [said]
    found = await told("login")
    assert (found.health, found.whose) == (health, whose) and words in found.sentence


@pytest.mark.parametrize(
    ("said", "health", "words"),
    [
        (refusal(404, error={"code": "ConversationNotFound"}), Health.WORKS, "accepts"),
        (refusal(400, error={"code": "BadArgument"}), Health.WORKS, "accepts"),
        (refusal(403, errorCode=209, message="{}"), Health.WORKS, "accepts"),
        (refusal(401, error={"code": "Unauthorized"}), Health.NOT_AUTHORISED, "refuses the bot's token"),
        ((401, {}, ""), Health.NOT_AUTHORISED, "refuses the bot's token"),
        (refusal(401, message="Authorization has been denied for this request."), Health.NOT_AUTHORISED, "refuses"),
        ((404, {}, "<html>"), Health.HOPELESS, "MIO_TEAMS_SERVICE_URL"),
        ((200, {}, "<html>"), Health.HOPELESS, "MIO_TEAMS_SERVICE_URL"),
        ((429, {}, ""), Health.LATER, "429"),
        (refusal(502), Health.LATER, "could not say"),
    ],
)
async def test_the_connectors_words(told: Told, answers: Answers, said: Any, health: Health, words: str) -> None:
    answers[MEMBER] = [said]
    found = await told("bot")
    assert found.health is health and words in found.sentence


async def test_a_bad_moment_for_the_bots_token(told: Told, answers: Answers) -> None:
    answers[TOKEN] = [aadsts(50196, "invalid_request", 400)]
    assert (await told("bot")).health is Health.LATER


def listed(*states: str | None) -> dict[str, Any]:
    return {"value": [{"id": "c1", "externalId": APP_ID, "appDefinitions": [{"publishingState": s} for s in states]}]}


@pytest.mark.parametrize(
    ("said", "health", "words"),
    [
        (listed("published"), Health.WORKS, "in the organisation's catalogue"),
        (listed("submitted", "published"), Health.WORKS, "in the organisation's catalogue"),
        (listed(), Health.WORKS, "in the organisation's catalogue"),
        (listed("submitted"), Health.NOT_AUTHORISED, "not published"),
        (listed("rejected"), Health.NOT_AUTHORISED, "not published"),
        ({"value": []}, Health.NOT_AUTHORISED, "is not in"),
        ({"hello": "there"}, Health.HOPELESS, "MIO_TEAMS_GRAPH_URL"),
        ((404, {}, "<html>"), Health.HOPELESS, "MIO_TEAMS_GRAPH_URL"),
        (refusal(400, error={"code": "BadRequest"}), Health.HOPELESS, "Microsoft refuses"),
        (refusal(403, error={"code": "Forbidden"}), Health.LATER, "could not be looked at"),
        ((429, {"Retry-After": "9"}, ""), Health.LATER, "could not say"),
    ],
)
async def test_the_catalogues_words(told: Told, answers: Answers, said: Any, health: Health, words: str) -> None:
    answers[CATALOGUE] = [said]
    found = await told("catalogue")
    assert found.health is health and words in found.sentence


@pytest.mark.parametrize(
    ("said", "health"),
    [
        ({"keys": [{"kid": "a", "endorsements": ["webchat"]}, {"endorsements": ["msteams"]}]}, Health.WORKS),
        ({"keys": [{"kid": "a", "endorsements": ["webchat"]}]}, Health.HOPELESS),
        ({"keys": [{"kid": "a"}, 7]}, Health.HOPELESS),
        ({"keys": None}, Health.HOPELESS),
        ((404, {}, ""), Health.HOPELESS),
        (refusal(503), Health.LATER),
    ],
)
async def test_the_keys_words(told: Told, answers: Answers, said: Any, health: Health) -> None:
    answers[OPENID], answers[JWKS] = [{"issuer": "https://api.botframework.com"}], [said]
    assert (await told("keys")).health is health


async def test_keys_on_somebody_elses_host_are_not_fetched(told: Told, answers: Answers) -> None:
    answers[OPENID] = [{"jwks_uri": "https://evil.example/keys"}]
    found = await told("keys")
    assert found.health is Health.HOPELESS and "MIO_TEAMS_OPENID_URL" in found.sentence
