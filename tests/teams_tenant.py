"""The sandbox's Teams for its own tests: people's and the app's tokens, Graph and the Bot Connector as clients call them,
a listener that shakes hands, and the private half of a certificate. Knows no program.
"""

import base64
import hmac
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import jwt
import orjson
import yarl
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from sandbox.main import Running
from sandbox.teams import Teams
from sandbox.teams.activities import iso
from sandbox.teams.tenant import APP_ID, APP_SECRET, TENANT

SCOPES = "openid profile email offline_access User.Read Chat.ReadWrite ChatMessage.Send Files.ReadWrite"
BACK = "http://127.0.0.1:8080/oauth/teams/callback"
BOT_SCOPE, GRAPH_SCOPE = "https://api.botframework.com/.default", "https://graph.microsoft.com/.default"
BIND = "https://graph.microsoft.com/v1.0/users('{}')"
MEMBER = "#microsoft.graph.aadUserConversationMember"


@dataclass(frozen=True, slots=True)
class Heard:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


@dataclass(slots=True)
class Listener:
    """A bot that only listens. ``answers`` (status and JSON) are used up by activities; handshakes are always answered,
    as ``shake`` says."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    shake: str = "good"

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        token = request.query.get("validationToken")
        if token is not None:
            kind = "application/json" if self.shake == "json" else "text/plain"
            return web.Response(text="no" if self.shake == "wrong" else token, content_type=kind)
        self.heard.append(Heard(request.path, dict(request.query), headers, await request.read()))
        if request.path != "/api/messages":
            return web.Response(status=202)
        status, body = self.answers.pop(0) if self.answers else (200, None)
        return web.Response(status=status, body=orjson.dumps(body) if body is not None else b"")

    def activities(self, kind: str = "") -> list[dict[str, Any]]:
        found = [heard.json() for heard in self.heard if heard.path == "/api/messages"]
        return [activity for activity in found if not kind or activity["type"] == kind]

    def notices(self, path: str = "/teams/notifications") -> list[dict[str, Any]]:
        """Single notifications, in order of arrival."""
        return [item for heard in self.heard if heard.path == path for item in heard.json()["value"]]


@dataclass(slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])


@dataclass(slots=True)
class Tenant:
    """Teams' fake with what a test of it asks for again and again."""

    running: Running
    bot: Listener
    browser: aiohttp.ClientSession

    @property
    def fake(self) -> Teams:
        fake = self.running.fakes["teams"]
        assert isinstance(fake, Teams)
        return fake

    @property
    def url(self) -> str:
        return f"{self.running.url}/teams"

    def id(self, name: str) -> str:
        return next(a.id for a in self.running.core.world.accounts["teams"].values() if a.name == name)

    def switch(self, **faults: Any) -> None:
        self.running.core.faults["teams"].change(faults)

    def later(self, seconds: float) -> None:
        self.running.core.clock.advance(seconds)

    async def idle(self) -> None:
        await self.running.core.hooks.idle()

    # -- the login service -----------------------------------------------------------------------

    async def allow(self, user: str, decision: str = "allow", **query: str) -> dict[str, str]:
        """What a browser does on the sign-in page; the query it is sent back with."""
        asked = {"client_id": APP_ID, "response_type": "code", "redirect_uri": BACK, "scope": SCOPES, "state": "s1"}
        return await self._decided("oauth2/v2.0/authorize", {**asked, **query}, user, decision)

    async def admin(self, user: str, decision: str = "allow", **query: str) -> dict[str, str]:
        back = BACK.replace("callback", "adminconsent")
        asked = {"client_id": APP_ID, "scope": GRAPH_SCOPE, "redirect_uri": back, "state": "a1", **query}
        return await self._decided("v2.0/adminconsent", asked, user, decision)

    async def _decided(self, path: str, query: dict[str, str], user: str, decision: str) -> dict[str, str]:
        form = {"user": user, "decision": decision}
        address = f"{self.url}/login/{TENANT}/{path}"
        async with self.browser.post(address, params=query, data=form, allow_redirects=False) as answer:
            if answer.status != 302:
                return {"status": str(answer.status), "page": await answer.text()}
            back = urlsplit(answer.headers["Location"])
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    async def token(self, tenant: str = TENANT, **form: str) -> Answer:
        whole = {"client_id": APP_ID, "client_secret": APP_SECRET, **form}
        async with self.browser.post(f"{self.url}/login/{tenant}/oauth2/v2.0/token", data=whole) as answer:
            return Answer(answer.status, await answer.json(), dict(answer.headers))

    async def signed_in(self, name: str) -> dict[str, Any]:
        """Somebody signs in and allows; the token endpoint's answer."""
        code = (await self.allow(self.id(name)))["code"]
        answer = await self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.body
        return found

    async def app(self, scope: str = GRAPH_SCOPE) -> "Api":
        answer = await self.token(grant_type="client_credentials", scope=scope)
        assert answer.status == 200, answer.body
        base = f"{self.url}/graph/v1.0" if scope == GRAPH_SCOPE else f"{self.url}/connector"
        return Api(self.browser, base, answer.body["access_token"])

    async def person(self, name: str) -> "Api":
        return Api(self.browser, f"{self.url}/graph/v1.0", (await self.signed_in(name))["access_token"])

    async def connector(self) -> "Api":
        return await self.app(BOT_SCOPE)

    # -- the usual -------------------------------------------------------------------------------

    async def installed(self, name: str) -> str:
        """The app is installed for that person; the conversation's id."""
        graph, bind = await self.app(), f"{self.url}/graph/v1.0/appCatalogs/teamsApps/{CATALOGUE}"
        path = f"/users/{self.id(name)}/teamwork/installedApps"
        assert (await graph.post(path, {"teamsApp@odata.bind": bind})).status == 201
        made = await (await self.connector()).post("/v3/conversations", self.first_contact(self.id(name)))
        return str(made.body["id"])

    def first_contact(self, user: str) -> dict[str, Any]:
        about = {"bot": {"id": f"28:{APP_ID}"}, "isGroup": False, "members": [{"id": user}], "tenantId": TENANT}
        return {**about, "channelData": {"tenant": {"id": TENANT}}}

    def pair(self, one: str, other: str, role: str = "owner") -> dict[str, Any]:
        """A one-to-one chat as it is asked for; ``role`` is the other one's."""
        members = []
        for name, roles in ((one, ["owner"]), (other, [role])):
            bind = BIND.format(self.id(name))
            members.append({"@odata.type": MEMBER, "roles": roles, "user@odata.bind": bind})
        return {"chatType": "oneOnOne", "members": members}

    async def chat(self, api: "Api", one: str, other: str) -> str:
        answer = await api.post("/chats", self.pair(one, other))
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def wanted(self, user: str, **change: Any) -> dict[str, Any]:
        """A subscription to a person's chats, as the program would ask for it."""
        until = self.running.core.clock.seconds() + timedelta(hours=71).total_seconds()
        asked = {
            "changeType": "created,updated,deleted",
            "resource": f"/users/{user}/chats/getAllMessages",
            "notificationUrl": f"{self.bot.url}/teams/notifications",
            "lifecycleNotificationUrl": f"{self.bot.url}/teams/lifecycle",
            "expirationDateTime": iso(until),
            "clientState": "state-1",
            "includeResourceData": True,
            "encryptionCertificate": certificate(),
            "encryptionCertificateId": "cert-1",
        }
        return {name: value for name, value in {**asked, **change}.items() if value is not None}

    async def subscribed(self, name: str) -> tuple["Api", str]:
        """Somebody allowed and is listened to; their Graph and the subscription's id."""
        api = await self.person(name)
        answer = await api.post("/subscriptions", self.wanted(self.id(name)))
        assert answer.status == 201, answer.body
        return api, str(answer.body["id"])

    async def verified(self, token: str, keys: str, **claims: Any) -> dict[str, Any]:
        """The claims of a token whose signature the published keys confirm."""
        async with self.browser.get(keys) as answer:
            published = jwt.PyJWKSet.from_dict(await answer.json())
        key = published[jwt.get_unverified_header(token)["kid"]]
        found: dict[str, Any] = jwt.decode(token, key.key, algorithms=["RS256"], options=LATER, **claims)
        return found


