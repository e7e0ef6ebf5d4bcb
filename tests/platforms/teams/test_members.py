"""Teams' directory: teams, members of a team and of groups inside, one person with what they administer, addresses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from teams_tenant import Tenant
from vendor_server import Answers, answer, refusal, serving

from bot.ids import account_id
from bot.people import Kind
from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from platforms.teams import members as directory
from platforms.teams.api import TEAMS, Api
from platforms.teams.graph import Graph
from platforms.teams.members import Members, account_of
from sandbox.teams.tenant import ELSEWHERE, GLOBAL_ADMINISTRATOR, NO_LICENCE, TENANT, group_id
from sandbox.teams.tokens import ROLES

EVERYBODY, SALES = group_id("Everybody"), group_id("Sales")
TEAMS_ADMINISTRATOR, USER_ADMINISTRATOR = "69091246-20e8-4a56-aa4d-066075b2a7a8", "fe930be7-5e62-47db-91af-98c3a49a38b1"
BOB, MAYA, GAIL = "Bob Kim", "Maya Ortiz", "Gail Guest"


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def manner(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


@pytest.fixture
def members(api: Api, graph: Graph) -> Members:
    return Members(api, graph)


# -- lists ---------------------------------------------------------------------------------------


async def test_the_members_of_a_team(tenant: Tenant, members: Members, kept: dict[str, str], manner: bool) -> None:
    listed = await members.page(EVERYBODY, None)
    found = {account.name: account for account in listed.accounts}
    assert listed.cursor is None and len(found) == len(listed.accounts)
    bob, gus, gail = found[BOB], found[NO_LICENCE], found[GAIL]
    assert bob.id == account_id(TEAMS, TENANT, tenant.id(BOB))
    assert (bob.email, bob.also) == ("bob@acme.example", ("bob@corp.acme.example",))
    assert (bob.kind, bob.usable, bob.admin, bob.time_zone) == (Kind.MEMBER, True, False, None)
    assert (gus.active, gus.usable) == (False, False), "without a licence"
    assert (gail.kind, gail.usable, gail.email, gail.also) == (Kind.GUEST, False, "gail@partner.example", ())
    assert kept[f"known:{bob.user}"] == bob.id
    assert f"known:{gus.user}" not in kept and f"known:{gail.user}" not in kept


async def test_groups_inside_a_group(tenant: Tenant, members: Members) -> None:
    pilots, users = group_id("Mio pilots"), group_id("Mio users")
    inner = {account.id for account in (await members.page(pilots, None)).accounts}
    outer = {account.id for account in (await members.page(users, None)).accounts}
    assert inner and inner < outer


async def test_a_member_who_was_switched_off(tenant: Tenant, members: Members) -> None:
    await tenant.fake.deactivate(tenant.id(BOB))
    [bob] = [account for account in (await members.page(EVERYBODY, None)).accounts if account.name == BOB]
    assert not bob.active


async def test_a_member_whose_licence_was_taken_away(tenant: Tenant, members: Members, manner: bool) -> None:
    """The plan stays listed, as deleted."""
    await tenant.fake.remove_licence(tenant.id(BOB))
    [bob] = [account for account in (await members.page(EVERYBODY, None)).accounts if account.name == BOB]
    assert not bob.active


async def test_somebody_of_another_tenant_is_left_out(tenant: Tenant, members: Members) -> None:
    eve = await tenant.fake.outsider("Eve Else", "eve@elsewhere.example")
    await tenant.fake.join_group(eve, "Sales")
    assert eve not in [account.user for account in (await members.page(SALES, None)).accounts]
    assert await members.lookup(eve) is None


async def test_pages_are_followed_by_microsofts_own_link(
    tenant: Tenant, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert directory.PAGE <= 200
    whole = [account.id for account in (await members.page(EVERYBODY, None)).accounts]
    monkeypatch.setattr(directory, "PAGE", 4)
    found: list[str] = []
    sizes: list[int] = []
    cursor: str | None = None
    while True:
        page = await members.page(EVERYBODY, cursor)
        found.extend(account.id for account in page.accounts)
        sizes.append(len(page.accounts))
        cursor = page.cursor
        if cursor is None:
            break
        assert cursor.startswith(f"{tenant.url}/graph/v1.0/groups/{EVERYBODY}/transitiveMembers/")
    assert found == whole and len(sizes) > 2 and max(sizes) == 4


async def test_a_page_that_microsoft_has_forgotten_begins_the_list_anew(tenant: Tenant, members: Members) -> None:
    old = f"{tenant.url}/graph/v1.0/users?$select={directory.SELECT}&$skiptoken=long-ago"
    assert (await members.page(None, old)).accounts == (await members.page(None, None)).accounts
    with pytest.raises(Refused, match="BadRequest"):
        await members.page(None, f"{tenant.url}/graph/v1.0/users?$top=5000")


@pytest.mark.parametrize("cursor", ["https://evil.example/v1.0/users", "{graph}.evil.example/users", "users?$top=1"])
async def test_a_cursor_that_leads_elsewhere_gets_no_token(
    members: Members, api: Api, cursor: str, counts: list[tuple[str, int]]
) -> None:
    with pytest.raises(Refused):
        await members.page(None, cursor.format(graph=api.graph))
    assert counts == []


async def test_everybody(tenant: Tenant, members: Members, manner: bool) -> None:
    found = {account.name: account for account in (await members.page(None, None)).accounts}
    assert {BOB, MAYA, GAIL, "Otto Gone"} <= set(found)
    assert not found["Otto Gone"].active


async def test_all_teams_of_the_tenant(members: Members, manner: bool) -> None:
    found = await members.teams(None)
    assert {(team.id, team.name) for team in found.teams} == {
        (group_id(name), name) for name in ("Everybody", "Sales", "Support")
    }
    assert found.cursor is None


async def test_a_team_that_is_gone(members: Members) -> None:
    with pytest.raises(Gone):
        await members.page(ELSEWHERE, None)


# -- without consent -----------------------------------------------------------------------------


async def test_a_tenant_that_has_not_consented(tenant: Tenant, members: Members) -> None:
    await tenant.fake.withdraw_consent()
    looks = (members.page(None, None), members.page(SALES, None), members.teams(None), members.lookup(tenant.id(BOB)))
    for look in looks:
        with pytest.raises(NotAuthorised) as said:
            await look
        assert said.value.account is None


async def test_members_that_come_as_bare_ids(tenant: Tenant, members: Members, kept: dict[str, str]) -> None:
    """Without User.Read.All the list succeeds and says nothing: importing that would switch everybody off."""
    tenant.fake.tokens.consent_everybody(roles=("GroupMember.Read.All",))
    with pytest.raises(NotAuthorised, match=r"User\.Read\.All") as said:
        await members.page(SALES, None)
    assert said.value.account is None and kept == {}


# -- one person ----------------------------------------------------------------------------------


async def test_one_person(tenant: Tenant, members: Members, kept: dict[str, str], manner: bool) -> None:
    maya = await members.lookup(tenant.id(MAYA).upper())
    assert maya is not None
    assert (maya.id, maya.name, maya.email) == (
        account_id(TEAMS, TENANT, tenant.id(MAYA)),
        MAYA,
        "maya@acme.example",
    )
    assert maya.admin
    bob = await members.lookup(tenant.id(BOB))
    assert bob is not None and not bob.admin
    assert kept == {}, "to be looked up is not to be imported"


async def test_who_is_not_known(tenant: Tenant, members: Members) -> None:
    await tenant.fake.leave(tenant.id(BOB))
    assert await members.lookup(tenant.id(BOB)) is None
    assert await members.lookup(ELSEWHERE) is None
    assert await members.lookup("") is None


async def test_an_imported_person_is_remembered(tenant: Tenant, members: Members) -> None:
    bob = tenant.id(BOB)
    assert await members.known(bob) is None
    assert await members.member(bob) is not None
    assert await members.known(bob.upper()) == account_id(TEAMS, TENANT, bob)
    assert await members.member(tenant.id(GAIL)) is not None
    assert await members.known(tenant.id(GAIL)) is None


async def test_who_may_not_use_teams_administers_nothing(tenant: Tenant, members: Members) -> None:
    await tenant.fake.deactivate(tenant.id(MAYA))
    maya = await members.lookup(tenant.id(MAYA))
    assert maya is not None and (maya.active, maya.admin) == (False, False)


async def admin(members: Members, user: str) -> bool:
    found = await members.lookup(user)
    assert found is not None
    return found.admin


async def test_a_role_counts_for_five_minutes(tenant: Tenant, members: Members, counts: list[tuple[str, int]]) -> None:
    maya = tenant.id(MAYA)
    assert await admin(members, maya)
    asked = len(counts)
    await tenant.fake.change(maya, admin=False)
    tenant.later(299)
    assert await admin(members, maya)
    assert len(counts) == asked + 1, "only the record was read again"
    tenant.later(2)
    assert not await admin(members, maya)


async def test_a_role_that_was_just_given_counts_at_once(tenant: Tenant, members: Members) -> None:
    bob = tenant.id(BOB)
    assert not await admin(members, bob)
    await tenant.fake.change(bob, admin=True)
    assert await admin(members, bob)


async def test_roles_that_may_not_be_read_are_none(tenant: Tenant, members: Members) -> None:
    tenant.fake.tokens.consent_everybody(roles=tuple(r for r in ROLES if r != "RoleManagement.Read.Directory"))
    assert not await admin(members, tenant.id(MAYA))


# -- answers that the sandbox never gives --------------------------------------------------------

ANN = "11111111-aaaa-4aaa-8aaa-111111111111"
RECORD = f"GET /v1.0/users/{ANN}"
HELD = f"{RECORD}/transitiveMemberOf/microsoft.graph.directoryRole"


@pytest.fixture
def answers() -> Answers:
    return {RECORD: [{"id": ANN, "displayName": "Ann Lee", "mail": "ann@acme.example", "accountEnabled": True}]}


@pytest.fixture
async def told(lent: Lent, answers: Answers) -> AsyncIterator[Members]:
    """Graph answers from the table; the login service is the sandbox's."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(answers, f"{request.method} {request.path}", refusal(404), {})

    async with serving({"/{path:.*}": handle}) as server:
        api = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_GRAPH_URL": str(server.make_url("/v1.0"))}))
        await api.http.start()
        yield Members(api, Graph(api))
        await api.http.stop()


