"""The channel's activities at the door: proven before they are kept, kept as they came, refused by the number that fits."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import make_mocked_request
from teams_door import MESSAGES, PAYLOADS, Door, full, recorded
from teams_tenant import Tenant
from vendor_server import webhook_client

from bot.platform import Incoming, Lent
from platforms.teams.api import Api
from platforms.teams.invokes import Invokes
from platforms.teams.keys import Keys
from platforms.teams.webhook import _from_here_to_here, routes
from sandbox.teams.tenant import APP_ID, ELSEWHERE, TENANT


@pytest.fixture
async def door(tenant: Tenant, api: Api) -> AsyncIterator[Door]:
    invokes = Invokes(patience=0.01)
    async with webhook_client(routes(api, Keys(api), invokes)) as client:
        yield Door(client, tenant, invokes, api)


# -- activities ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
async def test_what_ann_writes_to_the_bot_is_kept_as_it_came(
    door: Door, tenant: Tenant, submitted: list[Incoming], mean: bool
) -> None:
    tenant.switch(mean=mean)
    ann = tenant.id("Ann Lee")
    native = await tenant.fake.say(ann, "bot", "import")
    await tenant.idle()
    heard = [heard for heard in tenant.bot.heard if heard.json()["type"] == "message"]
    assert await door.heard(heard[-1]) == 200 and door.answers[-1][1] == b""
    [kept] = submitted
    activity = heard[-1].json()
    assert orjson.loads(kept.body) == {"kind": "activity", "payload": activity}
    assert (kept.key, kept.stream) == (f"message:{activity['conversation']['id']}:{native}", f"user:{ann}")
    assert kept.at.timestamp() == pytest.approx(int(native) / 1_000, abs=1)


KEPT = {
    "message",
    "mention",
    "slash",
    "submit",
    "execute",
    "conversation_update",
    "conversation_update_team",
    "installation_add",
    "installation_remove",
}
NOT_KEPT = {"message_update", "message_delete", "message_reaction"}


@pytest.mark.parametrize("name", sorted(KEPT | NOT_KEPT))
async def test_every_recorded_activity(door: Door, tenant: Tenant, submitted: list[Incoming], name: str) -> None:
    activity = recorded(tenant, name)
    assert await door.signed(activity) == 200
    assert [orjson.loads(kept.body)["payload"] for kept in submitted] == ([activity] if name in KEPT else [])


def test_no_recorded_activity_is_left_out() -> None:
    kinds = {path.stem: orjson.loads(path.read_bytes())["kind"] for path in PAYLOADS.glob("*.json")}
    assert KEPT | NOT_KEPT == {name for name, kind in kinds.items() if kind == "activity"}


@pytest.mark.parametrize("kind", ["event", "typing", "endOfConversation", "handoff"])
async def test_what_needs_nothing_is_answered(door: Door, tenant: Tenant, submitted: list[Incoming], kind: str) -> None:
    assert await door.signed({**recorded(tenant, "message"), "type": kind}) == 200
    assert submitted == []


async def test_told_again_it_is_the_same(door: Door, tenant: Tenant, submitted: list[Incoming]) -> None:
    first, second = recorded(tenant, "message"), recorded(tenant, "submit")
    nameless = {name: value for name, value in first.items() if name != "id"}
    for activity in (first, first, second, nameless, nameless, {**nameless, "text": "help"}):
        assert await door.signed(activity) == 200
    keys = [kept.key for kept in submitted]
    assert keys[0] == keys[1] and keys[3] == keys[4] and len(set(keys)) == 4
    assert len({kept.stream for kept in submitted}) == 1, "whatever Ann does is done in order"


async def test_names_of_any_kind_make_short_printable_keys(
    door: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    activity = recorded(tenant, "message")
    for native in ("\0", "x" * 5_000, "y" * 5_000, "\u2028"):
        await door.signed({**activity, "id": native, "from": {"id": native}})
    assert len({kept.key for kept in submitted}) == 4 == len({kept.stream for kept in submitted})
    for kept in submitted:
        assert kept.key.isprintable() and len(kept.key) <= 250 and kept.key.startswith("message:")
        assert kept.stream.isprintable() and len(kept.stream) <= 250 and kept.stream.startswith("user:")


@pytest.mark.parametrize("stamp", ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "yesterday", None])
async def test_a_time_that_cannot_be_is_now(
    door: Door, tenant: Tenant, submitted: list[Incoming], stamp: str | None
) -> None:
    before = door.api.lent.clock.now()
    await door.signed({**recorded(tenant, "message"), "timestamp": stamp})
    assert before <= submitted[0].at <= door.api.lent.clock.now()


async def test_what_is_nested_deeply_is_kept_all_the_same(
    door: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    """orjson reads deeper than it writes."""
    raw = orjson.dumps({**recorded(tenant, "message"), "more": 7})
    raw = raw.replace(b'"more":7', b'"more":' + b"[" * 900 + b"]" * 900)
    assert await door.signed(raw) == 200
    assert submitted[0].body == b'{"kind":"activity","payload":' + raw + b"}"


# -- who may say it ------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer a.b.c"])
@pytest.mark.parametrize("body", [b"{}", b"{", b""])
async def test_without_a_good_token_it_is_401_and_nothing_else(
    door: Door, submitted: list[Incoming], header: str, body: bytes
) -> None:
    assert await door.send(body, {"Authorization": header} if header else {}) == 401
    assert door.answers[-1][1] == b"" and submitted == []


@pytest.mark.parametrize(
    "claims",
    [{"aud": "other"}, {"iss": "https://evil.example"}, {"iss": f"https://sts.windows.net/{TENANT}/"}, {"exp": 1}],
)
async def test_a_token_for_or_from_somebody_else_is_401(
    door: Door, tenant: Tenant, submitted: list[Incoming], claims: dict[str, Any]
) -> None:
    assert await door.signed(recorded(tenant, "message"), **claims) == 401
    assert door.answers[-1][1] == b"" and submitted == []


EVIL = "https://evil.example/emea/"


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        ({"channelId": "emulator"}, {}),
        ({"channelId": "webchat"}, {}),
        ({"serviceUrl": EVIL}, {"serviceurl": EVIL}),
        (
            {"serviceUrl": "https://smba.trafficmanager.net/emea/"},
            {"serviceurl": "https://smba.trafficmanager.net/emea/"},
        ),
        ({}, {"serviceurl": EVIL}),
        ({}, {"serviceurl": None}),
        ({"serviceUrl": "{here}/"}, {}),
        ({"conversation": {"id": "a:1", "tenantId": ELSEWHERE}}, {}),
        ({"channelData": {"tenant": {"id": ELSEWHERE}}}, {}),
        ({"conversation": {"id": "a:1"}, "channelData": None}, {}),
        ({"recipient": {"id": "28:somebody"}}, {}),
        ({"recipient": {"id": APP_ID}}, {}),
        ({"recipient": None}, {}),
    ],
)
async def test_what_does_not_fit_together_is_403(
    door: Door, tenant: Tenant, submitted: list[Incoming], change: dict[str, Any], claims: dict[str, Any]
) -> None:
    activity = recorded(tenant, "message")
    if "{here}" in str(change):
        change = {"serviceUrl": activity["serviceUrl"] + "/"}
    assert await door.signed({**activity, **change}, **claims) == 403
    assert submitted == []
    assert await door.signed(activity) == 200, "and nothing else was wrong with it"


async def test_a_key_that_does_not_speak_for_teams_is_403(
    door: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    tenant.fake.activities.keys._endorsements = ("skype", "webchat")
    assert await door.signed(recorded(tenant, "message")) == 403
    assert submitted == []


async def test_the_claim_in_the_spelling_of_the_vendors_pages(door: Door, tenant: Tenant) -> None:
    activity = recorded(tenant, "message")
    assert await door.signed(activity, serviceurl=None, serviceUrl=activity["serviceUrl"]) == 200
    assert await door.signed(activity, serviceurl=None, serviceUrl=EVIL) == 403


async def test_ids_are_compared_without_case(door: Door, tenant: Tenant) -> None:
    activity = recorded(tenant, "message")
    shouted = orjson.loads(
        orjson.dumps(activity).decode().replace(TENANT, TENANT.upper()).replace(APP_ID, APP_ID.upper())
    )
    assert shouted != activity
    assert await door.signed(shouted, aud=APP_ID.upper()) == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b"{}", b"\xff\xfe", b"[" * 5_000 + b"]" * 5_000])
async def test_what_cannot_be_read_is_400(door: Door, submitted: list[Incoming], body: bytes) -> None:
    assert await door.signed(body) == 400
    assert submitted == []


@pytest.mark.parametrize("missing", ["type", "channelId", "serviceUrl", "from", "conversation"])
async def test_what_is_no_activity_is_400(door: Door, tenant: Tenant, missing: str) -> None:
    activity = recorded(tenant, "message")
    del activity[missing]
    assert await door.signed(activity) == 400


async def test_over_a_mebibyte_is_413(door: Door, submitted: list[Incoming]) -> None:
    with pytest.warns(ResourceWarning, match="large body"):
        assert await door.signed(b" " * 1_048_577) == 413
    assert submitted == []


@pytest.mark.parametrize("name", ["message", "execute"])
async def test_what_cannot_be_kept_is_503(tenant: Tenant, lent: Lent, api: Api, name: str) -> None:
    busy = Api(full(lent))
    invokes = Invokes()
    async with webhook_client(routes(busy, Keys(api), invokes)) as client:
        assert await Door(client, tenant, invokes, busy).signed(recorded(tenant, name)) == 503
    assert invokes._waiting == {}


async def test_without_keys_to_check_with_it_is_503(tenant: Tenant, lent: Lent, submitted: list[Incoming]) -> None:
    here = f"{tenant.running.url}/nowhere"
    blind = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_OPENID_URL": here}))
    await blind.http.start()
    async with webhook_client(routes(blind, Keys(blind), Invokes())) as client:
        assert await Door(client, tenant, Invokes(), blind).signed(recorded(tenant, "message")) == 503
    await blind.http.stop()
    assert submitted == []


# -- unsigned, on one machine --------------------------------------------------------------------


@pytest.fixture
async def local(tenant: Tenant, lent: Lent) -> AsyncIterator[Door]:
    """A door that takes unsigned activities, without an app of ours."""
    open_ = {**lent.settings, "MIO_TEAMS_ANONYMOUS": "1", "MIO_TEAMS_APP_ID": ""}
    api = Api(replace(lent, settings=open_))
    await api.http.start()
    async with webhook_client(routes(api, Keys(api), Invokes())) as client:
        yield Door(client, tenant, Invokes(), api)
    await api.http.stop()


async def test_a_local_tool_needs_no_token_and_no_tenant(
    local: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    activity = {**recorded(tenant, "message"), "channelId": "emulator", "channelData": None, "recipient": {"id": "bot"}}
    activity["conversation"] = {"id": "a:1"}
    assert await local.send(activity, {}) == 200
    assert len(submitted) == 1


@pytest.mark.parametrize(
    ("headers", "change", "status"),
    [
        ({"Origin": "https://evil.example"}, {}, 401),
        ({"Origin": "null"}, {}, 401),
        ({"X-Forwarded-For": "127.0.0.1"}, {}, 401),
        ({"Forwarded": "for=127.0.0.1"}, {}, 401),
        ({"Via": "1.1 proxy"}, {}, 401),
        ({"Host": "bot.example"}, {}, 401),
        ({"Host": "evil.example:8080"}, {}, 401),
        ({"Authorization": "Bearer x"}, {}, 401),
        ({}, {"serviceUrl": EVIL}, 403),
        ({}, {"serviceUrl": "http://127.0.0.1:1/"}, 403),
        ({}, {"conversation": {"id": "a:1", "tenantId": ELSEWHERE}}, 403),
    ],
)
async def test_what_is_not_a_tool_on_this_machine(
    local: Door, tenant: Tenant, submitted: list[Incoming], headers: dict[str, str], change: dict[str, Any], status: int
) -> None:
    assert await local.send({**recorded(tenant, "message"), **change}, headers) == status
    assert submitted == []


async def test_an_empty_app_id_opens_no_door_to_tokens(local: Door, tenant: Tenant) -> None:
    assert await local.signed(recorded(tenant, "message"), aud="") == 401
    assert await local.signed(recorded(tenant, "message"), aud=APP_ID) == 401


@pytest.mark.parametrize(
    ("peer", "own", "here"),
    [
        (("127.0.0.1", 1), ("127.0.0.1", 8080), True),
        (("::1", 1, 0, 0), ("::1", 8080, 0, 0), True),
        (("10.0.0.7", 1), ("127.0.0.1", 8080), False),
        (("127.0.0.1", 1), ("10.0.0.1", 8080), False),
        (None, ("127.0.0.1", 8080), False),
        ("/run/bot.sock", "/run/bot.sock", False),
    ],
)
def test_from_this_machine_to_this_machine(peer: Any, own: Any, here: bool) -> None:
    class Line:
        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return {"peername": peer, "sockname": own}.get(name)

    request = make_mocked_request("POST", MESSAGES, {"Host": "127.0.0.1:8080"}, transport=Line())
    assert _from_here_to_here(request) is here
