"""What a pause means for messages: who waits for it, who hears of it, and what follows when it ends.

Nothing is decided here about who may pause; that is ``handlers.stopping``.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import Ticked
from bot.hours import zone
from bot.ids import AccountId, PersonId, PlatformId, platform_of
from bot.orders import Post, Tick
from bot.pauses import ALL, By, Party, Stop, stop
from bot.people import Account, Person
from bot.words import say
from cards.content import Answer, Paused, Stopped
from cards.content.pauses import why
from handlers import days
from handlers.ctx import Ctx, Policy
from storage.cards import CardRow
from storage.store import Tx

BURST = timedelta(minutes=10)
"""Notices that follow each other so soon are one, counted up in place."""
BATCH = 100


def stopped(policy: Policy, heard_on: PlatformId | None, target: PlatformId, one: Party, other: Party) -> Stop | None:
    return stop({name: pause.since for name, pause in policy.pauses.items()}, heard_on, target, one, other)


def of_order(tx: Tx, policy: Policy, order: Post, writer: Party, reader: Party) -> Stop | None:
    """What stands in the way of a post. Undecided people count as at home where they wrote."""
    heard_on = writer.home
    if heard_on is None and policy.pauses:
        message = tx.dms.message(order.message)
        heard_on = message.platform if message else None
    return stopped(policy, heard_on, order.platform, writer, reader)


def stands(ctx: Ctx, found: Stop) -> bool:
    """Whether it is still so: what was known may be a second old. Whoever ends it waits for this decision."""
    if found.by in (By.WRITER, By.READER):
        return ctx.tx.pauses.stands(PersonId(found.name))
    return ctx.tx.policies.stands(found.name)


# -- who hears of it -------------------------------------------------------------------------------


def held(ctx: Ctx, order: Post, found: Stop, stream: str) -> None:
    """A post and all behind it wait: its writer sees how many, its reader hears once a day."""
    message = ctx.tx.dms.message(order.message)
    people = ctx.tx.people.many([order.author, order.reader])
    author, reader = people.get(order.author), people.get(order.reader)
    home = author.on(message.platform) if author and message else None
    if author is None or reader is None or home is None:
        return
    count, last = ctx.tx.queue.waiting(stream)
    facts = _facts(ctx, home.id, author, reader, found, order.at, last or order.at, count)
    subject = f"{found.key}:{author.id}:{reader.id}"
    shown = _open(ctx, subject, ctx.policy.hold)
    if shown is None:
        ctx.show(home.id, facts, subject=subject)
    elif json.loads(shown.data)["count"] != count:
        ctx.replace(shown.id, facts)
    tell_reader(ctx, reader, found, home.platform)


def noticed(
    ctx: Ctx, home: AccountId, author: Person, reader: Person, target: PlatformId, at: datetime, stream: str
) -> None:
    """One more behind others that wait. Where nothing waits yet, whoever is about to post it says so."""
    found = stopped(ctx.policy, platform_of(home), target, _party(author), _party(reader))
    if found is None or ctx.tx.queue.held(stream) != found.key:
        return
    subject = f"{found.key}:{author.id}:{reader.id}"
    facts = _facts(ctx, home, author, reader, found, at, at, 1)
    shown = _open(ctx, subject, BURST)
    if shown is None:
        ctx.show(home, facts, subject=subject)
    else:
        before = json.loads(shown.data)
        ctx.replace(shown.id, replace(facts, count=int(before["count"]) + 1, first=str(before["first"])))


def tell_reader(ctx: Ctx, reader: Person, found: Stop, writer_home: PlatformId | None) -> None:
    """That messages from there are paused: one line at home, at most one a day. A pause of one's own is known."""
    if found.by not in (By.ALL, By.PLATFORM) or reader.home is None or writer_home is None:
        return
    subject = f"paused there:{reader.id}"
    if any(ctx.now - card.made < ctx.policy.throttle for card in ctx.tx.cards.by_subject(subject, 1)):
        return
    title = say("stop.there.title", platform=ctx.policy.title(writer_home))
    key = "stop.there.refuse" if ctx.policy.paused == "refuse" else "stop.there.hold"
    words = f"{why(facts_of(ctx, reader.home.id, reader, found))} {say(key)}"
    ctx.show(reader.home, Answer(title, (words,)), subject=subject)


