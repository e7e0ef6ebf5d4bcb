"""Graph's subscriptions: made, renewed, reauthorised, removed – with the vendor's limits and its handshake.

Source: learn.microsoft.com/graph/api/resources/subscription and change-notifications-delivery-webhooks.
"""

import base64
import binascii
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sandbox.core import Core
from sandbox.teams.activities import iso
from sandbox.teams.book import Book, Subscription, shown
from sandbox.teams.calls import SUBSCRIBING, Call, GraphFault, Reply, Route, bad
from sandbox.teams.login import LOOPBACK
from sandbox.teams.rooms import there
from sandbox.teams.roster import Roster
from sandbox.teams.tokens import ALWAYS

HANDSHAKE = 10.0
SHORTEST, NEEDS_LIFECYCLE = 45 * 60, 60 * 60
PER_PERSON, PER_TENANT, PER_DIRECTORY = 10, 10_000, 100
MOST_STATE, MOST_CERTIFICATE_ID = 128, 128
ANY = ("User.Read", *ALWAYS)
ROLES = ("User.Read.All", "GroupMember.Read.All", "Chat.Read.All")
FIELDS = {
    "changeType",
    "clientState",
    "encryptionCertificate",
    "encryptionCertificateId",
    "expirationDateTime",
    "includeResourceData",
    "latestSupportedTlsVersion",
    "lifecycleNotificationUrl",
    "notificationUrl",
    "resource",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What may be subscribed to, with which permission, for how long."""

    pattern: re.Pattern[str]
    delegated: tuple[str, ...]
    roles: tuple[str, ...]
    longest: int
    rich: bool
    changes: tuple[str, ...]


CHATS = ("Chat.Read", "Chat.ReadWrite")
ALL_CHANGES, DIRECTORY_CHANGES = ("created", "updated", "deleted"), ("updated", "deleted")
DAYS_3, DAYS_29 = 4_320 * 60, 41_760 * 60
KINDS = (
    Kind(
        re.compile(r"users/(?P<user>[^/]+)/chats/getAllMessages"), CHATS, ("Chat.Read.All",), DAYS_3, True, ALL_CHANGES
    ),
    Kind(re.compile(r"chats/getAllMessages"), (), ("Chat.Read.All",), DAYS_3, True, ALL_CHANGES),
    Kind(re.compile(r"chats/(?P<chat>[^/]+)/messages"), CHATS, ("Chat.Read.All",), DAYS_3, True, ALL_CHANGES),
    Kind(re.compile(r"users(/[^/]+)?"), (), ("User.Read.All",), DAYS_29, False, DIRECTORY_CHANGES),
    Kind(re.compile(r"groups(/[^/]+(/members)?)?"), (), ("GroupMember.Read.All",), DAYS_29, False, DIRECTORY_CHANGES),
)


class Subscriptions:
    def __init__(self, core: Core, book: Book, roster: Roster) -> None:
        self.core = core
        self.book = book
        self.roster = roster

    def table(self) -> list[Route]:
        at = "/subscriptions/{subscription}"
        return [
            Route("GET", "/subscriptions", ANY, ROLES, self.listed, SUBSCRIBING),
            Route("POST", "/subscriptions", ANY, ROLES, self.create, SUBSCRIBING),
            Route("GET", at, ANY, ROLES, self.one, SUBSCRIBING),
            Route("PATCH", at, ANY, ROLES, self.renew, SUBSCRIBING),
            Route("DELETE", at, ANY, ROLES, self.delete, SUBSCRIBING),
            Route("POST", f"{at}/reauthorize", ANY, ROLES, self.reauthorize, SUBSCRIBING),
        ]

    # -- create ----------------------------------------------------------------------------------

    async def create(self, call: Call) -> Reply:
        body = call.object
        unknown = set(body) - FIELDS
        if unknown:
            raise bad(f"The property '{min(unknown)}' does not exist on type 'microsoft.graph.subscription'.")
        sub = self._read(call, body)
        self._room(sub)
        for url in dict.fromkeys(filter(None, (sub.url, sub.lifecycle_url))):
            await self._shake(url)
        self.book.put(sub)
        return Reply(201, shown(sub, iso(sub.expires)))

    def _read(self, call: Call, body: dict[str, Any]) -> Subscription:
        resource = _text(body, "resource")
        about = resource.strip("/").replace("()", "")
        if about.startswith("me/"):
            about = f"users/{call.user}/{about.removeprefix('me/')}"
        kind = self._kind(call, about)
        changes = tuple(sorted({word.strip() for word in _text(body, "changeType").split(",")}))
        if not set(changes) <= set(kind.changes):
            raise bad(f"Invalid 'changeType' attribute: '{body['changeType']}'.")
        state = str(body.get("clientState") or "")
        if len(state) > MOST_STATE:
            raise bad(f"clientState exceeds {MOST_STATE} characters.")
        certificate, certificate_id = _certificate(body, kind)
        lifecycle = _address(body, "lifecycleNotificationUrl") if body.get("lifecycleNotificationUrl") else ""
        expires = self._until(body, kind, bool(lifecycle))
        return Subscription(
            id=str(uuid.uuid4()),
            user=call.user,
            resource=resource,
            about=about,
            changes=changes,
            url=_address(body, "notificationUrl"),
            lifecycle_url=lifecycle,
            client_state=state,
            rich=bool(body.get("includeResourceData")),
            certificate=certificate,
            certificate_id=certificate_id,
            expires=expires,
            authorised=call.token.expires,
        )

    def _kind(self, call: Call, about: str) -> Kind:
        """A person hears with their own token only what is theirs."""
        for kind in KINDS:
            found = kind.pattern.fullmatch(about)
            if found is None:
                continue
            if not call.token.has_any(kind.delegated if call.user else kind.roles):
                raise GraphFault(403, "Forbidden", "Operation: Create; the caller lacks the permission to read it.")
            named = found.groupdict()
            chat = self.core.world.chat_ids["teams"].get(named.get("chat") or "")
            if call.user and named.get("user", call.user) != call.user:
                raise GraphFault(403, "Forbidden", "The caller may subscribe to their own chats only.")
            if named.get("chat") and (chat is None or call.user not in there(chat)):
                raise GraphFault(403, "Forbidden", "The caller is not a member of the chat.")
            account = self.core.world.accounts["teams"].get(call.user)
            if account is not None and not self.roster.licensed(account):
                raise GraphFault(403, "Forbidden", "Failed to get license information for the user.")
            return kind
        raise bad(f"Resource '{about}' cannot be subscribed to.", "InvalidRequest")

    def _until(self, body: dict[str, Any], kind: Kind, lifecycle: bool) -> float:
        """Too long is refused, too short is made longer."""
        now, until = self.core.clock.seconds(), _moment(_text(body, "expirationDateTime"))
        if until <= now:
            raise bad("Subscription expiration must be in the future.", "InvalidRequest")
        if until > now + kind.longest + 60:
            words = f"Subscription expiration can only be {kind.longest // 60} minutes in the future."
            raise bad(words, "InvalidRequest")
        if kind.rich and until > now + NEEDS_LIFECYCLE and not lifecycle:
            raise bad("lifecycleNotificationUrl is a required property for this resource.", "InvalidRequest")
        return max(until, now + SHORTEST)

    def _room(self, sub: Subscription) -> None:
        """A second one of the same kind is a conflict; in the mean profile it is made, and both deliver."""
        same = [
            other for other in self.book.about(sub.about) if other.user == sub.user and other.changes == sub.changes
        ]
        if same and not self.core.faults["teams"].mean:
            raise GraphFault(409, "ExtensionError", "Subscription already exists.")
        everything = self.book.everything()
        directory = [other for other in everything if other.about.startswith(("groups", "users")) and not other.user]
        if not sub.user and len(directory) >= PER_DIRECTORY:
            raise _full(f"{PER_DIRECTORY} directory subscriptions for the app in the tenant")
        if sub.user and len(self.book.of(sub.user)) >= PER_PERSON:
            raise _full(f"{PER_PERSON} subscriptions for the user")
        if sub.user and len(everything) - len(directory) >= PER_TENANT:
            raise _full(f"{PER_TENANT} chat message subscriptions for the tenant")

    async def _shake(self, url: str) -> None:
        """The address must answer with the decoded token, as plain text, within ten seconds, before we do."""
        token = (
            f"Validation: Testing client application reachability for subscription Request-Id: {secrets.token_hex(8)}"
        )
        wait = aiohttp.ClientTimeout(total=HANDSHAKE)
        try:
            if self.core.faults["teams"].webhook_down:
                raise OSError("down")
            async with aiohttp.ClientSession(timeout=wait) as session:
                headers = {"Content-Type": "text/plain; charset=utf-8"}
                async with session.post(url, params={"validationToken": token}, headers=headers) as answer:
                    said = await answer.read()
                    good = answer.status == 200 and answer.content_type == "text/plain" and said == token.encode()
                    reason = f"Server responded with {answer.status}, {answer.content_type}"
        except TimeoutError:
            good, reason = False, "The operation timed out"
        except (aiohttp.ClientError, OSError):
            good, reason = False, "The address cannot be reached"
        if not good:
            raise bad(f"Subscription validation request failed. {reason}.", "ValidationError")

    # -- afterwards ------------------------------------------------------------------------------

    def _mine(self, call: Call) -> Subscription:
        found = self.book.get(call.args["subscription"])
        if found is None or found.user != call.user:
            raise GraphFault(404, "ResourceNotFound", "The object was not found.")
        return found

    def listed(self, call: Call) -> Reply:
        return Reply(200, {"value": [shown(sub, iso(sub.expires)) for sub in self.book.of(call.user)]})

    def one(self, call: Call) -> Reply:
        sub = self._mine(call)
        return Reply(200, shown(sub, iso(sub.expires)))

    def renew(self, call: Call) -> Reply:
        """Expiry and certificate only; an address for lifecycle events cannot be added later."""
        sub, body = self._mine(call), call.object
        wrong = set(body) - {"expirationDateTime", "encryptionCertificate", "encryptionCertificateId"}
        if wrong:
            raise bad(f"The property '{min(wrong)}' cannot be changed.", "InvalidRequest")
        kind = self._kind(call, sub.about)
        if "encryptionCertificate" in body or "encryptionCertificateId" in body:
            sub.certificate, sub.certificate_id = _certificate({**body, "includeResourceData": sub.rich}, kind)
        if "expirationDateTime" in body:
            sub.expires = self._until(body, kind, bool(sub.lifecycle_url))
        return Reply(200, shown(self._again(sub, call), iso(sub.expires)))

    def _again(self, sub: Subscription, call: Call) -> Subscription:
        sub.authorised, sub.reminded = max(sub.authorised, call.token.expires), False
        self.book.put(sub)
        return sub

    def reauthorize(self, call: Call) -> Reply:
        sub = self._mine(call)
        self._kind(call, sub.about)
        self._again(sub, call)
        return Reply(204)

    def delete(self, call: Call) -> Reply:
        """Whether the app's own token may end a person's subscription is an open point: mean says no."""
        found = self.book.get(call.args["subscription"])
        if found is not None and not call.user and not self.core.faults["teams"].mean:
            self.book.remove(found)
            return Reply(204)
        self.book.remove(self._mine(call))
        return Reply(204)


def _full(words: str) -> GraphFault:
    return GraphFault(403, "Forbidden", f"The limit of {words} has been reached.")


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad(f"'{name}' is a required property.", "InvalidRequest")
    return value


def _moment(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad("'expirationDateTime' is not a date and time.", "InvalidRequest") from None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()


def _address(body: dict[str, Any], name: str) -> str:
    """Https; this machine excepted, since nothing leaves it here."""
    value = _text(body, name)
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise bad(f"'{name}' must be an https address.", "InvalidRequest")
    return value


def _certificate(body: dict[str, Any], kind: Kind) -> tuple[str, str]:
    """The certificate and its id, which belong together and to encrypted content."""
    if not body.get("includeResourceData"):
        return "", ""
    if not kind.rich:
        raise bad("Resource data is not supported for this resource.", "InvalidRequest")
    text, name = _text(body, "encryptionCertificate"), _text(body, "encryptionCertificateId")
    if len(name) > MOST_CERTIFICATE_ID:
        raise bad(f"encryptionCertificateId exceeds {MOST_CERTIFICATE_ID} characters.", "InvalidRequest")
    try:
        public = x509.load_der_x509_certificate(base64.b64decode(text, validate=True)).public_key()
    except (binascii.Error, ValueError):
        raise bad("encryptionCertificate is no X.509 certificate in base64.", "InvalidRequest") from None
    if not isinstance(public, RSAPublicKey) or not 2_048 <= public.key_size <= 4_096:
        raise bad("encryptionCertificate must hold an RSA key of 2048 to 4096 bits.", "InvalidRequest")
    return text, name
