"""The fake against Webex's own descriptions: answers field by field, paths, and the Adaptive Cards schema.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

from typing import Any

import jsonschema
import pytest
from descriptions import needed, read
from webex_org import ADMIN_SCOPES, CHOICES, CONSENT, USER_SCOPES, Client, Org, Told, card, sent, submit, words

from sandbox.webex.grammar import ACTIONS, ELEMENTS, INPUTS, PARTS

pytestmark = needed
ADMIN = ("/roles", "/organizations", "/authorizations")
ELSEWHERE = {"/contents/{id}", "/team/memberships", "/authorizations/tokenExpiry"}
NEWER = {
    "webhooks": {"orgId", "createdBy", "appId"},
    "messages": {"parentId", "html", "attachments", "mentionedPeople"},
}
"""What the portal shows, and the description leaves out of some of its answers."""


def described(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The description that has the path, and what it says of it; placeholders may be called otherwise."""
    spec = read("webex/webex-admin.json" if path.startswith(ADMIN) else "webex/webex-messaging.json")
    shape = path.replace("{id}", "{}")
    for name, operations in spec["paths"].items():
        plain = "/".join("{}" if part.startswith("{") else part for part in name.split("/"))
        if plain == shape:
            return spec, operations
    raise AssertionError(f"the vendor does not know {path}")


def schema_of(path: str, method: str, status: int) -> dict[str, Any]:
    spec, operations = described(path)
    content = operations[method.lower()]["responses"][str(status)]["content"]
    found: dict[str, Any] = next(iter(content.values()))["schema"]
    return resolved(spec, found)


def resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """References replaced, and only what a JSON schema of today reads."""
    if "$ref" in schema:
        return resolved(spec, spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    kept = {k: v for k, v in schema.items() if k in ("type", "enum", "required")}
    if "properties" in schema:
        kept["properties"] = {
            # Of attachments the description knows files of another service only, no cards.
            k: {} if k == "attachments" else resolved(spec, v)
            for k, v in schema["properties"].items()
        }
    if "items" in schema:
        kept["items"] = resolved(spec, schema["items"])
    return kept


async def looked(maya: Client, bob: str) -> dict[tuple[str, str], Told]:
    """The directory's answers."""
    me, team = (await maya.get("people/me")).body, (await maya.get("teams")).items[0]["id"]
    return {
        ("GET", "/people"): await maya.get("people"),
        ("GET", "/people/me"): await maya.get("people/me"),
        ("GET", "/people/{id}"): await maya.get(f"people/{bob}"),
        ("GET", "/roles"): await maya.get("roles"),
        ("GET", "/roles/{id}"): await maya.get(f"roles/{me['roles'][0]}"),
        ("GET", "/organizations"): await maya.get("organizations"),
        ("GET", "/organizations/{id}"): await maya.get(f"organizations/{me['orgId']}"),
        ("GET", "/teams"): await maya.get("teams"),
        ("GET", "/teams/{id}"): await maya.get(f"teams/{team}"),
        ("GET", "/team/memberships"): await maya.get("team/memberships", teamId=team),
        ("GET", "/authorizations/tokenExpiry"): await maya.get("authorizations/tokenExpiry"),
    }


async def talked(maya: Client, his: Client, bob: str) -> dict[tuple[str, str], Told]:
    """The answers about messages and cards."""
    text = await maya.post("messages", toPersonId=bob, markdown="**hi** <@personEmail:bob@acme.example|B>")
    shown = await maya.post("messages", toPersonId=bob, text="c", attachments=sent(CONSENT))
    room, message = text.body["roomId"], text.body["id"]
    action = await his.post("attachment/actions", type="submit", messageId=shown.body["id"], inputs={"a": "1"})
    one = (await maya.get("memberships", roomId=room)).items[0]["id"]
    return {
        ("GET", "/rooms"): await maya.get("rooms"),
        ("GET", "/rooms/{id}"): await maya.get(f"rooms/{room}"),
        ("GET", "/memberships"): await maya.get("memberships", roomId=room),
        ("GET", "/memberships/{id}"): await maya.get(f"memberships/{one}"),
        ("GET", "/messages"): await maya.get("messages", roomId=room),
        ("POST", "/messages"): text,
        ("GET", "/messages/direct"): await maya.get("messages/direct", personId=bob),
        ("GET", "/messages/{id}"): await maya.get(f"messages/{message}"),
        ("PUT", "/messages/{id}"): await maya.put(f"messages/{message}", roomId=room, text="ho"),
        ("POST", "/attachment/actions"): action,
        ("GET", "/attachment/actions/{id}"): await maya.get(f"attachment/actions/{action.body['id']}"),
    }


async def listened(maya: Client) -> dict[tuple[str, str], Told]:
    """The answers about webhooks."""
    about = {"name": "m", "targetUrl": "https://b.example/h"}
    made = await maya.post("webhooks", **about, resource="messages", event="created", filter="roomType=direct")
    hook = f"webhooks/{made.body['id']}"
    return {
        ("GET", "/webhooks"): await maya.get("webhooks"),
        ("POST", "/webhooks"): made,
        ("GET", "/webhooks/{id}"): await maya.get(hook),
        ("PUT", "/webhooks/{id}"): await maya.put(hook, **about),
    }


async def called(webex: Org) -> dict[tuple[str, str], Told]:
    """An answer of every route with a body. Flags are strings in the description, as with the mean profile."""
    bob, maya = webex.id("Bob Kim"), webex.person("Maya Ortiz", f"{USER_SCOPES} {ADMIN_SCOPES}")
    webex.switch(mean=True)
    return {**await looked(maya, bob), **await talked(maya, webex.person("Bob Kim"), bob), **await listened(maya)}


async def test_every_answer_fits_the_vendors_schema(webex: Org) -> None:
    answers = await called(webex)
    table = {(r.method, r.path) for r in webex.fake.api.table}
    without = {("DELETE", "/messages/{id}"), ("DELETE", "/webhooks/{id}"), ("GET", "/contents/{id}")}
    assert set(answers) == table - without, "a route without a look at its answer"
    for (method, path), answer in answers.items():
        assert answer.status in (200, 202), (path, answer.body)
        schema = schema_of(path, method, answer.status)
        jsonschema.validate(answer.body, schema)
        shown, known = answer.body, set(schema.get("properties", {}))
        if "items" in shown:
            assert shown["items"], path
            known = set(schema["properties"]["items"]["items"]["properties"])
            shown = {name: 0 for item in shown["items"] for name in item}
        assert set(shown) - known <= NEWER.get(path.split("/")[1], set()), path


def test_every_path_is_the_vendors(webex: Org) -> None:
    for route in webex.fake.api.table:
        if route.path not in ELSEWHERE:
            assert route.method.lower() in described(route.path)[1], route.path


CARDS = [
    CONSENT,
    card(words(), actions=[submit("a"), {"type": "Action.ShowCard", "card": card(words("in"))}]),
    card({"type": "Input.ChoiceSet", "id": "c", "choices": CHOICES}),
]


def defined(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read("webex/adaptive-cards/adaptive-card-1.3.0.json")["definitions"][name]
    return next((o for o in found["anyOf"] if o.get("type") == "object"), found) if "anyOf" in found else found


@pytest.mark.parametrize("content", CARDS)
def test_our_cards_are_good_by_the_vendors_schema(content: dict[str, Any]) -> None:
    schema = read("webex/adaptive-cards/adaptive-card-1.3.0.json")
    jsonschema.validate(content, {**schema, "$schema": "http://json-schema.org/draft-06/schema#"})


@pytest.mark.parametrize("name", [*ELEMENTS, *PARTS, *ACTIONS])
def test_the_grammar_is_a_part_of_the_schema(name: str) -> None:
    """Every property is the schema's, every required one required, every word allowed."""
    shape, schema = {**ELEMENTS, **PARTS, **ACTIONS}[name], defined(name)
    inherited = [defined(ref["$ref"].rsplit("/", 1)[-1]) for ref in schema.get("allOf", ())]
    assert set(shape.fields) == set(schema["properties"]) | {"type"}
    assert set(schema.get("required", ())) - {"type"} == set(shape.required) - {"type"}
    for field, rule in shape.fields.items():
        words = _words(schema["properties"].get(field) or {}, inherited, field)
        if isinstance(rule, tuple) and words:
            assert {w.lower() for w in rule} == words, (name, field)


def _words(rule: dict[str, Any], inherited: list[dict[str, Any]], field: str) -> set[str]:
    """The words that the schema allows; nothing when it does not list any."""
    if not rule:
        rule = next((i["properties"][field] for i in inherited if i.get("properties", {}).get(field)), {})
    target = read("webex/adaptive-cards/adaptive-card-1.3.0.json")["definitions"]
    options = [rule, *rule.get("anyOf", ())]
    options += [target[o["$ref"].rsplit("/", 1)[-1]] for o in options if "$ref" in o]
    options += [inner for o in options for inner in o.get("anyOf", ())]
    return {str(word).lower() for o in options for word in o.get("enum", ())}


def test_inputs_are_what_the_schema_calls_so() -> None:
    found = read("webex/adaptive-cards/adaptive-card-1.3.0.json")["definitions"]["ImplementationsOf.Input"]["anyOf"]
    assert {option["allOf"][0]["$ref"].rsplit("/", 1)[-1] for option in found} == set(INPUTS)
