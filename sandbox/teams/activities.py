"""What the channel tells the bot: activities to its messaging endpoint, signed by the Bot Framework's key.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication. Knows no cards.
"""

from datetime import UTC, datetime
from html import escape
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core
from sandbox.teams.installs import Installs
from sandbox.teams.keys import KeyRing
from sandbox.teams.tenant import APP_ID, BOT, TENANT, Group, mri
from sandbox.webhooks import Hook
from sandbox.world import Account

PATH = "/api/messages"
ISSUER, CHANNEL = "https://api.botframework.com", "msteams"
LIVES = 3_600
# How long the channel waits, for a message and for an invoke; both are open points of the vendor's pages.
PATIENCE, INVOKE_PATIENCE = 15.0, 10.0
RETRIES = (1.0, 5.0)


class Activities:
    def __init__(self, core: Core, installs: Installs) -> None:
        self.core = core
        self.installs = installs
        self.keys = KeyRing(core.keep, "bot-framework", (CHANNEL,))
        self.region = "emea"
        self._last = 0

    def routes(self) -> list[web.RouteDef]:
        at = "/teams/botframework/v1/.well-known"
        return [web.get(f"{at}/openidconfiguration", self.described), web.get(f"{at}/keys", self.published)]

    async def described(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{self.core.url}/teams/botframework/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def published(self, request: web.Request) -> web.Response:
        return web.json_response(self.keys.published())

    @property
    def service_url(self) -> str:
        return f"{self.core.url}/teams/connector/{self.region}/"

    def next_id(self) -> str:
        """Milliseconds, growing."""
        self._last = max(int(self.core.clock.seconds() * 1_000), self._last + 1)
        return str(self._last)

    # -- delivery --------------------------------------------------------------------------------

    def token(self) -> str:
        now = int(self.core.clock.seconds())
        claims = {"iss": ISSUER, "aud": APP_ID, "nbf": now, "exp": now + LIVES, "serviceurl": self.service_url}
        return self.keys.sign(claims)

    def hook(self, activity: dict[str, Any]) -> Hook:
        """Whether the channel repeats an activity that failed is an open point: mean never does. An invoke never is."""
        faults, invoke = self.core.faults["teams"], activity["type"] == "invoke"
        payload = orjson.dumps(activity)

        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {self.token()}"}
            return {**headers, "User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"}, payload

        delays = () if invoke or faults.mean else RETRIES
        patience = INVOKE_PATIENCE if invoke else PATIENCE
        order = f"bot:{activity['conversation']['id']}"
        return Hook(PATH, order, build, delays, False, faults, patience=patience)

    # -- shapes ----------------------------------------------------------------------------------

    def _envelope(self, kind: str, account: Account, activity_id: str) -> dict[str, Any]:
        now = self.core.clock.now()
        person = {"id": mri(account.id), "name": account.name, "aadObjectId": account.id}
        return {
            "type": kind,
            "id": activity_id,
            "timestamp": iso(now),
            "localTimestamp": iso(now),
            "channelId": CHANNEL,
            "serviceUrl": self.service_url,
            "from": person,
            "recipient": {"id": BOT, "name": "Mio"},
            "entities": [{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web"}],
            "locale": "en-GB",
        }

    def personal(self, kind: str, account: Account, activity_id: str, **more: Any) -> dict[str, Any]:
        """An activity of the person's own conversation with the bot."""
        conversation = self.installs.conversation(account.id)
        return {
            **self._envelope(kind, account, activity_id),
            "conversation": {"conversationType": "personal", "id": conversation, "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            **more,
        }

    def message(self, account: Account, activity_id: str, text: str) -> dict[str, Any]:
        """A copy of the text comes along as an attachment that is no file."""
        copy = {"contentType": "text/html", "content": f"<p>{escape(text, quote=False)}</p>"}
        said = {"textFormat": "plain", "text": text, "attachments": [copy]}
        return self.personal("message", account, activity_id, **said)

    def edited(self, account: Account, activity_id: str, text: str) -> dict[str, Any]:
        data = {"tenant": {"id": TENANT}, "eventType": "editMessage"}
        return {**self.message(account, activity_id, text), "type": "messageUpdate", "channelData": data}

    def erased(self, account: Account, activity_id: str) -> dict[str, Any]:
        data = {"tenant": {"id": TENANT}, "eventType": "softDeleteMessage"}
        return {**self.personal("messageDelete", account, activity_id), "channelData": data}

    def reacted(self, account: Account, activity_id: str, reaction: str, added: bool) -> dict[str, Any]:
        which = {"reactionsAdded" if added else "reactionsRemoved": [{"type": reaction}]}
        return self.personal("messageReaction", account, self.next_id(), replyToId=activity_id, **which)

    def in_team(self, kind: str, account: Account, group: Group, root: str, **more: Any) -> dict[str, Any]:
        """An activity of a thread in a team's channel; ``root`` is the thread's first message."""
        place = group.channel if kind != "message" else f"{group.channel};messageid={root}"
        data = {"team": {"id": group.channel, "aadGroupId": group.id, "name": group.name}, "tenant": {"id": TENANT}}
        where = {"conversationType": "channel", "isGroup": True, "id": place, "tenantId": TENANT}
        found = {**self._envelope(kind, account, root), "conversation": where}
        return {**found, "channelData": {**data, "channel": {"id": group.channel}}, **more}

    def mention(self, account: Account, group: Group, root: str, text: str) -> dict[str, Any]:
        at = "<at>Mio</at>"
        entity = {"type": "mention", "text": at, "mentioned": {"id": BOT, "name": "Mio"}}
        words = f"{at}&nbsp;{escape(text, quote=False)}"
        copy = {"contentType": "text/html", "content": f"<p>{words}</p>"}
        said = {"textFormat": "plain", "text": words, "attachments": [copy], "entities": [entity]}
        return self.in_team("message", account, group, root, **said)

    def slash(self, account: Account, group: Group, root: str, text: str) -> dict[str, Any]:
        """A native slash command: only the caller sees it. Whether the name stands in the text is an open point."""
        recipient = {"id": BOT, "name": "Mio", "isTargeted": True}
        words = text if self.core.faults["teams"].mean else f"/mio {text}"
        return self.in_team("message", account, group, root, text=words, textFormat="plain", recipient=recipient)

    def installed(self, account: Account, added: bool) -> list[dict[str, Any]]:
        """Both kinds come, in no promised order."""
        bot = [{"id": BOT}]
        change = {"membersAdded": bot} if added else {"membersRemoved": bot}
        update = self.personal("conversationUpdate", account, self.next_id(), **change)
        action = "add" if added else "remove"
        return [update, self.personal("installationUpdate", account, self.next_id(), action=action)]

    def team_joined(self, account: Account, group: Group) -> list[dict[str, Any]]:
        update = self.in_team("conversationUpdate", account, group, self.next_id(), membersAdded=[{"id": BOT}])
        update["channelData"]["eventType"] = "teamMemberAdded"
        return [update, self.in_team("installationUpdate", account, group, self.next_id(), action="add")]

    def execute(self, account: Account, card: str, action: dict[str, Any]) -> dict[str, Any]:
        value = {"action": action, "trigger": "manual"}
        more = {"name": "adaptiveCard/action", "replyToId": card, "value": value}
        return self.personal("invoke", account, f"f:{self.next_id()}", **more)

    def submit(self, account: Account, card: str, value: Any) -> dict[str, Any]:
        """A message without text."""
        return self.personal("message", account, self.next_id(), text=None, value=value, replyToId=card)


def iso(moment: datetime | float) -> str:
    """Milliseconds and a Z."""
    found = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int | float) else moment
    return found.strftime("%Y-%m-%dT%H:%M:%S.") + f"{found.microsecond // 1_000:03d}Z"
