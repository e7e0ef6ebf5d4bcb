"""Cards as Zoom's chatbot content. Buttons cannot open addresses there: such a button is a link with its label.

Second-hand limits of the platform are stayed well inside: text 1,000, button 40, five buttons, 100 options.
"""

from typing import Any

from cards.model import Button, Buttons, Card, Choice, Input, Item, Rows, Text

Block = dict[str, Any]
BUTTONS = 5


def render(card: Card) -> dict[str, Any]:
    """The ``content`` object of ``POST /im/chat/messages``."""
    body: list[Block] = []
    for item in card.items:
        body.extend(_item(item))
    return {"head": {"text": _cut(card.title, 250)}, "body": body}


def _item(item: Item) -> list[Block]:
    match item:
        case Text(text=text, small=small):
            block: Block = {"type": "message", "text": _cut(text, 1_000)}
            if small:
                block["style"] = {"color": "#6b7280"}
            return [block]
        case Rows():
            return _rows(item)
        case Choice(label=label, action=action, options=options):
            # The action travels in each option's value: an answer to a select names nothing else.
            items = [{"text": _cut(o.label, 75), "value": f"{action.wire()}|{o.value}"} for o in options[:100]]
            return [{"type": "select", "text": _cut(label, 75), "select_items": items}]
        case Input():
            return []
        case Buttons(buttons=buttons):
            return _buttons(buttons)


def _rows(item: Rows) -> list[Block]:
    if len(item.header) == 2:
        fields = [{"key": _cut(name, 200), "value": _cut(value, 200), "short": True} for name, value in item.rows]
        return [{"type": "fields", "items": fields}]
    return [{"type": "message", "text": _cut(" · ".join(cell for cell in row if cell), 1_000)} for row in item.rows]


def _buttons(buttons: tuple[Button, ...]) -> list[Block]:
    blocks: list[Block] = [
        {"type": "message", "text": _cut(b.label, 200), "link": b.url} for b in buttons if b.url is not None
    ]
    pressed = [b for b in buttons if b.url is None]
    if len(pressed) > BUTTONS:
        items = [{"text": _cut(b.label, 75), "value": b.action.wire()} for b in pressed[:100]]
        blocks.append({"type": "select", "text": "Choose", "select_items": items})
    elif pressed:
        style = {"default": "Default", "primary": "Primary", "danger": "Danger"}
        items = [{"text": _cut(b.label, 40), "value": b.action.wire(), "style": style[b.style]} for b in pressed]
        blocks.append({"type": "actions", "items": items})
    return blocks


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
