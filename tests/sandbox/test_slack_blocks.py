"""Cards that Slack would not take: each limit just kept, and just broken."""

from typing import Any

import pytest

from sandbox.slack import blocks
from sandbox.slack.tokens import SlackFault


def words(length: int, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": words(length), **more}


def button(label: int = 1, number: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": f"a{number}", "text": words(label, "plain_text"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def select(count: int, label: int = 1, value: int = 1) -> dict[str, Any]:
    option = {"text": words(label, "plain_text"), "value": "v" * value}
    found = {"type": "static_select", "action_id": "s", "placeholder": words(1, "plain_text")}
    return {**found, "options": [option] * count}


def rich(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(leaves)}]}


@pytest.mark.parametrize(
    "card",
    [
        [section()] * 50,
        [section(3_000)],
        [{"type": "header", "text": words(150, "plain_text")}],
        [actions(*(button(number=n) for n in range(25)))],
        [actions(button(75, value="v" * 2_000, url="u" * 3_000, style="primary"))],
        [actions(select(100, 75, 150))],
        [section(accessory=select(1))],
        [{"type": "context", "elements": [words(1)] * 10}],
        [{"type": "divider"}, rich({"type": "text", "text": "hi"})],
    ],
)
def test_just_right(card: list[Any]) -> None:
    assert blocks.check(card) == card


@pytest.mark.parametrize(
    "card",
    [
        [section()] * 51,
        [section(3_001)],
        [section(0)],
        [section(fields=[words(1)] * 11)],
        [{"type": "section"}],
        [{"type": "header", "text": words(151, "plain_text")}],
        [{"type": "header", "text": words(5, "mrkdwn")}],
        [actions(*(button(number=n) for n in range(26)))],
        [actions()],
        [actions(button(), button())],
        [actions(button(76))],
        [actions(button(value="v" * 2_001))],
        [actions(button(url="u" * 3_001))],
        [actions(button(style="loud"))],
        [actions(select(0))],
        [actions(select(101))],
        [actions(select(1, 76))],
        [actions(select(1, 1, 151))],
        [actions({"type": "slider"})],
        [section(accessory=button(76))],
        [{"type": "context", "elements": [words(1)] * 11}],
        [section(block_id="b" * 256)],
        [section(block_id="b"), section(block_id="b")],
        [rich({"type": "text", "text": ""})],
        [rich({"type": "shout", "text": "hi"})],
        [{"type": "marquee"}],
        ["section"],
        {"type": "section"},
    ],
)
def test_one_too_many(card: Any) -> None:
    with pytest.raises(SlackFault, match="invalid_blocks") as fault:
        blocks.check(card)
    assert "json-pointer:/blocks" in fault.value.extra["messages"]


def test_a_view_takes_more_than_a_message() -> None:
    assert len(blocks.check([section()] * 100, 100)) == 100
