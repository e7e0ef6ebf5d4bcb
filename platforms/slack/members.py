"""Slack's directory: pages of members, one member, and the scopes the app asks for."""

from typing import Any

from bot.ids import account_id
from bot.people import Account, Kind
from bot.platform import Gone, Refused
from bot.ready import Listed
from platforms.slack.api import SLACK, Api

PAGE = 200
BOT_SCOPES = (
    "chat:write",
    "commands",
    "im:history",
    "im:write",
    "users:read",
    "users:read.email",
)
USER_SCOPES = ("chat:write", "im:history", "im:read", "im:write", "users:read")


def account_of(user: dict[str, Any], team: str) -> Account | None:
    """A member as an account; None for what is no account of this workspace."""
    native = user.get("id")
    if not isinstance(native, str) or not native or native == "USLACKBOT" or user.get("is_stranger"):
        return None
    profile = user.get("profile") or {}
    email = profile.get("email") if user.get("is_email_confirmed", True) else None
    guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    return Account(
        id=account_id(SLACK, str(user.get("team_id") or team), native),
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or native)[:200],
        email=str(email).strip().lower() if email else None,
        # is_app_user says that somebody authorised this very app; it makes no bot of them.
        kind=Kind.BOT if user.get("is_bot") else Kind.GUEST if guest else Kind.MEMBER,
        admin=bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")),
        active=not user.get("deleted", False),
        time_zone=str(user["tz"]) if user.get("tz") else None,
    )


async def lookup(api: Api, team: str, user: str) -> Account | None:
    """One member as Slack knows it now; None when it does not."""
    try:
        found = await api.bot("users.info", user=user)
    except (Refused, Gone):
        return None
    return account_of(found.get("user") or {}, team)


async def page(api: Api, cursor: str | None) -> Listed:
    """A page of ``users.list``."""
    team = (await api.identity()).team
    found = await api.bot("users.list", limit=PAGE, cursor=cursor or "")
    accounts = [account_of(user, team) for user in found.get("members") or ()]
    after = (found.get("response_metadata") or {}).get("next_cursor") or None
    return Listed(tuple(a for a in accounts if a is not None), after)
