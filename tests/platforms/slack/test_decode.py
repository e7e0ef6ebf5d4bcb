"""Payload in, events out. Ann (U0ANNA) has a grant, Bob (U0BOB) has none, the bot is U0MIO."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.events import (
    AppLost,
    ButtonPressed,
    CommandGiven,
    Event,
    GrantLost,
    Ignored,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MessageEdited,
    MessageErased,
    MessagePosted,
)
from bot.ids import AccountId, ChannelId, NativeId, PlatformId
from bot.links import LinkReason
from bot.people import Account, Kind
from bot.platform import NotAuthorised, TryLater, Undecodable
from bot.text import Block, RichText, Span, Style, of
from platforms.slack.decode import command_text, moment
from platforms.slack.send import Slack

PAYLOADS = Path(__file__).parent / "payloads"
SLACK = PlatformId("slack")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENT = datetime(2026, 3, 2, 11, 59, 55, 100, tzinfo=UTC)
ANN, BOB = AccountId("slack:T0ACME:U0ANNA"), AccountId("slack:T0ACME:U0BOB")
ANN_USER = {"id": "U0ANNA", "team_id": "T0ACME", "real_name": "Ann Lee", "is_admin": True, "profile": {}}
BOB_USER = {"id": "U0BOB", "team_id": "T0ACME", "real_name": "Bob Kim", "profile": {}}
Asked = list[tuple[str, dict[str, Any]]]
Answers = dict[str, list[Any]]


@pytest.fixture(autouse=True)
def company(answers: Answers) -> None:
    answers["users.info"] = [{"user": BOB_USER}]


def load(name: str, change: Callable[[dict[str, Any]], object] = lambda _: None) -> bytes:
    kept = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())
    change(kept["payload"])
    return orjson.dumps(kept)


def authorized(user: str | None, bot: bool = False) -> Callable[[dict[str, Any]], None]:
    def change(payload: dict[str, Any]) -> None:
        payload["authorizations"] = [{"user_id": user, "is_bot": bot}] if user else []

    return change


async def one(slack: Slack, body: bytes) -> Event:
    [event] = await slack.decode(body)
    return event


def posted(text: RichText, **other: Any) -> MessagePosted:
    usual: dict[str, Any] = {"author": ANN, "reader": BOB, "at": SENT}
    return MessagePosted(SLACK, ChannelId("D0AB"), NativeId("1772452795.000100"), text=text, **{**usual, **other})


# -- direct messages -----------------------------------------------------------------------------


async def test_ann_writes_to_bob(slack: Slack, asked: Asked, kept: dict[str, str]) -> None:
    said = RichText((Block((Span("hi "), Span("@Bob Kim"))),))
    assert await one(slack, load("message")) == posted(said)
    assert [method for method, _ in asked] == ["auth.test", "users.info"]
    assert kept == {"dm:D0AB": "U0ANNA:U0BOB", "name:U0BOB": "Bob Kim"}
    assert await one(slack, load("message")) == posted(said)
    assert len(asked) == 2, "everything needed is remembered"


async def test_a_post_of_our_own_comes_back_as_a_message_of_its_author(slack: Slack, kept: dict[str, str]) -> None:
    """Whether it is a receipt is decided elsewhere; here a stand-in's message is a message."""
    kept["dm:D0AB"] = "U0ANNA:U0BOB"
    assert await one(slack, load("message_own_post")) == posted(of("yes"), author=BOB, reader=ANN)


