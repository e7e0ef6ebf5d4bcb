"""Webex's directory with an administrator's grant, through the SDK over real sockets: teams, members, one person."""

import json
from datetime import timedelta
from typing import Any

import pytest
from vendor_server import Answers, Asked, Purse, refusal
from webex_people import ADMIN, ANN, BOB, MAYA, PARTNER, UUIDS, native, person, record

from bot.people import Kind
from bot.platform import Gone, NotAuthorised, Refused, TryLater
from platforms.webex.send import Webex

TEAM = native("TEAM", "t1")
MEMBERSHIPS, PEOPLE, ROLES, TEAMS = "GET /team/memberships", "GET /people", "GET /roles", "GET /teams"
JSON = {"Content-Type": "application/json;charset=UTF-8"}


def listed(*names: str) -> dict[str, Any]:
    return {"items": [{"personId": person(name), "personEmail": f"{name}@acme.example"} for name in names]}


@pytest.fixture(autouse=True)
def roles(answers: Answers) -> None:
    answers[ROLES] = [{"items": [{"id": native("ROLE", "id_readonly_admin")}, {"id": ADMIN, "name": "Full"}]}]


async def test_the_members_of_a_team_are_looked_up_together(
    webex: Webex, answers: Answers, asked: Asked, kept: dict[str, str]
) -> None:
    answers |= {
        MEMBERSHIPS: [listed("ann", "bob", "maya")],
        PEOPLE: [{"items": [record("ann"), record("bob"), record("maya")]}, {"items": [record("maya")]}],
    }
    page = await webex.members(TEAM, None)
    assert [(a.id, a.email, a.admin) for a in page.accounts] == [
        (ANN, "ann@acme.example", False),
        (BOB, "bob@acme.example", False),
        (MAYA, "maya@acme.example", True),
    ]
    assert page.cursor is None
    assert {args["key"] for _, args in asked} == {"Bearer tok-directory"}
    assert asked[0][1]["teamId"] == TEAM
    assert asked[1][1]["id"] == ",".join(person(name) for name in ("ann", "bob", "maya"))
    assert kept[f"known:{UUIDS['maya']}"] == MAYA


