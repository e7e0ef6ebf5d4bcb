"""What ``doctor`` asks Microsoft. Changes nothing there, and blames nothing twice: what needs something else waits for it.

Microsoft signs its requests with its own keys, so there is no secret that could be wrong and no knock.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Health, Probed, Whose
from platforms.http import Answer
from platforms.teams.aadsts import login_code, login_number, passing
from platforms.teams.api import GRAPH_SCOPE, Api, path
from platforms.teams.graph import READ, Graph, items
from platforms.teams.oauth import ROLES, Consent

PROBES = ("login", "consent", "bot", "catalogue", "keys")
APP, SECRET, TENANT = "MIO_TEAMS_APP_ID", "MIO_TEAMS_APP_SECRET", "MIO_TEAMS_TENANT_ID"
LOGIN_URL, GRAPH_URL, OPENID_URL = "MIO_TEAMS_LOGIN_URL", "MIO_TEAMS_GRAPH_URL", "MIO_TEAMS_OPENID_URL"
SERVICE_URL, BOT_SCOPE = "MIO_TEAMS_SERVICE_URL", "MIO_TEAMS_BOT_SCOPE"
CHANNEL = "msteams"
UNUSED = "mio-doctor"
"""No conversation of the connector's is called this."""
OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# learn.microsoft.com/entra/identity-platform/reference-error-codes.
NO_TENANT, NO_APP, NO_PRINCIPAL = (90002, 900023, 50194, 50049), (700016, 700011, 700038), (7000229,)
WRONG_SECRET, OLD_SECRET, SWITCHED_OFF = (7000215, 70002, 7000216, 7000218), (7000222,), (7000112, 7000111)
_AGAIN = "Run doctor again in some minutes."
_OVERVIEW = "of the app's page Overview in the Entra admin center"
_ALLOW = "Open the link as a global administrator of the tenant and accept."


async def probe(api: Api, graph: Graph, consent: Consent, what: str) -> Probed:
    looks: Mapping[str, Callable[[], Awaitable[Probed]]] = {
        "login": lambda: _login(api),
        "consent": lambda: _consent(api, consent),
        "bot": lambda: _bot(api),
        "catalogue": lambda: _catalogue(api, graph),
        "keys": lambda: _keys(api),
    }
    try:
        return await looks[what]()
    except TryLater as later:
        return Probed(Health.LATER, f"Microsoft could not say ({later}).", _AGAIN)
    except (NotAuthorised, Refused, Gone) as refused:
        said = f"Microsoft refuses: {refused}."
        return Probed(Health.HOPELESS, said, "Look the code up at learn.microsoft.com/graph/errors.")


# -- the app's credentials -----------------------------------------------------------------------


async def _login(api: Api) -> Probed:
    if not OBJECT_ID.fullmatch(api.tenant):
        return Probed(Health.HOPELESS, f"{TENANT} is no tenant id (a GUID).", f"Set it to the tenant id {_OVERVIEW}.")
    missing = [name for name in (APP, SECRET) if not api.lent.settings.get(name)]
    if missing:
        said = f"{' and '.join(missing)} not set: the bot has no way to sign in."
        return Probed(Health.HOPELESS, said, f"Set {' and '.join(missing)} to those of the Entra app.")
    answer = await _asked(api, GRAPH_SCOPE)
    if _granted(answer):
        said = f"Microsoft accepts the app's id and secret in tenant {api.tenant}."
        return Probed(Health.WORKS, said, tenant=api.tenant)
    return _credentials(answer)


