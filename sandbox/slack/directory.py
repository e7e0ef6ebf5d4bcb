"""Slack's directory: users.list, users.info, users.lookupByEmail, team.info. Reads only.

Source: docs.slack.dev/reference/methods/users.list – 200 a page are recommended, without a limit the call may fail.
"""

from typing import Any

from sandbox.core import Core, Params
from sandbox.slack.events import TEAM
from sandbox.slack.tokens import SlackFault, Token
from sandbox.world import COMPANY, Account

MOST = 1_000
SLACKBOT = Account("slack", "USLACKBOT", "Slackbot", "", bot=True)


def user_shape(account: Account, with_email: bool) -> dict[str, Any]:
    """A user object; the e-mail only with the scope for it."""
    email = {"email": account.email} if with_email and account.email else {}
    return {
        "id": account.id,
        "team_id": TEAM,
        "name": account.name.split()[0].lower(),
        "deleted": not account.active,
        "real_name": account.name,
        "tz": account.zone,
        "profile": {"display_name": "", "real_name": account.name, "team": TEAM, **email},
        "is_admin": account.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": account.guest,
        "is_ultra_restricted": False,
        "is_bot": account.bot,
        "is_app_user": False,
        "is_email_confirmed": not account.bot,
        "updated": 1_736_000_000,
    }


class Directory:
    def __init__(self, core: Core) -> None:
        self.core = core

    def account(self, user: str) -> Account:
        found = self.core.world.accounts["slack"].get(user)
        if found is None:
            raise SlackFault("user_not_found")
        return found

    def _shape(self, account: Account, token: Token) -> dict[str, Any]:
        shape = user_shape(account, token.has("users:read.email"))
        return {**shape, "is_bot": False} if account is SLACKBOT and self.core.faults["slack"].mean else shape

    def team_info(self, token: Token, args: Params) -> dict[str, Any]:
        return {"team": {"id": TEAM, "name": COMPANY, "domain": COMPANY.lower()}}

    def users_list(self, token: Token, args: Params) -> dict[str, Any]:
        limit = int(args.get("limit") or 0)
        everybody = [*self.core.world.accounts["slack"].values(), SLACKBOT]
        if limit <= 0 and len(everybody) > MOST:
            raise SlackFault("limit_required")
        limit = min(limit if limit > 0 else MOST, MOST)
        start = _cursor(str(args.get("cursor") or ""))
        page = everybody[start : start + limit]
        more = f"user:{start + limit}" if start + limit < len(everybody) else ""
        members = [self._shape(a, token) for a in page]
        cached = int(self.core.clock.seconds())
        return {"members": members, "cache_ts": cached, "response_metadata": {"next_cursor": more}}

    def users_info(self, token: Token, args: Params) -> dict[str, Any]:
        user = str(args.get("user", ""))
        return {"user": self._shape(SLACKBOT if user == SLACKBOT.id else self.account(user), token)}

    def users_lookup(self, token: Token, args: Params) -> dict[str, Any]:
        account = self.core.world.emails["slack"].get(str(args.get("email", "")).strip().lower())
        if account is None or not account.active:
            raise SlackFault("users_not_found")
        return {"user": user_shape(account, True)}


def _cursor(cursor: str) -> int:
    number = cursor.removeprefix("user:") if cursor else "0"
    if not number.isdecimal():
        raise SlackFault("invalid_cursor")
    return int(number)
