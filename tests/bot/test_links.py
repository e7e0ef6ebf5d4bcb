"""The transition table of a link, cell by cell, and three weeks of reminders."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.ids import PersonId, PlatformId
from bot.links import Effect, Happening, LinkReason, State, Step, SyncLink, Timetable, step

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
TIMETABLE = Timetable(timedelta(days=3), 3)
START = {
    State.NOT_CREATED: SyncLink(PersonId("ann"), PlatformId("zoom")),
    State.PENDING: SyncLink(PersonId("ann"), PlatformId("zoom"), State.PENDING, asked=1, round=1, next_ask=NOW),
    State.SYNCED: SyncLink(PersonId("ann"), PlatformId("zoom"), State.SYNCED, round=1),
    State.FAILED: SyncLink(PersonId("ann"), PlatformId("zoom"), State.FAILED, reason=LinkReason.POLICY, round=1),
}
CONNECTING = SyncLink(PersonId("ann"), PlatformId("webex"), State.PENDING, reason=LinkReason.CONNECTING, round=1)
"""Allowed, where hearing is set up for each person."""
NOT_CREATED, PENDING, SYNCED, FAILED = State.NOT_CREATED, State.PENDING, State.SYNCED, State.FAILED

TABLE: dict[Happening, dict[State, State]] = {
    Happening.ASKED: {NOT_CREATED: PENDING, PENDING: PENDING, SYNCED: SYNCED, FAILED: PENDING},
    Happening.PLANNED: {NOT_CREATED: PENDING, PENDING: PENDING, SYNCED: SYNCED, FAILED: PENDING},
    Happening.ALLOWED: {NOT_CREATED: PENDING, PENDING: PENDING, SYNCED: SYNCED, FAILED: PENDING},
    Happening.GRANTED: {NOT_CREATED: SYNCED, PENDING: SYNCED, SYNCED: SYNCED, FAILED: SYNCED},
    Happening.NOT_NOW: {NOT_CREATED: NOT_CREATED, PENDING: PENDING, SYNCED: SYNCED, FAILED: FAILED},
    Happening.DECLINED: {NOT_CREATED: NOT_CREATED, PENDING: NOT_CREATED, SYNCED: SYNCED, FAILED: NOT_CREATED},
    Happening.DENIED: {NOT_CREATED: NOT_CREATED, PENDING: FAILED, SYNCED: SYNCED, FAILED: FAILED},
    Happening.DUE: {NOT_CREATED: NOT_CREATED, PENDING: PENDING, SYNCED: SYNCED, FAILED: FAILED},
    Happening.WRONG_ACCOUNT: {NOT_CREATED: NOT_CREATED, PENDING: PENDING, SYNCED: SYNCED, FAILED: FAILED},
    Happening.RESET: dict.fromkeys(State, NOT_CREATED),
    Happening.WITHDRAWN: {state: state for state in State},
    Happening.DISCONNECTED: dict.fromkeys(State, NOT_CREATED),
    Happening.LEFT: dict.fromkeys(State, NOT_CREATED),
}


@pytest.mark.parametrize("happening", TABLE)
@pytest.mark.parametrize("state", State)
def test_every_cell(happening: Happening, state: State) -> None:
    after = step(START[state], happening, NOW, TIMETABLE)
    assert after.link.state is TABLE[happening][state]


@pytest.mark.parametrize(
    ("state", "reason", "after", "effect"),
    [
        (SYNCED, LinkReason.REVOKED, PENDING, (Effect.ASK,)),
        (SYNCED, LinkReason.EXPIRED, PENDING, (Effect.ASK,)),
        (SYNCED, LinkReason.POLICY, FAILED, (Effect.TELL_ADMIN,)),
        (PENDING, LinkReason.REVOKED, PENDING, ()),
        (NOT_CREATED, LinkReason.REVOKED, NOT_CREATED, ()),
    ],
)
def test_lost(state: State, reason: LinkReason, after: State, effect: tuple[Effect, ...]) -> None:
    result = step(START[state], Happening.LOST, NOW, TIMETABLE, reason)
    assert (result.link.state, result.effects) == (after, effect)


@pytest.mark.parametrize(("state", "after"), [(NOT_CREATED, NOT_CREATED), (PENDING, FAILED), (SYNCED, FAILED)])
def test_cannot_be_is_a_refusal_in_a_plan_and_a_failure_later(state: State, after: State) -> None:
    result = step(START[state], Happening.CANNOT_BE, NOW, TIMETABLE, LinkReason.NO_ACCOUNT)
    assert (result.link.state, result.link.reason) == (after, LinkReason.NO_ACCOUNT)


@pytest.mark.parametrize("state", [NOT_CREATED, PENDING, FAILED])
def test_allowed_waits_for_the_ears_without_reminders(state: State) -> None:
    after = step(START[state], Happening.ALLOWED, NOW, TIMETABLE)
    assert (after.link.state, after.link.reason, after.link.next_ask) == (PENDING, LinkReason.CONNECTING, None)
    assert after.link.connecting and after.link.allowed and after.effects == (Effect.REFRESH_CARD,)
    assert step(after.link, Happening.DUE, NOW + timedelta(days=30), TIMETABLE) == Step(after.link)
    assert step(after.link, Happening.GRANTED, NOW, TIMETABLE).link.state is SYNCED


@pytest.mark.parametrize(
    "happening",
    [
        Happening.ASKED,
        Happening.PLANNED,
        Happening.NOT_NOW,
        Happening.DECLINED,
        Happening.DENIED,
        Happening.WRONG_ACCOUNT,
    ],
)
def test_whoever_has_allowed_has_no_open_question(happening: Happening) -> None:
    """A second page still open, an old card, an administrator's reprompt: none undoes the yes."""
    assert step(CONNECTING, happening, NOW, TIMETABLE) == Step(CONNECTING)


