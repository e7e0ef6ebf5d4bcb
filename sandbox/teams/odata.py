"""OData as far as Graph lets chats and directories use it: $select, $top, $skiptoken, simple $filter.

What is outside of that is refused, as Graph refuses it. Reads nothing itself.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.teams.calls import Call, GraphFault, bad

TERM = re.compile(r"(?P<name>[\w/]+) (?P<verb>eq|gt|ge|lt|le) (?P<value>'(?:[^']|'')*'|true|false|null|[\w:.+-]+)$")
ANY = re.compile(r"(?P<name>\w+)/any\((?P<v>\w+): ?(?P=v) eq (?P<value>'(?:[^']|'')*')\)$", re.IGNORECASE)


def select(shape: Mapping[str, Any], query: Mapping[str, str], default: Sequence[str]) -> dict[str, Any]:
    """The asked properties, or the small set that comes unasked. Raises on a property that there is not."""
    asked = [name for name in query.get("$select", "").split(",") if name]
    for name in asked:
        if name not in shape:
            raise bad(f"Could not find a property named '{name}' on this type.")
    kept = {name: shape[name] for name in (asked or default)}
    tags = {name: shape[name] for name in shape if name.startswith("@odata.type")}
    return {**tags, **kept, "id": shape["id"]} if asked else {**tags, **kept}


def page(call: Call, root: str, items: Sequence[Any], size: int, most: int) -> dict[str, Any]:
    """One page, and the whole address of the next. Raises for $skip and for a size out of bounds."""
    if "$skip" in call.query:
        raise bad("$skip is not supported.", "Request_UnsupportedQuery")
    asked = call.query.get("$top", str(size))
    if not asked.isdecimal() or not 1 <= int(asked) <= most:
        raise bad(
            f"The limit of '{most}' for Top query has been exceeded. The value from the incoming request is {asked}."
        )
    start, end = _start(call.query.get("$skiptoken", "")), 0
    end = start + int(asked)
    found: dict[str, Any] = {"@odata.context": f"{root}/$metadata#{call.path.strip('/')}"}
    if call.query.get("$count", "").lower() == "true":
        found["@odata.count"] = len(items)
    if end < len(items):
        token = base64.urlsafe_b64encode(f"page:{end}".encode()).decode()
        query = {**{k: v for k, v in call.query.items() if k != "$skiptoken"}, "$skiptoken": token}
        found["@odata.nextLink"] = f"{root}{call.path}?{urlencode(query, safe='$,')}"
    return {**found, "value": list(items[start:end])}


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        number = base64.urlsafe_b64decode(token).decode().removeprefix("page:")
        return int(number)
    except (binascii.Error, ValueError, UnicodeDecodeError):
        raise GraphFault(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from None


Test = Callable[[Mapping[str, Any]], bool]


def matching(text: str, allowed: Sequence[str]) -> Test:
    """A test from a $filter: terms joined by all ``or`` or all ``and``. Raises for what is not ``allowed``."""
    if not text:
        return lambda shape: True
    joins: tuple[tuple[str, Callable[[Iterable[bool]], bool]], ...] = ((" or ", any), (" and ", all))
    for word, combine in joins:
        parts = _split(text, word)
        if len(parts) > 1:
            if any(len(_split(part, other)) > 1 for part in parts for other in (" or ", " and ")):
                raise _unsupported()
            return _joined([_term(part, allowed) for part in parts], combine)
    return _term(text, allowed)


def _joined(tests: Sequence[Test], combine: Callable[[Iterable[bool]], bool]) -> Test:
    return lambda shape: combine(test(shape) for test in tests)


def _split(text: str, word: str) -> list[str]:
    """At the word, but not inside quotes."""
    parts, quoted, begin = [], False, 0
    for at, char in enumerate(text):
        quoted ^= char == "'"
        if not quoted and text.startswith(word, at):
            parts.append(text[begin:at])
            begin = at + len(word)
    return [part.strip() for part in (*parts, text[begin:])]


def _term(text: str, allowed: Sequence[str]) -> Test:
    several = ANY.match(text.strip())
    if several is not None and several["name"] in allowed:
        name, wanted = several["name"], _value(several["value"])
        return lambda shape: str(wanted).lower() in [str(v).lower() for v in shape.get(name) or ()]
    term = TERM.match(text.strip())
    if term is None or term["name"] not in allowed:
        raise _unsupported()
    name, verb, value = term["name"], term["verb"], _value(term["value"])
    return lambda shape: _compare(_reach(shape, name), verb, value)


def _reach(shape: Mapping[str, Any], name: str) -> Any:
    found: Any = shape
    for part in name.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _value(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return {"true": True, "false": False, "null": None}.get(text, text)


def _compare(found: Any, verb: str, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        found, wanted = found.lower(), wanted.lower()
    if verb == "eq":
        return bool(found == wanted)
    if found is None or wanted is None or isinstance(found, bool):
        return False
    sides = {"gt": found > wanted, "ge": found >= wanted, "lt": found < wanted, "le": found <= wanted}
    return bool(sides[verb])


def _unsupported() -> GraphFault:
    return GraphFault(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")