def in_the_way(ctx: Ctx, order: Post, home: AccountId, author: Person, reader: Person) -> Stopped | None:
    """What keeps this post back now, for the card that tells its writer."""
    found = stopped(ctx.policy, platform_of(home), order.platform, _party(author), _party(reader))
    if found is None:
        return None
    tell_reader(ctx, reader, found, platform_of(home))
    return facts_of(ctx, home, author, found, reader)


def _facts(
    ctx: Ctx,
    home: AccountId,
    author: Person,
    reader: Person,
    found: Stop,
    first: datetime,
    last: datetime,
    count: int,
) -> Paused:
    until = (ctx.now + ctx.policy.hold).astimezone(zone(author.time_zone, ctx.policy.time_zone))
    return Paused(
        reader=reader.name,
        count=count,
        first=clock(ctx, author, first),
        last=clock(ctx, author, last),
        until=f"{until:%A} {until:%H:%M}",
        stop=facts_of(ctx, home, author, found, reader),
    )


def facts_of(ctx: Ctx, home: AccountId, told: Person, found: Stop, reader: Person | None = None) -> Stopped:
    """For the one who is told at ``home``."""
    known = ctx.policy.platforms.get(platform_of(home))
    what = ctx.policy.title(PlatformId(found.name))
    if found.by in (By.WRITER, By.READER):
        what = reader.name if reader and found.by is By.READER else told.name
    return Stopped(found.by, what, since(ctx, told.time_zone, found.since), known.command if known else "/mio")


def since(ctx: Ctx, time_zone: str | None, at: datetime) -> str:
    """14:02, or with its day when that is not today."""
    here = zone(time_zone, ctx.policy.time_zone)
    local = at.astimezone(here)
    today = local.date() == ctx.now.astimezone(here).date()
    return f"{local:%H:%M}" if today else days.moment_in_words(ctx, at, time_zone)


def clock(ctx: Ctx, person: Person, at: datetime) -> str:
    """The time of day where the person is."""
    return at.astimezone(zone(person.time_zone, ctx.policy.time_zone)).strftime("%H:%M")


def _party(person: Person) -> Party:
    return Party(person.id, person.primary, person.paused)


def _open(ctx: Ctx, subject: str, within: timedelta) -> CardRow | None:
    for card in ctx.tx.cards.by_subject(subject, 1):
        if ctx.now - card.made < within:
            return card
    return None


# -- when it ends ----------------------------------------------------------------------------------


def ended(ctx: Ctx, key: str) -> None:
    """Everything that waits for this goes on, in order; who was told that it waits is told page by page."""
    ctx.tx.queue.unhold(key)
    ctx.put(Tick(f"resumed:{key}", ctx.now))


def resumed(event: Ticked, ctx: Ctx) -> None:
    """A page of the cards that said it waits: they say that it is on its way again."""
    key = event.name.partition(":")[2]
    cards = ctx.tx.cards.beginning(f"{key}:", BATCH)
    for card in cards:
        ctx.tx.cards.set_subject(card.id, f"over:{card.subject}")
        shown = json.loads(card.data)
        if ctx.now - card.made <= ctx.policy.hold:
            ctx.replace(card.id, Paused(**{**shown, "stop": Stopped(**shown["stop"]), "over": True}))
    if len(cards) == BATCH:
        ctx.put(Tick(event.name, event.slot))


def lines(ctx: Ctx, time_zone: str | None) -> tuple[str, ...]:
    """What is paused by administrators, since when and by whom: for as long as it is."""
    pauses = sorted(ctx.policy.pauses.items())
    return tuple(
        line(ctx, time_zone, name, pause.since, ctx.tx.people.account(AccountId(pause.by))) for name, pause in pauses
    )


def line(ctx: Ctx, time_zone: str | None, name: str, began: datetime, by: Account | None) -> str:
    who = by.name if by else say("settings.somebody")
    what = ctx.policy.title(PlatformId(name))
    key = "pause.since.all" if name == ALL else "pause.since"
    return say(key, what=what, since=since(ctx, time_zone, began), who=who, name=name)


def own_since(ctx: Ctx, person: Person | None) -> str:
    return since(ctx, person.time_zone, person.paused) if person and person.paused else ""
