"""What was missed, read back: only chats of two with people we know, only what they wrote, oldest first."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from teams_hearing import ANN, BOB, MAYA, Hearing, hearing_ann
from teams_tenant import Tenant
from vendor_server import serving

from bot.events import Deafened, Event, MessageEdited, MessageErased, MessagePosted
from bot.ids import AccountId
from bot.platform import Lent, NotAuthorised, Refused
from bot.ready import History
from bot.text import plain
from platforms.teams import history
from platforms.teams.api import Api
from platforms.teams.chats import Chats
from platforms.teams.graph import Graph
from platforms.teams.history import Past
from platforms.teams.members import Members

HOUR = 3_600
PROFILES = pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])


@pytest.fixture
async def hearing(
    tenant: Tenant, people: Any, api: Api, lent: Lent, kept: dict[str, str], counts: list[tuple[str, int]]
) -> Hearing:
    made = await hearing_ann(tenant, people, api, lent, kept)
    counts.clear()
    return made


@pytest.fixture
def past(hearing: Hearing, api: Api, graph: Graph) -> Past:
    return made(hearing, api, graph)


def made(hearing: Hearing, api: Api, graph: Graph) -> Past:
    return Past(api, graph, Chats(api, graph), hearing.notifications, Members(api, graph))


@pytest.fixture
def since(lent: Lent) -> datetime:
    return lent.clock.now() - timedelta(seconds=1)


def words(events: tuple[Event, ...] | list[Event]) -> list[str]:
    return [plain(event.text) for event in events if isinstance(event, MessagePosted)]


def reads(counts: list[tuple[str, int]], method: str = "GET /chats/{id}/messages") -> int:
    return [name for name, _ in counts].count(method)


async def everything(past: Past, account: AccountId, since: datetime) -> list[Event]:
    found: list[Event] = []
    page: History | None = None
    while page is None or page.cursor is not None:
        page = await past.read(account, since, page.cursor if page is not None else None)
        found.extend(page.events)
        assert len(found) < 1_000
    return found


@PROFILES
async def test_what_bob_wrote_since_then(
    hearing: Hearing, tenant: Tenant, past: Past, since: datetime, mean: bool
) -> None:
    tenant.switch(mean=mean)
    natives = []
    for line in ("first", "second"):
        natives.append(await hearing.say(words=line))
        await hearing.say(ANN, BOB, "own")
        tenant.later(60)
    found = await past.read(hearing.account(ANN), since, None)
    assert words(found.events) == ["first", "second"] and found.cursor is None
    told = await hearing.events()
    assert list(found.events) == [event for event in told if isinstance(event, MessagePosted)], "as decode tells it"
    assert [event.native for event in found.events if isinstance(event, MessagePosted)] == natives


async def test_only_what_came_since(hearing: Hearing, tenant: Tenant, past: Past, lent: Lent) -> None:
    await hearing.say(words="heard already")
    tenant.later(HOUR)
    since = lent.clock.now()
    tenant.later(60)
    await hearing.say(words="missed")
    assert words((await past.read(hearing.account(ANN), since, None)).events) == ["missed"]


async def test_chats_that_are_none_of_our_business_are_not_read(
    hearing: Hearing, tenant: Tenant, past: Past, since: datetime, counts: list[tuple[str, int]]
) -> None:
    await hearing.say(MAYA, ANN)
    await tenant.fake.say_together(tenant.id(BOB), [tenant.id(ANN), tenant.id(MAYA)], "hello")
    assert (await past.read(hearing.account(ANN), since, None)).events == ()
    assert reads(counts) == 0


async def test_older_chats_are_not_read(
    hearing: Hearing, tenant: Tenant, past: Past, lent: Lent, counts: list[tuple[str, int]]
) -> None:
    await hearing.say(words="long ago")
    tenant.later(HOUR)
    assert (await past.read(hearing.account(ANN), lent.clock.now(), None)).events == ()
    assert reads(counts) == 0


async def test_nothing_older_than_three_days(hearing: Hearing, tenant: Tenant, past: Past, since: datetime) -> None:
    await hearing.say(words="last week")
    tenant.later(4 * 24 * HOUR)
    await hearing.people.allows(ANN)
    await hearing.say(words="today")
    assert words((await past.read(hearing.account(ANN), since, None)).events) == ["today"]


async def test_changes_are_told_as_changes(hearing: Hearing, tenant: Tenant, past: Past, lent: Lent) -> None:
    bob = tenant.id(BOB)
    edited, erased, liked = [await hearing.say(words=line) for line in ("one", "two", "three")]
    tenant.later(60)
    since = lent.clock.now()
    tenant.later(60)
    await tenant.fake.edit(bob, edited, "one more")
    await tenant.fake.delete(bob, erased)
    await tenant.fake.react(tenant.id(ANN), bob, liked, "👍")
    brief, fixed = await hearing.say(words="oh"), await hearing.say(words="typo")
    await tenant.fake.delete(bob, brief)
    await tenant.fake.edit(bob, fixed, "no typo")
    found = (await past.read(hearing.account(ANN), since, None)).events
    told = [
        (type(event), event.native)
        for event in found
        if isinstance(event, MessagePosted | MessageEdited | MessageErased)
    ]
    assert sorted(told, key=str) == sorted(
        [(MessageEdited, edited), (MessageErased, erased), (MessagePosted, fixed)], key=str
    )
    assert words(found) == ["no typo"]


@PROFILES
async def test_a_chat_of_many_pages(
    hearing: Hearing, tenant: Tenant, past: Past, since: datetime, counts: list[tuple[str, int]], mean: bool
) -> None:
    tenant.switch(mean=mean)
    lines = [f"line {number}" for number in range(120)]
    for line in lines:
        await hearing.say(words=line)
    assert words(await everything(past, hearing.account(ANN), since)) == lines
    assert reads(counts) == 3


async def test_a_chat_that_never_ends_is_cut(
    hearing: Hearing, past: Past, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest part of it is told, and the log says that there was more – not what it was."""
    monkeypatch.setattr(history, "MOST_PAGES", 2)
    for number in range(120):
        await hearing.say(words=f"line {number}")
    with capture_logs() as logs:
        found = words(await everything(past, hearing.account(ANN), since))
    assert found == [f"line {n}" for n in range(20, 120)]
    assert [row["event"] for row in logs] == ["not all read back"] and "line 1" not in repr(logs)


