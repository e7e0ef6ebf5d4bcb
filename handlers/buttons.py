"""Buttons and choices: each verb once, checked again for who presses it. A stale card's button shows what is true now."""

from collections.abc import Callable
from dataclasses import replace

from bot.commands import Command
from bot.events import ButtonPressed
from bot.ids import PlanId, PlatformId
from bot.links import Happening
from bot.people import Account, Person
from bot.verbs import TOPICS
from bot.words import say
from cards.content import Answer
from cards.model import Action
from handlers import (
    acting,
    confirming,
    conflicts,
    directory,
    erasing,
    files,
    listing,
    people,
    planning,
    stopping,
    sync,
    teams,
    undoing,
)
from handlers.commands import ANSWERS, imported
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.roles import is_admin, is_helpdesk, refusal

Pressing = Callable[[Ctx, Account, str, str], None]


def pressed(event: ButtonPressed, ctx: Ctx) -> None:
    """``thing`` is the action's thing; a choice's value comes as the last argument."""
    action = Action.parse(event.action)
    if event.actor is not None:
        ctx.tx.people.note(event.actor)
    account = ctx.tx.people.account(event.account)
    if action is None or account is None or not account.active:
        return
    ctx.count("mio_events_total", account.platform, "ButtonPressed", action.verb if action.verb in ALL else "unknown")
    if action.verb in OWN:
        return OWN[action.verb](ctx, account, action.thing, event.value or "")
    admin = ADMIN.get(action.verb)
    if admin is None:
        return
    if not (is_helpdesk if action.verb in HELPDESK else is_admin)(ctx, account):
        ctx.tx.acts.add(account.id, "refused", action.verb, {})
        ctx.show(account, refusal(ctx))
        return
    admin(ctx, account, action.thing, event.value or "")


# -- everybody's ---------------------------------------------------------------------------------


