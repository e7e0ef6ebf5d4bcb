"""What could not be matched or decided, a page at a time; each is decided with one button, and stays decided.

Nothing is applied unasked: an equal name is a suggestion, an address that fits two people a question.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from bot.commands import Command
from bot.ids import AccountId, PersonId, fresh
from bot.people import Account, Person
from bot.plans import has_link
from bot.words import listed, say
from cards.content import Answer, Candidate, Conflict, ConflictRow, Conflicts
from handlers import matching
from handlers.ctx import Ctx
from storage.cards import CardRow

PAGE = 10


def answer(ctx: Ctx, actor: Account, command: Command) -> None:
    token = fresh()
    ctx.show(actor, _page(ctx, token, 1), subject=_subject("conflicts", token))


def _subject(kind: str, token: str) -> str:
    return f"{kind}:{token}"


def _page(ctx: Ctx, token: str, page: int) -> Conflicts:
    """First accounts that nobody could match, then people of one name. ``pages`` is one more while there are more."""
    counts, skipped = ctx.tx.people.counts(), (page - 1) * PAGE
    accounts = ctx.tx.matches.conflicts(skipped, PAGE)
    room = PAGE - len(accounts)
    pairs = ctx.tx.matches.namesakes(max(0, skipped - counts.conflicts), room + 1)
    found = ctx.tx.people.many([person for pair in pairs[:room] for person in pair])
    rows = [_unmatched(ctx, account) for account in accounts]
    rows += [_namesakes(ctx, found[one], found[other]) for one, other in pairs[:room]]
    more = counts.conflicts > skipped + PAGE or len(pairs) > room
    return Conflicts(
        token=token,
        rows=tuple(replace(row, number=skipped + n) for n, row in enumerate(rows, 1)),
        page=page,
        pages=page + more,
        undecided=counts.to_decide,
    )


def _unmatched(ctx: Ctx, account: Account) -> ConflictRow:
    found = ctx.tx.people.many(ctx.tx.matches.candidates(account, ctx.aliases)[:5])
    names = listed([person.name for person in found.values()])
    why = say("conflict.why.address", names=names) if names else say("conflict.why.nobody")
    return ConflictRow(0, account.name, matching.shown(ctx, account), why, account.id)


def _namesakes(ctx: Ctx, one: Person, other: Person) -> ConflictRow:
    places = say("conflict.two", one=_accounts(ctx, one), other=_accounts(ctx, other))
    return ConflictRow(0, one.name, places, say("conflict.why.name"), _first(one), _first(other))


def _accounts(ctx: Ctx, person: Person) -> str:
    return listed([matching.shown(ctx, person.accounts[platform]) for platform in person.platforms])


def _first(person: Person) -> AccountId:
    return person.accounts[person.platforms[0]].id


# -- on the list -----------------------------------------------------------------------------------


def turn(ctx: Ctx, account: Account, token: str, page: int) -> bool:
    """*Next* and *Previous*, in place. False: there is no such list."""
    card = ctx.tx.cards.newest(account.id, ("conflicts",), _subject("conflicts", token))
    if card is not None:
        facts = _page(ctx, token, max(1, page))
        ctx.replace(card.id, facts if facts.rows or page <= 1 else _page(ctx, token, page - 1))
    return card is not None


def turned(ctx: Ctx, account: Account, card: CardRow, by: int) -> None:
    """The words *next* and *previous*: the page in a new card."""
    token, before = fresh(), msgspec.convert(json.loads(card.data), Conflicts, strict=False)
    page = min(max(1, before.page + by), before.pages)
    ctx.show(account, _page(ctx, token, page), subject=_subject("conflicts", token))


def choose(ctx: Ctx, account: Account, token: str, number: str) -> bool:
    """One of the list's lines: its own card, with the buttons that decide it. False: decided before, or no such line."""
    card = ctx.tx.cards.newest(account.id, ("conflicts",), _subject("conflicts", token))
    shown = msgspec.convert(json.loads(card.data), Conflicts, strict=False) if card else None
    row = next((row for row in shown.rows if str(row.number) == number), None) if shown else None
    facts = _one(ctx, row) if row else None
    if facts is not None:
        ctx.show(account, facts, subject=_subject("conflict", facts.token))
    return facts is not None


def _one(ctx: Ctx, row: ConflictRow) -> Conflict | None:
    """The conflict as it is now; None: it is none any more."""
    one = ctx.tx.people.account(AccountId(row.one))
    if one is None:
        return None
    return _question(ctx, one) if not row.other else _suggestion(ctx, one, AccountId(row.other))


