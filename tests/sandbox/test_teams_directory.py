"""Graph's directory and teams: people, licences, roles, groups, members – with paging, filters and permissions."""

import pytest
from teams_tenant import Api, Tenant, coded

from sandbox.teams.tenant import CATALOGUE_ID, GLOBAL_ADMINISTRATOR, group_id

FULL = "$select=id,mail,userPrincipalName,accountEnabled,userType,assignedPlans,proxyAddresses,otherMails"
EVENTUAL = {"ConsistencyLevel": "eventual"}


async def names(api: Api, path: str, **headers: str) -> list[str]:
    return [row["displayName"] for row in await api.pages(path, **headers)]


async def test_everybody_page_by_page(teams: Tenant) -> None:
    app = await teams.app()
    found = await names(app, "/users?$top=4")
    assert len(found) == 12 == len(set(found)) and {"Gail Guest", "Otto Gone"} <= set(found)
    first = await app.get("/users?$top=4&$select=id,mail")
    assert len(first.body["value"]) == 4 and set(first.body["value"][0]) == {"id", "mail"}
    assert "$skiptoken" in first.body["@odata.nextLink"] and "$select=id,mail" in first.body["@odata.nextLink"]
    assert "accountEnabled" not in (await app.get("/users")).body["value"][0], "only a small set comes unasked"


async def test_addresses_licences_and_kinds(teams: Tenant) -> None:
    people = {row["mail"]: row for row in await (await teams.app()).pages(f"/users?{FULL}")}
    bob, guest = people["bob@acme.example"], people["gail@partner.example"]
    assert bob["userPrincipalName"] == "bob@corp.acme.example"
    assert bob["proxyAddresses"] == ["SMTP:bob@acme.example", "smtp:bob@corp.acme.example"]
    assert bob["assignedPlans"][0]["service"] == "TeamspaceAPI"
    assert bob["assignedPlans"][0]["capabilityStatus"] == "Enabled"
    assert people["gus@acme.example"]["assignedPlans"] == []
    assert (guest["userType"], "#EXT#" in guest["userPrincipalName"]) == ("Guest", True)
    assert people["otto@acme.example"]["accountEnabled"] is False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail eq 'bob@acme.example'", ["Bob Kim"]),
        ("userPrincipalName eq 'BOB@corp.acme.example'", ["Bob Kim"]),
        ("proxyAddresses/any(p:p eq 'smtp:bob@corp.acme.example')", ["Bob Kim"]),
        ("mail eq 'x' or userPrincipalName eq 'x' or proxyAddresses/any(p:p eq 'smtp:ann@acme.example')", ["Ann Lee"]),
        ("otherMails/any(m:m eq 'gail@partner.example')", ["Gail Guest"]),
        ("accountEnabled eq false and userType eq 'Member'", ["Otto Gone"]),
        ("displayName eq 'O''Hara'", []),
    ],
)
async def test_people_are_found_by_address(teams: Tenant, text: str, found: list[str]) -> None:
    assert await names(await teams.app(), f"/users?$filter={coded(text)}") == found


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/users?$skip=2", 400, "Request_UnsupportedQuery"),
        ("/users?$top=1000", 400, "BadRequest"),
        ("/users?$select=id,shoeSize", 400, "BadRequest"),
        ("/users?$filter=endswith(mail,'x')", 400, "Request_UnsupportedQuery"),
        ("/users?$filter=department%20eq%20'x'", 400, "Request_UnsupportedQuery"),
        ("/users?$search=%22x%22", 400, "Request_UnsupportedQuery"),
        ("/users?$skiptoken=old", 400, "Directory_ExpiredPageToken"),
        ("/users/nobody", 404, "Request_ResourceNotFound"),
        ("/me", 400, "BadRequest"),
        ("/nowhere", 400, "BadRequest"),
        ("/groups/nothing", 404, "Request_ResourceNotFound"),
        ("/teams/nothing", 404, "NotFound"),
    ],
)
async def test_what_the_directory_refuses(teams: Tenant, path: str, status: int, code: str) -> None:
    answer = await (await teams.app()).get(path)
    assert (answer.status, answer.code) == (status, code)
    assert {"date", "request-id", "client-request-id"} <= set(answer.body["error"]["innerError"])