def _allow(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    """The browser opens the address; the press itself changes nothing."""


def _not_now(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    acting.decline(ctx, account, Happening.NOT_NOW, typed=False)


def _no_thanks(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    acting.decline(ctx, account, Happening.DECLINED, typed=False)


def _help(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    ANSWERS["help"](ctx, account, Command("help", words=thing if thing in TOPICS else ""))


def _connect(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    acting.connect(ctx, account, PlatformId(thing) if thing else None)


def _disconnect(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    acting.disconnect(ctx, account, PlatformId(thing) if thing else None)


def _my_data(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    files.own_data(ctx, account)


def _erase_me(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    erasing.ask(ctx, KINDS["erase"], account)


# -- administrators' -----------------------------------------------------------------------------


def _import(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    known = PlatformId(thing) in ctx.policy.platforms
    imported(ctx, account, (PlatformId(thing),) if known else ())


def _teams(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    platform = PlatformId(thing)
    if platform in ctx.policy.platforms and directory.by_team(ctx, platform):
        teams.show(ctx, account.id, platform)
    else:
        _stale(ctx, account)


def _teams_one(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not teams.pick(ctx, account, PlatformId(thing), [value], toggle=True):
        _stale(ctx, account)


def _teams_pick(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    values = [part for part in value.split(",") if part]
    if not teams.pick(ctx, account, PlatformId(thing), values, toggle=False):
        _stale(ctx, account)


def _teams_page(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    platform, _, page = thing.partition(".")
    if not teams.turn(ctx, account, PlatformId(platform), int(page) if page.isdecimal() else 1):
        _stale(ctx, account)


def _teams_search(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not teams.search(ctx, account, PlatformId(thing), value):
        _stale(ctx, account)


def _teams_import(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not teams.picked(ctx, account, PlatformId(thing)):
        _stale(ctx, account)


def _keep(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not teams.keep(ctx, PlanId(thing), account):
        _stale(ctx, account)


def _list(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    """*Sync users* begins a list; *Next* and *Previous* turn the newest one in place."""
    if not (thing.isdecimal() and listing.press(ctx, account, int(thing[:9]))):
        ctx.show(account, listing.of(ctx, "", actions=is_admin(ctx, account)))


def _list_show(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not listing.show(ctx, account, value):
        _stale(ctx, account)


def _list_search(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not listing.search(ctx, account, value):
        _stale(ctx, account)


def _conflicts(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    token, _, page = thing.partition(".")
    if not conflicts.turn(ctx, account, token, int(page[:9]) if page.isdecimal() else 1):
        _stale(ctx, account)


def _conflict(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not conflicts.choose(ctx, account, thing, value):
        _stale(ctx, account)


def _conflict_match(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not conflicts.match(ctx, account, thing, value):
        _stale(ctx, account)


def _conflict_apart(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not conflicts.keep_apart(ctx, account, thing):
        _stale(ctx, account)


def _person(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    person = acting.person_named(ctx, value or thing)
    if person is None:
        return _nobody(ctx, account)
    facts = people.person_card(ctx, person, actions=is_admin(ctx, account))
    ctx.show(account, facts, subject=f"person:{person.id}")


def _primary(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    person, platform = _pair(ctx, value)
    if person is None:
        return _nobody(ctx, account)
    _, refused = sync.set_primary(ctx, [person], platform, account.id)
    if refused:
        acting.give_primary(ctx, account, refused, platform)
        return
    _refresh(ctx, account, person)


def _sync(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    if not acting.sync_one(ctx, account, thing):
        _nobody(ctx, account)


def _reset(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    _close(ctx, account, "reset", thing)


def _remove(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    _close(ctx, account, "remove", thing)


def _close(ctx: Ctx, account: Account, verb: str, thing: str) -> None:
    person = acting.person_named(ctx, thing)
    if person is None:
        return _nobody(ctx, account)
    planning.begin(ctx, KINDS[verb], verb, account.id, [person])


def _reprompt(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    person = acting.person_named(ctx, thing)
    if person is None:
        return _nobody(ctx, account)
    count = sync.reprompt(ctx, [person], account.id, express=True)
    words = say("answer.reprompt", count=count) if count else say("answer.reprompt.none", who=person.name)
    ctx.show(account, Answer("Reprompt user", (words,)))


def _confirm(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    confirming.confirm(ctx, ctx.tx.plans.get(PlanId(thing)), None, account)


def _cancel(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    confirming.cancel(ctx, ctx.tx.plans.get(PlanId(thing)), None, account)


def _undo(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    plan = ctx.tx.plans.get(PlanId(thing))
    if plan is None:
        return _stale(ctx, account)
    undoing.undo(ctx, account, plan.number)


def _export(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    files.export_plan(ctx, account, thing)


def _connect_app(ctx: Ctx, account: Account, thing: str, value: str) -> None:
    """The browser opens the address; the press itself changes nothing."""


def _pair(ctx: Ctx, thing: str) -> tuple[Person | None, PlatformId]:
    person, _, platform = thing.partition(".")
    return acting.person_named(ctx, person), PlatformId(platform)


def _refresh(ctx: Ctx, account: Account, person: Person) -> None:
    """The person's card shows today's truth again."""
    found = ctx.tx.people.get(person.id)
    if found is None:
        return
    facts = people.person_card(ctx, found, actions=is_admin(ctx, account))
    mine = [c for c in ctx.tx.cards.by_subject(f"person:{person.id}", 5) if c.account == account.id]
    if mine:
        ctx.replace(mine[0].id, facts)
    else:
        ctx.show(account, facts, subject=f"person:{person.id}")


def _nobody(ctx: Ctx, account: Account) -> None:
    """The person is not here any more: the list as it is now, and why."""
    facts = listing.of(ctx, "", actions=is_admin(ctx, account))
    ctx.show(account, replace(facts, note=say("answer.stale")))


def _stale(ctx: Ctx, account: Account) -> None:
    ctx.show(account, Answer(say("failed.title"), (say("answer.stale"),)))


OWN: dict[str, Pressing] = {
    "allow": _allow,
    "not_now": _not_now,
    "no_thanks": _no_thanks,
    "help": _help,
    "connect": _connect,
    "disconnect": _disconnect,
    "pause": lambda ctx, account, thing, value: stopping.own(ctx, account, stop=True),
    "resume": lambda ctx, account, thing, value: stopping.own(ctx, account, stop=False),
    "confirm": _confirm,
    "cancel": _cancel,
    "paper": _allow,
    "my_data": _my_data,
    "erase_me": _erase_me,
}
ADMIN: dict[str, Pressing] = {
    "connect_app": _connect_app,
    "import": _import,
    "teams": _teams,
    "teams_one": _teams_one,
    "teams_pick": _teams_pick,
    "teams_page": _teams_page,
    "teams_search": _teams_search,
    "teams_import": _teams_import,
    "keep": _keep,
    "unsync": _confirm,
    "list": _list,
    "list_show": _list_show,
    "list_search": _list_search,
    "conflicts": _conflicts,
    "conflict": _conflict,
    "conflict_match": _conflict_match,
    "conflict_apart": _conflict_apart,
    "person": _person,
    "primary": _primary,
    "sync": _sync,
    "reset": _reset,
    "remove": _remove,
    "reprompt": _reprompt,
    "undo": _undo,
    "export": _export,
}
HELPDESK = frozenset({"list", "list_show", "list_search", "person", "reprompt"})
"""Of these, what the helpdesk may press."""
ALL = {*OWN, *ADMIN}