def _credentials(answer: Answer) -> Probed:
    """Which setting, or which switch at Microsoft, a refusal points to."""
    number = login_number(answer)
    if number in NO_TENANT:
        said = f"Microsoft knows no tenant with the id in {TENANT}."
        return Probed(Health.HOPELESS, said, f"Set {TENANT} to the Directory (tenant) ID {_OVERVIEW}.")
    if number in NO_APP:
        said = f"Microsoft knows no app with the id in {APP} in that tenant."
        both = f"Set {APP} to the Application (client) ID and {TENANT} to the Directory (tenant) ID {_OVERVIEW}."
        return Probed(Health.HOPELESS, said, both)
    if number in WRONG_SECRET:
        said = f"{SECRET} is not a secret of the app in {APP}."
        then = f"Set {SECRET} to the Value (not the Secret ID) of a client secret of its page Certificates & secrets."
        return Probed(Health.HOPELESS, said, then)
    if number in OLD_SECRET:
        said = f"The client secret in {SECRET} has expired."
        then = f"Make a new client secret on the app's page Certificates & secrets, and set {SECRET} to its Value."
        return Probed(Health.HOPELESS, said, then)
    if number in SWITCHED_OFF:
        said = f"The app in {APP} is switched off in the tenant ({number})."
        then = "Entra admin center, Enterprise applications, the app, Properties: let users sign in."
        return Probed(Health.NOT_AUTHORISED, said, then, Whose.ADMIN)
    if number in NO_PRINCIPAL:
        said = "The tenant has never consented to the app."
        return Probed(Health.NOT_AUTHORISED, said, _ALLOW, Whose.ADMIN, GrantKind.DIRECTORY)
    if number is None and not _json_error(answer):
        said = f"What answers at {LOGIN_URL} is not Microsoft's sign-in."
        then = f"Remove {LOGIN_URL}; its default is https://login.microsoftonline.com."
        return Probed(Health.HOPELESS, said, then)
    said = f"Microsoft did not say whether {APP} and {SECRET} are right ({answer.status} {login_code(answer)})."
    return Probed(Health.LATER, said, _AGAIN)


# -- what the tenant allows ----------------------------------------------------------------------


async def _consent(api: Api, consent: Consent) -> Probed:
    try:
        lacking = await consent.missing()
    except NotAuthorised:
        return _not_before("The tenant's consent", "teams.login")
    if not lacking:
        return Probed(Health.WORKS, f"The tenant has consented to all {len(ROLES)} permissions of the app.")
    if len(lacking) == len(ROLES):
        said, then = "The tenant has not consented to the app, or has taken its consent back.", _ALLOW
    else:
        words = "permission" if len(lacking) == 1 else "permissions"
        said = f"The tenant's consent lacks the application {words} {', '.join(lacking)}."
        then = "Add what is missing on the app's page API permissions (Microsoft Graph), then open the link as a global administrator and accept; it counts after some minutes."
    return Probed(Health.NOT_AUTHORISED, said, then, Whose.ADMIN, GrantKind.DIRECTORY)


async def _catalogue(api: Api, graph: Graph) -> Probed:
    query = {"$filter": f"externalId eq '{api.app}'", "$expand": "appDefinitions"}
    try:
        page = await graph.app("GET", "/appCatalogs/teamsApps", READ, query=query)
    except NotAuthorised:
        return _not_before("The catalogue", "teams.login and teams.consent")
    except Gone:
        page = {}
    if not isinstance(page.get("value"), list):
        said = f"What answers at {GRAPH_URL} is not Microsoft Graph."
        return Probed(Health.HOPELESS, said, f"Remove {GRAPH_URL}; its default is https://graph.microsoft.com/v1.0.")
    found = items(page)
    if not found:
        said = "The Teams app is not in the organisation's catalogue, so the bot cannot write to anybody first."
        then = "Upload the package that `python app.py manifest teams` writes: Teams admin center, Manage apps."
        return Probed(Health.NOT_AUTHORISED, said, then, Whose.ADMIN)
    if not any(_published(app) for app in found):
        said = "The Teams app was handed in, but is not published in the organisation's catalogue."
        return Probed(Health.NOT_AUTHORISED, said, "Publish it: Teams admin center, Manage apps.", Whose.ADMIN)
    return Probed(Health.WORKS, "The Teams app is in the organisation's catalogue.")


def _published(app: Mapping[str, Any]) -> bool:
    """An answer that does not say counts as yes."""
    versions = app.get("appDefinitions")
    states = [v.get("publishingState") for v in versions if isinstance(v, dict)] if isinstance(versions, list) else []
    return not states or any(state in (None, "published") for state in states)


