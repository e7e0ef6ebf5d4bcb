"""The fake against Zoom's own descriptions: addresses, scopes, labels, answers, error codes and events.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import re
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from descriptions import needed, read, strangers
from vendor_pages import zoom as zoom_pages
from zoom_account import Office, Reply

from sandbox.zoom.api import Method

pytestmark = needed
# Named by the vendor's guides and samples, not by its reference of this event.
GUIDES = {"bot_notification": {"triggerId", "userMemberId", "userStatus"}}
# The reference of a choice is older than that of a press.
NEWER = {"interactive_message_select": {"event_ts", "callback_url", "callback_token"}}


def described(method: Method) -> Mapping[str, Any]:
    return zoom_pages().find(method.verb, method.path).page


def named(zoom: Office) -> dict[str, Method]:
    return {f"{m.verb} {m.path}": m for m in zoom.fake.api.table}


async def called(zoom: Office) -> dict[str, Any]:
    """The good answer of every method."""
    server, person = await zoom.directory(), zoom.person("Ann Lee")
    sent = await zoom.sends("Ann Lee", "Bob Kim", "hi", rich_text=[_bold(2)])
    reply = await zoom.sends("Ann Lee", "Bob Kim", "ho", reply_main_message_id=sent.body["id"])
    many, query = "/chat/users/me/messages", {"to_contact": zoom.id("Bob Kim")}
    one, own = f"{many}/{reply.body['id']}", zoom.id("Ann Lee")
    card = await zoom.card("Ann Lee")
    place = f"/im/chat/messages/{card.body['message_id']}"
    robot = {"robot_jid": card.body["robot_jid"], "account_id": zoom.running.settings()["MIO_ZOOM_ACCOUNT_ID"]}
    bot, edit = await zoom.bot_token(), {"message": "hm", **query}
    user, text = "/chat/users/{userId}/messages", {"head": {"text": "t"}}
    replies = {
        "GET /users": await zoom.call(server, "GET", "/users"),
        "GET /users/{userId}": await zoom.call(server, "GET", f"/users/{own}"),
        "GET /users/{userId}/permissions": await zoom.call(server, "GET", f"/users/{own}/permissions"),
        "GET /roles": await zoom.call(server, "GET", "/roles"),
        f"POST {user}": sent,
        f"GET {user}": await zoom.call(person, "GET", many, params=query),
        f"GET {user}/{{messageId}}": await zoom.call(person, "GET", one, params=query),
        f"PUT {user}/{{messageId}}": await zoom.call(person, "PUT", one, json=edit),
        f"DELETE {user}/{{messageId}}": await zoom.call(person, "DELETE", one, params=query),
        "GET /chat/users/{userId}/sessions": await zoom.call(person, "GET", "/chat/users/me/sessions"),
        "POST /im/chat/messages": card,
        "PUT /im/chat/messages/{message_id}": await zoom.call(bot, "PUT", place, json={**robot, "content": text}),
        "DELETE /im/chat/messages/{message_id}": await zoom.call(bot, "DELETE", place, params=robot),
    }
    return replies


def _bold(end: int) -> dict[str, Any]:
    return {"start_position": 0, "end_position": end, "format_type": "Bold"}


async def test_every_method_answers_as_described(zoom: Office) -> None:
    """The right status, every required field, each of the type the reference gives it, and none it does not know."""
    answers = await called(zoom)
    assert set(answers) == set(named(zoom)), "a method without a look at its answer"
    for name, method in named(zoom).items():
        answer, page = answers[name], described(method)
        good = page["responses"].get(str(answer.status))
        assert good is not None and answer.status < 300, (name, answer.status)
        content = good.get("content", {}).get("application/json")
        if content is None:
            assert answer.body is None, name
            continue
        schema = content["schema"]
        jsonschema.validate(answer.body, schema)
        assert list(strangers(answer.body, schema)) == [], name


def test_scopes_and_labels_are_the_vendors(zoom: Office) -> None:
    for method in named(zoom).values():
        words = described(method)["description"]
        assert f"`{method.scope}`" in words or f"`{method.scope}:admin`" in words, method.path
        label = re.search(r"Rate Limit Label.*?`([A-Z-]+)`", words)
        assert label is None or label[1] == method.label, method.path


async def refused_messages(zoom: Office) -> dict[str, list[Reply]]:
    """Bob may chat with nobody, Cleo has blocked Ann, and one message is Bob's."""
    person, many, user = zoom.person("Ann Lee"), "/chat/users/me/messages", "/chat/users/{userId}/messages"
    zoom.fake.methods.barred.add(zoom.id("Bob Kim"))
    zoom.fake.block(zoom.id("Cleo Park"), zoom.id("Ann Lee"))
    bob, body = {"to_contact": zoom.id("Bob Kim")}, {"message": "x", "to_contact": zoom.id("Bob Kim")}
    theirs = await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "mine")
    return {
        f"POST {user}": [
            await zoom.sends("Ann Lee", "Bob Kim", "hi", to_contact="nobody@acme.example"),
            await zoom.sends("Ann Lee", "Bob Kim", "hi", reply_main_message_id="x"),
            await zoom.sends("Ann Lee", "Bob Kim", "hi", interactive_cards=[{}]),
            await zoom.sends("Ann Lee", "Cleo Park", "hi"),
            await zoom.sends("Bob Kim", "Ann Lee", "hi"),
        ],
        f"GET {user}": [
            await zoom.call(person, "GET", many),
            await zoom.call(person, "GET", many, params={**bob, "next_page_token": "x"}),
            await zoom.call(person, "GET", many, params={"to_channel": "c"}),
        ],
        f"PUT {user}/{{messageId}}": [
            await zoom.call(person, "PUT", f"{many}/{theirs}", json=body),
            await zoom.call(person, "PUT", f"{many}/X", json=body),
        ],
        f"DELETE {user}/{{messageId}}": [
            await zoom.call(person, "DELETE", f"{many}/{theirs}", params=bob),
            await zoom.call(person, "DELETE", f"{many}/{theirs}"),
        ],
    }


