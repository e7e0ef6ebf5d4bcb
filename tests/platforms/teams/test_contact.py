"""Ann is reached for the first time, again, after she cleared the conversation; and not when she does not want to be."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from teams_tenant import Tenant
from vendor_server import Memory, serving

from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from platforms.teams import contact
from platforms.teams.answers import Blocked
from platforms.teams.api import Api
from platforms.teams.contact import Contacts, Talk
from platforms.teams.graph import Graph
from sandbox.teams.tenant import APP_ID

ANN, BOB = "Ann Lee", "Bob Kim"
INSTALL = "POST /users/{id}/teamwork/{id}"


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def profile(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


@pytest.fixture
def contacts(api: Api, graph: Graph) -> Contacts:
    return Contacts(api, graph)


def said(words: str = "hello") -> dict[str, Any]:
    return {"type": "message", "text": words, "textFormat": "plain"}


def seen(tenant: Tenant, name: str) -> list[str]:
    return [message["text"] for message in tenant.fake.view(tenant.id(name), "bot")]


def installing(counts: list[tuple[str, int]]) -> int:
    return sum(method.startswith("POST /users/") for method, _ in counts)


async def test_first_contact(
    tenant: Tenant, contacts: Contacts, counts: list[tuple[str, int]], kept: dict[str, str], profile: bool
) -> None:
    """Installed, a conversation made, remembered; the second message needs one call."""
    ann = tenant.id(ANN)
    conversation, native = await contacts.send(ann, said())
    assert conversation.startswith("a:") and native.isdecimal()
    assert seen(tenant, ANN) == ["hello"] and installing(counts) == 1
    counts.clear()
    assert (await contacts.send(ann, said("again")))[0] == conversation
    assert len(counts) == 1 and seen(tenant, ANN) == ["hello", "again"]
    assert await contacts.known(ann) == Talk(conversation, contacts.api.service)
    assert "hello" not in str(kept)


async def test_where_the_app_is_already_nothing_is_installed(
    tenant: Tenant, contacts: Contacts, counts: list[tuple[str, int]], profile: bool
) -> None:
    await tenant.installed(ANN)
    await contacts.send(tenant.id(ANN), said())
    assert installing(counts) == 0 and seen(tenant, ANN) == ["hello"]


async def test_the_newest_activity_says_where(
    tenant: Tenant, contacts: Contacts, counts: list[tuple[str, int]]
) -> None:
    ann, conversation = tenant.id(ANN), await tenant.installed(ANN)
    service = f"{contacts.api.service}/emea/"
    await contacts.met(ann, "a:1old", "https://old.example/")
    await contacts.met(ann, conversation, service)
    assert await contacts.known(ann) == Talk(conversation, service)
    assert (await contacts.send(ann, said()))[0] == conversation
    assert [method for method, _ in counts if "conversations" in method] == ["POST /v3/conversations/{id}/activities"]


async def test_a_conversation_that_is_gone_is_made_once_more(tenant: Tenant, contacts: Contacts, profile: bool) -> None:
    ann = tenant.id(ANN)
    first, _ = await contacts.send(ann, said())
    await tenant.fake.clear_history(ann)
    second, _ = await contacts.send(ann, said("here again"))
    assert second != first and seen(tenant, ANN) == ["here again"]


async def test_another_processes_old_address_costs_a_retry_and_no_more(
    tenant: Tenant, lent: Lent, api: Api, graph: Graph, kept: dict[str, str]
) -> None:
    """Each process keeps what it has read; Ann cleared her conversation meanwhile."""
    here, there = (Contacts(_with(api, Cached(kept)), graph) for _ in range(2))
    ann = tenant.id(ANN)
    await here.send(ann, said("one"))
    assert await there.known(ann) == await here.known(ann)
    await tenant.fake.clear_history(ann)
    await here.send(ann, said("two"))
    await there.send(ann, said("three"))
    assert seen(tenant, ANN) == ["two", "three"]


async def test_whoever_removed_the_bot_is_left_alone_by_every_process(
    tenant: Tenant, api: Api, graph: Graph, kept: dict[str, str], counts: list[tuple[str, int]]
) -> None:
    here, there = (Contacts(_with(api, Cached(kept)), graph) for _ in range(2))
    ann = tenant.id(ANN)
    conversation, _ = await here.send(ann, said())
    assert await there.known(ann)
    for _ in range(3):
        await tenant.fake.remove_app(ann)
        await there.removed(ann)
        await there.removed(ann)
        counts.clear()
        for contacts in (here, there):
            with pytest.raises(Blocked, match="unreachable: the person removed the bot"):
                await contacts.send(ann, said())
            with pytest.raises(Blocked):
                await contacts.replace(ann, conversation, "1", said())
        assert counts == [], "nobody is installed for unasked"
        await there.met(ann, conversation, api.service)
        await here.send(ann, said("back"))


async def test_whoever_comes_back_is_reached_again(tenant: Tenant, contacts: Contacts) -> None:
    ann = tenant.id(ANN)
    conversation, _ = await contacts.send(ann, said())
    await contacts.removed(ann)
    await contacts.met(ann, conversation, contacts.api.service)
    await contacts.send(ann, said("welcome back"))
    assert seen(tenant, ANN)[-1] == "welcome back"


async def test_an_app_that_went_without_a_word_is_installed_again_once(
    tenant: Tenant, contacts: Contacts, counts: list[tuple[str, int]], profile: bool
) -> None:
    ann = tenant.id(ANN)
    await contacts.send(ann, said())
    await tenant.fake.remove_app(ann)
    counts.clear()
    await contacts.send(ann, said("again"))
    assert installing(counts) == 1 and seen(tenant, ANN)[-1] == "again"


async def test_whoever_blocked_the_bot_is_unreachable(tenant: Tenant, contacts: Contacts, profile: bool) -> None:
    ann = tenant.id(ANN)
    conversation, native = await contacts.send(ann, said())
    await tenant.fake.block(ann)
    for attempt in (contacts.send(ann, said()), contacts.replace(ann, conversation, native, said())):
        with pytest.raises(Blocked, match="unreachable: the person blocked"):
            await attempt
    await tenant.installed(BOB)
    await tenant.fake.block(tenant.id(BOB))
    with pytest.raises(Blocked, match="unreachable: the person blocked"):
        await contacts.send(tenant.id(BOB), said())


async def test_an_app_policy_is_the_persons_and_nobody_elses_trouble(
    tenant: Tenant, contacts: Contacts, profile: bool
) -> None:
    """Not the app's permission: nothing else may stop because of it."""
    tenant.fake.installs.forbidden.add(tenant.id(ANN))
    with pytest.raises(Refused, match="an app policy of the tenant, or no Teams licence") as refused:
        await contacts.send(tenant.id(ANN), said())
    assert not isinstance(refused.value, NotAuthorised)
    await contacts.send(tenant.id(BOB), said())


