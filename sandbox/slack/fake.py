"""The Slack workspace: HTTP in, events out, and what people do in their client."""

import asyncio
import base64
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from sandbox.consent import page
from sandbox.core import Bad, Core, Params, guarded, swallow
from sandbox.slack import blocks
from sandbox.slack.events import TEAM, Events
from sandbox.slack.methods import Methods, user_shape
from sandbox.slack.tokens import BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, SlackFault, Tokens
from sandbox.world import Account, Chat, Message, people, stable

# docs.slack.dev/apis/web-api/rate-limits, calls a minute
TIERS = {"users.list": 20, "conversations.open": 50, "conversations.info": 50, "conversations.history": 50}
TIERS |= {"chat.update": 50, "chat.delete": 50, "auth.revoke": 50, "users.lookupByEmail": 50, "users.info": 100}


class Slack:
    name = "slack"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self.bot = "U0MIOBOT"
        self._people(count)
        self.tokens = Tokens(core, self.bot)
        self.events = Events(core, self.tokens, self.bot)
        self.methods = Methods(core, self.tokens, self.bot)

    def _people(self, count: int) -> None:
        world = self.core.world
        world.add(Account("slack", self.bot, "Mio", "", bot=True))
        for number, (name, email, platforms) in enumerate(people(count)):
            if "slack" in platforms:
                native = "U" + stable("slack", email)[:9].upper()
                world.add(Account("slack", native, name, email, admin=number == 0))
        world.add(Account("slack", "U0GUEST01", "Gail Guest", "gail@partner.example", guest=True))
        world.add(Account("slack", "U0GONE001", "Otto Gone", "otto@acme.example", active=False))
        world.add(Account("slack", "U0ROBOT01", "Build Robot", "", bot=True))

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
        api = guarded(self.core, "slack", self.api, _broken)
        return [
            web.route("*", "/slack/api/{method}", api),
            web.get("/slack/oauth/v2/authorize", self.authorize),
            web.post("/slack/oauth/v2/authorize", self.decided),
        ]

    # -- the Web API -----------------------------------------------------------------------------

    async def api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        try:
            if method == "oauth.v2.access":
                return _ok(self._access(request, args))
            found = self.methods.table.get(method)
            if found is None:
                raise SlackFault("unknown_method")
            bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            token = self.tokens.check(bearer or str(args.get("token", "")), found[0])
            wait = self._limited(method, args)
            if wait is not None:
                return _broken(429, wait)
            answer = found[1](token, args)
        except SlackFault as fault:
            return _fault(fault)
        except (TypeError, ValueError):
            return _fault(SlackFault("invalid_arguments"))
        posted = answer.pop("_posted", None)
        if posted is not None:
            await self._echo(*posted)
        return _ok(answer, token.scopes)

    def _limited(self, method: str, args: Params) -> float | None:
        if method == "chat.postMessage":
            return self.core.limited("slack", f"post:{args.get('channel')}", 12, 10.0)
        return self.core.limited("slack", method, TIERS[method], 60.0) if method in TIERS else None

    async def _echo(self, chat: Chat, message: Message) -> None:
        """The post comes back as an event; with faults, before the answer, or instead of it."""
        faults = self.core.faults["slack"]
        hook = self.events.message(chat, message)
        if hook is not None and faults.echo_first:
            await asyncio.wait_for(asyncio.shield(self.core.hooks.answered(hook)), 4)
        elif hook is not None:
            self.core.hooks.send(hook)
        if message.author != self.bot and faults.swallows():
            await swallow()

    def _access(self, request: web.Request, args: Params) -> dict[str, Any]:
        """``oauth.v2.access``: code or refresh token, with the app's credentials."""
        client, secret = str(args.get("client_id", "")), str(args.get("client_secret", ""))
        header = request.headers.get("Authorization", "")
        if header.startswith("Basic "):
            client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        if client != CLIENT_ID:
            raise SlackFault("invalid_client_id")
        if secret != CLIENT_SECRET:
            raise SlackFault("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            token = self.tokens.renew(str(args.get("refresh_token", "")))
            return {**self.tokens.answer(token), "app_id": "A0MIO", "user_id": token.user, "team": {"id": TEAM}}
        code, token = self.tokens.exchange(str(args.get("code", "")), str(args.get("redirect_uri", "")))
        found: dict[str, Any] = {"app_id": "A0MIO", "team": {"id": TEAM, "name": "Acme"}, "enterprise": None}
        found["is_enterprise_install"] = False
        if token.kind == "user":
            return {**found, "authed_user": {"id": code.user, **self.tokens.answer(token)}}
        return {**found, **self.tokens.answer(token), "bot_user_id": self.bot, "authed_user": {"id": code.user}}

    # -- consent ---------------------------------------------------------------------------------

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("client_id") != CLIENT_ID or not query.get("redirect_uri"):
            return web.Response(status=400, text="invalid client_id or redirect_uri")
        scopes = (query.get("user_scope") or query.get("scope") or "").split(",")
        accounts = [a for a in self.core.world.accounts["slack"].values() if a.active and not a.bot]
        return page("Slack", "Acme", scopes, accounts, query.get("as"))

    async def decided(self, request: web.Request) -> web.Response:
        form, query = await request.post(), request.query
        back = query.get("redirect_uri", "")
        if form.get("decision") != "allow":
            raise web.HTTPFound(f"{back}?{urlencode({'error': 'access_denied', 'state': query.get('state', '')})}")
        user = str(form.get("user", ""))
        account = self.core.world.accounts["slack"].get(user)
        if account is None or not account.active:
            return web.Response(status=400, text="no such account")
        code = self.tokens.new_code(user, query.get("scope", ""), query.get("user_scope", ""), back)
        raise web.HTTPFound(f"{back}?{urlencode({'code': code, 'state': query.get('state', '')})}")

    # -- people in their client ------------------------------------------------------------------

    def _account(self, who: str) -> Account:
        account = self.core.world.accounts["slack"].get(who)
        if account is None or not account.active:
            raise Bad(f"no active Slack account {who}")
        return account

    async def say(self, who: str, to: str, text: str) -> str:
        self._account(who)
        other = self.bot if to == "bot" else self._account(to).id
        if other == who:
            raise Bad("nobody writes to themselves here")
        chat, at = self.methods.dm(who, other), self.methods.next_ts()
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        native = {"blocks": [{"type": "rich_text", "block_id": "x", "elements": [section]}]}
        message = Message(at, who, escaped, float(at), native)
        self.core.world.post(chat, message)
        hook = self.events.message(chat, message)
        if hook is not None:
            self.core.hooks.send(hook)
        return at

    async def command(self, who: str, text: str) -> None:
        account = self._account(who)
        chat = self.methods.dm(who, self.bot)
        url = f"{self.core.url}/slack/hooks/commands/{who}"
        hook = self.events.command(who, account.name.split()[0].lower(), chat.id, text, url)
        status, body = await self.core.hooks.answered(hook)
        words = "" if status == 200 else f"/mio failed because the app did not respond ({status})"
        if status == 200 and body.startswith(b"{"):
            words = str(orjson.loads(body).get("text", ""))
        if words:
            at = self.methods.next_ts()
            self.core.world.post(chat, Message(at, self.bot, words, float(at), by_app=True, only=who))

    def _card(self, who: str, message: str) -> tuple[Chat, Message]:
        chat = self.methods.dm(who, self.bot)
        found = chat.by_id.get(message)
        if found is None or found.deleted:
            raise Bad(f"no message {message} in the bot's chat")
        return chat, found

    async def press(self, who: str, message: str, button: str) -> str | None:
        account = self._account(who)
        chat, found = self._card(who, message)
        for block, element in blocks.elements(found.native.get("blocks", [])):
            if element["type"] == "button" and element["text"]["text"] == button:
                hook = self.events.press(who, account.name, chat, found, block, element)
                await self.core.hooks.answered(hook)
                url: str | None = element.get("url")
                return url
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        account = self._account(who)
        chat, found = self._card(who, message)
        for block, element in blocks.elements(found.native.get("blocks", [])):
            for item in element.get("options", ()):
                if item["text"]["text"] == option:
                    action = {k: element[k] for k in ("type", "action_id")} | {"selected_option": item}
                    await self.core.hooks.answered(self.events.press(who, account.name, chat, found, block, action))
                    return
        raise Bad(f"no option “{option}” on that card")

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self.methods.dm(who, self.bot if other == "bot" else other)
        chat.read[who] = len(chat.messages)
        return [self._shown(m) for m in chat.messages if not m.deleted and m.only in (None, who)]

    def _shown(self, message: Message) -> dict[str, Any]:
        drawn = message.native.get("blocks", [])
        card = [b for b in drawn if b["type"] != "rich_text"]
        elements = [e for _, e in blocks.elements(card)]
        words = message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return {
            "id": message.id,
            "from": message.author,
            "from_name": self.core.world.accounts["slack"][message.author].name,
            "text": words,
            "at": message.at,
            "edited": message.edited,
            "by_app": message.by_app,
            "card": card or None,
            "lines": blocks.lines(card),
            "buttons": [{"label": e["text"]["text"], "url": e.get("url")} for e in elements if e["type"] == "button"],
            "choices": [o["text"]["text"] for e in elements for o in e.get("options", ())],
        }

    def chats(self, who: str) -> list[dict[str, Any]]:
        found = []
        for key in self.core.world.of["slack"].get(who, ()):
            chat = self.core.world.chats["slack"][key]
            other = chat.other(who)
            name = self.core.world.accounts["slack"][other].name
            last = chat.messages[-1] if chat.messages else None
            unread = len(chat.messages) - chat.read.get(who, 0)
            shown = "bot" if other == self.bot else other
            row = {"with": shown, "name": name, "last": last.text[:80] if last else "", "unread": unread}
            found.append({**row, "at": last.at if last else 0})
        return sorted(found, key=lambda row: -float(str(row["at"])))

    async def revoke(self, who: str) -> None:
        self.tokens.revoke_user(who)
        event = {"type": "tokens_revoked", "tokens": {"oauth": [who], "bot": []}}
        self.core.hooks.send(self.events.event("team", event, (self.bot, True)))

    async def deactivate(self, who: str) -> None:
        account = self._account(who)
        self.tokens.revoke_user(who)
        self.core.world.change(account, active=False)
        event = {"type": "user_change", "user": user_shape(account, True), "cache_ts": 0}
        self.core.hooks.send(self.events.event("team", event, (self.bot, True)))


async def _arguments(request: web.Request) -> Params:
    """Query, form and JSON alike."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = orjson.loads(await request.read() or b"{}")
        except orjson.JSONDecodeError:
            body = {}
        found.update(body if isinstance(body, dict) else {})
    elif request.method == "POST":
        for key, value in (await request.post()).items():
            found[key] = value
        if isinstance(found.get("blocks"), str):
            found["blocks"] = orjson.loads(found["blocks"])
    return found


def _ok(answer: dict[str, Any], scopes: str = "") -> web.Response:
    headers = {"x-oauth-scopes": scopes} if scopes else {}
    return web.Response(body=orjson.dumps({"ok": True, **answer}), content_type="application/json", headers=headers)


def _fault(fault: SlackFault) -> web.Response:
    extra = dict(fault.extra)
    messages = extra.pop("messages", None)
    if messages:
        return _json({"ok": False, "error": fault.code, "response_metadata": {"messages": [messages]}}, 200)
    return _json({"ok": False, "error": fault.code, **extra}, 200)


def _broken(status: int, wait: float = 1.0) -> web.Response:
    if status == 429:
        return _json({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(max(1, round(wait)))})
    return web.Response(status=status, text="<html>Slack is having trouble</html>", content_type="text/html")


def _json(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers or {})
