"""The directory: who is imported as what, who administers, and paging."""

from typing import Any

import pytest
from vendor_server import Answers, Asked, Purse, refusal

from bot.ids import AccountId
from bot.people import Account, Kind
from bot.platform import NotAuthorised, Refused, TryLater
from platforms.zoom.members import account_of
from platforms.zoom.send import Zoom

ANN = AccountId("zoom:ACCT-ACME:AnnLee01")
USER: dict[str, Any] = {
    "id": "AnnLee01",
    "email": " Ann@ACME.example ",
    "first_name": "Ann",
    "last_name": "Lee",
    "display_name": "Annie Lee",
    "type": 2,
    "status": "active",
    "role_id": "2",
    "verified": 1,
    "timezone": "Europe/Madrid",
}


def test_a_user_is_an_account(zoom: Zoom) -> None:
    plain = Account(ANN, "Annie Lee", "ann@acme.example", Kind.MEMBER, False, True, "Europe/Madrid")
    account = account_of(zoom.api, USER)
    assert account is not None and account.address == "annlee01@xmpp.zoom.us"
    assert (
        Account(*(getattr(account, name) for name in ("id", "name", "email", "kind", "admin", "active", "time_zone")))
        == plain
    )


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"role_name": "Owner"}, "admin", True),
        ({"role_name": "Admin", "role_id": "x9"}, "admin", True),
        ({"role_id": "0"}, "admin", True),
        ({"role_id": 1}, "admin", True),
        ({"role_name": "Admin of phones", "role_id": "x9"}, "admin", False),
        ({"status": "inactive"}, "active", False),
        ({"status": "pending"}, "active", False),
        ({"verified": 0}, "email", None),
        ({"email": ""}, "email", None),
        ({"display_name": ""}, "name", "Ann Lee"),
        ({"display_name": "", "first_name": "", "last_name": ""}, "name", " Ann@ACME.example "),
        ({"timezone": ""}, "time_zone", None),
        ({"jid": "Own01@xmpp.zoom.us"}, "address", "own01@xmpp.zoom.us"),
    ],
)
def test_what_the_fields_mean(zoom: Zoom, change: dict[str, Any], field: str, value: object) -> None:
    account = account_of(zoom.api, {**USER, **change})
    assert account is not None and getattr(account, field) == value


@pytest.mark.parametrize("native", [None, "", 7])
def test_who_is_pending_has_no_id_and_is_no_account(zoom: Zoom, native: object) -> None:
    assert account_of(zoom.api, {**USER, "id": native}) is None


# -- who administers -----------------------------------------------------------------------------


async def test_the_accounts_own_roles_say_who_administers(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    answers["GET /roles"] = [{"roles": [{"id": "1", "name": "Member"}, {"id": "Rq7", "name": "Admin"}]}]
    answers["GET /users/AnnLee01"] = [{**USER, "role_id": "1"}, {**USER, "role_id": "Rq7"}]
    admins = [account.admin for _ in range(2) if (account := await zoom.member("AnnLee01"))]
    assert admins == [False, True]
    assert [name for name, _ in asked].count("GET /roles") == 1, "they are read once"


@pytest.mark.parametrize(
    "roles", [refusal(400, 4700), refusal(403, 403), {"roles": [{"id": "0", "name": "Propietario"}]}, {"roles": []}]
)
async def test_without_readable_roles_the_usual_ids_count(
    zoom: Zoom, answers: Answers, asked: Asked, roles: Any
) -> None:
    answers["GET /roles"] = [roles]
    answers["GET /users/AnnLee01"] = [{**USER, "role_id": "0"}]
    for _ in range(2):
        account = await zoom.member("AnnLee01")
        assert account is not None and account.admin
    assert [name for name, _ in asked].count("GET /roles") == 1


# -- pages and single members --------------------------------------------------------------------


async def test_pages_keep_their_parameters(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    answers["GET /users"] = [
        {"users": [USER, {"email": "nora@acme.example", "type": 1}], "next_page_token": "more"},
        {"users": [], "next_page_token": ""},
    ]
    first = await zoom.members(None, None)
    assert [account.id for account in first.accounts] == [ANN], "nobody without an id"
    assert first.cursor == "more"
    assert (await zoom.members(None, "more")).cursor is None
    pages = [args for name, args in asked if name == "GET /users"]
    assert [(args["status"], args["page_size"], args.get("next_page_token")) for args in pages] == [
        ("active", "200", None),
        ("active", "200", "more"),
    ]


async def test_an_expired_page_token_restarts_the_listing(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    answers["GET /users"] = [refusal(400, 300), {"users": [USER], "next_page_token": "again"}]
    assert (await zoom.members(None, "old")).cursor == "again"
    assert [args.get("next_page_token") for name, args in asked if name == "GET /users"] == ["old", None]


@pytest.mark.parametrize(("cursor", "code"), [(None, 300), ("old", 200)])
async def test_another_refusal_is_not_an_empty_directory(
    zoom: Zoom, answers: Answers, cursor: str | None, code: int
) -> None:
    answers["GET /users"] = [refusal(400, code)]
    with pytest.raises(Refused):
        await zoom.members(None, cursor)


async def test_one_member_or_none(zoom: Zoom, answers: Answers) -> None:
    answers["GET /users/AnnLee01"] = [USER, refusal(404, 1001), refusal(400, 4700), refusal(400, 200)]
    found = await zoom.member("AnnLee01")
    assert found is not None and found.id == ANN
    assert await zoom.member("AnnLee01") is None
    with pytest.raises(NotAuthorised):
        await zoom.member("AnnLee01")
    with pytest.raises(Refused):
        await zoom.member("AnnLee01")


async def test_nobody_is_not_everybody(zoom: Zoom, asked: Asked) -> None:
    assert await zoom.member("") is None
    assert asked == []


async def test_an_id_cannot_become_another_address(zoom: Zoom, asked: Asked) -> None:
    with pytest.raises(Refused):
        await zoom.member("a/b?c")
    assert asked[0][0] == "GET /users/a/b?c", "one decoded path, no query"
    assert "c" not in asked[0][1]


# -- whose token ---------------------------------------------------------------------------------


async def test_before_app_a_is_authorised_nothing_is_called(zoom: Zoom, purse: Purse, asked: Asked) -> None:
    purse.installed_token = None
    with pytest.raises(NotAuthorised):
        await zoom.members(None, None)
    assert asked == []


async def test_a_server_to_server_app_reads_the_directory(s2s: Zoom, answers: Answers, asked: Asked) -> None:
    answers["GET /users"] = [{"users": [USER]}]
    await s2s.members(None, None)
    name, args = asked[0]
    assert (name, args["grant_type"], args["account_id"]) == ("POST oauth/token", "account_credentials", "ACCT-ACME")
    assert args["key"] == "Basic YXBwLWM6aHVzaC1j"
    assert {args["key"] for name, args in asked[1:]} == {"Bearer tok-app"}
    assert len([name for name, _ in asked if name == "POST oauth/token"]) == 1


async def test_a_server_to_server_token_refused_twice_is_the_administrators_matter(s2s: Zoom, answers: Answers) -> None:
    answers["POST oauth/token"] = [{"access_token": f"tok-{n}", "expires_in": 3_599} for n in range(3)]
    answers["GET /users"] = [refusal(401, 124)]
    with pytest.raises(TryLater):
        await s2s.members(None, None)
    with pytest.raises(NotAuthorised) as lost:
        await s2s.members(None, None)
    assert lost.value.account is None
