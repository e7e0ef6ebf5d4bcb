"""Activity in, event out: what people type and press, who they are, and what is not listened to.

Activities are the sandbox's own; what Graph tells of chats is handed on and has tests of its own.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from teams_tenant import Tenant
from vendor_server import Memory

from bot.commands import parse
from bot.events import ButtonPressed, CommandGiven, Event, Ignored
from bot.ids import PlatformId, account_id
from bot.platform import NotAuthorised, TryLater, Undecodable
from bot.words import say
from platforms.teams.answers import Blocked
from platforms.teams.api import TEAMS, Api
from platforms.teams.contact import Contacts, Talk
from platforms.teams.decode import Decoder, bare
from platforms.teams.graph import Graph
from platforms.teams.members import Members
from platforms.teams.shapes import Item
from sandbox.teams.tenant import APP_ID, BOT, TENANT, mri

ANN, BOB, MAYA = "Ann Lee", "Bob Kim", "Maya Ortiz"
HERE = say("answer.here")


@dataclass
class Notices:
    """Stands in for what reads Graph's notifications."""

    asked: list[tuple[Item, Sequence[Any]]] = field(default_factory=list)

    async def read(self, item: Item, tokens: Sequence[Any], heard: datetime | None = None) -> Sequence[Event]:
        self.asked.append((item, tokens))
        return [Ignored(TEAMS, "told")]


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def contacts(api: Api, graph: Graph) -> Contacts:
    return Contacts(api, graph)


@pytest.fixture
def decoder(api: Api, graph: Graph, contacts: Contacts, notices: Notices) -> Decoder:
    return Decoder(api, Members(api, graph), contacts, notices)  # type: ignore[arg-type]


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def profile(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


async def decoded(decoder: Decoder, payload: dict[str, Any], **change: Any) -> list[Event]:
    return list(await decoder.decode(orjson.dumps({"kind": "activity", "payload": {**payload, **change}})))


async def command(decoder: Decoder, payload: dict[str, Any], **change: Any) -> CommandGiven:
    (event,) = await decoded(decoder, payload, **change)
    assert isinstance(event, CommandGiven)
    return event


async def ignored(decoder: Decoder, payload: dict[str, Any], **change: Any) -> str:
    (event,) = await decoded(decoder, payload, **change)
    assert isinstance(event, Ignored)
    return event.reason


async def activity(tenant: Tenant, name: str, text: str = "/mio import") -> dict[str, Any]:
    """Somebody writes to the bot in their own conversation."""
    await tenant.fake.say(tenant.id(name), "bot", text)
    await tenant.idle()
    return tenant.bot.activities("message")[-1]


async def in_channel(tenant: Tenant, name: str, text: str, slash: bool = False) -> dict[str, Any]:
    await tenant.fake.mention(tenant.id(name), "Everybody", text, slash)
    await tenant.idle()
    return tenant.bot.activities("message")[-1]


def mention(tenant: Tenant, name: str, shown: str = "") -> dict[str, Any]:
    words = f"<at>{shown or name}</at>"
    return {"type": "mention", "text": words, "mentioned": {"id": mri(tenant.id(name)), "name": name}}


# -- typed ---------------------------------------------------------------------------------------


async def test_an_administrators_command(tenant: Tenant, decoder: Decoder, contacts: Contacts, profile: bool) -> None:
    admin = next(a.name for a in tenant.fake.roster.people() if a.admin)
    given = await command(decoder, await activity(tenant, admin))
    assert (given.text, given.shared, given.actor.admin) == ("import", False, True)
    assert given.actor.id == account_id(TEAMS, TENANT, tenant.id(admin))
    assert given.at.tzinfo is UTC
    talk = await contacts.known(tenant.id(admin))
    assert talk is not None and talk.service.endswith("/emea/"), "the newest activity says where"
    assert "import" not in repr(given)


async def test_anybody_elses(tenant: Tenant, decoder: Decoder) -> None:
    given = await command(decoder, await activity(tenant, BOB, "me"))
    assert (given.text, given.actor.admin, given.actor.name) == ("me", False, BOB)


async def test_the_time_zone_of_the_client(tenant: Tenant, decoder: Decoder) -> None:
    said = await activity(tenant, BOB)
    for zone, wanted in (("Asia/Tokyo", "Asia/Tokyo"), ("W. Europe Standard Time", None), ("../etc/passwd", None)):
        told = [{"type": "clientInfo", "platform": "Web", "timezone": zone}]
        assert (await command(decoder, said, entities=told)).actor.time_zone == wanted
    assert (await command(decoder, said, timestamp="2026-01-01T00:00:00.456Z")).at == datetime(
        2026, 1, 1, 0, 0, 0, 456_000, UTC
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/mio import", "import"),
        ("/import", "import"),
        ("mio import", "import"),
        ("MIO   sync all", "sync all"),
        ("/ mio status me", "status me"),
        ("import", "import"),
        ("mio", ""),
        ("/mio", ""),
        ("", ""),
        ("miollnir", "miollnir"),
        (" help sync ", "help sync"),
        ("status a &amp; b", "status a & b"),
        ("relay two sync", "relay two sync"),
        ("/Relay Two sync", "sync"),
    ],
)
def test_what_stands_before_a_command(typed: str, words: str) -> None:
    assert bare(typed, "/mio", "Relay Two") == words


