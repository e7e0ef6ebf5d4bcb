"""Payload in, events out. Ann (AnnLee01) has a grant, Bob (BobKim02) has none, Maya administers."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from vendor_server import Answers, Asked, refusal

from bot.events import (
    AppLost,
    ButtonPressed,
    CommandGiven,
    Event,
    GrantLost,
    Ignored,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MessageEdited,
    MessageErased,
    MessagePosted,
    OutsiderWrote,
)
from bot.ids import AccountId, ChannelId, NativeId, PlatformId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import NotAuthorised, Refused, TryLater, Undecodable
from bot.text import Block, RichText, Span, Style, of
from platforms.zoom.send import Zoom

PAYLOADS = Path(__file__).parent / "payloads"
ZOOM = PlatformId("zoom")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENT = datetime(2026, 3, 2, 11, 59, 55, 100_000, tzinfo=UTC)
TOLD = datetime(2026, 3, 2, 11, 59, 56, tzinfo=UTC)
EDITED = datetime(2026, 3, 2, 12, 0, 0, 200_000, tzinfo=UTC)
ANN, BOB = AccountId("zoom:ACCT-ACME:AnnLee01"), AccountId("zoom:ACCT-ACME:BobKim02")
DM = ChannelId("AnnLee01:BobKim02")
FIRST = NativeId("0A1B2C3D-0000-4000-8000-000000000001")
ANN_USER = {"id": "AnnLee01", "display_name": "Ann Lee", "role_id": "1", "role_name": "Admin", "status": "active"}
BOB_USER = {"id": "BobKim02", "display_name": "Bob Kim", "email": "bob@acme.example", "role_id": "2"}
ANN_NOW = Account(ANN, "Ann Lee", admin=True, address="annlee01@xmpp.zoom.us")
BOB_NOW = Account(BOB, "Bob Kim", "bob@acme.example", address="bobkim02@xmpp.zoom.us")
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def company(answers: Answers) -> None:
    answers["GET /users/AnnLee01"] = [ANN_USER]
    answers["GET /users/BobKim02"] = [BOB_USER]


def load(name: str, change: Change = lambda _: None) -> bytes:
    kept = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())
    change(kept["event"]["payload"])
    return orjson.dumps(kept)


async def one(zoom: Zoom, body: bytes) -> Event:
    [event] = await zoom.decode(body)
    return event


def posted(native: str, text: RichText, **other: Any) -> MessagePosted:
    usual: dict[str, Any] = {"author": ANN, "reader": BOB, "at": SENT}
    return MessagePosted(ZOOM, DM, NativeId(native), text=text, **{**usual, **other})


# -- direct messages -----------------------------------------------------------------------------


async def test_ann_writes_to_bob(zoom: Zoom, asked: Asked, kept: dict[str, str]) -> None:
    """Zoom's own sample spells a key with a trailing blank; so does this one."""
    said = RichText((Block((Span("hi "), Span("bold", Style.BOLD))),))
    assert await one(zoom, load("dm_posted")) == posted(FIRST, said)
    assert asked == [], "a message names everything needed"
    assert kept == {"member:mbr-ann": "AnnLee01", "member:mbr-bob": "BobKim02"}


async def test_offsets_count_utf16_units_and_ids_lose_their_braces(zoom: Zoom) -> None:
    """Without a session id, as some samples are; a waving hand with a skin tone is four units long."""
    words = (
        Span("👋🏽 "),
        Span("hi", Style.BOLD),
        Span(" "),
        Span("there", Style.PLAIN, "https://acme.example/n"),
        Span("\n"),
        Span("and you"),
    )
    root = NativeId("0A1B2C3D-0000-4000-8000-0000000000AA")
    expected = posted("0A1B2C3D-0000-4000-8000-000000000002", RichText((Block(words),)), reply_to=root)
    assert await one(zoom, load("dm_posted_braces")) == expected


async def test_files_come_without_words(zoom: Zoom) -> None:
    expected = posted("0A1B2C3D-0000-4000-8000-000000000003", RichText(), files=("plan.pdf", "file"))
    assert await one(zoom, load("dm_posted_files")) == expected


async def test_the_conversation_is_the_same_whoever_writes(zoom: Zoom) -> None:
    def turned(payload: dict[str, Any]) -> None:
        about = payload["object"]
        payload["operator_id"], about["contact_id"] = about["contact_id"], payload["operator_id"]
        payload["operator_member_id"], about["contact_member_id"] = "mbr-bob", "mbr-ann"

    event = await one(zoom, load("dm_posted", turned))
    assert isinstance(event, MessagePosted)
    assert (event.channel, event.author, event.reader) == (DM, BOB, ANN)


def in_account(account: str) -> Change:
    return lambda payload: payload.update(account_id=account)


