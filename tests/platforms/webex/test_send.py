"""Order in, request out: messages as a person, cards as the bot, and looking whether something is there already."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vendor_server import NOON, Answers, Asked, refusal
from webex_people import ANN, BOB, native, person

from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import ReadyCard, ReadyPost
from bot.text import Block, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Choice, Option, Text
from platforms.webex.send import Webex

ROOM, C1 = native("ROOM", "r1"), native("MESSAGE", "c1")
POST, DIRECT = "POST /messages", "GET /messages/direct"
CARD = Card(
    "Connect", (Text("**Ready?** <@all>"), Buttons((Button("Allow", Action("allow"), url="https://bot.example/a"),)))
)


def ready(said: RichText) -> ReadyPost:
    return ReadyPost(MessageId("m"), 0, ANN, BOB, None, said)


def stands(name: str, words: str, author: str = "ann", second: int = 0) -> dict[str, Any]:
    made = {"id": native("MESSAGE", name), "roomId": ROOM, "personId": person(author), "text": words}
    return {**made, "created": f"2026-03-02T12:00:{second:02}.000Z"}


def card(native_id: str | None = None, content: Card = CARD) -> ReadyCard:
    channel, old = (ChannelId(ROOM), NativeId(native_id)) if native_id else (None, None)
    return ReadyCard(CardId("k"), Account(BOB, "Bob Lee"), channel, old, content)


# -- messages ------------------------------------------------------------------------------------


async def test_a_message_goes_to_the_person_with_anns_own_token(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[POST] = [stands("m1", "hi", second=1)]
    sent = await webex.post(ready(of("hi")))
    assert (sent.channel, sent.native) == (ROOM, native("MESSAGE", "m1"))
    assert sent.at == datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
    [(_, args)] = asked
    assert args == {"toPersonId": person("bob"), "text": "hi", "key": f"Bearer tok-{ANN}", "type": "application/json"}


async def test_form_goes_as_markdown_with_the_words_beside_it(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[POST] = [stands("m1", "x")]
    await webex.post(ready(RichText((Block((Span("now", Style.BOLD), Span(" <@all>"))),))))
    assert (asked[0][1]["markdown"], asked[0][1]["text"]) == ("**now** \\<@all\\>", "now <@all>")


async def test_ids_of_another_cluster_are_kept_in_one_form(webex: Webex, answers: Answers) -> None:
    made = {**stands("m1", "x"), "id": native("MESSAGE", "m1", "eu"), "roomId": native("ROOM", "r1", "eu")}
    answers[POST] = [made]
    sent = await webex.post(ready(of("x")))
    assert (sent.channel, sent.native) == (ROOM, native("MESSAGE", "m1"))


FAULTS: list[tuple[Any, type[Exception], dict[str, Any]]] = [
    (refusal(400), Refused, {}),
    (refusal(403), Refused, {}),
    (refusal(404), Refused, {}),
    (refusal(415), Refused, {}),
    ((302, {"Location": "https://elsewhere.example/"}, ""), Refused, {}),
    (refusal(401), TryLater, {"after": timedelta(), "certain": True}),
    (refusal(500), TryLater, {"certain": False}),
    ((503, {"Content-Type": "text/html"}, "<html>"), TryLater, {"certain": False}),
    ((200, {"Content-Type": "text/html"}, "<html>"), TryLater, {"certain": False}),
]


@pytest.mark.parametrize(("answer", "fault", "facts"), FAULTS, ids=[str(answer[0]) for answer, *_ in FAULTS])
async def test_webexs_errors_are_four(
    webex: Webex, answers: Answers, answer: Any, fault: type[Exception], facts: dict[str, Any]
) -> None:
    answers[POST] = [answer]
    with pytest.raises(fault) as raised:
        await webex.post(ready(of("x")))
    assert {name: getattr(raised.value, name) for name in facts} == facts
    assert "tok-" not in str(raised.value)


async def test_too_many_shuts_the_lane_of_that_person_alone(
    webex: Webex, answers: Answers, asked: Asked, owners: set[AccountId]
) -> None:
    owners.add(BOB)
    answers[POST] = [(429, {"Retry-After": "30", "Content-Type": "text/html"}, "<html>"), stands("m1", "x")]
    with pytest.raises(TryLater) as later:
        await webex.post(ready(of("x")))
    assert later.value.after is not None and timedelta(seconds=30) <= later.value.after <= timedelta(seconds=36)
    with pytest.raises(TryLater):
        await webex.post(ready(of("x")))
    assert len(asked) == 1, "not asked while the lane is shut"
    await webex.post(ReadyPost(MessageId("m"), 0, BOB, ANN, None, of("x")))


async def test_the_vendors_own_number_of_the_call_stands_in_the_error(webex: Webex, answers: Answers) -> None:
    answers[POST] = [
        (400, {"Content-Type": "application/json"}, '{"message":"too big: secret words","trackingId":"ROUTER_7"}')
    ]
    with pytest.raises(Refused, match="ROUTER_7") as refused:
        await webex.post(ready(of("x")))
    assert "secret words" not in str(refused.value)
    answers[POST] = [(502, {"trackingid": "ROUTER_8"}, "")]
    with pytest.raises(TryLater, match="ROUTER_8"):
        await webex.post(ready(of("x")))


async def test_without_a_grant_nothing_is_asked(webex: Webex, asked: Asked, owners: set[AccountId]) -> None:
    owners.clear()
    with pytest.raises(NotAuthorised):
        await webex.post(ready(of("x")))
    assert asked == []


# -- looking before sending again -----------------------------------------------------------------


async def test_found_by_author_words_and_time_oldest_first(webex: Webex, answers: Answers) -> None:
    answers[DIRECT] = [
        {
            "items": [
                stands("m5", "same", second=9),
                stands("m4", "other", second=8),
                stands("m3", "same", "bob", 7),
                {**stands("m2", "", second=6), "html": "<p>sa<strong>me</strong></p>"},
                {**stands("m1", "same"), "created": "2026-03-02T11:59:00.000Z"},
            ]
        }
    ]
    found = await webex.find(ready(of("same")), NOON)
    assert found is not None
    assert [sent.native for sent in found] == [native("MESSAGE", "m2"), native("MESSAGE", "m5")]


async def test_no_conversation_yet_means_it_is_not_there(webex: Webex) -> None:
    assert await webex.find(ready(of("x")), NOON) == []


async def test_a_list_that_does_not_reach_back_is_read_further(
    webex: Webex, answers: Answers, asked: Asked, lent: Any
) -> None:
    more = f'<{lent.settings["MIO_WEBEX_API_URL"]}/messages?roomId={ROOM}&beforeMessage=m2>; rel="next"'
    first = {"items": [stands("m2", "x", second=2)]}
    answers |= {
        DIRECT: [first],
        "GET /messages": [
            (200, {"Link": more, "Content-Type": "application/json"}, json.dumps(first)),
            {"items": [stands("m1", "same", second=1)]},
        ],
    }
    found = await webex.find(ready(of("same")), NOON)
    assert found is not None and [sent.native for sent in found] == [native("MESSAGE", "m1")]
    assert [name for name, _ in asked] == [DIRECT, "GET /messages", "GET /messages"]


async def test_too_much_to_look_through_means_nobody_can_tell(webex: Webex, answers: Answers, lent: Any) -> None:
    more = f'<{lent.settings["MIO_WEBEX_API_URL"]}/messages?roomId={ROOM}>; rel="next"'
    page = {"items": [stands("m2", "x", second=2)]}
    answers |= {
        DIRECT: [page],
        "GET /messages": [(200, {"Link": more, "Content-Type": "application/json"}, json.dumps(page))],
    }
    assert await webex.find(ready(of("same")), NOON) is None


async def test_a_next_page_elsewhere_gets_no_token(webex: Webex, answers: Answers) -> None:
    page = json.dumps({"items": [stands("m2", "x", second=2)]})
    evil = {"Link": '<https://evil.example/v1/messages>; rel="next"', "Content-Type": "application/json"}
    answers |= {DIRECT: [{"items": [stands("m2", "x", second=2)]}], "GET /messages": [(200, evil, page)]}
    with pytest.raises(Refused, match="hosts"):
        await webex.find(ready(of("same")), NOON)


# -- cards ---------------------------------------------------------------------------------------


async def test_a_card_comes_with_the_same_in_words(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[POST] = [stands("c1", "x", "mio")]
    sent = await webex.show(card())
    assert sent.native == C1
    [(_, args)] = asked
    assert args["key"] == "Bearer tok-bot" and args["toPersonId"] == person("bob")
    assert args["text"].startswith("Connect\n**Ready?** <@all>") and "markdown" not in args
    [attached] = args["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attached["content"]["version"] == "1.3"


async def test_a_card_is_replaced_by_deleting_it(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {POST: [stands("c2", "x", "mio")], f"DELETE /messages/{C1}": [(204, {}, "")]}
    sent = await webex.show(card(C1))
    assert [name for name, _ in asked] == [f"DELETE /messages/{C1}", POST]
    assert sent.native == native("MESSAGE", "c2")


@pytest.mark.parametrize("answer", [refusal(404), refusal(403)])
async def test_a_card_that_is_gone_already_is_shown_anew(webex: Webex, answers: Answers, answer: Any) -> None:
    answers |= {POST: [stands("c2", "x", "mio")], f"DELETE /messages/{C1}": [answer]}
    assert (await webex.show(card(C1))).native == native("MESSAGE", "c2")


async def test_a_card_that_webex_will_not_have_is_shown_in_words(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[POST] = [refusal(400), stands("c1", "x", "mio")]
    options = tuple(Option(str(n), "w" * 100) for n in range(100))
    await webex.show(card(content=Card("日" * 3_000, (Choice("Who", Action("person"), options),))))
    assert "attachments" in asked[0][1] and "attachments" not in asked[1][1]
    assert len(asked[1][1]["text"].encode()) <= 7_439


async def test_a_reader_whom_webex_does_not_know_is_refused(webex: Webex, answers: Answers) -> None:
    answers[POST] = [refusal(404)]
    with pytest.raises(Refused, match="reader unknown"):
        await webex.show(card())


async def test_the_bots_own_token_cannot_be_renewed(webex: Webex, answers: Answers, rejected: list[Any]) -> None:
    answers[POST] = [refusal(401)]
    with pytest.raises(NotAuthorised) as lost:
        await webex.show(card())
    assert (lost.value.account, lost.value.reason, rejected) == (None, LinkReason.REVOKED, [])


# -- probing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "ok", "words"),
    [
        ({"displayName": "Mio"}, True, "answers as Mio"),
        (refusal(401), False, "refuses the bot"),
        (refusal(503), False, "could not say"),
        (refusal(404), False, "refuses the bot"),
    ],
)
async def test_probe(webex: Webex, answers: Answers, answer: Any, ok: bool, words: str) -> None:
    answers["GET /people/me"] = [answer]
    probed = await webex.probe("bot")
    assert probed.ok is ok and words in probed.sentence


async def test_calls_are_counted_without_ids(webex: Webex, answers: Answers, counts: list[tuple[str, int]]) -> None:
    answers |= {POST: [stands("c2", "x", "mio")], f"DELETE /messages/{C1}": [(204, {}, "")]}
    await webex.show(card(C1))
    with pytest.raises(Gone):
        await webex.api.call(webex.api.bot(), "GET", f"/messages/{C1}")
    assert counts == [("DELETE /messages/{id}", 204), (POST, 200), ("GET /messages/{id}", 404)]
