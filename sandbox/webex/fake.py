"""The Webex organisation put together, and what people do in their client: say, command, press, choose, look, leave.

Everything the bot hears of it goes out through webhooks that the bot made itself; nothing here calls the program.
"""

from typing import Any

from aiohttp import web

from sandbox.core import Bad, Core
from sandbox.webex import cards
from sandbox.webex.actions import Actions
from sandbox.webex.api import Api, Parts
from sandbox.webex.calls import Upload
from sandbox.webex.contents import Contents
from sandbox.webex.directory import Directory
from sandbox.webex.events import Events
from sandbox.webex.ids import fixed, iso
from sandbox.webex.messages import Messages
from sandbox.webex.oauth import PATH, REVOKE, Oauth
from sandbox.webex.registry import Registry
from sandbox.webex.rooms import Rooms
from sandbox.webex.text import plain
from sandbox.webex.tokens import BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, Tokens, WebexFault
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message, people

BOT_USER = fixed("PEOPLE", "bot")


class Webex:
    name = "webex"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self.bot = BOT_USER
        self.directory = Directory(core)
        self._people(count)
        self.tokens = Tokens(core, self.bot)
        self.oauth = Oauth(core, self.tokens)
        self.rooms = Rooms(core, self.directory)
        self.registry = Registry(core)
        self.events = Events(core, self.registry, self.rooms)
        self.contents = Contents(core)
        self.messages = Messages(core, self.directory, self.rooms, self.contents, self.events)
        self.actions = Actions(core, self.events)
        parts = Parts(self.directory, self.rooms, self.messages, self.contents, self.actions, self.registry)
        self.api = Api(core, self.tokens, parts)

    def _people(self, count: int) -> None:
        """Three teams with the administrator, and one without: whoever connects sees only their own."""
        world = self.core.world
        world.add(Account("webex", self.bot, "Mio", "mio@webex.bot", bot=True))
        everybody = []
        for number, name, email in people(count, "webex"):
            world.add(Account("webex", native_id(email), name, email, admin=number == 0))
            everybody.append(native_id(email))
        for name, email, more in OTHERS:
            world.add(Account("webex", native_id(email), name, email, **more))
        for native, row in self.core.keep.all("webex-joined"):
            status = {"status": row["status"]} if row["status"] else {}
            world.add(Account("webex", native, row["name"], row["email"], extra=status))
        boss, rest = everybody[:1], everybody[1:]
        moderator = (boss or [self.bot])[0]
        self.directory.add_team("Everybody", [*everybody, native_id("otto@acme.example")], moderator)
        self.directory.add_team("Sales", [*boss, *rest[::2]], moderator)
        self.directory.add_team("Support", [*boss, *rest[1::2]], moderator)
        self.directory.add_team("Choir", rest[:3], (rest or boss or [self.bot])[0])

    def settings(self) -> dict[str, str]:
        return {
            "MIO_WEBEX_BOT_TOKEN": BOT_TOKEN,
            "MIO_WEBEX_CLIENT_ID": CLIENT_ID,
            "MIO_WEBEX_CLIENT_SECRET": CLIENT_SECRET,
            "MIO_WEBEX_WEBHOOK_SECRET": "webex-webhook-secret",
            "MIO_WEBEX_API_URL": f"{self.core.url}{PATH}",
            "MIO_WEBEX_REVOKE_URL": f"{self.core.url}{REVOKE}",
        }

    def routes(self) -> list[web.RouteDef]:
        return [*self.oauth.routes(), *self.api.routes()]

    # -- people in their client ------------------------------------------------------------------

    def _account(self, who: str) -> Account:
        account = self.core.world.accounts["webex"].get(who)
        if account is None or not account.active or account.extra.get("status") == "pending":
            raise Bad(f"no active Webex account {who}")
        return account

    def _tell(self, hooks: list[Hook]) -> None:
        for hook in hooks:
            self.core.hooks.send(hook)

    async def say(
        self, who: str, to: str, text: str, html: str = "", parent: str = "", file: Upload | None = None
    ) -> str:
        """``html``: written with the client's formatting, which leaves no Markdown; ``parent``: a reply to that message."""
        message, hooks = self._say(who, to, text, html, parent, file)
        self._tell(hooks)
        return message.id

    def _say(
        self, who: str, to: str, text: str, html: str = "", parent: str = "", file: Upload | None = None
    ) -> tuple[Message, list[Hook]]:
        self._account(who)
        other = self.bot if to == "bot" else self._account(to).id
        if other == who:
            raise Bad("nobody writes to themselves here")
        before, native = self.rooms.known(who, other), {"html": html} if html else {}
        if parent:
            root = before.by_id.get(parent) if before else None
            if root is None or root.deleted:
                raise Bad(f"no message {parent} to reply to")
            native["parentId"] = root.native.get("parentId") or root.id
        chat = self.rooms.dm(who, other)
        if file is not None:
            native["file"] = self.contents.put(file, chat.id)
        return self.messages.add(chat, who, plain(html) if html else text, native)

    async def command(self, who: str, text: str) -> None:
        """Webex has no slash commands: plain words to the bot, until it was told."""
        _, hooks = self._say(who, "bot", text)
        await self._told(hooks)

    async def _told(self, hooks: list[Hook]) -> None:
        self._tell(hooks)
        for hook in hooks:
            if hook.done is not None:
                await hook.done

    def _own(self, who: str, message: str) -> tuple[Chat, Message]:
        self._account(who)
        for key in self.core.world.of["webex"].get(who, ()):
            chat = self.core.world.chats["webex"][key]
            found = chat.by_id.get(message)
            if found is not None and not found.deleted and found.author == who:
                return chat, found
        raise Bad(f"no message {message} of your own")

    async def edit(self, who: str, message: str, text: str) -> None:
        chat, found = self._own(who, message)
        try:
            self._tell(self.messages.rewrite(chat, found, text, {}))
        except WebexFault as fault:
            raise Bad(fault.message) from None

    async def delete(self, who: str, message: str) -> None:
        self._tell(self.messages.erase(*self._own(who, message)))

    # -- cards -----------------------------------------------------------------------------------

    def _card(self, who: str, message: str) -> tuple[Chat, Message]:
        self._account(who)
        chat = self.rooms.known(who, self.bot)
        found = chat.by_id.get(message) if chat else None
        if chat is None or found is None or found.deleted or not found.native.get("card"):
            raise Bad(f"no card {message} in the bot's chat")
        return chat, found

    async def _submit(self, who: str, message: str, action: dict[str, Any], filled: dict[str, str]) -> None:
        chat, card = self._card(who, message)
        try:
            inputs = cards.inputs(card.native["card"], filled, action.get("data"))
        except ValueError as fault:
            raise Bad(str(fault)) from None
        await self._told(self.actions.submit(chat, card, who, inputs)[1])

    async def press(self, who: str, message: str, button: str, **filled: str) -> str | None:
        """``filled``: what was put into the card's fields. A button with an address opens it, and nobody is told."""
        _, card = self._card(who, message)
        for action in cards.actions(card.native["card"]):
            if action.get("title") == button:
                if action["type"] == "Action.Submit":
                    await self._submit(who, message, action, filled)
                return action.get("url")
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        """A choice counts with the submit beside it: Continue, or the only one there is."""
        content = self._card(who, message)[1].native["card"]
        submits = [a for a in cards.actions(content) if a["type"] == "Action.Submit"]
        chosen = next((a for a in submits if a.get("title") == "Continue"), submits[0] if len(submits) == 1 else None)
        for element in cards.elements(content):
            for choice in element.get("choices", ()):
                if choice["title"] == option:
                    if chosen is None:
                        raise Bad("no button Continue on that card")
                    await self._submit(who, message, chosen, {element["id"]: choice["value"]})
                    return
        raise Bad(f"no option “{option}” on that card")

    # -- looking ---------------------------------------------------------------------------------

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self.rooms.known(who, self.bot if other == "bot" else other)
        if chat is None:
            return []
        chat.read[who] = len(chat.messages)
        return [self._shown(m) for m in chat.messages if not m.deleted]

    def _shown(self, message: Message) -> dict[str, Any]:
        card = message.native.get("card")
        return {
            "id": message.id,
            "from": message.author,
            "from_name": self.core.world.accounts["webex"][message.author].name,
            "text": message.text,
            "html": message.native.get("html", ""),
            "parent": message.native.get("parentId", ""),
            "at": message.at,
            "edited": message.edited,
            "deleted": False,
            "by_app": message.by_app,
            "card": card,
            "lines": cards.lines(card) if card else [],
            "buttons": cards.buttons(card) if card else [],
            "choices": cards.choices(card) if card else [],
        }

    def chats(self, who: str) -> list[dict[str, Any]]:
        found = []
        for key in self.core.world.of["webex"].get(who, ()):
            chat = self.core.world.chats["webex"][key]
            other, last = chat.other(who), chat.messages[-1] if chat.messages else None
            name = self.core.world.accounts["webex"][other].name
            unread = len(chat.messages) - chat.read.get(who, 0)
            row = {"with": "bot" if other == self.bot else other, "name": name, "unread": unread}
            found.append({**row, "last": last.text[:80] if last else "", "at": last.at if last else 0})
        return sorted(found, key=lambda row: -float(str(row["at"])))

    # -- people come and go ----------------------------------------------------------------------

    async def revoke(self, who: str) -> None:
        """On the person's own profile page: the tokens die, nobody is told, webhooks go on."""
        self._account(who)
        self.tokens.revoke_user(who)

    async def join(self, name: str, email: str) -> str:
        """Somebody new in the organisation; their id."""
        if email.lower() in self.core.world.emails["webex"]:
            raise Bad(f"{email} is here already")
        account = Account("webex", native_id(email), name, email)
        self.core.world.add(account)
        self.core.keep.put("webex-joined", account.id, {"name": name, "email": email, "status": ""})
        self.core.world.tell({"kind": "account", "platform": "webex", "id": account.id})
        return account.id

    async def change(self, who: str, **values: Any) -> None:
        """Name, e-mail, admin or active of an account change; nobody is told, the date of the change shows it."""
        account = self._account(who)
        account.extra["modified"] = iso(self.core.clock.seconds())
        self.core.world.change(account, **values)

    async def deactivate(self, who: str) -> None:
        """The account is shut; with the mean profile it is deleted, which ends its webhooks, too."""
        await self.change(who, active=False)
        self.tokens.revoke_user(who)
        if self.core.faults["webex"].mean:
            self.registry.creator_deleted(who)

    async def uninstall(self) -> None:
        """The integration is deleted: every grant ends, and nobody is told. The bot has a token of its own."""
        self.tokens.end_all()


OTHERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Gail Guest", "gail@partner.example", {"guest": True}),
    ("Otto Gone", "otto@acme.example", {"active": False}),
    ("Ina Invited", "ina@acme.example", {"extra": {"status": "pending"}}),
    ("Vic Visitor", "vic@appid.ciscospark.com", {"extra": {"type": "appuser"}}),
    ("Build Robot", "build@webex.bot", {"bot": True}),
)
"""Whom an import must tell apart: another organisation's, shut out, not arrived yet, a guest account, a bot."""


def native_id(email: str) -> str:
    """The person id that this address has in every sandbox."""
    return fixed("PEOPLE", email.lower())
