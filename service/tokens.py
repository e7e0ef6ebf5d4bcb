"""Hands out access tokens from sealed grants; renewing is a job of its own, so it happens once at a time per grant.

A cached token is trusted until shortly before it expires or until the vendor rejects it. Tokens never leave memory
unsealed.
"""

from datetime import datetime, timedelta

from bot.events import Tokens
from bot.ids import AccountId, PlatformId
from bot.links import LinkReason
from bot.orders import RenewGrant
from bot.platform import Clock, NotAuthorised, TryLater
from bot.ready import GrantKind
from storage.grants import Grant, grant_id
from storage.queue import LIVE, NewJob
from storage.store import Store, Tx

EARLY = timedelta(minutes=2)
"""A token that ends sooner than this is renewed before it is used."""
WHILE_RENEWING = timedelta(milliseconds=250)


class Wallet:
    """All grants of all platforms; one per process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._cache: dict[str, Grant] = {}
        self._stale: dict[str, datetime] = {}

    def forget(self, grant: str) -> None:
        self._cache.pop(grant, None)

    def forget_all(self) -> None:
        self._cache.clear()

    def stale(self, grant: str) -> None:
        held = self._cache.pop(grant, None)
        if held is not None:
            self._stale[grant] = held.since

    async def fresh(self, kind: GrantKind, platform: PlatformId, account: AccountId | None) -> Tokens | None:
        """Tokens that may be used now; None without a grant. Raises ``TryLater`` while they are being renewed."""
        key = grant_id(kind, platform, account)
        grant = self._cache.get(key)
        if grant is None:
            grant = await self.store.read(lambda tx: tx.grants.get(kind, platform, account))
            if grant is None:
                return None
            self._cache[key] = grant
        if self._usable(key, grant):
            return grant.tokens
        self._cache.pop(key, None)
        if grant.tokens.refresh is None:
            return grant.tokens if grant.tokens.expires is None else None
        order = RenewGrant(key, platform, grant.since)
        job = NewJob(
            stream=f"grant:{key}",
            kind="RenewGrant",
            order=order,
            at=self.clock.now(),
            rank=LIVE,
            key=f"renew:{key}:{grant.since.timestamp()}",
        )
        await self.store.submit([job])
        raise TryLater("the token is being renewed", WHILE_RENEWING)

    def _usable(self, key: str, grant: Grant) -> bool:
        rejected = self._stale.get(key)
        if rejected is not None:
            if grant.since <= rejected:
                return False
            del self._stale[key]
        return grant.tokens.expires is None or grant.tokens.expires - self.clock.now() > EARLY

    async def keep(self, kind: GrantKind, platform: PlatformId, tokens: Tokens) -> None:
        """What waited for this app is woken: it works again, or for the first time."""

        def work(tx: Tx) -> None:
            tx.grants.put(kind, platform, None, tokens)
            tx.queue.unhold(f"app:{platform}")

        await self.store.write(work)
        self.forget(grant_id(kind, platform, None))


class Purse:
    """The wallet as one platform sees it: fulfils ``bot.platform.TokenSource``."""

    def __init__(self, wallet: Wallet, platform: PlatformId) -> None:
        self.wallet = wallet
        self.platform = platform

    async def person(self, account: AccountId) -> str:
        token = await self.person_or_none(account)
        if token is None:
            raise NotAuthorised("no live grant", account, LinkReason.REVOKED)
        return token

    async def person_or_none(self, account: AccountId) -> str | None:
        tokens = await self.wallet.fresh(GrantKind.PERSON, self.platform, account)
        return None if tokens is None else tokens.access

    async def ends(self, account: AccountId) -> datetime | None:
        tokens = await self.wallet.fresh(GrantKind.PERSON, self.platform, account)
        return None if tokens is None else tokens.expires

    async def installed(self, kind: GrantKind) -> Tokens | None:
        return await self.wallet.fresh(kind, self.platform, None)

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        await self.wallet.keep(kind, self.platform, tokens)

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        self.wallet.stale(grant_id(kind, self.platform, account))