async def test_without_the_app_in_the_catalogue(tenant: Tenant, contacts: Contacts, profile: bool) -> None:
    tenant.fake.installs.uploaded = False
    with pytest.raises(Refused, match="not in the organisation's catalogue: upload it there"):
        await contacts.send(tenant.id(ANN), said())
    tenant.fake.installs.uploaded = True
    await contacts.send(tenant.id(ANN), said())


async def test_somebody_the_directory_does_not_know(contacts: Contacts) -> None:
    with pytest.raises(Refused, match="Teams does not know the person"):
        await contacts.send("11111111-0000-4000-8000-000000000000", said())


async def test_a_card_that_is_not_there_cannot_be_replaced(tenant: Tenant, contacts: Contacts, profile: bool) -> None:
    ann = tenant.id(ANN)
    conversation, native = await contacts.send(ann, said("first"))
    await contacts.replace(ann, conversation, native, said("second"))
    assert seen(tenant, ANN) == ["second"]
    with pytest.raises(Gone):
        await contacts.replace(ann, conversation, "1", said())
    await tenant.fake.clear_history(ann)
    with pytest.raises(Gone):
        await contacts.replace(ann, conversation, native, said())


# -- odd answers ---------------------------------------------------------------------------------


class Cached(Memory):
    """As a process sees it: what was read once is not read again, what was not there is."""

    def __init__(self, kept: dict[str, str]) -> None:
        super().__init__(kept)
        self.cache: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        if key not in self.cache and (found := await super().get(key)) is not None:
            self.cache[key] = found
        return self.cache.get(key)

    async def put(self, key: str, value: str) -> None:
        if self.cache.get(key) != value:
            await super().put(key, value)
            self.cache[key] = value


def _with(api: Api, memory: Memory) -> Api:
    """The same connections, another process's memory."""
    made = object.__new__(Api)
    made.__dict__.update(api.__dict__)
    made.lent = replace(api.lent, memory=memory)
    return made


Table = dict[str, list[tuple[int, Any]]]


