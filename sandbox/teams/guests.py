"""Guests invited into the tenant, and accounts deleted into the bin and brought back.

Source: learn.microsoft.com/graph/api/invitation-post and user-delete. Signs nobody in.
"""

from typing import Any

from sandbox.client import Client
from sandbox.core import Core
from sandbox.teams.calls import Call, GraphFault, Lane, Reply, Route, bad, directory
from sandbox.teams.changes import Changes
from sandbox.teams.notify import Notify
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import TENANT, invited
from sandbox.world import Account, stable

INVITE, DELETE = ("User.Invite.All",), ("User.DeleteRestore.All",)
INVITING = Lane("invite", 150, 5.0)
FIELDS = {
    "invitedUserDisplayName",
    "invitedUserEmailAddress",
    "invitedUserMessageInfo",
    "invitedUserType",
    "inviteRedirectUrl",
    "resetRedemption",
    "sendInvitationMessage",
}
BIN_LIVES = 30 * 86_400


class Guests:
    def __init__(self, core: Core, client: Client, roster: Roster, changes: Changes, notify: Notify) -> None:
        self.core = core
        self.client = client
        self.roster = roster
        self.changes = changes
        self.notify = notify
        self.allowed = True
        """Whether the tenant lets anybody be invited."""
        self.blocked_domains: set[str] = set()

    def table(self) -> list[Route]:
        return [
            Route("POST", "/invitations", INVITE, INVITE, self.invite, INVITING),
            Route("DELETE", "/users/{user}", DELETE, DELETE, self.delete, directory(1)),
            Route("POST", "/directory/deletedItems/{user}/restore", DELETE, DELETE, self.restore, directory(1)),
        ]

    def invite(self, call: Call) -> Reply:
        """Who is a guest already is invited again under the same id."""
        body = call.object
        unknown, email = set(body) - FIELDS, body.get("invitedUserEmailAddress")
        if unknown:
            raise bad(f"The property '{min(unknown)}' does not exist on type 'microsoft.graph.invitation'.")
        if not isinstance(email, str) or "@" not in email.strip("@"):
            raise bad("The invited user email address is invalid.")
        if not str(body.get("inviteRedirectUrl") or "").startswith(("http://", "https://")):
            raise bad("inviteRedirectUrl is required.")
        if not self.allowed or email.partition("@")[2].lower() in self.blocked_domains:
            raise GraphFault(403, "Forbidden", "Guest invitations not allowed for your company.")
        account = self._guest(email, str(body.get("invitedUserDisplayName") or email))
        return Reply(201, self._shown(account, body))

    def _guest(self, email: str, name: str) -> Account:
        found = self.core.world.emails["teams"].get(email.lower())
        if found is not None and not found.guest:
            raise bad("The user you are inviting already exists in the directory as a member.")
        if found is not None and not found.extra.get("deleted"):
            return found
        account = invited(name, email)
        self.client.join(account, guest="pending")
        self.roster.add(account)
        self.changes.note("users", account.id)
        return account

    def _shown(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        redeem = f"https://login.microsoftonline.com/redeem?rd={stable('redeem', account.id)}&tenant={TENANT}"
        waits = account.extra.get("state") == "PendingAcceptance"
        return {
            "id": stable("invitation", account.id)[:32],
            "inviteRedeemUrl": redeem,
            "invitedUserDisplayName": account.name,
            "invitedUserEmailAddress": account.email,
            "invitedUserType": "Guest",
            "sendInvitationMessage": bool(body.get("sendInvitationMessage")),
            "inviteRedirectUrl": body["inviteRedirectUrl"],
            "status": "PendingAcceptance" if waits else "Completed",
            "invitedUser": {"id": account.id},
        }

    # -- the bin ---------------------------------------------------------------------------------

    def delete(self, call: Call) -> Reply:
        account = self.roster.user(call.args["user"])
        if account is None:
            raise _missing(call)
        if account.admin:
            raise GraphFault(403, "Authorization_RequestDenied", "Insufficient privileges to delete an administrator.")
        self.throw_away(account)
        return Reply(204)

    def throw_away(self, account: Account) -> None:
        """Gone from the directory, for 30 days not for ever."""
        self.roster.mark(account, deleted="changed", at=str(self.core.clock.seconds()))
        self.core.world.change(account, active=False)
        self.notify.end(account.id)
        self.changes.note("users", account.id)

    def restore(self, call: Call) -> Reply:
        account = self.core.world.accounts["teams"].get(call.args["user"])
        late = self.core.clock.seconds() - BIN_LIVES
        if account is None or not account.extra.get("deleted") or float(account.extra["at"]) < late:
            raise _missing(call)
        self.roster.mark(account, deleted="")
        self.core.world.change(account, active=True)
        self.changes.note("users", account.id)
        return Reply(200, {"@odata.type": "#microsoft.graph.user", "id": account.id, "displayName": account.name})


def _missing(call: Call) -> GraphFault:
    return GraphFault(404, "Request_ResourceNotFound", f"Resource '{call.args['user']}' does not exist.")
