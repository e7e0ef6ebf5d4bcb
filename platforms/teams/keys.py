"""Whether Microsoft signed a token, and for us: the channel's activities, Graph's notifications, a person's sign-in.

Signatures and claims only; it never says what somebody may do, and nothing of a token stands in its errors.
Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication,
learn.microsoft.com/graph/change-notifications-with-resource-data and learn.microsoft.com/entra/identity-platform.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeGuard

import jwt

from bot.platform import Refused, TryLater
from platforms.http import same
from platforms.teams.api import Api

CHANNEL_ISSUER = "https://api.botframework.com"
PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""Microsoft's own app that sends change notifications."""
ALGORITHM = "RS256"
LEEWAY, SECOND = timedelta(minutes=5), timedelta(seconds=1)
LIVES = timedelta(hours=24)
SEARCH = timedelta(hours=1)
"""How often a key that is not among the published ones is looked for."""
PAUSE = timedelta(seconds=5)
"""How long a service that did not give its keys is left alone."""
MOST_TOKEN = 16_384
# Times are compared with the clock that is lent, the rest by its own name in the error.
SIGNATURE_ONLY: Any = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}


class Forged(Exception):
    """Not from who it should be from, or not for us. The message says which check failed."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token claims, and the channels for which the key speaks that signed it."""

    claims: Mapping[str, Any] = field(repr=False)
    endorsements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    public: Any
    endorsements: tuple[str, ...]


class Published:
    """One service's signing keys, as its OpenID description names them."""

    def __init__(self, api: Api, description: str) -> None:
        self.api = api
        self.description = description
        self._keys: dict[str, _Key] = {}
        self._at: datetime | None = None
        self._searched: datetime | None = None
        self._failed: datetime | None = None
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> _Key:
        """A key that is not known is looked for at once, so that a changed one works; made-up ones cost a look an hour."""
        now = self.api.lent.clock.now()
        if self._old(now) or (kid not in self._keys and self._may_search(now)):
            await self._read()
        if kid not in self._keys:
            raise Forged("unknown key")
        return self._keys[kid]

    def _old(self, now: datetime) -> bool:
        return self._at is None or now - self._at >= LIVES

    def _may_search(self, now: datetime) -> bool:
        return self._searched is None or now - self._searched >= SEARCH

    async def _read(self) -> None:
        """Whoever asks meanwhile shares the answer; who stops waiting does not end it for the others."""
        if self._failed is not None and self.api.lent.clock.now() - self._failed < PAUSE:
            raise TryLater("the signing keys could not be read just now", PAUSE)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._fetch())
        await asyncio.shield(self._reading)

    async def _fetch(self) -> None:
        now = self.api.lent.clock.now()
        try:
            described = await self._get("GET /openid-configuration", self.description)
            published = await self._get("GET /keys", str(described.get("jwks_uri") or ""))
            found = _usable(published.get("keys"))
            if not found:
                raise TryLater("GET /keys: no usable key")
        except TryLater:
            self._failed = now
            raise
        if not self._old(now):
            self._searched = now
        self._keys, self._at, self._failed = found, now, None

    async def _get(self, name: str, url: str) -> dict[str, Any]:
        """Anything but the answer wanted is the service's trouble, not a verdict on a token."""
        try:
            answer = await self.api.http.call(name, "GET", url, writes=False)
        except Refused as refused:
            raise TryLater(f"{name}: {refused}") from None
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise TryLater(f"{name}: {answer.status}")
        return answer.body


class Keys:
    def __init__(self, api: Api) -> None:
        self.api = api
        self._channel = Published(api, api.openid)
        self._notices = Published(api, f"{api.login}/common/.well-known/openid-configuration")
        self._people = Published(api, f"{api.login}/{api.tenant}/v2.0/.well-known/openid-configuration")

    async def activity(self, token: str) -> Signed:
        """The channel's. Other bots' tokens have other issuers: nobody but the channel calls us.

        Raises ``Forged``, and ``TryLater`` when there are no keys to check it with.
        """
        signed = await self._signed(self._channel, token)
        if signed.claims.get("iss") != CHANNEL_ISSUER:
            raise Forged("issuer")
        self._ours_and_now(signed.claims)
        return signed

    async def notification(self, token: str, heard: datetime | None = None) -> None:
        """Graph's, one of those beside encrypted notifications; two versions are about. Raises like ``activity``.

        ``heard``: when it was taken in, for what waited longer than a token lives.
        """
        claims = (await self._signed(self._notices, token)).claims
        first, second = f"https://sts.windows.net/{self.api.tenant}/", self._issuer
        if claims.get("iss") not in (first, second):
            raise Forged("issuer")
        self._ours_and_now(claims, heard)
        if claims.get("appid" if claims["iss"] == first else "azp") != PUBLISHER:
            raise Forged("publisher")

    async def identity(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Who signed in, for the sign-in that was begun with ``nonce``. Raises like ``activity``."""
        claims = (await self._signed(self._people, token)).claims
        if claims.get("iss") != self._issuer:
            raise Forged("issuer")
        self._ours_and_now(claims)
        if claims.get("tid") != self.api.tenant:
            raise Forged("tenant")
        said = claims.get("nonce")
        if not nonce or not isinstance(said, str) or not same(said, nonce):
            raise Forged("nonce")
        return claims

    @property
    def _issuer(self) -> str:
        return f"{self.api.login}/{self.api.tenant}/v2.0"

    async def _signed(self, published: Published, token: str) -> Signed:
        kid = _kid(token)
        key = await published.key(kid)
        try:
            claims = jwt.decode(token, key.public, algorithms=[ALGORITHM], options=SIGNATURE_ONLY)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Forged("signature") from None
        return Signed(claims, key.endorsements)

    def _ours_and_now(self, claims: Mapping[str, Any], heard: datetime | None = None) -> None:
        audience, now, leeway = claims.get("aud"), (heard or self.api.lent.clock.now()).timestamp(), LEEWAY // SECOND
        if not self.api.app or not isinstance(audience, str) or audience.lower() != self.api.app:
            raise Forged("audience")
        until, since = claims.get("exp"), claims.get("nbf", 0)
        if not _number(until) or not _number(since):
            raise Forged("times")
        if not now < until + leeway:
            raise Forged("expired")
        if not now >= since - leeway:
            raise Forged("not valid yet")


def _kid(token: str) -> str:
    """The name of the key, unproven. Which kind of signature it is, is not the token's choice."""
    if len(token) > MOST_TOKEN:
        raise Forged("length")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Forged("not a token") from None
    if header.get("alg") != ALGORITHM:
        raise Forged("algorithm")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Forged("key id")
    return kid


def _usable(rows: Any) -> dict[str, _Key]:
    """By name; what is no RSA key for signatures is left out."""
    found: dict[str, _Key] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("kty") != "RSA" or row.get("use", "sig") != "sig":
            continue
        kid, endorsed = row.get("kid"), row.get("endorsements")
        try:
            public = jwt.PyJWK(row, ALGORITHM).key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if isinstance(kid, str) and kid:
            named = endorsed if isinstance(endorsed, list) else []
            found[kid] = _Key(public, tuple(channel for channel in named if isinstance(channel, str)))
    return found


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