@pytest.fixture
async def odd(lent: Lent) -> AsyncIterator[tuple[Contacts, Table, list[str]]]:
    """Microsoft answering from a table, by method and the end of the path; the last answer stays."""
    table: Table = {"POST token": [(200, {"access_token": "t", "expires_in": 3600})]}
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        name = f"{request.method} {request.path.rsplit('/', 1)[-1]}"
        asked.append(name)
        queue = table[name]
        status, body = queue.pop(0) if len(queue) > 1 else queue[0]
        return web.json_response(body, status=status)

    async with serving({"/{path:.*}": answer}) as server:
        root = str(server.make_url("")).rstrip("/")
        settings = {f"MIO_TEAMS_{name}_URL": root for name in ("LOGIN", "GRAPH", "OPENID", "SERVICE")}
        api = Api(replace(lent, settings={**lent.settings, **settings}))
        await api.http.start()
        yield Contacts(api, Graph(api)), table, asked
        await api.http.stop()


def fault(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No."}}


NOTHING: tuple[int, Any] = (200, {"value": []})
APP: tuple[int, Any] = (200, {"value": [{"id": "cat-1", "externalId": APP_ID}]})
DENIED, NOT_IN = (403, fault("Authorization_RequestDenied")), (403, fault("BotNotInConversationRoster"))
Odd = tuple[Contacts, Table, list[str]]


async def test_without_permission_to_install_an_administrator_may_have_done_it(odd: Odd) -> None:
    contacts, table, asked = odd
    table |= {
        "GET installedApps": [DENIED],
        "GET teamsApps": [DENIED],
        "POST conversations": [(201, {"id": "a:1"})],
        "POST activities": [(202, {"id": "7"})],
    }
    assert await contacts.send("ann", said()) == ("a:1", "7")
    table["POST conversations"] = [NOT_IN]
    with pytest.raises(Refused, match="lacks the permission to install it"):
        await contacts.send("bob", said())
    assert "POST installedApps" not in asked


async def test_an_installation_takes_its_time(odd: Odd) -> None:
    """Said again later, the app is there already and the conversation opens."""
    contacts, table, _ = odd
    table |= {
        "GET installedApps": [NOTHING, APP],
        "GET teamsApps": [APP],
        "POST installedApps": [(201, {})],
        "POST conversations": [NOT_IN, (201, {"id": "a:1"})],
        "POST activities": [(201, {"id": "7"})],
    }
    with pytest.raises(TryLater) as later:
        await contacts.send("ann", said())
    assert later.value.after == timedelta(seconds=5) and later.value.certain
    assert await contacts.send("ann", said()) == ("a:1", "7")


async def test_an_installation_that_never_opens_is_not_waited_for_forever(odd: Odd) -> None:
    contacts, table, _ = odd
    table |= {"GET installedApps": [APP], "POST conversations": [NOT_IN]}
    with pytest.raises(Refused):
        await contacts.send("ann", said())


async def test_an_app_uploaded_anew_has_another_id(odd: Odd) -> None:
    contacts, table, _ = odd
    other = (200, {"value": [{"id": "cat-2", "externalId": APP_ID}]})
    table |= {
        "GET installedApps": [NOTHING],
        "GET teamsApps": [APP, other],
        "POST installedApps": [(404, fault("NotFound")), (201, {})],
        "POST conversations": [(201, {"id": "a:1"})],
        "POST activities": [(201, {"id": "7"})],
    }
    with pytest.raises(TryLater):
        await contacts.send("ann", said())
    assert await contacts.send("ann", said()) == ("a:1", "7")
    table |= {"POST installedApps": [(404, fault("NotFound"))]}
    with pytest.raises(Refused, match="catalogue"):
        await contacts.send("bob", said())


async def test_a_conversation_that_is_lost_at_once_is_not_made_over_and_over(odd: Odd) -> None:
    contacts, table, asked = odd
    table |= {
        "GET installedApps": [APP],
        "POST conversations": [(201, {"id": "a:1"})],
        "POST activities": [(404, fault("ConversationNotFound"))],
    }
    with pytest.raises(Refused, match="does not know the conversation"):
        await contacts.send("ann", said())
    assert asked.count("POST conversations") == 1


async def test_a_wrong_secret_is_the_apps_own_trouble(odd: Odd) -> None:
    contacts, table, _ = odd
    table["POST token"] = [(401, {"error": "invalid_client", "error_codes": [7000215]})]
    with pytest.raises(NotAuthorised) as lost:
        await contacts.send("ann", said())
    assert lost.value.account is None and "7000215" in str(lost.value)


async def test_no_conversation_named(odd: Odd) -> None:
    contacts, table, _ = odd
    table |= {"GET installedApps": [APP], "POST conversations": [(201, {"id": None})]}
    with pytest.raises(Refused, match="names no conversation"):
        await contacts.send("ann", said())


def test_what_an_administrator_reads_names_no_person() -> None:
    said = (contact.REMOVED, contact.BLOCKED, contact.NOT_ALLOWED, contact.NOT_THERE, contact.NOT_UPLOADED)
    assert all(len(sentence) < 130 and "{" not in sentence for sentence in said)
