"""The part of the Adaptive Cards schema 1.3 that Webex draws: elements, inputs, actions, their properties and values.

Words are compared without regard to case, as the schema does.
"""

from dataclasses import dataclass
from typing import Any

Rule = str | tuple[str, ...]
"""str, bool, number, any – or the words that are allowed."""
ALIGN = ("left", "center", "right")
SIZES = ("auto", "stretch", "small", "medium", "large")
UPRIGHT = ("top", "center", "bottom")
SPACING = ("default", "none", "small", "medium", "large", "extraLarge", "padding")
COLORS = ("default", "dark", "light", "accent", "good", "warning", "attention")
FONT: dict[str, Rule] = {
    "color": COLORS,
    "fontType": ("default", "monospace"),
    "isSubtle": "bool",
    "size": ("default", "small", "medium", "large", "extraLarge"),
    "weight": ("default", "lighter", "bolder"),
}
BOX: dict[str, Rule] = {
    "style": ("default", "emphasis", "good", "attention", "warning", "accent"),
    "bleed": "bool",
    "minHeight": "str",
    "selectAction": "any",
}
COMMON: dict[str, Rule] = {
    "type": "str",
    "id": "str",
    "isVisible": "bool",
    "requires": "any",
    "fallback": "any",
    "separator": "bool",
    "spacing": SPACING,
}
TALL: dict[str, Rule] = {**COMMON, "height": ("auto", "stretch")}
INPUT: dict[str, Rule] = {**TALL, "label": "str", "isRequired": "bool", "errorMessage": "str"}
BUTTON: dict[str, Rule] = {
    "type": "str",
    "title": "str",
    "iconUrl": "str",
    "style": ("default", "positive", "destructive"),
    "fallback": "any",
    "requires": "any",
}


@dataclass(frozen=True, slots=True)
class Shape:
    fields: dict[str, Rule]
    required: tuple[str, ...] = ()


def _words(**fields: Rule) -> dict[str, Rule]:
    return fields


ELEMENTS = {
    "TextBlock": Shape(
        {**TALL, **FONT, **_words(text="str", horizontalAlignment=ALIGN, maxLines="number", wrap="bool")}, ("text",)
    ),
    "RichTextBlock": Shape({**TALL, **_words(inlines="any", horizontalAlignment=ALIGN)}, ("inlines",)),
    "Image": Shape(
        {
            **TALL,
            **_words(url="str", altText="str", backgroundColor="str", horizontalAlignment=ALIGN, selectAction="any"),
            **_words(size=SIZES, style=("default", "person"), width="str"),
            "height": "any",
        },
        ("url",),
    ),
    "ImageSet": Shape({**TALL, **_words(images="any", imageSize=SIZES)}, ("images",)),
    "ColumnSet": Shape({**TALL, **BOX, **_words(columns="any", horizontalAlignment=ALIGN)}),
    "Container": Shape(
        {**TALL, **BOX, **_words(items="any", verticalContentAlignment=UPRIGHT, backgroundImage="any")}, ("items",)
    ),
    "FactSet": Shape({**TALL, "facts": "any"}, ("facts",)),
    "ActionSet": Shape({**TALL, "actions": "any"}, ("actions",)),
    "Input.Text": Shape(
        {
            **INPUT,
            **_words(isMultiline="bool", maxLength="number", placeholder="str", regex="str", value="str"),
            **_words(style=("text", "tel", "url", "email"), inlineAction="any"),
        }
    ),
    "Input.ChoiceSet": Shape(
        {
            **INPUT,
            **_words(choices="any", isMultiSelect="bool", value="str", placeholder="str", wrap="bool"),
            "style": ("compact", "expanded"),
        },
        ("choices",),
    ),
    "Input.Toggle": Shape(
        {**INPUT, **_words(title="str", value="str", valueOff="str", valueOn="str", wrap="bool")}, ("title",)
    ),
    "Input.Date": Shape({**INPUT, **_words(max="str", min="str", placeholder="str", value="str")}),
    "Input.Time": Shape({**INPUT, **_words(max="str", min="str", placeholder="str", value="str")}),
    "Input.Number": Shape({**INPUT, **_words(max="number", min="number", placeholder="str", value="number")}),
}
INPUTS = tuple(name for name in ELEMENTS if name.startswith("Input."))
PARTS = {
    "AdaptiveCard": Shape(
        {
            **_words(type="str", version="str", body="any", actions="any", fallbackText="str", minHeight="str"),
            **_words(speak="str", lang="str", backgroundImage="any", selectAction="any"),
            "verticalContentAlignment": UPRIGHT,
            "$schema": "str",
        }
    ),
    "Column": Shape(
        {**COMMON, **BOX, **_words(items="any", verticalContentAlignment=UPRIGHT, backgroundImage="any", width="any")}
    ),
    "Fact": Shape(_words(type="str", title="str", value="str"), ("title", "value")),
    "Input.Choice": Shape(_words(type="str", title="str", value="str"), ("title", "value")),
    "TextRun": Shape(
        {
            **FONT,
            **_words(type="str", text="str", highlight="bool", italic="bool", strikethrough="bool", underline="bool"),
            "selectAction": "any",
        },
        ("type", "text"),
    ),
}
ACTIONS = {
    "Action.OpenUrl": Shape({**BUTTON, "url": "str"}, ("url",)),
    "Action.Submit": Shape({**BUTTON, "data": "any", "associatedInputs": ("auto", "none")}),
    "Action.ShowCard": Shape({**BUTTON, "card": "any"}),
    "Action.ToggleVisibility": Shape({**BUTTON, "targetElements": "any"}),
}


def fits(rule: Rule, value: Any) -> bool:
    if isinstance(rule, tuple):
        return isinstance(value, str) and value.lower() in {word.lower() for word in rule}
    match rule:
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return True
