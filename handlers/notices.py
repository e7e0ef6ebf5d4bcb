"""Messages to people that nobody asked for, because something did not happen as they expect.

A burst of undeliverable messages makes one notice, brought up to date in place.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from bot.hours import zone
from bot.ids import AccountId, platform_of
from bot.links import LinkReason, State
from bot.orders import Post
from bot.people import Person
from bot.relay import Reason, Tell
from cards.content import AdminNotice, NotDelivered, Unsure
from handlers.ctx import Ctx

BURST = timedelta(minutes=10)


def not_delivered(ctx: Ctx, home: AccountId, author: Person, reader: Person, tell: Tell, at: datetime) -> None:
    """The writer hears why, every time; within a burst the same card counts up."""
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
        first=_clock(ctx, author, at),
        last=_clock(ctx, author, at),
        allow_url=ctx.policy.allow_url(owner, platform, link.round) if may_allow else None,
        reason=tell.reason,
        command=_command(ctx, home),
    )
    _burst(ctx, home, f"undelivered:{author.id}:{reader.id}:{tell.reason}", facts)


def held_back(ctx: Ctx, home: AccountId, reader: Person, order: Post, reason: str) -> None:
    """A message that was on its way and will not arrive any more."""
    people = ctx.tx.people.many([order.author])
    at = _clock(ctx, people[order.author], order.at)
    facts = NotDelivered(
        reader=reader.name,
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
    )
    _burst(ctx, home, f"refused:{order.author}:{reader.id}:{reason}", facts)


def unknown_outcome(ctx: Ctx, home: AccountId, reader: Person, at: datetime) -> None:
    """Nobody can tell whether it arrived: say so, never send twice."""
    person = ctx.tx.people.by_account(home)
    when = _clock(ctx, person, at) if person else at.strftime("%H:%M")
    ctx.show(home, Unsure(reader=reader.name, at=when), subject="unknown")


def _burst(ctx: Ctx, home: AccountId, subject: str, facts: NotDelivered) -> None:
    for card in ctx.tx.cards.by_subject(subject, 1):
        if ctx.now - card.made < BURST:
            before = json.loads(card.data)
            ctx.replace(card.id, _counted(facts, int(before["count"]) + 1, str(before["first"])))
            return
    ctx.show(home, facts, subject=subject)


def _counted(facts: NotDelivered, count: int, first: str) -> NotDelivered:
    return replace(facts, count=count, first=first)


def _command(ctx: Ctx, home: AccountId) -> str:
    known = ctx.policy.platforms.get(platform_of(home))
    return known.command if known else "/mio"


def _has_account(person: Person, platform: str) -> bool:
    return any(p == platform for p in person.platforms)


def _clock(ctx: Ctx, person: Person, at: datetime) -> str:
    return at.astimezone(zone(person.time_zone, ctx.policy.time_zone)).strftime("%H:%M")


def tell_admins(ctx: Ctx, key: str, name: str, platform: str, reason: LinkReason) -> None:
    """Administrators hear it once, where they live."""
    facts = AdminNotice(key=key, name=name, platform=platform, reason=reason)
    for account in ctx.tx.people.admins(None)[:20]:
        person = ctx.tx.people.by_account(account.id)
        home = person.home if person and person.home else account
        if home.id == account.id or person is None:
            ctx.show(home, facts, subject=f"admin:{key}")
