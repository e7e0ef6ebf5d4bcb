"""Every request that the program makes during a whole story, against the vendors' own descriptions.

Each platform is seen with a partner: import, consent, messages both ways, trouble, time that passes, and the end.
Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company
from descriptions import CARD, FORM, JSON, Request, needed
from recorder import Recorder, recording
from vendor_pages import APIS, PROSE, check

import platforms
from bot.platform import Scope
from service.main import unconnected

pytestmark = needed
SPECS = {str(spec.id): spec for spec in platforms.specs()}
UNICODE = "Grüße aus Zürich – 你好, سلام, 👩‍👩‍👧 <tag> & *stars*"
LONG = " ".join(f"wört{number:04}" for number in range(560))
SILENCE = 101
"""Webex gives a webhook up after a hundred failures within five minutes."""

EXPECTED = {
    "slack": {
        "POST /auth.revoke",
        "POST /auth.test",
        "POST /chat.postMessage",
        "POST /chat.update",
        "POST /conversations.history",
        "POST /conversations.open",
        "POST /oauth.v2.access",
        "POST /users.info",
        "POST /users.list",
    },
    "zoom": {
        "GET /chat/users/{userId}/messages",
        "GET /roles",
        "GET /users",
        "GET /users/{userId}",
        "POST /chat/users/{userId}/messages",
        "POST /im/chat/messages",
        "PUT /im/chat/messages/{message_id}",
    },
    "webex": {
        "DELETE /messages/{messageId}",
        "DELETE /webhooks/{webhookId}",
        "GET /memberships",
        "GET /messages",
        "GET /messages/direct",
        "GET /messages/{messageId}",
        "GET /people",
        "GET /people/me",
        "GET /people/{personId}",
        "GET /roles",
        "GET /rooms",
        "GET /team/memberships",
        "GET /teams",
        "GET /webhooks",
        "POST /messages",
        "POST /webhooks",
        "PUT /webhooks/{webhookId}",
    },
    "teams": {
        "DELETE /subscriptions/{subscription-id}",
        "GET /appCatalogs/teamsApps",
        "GET /me/chats",
        "GET /subscriptions",
        "GET /chats/{chat-id}/messages",
        "GET /groups/{group-id}/transitiveMembers",
        "GET /me",
        "GET /teams",
        "GET /users/{user-id}",
        "GET /users/{user-id}/teamwork/installedApps",
        "GET /users/{user-id}/transitiveMemberOf",
        "PATCH /subscriptions/{subscription-id}",
        "POST /chats",
        "POST /chats/{chat-id}/messages",
        "POST /subscriptions",
        "POST /users/{user-id}/teamwork/installedApps",
        "POST /v3/conversations",
        "POST /v3/conversations/{conversationId}/activities",
        "PUT /v3/conversations/{conversationId}/activities/{activityId}",
    },
}
"""What the story cannot be told without; a platform may well do more."""


def partner(platform: str) -> str:
    return "zoom" if platform == "slack" else "slack"


@pytest.fixture(params=SPECS)
async def told(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, Recorder]]:
    """A platform, and all requests of its story."""
    platform: str = request.param
    names = (partner(platform), platform)
    async with company(tmp_path, vendors=names, MIO_RATES="off") as acme:
        for name in names:
            acme.faults(name, limits=False)
        with recording(acme.sandbox, monkeypatch) as recorder:
            await story(acme, *names)
        yield platform, recorder


async def story(acme: Company, one: str, other: str) -> None:
    """Ann lives on the one platform, Bob on the other."""
    await acme.later(minutes=1)
    ann, bob = acme.seat(one, "Ann Lee"), acme.seat(other, "Bob Kim")
    await imported(acme, one, other)
    await looked_over(acme)
    for seat, away in ((ann, other), (bob, one)):
        await linked(acme, seat, away)
    await written(acme, ann, bob)
    await unsure(acme, ann, bob)
    await renewed(acme, ann, bob)
    await missed(acme, ann, bob)
    await ended(acme, ann, bob)


async def imported(acme: Company, *names: str) -> None:
    for name in names:
        maya = acme.seat(name, "Maya Ortiz")
        if SPECS[name].traits.scope is Scope.TEAMS:
            if any(line.lower().startswith(name) for line in await unconnected(acme.program)):
                await acme.connect(name)
            await maya.types(f"import {name}")
            await maya.types(f"import {name} add Everybody")
        else:
            await maya.types(f"import {name}")
        await acme.calm()


async def looked_over(acme: Company) -> None:
    """What the doctor asks the vendors."""
    for platform in acme.program.platforms.values():
        for what in platform.probes:
            await platform.probe(what)


async def linked(acme: Company, seat: Seat, away: str) -> None:
    """Cancelled at first, then signed in as somebody else, then allowed."""
    maya = acme.seat(seat.platform, "Maya Ortiz")
    await maya.types(f'sync "{seat.name}" primary={seat.platform} secondary={away}')
    await maya.presses("Confirm")
    await acme.calm()
    await seat.allows(away, decision="cancel")
    await acme.calm()
    assert "another account" in await seat.allows(away, as_=acme.seat(away, "Cleo Park"))
    await acme.calm()
    assert "linked" in await seat.allows(away)
    await acme.calm()


async def exchanged(acme: Company, ann: Seat, bob: Seat, text: str) -> tuple[list[str], list[str]]:
    """What each has heard from the other afterwards."""
    ann_there, bob_here = acme.seat(bob.platform, ann.name), acme.seat(ann.platform, bob.name)
    await ann.says(bob_here, text)
    await acme.calm()
    await bob.says(ann_there, text)
    await acme.calm()
    return ann.hears(bob_here), bob.hears(ann_there)


async def arrives(acme: Company, ann: Seat, bob: Seat, text: str) -> None:
    here, there = await exchanged(acme, ann, bob, text)
    arrived = here[-1:] == [text] == there[-1:]
    assert arrived, "the story went another way"


async def written(acme: Company, ann: Seat, bob: Seat) -> None:
    for text in ("hello", "an answer", UNICODE):
        await arrives(acme, ann, bob, text)
    await exchanged(acme, ann, bob, LONG)
    await ann.types("status me")
    await bob.types("me")


async def unsure(acme: Company, ann: Seat, bob: Seat) -> None:
    """A call fails after it was made: the message is looked for before it is sent again."""
    for seat, there in ((ann, bob), (bob, ann)):
        acme.faults(there.platform, error_5xx=1)
        await seat.says(acme.seat(seat.platform, there.name), "once")
        await acme.calm()
        await acme.later(minutes=2)


async def renewed(acme: Company, ann: Seat, bob: Seat) -> None:
    """Two weeks, step by step: tokens are renewed, what is heard through is kept alive."""
    await acme.later(minutes=50)
    await arrives(acme, ann, bob, "within the hour")
    for _ in range(14):
        await acme.later(days=1)
    await arrives(acme, ann, bob, "two weeks later")


async def missed(acme: Company, ann: Seat, bob: Seat) -> None:
    """The vendors cannot reach us for a while: where a platform gives up, it is asked again, and the gap is read."""
    for seat in (ann, bob):
        acme.faults(seat.platform, webhook_down=True, retry_scale=0.0)
    for number in range(SILENCE):
        await bob.says(acme.seat(bob.platform, ann.name), f"into the void {number}")
    await acme.settle()
    for seat in (ann, bob):
        acme.faults(seat.platform, webhook_down=False)
    for _ in range(4):
        await acme.later(hours=2)
    await arrives(acme, ann, bob, "back again")


async def ended(acme: Company, ann: Seat, bob: Seat) -> None:
    """Bob takes his consent back on the vendor's page, Ann here; Maya removes Bob."""
    await acme.fake(ann.platform).revoke(acme.seat(ann.platform, bob.name).id)
    await exchanged(acme, ann, bob, "are you there?")
    await ann.types(f"disconnect {bob.platform}")
    await acme.calm()
    maya = acme.seat(ann.platform, "Maya Ortiz")
    await maya.types(f'remove "{bob.name}"')
    await maya.presses("Confirm")
    await acme.calm()


