"""The directory: who is imported as what, and paging."""

from typing import Any

import pytest

from bot.ids import AccountId
from bot.people import Account, Kind
from bot.platform import NotAuthorised
from platforms.slack.members import account_of
from platforms.slack.send import Slack

ANN = AccountId("slack:T0ACME:U0ANNA")
USER: dict[str, Any] = {
    "id": "U0ANNA",
    "team_id": "T0ACME",
    "name": "ann",
    "deleted": False,
    "real_name": "Ann Lee",
    "tz": "Europe/Madrid",
    "profile": {"display_name": "annie", "real_name": "Ann Lee", "email": " Ann@ACME.example ", "team": "T0ACME"},
    "is_email_confirmed": True,
}
Asked = list[tuple[str, dict[str, Any]]]


def test_a_member_is_an_account() -> None:
    plain = Account(ANN, "Ann Lee", "ann@acme.example", Kind.MEMBER, False, True, "Europe/Madrid")
    assert account_of(USER, "T0ACME") == plain


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"is_admin": True}, "admin", True),
        ({"is_owner": True}, "admin", True),
        ({"is_primary_owner": True}, "admin", True),
        ({"is_restricted": True}, "kind", Kind.GUEST),
        ({"is_ultra_restricted": True}, "kind", Kind.GUEST),
        ({"is_bot": True}, "kind", Kind.BOT),
        ({"is_app_user": True}, "kind", Kind.MEMBER),
        ({"deleted": True}, "active", False),
        ({"is_email_confirmed": False}, "email", None),
        ({"profile": {}}, "email", None),
        ({"profile": {}, "real_name": ""}, "name", "ann"),
        ({"tz": None}, "time_zone", None),
    ],
)
def test_what_the_flags_mean(change: dict[str, Any], field: str, value: object) -> None:
    account = account_of({**USER, **change}, "T0ACME")
    assert account is not None and getattr(account, field) == value


@pytest.mark.parametrize("change", [{"id": "USLACKBOT"}, {"is_stranger": True}, {"id": ""}, {"id": None}])
def test_who_is_no_member(change: dict[str, Any]) -> None:
    assert account_of({**USER, **change}, "T0ACME") is None


async def test_pages_follow_the_cursor(slack: Slack, answers: dict[str, list[Any]], asked: Asked) -> None:
    answers["users.list"] = [
        {"members": [USER, {"id": "USLACKBOT"}], "response_metadata": {"next_cursor": "more"}},
        {"members": [], "response_metadata": {"next_cursor": ""}},
    ]
    first = await slack.members(None, None)
    assert [account.id for account in first.accounts] == [ANN]
    assert first.cursor == "more"
    assert (await slack.members(None, "more")).cursor is None
    pages = [args for method, args in asked if method == "users.list"]
    assert [(args["limit"], args["cursor"]) for args in pages] == [("200", ""), ("200", "more")]
    assert {args["type"] for args in pages} == {"application/x-www-form-urlencoded"}


async def test_one_member_or_none(slack: Slack, answers: dict[str, list[Any]]) -> None:
    answers["users.info"] = [
        {"user": USER},
        {"ok": False, "error": "user_not_found"},
        {"ok": False, "error": "invalid_auth"},
    ]
    found = await slack.member("U0ANNA")
    assert found is not None and found.id == ANN
    assert await slack.member("U0NOBODY") is None
    with pytest.raises(NotAuthorised):
        await slack.member("U0ANNA")
