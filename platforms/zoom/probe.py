"""What ``doctor`` asks Zoom, and how Zoom's own tests of our addresses look. Changes nothing at Zoom.

Each app answers for itself: a wrong secret of one is never taken for trouble of another. A secret token cannot be
asked for; it shows only when Zoom's requests come in, so a knock is signed with ours.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Health, Knock, Probed, Whose
from platforms.http import Answer
from platforms.zoom.api import LIGHT, Api
from platforms.zoom.oauth import BOT_SCOPES, DIRECTORY_SCOPES, redirect_uri
from platforms.zoom.webhook import BOT_PATH, USER_PATH, sealed, signature

PROBES = ("app_a", "app_b", "directory", "bot")
UNUSED = "mio-doctor"
"""No code and no message id of Zoom's looks like this."""
ACCOUNT, JID = "MIO_ZOOM_ACCOUNT_ID", "MIO_ZOOM_BOT_JID"
APP_A, APP_B, S2S = "MIO_ZOOM_CLIENT", "MIO_ZOOM_USER_CLIENT", "MIO_ZOOM_S2S_CLIENT"
CALLED = {APP_A: "app A", APP_B: "app B", S2S: "the server-to-server app"}
_AGAIN = "Run doctor again in some minutes."


async def probe(api: Api, what: str) -> Probed:
    looks = {"app_a": _app_a, "app_b": _app_b, "directory": _directory, "bot": _bot}
    try:
        return await looks[what](api)
    except TryLater as later:
        return Probed(Health.LATER, f"Zoom could not say ({later}).", _AGAIN)
    except NotAuthorised:
        said = "App A is not authorised in the Zoom account."
        return Probed(Health.NOT_AUTHORISED, said, _AUTHORISE, Whose.ADMIN, GrantKind.DIRECTORY)
    except (Refused, Gone) as refused:
        return Probed(
            Health.HOPELESS, f"Zoom refuses: {refused}.", "Look the code up at developers.zoom.us/docs/api/errors."
        )


_AUTHORISE = "Open the link as an owner or administrator of the Zoom account and allow it."


# -- the apps' credentials -----------------------------------------------------------------------------


async def _app_a(api: Api) -> Probed:
    answer = await api.ask_token(APP_A, {"grant_type": "client_credentials"})
    if not _granted(answer):
        return _credentials(APP_A, answer)
    missing = _missing(BOT_SCOPES, answer.body)
    return _lacking(APP_A, missing) if missing else Probed(Health.WORKS, "Zoom accepts app A's client id and secret.")


async def _app_b(api: Api) -> Probed:
    """People's app has no token of its own: right credentials are told that this code is wrong."""
    asked = {"grant_type": "authorization_code", "code": UNUSED, "redirect_uri": redirect_uri(api)}
    answer = await api.ask_token(APP_B, asked)
    match _code(answer):
        # developers.zoom.us/docs/integrations/oauth-error-messages: the code is invalid, or expired.
        case 4733 | 4734:
            return Probed(Health.WORKS, "Zoom accepts app B's client id and secret.")
        case 4709:
            said = f"App B does not list our redirect address {redirect_uri(api)}."
            return Probed(
                Health.HOPELESS, said, "Enter exactly that address in app B, and in its allow list.", Whose.ADMIN
            )
        case _:
            return _credentials(APP_B, answer)


def _credentials(app: str, answer: Answer) -> Probed:
    """Which setting, or which switch at Zoom, an app's refused credentials point to."""
    code, name = _code(answer), CALLED[app]
    body = answer.body if isinstance(answer.body, dict) else None
    match code:
        case 4702:
            said = f"Zoom knows no app with the client id in {app}_ID."
            return Probed(Health.HOPELESS, said, f"Set {app}_ID to the client id of {name} (App Credentials).")
        case 4704:
            said = f"{app}_SECRET is not the secret of the app in {app}_ID."
            return Probed(Health.HOPELESS, said, f"Set {app}_SECRET to the client secret of {name} (App Credentials).")
        case 4717 | 4738:
            said = f"The account does not let {name} work ({code})."
            return Probed(Health.NOT_AUTHORISED, said, f"Switch {name} on, and approve it beforehand.", Whose.ADMIN)
    if body is not None and body.get("error") == "invalid_client":
        said = f"Zoom refuses the credentials of {name}."
        return Probed(Health.HOPELESS, said, f"Set {app}_ID and {app}_SECRET to those of {name} (App Credentials).")
    if body is None or answer.status == 404:
        said = "What answers at MIO_ZOOM_OAUTH_URL is not Zoom's sign-in."
        return Probed(Health.HOPELESS, said, "Remove MIO_ZOOM_OAUTH_URL; its default is https://zoom.us/oauth.")
    words = (
        f"Zoom did not say whether {app}_ID and {app}_SECRET are right ({answer.status}/{code or body.get('error')})."
    )
    return Probed(Health.LATER, words, _AGAIN)


