"""Files out of chat and into it: what there is, who may have it, and that a link works once.

The link says for whom it was made and what about; whether that still holds is looked up anew whenever it is used.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.ids import AccountId, PersonId, PlanId
from bot.people import Account
from bot.words import say
from cards.content import Answer, Paper
from handlers import sheets
from handlers.ctx import Ctx
from handlers.roles import is_admin


class Way(enum.StrEnum):
    DOWNLOAD = "download"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link stands for. ``nonce`` makes it usable once, ``until`` ends it."""

    way: Way
    kind: str
    thing: str
    account: AccountId
    nonce: str = field(repr=False)
    until: datetime


class State(enum.Enum):
    GOOD = enum.auto()
    REFUSED = enum.auto()
    """Not, or no longer, for this account."""
    OVER = enum.auto()
    """Too old, or used."""


@dataclass(frozen=True, slots=True)
class Download:
    """One kind of file. ``pages``: text by pages of at most 500 rows, and what the next page begins behind, or None."""

    name: str
    media: str
    may: Callable[[Ctx, Account, str], bool]
    pages: Callable[[Ctx, str, Any], tuple[str, Any]]


def _administrates(ctx: Ctx, account: Account, thing: str) -> bool:
    return is_admin(ctx, account)


def _themself(ctx: Ctx, account: Account, thing: str) -> bool:
    mine = ctx.tx.people.by_account(account.id)
    return mine is not None and mine.id == thing


DOWNLOADS: dict[str, Download] = {
    "people": Download("people.csv", "text/csv", _administrates, sheets.people),
    "plan": Download("plan.csv", "text/csv", _administrates, sheets.plan),
    "me": Download("my-data.json", "application/json", _themself, sheets.own),
}
UPLOADS = {"sync": _administrates}
"""Verbs that take the people of a file, and who may."""


def look(ctx: Ctx, ticket: Ticket) -> State:
    """Whether a link would work now. Changes nothing."""
    if ticket.until < ctx.now or ctx.tx.links.used(_key(ticket)):
        return State.OVER
    account = ctx.tx.people.account(ticket.account)
    kind = DOWNLOADS.get(ticket.kind)
    may = kind.may if kind is not None and ticket.way is Way.DOWNLOAD else None
    may = UPLOADS.get(ticket.kind) if ticket.way is Way.UPLOAD else may
    fit = may is not None and account is not None and account.active and may(ctx, account, ticket.thing)
    return State.GOOD if fit else State.REFUSED


def use(ctx: Ctx, ticket: Ticket) -> State:
    """Take the link, for good when it is; written into the audit log."""
    state = look(ctx, ticket)
    if state is State.GOOD and not ctx.tx.links.use_once(_key(ticket), ticket.until):
        state = State.OVER
    if state is not State.OVER:
        verb = "refused" if state is State.REFUSED else f"{ticket.way}ed"
        ctx.tx.acts.add(ticket.account, verb, _subject(ticket), {"file": ticket.kind})
    return state


def _key(ticket: Ticket) -> str:
    return "file:" + sha256(ticket.nonce.encode()).hexdigest()


def _subject(ticket: Ticket) -> str:
    return ticket.thing if ticket.way is Way.DOWNLOAD and ticket.thing else ticket.kind


# -- links on cards --------------------------------------------------------------------------------


def export(ctx: Ctx, actor: Account) -> None:
    """People, accounts and states."""
    ctx.show(actor, Paper("people", ctx.policy.download_url("people", "", actor.id)))


def export_plan(ctx: Ctx, actor: Account, thing: str) -> None:
    """A plan's people, each with what it says of them."""
    plan = ctx.tx.plans.get(PlanId(thing))
    if plan is None:
        ctx.show(actor, Answer(say("failed.title"), (say("answer.stale"),)))
        return
    ctx.show(actor, Paper("plan", ctx.policy.download_url("plan", plan.id, actor.id), plan.number))


def own_data(ctx: Ctx, actor: Account) -> None:
    """Everything that is stored of the person."""
    person = ctx.tx.people.by_account(actor.id)
    if person is None:
        ctx.show(actor, Answer(say("failed.title"), (say("me.nothing"),)))
        return
    ctx.show(actor, Paper("me", ctx.policy.download_url("me", PersonId(person.id), actor.id)))
