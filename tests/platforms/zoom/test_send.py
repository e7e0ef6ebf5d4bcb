"""Order in, requests out; Zoom's errors as one of the four answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vendor_server import Answers, Asked, Purse, refusal

from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, PlatformError, Refused, TryLater
from bot.ready import GrantKind, ReadyCard, ReadyPost, Sent
from bot.text import Block, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Text
from platforms.zoom.send import Zoom

ANN, BOB = AccountId("zoom:ACCT-ACME:AnnLee01"), AccountId("zoom:ACCT-ACME:BobKim02")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DM = ChannelId("AnnLee01:BobKim02")
FIRST = NativeId("0A1B2C3D-0000-4000-8000-000000000001")
CARD = Card("Hello", (Text("Ready?"), Buttons((Button("Help", Action("help")),))))
MESSAGES, CARDS = "/chat/users/me/messages", "/im/chat/messages"
SEND, LIST, SHOW = f"POST {MESSAGES}", f"GET {MESSAGES}", f"POST {CARDS}"
HTML = (200, {"Content-Type": "text/html"}, "<html>sign in")
Rejected = list[tuple[AccountId | None, GrantKind]]


def post(text: RichText | None = None, part: int = 0, reader: str = "BobKim02") -> ReadyPost:
    other = AccountId(f"zoom:ACCT-ACME:{reader}")
    return ReadyPost(MessageId("m1"), part, ANN, other, None, of("hi & bye") if text is None else text)


def card(native: str | None = None, address: str | None = "annlee01@xmpp.zoom.us") -> ReadyCard:
    channel, message = (ChannelId("annlee01@xmpp.zoom.us"), NativeId(native)) if native else (None, None)
    return ReadyCard(CardId("c1"), Account(ANN, "Ann Lee", address=address), channel, message, CARD)


@pytest.fixture(autouse=True)
def usual(answers: Answers) -> None:
    answers[SEND] = [{"id": "{0a1b2c3d-0000-4000-8000-000000000001}"}]
    answers[SHOW] = [{"message_id": "20260302_AbCdE_aw1", "to_jid": "annlee01@xmpp.zoom.us"}]
    answers[f"PUT {CARDS}/20260302_AbCdE_aw1"] = [{"message_id": "20260302_AbCdE_aw1"}]
    answers["GET /users/me"] = [{"id": "AnnLee01", "email": "Ann@acme.example"}]


# -- messages ------------------------------------------------------------------------------------


async def test_ann_writes_in_her_own_name(zoom: Zoom, asked: Asked) -> None:
    said = RichText((Block((Span("👋 "), Span("hi", Style.BOLD))),))
    assert await zoom.post(post(said)) == Sent(DM, FIRST, NOON)
    bold = {"start_position": 3, "end_position": 5, "format_type": "Bold"}
    body = {"message": "👋 hi", "rich_text": [bold], "to_contact": "BobKim02"}
    assert asked == [(SEND, {**body, "key": f"Bearer tok-{ANN}", "type": "application/json"})]


async def test_without_a_grant_nothing_is_called(zoom: Zoom, owners: set[AccountId], asked: Asked) -> None:
    owners.clear()
    with pytest.raises(NotAuthorised):
        await zoom.post(post())
    assert asked == []


async def test_a_general_failure_is_met_three_times(zoom: Zoom, answers: Answers) -> None:
    """Two more tries and then for good; another part is counted by itself, and a success begins anew."""
    answers[SEND] = [refusal(400, 5301)]
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await zoom.post(post())
        assert not later.value.certain
    with pytest.raises(TryLater):
        await zoom.post(post(part=1))
    with pytest.raises(Refused, match="5301"):
        await zoom.post(post())
    answers[SEND] = [refusal(400, 5301), {"id": "x"}, refusal(400, 5301)]
    for expected in (TryLater, None, TryLater, TryLater):
        if expected is None:
            await zoom.post(post())
            continue
        with pytest.raises(expected):
            await zoom.post(post())


# -- our own limits ------------------------------------------------------------------------------


async def test_bursts_into_one_conversation_wait_but_not_for_others(zoom: Zoom) -> None:
    for _ in range(8):
        await zoom.post(post())
    with pytest.raises(TryLater) as later:
        await zoom.post(post())
    assert later.value.after == timedelta(seconds=0.5) and later.value.certain
    await zoom.post(post(reader="CyDiaz04"))


async def test_the_account_has_one_limit_for_all(zoom: Zoom, asked: Asked) -> None:
    """Half of a Pro account's 20 a second at once, so that burst and refill stay below it together."""
    for number in range(10):
        await zoom.post(post(reader=f"Reader{number}"))
    with pytest.raises(TryLater):
        await zoom.show(card())
    assert [name for name, _ in asked] == [SEND] * 10 + ["POST oauth/token"]


