"""Submits of cards: made by whoever sees the card, told to the card's author, read with the author's or the clicker's token.

The same card may be submitted again and again. Source: developer.webex.com/docs/api/v1/attachment-actions.
"""

from typing import Any

from sandbox.core import Core
from sandbox.webex import cards
from sandbox.webex.calls import Call, Reply
from sandbox.webex.events import Events
from sandbox.webex.ids import fresh, iso
from sandbox.webex.tokens import WebexFault
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message


class Actions:
    def __init__(self, core: Core, events: Events) -> None:
        self.core = core
        self.events = events
        self._held: dict[str, dict[str, Any]] = dict(core.keep.all("webex-action"))

    def submit(
        self, chat: Chat, card: Message, person: str, inputs: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Hook]]:
        action: dict[str, Any] = {
            "id": fresh("ATTACHMENT_ACTION"),
            "type": "submit",
            "messageId": card.id,
            "roomId": chat.id,
            "personId": person,
            "inputs": inputs,
            "created": iso(self.core.clock.seconds()),
        }
        self._held[action["id"]] = {**action, "author": card.author}
        self.core.keep.put("webex-action", action["id"], self._held[action["id"]])
        return action, self.events.action(chat, card, action)

    def get(self, call: Call) -> Reply:
        held = self._held.get(call.id)
        if held is None or call.token.user not in (held["author"], held["personId"]):
            raise WebexFault(404, "The requested resource could not be found.")
        return Reply({name: value for name, value in held.items() if name != "author"})

    def create(self, call: Call) -> Reply:
        """A client's call: 202, not 200."""
        inputs = call.body.get("inputs")
        if call.text("type") != "submit" or not isinstance(inputs, dict):
            raise WebexFault(400, "type must be submit, inputs an object.")
        message = call.text("messageId")
        for key in self.core.world.of["webex"].get(call.token.user, ()):
            chat = self.core.world.chats["webex"][key]
            card = chat.by_id.get(message)
            if card is not None and not card.deleted and cards.submits(card.native.get("card")):
                action, hooks = self.submit(chat, card, call.token.user, inputs)
                return Reply(action, 202, hooks=hooks)
        raise WebexFault(404, "Could not find a card with provided message ID.")
