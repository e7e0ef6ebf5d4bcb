"""Carries orders out: looks native ids up (a short read), calls the platform, returns what came of it.

No transaction is open here, and nothing is decided here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.events import (
    AppLost,
    CardShown,
    Event,
    Granted,
    GrantLost,
    GrantRefused,
    GrantRevoked,
    HistoryRead,
    MemberLookedUp,
    MembersListed,
    MessageSent,
    Renewed,
    Subscribed,
    TeamsListed,
)
from bot.ids import AccountId, PlatformId, dm_id, platform_of, user_of
from bot.links import LinkReason, State
from bot.orders import (
    FetchMembers,
    FetchTeams,
    Listen,
    LookUpMember,
    Post,
    ReadHistory,
    RedeemCode,
    RenewGrant,
    RevokeGrant,
    ShowCard,
    Unlisten,
)
from bot.pauses import Stop
from bot.people import Account
from bot.platform import ByTeam, Clock, Gone, Listens, NotAuthorised, Platform, Refused, TryLater
from bot.ready import GrantKind, Listed, ReadyCard, ReadyPost, Sent
from bot.relay import Reason
from cards.model import Card
from handlers import pausing
from handlers.ctx import Policy
from storage.cards import CardRow
from storage.queue import Job
from storage.store import Store, Tx

LOOK_BACK = timedelta(seconds=5)
"""Vendors' clocks differ from ours by less than this."""


class Paused(Exception):
    """A pause is in the way: the message waits for its end."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.key)
        self.stop = stop


class Unknown(Exception):
    """Nobody can tell whether an earlier attempt was carried out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    events: Sequence[Event]
    more: bool = False
    """Another call of the same order follows."""


class Performer:
    """``build`` turns a card's row into the card as it should look now."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[PlatformId, Platform],
        clock: Clock,
        build: Callable[[CardRow], Card],
        patience: timedelta,
        policy: Callable[[], Policy],
    ) -> None:
        self.store = store
        self.platforms = platforms
        self.clock = clock
        self.build = build
        self.patience = patience
        self.policy = policy

    def platform(self, platform: PlatformId) -> Platform:
        """The connected platform; ``Refused`` when it was taken out of the settings while work was waiting."""
        found = self.platforms.get(platform)
        if found is None:
            raise Refused("platform not configured")
        return found

    async def decode(self, platform: PlatformId, body: bytes) -> Sequence[Event]:
        return await self.platform(platform).decode(body)

    async def perform(self, job: Job) -> Outcome | None:
        """One call. None: there was nothing to do any more."""
        match job.order:
            case Post() as order:
                return await self._post(job, order)
            case ShowCard() as order:
                return await self._show(order)
            case FetchMembers() as order:
                return await self._members(order)
            case FetchTeams() as order:
                return await self._teams(order)
            case Listen() as order:
                return await self._listen(order)
            case Unlisten() as order:
                return await self._unlisten(order)
            case ReadHistory() as order:
                return await self._history(order)
            case LookUpMember() as order:
                account = await self.platform(platform_of(order.account)).member(user_of(order.account))
                return Outcome([MemberLookedUp(order.account, account, order.run)])
            case RedeemCode() as order:
                return Outcome([await self._redeem(order)])
            case RenewGrant() as order:
                return await self._renew(order)
            case RevokeGrant() as order:
                return await self._revoke(order)
            case _:
                raise Refused(f"no call belongs to {job.kind}")

    # -- people's messages -----------------------------------------------------------------------

    async def _post(self, job: Job, order: Post) -> Outcome | None:
        ready, more, moved = await self.store.read(
            lambda tx: _address(tx, order, self.policy(), begun=bool(job.claimed))
        )
        if ready is None:
            return None
        sent = await self._look(job, order, ready) if job.claimed else None
        if sent is None and moved:
            raise Refused(Reason.MOVED)
        if sent is None:
            sent = await self.platform(order.platform).post(ready)
        event = MessageSent(order.message, order.platform, ready.part, sent.channel, sent.native, sent.at)
        return Outcome([event], more)

    async def _look(self, job: Job, order: Post, ready: ReadyPost) -> Sent | None:
        """After a call whose outcome is unknown: is it already there? Raises ``Unknown`` when nobody can tell."""
        assert job.claimed is not None
        wait = job.claimed + self.patience - self.clock.now()
        if wait > timedelta():
            raise TryLater("an earlier call may still be under way", wait, certain=False)
        found = await self.platform(order.platform).find(ready, job.claimed - LOOK_BACK)
        if found is None:
            raise Unknown
        for sent in found:
            if not await self._known(order.platform, sent):
                return sent
        return None

    async def _known(self, platform: PlatformId, sent: Sent) -> bool:
        """Whether this native message is a copy already: the echo was faster, or it is another message's."""
        return await self.store.read(lambda tx: tx.dms.copy(platform, sent.channel, sent.native)) is not None

    # -- cards -----------------------------------------------------------------------------------

    async def _show(self, order: ShowCard) -> Outcome | None:
        row, reader = await self.store.read(lambda tx: _addressee(tx, order))
        platform = self.platform(order.platform)
        content = self.build(row)
        try:
            sent = await platform.show(ReadyCard(row.id, reader, row.channel, row.native, content))
        except Gone:
            if row.native is None:
                raise
            sent = await platform.show(ReadyCard(row.id, reader, row.channel, None, content))
        return Outcome([CardShown(row.id, sent.channel, sent.native)])

    # -- teams and hearing -----------------------------------------------------------------------

    async def _members(self, order: FetchMembers) -> Outcome:
        """A team that is gone has no members: the import goes on with the next one."""
        try:
            page = await self.platform(order.platform).members(order.team, order.cursor)
        except Gone:
            if order.team is None:
                raise Refused("the directory is gone") from None
            page = Listed((), None)
        return Outcome([MembersListed(order.run, order.platform, page.accounts, page.cursor, order.team)])

    async def _teams(self, order: FetchTeams) -> Outcome:
        platform = self.platform(order.platform)
        if not isinstance(platform, ByTeam):
            raise Refused("no import by team there")
        listed = await platform.teams(order.cursor)
        teams = tuple((team.id, team.name) for team in listed.teams)
        return Outcome([TeamsListed(order.platform, order.reading, teams, listed.cursor)])

    async def _listen(self, order: Listen) -> Outcome | None:
        """Nothing to do when the permission was taken back before its turn came."""
        account = order.account
        if account is not None and not await self._granted(order.platform, account):
            return None
        found = await self._listener(order.platform).listen(account)
        return Outcome([Subscribed(order.platform, account, found.until, found.gap)])

    async def _unlisten(self, order: Unlisten) -> Outcome | None:
        """Nothing to stop when the permission is over, or was given back before its turn came."""
        grant = await self.store.read(lambda tx: tx.grants.by_id(order.grant))
        if grant is None:
            return None
        try:
            tokens = await self._listener(order.platform).unlisten(grant.tokens)
        except (NotAuthorised, Refused, Gone):
            return None
        return Outcome([Renewed(order.grant, tokens)])

    def _listener(self, platform: PlatformId) -> Listens:
        found = self.platform(platform)
        if not isinstance(found, Listens):
            raise Refused("hearing is not set up for each person there")
        return found

    async def _granted(self, platform: PlatformId, account: AccountId) -> bool:
        return await self.store.read(lambda tx: tx.grants.get(GrantKind.PERSON, platform, account)) is not None

    async def _history(self, order: ReadHistory) -> Outcome | None:
        if not await self._granted(order.platform, order.account):
            return None
        page = await self._listener(order.platform).history(order.account, order.since, order.cursor)
        return Outcome([*page.events, HistoryRead(order.account, order.since, page.cursor)])

    # -- grants ----------------------------------------------------------------------------------

    async def _redeem(self, order: RedeemCode) -> Event:
        attempt = await self.store.read(lambda tx: tx.links.attempt(order.attempt))
        if attempt is None:
            raise Gone("the attempt is over")
        try:
            signed = await self.platform(order.platform).redeem(attempt.kind, order.code, attempt.verifier)
        except (Refused, NotAuthorised, Gone) as refused:
            return GrantRefused(order.attempt, str(refused))
        except TryLater as later:
            if later.certain:
                raise
            return GrantRefused(order.attempt, "no answer from the platform")
        return Granted(order.attempt, signed.account, signed.tokens)

    async def _renew(self, order: RenewGrant) -> Outcome | None:
        grant = await self.store.read(lambda tx: tx.grants.by_id(order.grant))
        if grant is None or (order.made and grant.since > order.made):
            return None
        try:
            tokens = await self.platform(order.platform).renew(grant.kind, grant.tokens, grant.account)
        except (NotAuthorised, Refused) as lost:
            now = self.clock.now()
            if grant.kind is GrantKind.PERSON and grant.account is not None:
                reason = lost.reason if isinstance(lost, NotAuthorised) else LinkReason.EXPIRED
                return Outcome([GrantLost(grant.account, reason, now, str(lost))])
            return Outcome([AppLost(order.platform, now, str(lost))])
        return Outcome([Renewed(order.grant, tokens)])

    async def _revoke(self, order: RevokeGrant) -> Outcome | None:
        grant = await self.store.read(lambda tx: tx.grants.by_id(order.grant))
        if grant is None:
            return None
        try:
            confirmed = await self.platform(order.platform).revoke(grant.kind, grant.tokens)
        except (NotAuthorised, Refused, Gone):
            confirmed = False
        return Outcome([GrantRevoked(order.grant, confirmed, order.account)])


