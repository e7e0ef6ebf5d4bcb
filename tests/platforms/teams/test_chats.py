"""Chats of two: opened for people, and whose a chat is, mostly without asking."""

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from teams_tenant import Tenant
from vendor_server import serving

from bot.platform import NotAuthorised, Refused
from platforms.teams.api import Api
from platforms.teams.chats import Chats
from platforms.teams.graph import Graph

ANN, BOB, GUS, MAYA = "Ann Lee", "Bob Kim", "Gus Weber", "Maya Ortiz"
ODD = "19:uni01_abc@unq.gbl.spaces"


@pytest.fixture
def chats(api: Api, graph: Graph) -> Chats:
    return Chats(api, graph)


def asked(counts: list[tuple[str, int]]) -> list[str]:
    return [method for method, _ in counts]


@pytest.mark.parametrize("mean", [False, True])
async def test_ann_and_bob_have_one_chat_whoever_opens_it(
    tenant: Tenant, people: Any, chats: Chats, mean: bool
) -> None:
    tenant.switch(mean=mean)
    await people.allows(ANN)
    await people.allows(BOB)
    ann, bob = tenant.id(ANN), tenant.id(BOB)
    opened = await chats.open(people.account(ANN), ann, bob)
    assert await chats.open(people.account(ANN), ann, bob) == opened
    assert await chats.open(people.account(BOB), bob, ann) == opened
    await tenant.fake.say(bob, ann, "hello")
    assert [chat.id for chat in tenant.running.core.world.chats["teams"].values()] == [opened]


async def test_whom_the_licence_is_missing_for(tenant: Tenant, people: Any, chats: Chats) -> None:
    await people.allows(ANN)
    with pytest.raises(Refused, match="licence"):
        await chats.open(people.account(ANN), tenant.id(ANN), tenant.id(GUS))


async def test_somebody_teams_does_not_know(tenant: Tenant, people: Any, chats: Chats) -> None:
    """``Gone`` would mean that there is nothing left to do, and the message would end without a word."""
    await people.allows(ANN)
    with pytest.raises(Refused, match="does not know"):
        await chats.open(people.account(ANN), tenant.id(ANN), "99999999-0000-4000-8000-000000000009")


async def test_an_answer_without_a_chat(lent: Any, people: Any, purse: Any) -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.json_response({"chatType": "oneOnOne"}, status=201)

    purse.people[people.account(ANN)] = "token"
    async with serving({"/chats": handle}) as server:
        there = {"MIO_TEAMS_GRAPH_URL": str(server.make_url("")).rstrip("/")}
        api = Api(replace(lent, settings={**lent.settings, **there}))
        await api.http.start()
        with pytest.raises(Refused, match="no chat"):
            await Chats(api, Graph(api)).open(people.account(ANN), "a", "b")
        await api.http.stop()


async def test_the_usual_id_tells_whose_it_is(
    tenant: Tenant, people: Any, chats: Chats, counts: list[tuple[str, int]]
) -> None:
    """Without a call, and without Ann's permission."""
    ann, bob = tenant.id(ANN), tenant.id(BOB)
    found = await chats.pair(people.account(ANN), f"19:{ann.upper()}_{bob}@unq.gbl.spaces")
    assert found == (ann, bob) and counts == []


@pytest.mark.parametrize("chat", ["19:0f0f@thread.v2", "19:meeting_MjA@thread.v2", "19:ab@thread.tacv2;messageid=1"])
async def test_chats_of_many_are_nobodys_without_a_call(
    people: Any, chats: Chats, chat: str, counts: list[tuple[str, int]]
) -> None:
    assert await chats.pair(people.account(ANN), chat) is None
    assert counts == []


async def test_another_form_of_id_is_asked_for_once(
    tenant: Tenant, people: Any, chats: Chats, api: Api, graph: Graph, counts: list[tuple[str, int]]
) -> None:
    ann, bob = tenant.id(ANN), tenant.id(BOB)
    tenant.running.core.world.chat("teams", ODD, ann, bob)
    with pytest.raises(NotAuthorised):
        await chats.pair(people.account(ANN), ODD)
    await people.allows(ANN)
    for looking in (chats, chats, Chats(api, graph)):
        found = await looking.pair(people.account(ANN), ODD)
        assert found is not None and set(found) == {ann, bob}
    assert asked(counts) == ["GET /chats/{id}"]


async def test_a_group_under_another_form_of_id(
    tenant: Tenant, people: Any, chats: Chats, counts: list[tuple[str, int]]
) -> None:
    everybody = [tenant.id(name) for name in (ANN, BOB, MAYA)]
    room = tenant.fake.rooms._add("19:odd@elsewhere", tuple(everybody), "Lunch")
    await people.allows(ANN)
    for _ in range(2):
        assert await chats.pair(people.account(ANN), room.id) is None
    assert asked(counts) == ["GET /chats/{id}"], "remembered as nobody's"


async def test_a_chat_that_ann_is_not_in(tenant: Tenant, people: Any, chats: Chats, kept: dict[str, str]) -> None:
    tenant.running.core.world.chat("teams", ODD, tenant.id(BOB), tenant.id(MAYA))
    await people.allows(ANN)
    assert await chats.pair(people.account(ANN), ODD) is None
    assert await chats.pair(people.account(ANN), "19:gone@unq.gbl.spaces") is None
    assert kept == {}, "not for good"
