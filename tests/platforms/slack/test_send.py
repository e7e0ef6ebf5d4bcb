"""Order in, requests out; Slack's errors as one of the four answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, PlatformError, Refused, TryLater
from bot.ready import GrantKind, ReadyCard, ReadyPost, Sent
from bot.text import of
from cards.model import Action, Button, Buttons, Card, Text
from platforms.slack.send import Slack

ANN, BOB = AccountId("slack:T0ACME:U0ANNA"), AccountId("slack:T0ACME:U0BOB")
TS = "1772452800.000100"
AT = datetime(2026, 3, 2, 12, 0, 0, 100, tzinfo=UTC)
CARD = Card("Hello", (Text("Ready?"), Buttons((Button("Help", Action("help")),))))
Asked = list[tuple[str, dict[str, Any]]]
Answers = dict[str, list[Any]]


def post(channel: str | None = "D0AB", text: str = "hi & bye") -> ReadyPost:
    return ReadyPost(MessageId("m1"), 0, ANN, BOB, ChannelId(channel) if channel else None, of(text))


def card(native: str | None = None) -> ReadyCard:
    channel, message = (ChannelId("D0BOTANNA"), NativeId(native)) if native else (None, None)
    return ReadyCard(CardId("c1"), Account(ANN, "Ann Lee"), channel, message, CARD)


@pytest.fixture(autouse=True)
def usual(answers: Answers) -> None:
    answers["chat.postMessage"] = [{"channel": "D0AB", "ts": TS}]
    answers["chat.update"] = [{"channel": "D0BOTANNA", "ts": TS}]
    answers["conversations.open"] = [{"channel": {"id": "D0NEW"}}]


# -- messages ------------------------------------------------------------------------------------


async def test_ann_writes_in_her_own_name(slack: Slack, asked: Asked) -> None:
    assert await slack.post(post()) == Sent(ChannelId("D0AB"), NativeId(TS), AT)
    leaf = {"type": "text", "text": "hi & bye"}
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}]
    assert asked == [
        (
            "chat.postMessage",
            {
                "channel": "D0AB",
                "text": "hi &amp; bye",
                "blocks": blocks,
                "unfurl_links": False,
                "unfurl_media": False,
                "key": f"Bearer xoxp-{ANN}",
                "type": "application/json",
            },
        )
    ]


async def test_an_unknown_conversation_is_opened_first(slack: Slack, asked: Asked, kept: dict[str, str]) -> None:
    await slack.post(post(channel=None))
    assert [(method, args.get("users"), args.get("channel")) for method, args in asked] == [
        ("conversations.open", "U0BOB", None),
        ("chat.postMessage", None, "D0NEW"),
    ]
    assert kept == {"dm:D0NEW": "U0ANNA:U0BOB"}


async def test_words_that_slack_cannot_show_as_blocks_go_alone(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["chat.postMessage"] = [{"ok": False, "error": "invalid_blocks"}, {"channel": "D0AB", "ts": TS}]
    await slack.post(post())
    assert "blocks" in asked[0][1] and "blocks" not in asked[1][1]


async def test_bursts_into_one_conversation_wait_but_not_for_others(slack: Slack) -> None:
    for _ in range(10):
        await slack.post(post())
    with pytest.raises(TryLater) as later:
        await slack.post(post())
    assert later.value.after == timedelta(seconds=1) and later.value.certain
    await slack.post(post(channel="D0OTHER"))


async def test_without_a_grant_nothing_is_called(slack: Slack, owners: set[AccountId], asked: Asked) -> None:
    owners.clear()
    with pytest.raises(NotAuthorised):
        await slack.post(post())
    assert asked == []


# -- looking before sending again ----------------------------------------------------------------


def said(user: str, text: str, ts: str) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": ts}


async def test_only_her_own_same_words_are_found_oldest_first(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["conversations.history"] = [
        {
            "messages": [
                said("U0ANNA", "hi &amp;  *bye*", "1772452802.000000"),
                said("U0BOB", "hi &amp; bye", "1772452801.000000"),
                said("U0ANNA", "something else", "1772452800.500000"),
            ],
            "response_metadata": {"next_cursor": "more"},
        },
        {"messages": [said("U0ANNA", "hi &amp; bye", TS)], "response_metadata": {"next_cursor": ""}},
    ]
    found = await slack.find(post(), AT - timedelta(seconds=5))
    assert found is not None
    assert [sent.native for sent in found] == [TS, "1772452802.000000"]
    assert [(args["oldest"], args["cursor"]) for _, args in asked] == [
        ("1772452795.000100", ""),
        ("1772452795.000100", "more"),
    ]


async def test_too_much_to_look_through_is_no_answer(slack: Slack, answers: Answers) -> None:
    answers["conversations.history"] = [{"messages": [], "response_metadata": {"next_cursor": "more"}}]
    assert await slack.find(post(), AT) is None


# -- cards ---------------------------------------------------------------------------------------


async def test_a_card_goes_to_the_bots_own_conversation(slack: Slack, asked: Asked, kept: dict[str, str]) -> None:
    assert (await slack.show(card())).native == TS
    await slack.show(card())
    assert [method for method, _ in asked] == ["conversations.open", "chat.postMessage", "chat.postMessage"]
    assert asked[1][1]["key"] == "Bearer xoxb-installed"
    assert asked[1][1]["channel"] == "D0NEW"
    assert kept == {"bot:U0ANNA": "D0NEW", "dm:D0NEW": "bot:U0ANNA"}


async def test_a_card_is_replaced_in_place(slack: Slack, asked: Asked) -> None:
    assert await slack.show(card(TS)) == Sent(ChannelId("D0BOTANNA"), NativeId(TS), AT)
    [(method, args)] = asked
    assert (method, args["channel"], args["ts"]) == ("chat.update", "D0BOTANNA", TS)


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "channel_not_found"])
async def test_a_card_out_of_reach_is_gone(slack: Slack, answers: Answers, error: str) -> None:
    answers["chat.update"] = [{"ok": False, "error": error}]
    with pytest.raises(Gone):
        await slack.show(card(TS))


async def test_a_conversation_of_an_earlier_bot_is_opened_anew(
    slack: Slack, answers: Answers, asked: Asked, kept: dict[str, str]
) -> None:
    kept["bot:U0ANNA"] = "D0OLD"
    answers["chat.postMessage"] = [{"ok": False, "error": "channel_not_found"}, {"channel": "D0NEW", "ts": TS}]
    await slack.show(card())
    assert asked[-1][1]["channel"] == kept["bot:U0ANNA"] == "D0NEW"


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("token_revoked", NotAuthorised("", ANN, LinkReason.REVOKED)),
        ("invalid_auth", NotAuthorised("", ANN, LinkReason.REVOKED)),
        ("missing_scope", NotAuthorised("", ANN, LinkReason.REVOKED)),
        ("account_inactive", NotAuthorised("", ANN, LinkReason.ACCOUNT_GONE)),
        ("ekm_access_denied", NotAuthorised("", ANN, LinkReason.POLICY)),
        ("internal_error", TryLater("", certain=False)),
        ("fatal_error", TryLater("", certain=False)),
        ("ratelimited", TryLater("", timedelta(seconds=5))),
        ("message_not_found", Gone()),
        ("channel_not_found", Refused()),
        ("restricted_action", Refused()),
        ("msg_too_long", Refused()),
        ("something_new", Refused()),
    ],
)
async def test_errors_are_sorted(slack: Slack, answers: Answers, error: str, expected: PlatformError) -> None:
    answers["chat.postMessage"] = [{"ok": False, "error": error}]
    with pytest.raises(type(expected)) as met:
        await slack.post(post())
    assert error in str(met.value) or isinstance(expected, TryLater)
    match expected, met.value:
        case NotAuthorised() as wanted, NotAuthorised() as got:
            assert (got.account, got.reason) == (wanted.account, wanted.reason)
        case TryLater() as wanted, TryLater() as got:
            assert (got.after, got.certain) == (wanted.after, wanted.certain)


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"Content-Type": "text/html"}, "<html>"),
        (503, {"Content-Type": "text/plain"}, "upstream is away"),
        (200, {"Content-Type": "text/html"}, "<html>sign in"),
        (200, {"Content-Type": "application/json"}, '{"ok": tr'),
        (302, {"Location": "http://elsewhere.invalid/"}, ""),
    ],
)
async def test_an_answer_that_is_not_slacks_leaves_open_whether_it_was_done(
    slack: Slack, answers: Answers, answer: tuple[int, dict[str, str], str]
) -> None:
    answers["chat.postMessage"] = [answer]
    with pytest.raises(TryLater) as later:
        await slack.post(post())
    assert not later.value.certain
    assert "away" not in str(later.value) and "sign in" not in str(later.value)


async def test_too_many_shuts_that_method_and_no_other(
    slack: Slack, answers: Answers, counts: list[tuple[str, int]]
) -> None:
    limited = (429, {"Retry-After": "30", "Content-Type": "application/json"}, '{"ok":false,"error":"ratelimited"}')
    answers["chat.postMessage"] = [limited]
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await slack.post(post())
        assert later.value.after == timedelta(seconds=30) and later.value.certain
    assert counts == [("chat.postMessage", 429)], "the second one was not even tried"
    await slack.show(card(TS))


async def test_an_expired_token_is_renewed_by_the_engine(
    slack: Slack, answers: Answers, rejected: list[tuple[AccountId | None, GrantKind]]
) -> None:
    answers["chat.postMessage"] = answers["auth.test"] = [{"ok": False, "error": "token_expired"}]
    for call in (slack.post(post()), slack.show(card())):
        with pytest.raises(TryLater) as later:
            await call
        assert later.value.after == timedelta() and later.value.certain
    assert rejected == [(ANN, GrantKind.PERSON), (None, GrantKind.BOT)]


async def test_a_fixed_bot_token_that_expired_cannot_be_renewed(fixed: Slack, answers: Answers) -> None:
    answers["auth.test"] = [{"ok": False, "error": "token_expired"}]
    probed = await fixed.probe("bot")
    assert not probed.ok and "has expired" in probed.sentence


async def test_probing_says_what_works(slack: Slack) -> None:
    probed = await slack.probe("bot")
    assert probed.ok and "T0ACME" in probed.sentence


async def test_a_command_waits_a_moment_for_the_bots_own_conversation(
    slack: Slack, answers: Answers, asked: Asked
) -> None:
    answers["conversations.open"] = [(503, {}, "trouble"), {"channel": {"id": "D0BOTANNA"}}]
    assert await slack.bot_channel("U0ANNA") is None, "Slack is in trouble: the answer says where it is instead"
    assert await slack.bot_channel("U0ANNA") == "D0BOTANNA"
    assert await slack.bot_channel("U0ANNA") == "D0BOTANNA"
    assert [method for method, _ in asked].count("conversations.open") == 2
