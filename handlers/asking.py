"""The consent card: one per person, a line and an *Allow* per secondary; always today's truth.

A card that was answered, or whose links were closed, turns into what is true now.
"""

import json
from datetime import datetime

from bot.ids import AccountId
from bot.links import SAID_NO, State, SyncLink
from bot.people import Person
from cards.content import Consent, ConsentClosed, ConsentLine, Declined, Done
from handlers import unasked
from handlers.ctx import Ctx


def subject_of(person: Person) -> str:
    return f"consent:{person.id}"


def ask(ctx: Ctx, person: Person, asker: AccountId | None = None, due: datetime | None = None) -> bool:
    """Send a fresh consent card to the person's primary platform. False: they have no account to be asked on.

    Whoever sends it, it is the day's message: nothing else that nobody asked for follows it at once.
    """
    if person.home is None:
        return False
    facts = _facts(ctx, person, _asker_name(ctx, person, asker))
    ctx.show(person.home, facts, subject=subject_of(person), due=due)
    unasked.sent(ctx, [person], due)
    return True


def refresh_consent(ctx: Ctx, person: Person) -> None:
    """Bring the newest consent card up to date, if there is one."""
    cards = ctx.tx.cards.by_subject(subject_of(person), 1)
    if cards:
        ctx.replace(cards[0].id, _facts(ctx, person, _asker_name(ctx, person, None)))


def _facts(ctx: Ctx, person: Person, asker: str) -> Consent | Done | Declined | ConsentClosed:
    target = ctx.tx.people.moving_to(person.id)
    links = [
        link
        for (_, p), link in sorted(ctx.tx.links.of([person.id]).items())
        if target is not None or p != person.primary
    ]
    waiting = [link for link in links if link.state in (State.PENDING, State.FAILED)]
    if waiting:
        return Consent(
            company=ctx.policy.company,
            asker=asker,
            command=_command(ctx, person),
            privacy_url=ctx.policy.privacy_url,
            lines=tuple(_line(ctx, link) for link in links if link.state is not State.NOT_CREATED),
            moving=ctx.policy.title(target) if target is not None else "",
        )
    synced = tuple(ctx.policy.title(link.platform) for link in links if link.state is State.SYNCED)
    if synced:
        return Done(platforms=synced, company=ctx.policy.company, command=_command(ctx, person))
    declined = [link for link in links if link.reason in SAID_NO]
    if declined:
        titles = tuple(ctx.policy.title(link.platform) for link in declined)
        return Declined(platforms=titles, command=_command(ctx, person))
    return ConsentClosed(command=_command(ctx, person))


def _line(ctx: Ctx, link: SyncLink) -> ConsentLine:
    open_ = link.state in (State.PENDING, State.FAILED) and not link.connecting
    return ConsentLine(
        platform=ctx.policy.title(link.platform),
        state=link.state,
        reason=link.reason,
        allow_url=ctx.policy.allow_url(link.person, link.platform, link.round) if open_ else None,
    )


def _command(ctx: Ctx, person: Person) -> str:
    known = ctx.policy.platforms.get(person.primary) if person.primary else None
    return known.command if known else "/mio"


def _asker_name(ctx: Ctx, person: Person, asker: AccountId | None) -> str:
    """Who asks: the admin of this act, else whoever asked on the card before."""
    if asker is not None:
        account = ctx.tx.people.account(asker)
        return account.name if account else ""
    for card in ctx.tx.cards.by_subject(subject_of(person), 5):
        name = json.loads(card.data).get("asker")
        if name:
            return str(name)
    return ""