# -- the bot -------------------------------------------------------------------------------------


async def _bot(api: Api) -> Probed:
    """Asks about a conversation that does not exist: an accepted bot hears just that."""
    answer = await _asked(api, api.lent.settings[BOT_SCOPE])
    if not _granted(answer):
        return await _no_token(api, answer)
    place = path("v3", "conversations", UNUSED, "members", UNUSED)
    headers = {"Authorization": f"Bearer {answer.body['access_token']}"}
    tried = await api.http.call("GET probe", "GET", api.service + place, writes=False, headers=headers)
    if tried.status == 429:
        return Probed(Health.LATER, "The Bot Connector has no time at the moment (429).", _AGAIN)
    if tried.status == 401:
        said = f"The Bot Connector refuses the bot's token: it knows no bot with the app id in {APP}."
        then = "Azure portal: make the Azure Bot (single tenant) with this app id, and switch its Teams channel on."
        return Probed(Health.NOT_AUTHORISED, said, then, Whose.ADMIN)
    if not _json_error(tried):
        said = f"What answers at {SERVICE_URL} is not the Bot Connector."
        then = f"Remove {SERVICE_URL}; its default is https://smba.trafficmanager.net/teams."
        return Probed(Health.HOPELESS, said, then)
    return Probed(Health.WORKS, "The Bot Connector accepts the bot's token.")


async def _no_token(api: Api, answer: Answer) -> Probed:
    """Whether the app is refused as a whole, or only what the bot asks for."""
    if passing(answer):
        return Probed(Health.LATER, f"Microsoft could not say ({answer.status} {login_code(answer)}).", _AGAIN)
    if not _granted(await _asked(api, GRAPH_SCOPE)):
        return _not_before("The bot", "teams.login")
    said = f"Microsoft gives no token for the scope in {BOT_SCOPE} ({login_code(answer)})."
    then = f"Remove {BOT_SCOPE}; its default is https://api.botframework.com/.default."
    return Probed(Health.HOPELESS, said, then)


async def _keys(api: Api) -> Probed:
    """Without these keys no activity can be proven, and all of them are turned away."""
    described = await api.http.call("GET openid", "GET", api.openid, writes=False)
    address = described.body.get("jwks_uri") if isinstance(described.body, dict) else None
    if described.status == 200 and isinstance(address, str):
        try:
            published = await api.http.call("GET keys", "GET", address, writes=False)
        except Refused:
            # Another host than the description's: no key from there is believed.
            published = Answer(0, {}, None)
        if published.status == 200 and _speaks_for_teams(published.body):
            return Probed(Health.WORKS, "The keys that sign the bot's activities can be read.")
    if described.status == 429:
        return Probed(Health.LATER, "The keys could not be read at the moment (429).", _AGAIN)
    said = f"What answers at {OPENID_URL} does not describe the keys that sign the bot's activities."
    then = f"Remove {OPENID_URL}; its default is https://login.botframework.com/v1/.well-known/openidconfiguration."
    return Probed(Health.HOPELESS, said, then)


def _speaks_for_teams(body: Any) -> bool:
    keys = body.get("keys") if isinstance(body, dict) else None
    rows = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return any(CHANNEL in (key.get("endorsements") or ()) for key in rows)


# -- asking and reading --------------------------------------------------------------------------


async def _asked(api: Api, scope: str) -> Answer:
    """A token of the app's own, whatever comes back."""
    return await api.token({"grant_type": "client_credentials", "scope": scope})


def _granted(answer: Answer) -> bool:
    return answer.status == 200 and isinstance(answer.body, dict) and bool(answer.body.get("access_token"))


def _json_error(answer: Answer) -> bool:
    """Whether somebody answered who speaks like Microsoft."""
    return isinstance(answer.body, dict) and any(answer.body.get(name) for name in ("error", "errorCode", "message"))


def _not_before(what: str, first: str) -> Probed:
    return Probed(Health.LATER, f"{what} could not be looked at.", f"Mend {first} first.")