@pytest.mark.parametrize(
    ("happening", "reason", "state", "effects"),
    [
        (Happening.LOST, LinkReason.REVOKED, PENDING, (Effect.ASK,)),
        (Happening.LOST, LinkReason.POLICY, FAILED, (Effect.TELL_ADMIN,)),
        (Happening.CANNOT_BE, LinkReason.POLICY, FAILED, ()),
        (Happening.DISCONNECTED, LinkReason.DISCONNECTED, NOT_CREATED, (Effect.REVOKE, Effect.REFRESH_CARD)),
    ],
)
def test_a_permission_that_ends_before_anything_is_heard(
    happening: Happening, reason: LinkReason, state: State, effects: tuple[Effect, ...]
) -> None:
    after = step(CONNECTING, happening, NOW, TIMETABLE, reason)
    assert (after.link.state, after.link.reason, after.effects) == (state, reason, effects)


def test_three_weeks_of_silence_are_one_card_and_three_reminders() -> None:
    link = step(START[NOT_CREATED], Happening.ASKED, NOW, TIMETABLE).link
    reminders = []
    for day in range(1, 22):
        now = NOW + timedelta(days=day)
        after = step(link, Happening.DUE, now, TIMETABLE)
        link = after.link
        if Effect.REMIND in after.effects:
            reminders.append(day)
    assert reminders == [3, 6, 9]
    assert (link.state, link.reason, link.next_ask) == (PENDING, LinkReason.UNANSWERED, None)


def test_not_now_asks_again_by_the_timetable() -> None:
    link = step(START[PENDING], Happening.NOT_NOW, NOW, TIMETABLE).link
    assert link.next_ask == NOW + timedelta(days=3)


def test_whoever_refused_at_the_platform_may_still_answer_the_card() -> None:
    refused = step(START[PENDING], Happening.DENIED, NOW, TIMETABLE).link
    later = step(refused, Happening.NOT_NOW, NOW, TIMETABLE).link
    assert (later.state, later.reason, later.next_ask) == (PENDING, LinkReason.NOT_NOW, NOW + timedelta(days=3))
    never = step(refused, Happening.DECLINED, NOW, TIMETABLE).link
    assert (never.state, never.reason) == (NOT_CREATED, LinkReason.DECLINED)


def test_no_thanks_is_never_asked_again() -> None:
    link = step(START[PENDING], Happening.DECLINED, NOW, TIMETABLE).link
    assert (link.reason, link.next_ask) == (LinkReason.DECLINED, None)


def test_asking_anew_is_a_new_round() -> None:
    assert step(START[FAILED], Happening.ASKED, NOW, TIMETABLE).link.round == 2


def test_a_synced_link_keeps_no_reminder() -> None:
    assert step(START[PENDING], Happening.GRANTED, NOW, TIMETABLE).link.next_ask is None


def test_a_withdrawn_wave_leaves_alone_who_was_asked() -> None:
    """Planned and withdrawn: not created again. Whoever was asked before keeps the question."""
    planned = step(START[NOT_CREATED], Happening.PLANNED, NOW, TIMETABLE).link
    assert (planned.state, planned.reason) == (PENDING, LinkReason.PLANNED)
    gone = step(planned, Happening.WITHDRAWN, NOW, TIMETABLE).link
    assert (gone.state, gone.reason, gone.next_ask) == (NOT_CREATED, LinkReason.NONE, None)
    asked = step(planned, Happening.ASKED, NOW, TIMETABLE).link
    assert step(asked, Happening.WITHDRAWN, NOW, TIMETABLE) == Step(asked)
