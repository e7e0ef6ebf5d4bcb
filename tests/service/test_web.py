"""The operators' addresses, the built-in pages, and what is answered when something is wrong."""

import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.ids import PersonId, PlatformId
from bot.platform import Platform, Route, Traits
from bot.text import Unit
from handlers.ctx import Count, Policy
from platforms.http import read_body
from service.metrics import Metrics, Snapshot
from service.pages import Site
from service.signing import Signer
from service.web import Web, application
from storage.store import Store, Tx

ZOOM = PlatformId("zoom")
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
Client = TestClient[web.Request, web.Application]


class Database:
    """A store that answers with a fixed snapshot, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.wakes = 0

    async def ready(self) -> bool:
        return not self.away

    async def read(self, work: Callable[[Tx], object]) -> object:
        if self.away:
            raise OperationalError("SELECT", {"secret": "text"}, Exception("gone"))
        return Snapshot({"todo": 3, "held": 1, "dead": 0}, 12.5, {"synced": 2}, {"zoom": 2}, {})

    write = read

    def wake(self) -> None:
        self.wakes += 1


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by


async def _accepted(request: web.Request) -> web.StreamResponse:
    await read_body(request)
    return web.Response()


async def _broken(request: web.Request) -> web.StreamResponse:
    raise ValueError(f"cannot read {(await request.read()).decode()}")


ROUTES: Sequence[Route] = (Route("POST", "/zoom/bot", _accepted), Route("POST", "/zoom/user/{token}", _broken))


def _no_policy() -> Policy:
    raise AssertionError("nothing here decides")


class Explained:
    """A platform whose own page says what is asked for: all that the pages look at."""

    traits = Traits(text_limit=1_000, text_unit=Unit.CHARACTER)


def site(database: Database, clock: Clock) -> Web:
    return Web(
        store=cast(Store, database),
        policy=_no_policy,
        platforms={ZOOM: cast(Platform, Explained())},
        titles={ZOOM: "Zoom"},
        routes=ROUTES,
        signer=Signer(b"k" * 32, "https://bot.example"),
        metrics=Metrics(),
        clock=clock,
        site=lambda: Site("https://bot.example", company="Acme <&> Co", support="it@acme.example"),
        advance=clock.advance,
    )


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(database: Database, clock: Clock) -> AsyncIterator[Client]:
    async with TestClient(TestServer(application(site(database, clock)))) as one:
        yield one


@pytest.mark.parametrize("path", ["/", "/privacy", "/terms"])
async def test_built_in_pages_are_plain_safe_and_without_scripts(client: Client, path: str) -> None:
    answer = await client.get(path)
    text = await answer.text()
    assert answer.status == 200 and answer.content_type == "text/html"
    assert '<html lang="en">' in text and 'name="viewport"' in text and "prefers-color-scheme: dark" in text
    assert "<script" not in text and "Acme &lt;&amp;&gt; Co" in text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_health_and_readiness(client: Client, database: Database) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 200
    database.away = True
    answer = await client.get("/readyz")
    assert answer.status == 503 and "database" in await answer.text()
    assert (await client.get("/healthz")).status == 200


async def test_metrics_show_gauges_only_while_the_database_answers(database: Database, clock: Clock) -> None:
    parts = site(database, clock)
    parts.metrics.counted([Count("mio_undelivered_total", ("not_synced",))])
    async with TestClient(TestServer(application(parts))) as client:
        answer = await client.get("/metrics")
        text = await answer.text()
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert 'mio_jobs{state="todo"} 3.0' in text and "mio_oldest_job_seconds 12.5" in text
        database.away = True
        text = await (await client.get("/metrics")).text()
    assert 'mio_undelivered_total{reason="not_synced"} 1.0' in text
    assert "mio_jobs{" not in text and "mio_oldest_job_seconds NaN" in text


async def test_a_database_that_is_away_is_503_in_words(client: Client, database: Database) -> None:
    database.away = True
    path = Signer(b"k" * 32, "").allow_url(PersonId("ann"), ZOOM, 1)
    with capture_logs() as lines:
        answer = await client.get(path, headers=BROWSER)
    assert answer.status == 503 and answer.headers["Retry-After"] == "5"
    assert "try again in a minute" in await answer.text()
    assert [line["route"] for line in lines] == ["/allow/{token}"] and "secret" not in str(lines)


async def test_an_unhandled_error_tells_nothing_of_what_was_asked(client: Client) -> None:
    with capture_logs() as lines:
        answer = await client.post("/zoom/user/t0ken", data=b"a private line")
    assert answer.status == 500 and "private" not in await answer.text()
    assert [line["event"] for line in lines] == ["request failed"]
    assert lines[0]["route"] == "/zoom/user/{token}"


async def test_webhooks_are_the_platforms_and_bodies_are_limited(client: Client) -> None:
    assert (await client.post("/zoom/bot", data=b"x" * 1000)).status == 200
    assert (await client.post("/zoom/bot", data=io.BytesIO(b"x" * (1024 * 1024 + 1)))).status == 413
    assert (await client.get("/zoom/bot")).status == 405


async def test_unknown_addresses(client: Client) -> None:
    page = await client.get("/nowhere", headers=BROWSER)
    assert page.status == 404 and "<h1>There is no such page</h1>" in await page.text()
    line = await client.get("/nowhere")
    assert line.status == 404 and line.content_type == "text/plain"
    assert (await client.post("/debug/clock", json={"advance": 60})).status == 404


async def test_the_debug_clock(database: Database, clock: Clock) -> None:
    parts = replace(site(database, clock), debug_clock=True)
    async with TestClient(TestServer(application(parts))) as client:
        answer = await client.post("/debug/clock", json={"advance": 3600})
        assert answer.status == 200 and (await answer.json())["now"] == "2026-03-02T11:00:00+00:00"
        for wrong in ({}, {"advance": "1"}, {"advance": -1}, {"advance": True}, {"advance": 1e12}, [1]):
            assert (await client.post("/debug/clock", json=wrong)).status == 400
        assert (await client.post("/debug/clock", data=b"no json")).status == 400
    assert clock.time.hour == 11 and database.wakes == 1
