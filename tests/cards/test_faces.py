"""Every card on every face, compared with the golden files; ``MIO_GOLDEN=write`` makes them anew."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cards import adaptive, block_kit, zoom
from cards.content import KINDS, build
from cards.content.examples import Scene, examples
from cards.content.occasions import OCCASIONS
from cards.model import Action, Button, Buttons, Card, Choice, Option, Rows, Text, plain
from sandbox.slack import blocks as slack_rules
from sandbox.zoom import cards as zoom_rules

GOLDEN = Path(__file__).parent / "golden"
ALL = examples(Scene())
EXAMPLES: dict[str, Any] = {kind: made[0].facts for kind, made in ALL.items()}
EVERY = [(kind, example.facts) for kind, made in ALL.items() for example in made]


def faces(card: Card) -> dict[str, str]:
    return {
        "block_kit.json": json.dumps(block_kit.render(card), indent=1, ensure_ascii=False) + "\n",
        "zoom.json": json.dumps(zoom.render(card), indent=1, ensure_ascii=False) + "\n",
        "teams.json": json.dumps(adaptive.render(card, adaptive.TEAMS), indent=1, ensure_ascii=False) + "\n",
        "webex.json": json.dumps(adaptive.render(card, adaptive.WEBEX), indent=1, ensure_ascii=False) + "\n",
        "txt": plain(card) + "\n",
    }


def test_every_kind_has_an_example_and_an_occasion() -> None:
    assert set(EXAMPLES) == set(KINDS) == set(OCCASIONS)


def test_further_examples_say_how_they_differ() -> None:
    assert all(not made[0].note and all(example.note for example in made[1:]) for made in ALL.values())


@pytest.mark.parametrize("kind", KINDS)
def test_golden(kind: str) -> None:
    for face, made in faces(build(EXAMPLES[kind])).items():
        file = GOLDEN / f"{kind}.{face}"
        if os.environ.get("MIO_GOLDEN") == "write":
            file.write_text(made)
        assert file.read_text() == made


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_the_vendors_rules_accept_every_card(kind: str, facts: object) -> None:
    card = build(facts)
    assert type(facts) is KINDS[kind][0]
    slack_rules.check(block_kit.render(card)["blocks"])
    zoom_rules.check(zoom.render(card))


@pytest.mark.parametrize("kind", ["consent", "done", "declined", "not_delivered", "unsure"])
def test_cards_for_people_are_short(kind: str) -> None:
    words = [w for i in build(EXAMPLES[kind]).items if isinstance(i, Text) and not i.small for w in i.text.split()]
    assert len(words) <= 60


@pytest.mark.parametrize(("kind", "facts"), EVERY)
def test_icons_never_stand_alone(kind: str, facts: object) -> None:
    for line in plain(build(facts)).splitlines():
        for icon in "✅🕐🔺":
            assert line.strip() != icon and not line.rstrip().endswith(icon)


def huge(count: int) -> Card:
    many = tuple(Button(f"Button {n} " + "x" * 90, Action("help", str(n))) for n in range(count))
    options = tuple(Option(str(n), "y" * 200) for n in range(150))
    items: tuple[Any, ...] = (
        Text("<!channel> & " + "z" * 5_000),
        Rows(("a", "b", "c"), (("<@U1>", "b" * 4_000, ""),)),
        Choice("choose " * 40, Action("person"), options),
        Buttons(many),
    )
    return Card("t" * 400, items)


def test_limits_hold_by_construction() -> None:
    slack_rules.check(block_kit.render(huge(25))["blocks"])
    zoom_rules.check(zoom.render(huge(8)))


def test_nothing_from_people_can_mention_or_format() -> None:
    drawn = json.dumps(block_kit.render(huge(1)))
    assert "<!channel>" not in drawn and "<@U1>" not in drawn


def test_a_hostile_name_stays_a_name() -> None:
    (row, *_) = EXAMPLES["people"].rows
    card = build(replace(EXAMPLES["people"], rows=(replace(row, name="Ann <!here> & *Lee*"),)))
    words = [block["text"]["text"] for block in block_kit.render(card)["blocks"] if block["type"] == "section"]
    assert any("Ann &lt;!here&gt; &amp; *Lee*" in line for line in words)


def test_where_buttons_open_no_address_allow_is_a_link() -> None:
    body = zoom.render(build(EXAMPLES["consent"]))["body"]
    assert [b["text"] for b in body if b.get("link")] == ["Allow"]


@pytest.mark.parametrize("words", ["", "x", "Allow:1", "allow", "a:" + "b" * 200, "allow:a b"])
def test_foreign_actions_are_nobodys(words: str) -> None:
    assert Action.parse(words) is None


def test_actions_survive_the_wire() -> None:
    assert Action.parse(Action("sync", "p1.zoom").wire()) == Action("sync", "p1.zoom")
