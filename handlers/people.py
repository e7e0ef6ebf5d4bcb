"""Looking people up: who is meant by a command, one person's card, status, me."""

import difflib
import json
from collections.abc import Sequence
from datetime import datetime

from bot.commands import Who, WhoKind
from bot.hours import zone
from bot.ids import AccountId, PersonId, PlatformId
from bot.links import State, SyncLink
from bot.people import Account, Person
from bot.words import listed, say
from cards.content import LinkFacts, Me, PersonCard, Status
from handlers import pausing
from handlers.ctx import Ctx
from storage.listing import Search

PAGE = 10
MOST = 50_000
"""People one command may be about."""
NAMESAKES = 100
"""People among whom an exact name is looked for."""
NAMED = frozenset({WhoKind.ME, WhoKind.EMAIL, WhoKind.ACCOUNT, WhoKind.NAME, WhoKind.NUMBER})
"""One person, expressly."""


def meant(ctx: Ctx, who: Who, asker: Account) -> list[Person]:
    """The people a command is about; an empty list when nobody fits."""
    people = ctx.tx.people
    match who.kind:
        case WhoKind.ME:
            return _known(people.by_account(asker.id))
        case WhoKind.EMAIL:
            return _known(people.by_email(who.value, ctx.aliases))
        case WhoKind.ACCOUNT:
            return _known(people.by_account(AccountId(who.value)))
        case WhoKind.NUMBER:
            return _numbered(ctx, asker.id, int(who.value))
        case WhoKind.NAME:
            found, total = people.search(Search(who.value), 0, NAMESAKES)
            exact = [p for p in found if p.name.lower() == who.value.lower()]
            return exact if len(exact) == 1 else found if total == 1 else []
        case _:
            wanted = selection(ctx, who)
            return people.search(wanted, 0, MOST)[0] if wanted else []


def _known(person: Person | None) -> list[Person]:
    return [person] if person else []


def selection(ctx: Ctx, who: Who) -> Search | None:
    """Whom a selection finds; None: a team that is not there, or a file."""
    match who.kind:
        case WhoKind.PENDING:
            return Search(state=State.PENDING)
        case WhoKind.FAILED:
            return Search(state=State.FAILED)
        case WhoKind.NEW:
            return Search(platforms=2, unlinked=True)
        case WhoKind.UNDECIDED:
            return Search(platforms=2, undecided=True)
        case WhoKind.ON:
            return Search(on=PlatformId(who.value))
        case WhoKind.DOMAIN:
            return Search(domain=who.value)
        case WhoKind.TEAM:
            found, _ = ctx.tx.teams.everywhere(who.value)
            return Search(teams=tuple(found)) if found else None
        case WhoKind.FILE:
            return None
        case _:
            return Search(platforms=2)


def _numbered(ctx: Ctx, asker: AccountId, number: int) -> list[Person]:
    """A number from the list that was shown last."""
    card = ctx.tx.cards.newest(asker, ("people",))
    if card is None:
        return []
    ids = [PersonId(row["id"]) for row in json.loads(card.data)["rows"] if row["number"] == number]
    return list(ctx.tx.people.many(ids).values())


def link_facts(ctx: Ctx, person: Person, links: dict[tuple[PersonId, PlatformId], SyncLink]) -> tuple[LinkFacts, ...]:
    """Every possible secondary of a person with its state."""
    stored = [p for (owner, p), link in links.items() if owner == person.id and link.round]
    platforms = sorted({*person.platforms, *stored} - {person.primary})
    facts = []
    for platform in platforms:
        link = links.get((person.id, platform)) or SyncLink(person.id, platform)
        since = _day(ctx, person, link.since) if link.since else ""
        # After the last reminder there is one more day in the timetable, on which nothing is sent.
        comes = link.next_ask if link.asked <= ctx.policy.timetable.most else None
        due = _day(ctx, person, max(comes, ctx.now)) if comes else ""
        facts.append(LinkFacts(platform, ctx.policy.title(platform), link.state, link.reason, since, due))
    return tuple(facts)


def _day(ctx: Ctx, person: Person, at: datetime) -> str:
    return _local_day(at, person.time_zone or ctx.policy.time_zone)


def _local_day(at: datetime, time_zone: str) -> str:
    local = at.astimezone(zone(time_zone, time_zone))
    return f"{local.day} {local.strftime('%B')}"


def person_card(ctx: Ctx, person: Person, *, actions: bool) -> PersonCard:
    return PersonCard(
        id=person.id,
        name=person.name,
        email=person.email or "",
        accounts=tuple((p, ctx.policy.title(p)) for p in person.platforms),
        primary=person.primary or "",
        primary_title=ctx.policy.title(person.primary) if person.primary else "",
        links=link_facts(ctx, person, ctx.tx.links.of([person.id])),
        excluded=person.excluded,
        actions=actions,
        paused=pausing.own_since(ctx, person),
    )


def status(ctx: Ctx) -> Status:
    queue = ctx.tx.queue.counts()
    counts = tuple(
        (ctx.policy.title(platform), state.value, n) for (platform, state), n in sorted(ctx.tx.links.counts().items())
    )
    oldest = ctx.tx.links.oldest_pending()
    return Status(
        people=ctx.tx.people.counts().people,
        counts=counts,
        waiting=queue["todo"],
        held=queue["held"],
        pauses=pausing.lines(ctx, ctx.policy.time_zone),
        oldest=_local_day(oldest, ctx.policy.time_zone) if oldest else "",
        failures=tuple(
            (ctx.policy.title(platform), reason, n) for (platform, reason), n in sorted(ctx.tx.links.failures().items())
        ),
    )


def me(ctx: Ctx, account: Account, person: Person | None) -> Me:
    known = ctx.policy.platforms.get(account.platform)
    return Me(
        name=person.name if person else account.name,
        bot=ctx.policy.bot_name,
        home=ctx.policy.title(person.primary) if person and person.primary else "",
        links=link_facts(ctx, person, ctx.tx.links.of([person.id])) if person else (),
        command=known.command if known else "/mio",
        known=person is not None,
        paused=pausing.own_since(ctx, person),
    )


def nobody(ctx: Ctx, who: Who) -> str:
    """Nobody fits; of a team that is not there, the nearest names."""
    if who.kind is not WhoKind.TEAM:
        return say("answer.nobody", who=who.value or who.kind.value)
    found, names = ctx.tx.teams.everywhere(who.value)
    if found:
        return say("answer.team.empty", name=who.value)
    near = difflib.get_close_matches(who.value.casefold(), [name.casefold() for name in names], 3, 0.4)
    shown = [name for fold in near for name in names if name.casefold() == fold] or names[:3]
    if not shown:
        return say("answer.team.none", name=who.value)
    return say("answer.team.unknown", name=who.value, names=listed(shown))


def names(people: Sequence[Person], most: int = 10) -> tuple[str, ...]:
    return tuple(p.name for p in people[:most])
