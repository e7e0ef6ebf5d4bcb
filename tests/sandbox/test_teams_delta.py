"""What changed in the directory: delta queries on people and groups, guests invited, accounts in the bin and back."""

from typing import Any

import pytest
from teams_tenant import Answer, Api, Tenant, coded

from sandbox.core import Bad
from sandbox.teams.tenant import group_id
from sandbox.teams.tokens import ROLES

DAY = 86_400
USERS = group_id("Mio users")
ONE_GROUP = "/groups/delta?$select=displayName,members&$filter=" + coded(f"id eq '{USERS}'")


async def passed(api: Api, path: str) -> tuple[list[dict[str, Any]], str]:
    """Everything of a pass, page by page, and where the next pass begins."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await api.get(path)
        assert answer.status == 200, answer.body
        found += answer.body["value"]
        if "@odata.deltaLink" in answer.body:
            return found, str(answer.body["@odata.deltaLink"])
        path = answer.body["@odata.nextLink"]


def moved(rows: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Ids of members with whether they left, in order of arrival."""
    return [(m["id"], "@removed" in m) for row in rows for m in row["members@delta"]]


async def inviting(teams: Tenant) -> Api:
    teams.fake.tokens.registered = (*ROLES, "User.Invite.All", "User.DeleteRestore.All")
    await teams.admin(teams.id("Maya Ortiz"))
    return await teams.app()


def invitation(**change: Any) -> dict[str, Any]:
    about = {"invitedUserEmailAddress": "carla@partner.example", "invitedUserDisplayName": "Carla Cruz"}
    asked = {**about, "inviteRedirectUrl": "https://bot.example/welcome", **change}
    return {name: value for name, value in asked.items() if value is not None}


async def test_people_once_and_then_what_changed(teams: Tenant) -> None:
    app, ann = await teams.app(), teams.id("Ann Lee")
    everybody, after = await passed(app, "/users/delta?$select=id,mail,accountEnabled")
    assert len(everybody) == 12 and set(everybody[0]) == {"id", "mail", "accountEnabled"}
    assert (await passed(app, after))[0] == []
    await teams.fake.change(ann, email="ann.lee@acme.example")
    await teams.fake.deactivate(ann)
    await teams.fake.leave(teams.id("Bob Kim"))
    new = await teams.fake.join("Nora New", "nora@acme.example")
    await teams.fake.leave_group(ann, "Mio users")
    changes, later = await passed(app, after)
    by_id = {row["id"]: row for row in changes}
    assert by_id[ann] == {"id": ann, "mail": "ann.lee@acme.example", "accountEnabled": False}
    assert by_id[teams.id("Bob Kim")]["@removed"] == {"reason": "changed"} and by_id[new]["accountEnabled"]
    assert len(changes) == 3, "several changes of one person are one row"
    assert (await passed(app, later))[0] == []
    assert (await passed(app, after))[0] == changes, "the old token still tells the same"


async def test_from_now_on(teams: Tenant) -> None:
    app = await teams.app()
    rows, after = await passed(app, "/users/delta?$deltaToken=latest&$select=id")
    assert rows == []
    await teams.fake.change(teams.id("Ann Lee"), name="Ann Li")
    assert (await passed(app, after))[0] == [{"id": teams.id("Ann Li")}]


@pytest.mark.parametrize("query", ["$top=5", "$expand=manager", "$orderby=mail", "$filter=mail%20eq%20'x'"])
async def test_a_delta_takes_few_questions(teams: Tenant, query: str) -> None:
    answer = await (await teams.app()).get(f"/users/delta?{query}")
    assert (answer.status, answer.code) == (400, "Request_UnsupportedQuery")


async def test_fifty_ids_at_most(teams: Tenant) -> None:
    app = await teams.app()
    for count, status in ((50, 200), (51, 400)):
        text = coded(" or ".join(f"id eq '{number}'" for number in range(count)))
        assert (await app.get(f"/groups/delta?$filter={text}")).status == status


def start(answer: Answer) -> str | None:
    return answer.headers.get("Location")


async def test_a_token_lives_seven_days(teams: Tenant) -> None:
    _, after = await passed(await teams.app(), "/users/delta")
    teams.later(6 * DAY)
    _, after = await passed(await teams.app(), after)
    teams.later(7 * DAY + 1)
    app = await teams.app()
    old = await app.get(after)
    assert (old.status, old.code, start(old)) == (410, "syncStateNotFound", f"{app.base}/users/delta")
    assert (await app.get("/users/delta?$deltatoken=made-up")).status == 410
    assert (await app.get(after.replace("/users/", "/groups/"))).status == 410, "it is for people only"
    teams.switch(mean=True)
    assert ((await app.get(after)).code, start(await app.get(after))) == ("resyncRequired", None)


async def test_members_who_come_and_go(teams: Tenant) -> None:
    app, fay, maya = await teams.app(), teams.id("Fay Wong"), teams.id("Maya Ortiz")
    [group], after = await passed(app, ONE_GROUP)
    kinds = [m["@odata.type"] for m in group["members@delta"]]
    assert kinds == ["#microsoft.graph.user"] * 2 + ["#microsoft.graph.group"], "direct members, a group among them"
    await teams.fake.join_group(fay, "Mio users")
    await teams.fake.leave_group(maya, "Mio users")
    await teams.fake.join_group(fay, "Sales")
    rows, after = await passed(app, after)
    assert moved(rows) == [(fay, False), (maya, True)]
    assert rows[0]["members@delta"][1]["@removed"] == {"reason": "deleted"}
    await teams.fake.leave_group(teams.id("Bob Kim"), "Mio pilots")
    assert (await passed(app, after))[0] == [], "what happens in a group inside is not told here"


