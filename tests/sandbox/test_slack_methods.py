"""The Web API, driven by the vendor's SDK: what it answers, and what it refuses with which word."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_workspace import Workspace


async def refused(call: Any) -> Any:
    with pytest.raises(SlackApiError) as fault:
        await call
    return fault.value.response


async def opened(slack: Workspace, one: str, other: str) -> str:
    found = await slack.person(one).conversations_open(users=slack.id(other))
    channel: str = found["channel"]["id"]
    return channel


async def test_everybody_is_listed_in_pages(slack: Workspace) -> None:
    cursor, names, pages = "", [], 0
    while pages == 0 or cursor:
        page = await slack.client().users_list(limit=5, cursor=cursor)
        names += [m["real_name"] for m in page["members"]]
        cursor, pages = page["response_metadata"]["next_cursor"], pages + 1
    assert pages > 2 and len(names) == len(set(names))
    assert {"Maya Ortiz", "Dana Ruiz", "Gail Guest", "Otto Gone", "Build Robot", "Slackbot"} <= set(names)
    assert "Pat Stone" not in names, "Pat lives in Zoom only"
    assert (await refused(slack.client().users_list(limit=5, cursor="rubbish")))["error"] == "invalid_cursor"


async def test_a_members_marks(slack: Workspace) -> None:
    async def of(name: str) -> dict[str, Any]:
        return dict((await slack.client().users_info(user=slack.id(name)))["user"])

    maya, gail, otto = await of("Maya Ortiz"), await of("Gail Guest"), await of("Otto Gone")
    assert maya["is_admin"] and maya["profile"]["email"] == "maya@acme.example"
    assert gail["is_restricted"] and otto["deleted"] and (await of("Build Robot"))["is_bot"]
    unseen = slack.person("Ann Lee", "users:read")
    without = await unseen.users_info(user=slack.id("Maya Ortiz"))
    assert "email" not in without["user"]["profile"], "the address needs its own scope"
    assert (await refused(unseen.users_lookupByEmail(email="maya@acme.example")))["needed"] == "users:read.email"


async def test_slackbot_may_call_itself_a_person(slack: Workspace) -> None:
    assert (await slack.client().users_info(user="USLACKBOT"))["user"]["is_bot"]
    slack.switch(mean=True)
    assert not (await slack.client().users_info(user="USLACKBOT"))["user"]["is_bot"]


async def test_looking_up(slack: Workspace) -> None:
    client = slack.client()
    assert (await client.users_lookupByEmail(email="Ann@Acme.example"))["user"]["id"] == slack.id("Ann Lee")
    assert (await refused(client.users_lookupByEmail(email="otto@acme.example")))["error"] == "users_not_found"
    assert (await refused(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    assert (await client.team_info())["team"] == {"id": "T0ACME", "name": "Acme", "domain": "acme"}


async def test_both_sides_open_the_same_conversation(slack: Workspace) -> None:
    ann, bob = slack.person("Ann Lee"), slack.person("Bob Kim")
    looked = ann.conversations_open(users=slack.id("Bob Kim"), prevent_creation=True)
    assert (await refused(looked))["error"] == "channel_not_found"
    first = await ann.conversations_open(users=slack.id("Bob Kim"))
    second = await bob.conversations_open(users=slack.id("Ann Lee"), return_im=True)
    assert first["channel"]["id"] == second["channel"]["id"] and first["channel"]["id"].startswith("D")
    assert (first["already_open"], second["already_open"]) == (False, True)
    assert second["channel"]["user"] == slack.id("Ann Lee")
    info = await ann.conversations_info(channel=first["channel"]["id"])
    assert info["channel"]["user"] == slack.id("Bob Kim")


@pytest.mark.parametrize(
    ("users", "error"),
    [("", "users_list_not_supplied"), ("U0NOBODY", "user_not_found"), ("U0GONE001", "user_disabled")],
)
async def test_who_cannot_be_opened(slack: Workspace, users: str, error: str) -> None:
    assert (await refused(slack.person("Ann Lee").conversations_open(users=users)))["error"] == error


async def test_a_conversation_of_two_is_closed_to_the_bot_and_to_others(slack: Workspace) -> None:
    channel = await opened(slack, "Ann Lee", "Bob Kim")
    for client in (slack.client(), slack.person("Dana Ruiz")):
        assert (await refused(client.chat_postMessage(channel=channel, text="hi")))["error"] == "channel_not_found"
        assert (await refused(client.conversations_info(channel=channel)))["error"] == "channel_not_found"
        assert (await refused(client.conversations_history(channel=channel)))["error"] == "channel_not_found"


async def test_a_post_carries_its_author_and_the_app(slack: Workspace) -> None:
    channel = await opened(slack, "Ann Lee", "Bob Kim")
    said = await slack.person("Ann Lee").chat_postMessage(channel=channel, text="hi &lt;b&gt;")
    message = said["message"]
    assert (message["user"], message["bot_id"], message["app_id"]) == (slack.id("Ann Lee"), "B0MIO", "A0MIO")
    assert said["ts"] == message["ts"] and len(said["ts"].split(".")[1]) == 6
    shown = slack.fake.view(slack.id("Bob Kim"), slack.id("Ann Lee"))
    assert [(m["text"], m["by_app"]) for m in shown] == [("hi <b>", True)]


async def test_history_newest_first_between_times_and_in_pages(slack: Workspace) -> None:
    ann, channel = slack.person("Ann Lee"), await opened(slack, "Ann Lee", "Bob Kim")
    stamps = [(await ann.chat_postMessage(channel=channel, text=f"no. {n}"))["ts"] for n in range(7)]
    await ann.chat_delete(channel=channel, ts=stamps[5])
    page = await ann.conversations_history(channel=channel, limit=3)
    assert [m["text"] for m in page["messages"]] == ["no. 6", "no. 4", "no. 3"] and page["has_more"]
    rest = await ann.conversations_history(channel=channel, limit=3, cursor=page["response_metadata"]["next_cursor"])
    assert [m["text"] for m in rest["messages"]] == ["no. 2", "no. 1", "no. 0"] and not rest["has_more"]
    between = {"channel": channel, "oldest": stamps[1], "latest": stamps[3]}
    assert [m["text"] for m in (await ann.conversations_history(**between))["messages"]] == ["no. 2"]
    wide = await ann.conversations_history(**between, inclusive=True)
    assert [m["text"] for m in wide["messages"]] == ["no. 3", "no. 2", "no. 1"]
    wrong = ann.conversations_history(channel=channel, oldest="yesterday")
    assert (await refused(wrong))["error"] == "invalid_ts_oldest"


async def test_only_the_author_edits_and_deletes(slack: Workspace) -> None:
    ann, bob = slack.person("Ann Lee"), slack.person("Bob Kim")
    channel = await opened(slack, "Ann Lee", "Bob Kim")
    ts = (await ann.chat_postMessage(channel=channel, text="draft"))["ts"]
    assert (await refused(bob.chat_update(channel=channel, ts=ts, text="x")))["error"] == "cant_update_message"
    assert (await refused(bob.chat_delete(channel=channel, ts=ts)))["error"] == "cant_delete_message"
    assert (await ann.chat_update(channel=channel, ts=ts, text="final"))["message"]["edited"]["user"]
    assert [(m["text"], m["edited"]) for m in slack.fake.view(slack.id("Bob Kim"), slack.id("Ann Lee"))] == [
        ("final", True)
    ]
    await ann.chat_delete(channel=channel, ts=ts)
    assert slack.fake.view(slack.id("Bob Kim"), slack.id("Ann Lee")) == []
    assert (await refused(ann.chat_delete(channel=channel, ts=ts)))["error"] == "message_not_found"


async def test_lengths_and_emptiness(slack: Workspace) -> None:
    ann, channel = slack.person("Ann Lee"), await opened(slack, "Ann Lee", "Bob Kim")
    ts = (await ann.chat_postMessage(channel=channel, text="x" * 40_000))["ts"]
    assert (await refused(ann.chat_postMessage(channel=channel, text="x" * 40_001)))["error"] == "msg_too_long"
    assert (await refused(ann.chat_update(channel=channel, ts=ts, text="x" * 4_001)))["error"] == "msg_too_long"
    empty = ann.api_call("chat.postMessage", json={"channel": channel, "text": ""})
    assert (await refused(empty))["error"] == "no_text"


async def test_rich_text_stays_rich_text(slack: Workspace) -> None:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}
    rich = [{"type": "rich_text", "elements": [section]}]
    plain = [{"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}]
    client, channel = slack.client(), slack.id("Ann Lee")
    said = await client.chat_postMessage(channel=channel, text="hi", blocks=rich)
    again = client.chat_update(channel=said["channel"], ts=said["ts"], text="hi", blocks=plain)
    assert (await refused(again))["error"] == "block_mismatch"
    done = await client.chat_update(channel=said["channel"], ts=said["ts"], text="ho", blocks=rich)
    assert "edited" not in done["message"], "an update with blocks bears no mark"


async def test_a_missing_scope_says_which(slack: Workspace) -> None:
    answer = await refused(slack.person("Ann Lee", "im:read").conversations_open(users=slack.id("Bob Kim")))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "im:write", "im:read")


async def test_another_name_needs_its_own_scope(slack: Workspace) -> None:
    said = slack.client().chat_postMessage(channel=slack.id("Ann Lee"), text="hi", username="Bob")
    assert (await refused(said))["needed"] == "chat:write.customize"
    token = slack.fake.tokens.install("chat:write,chat:write.customize").value
    await slack.client(token).chat_postMessage(channel=slack.id("Ann Lee"), text="hi", username="Bob")
    assert [m["from_name"] for m in slack.fake.view(slack.id("Ann Lee"), "bot")] == ["Bob"]


@pytest.mark.parametrize("method", ["reactions.add", "files.info", "chat.shout"])
async def test_methods_that_are_not_here(slack: Workspace, method: str) -> None:
    assert (await refused(slack.client().api_call(method)))["error"] == "unknown_method"


async def test_ways_to_send_arguments(slack: Workspace) -> None:
    """Query, form and JSON alike – but a method that reads no JSON sees nothing of it."""
    url, headers = f"{slack.running.url}/slack/api", {"Authorization": "Bearer xoxb-sandbox-bot"}
    user = slack.id("Ann Lee")
    async with slack.browser.post(f"{url}/conversations.open", params={"users": user}, headers=headers) as answer:
        assert (await answer.json())["ok"]
    async with slack.browser.post(f"{url}/users.info", data={"user": user}, headers=headers) as answer:
        assert (await answer.json())["ok"]
    async with slack.browser.post(f"{url}/users.info", json={"user": user}, headers=headers) as answer:
        assert (await answer.json())["error"] == "user_not_found"
    kind = {"Content-Type": "application/json", **headers}
    for body, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
        async with slack.browser.post(f"{url}/chat.postMessage", data=body, headers=kind) as answer:
            assert (await answer.json())["error"] == error
    form = {"channel": user, "text": "hi", "blocks": "[{"}
    async with slack.browser.post(f"{url}/chat.postMessage", data=form, headers=headers) as answer:
        assert (await answer.json())["error"] == "invalid_blocks_format"


async def test_too_many_calls_are_told_how_long_to_wait(slack: Workspace) -> None:
    slack.switch(limits=True)
    for _ in range(20):
        await slack.client().users_list(limit=1)
    answer = await refused(slack.client().users_list(limit=1))
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert (await slack.client().team_info())["ok"], "only this method is shut"
    slack.running.core.clock.advance(61)
    assert (await slack.client().users_list(limit=1))["ok"]


async def test_a_closed_account_is_written_to_no_more(slack: Workspace) -> None:
    channel = await opened(slack, "Ann Lee", "Bob Kim")
    await slack.fake.deactivate(slack.id("Bob Kim"))
    said = slack.person("Ann Lee").chat_postMessage(channel=channel, text="hi")
    assert (await refused(said))["error"] == "is_archived"


async def test_home(slack: Workspace) -> None:
    view = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]}
    user, client = slack.id("Ann Lee"), slack.client()
    first = (await client.views_publish(user_id=user, view=view))["view"]
    second = (await client.views_publish(user_id=user, view=view, hash=first["hash"]))["view"]
    assert first["id"] == second["id"] and first["hash"] != second["hash"]
    stale = client.views_publish(user_id=user, view=view, hash=first["hash"])
    assert (await refused(stale))["error"] == "hash_conflict"
    assert (await refused(client.views_publish(user_id=user, view={"type": "modal"})))["error"] == "invalid_arguments"
    by_ann = slack.person("Ann Lee").views_publish(user_id=user, view=view)
    assert (await refused(by_ann))["error"] == "not_allowed_token_type"
    shown = await slack.fake.open_home(user)
    assert shown is not None and shown["blocks"] == view["blocks"]
