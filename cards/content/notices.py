"""Notices: what did not arrive and why, and what administrators must mend."""

from dataclasses import dataclass, field

from bot.links import LinkReason
from bot.people import Kind
from bot.reasons import REASONS
from bot.relay import Reason
from bot.words import listed, say
from cards.content.pauses import Stopped, why
from cards.model import Action, Button, Buttons, Card, Item, Text


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """``own``: the writer's link is missing; else the reader's. Times are local to the writer."""

    reader: str
    reader_home: str
    missing: str
    own: bool
    has_account: bool
    count: int
    first: str
    last: str
    allow_url: str | None = field(repr=False)
    reason: str
    command: str
    stop: Stopped | None = None
    """The pause that was in the way, with reason *paused*."""


@dataclass(frozen=True, slots=True)
class Unsure:
    reader: str
    at: str


@dataclass(frozen=True, slots=True)
class NotCarried:
    """Somebody outside wrote. No name: the account is unknown here. ``others``: platforms on which somebody else did, too."""

    name: str
    kind: Kind
    company: str
    platform: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that wait for their writer's permission, until when. ``allow_url`` None: it is back."""

    reader: str
    platform: str
    count: int
    first: str
    last: str
    until: str
    allow_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AdminNotice:
    key: str
    name: str
    platform: str
    reason: LinkReason


def not_delivered(facts: NotDelivered) -> Card:
    if facts.count == 1:
        title = say("undelivered.title.one", reader=facts.reader, time=facts.first)
    else:
        title = say(
            "undelivered.title.many", reader=facts.reader, count=facts.count, first=facts.first, last=facts.last
        )
    items: list[Item] = [Text(words) for words in _why(facts)]
    if facts.allow_url:
        items.append(Buttons((Button("Allow", Action("allow", facts.missing.lower()), "primary", facts.allow_url),)))
    return Card(title, tuple(items))


def _why(facts: NotDelivered) -> list[str]:
    names = {"reader": facts.reader, "home": facts.reader_home, "missing": facts.missing, "command": facts.command}
    match facts.reason:
        case Reason.PAUSED:
            return [_paused(facts)]
        case Reason.PAUSE_EXPIRED:
            return [say("stop.expired")]
        case Reason.EXPIRED:
            return [say("undelivered.expired")]
        case Reason.WRITER_NOT_LINKED if not facts.has_account:
            return [say("undelivered.own", **names), say("undelivered.own_none", **names)]
        case Reason.WRITER_NOT_LINKED:
            key = "undelivered.own_allow" if facts.allow_url else "undelivered.own_ask"
            return [say("undelivered.own", **names), say(key, **names)]
        case Reason.READER_NOT_LINKED:
            return [say("undelivered.reader", **names)]
        case _:
            return [say("undelivered.refused", home=facts.reader_home, reason=facts.reason)]


def _paused(facts: NotDelivered) -> str:
    if facts.stop is None:
        return say("stop.refused.over")
    return say("stop.refused", why=why(facts.stop), reader=facts.reader)


def unsure(facts: Unsure) -> Card:
    return Card(say("unsure.title", reader=facts.reader, time=facts.at), (Text(say("unsure.text")),))


def not_carried(facts: NotCarried) -> Card:
    who = {Kind.GUEST: "outside", Kind.BOT: "bot", Kind.MEMBER: "member"}[facts.kind]
    company = facts.company or say("outside.company")
    key = f"outside.{who}" if facts.name else "outside.somebody"
    title = say(key, name=facts.name, company=company, platform=facts.platform)
    items = [Text(say("outside.text", platform=facts.platform))]
    if facts.others:
        items.append(Text(say("outside.others", platforms=listed(facts.others))))
    return Card(title, tuple(items))


def waiting(facts: Waiting) -> Card:
    names = {"reader": facts.reader, "count": facts.count, "first": facts.first, "last": facts.last}
    if facts.allow_url is None:
        words = Text(say("waiting.over", platform=facts.platform))
        return Card(say("waiting.over.title", **names), (words,))
    allow = Button("Allow", Action("allow", facts.platform.lower()), "primary", facts.allow_url)
    words = Text(say("waiting.text", platform=facts.platform, until=facts.until))
    return Card(say(f"waiting.title.{'one' if facts.count == 1 else 'many'}", **names), (words, Buttons((allow,))))


def admin_notice(facts: AdminNotice) -> Card:
    names = {"name": facts.name, "platform": facts.platform, "reason": REASONS[facts.reason]}
    return Card(say(facts.key, **names), (Text(say(f"{facts.key}.next", **names)),))
