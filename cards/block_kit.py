"""Cards as Slack's Block Kit. Limits are kept by construction; text from people is always escaped.

Sources of the limits: docs.slack.dev block reference (section 3,000, header 150, button 75, select 100 options, actions 25).
"""

from typing import Any

from cards.model import Button, Buttons, Card, Choice, Input, Item, Rows, Text, plain

Block = dict[str, Any]


def render(card: Card) -> dict[str, Any]:
    """``{"text", "blocks"}`` as ``chat.postMessage`` and ``chat.update`` take them."""
    blocks: list[Block] = [{"type": "header", "text": _words(card.title, 150)}]
    for number, item in enumerate(card.items):
        blocks.extend(_item(item, number))
    return {"text": escape(_cut(plain(card), 3_500)), "blocks": blocks[:50]}


def escape(text: str) -> str:
    """Nothing a person wrote can mention, link or format."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _item(item: Item, number: int) -> list[Block]:
    match item:
        case Text(text=text, small=True):
            return [{"type": "context", "elements": [_mrkdwn(text, 2_900)]}]
        case Text(text=text):
            return [{"type": "section", "text": _mrkdwn(text, 2_900)}]
        case Rows():
            return _rows(item)
        case Choice(several=None):
            return [_choice(item, number)]
        case Choice():
            return [_several(item, number)]
        case Input():
            return [_input(item, number)]
        case Buttons(buttons=buttons):
            elements = [_button(button, at) for at, button in enumerate(buttons[:25])]
            return [{"type": "actions", "block_id": f"b{number}", "elements": elements}]


def _rows(item: Rows) -> list[Block]:
    """One section a row: name first and bold, the rest below; two columns side by side."""
    if len(item.header) == 2:
        lines = [f"*{escape(value)}*  {escape(name)}" for name, value in item.rows]
        return [{"type": "section", "text": {"type": "mrkdwn", "text": _cut("\n".join(lines), 2_900)}}]
    blocks: list[Block] = []
    for row in item.rows:
        rest = " · ".join(escape(cell) for cell in row[1:] if cell)
        text = _cut(f"*{escape(row[0])}*\n{rest}", 2_900)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    return blocks


def _options(item: Choice) -> list[Block]:
    return [{"text": _words(option.label, 75), "value": option.value[:150]} for option in item.options[:100]]


def _choice(item: Choice, number: int) -> Block:
    select = {
        "type": "static_select",
        "action_id": item.action.wire(),
        "placeholder": _words(item.label, 150),
        "options": _options(item),
    }
    return {"type": "actions", "block_id": f"b{number}", "elements": [select]}


def _several(item: Choice, number: int) -> Block:
    """A list to choose several of stands beside a text only: docs.slack.dev/reference/block-kit/block-elements."""
    assert item.several is not None
    options = _options(item)
    chosen = [option for option in options if option["value"] in item.chosen]
    select = {
        "type": "multi_static_select",
        "action_id": item.several.wire(),
        "placeholder": _words(item.label, 150),
        "options": options,
        **({"initial_options": chosen} if chosen else {}),
    }
    return {"type": "section", "block_id": f"b{number}", "text": _mrkdwn(item.label, 2_900), "accessory": select}


def _input(item: Input, number: int) -> Block:
    """Sent with Enter: an input in a message has no button of its own."""
    element = {
        "type": "plain_text_input",
        "action_id": item.action.wire(),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    label = _words(item.label, 2_000)
    return {"type": "input", "block_id": f"b{number}", "dispatch_action": True, "label": label, "element": element}


def _button(button: Button, at: int) -> Block:
    block: Block = {
        "type": "button",
        "action_id": f"{button.action.wire()}#{at}",
        "text": _words(button.label, 75),
        "value": button.action.wire(),
    }
    if button.style != "default":
        block["style"] = button.style
    if button.url is not None:
        block["url"] = button.url
    return block


def _words(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": _cut(text, limit), "emoji": True}


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": escape(_cut(text, limit))}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
