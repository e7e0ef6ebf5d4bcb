"""Direct messages: who is heard, what is carried, and what the writer is told when it cannot be.

The text passes through here into a job and is kept nowhere else.
"""

from datetime import datetime

from bot import text
from bot.events import MessageEdited, MessageErased, MessagePosted, MessageSent
from bot.hours import zone
from bot.ids import DmId, MessageId, PlatformId, dm_id
from bot.orders import Post
from bot.people import Person
from bot.relay import Carry, Drop, Reason, Tell, route
from bot.text import RichText
from bot.words import say
from handlers import prompts
from handlers.ctx import Ctx, outgoing
from handlers.notices import held_back, not_carried, not_delivered, unknown_outcome, waiting
from handlers.pausing import noticed


def posted(event: MessagePosted, ctx: Ctx) -> None:
    """Carry a message, tell its writer why not, or note it as the receipt of our own post."""
    tx = ctx.tx
    author, reader = tx.people.by_accounts(event.author, event.reader)
    if author is None or reader is None:
        if reader is not None:
            not_carried(ctx, reader, event.author)
        return _ended(ctx, event.platform, Reason.FOREIGN)
    digest = ctx.policy.digest(text.normal(event.text))
    if author.primary not in (None, event.platform):
        known = tx.dms.receipt(event.platform, event.channel, event.native, event.author, digest, event.at)
        if author.excluded and not known:
            not_carried(ctx, reader, event.author)
        return _ended(ctx, event.platform, Reason.RECEIPT if known else Reason.NOT_AT_HOME)
    decision = route(event.platform, author, reader, tx.links.of([author.id, reader.id]))
    if isinstance(decision, Drop):
        if decision.reason is Reason.EXCLUDED and author.excluded:
            not_carried(ctx, reader, event.author)
        return _ended(ctx, event.platform, decision.reason)
    body = _with_files(event)
    if not text.plain(body).strip():
        return _ended(ctx, event.platform, Reason.EMPTY)
    dm = dm_id(author.id, reader.id)
    message = tx.dms.heard(event, dm, author.id, reader.id, digest)
    if message is None:
        ctx.count("mio_duplicates_total", event.platform)
        return _ended(ctx, event.platform, Reason.DUPLICATE)
    match decision:
        case Carry(target=target):
            _carry(ctx, event, message, dm, author, reader, target, body)
            waiting(ctx, event.author, author, reader, target, event.at)
            noticed(ctx, event.author, author, reader, target, event.at, outgoing(target, dm))
        case Tell():
            tx.dms.outcome(message, "undelivered", decision.reason)
            ctx.count("mio_undelivered_total", decision.reason)
            not_delivered(ctx, event.author, author, reader, decision, event.at)
            if decision.reason is Reason.READER_NOT_LINKED:
                prompts.wanted(ctx, reader)
            _ended(ctx, event.platform, decision.reason)


def _carry(
    ctx: Ctx,
    event: MessagePosted,
    message: MessageId,
    dm: DmId,
    author: Person,
    reader: Person,
    target: PlatformId,
    body: RichText,
) -> None:
    """Late ones say so; then the text is cut, a copy claimed for each part, and the post ordered."""
    tx = ctx.tx
    newest = tx.dms.last(dm, event.platform)
    if newest is not None and event.at < newest:
        body = text.prefixed(body, _late(event.at, reader, ctx))
    else:
        tx.dms.reach(dm, event.platform, event.channel, event.at)
    _order(ctx, message, author, reader, target, body, event.at)
    ctx.count("mio_events_total", event.platform, "MessagePosted", "carried")


def _order(
    ctx: Ctx,
    message: MessageId,
    author: Person,
    reader: Person,
    target: PlatformId,
    body: RichText,
    at: datetime,
    moved: str = "",
) -> None:
    """``moved``: part of the key of a message that was ordered before, to where its reader lived then."""
    traits = ctx.policy.platforms[target].traits
    parts = text.split(body, traits.text_limit, traits.text_unit)
    voice = author.on(target)
    assert voice is not None, "route carries only through a stand-in"
    for number, part in enumerate(parts):
        ctx.tx.dms.claim(message, target, number, ctx.policy.digest(text.normal(part)), voice.id)
    ctx.put(Post(message, target, author.id, reader.id, parts, at), key=f"post:{message}:{target}{moved}")


