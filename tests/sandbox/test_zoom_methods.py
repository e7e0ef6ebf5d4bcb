"""Directory and direct messages over REST: what they answer, and what they refuse with which status and code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from zoom_account import Office, Reply

ME = "/chat/users/me/messages"


async def listing(zoom: Office, one: str, other: str, **query: str) -> Reply:
    now = zoom.running.core.clock.now()
    times = {"from": stamp(now - timedelta(days=1)), "to": stamp(now + timedelta(minutes=1))}
    token = zoom.fake.tokens.of_user.get(zoom.id(one))
    params = {"to_contact": zoom.id(other), **times, **query}
    return await zoom.call(token.value if token else zoom.person(one), "GET", ME, params=params)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def said(zoom: Office, count: int) -> list[str]:
    return [(await zoom.sends("Ann Lee", "Bob Kim", f"no. {n}")).body["id"] for n in range(count)]


# -- directory -----------------------------------------------------------------------------------


async def users(zoom: Office, **query: str) -> Reply:
    return await zoom.call(await zoom.directory(), "GET", "/users", params=query)


async def test_everybody_is_listed_in_pages(zoom: Office) -> None:
    token, names, pages = "", [], 0
    while pages == 0 or token:
        page = (await users(zoom, page_size="4", **({"next_page_token": token} if token else {}))).body
        names += [u["display_name"] for u in page["users"]]
        token, pages = page["next_page_token"], pages + 1
    assert pages == page["page_count"] == page["page_number"] and len(set(names)) == page["total_records"] == len(names)
    assert "Pat Stone" in names and not {"Dana Ruiz", "Mio"} & set(names), "Dana lives in Slack only"


async def test_a_page_token_lives_a_quarter_of_an_hour_for_the_same_question(zoom: Office) -> None:
    token = (await users(zoom, page_size="4")).body["next_page_token"]
    zoom.later(899)
    assert (await users(zoom, page_size="4", next_page_token=token)).status == 200
    assert (await users(zoom, page_size="5", next_page_token=token)).code == (400, 300)
    assert (await users(zoom, page_size="4", next_page_token="rubbish")).code == (400, 300)
    zoom.later(2)
    late = await users(zoom, page_size="4", next_page_token=token)
    assert late.code == (400, 300) and late.body["message"] == "The next page token is invalid or expired."


@pytest.mark.parametrize(("mean", "size"), [(False, 2_000), (True, 300)])
async def test_the_largest_page(zoom: Office, mean: bool, size: int) -> None:
    zoom.switch(mean=mean)
    assert (await users(zoom, page_size="2000")).body["page_size"] == size
    assert (await users(zoom)).body["page_size"] == 30
    wrong = await users(zoom, page_size="2001")
    assert wrong.code == (400, 300) and wrong.body["errors"][0]["field"] == "page_size"


async def test_who_is_listed_under_which_status(zoom: Office) -> None:
    pending = await zoom.fake.invite("Nora New", "nora@acme.example")
    await zoom.fake.deactivate(zoom.id("Pat Stone"))
    await zoom.fake.outsider("Olga Outside", "olga@elsewhere.example")
    active, inactive, waiting = [(await users(zoom, status=s)).body["users"] for s in ("active", "inactive", "pending")]
    assert not {"Nora New", "Pat Stone", "Olga Outside"} & {u["display_name"] for u in active}
    assert [(u["id"], u["status"]) for u in inactive] == [(zoom.id("Pat Stone"), "inactive")]
    assert [(u["email"], u["status"], u.get("id")) for u in waiting] == [("nora@acme.example", "pending", None)]
    assert (await users(zoom, status="gone")).code == (400, 300)
    await zoom.fake.accept(pending)
    assert (await users(zoom, status="pending")).body["users"] == []


async def test_roles_and_who_holds_them(zoom: Office) -> None:
    token = await zoom.directory()
    roles = (await zoom.call(token, "GET", "/roles")).body["roles"]
    assert {r["id"]: (r["name"], r["total_members"] > 0) for r in roles} == {
        "0": ("Owner", False),
        "1": ("Admin", True),
        "2": ("Member", True),
    }
    assert [u["display_name"] for u in (await users(zoom, role_id="1")).body["users"]] == ["Maya Ortiz"]
    maya = await zoom.call(token, "GET", f"/users/{zoom.id('Maya Ortiz')}/permissions")
    ann = await zoom.call(token, "GET", "/users/ann@acme.example/permissions")
    assert "User:Edit" in maya.body["permissions"] and ann.body["permissions"] == []


async def test_one_user_by_id_or_address(zoom: Office) -> None:
    token, ann = await zoom.directory(), zoom.id("Ann Lee")
    found = [(await zoom.call(token, "GET", f"/users/{name}")).body["id"] for name in (ann, "ANN@acme.example")]
    assert found == [ann, ann]
    for name in (ann.lower(), zoom.extra("Ann Lee", "member"), "nobody@acme.example"):
        assert (await zoom.call(token, "GET", f"/users/{name}")).code == (404, 1001)
    assert (await zoom.call(token, "GET", "/users/me")).code == (400, 300), "a server has no me"


async def test_people_say_me_and_nothing_else(zoom: Office) -> None:
    ann = zoom.person("Ann Lee")
    assert (await zoom.call(ann, "GET", "/users/me")).status == 200
    assert (await zoom.call(ann, "GET", f"/users/{zoom.id('Ann Lee')}")).code == (401, 124)
    sent = {"message": "hi", "to_contact": zoom.id("Bob Kim")}
    other = await zoom.call(ann, "POST", f"/chat/users/{zoom.id('Ann Lee')}/messages", json=sent)
    assert other.code == (401, 124)


@pytest.mark.parametrize("path", ["/users", "/roles", "/users/bob@acme.example/permissions"])
async def test_a_persons_token_opens_no_directory(zoom: Office, path: str) -> None:
    assert (await zoom.call(zoom.person("Ann Lee"), "GET", path)).code == (400, 4700)


@pytest.mark.parametrize("path", ["/chat/channels", "/chat/emoji", "/users/me/settings"])
async def test_addresses_that_are_not_here(zoom: Office, path: str) -> None:
    assert (await zoom.call(zoom.person("Ann Lee"), "GET", path)).code == (400, 2300)


async def test_no_token_and_a_made_up_one(zoom: Office) -> None:
    for token in ("", "made-up"):
        answer = await zoom.call(token, "GET", "/users")
        assert answer.code == (401, 124) and answer.headers["x-zm-trackingid"]


# -- writing -------------------------------------------------------------------------------------


async def test_ann_writes_to_bob_by_any_of_his_names(zoom: Office) -> None:
    for contact in (zoom.id("Bob Kim"), "Bob@acme.example", zoom.extra("Bob Kim", "member")):
        sent = await zoom.sends("Ann Lee", "Bob Kim", "hi", to_contact=contact)
        assert sent.status == 201 and list(sent.body) == ["id"]
    shown = zoom.fake.view(zoom.id("Bob Kim"), zoom.id("Ann Lee"))
    assert [(m["from"], m["text"], m["by_app"]) for m in shown] == [(zoom.id("Ann Lee"), "hi", True)] * 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to_contact": ""}, (400, 300)),
        ({"to_contact": "nobody@acme.example"}, (404, 1001)),
        ({"to_contact": "ann@acme.example"}, (400, 200)),
        ({"to_contact": "", "to_channel": "c0ffee"}, (404, 4130)),
        ({"message": ""}, (400, 300)),
        ({"message": None}, (400, 300)),
        ({"message": "x" * 1_025}, (400, 300)),
        ({"message": "😀" * 513}, (400, 300)),
        ({"file_ids": ["f1"]}, (400, 5404)),
        ({"file_ids": ["f"] * 7}, (400, 300)),
        ({"interactive_cards": [{"card_json": "{}"}]}, (400, 5405)),
        ({"scheduled_time": "2026-01-01T00:00:00Z"}, (400, 300)),
        ({"reply_main_message_id": "27ED2949-6457-417C-83EA-72515DAF00BD"}, (400, 5402)),
        ({"rich_text": "bold"}, (400, 300)),
        ({"rich_text": [{"start_position": 0, "end_position": 3, "format_type": "Bold"}]}, (400, 300)),
        ({"rich_text": [{"start_position": 1, "end_position": 1, "format_type": "Bold"}]}, (400, 300)),
        ({"rich_text": [{"start_position": 0, "end_position": 2, "format_type": "Code"}]}, (400, 300)),
        ({"rich_text": [{"start_position": 0, "end_position": 2, "format_type": "AddLink"}]}, (400, 300)),
    ],
)
async def test_messages_that_are_refused(zoom: Office, change: dict[str, Any], code: tuple[int, int]) -> None:
    assert (await zoom.sends("Ann Lee", "Bob Kim", "hi", **change)).code == code
    assert zoom.fake.view(zoom.id("Bob Kim"), zoom.id("Ann Lee")) == []


async def test_a_body_that_is_no_json_object(zoom: Office) -> None:
    token = zoom.person("Ann Lee")
    for body in (b"{", b"[]"):
        raw = await zoom.call(token, "POST", ME, data=body, headers={"Content-Type": "application/json"})
        assert raw.code == (400, 300)


async def test_a_message_too_long_may_be_cut_without_a_word(zoom: Office) -> None:
    assert (await zoom.sends("Ann Lee", "Bob Kim", "x" * 1_024)).status == 201
    zoom.switch(mean=True)
    assert (await zoom.sends("Ann Lee", "Bob Kim", "y" * 2_000)).status == 201
    assert [len(m["text"]) for m in zoom.fake.view(zoom.id("Bob Kim"), zoom.id("Ann Lee"))] == [1_024, 1_024]


async def test_spans_end_before_their_end_and_count_wide_characters_twice(zoom: Office) -> None:
    """😀 is two units: "hi" after it begins at 3."""
    marks = [
        {"start_position": 3, "end_position": 5, "format_type": "Bold"},
        {"start_position": 0, "end_position": 2, "format_type": "AddLink", "format_attr": "https://x.example"},
    ]
    sent = await zoom.sends("Ann Lee", "Bob Kim", "😀 hi", rich_text=marks)
    assert sent.status == 201
    [message] = (await listing(zoom, "Ann Lee", "Bob Kim")).body["messages"]
    assert message["rich_text"] == marks


async def test_who_cannot_be_written_to(zoom: Office) -> None:
    zoom.fake.block(zoom.id("Bob Kim"), zoom.id("Ann Lee"))
    assert (await zoom.sends("Ann Lee", "Bob Kim", "hi")).code == (400, 5421)
    assert (await zoom.sends("Bob Kim", "Ann Lee", "hi")).status == 201, "the block holds one way"
    await zoom.fake.deactivate(zoom.id("Pat Stone"))
    assert (await zoom.sends("Ann Lee", "Pat Stone", "hi")).code == (404, 1001)
    zoom.fake.methods.barred.add(zoom.id("Ann Lee"))
    assert (await zoom.sends("Ann Lee", "Cleo Park", "hi")).code == (400, 5418)


async def test_threads_have_one_level(zoom: Office) -> None:
    main = (await zoom.sends("Ann Lee", "Bob Kim", "main")).body["id"]
    reply = await zoom.sends("Bob Kim", "Ann Lee", "reply", reply_main_message_id="{" + main.lower() + "}")
    assert reply.status == 201
    deeper = await zoom.sends("Ann Lee", "Bob Kim", "deeper", reply_main_message_id=reply.body["id"])
    assert deeper.code == (400, 5402)
    shown = (await listing(zoom, "Ann Lee", "Bob Kim")).body["messages"]
    assert shown[1]["reply_main_message_id"] == main
    assert shown[1]["reply_main_message_timestamp"] == shown[0]["timestamp"]
    without = (await listing(zoom, "Ann Lee", "Bob Kim", exclude_child_message="true")).body["messages"]
    assert [m["message"] for m in without] == ["main"]


@pytest.mark.parametrize("mean", [False, True])
async def test_an_edit_has_no_spans_and_the_old_ones_may_stay(zoom: Office, mean: bool) -> None:
    zoom.switch(mean=mean)
    marks = [{"start_position": 0, "end_position": 5, "format_type": "Bold"}]
    native = (await zoom.sends("Ann Lee", "Bob Kim", "draft", rich_text=marks)).body["id"]
    body = {"message": "ok", "to_contact": zoom.id("Bob Kim"), "rich_text": [{"format_type": "Italic"}]}
    token = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value
    done = await zoom.call(token, "PUT", f"{ME}/{native.lower()}", json=body)
    assert (done.status, done.body) == (204, None)
    query = {"to_contact": zoom.id("Bob Kim")}
    message = (await zoom.call(token, "GET", f"{ME}/{native}", params=query)).body
    assert message["message"] == "ok" and message.get("rich_text") == (marks if mean else None)


async def test_only_the_sender_edits_and_deletes(zoom: Office) -> None:
    [native] = await said(zoom, 1)
    bob, contact = zoom.person("Bob Kim"), zoom.id("Ann Lee")
    edit = await zoom.call(bob, "PUT", f"{ME}/{native}", json={"message": "x", "to_contact": contact})
    gone = await zoom.call(bob, "DELETE", f"{ME}/{native}", params={"to_contact": contact})
    assert edit.code == gone.code == (400, 200)
    ann = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value
    query = {"to_contact": zoom.id("Bob Kim")}
    assert (await zoom.call(ann, "DELETE", f"{ME}/{native}")).code == (400, 300), "the contact is required"
    assert (await zoom.call(ann, "DELETE", f"{ME}/{native}", params=query)).status == 204
    assert (await zoom.call(ann, "DELETE", f"{ME}/{native}", params=query)).code == (400, 300)
    assert (await zoom.call(ann, "GET", f"{ME}/{native}", params=query)).code == (400, 300)


@pytest.mark.parametrize("mean", [False, True])
async def test_an_account_may_limit_the_time_for_changes(zoom: Office, mean: bool) -> None:
    zoom.switch(mean=mean)
    zoom.fake.methods.window = 300
    [native] = await said(zoom, 1)
    ann, body = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value, {"message": "x", "to_contact": zoom.id("Bob Kim")}
    assert (await zoom.call(ann, "PUT", f"{ME}/{native}", json=body)).status == 204
    zoom.later(301)
    assert (await zoom.call(ann, "PUT", f"{ME}/{native}", json=body)).code == (400, 300 if mean else 200)


# -- reading -------------------------------------------------------------------------------------


async def test_a_conversation_in_pages_without_what_was_deleted(zoom: Office) -> None:
    ids = await said(zoom, 7)
    query = {"to_contact": zoom.id("Bob Kim")}
    ann = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value
    await zoom.call(ann, "DELETE", f"{ME}/{ids[2]}", params=query)
    now = zoom.running.core.clock.now()
    times = {"from": stamp(now - timedelta(minutes=5)), "to": stamp(now + timedelta(minutes=5)), "page_size": "4"}
    first = (await listing(zoom, "Ann Lee", "Bob Kim", **times)).body
    second = (await listing(zoom, "Ann Lee", "Bob Kim", **times, next_page_token=first["next_page_token"])).body
    said_so = [m["message"] for m in [*first["messages"], *second["messages"]]]
    assert said_so == [f"no. {n}" for n in (0, 1, 3, 4, 5, 6)] and second["next_page_token"] == ""
    everything = (await listing(zoom, "Ann Lee", "Bob Kim", include_deleted_and_edited_message="true")).body
    states = [(m["message"], m["status"]) for m in everything["messages"]]
    assert states[1:3] == [("no. 1", "Normal"), ("", "Deleted")]


async def test_the_order_is_nobodys_promise(zoom: Office) -> None:
    ids = await said(zoom, 8)
    zoom.switch(mean=True)
    shown = [m["id"] for m in (await listing(zoom, "Ann Lee", "Bob Kim")).body["messages"]]
    assert shown != ids and sorted(shown) == sorted(ids)


async def test_whole_seconds_and_both_ends_belong(zoom: Office) -> None:
    await said(zoom, 1)
    at = zoom.running.core.world.chats["zoom"]
    [message] = next(iter(at.values())).messages
    second = stamp(datetime.fromtimestamp(int(message.at), UTC))
    assert len((await listing(zoom, "Ann Lee", "Bob Kim", **{"from": second, "to": second})).body["messages"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "51"},
        {"page_size": "0"},
        {"from": "yesterday"},
        {"from": "2026-01-01 00:00:00"},
        {"from": "2020-01-01T00:00:00Z"},
        {"date": "01.02.2026"},
        {"to_contact": ""},
    ],
)
async def test_questions_that_are_refused(zoom: Office, query: dict[str, str]) -> None:
    assert (await listing(zoom, "Ann Lee", "Bob Kim", **query)).code == (400, 300)


async def test_without_times_it_is_today(zoom: Office) -> None:
    await said(zoom, 1)
    ann, query = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value, {"to_contact": zoom.id("Bob Kim")}
    assert len((await zoom.call(ann, "GET", ME, params=query)).body["messages"]) == 1
    zoom.later(86_400)
    fresh = zoom.person("Ann Lee")
    assert (await zoom.call(fresh, "GET", ME, params=query)).body["messages"] == []


async def test_nobody_reads_other_peoples_messages(zoom: Office) -> None:
    [native] = await said(zoom, 1)
    cleo = zoom.person("Cleo Park")
    for other in ("Ann Lee", "Bob Kim"):
        found = await zoom.call(cleo, "GET", f"{ME}/{native}", params={"to_contact": zoom.id(other)})
        assert found.code == (400, 300)
        assert (await listing(zoom, "Cleo Park", other)).body["messages"] == []


async def test_whom_ann_talked_to(zoom: Office) -> None:
    await said(zoom, 1)
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "help")
    ann = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value
    answer = (await zoom.call(ann, "GET", "/chat/users/me/sessions", params={"type": "1:1"})).body
    [session] = answer["sessions"]
    assert (session["name"], session["peer_contact_user_id"]) == ("bob@acme.example", zoom.id("Bob Kim"))
    groups = await zoom.call(ann, "GET", "/chat/users/me/sessions", params={"type": "groupchat"})
    assert groups.body["sessions"] == []
    assert (await zoom.call(ann, "GET", "/chat/users/me/sessions", params={"type": "party"})).code == (404, 1001)


# -- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [False, True])
async def test_the_account_shares_twenty_calls_a_second(zoom: Office, mean: bool) -> None:
    """Apps and people together; light calls count apart."""
    token, ann = await zoom.directory(), zoom.person("Ann Lee")
    zoom.switch(limits=True, mean=mean)
    zoom.running.core.limits["zoom:MEDIUM"] = [zoom.running.core.clock.seconds() + 5] * 19
    last = await zoom.call(ann, "GET", "/chat/users/me/sessions")
    assert last.status == 200 and last.headers.get("X-RateLimit-Remaining") == (None if mean else "0")
    refused = await zoom.call(token, "GET", "/users")
    assert refused.code == (429, 429)
    assert refused.headers.get("X-RateLimit-Type") == (None if mean else "QPS")
    assert ("Retry-After" in refused.headers, "X-RateLimit-Reset" in refused.headers) == (not mean, not mean)
    assert (await zoom.call(ann, "GET", "/users/me")).status == 200
    zoom.later(10)
    assert (await zoom.call(token, "GET", "/users")).status == 200


async def test_one_conversation_may_have_a_limit_of_its_own(zoom: Office) -> None:
    zoom.switch(limits=True, mean=True)
    zoom.person("Ann Lee")
    chat = zoom.fake.methods.dm(zoom.id("Ann Lee"), zoom.id("Bob Kim"))
    lane = f"zoom:dm:{chat.id}:{zoom.id('Ann Lee')}"
    zoom.running.core.limits[lane] = [zoom.running.core.clock.seconds() + 5] * 10
    assert (await zoom.sends("Ann Lee", "Bob Kim", "hi")).code == (429, 429)
    assert (await zoom.sends("Ann Lee", "Cleo Park", "hi")).status == 201


async def test_trouble_has_zooms_face(zoom: Office) -> None:
    zoom.switch(error_5xx=1, rate_limit=1)
    ann = zoom.person("Ann Lee")
    first, second = [await zoom.call(ann, "GET", "/users/me") for _ in range(2)]
    assert (first.status, second.status) == (429, 500) and first.body["code"] == 429
    assert (await zoom.call(ann, "GET", "/users/me")).status == 200
