"""Zoom's directory: users, one user, permissions, roles. Reads only.

Source: developers.zoom.us/docs/api/users and /accounts. Ids are case-sensitive; people who were invited and have not
accepted are listed without one.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.core import Core
from sandbox.world import Account
from sandbox.zoom.pages import Pages, invalid, size
from sandbox.zoom.tokens import ACCOUNT, Token, ZoomFault

ROLES = {"0": "Owner", "1": "Admin", "2": "Member"}
STATUSES = ("active", "inactive", "pending")
PAGE, OLDER_PAGE = 2_000, 300


def status(account: Account) -> str:
    if account.active:
        return "active"
    return "pending" if account.extra.get("pending") else "inactive"


def user_shape(account: Account, whole: bool = False) -> dict[str, Any]:
    """A row of a listing; ``whole``: what one user's own page adds."""
    first, _, last = account.name.partition(" ")
    role = "1" if account.admin else "2"
    found: dict[str, Any] = {
        "id": account.id,
        "email": account.email,
        "first_name": first,
        "last_name": last,
        "display_name": account.name,
        "type": 2,
        "status": status(account),
        "role_id": role,
        "verified": 1,
        "timezone": account.zone,
        "created_at": "2025-01-01T00:00:00Z",
    }
    if whole:
        found |= {"role_name": ROLES[role], "account_id": ACCOUNT, "jid": account.extra["jid"], "login_types": [100]}
    elif status(account) == "pending":
        del found["id"]
    return found


class Directory:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.pages = Pages(core)
        self._by_member: dict[str, str] = {}
        self._by_jid: dict[str, str] = {}

    def known(self, account: Account) -> None:
        """An account can be found by its member id and its JID from now on."""
        self._by_member[account.extra["member"]] = account.id
        self._by_jid[account.extra["jid"]] = account.id

    def contact(self, wanted: str) -> Account:
        """By e-mail, user id or member id, whatever account it belongs to. Raises 404/1001."""
        found = self._found(wanted) or self.core.world.accounts["zoom"].get(self._by_member.get(wanted, ""))
        if found is None or found.bot or not found.active:
            raise ZoomFault(404, 1001, f"User does not exist: {wanted}.")
        return found

    def by_jid(self, jid: str) -> Account | None:
        return self.core.world.accounts["zoom"].get(self._by_jid.get(jid, ""))

    def _found(self, wanted: str) -> Account | None:
        world = self.core.world
        return world.accounts["zoom"].get(wanted) or world.emails["zoom"].get(wanted.lower())

    def _one(self, wanted: str, token: Token) -> Account:
        """The user a path names: id or e-mail, or ``me`` for the one who authorised."""
        if wanted == "me":
            if not token.user:
                raise ZoomFault(400, 300, "This API does not support client credentials for me.")
            wanted = token.user
        elif token.app == "B":
            raise ZoomFault(401, 124, "Invalid access token.")
        found = self._found(wanted)
        if found is None or found.bot or found.guest:
            raise ZoomFault(404, 1001, f"User does not exist: {wanted}.")
        return found

    # -- methods ---------------------------------------------------------------------------------

    def users(self, query: Mapping[str, str]) -> dict[str, Any]:
        wanted = query.get("status") or "active"
        if wanted not in STATUSES:
            raise invalid("status", f"must be one of {', '.join(STATUSES)}")
        everybody = [
            a
            for a in self.core.world.accounts["zoom"].values()
            if not a.bot and not a.guest and status(a) == wanted and query.get("role_id", _role(a)) == _role(a)
        ]
        most = min(size(query, 30, PAGE), OLDER_PAGE if self.core.faults["zoom"].mean else PAGE)
        start = self.pages.start("users", query)
        return {
            "page_size": most,
            "page_number": start // most + 1,
            "page_count": -(-len(everybody) // most),
            "total_records": len(everybody),
            "next_page_token": self.pages.next("users", query, start + most, len(everybody)),
            "users": [user_shape(a) for a in everybody[start : start + most]],
        }

    def user(self, wanted: str, token: Token) -> dict[str, Any]:
        return user_shape(self._one(wanted, token), whole=True)

    def permissions(self, wanted: str, token: Token) -> dict[str, Any]:
        account = self._one(wanted, token)
        return {"permissions": ["User:Read", "User:Edit", "Role:Read"] if account.admin else []}

    def roles(self) -> dict[str, Any]:
        accounts = [a for a in self.core.world.accounts["zoom"].values() if not a.bot and not a.guest and a.active]
        counts = {role: sum(_role(a) == role for a in accounts) for role in ROLES}
        shown = [
            {"id": i, "name": n, "description": f"{n} of the account", "total_members": counts[i]}
            for i, n in ROLES.items()
        ]
        return {"roles": shown, "total_records": len(shown)}


def _role(account: Account) -> str:
    return "1" if account.admin else "2"