async def refused_cards(zoom: Office) -> dict[str, list[Reply]]:
    settings, place = zoom.running.settings(), "/im/chat/messages"
    names = {"robot_jid": settings["MIO_ZOOM_BOT_JID"], "account_id": settings["MIO_ZOOM_ACCOUNT_ID"]}
    body = {**names, "content": {"head": {"text": "t"}}}
    return {
        f"POST {place}": [
            await zoom.card("Ann Lee", robot_jid="mio"),
            await zoom.card("Ann Lee", robot_jid="v1x@xmpp.zoom.us"),
            await zoom.card("Ann Lee", to_jid="x@xmpp.zoom.us"),
            await zoom.card("Ann Lee", content=None),
            await zoom.call(zoom.person("Ann Lee"), "POST", place, json={}),
        ],
        f"PUT {place}/{{message_id}}": [await zoom.call(await zoom.bot_token(), "PUT", f"{place}/x", json=body)],
        f"DELETE {place}/{{message_id}}": [
            await zoom.call(await zoom.bot_token(), "DELETE", f"{place}/x", params=names)
        ],
    }


async def test_refusals_have_documented_statuses_and_codes(zoom: Office) -> None:
    """124 and 4700 are left out: they stand on the page of errors, not on every method's."""
    table = named(zoom)
    refusals = {**await refused_messages(zoom), **await refused_cards(zoom)}
    nobody = await zoom.call(await zoom.directory(), "GET", "/users/nobody")
    stale = await zoom.call(await zoom.directory(), "GET", "/users", params={"next_page_token": "x"})
    refusals |= {"GET /users/{userId}": [nobody], "GET /users": [stale]}
    for name, answers in refusals.items():
        for answer in answers:
            words = described(table[name])["responses"].get(str(answer.status), {}).get("description", "")
            assert f"`{answer.body['code']}`" in words, (name, answer.code, answer.body["message"])


async def happened(zoom: Office) -> None:
    """Everything an app can hear of."""
    ann, bob = zoom.id("Ann Lee"), zoom.id("Bob Kim")
    await called(zoom)
    native = await zoom.fake.say(bob, ann, "draft")
    await zoom.fake.edit(bob, native, "final")
    await zoom.fake.delete(bob, native)
    nora = await zoom.fake.invite("Nora New", "nora@acme.example")
    await zoom.fake.accept(nora)
    await zoom.fake.change(nora, name="Nora Newman", email="n@acme.example", zone="Asia/Tokyo", admin=True)
    await zoom.fake.deactivate(nora)
    await zoom.fake.change(nora, active=True)
    await zoom.fake.command(ann, "help")
    await pressed(zoom, ann)
    await zoom.fake.revoke(ann)
    await zoom.fake.uninstall()
    await zoom.allows("Maya Ortiz", "A")
    await zoom.idle()


async def pressed(zoom: Office, who: str) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "actions", "items": [{"text": "Go", "value": "go", "style": "Default"}]},
        {"type": "select", "text": "who", "select_items": [{"text": "Bob", "value": "b"}]},
        {"type": "fields", "items": [{"key": "Reply", "value": "-", "editable": "true"}]},
    ]
    native = []
    for block in blocks:
        sent = await zoom.card("Ann Lee", block)
        native.append(str(sent.body["message_id"]))
    await zoom.fake.press(who, native[0], "Go")
    await zoom.fake.choose(who, native[1], "Bob")
    await zoom.fake.fill(who, native[2], "Reply", "on my way")


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("team-chat-events", "team_chat.dm_message_posted"),
        ("team-chat-events", "team_chat.dm_message_updated"),
        ("team-chat-events", "team_chat.dm_message_deleted"),
        ("chatbot-events", "bot_installed"),
        ("chatbot-events", "bot_notification"),
        ("chatbot-events", "interactive_message_actions"),
        ("chatbot-events", "interactive_message_select"),
        ("chatbot-events", "interactive_message_fields_editable"),
        ("users-events", "user.created"),
        ("users-events", "user.invitation_accepted"),
        ("users-events", "user.updated"),
        ("users-events", "user.deactivated"),
        ("users-events", "user.activated"),
        ("marketplace-events", "app_deauthorized"),
    ],
)
async def test_events_are_as_described(zoom: Office, reference: str, kind: str) -> None:
    await happened(zoom)
    body = read(f"zoom/{reference}.json")["paths"][kind]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    heard = zoom.events(kind)
    assert heard
    for event in heard:
        jsonschema.validate(event, schema)
        for name in NEWER.get(kind, ()):
            event.pop(name, None)
        known = {f"$.payload.{name}" for name in GUIDES.get(kind, ())}
        assert set(strangers(event, schema)) <= known
