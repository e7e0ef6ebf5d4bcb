"""The control routes: what people do and see, and readable refusals instead of crashes."""

from typing import Any

import pytest
from company import TWO
from slack_workspace import Listener, Workspace

from sandbox.main import Options, start


async def post(slack: Workspace, act: str, body: Any) -> tuple[int, Any]:
    async with slack.browser.post(f"{slack.running.url}/control/{act}", json=body) as answer:
        return answer.status, await answer.json()


async def look(slack: Workspace, what: str, **query: str) -> tuple[int, Any]:
    async with slack.browser.get(f"{slack.running.url}/control/{what}", params=query) as answer:
        return answer.status, await answer.json()


async def test_ann_writes_to_bob_and_only_they_see_it(slack: Workspace) -> None:
    ann, bob, maya = (slack.id(name) for name in ("Ann Lee", "Bob Kim", "Maya Ortiz"))
    status, said = await post(slack, "say", {"platform": "slack", "as": ann, "to": bob, "text": "a < b"})
    assert status == 200
    _, seen = await look(slack, "chat", **{"platform": "slack", "as": bob, "with": ann})
    assert [(m["id"], m["from_name"], m["text"], m["by_app"]) for m in seen["messages"]] == [
        (said["id"], "Ann Lee", "a < b", False)
    ]
    _, mine = await look(slack, "chats", **{"platform": "slack", "as": bob})
    assert [(row["with"], row["last"]) for row in mine["chats"]] == [(ann, "a &lt; b")]
    _, others = await look(slack, "chats", **{"platform": "slack", "as": maya})
    assert others == {"chats": []}


async def test_the_world_knows_everybody_and_no_bots(slack: Workspace) -> None:
    status, world = await look(slack, "world")
    people = {p["name"]: p for p in world["people"]}
    assert status == 200 and world["platforms"] == ["slack", "zoom"]
    assert set(people["Ann Lee"]["accounts"]) == {"slack", "zoom"}
    assert set(people["Dana Ruiz"]["accounts"]) == {"slack"}
    assert set(people["Pat Stone"]["accounts"]) == {"zoom"}
    assert people["Maya Ortiz"]["accounts"]["slack"]["admin"]
    assert not people["Otto Gone"]["accounts"]["slack"]["active"]
    assert "Build Robot" not in people


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("say", []),
        ("say", {"platform": "teams", "as": "a", "to": "b", "text": "c"}),
        ("say", {"platform": "slack", "as": "U0NOBODY", "to": "bot", "text": "hello"}),
        ("say", {"platform": "slack", "to": "bot", "text": "hello"}),
        ("press", {"platform": "slack", "as": "U0NOBODY", "message": "1.1", "button": "Allow"}),
        ("faults", {"platform": "slack", "gremlins": 3}),
        ("clock", {"advance": "soon"}),
        ("profile", {"profile": "grim"}),
    ],
)
async def test_wrong_requests_are_told_what_is_wrong(slack: Workspace, act: str, body: Any) -> None:
    status, answer = await post(slack, act, body)
    assert status == 400 and answer["error"]


async def test_looking_changes_nothing(slack: Workspace) -> None:
    """A look at a conversation that never took place does not make one."""
    ann, bob = slack.id("Ann Lee"), slack.id("Bob Kim")
    assert await look(slack, "chat", **{"platform": "slack", "as": ann, "with": bob}) == (200, {"messages": []})
    assert (await look(slack, "chat", **{"platform": "slack", "as": "x", "with": "y"}))[0] == 400
    assert (await look(slack, "chat", platform="slack"))[0] == 400
    assert slack.running.core.world.chats["slack"] == {}


async def test_faults_count_down_and_reset(slack: Workspace) -> None:
    await post(slack, "faults", {"platform": "slack", "rate_limit": 2})
    codes = []
    for _ in range(3):
        async with slack.browser.post(f"{slack.running.url}/slack/api/auth.test") as answer:
            codes.append((answer.status, answer.headers.get("Retry-After")))
    assert codes == [(429, "1"), (429, "1"), (200, None)]
    await post(slack, "faults", {"platform": "slack", "down": True})
    async with slack.browser.post(f"{slack.running.url}/slack/api/auth.test") as answer:
        assert answer.status == 503
    _, shown = await post(slack, "faults", {"platform": "slack", "reset": True})
    assert shown["down"] is False and shown["limits"] is True


async def test_requests_are_listed_without_what_was_said(slack: Workspace) -> None:
    await slack.client().auth_test()
    _, found = await look(slack, "requests", since="0")
    assert [(r["platform"], r["path"], r["status"]) for r in found["requests"]] == [
        ("slack", "/slack/api/auth.test", 200)
    ]
    assert (await look(slack, "requests", since=str(found["requests"][-1]["n"])))[1] == {"requests": []}
    assert (await look(slack, "requests", since="yesterday"))[0] == 400


async def test_idle_and_the_clock(slack: Workspace, bot: Listener) -> None:
    await post(slack, "say", {"platform": "slack", "as": slack.id("Ann Lee"), "to": "bot", "text": "hello"})
    assert await look(slack, "idle") == (200, {"idle": True})
    assert len(bot.heard) == 1
    before = slack.running.core.clock.now()
    await post(slack, "clock", {"advance": 3600})
    assert (slack.running.core.clock.now() - before).total_seconds() >= 3600


async def test_changes_are_told_as_they_come(slack: Workspace) -> None:
    async with slack.browser.get(f"{slack.running.url}/control/events") as stream:
        assert await stream.content.readline() == b": here\n"
        await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
        await stream.content.readline()
        line = await stream.content.readline()
    assert line.startswith(b'data: {"kind":"message","platform":"slack"')


async def test_several_in_one_process_do_not_know_each_other(slack: Workspace) -> None:
    other = await start(Options(port=0, platforms=TWO, people=30))
    assert other.url != slack.running.url
    await slack.fake.say(slack.id("Ann Lee"), slack.id("Bob Kim"), "hello")
    assert other.core.world.chats["slack"] == {}
    assert {"MIO_SLACK_BOT_TOKEN", "MIO_SLACK_API_URL", "MIO_ZOOM_API_URL"} <= set(other.settings())
    await other.stop()