@pytest.mark.parametrize(
    ("templates", "wanted"),
    [
        ([GLOBAL_ADMINISTRATOR], True),
        ([TEAMS_ADMINISTRATOR.upper()], True),
        ([USER_ADMINISTRATOR, TEAMS_ADMINISTRATOR], True),
        ([USER_ADMINISTRATOR], False),
        ([None, 7], False),
        ([], False),
    ],
)
async def test_which_roles_count(told: Members, answers: Answers, templates: list[Any], wanted: bool) -> None:
    answers[HELD] = [{"value": [{"id": f"r{n}", "roleTemplateId": t} for n, t in enumerate(templates)]}]
    assert await admin(told, ANN) is wanted


@pytest.mark.parametrize("said", [refusal(400), refusal(404), {"value": None}, {"value": ["Global Administrator"]}])
async def test_no_answer_about_roles_is_a_no(told: Members, answers: Answers, said: Any) -> None:
    answers[HELD] = [said]
    assert not await admin(told, ANN)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (refusal(503), TryLater),
        ((429, {"Retry-After": "9"}, ""), TryLater),
        (refusal(403, error={"code": "Authorization_RequestDenied"}), NotAuthorised),
    ],
    ids=["503", "429", "403"],
)
async def test_roles_that_could_not_be_asked_for_are_asked_for_again(
    told: Members, answers: Answers, said: Any, fault: type[Exception]
) -> None:
    """Nobody hears that they are no administrator because Microsoft had a bad moment."""
    answers[HELD] = [said]
    with pytest.raises(fault):
        await told.lookup(ANN)


