"""What ``doctor`` asks Slack, and how Slack's own tests of our address look. Changes nothing at Slack.

A signing secret cannot be asked for: it shows only when Slack's requests come in, so a knock is signed with ours.
"""

from collections.abc import Sequence

import orjson

from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Health, Knock, Probed, Whose
from platforms.slack.api import Api
from platforms.slack.members import BOT_SCOPES
from platforms.slack.oauth import redirect_uri
from platforms.slack.webhook import PATH, signature

PROBES = ("app", "bot", "scopes")
CHALLENGE = "mio-doctor"
UNUSED = "mio-doctor"
"""No code of Slack's looks like this. An app whose credentials are right hears that the code is wrong."""
ID, SECRET, TOKEN = "MIO_SLACK_CLIENT_ID", "MIO_SLACK_CLIENT_SECRET", "MIO_SLACK_BOT_TOKEN"
BASIC = "of the app's page Basic Information"
REINSTALL = "Install the app again from its page Install App"


async def probe(api: Api, what: str) -> Probed:
    looks = {"app": _app, "bot": _bot, "scopes": _scopes}
    try:
        return await looks[what](api)
    except TryLater as later:
        return await _later(api, later)
    except NotAuthorised as lost:
        return _lost(api, str(lost))
    except (Refused, Gone) as refused:
        return Probed(Health.HOPELESS, f"Slack refuses: {refused}.", "Look the code up at docs.slack.dev.")


# -- the app's credentials ---------------------------------------------------------------------------


async def _app(api: Api) -> Probed:
    try:
        await api.app("oauth.v2.access", code=UNUSED, redirect_uri=redirect_uri(api))
    except Refused as refused:
        return _credentials(api, str(refused))
    return Probed(Health.LATER, "Slack took a code that does not exist.", "Check MIO_SLACK_API_URL.")


def _credentials(api: Api, code: str) -> Probed:
    match code:
        case "invalid_client_id":
            said = f"Slack knows no app with the client id in {ID}."
            return Probed(Health.HOPELESS, said, f"Set {ID} to the Client ID {BASIC}.")
        case "bad_client_secret":
            said = f"{SECRET} is not the secret of the app in {ID}."
            return Probed(Health.HOPELESS, said, f"Set {SECRET} to the Client Secret {BASIC}.")
        case "invalid_code" | "code_already_used" | "bad_redirect_uri":
            return Probed(Health.WORKS, "Slack accepts the app's client id and secret.")
        case _:
            return Probed(Health.LATER, f"Slack did not say whether {ID} and {SECRET} are right ({code}).", _AGAIN)


# -- the bot -----------------------------------------------------------------------------------------


async def _bot(api: Api) -> Probed:
    found, _ = await api.examined()
    team, user = str(found.get("team_id", "")), str(found.get("user", ""))
    where = f"workspace {found.get('team') or team} ({team})"
    if not found.get("bot_id"):
        said = f"{TOKEN} is the token of a person ({user} in {where}), not of a bot."
        return Probed(Health.HOPELESS, said, f"Set {TOKEN} to the Bot User OAuth Token, which begins with xoxb-.")
    return Probed(Health.WORKS, f"The bot is installed in {where} as {user}.", tenant=team)


async def _scopes(api: Api) -> Probed:
    try:
        found, headers = await api.examined()
    except NotAuthorised:
        found, headers = {}, {}
    if not found.get("bot_id"):
        return Probed(
            Health.LATER, "Without a living bot token there are no scopes to compare.", "Mend slack.bot first."
        )
    named = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if named is None:
        return Probed(Health.LATER, "Slack's answer names no scopes, so they could not be compared.", _AGAIN)
    held = {scope.strip() for scope in named.split(",")}
    missing = [scope for scope in BOT_SCOPES if scope not in held]
    if missing:
        words = "scope" if len(missing) == 1 else "scopes"
        said = f"The bot's token lacks the {words} {', '.join(missing)}."
        return Probed(
            Health.NOT_AUTHORISED, said, _mended(api, "Put the manifest in place again, then ", REINSTALL), Whose.ADMIN
        )
    return Probed(Health.WORKS, f"The bot's token has all {len(BOT_SCOPES)} scopes.")


