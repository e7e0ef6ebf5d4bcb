"""What the bot does when something has happened: one function per event, in a transaction, without network.

This page is the table of contents: which function answers which event, and which tick comes how often.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import assert_never

from bot.events import (
    AppLost,
    ButtonPressed,
    CardShown,
    CommandGiven,
    Deafened,
    Event,
    Failed,
    Granted,
    GrantLost,
    GrantRefused,
    GrantRevoked,
    HistoryRead,
    Ignored,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberLookedUp,
    MembersListed,
    MessageEdited,
    MessageErased,
    MessagePosted,
    MessageSent,
    Outside,
    OutsiderWrote,
    PlanProceeded,
    Renewed,
    Result,
    Subscribed,
    TeamsListed,
    Ticked,
)
from bot.orders import FetchMembers, FetchTeams, Listen, LookUpMember, Post, RedeemCode
from bot.relay import Reason
from handlers import (
    buttons,
    closing,
    commands,
    confirming,
    consent,
    directory,
    dm,
    listening,
    moving,
    notices,
    pausing,
    prompts,
    teams,
    upkeep,
    waves,
)
from handlers.ctx import Ctx

TICKS: dict[str, tuple[timedelta, Callable[[Ticked, Ctx], None]]] = {
    "reminders": (timedelta(minutes=1), prompts.remind),
    "waves": (timedelta(minutes=1), waves.go_out),
    "progress": (timedelta(hours=1), waves.report),
    "moving": (timedelta(minutes=1), moving.look_after),
    "parting": (timedelta(minutes=1), closing.let_go),
    "renewals": (timedelta(minutes=1), upkeep.renew),
    "listening": (timedelta(minutes=1), listening.look_after),
    "auditing": (timedelta(minutes=1), upkeep.chain),
    "holds": (timedelta(minutes=5), upkeep.give_up),
    "refresh": (timedelta(minutes=5), directory.refresh),
    "forgetting": (timedelta(hours=1), upkeep.forget),
}


def decide(event: Event, ctx: Ctx) -> None:
    """Decide over one event. Everything it leads to is in the same transaction, or nothing is."""
    if isinstance(event, Outside):
        _happened(event, ctx)
    else:
        _came_of_it(event, ctx)


def _happened(event: Outside, ctx: Ctx) -> None:
    match event:
        case MessagePosted():
            dm.posted(event, ctx)
        case MessageEdited():
            dm.edited(event, ctx)
        case MessageErased():
            dm.erased(event, ctx)
        case OutsiderWrote():
            notices.outsider(event, ctx)
        case CommandGiven():
            commands.given(event, ctx)
        case ButtonPressed():
            buttons.pressed(event, ctx)
        case MemberJoined():
            directory.joined(event, ctx)
        case MemberChanged():
            directory.changed(event, ctx)
        case MemberLeft():
            directory.left(event, ctx)
        case GrantLost():
            consent.lost(event, ctx)
        case Deafened():
            listening.deafened(event, ctx)
        case AppLost():
            consent.app_lost(event, ctx)
        case PlanProceeded():
            confirming.proceed(event, ctx)
        case Ticked():
            _ticked(event, ctx)
        case Ignored():
            ctx.count("mio_events_total", event.platform, event.kind or "Ignored", event.reason)
        case _:
            assert_never(event)


def _ticked(event: Ticked, ctx: Ctx) -> None:
    """A tick of the clock, or – with what it is about behind its name – a page of something longer."""
    if event.name.startswith("resumed:"):
        pausing.resumed(event, ctx)
    elif event.name in TICKS:
        TICKS[event.name][1](event, ctx)


def _came_of_it(event: Result, ctx: Ctx) -> None:
    match event:
        case MessageSent():
            dm.sent(event, ctx)
        case CardShown():
            ctx.tx.cards.shown(event.card, event.channel, event.native)
        case MembersListed():
            directory.listed(event, ctx)
        case TeamsListed():
            teams.listed(event, ctx)
        case MemberLookedUp():
            directory.looked_up(event, ctx)
        case Subscribed():
            listening.subscribed(event, ctx)
            moving.answered_by(ctx, event.account)
        case HistoryRead():
            listening.history_read(event, ctx)
        case Granted():
            consent.granted(event, ctx)
            moving.answered_by(ctx, event.account.id if event.account else None)
        case GrantRefused():
            consent.refused(event, ctx)
        case GrantRevoked():
            consent.revoked(event, ctx)
        case Renewed():
            consent.renewed(event, ctx)
        case Failed():
            _failed(event, ctx)
        case _:
            assert_never(event)


def _failed(event: Failed, ctx: Ctx) -> None:
    """An order will never have its effect: whoever waits for it hears why."""
    match event.order:
        case Post() as order if event.reason == Reason.MOVED:
            dm.rerouted(ctx, order)
        case Post() as order:
            dm.failed_post(ctx, order, event.reason, unknown=event.unknown)
        case FetchMembers(run=run):
            directory.stopped(ctx, run, event.reason)
        case FetchTeams() as order:
            teams.not_listed(ctx, order, event.reason)
        case Listen() as order:
            listening.deaf(order, event.reason, ctx)
        case LookUpMember(run=run) as order if run is not None:
            directory.not_looked_up(ctx, run)
        case RedeemCode(attempt=attempt):
            consent.refused(GrantRefused(attempt, event.reason), ctx)
        case _:
            ctx.count("mio_events_total", "", type(event.order).__name__, "failed")
