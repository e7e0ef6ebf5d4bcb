"""The chatbot of app A: cards to people, later changes, and the one late answer a press allows.

Its errors carry ``result`` false. Source: developers.zoom.us/docs/api/chatbot and .../chatbot/events. Sends nothing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.core import Core
from sandbox.world import Account, Chat, Message
from sandbox.zoom import cards
from sandbox.zoom.directory import Directory
from sandbox.zoom.methods import Methods
from sandbox.zoom.tokens import ACCOUNT, BOT_JID, BOT_SCOPE, Tokens, ZoomFault

CALLBACK_LIVES = 1_800


@dataclass(slots=True)
class Slot:
    """Where a late answer to a press goes; ``token`` is its own bearer."""

    account: Account
    token: str
    until: float


class Chatbot:
    def __init__(self, core: Core, tokens: Tokens, directory: Directory, methods: Methods) -> None:
        self.core = core
        self.tokens = tokens
        self.directory = directory
        self.methods = methods
        self._places: dict[str, Chat] = {}
        self._slots: dict[str, Slot] = {}

    def check(self, bearer: str) -> None:
        """The app's own token only. Raises 401/7010."""
        held = self.tokens.by_value.get(bearer)
        live = held is not None and held.expires > self.core.clock.seconds() and held.app not in self.tokens.disabled
        if held is None or not live or held.user or not held.has(BOT_SCOPE):
            raise refused(401, 7010, "Invalid Authorization token.")

    def _robot(self, fields: Mapping[str, Any]) -> None:
        robot = fields.get("robot_jid")
        if not isinstance(robot, str) or not robot.startswith("v1") or not robot.endswith("@xmpp.zoom.us"):
            raise refused(404, 7002, "Invalid robot_jid value specified in the Request Body.")
        if robot != BOT_JID:
            raise refused(403, 7003, "No Chatbot can be found with the given robot_jid value.")
        if fields.get("account_id") != ACCOUNT or not self.tokens.installed:
            raise refused(403, 7004, "Not authorized.")

    def _person(self, jid: Any) -> Account:
        found = self.directory.by_jid(str(jid))
        if found is None or not found.active or found.guest:
            raise refused(403, 7004, "No channel or user can be found with the given to_jid value.")
        return found

    # -- methods ---------------------------------------------------------------------------------

    def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("robot_jid", "to_jid", "user_jid", "account_id"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise refused(400, 7001, f"Invalid Request Body format: {name} is required.")
        content = self._content(body)
        self._robot(body)
        account = self._person(body["to_jid"])
        self._person(body["user_jid"])
        return self._answer(account, self._post(account, content), "%Y-%m-%d %H:%M:%S")

    def _content(self, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return cards.check(body.get("content"))
        except cards.BadCard as fault:
            raise refused(400, 7001, f"Invalid Request Body format: {fault}") from None

    def _post(self, account: Account, content: dict[str, Any]) -> Message:
        chat = self.methods.dm(account.id, BOT_JID)
        at = self.methods.next_time(chat)
        name = f"{self.core.clock.now():%Y%m%d%H%M%S}_{secrets.token_urlsafe(8)}_aw1"
        made = Message(name, BOT_JID, content["head"]["text"], at, {"content": content}, by_app=True)
        self.core.world.post(chat, made)
        self._places[made.id] = chat
        return made

    def _card(self, message: str) -> tuple[Account, Chat, Message]:
        """A card that stands. Raises 404/8001."""
        chat = self._places.get(message) or self._looked_for(message)
        found = chat.by_id.get(message) if chat else None
        if chat is None or found is None or found.deleted or found.author != BOT_JID:
            raise refused(404, 8001, "Invalid message_id value.")
        return self.core.world.accounts["zoom"][chat.other(BOT_JID)], chat, found

    def _looked_for(self, message: str) -> Chat | None:
        """Cards of a former run of the sandbox."""
        world = self.core.world
        chats = (world.chats["zoom"][key] for key in world.of["zoom"].get(BOT_JID, ()))
        return next((chat for chat in chats if message in chat.by_id), None)

    def edit(self, message: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Whether a card that was pressed can still be changed is an open point."""
        content = self._content(body)
        self._robot(body)
        account, chat, found = self._card(message)
        if found.native.get("pressed") and self.core.faults["zoom"].mean:
            raise refused(404, 8001, "Invalid message_id value.")
        found.native, found.text = {"content": content}, content["head"]["text"]
        self.core.world.save(chat, found)
        return self._answer(account, found, "%Y-%m-%d %H:%M:%S +0000")

    def delete(self, message: str, query: Mapping[str, str]) -> dict[str, Any]:
        self._robot(query)
        account, chat, found = self._card(message)
        found.deleted = True
        self.core.world.save(chat, found)
        return self._answer(account, found, "%Y-%m-%d %H:%M:%S +0000")

    def _answer(self, account: Account, message: Message, form: str) -> dict[str, Any]:
        jid, now = account.extra["jid"], self.core.clock.now()
        names = {"message_id": message.id, "robot_jid": BOT_JID, "to_jid": jid, "user_jid": jid}
        return {**names, "sent_time": now.strftime(form)}

    # -- late answers ----------------------------------------------------------------------------

    def slot(self, account: Account) -> dict[str, str]:
        """What an event of a press carries: an address and a token for one answer within half an hour."""
        name, token = secrets.token_hex(12), secrets.token_urlsafe(24)
        self._slots[name] = Slot(account, token, self.core.clock.seconds() + CALLBACK_LIVES)
        return {"callback_url": f"{self.core.url}/zoom/v2/im/chat/callback/{name}", "callback_token": token}

    def late(self, name: str, bearer: str, body: Mapping[str, Any]) -> dict[str, Any]:
        slot = self._slots.get(name)
        if slot is None or slot.token != bearer or slot.until < self.core.clock.seconds():
            raise refused(401, 7010, "Invalid Authorization token.")
        content = self._content(body)
        del self._slots[name]
        return self._answer(slot.account, self._post(slot.account, content), "%Y-%m-%d %H:%M:%S")


def refused(status: int, code: int, message: str) -> ZoomFault:
    return ZoomFault(status, code, message, result=False)