def contact(**fields: str) -> Change:
    return lambda payload: payload["object"].update(fields)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("dm_posted", contact(**{"contact_account_id ": "ACCT-ELSE"})),
        ("dm_posted", contact(**{"contact_id": "", "contact_account_id ": ""})),
        ("dm_posted", contact(contact_id="AnnLee01")),
        ("dm_deleted", in_account("ACCT-ELSE")),
        ("dm_updated", contact(contact_id="", contact_member_id="mbr-pat")),
    ],
)
async def test_people_of_another_account_are_not_taken_for_ours(zoom: Zoom, name: str, change: Change) -> None:
    event = await one(zoom, load(name, change))
    assert isinstance(event, Ignored) and event.reason == "foreign"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("dm_posted_external", lambda _: None),
        ("dm_posted_external", lambda p: p.update(operator_id="PatOut09", account_id="ACCT-ELSE")),
        ("dm_posted", in_account("ACCT-ELSE")),
    ],
)
async def test_that_somebody_outside_wrote_is_told_without_a_word_of_it(zoom: Zoom, name: str, change: Change) -> None:
    event = await one(zoom, load(name, change))
    assert isinstance(event, OutsiderWrote) and event.reader == BOB and event.name == ""


async def test_a_known_member_needs_no_user_id(zoom: Zoom, kept: dict[str, str]) -> None:
    kept["member:mbr-bob"] = "BobKim02"
    event = await one(zoom, load("dm_updated", contact(contact_id="")))
    assert isinstance(event, MessageEdited) and event.reader == BOB


async def test_an_account_left_out_is_ours(zoom: Zoom) -> None:
    def left_out(payload: dict[str, Any]) -> None:
        del payload["account_id"], payload["object"]["contact_account_id "], payload["by_external_user"]

    assert isinstance(await one(zoom, load("dm_posted", left_out)), MessagePosted)


# -- edits and deletes ---------------------------------------------------------------------------


async def test_an_edit_is_as_old_as_its_event(zoom: Zoom) -> None:
    assert await one(zoom, load("dm_updated")) == MessageEdited(ZOOM, DM, FIRST, ANN, BOB, of("hi again"), EDITED)


async def test_a_delete_names_the_message_in_whatever_case(zoom: Zoom) -> None:
    assert await one(zoom, load("dm_deleted")) == MessageErased(ZOOM, DM, FIRST, EDITED)


@pytest.mark.parametrize(
    ("name", "kind"), [("dm_reaction_added", "team_chat.dm_reaction_added"), ("bot_installed",) * 2]
)
async def test_what_is_not_ours_is_named(zoom: Zoom, name: str, kind: str) -> None:
    assert await one(zoom, load(name)) == Ignored(ZOOM, "unknown kind", kind)


# -- the bot's own conversation, commands, presses -----------------------------------------------


async def test_a_line_to_the_bot_is_a_command(zoom: Zoom, asked: Asked) -> None:
    assert await one(zoom, load("command")) == CommandGiven(ANN_NOW, "sync bob@acme.example", TOLD)
    name, args = asked[0]
    assert (name, args["key"]) == ("GET /users/AnnLee01", "Bearer tok-directory")


async def test_a_command_in_a_channel_is_answered_elsewhere(zoom: Zoom) -> None:
    assert await one(zoom, load("command_in_channel")) == CommandGiven(ANN_NOW, "import all", TOLD, shared=True)


@pytest.mark.parametrize(
    ("place", "shared"),
    [
        ("annlee01@xmpp.zoom.us", False),
        ("ANNLEE01@xmpp.zoom.us/robot_v1mio01@xmpp.zoom.us", False),
        ("v1mio01@xmpp.zoom.us", False),
        ("robot_v1mio01@xmpp.zoom.us", False),
        ("", False),
        ("bobkim02@xmpp.zoom.us", True),
        ("v1mio01@xmpp.zoom.us.elsewhere", True),
    ],
)
async def test_where_others_can_read_along(zoom: Zoom, place: str, shared: bool) -> None:
    event = await one(zoom, load("command", lambda p: p.update(toJid=place)))
    assert isinstance(event, CommandGiven) and event.shared is shared


async def test_a_command_of_nobody_is_left_alone(zoom: Zoom, answers: Answers) -> None:
    answers["GET /users/AnnLee01"] = [refusal(404, 1001)]
    assert await one(zoom, load("command")) == Ignored(ZOOM, "unknown user", "bot_notification")


async def test_a_directory_that_is_lost_is_told(zoom: Zoom, answers: Answers) -> None:
    answers["GET /users/AnnLee01"] = [refusal(400, 4700)]
    with pytest.raises(NotAuthorised) as lost:
        await zoom.decode(load("command"))
    assert lost.value.account is None