async def test_a_bigger_plan_shows_in_the_answers(zoom: Zoom, answers: Answers) -> None:
    seen = {"X-RateLimit-Limit": "60", "X-RateLimit-Type": "QPS", "Content-Type": "application/json"}
    answers[SEND] = [(201, seen, '{"id":"x"}')]
    for number in range(25):
        await zoom.post(post(reader=f"Reader{number}"))


@pytest.mark.parametrize(
    "seen", [{"X-RateLimit-Limit": "2000", "X-RateLimit-Type": "Daily-limit"}, {"X-RateLimit-Limit": "60"}]
)
async def test_a_days_limit_is_no_seconds_limit(zoom: Zoom, answers: Answers, seen: dict[str, str]) -> None:
    answers[SEND] = [(201, {**seen, "Content-Type": "application/json"}, '{"id":"x"}')]
    for number in range(10):
        await zoom.post(post(reader=f"Reader{number}"))
    with pytest.raises(TryLater):
        await zoom.post(post(reader="one more"))


# -- looking before sending again ----------------------------------------------------------------


def said(sender: str, words: str, seconds: float, native: str = FIRST, **more: Any) -> dict[str, Any]:
    at = int((NOON.timestamp() + seconds) * 1_000)
    return {"id": native, "sender": sender, "message": words, "timestamp": at, **more}


