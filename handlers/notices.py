"""Messages to people that nobody asked for, because something did not happen as they expect.

A burst of undeliverable messages makes one notice, brought up to date in place.
"""

import json
from dataclasses import replace
from datetime import datetime

import msgspec

from bot.events import OutsiderWrote
from bot.hours import zone
from bot.ids import AccountId, PlatformId, platform_of
from bot.links import LinkReason, State
from bot.orders import Post
from bot.people import Kind, Person
from bot.relay import Reason, Tell
from bot.words import say
from cards.content import AdminNotice, NotCarried, NotDelivered, Unsure, Waiting
from handlers import pausing, unasked
from handlers.asking import refresh_consent
from handlers.ctx import Ctx
from handlers.pausing import BURST, clock
from handlers.roles import administrators


def not_delivered(ctx: Ctx, home: AccountId, author: Person, reader: Person, tell: Tell, at: datetime) -> None:
    """The writer hears why, every time; within a burst the same card counts up. Whoever has an open question finds it brought
    up to date; whoever was never asked, or said no, is told and not asked."""
    owner, platform = tell.needed
    link = ctx.tx.links.get(owner, platform)
    own = tell.reason is Reason.WRITER_NOT_LINKED
    may_allow = own and link.state in (State.PENDING, State.FAILED)
    facts = NotDelivered(
        reader=reader.name,
        reader_home=ctx.policy.title(reader.primary) if reader.primary else "",
        missing=ctx.policy.title(platform),
        own=own,
        has_account=_has_account(author if own else reader, platform),
        count=1,
        first=clock(ctx, author, at),
        last=clock(ctx, author, at),
        allow_url=ctx.policy.allow_url(owner, platform, link.round) if may_allow else None,
        reason=tell.reason,
        command=_command(ctx, home),
    )
    if _burst(ctx, author, home, f"undelivered:{author.id}:{reader.id}:{tell.reason}", facts) and may_allow:
        refresh_consent(ctx, author)


def held_back(ctx: Ctx, home: AccountId, author: Person, reader: Person | None, order: Post, reason: str) -> None:
    """A message that was on its way and will not arrive any more. No reader: they were removed meanwhile."""
    at = clock(ctx, author, order.at)
    facts = NotDelivered(
        reader=reader.name if reader else say("undelivered.removed"),
        reader_home=ctx.policy.title(order.platform),
        missing=ctx.policy.title(order.platform),
        own=True,
        has_account=True,
        count=1,
        first=at,
        last=at,
        allow_url=None,
        reason=reason,
        command=_command(ctx, home),
        stop=pausing.in_the_way(ctx, order, home, author, reader) if reader and reason == Reason.PAUSED else None,
    )
    _burst(ctx, author, home, f"refused:{order.author}:{order.reader}:{reason}", facts)


def unknown_outcome(ctx: Ctx, home: AccountId, reader: Person, at: datetime) -> None:
    """Nobody can tell whether it arrived: say so, never send twice."""
    person = ctx.tx.people.by_account(home)
    when = clock(ctx, person, at) if person else at.strftime("%H:%M")
    ctx.show(home, Unsure(reader=reader.name, at=when), subject="unknown")
    if person:
        unasked.sent(ctx, [person])


def _burst(ctx: Ctx, author: Person, home: AccountId, subject: str, facts: NotDelivered | Waiting) -> bool:
    """True: a new notice; False: the one of this burst counts one more."""
    for card in ctx.tx.cards.by_subject(subject, 1):
        before = json.loads(card.data)
        if ctx.now - card.made < BURST and not (before["allow_url"] is None and facts.allow_url):
            ctx.replace(card.id, replace(facts, count=int(before["count"]) + 1, first=str(before["first"])))
            return False
    ctx.show(home, facts, subject=subject)
    unasked.sent(ctx, [author])
    return True


