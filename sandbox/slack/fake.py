"""The Slack workspace put together, and what people do in their client: say, command, press, choose, look, leave.

Everything the app hears of it goes out as signed webhooks; nothing here calls the program in another way.
"""

from typing import Any

import orjson
from aiohttp import web

from sandbox.client import Client
from sandbox.core import Bad, Core
from sandbox.slack import blocks, mentions
from sandbox.slack.api import Api
from sandbox.slack.directory import user_shape
from sandbox.slack.events import Events
from sandbox.slack.home import Homes
from sandbox.slack.methods import Methods
from sandbox.slack.oauth import Oauth
from sandbox.slack.responses import Responses, Slot
from sandbox.slack.tokens import BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, SlackFault, Tokens
from sandbox.world import Account, Chat, Message, people, stable

BOT_USER = "U0MIOBOT"


class Slack:
    name = "slack"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self.bot = BOT_USER
        self.client = Client(core, self.name, self.bot)
        self._names: dict[str, str] = {}
        self._people(count)
        self.tokens = Tokens(core, self.bot)
        self.events = Events(core, self.tokens, self.bot)
        self.homes = Homes(core)
        self.methods = Methods(core, self.tokens, self.events, self.homes)
        self.oauth = Oauth(core, self.tokens, self.bot)
        self.api = Api(core, self.tokens, self.methods, self.oauth)
        self.responses = Responses(core, self.methods)

    def _people(self, count: int) -> None:
        self._add(Account("slack", self.bot, "Mio", "", bot=True))
        for number, name, email in people(count, "slack"):
            self._add(Account("slack", native_id(email), name, email, admin=number == 0))
        self._add(Account("slack", "U0GUEST01", "Gail Guest", "gail@partner.example", guest=True))
        self._add(Account("slack", "U0GONE001", "Otto Gone", "otto@acme.example", active=False))
        self._add(Account("slack", "U0ROBOT01", "Build Robot", "", bot=True))
        for native, row in self.client.joined():
            self._add(Account("slack", native, row["name"], row["email"]))

    def _add(self, account: Account) -> None:
        self.core.world.add(account)
        self._called(account)

    def _called(self, account: Account) -> None:
        """Full name, and the user name for the first who has it."""
        self._names[account.name.lower()] = account.id
        self._names.setdefault(account.name.split()[0].lower(), account.id)

    def settings(self) -> dict[str, str]:
        return {
            "MIO_SLACK_CLIENT_ID": CLIENT_ID,
            "MIO_SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "MIO_SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "MIO_SLACK_BOT_TOKEN": BOT_TOKEN,
            "MIO_SLACK_API_URL": f"{self.core.url}/slack/api/",
            "MIO_SLACK_AUTHORIZE_URL": f"{self.core.url}/slack/oauth/v2/authorize",
        }

    def routes(self) -> list[web.RouteDef]:
        return [*self.api.routes(), *self.oauth.routes(), *self.responses.routes()]

    # -- people in their client ------------------------------------------------------------------

    async def say(self, who: str, to: str, text: str) -> str:
        chat, at = self.methods.dm(who, self.client.other(who, to)), self.methods.next_ts()
        escaped, drawn = _typed(text)
        message = Message(at, who, escaped, float(at), {"blocks": drawn})
        self.core.world.post(chat, message)
        self.client.tell(self.events.message(chat, message))
        return at

    async def edit(self, who: str, message: str, text: str) -> None:
        chat, found = self.client.own(who, message)
        self.client.tell(self.methods.rewrite(chat, found, *_typed(text), by_person=True))

    async def delete(self, who: str, message: str) -> None:
        self.client.tell(self.methods.erase(*self.client.own(who, message)))

    async def command(self, who: str, text: str) -> None:
        """Types ``/mio text`` in the bot's conversation; what comes back at once is shown to this person only."""
        account = self.client.account(who)
        if not self.tokens.installed:
            raise Bad("/mio is not a valid command: the app is not installed")
        chat = self.methods.dm(who, self.bot)
        hook = self.events.command(
            who,
            account.name.split()[0].lower(),
            chat.id,
            mentions.escape(text, self._find),
            self.responses.address("commands", who, chat),
        )
        status, body = await self.core.hooks.answered(hook)
        if status != 200:
            words = f"/mio failed because the app did not respond ({status})"
            self.methods.whisper(chat, who, words, [])
        elif body.strip():
            self._answered(Slot(who, chat, None, 0.0), body)

    def _answered(self, slot: Slot, body: bytes) -> None:
        """JSON with text or blocks, or plain words."""
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            said = {"text": body.decode("utf-8", "replace")}
        if isinstance(said, dict) and (said.get("text") or said.get("blocks")):
            try:
                self.responses.show(slot, said)
            except SlackFault as fault:
                self.methods.whisper(slot.chat, slot.user, f"/mio failed with the error “{fault.code}”", [])

    def _find(self, name: str) -> tuple[str, str] | None:
        native = self._names.get(name)
        if native is None:
            return None
        return native, self.core.world.accounts["slack"][native].name.split()[0].lower()

    def _card(self, who: str, message: str) -> tuple[Chat, Message]:
        chat = self.methods.known(who, self.bot)
        found = chat.by_id.get(message) if chat else None
        if chat is None or found is None or found.deleted or found.only not in (None, who):
            raise Bad(f"no message {message} in the bot's chat")
        return chat, found

    async def _act(self, account: Account, chat: Chat, card: Message, block: str, action: dict[str, Any]) -> None:
        url = self.responses.address("actions", account.id, chat, card)
        name = account.name.split()[0].lower()
        hook = self.events.press(account.id, name, chat, card, {**action, "block_id": block}, url)
        await self.core.hooks.answered(hook)

    async def press(self, who: str, message: str, button: str) -> str | None:
        account = self.client.account(who)
        chat, card = self._card(who, message)
        for block, element in blocks.elements(card.native.get("blocks", [])):
            if element["type"] == "button" and element["text"]["text"] == button:
                action: dict[str, Any] = {
                    k: element[k] for k in ("type", "action_id", "text", "value", "style") if k in element
                }
                await self._act(account, chat, card, block, action)
                url: str | None = element.get("url")
                return url
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        """Of several, choosing one that is chosen drops it."""
        account = self.client.account(who)
        chat, card = self._card(who, message)
        for block, element in blocks.elements(card.native.get("blocks", [])):
            for item in element.get("options", ()):
                if item["text"]["text"] == option:
                    action = {"type": element["type"], "action_id": element["action_id"], **_selected(element, item)}
                    await self._act(account, chat, card, block, action)
                    return
        raise Bad(f"no option “{option}” on that card")

    async def fill(self, who: str, message: str, label: str, text: str) -> None:
        """Types into the card's input of that label and presses Enter."""
        account = self.client.account(who)
        chat, card = self._card(who, message)
        for block in card.native.get("blocks", []):
            if block["type"] == "input" and block["label"]["text"] == label:
                element = block["element"]
                action = {"type": element["type"], "action_id": element["action_id"], "value": text}
                await self._act(account, chat, card, str(block.get("block_id", "")), action)
                return
        raise Bad(f"no input “{label}” on that card")

    async def open_home(self, who: str) -> dict[str, Any] | None:
        """The Home tab as last published; opening it tells the app."""
        account = self.client.account(who)
        chat, view = self.methods.dm(who, self.bot), self.homes.views.get(who)
        self.client.tell(self.events.home_opened(account.id, chat.id, view, self.methods.next_ts()))
        return view

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self.methods.known(who, self.bot if other == "bot" else other)
        if chat is None:
            return []
        chat.read[who] = len(chat.messages)
        return [self._shown(m) for m in chat.messages if not m.deleted and m.only in (None, who)]

    def _shown(self, message: Message) -> dict[str, Any]:
        drawn = message.native.get("blocks", [])
        card = [b for b in drawn if b["type"] != "rich_text"]
        elements = [e for _, e in blocks.elements(card)]
        words = message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        name = message.native.get("username") or self.core.world.accounts["slack"][message.author].name
        return {
            "id": message.id,
            "from": message.author,
            "from_name": name,
            "text": words,
            "at": message.at,
            "edited": message.edited,
            "deleted": False,
            "by_app": message.by_app,
            "card": card or None,
            "lines": blocks.lines(card),
            "buttons": [{"label": e["text"]["text"], "url": e.get("url")} for e in elements if e["type"] == "button"],
            "choices": [o["text"]["text"] for e in elements for o in e.get("options", ())],
            "inputs": [b["label"]["text"] for b in card if b["type"] == "input"],
        }

    def chats(self, who: str) -> list[dict[str, Any]]:
        return self.client.chats(who)

    # -- people and the app come and go ----------------------------------------------------------

    async def revoke(self, who: str) -> None:
        self.tokens.revoke_user(who)
        self.client.tell(self.events.tokens_revoked([who], []))

    async def uninstall(self) -> None:
        """An admin removes the app: every token dies, and the app is told twice."""
        gone = [
            self.events.tokens_revoked(self.tokens.uninstall(), [self.bot], True),
            self.events.team({"type": "app_uninstalled"}, True),
        ]
        for hook in reversed(gone) if self.core.faults["slack"].mean else gone:
            self.client.tell(hook)

    async def join(self, name: str, email: str) -> str:
        """Somebody new in the workspace; their id."""
        account = Account("slack", native_id(email), name, email)
        self.client.join(account)
        self._called(account)
        self.client.tell(self.events.team({"type": "team_join", "user": user_shape(account, True)}))
        return account.id

    async def change(self, who: str, **values: Any) -> None:
        """Name, e-mail, admin, zone or active of an account change, and the app is told."""
        account, before = self.client.change(who, values)
        if not before:
            return
        if not account.active:
            self.tokens.revoke_user(who)
        self._called(account)
        stamp = int(self.core.clock.seconds())
        event = {"type": "user_change", "user": user_shape(account, True), "cache_ts": stamp}
        self.client.tell(self.events.team(event))

    async def deactivate(self, who: str) -> None:
        self.client.account(who)
        await self.change(who, active=False)


def _typed(text: str) -> tuple[str, list[dict[str, Any]]]:
    """What a client makes of typed words: escaped text, and the same as rich text."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped, [{"type": "rich_text", "block_id": "x", "elements": [section]}]


def _selected(element: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    if element["type"] != "multi_static_select":
        return {"selected_option": item}
    before = element.get("initial_options", [])
    return {"selected_options": [o for o in before if o != item] if item in before else [*before, item]}


def native_id(email: str) -> str:
    """The user id that this address has in every sandbox."""
    return "U" + stable("slack", email)[:9].upper()