async def test_one_person_by_id_or_name(teams: Tenant) -> None:
    app, guest = await teams.app(), coded("gail_partner.example#EXT#@acme.example")
    assert (await app.get(f"/users/{teams.id('Bob Kim')}")).body["displayName"] == "Bob Kim"
    assert (await app.get(f"/users/{guest}?$select=mail")).body["mail"] == "gail@partner.example"
    ann = await teams.person("Ann Lee")
    assert (await ann.get(f"/users/{teams.id('Bob Kim')}")).status == 403, "a person's token shows that person"
    assert (await ann.get("/users")).code == "Authorization_RequestDenied"


async def test_administrators_roles(teams: Tenant) -> None:
    app, maya = await teams.app(), teams.id("Maya Ortiz")
    cast = f"/users/{maya}/transitiveMemberOf/microsoft.graph.directoryRole"
    assert (await app.get(cast)).code == "Request_UnsupportedQuery"
    [role] = (await app.get(f"{cast}?$count=true&$select=id,roleTemplateId", **EVENTUAL)).body["value"]
    assert role["roleTemplateId"] == GLOBAL_ADMINISTRATOR
    kinds = {row["@odata.type"] for row in await app.pages(f"/users/{maya}/transitiveMemberOf?$top=999")}
    assert kinds == {"#microsoft.graph.group", "#microsoft.graph.directoryRole"}
    ann = f"/users/{teams.id('Ann Lee')}/transitiveMemberOf/microsoft.graph.directoryRole?$count=true"
    assert (await app.get(ann, **EVENTUAL)).body["value"] == []
    roles = tuple(role for role in teams.fake.tokens.given.roles if role != "RoleManagement.Read.Directory")
    teams.fake.tokens.consent_everybody(roles=roles)
    [hidden] = (await (await teams.app()).get(f"{cast}?$count=true", **EVENTUAL)).body["value"]
    assert hidden["roleTemplateId"] is None


async def test_licences_are_a_persons_own_business(teams: Tenant) -> None:
    ann, path = await teams.person("Ann Lee"), "/licenseDetails/getTeamsLicensingDetails()"
    assert (await ann.get(f"/me{path}")).body["hasTeamsLicense"] is True
    await teams.fake.remove_licence(teams.id("Ann Lee"))
    assert (await ann.get(f"/users/{teams.id('Ann Lee')}{path}")).body["hasTeamsLicense"] is False
    assert (await (await teams.app()).get(f"/users/{teams.id('Ann Lee')}{path}")).status == 403


async def test_teams_and_their_members(teams: Tenant) -> None:
    app = await teams.app()
    assert await names(app, "/teams") == ["Everybody", "Sales", "Support"]
    marked = coded("resourceProvisioningOptions/Any(x:x eq 'Team')")
    assert await names(app, f"/groups?$filter={marked}&$select=id,displayName") == ["Everybody", "Sales", "Support"]
    joined = (await app.get(f"/users/{teams.id('Maya Ortiz')}/joinedTeams")).body["value"]
    assert [team["displayName"] for team in joined] == ["Everybody", "Sales"]
    path = f"/teams/{group_id('Everybody')}/members"
    members = {row["displayName"]: row for row in await app.pages(path + "?$top=3")}
    assert len(members) == 11 and members["Gail Guest"]["roles"] == ["guest"]
    assert members["Maya Ortiz"]["roles"] == ["owner"] and members["Ann Lee"]["roles"] == []
    teams.switch(mean=True)
    assert len((await app.get(path)).body["value"]) == 2
    assert len(await app.pages(path)) == 11


async def test_groups_and_who_is_inside_of_them(teams: Tenant) -> None:
    app, group = await teams.app(), group_id("Mio users")
    direct = await app.pages(f"/groups/{group}/members")
    assert {row["@odata.type"] for row in direct} == {"#microsoft.graph.user", "#microsoft.graph.group"}
    path = f"/groups/{group}/transitiveMembers/microsoft.graph.user"
    assert (await app.get(path)).code == "Request_UnsupportedQuery"
    people = await app.pages(f"{path}?$count=true&$top=3&{FULL}", **EVENTUAL)
    assert len(people) == 4 and all(row["accountEnabled"] for row in people)
    nested = f"/groups/{group}/transitiveMembers/microsoft.graph.group?$count=true"
    assert await names(app, nested, **EVENTUAL) == ["Mio pilots"]
    held = await app.post(f"/users/{people[-1]['id']}/checkMemberObjects", {"ids": [group, group_id("Sales")]})
    assert group in held.body["value"]
    await teams.fake.leave_group(people[0]["id"], "Mio users")
    assert len(await app.pages(f"{path}?$count=true", **EVENTUAL)) == 3