_AGAIN = "Run doctor again; if it stays, look whether a proxy between here and Slack drops headers."


def _mended(api: Api, before: str, then: str) -> str:
    """What an administrator does; a token kept in the settings must be copied afterwards."""
    kept = f", and set {TOKEN} to its new token" if api.lent.settings.get(TOKEN) else ""
    return f"{before}{then[0].lower() if before else then[0]}{then[1:]}{kept}."


# -- what goes wrong ---------------------------------------------------------------------------------


def _lost(api: Api, words: str) -> Probed:
    code = words.rpartition(": ")[2]
    if not api.lent.settings.get(TOKEN):
        said = "The Slack app is not installed." if ": " not in words else f"The bot's permission is over ({code})."
        again = "Open the link as an owner or administrator of the workspace and allow it."
        return Probed(Health.NOT_AUTHORISED, said, again, Whose.ADMIN, GrantKind.BOT)
    match code:
        case "invalid_auth" | "not_authed":
            said = f"Slack does not know the token in {TOKEN}."
            return Probed(
                Health.HOPELESS, said, f"Set {TOKEN} to the Bot User OAuth Token of the app's page Install App."
            )
        case "account_inactive" | "token_revoked" | "team_access_not_granted":
            said = f"The app is not installed in the workspace any more; the token in {TOKEN} is dead ({code})."
            return Probed(Health.NOT_AUTHORISED, said, _mended(api, "", REINSTALL), Whose.ADMIN)
        case "token_expired":
            said = f"The token in {TOKEN} has expired: this app rotates its tokens."
            return Probed(
                Health.HOPELESS, said, f"Remove {TOKEN}, restart, and install through the link that is printed."
            )
        case _:
            said = f"Slack refuses the bot ({code})."
            return Probed(Health.NOT_AUTHORISED, said, _mended(api, "", REINSTALL), Whose.ADMIN)


async def _later(api: Api, later: TryLater) -> Probed:
    """A wrong address and a vendor in trouble look alike to a call; ``api.test`` tells them apart."""
    try:
        answer = await api.http.call("api.test", "POST", api.base.rstrip("/") + "/api.test", writes=False)
    except TryLater as again:
        return Probed(Health.LATER, f"Slack does not answer at MIO_SLACK_API_URL ({again}).", _CONNECTION)
    if answer.status != 429 and not (isinstance(answer.body, dict) and "ok" in answer.body):
        return _elsewhere(api)
    return Probed(Health.LATER, f"Slack could not say ({later}).", "Run doctor again in some minutes.")


_CONNECTION = "Let this machine open connections to Slack, or correct MIO_SLACK_API_URL."


def _elsewhere(api: Api) -> Probed:
    said = "What answers at MIO_SLACK_API_URL is not Slack's Web API."
    return Probed(Health.HOPELESS, said, "Remove MIO_SLACK_API_URL; its default is https://slack.com/api/.")


# -- Slack's test of our address -----------------------------------------------------------------------


def knocks(lent: Lent) -> Sequence[Knock]:
    """``url_verification``, as Slack sends it when the address is entered (docs.slack.dev/reference/events)."""
    body = orjson.dumps({"type": "url_verification", "challenge": CHALLENGE})
    stamp = str(int(lent.clock.now().timestamp()))
    signed = signature(lent.settings["MIO_SLACK_SIGNING_SECRET"].encode(), stamp, body)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signed,
    }
    return (Knock(PATH, "MIO_SLACK_SIGNING_SECRET", headers, body, lambda answer: answer == CHALLENGE.encode()),)
