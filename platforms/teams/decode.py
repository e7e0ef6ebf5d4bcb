"""Kept requests as events: activities of the channel, and what Graph tells of people's chats. Decides nothing.

May ask Microsoft for what a payload leaves out. Who an activity is from was proven before it was kept.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

from bot.events import ButtonPressed, CommandGiven, Event, Ignored
from bot.ids import ChannelId, NativeId
from bot.people import Account
from bot.platform import Gone, NotAuthorised, PlatformError, Refused, Undecodable
from bot.words import say
from cards import adaptive
from platforms.html import named
from platforms.teams.api import TEAMS, Api, path
from platforms.teams.contact import Contacts, Talk
from platforms.teams.desk import Desk, refreshes
from platforms.teams.members import Members, account_of
from platforms.teams.notifications import Notifications
from platforms.teams.shapes import Activity, Item, convert, moment
from platforms.teams.text import mentions

log = structlog.get_logger("mio.teams")

MOST_MENTIONED = 20


class Decoder:
    def __init__(self, api: Api, members: Members, contacts: Contacts, notifications: Notifications) -> None:
        self.api = api
        self.lent = api.lent
        self.members = members
        self.contacts = contacts
        self.notifications = notifications

    async def decode(self, body: bytes) -> Sequence[Event]:
        try:
            kept = msgspec.json.decode(body)
            kind, payload = kept["kind"], kept["payload"]
            tokens, heard = kept.get("tokens"), moment(kept.get("heard"))
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
            raise Undecodable("not a kept Teams request") from None
        match kind:
            case "activity":
                return await self._activity(convert(payload, Activity))
            case "notification":
                signed = tokens if isinstance(tokens, list) else []
                return await self.notifications.read(convert(payload, Item), signed, heard)
            case _:
                raise Undecodable("not a kept Teams request")

    async def _activity(self, activity: Activity) -> Sequence[Event]:
        kind = activity.type[:40]
        user = (activity.sender.aadObjectId or "").lower()
        if not user or not activity.tenants <= {self.api.tenant}:
            return [Ignored(TEAMS, "foreign", kind)]
        if not self.api.trusted(activity.serviceUrl):
            return [Ignored(TEAMS, "foreign host", kind)]
        if refreshes(activity):
            return [Ignored(TEAMS, "refresh", kind)]

        async def typed() -> Sequence[Event]:
            return [await self._command(activity, user)]

        async def pressed(data: Any) -> Sequence[Event]:
            return await self._pressed(activity, user, data)

        async def moved(here: bool) -> Sequence[Event]:
            return [await self._moved(activity, user, here)]

        return await Desk(typed, pressed, moved).turn(activity) or [Ignored(TEAMS, "nothing to do", kind)]

    def _at(self, activity: Activity) -> datetime:
        return moment(activity.timestamp) or self.lent.clock.now()

    async def _met(self, activity: Activity, user: str) -> None:
        if activity.personal:
            await self.contacts.met(user, activity.conversation.id, activity.serviceUrl)

    # -- commands --------------------------------------------------------------------------------

    async def _command(self, activity: Activity, user: str) -> Event:
        """In a place that others read the answer goes to the person alone, and a line is left behind."""
        await self._met(activity, user)
        actor = await self._actor(activity, user)
        if actor is None:
            return Ignored(TEAMS, "unknown user", activity.type[:40])
        words = await self._words(activity)
        if not activity.personal:
            await self._elsewhere(activity)
        return CommandGiven(actor, words, self._at(activity), not activity.personal)

    async def _actor(self, activity: Activity, user: str) -> Account | None:
        """With the time zone that the client tells."""
        zone = time_zone(activity)
        actor = await self._known(activity, user)
        return replace(actor, time_zone=zone) if actor is not None and zone is not None else actor

    async def _known(self, activity: Activity, user: str) -> Account | None:
        """As the directory knows them; before the tenant's consent as the connector does, who shows no roles."""
        try:
            return await self.members.lookup(user)
        except (NotAuthorised, Refused):
            pass
        found = await self._member(activity, activity.sender.id)
        if str(found.get("aadObjectId") or "").lower() != user:
            return None
        row = {"id": user, "displayName": found.get("name"), "mail": found.get("email")}
        guest = {"userType": "Guest"} if found.get("userRole") in ("guest", "anonymous") else {}
        return account_of(self.api, {**row, **guest, "userPrincipalName": found.get("userPrincipalName")})

    async def _member(self, activity: Activity, who: str) -> dict[str, Any]:
        """Somebody in the activity's conversation by the bot's own id for them; nothing when they are not there."""
        place = path("v3", "conversations", activity.conversation.id, "members", who)
        try:
            return await self.api.connector(activity.serviceUrl, "GET", place, activity.conversation.id)
        except (Refused, Gone):
            return {}

    async def _words(self, activity: Activity) -> str:
        """What was typed, with people mentioned as account ids, without the bot's name before it."""
        bot, found = f"28:{self.api.app}", activity.text or ""
        entities = activity.entities or []
        for words in mentions(entities, bot):
            # Never as a pattern: a name may hold what a pattern means something by.
            found = found.replace(words, " ", 1)
        others = [one for one in entities if one.get("type") == "mention" and not mentions([one], bot)]
        for entity in others[:MOST_MENTIONED]:
            name, mentioned = entity.get("text"), entity.get("mentioned")
            if isinstance(name, str) and name and name in found and isinstance(mentioned, dict):
                found = found.replace(name, await self._mentioned(activity, mentioned), 1)
        return bare(found, self.lent.command, self.lent.bot_name)

    async def _mentioned(self, activity: Activity, mentioned: dict[str, Any]) -> str:
        """An account where the connector knows whom the bot's own id means, else the name."""
        user, native = mentioned.get("aadObjectId"), mentioned.get("id")
        if not (isinstance(user, str) and user) and isinstance(native, str) and native.startswith("29:"):
            user = (await self._member(activity, native)).get("aadObjectId")
        if isinstance(user, str) and user:
            return f"@account:{self.api.account(user)}"
        return named("", html.escape(str(mentioned.get("name") or "somebody"), quote=False))

    async def _elsewhere(self, activity: Activity) -> None:
        """One line where they typed, seen by them alone if their command was; the answer itself is private."""
        targeted = bool(activity.recipient and activity.recipient.isTargeted)
        line: dict[str, Any] = {"type": "message", "text": say("answer.here"), "textFormat": "plain"}
        if targeted:
            line["recipient"] = {"id": activity.sender.id, "isTargeted": True}
        talk = Talk(activity.conversation.id, activity.serviceUrl)
        try:
            await self.contacts.post(talk, line, targeted=targeted)
        except PlatformError as fault:
            log.info("no line in the shared place", why=str(fault))

    # -- presses and installations ---------------------------------------------------------------

    async def _pressed(self, activity: Activity, user: str, data: Any) -> Sequence[Event]:
        """Who pressed is told by the activity alone: whatever the card holds may have been replayed."""
        await self._met(activity, user)
        presses = adaptive.pressed(data) if isinstance(data, dict) else ()
        if not presses:
            return [Ignored(TEAMS, "nothing chosen", activity.type[:40])]
        account, at = self.api.account(user), self._at(activity)
        channel, native = ChannelId(activity.conversation.id), activity.replyToId
        card = NativeId(native) if native else None
        actor = await self._actor(activity, user)
        return [ButtonPressed(account, wire, at, value, channel, card, actor) for wire, value in presses]

    async def _moved(self, activity: Activity, user: str, here: bool) -> Event:
        """Coming and going in teams says nothing about a person's own conversation."""
        if not activity.personal:
            return Ignored(TEAMS, "team", activity.type[:40])
        if here:
            await self._met(activity, user)
        else:
            await self.contacts.removed(user)
        return Ignored(TEAMS, "installed" if here else "removed", activity.type[:40])


def bare(typed: str, command: str, bot: str) -> str:
    """A line without slash and leading word. Typed natively the word behind the slash is the app's name, not the command."""
    line = " ".join(html.unescape(typed).replace("\u00a0", " ").split())
    names = {command.removeprefix("/"), *([bot] if line.startswith("/") else [])} - {""}
    line = line.removeprefix("/").lstrip()
    for name in sorted(names, key=len, reverse=True):
        rest = re.sub(rf"^{re.escape(name)}(?:\s+|$)", "", line, count=1, flags=re.IGNORECASE)
        if rest != line:
            return rest
    return line


def time_zone(activity: Activity) -> str | None:
    """Where the person's client says it is, by its IANA name."""
    for entity in activity.entities or ():
        zone = entity.get("timezone") if entity.get("type") == "clientInfo" else None
        if isinstance(zone, str) and zone:
            try:
                return ZoneInfo(zone).key
            except (ZoneInfoNotFoundError, ValueError, OSError):
                return None
    return None