def _command(ctx: Ctx, home: AccountId) -> str:
    known = ctx.policy.platforms.get(platform_of(home))
    return known.command if known else "/mio"


def _has_account(person: Person, platform: str) -> bool:
    return any(p == platform for p in person.platforms)


def tell_admins(
    ctx: Ctx, key: str, name: str, platform: str, reason: LinkReason, avoid: PlatformId | None = None
) -> None:
    """Administrators hear it once, where they live, but not on the platform that is the trouble."""
    facts = AdminNotice(key=key, name=name, platform=platform, reason=reason)
    for account in administrators(ctx, avoid)[:20]:
        ctx.show(account, facts, subject=f"admin:{key}")


# -- what was not carried ------------------------------------------------------------------------


def not_carried(ctx: Ctx, reader: Person, writer: AccountId) -> None:
    """An account that is nobody's here, or an excluded person's, wrote to somebody."""
    account = ctx.tx.people.account(writer)
    name, kind = (account.name, account.kind) if account else ("", Kind.GUEST)
    _outside(ctx, reader, platform_of(writer), name, kind)


def outsider(event: OutsiderWrote, ctx: Ctx) -> None:
    """The same, of somebody whom the directory does not hold."""
    platform = platform_of(event.reader)
    ctx.count("mio_events_total", platform, "MessagePosted", Reason.FOREIGN)
    reader = ctx.tx.people.by_account(event.reader)
    if reader is not None:
        _outside(ctx, reader, platform, event.name, event.kind)


def _outside(ctx: Ctx, reader: Person, platform: PlatformId, name: str, kind: Kind) -> None:
    """Somebody from outside wrote to a linked person's account: a line at home, without the text, at most one a day. It waits
    where they have had their message of the day, and takes up what else comes until then."""
    link = ctx.tx.links.of([reader.id]).get((reader.id, platform))
    if reader.excluded or platform == reader.primary or link is None or link.state is not State.SYNCED:
        return
    ctx.tx.people.lock([reader.id])
    facts = NotCarried(name, kind, ctx.policy.company, ctx.policy.title(platform))
    subject = f"outside:{reader.id}"
    for card in ctx.tx.cards.by_subject(subject, 1):
        told = msgspec.convert(json.loads(card.data), NotCarried, strict=False)
        same = (told.name, told.platform) == (facts.name, facts.platform)
        waits = card.native is None and ctx.now - card.made < 2 * ctx.policy.throttle
        if waits and not same:
            ctx.replace(card.id, replace(told, others=tuple(sorted({*told.others, facts.platform}))))
        if waits or (same and ctx.now - card.made < ctx.policy.throttle):
            return
    unasked.show(ctx, reader, facts, at_once=False, subject=subject)


# -- what waits ----------------------------------------------------------------------------------


def waiting(ctx: Ctx, home: AccountId, author: Person, reader: Person, platform: PlatformId, at: datetime) -> None:
    """The writer's own permission has ended: what they write waits for it, and they know until when."""
    link = ctx.tx.links.of([author.id]).get((author.id, platform))
    if link is None or link.state is not State.PENDING:
        return
    local = (ctx.now + ctx.policy.hold).astimezone(zone(author.time_zone, ctx.policy.time_zone))
    when = clock(ctx, author, at)
    until = f"{local.strftime('%A')} {local.strftime('%H:%M')}"
    url = ctx.policy.allow_url(author.id, platform, link.round)
    facts = Waiting(reader.name, ctx.policy.title(platform), 1, when, when, until, url)
    _burst(ctx, author, home, f"waiting:{author.id}:{reader.id}", facts)


def sent_on(ctx: Ctx, home: AccountId) -> None:
    """The permission is back: the notice about what waited says so."""
    card = ctx.tx.cards.newest(home, ("waiting",))
    if card is not None and ctx.now - card.made <= ctx.policy.hold:
        shown = json.loads(card.data)
        ctx.replace(card.id, Waiting(**{**shown, "allow_url": None}))
