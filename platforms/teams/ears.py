"""People's subscriptions: one each, to all of their chats; made, renewed, made anew, taken down. Reads no message.

One lives three days at most, and it may fall silent when the token it was last renewed with ends: every look renews it.
Source: learn.microsoft.com/graph/teams-changenotifications-chatmessage and api/resources/subscription.
"""

import json
import re
import secrets
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from bot.events import Tokens
from bot.ids import AccountId, user_of
from bot.platform import Gone, Refused, TryLater
from bot.ready import Listening
from platforms.http import same
from platforms.teams.answers import Conflict
from platforms.teams.api import Api, path
from platforms.teams.certificates import Certificate, Certificates
from platforms.teams.graph import DIRECTORY, SUBSCRIBE, Graph, Voice, items, later
from platforms.teams.shapes import moment

log = structlog.get_logger("mio.teams")

CHANGES = "created,updated,deleted"
LIFE = timedelta(hours=71)
"""The vendor allows 72."""
LEAST, MORE = timedelta(hours=24), timedelta(hours=24)
"""A look is due after the least, and up to that much later, so that not everybody's turn comes at once."""
UPKEEP = timedelta(hours=1)
EARLY = timedelta(minutes=2)
"""By so much the vendor's clock may be ahead of ours."""
SOON, UNREACHED = timedelta(seconds=10), timedelta(minutes=1)
OLDEST = timedelta(days=3)
"""What was missed longer ago is not read back."""
STATE = re.compile(r"([0-9a-f]{16})\.([\w-]{43})")
ALLOWED, ENDED = "allowed", "ended"