async def test_too_many_look_ups(told: Members, answers: Answers) -> None:
    answers[RECORD] = [(429, {"Retry-After": "40"}, "")]
    with pytest.raises(TryLater) as later:
        await told.lookup(ANN)
    assert later.value.after is not None and later.value.after >= timedelta(seconds=40)


# -- records -------------------------------------------------------------------------------------


def plan(status: str, service: str = "TeamspaceAPI") -> dict[str, Any]:
    return {"capabilityStatus": status, "service": service}


@pytest.mark.parametrize(
    ("row", "kind", "active"),
    [
        ({}, Kind.MEMBER, True),
        ({"accountEnabled": False}, Kind.MEMBER, False),
        ({"assignedPlans": [plan("Enabled")]}, Kind.MEMBER, True),
        ({"assignedPlans": [plan("Warning")]}, Kind.MEMBER, True),
        ({"assignedPlans": [plan("Suspended")]}, Kind.MEMBER, False),
        ({"assignedPlans": [plan("Deleted"), plan("Enabled", "exchange")]}, Kind.MEMBER, False),
        ({"assignedPlans": [plan("Deleted"), plan("Enabled")]}, Kind.MEMBER, True),
        ({"assignedPlans": []}, Kind.MEMBER, False),
        ({"assignedPlans": ["TeamspaceAPI", {}]}, Kind.MEMBER, False),
        ({"assignedPlans": None}, Kind.MEMBER, True),
        ({"accountEnabled": False, "assignedPlans": [plan("Enabled")]}, Kind.MEMBER, False),
        ({"userType": "Guest"}, Kind.GUEST, True),
        ({"userType": "guest", "assignedPlans": []}, Kind.GUEST, True),
        ({"userType": "Member", "userPrincipalName": "ann_x.example#EXT#@acme.example"}, Kind.GUEST, True),
        ({"userType": None}, Kind.MEMBER, True),
    ],
)
def test_who_is_imported(api: Api, row: dict[str, Any], kind: Kind, active: bool) -> None:
    account = account_of(api, {"id": ANN, "displayName": "Ann", **row}, admin=True)
    assert account is not None
    assert (account.kind, account.active) == (kind, active)
    assert account.usable is (active and kind is Kind.MEMBER)
    assert account.admin is account.usable, "who is not a usable member administers nothing"