async def test_a_command_that_was_edited_or_removed_never_runs(tenant: Tenant, decoder: Decoder) -> None:
    said = await activity(tenant, BOB)
    data = {"tenant": {"id": TENANT}, "eventType": "editMessage"}
    assert await ignored(decoder, said, type="messageUpdate", channelData=data) == "nothing to do"
    assert await ignored(decoder, said, type="messageDelete") == "nothing to do"
    assert await ignored(decoder, said, type="messageReaction") == "nothing to do"
    assert await ignored(decoder, said, type="endOfNothing") == "nothing to do"


async def test_somebody_of_another_tenant_or_nobody(tenant: Tenant, decoder: Decoder, kept: dict[str, str]) -> None:
    said = await activity(tenant, BOB)
    elsewhere = "99999999-ffff-4fff-8fff-999999999999"
    assert await ignored(decoder, said, **{"from": {"id": "29:1x"}}) == "foreign"
    assert await ignored(decoder, said, channelData={"tenant": {"id": elsewhere}}) == "foreign"
    assert await ignored(decoder, said, conversation={"id": "a:1", "tenantId": elsewhere}) == "foreign"
    assert await ignored(decoder, said, serviceUrl="https://evil.example/") == "foreign host"
    assert await ignored(decoder, said, **{"from": {"id": "29:1x", "aadObjectId": elsewhere}}) == "unknown user"
    assert not [key for key in kept if tenant.id(BOB) in key]


async def test_an_id_in_capitals_is_the_same_person(tenant: Tenant, decoder: Decoder) -> None:
    said = await activity(tenant, BOB)
    sender = {**said["from"], "aadObjectId": said["from"]["aadObjectId"].upper()}
    assert (await command(decoder, said, **{"from": sender})).actor.id == account_id(TEAMS, TENANT, tenant.id(BOB))