async def test_every_request_is_described(told: tuple[str, Recorder]) -> None:
    """What is said of a fault names operations, fields and rules, never what somebody wrote."""
    platform, recorder = told
    known: dict[str, set[str]] = {name: set() for name in (platform, partner(platform))}
    faults: set[str] = set()
    for made in recorder.made:
        try:
            name = check(made.setting, made.request)
        except AssertionError as fault:
            faults.add(str(fault))
        else:
            known[made.platform] |= {name} if name else set()
    assert not faults, "\n".join(sorted(faults))
    for name, operations in known.items():
        missing = EXPECTED[name] - operations
        assert EXPECTED[name] and not missing, f"{name}: the story was told without {sorted(missing)}"


CHAT, TALK = "/chats/19:a_b@unq.gbl.spaces/messages", "/v3/conversations/a:1/activities"
WRONG = [
    ("SLACK_API", Request("POST", "/chat.say", body={"channel": "D1"}, kind=FORM)),
    ("SLACK_API", Request("POST", "/chat.postMessage", body={"text": "x"}, kind=FORM)),
    ("SLACK_API", Request("POST", "/chat.postMessage", body={"channel": "D1", "txt": "x"}, kind=FORM)),
    ("SLACK_API", Request("POST", "/users.list", body={"limit": "many"}, kind=FORM)),
    ("SLACK_API", Request("POST", "/users.info", body={"user": "U1"}, kind=JSON)),
    ("ZOOM_API", Request("GET", "/users/a/tokens")),
    ("ZOOM_API", Request("GET", "/users", {"status": "deleted"})),
    ("ZOOM_API", Request("POST", "/chat/users/me/messages", body={"message": "x" * 1_025}, kind=JSON)),
    ("WEBEX_API", Request("GET", "/people", {"max": "many"})),
    ("WEBEX_API", Request("GET", "/messages", {"max": "9"})),
    ("WEBEX_API", Request("POST", "/messages", body={"text": 7}, kind=JSON)),
    (
        "WEBEX_API",
        Request(
            "POST", "/messages", body={"attachments": [{"contentType": CARD, "content": {"type": "Card"}}]}, kind=JSON
        ),
    ),
    ("WEBEX_API", Request("POST", "/people/me", body={"text": "x"}, kind=JSON)),
    ("TEAMS_GRAPH", Request("GET", CHAT, {"$filters": "x"})),
    ("TEAMS_GRAPH", Request("POST", CHAT, body={"body": {"content": "x", "kind": "html"}}, kind=JSON)),
    ("TEAMS_GRAPH", Request("POST", CHAT, body={"body": {"content": "x", "contentType": "markdown"}}, kind=JSON)),
    ("TEAMS_GRAPH", Request("GET", CHAT, body={"body": {"content": "x"}}, kind=JSON)),
    ("TEAMS_SERVICE", Request("POST", TALK, body={"type": "message", "words": "x"}, kind=JSON)),
    ("TEAMS_SERVICE", Request("POST", TALK, body={"type": "message", "text": 7}, kind=JSON)),
    ("TEAMS_SERVICE", Request("PATCH", TALK, body={"type": "message"}, kind=JSON)),
    ("TEAMS_SERVICE", Request("POST", TALK, body={"type": "message", "text": "x"}, kind=FORM)),
    ("FIFTH_API", Request("GET", "/users")),
]