def _question(ctx: Ctx, account: Account) -> Conflict | None:
    if not ctx.tx.matches.in_conflict(account.id):
        return None
    persons = ctx.tx.people.many(ctx.tx.matches.candidates(account, ctx.aliases)[:20])
    found = tuple(_candidate(ctx, person, account) for person in persons.values())
    title = ctx.policy.title(account.platform)
    return Conflict(fresh(), account.name, matching.shown(ctx, account), title, account.id, candidates=found)


def _candidate(ctx: Ctx, person: Person, account: Account) -> Candidate:
    there = person.on(account.platform)
    return Candidate(person.id, person.name, _accounts(ctx, person), matching.shown(ctx, there) if there else "")


def _suggestion(ctx: Ctx, one: Account, other: AccountId) -> Conflict | None:
    pair = _pair(ctx, one.id, other)
    if pair is None:
        return None
    mine, theirs = pair
    found = (Candidate(theirs.id, theirs.name, _accounts(ctx, theirs)),)
    title = ctx.policy.title(one.platform)
    return Conflict(fresh(), mine.name, _accounts(ctx, mine), title, one.id, other, found)


def _pair(ctx: Ctx, one: AccountId, other: AccountId) -> tuple[Person, Person] | None:
    """Two persons who still are two, whom nobody has said to be two."""
    mine, theirs = ctx.tx.people.by_account(one), ctx.tx.people.by_account(other)
    if mine is None or theirs is None or mine.id == theirs.id:
        return None
    both = [[account.id for account in person.accounts.values()] for person in (mine, theirs)]
    return None if ctx.tx.matches.are_apart(*both) else (mine, theirs)


# -- deciding --------------------------------------------------------------------------------------


def match(ctx: Ctx, actor: Account, token: str, chosen: str) -> bool:
    """*Match*. False: decided before, or no such question."""
    mine = _open(ctx, actor, token)
    if mine is None:
        return False
    card, facts, account = mine
    wanted = chosen or (facts.candidates[0].person if len(facts.candidates) == 1 else "")
    if wanted not in {candidate.person for candidate in facts.candidates}:
        return False
    if facts.other:
        other = ctx.tx.people.account(AccountId(facts.other))
        wrong = matching.join(ctx, actor, account, other) if other else say("answer.stale")
    else:
        wrong = _assign(ctx, actor, account, PersonId(wanted))
    if wrong:
        ctx.show(actor, Answer(say("failed.title"), (wrong,)))
    else:
        name = next(candidate.name for candidate in facts.candidates if candidate.person == wanted)
        ctx.replace(card.id, replace(facts, state="matched", chosen=name))
    return True


def _assign(ctx: Ctx, actor: Account, account: Account, wanted: PersonId) -> str:
    """The account is that person's; another one they have there is put apart. Else the words why not."""
    ctx.tx.people.lock([wanted])
    person = ctx.tx.people.get(wanted)
    if person is None or wanted not in ctx.tx.matches.candidates(account, ctx.aliases):
        return say("answer.stale")
    if has_link(person, ctx.tx.links.of([person.id])):
        return say("match.linked", name=person.name)
    there = person.on(account.platform)
    if there is not None:
        ctx.tx.matches.keep_apart([account.id], [there.id])
        ctx.tx.matches.part(there)
    ctx.tx.matches.join(account.id, person.id)
    ctx.tx.acts.add(actor.id, "match", person.id, {"platforms": [account.platform], "apart": there is not None})
    return ""


def keep_apart(ctx: Ctx, actor: Account, token: str) -> bool:
    """*Keep apart*. False: decided before, or no such question."""
    mine = _open(ctx, actor, token)
    if mine is None:
        return False
    card, facts, account = mine
    pair = _pair(ctx, account.id, AccountId(facts.other)) if facts.other else None
    if pair is None:
        matching.keep_apart(ctx, actor, account)
    else:
        both: Sequence[list[AccountId]] = [[each.id for each in person.accounts.values()] for person in pair]
        ctx.tx.matches.keep_apart(*both)
        ctx.tx.acts.add(actor.id, "keep apart", pair[0].id, {"from": [pair[1].id]})
    ctx.replace(card.id, replace(facts, state="apart"))
    return True


def _open(ctx: Ctx, actor: Account, token: str) -> tuple[CardRow, Conflict, Account] | None:
    """The question as it was put to this administrator, while it still is one."""
    card = ctx.tx.cards.newest(actor.id, ("conflict",), _subject("conflict", token))
    facts = msgspec.convert(json.loads(card.data), Conflict, strict=False) if card else None
    account = ctx.tx.people.account(AccountId(facts.one)) if facts and facts.state == "open" else None
    if card is None or facts is None or account is None:
        return None
    still = _pair(ctx, account.id, AccountId(facts.other)) if facts.other else ctx.tx.matches.in_conflict(account.id)
    return (card, facts, account) if still else None
