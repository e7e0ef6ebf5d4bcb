"""People, roles, teams, rooms: who sees what with which token."""

from typing import Any

import pytest
from listener import Listener
from webex_org import ADMIN_SCOPES, Org, organisation

from sandbox.webex.ids import ADMIN_ROLE, abroad, parse


def names(items: list[dict[str, Any]]) -> set[str]:
    return {item["displayName"] for item in items}


async def test_an_administrator_lists_everybody_in_pages(webex: Org) -> None:
    maya = webex.person("Maya Ortiz", ADMIN_SCOPES)
    first = await maya.get("people", max="5")
    assert len(first.items) == 5 and first.next.startswith(f"{webex.running.url}/webex/v1/people?")
    everybody = await maya.all("people", max="5")
    assert len(everybody) == len(names(everybody))
    assert {"Maya Ortiz", "Ann Lee", "Otto Gone", "Ina Invited", "Vic Visitor", "Build Robot"} <= names(everybody)
    assert not {"Dana Ruiz", "Pat Stone", "Gail Guest"} & names(everybody), (
        "Dana and Pat live elsewhere, Gail is foreign"
    )


async def test_what_an_import_must_tell_apart(webex: Org) -> None:
    everybody = {p["displayName"]: p for p in await webex.person("Maya Ortiz", ADMIN_SCOPES).all("people")}
    ann, otto = everybody["Ann Lee"], everybody["Otto Gone"]
    assert (ann["type"], ann["loginEnabled"], ann["invitePending"]) == ("person", True, False)
    assert ann["emails"] == ["ann@acme.example"] and ann["licenses"] == [] and ann["roles"] == []
    assert otto["loginEnabled"] is False and everybody["Ina Invited"]["invitePending"] is True
    assert everybody["Vic Visitor"]["type"] == "appuser" and everybody["Build Robot"]["type"] == "bot"
    webex.switch(mean=True)
    later = {p["displayName"]: p for p in await webex.person("Maya Ortiz", ADMIN_SCOPES).all("people")}
    assert (later["Ann Lee"]["loginEnabled"], later["Ina Invited"]["invitePending"]) == ("true", "true")
    assert "Otto Gone" not in later, "deleted, not only shut"


@pytest.mark.parametrize("who", ["bot", "Ann Lee", "Maya Ortiz"])
async def test_others_search_by_address_or_name(webex: Org, who: str) -> None:
    """Also an administrator whose token lacks the administrator's scope."""
    client = webex.bot if who == "bot" else webex.person(who)
    assert (await client.get("people")).status == 400
    assert names((await client.get("people", email="BOB@acme.example")).items) == {"Bob Kim"}
    assert names((await client.get("people", displayName="bo")).items) == {"Bob Kim"}
    assert (await client.get("people", email="gail@partner.example")).items == [], "another organisation's"
    assert (await client.get("people", roles=ADMIN_ROLE)).status in (400, 403)


async def test_a_foreigner_searches_among_their_own(webex: Org) -> None:
    gail, ann = webex.person("Gail Guest"), webex.id("Ann Lee")
    assert names((await gail.get("people", displayName="g")).items) == {"Gail Guest"}
    assert (await gail.get("people", email="ann@acme.example")).items == []
    seen, own = (await gail.get(f"people/{ann}")).body, (await gail.get("people/me")).body
    assert "status" not in seen and seen["orgId"] != own["orgId"]


async def test_only_administrators_see_roles_and_logins(webex: Org) -> None:
    maya = webex.id("Maya Ortiz")
    for client in (webex.bot, webex.person("Ann Lee")):
        seen = (await client.get(f"people/{maya}")).body
        assert not {"roles", "licenses", "loginEnabled", "invitePending"} & set(seen)
    own = (await webex.person("Maya Ortiz").get("people/me")).body
    assert own["roles"] == [ADMIN_ROLE] and parse(own["roles"][0]) == ("us", "ROLE", "id_full_admin")
    webex.switch(mean=True)
    assert "roles" not in (await webex.person("Maya Ortiz").get("people/me")).body
    assert (await webex.person("Maya Ortiz", ADMIN_SCOPES).get("people/me")).body["roles"] == [ADMIN_ROLE]


