"""The Zoom account: HTTP in, events out, and what people do in their client."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from sandbox.consent import page
from sandbox.core import Bad, Core, guarded, swallow
from sandbox.webhooks import Hook
from sandbox.world import Account, Message, people, stable
from sandbox.zoom import cards
from sandbox.zoom.events import Events
from sandbox.zoom.methods import Methods, user_shape
from sandbox.zoom.tokens import ACCOUNT, APPS, BOT_JID, SCOPES, Code, Token, Tokens, ZoomFault

# developers.zoom.us/docs/api/rate-limits, calls a second of a Pro account
LABELS = {"light": 30, "medium": 20}


class Zoom:
    name = "zoom"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self._people(count)
        self.tokens = Tokens(core)
        self.events = Events(core, self.tokens)
        self.methods = Methods(core, self.tokens)

    def _people(self, count: int) -> None:
        world = self.core.world
        world.add(Account("zoom", BOT_JID, "Mio", "", bot=True, extra={"jid": BOT_JID, "member": "mbr-bot"}))
        for number, name, email in people(count, "zoom"):
            words = stable("zoom", email)
            native = "Z" + words[:10] + words[10:21].upper()
            extra = {"jid": f"{native.lower()}@xmpp.zoom.us", "member": f"mbr{words[21:33]}"}
            world.add(Account("zoom", native, name, email, admin=number == 0, extra=extra))

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
        def api(handler: Callable[[web.Request], Any]) -> Any:
            return guarded(self.core, "zoom", _answering(handler), _broken)

        return [
            web.get("/zoom/oauth/authorize", self.authorize),
            web.post("/zoom/oauth/authorize", self.decided),
            web.post("/zoom/oauth/token", api(self.token)),
            web.post("/zoom/oauth/revoke", api(self.revoked)),
            web.get("/zoom/v2/users", api(self.users)),
            web.get("/zoom/v2/users/{user}", api(self.user)),
            web.get("/zoom/v2/roles", api(self.roles)),
            web.post("/zoom/v2/chat/users/{user}/messages", api(self.send)),
            web.get("/zoom/v2/chat/users/{user}/messages", api(self.listed)),
            web.get("/zoom/v2/chat/users/{user}/messages/{id}", api(self.one)),
            web.put("/zoom/v2/chat/users/{user}/messages/{id}", api(self.edit)),
            web.delete("/zoom/v2/chat/users/{user}/messages/{id}", api(self.delete)),
            web.post("/zoom/v2/im/chat/messages", api(self.card)),
            web.put("/zoom/v2/im/chat/messages/{id}", api(self.card)),
        ]

    # -- who calls -------------------------------------------------------------------------------

    def _caller(self, request: web.Request, scope: str, label: str) -> Token:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.tokens.check(bearer, scope)
        wait = self.core.limited("zoom", label, LABELS[label], 1.0)
        if wait is not None:
            raise ZoomFault(429, 429, "You have reached the maximum per-second rate limit for this API.")
        return token

    def _me(self, request: web.Request, scope: str) -> Token:
        """A person's call: user-managed apps say ``me``, nothing else."""
        token = self._caller(request, scope, "medium")
        if token.app != "B" or request.match_info["user"] != "me":
            raise ZoomFault(401, 124, "Invalid access token.")
        return token

    # -- OAuth -----------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> dict[str, Any]:
        app = self.tokens.app_of(request.headers.get("Authorization", ""))
        form = {k: str(v) for k, v in (await request.post()).items()}
        return self.tokens.grant(app, form)

    async def revoked(self, request: web.Request) -> dict[str, Any]:
        self.tokens.app_of(request.headers.get("Authorization", ""))
        value = str((await request.post()).get("token", ""))
        held = self.tokens.by_value.get(value)
        if held is not None:
            self.tokens.drop(held)
        return {"status": "success"}

    def _app(self, request: web.Request) -> str | None:
        return next((a for a, (c, _, _) in APPS.items() if c == request.query.get("client_id")), None)

    async def authorize(self, request: web.Request) -> web.Response:
        app = self._app(request)
        if app is None or not request.query.get("redirect_uri") or request.query.get("response_type") != "code":
            return web.Response(status=400, text="Invalid client_id, redirect_uri or response_type (4700)")
        accounts = [a for a in self.core.world.accounts["zoom"].values() if a.active and not a.bot]
        return page("Zoom", "Acme", SCOPES[app].split(), accounts, request.query.get("as"))

    async def decided(self, request: web.Request) -> web.Response:
        form, query, app = await request.post(), request.query, self._app(request)
        back, state = query.get("redirect_uri", ""), query.get("state", "")
        if app is None:
            return web.Response(status=400, text="Invalid client_id (4702)")
        if form.get("decision") != "allow":
            raise web.HTTPFound(f"{back}?{urlencode({'error': 'access_denied', 'state': state})}")
        account = self._account(str(form.get("user", "")))
        code = uuid.uuid4().hex
        challenge, method = query.get("code_challenge", ""), query.get("code_challenge_method", "plain")
        self.tokens.codes[code] = Code(app, account.id, back, challenge, method, self.core.clock.seconds())
        raise web.HTTPFound(f"{back}?{urlencode({'code': code, 'state': state})}")

    # -- directory -------------------------------------------------------------------------------

    async def users(self, request: web.Request) -> dict[str, Any]:
        self._caller(request, "user:read:list_users", "medium")
        return self.methods.users(dict(request.query))

    async def user(self, request: web.Request) -> dict[str, Any]:
        token = self._caller(request, "user:read:user", "light")
        wanted = request.match_info["user"]
        if wanted == "me" and not token.user:
            raise ZoomFault(400, 300, "This API does not support client credentials with me.")
        if token.app == "B" and wanted != "me":
            raise ZoomFault(401, 124, "Invalid access token.")
        return user_shape(self.methods.account(token.user if wanted == "me" else wanted), True)

    async def roles(self, request: web.Request) -> dict[str, Any]:
        self._caller(request, "role:read:list_roles", "medium")
        return self.methods.roles()

    # -- messages --------------------------------------------------------------------------------

    async def send(self, request: web.Request) -> tuple[int, dict[str, Any]]:
        token = self._me(request, "team_chat:write:user_message")
        chat, message = self.methods.send(token, await _json(request))
        faults, hooks = self.core.faults["zoom"], self.events.message(chat, message)
        for hook in hooks:
            if faults.echo_first:
                await asyncio.wait_for(asyncio.shield(self.core.hooks.answered(hook)), 4)
            else:
                self.core.hooks.send(hook)
        if faults.swallows():
            await swallow()
        return 201, {"id": message.id}

    async def listed(self, request: web.Request) -> dict[str, Any]:
        token = self._me(request, "team_chat:read:list_user_messages")
        return self.methods.listed(token, dict(request.query))

    async def one(self, request: web.Request) -> dict[str, Any]:
        token = self._me(request, "team_chat:read:user_message")
        return self.methods.one(token, request.match_info["id"], dict(request.query))

    async def edit(self, request: web.Request) -> tuple[int, None]:
        token = self._me(request, "team_chat:update:user_message")
        chat, message = self.methods.edit(token, request.match_info["id"], await _json(request))
        self._send(self.events.message(chat, message, "updated"))
        return 204, None

    async def delete(self, request: web.Request) -> tuple[int, None]:
        token = self._me(request, "team_chat:delete:user_message")
        chat, message = self.methods.delete(token, request.match_info["id"], dict(request.query))
        self._send(self.events.message(chat, message, "deleted"))
        return 204, None

    def _send(self, hooks: list[Hook]) -> None:
        for hook in hooks:
            self.core.hooks.send(hook)

    async def card(self, request: web.Request) -> tuple[int, dict[str, Any]]:
        self._caller(request, "imchat:bot", "medium")
        message = request.match_info.get("id")
        return (200 if message else 201), self.methods.card(await _json(request), message)

    # -- people in their client ------------------------------------------------------------------

    def _account(self, who: str) -> Account:
        account = self.core.world.accounts["zoom"].get(who)
        if account is None or not account.active:
            raise Bad(f"no active Zoom account {who}")
        return account

    async def say(self, who: str, to: str, text: str) -> str:
        account = self._account(who)
        other = BOT_JID if to == "bot" else self._account(to).id
        if other == who:
            raise Bad("nobody writes to themselves here")
        chat = self.methods.dm(who, other)
        message = Message(str(uuid.uuid4()).upper(), who, text, self.methods.next_time(chat))
        self.core.world.post(chat, message)
        if other == BOT_JID:
            self.core.hooks.send(self.events.notification(account, text))
        else:
            self._send(self.events.message(chat, message))
        return message.id

    async def command(self, who: str, text: str) -> None:
        await self.core.hooks.answered(self.events.notification(self._account(who), text))

    def _card(self, who: str, message: str) -> Message:
        found = self.methods.dm(who, BOT_JID).by_id.get(message)
        if found is None or "content" not in found.native:
            raise Bad(f"no card {message} in the bot's chat")
        return found

    async def press(self, who: str, message: str, button: str) -> str | None:
        account, card = self._account(who), self._card(who, message)
        for shown in cards.buttons(card.native["content"]):
            if shown["label"] == button:
                if shown["item"] is None:
                    return str(shown["url"])
                item = {k: shown["item"][k] for k in ("text", "value")}
                await self.core.hooks.answered(self.events.interaction(account, card, "actions", {"actionItem": item}))
                return None
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        account, card = self._account(who), self._card(who, message)
        for item in cards.options(card.native["content"]):
            if item["text"] == option:
                more = {"selectedItems": [{"value": item["value"]}]}
                await self.core.hooks.answered(self.events.interaction(account, card, "select", more))
                return
        raise Bad(f"no option “{option}” on that card")

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self.methods.dm(who, BOT_JID if other == "bot" else other)
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
        found = []
        for key in self.core.world.of["zoom"].get(who, ()):
            chat = self.core.world.chats["zoom"][key]
            other, last = chat.other(who), chat.messages[-1] if chat.messages else None
            row = {
                "with": "bot" if other == BOT_JID else other,
                "name": self.core.world.accounts["zoom"][other].name,
                "last": last.text[:80] if last else "",
                "unread": len(chat.messages) - chat.read.get(who, 0),
                "at": last.at if last else 0,
            }
            found.append(row)
        return sorted(found, key=lambda row: -float(str(row["at"])))

    async def revoke(self, who: str) -> None:
        self.tokens.drop_user(who)
        if not self.core.faults["zoom"].mean:
            self.core.hooks.send(self.events.deauthorized(who))

    async def deactivate(self, who: str) -> None:
        account = self._account(who)
        self.tokens.drop_user(who)
        self.core.world.change(account, active=False)
        self.core.hooks.send(self.events.user("deactivated", account))


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise ZoomFault(400, 300, "Request body is not valid JSON.")
    return body


def _answering(handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
    """A handler's value or fault as Zoom's HTTP answer."""

    async def handle(request: web.Request) -> web.Response:
        try:
            found = await handler(request)
        except ZoomFault as fault:
            headers = {"Retry-After": "1"} if fault.status == 429 else {}
            return _reply(fault.status, fault.body(), headers)
        except (TypeError, ValueError):
            return _reply(400, {"code": 300, "message": "Validation Failed."}, {})
        status, body = found if isinstance(found, tuple) else (200, found)
        return _reply(status, body, {})

    return handle


def _reply(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    raw = orjson.dumps(body) if body is not None else None
    tracked = {"x-zm-trackingid": uuid.uuid4().hex, **headers}
    return web.Response(body=raw, status=status, content_type="application/json", headers=tracked)


def _broken(status: int) -> web.Response:
    headers = {"Retry-After": "1"} if status == 429 else {}
    return _reply(status, {"code": status, "message": "The service is temporarily unavailable."}, headers)