async def test_slack_names_the_author_then_the_author_is_asked(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["conversations.info"] = [{"channel": {"id": "D0AB", "is_im": True, "user": "U0BOB"}}]
    event = await one(slack, load("message", authorized("U0ANNA")))
    assert isinstance(event, MessagePosted) and event.reader == BOB
    method, args = asked[1]
    assert (method, args["channel"], args["key"]) == ("conversations.info", "D0AB", f"Bearer xoxp-{ANN}")
    assert args["type"] == "application/x-www-form-urlencoded", "reading methods take no JSON"


@pytest.mark.parametrize("error", ["channel_not_found", "token_revoked"])
async def test_without_a_way_to_look_a_message_is_left_alone(slack: Slack, answers: Answers, error: str) -> None:
    answers["conversations.info"] = [{"ok": False, "error": error}]
    expected = Ignored(SLACK, "no permission to look", "message")
    assert await one(slack, load("message", authorized("U0ANNA"))) == expected
    assert await one(slack, load("message_own_post", authorized(None))) == expected


async def test_looking_again_later_is_not_giving_up(slack: Slack, answers: Answers) -> None:
    answers["conversations.info"] = [(503, {}, "")]
    with pytest.raises(TryLater):
        await slack.decode(load("message", authorized("U0ANNA")))


async def test_replies_files_and_me(slack: Slack, kept: dict[str, str]) -> None:
    kept |= {"name:U0BOB": "Bob Kim"}
    reply = await one(slack, load("message_reply"))
    assert isinstance(reply, MessagePosted) and reply.reply_to == "1772452000.000100"
    parent = await one(slack, load("message", lambda p: p["event"].update(thread_ts="1772452795.000100")))
    assert isinstance(parent, MessagePosted) and parent.reply_to is None, "a parent is no reply to itself"
    assert await one(slack, load("message_file")) == posted(RichText(), files=("plan.pdf", "photo"))
    assert await one(slack, load("message_me")) == posted(RichText((Block((Span("waves", Style.ITALIC),)),)))


@pytest.mark.parametrize(
    ("name", "reason", "kind"),
    [
        ("message_bot_message", "subtype", "bot_message"),
        ("message_channel", "not a direct message", "message"),
        ("reaction_added", "unknown kind", "reaction_added"),
    ],
)
async def test_what_is_not_ours_is_named(slack: Slack, name: str, reason: str, kind: str) -> None:
    assert await one(slack, load(name)) == Ignored(SLACK, reason, kind)


async def test_the_bot_does_not_listen_to_itself(slack: Slack) -> None:
    own = load("message_to_bot", lambda p: p["event"].update(user="U0MIO"))
    assert await one(slack, own) == Ignored(SLACK, "own", "message")


# -- edits and deletes ---------------------------------------------------------------------------


async def test_an_edit_has_a_new_stamp_and_new_words(slack: Slack) -> None:
    edited = await one(slack, load("message_changed"))
    assert edited == MessageEdited(
        SLACK,
        ChannelId("D0AB"),
        NativeId("1772452795.000100"),
        ANN,
        BOB,
        of("hi again"),
        datetime(2026, 3, 2, 12, 0, 0, 200, tzinfo=UTC),
    )


def unfurled(payload: dict[str, Any]) -> None:
    payload["event"]["message"].pop("edited")


def counted(payload: dict[str, Any]) -> None:
    payload["event"]["previous_message"]["edited"] = {"user": "U0ANNA", "ts": "1772452800.000000"}


def reworded(payload: dict[str, Any]) -> None:
    payload["event"]["previous_message"] |= {k: payload["event"]["message"][k] for k in ("text", "blocks")}


@pytest.mark.parametrize("change", [unfurled, counted, reworded])
async def test_previews_and_reply_counts_are_no_edits(slack: Slack, change: Callable[[dict[str, Any]], None]) -> None:
    assert await one(slack, load("message_changed", change)) == Ignored(SLACK, "not an edit", "message_changed")


async def test_a_delete_names_the_message(slack: Slack) -> None:
    at = datetime(2026, 3, 2, 12, 0, 0, 200, tzinfo=UTC)
    assert await one(slack, load("message_deleted")) == MessageErased(
        SLACK, ChannelId("D0AB"), NativeId("1772452795.000100"), at
    )


# -- the bot's own conversation, commands, presses -----------------------------------------------


@pytest.mark.parametrize("seen_by", [("U0MIO", True), ("U0ANNA", False)])
async def test_a_line_to_the_bot_is_a_command(
    slack: Slack, answers: Answers, kept: dict[str, str], seen_by: tuple[str, bool]
) -> None:
    answers["users.info"] = [{"user": ANN_USER}]
    answers["conversations.info"] = [{"channel": {"id": "D0BOTANNA", "user": "U0MIO"}}]
    given = await one(slack, load("message_to_bot", authorized(*seen_by)))
    ann = Account(ANN, "Ann Lee", admin=True)
    assert given == CommandGiven(ann, "sync @account:slack:T0ACME:U0BOB & dana@acme.example", SENT)
    assert kept == {"dm:D0BOTANNA": "bot:U0ANNA"}


async def test_a_slash_command_looks_its_author_up(slack: Slack, answers: Answers) -> None:
    answers["users.info"] = [{"user": ANN_USER}]
    given = await one(slack, load("command"))
    ann = Account(ANN, "Ann Lee", admin=True)
    assert given == CommandGiven(ann, "sync @account:slack:T0ACME:U0BOB primary=slack", NOON, shared=True)


async def test_a_command_of_nobody_is_left_alone(slack: Slack, answers: Answers) -> None:
    answers["users.info"] = [{"ok": False, "error": "user_not_found"}]
    assert await one(slack, load("command")) == Ignored(SLACK, "unknown user", "command")


async def test_a_dead_bot_token_is_told(slack: Slack, answers: Answers) -> None:
    answers["users.info"] = [{"ok": False, "error": "token_revoked"}]
    with pytest.raises(NotAuthorised) as lost:
        await slack.decode(load("command"))
    assert lost.value.account is None


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("users <!here> &lt;3", "users !here <3"),
        ("import <https://acme.example/x|acme>", "import https://acme.example/x"),
        ("primary <@W0DANA> slack", "primary @account:slack:T0:W0DANA slack"),
    ],
)
def test_what_was_typed_is_freed_from_slacks_brackets(typed: str, read: str) -> None:
    assert command_text(typed, "T0") == read


