"""Graph's requests at the door: handshakes answered at once, whatever can be read taken, what cannot concern us dropped."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from teams_door import PAYLOADS, full
from teams_tenant import Tenant
from vendor_server import webhook_client
from yarl import URL

from bot.platform import Incoming, Lent, Overloaded
from platforms.teams.api import Api
from platforms.teams.invokes import Invokes
from platforms.teams.keys import Keys
from platforms.teams.webhook import routes
from sandbox.teams.tenant import ELSEWHERE, TENANT

PATH = "/teams/notifications"
Client = TestClient[web.Request, web.Application]
PROFILES = pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])


def behind(api: Api) -> Client:
    return webhook_client(routes(api, Keys(api), Invokes()))


@pytest.fixture
async def client(api: Api) -> AsyncIterator[Client]:
    async with behind(api) as made:
        yield made


async def posted(client: Client, body: Any, **headers: str) -> int:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    async with client.post(PATH, data=raw, headers={"Content-Type": "application/json", **headers}) as answer:
        assert await answer.read() in (b"", b"not JSON") or answer.status == 413
        return answer.status


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())
    return found


def without_time(kept: Incoming) -> dict[str, Any]:
    """What was kept, without when it was heard."""
    found: dict[str, Any] = orjson.loads(kept.body)
    return {name: value for name, value in found.items() if name != "heard"}


def delivery(*items: Any, tokens: Any = ("a.b.c",)) -> dict[str, Any]:
    return {"value": list(items), "validationTokens": tokens}


def about(chat: str = "19:a_b@unq.gbl.spaces", message: str = "1", **change: Any) -> dict[str, Any]:
    """A notification that some subscription of ours could have said."""
    resource = f"chats('{chat}')/messages('{message}')"
    item = {"subscriptionId": "s-1", "clientState": "state", "tenantId": TENANT, "changeType": "created"}
    return {**item, "resource": resource, **change}


# -- handshakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ("Validation%3A%20Testing%20client", "Validation: Testing client"),
        ("Validation:+Testing+client", "Validation: Testing client"),
        ("a%2Bb%26c%3Dd%25", "a+b&c=d%"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)</script>"),
        ("gr%C3%BC%C3%9Fe", "gr\u00fc\u00dfe"),
        ("x" * 2_048, "x" * 2_048),
    ],
)
async def test_a_handshake_is_the_decoded_token_as_plain_text(
    client: Client, submitted: list[Incoming], query: str, token: str
) -> None:
    url = URL(f"{PATH}?validationToken={query}", encoded=True)
    async with client.post(url, headers={"Content-Type": "text/plain; charset=utf-8"}) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "text/plain", token.encode())
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert submitted == []


@pytest.mark.parametrize("token", ["x" * 2_049, "%C3%BC" * 1_025])
async def test_a_token_that_is_no_handshakes_is_refused(client: Client, token: str) -> None:
    async with client.post(URL(f"{PATH}?validationToken={token}", encoded=True)) as answer:
        assert answer.status == 400 and "x" * 100 not in await answer.text()


@PROFILES
async def test_a_subscription_comes_about(client: Client, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    here = str(client.make_url(PATH))
    asked = tenant.wanted(tenant.id("Ann Lee"), notificationUrl=here, lifecycleNotificationUrl=here)
    assert (await (await tenant.person("Ann Lee")).post("/subscriptions", asked)).status == 201


# -- what is kept --------------------------------------------------------------------------------


@PROFILES
async def test_bob_writes_to_ann_and_it_is_kept_as_it_came(
    client: Client, tenant: Tenant, submitted: list[Incoming], mean: bool
) -> None:
    tenant.switch(mean=mean)
    await tenant.subscribed("Ann Lee")
    native = await tenant.fake.say(tenant.id("Bob Kim"), tenant.id("Ann Lee"), "hello")
    await tenant.idle()
    [heard] = [heard for heard in tenant.bot.heard if heard.path == PATH]
    assert await posted(client, heard.body) == 202
    [kept], told = submitted, heard.json()
    item, tokens = told["value"][0], told["validationTokens"]
    assert without_time(kept) == {"kind": "notification", "payload": item, "tokens": tokens}
    heard_at = datetime.fromisoformat(orjson.loads(kept.body)["heard"])
    assert timedelta() <= tenant.running.core.clock.now() - heard_at < timedelta(minutes=1)
    assert kept.stream == f"chat:{told['value'][0]['resource'].split(chr(39))[1]}"
    assert kept.at == datetime.fromtimestamp(int(native) / 1_000, UTC)
    assert kept.key.startswith("change:")


@pytest.mark.parametrize(
    "name",
    [
        "notification_created",
        "notification_updated",
        "notification_deleted",
        "lifecycle_missed",
        "lifecycle_reauthorization_required",
        "lifecycle_subscription_removed",
    ],
)
async def test_every_recorded_notification(client: Client, submitted: list[Incoming], name: str) -> None:
    told = recorded(name)
    assert await posted(client, delivery(told["payload"], tokens=told["tokens"])) == 202
    [kept] = submitted
    assert {**without_time(kept), "heard": told["heard"]} == told
    stream = "chat:19:" if name.startswith("notification") else f"subscription:{told['payload']['subscriptionId']}"
    assert kept.stream.startswith(stream)


def test_no_recorded_notification_is_left_out() -> None:
    kinds = {path.stem for path in PAYLOADS.glob("*.json") if recorded(path.stem)["kind"] == "notification"}
    assert len(kinds) == 6


async def test_a_delivery_repeated_is_the_same_and_each_change_something_new(
    client: Client, tenant: Tenant, submitted: list[Incoming]
) -> None:
    """Both who talk are heard: each of their subscriptions tells of it, and every telling is encrypted anew."""
    ann, bob = tenant.id("Ann Lee"), tenant.id("Bob Kim")
    await tenant.subscribed("Ann Lee")
    await tenant.subscribed("Bob Kim")
    native = await tenant.fake.say(bob, ann, "hello")
    await tenant.fake.edit(bob, native, "hello!")
    await tenant.idle()
    bodies = [heard.body for heard in tenant.bot.heard if heard.path == PATH]
    assert len(bodies) == 4
    for body in (*bodies, *bodies):
        assert await posted(client, body) == 202
    keys = [kept.key for kept in submitted]
    assert keys[:4] == keys[4:] and len(set(keys)) == 4
    assert len({kept.stream for kept in submitted}) == 1


async def test_what_is_not_encrypted_is_known_by_the_minute(
    client: Client, tenant: Tenant, submitted: list[Incoming]
) -> None:
    tenant.later(60 - tenant.running.core.clock.seconds() % 60)
    life = about(lifecycleEvent="missed")
    group = about(resource="Groups/g-1", changeType="updated")
    for item in (life, life, group, group, {**life, "subscriptionId": "s-2"}, {**life, "lifecycleEvent": "other"}):
        await posted(client, delivery(item))
    tenant.later(60)
    for item in (life, group):
        await posted(client, delivery(item))
    keys = [kept.key for kept in submitted]
    assert keys[0] == keys[1] and keys[2] == keys[3] and len(set(keys)) == 6


async def test_many_in_one_delivery(client: Client, submitted: list[Incoming]) -> None:
    items = [about(message=str(number), subscriptionId=f"s-{number % 7}") for number in range(350)]
    assert await posted(client, delivery(*items)) == 202
    assert [orjson.loads(kept.body)["payload"] for kept in submitted] == items
    assert len({kept.key for kept in submitted}) == 350 and len({kept.stream for kept in submitted}) == 1


@pytest.mark.parametrize(
    ("ago", "place"),
    [
        (timedelta(seconds=3), True),
        (timedelta(hours=23), True),
        (timedelta(hours=25), False),
        (timedelta(days=900), False),
        (timedelta(hours=-1), False),
        (timedelta(days=-9), False),
    ],
)
async def test_its_place_is_when_it_was_written(
    client: Client, api: Api, submitted: list[Incoming], ago: timedelta, place: bool
) -> None:
    before = api.lent.clock.now()
    native = str(int((before - ago).timestamp() * 1_000))
    await posted(client, delivery(about(message=native)))
    if place:
        assert submitted[0].at == datetime.fromtimestamp(int(native) / 1_000, UTC)
    else:
        assert before <= submitted[0].at <= api.lent.clock.now()


@pytest.mark.parametrize("message", ["0", "9" * 16, "9" * 17, "-5", "1.5", "\u0663", "x", ""])
async def test_an_id_that_is_no_time(client: Client, api: Api, submitted: list[Incoming], message: str) -> None:
    before = api.lent.clock.now()
    assert await posted(client, delivery(about(message=message))) == 202
    assert submitted[0].at >= before and submitted[0].stream == "chat:19:a_b@unq.gbl.spaces"


async def test_streams_are_one_per_chat_short_and_printable(client: Client, submitted: list[Incoming]) -> None:
    chats = ["19:a_b@unq.gbl.spaces", "19:c_d@unq.gbl.spaces", "x" * 5_000, "y" * 5_000, "\0", "\u2028", "a b"]
    for chat in chats:
        for message in ("1", "2"):
            await posted(client, delivery(about(chat, message)))
    await posted(client, delivery(about(lifecycleEvent="\0" * 900, subscriptionId="\n" * 900)))
    *streams, life = [kept.stream for kept in submitted]
    assert streams[0::2] == streams[1::2] and len(set(streams)) == len(chats)
    for name in (*streams, life, *(kept.key for kept in submitted)):
        assert name.isprintable() and len(name) <= 250


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        (None, []),
        (7, []),
        ("a.b.c", []),
        ([], []),
        (["a.b.c"], ["a.b.c"]),
        ([7, None, "a.b.c", {}], ["a.b.c"]),
        ([str(number) for number in range(500)], ["0", "1", "2", "3"]),
        (["x" * 16_385, "a.b.c"], ["a.b.c"]),
    ],
)
async def test_a_few_tokens_go_along(client: Client, submitted: list[Incoming], tokens: Any, kept: list[str]) -> None:
    """They are kept once an item: without a limit eight mebibytes would become a great many."""
    assert await posted(client, delivery(about(), tokens=tokens)) == 202
    assert orjson.loads(submitted[0].body)["tokens"] == kept


# -- what is not kept ----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"value=x", b"[" * 5_000 + b"]" * 5_000])
async def test_what_is_not_json_is_400(client: Client, submitted: list[Incoming], body: bytes) -> None:
    assert await posted(client, body) == 400
    assert submitted == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        7,
        None,
        "x",
        {"value": None},
        {"value": {}},
        {"value": [7, None, "x", [], {}, {"subscriptionId": ""}, {"subscriptionId": 7}]},
        {"value": [about(encryptedContent={"data": 7})]},
        {"value": [about(encryptedContent="x")]},
        {"value": [about(tenantId=ELSEWHERE)]},
        {"value": [about(clientState="")]},
        {"value": [{key: value for key, value in about().items() if key != "clientState"}]},
        {"value": [about(clientState="x" * 129)]},
        {"value": [about("19:0123456789abcdef@thread.v2")]},
        {"value": [about("19:meeting_MDEy@thread.v2")]},
        {"value": [about("19:0123456789abcdef@thread.tacv2")]},
    ],
)
async def test_what_cannot_concern_us_is_taken_and_dropped(
    client: Client, submitted: list[Incoming], body: Any
) -> None:
    """Whoever tries learns nothing, and the vendor does not take us for ill."""
    assert await posted(client, body) == 202
    assert submitted == []


async def test_a_bad_item_does_not_cost_the_good_one(client: Client, submitted: list[Incoming]) -> None:
    deep = orjson.dumps(about(more=7)).replace(b'"more":7', b'"more":' + b"[" * 900 + b"]" * 900)
    raw = b'{"value":[7,' + deep + b"," + orjson.dumps(about()) + b"]}"
    assert await posted(client, raw) == 202
    assert [orjson.loads(kept.body)["payload"] for kept in submitted] == [about()]


async def test_a_group_of_people_does_not_reach_the_disk(
    client: Client, tenant: Tenant, submitted: list[Incoming]
) -> None:
    await tenant.subscribed("Ann Lee")
    bob, maya = (account.id for account in tenant.fake.roster.people()[1:3])
    await tenant.fake.say_together(bob, [maya, tenant.id("Ann Lee")], "lunch?")
    await tenant.idle()
    bodies = [heard.body for heard in tenant.bot.heard if heard.path == PATH]
    assert bodies and all(b"encryptedContent" in body for body in bodies)
    for body in bodies:
        assert await posted(client, body) == 202
    assert submitted == []


async def test_ids_are_compared_without_case(client: Client, submitted: list[Incoming]) -> None:
    assert await posted(client, delivery(about(tenantId=TENANT.upper()))) == 202
    assert len(submitted) == 1


# -- too much ------------------------------------------------------------------------------------


async def test_what_cannot_be_kept_is_503(lent: Lent) -> None:
    async with behind(Api(full(lent))) as client:
        assert await posted(client, delivery(about())) == 503
        assert await posted(client, delivery()) == 202


async def test_what_could_be_kept_before_it_was_too_much_is_kept(lent: Lent) -> None:
    taken: list[Incoming] = []

    async def submit(incoming: Incoming) -> None:
        if len(taken) >= 3:
            raise Overloaded
        taken.append(incoming)

    async with behind(Api(replace(lent, submit=submit))) as client:
        items = [about(message=str(number)) for number in range(5)]
        assert await posted(client, delivery(*items)) == 503
        assert len(taken) == 3
        first = [kept.key for kept in taken]
        taken.clear()
        assert await posted(client, delivery(*items[:3])) == 202
        assert [kept.key for kept in taken] == first, "known when the whole comes again"


@pytest.mark.parametrize(("size", "status"), [(2 * 1_048_576, 202), (8 * 1_048_576, 202), (8 * 1_048_576 + 1, 413)])
@pytest.mark.parametrize("told", [True, False], ids=["length", "chunks"])
async def test_up_to_eight_mebibytes(client: Client, size: int, status: int, told: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        left = size
        while left:
            part = min(left, 1_048_576)
            yield b" " * (part - 2) + b"{}" if part == left else b" " * part
            left -= part

    raw = b" " * (size - 2) + b"{}"
    if not told:
        async with client.post(PATH, data=parts()) as answer:
            assert answer.status == status
        return
    with pytest.warns(ResourceWarning, match="large body"):
        assert await posted(client, raw) == status
