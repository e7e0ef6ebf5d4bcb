"""Hearing that is set up for each person: begun after Allow, looked after by the clock, and what was missed read back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.events import Deafened, HistoryRead, Subscribed, Ticked
from bot.ids import PlatformId, platform_of
from bot.links import Happening, LinkReason, State, step
from bot.orders import Listen, ReadHistory, RevokeGrant
from bot.platform import Hearing
from bot.ready import GrantKind
from handlers import notices
from handlers.asking import refresh_consent
from handlers.ctx import Ctx
from storage.grants import grant_id

BATCH = 200
TICKED = "listening ticked"
"""Under this name stands the newest slot that was looked after."""
OLDEST = timedelta(days=3)
"""What was missed longer ago is not read back."""
AGAIN = timedelta(minutes=5)
"""A grant whose turn was ordered is not ordered again before this time."""


def deafened(event: Deafened, ctx: Ctx) -> None:
    """Look now instead of when it is due; a vendor that says so again and again is heard once a minute."""
    platform, minute = platform_of(event.account), event.at.replace(second=0, microsecond=0).isoformat()
    ctx.put(Listen(platform, event.account), key=f"deafened:{event.account}:{minute}")
    if event.since is not None:
        ctx.put(ReadHistory(platform, event.account, event.since), key=f"missed:{event.account}:{minute}")


def subscribed(event: Subscribed, ctx: Ctx) -> None:
    """What is written to the account reaches us: a link that waited for it is synced; a gap is read back."""
    if event.account is None:
        return
    ctx.tx.grants.listen_at(grant_id(GrantKind.PERSON, event.platform, event.account), event.until)
    if event.gap is not None:
        ctx.put(ReadHistory(event.platform, event.account, event.gap))
    person = ctx.tx.people.by_account(event.account)
    if person is None:
        return
    link = ctx.tx.links.get(person.id, event.platform, lock=True)
    if link.state is State.PENDING and link.reason is LinkReason.CONNECTING:
        ctx.tx.links.put(step(link, Happening.GRANTED, ctx.now, ctx.policy.timetable).link)
        refresh_consent(ctx, person)


def history_read(event: HistoryRead, ctx: Ctx) -> None:
    """One page of what was missed is told; the next one follows."""
    if event.cursor is not None:
        ctx.put(ReadHistory(platform_of(event.account), event.account, event.since, event.cursor))


def look_after(event: Ticked, ctx: Ctx) -> None:
    """Order a look at whatever is due: the bot's own ears, and people's, the longest due first."""
    platforms = [p for p, known in ctx.policy.platforms.items() if known.traits.hearing is Hearing.PERSON]
    _notice_silence(event, ctx, platforms)
    for platform in platforms:
        ctx.put(Listen(platform), key=f"listen:{platform}:{event.slot.isoformat()}")
    for grant in ctx.tx.grants.to_listen(ctx.now, platforms, BATCH):
        ctx.put(Listen(grant.platform, grant.account))
        ctx.tx.grants.listen_at(grant.id, ctx.now + AGAIN)
        if grant.gap is not None and grant.account is not None:
            ctx.put(ReadHistory(grant.platform, grant.account, max(grant.gap, ctx.now - OLDEST)))
            ctx.tx.grants.reading_back(grant.id)


def _notice_silence(event: Ticked, ctx: Ctx, platforms: Sequence[PlatformId]) -> None:
    """Nobody ticked for longer than a vendor repeats what was not taken: what it gave up is read back."""
    held = ctx.tx.policies.get(TICKED)
    before = datetime.fromisoformat(held) if held else event.slot
    if event.slot <= before and held:
        return
    ctx.tx.policies.put(TICKED, event.slot.isoformat())
    for platform in platforms:
        patience = ctx.policy.platforms[platform].traits.redelivers
        if patience is not None and event.slot - before > patience:
            ctx.tx.grants.missed(platform, before)


def deaf(order: Listen, reason: str, ctx: Ctx) -> None:
    """The platform will not let us hear this person: the link says why, an administrator hears it, the grant is given back."""
    person = ctx.tx.people.by_account(order.account) if order.account else None
    if person is None or order.account is None:
        return
    link = ctx.tx.links.get(person.id, order.platform, lock=True)
    if link.state is State.NOT_CREATED:
        return
    ctx.tx.links.put(step(link, Happening.CANNOT_BE, ctx.now, ctx.policy.timetable, LinkReason.POLICY).link)
    ctx.tx.acts.add(order.account, "not heard", person.id, {"reason": reason[:200]})
    refresh_consent(ctx, person)
    own = grant_id(GrantKind.PERSON, order.platform, order.account)
    parked = ctx.tx.grants.discard(own)
    if parked is not None:
        ctx.grants.append(own)
        ctx.put(RevokeGrant(parked, order.platform, order.account), key=f"revoke:{parked}")
        title = ctx.policy.title(order.platform)
        notices.tell_admins(ctx, "admin.grant_lost", person.name, title, LinkReason.POLICY)