class Ears:
    def __init__(self, api: Api, graph: Graph, certificates: Certificates) -> None:
        self.api = api
        self.graph = graph
        self.certificates = certificates
        self.lent = api.lent
        self.memory = api.lent.memory
        self.target = f"{api.lent.public_url}/teams/notifications"

    # -- looking ---------------------------------------------------------------------------------

    async def listen(self, account: AccountId) -> Listening:
        """What the vendor lists is the truth. ``Refused`` when it will not have it: quota, licence."""
        user = user_of(account)
        voice = Voice(await self.lent.tokens.person(account), account)
        certificate = await self.certificates.current()
        made = not await self._keep(voice, user, certificate)
        if made:
            try:
                await self._make(voice, user, certificate)
            except Conflict:
                made = False
                if not await self._keep(voice, user, certificate, alone=False):
                    raise TryLater("another process has just begun to listen", SOON) from None
        now, last = self.lent.clock.now(), await self._heard(user)
        anew = last is not None and (await self._turns(user))[ALLOWED] > last
        ends = await self.lent.tokens.ends(account)
        await self.memory.put(f"heard:{user}", " ".join(at.isoformat() for at in (now, ends) if at is not None))
        until = now + LEAST + MORE * (zlib.crc32(user.encode()) % 1_000 / 1_000)
        return Listening(until, max(last, now - OLDEST) if last is not None and (made or anew) else None)

    async def upkeep(self) -> Listening:
        """The bot itself hears without a subscription; the certificate is there before the first person needs it."""
        await self.certificates.current()
        return Listening(self.lent.clock.now() + UPKEEP)

    async def last(self, user: str) -> datetime | None:
        """The last look after which everything was well, as far as it is worth reading back."""
        found = await self._heard(user)
        return max(found, self.lent.clock.now() - OLDEST) if found is not None else None

    async def withheld(self, user: str) -> datetime | None:
        """Since when the vendor may have kept messages back, because the token of the last look has ended; None: it lives."""
        last = await self.last(user)
        ends = moment((await self.memory.get(f"heard:{user}") or "").rpartition(" ")[2])
        if last is None or ends is None:
            return last
        return max(last, ends - EARLY) if ends - EARLY <= self.lent.clock.now() else None

    async def _heard(self, user: str) -> datetime | None:
        """Another process may have looked since: then this is too early, and never too late."""
        found = moment((await self.memory.get(f"heard:{user}") or "").partition(" ")[0])
        return found if found is not None and found > (await self._turns(user))[ENDED] else None

    # -- consent begins and ends -----------------------------------------------------------------

    async def allowed(self, user: str) -> None:
        """A new consent: what came in without one was not looked at, although the subscription may have gone on."""
        await self._turn(user, ALLOWED)

    async def take_down(self, tokens: Tokens) -> None:
        """Everything of ours with this permission, before it ends: afterwards nobody could."""
        voice = self.graph.holder(tokens.access)
        for row in await self._listed(voice):
            await self._delete(voice, row)
        me = await self.graph.call(voice, "GET", "/me", DIRECTORY, query={"$select": "id"})
        await self._turn(str(me.get("id") or "").lower(), ENDED)

    async def _turn(self, user: str, what: str) -> None:
        """Every turn has a key of its own, since other processes would not see a value change."""
        number, now = 0, self.lent.clock.now()
        while await self.memory.get(f"turn:{user}:{number}") is not None:
            number += 1
        await self.memory.put(f"turn:{user}:{number}", f"{what} {now.isoformat()}")

    async def _turns(self, user: str) -> Mapping[str, datetime]:
        """When consent last began and last ended here; long ago, where it never did."""
        number, never = 0, datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        found = {ALLOWED: never, ENDED: never}
        while (row := await self.memory.get(f"turn:{user}:{number}")) is not None:
            what, _, stamp = row.partition(" ")
            found[what] = moment(stamp) or never
            number += 1
        return found

    # -- whose a notification is -----------------------------------------------------------------

    async def owner(self, state: str) -> str | None:
        """Whose subscription was made with this ``clientState``; None: none of ours."""
        found = STATE.fullmatch(state)
        row = await self.memory.get(f"ear:{found[1]}") if found is not None else None
        if found is None or row is None:
            return None
        held = json.loads(row)
        return str(held["user"]) if same(_digest(found[2]), held["digest"]) else None

    async def _state(self, user: str) -> tuple[str, str]:
        """A nonce and a new ``clientState``, remembered before anybody can say it: a notification may be faster than
        the answer that the subscription was made."""
        nonce, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        await self.memory.put(f"ear:{nonce}", json.dumps({"user": user, "digest": _digest(secret)}))
        return nonce, f"{nonce}.{secret}"

    # -- subscriptions ---------------------------------------------------------------------------

    async def _keep(self, voice: Voice, user: str, certificate: Certificate, *, alone: bool = True) -> bool:
        """Renew the one that fits, and with ``alone`` delete all others. False: there is none."""
        kept = False
        for row in await self._listed(voice):
            fits = not kept and await self._fits(row, user)
            if fits:
                kept = await self._renew(voice, row, certificate)
            elif alone:
                await self._delete(voice, row)
        return kept

    async def _listed(self, voice: Voice) -> list[dict[str, Any]]:
        """The app's own of this person."""
        found: list[dict[str, Any]] = []
        page = await self.graph.call(voice, "GET", "/subscriptions", SUBSCRIBE)
        while True:
            found.extend(row for row in items(page) if row.get("id") and self._ours(row))
            link = later(page)
            if link is None:
                return found
            page = await self.graph.call(voice, "GET", self.graph.within(link), SUBSCRIBE)

    def _ours(self, row: Mapping[str, Any]) -> bool:
        return str(row.get("applicationId") or self.api.app).lower() == self.api.app

    async def _fits(self, row: Mapping[str, Any], user: str) -> bool:
        """Ours, complete, and with a ``clientState`` that we still know: else what it says would be dropped."""
        about = str(row.get("resource") or "").lower()
        there = user in about and about.endswith("chats/getallmessages")
        told = {word.strip() for word in str(row.get("changeType") or "").split(",")}
        whole = row.get("includeResourceData") is not False and told == set(CHANGES.split(","))
        addresses = {row.get("notificationUrl"), row.get("lifecycleNotificationUrl") or self.target}
        known = await self.memory.get(f"subscription:{row['id']}")
        return there and whole and addresses == {self.target} and known is not None

    async def _renew(self, voice: Voice, row: Mapping[str, Any], certificate: Certificate) -> bool:
        """Its end, and with it what the person's fresh token stands for; the certificate when another one is in use."""
        body = {"expirationDateTime": self._end()}
        if row.get("encryptionCertificateId") != certificate.id:
            body |= _encryption(certificate)
        try:
            await self.graph.call(voice, "PATCH", path("subscriptions", str(row["id"])), SUBSCRIBE, json=body)
        except Gone:
            return False
        return True

    async def _make(self, voice: Voice, user: str, certificate: Certificate) -> None:
        nonce, state = await self._state(user)
        body = {
            "changeType": CHANGES,
            "resource": f"/users/{user}/chats/getAllMessages",
            "notificationUrl": self.target,
            "lifecycleNotificationUrl": self.target,
            "expirationDateTime": self._end(),
            "clientState": state,
            "includeResourceData": True,
            **_encryption(certificate),
        }
        try:
            made = await self.graph.call(voice, "POST", "/subscriptions", SUBSCRIBE, json=body)
        except Refused as refused:
            if " 400 " not in f"{refused} ":
                raise
            # Graph tries our address before it answers; that it could not reach it must end nobody's consent.
            log.warning("subscription not made: is our address reachable from outside?", why=str(refused))
            raise TryLater(str(refused), UNREACHED) from None
        await self.memory.put(f"subscription:{made.get('id')}", nonce)

    async def _delete(self, voice: Voice, row: Mapping[str, Any]) -> None:
        try:
            await self.graph.call(voice, "DELETE", path("subscriptions", str(row["id"])), SUBSCRIBE)
        except Gone:
            return

    def _end(self) -> str:
        return (self.lent.clock.now() + LIFE).isoformat(timespec="seconds").replace("+00:00", "Z")


def _encryption(certificate: Certificate) -> dict[str, str]:
    return {"encryptionCertificate": certificate.public, "encryptionCertificateId": certificate.id}


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