async def test_directory_units_run_out(teams: Tenant) -> None:
    app = await teams.app()
    teams.switch(limits=True)
    core = teams.running.core
    core.limits["teams:graph:directory:"] = [core.clock.seconds()] * 3_499
    assert (await app.get("/users?$select=id")).status == 200, "with a selection it costs one unit"
    answer = await app.get("/users")
    assert (answer.status, answer.code) == (429, "TooManyRequests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    teams.later(10)
    assert (await app.get("/users")).status == 200


async def test_trouble_at_the_vendors(teams: Tenant) -> None:
    app = await teams.app()
    teams.switch(rate_limit=1, error_5xx=1)
    assert [(await app.get("/users")).status for _ in range(3)] == [429, 500, 200]


async def test_a_batch_answers_one_by_one(teams: Tenant) -> None:
    app, ann = await teams.app(), teams.id("Ann Lee")
    asked = [
        {"id": "1", "method": "GET", "url": f"/users/{ann}?$select=id,mail"},
        {"id": "2", "method": "GET", "url": "/users/nobody"},
        {"id": "3", "method": "GET", "url": f"/users/{ann}", "dependsOn": ["2"]},
        {"id": "4", "method": "POST", "url": f"/users/{ann}/checkMemberObjects", "body": {"ids": ["x"]}},
    ]
    answer = await app.post("/$batch", {"requests": asked})
    found = {row["id"]: row for row in answer.body["responses"]}
    assert {native: row["status"] for native, row in found.items()} == {"1": 200, "2": 404, "3": 424, "4": 400}
    assert found["1"]["body"]["mail"] == "ann@acme.example"
    teams.switch(mean=True)
    answer = await app.post("/$batch", {"requests": asked})
    assert [row["id"] for row in answer.body["responses"]] == ["4", "3", "2", "1"], "in any order"
    assert (await app.post("/$batch", {"requests": asked * 6})).status == 400


# -- the app for people -------------------------------------------------------------------------


async def test_the_app_is_found_installed_and_removed(teams: Tenant) -> None:
    app, ann = await teams.app(), teams.id("Ann Lee")
    text = coded("externalId eq '44444444-dddd-4ddd-8ddd-444444444444'")
    [entry] = (await app.get(f"/appCatalogs/teamsApps?$filter={text}&$expand=appDefinitions")).body["value"]
    assert entry["id"] == CATALOGUE_ID
    path = f"/users/{ann}/teamwork/installedApps"
    held = f"{path}?$expand=teamsApp&$filter={coded('teamsApp/')}{text}"
    assert (await app.get(held)).body["value"] == []
    bind = {"teamsApp@odata.bind": f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{entry['id']}"}
    made = await app.post(path, bind)
    assert (made.status, made.body) == (201, None)
    assert (await app.post(path, bind)).status == 409
    [installation] = (await app.get(held)).body["value"]
    assert installation["teamsApp"]["externalId"] == "44444444-dddd-4ddd-8ddd-444444444444"
    chat = (await app.get(f"{path}/{installation['id']}/chat")).body["id"]
    bot = await teams.connector()
    sent = await bot.post(f"/v3/conversations/{coded(chat)}/activities", {"type": "message", "text": "hello"})
    assert sent.status == 201, "the chat's id is a conversation's id as well"
    assert (await app.delete(f"{path}/{installation['id']}")).status == 204
    await teams.idle()
    assert [a["action"] for a in teams.bot.activities("installationUpdate")] == ["add", "remove"]


async def test_why_the_app_cannot_be_installed(teams: Tenant) -> None:
    app, bind = (
        await teams.app(),
        {"teamsApp@odata.bind": f"{teams.url}/graph/v1.0/appCatalogs/teamsApps/{CATALOGUE_ID}"},
    )
    teams.fake.installs.forbidden.add(teams.id("Ann Lee"))
    for name in ("Ann Lee", "Gus Weber", "Otto Gone"):
        assert (await app.post(f"/users/{teams.id(name)}/teamwork/installedApps", bind)).status == 403
    path = f"/users/{teams.id('Bob Kim')}/teamwork/installedApps"
    assert (await app.post(path, {"teamsApp@odata.bind": "x"})).status == 400
    teams.fake.installs.uploaded = False
    assert (await app.post(path, bind)).status == 404
    assert (await app.get("/appCatalogs/teamsApps")).body["value"] == []
    assert (await (await teams.person("Bob Kim")).post(path, bind)).status == 403