async def test_people_by_ids(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    found = await webex.person("Maya Ortiz", ADMIN_SCOPES).get("people", id=f"{ann},{abroad(bob)},nobody")
    assert names(found.items) == {"Ann Lee", "Bob Kim"} and found.body["notFoundIds"] == ["nobody"]
    assert not any("roles" in p or "status" in p for p in found.items)
    assert (await webex.bot.get("people", id=",".join([ann] * 86))).status == 400
    assert (await webex.bot.get("people/nobody")).status == 404


async def test_presence_is_left_out_on_request(webex: Org) -> None:
    found = await webex.bot.get("people", email="ann@acme.example", excludeStatus="true")
    assert "status" not in found.items[0]
    assert (await webex.bot.get("people", email="ann@acme.example")).items[0]["status"] == "active"


async def test_roles_and_the_organisation_are_an_administrators(webex: Org) -> None:
    maya, ann = webex.person("Maya Ortiz", ADMIN_SCOPES), webex.person("Ann Lee", ADMIN_SCOPES)
    roles = (await maya.get("roles")).items
    assert {"id": ADMIN_ROLE, "name": "Full Administrator"} in roles
    assert (await maya.get(f"roles/{ADMIN_ROLE}")).body["name"] == "Full Administrator"
    me = (await maya.get("people/me")).body
    assert (await maya.get(f"organizations/{me['orgId']}")).body["displayName"] == "Acme"
    assert (await maya.get("organizations")).items[0]["id"] == me["orgId"]
    for path in ("roles", "organizations", f"roles/{ADMIN_ROLE}"):
        assert (await ann.get(path)).status == 403, "the scope alone makes no administrator"


async def test_teams_are_the_token_owners_own(webex: Org) -> None:
    maya = webex.person("Maya Ortiz", ADMIN_SCOPES)
    teams = {t["name"]: t for t in (await maya.get("teams")).items}
    assert set(teams) == {"Everybody", "Sales", "Support"}, "the choir sings without Maya"
    ann = {t["name"]: t for t in (await webex.person("Ann Lee", ADMIN_SCOPES).get("teams")).items}
    assert "Choir" in ann
    assert (await maya.get(f"teams/{ann['Choir']['id']}")).status == 404
    assert (await maya.get("team/memberships", teamId=ann["Choir"]["id"])).status == 404
    members = await maya.all("team/memberships", teamId=teams["Everybody"]["id"], max="3")
    assert len(members) == 11 and {m["personEmail"] for m in members} >= {"ann@acme.example", "otto@acme.example"}
    [boss] = [m for m in members if m["isModerator"]]
    assert (boss["personDisplayName"], boss["personId"]) == ("Maya Ortiz", webex.id("Maya Ortiz"))
    assert (await maya.get("team/memberships")).status == 400
    assert (await webex.bot.get("teams")).items == []


async def test_long_lists_may_be_cut_short_and_have_holes(bot: Listener) -> None:
    async with organisation(bot, people=150) as webex:
        maya = webex.person("Maya Ortiz", ADMIN_SCOPES)
        assert len((await maya.get("people", max="1000")).items) > 100
        everybody = await maya.all("people", max="1000")
        webex.switch(mean=True)
        first = await maya.get("people", max="1000")
        hole = await maya.get(first.next)
        assert len(first.items) == 100 and hole.items == [] and hole.next
        again = await maya.all("people", max="1000")
        assert names(again) == names(everybody) - {"Otto Gone"}, "nobody is lost behind the empty page"


@pytest.mark.parametrize("query", [{"max": "0"}, {"max": "many"}, {"cursor": "rubbish"}])
async def test_pages_that_are_none(webex: Org, query: dict[str, str]) -> None:
    assert (await webex.bot.get("people", email="ann@acme.example", **query)).status == 400


async def test_rooms_and_memberships_of_a_conversation(webex: Org) -> None:
    ann, bob, bot = webex.person("Ann Lee"), webex.person("Bob Kim"), webex.bot
    room = (await ann.post("messages", toPersonId=webex.id("Bob Kim"), text="hi")).body["roomId"]
    await bot.post("messages", toPersonEmail="ann@acme.example", text="later")
    rooms = (await ann.get("rooms", type="direct", sortBy="lastactivity")).items
    assert [r["title"] for r in rooms] == ["Mio", "Bob Kim"]
    assert (await bob.get(f"rooms/{room}")).body["title"] == "Ann Lee"
    assert (await bot.get(f"rooms/{room}")).status == 404
    members = (await ann.get("memberships", roomId=room)).items
    assert {m["personEmail"] for m in members} == {"ann@acme.example", "bob@acme.example"}
    [him] = (await ann.get("memberships", roomId=room, personEmail="bob@acme.example")).items
    assert (await ann.get(f"memberships/{him['id']}")).body == him
    assert (await bot.get("memberships", roomId=room)).status == 404
    assert (await ann.get("memberships", personEmail="bob@acme.example")).status == 400
    assert {m["personId"] for m in (await ann.get("memberships")).items} == {webex.id("Ann Lee")}
    assert (await ann.get("rooms", type="group")).items == []
    assert (await ann.get("rooms", max="1001")).status == 400
    assert (await ann.get("rooms", sortBy="size")).status == 400
    assert len(await ann.all("rooms", max="1")) == 2


async def test_people_come_change_and_go(webex: Org) -> None:
    maya = webex.person("Maya Ortiz", ADMIN_SCOPES)
    nora = await webex.fake.join("Nora New", "nora@acme.example")
    before = (await maya.get(f"people/{nora}")).body
    webex.running.core.clock.advance(60)
    await webex.fake.change(nora, name="Nora Newman")
    after = (await maya.get(f"people/{nora}")).body
    assert after["displayName"] == "Nora Newman" and after["lastModified"] > before["lastModified"]
    await webex.fake.deactivate(nora)
    assert (await maya.get(f"people/{nora}")).body["loginEnabled"] is False
    webex.switch(mean=True)
    assert (await maya.get(f"people/{nora}")).status == 404
