"""The list of people: what it shows, searched and filtered on the card, page by page in place."""

import json
from dataclasses import replace

from bot.commands import SELECTIONS, Who, WhoKind
from bot.ids import AccountId
from bot.links import State
from bot.people import Account
from bot.words import say
from cards.content import PeopleList, PersonRow
from handlers.ctx import Ctx
from handlers.people import link_facts, nobody, selection
from storage.cards import CardRow
from storage.listing import COUNTED, Search

PAGE = 10
MATCHED, EVERYBODY = "all", "everybody"
LOOKS = {
    EVERYBODY: Search(),
    "synced": Search(state=State.SYNCED),
    "not created": Search(state=State.NOT_CREATED),
    "to decide": Search(platforms=2, undecided=True),
    "excluded": Search(excluded=True),
}
"""What a list can show besides the selections of commands."""
LONGEST = 100


def _look(ctx: Ctx, shown: str) -> Search | None:
    """The people that a list's filter shows; None: it is no filter."""
    low = shown.lower()
    if low in LOOKS:
        return LOOKS[low]
    if low in SELECTIONS and SELECTIONS[low] is not WhoKind.ME:
        return selection(ctx, Who(SELECTIONS[low]))
    kind, _, value = shown.partition(":")
    if value and kind.lower() in (WhoKind.ON, WhoKind.DOMAIN, WhoKind.TEAM):
        text = value if kind.lower() == WhoKind.TEAM else value.lower().lstrip("@")
        return selection(ctx, Who(WhoKind(kind.lower()), text))
    return None


def _usual(ctx: Ctx, actions: bool) -> str:
    """What a list shows unless it is told otherwise: with actions, and platforms to sync, those who have two."""
    return MATCHED if actions and len(ctx.policy.platforms) > 1 else EVERYBODY


def of(ctx: Ctx, typed: str, *, actions: bool) -> PeopleList:
    """The first page of what was typed: a filter, else everybody with these words in name or address."""
    typed = typed.strip()[:LONGEST]
    if not typed or _look(ctx, typed) is not None:
        return _page(ctx, typed or _usual(ctx, actions), "", 1, actions=actions)
    facts = _page(ctx, EVERYBODY, typed, 1, actions=actions)
    kind, _, team = typed.partition(":")
    unknown = kind.lower() == WhoKind.TEAM and not facts.rows
    return replace(facts, note=nobody(ctx, Who(WhoKind.TEAM, team))) if unknown else facts


def several(ctx: Ctx, who: Who) -> PeopleList | None:
    """The people whom a name fits, when it is not one alone; None when it fits nobody."""
    if who.kind is not WhoKind.NAME:
        return None
    facts = _page(ctx, EVERYBODY, who.value, 1, actions=False)
    return replace(facts, note=say("list.several", who=who.value)) if facts.total > 1 else None


def _page(ctx: Ctx, shown: str, words: str, page: int, *, actions: bool) -> PeopleList:
    look = _look(ctx, shown)
    wanted = replace(look, words=words) if look else None
    found, total = ctx.tx.people.search(wanted, (page - 1) * PAGE, PAGE) if wanted else ([], 0)
    more = wanted is not None and total > COUNTED and not wanted.plain
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
        # Where they are not counted, there is a next page while this one is full.
        pages=page + (len(rows) == PAGE) if more else max(1, -(-total // PAGE)),
        total=min(total, COUNTED) if more else total,
        filter=shown,
        counts=tuple((state.value, counts[state]) for state in State if counts.get(state)),
        actions=actions,
        words=words,
        more=more,
        usual=_usual(ctx, actions),
        platforms=tuple((p, ctx.policy.title(p)) for p in sorted(ctx.policy.platforms)),
    )


# -- on the card -----------------------------------------------------------------------------------


def turn(ctx: Ctx, account: AccountId, by: int) -> PeopleList | None:
    """The list shown last, some pages on; None when none was shown."""
    card = _newest(ctx, account)
    return _turned(ctx, card, int(json.loads(card.data)["page"]) + by) if card else None


def press(ctx: Ctx, account: Account, page: int) -> bool:
    """*Next* and *Previous* turn the newest list in place. False: there is none."""
    card = _newest(ctx, account.id)
    if card is not None:
        ctx.replace(card.id, _turned(ctx, card, page))
    return card is not None


def show(ctx: Ctx, account: Account, shown: str) -> bool:
    """Another filter, without the words that were searched before. False: no list, or no such filter."""
    card = _newest(ctx, account.id)
    if card is None or _look(ctx, shown) is None:
        return False
    ctx.replace(card.id, _page(ctx, shown, "", 1, actions=_actions(card)))
    return True


def search(ctx: Ctx, account: Account, words: str) -> bool:
    """These words among those whom the list shows. False: there is none."""
    card = _newest(ctx, account.id)
    if card is not None:
        facts = json.loads(card.data)
        ctx.replace(card.id, _page(ctx, facts["filter"], words.strip()[:LONGEST], 1, actions=_actions(card)))
    return card is not None


def _newest(ctx: Ctx, account: AccountId) -> CardRow | None:
    return ctx.tx.cards.newest(account, ("people",))


def _actions(card: CardRow) -> bool:
    return bool(json.loads(card.data)["actions"])


def _turned(ctx: Ctx, card: CardRow, page: int) -> PeopleList:
    """A list's page, as it is now; the last one when there are not so many any more."""
    data = json.loads(card.data)
    shown, words = str(data["filter"]) or _usual(ctx, _actions(card)), str(data.get("words", ""))
    facts = _page(ctx, shown, words, max(1, page), actions=_actions(card))
    if facts.page <= facts.pages and (facts.rows or facts.page == 1):
        return facts
    last = min(facts.pages, facts.page - 1)
    return _page(ctx, shown, words, max(1, last), actions=_actions(card))
