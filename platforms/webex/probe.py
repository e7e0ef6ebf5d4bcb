"""What ``doctor`` asks Webex. Changes nothing there.

The secret of the webhooks cannot be asked for: Webex sends no test to an address, so it shows with the first delivery.
"""

from collections.abc import Sequence

from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Health, Knock, Probed, Whose
from platforms.webex.api import Api

PROBES = ("bot", "directory")
_AGAIN = "Run doctor again in some minutes."


async def probe(api: Api, what: str) -> Probed:
    try:
        return await (_bot(api) if what == "bot" else _directory(api))
    except TryLater as later:
        return Probed(Health.LATER, f"Webex could not say ({later}).", _AGAIN)


async def _bot(api: Api) -> Probed:
    try:
        me = await api.call(api.bot(), "GET", "/people/me")
    except (NotAuthorised, Refused, Gone) as refused:
        said = f"Webex refuses the bot's token ({refused})."
        return Probed(Health.HOPELESS, said, "Set MIO_WEBEX_BOT_TOKEN to the token shown when the bot was made.")
    if not isinstance(me, dict) or me.get("type") not in (None, "bot"):
        said = "MIO_WEBEX_BOT_TOKEN is not a bot's token."
        return Probed(Health.HOPELESS, said, "Set it to the token of the bot, not of a person.")
    return Probed(Health.WORKS, f"The bot answers as {me.get('displayName') or 'a bot without a name'}.")


async def _directory(api: Api) -> Probed:
    connect = "Open the link as a full administrator of the Webex organisation and allow it."
    try:
        voice = await api.directory_or_none()
        if voice is None:
            said = "The Webex directory is not connected."
            return Probed(Health.NOT_AUTHORISED, said, connect, Whose.ADMIN, GrantKind.DIRECTORY)
        await api.call(voice, "GET", "/people/me")
    except (NotAuthorised, Refused, Gone) as refused:
        said = f"Webex refuses the directory ({refused})."
        return Probed(Health.NOT_AUTHORISED, said, connect, Whose.ADMIN, GrantKind.DIRECTORY)
    return Probed(Health.WORKS, "The directory can be read.")


def knocks() -> Sequence[Knock]:
    """None: Webex has no test of an address that would prove anything."""
    return ()