def _lacking(app: str, missing: Sequence[str]) -> Probed:
    words = "scope" if len(missing) == 1 else "scopes"
    said = f"{CALLED[app][0].upper()}{CALLED[app][1:]} lacks the {words} {', '.join(missing)}."
    then = f"Add what is missing to {CALLED[app]}'s scopes"
    after = ", then authorise it again through the link." if app == APP_A else " and activate it again."
    connect = GrantKind.DIRECTORY if app == APP_A else None
    return Probed(Health.NOT_AUTHORISED, said, then + after, Whose.ADMIN, connect)


# -- the directory -------------------------------------------------------------------------------------


async def _directory(api: Api) -> Probed:
    return await (_by_server(api) if api.lent.settings.get(f"{S2S}_ID") else _by_administrator(api))


async def _by_server(api: Api) -> Probed:
    answer = await api.ask_token(S2S, {"grant_type": "account_credentials", "account_id": api.tenant})
    if not _granted(answer):
        found = _credentials(S2S, answer)
        if found.health is not Health.LATER:
            return found
        said = f"{ACCOUNT} is not the account of the server-to-server app ({answer.status}/{_code(answer)})."
        return Probed(Health.HOPELESS, said, f"Set {ACCOUNT} to the Account ID of that app (App Credentials).")
    missing = _missing(DIRECTORY_SCOPES, answer.body)
    if missing:
        return _lacking(S2S, missing)
    return await _listed(api, str(answer.body["access_token"]), S2S)


async def _by_administrator(api: Api) -> Probed:
    tokens = await api.lent.tokens.installed(GrantKind.DIRECTORY)
    if tokens is None:
        raise NotAuthorised("app A is not authorised yet", None)
    missing = [scope for scope in DIRECTORY_SCOPES if scope not in tokens.scopes]
    if missing:
        return _lacking(APP_A, missing)
    me = await api.ask(tokens.access, "GET", "/users/me", LIGHT)
    theirs = me.body.get("account_id") if isinstance(me.body, dict) else None
    if me.status == 200 and theirs and theirs != api.tenant:
        said = f"App A is authorised in account {theirs}, but {ACCOUNT} names another."
        return Probed(Health.HOPELESS, said, f"Set {ACCOUNT} to {theirs}.", tenant=str(theirs))
    return await _listed(api, tokens.access, APP_A)


async def _listed(api: Api, token: str, app: str) -> Probed:
    answer = await api.ask(token, "GET", "/users", params={"page_size": "1", "status": "active"})
    if answer.status == 200:
        said = f"The directory of account {api.tenant} can be read."
        return Probed(Health.WORKS, said, tenant=api.tenant)
    code = _code(answer)
    if code in (4700, 4711):
        return _lacking(app, DIRECTORY_SCOPES[:1])
    if answer.status == 401 and app == APP_A:
        raise NotAuthorised("the token is dead", None)
    if code is None:
        return _elsewhere()
    return Probed(Health.LATER, f"Zoom does not list its users ({answer.status}/{code}).", _AGAIN)


def _elsewhere() -> Probed:
    said = "What answers at MIO_ZOOM_API_URL is not Zoom's API."
    return Probed(Health.HOPELESS, said, "Remove MIO_ZOOM_API_URL; its default is https://api.zoom.us/v2.")


# -- the bot -------------------------------------------------------------------------------------------


