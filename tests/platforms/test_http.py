"""What the platforms share: token buckets, waiting times, answers of a vendor in trouble, webhook manners."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.events import Tokens
from bot.ids import AccountId
from bot.platform import Clock, Incoming, Lent, Overloaded, Refused, TryLater
from bot.ready import GrantKind
from platforms import http
from platforms.http import Buckets, Http, Rate, retry_after, same

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class Hands:
    """A clock that is moved by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


class Nothing:
    """Neither tokens nor memory are needed here."""

    async def person(self, account: AccountId) -> str:
        raise AssertionError

    async def person_or_none(self, account: AccountId) -> str | None:
        raise AssertionError

    async def ends(self, account: AccountId) -> datetime | None:
        raise AssertionError

    async def installed(self, kind: GrantKind) -> Tokens | None:
        raise AssertionError

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        raise AssertionError

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        raise AssertionError

    async def get(self, key: str) -> str | None:
        raise AssertionError

    async def put(self, key: str, value: str) -> None:
        raise AssertionError


def lend(clock: Clock, submit: Callable[[Incoming], Awaitable[None]], counts: list[tuple[str, str, int]]) -> Lent:
    return Lent(
        settings={},
        public_url="https://bot.example",
        command="/mio",
        bot_name="Mio",
        submit=submit,
        tokens=Nothing(),
        memory=Nothing(),
        clock=clock,
        rates=True,
        counted=lambda platform, method, status: counts.append((platform, method, status)),
    )


async def refuse(_: Incoming) -> None:
    raise Overloaded


# -- buckets -------------------------------------------------------------------------------------


def test_a_bucket_lets_a_burst_through_and_then_says_how_long_to_wait() -> None:
    clock = Hands()
    buckets = Buckets(clock, on=True)
    for _ in range(3):
        buckets.take("users.list", Rate(0.5, 3))
    with pytest.raises(TryLater) as full:
        buckets.take("users.list", Rate(0.5, 3))
    assert full.value.after == timedelta(seconds=2) and full.value.certain
    clock.at += timedelta(seconds=2)
    buckets.take("users.list", Rate(0.5, 3))


def test_a_call_in_two_lanes_charges_neither_when_one_is_full() -> None:
    buckets = Buckets(Hands(), on=True)
    wide, narrow = ("workspace", Rate(1, 2)), ("channel", Rate(1, 1))
    buckets.take_all(wide, narrow)
    with pytest.raises(TryLater):
        buckets.take_all(wide, narrow)
    buckets.take(*wide)


def test_a_lane_the_vendor_shut_stays_shut_even_with_our_own_limits_off() -> None:
    clock = Hands()
    buckets = Buckets(clock, on=False)
    for _ in range(50):
        buckets.take("post", Rate(1, 1))
    buckets.shut("post", Rate(1, 1), timedelta(seconds=30))
    with pytest.raises(TryLater) as shut:
        buckets.take("post", Rate(1, 1))
    assert shut.value.after == timedelta(seconds=30)
    clock.at += timedelta(seconds=30)
    buckets.take("post", Rate(1, 1))


def test_lanes_that_are_full_again_are_forgotten_but_used_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_LANES", 4)
    clock = Hands()
    buckets = Buckets(clock, on=True)
    for lane in ("a", "b", "c", "d"):
        buckets.take(lane, Rate(1, 1))
    clock.at += timedelta(seconds=1)
    buckets.take("d", Rate(1, 1))
    buckets.take("e", Rate(1, 1))
    assert sorted(buckets._buckets) == ["d", "e"]
    with pytest.raises(TryLater):
        buckets.take("d", Rate(1, 1))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("2026-03-02T12:00:20Z", 20),
        ("2026-03-02T11:00:00Z", 0),
        ("soon", 5),
        ("²", 5),
        ("", 5),
    ],
)
def test_retry_after_comes_as_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert retry_after({"Retry-After": value}, NOON) == timedelta(seconds=seconds)


# -- calls ---------------------------------------------------------------------------------------


@pytest.fixture
async def vendor() -> AsyncIterator[TestServer]:
    async def answer(request: web.Request) -> web.Response:
        match request.match_info["what"]:
            case "broken":
                return web.Response(status=502, text="<html>", content_type="text/html")
            case "gone":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "elsewhere":
                raise web.HTTPTemporaryRedirect("http://elsewhere.invalid/")
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/{what}", answer)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def counts() -> list[tuple[str, str, int]]:
    return []


@pytest.fixture
async def out(vendor: TestServer, counts: list[tuple[str, str, int]]) -> AsyncIterator[Http]:
    made = Http(lend(Hands(), refuse, counts), "acme", [str(vendor.make_url("/"))])
    await made.start()
    yield made
    await made.stop()


async def test_an_answer_is_read_and_counted(out: Http, vendor: TestServer, counts: list[tuple[str, str, int]]) -> None:
    found = await out.call("users", "GET", str(vendor.make_url("/users")), writes=False)
    assert (found.status, found.body) == (200, {"ok": True})
    assert counts == [("acme", "users", 200)]


async def test_a_redirect_is_not_followed(out: Http, vendor: TestServer) -> None:
    assert (await out.call("x", "GET", str(vendor.make_url("/elsewhere")), writes=False)).status == 307


@pytest.mark.parametrize("what", ["broken", "gone"])
@pytest.mark.parametrize("writes", [True, False])
async def test_after_trouble_a_write_may_have_happened(out: Http, vendor: TestServer, what: str, writes: bool) -> None:
    with pytest.raises(TryLater) as later:
        await out.call("post", "POST", str(vendor.make_url(f"/{what}")), writes=writes)
    assert later.value.certain is not writes


async def test_without_a_connection_nothing_can_have_happened(out: Http, vendor: TestServer) -> None:
    url = str(vendor.make_url("/users"))
    await vendor.close()
    with pytest.raises(TryLater) as later:
        await out.call("post", "POST", url, writes=True)
    assert later.value.certain


async def test_other_hosts_are_refused(out: Http) -> None:
    with pytest.raises(Refused):
        await out.call("x", "GET", "http://elsewhere.invalid/", writes=False)


# -- webhooks ------------------------------------------------------------------------------------


def test_signatures_are_compared_whatever_they_contain() -> None:
    assert same("v0=ab", "v0=ab")
    assert not same("v0=ab", "v0=ü\udcff")


@pytest.fixture
async def door() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def handle(request: web.Request) -> web.Response:
        raw = await http.read_body(request)
        return await http.keep(refuse if raw == b"full" else keep, Incoming("k", "s", raw, NOON))

    async def keep(_: Incoming) -> None:
        return None

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/", handle)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_kept_webhook_is_answered_200_and_overload_503(
    door: TestClient[web.Request, web.Application],
) -> None:
    assert (await door.post("/", data=b"x")).status == 200
    full = await door.post("/", data=b"full")
    assert (full.status, full.headers["Retry-After"]) == (503, "5")


async def test_more_than_a_mebibyte_is_too_large_with_and_without_a_length(
    door: TestClient[web.Request, web.Application],
) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65_536

    assert (await door.post("/", data=BytesIO(b"x" * 1_048_576))).status == 200
    assert (await door.post("/", data=BytesIO(b"x" * 1_048_577))).status == 413
    assert (await door.post("/", data=drops())).status == 413
