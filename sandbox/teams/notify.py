"""Change notifications out: encrypted messages, their signatures, directory changes, lifecycle events.

AES-256-CBC with the first half of the key as its start, RSA-OAEP with SHA-1 around the key, HMAC-SHA256 over the
ciphertext. Source: learn.microsoft.com/graph/change-notifications-with-resource-data. Decides nothing about rights.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.core import Core
from sandbox.teams.activities import iso
from sandbox.teams.book import Book, Subscription
from sandbox.teams.keys import KeyRing
from sandbox.teams.rooms import there
from sandbox.teams.shapes import Shapes
from sandbox.teams.tenant import APP_ID, BOT, PUBLISHER, TENANT
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message

# Up to four hours, farther and farther apart: learn.microsoft.com/graph/change-notifications-delivery-webhooks.
RETRIES = (10.0, 30.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0)


class Notify:
    def __init__(self, core: Core, book: Book, keys: KeyRing, shapes: Shapes) -> None:
        self.core = core
        self.book = book
        self.keys = keys
        self.shapes = shapes

    def send(self, hooks: Sequence[Hook]) -> None:
        for hook in hooks:
            self.core.hooks.send(hook)

    def told(self, chat: Chat, message: Message, change: str) -> None:
        self.send(self.message(chat, message, change))

    # -- messages --------------------------------------------------------------------------------

    def message(self, chat: Chat, message: Message, change: str) -> list[Hook]:
        """One for every subscription of every member, the writer's own included; in the mean profile in one request."""
        people = [user for user in there(chat) if user != BOT]
        if change == "deleted" and self.core.faults["teams"].mean:
            change = "updated"
        hearing = [sub for sub in self.book.hearing(people, chat.id) if change in sub.changes]
        plain = self._plain(chat, message)
        live = [sub for sub in hearing if self._authorised(sub)]
        hooks = [hook for sub in hearing for hook in self._reminder(sub)]
        items = [(sub, self._item(sub, chat, message, change, plain)) for sub in live]
        return [*hooks, *self._deliveries(items, f"graph:{chat.id}")]

    def _plain(self, chat: Chat, message: Message) -> bytes:
        context = f"https://graph.microsoft.com/$metadata#chats('{chat.id}')/messages/$entity"
        shape = self.shapes.message(chat, message)
        return orjson.dumps({"@odata.context": context, **shape, "replies": [], "hostedContents": []})

    def _item(self, sub: Subscription, chat: Chat, message: Message, change: str, plain: bytes) -> dict[str, Any]:
        resource = f"chats('{chat.id}')/messages('{message.id}')"
        data = {"id": message.id, "@odata.type": "#Microsoft.Graph.chatMessage", "@odata.id": resource}
        found = {**self._head(sub), "changeType": change, "resource": resource, "resourceData": data}
        return {**found, "encryptedContent": encrypted(sub, plain)} if sub.rich else found

    def _head(self, sub: Subscription) -> dict[str, Any]:
        state = {"clientState": sub.client_state} if sub.client_state else {}
        until = {"subscriptionExpirationDateTime": iso(sub.expires)}
        return {"subscriptionId": sub.id, **state, "tenantId": TENANT, **until}

    def _deliveries(self, items: list[tuple[Subscription, dict[str, Any]]], order: str) -> list[Hook]:
        if not self.core.faults["teams"].mean:
            return [self._hook(sub.url, f"{order}:{sub.id}", [item], sub.rich) for sub, item in items]
        by_url: dict[str, list[tuple[Subscription, dict[str, Any]]]] = {}
        for sub, item in items:
            by_url.setdefault(sub.url, []).append((sub, item))
        return [
            self._hook(url, order, [item for _, item in rows], any(sub.rich for sub, _ in rows))
            for url, rows in by_url.items()
        ]

    def _hook(self, url: str, order: str, items: list[dict[str, Any]], rich: bool) -> Hook:
        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            body: dict[str, Any] = {"value": items}
            if rich:
                body["validationTokens"] = [self.validation_token()]
            return {"Content-Type": "application/json; charset=utf-8"}, orjson.dumps(body)

        return Hook(url, order, build, RETRIES, False, self.core.faults["teams"])

    def validation_token(self) -> str:
        """One per app and tenant in a request. Two versions are about; the mean profile sends the newer."""
        now = int(self.core.clock.seconds())
        claims: dict[str, Any] = {"aud": APP_ID, "iat": now, "nbf": now, "exp": now + 3_600, "tid": TENANT}
        if self.core.faults["teams"].mean:
            issuer = f"{self.core.url}/teams/login/{TENANT}/v2.0"
            return self.keys.sign({**claims, "iss": issuer, "azp": PUBLISHER, "ver": "2.0"})
        issuer = f"https://sts.windows.net/{TENANT}/"
        return self.keys.sign({**claims, "iss": issuer, "appid": PUBLISHER, "appidacr": "2", "ver": "1.0"})

    # -- a subscription's life -------------------------------------------------------------------

    def _authorised(self, sub: Subscription) -> bool:
        """Whether a person's subscription outlives the token it was made with is an open point: mean says no."""
        return not self.core.faults["teams"].mean or self.core.clock.seconds() < sub.authorised

    def _reminder(self, sub: Subscription) -> list[Hook]:
        """Once per token, in its last quarter of an hour or later."""
        due = self.core.clock.seconds() > sub.authorised - 900
        if not self.core.faults["teams"].mean or not due or sub.reminded:
            return []
        sub.reminded = True
        return self.lifecycle(sub, "reauthorizationRequired")

    def lifecycle(self, sub: Subscription, event: str) -> list[Hook]:
        """Only to those who gave an address for it."""
        if not sub.lifecycle_url:
            return []
        item = {**self._head(sub), "lifecycleEvent": event}
        return [self._hook(sub.lifecycle_url, f"lifecycle:{sub.id}", [item], False)]

    def end(self, user: str) -> None:
        """A person's grant is gone: their subscriptions are removed, and the app is told."""
        for sub in self.book.of(user):
            self.book.remove(sub)
            self.send(self.lifecycle(sub, "subscriptionRemoved"))

    # -- the directory ---------------------------------------------------------------------------

    def directory(self, kind: str, native: str, change: str = "updated") -> None:
        """``kind`` is users or groups. Never encrypted; which fields come along is weakly documented."""
        name = "User" if kind == "users" else "Group"
        data = {"@odata.type": f"#Microsoft.Graph.{name}", "@odata.id": f"{name}s/{native}", "id": native}
        data["organizationId"] = TENANT
        for sub in self.book.watching(kind, native):
            if change in sub.changes:
                item = {**self._head(sub), "changeType": change, "resource": f"{name}s/{native}", "resourceData": data}
                self.send([self._hook(sub.url, f"directory:{sub.id}", [item], False)])


def encrypted(sub: Subscription, plain: bytes) -> dict[str, str]:
    """As only the holder of the certificate's private key can read it."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(sub.certificate))
    public, key = certificate.public_key(), secrets.token_bytes(32)
    assert isinstance(public, RSAPublicKey)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    wrapped = public.encrypt(key, OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None))
    return {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(key, data, "sha256")).decode(),
        "dataKey": base64.b64encode(wrapped).decode(),
        "encryptionCertificateId": sub.certificate_id,
        "encryptionCertificateThumbprint": certificate.fingerprint(hashes.SHA1()).hex().upper(),
    }
