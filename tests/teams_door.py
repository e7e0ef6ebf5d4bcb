"""The Teams platform's addresses as its tests knock at them: activities signed by the sandbox's own channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt
import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient
from teams_tenant import Heard, Tenant

from bot.platform import Incoming, Lent, Overloaded
from platforms.teams.api import Api
from platforms.teams.invokes import Invokes

PAYLOADS = Path(__file__).parent / "platforms" / "teams" / "payloads"
MESSAGES = "/api/messages"
Client = TestClient[web.Request, web.Application]


@dataclass
class Door:
    """The platform's addresses, and what they made of a request."""

    client: Client
    tenant: Tenant
    invokes: Invokes
    api: Api
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    async def send(self, body: Any, headers: Mapping[str, str]) -> int:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        async with self.client.post(MESSAGES, data=raw, headers=headers) as answer:
            self.answers.append((answer.status, await answer.read()))
            return answer.status

    async def signed(self, body: Any, **claims: Any) -> int:
        """As the channel sends it, with some claims changed."""
        return await self.send(body, {"Authorization": f"Bearer {token(self.tenant, **claims)}"})

    async def heard(self, heard: Heard) -> int:
        """What the channel sent elsewhere, word for word."""
        return await self.send(heard.body, {"Authorization": heard.headers["authorization"]})

    def said(self) -> dict[str, Any]:
        """The body of the last answer to a press."""
        found: dict[str, Any] = orjson.loads(self.answers[-1][1])
        return found


def token(tenant: Tenant, **change: Any) -> str:
    claims = jwt.decode(tenant.fake.activities.token(), options={"verify_signature": False})
    return tenant.fake.activities.keys.sign({k: v for k, v in {**claims, **change}.items() if v is not None})


def recorded(tenant: Tenant, name: str) -> dict[str, Any]:
    """A payload as it would have come from this sandbox."""
    raw = (PAYLOADS / f"{name}.json").read_bytes().replace(b"http://127.0.0.1:1", tenant.running.url.encode())
    found: dict[str, Any] = orjson.loads(raw)["payload"]
    return found


def full(lent: Lent) -> Lent:
    async def submit(incoming: Incoming) -> None:
        raise Overloaded

    return replace(lent, submit=submit)