async def test_ids_go_in_batches_of_eighty_five(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {MEMBERSHIPS: [listed(*(f"p{n}" for n in range(170)))], PEOPLE: [{"items": []}]}
    await webex.members(TEAM, None)
    assert [len(args["id"].split(",")) for name, args in asked if name == PEOPLE and "id" in args] == [85, 85]


@pytest.mark.parametrize(
    ("more", "kind", "usable"),
    [
        ({}, Kind.MEMBER, True),
        ({"loginEnabled": False}, Kind.MEMBER, False),
        ({"loginEnabled": "false"}, Kind.MEMBER, False),
        ({"loginEnabled": "true", "invitePending": "false"}, Kind.MEMBER, True),
        ({"invitePending": True}, Kind.MEMBER, False),
        ({"invitePending": "true"}, Kind.MEMBER, False),
        ({"type": "bot"}, Kind.BOT, False),
        ({"type": "appuser"}, Kind.GUEST, False),
        ({"orgId": PARTNER}, Kind.GUEST, False),
        ({"orgId": PARTNER, "roles": [ADMIN]}, Kind.GUEST, False),
    ],
)
async def test_who_is_imported(
    webex: Webex, answers: Answers, kept: dict[str, str], more: dict[str, Any], kind: Kind, usable: bool
) -> None:
    answers |= {MEMBERSHIPS: [listed("pat")], PEOPLE: [{"items": [record("pat", **more)]}, {"items": []}]}
    [account] = (await webex.members(TEAM, None)).accounts
    assert (account.kind, account.usable, account.admin) == (kind, usable, False)
    assert (f"known:{UUIDS['pat']}" in kept) is usable


@pytest.mark.parametrize(
    "broken",
    [{"id": None}, {"orgId": 7}, {"emails": None}, {"emails": [7, " "]}, {"displayName": None}, {"roles": "x"}],
)
async def test_a_record_that_lacks_something(webex: Webex, answers: Answers, broken: dict[str, Any]) -> None:
    answers |= {MEMBERSHIPS: [listed("pat")], PEOPLE: [{"items": [record("pat", **broken)]}, {"items": []}]}
    found = (await webex.members(TEAM, None)).accounts
    assert len(found) == (0 if {"id", "orgId"} & set(broken) else 1)
    assert all(account.name for account in found)


async def test_pages_follow_the_vendors_link_also_through_an_empty_one(
    webex: Webex, answers: Answers, asked: Asked, lent: Any
) -> None:
    base = lent.settings["MIO_WEBEX_API_URL"]
    more = {**JSON, "Link": f'<{base}/people?max=170&cursor=abc>; rel="next"'}
    answers[PEOPLE] = [(200, more, '{"items":[]}'), {"items": [record("maya")]}, {"items": [record("bob")]}]
    first = await webex.members(None, None)
    assert first.accounts == () and first.cursor is not None
    second = await webex.members(None, first.cursor)
    assert [account.id for account in second.accounts] == [BOB] and second.cursor is None
    assert [args.get("cursor") for name, args in asked if name == PEOPLE] == [None, None, "abc"]


async def test_a_cursor_that_leads_elsewhere_gets_no_token(webex: Webex) -> None:
    with pytest.raises(Refused, match="hosts"):
        await webex.members(None, "https://evil.example/v1/people")


async def test_teams(webex: Webex, answers: Answers) -> None:
    answers[TEAMS] = [{"items": [{"id": TEAM, "name": "Sales"}, {"id": "t2"}, {"name": "no id"}]}]
    found = await webex.teams(None)
    assert [(team.id, team.name) for team in found.teams] == [(TEAM, "Sales"), ("t2", "t2")]
    assert found.cursor is None


async def test_one_person(webex: Webex, answers: Answers) -> None:
    answers[f"GET /people/{person('maya')}"] = [record("maya", roles=[ADMIN], timezone="America/Denver")]
    found = await webex.member(person("maya"))
    assert found is not None and (found.id, found.admin, found.time_zone) == (MAYA, True, "America/Denver")
    assert await webex.member(person("pat")) is None


FAULTS: list[tuple[Any, type[Exception], timedelta | None]] = [
    (refusal(400), Refused, None),
    (refusal(403), Refused, None),
    (refusal(404), Gone, None),
    (refusal(401), TryLater, timedelta()),
    ((429, {"Retry-After": "40"}, "<html>"), TryLater, timedelta(seconds=40)),
    ((429, {"Retry-After": "Mon, 02 Mar 2026 12:00:40 GMT"}, ""), TryLater, None),
    ((302, {"Location": "https://evil.example/"}, ""), Refused, None),
    (refusal(500), TryLater, None),
    ((503, {}, "<html>"), TryLater, None),
]


@pytest.mark.parametrize(("answer", "fault", "after"), FAULTS, ids=[str(answer[0]) for answer, *_ in FAULTS])
async def test_the_sdks_errors_are_four(
    webex: Webex, answers: Answers, asked: Asked, answer: Any, fault: type[Exception], after: timedelta | None
) -> None:
    """And none is waited for in a thread: who asks is told at once."""
    answers[TEAMS] = [answer]
    with pytest.raises(fault) as raised:
        await webex.teams(None)
    if after is not None:
        told = raised.value.after  # type: ignore[attr-defined]
        assert after <= told <= after * 1.2
    assert len(asked) == 1 and "tok-" not in str(raised.value)


async def test_an_answer_that_is_no_json_is_an_empty_page(webex: Webex, answers: Answers) -> None:
    answers[TEAMS] = [(200, {"Content-Type": "text/html"}, "<html>")]
    assert (await webex.teams(None)).teams == ()


async def test_before_the_directory_is_connected(webex: Webex, asked: Asked, purse: Purse) -> None:
    purse.installed_token = None
    with pytest.raises(NotAuthorised) as lost:
        await webex.members(TEAM, None)
    assert lost.value.account is None and asked == []


async def test_without_the_right_to_see_roles_the_import_goes_on(webex: Webex, answers: Answers) -> None:
    answers |= {MEMBERSHIPS: [listed("bob")], PEOPLE: [{"items": [record("bob")]}, refusal(403)]}
    [account] = (await webex.members(TEAM, None)).accounts
    assert not account.admin


async def test_a_machines_own_passwords_do_not_take_the_tokens_place(
    webex: Webex, answers: Answers, asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login eve password x\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answers[TEAMS] = [{"items": []}]
    await webex.teams(None)
    assert asked[0][1]["key"] == "Bearer tok-directory"
    assert json.dumps(asked).count("eve") == 0
