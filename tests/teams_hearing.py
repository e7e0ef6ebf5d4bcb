"""Everything that hears one person's chats on Teams, over the sandbox's tenant, and what was brought to its address.

Ann allowed and is listened to; Bob was imported, Maya was not.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from teams_tenant import Tenant

from bot.events import Event, Ignored
from bot.ids import AccountId
from bot.platform import Lent
from platforms.teams.api import Api
from platforms.teams.certificates import Certificates
from platforms.teams.chats import Chats
from platforms.teams.ears import Ears
from platforms.teams.graph import Graph
from platforms.teams.keys import Keys
from platforms.teams.members import Members
from platforms.teams.notifications import Notifications
from platforms.teams.shapes import Encrypted, Item, convert
from sandbox.teams.book import Subscription
from sandbox.teams.notify import encrypted
from sandbox.teams.tenant import TENANT, chat_id

ANN, BOB, MAYA = "Ann Lee", "Bob Kim", "Maya Ortiz"


class Counting(Certificates):
    """Knows how often something was decrypted."""

    opened = 0

    async def open(self, content: Encrypted) -> bytes:
        self.opened += 1
        return await super().open(content)


@dataclass
class Told:
    """One notification as it was kept, with the tokens of its delivery."""

    item: dict[str, Any]
    tokens: list[Any]

    def but(self, **change: Any) -> "Told":
        return Told({**self.item, **change}, self.tokens)

    @property
    def content(self) -> dict[str, str]:
        found: dict[str, str] = self.item["encryptedContent"]
        return found


@dataclass
class Hearing:
    """Everything that hears Ann, and what was brought to its address."""

    tenant: Tenant
    people: Any
    ears: Ears
    certificates: Counting
    notifications: Notifications
    read_so_far: int = field(default=0)

    def account(self, name: str) -> AccountId:
        found: AccountId = self.people.account(name)
        return found

    async def look(self) -> None:
        await self.people.allows(ANN)
        await self.ears.listen(self.account(ANN))

    @property
    def sub(self) -> Subscription:
        [found] = self.tenant.fake.book.of(self.tenant.id(ANN))
        return found

    async def say(self, name: str = BOB, to: str = ANN, words: str = "hello") -> str:
        return await self.tenant.fake.say(self.tenant.id(name), self.tenant.id(to), words)

    async def told(self) -> list[Told]:
        """What has come since the last time this was asked."""
        await self.tenant.idle()
        fresh = [heard.json() for heard in self.tenant.bot.heard if heard.path == "/teams/notifications"]
        found = [Told(item, body.get("validationTokens", [])) for body in fresh for item in body["value"]]
        new, self.read_so_far = found[self.read_so_far :], len(found)
        return new

    async def one(self) -> Told:
        [found] = await self.told()
        return found

    async def read(self, told: Told) -> Event:
        [event] = await self.notifications.read(convert(told.item, Item), told.tokens)
        return event

    async def events(self) -> list[Event]:
        return [await self.read(told) for told in await self.told()]

    def says(self, message: dict[str, Any] | bytes, native: str, change: str = "created") -> Told:
        """As Graph would have told of any message between Ann and Bob."""
        chat = chat_id(self.tenant.id(ANN), self.tenant.id(BOB))
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        item = {
            "subscriptionId": self.sub.id,
            "clientState": self.sub.client_state,
            "tenantId": TENANT,
            "changeType": change,
            "resource": f"chats('{chat}')/messages('{native}')",
            "encryptedContent": encrypted(self.sub, raw),
        }
        return Told(item, [self.tenant.fake.notify.validation_token()])

    def message(self, **change: Any) -> dict[str, Any]:
        user = {"id": self.tenant.id(BOB), "displayName": BOB, "userIdentityType": "aadUser"}
        shown: dict[str, Any] = {
            "id": "1772442930123",
            "messageType": "message",
            "chatId": chat_id(self.tenant.id(ANN), self.tenant.id(BOB)),
            "createdDateTime": "2026-03-02T09:15:30.123Z",
            "lastEditedDateTime": None,
            "deletedDateTime": None,
            "from": {"application": None, "device": None, "user": user},
            "body": {"contentType": "html", "content": "<p>hello</p>"},
            "attachments": [],
            "eventDetail": None,
        }
        return {**shown, **change}


async def hearing_ann(tenant: Tenant, people: Any, api: Api, lent: Lent, kept: dict[str, str]) -> Hearing:
    graph, certificates = Graph(api), Counting(lent)
    ears, chats, members = Ears(api, graph, certificates), Chats(api, graph), Members(api, graph)
    for name in (ANN, BOB):
        kept[f"known:{tenant.id(name)}"] = people.account(name)
    notifications = Notifications(api, Keys(api), ears, chats, certificates, members)
    made = Hearing(tenant, people, ears, certificates, notifications)
    await made.look()
    return made


def reason(event: Event) -> str:
    assert isinstance(event, Ignored), event
    assert event.platform == "teams" and "hello" not in repr(event)
    return event.reason
