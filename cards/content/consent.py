"""The consent card and what it turns into: done, declined, no longer needed."""

from dataclasses import dataclass, field

from bot.links import LinkReason, State
from bot.reasons import REASONS
from bot.words import listed, say, state_words
from cards.model import Action, Button, Buttons, Card, Item, Text


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One secondary platform. ``allow_url`` None: nothing to allow any more."""

    platform: str
    state: State
    reason: LinkReason
    allow_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    company: str
    asker: str
    command: str
    privacy_url: str
    lines: tuple[ConsentLine, ...]
    moving: str = ""
    """The platform that becomes the primary one after Allow."""


@dataclass(frozen=True, slots=True)
class Done:
    platforms: tuple[str, ...]
    company: str
    command: str


@dataclass(frozen=True, slots=True)
class Declined:
    platforms: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class ConsentClosed:
    command: str


def consent(facts: Consent) -> Card:
    open_ = [line for line in facts.lines if line.allow_url]
    platforms = listed([line.platform for line in open_])
    who = " ".join(
        w for w in (facts.company, f"({facts.asker})" if facts.asker and facts.company else facts.asker) if w
    )
    items: list[Item] = [
        Text(
            " ".join(
                (
                    _asks(facts, who or "Your company", platforms),
                    say("consent.what"),
                    say("consent.rights", platforms=platforms),
                    say("consent.stop", command=facts.command),
                )
            )
        )
    ]
    for line in facts.lines:
        if len(facts.lines) > 1 or line.reason not in (LinkReason.ASKED, LinkReason.NONE):
            items.append(Text(_line(line), small=True))
        if line.allow_url:
            allow = Button("Allow", Action("allow", line.platform.lower()), "primary", line.allow_url)
            items.append(Buttons((allow,)))
    items.append(Buttons((Button("Not now", Action("not_now")), Button("No thanks", Action("no_thanks")))))
    small = say("consent.twins")
    if facts.privacy_url:
        small = f"{say('consent.privacy', url=facts.privacy_url)} {small}"
    items.append(Text(small, small=True))
    title = say("move.title", home=facts.moving) if facts.moving else say("consent.title", platforms=platforms)
    return Card(title, tuple(items))


def _asks(facts: Consent, who: str, platforms: str) -> str:
    if facts.moving:
        return say("move.asks", who=who, home=facts.moving, platforms=platforms)
    return say("consent.asks", who=who, platforms=platforms)


def _line(line: ConsentLine) -> str:
    reason = f" ({REASONS[line.reason]})" if REASONS[line.reason] else ""
    return f"{line.platform}: {state_words(line.state)}{reason}"


def done(facts: Done) -> Card:
    platforms = listed(facts.platforms)
    company = facts.company or "your company"
    return Card(
        say("done.title"),
        (
            Text(say("done.text", platforms=platforms, company=company)),
            Text(say("done.mute", platforms=platforms, command=facts.command), small=True),
        ),
    )


def declined(facts: Declined) -> Card:
    words = say("declined.text", platforms=listed(facts.platforms), command=facts.command)
    return Card(say("declined.title"), (Text(words),))


def closed(facts: ConsentClosed) -> Card:
    return Card(say("closed.title"), (Text(say("closed.text", command=facts.command)),))
