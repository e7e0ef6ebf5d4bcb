"""What people do with a card in their client: fill in, choose, press – and what they see of the bot's answer.

A choice alone tells the bot nothing; it goes along with the next press. Source:
learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model.
"""

from typing import Any

import orjson

from sandbox.core import Bad, Core
from sandbox.teams import cards
from sandbox.teams.activities import Activities
from sandbox.teams.installs import Installs
from sandbox.teams.posts import Posts
from sandbox.world import Account, Message

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
TOAST, ERROR = "application/vnd.microsoft.activity.message", "application/vnd.microsoft.error"
TROUBLE = "Unable to reach app. Please try again."


class Screen:
    def __init__(self, core: Core, installs: Installs, activities: Activities, posts: Posts) -> None:
        self.core = core
        self.installs = installs
        self.activities = activities
        self.posts = posts
        self.old = False
        """Old clients know no Action.Execute and press what stands beside it as its fallback."""
        self.filled: dict[tuple[str, str], dict[str, str]] = {}
        self._replaced: dict[tuple[str, str], dict[str, Any]] = {}

    def card(self, user: str, message: Message) -> dict[str, Any] | None:
        """As this person sees it: what an answer replaced is theirs alone, and the mean profile forgets it soon."""
        stored: dict[str, Any] | None = message.native.get("card")
        held = self._replaced.get((user, message.id))
        if held is None or held["over"] != stored or self.core.faults["teams"].mean:
            return stored
        shown: dict[str, Any] = held["card"]
        return shown

    def _found(self, account: Account, message: str) -> tuple[Message, dict[str, Any]]:
        found = self.installs.chat(account.id).by_id.get(message)
        card = self.card(account.id, found) if found is not None and not found.deleted else None
        if found is None or card is None:
            raise Bad(f"no card {message} in the bot's chat")
        return found, card

    # -- inputs ----------------------------------------------------------------------------------

    def choose(self, account: Account, message: str, option: str) -> None:
        """Marks the option; where several are allowed, marks it as well, or takes the mark away."""
        found, card = self._found(account, message)
        for element in cards.inputs(card):
            for choice in element.get("choices", ()):
                if choice["title"] == option:
                    held = self._values(account, found, card).get(element["id"], "")
                    chosen = [value for value in held.split(",") if value] if element.get("isMultiSelect") else []
                    value = choice["value"]
                    chosen = [v for v in chosen if v != value] if value in chosen else [*chosen, value]
                    self.fill(account, message, element["id"], ",".join(chosen))
                    return
        raise Bad(f"no option “{option}” on that card")

    def fill(self, account: Account, message: str, field: str, value: str) -> None:
        """Types into a field, by its id or its label."""
        found, card = self._found(account, message)
        for element in cards.inputs(card):
            if field in (element["id"], element.get("label")):
                self.filled.setdefault((account.id, found.id), {})[element["id"]] = value
                return
        raise Bad(f"no field “{field}” on that card")

    def _values(self, account: Account, message: Message, card: dict[str, Any]) -> dict[str, str]:
        given = {element["id"]: element.get("value", _untouched(element)) for element in cards.inputs(card)}
        return given | self.filled.get((account.id, message.id), {})

    # -- pressing --------------------------------------------------------------------------------

    async def press(self, account: Account, message: str, button: str) -> str | None:
        found, card = self._found(account, message)
        action = next((a for a in cards.actions(card) if a.get("title") == button), None)
        if action is None:
            raise Bad(f"no button “{button}” on that card")
        if self.old and action["type"] == "Action.Execute":
            action = action.get("fallback") or {"type": "dropped"}
        match action["type"]:
            case "Action.OpenUrl":
                url: str = action["url"]
                return url
            case "Action.Submit":
                value = self._merged(account, found, card, action)
                self.core.hooks.send(self.activities.hook(self.activities.submit(account, found.id, value)))
            case "Action.Execute":
                await self._execute(account, found, card, action)
            case _:
                raise Bad(f"“{button}” does nothing in this client")
        return None

    def _merged(self, account: Account, message: Message, card: dict[str, Any], action: dict[str, Any]) -> Any:
        """The action's own data, with the inputs over it."""
        data = action.get("data", {})
        if action.get("associatedInputs") == "none" or not isinstance(data, dict):
            return data
        values = self._values(account, message, card)
        for element in cards.inputs(card):
            if element.get("isRequired") and not values.get(element["id"]):
                raise Bad(element.get("errorMessage") or f"{element['id']} is required")
        return {**data, **values}

    async def _execute(self, account: Account, message: Message, card: dict[str, Any], action: dict[str, Any]) -> None:
        sent: dict[str, Any] = {name: action[name] for name in ("type", "id", "verb", "title") if name in action}
        sent["data"] = self._merged(account, message, card, action)
        hook = self.activities.hook(self.activities.execute(account, message.id, sent))
        status, body = await self.core.hooks.answered(hook)
        self._answered(account, message, status, body)

    def _answered(self, account: Account, message: Message, status: int, body: bytes) -> None:
        """The status of HTTP says nothing about the matter; the body does, and an unreadable one is trouble."""
        try:
            said = orjson.loads(body) if status == 200 else None
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("statusCode"), int):
            self.posts.whisper(account.id, TROUBLE)
            return
        value = said.get("value")
        match said.get("type"):
            case str(kind) if kind == ADAPTIVE and said["statusCode"] == 200:
                self._replace(account, message, value)
            case str(kind) if kind == TOAST and isinstance(value, str):
                self.posts.whisper(account.id, value)
            case str(kind) if kind == ERROR and isinstance(value, dict):
                self.posts.whisper(account.id, str(value.get("message") or TROUBLE))
            case _:
                self.posts.whisper(account.id, TROUBLE)

    def _replace(self, account: Account, message: Message, value: Any) -> None:
        try:
            shown = cards.check(value)
        except cards.CardFault:
            self.posts.whisper(account.id, TROUBLE)
            return
        self._replaced[account.id, message.id] = {"card": shown, "over": message.native.get("card")}
        self.filled.pop((account.id, message.id), None)
        self.core.world.tell(
            {"kind": "message", "platform": "teams", "chat": "", "members": [account.id], "id": message.id}
        )


def _untouched(element: dict[str, Any]) -> str:
    """What an input sends that nobody touched."""
    return str(element.get("valueOff", "false")) if element["type"] == "Input.Toggle" else ""
