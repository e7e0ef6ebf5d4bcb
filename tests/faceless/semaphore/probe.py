"""What ``doctor`` asks Semaphore: whether the bot's flag is up."""

from bot.platform import NotAuthorised, PlatformError
from bot.ready import GrantKind, Health, Probed, Whose

from .api import Api

PROBES = ("flag",)


async def probe(api: Api, what: str) -> Probed:
    try:
        await api.bot("GET", "/people/me")
    except NotAuthorised as lost:
        return Probed(Health.NOT_AUTHORISED, f"{lost}.", "Raise the flag again.", Whose.ADMIN, GrantKind.BOT)
    except PlatformError as fault:
        return Probed(Health.LATER, f"Semaphore could not say ({fault}).", "Run doctor again in some minutes.")
    return Probed(Health.WORKS, "The flag is up.")