@pytest.mark.parametrize(
    ("mail", "upn", "proxies", "email", "also"),
    [
        (" Ann@Acme.Example ", "ann@acme.example", [], "ann@acme.example", ()),
        ("ann.lee@acme.example", "al@corp.acme.example", [], "ann.lee@acme.example", ("al@corp.acme.example",)),
        (None, "Ann@acme.example", None, "ann@acme.example", ()),
        (None, "ann", [], None, ()),
        ("", "ann@localhost", [], None, ()),
        ("no address", "ann@acme.example", [], "ann@acme.example", ()),
        ("\uff41nn@acme.example", None, [], "ann@acme.example", ()),
        ("a b@acme.example", None, [], None, ()),
        ("a@b@acme.example", None, [], None, ()),
        (7, ["ann@acme.example"], "smtp:x@acme.example", None, ()),
        (
            "ann@acme.example",
            "ann@acme.example",
            [
                "SMTP:Ann@acme.example",
                "smtp:Lee@acme.example",
                "smtp:lee@acme.example",
                "sip:a@acme.example",
                "x500:boss@acme.example",
                7,
            ],
            "ann@acme.example",
            ("lee@acme.example",),
        ),
    ],
)
def test_addresses(api: Api, mail: Any, upn: Any, proxies: Any, email: str | None, also: tuple[str, ...]) -> None:
    row = {
        "id": ANN,
        "mail": mail,
        "userPrincipalName": upn,
        "proxyAddresses": proxies,
        "otherMails": ["e@evil.example"],
    }
    account = account_of(api, row)
    assert account is not None
    assert (account.email, account.also) == (email, also)


def test_a_guest_is_found_by_their_mail_alone(api: Api) -> None:
    """The sign-in name was made up by the tenant, and an alias could be anybody's."""
    upn = "gail_partner.example#EXT#@acme.example"
    row = {"id": ANN, "userType": "Guest", "userPrincipalName": upn, "proxyAddresses": ["smtp:ann@acme.example"]}
    bare = account_of(api, row)
    assert bare is not None and (bare.email, bare.also) == (None, ())
    gail = account_of(api, {**row, "mail": "gail@partner.example"})
    assert gail is not None and (gail.email, gail.also) == ("gail@partner.example", ())


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"id": ANN, "tenantId": ELSEWHERE}])
def test_what_is_no_account_of_ours(api: Api, row: dict[str, Any]) -> None:
    assert account_of(api, row) is None


def test_names_and_ids(api: Api) -> None:
    ids = [account_of(api, {"id": native, "tenantId": TENANT.upper()}) for native in (ANN, ANN.upper())]
    assert [account.id for account in ids if account] == [f"teams:{TENANT}:{ANN}"] * 2
    assert ids[0] is not None and ids[0].name == ANN
    named = account_of(api, {"id": ANN, "mail": "ann@acme.example", "displayName": "A" * 300})
    assert named is not None and len(named.name) == 200
