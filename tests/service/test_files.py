"""The pages for files: what a browser is told, what changes nothing, and what is left when something breaks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientPayloadError, FormData
from aiohttp.test_utils import TestClient, TestServer
from town import ANN_SLACK, PAM_ZOOM, SLACK, Client, Town

from bot.ids import account_id
from bot.people import Account
from handlers.files import Way
from service.web import application
from storage.store import Store, Tx


def address(town: Town, way: Way, kind: str, thing: str = "", who: Account = ANN_SLACK) -> str:
    return urlsplit(town.signer.file_url(way, kind, thing, who.id, town.clock.now())).path


async def rows(town: Town, table: str) -> int:
    return int(await town.store.read(lambda tx: tx.conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()) or 0)


async def settled(town: Town) -> tuple[int, ...]:
    return tuple([await rows(town, table) for table in ("acts", "seen", "plans", "plan_people", "jobs", "cards")])


def crowd(tx: Tx, size: int = 1_200) -> None:
    people = [Account(account_id(SLACK, "T1", f"U{n}"), f"Person {n:04}", f"p{n}@acme.example") for n in range(size)]
    tx.people.upsert(people, None, {})


@pytest.mark.parametrize(("way", "kind"), [(Way.DOWNLOAD, "people"), (Way.UPLOAD, "sync")])
async def test_only_pages_with_a_button_may_post(town: Town, browser: Client, way: Way, kind: str) -> None:
    page = await browser.get(address(town, way, kind))
    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200 and "form-action 'self'" in policy and "script" not in policy
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "no-referrer"
    text = await page.text()
    assert text.count("<form") == 1 and text.count("<button>") == 1 and "<script" not in text
    assert ("multipart/form-data" in text) == (way is Way.UPLOAD)
    for other in ("/", "/privacy", "/download/x", address(town, way, kind, who=PAM_ZOOM)):
        assert "form-action 'none'" in (await browser.get(other)).headers["Content-Security-Policy"], other


@pytest.mark.parametrize(("way", "kind"), [(Way.DOWNLOAD, "people"), (Way.UPLOAD, "sync"), (Way.DOWNLOAD, "me")])
async def test_looking_changes_nothing(town: Town, browser: Client, way: Way, kind: str) -> None:
    path, before = address(town, way, kind, town.ann if kind == "me" else ""), await settled(town)
    for method in ("GET", "HEAD", "GET"):
        answer = await browser.request(method, path, headers={"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://x)"})
        assert answer.status == 200
    assert await settled(town) == before


@pytest.mark.parametrize("way", list(Way))
async def test_what_is_wrong_with_a_link_is_said(town: Town, browser: Client, way: Way) -> None:
    kind = "people" if way is Way.DOWNLOAD else "sync"
    good = address(town, way, kind)
    other = Way.UPLOAD if way is Way.DOWNLOAD else Way.DOWNLOAD
    cases = [
        (f"/{way}/nonsense", 404, "not known here"),
        (f"/{way}/" + address(town, other, kind).rpartition("/")[2], 404, "not known here"),
        (address(town, way, "nothing"), 403, "Not for you"),
        (address(town, way, kind, who=PAM_ZOOM), 403, "Not for you"),
        (address(town, way, kind, who=replace(PAM_ZOOM, id=account_id(SLACK, "T1", "gone"))), 403, "Not for you"),
    ]
    for path, status, words in cases:
        for answer in (await browser.get(path), await browser.post(path)):
            assert answer.status == status and words in await answer.text(), path
    town.clock.time += timedelta(minutes=10, seconds=1)
    for answer in (await browser.get(good), await browser.post(good)):
        text = await answer.text()
        assert answer.status == 410 and "too old" in text and "ask Mio in chat again" in text


async def test_a_file_comes_in_pages_once(town: Town, browser: Client) -> None:
    await town.store.write(crowd)
    path = address(town, Way.DOWNLOAD, "people")
    answer = await browser.post(path)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert answer.content_type == "text/csv" and answer.headers["X-Content-Type-Options"] == "nosniff"
    lines = (await answer.read()).decode("utf-8-sig").splitlines()
    people = await rows(town, "people")
    assert len(lines) == people + 1 == len(set(lines)) and people > 1_200
    assert (await browser.post(path)).status == 410


async def test_no_read_takes_more_than_a_page(town: Town) -> None:
    """Each page is a read of its own, on a connection that cannot write; the file is not gathered first."""
    await town.store.write(crowd)
    sizes = []

    class Watched:
        write = town.store.write

        async def read(self, work: Callable[[Tx], object]) -> object:
            found = await town.store.read(work)
            if isinstance(found, tuple):
                sizes.append(str(found[0]).count("\n"))
            return found

    parts = replace(town.parts, store=cast(Store, Watched()))
    async with TestClient(TestServer(application(parts))) as client:
        answer = await client.post(address(town, Way.DOWNLOAD, "people"))
        await answer.read()
    assert len(sizes) >= 3 and max(sizes) <= 501


async def test_half_a_file_does_not_look_like_a_whole_one(town: Town) -> None:
    await town.store.write(crowd)

    class Failing:
        write, reads = town.store.write, 0

        async def read(self, work: Callable[[Tx], object]) -> object:
            self.reads += 1
            if self.reads == 2:
                raise OSError("the database is away")
            return await town.store.read(work)

    parts = replace(town.parts, store=cast(Store, Failing()))
    async with TestClient(TestServer(application(parts))) as client:
        answer = await client.post(address(town, Way.DOWNLOAD, "people"))
        with pytest.raises(ClientPayloadError):
            await answer.read()


async def test_an_upload_that_meets_trouble_leaves_no_rows(town: Town) -> None:
    class Failing:
        read, writes = town.store.read, 0

        async def write(self, work: Callable[[Tx], object]) -> object:
            self.writes += 1
            if self.writes == 2:
                raise OSError("the database is away")
            return await town.store.write(work)

    path = address(town, Way.UPLOAD, "sync", "slack>zoom")
    form = FormData()
    form.add_field("file", ("email\n" + "x@acme.example\n" * 900).encode(), filename="x.csv")
    parts = replace(town.parts, store=cast(Store, Failing()))
    async with TestClient(TestServer(application(parts))) as client:
        answer = await client.post(path, data=form)
        assert answer.status == 503
    assert (await rows(town, "plan_people"), await rows(town, "plans")) == (0, 0)
    again = FormData()
    again.add_field("file", b"email\nann@acme.example\n", filename="x.csv")
    async with TestClient(TestServer(application(town.parts))) as client:
        assert (await client.post(path, data=again)).status == 200


@pytest.mark.parametrize(
    "data", [b"email\nann@acme.example\n", {"other": "x"}, {"file": ""}], ids=["no form", "no file", "empty"]
)
async def test_a_post_without_a_file_says_so(town: Town, browser: Client, data: object) -> None:
    answer = await browser.post(address(town, Way.UPLOAD, "sync", ">zoom"), data=data)
    assert answer.status == 400 and "No file arrived" in await answer.text()
    assert (await rows(town, "plan_people"), await rows(town, "plans")) == (0, 0)