async def test_members_come_to_who_asks_for_them(teams: Tenant) -> None:
    rows, _ = await passed(await teams.app(), "/groups/delta?$select=displayName")
    assert len(rows) == 5 and all("members@delta" not in row for row in rows)


async def test_replays_pieces_and_old_members(teams: Tenant) -> None:
    app, fay, maya = await teams.app(), teams.id("Fay Wong"), teams.id("Maya Ortiz")
    await teams.fake.leave_group(maya, "Mio users")
    teams.switch(mean=True)
    rows, after = await passed(app, ONE_GROUP)
    assert len(rows) == 2 and {row["id"] for row in rows} == {USERS}, "one group in two pieces"
    assert moved(rows)[-1] == (maya, True), "who left before comes in the first pass"
    await teams.fake.join_group(fay, "Mio users")
    assert moved((await passed(app, after))[0]) == [(fay, False)] * 2
    await teams.fake.change(fay, name="Fay Wu")
    _, latest = await passed(app, "/users/delta?$deltatoken=latest")
    await teams.fake.change(fay, name="Fay Wong")
    assert [row["displayName"] for row in (await passed(app, latest))[0]] == ["Fay Wong"] * 2


# -- guests -------------------------------------------------------------------------------------


async def test_a_guest_is_invited_accepts_and_signs_in(teams: Tenant) -> None:
    app = await inviting(teams)
    made = await app.post("/invitations", invitation())
    assert (made.status, made.body["status"]) == (201, "PendingAcceptance") and made.body["inviteRedeemUrl"]
    guest = made.body["invitedUser"]["id"]
    shown = (await app.get(f"/users/{guest}?$select=userType,externalUserState,userPrincipalName")).body
    assert (shown["userType"], shown["externalUserState"]) == ("Guest", "PendingAcceptance")
    assert shown["userPrincipalName"] == "carla_partner.example#EXT#@acme.example"
    assert (await teams.allow(guest))["status"] == "400", "not before the invitation is accepted"
    await teams.fake.accept(guest)
    again = await app.post("/invitations", invitation())
    assert (again.body["invitedUser"]["id"], again.body["status"]) == (guest, "Completed")
    with pytest.raises(Bad, match="no open invitation"):
        await teams.fake.accept(guest)
    carla = await teams.person("Carla Cruz")
    assert (await carla.get("/me")).body["id"] == guest
    ann = await teams.person("Ann Lee")
    assert (await ann.post("/chats", teams.pair("Ann Lee", "Carla Cruz"))).status == 400
    assert (await ann.post("/chats", teams.pair("Ann Lee", "Carla Cruz", "guest"))).status == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"inviteRedirectUrl": None}, 400),
        ({"invitedUserEmailAddress": "nobody"}, 400),
        ({"invitedUserEmailAddress": "ann@acme.example"}, 400),
        ({"invitedUserEmailAddress": "x@blocked.example"}, 403),
        ({"color": "red"}, 400),
    ],
)
async def test_who_cannot_be_invited(teams: Tenant, change: dict[str, Any], status: int) -> None:
    app = await inviting(teams)
    teams.fake.guests.blocked_domains.add("blocked.example")
    assert (await app.post("/invitations", invitation(**change))).status == status


async def test_inviting_needs_its_permission_and_a_tenant_that_lets(teams: Tenant) -> None:
    assert (await (await teams.app()).post("/invitations", invitation())).status == 403
    app = await inviting(teams)
    teams.fake.guests.allowed = False
    assert (await app.post("/invitations", invitation())).status == 403


async def test_deleted_for_thirty_days(teams: Tenant) -> None:
    app, gail = await inviting(teams), teams.id("Gail Guest")
    back = f"/directory/deletedItems/{gail}/restore"
    assert (await app.post(back)).status == 404
    assert (await app.delete(f"/users/{gail}")).status == 204
    assert (await app.get(f"/users/{gail}")).status == 404 == (await app.delete(f"/users/{gail}")).status
    assert (await app.post(back)).status == 200 == (await app.get(f"/users/{gail}")).status
    await app.delete(f"/users/{gail}")
    teams.later(31 * DAY)
    assert (await (await teams.app()).post(back)).status == 404
    maya = teams.id("Maya Ortiz")
    assert (await (await teams.app()).delete(f"/users/{maya}")).code == "Authorization_RequestDenied"


async def test_people_of_another_tenant_chat_but_are_not_in_the_directory(teams: Tenant) -> None:
    ann, _ = await teams.subscribed("Ann Lee")
    pat = await teams.fake.outsider("Pat Partner", "pat@partner.example")
    native = await teams.fake.say(pat, teams.id("Ann Lee"), "hello")
    assert (await (await teams.app()).get(f"/users/{pat}")).status == 404
    [chat] = (await ann.get("/me/chats")).body["value"]
    said = (await ann.get(f"/chats/{coded(chat['id'])}/messages/{native}")).body["from"]["user"]
    assert (said["userIdentityType"], said["id"]) == ("federatedUser", pat)
    assert (await teams.allow(pat))["status"] == "400"
