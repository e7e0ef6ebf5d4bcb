"""Payload in, event out: decided from the metadata, words fetched only between people we know."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from vendor_server import Answers, Asked, Purse, refusal
from webex_people import ADMIN, ANN, BOB, MAYA, ORG, PARTNER, UUIDS, native, person, record

from bot.events import (
    ButtonPressed,
    CommandGiven,
    Event,
    Ignored,
    MessageEdited,
    MessageErased,
    MessagePosted,
    OutsiderWrote,
)
from bot.ids import AccountId
from bot.people import Kind
from bot.platform import NotAuthorised, TryLater, Undecodable
from bot.text import Style, plain
from platforms.webex.send import Webex

PAYLOADS = Path(__file__).parent / "payloads"
M1 = f"GET /messages/{native('MESSAGE', 'm1')}"
AT = datetime(2026, 3, 2, 11, 59, 55, 512_000, UTC)


def message(name: str = "m1", author: str = "bob", **more: Any) -> dict[str, Any]:
    """As Webex gives it to whoever may read it."""
    return {
        "id": native("MESSAGE", name),
        "roomId": native("ROOM", "r1"),
        "roomType": "direct",
        "personId": person(author),
        "text": "see the plan",
        "created": "2026-03-02T11:59:55.512Z",
        **more,
    }


async def decoded(webex: Webex, name: str, **data: Any) -> Event:
    kept = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())
    kept["event"]["data"] |= data
    events = await webex.decode(orjson.dumps(kept))
    assert len(events) == 1
    return events[0]


async def test_a_message_to_ann(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[M1] = [message(html="<p>see <strong>the plan</strong></p>", parentId=native("MESSAGE", "m0"))]
    posted = await decoded(webex, "message_created")
    assert isinstance(posted, MessagePosted)
    assert (posted.author, posted.reader, posted.at) == (BOB, ANN, AT)
    assert (posted.channel, posted.native) == (native("ROOM", "r1"), native("MESSAGE", "m1"))
    assert posted.reply_to == native("MESSAGE", "m0")
    assert [(s.text, s.style) for s in posted.text.blocks[0].spans] == [("see ", 0), ("the plan", Style.BOLD)]
    assert [(name, args["key"]) for name, args in asked] == [(M1, f"Bearer tok-{ANN}")]


async def test_told_with_another_cluster_it_is_the_same_message(webex: Webex, answers: Answers) -> None:
    abroad = native("MESSAGE", "m1", "us-west-2_r")
    answers |= {M1: [message()], f"GET /messages/{abroad}": [message(id=abroad, personId=person("bob", "us-west-2_r"))]}
    one, other = await decoded(webex, "message_created"), await decoded(webex, "message_created_abroad")
    assert isinstance(other, MessagePosted) and one == other


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("message_created_own", "own"),
        ("membership_created", "unknown kind"),
    ],
)
async def test_what_is_not_looked_at(webex: Webex, asked: Asked, name: str, reason: str) -> None:
    ignored = await decoded(webex, name)
    assert isinstance(ignored, Ignored) and ignored.reason == reason
    assert asked == []


@pytest.mark.parametrize(
    ("org", "kind", "is_a"), [(PARTNER, "person", Kind.GUEST), (ORG, "person", Kind.MEMBER), (PARTNER, "bot", Kind.BOT)]
)
async def test_a_stranger_is_looked_up_and_their_words_are_not(
    webex: Webex, answers: Answers, asked: Asked, org: str, kind: str, is_a: Kind
) -> None:
    pat = record("pat", orgId=org, type=kind)
    answers |= {"GET /people/me": [{"id": person("mio")}], f"GET /people/{person('pat')}": [pat]}
    event = await decoded(webex, "message_created_stranger")
    assert isinstance(event, OutsiderWrote) and (event.reader, event.name, event.kind) == (ANN, "Pat Lee", is_a)
    assert not any("messages" in str(call) for call in asked), asked


async def test_the_bots_own_words_to_somebody_are_no_strangers(webex: Webex, answers: Answers) -> None:
    answers |= {"GET /people/me": [{"id": person("pat")}]}
    ignored = await decoded(webex, "message_created_stranger")
    assert isinstance(ignored, Ignored) and ignored.reason == "own"


async def test_a_room_of_several_is_not_looked_at(webex: Webex, asked: Asked) -> None:
    ignored = await decoded(webex, "message_created", roomType="group")
    assert isinstance(ignored, Ignored) and ignored.reason == "not a direct message"
    assert asked == []


async def test_a_webhook_that_outlived_its_token(webex: Webex, asked: Asked, owners: set[AccountId]) -> None:
    owners.clear()
    ignored = await decoded(webex, "message_created")
    assert isinstance(ignored, Ignored) and ignored.reason == "no permission to look"
    assert asked == []


async def test_a_message_told_of_before_it_can_be_read_is_asked_for_again_and_then_given_up(webex: Webex) -> None:
    waits = []
    for _ in range(3):
        with pytest.raises(TryLater) as later:
            await decoded(webex, "message_created")
        waits.append(later.value.after)
    assert waits == [timedelta(milliseconds=ms) for ms in (250, 500, 1_000)]
    ignored = await decoded(webex, "message_created")
    assert isinstance(ignored, Ignored) and ignored.reason == "not found"


async def test_a_message_without_its_key_is_asked_for_again_and_then_set_aside(webex: Webex, answers: Answers) -> None:
    answers[M1] = [message(text="", errors={"text": {"code": "kms_failure", "reason": "no"}})]
    for _ in range(3):
        with pytest.raises(TryLater):
            await decoded(webex, "message_created")
    with pytest.raises(Undecodable, match="kms_failure"):
        await decoded(webex, "message_created")
    answers[M1] = [message()]
    assert isinstance(await decoded(webex, "message_created"), MessagePosted)


async def test_a_token_that_was_refused_is_renewed_once(
    webex: Webex, answers: Answers, purse: Purse, rejected: list[Any]
) -> None:
    answers[M1] = [refusal(401)]
    with pytest.raises(TryLater) as later:
        await decoded(webex, "message_created")
    assert later.value.after == timedelta() and len(rejected) == 1
    with pytest.raises(TryLater):
        await decoded(webex, "message_created")
    purse.renewed[ANN] = "tok-new"
    with pytest.raises(NotAuthorised) as lost:
        await decoded(webex, "message_created")
    assert lost.value.account == ANN


async def test_files_are_named(webex: Webex, answers: Answers, lent: Any) -> None:
    urls = [f"{lent.settings['MIO_WEBEX_API_URL']}/contents/{name}" for name in ("f1", "f2", "f3")]
    urls.append("https://elsewhere.example/v1/contents/f4")
    answers |= {
        f"GET /messages/{native('MESSAGE', 'm4')}": [message("m4", files=urls)],
        "HEAD /contents/f1": [(200, {"Content-Disposition": 'attachment; filename="plan.pdf"'}, "")],
        "HEAD /contents/f2": [(423, {"Retry-After": "5"}, "")],
        "HEAD /contents/f3": [(200, {"Content-Disposition": "attachment; filename*=UTF-8''%C3%BCber.txt"}, "")],
    }
    posted = await decoded(webex, "message_created_file")
    assert isinstance(posted, MessagePosted)
    assert posted.files == ("plan.pdf", "file", "über.txt", "file")


async def test_an_edit(webex: Webex, answers: Answers) -> None:
    answers[M1] = [message(text="new words", updated="2026-03-02T11:59:58.000Z")]
    edited = await decoded(webex, "message_updated")
    assert isinstance(edited, MessageEdited)
    assert (plain(edited.text), edited.at.second, edited.author, edited.reader) == ("new words", 58, BOB, ANN)


async def test_a_deleted_message_cannot_be_fetched_any_more(webex: Webex, asked: Asked) -> None:
    erased = await decoded(webex, "message_deleted")
    assert isinstance(erased, MessageErased)
    assert (erased.channel, erased.native) == (native("ROOM", "r1"), native("MESSAGE", "m1"))
    assert asked == []


# -- the bot -------------------------------------------------------------------------------------


async def test_a_command_by_an_administrator(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {
        f"GET /messages/{native('MESSAGE', 'm5')}": [message("m5", "maya", text="/mio sync bo@acme.example")],
        f"GET /people/{person('maya')}": [record("maya", roles=[ADMIN])],
    }
    given = await decoded(webex, "command")
    assert isinstance(given, CommandGiven)
    assert (given.actor.id, given.actor.admin, given.text, given.shared) == (
        MAYA,
        True,
        "/mio sync bo@acme.example",
        False,
    )
    assert [args["key"] for _, args in asked] == ["Bearer tok-bot", "Bearer tok-directory"]


async def test_without_the_directory_nobody_is_an_administrator(
    webex: Webex, answers: Answers, asked: Asked, purse: Purse
) -> None:
    purse.installed_token = None
    answers |= {
        f"GET /messages/{native('MESSAGE', 'm5')}": [message("m5", "maya", text="help")],
        f"GET /people/{person('maya')}": [{k: v for k, v in record("maya").items() if k != "roles"}],
    }
    given = await decoded(webex, "command")
    assert isinstance(given, CommandGiven) and not given.actor.admin
    assert [args["key"] for _, args in asked] == ["Bearer tok-bot"] * 2


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (
            f'<p><spark-mention data-object-type="person" data-object-id="{person("mio")}">Mio</spark-mention> help</p>',
            "help",
        ),
        (
            f'<p><spark-mention data-object-type="person" data-object-id="{person("mio", "eu")}">Mio</spark-mention> status '
            f'<spark-mention data-object-type="person" data-object-id="{person("bob")}">Bob</spark-mention></p>',
            f"status @account:{BOB}",
        ),
        (f'<p>Mio why <spark-mention data-object-id="{person("pat")}">Pat</spark-mention></p>', "why @Pat"),
    ],
)
async def test_in_a_group_the_bots_name_is_left_out(webex: Webex, answers: Answers, html: str, words: str) -> None:
    people = [person("mio"), person("bob"), person("pat")]
    answers |= {
        f"GET /messages/{native('MESSAGE', 'm6')}": [
            message("m6", "maya", roomType="group", text="Mio …", html=html, mentionedPeople=people)
        ],
        f"GET /people/{person('maya')}": [record("maya")],
    }
    given = await decoded(webex, "command_in_group")
    assert isinstance(given, CommandGiven) and given.shared
    assert given.text == words


@pytest.mark.parametrize(
    ("inputs", "presses"),
    [
        ({"action": "confirm:p1"}, [("confirm:p1", None)]),
        ({"from": "person:", "person:": "4"}, [("person:", "4")]),
        (
            {"action": "teams_import:webex", "also": ["teams:webex"], "teams:webex": "t1,t2"},
            [("teams:webex", "t1,t2"), ("teams_import:webex", None)],
        ),
    ],
)
async def test_a_press(webex: Webex, answers: Answers, inputs: dict[str, Any], presses: list[Any]) -> None:
    pressed = {
        "id": "x",
        "type": "submit",
        "messageId": native("MESSAGE", "c1"),
        "personId": person("bob"),
        "roomId": "r",
    }
    answers[f"GET /attachment/actions/{native('ATTACHMENT_ACTION', 'p1')}"] = [{**pressed, "inputs": inputs}]
    body = (PAYLOADS / "press.json").read_bytes()
    events = await webex.decode(body)
    assert [(e.action, e.value) for e in events if isinstance(e, ButtonPressed)] == presses
    assert {e.account for e in events if isinstance(e, ButtonPressed)} == {BOB}, "who Webex says, not the envelope"


async def test_a_press_that_says_nothing_and_one_by_nobody(webex: Webex, answers: Answers) -> None:
    call = f"GET /attachment/actions/{native('ATTACHMENT_ACTION', 'p1')}"
    pressed = {
        "id": "x",
        "messageId": native("MESSAGE", "c1"),
        "personId": person("bob"),
        "inputs": {"from": "person:"},
    }
    answers[call] = [pressed]
    nothing = await decoded(webex, "press")
    assert isinstance(nothing, Ignored) and nothing.reason == "nothing chosen"
    answers[call] = [{**pressed, "personId": person("pat")}]
    nobody = await decoded(webex, "press")
    assert isinstance(nobody, Ignored) and nobody.reason == "unknown user"
    assert UUIDS["pat"] not in str(nobody)
