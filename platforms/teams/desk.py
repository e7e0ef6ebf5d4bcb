"""The bot's desk: the SDK sorts an activity to the method that is meant for it; what it means is told as events.

Only the SDK's activity, turn and sorting are used, nothing that sends. Its HTTP process answers presses wrongly, its token
check blocks and misses changed keys, and its removal of mentions takes a person's words for a pattern.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity as Turned
from botbuilder.schema import ResourceResponse

from bot.events import Event
from bot.platform import Undecodable
from platforms.teams.shapes import Activity

PRESS = "adaptiveCard/action"
Telling = Sequence[Event]
Typed = Callable[[], Awaitable[Telling]]
Pressed = Callable[[Any], Awaitable[Telling]]
Moved = Callable[[bool], Awaitable[Telling]]


class Silent(BotAdapter):  # type: ignore[misc]
    """Says nothing: answers are given by the webhook and by orders."""

    async def send_activities(self, context: Any, activities: Any) -> list[Any]:
        return [ResourceResponse() for _ in activities]

    async def update_activity(self, context: Any, activity: Any) -> None:
        return None

    async def delete_activity(self, context: Any, reference: Any) -> None:
        return None


class Desk(TeamsActivityHandler):  # type: ignore[misc]
    """One activity's turn. ``told`` is what came of it."""

    def __init__(self, typed: Typed, pressed: Pressed, moved: Moved) -> None:
        super().__init__()
        self.typed = typed
        self.pressed = pressed
        self.moved = moved
        self.told: list[Event] = []

    async def on_message_activity(self, turn_context: Any) -> None:
        """Words; or, from clients that cannot do better, a press without words."""
        activity = turn_context.activity
        if not activity.text and isinstance(activity.value, dict):
            self.told.extend(await self.pressed(activity.value))
        else:
            self.told.extend(await self.typed())

    async def on_adaptive_card_invoke(self, turn_context: Any, invoke_value: Any) -> None:
        self.told.extend(await self.pressed(invoke_value.action.get("data")))

    async def on_installation_update_add(self, turn_context: Any) -> None:
        self.told.extend(await self.moved(True))

    async def on_installation_update_remove(self, turn_context: Any) -> None:
        """The SDK takes the going of an old version for a removal; its follower is there already."""
        if turn_context.activity.action == "remove":
            self.told.extend(await self.moved(False))

    async def on_conversation_update_activity(self, turn_context: Any) -> None:
        """The bot itself came or went; other people's coming and going is the directory's news."""
        activity = turn_context.activity
        for added, people in ((True, activity.members_added), (False, activity.members_removed)):
            if any(person.id and person.id == activity.recipient.id for person in people or ()):
                self.told.extend(await self.moved(added))

    async def turn(self, activity: Activity) -> list[Event]:
        """Raises ``Undecodable`` for a press that is none."""
        if activity.type == "invoke" and not _pressing(activity):
            raise Undecodable("an invoke that presses nothing - at `$.value.action`")
        try:
            turned = turned_of(activity)
        except RecursionError:
            raise Undecodable("nested too deeply - at `$.value`") from None
        await self.on_turn(TurnContext(Silent(), turned))
        return self.told


def _pressing(activity: Activity) -> bool:
    """The SDK looks into the action without asking what it is."""
    value = activity.value
    return activity.name == PRESS and isinstance(value, dict) and isinstance(value.get("action"), dict)


def refreshes(activity: Activity) -> bool:
    """A card that asks for its newest form by itself: nobody pressed anything."""
    value = activity.value
    return activity.type == "invoke" and isinstance(value, dict) and value.get("trigger") not in (None, "manual")


def turned_of(activity: Activity) -> Any:
    """The SDK's form of what was read and checked here; what was not read does not get there."""
    people = {"membersAdded": activity.membersAdded, "membersRemoved": activity.membersRemoved}
    recipient = activity.recipient.id if activity.recipient else ""
    value = {"action": activity.value["action"]} if activity.type == "invoke" else activity.value
    wire: dict[str, Any] = {
        "type": activity.type,
        "id": activity.id,
        "channelId": activity.channelId,
        "serviceUrl": activity.serviceUrl,
        "from": {"id": activity.sender.id, "aadObjectId": activity.sender.aadObjectId},
        "recipient": {"id": recipient},
        "conversation": {"id": activity.conversation.id},
        "text": activity.text,
        "value": value,
        "name": activity.name,
        "action": activity.action,
        "replyToId": activity.replyToId,
        **{name: [{"id": person.id} for person in found] for name, found in people.items() if found},
    }
    return Turned().deserialize(wire)
