"""Semaphore's consent: address, code for tokens, renewal, revocation, which ends the person's watch as well."""

from urllib.parse import urlencode

from bot.events import Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import NotAuthorised, Refused
from bot.ready import GrantKind, Signed

from .api import Api
from .members import account_of


def consent_url(api: Api, kind: GrantKind, state: str, challenge: str) -> str:
    query = {
        "client": api.lent.settings["MIO_SEMAPHORE_CLIENT_ID"],
        "for": kind.value,
        "back": f"{api.lent.public_url}/oauth/semaphore/callback",
        "state": state,
        "challenge": challenge,
    }
    return f"{api.oauth}/consent?{urlencode(query)}"


async def redeem(api: Api, code: str, verifier: str) -> Signed:
    tokens = api.tokens(await api.token("token", {"code": code, "verifier": verifier}))
    return Signed(account_of(api, await api.call(tokens.access, "GET", "/people/me", None)), tokens)


async def renew(api: Api, tokens: Tokens, account: AccountId | None) -> Tokens:
    try:
        return api.tokens(await api.token("token", {"refresh": str(tokens.refresh)}))
    except (Refused, NotAuthorised) as refused:
        raise NotAuthorised(str(refused), account, LinkReason.EXPIRED) from None


async def revoke(api: Api, tokens: Tokens) -> bool:
    found = await api.token("revoke", {"access": tokens.access})
    return found.get("revoked") is True