async def test_only_her_own_same_words_are_found_oldest_first(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    bold = [{"start_position": 0, "end_position": 2, "format_type": "Bold"}]
    answers[LIST] = [
        {
            "messages": [
                said("ann@acme.example", "hi &  bye", 2, "{second}", rich_text=bold),
                said("bob@acme.example", "hi & bye", 1, "his"),
                said("", "hi & bye", 1, "nobodys"),
                said("ann@acme.example", "something else", 0.5, "other"),
                said("ann@acme.example", "hi & bye", -5.1, "too early"),
            ],
            "next_page_token": "more",
        },
        {"messages": [said("ANN@acme.example", "hi & bye", 0)], "next_page_token": ""},
    ]
    found = await zoom.find(post(), NOON - timedelta(seconds=5))
    assert found == [Sent(DM, FIRST, NOON), Sent(DM, NativeId("SECOND"), NOON + timedelta(seconds=2))]
    pages = [args for name, args in asked if name == LIST]
    assert [(p["to_contact"], p["from"], p["to"], p["page_size"], p.get("next_page_token")) for p in pages] == [
        ("BobKim02", "2026-03-02T11:59:54Z", "2026-03-02T12:01:00Z", "50", None),
        ("BobKim02", "2026-03-02T11:59:54Z", "2026-03-02T12:01:00Z", "50", "more"),
    ]


async def test_a_changed_address_is_asked_for_each_time(zoom: Zoom, answers: Answers) -> None:
    answers["GET /users/me"] = [{"email": "ann@acme.example"}, {"email": "ann.lee@acme.example"}]
    answers[LIST] = [{"messages": [said("ann@acme.example", "hi & bye", 0)]}]
    assert len(await zoom.find(post(), NOON) or ()) == 1
    assert await zoom.find(post(), NOON) == []


async def test_without_an_address_nobody_can_tell(zoom: Zoom, answers: Answers) -> None:
    """People outside have no address in a listing; an empty one must not be taken for hers."""
    answers["GET /users/me"] = [{"id": "AnnLee01"}]
    answers[LIST] = [{"messages": [said("", "hi & bye", 0)]}]
    assert await zoom.find(post(), NOON) is None


async def test_too_much_to_look_through_is_no_answer(zoom: Zoom, answers: Answers) -> None:
    answers[LIST] = [{"messages": [], "next_page_token": "more"}]
    assert await zoom.find(post(), NOON) is None


# -- cards ---------------------------------------------------------------------------------------


async def test_a_card_goes_to_the_readers_own_address(zoom: Zoom, asked: Asked) -> None:
    sent = Sent(ChannelId("annlee01@xmpp.zoom.us"), NativeId("20260302_AbCdE_aw1"), NOON)
    assert await zoom.show(card()) == sent
    assert await zoom.show(card(address=None)) == sent
    (token, asking), (name, args), (_, again) = asked
    assert (token, asking["grant_type"], asking["key"]) == (
        "POST oauth/token",
        "client_credentials",
        "Basic YXBwLWE6aHVzaC1h",
    )
    assert (name, args["key"]) == (SHOW, "Bearer tok-app")
    assert {k: args[k] for k in ("robot_jid", "account_id", "to_jid", "user_jid")} == {
        "robot_jid": "v1mio01@xmpp.zoom.us",
        "account_id": "ACCT-ACME",
        "to_jid": "annlee01@xmpp.zoom.us",
        "user_jid": "annlee01@xmpp.zoom.us",
    }
    assert args["content"]["head"] == {"text": "Hello"}
    assert again == args, "lower-cased when only the id is known"


async def test_a_card_is_replaced_in_place(zoom: Zoom, asked: Asked) -> None:
    assert (await zoom.show(card("20260302_AbCdE_aw1"))).native == "20260302_AbCdE_aw1"
    name, args = asked[-1]
    assert name == f"PUT {CARDS}/20260302_AbCdE_aw1"
    assert "to_jid" not in args and args["user_jid"] == "annlee01@xmpp.zoom.us"


async def test_a_card_that_does_not_exist_any_more_is_gone(zoom: Zoom, answers: Answers) -> None:
    answers[f"PUT {CARDS}/old"] = [refusal(404, 8001, result=False)]
    with pytest.raises(Gone):
        await zoom.show(card("old"))


async def test_wrong_credentials_of_the_bot_are_the_administrators_matter(zoom: Zoom, answers: Answers) -> None:
    answers["POST oauth/token"] = [refusal(400, 4704, error="invalid_client")]
    with pytest.raises(NotAuthorised) as lost:
        await zoom.show(card())
    assert (lost.value.account, lost.value.reason) == (None, LinkReason.POLICY)


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 4700, NotAuthorised("", ANN, LinkReason.REVOKED)),
        (401, 4700, NotAuthorised("", ANN, LinkReason.REVOKED)),
        (400, 4711, NotAuthorised("", ANN, LinkReason.REVOKED)),
        (403, None, NotAuthorised("", None, LinkReason.POLICY)),
        (403, 403, Refused()),
        (403, 7004, Refused()),
        (400, 200, Refused()),
        (400, 300, Refused()),
        (404, 1001, Refused()),
        (404, 4130, Refused()),
        (404, 4131, Gone()),
        (400, 4131, Refused()),
        (400, 5301, TryLater("", certain=False)),
        (404, 5301, Refused()),
        (400, 5402, Refused()),
        (400, 5403, Refused()),
        (400, 5418, Refused()),
        (400, 5421, Refused()),
        (400, "5421", Refused()),
        (422, None, Refused()),
        (500, 300, TryLater("", certain=False)),
    ],
)
async def test_errors_are_sorted_by_status_and_code(
    zoom: Zoom, answers: Answers, status: int, code: Any, expected: PlatformError
) -> None:
    answers[SEND] = [refusal(status, code)]
    with pytest.raises(PlatformError) as met:
        await zoom.post(post())
    assert isinstance(met.value, type(expected))
    assert str(status) in str(met.value) and "BobKim02" not in str(met.value)
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
        HTML,
        (201, {"Content-Type": "application/json"}, '{"id": "tr'),
        (201, {"Content-Type": "application/json"}, "[]"),
        (302, {"Location": "http://elsewhere.invalid/"}, ""),
    ],
)
async def test_an_answer_that_is_not_zooms_leaves_open_whether_it_was_done(
    zoom: Zoom, answers: Answers, answer: tuple[int, dict[str, str], str]
) -> None:
    answers[SEND] = [answer]
    with pytest.raises(TryLater) as later:
        await zoom.post(post())
    assert not later.value.certain
    assert "away" not in str(later.value) and "sign in" not in str(later.value)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "2026-03-02T13:00:00Z"}, timedelta(hours=1)),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) + 2)}, timedelta(seconds=2)),
        ({"X-RateLimit-Reset": "\u00b2"}, timedelta(seconds=5)),
        ({}, timedelta(seconds=5)),
    ],
)
async def test_too_many_shuts_the_label_and_no_other(
    zoom: Zoom, answers: Answers, asked: Asked, headers: dict[str, str], after: timedelta
) -> None:
    answers[SEND] = [(429, {**headers, "Content-Type": "application/json"}, '{"code":429,"message":"too many"}')]
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await zoom.post(post())
        assert later.value.after == after and later.value.certain
    assert [name for name, _ in asked] == [SEND], "the second one was not even tried"
    answers["GET /users/AnnLee01"] = [{"id": "AnnLee01"}]
    answers["GET /roles"] = [{}]
    zoom.api.roles = {}
    assert await zoom.member("AnnLee01") is not None, "a light call"