async def test_a_button_says_its_action_and_where_it_stands(zoom: Zoom, asked: Asked) -> None:
    place = (None, NativeId("20260302115500140_AbCdE_aw1"))
    assert await one(zoom, load("press_button")) == ButtonPressed(ANN, "not_now:l1", TOLD, None, *place)
    assert await one(zoom, load("press_choice")) == ButtonPressed(ANN, "person:list", TOLD, "p-bob", *place)
    assert asked == []


async def test_a_long_row_of_buttons_is_a_choice_of_actions(zoom: Zoom) -> None:
    picked = load("press_choice", lambda p: p.update(selectedItems=[{"value": "help:sync"}]))
    event = await one(zoom, picked)
    assert isinstance(event, ButtonPressed) and (event.action, event.value) == ("help:sync", None)


# -- members, grants, the app --------------------------------------------------------------------


async def test_members_come_change_and_leave(zoom: Zoom) -> None:
    assert await one(zoom, load("user_created_pending")) == Ignored(ZOOM, "no id yet", "user.created")
    assert await one(zoom, load("user_invitation_accepted")) == MemberJoined(BOB_NOW, TOLD)
    assert await one(zoom, load("user_updated")) == MemberChanged(BOB_NOW, TOLD)
    assert await one(zoom, load("user_deactivated")) == MemberLeft(BOB, TOLD)


@pytest.mark.parametrize("answer", [refusal(404, 1001), refusal(400, 1120)])
async def test_who_is_not_there_any_more_has_left(zoom: Zoom, answers: Answers, answer: Any) -> None:
    answers["GET /users/BobKim02"] = [answer]
    assert await one(zoom, load("user_updated")) == MemberLeft(BOB, TOLD)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, 200), Refused),
        (refusal(404), Refused),
        (refusal(404, 2300), Refused),
        (refusal(503), TryLater),
        ((200, {"Content-Type": "text/html"}, "<html>sign in"), TryLater),
    ],
)
async def test_no_answer_about_bob_does_not_make_him_leave(
    zoom: Zoom, answers: Answers, answer: Any, error: type[Exception]
) -> None:
    answers["GET /users/BobKim02"] = [answer]
    with pytest.raises(error):
        await zoom.decode(load("user_updated"))


async def test_people_take_their_consent_back(zoom: Zoom) -> None:
    """The time beside the signature is written in words; the event has none of its own."""
    lost = GrantLost(ANN, LinkReason.REVOKED, NOON, "app_deauthorized")
    assert await one(zoom, load("app_deauthorized")) == lost


async def test_the_app_is_lost_only_when_it_is_ours(zoom: Zoom) -> None:
    assert await one(zoom, load("app_deauthorized_admin")) == AppLost(ZOOM, NOON, "app_deauthorized")
    other = load("app_deauthorized_admin", lambda p: p.update(client_id="app-c"))
    assert await one(zoom, other) == Ignored(ZOOM, "unknown app", "app_deauthorized")
    elsewhere = load("app_deauthorized_admin", in_account("ACCT-ELSE"))
    assert await one(zoom, elsewhere) == Ignored(ZOOM, "foreign", "app_deauthorized")


# -- unreadable ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "not a kept"),
        (b"[]", "not a kept"),
        (b'{"app":"user","event":{"event":"bot_notification"}}', "not a kept"),
        (b'{"event":' + b"[" * 2_000 + b"]" * 2_000 + b"}", "not a kept"),
        (load("dm_posted", lambda p: p.pop("object")), "`$.object`"),
        (load("dm_posted", lambda p: p.pop("operator_member_id")), "`operator_member_id`"),
        (load("dm_posted", contact(message_id="")), "`$.object.message_id`"),
        (load("dm_posted", lambda p: p["object"].update(timestamp="soon")), "`$.object.timestamp`"),
        (load("dm_posted", lambda p: p["object"].update(timestamp=10**17)), "`$.object.timestamp`"),
        (load("dm_posted", lambda p: p["object"].update(rich_text=[7])), "`$.object.rich_text[0]`"),
        (load("dm_posted_files", lambda p: p["object"].update(files="x")), "`$.object.files`"),
        (load("dm_deleted", lambda p: p["object"].pop("message_id")), "`message_id`"),
        (load("command", lambda p: p.update(userId="")), "`$.userId`"),
        (load("press_button", lambda p: p.update(actionItem={})), "`$.actionItem`"),
        (load("press_choice", lambda p: p.update(selectedItems=[])), "`$.selectedItems`"),
        (load("app_deauthorized", lambda p: p.pop("user_id")), "`user_id`"),
        (load("user_updated", lambda p: p.update(object=[])), "`$.object`"),
    ],
)
async def test_a_wrong_shape_is_named_without_quoting_it(zoom: Zoom, body: bytes, path: str) -> None:
    with pytest.raises(Undecodable) as fault:
        await zoom.decode(body)
    assert path in str(fault.value)
    assert "soon" not in str(fault.value) and "hi" not in str(fault.value).split()