def _late(at: datetime, reader: Person, ctx: Ctx) -> str:
    local = at.astimezone(zone(reader.time_zone, ctx.policy.time_zone))
    return say("message.late", time=local.strftime("%H:%M:%S"))


def _with_files(event: MessagePosted) -> RichText:
    """Attached files leave a line with their names, so that nothing vanishes unseen."""
    if not event.files:
        return event.text
    lines = [text.Block((text.Span(say("message.file_left", name=name)),)) for name in event.files]
    return RichText((*event.text.blocks, *lines))


def edited(event: MessageEdited, ctx: Ctx) -> None:
    _ended(ctx, event.platform, Reason.UNSUPPORTED)


def erased(event: MessageErased, ctx: Ctx) -> None:
    _ended(ctx, event.platform, Reason.UNSUPPORTED)


def sent(event: MessageSent, ctx: Ctx) -> None:
    """A part stands on the target: its copy is known, the leg's channel too."""
    ctx.tx.dms.sent(event)
    message = ctx.tx.dms.message(event.message)
    if message is None:
        return
    if event.part == 0 and ctx.tx.dms.leg(message.dm, event.platform) is None:
        ctx.tx.dms.reach(message.dm, event.platform, event.channel, None)
    if not ctx.tx.dms.missing(event.message, event.platform):
        ctx.tx.dms.outcome(event.message, "delivered", "")
        seconds = (ctx.now - message.made).total_seconds()
        ctx.count("mio_relay_seconds", message.platform, event.platform, value=seconds)


def failed_post(ctx: Ctx, order: Post, reason: str, *, unknown: bool) -> None:
    """A post ended without its effect: the writer is told, at home, and nothing stays waiting."""
    message = ctx.tx.dms.message(order.message)
    if message is None:
        return
    ctx.tx.dms.outcome(order.message, "unknown" if unknown else "undelivered", reason)
    if not unknown:
        ctx.tx.dms.unclaim(order.message, order.platform)
    ctx.count("mio_undelivered_total", reason)
    people = ctx.tx.people.many([order.author, order.reader])
    author, reader = people.get(order.author), people.get(order.reader)
    home = author.on(message.platform) if author else None
    if author is None or home is None:
        return
    if unknown and reader is not None:
        unknown_outcome(ctx, home.id, reader, order.at)
    else:
        held_back(ctx, home.id, author, reader, order, reason)


def rerouted(ctx: Ctx, order: Post) -> None:
    """Its reader has another home since: decided anew, as if it had just been written."""
    message = ctx.tx.dms.message(order.message)
    people = ctx.tx.people.many([order.author, order.reader])
    author, reader = people.get(order.author), people.get(order.reader)
    if message is None or author is None or reader is None:
        return failed_post(ctx, order, Reason.MOVED, unknown=False)
    ctx.tx.dms.unclaim(order.message, order.platform)
    decision = route(message.platform, author, reader, ctx.tx.links.of([author.id, reader.id]))
    match decision:
        case Carry(target=target):
            body = RichText(tuple(block for part in order.parts for block in part.blocks))
            _order(ctx, message.id, author, reader, target, body, order.at, moved=f":from {order.platform}")
        case Drop(reason=Reason.BOTH_AT_HOME):
            # It stands where its reader lives now.
            ctx.tx.dms.outcome(order.message, "delivered", Reason.BOTH_AT_HOME)
        case _:
            failed_post(ctx, order, decision.reason, unknown=False)


def _ended(ctx: Ctx, platform: PlatformId, reason: Reason) -> None:
    ctx.count("mio_events_total", platform, "MessagePosted", reason)