async def test_before_the_tenants_consent_nobody_is_an_administrator(
    tenant: Tenant, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(user: str) -> None:
        raise NotAuthorised("GET /users/{id}: 403", None)

    admin = next(a.name for a in tenant.fake.roster.people() if a.admin)
    said = await activity(tenant, admin, "setup")
    monkeypatch.setattr(decoder.members, "lookup", refused)
    given = await command(decoder, said)
    assert given.actor.email and not given.actor.admin and given.actor.name == admin
    assert await ignored(decoder, said, **{"from": {**said["from"], "id": mri(tenant.id(BOB))}}) == "unknown user"


# -- typed where others read ---------------------------------------------------------------------


async def test_a_mention_in_a_channel(tenant: Tenant, decoder: Decoder, contacts: Contacts, profile: bool) -> None:
    """One line is left for everybody to see; the channel is nobody's own conversation."""
    given = await command(decoder, await in_channel(tenant, BOB, "status me"))
    assert (given.text, given.shared) == ("status me", True)
    for who in (BOB, ANN):
        assert [m["text"] for m in tenant.fake.channel(tenant.id(who), "Everybody")] == [HERE]
    assert await contacts.known(tenant.id(BOB)) is None


async def test_a_native_slash_command(tenant: Tenant, decoder: Decoder, profile: bool) -> None:
    """With the app's name before it or without; only whoever typed it sees the line."""
    given = await command(decoder, await in_channel(tenant, BOB, "status me", slash=True))
    assert (given.text, given.shared) == ("status me", True)
    assert [m["text"] for m in tenant.fake.channel(tenant.id(BOB), "Everybody")] == [HERE]
    assert tenant.fake.channel(tenant.id(ANN), "Everybody") == []


async def test_a_line_that_cannot_be_left_fails_no_command(
    tenant: Tenant, decoder: Decoder, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[Exception] = [TryLater("429"), Blocked("403"), NotAuthorised("401", None)]

    async def refused(*_: Any, **more: Any) -> str:
        raise faults.pop()

    said = await in_channel(tenant, BOB, "status me")
    monkeypatch.setattr(contacts, "post", refused)
    while faults:
        assert (await command(decoder, said)).text == "status me"


async def test_people_who_are_mentioned(tenant: Tenant, decoder: Decoder, profile: bool) -> None:
    """Two of the same name are two; whoever the connector does not know keeps the name."""
    said = await in_channel(tenant, MAYA, "sync")
    nobody = {"type": "mention", "text": "<at>Pat</at>", "mentioned": {"id": "29:1nobody", "name": "Pat"}}
    entities = [*said["entities"], mention(tenant, BOB, "Kim"), mention(tenant, ANN, "Kim"), nobody]
    text = "<at>Mio</at>&nbsp;sync <at>Kim</at> <at>Kim</at> <at>Pat</at>"
    given = await command(decoder, said, text=text, entities=entities)
    bob, ann = (account_id(TEAMS, TENANT, tenant.id(name)) for name in (BOB, ANN))
    assert given.text == f"sync @account:{bob} @account:{ann} @Pat"
    found = parse(f"sync @account:{bob}", [PlatformId("teams")])
    assert getattr(found, "who", None) is not None, "a word that the commands understand"


async def test_a_name_is_no_pattern(tenant: Tenant, decoder: Decoder) -> None:
    said = await activity(tenant, BOB)
    entity = {"type": "mention", "text": "<at>(M+io</at>", "mentioned": {"id": BOT, "name": "(M+io"}}
    odd = [{"type": "mention"}, {"type": "mention", "text": "", "mentioned": {"id": "29:1"}}, entity]
    assert (await command(decoder, said, text="<at>(M+io</at> help", entities=odd)).text == "help"


# -- presses -------------------------------------------------------------------------------------


def press(tenant: Tenant, name: str, data: Any) -> dict[str, Any]:
    account = tenant.fake.account(tenant.id(name))
    return tenant.fake.activities.execute(account, "1767", {"type": "Action.Execute", "verb": "mio", "data": data})


@pytest.mark.parametrize("old", [False, True], ids=["execute", "submit"])
@pytest.mark.parametrize(
    ("data", "presses"),
    [
        ({"action": "confirm:p1"}, [("confirm:p1", None)]),
        ({"from": "person:", "person:": "4"}, [("person:", "4")]),
        (
            {"action": "teams_import:teams", "also": ["teams:teams"], "teams:teams": "t1,t2"},
            [("teams:teams", "t1,t2"), ("teams_import:teams", None)],
        ),
    ],
)
async def test_a_press(tenant: Tenant, decoder: Decoder, data: dict[str, str], presses: list[Any], old: bool) -> None:
    """Old clients send it as a message without text."""
    await tenant.installed(BOB)
    account = tenant.fake.account(tenant.id(BOB))
    told = tenant.fake.activities.submit(account, "1767", data) if old else press(tenant, BOB, data)
    events = await decoded(decoder, told)
    assert [(e.action, e.value) for e in events if isinstance(e, ButtonPressed)] == presses
    (place,) = {(e.account, e.channel, e.native) for e in events if isinstance(e, ButtonPressed)}
    assert place == (account_id(TEAMS, TENANT, account.id), told["conversation"]["id"], "1767")


async def test_who_pressed_is_whom_the_activity_names(tenant: Tenant, decoder: Decoder) -> None:
    replayed = press(tenant, ANN, {"action": "allow:", "from": {"aadObjectId": tenant.id(BOB)}})
    (event,) = await decoded(decoder, replayed)
    assert isinstance(event, ButtonPressed) and event.account == account_id(TEAMS, TENANT, tenant.id(ANN))


async def test_presses_that_say_nothing(tenant: Tenant, decoder: Decoder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    good = press(tenant, BOB, {"action": "confirm:p1"})
    for data in (None, {}, {"from": "person:"}, "confirm:p1", [1]):
        assert await ignored(decoder, press(tenant, BOB, data)) == "nothing chosen"
    refresh = {**good["value"], "trigger": "automatic"}
    assert await ignored(decoder, good, value=refresh) == "refresh"
    assert await ignored(decoder, good, value={"action": {"type": "Action.Other"}}) == "nothing to do"
    assert caplog.records == []


@pytest.mark.parametrize("value", [None, "x", [], {}, {"action": "x"}, {"action": None}])
async def test_an_invoke_that_is_no_press(tenant: Tenant, decoder: Decoder, value: Any) -> None:
    with pytest.raises(Undecodable, match=r"\$\.value\.action"):
        await decoded(decoder, press(tenant, BOB, {}), value=value)
    with pytest.raises(Undecodable):
        await decoded(decoder, press(tenant, BOB, {}), name="fileConsent/invoke")


# -- coming and going ----------------------------------------------------------------------------


async def test_the_app_is_added_and_removed(tenant: Tenant, decoder: Decoder, contacts: Contacts) -> None:
    """Both of the vendor's words for it arrive, in either order."""
    account, conversation = tenant.fake.account(tenant.id(ANN)), await tenant.installed(ANN)
    for added in (True, False, True):
        reason = "installed" if added else "removed"
        for told in reversed(tenant.fake.activities.installed(account, added)):
            assert await ignored(decoder, told) == reason
        if added:
            assert await contacts.known(account.id) == Talk(conversation, tenant.fake.activities.service_url)
        else:
            with pytest.raises(Blocked):
                await contacts.known(account.id)


async def test_a_new_version_of_the_app_is_no_removal(tenant: Tenant, decoder: Decoder, contacts: Contacts) -> None:
    account = tenant.fake.account(tenant.id(ANN))
    update = tenant.fake.activities.installed(account, True)[1]
    await decoded(decoder, update)
    assert await ignored(decoder, update, action="remove-upgrade") == "nothing to do"
    assert await contacts.known(account.id) is not None


async def test_whoever_removed_the_bot_comes_back_by_writing(
    tenant: Tenant, decoder: Decoder, contacts: Contacts
) -> None:
    ann = tenant.id(ANN)
    await contacts.removed(ann)
    await command(decoder, await activity(tenant, ANN, "help"))
    assert await contacts.known(ann) is not None


async def test_teams_and_other_people_come_and_go(tenant: Tenant, decoder: Decoder, kept: dict[str, str]) -> None:
    await in_channel(tenant, BOB, "help")
    for kind in ("conversationUpdate", "installationUpdate"):
        (told,) = tenant.bot.activities(kind)[-1:]
        if told["conversation"]["conversationType"] == "channel":
            assert await ignored(decoder, told) == "team"
    update = tenant.fake.activities.installed(tenant.fake.account(tenant.id(ANN)), True)[0]
    assert await ignored(decoder, update, membersAdded=[{"id": "29:1other"}]) == "nothing to do"
    assert await ignored(decoder, update, membersAdded=[{"id": ""}], recipient=None) == "nothing to do"
    assert kept == {}


# -- the rest ------------------------------------------------------------------------------------


async def test_graphs_notifications_are_handed_on(decoder: Decoder, notices: Notices) -> None:
    payload = {"subscriptionId": "s1", "changeType": "created", "resource": "chats('x')/messages('1')"}
    for tokens, wanted in ((["t1"], ["t1"]), ("no", []), (None, [])):
        body = orjson.dumps({"kind": "notification", "payload": payload, "tokens": tokens})
        assert list(await decoder.decode(body)) == [Ignored(TEAMS, "told")]
        assert notices.asked[-1][1] == wanted and notices.asked[-1][0].subscriptionId == "s1"


NO_REQUESTS = (
    b"",
    b"[]",
    b"7",
    b"null",
    b"{}",
    b'{"kind":"activity"}',
    b'{"kind":"other","payload":{}}',
    b"[" * 100_000,
)
ODD = (
    b'{"kind":"activity","payload":[]}',
    b'{"kind":"activity","payload":{"type":"message"}}',
    b'{"kind":"notification","payload":{"subscriptionId":7}}',
)


@pytest.mark.parametrize("body", [*NO_REQUESTS, *ODD], ids=lambda body: str(body[:30]))
async def test_what_is_no_kept_request(decoder: Decoder, body: bytes) -> None:
    with pytest.raises(Undecodable):
        await decoder.decode(body)


async def test_no_words_are_kept_or_logged(
    tenant: Tenant, decoder: Decoder, kept: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    await command(decoder, await activity(tenant, BOB, "users zebra"))
    await command(decoder, await in_channel(tenant, BOB, "users zebra"))
    assert "zebra" not in str(kept) + caplog.text
    assert isinstance(decoder.lent.memory, Memory) and APP_ID not in str(kept)
