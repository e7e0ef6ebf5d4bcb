"""What a client makes of ``@name`` in a command's text when the app has should_escape on. Changes no stored text."""

import re
from collections.abc import Callable

AT = re.compile(r"(?<![\w.])@(\w[\w'-]*(?: \w[\w'-]*){0,2})")


def escape(text: str, find: Callable[[str], tuple[str, str] | None]) -> str:
    """``<@U…|name>`` for every known person; ``find`` gives id and user name for a lower-cased full or user name.

    Source: docs.slack.dev/interactivity/implementing-slash-commands.
    """

    def mention(found: re.Match[str]) -> str:
        words = found[1].split(" ")
        for count in range(len(words), 0, -1):
            person = find(" ".join(words[:count]).lower())
            if person is not None:
                return " ".join([f"<@{person[0]}|{person[1]}>", *words[count:]])
        return found[0]

    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return AT.sub(mention, plain)
