"""Where each vendor's API is described, what is wrong with the descriptions, and which addresses have none.

A fifth platform needs a line in ``APIS``: a request to an address that no line knows is a fault.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from descriptions import FORM, JSON, VENDORS, VERBS, Description, Operation, Request, Schema, read

PROSE = {
    "MIO_ZOOM_OAUTH_URL": "Zoom's pages on OAuth have no description for machines",
    "MIO_WEBEX_REVOKE_URL": "Webex's pages on OAuth have no description for machines",
    "MIO_TEAMS_LOGIN_URL": "Microsoft's pages on the login service have no description for machines",
    "MIO_WEBEX_API_URL /access_token": "Webex's pages on OAuth have no description for machines",
}
"""Addresses, by setting, that vendors describe in words only."""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^{}/]+\\}", "[^/]+", re.escape(path)))


def _of(name: str, verb: str, path: str, page: Mapping[str, Any], whole: Mapping[str, Any]) -> Operation:
    """An operation of OpenAPI 3, or of its elder, where a body is one of the parameters."""
    parameters = page.get("parameters", ())
    content = page.get("requestBody", {}).get("content", {})
    old = next((p["schema"] for p in parameters if p["in"] == "body"), None)
    return Operation(
        name=name,
        verb=verb,
        path=_pattern(path),
        query={p["name"]: p.get("schema", {"type": p.get("type", "string")}) for p in parameters if p["in"] == "query"},
        required=frozenset(p["name"] for p in parameters if p["in"] == "query" and p.get("required")),
        body=next((one["schema"] for one in content.values()), old),
        kinds=tuple(content) or (JSON,),
        page=page,
        whole=whole,
    )


def _operations(
    *files: str, change: Callable[[str], str] = str, mend: Callable[[Any], Any] = lambda page: page
) -> tuple[Operation, ...]:
    """Fixed paths before those with a parameter. ``change`` writes a path as it is called, ``mend`` a page as it is meant."""
    found = [(path, page, read(file)) for file in files for path, page in read(file)["paths"].items()]
    return tuple(
        _of(f"{verb.upper()} {change(path)}", verb.upper(), change(path), mend(operation), whole)
        for path, page, whole in sorted(found, key=lambda row: row[0].count("{"))
        for verb, operation in page.items()
        if verb in VERBS
    )


# -- Slack ---------------------------------------------------------------------------------------


@cache
def slack() -> Description:
    pages = {
        file.stem: read(f"slack/methods/{file.name}") for file in sorted((VENDORS / "slack/methods").glob("*.*.json"))
    }
    return Description("Slack", tuple(one for name, page in pages.items() for one in _method(name, page)))


def _method(name: str, page: dict[str, Any]) -> Iterator[Operation]:
    """docs.slack.dev/apis/web-api: every method takes a form by POST; reading ones a query by GET, some of either JSON."""
    fields = {field: _argument(rule) for field, rule in page["args"].get("properties", {}).items()}
    # The token travels in the header.
    required = frozenset(page["args"].get("required") or ()) - {"token"}
    path = _pattern(f"/{name}")
    body = {"type": "object", "properties": fields, "required": sorted(required)}
    kinds = (FORM, *((JSON,) if page.get("json_input_supported") else ()))
    yield Operation(f"POST /{name}", "POST", path, {}, frozenset(), body, kinds, page, {})
    if page["http_method"] == "GET":
        yield Operation(f"GET /{name}", "GET", path, fields, required, None, (), page, {})


def _argument(rule: dict[str, Any]) -> Schema:
    """What JSON schema can read of Slack's own dialect. A field for structured values is text in a form, and JSON in JSON."""
    options = rule.get("anyOf", [rule])
    kinds = [option["type"] for option in options if isinstance(option.get("type"), str)]
    if "JSON" in rule.get("desc", "") and "string" in kinds:
        kinds += ["array", "object"]
    return {"type": kinds} if kinds else {}


# -- Zoom ----------------------------------------------------------------------------------------


def _overlapping(page: Any) -> Any:
    """A defect: an address is exactly one of three kinds of string, and every string is of all three."""
    if isinstance(page, dict):
        return {("anyOf" if name == "oneOf" else name): _overlapping(value) for name, value in page.items()}
    return [_overlapping(value) for value in page] if isinstance(page, list) else page


@cache
def zoom() -> Description:
    names = ("team-chat", "chatbot", "users", "accounts-roles-chat-settings")
    return Description("Zoom", _operations(*(f"zoom/{name}.json" for name in names), mend=_overlapping))


# -- Webex ---------------------------------------------------------------------------------------


@cache
def webex() -> Description:
    """A defect: of attachments the description knows files of another service only, no cards."""
    operations = _operations("webex/webex-messaging.json", "webex/webex-admin.json")
    cards = "webex/adaptive-cards/adaptive-card-1.3.0.json"
    return Description("Webex", operations, cards, frozenset({"attachments"}))


# -- Teams ---------------------------------------------------------------------------------------


@cache
def graph() -> Description:
    """OData's own: names with an @, which no schema lists, and a last word that says of which kind the rows shall be."""
    return Description(
        "Microsoft Graph",
        _operations("teams/graph-v1.0-cut.openapi.json", change=lambda path: path.replace("()", "")),
        own=lambda name: "@odata." in name,
        plain=lambda path: re.sub(r"/microsoft\.graph\.\w+$", "", path),
    )


MEMBER = "/v3/conversations/{conversationId}/members/{memberId}"


@cache
def connector() -> Description:
    """An activity's service address may end with a region.

    A defect: of one member the description knows how to remove them; the page "Get single member details" has the rest.
    """
    described = _operations("teams/bot-connector.swagger.json")
    return Description(
        "Bot Connector",
        (*described, _of(f"GET {MEMBER}", "GET", MEMBER, {}, {})),
        cards="teams/adaptive-card-1.5.schema.json",
        plain=lambda path: re.sub(r"^/[a-z]+(?=/v3/)", "", path),
    )


APIS: dict[str, Callable[[], Description]] = {
    "MIO_SLACK_API_URL": slack,
    "MIO_ZOOM_API_URL": zoom,
    "MIO_WEBEX_API_URL": webex,
    "MIO_TEAMS_GRAPH_URL": graph,
    "MIO_TEAMS_SERVICE_URL": connector,
}
"""By the setting that holds the API's address."""


def check(setting: str, request: Request) -> str | None:
    """The operation that the request is, or None where the vendor describes this address in words only."""
    if setting in PROSE or f"{setting} {request.path}" in PROSE:
        return None
    assert setting in APIS, f"no description of what is behind {setting}"
    return APIS[setting]().check(request).name
