"""The vendors' own machine-readable descriptions, read the same way: which operations there are, and whether a request is one.

The folder is named by VENDOR_SPECS; whoever reads it skips without. What is said of a fault never holds what was sent.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

VENDORS = Path(os.environ.get("VENDOR_SPECS", ""))
needed = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
VERBS = ("get", "put", "post", "delete", "patch")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CARD = "application/vnd.microsoft.card.adaptive"
Schema = dict[str, Any]


@cache
def read(path: str) -> dict[str, Any]:
    """A file of the folder, such as ``zoom/users.json``."""
    found: dict[str, Any] = json.loads((VENDORS / path).read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` begins after the API's address; ``body`` is JSON or a form's fields; ``kind`` its content type."""

    verb: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a description. ``whole`` is what its schemas refer into."""

    name: str
    verb: str
    path: re.Pattern[str]
    query: Mapping[str, Schema]
    required: frozenset[str]
    body: Schema | None
    kinds: tuple[str, ...]
    page: Mapping[str, Any]
    whole: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Description:
    """All operations of one API, fixed paths before those with a parameter, as a router would try them.

    ``free``: fields of a body that are not looked into, because the description is wrong there.
    """

    title: str
    operations: tuple[Operation, ...]
    cards: str = ""
    """The schema of the adaptive cards that are attached."""
    free: frozenset[str] = frozenset()
    own: Callable[[str], bool] = lambda name: False
    """Whether a field is a word of the protocol beneath, which schemas do not list."""
    plain: Callable[[str], str] = lambda path: path
    """A path without what may stand in any path."""

    def find(self, verb: str, path: str) -> Operation:
        wanted = self.plain(path)
        for one in self.operations:
            if one.verb == verb and one.path.fullmatch(wanted):
                return one
        raise AssertionError(f"{self.title} describes no {verb} {path}")

    def noted(self, name: str, args: Mapping[str, Any]) -> Request:
        """A call as a test's server notes it: verb and path in one, query and body in one, with its ``key`` and ``type``."""
        verb, path = name.split(" ", 1)
        given = {key: value for key, value in args.items() if key not in ("key", "type")}
        if self.find(verb, path).body is None:
            return Request(verb, path, given)
        return Request(verb, path, body=given, kind=args["type"])

    def check(self, request: Request) -> Operation:
        """Raises ``AssertionError`` when the request is not one that the vendor describes."""
        found = self.find(request.verb, request.path)
        self._check_query(found, request.query)
        if found.body is None:
            assert not request.body, f"{found.name}: a body where {self.title} describes none"
        else:
            self._check_body(found, found.body, request)
            self._check_cards(found, request.body)
        return found

    def _check_query(self, found: Operation, query: Mapping[str, str]) -> None:
        unknown = set(query) - set(found.query)
        assert not unknown, f"{found.name}: parameters {self.title} does not know: {sorted(unknown)}"
        missing = found.required - set(query)
        assert not missing, f"{found.name}: without {sorted(missing)}"
        for name, value in query.items():
            _fits(found, typed(value, found.query[name]), found.query[name], f" ?{name}")

    def _check_body(self, found: Operation, schema: Schema, request: Request) -> None:
        assert request.kind in found.kinds, f"{found.name}: {request.kind or 'no body'}, not {' or '.join(found.kinds)}"
        body = request.body
        if request.kind == FORM:
            rules = schema.get("properties", {})
            body = {name: typed(value, rules.get(name, {})) for name, value in (body or {}).items()}
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in self.free}
        unknown = list(strangers(body, schema, found.whole, self.own))
        assert not unknown, f"{found.name}: fields {self.title} does not know: {unknown}"
        _fits(found, body, schema, "")

    def _check_cards(self, found: Operation, body: Any) -> None:
        attached = body.get("attachments", ()) if self.cards and isinstance(body, dict) else ()
        for one in attached:
            if one.get("contentType") == CARD:
                faults = _faults(jsonschema.Draft6Validator(read(self.cards)), one["content"])
                assert not faults, f"{found.name}: a card with {faults}"


def typed(value: str, schema: Schema) -> Any:
    """A query's word as the type it stands for; what is not of that type stays a word."""
    match schema.get("type"):
        case "integer" | "number" | ["integer"] | ["number"] if value.isdecimal():
            return int(value)
        case "boolean" | ["boolean"]:
            return {"true": True, "false": False}.get(value, value)
        case "array":
            return value.split(",")
        case _:
            return value


def _fits(found: Operation, value: Any, schema: Schema, where: str) -> None:
    rules = {**schema, **{name: part for name, part in found.whole.items() if name in ("components", "definitions")}}
    validator = jsonschema.Draft202012Validator(nullable(rules), format_checker=jsonschema.FormatChecker())
    faults = _faults(validator, value)
    assert not faults, f"{found.name}{where}: {faults}"


def _faults(validator: Any, value: Any) -> list[str]:
    """Each names the place and the rule, not the value: values are people's words."""
    return [f"{one.json_path}: {one.validator} {one.validator_value}"[:200] for one in validator.iter_errors(value)]


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says nullable beside a type where JSON Schema says null among the types."""
    if isinstance(schema, list):
        return [nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: nullable(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def strangers(
    value: Any,
    schema: Schema,
    whole: Mapping[str, Any] | None = None,
    own: Callable[[str], bool] = lambda name: False,
    path: str = "$",
) -> Iterator[str]:
    """Fields the schema does not name, at any depth. An object without properties may hold anything."""
    parts = list(_parts(schema, whole or {}, value))
    if isinstance(value, list):
        inner: Schema = next((part["items"] for part in parts if "items" in part), {})
        for item in value:
            yield from strangers(item, inner, whole, own, path + "[]")
    if not isinstance(value, dict):
        return
    known: dict[str, Any] = {}
    for part in parts:
        # Alternatives describe the same field twice: the first that does counts.
        known = {**part.get("properties", {}), **known}
    for name, item in value.items() if known else ():
        if name in known:
            yield from strangers(item, known[name], whole, own, f"{path}.{name}")
        elif not own(name):
            yield f"{path}.{name}"


def _parts(schema: Schema, whole: Mapping[str, Any], value: Any) -> Iterator[Schema]:
    """The schema, what it refers to, all that it is made of, and the kind that an object says it is of."""
    if "$ref" in schema:
        found: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        yield from _parts(found, whole, value)
        return
    yield schema
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from _parts(part, whole, value)
    kind = value.get("@odata.type") if isinstance(value, dict) else None
    if kind in schema.get("x-derived-types", ()):
        yield from _parts(whole["components"]["schemas"][str(kind).removeprefix("#")], whole, value)