def _address(tx: Tx, order: Post, policy: Policy, *, begun: bool) -> tuple[ReadyPost | None, bool, bool]:
    """The next part still missing, with native addressees; None when every part is there. Then whether more follow, and whether
    the reader lives elsewhere by now, before anything was sent for certain. ``begun``: an earlier call may have been carried out."""
    missing = tx.dms.missing(order.message, order.platform)
    if not missing:
        return None, False, False
    link = tx.links.of([order.author]).get((order.author, order.platform))
    if link is None or link.state is State.NOT_CREATED:
        raise Refused(Reason.WRITER_NOT_LINKED)
    writer, to = tx.pauses.parties(order.author, order.reader)
    moved = to.home not in (None, order.platform) and missing[0] == 0
    stop = pausing.of_order(tx, policy, order, writer, to)
    if stop is not None and policy.paused == "hold":
        raise Paused(stop)
    if stop is not None and missing[0] == 0 and not begun:
        raise Refused(Reason.PAUSED)
    accounts = tx.people.accounts_on(order.platform, (order.author, order.reader))
    voice, reader = accounts.get(order.author), accounts.get(order.reader)
    if voice is None:
        raise Refused("writer has no account there")
    if reader is None or not reader.active:
        raise Refused("reader has no account there")
    part = missing[0]
    channel = tx.dms.leg(dm_id(order.author, order.reader), order.platform)
    ready = ReadyPost(order.message, part, voice.id, reader.id, channel, order.parts[part])
    return ready, len(missing) > 1, moved


def _addressee(tx: Tx, order: ShowCard) -> tuple[CardRow, Account]:
    row = tx.cards.get(order.card)
    if row is None:
        raise Gone("the card was erased")
    reader = tx.people.account(row.account)
    if reader is None or not reader.active:
        raise Gone("the account is gone")
    return row, reader