async def _bot(api: Api) -> Probed:
    """Replacing a card that does not exist: Zoom gets as far as the message only with the right bot and account."""
    answer = await api.ask_token(APP_A, {"grant_type": "client_credentials"})
    if not _granted(answer):
        return Probed(
            Health.LATER, "The bot cannot be tried before app A's credentials are right.", "Mend zoom.app_a first."
        )
    reader = await _somebody(api)
    card = {"head": {"text": "doctor"}, "body": [{"type": "message", "text": "doctor"}]}
    body = {"robot_jid": api.lent.settings[JID], "account_id": api.tenant, "content": card}
    token = str(answer.body["access_token"])
    tried = await api.ask(
        token, "PUT", f"/im/chat/messages/{UNUSED}", json=body | ({"user_jid": reader} if reader else {})
    )
    return _tried(api, tried, bool(reader))


def _tried(api: Api, answer: Answer, addressed: bool) -> Probed:
    # developers.zoom.us/docs/api/chatbot: 7002 and 7003 no such bot, 7004 not authorised, 8001 no such message.
    match _code(answer):
        case 8001:
            return Probed(Health.WORKS, f"The bot may write in account {api.tenant}.")
        case 7002 | 7003:
            said = f"Zoom knows no bot of app A with the JID in {JID}."
            return Probed(Health.HOPELESS, said, f"Set {JID} to the Bot JID of app A (its Team Chat surface).")
        case 7004 if addressed:
            said = f"The bot may not write in account {api.tenant}: app A is not authorised there, or {ACCOUNT} names another."
            return Probed(Health.NOT_AUTHORISED, said, _AUTHORISE, Whose.ADMIN, GrantKind.DIRECTORY)
        case 4700 | 4711:
            return _lacking(APP_A, BOT_SCOPES)
        case None:
            return _elsewhere()
        case code:
            return Probed(Health.LATER, f"Zoom did not say whether the bot works ({answer.status}/{code}).", _AGAIN)


async def _somebody(api: Api) -> str | None:
    """Any user's address: a card names a reader even where it is not shown. None: the directory does not answer."""
    try:
        found = await api.directory("GET", "/users", params={"page_size": "1", "status": "active"})
    except (TryLater, NotAuthorised, Refused, Gone):
        return None
    users = found.get("users") if isinstance(found, dict) else None
    return f"{users[0]['id']}@xmpp.zoom.us".lower() if users and users[0].get("id") else None


# -- reading answers -------------------------------------------------------------------------------------


def _granted(answer: Answer) -> bool:
    return answer.status == 200 and isinstance(answer.body, dict) and bool(answer.body.get("access_token"))


def _missing(needed: Sequence[str], body: Mapping[str, Any]) -> list[str]:
    held = str(body.get("scope", "")).split()
    return [scope for scope in needed if scope not in held]


def _code(answer: Answer) -> int | None:
    code = answer.body.get("code") if isinstance(answer.body, dict) else None
    return code if isinstance(code, int) else None


# -- Zoom's test of our addresses --------------------------------------------------------------------------


def knocks(lent: Lent) -> Sequence[Knock]:
    """``endpoint.url_validation``, which Zoom repeats every 72 hours (developers.zoom.us/docs/api/webhooks)."""
    doors = ((BOT_PATH, "MIO_ZOOM_SECRET_TOKEN"), (USER_PATH, "MIO_ZOOM_USER_SECRET_TOKEN"))
    return tuple(_knock(lent, path, setting) for path, setting in doors)


def _knock(lent: Lent, path: str, setting: str) -> Knock:
    secret, plain, now = lent.settings[setting].encode(), secrets.token_hex(11), lent.clock.now()
    event = {
        "event": "endpoint.url_validation",
        "event_ts": int(now.timestamp() * 1000),
        "payload": {"plainToken": plain},
    }
    body, stamp = orjson.dumps(event), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": signature(secret, stamp, body),
    }
    wanted = {"plainToken": plain, "encryptedToken": sealed(secret, plain)}
    return Knock(path, setting, headers, body, lambda answer: _same(answer, wanted))


def _same(answer: bytes, wanted: Mapping[str, str]) -> bool:
    try:
        return bool(orjson.loads(answer) == wanted)
    except orjson.JSONDecodeError:
        return False
