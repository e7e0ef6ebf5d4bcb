"""Where the bot reaches a person: the conversation they opened, or a first contact – installed, made, remembered.

Whoever removed the bot is left alone until they come back by themselves. Decides nothing else, never waits.
Source: learn.microsoft.com/microsoftteams/platform/graph-api/proactive-bots-and-messages.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.platform import Gone, NotAuthorised, Refused, TryLater
from platforms.teams.answers import Blocked, Conflict, NotInstalled
from platforms.teams.api import Api, path
from platforms.teams.graph import WRITE, Graph, items

REMOVED = "unreachable: the person removed the bot in Teams; it comes back when they add it and write to it"
BLOCKED = "unreachable: the person blocked the bot in Teams"
NOT_UPLOADED = "the Teams app is not in the organisation's catalogue: upload it there"
NOT_KNOWN = "Teams does not know the person"
NOT_ALLOWED = "Teams did not let the app be installed for the person: an app policy of the tenant, or no Teams licence"
NOT_THERE = "the Teams app is not installed for the person, and the bot lacks the permission to install it"
SETTLES = timedelta(seconds=5)
"""How long an installation may take until the bot is let in."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with the bot, and the connector's address for it."""

    conversation: str
    service: str


class Contacts:
    """Memory: ``talk:<user>`` is the newest address; where another process knows a newer one, the old costs a retry.

    ``left:<user>:<n>`` and ``back:<user>:<n>``: the person removed the bot for the n-th time, and came back. These are
    written once and never change, so no process can be wrong about them.
    """

    def __init__(self, api: Api, graph: Graph) -> None:
        self.api = api
        self.graph = graph
        self.memory = api.lent.memory
        self._catalogue: str | None = None

    # -- what activities tell --------------------------------------------------------------------

    async def met(self, user: str, conversation: str, service: str) -> None:
        """The person's own conversation; the newest address counts."""
        await self.memory.put(f"talk:{user}", json.dumps([conversation, service]))
        times, away = await self._left(user)
        if away:
            await self.memory.put(f"back:{user}:{times - 1}", "1")

    async def removed(self, user: str) -> None:
        times, away = await self._left(user)
        if not away:
            await self.memory.put(f"left:{user}:{times}", "1")

    async def _left(self, user: str) -> tuple[int, bool]:
        """How often the person removed the bot, and whether it is removed now."""
        times = 0
        while await self.memory.get(f"left:{user}:{times}"):
            times += 1
        return times, times > 0 and not await self.memory.get(f"back:{user}:{times - 1}")

    async def known(self, user: str) -> Talk | None:
        """Raises ``Blocked`` when the person took the bot out themselves: it does not come back unasked."""
        _, away = await self._left(user)
        if away:
            raise Blocked(REMOVED)
        row = await self.memory.get(f"talk:{user}")
        return Talk(*json.loads(row)) if row else None

    # -- first contact ---------------------------------------------------------------------------

    async def reach(self, user: str) -> Talk:
        """Install, then the conversation. Said again it finds what is there."""
        installed = await self._installed(user)
        fresh, why = (False, "") if installed else await self._install(user, installed is None)
        try:
            return await self._converse(user)
        except NotInstalled:
            if fresh:
                raise TryLater("the app was installed just now", SETTLES) from None
            raise Refused(why or NOT_THERE) from None

    async def _installed(self, user: str) -> bool | None:
        """None: without the permission to look nobody can tell."""
        query = {"$expand": "teamsApp", "$filter": f"teamsApp/externalId eq '{self.api.app}'"}
        try:
            return bool(items(await self.graph.app("GET", _installations(user), query=query)))
        except NotAuthorised:
            return None
        except Gone:
            raise Refused(NOT_KNOWN) from None

    async def _install(self, user: str, blind: bool) -> tuple[bool, str]:
        """Whether it was installed just now, and why not.

        Without the permission an administrator has to have done it: the conversation then shows whether they did.
        """
        try:
            catalogue = await self._app()
            await self._put(user, catalogue)
        except NotAuthorised:
            return False, NOT_THERE if blind or self._catalogue is None else NOT_ALLOWED
        except Conflict:
            return False, ""
        return True, ""

    async def _put(self, user: str, catalogue: str) -> None:
        body = {"teamsApp@odata.bind": f"{self.api.graph}/appCatalogs/teamsApps/{catalogue}"}
        try:
            await self.graph.app("POST", _installations(user), WRITE, json=body)
        except Gone:
            # The person is known, so it is the app that is gone: perhaps uploaded anew, under another id.
            self._catalogue = None
            if await self._app() == catalogue:
                raise Refused(NOT_UPLOADED) from None
            raise TryLater("the Teams app was uploaded anew", timedelta()) from None

    async def _app(self) -> str:
        """Our app's id in the organisation's catalogue; the manifest's own id is the app's."""
        if self._catalogue is None:
            query = {"$filter": f"externalId eq '{self.api.app}'", "$expand": "appDefinitions"}
            found = items(await self.graph.app("GET", "/appCatalogs/teamsApps", query=query))
            if not found or not isinstance(found[0].get("id"), str):
                raise Refused(NOT_UPLOADED)
            self._catalogue = found[0]["id"]
        return self._catalogue

    async def _converse(self, user: str) -> Talk:
        body = {
            "bot": {"id": f"28:{self.api.app}"},
            "isGroup": False,
            "members": [{"id": user}],
            "tenantId": self.api.tenant,
            "channelData": {"tenant": {"id": self.api.tenant}},
        }
        try:
            found = await self.api.connector(self.api.service, "POST", "/v3/conversations", "new", json=body)
        except Blocked:
            raise Blocked(BLOCKED) from None
        conversation = found.get("id")
        if not isinstance(conversation, str) or not conversation:
            raise Refused("the connector names no conversation")
        talk = Talk(conversation, self.api.service)
        await self.memory.put(f"talk:{user}", json.dumps([talk.conversation, talk.service]))
        return talk

    # -- sending ---------------------------------------------------------------------------------

    async def send(self, user: str, activity: dict[str, Any]) -> tuple[str, str]:
        """Conversation and id of a new activity. A conversation that is gone, or an app that is, is made once more."""
        talk = await self.known(user)
        if talk is not None:
            try:
                return talk.conversation, await self.post(talk, activity)
            except (Gone, NotInstalled):
                pass
        talk = await self.reach(user)
        try:
            return talk.conversation, await self.post(talk, activity)
        except Gone:
            # Nothing is left to do for a card that is gone, but this one never stood anywhere.
            raise Refused("the connector does not know the conversation it made") from None

    async def post(self, talk: Talk, activity: dict[str, Any], *, targeted: bool = False) -> str:
        place = path("v3", "conversations", talk.conversation, "activities")
        place += "?isTargetedActivity=true" if targeted else ""
        try:
            found = await self.api.connector(talk.service, "POST", place, talk.conversation, writes=True, json=activity)
        except Blocked:
            raise Blocked(BLOCKED) from None
        return str(found.get("id") or "")

    async def replace(self, user: str, conversation: str, native: str, activity: dict[str, Any]) -> None:
        """Raises ``Gone`` when there is nothing to be replaced."""
        talk = await self.known(user)
        service = talk.service if talk is not None else self.api.service
        place = path("v3", "conversations", conversation, "activities", native)
        try:
            await self.api.connector(service, "PUT", place, conversation, json=activity)
        except Blocked:
            raise Blocked(BLOCKED) from None


def _installations(user: str) -> str:
    return path("users", user, "teamwork", "installedApps")
