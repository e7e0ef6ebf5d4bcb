"""Presses at the door: kept like everything else, and answered with the card that came of them if it came in time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from teams_door import Door, recorded
from teams_tenant import Tenant, coded
from vendor_server import webhook_client

from bot.platform import Incoming, Lent
from platforms.teams.api import Api
from platforms.teams.invokes import Invokes
from platforms.teams.keys import Keys
from platforms.teams.webhook import routes

DONE: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Done."}]}
CARD: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Import?"}],
    "actions": [{"type": "Action.Execute", "verb": "mio", "title": "Go", "data": {"action": "help:"}}],
}


@pytest.fixture
async def door(tenant: Tenant, api: Api) -> AsyncIterator[Door]:
    invokes = Invokes(patience=0.01)
    async with webhook_client(routes(api, Keys(api), invokes)) as client:
        yield Door(client, tenant, invokes, api)


async def shown(tenant: Tenant) -> tuple[str, str]:
    """Ann has a card of the bot; its conversation and id."""
    conversation, bot = await tenant.installed("Ann Lee"), await tenant.connector()
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    answer = await bot.post(
        f"/v3/conversations/{coded(conversation)}/activities", {"type": "message", "attachments": [attached]}
    )
    assert answer.status == 201, answer.body
    return conversation, str(answer.body["id"])


def lines(tenant: Tenant) -> list[Any]:
    return [m["lines"] or m["text"] for m in tenant.fake.view(tenant.id("Ann Lee"), "bot")]


async def test_a_press_is_answered_with_the_card_that_comes_of_it(
    tenant: Tenant, lent: Lent, api: Api, submitted: list[Incoming]
) -> None:
    place, invokes = await shown(tenant), Invokes(patience=60)

    async def submit(incoming: Incoming) -> None:
        """The worker is done before we have even answered."""
        submitted.append(incoming)
        invokes.shown(("another", place[1]), CARD)
        invokes.shown((place[0], "another"), CARD)
        invokes.shown(place, DONE)
        invokes.shown(place, CARD)

    quick = Api(replace(lent, submit=submit))
    async with webhook_client(routes(quick, Keys(api), invokes)) as client:
        tenant.running.bot_url = str(client.make_url("/"))
        await tenant.fake.press(tenant.id("Ann Lee"), place[1], "Go")
        await tenant.idle()
    assert lines(tenant) == [["Done."]]
    [kept] = submitted
    assert orjson.loads(kept.body)["payload"]["value"]["action"]["data"] == {"action": "help:"}
    assert invokes._waiting == {}


async def test_a_press_whose_card_takes_longer_is_answered_with_a_line(
    door: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    _, card = await shown(tenant)
    tenant.running.bot_url = str(door.client.make_url("/"))
    await tenant.fake.press(tenant.id("Ann Lee"), card, "Go")
    await tenant.idle()
    assert lines(tenant) == [["Import?"], "Noted."]
    assert len(submitted) == 1 and door.invokes._waiting == {}


async def test_two_presses_of_one_card_get_the_same_answer(tenant: Tenant, lent: Lent, api: Api) -> None:
    invokes, count = Invokes(patience=60), [0]
    activity = recorded(tenant, "execute")

    async def submit(incoming: Incoming) -> None:
        count[0] += 1
        if count[0] == 2:
            invokes.shown((activity["conversation"]["id"], activity["replyToId"]), DONE)

    both = Api(replace(lent, submit=submit))
    async with webhook_client(routes(both, Keys(api), invokes)) as client:
        door = Door(client, tenant, invokes, both)
        assert list(await asyncio.gather(door.signed(activity), door.signed(activity))) == [200, 200]
        assert [orjson.loads(body)["value"] for _, body in door.answers] == [DONE, DONE]


async def test_a_client_that_refreshes_by_itself_presses_nothing(
    door: Door, tenant: Tenant, submitted: list[Incoming]
) -> None:
    activity = recorded(tenant, "execute")
    for trigger in ("automatic", "Manual", None, 7):
        changed = {**activity, "value": {**activity["value"], "trigger": trigger}}
        assert await door.signed(changed) == 200
        assert door.said() == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": ""}
    assert submitted == []


async def test_a_press_without_a_trigger_was_by_hand(door: Door, tenant: Tenant, submitted: list[Incoming]) -> None:
    activity = recorded(tenant, "execute")
    del activity["value"]["trigger"]
    assert await door.signed(activity) == 200
    assert len(submitted) == 1 and door.said()["value"] == "Noted."


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, {"action": None}, {"action": "go", "trigger": "manual"}])
async def test_a_press_of_nothing_is_an_error_in_the_body(
    door: Door, tenant: Tenant, submitted: list[Incoming], value: Any
) -> None:
    assert await door.signed({**recorded(tenant, "execute"), "value": value}) == 200
    said = door.said()
    assert (said["statusCode"], said["type"], said["value"]["code"]) == (
        400,
        "application/vnd.microsoft.error",
        "BadRequest",
    )
    assert submitted == []


async def test_a_press_that_names_no_card_waits_for_none(tenant: Tenant, api: Api) -> None:
    invokes = Invokes(patience=60)
    activity = {**recorded(tenant, "execute"), "replyToId": None}
    async with webhook_client(routes(api, Keys(api), invokes)) as client:
        door = Door(client, tenant, invokes, api)
        assert await door.signed(activity) == 200 and door.said()["value"] == "Noted."


@pytest.mark.parametrize("name", ["task/fetch", "task/submit", "application/search", "signin/verifyState", None])
async def test_other_invokes_are_not_known_here(
    door: Door, tenant: Tenant, submitted: list[Incoming], name: str | None
) -> None:
    assert await door.signed({**recorded(tenant, "execute"), "name": name}) == 501
    assert submitted == []