async def test_many_chats_are_several_pages(
    hearing: Hearing, tenant: Tenant, past: Past, since: datetime, kept: dict[str, str], counts: list[tuple[str, int]]
) -> None:
    names = []
    for number in range(7):
        name = f"Writer {number}"
        native = await tenant.fake.join(name, f"writer{number}@acme.example")
        kept[f"known:{native}"] = hearing.account(name)
        await hearing.say(name, ANN, f"from {name}")
        names.append(name)
        tenant.later(1)
    first = await past.read(hearing.account(ANN), since, None)
    assert words(first.events) == [f"from {name}" for name in names[2:]], "the newest chats first"
    assert first.cursor is not None and "from" not in first.cursor
    second = await past.read(hearing.account(ANN), since, first.cursor)
    assert words(second.events) == [f"from {name}" for name in names[:2]] and second.cursor is None
    assert reads(counts, "GET /me/chats") == 1


async def test_the_list_of_chats_goes_on_until_an_older_one(
    hearing: Hearing,
    tenant: Tenant,
    past: Past,
    lent: Lent,
    kept: dict[str, str],
    counts: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "PAGE", "2")
    lines = []
    for number in range(6):
        name = f"Writer {number}"
        native = await tenant.fake.join(name, f"writer{number}@acme.example")
        kept[f"known:{native}"] = hearing.account(name)
        await hearing.say(name, ANN, f"line {number}")
        tenant.later(60)
        if number == 2:
            since = lent.clock.now()
        elif number > 2:
            lines.append(f"line {number}")
    assert sorted(words(await everything(past, hearing.account(ANN), since))) == lines
    assert reads(counts, "GET /me/chats") == 2, "the third page is older"


