"""Webex's deliveries: metadata without a word of text, to every owner of a webhook who is in the room, own posts included.

Signed with HMAC-SHA1 over the raw body when the webhook has a secret; no time stamp, no redelivery. The sandbox knows one bot:
of an address the path counts. Source: developer.webex.com/docs/api/guides/webhooks.
"""

import asyncio
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from sandbox.core import Core
from sandbox.webex.ids import abroad, canonical, iso
from sandbox.webex.registry import Registered, Registry
from sandbox.webex.rooms import Rooms, membership
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message


class Events:
    def __init__(self, core: Core, registry: Registry, rooms: Rooms) -> None:
        self.core = core
        self.registry = registry
        self.rooms = rooms

    def message(self, chat: Chat, message: Message, event: str) -> list[Hook]:
        """``created``, ``updated`` or ``deleted``. Whether edits are told at all is an open point."""
        if event == "updated" and self.core.faults["webex"].mean:
            return []
        first = event == "created" and len(chat.messages) == 1
        begun = self._begun(chat, message.author) if first else []
        data, native = self._about(chat, message, event), message.native
        facts = {"hasFiles": "file" in native, "hasAttachments": "card" in native}
        return [*begun, *self._to_members(chat, "messages", event, message.author, data, facts)]

    def _about(self, chat: Chat, message: Message, event: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": message.id,
            "roomId": chat.id,
            "roomType": "direct",
            "personId": message.author,
            "personEmail": self.core.world.accounts["webex"][message.author].email,
            "created": iso(message.at),
        }
        native = message.native
        found |= {name: native[name] for name in ("parentId", "mentionedPeople") if native.get(name)}
        if native.get("file"):
            found["files"] = [f"{self.core.url}/webex/v1/contents/{native['file']}"]
        if event == "updated":
            found["updated"] = native["updated"]
        return found

    def _begun(self, chat: Chat, author: str) -> list[Hook]:
        """The first message makes the room and its two memberships."""
        hooks = self._to_members(chat, "rooms", "created", author, {"id": chat.id, "type": "direct"})
        for member in chat.members:
            data = membership(chat, self.core.world.accounts["webex"][member])
            hooks += self._to_members(chat, "memberships", "created", author, data)
        return hooks

    def action(self, chat: Chat, card: Message, action: dict[str, Any]) -> list[Hook]:
        """To the author of the card alone, and without what was put in."""
        data = {name: value for name, value in action.items() if name != "inputs"}
        found = self.registry.listening(card.author, "attachmentActions", "created")
        return [self._hook(r, "attachmentActions", "created", chat, action["personId"], data) for r in found]

    # -- delivery --------------------------------------------------------------------------------

    def _to_members(
        self,
        chat: Chat,
        resource: str,
        event: str,
        actor: str,
        data: dict[str, Any],
        facts: dict[str, bool] | None = None,
    ) -> list[Hook]:
        return [
            self._hook(registered, resource, event, chat, actor, data)
            for member in chat.members
            for registered in self.registry.listening(member, resource, event)
            if _passes(registered.filter, {**data, **(facts or {})})
        ]

    def _hook(
        self, registered: Registered, resource: str, event: str, chat: Chat, actor: str, data: dict[str, Any]
    ) -> Hook:
        shape = {name: value for name, value in registered.shape().items() if name != "secret"}
        told = {"actorId": actor, "data": data}
        told = abroad(told) if self.core.faults["webex"].mean else told
        body = orjson.dumps({**shape, "resource": resource, "event": event, **told})
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        if registered.secret:
            signed = hmac.new(registered.secret.encode(), body, hashlib.sha1)
            headers["X-Spark-Signature"] = signed.hexdigest()

        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            return headers, body

        parts = urlsplit(registered.target)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        hook = Hook(path, f"{registered.id}:{chat.id}", build, (), False, self.core.faults["webex"])
        hook.done = asyncio.get_running_loop().create_future()
        hook.done.add_done_callback(lambda done: self._answered(registered, done))
        return hook

    def _answered(self, registered: Registered, done: "asyncio.Future[tuple[int, bytes]]") -> None:
        if not done.cancelled():
            self.registry.answered(registered, done.result()[0])


def _passes(chosen: str, data: dict[str, Any]) -> bool:
    """Every condition of a filter such as ``roomType=direct&hasFiles=true``."""
    for name, wanted in parse_qsl(chosen):
        if name == "mentionedPeople":
            fits = canonical(wanted) in data.get("mentionedPeople", ())
        elif name in ("hasFiles", "hasAttachments"):
            fits = data[name] is (wanted.lower() == "true")
        else:
            fits = data.get(name) == canonical(wanted)
        if not fits:
            return False
    return True
