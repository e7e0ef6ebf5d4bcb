"""What the files contain: pages of text from short reads, so that the largest one costs the memory of a page."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot import sheet
from bot.ids import AccountId, PersonId, PlanId, PlatformId
from bot.links import SyncLink
from bot.people import Person
from bot.reasons import OUTCOMES, REASONS
from handlers.ctx import Ctx
from storage.listing import Search
from storage.plans import PlanPerson

PAGE = 500


# -- people, accounts and states -------------------------------------------------------------------


def people(ctx: Ctx, thing: str, after: Any) -> tuple[str, Any]:
    """One row a person; its e-mail column makes it a file that *sync file* reads."""
    platforms = sorted(ctx.policy.platforms)
    found = ctx.tx.people.page(Search(), after, PAGE)
    links = ctx.tx.links.of([person.id for person in found])
    rows = [_person(person, platforms, links) for person in found]
    text = sheet.rows(rows)
    if after is None:
        each = [word for p in platforms for word in (p, f"{p} state", f"{p} reason", f"{p} since")]
        text = sheet.MARK + sheet.rows([["name", "email", "primary", "excluded", *each]]) + text
    return text, (found[-1].name, found[-1].id) if len(found) == PAGE else None


def _person(
    person: Person, platforms: Sequence[PlatformId], links: Mapping[tuple[PersonId, PlatformId], SyncLink]
) -> list[object]:
    row: list[object] = [person.name, person.email, person.primary, "yes" if person.excluded else "no"]
    for platform in platforms:
        account, link = person.on(platform), links.get((person.id, platform))
        row.append(account.email or account.user if account else "")
        row += [link.state, REASONS[link.reason], _at(link.since)] if link else ["", "", ""]
    return row


def _at(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


# -- a plan ------------------------------------------------------------------------------------------


def plan(ctx: Ctx, thing: str, after: Any) -> tuple[str, Any]:
    """Its rows in order, also those lines of a file that fitted nobody."""
    rows = ctx.tx.plans.page(PlanId(thing), after or 0, PAGE)
    persons = ctx.tx.people.many([row.person for row in rows if row.person])
    text = sheet.rows(_planned(ctx, row, persons.get(row.person) if row.person else None) for row in rows)
    if after is None:
        text = sheet.MARK + sheet.rows([["n", "name", "email", "outcome", "remark"]]) + text
    return text, rows[-1].n if len(rows) == PAGE else None


def _planned(ctx: Ctx, row: PlanPerson, person: Person | None) -> list[object]:
    name, email = (person.name, person.email) if person else ("", "")
    remark = row.remark
    if row.person and remark:
        primary, _, others = remark.partition(">")
        remark = " ".join(f"{k}={v}" for k, v in (("primary", primary), ("secondary", others)) if v)
    outcome = "; ".join(_outcome(ctx, part) for part in row.outcome.split(",") if part) if row.person else "nobody"
    return [row.n, name, email, outcome, remark]


def _outcome(ctx: Ctx, part: str) -> str:
    """In words; without the icon, which a sheet does not need."""
    what, _, platform = part.partition(":")
    title = ctx.policy.title(PlatformId(platform)) if platform else ""
    words = OUTCOMES.get(what, what).format(platform=title)
    return words if words[:1].isascii() else words.partition(" ")[2]


# -- everything about one person -----------------------------------------------------------------------


def own(ctx: Ctx, thing: str, after: Any) -> tuple[str, Any]:
    """JSON: what is stored of the person themself; then, a page at a time, what grows."""
    person = PersonId(thing)
    dossier = ctx.tx.dossier
    if after is None:
        head = {"made": ctx.now, **dossier.head(person)}
        return _json(head)[:-1] + f',\n"{_SECTIONS[0]}": [', (0, None)
    at, key = after
    read: Callable[[PersonId, Sequence[AccountId], Any, int], list[dict[str, Any]]] = getattr(dossier, _SECTIONS[at])
    rows = read(person, dossier.account_ids(person), key, PAGE)
    text = ",\n".join(map(_json, rows))
    if key is not None and text:
        text = ",\n" + text
    if len(rows) == PAGE:
        return text, (at, rows[-1]["id"])
    if at + 1 < len(_SECTIONS):
        return text + f'],\n"{_SECTIONS[at + 1]}": [', (at + 1, None)
    return text + "]}\n", None


_SECTIONS = ("acts", "cards", "messages", "plans")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
