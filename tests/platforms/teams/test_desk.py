"""How the SDK sorts activities to the desk, and what it is not let near."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.events import Event, Ignored
from bot.platform import Undecodable
from platforms.teams.api import TEAMS
from platforms.teams.desk import Desk, refreshes, turned_of
from platforms.teams.shapes import Activity, convert

BOT = "28:44444444-dddd-4ddd-8ddd-444444444444"


def activity(kind: str, **more: Any) -> Activity:
    payload = {
        "type": kind,
        "id": "1767",
        "channelId": "msteams",
        "serviceUrl": "https://smba.example/emea/",
        "from": {"id": "29:1bob", "aadObjectId": "b0b"},
        "recipient": {"id": BOT},
        "conversation": {"id": "a:1", "conversationType": "personal"},
        **more,
    }
    return convert(payload, Activity)


async def sorted_to(told: Activity) -> list[str]:
    """Which of the desk's three ways an activity took, and with what."""

    async def typed() -> Sequence[Event]:
        return [Ignored(TEAMS, "typed")]

    async def pressed(data: Any) -> Sequence[Event]:
        return [Ignored(TEAMS, f"pressed {data}")]

    async def moved(here: bool) -> Sequence[Event]:
        return [Ignored(TEAMS, "came" if here else "went")]

    return [event.reason for event in await Desk(typed, pressed, moved).turn(told) if isinstance(event, Ignored)]


def deep(levels: int) -> Any:
    found: Any = "x"
    for _ in range(levels):
        found = {"a": found}
    return found


PRESS = {"action": {"type": "Action.Execute", "verb": "mio", "data": {"action": "x"}}, "trigger": "manual"}
BACK: dict[str, Any] = {"name": "adaptiveCard/action", "value": PRESS}


@pytest.mark.parametrize(
    ("told", "way"),
    [
        (activity("message", text="help"), ["typed"]),
        (activity("message", text=None), ["typed"]),
        (activity("message", text="help", value={"action": "x"}), ["typed"]),
        (activity("message", text=None, value={"action": "x"}), ["pressed {'action': 'x'}"]),
        (activity("message", text="", value={"action": "x"}), ["pressed {'action': 'x'}"]),
        (activity("invoke", **BACK), ["pressed {'action': 'x'}"]),
        (activity("installationUpdate", action="add"), ["came"]),
        (activity("installationUpdate", action="add-upgrade"), ["came"]),
        (activity("installationUpdate", action="remove"), ["went"]),
        (activity("installationUpdate", action="remove-upgrade"), []),
        (activity("conversationUpdate", membersAdded=[{"id": "29:1ann"}, {"id": BOT}]), ["came"]),
        (activity("conversationUpdate", membersRemoved=[{"id": BOT}]), ["went"]),
        (activity("conversationUpdate", membersAdded=[{"id": "29:1ann"}]), []),
        (activity("messageUpdate", text="import"), []),
        (activity("messageDelete"), []),
        (activity("event", name="application/vnd.microsoft.readReceipt", value={}), []),
        (activity("typing"), []),
        (activity("unheardOf"), []),
    ],
    ids=lambda value: value.type if isinstance(value, Activity) else "",
)
async def test_each_kind_takes_its_way(told: Activity, way: list[str]) -> None:
    assert await sorted_to(told) == way


async def test_what_the_sdk_cannot_look_through_is_set_aside() -> None:
    """Not stumbled over: whoever sent it could stop everything behind it."""
    assert await sorted_to(activity("message", text="", value=deep(50)))
    for told in (
        activity("message", text="", value=deep(5_000)),
        activity("invoke", name="adaptiveCard/action", value={"action": deep(5_000)}),
    ):
        with pytest.raises(Undecodable, match="nested too deeply"):
            await sorted_to(told)


def test_what_is_not_read_does_not_get_there() -> None:
    told = activity("invoke", name="adaptiveCard/action", value={**PRESS, "self": 1, "authentication": {"token": "t"}})
    assert set(turned_of(told).value) == {"action"}
    assert turned_of(activity("message", text="x", entities=[{"type": "mention"}])).entities is None


@pytest.mark.parametrize(("trigger", "refresh"), [("manual", False), (None, False), ("automatic", True), (7, True)])
def test_a_card_that_refreshes_itself(trigger: Any, refresh: bool) -> None:
    assert refreshes(activity("invoke", name="adaptiveCard/action", value={**PRESS, "trigger": trigger})) is refresh
    assert not refreshes(activity("message", value={"trigger": "automatic"}))
