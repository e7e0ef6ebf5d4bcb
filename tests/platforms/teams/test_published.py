"""Where the keys come from: looked up once a day, at once when one is new, hardly ever when one is made up, shared by all
who ask; and a key service in trouble, which makes nobody a forger.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
import pytest
from aiohttp import web
from teams_tenant import Tenant
from teams_tokens import HOUR, notified, refused, spoken
from vendor_server import serving

from bot.platform import Lent, TryLater
from platforms.teams.api import Api
from platforms.teams.keys import Keys

READ = ("GET /keys", 200)


@pytest.fixture
def keys(api: Api) -> Keys:
    return Keys(api)


# -- keys that change ----------------------------------------------------------------------------


async def test_many_at_once_share_one_look(tenant: Tenant, keys: Keys, counts: list[tuple[str, int]]) -> None:
    token = spoken(tenant)
    await asyncio.gather(*(keys.activity(token) for _ in range(20)))
    await keys.activity(token)
    assert counts == [("GET /openid-configuration", 200), READ]


@pytest.mark.parametrize("keep_old", [True, False])
async def test_a_changed_key_works_at_once(
    tenant: Tenant, keys: Keys, counts: list[tuple[str, int]], keep_old: bool
) -> None:
    old = spoken(tenant)
    await keys.activity(old)
    tenant.fake.activities.keys.rotate(keep_old)
    tenant.later(60)
    await keys.activity(spoken(tenant))
    assert counts.count(READ) == 2
    if keep_old:
        await keys.activity(old)
    else:
        assert await refused(keys.activity(old)) == "unknown key"
    assert counts.count(READ) == 2


async def test_made_up_keys_cost_one_look_an_hour(tenant: Tenant, keys: Keys, counts: list[tuple[str, int]]) -> None:
    await keys.activity(spoken(tenant))
    for number in range(30):
        assert await refused(keys.activity(spoken(tenant, {"kid": f"made-up-{number}"}))) == "unknown key"
    await asyncio.gather(*(refused(keys.activity(spoken(tenant, {"kid": f"again-{n}"}))) for n in range(10)))
    assert counts.count(READ) == 2
    tenant.later(HOUR + 1)
    for number in range(3):
        await refused(keys.activity(spoken(tenant, {"kid": f"later-{number}"})))
    assert counts.count(READ) == 3
    await keys.activity(spoken(tenant))


async def test_keys_are_looked_at_again_after_a_day(tenant: Tenant, keys: Keys, counts: list[tuple[str, int]]) -> None:
    await keys.activity(spoken(tenant))
    old, claims = tenant.fake.activities.keys._keys[-1]
    tenant.fake.activities.keys.rotate(keep_old=False)
    tenant.later(24 * HOUR - 10)
    withdrawn = jwt.encode(
        jwt.decode(spoken(tenant), options={"verify_signature": False}), claims, "RS256", headers={"kid": old}
    )
    await keys.activity(withdrawn)
    assert counts.count(READ) == 1
    tenant.later(20)
    assert await refused(keys.activity(withdrawn)) == "unknown key"
    assert counts.count(READ) == 2


async def test_each_service_has_its_own_keys(tenant: Tenant, keys: Keys) -> None:
    """The login service may not speak for the channel, nor the channel for it."""
    claims = jwt.decode(spoken(tenant), options={"verify_signature": False})
    assert await refused(keys.activity(tenant.fake.tokens.keys.sign(claims))) == "unknown key"
    channels = tenant.fake.activities.keys.sign(jwt.decode(notified(tenant), options={"verify_signature": False}))
    assert await refused(keys.notification(channels)) == "unknown key"


# -- a key service in trouble --------------------------------------------------------------------


@dataclass
class Service:
    """Says what it is told to; ``{here}`` is its own address. ``open`` holds its answers back."""

    described: tuple[int, str] = (200, '{"jwks_uri": "{here}/keys"}')
    keys: tuple[int, str] = (200, "{}")
    open: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        self.entered.set()
        await self.open.wait()
        status, text = self.described if request.path == "/described" else self.keys
        here = str(request.url.origin())
        return web.Response(status=status, text=text.replace("{here}", here), content_type="application/json")


@asynccontextmanager
async def answering(lent: Lent, service: Service) -> AsyncIterator[Keys]:
    async with serving({"/{path:.*}": service.handle}) as server:
        address = str(server.make_url("/described"))
        api = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_OPENID_URL": address}))
        await api.http.start()
        yield Keys(api)
        await api.http.stop()


def shown(tenant: Tenant, change: Callable[[dict[str, Any]], Any] = lambda key: key) -> str:
    return json.dumps({"keys": [change(key) for key in tenant.fake.activities.keys.published()["keys"]]})


@pytest.mark.parametrize(
    ("described", "keys"),
    [
        ((500, "{}"), None),
        ((404, "{}"), None),
        ((429, "{}"), None),
        ((302, "{}"), None),
        ((200, "<html>"), None),
        ((200, "[]"), None),
        ((200, "{}"), None),
        ((200, '{"jwks_uri": 7}'), None),
        ((200, '{"jwks_uri": "https://evil.example/keys"}'), None),
        (None, (503, "{}")),
        (None, (200, "")),
        (None, (200, '{"keys": []}')),
        (None, (200, '{"keys": {"kid": "x"}}')),
        (None, (200, '{"keys": [7, {}, {"kty": "RSA", "kid": "x"}, {"kty": "RSA", "kid": "x", "n": "!", "e": 1}]}')),
    ],
)
async def test_without_keys_nobody_is_called_a_forger(
    tenant: Tenant, lent: Lent, described: tuple[int, str] | None, keys: tuple[int, str] | None
) -> None:
    service = Service()
    service.open.set()
    service.described, service.keys = described or service.described, keys or (200, shown(tenant))
    async with answering(lent, service) as held:
        with pytest.raises(TryLater):
            await held.activity(spoken(tenant))
        looks = len(service.asked)
        with pytest.raises(TryLater):
            await held.activity(spoken(tenant))
        assert len(service.asked) == looks, "left alone for a moment"
        service.described, service.keys = Service().described, (200, shown(tenant))
        tenant.later(6)
        assert (await held.activity(spoken(tenant))).endorsements == ("msteams",)


async def test_a_failed_look_for_a_changed_key_is_made_up_for(tenant: Tenant, lent: Lent) -> None:
    service = Service(keys=(200, shown(tenant)))
    service.open.set()
    async with answering(lent, service) as held:
        await held.activity(spoken(tenant))
        tenant.fake.activities.keys.rotate()
        service.keys = (503, "")
        with pytest.raises(TryLater):
            await held.activity(spoken(tenant))
        service.keys = (200, shown(tenant))
        tenant.later(6)
        await held.activity(spoken(tenant))


async def test_who_stops_waiting_does_not_end_it_for_the_others(tenant: Tenant, lent: Lent) -> None:
    service = Service(keys=(200, shown(tenant)))
    async with answering(lent, service) as held:
        first, second = (asyncio.create_task(held.activity(spoken(tenant))) for _ in range(2))
        await service.entered.wait()
        first.cancel()
        service.open.set()
        assert (await second).endorsements == ("msteams",)
        assert first.cancelled() and service.asked == ["/described", "/keys"]


@pytest.mark.parametrize(
    ("change", "endorsed"),
    [
        ({"endorsements": ["msteams", 7, "skype"]}, ("msteams", "skype")),
        ({"endorsements": "msteams"}, ()),
        ({"endorsements": None}, ()),
        ({"alg": "RS256"}, ("msteams",)),
    ],
)
async def test_for_whom_a_key_speaks(
    tenant: Tenant, lent: Lent, change: dict[str, Any], endorsed: tuple[str, ...]
) -> None:
    service = Service(keys=(200, shown(tenant, lambda key: {**key, **change})))
    service.open.set()
    async with answering(lent, service) as held:
        assert (await held.activity(spoken(tenant))).endorsements == endorsed


async def test_a_key_for_something_else_checks_no_signature(tenant: Tenant, lent: Lent) -> None:
    both = [{**key, "kid": f"{key['kid']}{use}", "use": use} for key in [orig(tenant)] for use in ("enc", "sig")]
    service = Service(keys=(200, json.dumps({"keys": both})))
    service.open.set()
    async with answering(lent, service) as held:
        await held.activity(spoken(tenant, {"kid": both[1]["kid"]}))
        assert await refused(held.activity(spoken(tenant, {"kid": both[0]["kid"]}))) == "unknown key"


def orig(tenant: Tenant) -> dict[str, Any]:
    found: dict[str, Any] = tenant.fake.activities.keys.published()["keys"][-1]
    return found