async def test_a_chat_with_an_id_of_another_form(hearing: Hearing, tenant: Tenant, past: Past, since: datetime) -> None:
    tenant.running.core.world.chat("teams", "19:odd@unq.gbl.spaces", tenant.id(ANN), tenant.id(BOB))
    await hearing.say(words="missed")
    [event] = (await past.read(hearing.account(ANN), since, None)).events
    assert isinstance(event, MessagePosted) and event.channel == "19:odd@unq.gbl.spaces"


async def test_what_could_not_be_decrypted_is_read_back(hearing: Hearing, past: Past) -> None:
    await hearing.say(words="for another certificate")
    told = await hearing.one()
    told.item["encryptedContent"] = {**told.content, "encryptionCertificateId": "another"}
    deaf = await hearing.read(told)
    assert isinstance(deaf, Deafened) and deaf.since is not None
    assert words((await past.read(hearing.account(ANN), deaf.since, None)).events) == ["for another certificate"]


async def test_a_consent_that_is_over(hearing: Hearing, past: Past, since: datetime) -> None:
    hearing.people.purse.people.clear()
    with pytest.raises(NotAuthorised):
        await past.read(hearing.account(ANN), since, None)


# -- odd answers ---------------------------------------------------------------------------------


async def read_from(hearing: Hearing, lent: Lent, since: datetime, **answers: Any) -> History:
    """From a Graph that answers so: ``chats`` and ``messages``, or a status instead."""

    def answering(name: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            found = answers[name]
            if isinstance(found, int):
                return web.json_response({"error": {"code": "Odd"}}, status=found)
            return web.json_response({"value": found, **answers.get("more", {})})

        return handle

    routes = {"/me/chats": answering("chats"), "/chats/{chat}/messages": answering("messages")}
    async with serving(routes) as server:
        there = {"MIO_TEAMS_GRAPH_URL": str(server.make_url("")).rstrip("/")}
        api = Api(replace(lent, settings={**lent.settings, **there}))
        await api.http.start()
        try:
            return await made(hearing, api, Graph(api)).read(hearing.account(ANN), since, None)
        finally:
            await api.http.stop()


def chat_row(hearing: Hearing, lent: Lent) -> dict[str, Any]:
    preview = {"createdDateTime": lent.clock.now().isoformat()}
    return {"id": hearing.message()["chatId"], "chatType": "oneOnOne", "lastMessagePreview": preview}


async def test_one_message_that_cannot_be_read_does_not_hide_the_others(
    hearing: Hearing, lent: Lent, since: datetime
) -> None:
    stamp = lent.clock.now().isoformat()
    good = hearing.message(createdDateTime=stamp)
    rows = [{"id": ["hello"]}, {**good, "attachments": "hello"}, good, {**good, "messageType": "chatEvent"}, "hello"]
    empty: list[Any] = [
        {**chat_row(hearing, lent), "lastMessagePreview": None},
        {**chat_row(hearing, lent), "id": None},
        7,
    ]
    empty.append({**chat_row(hearing, lent), "chatType": "meeting"})
    with capture_logs() as logs:
        found = await read_from(hearing, lent, since, chats=[*empty, chat_row(hearing, lent)], messages=rows)
    assert words(found.events) == ["hello"] and found.cursor is None
    assert [row["event"] for row in logs] == ["not read back"] * 2 and "hello" not in repr(logs)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_chat_that_cannot_be_read_meanwhile(hearing: Hearing, lent: Lent, since: datetime, status: int) -> None:
    found = await read_from(hearing, lent, since, chats=[chat_row(hearing, lent)], messages=status)
    assert (found.events, found.cursor) == ((), None)


async def test_a_list_that_leads_elsewhere(hearing: Hearing, lent: Lent, since: datetime) -> None:
    more = {"@odata.nextLink": "https://elsewhere.example/me/chats?page=2"}
    page = await read_from(hearing, lent, since, chats=[], messages=[], more=more)
    assert page.cursor is not None
    api = Api(lent)
    with pytest.raises(Refused, match="out of Graph"):
        await made(hearing, api, Graph(api)).read(hearing.account(ANN), since, page.cursor)
