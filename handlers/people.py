"""Looking people up: who is meant by a command, the list, one person's card, status, me."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.commands import SELECTIONS, Who, WhoKind
from bot.hours import zone
from bot.ids import AccountId, PersonId, PlatformId
from bot.links import State, SyncLink
from bot.people import Account, Person
from bot.words import say
from cards.content import LinkFacts, Me, PeopleList, PersonCard, PersonRow, Status
from handlers.ctx import Ctx
from storage.cards import CardRow
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
            return people.search(selection(who), 0, MOST)[0]


def _known(person: Person | None) -> list[Person]:
    return [person] if person else []


def selection(who: Who) -> Search:
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
        case _:
            return Search(platforms=2)


def _numbered(ctx: Ctx, asker: AccountId, number: int) -> list[Person]:
    """A number from the list that was shown last."""
    card = ctx.tx.cards.newest(asker, ("people",))
    if card is None:
        return []
    ids = [PersonId(row["id"]) for row in json.loads(card.data)["rows"] if row["number"] == number]
    return list(ctx.tx.people.many(ids).values())


# -- the list ------------------------------------------------------------------------------------


def filtered(words: str) -> Search:
    """What a list shows: a selection by its word, else everybody with these words in name or address."""
    low = words.lower()
    kind, _, value = low.partition(":")
    if low in SELECTIONS and SELECTIONS[low] is not WhoKind.ME:
        return selection(Who(SELECTIONS[low]))
    if kind in (WhoKind.ON, WhoKind.DOMAIN) and value:
        return selection(Who(WhoKind(kind), value.lstrip("@")))
    return Search(words)


def several(ctx: Ctx, who: Who) -> PeopleList | None:
    """The people whom a name fits, when it is not one alone; None when it fits nobody."""
    if who.kind is not WhoKind.NAME:
        return None
    facts = people_list(ctx, who.value, 1, actions=False)
    return replace(facts, note=say("list.several", who=who.value)) if facts.total > 1 else None


def people_list(ctx: Ctx, words: str, page: int, *, actions: bool) -> PeopleList:
    """A page of people; without words, and with actions, those on two or more platforms."""
    everybody = words or not actions or len(ctx.policy.platforms) < 2
    wanted = filtered(words) if everybody else Search(platforms=2)
    found, total = ctx.tx.people.search(wanted, (page - 1) * PAGE, PAGE)
    links = ctx.tx.links.of([p.id for p in found])
    counts: dict[State, int] = {}
    for (_, state), n in ctx.tx.links.counts().items():
        counts[state] = counts.get(state, 0) + n
    rows = tuple(
        PersonRow(
            number=(page - 1) * PAGE + n,
            id=person.id,
            name=person.name,
            email=person.email or "",
            primary=ctx.policy.title(person.primary) if person.primary else "",
            links=link_facts(ctx, person, links),
        )
        for n, person in enumerate(found, 1)
    )
    return PeopleList(
        rows=rows,
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
        filter=words,
        counts=tuple((state.value, counts[state]) for state in State if counts.get(state)),
        actions=actions,
    )


def turn(ctx: Ctx, account: AccountId, by: int) -> PeopleList | None:
    """The list shown last, some pages on; None when none was shown."""
    card = ctx.tx.cards.newest(account, ("people",))
    return turned(ctx, card, int(json.loads(card.data)["page"]) + by) if card else None


def turned(ctx: Ctx, card: CardRow, page: int) -> PeopleList:
    """A list's page, as it is now; the last one when there are not so many any more."""
    shown = json.loads(card.data)
    words, actions = str(shown["filter"]), bool(shown["actions"])
    facts = people_list(ctx, words, max(1, page), actions=actions)
    return facts if facts.page <= facts.pages else people_list(ctx, words, facts.pages, actions=actions)


def link_facts(ctx: Ctx, person: Person, links: dict[tuple[PersonId, PlatformId], SyncLink]) -> tuple[LinkFacts, ...]:
    """Every possible secondary of a person with its state."""
    stored = [p for (owner, p), link in links.items() if owner == person.id and link.round]
    platforms = sorted({*person.platforms, *stored} - {person.primary})
    facts = []
    for platform in platforms:
        link = links.get((person.id, platform)) or SyncLink(person.id, platform)
        since = _day(ctx, person, link.since) if link.since else ""
        facts.append(LinkFacts(platform, ctx.policy.title(platform), link.state, link.reason, since))
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
    )


def nobody(who: Who) -> str:
    return say("answer.nobody", who=who.value or who.kind.value)


def names(people: Sequence[Person], most: int = 10) -> tuple[str, ...]:
    return tuple(p.name for p in people[:most])
