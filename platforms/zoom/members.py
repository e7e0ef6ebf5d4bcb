"""Zoom's directory: pages of active users, one user, and who is an administrator there."""

from typing import Any
from urllib.parse import quote

from bot.people import Account, Kind
from bot.platform import Gone, NotAuthorised, Refused
from bot.ready import Listed
from platforms.zoom.answers import NoUser
from platforms.zoom.api import LIGHT, Api

PAGE = 200
ADMINS = {"owner", "admin"}
USUAL = {"0": "Owner", "1": "Admin"}
"""Ids of the two system roles, as they have long been; the account's own list wins."""


def account_of(api: Api, user: dict[str, Any]) -> Account | None:
    """A user as an account; None while pending (no id yet)."""
    native = user.get("id")
    if not isinstance(native, str) or not native:
        return None
    name = user.get("display_name") or f"{user.get('first_name', '')} {user.get('last_name', '')}".strip()
    email = user.get("email")
    verified = user.get("verified", 1) not in (0, False)
    roles = (user.get("role_name"), (api.roles or USUAL).get(str(user.get("role_id"))))
    return Account(
        id=api.account(native),
        name=str(name or email or native)[:200],
        email=str(email).strip().lower() if email and verified else None,
        kind=Kind.MEMBER,
        admin=any(str(role).lower() in ADMINS for role in roles),
        active=user.get("status", "active") == "active",
        time_zone=str(user["timezone"]) if user.get("timezone") else None,
        address=str(user.get("jid") or f"{native}@xmpp.zoom.us").lower(),
    )


async def learn_roles(api: Api) -> None:
    """Read the account's roles, once. Without the right to, or where none has the usual name, the usual ids count."""
    if api.roles is not None:
        return
    try:
        found = await api.directory("GET", "/roles")
    except (Refused, Gone, NotAuthorised):
        found = {}
    roles = {str(role.get("id")): str(role.get("name")) for role in found.get("roles") or ()}
    api.roles = roles if ADMINS & {name.lower() for name in roles.values()} else USUAL


async def lookup(api: Api, user: str) -> Account | None:
    """One user as Zoom knows them now; None when it does not. Any other refusal says nothing about the user."""
    if not user:
        return None
    try:
        found = await api.directory("GET", f"/users/{quote(user, safe='')}", label=LIGHT)
    except NoUser:
        return None
    await learn_roles(api)
    return account_of(api, found)


async def page(api: Api, cursor: str | None) -> Listed:
    """A page of active users. A page token lives 15 minutes; an expired one restarts the listing."""
    query = {"status": "active", "page_size": str(PAGE)}
    try:
        found = await _page(api, {**query, "next_page_token": cursor} if cursor else query)
    except Refused as refused:
        if cursor is None or not str(refused).endswith(": 400/300"):
            raise
        found = await _page(api, query)
    await learn_roles(api)
    accounts = [account_of(api, user) for user in found.get("users") or ()]
    return Listed(tuple(a for a in accounts if a is not None), found.get("next_page_token") or None)


async def _page(api: Api, query: dict[str, str]) -> Any:
    return await api.directory("GET", "/users", params=query)
