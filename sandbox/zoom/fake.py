"""The Zoom account put together, and what people do in their client: say, change, command, press, choose, look, leave.

Everything the apps hear of it goes out as signed webhooks; nothing here calls the program in another way.
"""

import uuid
from typing import Any

from aiohttp import web

from sandbox.client import Client
from sandbox.core import Bad, Core
from sandbox.world import Account, Message, people, stable
from sandbox.zoom import cards
from sandbox.zoom.api import Api
from sandbox.zoom.chatbot import Chatbot
from sandbox.zoom.directory import Directory
from sandbox.zoom.events import Events
from sandbox.zoom.methods import Methods
from sandbox.zoom.oauth import Oauth
from sandbox.zoom.tokens import ACCOUNT, APPS, BOT_JID, Tokens


class Zoom:
    name = "zoom"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self.client = Client(core, self.name, BOT_JID)
        self.directory = Directory(core)
        self._people(count)
        self.tokens = Tokens(core)
        self.events = Events(core, self.tokens)
        self.methods = Methods(core, self.directory, self.events)
        self.chatbot = Chatbot(core, self.tokens, self.directory, self.methods)
        self.oauth = Oauth(core, self.tokens, self.events)
        self.api = Api(core, self.tokens, self.oauth, self.directory, self.methods, self.chatbot)

    def _people(self, count: int) -> None:
        bot = Account("zoom", BOT_JID, "Mio", "", bot=True, extra={"jid": BOT_JID, "member": "mbr-bot"})
        self.core.world.add(bot)
        for number, name, email in people(count, "zoom"):
            self._add(_account(name, email, admin=number == 0))
        for _, row in self.client.joined():
            self._add(_account(**row))

    def _add(self, account: Account) -> None:
        self.core.world.add(account)
        self.directory.known(account)

    def settings(self) -> dict[str, str]:
        names = (("A", "MIO_ZOOM"), ("B", "MIO_ZOOM_USER"), ("S", "MIO_ZOOM_S2S"))
        found = {"MIO_ZOOM_ACCOUNT_ID": ACCOUNT, "MIO_ZOOM_BOT_JID": BOT_JID}
        for app, prefix in names:
            client, secret, token = APPS[app]
            found |= {f"{prefix}_CLIENT_ID": client, f"{prefix}_CLIENT_SECRET": secret}
            if token:
                found[f"{prefix}_SECRET_TOKEN"] = token
        return found | {
            "MIO_ZOOM_API_URL": f"{self.core.url}/zoom/v2",
            "MIO_ZOOM_OAUTH_URL": f"{self.core.url}/zoom/oauth",
            "MIO_ZOOM_FILE_URL": f"{self.core.url}/zoom/file/v2",
        }

    def routes(self) -> list[web.RouteDef]:
        return self.api.routes()

    # -- people in their client ------------------------------------------------------------------

    async def say(self, who: str, to: str, text: str) -> str:
        other = self.client.other(who, to)
        chat = self.methods.dm(who, other)
        message = Message(str(uuid.uuid4()).upper(), who, text, self.methods.next_time(chat))
        self.core.world.post(chat, message)
        if other != BOT_JID:
            self.client.tell(*self.events.message(chat, message))
        elif self.tokens.installed:
            self.client.tell(*self.events.notification(self.client.account(who), text))
        return message.id

    async def edit(self, who: str, message: str, text: str) -> None:
        self.client.tell(*self.methods.rewrite(*self.client.own(who, message), text))

    async def delete(self, who: str, message: str) -> None:
        self.client.tell(*self.methods.erase(*self.client.own(who, message)))

    async def command(self, who: str, text: str, beside: str | None = None) -> None:
        """Types ``/mio text`` in the bot's conversation, or in the one with the colleague ``beside``."""
        account = self.client.account(who)
        if not self.tokens.installed:
            raise Bad("/mio is not a valid command: the app is not installed")
        place = self.client.account(beside).extra["jid"] if beside else None
        for hook in self.events.notification(account, text, place):
            await self.core.hooks.answered(hook)

    def _card(self, who: str, message: str) -> Message:
        chat = self.methods.known(who, BOT_JID)
        found = chat.by_id.get(message) if chat else None
        if found is None or found.deleted or "content" not in found.native:
            raise Bad(f"no card {message} in the bot's chat")
        return found

    async def _act(self, account: Account, card: Message, kind: str, more: dict[str, Any]) -> None:
        hooks = self.events.interaction(account, card, kind, more, self.chatbot.slot(account))
        card.native["pressed"] = True
        for hook in hooks:
            await self.core.hooks.answered(hook)

    async def press(self, who: str, message: str, button: str) -> str | None:
        account, card = self.client.account(who), self._card(who, message)
        for shown in cards.buttons(card.native["content"]):
            if shown["label"] == button:
                if shown["item"] is None:
                    return str(shown["url"])
                if shown["item"].get("style") == "Disabled":
                    raise Bad(f"the button “{button}” is disabled")
                item = {k: shown["item"][k] for k in ("text", "value")}
                await self._act(account, card, "actions", {"actionItem": item})
                return None
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        account, card = self.client.account(who), self._card(who, message)
        for item in cards.options(card.native["content"]):
            if item["text"] == option:
                await self._act(account, card, "select", {"selectedItems": [{"value": item["value"]}]})
                return
        raise Bad(f"no option “{option}” on that card")

    async def fill(self, who: str, message: str, field: str, text: str) -> None:
        """Writes into an editable field of a card."""
        account, card = self.client.account(who), self._card(who, message)
        for item in cards.fields(card.native["content"]):
            if item["key"] == field:
                edit = {"key": field, "currentValue": item["value"], "newValue": text}
                await self._act(account, card, "fields_editable", {"fieldEditItem": edit})
                return
        raise Bad(f"no field “{field}” to write into on that card")

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self.methods.known(who, BOT_JID if other == "bot" else other)
        if chat is None:
            return []
        chat.read[who] = len(chat.messages)
        return [self._shown(m) for m in chat.messages if not m.deleted]

    def _shown(self, message: Message) -> dict[str, Any]:
        content = message.native.get("content")
        return {
            "id": message.id,
            "from": message.author,
            "from_name": self.core.world.accounts["zoom"][message.author].name,
            "text": message.text,
            "at": message.at,
            "edited": message.edited,
            "by_app": message.by_app,
            "card": content,
            "lines": cards.lines(content) if content else [],
            "buttons": [{"label": b["label"], "url": b["url"]} for b in cards.buttons(content)] if content else [],
            "choices": [o["text"] for o in cards.options(content)] if content else [],
        }

    def chats(self, who: str) -> list[dict[str, Any]]:
        return self.client.chats(who)

    def block(self, who: str, other: str) -> None:
        """``who`` takes no more messages from ``other``."""
        self.methods.blocked.add((self.client.account(who).id, self.client.account(other).id))

    # -- people and the apps come and go ---------------------------------------------------------

    async def join(self, name: str, email: str) -> str:
        """Somebody new who can chat at once (provisioned by single sign-on); their id."""
        account = self._new(name, email)
        self.client.tell(*self.events.user("created", account, creation_type="ssoCreate"))
        return account.id

    async def invite(self, name: str, email: str) -> str:
        """Somebody new who has not accepted yet: pending, without chat."""
        account = self._new(name, email, pending=True)
        self.client.tell(*self.events.user("created", account, creation_type="create"))
        return account.id

    async def accept(self, who: str) -> None:
        account = self.client.known(who)
        if account.active or "pending" not in account.extra:
            raise Bad(f"{account.name} has no open invitation")
        self.core.world.change(account, active=True)
        self.client.tell(*self.events.user("invitation_accepted", account))

    async def outsider(self, name: str, email: str) -> str:
        """Somebody of another account who is a contact here; their id."""
        return self._new(name, email, guest=True).id

    def _new(self, name: str, email: str, **kept: Any) -> Account:
        account = _account(name, email, **kept)
        self.client.join(account, **kept)
        self.directory.known(account)
        return account

    async def change(self, who: str, **values: Any) -> None:
        """Name, e-mail, admin, zone or active of an account change, and app A is told."""
        account, before = self.client.change(who, values)
        if "active" in before:
            del before["active"]
            kind = "activated" if account.active else "deactivated"
            if not account.active:
                self.tokens.drop_user(who, "A", "B")
            self.client.tell(*self.events.user(kind, account))
        if before:
            self.client.tell(*self.events.updated(account, before))

    async def deactivate(self, who: str) -> None:
        self.client.account(who)
        await self.change(who, active=False)

    async def revoke(self, who: str) -> None:
        """The person removes app B."""
        if self.tokens.drop_user(who, "B"):
            self.client.tell(*self.events.deauthorized("B", who))

    async def uninstall(self) -> None:
        """An administrator removes app A from the account."""
        for giver in self.tokens.uninstall() or [a.id for a in self.core.world.accounts["zoom"].values() if a.admin]:
            self.client.tell(*self.events.deauthorized("A", giver))

    def approve(self, app: str, approved: bool) -> None:
        """An administrator takes the approval of an app back, or gives it again."""
        if approved:
            self.tokens.unapproved.discard(app)
        else:
            self.tokens.unapproved.add(app)


def _account(name: str, email: str, admin: bool = False, pending: bool = False, guest: bool = False) -> Account:
    """The same ids for an address in every sandbox."""
    words, native = stable("zoom", email), native_id(email)
    extra = {"jid": f"{native.lower()}@xmpp.zoom.us", "member": f"mbr{words[21:33]}"}
    if pending:
        extra["pending"] = "1"
    return Account("zoom", native, name, email, admin=admin, active=not pending, guest=guest, extra=extra)


def native_id(email: str) -> str:
    words = stable("zoom", email)
    return "Z" + words[:10] + words[10:21].upper()