@pytest.mark.parametrize(("setting", "request_"), WRONG, ids=lambda value: getattr(value, "path", value))
def test_the_check_itself_can_fail(setting: str, request_: Request) -> None:
    with pytest.raises(AssertionError):
        check(f"MIO_{setting}_URL", request_)


def test_a_good_request_is_good_on_every_platform() -> None:
    """So that the wrong ones are wrong for the reason that they show."""
    text = {"body": {"content": "x", "contentType": "html"}}
    for setting, request_ in (
        ("SLACK_API", Request("POST", "/chat.postMessage", body={"channel": "D1", "text": "x"}, kind=FORM)),
        ("SLACK_API", Request("POST", "/users.list", body={"limit": "200"}, kind=FORM)),
        ("ZOOM_API", Request("GET", "/users", {"status": "active"})),
        ("ZOOM_API", Request("POST", "/chat/users/me/messages", body={"message": "x"}, kind=JSON)),
        ("WEBEX_API", Request("GET", "/people", {"max": "9"})),
        ("WEBEX_API", Request("POST", "/messages", body={"text": "x"}, kind=JSON)),
        ("TEAMS_GRAPH", Request("GET", CHAT, {"$top": "9"})),
        ("TEAMS_GRAPH", Request("POST", CHAT, body=text, kind=JSON)),
        ("TEAMS_SERVICE", Request("POST", TALK, body={"type": "message", "text": "x"}, kind=JSON)),
    ):
        assert check(f"MIO_{setting}_URL", request_)


def test_every_platform_is_in_the_tables() -> None:
    assert set(SPECS) == set(EXPECTED)
    settings = {setting.name for spec in SPECS.values() for setting in spec.settings}
    named = {*APIS, *(name.partition(" ")[0] for name in PROSE)}
    assert named <= settings, "an address that no platform has"
