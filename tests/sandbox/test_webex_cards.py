"""Adaptive cards: what is taken, what is refused with which path, what a person sees."""

from typing import Any

import pytest
from webex_org import CHOICES, CONSENT, Org, card, sent, submit, words

from sandbox.webex import cards
from sandbox.webex.tokens import WebexFault


def test_what_a_person_sees() -> None:
    taken = cards.check(sent(CONSENT), True)
    assert cards.lines(taken) == ["Connect your Slack account", "Dana uses Slack", "Asked by Maya", "left"]
    assert cards.buttons(taken) == [
        {"label": "Allow", "url": "https://bot.example/allow/c1"},
        {"label": "Not now", "url": None},
    ]
    assert cards.choices(taken) == []


@pytest.mark.parametrize(
    "element",
    [
        {"type": "Image", "url": "https://a.example/x.png", "altText": "x", "size": "Small", "height": "40px"},
        {"type": "ImageSet", "images": [{"type": "Image", "url": "https://a.example/x.png"}]},
        {"type": "Container", "items": [words()], "style": "emphasis"},
        {
            "type": "Input.Text",
            "id": "t",
            "label": "Words",
            "isRequired": True,
            "errorMessage": "say it",
            "regex": "^a",
        },
        {"type": "Input.ChoiceSet", "id": "c", "choices": CHOICES, "placeholder": "choose", "style": "compact"},
        {"type": "Input.Toggle", "id": "o", "title": "Yes?"},
        {"type": "Input.Date", "id": "d"},
        {"type": "Input.Time", "id": "m"},
        {"type": "Input.Number", "id": "n", "min": 1, "max": 5},
        {"type": "ActionSet", "actions": [{"type": "Action.ToggleVisibility", "targetElements": ["x"]}]},
        {"type": "ActionSet", "actions": [{"type": "Action.ShowCard", "title": "More", "card": card(words())}]},
    ],
)
def test_elements_that_are_drawn(element: dict[str, Any]) -> None:
    assert cards.check(sent(card(element)), True)["body"] == [element]


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (None, "content.version"),
        ({**CONSENT, "version": "1.4"}, "content.version"),
        ({**CONSENT, "refresh": {}}, "content.refresh"),
        ({**CONSENT, "type": "Card"}, "content: must be"),
        ({**CONSENT, "body": {}}, "content.body"),
        (card({"type": "Media", "sources": []}), "content.body[0]: unsupported type Media"),
        (card({"type": "Table"}), "unsupported type Table"),
        (card({"text": "no type"}), "content.body[0]"),
        (card(words(colour="good")), "content.body[0].colour"),
        (card(words(color="pink")), "content.body[0].color"),
        (card(words(wrap="yes")), "content.body[0].wrap"),
        (card({"type": "TextBlock"}), "text is required"),
        (card({"type": "Container", "items": [words(), {"type": "Video"}]}), "content.body[0].items[1]"),
        (card({"type": "ColumnSet", "columns": [words()]}), "content.body[0].columns[0]"),
        (card({"type": "ColumnSet", "columns": [{"items": [{"type": "Nope"}]}]}), "columns[0].items[0]"),
        (card({"type": "FactSet", "facts": [{"title": "x"}]}), "facts[0]: value is required"),
        (card({"type": "RichTextBlock", "inlines": [{"type": "TextRun"}]}), "inlines[0]: text is required"),
        (card({"type": "Input.Text"}), "an input needs an id"),
        (card({"type": "Input.ChoiceSet", "id": "c", "choices": [{"title": "x"}]}), "choices[0]"),
        (card({"type": "Input.Text", "id": "a"}, {"type": "Input.Date", "id": "a"}), "the same id"),
        (card(actions=[{"type": "Action.Execute", "title": "Go"}]), "content.actions[0]: unsupported type"),
        (card(actions=[{"type": "Action.OpenUrl", "title": "Go"}]), "url is required"),
        (card(actions=[{"type": "Action.ShowCard", "title": "Go", "card": {}}]), "content.actions[0].card"),
        (card(actions=[submit(str(n)) for n in range(6)]), "no more than 5 buttons"),
        (
            card({"type": "ActionSet", "actions": [submit("a")] * 3}, actions=[submit("b")] * 3),
            "no more than 5 buttons",
        ),
    ],
)
def test_what_is_refused_names_its_path(content: Any, path: str) -> None:
    with pytest.raises(WebexFault, match="attachments") as fault:
        cards.check(sent(content), False)
    assert fault.value.status == 400 and path in fault.value.message


@pytest.mark.parametrize("attachments", [sent(CONSENT, "text/html"), [*sent(CONSENT), *sent(CONSENT)], {}, ["x"]])
def test_one_card_of_the_one_kind(attachments: Any) -> None:
    with pytest.raises(WebexFault, match="attachments"):
        cards.check(attachments, False)


@pytest.mark.parametrize(("size", "kind", "mean"), [(9_000, True, True), (12_000, True, False), (23_000, False, False)])
def test_the_size_is_an_open_point(size: int, kind: bool, mean: bool) -> None:
    long = card(words("x" * size))
    for taken, profile in ((kind, False), (mean, True)):
        if taken:
            cards.check(sent(long), profile)
        else:
            with pytest.raises(WebexFault, match="too big"):
                cards.check(sent(long), profile)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "c", "attachments": sent(CONSENT)}, 200),
        ({"markdown": "**c**", "attachments": sent(CONSENT)}, 200),
        ({"attachments": sent(CONSENT)}, 400),
        ({"text": "c", "attachments": sent(CONSENT), "files": ["https://a.example/x"]}, 400),
        ({"text": "c", "attachments": sent(card(words(colour="x")))}, 400),
    ],
)
async def test_a_card_needs_words_beside_it_and_no_file(webex: Org, body: dict[str, Any], status: int) -> None:
    told = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), **body)
    assert told.status == status
    if status == 200:
        assert (await webex.person("Ann Lee").get(f"messages/{told.body['id']}")).body["attachments"] == sent(CONSENT)


async def test_a_card_cannot_be_edited_but_replaced(webex: Org) -> None:
    bot, ann = webex.bot, webex.id("Ann Lee")
    first = (await bot.post("messages", toPersonId=ann, text="c", attachments=sent(CONSENT))).body
    refused = await bot.put(f"messages/{first['id']}", roomId=first["roomId"], text="done")
    assert refused.status == 400 and "unsupported" in refused.body["message"]
    assert (await bot.delete(f"messages/{first['id']}")).status == 204
    await bot.post("messages", toPersonId=ann, text="done")
    assert [m["text"] for m in webex.fake.view(ann, "bot")] == ["done"]
