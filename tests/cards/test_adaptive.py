"""Adaptive Cards: the vendors' own schemas accept every card, clients can do what is on it, and a press comes back whole."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cards.adaptive import TEAMS, WEBEX, Face, pressed, render
from cards.content import build
from cards.content.examples import Scene, examples
from cards.model import Action, Button, Buttons, Card, Choice, Input, Item, Option, Rows, Text

EVERY = [(kind, example.facts) for kind, made in examples(Scene()).items() for example in made]
FACES = [TEAMS, WEBEX]
SCHEMAS = {TEAMS: "teams/adaptive-card-1.5.schema.json", WEBEX: "webex/adaptive-cards/adaptive-card-1.3.0.json"}
WEBEX_KNOWS = {
    "AdaptiveCard",
    "RichTextBlock",
    "TextRun",
    "ActionSet",
    "Input.Text",
    "Input.ChoiceSet",
    "Action.OpenUrl",
    "Action.Submit",
}
"""The part of what developer.webex.com/docs/buttons-and-cards lists that we use."""


def each(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with a type, at any depth; what stands by for older clients excepted."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value
        for key, inner in value.items():
            if key not in ("fallback", "data"):
                yield from each(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from each(inner)


def kinds(drawn: Any) -> set[str]:
    return {found["type"] for found in each(drawn)}


def actions(drawn: Any) -> list[dict[str, Any]]:
    return [found for found in each(drawn) if found["type"].startswith("Action.")]


@pytest.fixture(scope="module", params=FACES, ids=["teams", "webex"])
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = request.param
    return found


@pytest.fixture(scope="module")
def vendor(face: Face) -> Any:
    if "VENDOR_SPECS" not in os.environ:
        pytest.skip("VENDOR_SPECS is not set")
    schema = json.loads((Path(os.environ["VENDOR_SPECS"]) / SCHEMAS[face]).read_text("utf-8"))
    return jsonschema.Draft6Validator(schema)


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_the_vendors_schema_accepts_every_card(vendor: Any, face: Face, kind: str, facts: object) -> None:
    assert [fault.message[:200] for fault in vendor.iter_errors(render(build(facts), face))] == []


def test_the_schema_would_notice(vendor: Any, face: Face) -> None:
    drawn = render(Card("Hello", (Text("Ann"),)), face)
    assert not list(vendor.iter_errors(drawn))
    assert list(vendor.iter_errors({**drawn, "body": [{"type": "RichTextBlock"}]}))
    assert list(vendor.iter_errors({**drawn, "body": [{"type": "Button", "title": "x"}]}))


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_no_card_asks_for_what_webex_does_not_know(kind: str, facts: object) -> None:
    drawn = render(build(facts), WEBEX)
    assert drawn["version"] == "1.3" and kinds(drawn) <= WEBEX_KNOWS
    assert len(actions(drawn)) <= 5, "five buttons, everything counted"
    assert len(json.dumps(drawn).encode()) < 10_000


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_every_press_in_teams_has_one_for_older_clients(kind: str, facts: object) -> None:
    for action in actions(render(build(facts), TEAMS)):
        if action["type"] == "Action.Execute":
            older = action["fallback"]
            assert (older["type"], older["data"], older["title"]) == ("Action.Submit", action["data"], action["title"])
        else:
            assert action["type"] == "Action.OpenUrl"


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_every_field_has_a_label_and_an_id_of_its_own(face: Face, kind: str, facts: object) -> None:
    fields = [found for found in each(render(build(facts), face)) if found["type"].startswith("Input.")]
    assert all(found["label"] for found in fields)
    assert len({found["id"] for found in fields}) == len(fields)


HOSTILE = "**Ann** [Lee](https://evil.example) <at>all</at> \u202e {{DATE(2026-03-02)}}"


def test_what_people_wrote_is_never_markdown(face: Face) -> None:
    """Text runs read none; what reads it – text blocks – is not used."""
    drawn = render(Card(HOSTILE, (Text(HOSTILE), Rows(("a", "b"), ((HOSTILE, HOSTILE),)))), face)
    assert "TextBlock" not in kinds(drawn) and "FactSet" not in kinds(drawn)
    said = [found["text"] for found in each(drawn) if found["type"] == "TextRun"]
    assert said.count(HOSTILE) == 3 and f"  {HOSTILE}" in said


def many(count: int, *more: Item) -> Card:
    return Card("Pick", (*more, Buttons(tuple(Button(f"B{n}", Action("help", str(n))) for n in range(count)))))


@pytest.mark.parametrize(("count", "choices"), [(1, 0), (5, 0), (6, 1), (30, 1)])
def test_more_buttons_than_webex_shows_become_a_list(count: int, choices: int) -> None:
    drawn = render(many(count), WEBEX)
    lists = [found for found in each(drawn) if found["type"] == "Input.ChoiceSet"]
    assert len(lists) == choices and len(actions(drawn)) <= 5
    for found in lists:
        assert [option["value"] for option in found["choices"]] == [f"help:{n}" for n in range(count)]
        assert pressed({**actions(drawn)[0]["data"], found["id"]: "help:3"}) == (("help:3", None),)


def test_an_address_stays_a_button_when_the_rest_becomes_a_list() -> None:
    allow = Button("Allow", Action("allow", "zoom"), url="https://bot.example/allow/x")
    others = tuple(Button(f"B{n}", Action("help", str(n))) for n in range(6))
    drawn = render(Card("Pick", (Buttons((allow, *others)),)), WEBEX)
    assert [action["url"] for action in actions(drawn) if action["type"] == "Action.OpenUrl"] == [allow.url]


TEAMS_TO_PICK = Choice(
    "Teams",
    Action("teams_one", "semaphore"),
    (Option("deck", "Deck"), Option("light", "Light")),
    Action("teams_pick", "semaphore"),
    ("deck",),
)


def test_a_list_of_several_travels_with_every_press(face: Face) -> None:
    """Nothing that was chosen is lost, whichever button follows."""
    drawn = render(Card("Select teams", (TEAMS_TO_PICK, Buttons((Button("Next", Action("teams_page", "x.2")),)))), face)
    (field,) = [found for found in each(drawn) if found["type"] == "Input.ChoiceSet"]
    assert field["isMultiSelect"] is True and field["value"] == "deck"
    (next_,) = actions(drawn)
    inputs = {field["id"]: "deck,light"}
    assert pressed({**next_["data"], **inputs}) == (("teams_pick:semaphore", "deck,light"), ("teams_page:x.2", None))


def test_one_choice_and_one_line_are_sent_by_their_own_buttons(face: Face) -> None:
    person = Choice("Person", Action("person"), (Option("p1", "Ann"), Option("p2", "Bob")))
    drawn = render(Card("Find", (person, Input("Name", Action("teams_search", "zoom"), "Search"))), face)
    go, search = actions(drawn)
    assert (go["title"], search["title"]) == ("Continue", "Search")
    typed = {"person:": "p2", "teams_search:zoom": " light "}
    assert pressed({**go["data"], **typed}) == (("person:", "p2"),)
    assert pressed({**search["data"], **typed}) == (("teams_search:zoom", "light"),)


@pytest.mark.parametrize(
    ("data", "presses"),
    [
        ({}, ()),
        ({"action": "help:"}, (("help:", None),)),
        ({"action": 7}, ()),
        ({"action": None, "press": "press1"}, ()),
        ({"press": "press1"}, ()),
        ({"press": "press1", "press1": ""}, ()),
        ({"press": "press1", "press1": "  "}, ()),
        ({"press": "press1", "press1": 3}, ()),
        ({"press": "press1", "press1": "help:import"}, (("help:import", None),)),
        ({"press": ["press1"], "press1": "help:import"}, ()),
        ({"from": "person:", "person:": "p1"}, (("person:", "p1"),)),
        ({"from": "person:", "person:": ""}, ()),
        ({"from": "person:"}, ()),
        ({"from": {"person:": "p1"}}, ()),
        ({"also": "teams_pick:x", "action": "help:"}, (("help:", None),)),
        ({"also": ["teams_pick:x"]}, (("teams_pick:x", ""),)),
        ({"also": ["teams_pick:x", 7, None], "teams_pick:x": "a,b"}, (("teams_pick:x", "a,b"),)),
        ({"also": ["teams_pick:x"], "teams_pick:x": ["a"], "action": "h:"}, (("teams_pick:x", ""), ("h:", None))),
        ({"action": "help:", "from": "person:", "person:": "p1"}, (("help:", None),)),
        ({"verb": "mio", "unknown": [1, {}]}, ()),
    ],
    ids=json.dumps,
)
def test_what_a_submit_brings_back(data: Mapping[str, Any], presses: tuple[tuple[str, str | None], ...]) -> None:
    """Forged or foreign data is nobody's press and never an exception."""
    assert pressed(data) == presses


def test_limits_hold_by_construction(face: Face) -> None:
    options = tuple(Option(str(n), "y" * 300) for n in range(150))
    huge = Card("t" * 5_000, (Text("z" * 5_000), Choice("c" * 500, Action("person"), options), *many(9).items))
    drawn = render(huge, face)
    assert all(len(found["text"]) <= 2_000 for found in each(drawn) if found["type"] == "TextRun")
    assert all(len(action["title"]) <= 80 for action in actions(drawn))
    assert all(len(found["choices"]) <= 100 for found in each(drawn) if found["type"] == "Input.ChoiceSet")