async def test_a_button_says_its_action_and_where_it_stands(slack: Slack) -> None:
    place = (ChannelId("D0BOTANNA"), NativeId("1772452700.000500"))
    assert await one(slack, load("press_button")) == ButtonPressed(ANN, "not_now:l1", NOON, None, *place)
    assert await one(slack, load("press_choice")) == ButtonPressed(ANN, "person:list", NOON, "p-bob", *place)


# -- members, grants, the app --------------------------------------------------------------------


async def test_members_come_change_and_leave(slack: Slack, kept: dict[str, str]) -> None:
    bob = Account(BOB, "Bob Kim", "bob@acme.example", Kind.MEMBER, True, True, "Europe/Madrid")
    kept["name:U0BOB"] = "Bobby"
    assert await one(slack, load("user_change")) == MemberChanged(bob, NOON)
    assert kept["name:U0BOB"] == "Bob Kim"
    assert await one(slack, load("user_change", lambda p: p["event"].update(type="team_join"))) == MemberJoined(
        bob, NOON
    )
    gone = load("user_change", lambda p: p["event"]["user"].update(deleted=True))
    assert await one(slack, gone) == MemberLeft(BOB, NOON)
    stranger = load("user_change", lambda p: p["event"]["user"].update(is_stranger=True))
    assert await one(slack, stranger) == Ignored(SLACK, "no member", "user_change")


async def test_people_take_their_consent_back(slack: Slack) -> None:
    """With the time at which they did it: a consent given since then is another one."""
    before = NOON - timedelta(seconds=4)
    assert await slack.decode(load("tokens_revoked")) == [
        GrantLost(ANN, LinkReason.REVOKED, before, "tokens_revoked"),
        GrantLost(BOB, LinkReason.REVOKED, before, "tokens_revoked"),
    ]


async def test_the_app_is_lost_only_when_its_token_is(slack: Slack, answers: Answers) -> None:
    bot = load("tokens_revoked", lambda p: p["event"].update(tokens={"bot": ["U0MIO"]}))
    assert await one(slack, bot) == Ignored(SLACK, "nothing lost", "tokens_revoked")
    answers["auth.test"] = [{"ok": False, "error": "token_revoked"}]
    assert await one(slack, bot) == AppLost(SLACK, NOON, "tokens_revoked")
    assert await one(slack, load("app_uninstalled")) == AppLost(SLACK, NOON, "app_uninstalled")


# -- unreadable ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "not a kept"),
        (b'{"kind":"event"}', "not a kept"),
        (b'{"kind":"event","payload":{"event":{}}}', "team_id"),
        (load("message", lambda p: p["event"].update(ts=7)), "$.ts"),
        (load("message", lambda p: p["event"].update(ts="soon")), "`ts` is not a time"),
        (load("message", lambda p: p["event"].update(blocks="x")), "$.blocks"),
        (load("message_changed", lambda p: p["event"].update(message={})), "`ts`"),
        (load("user_change", lambda p: p["event"].update(user={})), "user.id"),
        (load("tokens_revoked", lambda p: p["event"].update(tokens={"oauth": [1]})), "$.oauth[0]"),
        (load("command", lambda p: p.pop("user_id")), "user_id"),
        (load("press_button", lambda p: p.update(actions=[])), "actions"),
        (load("press_button", lambda p: p.update(user={})), "$.user"),
    ],
)
async def test_a_wrong_shape_is_named_without_quoting_it(slack: Slack, body: bytes, path: str) -> None:
    with pytest.raises(Undecodable) as fault:
        await slack.decode(body)
    assert path in str(fault.value)
    assert "hi" not in str(fault.value)


def test_a_stamp_is_read_to_the_microsecond() -> None:
    assert moment("1772452795.123459") == datetime(2026, 3, 2, 11, 59, 55, 123459, tzinfo=UTC)