async def test_an_expired_token_is_renewed_by_the_engine_once(
    zoom: Zoom, answers: Answers, rejected: Rejected, purse: Purse
) -> None:
    """Two calls may be under way with the old token; the renewed one failing too is the end."""
    answers[SEND] = [refusal(401, 124)]
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await zoom.post(post())
        assert later.value.after == timedelta() and later.value.certain
    assert rejected == [(ANN, GrantKind.PERSON)] * 2
    purse.renewed[ANN] = "tok-renewed"
    with pytest.raises(NotAuthorised) as lost:
        await zoom.post(post())
    assert (lost.value.account, lost.value.reason) == (ANN, LinkReason.REVOKED)
    assert len(rejected) == 2


async def test_a_renewed_token_that_works_begins_anew(
    zoom: Zoom, answers: Answers, rejected: Rejected, purse: Purse
) -> None:
    for token in ("tok-one", "tok-two"):
        purse.renewed[ANN] = token
        answers[SEND] = [refusal(401, 124)]
        with pytest.raises(TryLater):
            await zoom.post(post())
        purse.renewed[ANN] = f"{token}-renewed"
        answers[SEND] = [{"id": "x"}]
        await zoom.post(post())
    assert rejected == [(ANN, GrantKind.PERSON)] * 2


async def test_the_bots_own_token_is_made_anew_once(zoom: Zoom, answers: Answers, rejected: Rejected) -> None:
    answers["POST oauth/token"] = [{"access_token": f"tok-{n}", "expires_in": 3_599} for n in range(3)]
    answers[SHOW] = [refusal(401, 7010, result=False), {"message_id": "x"}, refusal(401, 7010)]
    with pytest.raises(TryLater):
        await zoom.show(card())
    await zoom.show(card())
    with pytest.raises(TryLater):
        await zoom.show(card())
    with pytest.raises(NotAuthorised) as lost:
        await zoom.show(card())
    assert lost.value.account is None and rejected == []


async def test_metrics_hold_no_ids(zoom: Zoom, answers: Answers, counts: list[tuple[str, int]]) -> None:
    answers["GET /users/abcdefgh"] = [refusal(404, 1001)]
    await zoom.member("abcdefgh")
    await zoom.show(card("20260302_AbCdE_aw1"))
    assert counts == [("GET /users/{id}", 404), ("oauth/token", 200), ("PUT /im/chat/messages/{id}", 200)]