CATALOGUE = "88888888-eeee-4eee-8eee-888888888888"
LATER: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
"""The sandbox's clock may have been moved on."""


@dataclass(frozen=True, slots=True)
class Api:
    """An address with a token."""

    browser: aiohttp.ClientSession
    base: str
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """``path`` is sent as it is: whoever calls encodes. Bytes go as they are, the rest as JSON."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        if data is not None:
            sent["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        address, stream = yarl.URL(url, encoded=True), None if data is None else io.BytesIO(data)
        async with self.browser.request(method, address, data=stream, headers=sent, allow_redirects=False) as answer:
            said = await answer.read()
            read = orjson.loads(said) if said and answer.content_type == "application/json" else said or None
            return Answer(answer.status, read, dict(answer.headers))

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.call("POST", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.call("PATCH", path, body)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)

    async def pages(self, path: str, **headers: str) -> list[Any]:
        """Everything, page by page."""
        found, after = [], path
        while after:
            answer = await self.get(after, **headers)
            assert answer.status == 200, answer.body
            found.extend(answer.body["value"])
            after = answer.body.get("@odata.nextLink", "")
        return found


def coded(text: str) -> str:
    return quote(text, safe="")


def html(words: str) -> dict[str, Any]:
    return {"body": {"contentType": "html", "content": f"<p>{words}</p>"}}


# -- the reader's side of encrypted notifications -----------------------------------------------


@lru_cache(maxsize=1)
def private_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2_048)


@lru_cache(maxsize=1)
def certificate() -> str:
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mio-notifications")])
    builder = x509.CertificateBuilder().subject_name(named).issuer_name(named).serial_number(1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2036, 1, 1, tzinfo=UTC)
    )
    made = builder.public_key(private_key().public_key()).sign(private_key(), hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def decrypted(content: dict[str, str], key: RSAPrivateKey | None = None) -> dict[str, Any]:
    """The plain resource, after the signature was checked."""
    secret = (key or private_key()).decrypt(
        base64.b64decode(content["dataKey"]), OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)
    )
    raw = base64.b64decode(content["data"])
    assert len(secret) == 32
    assert hmac.compare_digest(hmac.digest(secret, raw, "sha256"), base64.b64decode(content["dataSignature"]))
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    plain = unpadder.update(decryptor.update(raw) + decryptor.finalize()) + unpadder.finalize()
    found: dict[str, Any] = orjson.loads(plain)
    return found
