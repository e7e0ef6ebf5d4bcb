"""Webex's people, roles, organisation, teams and team memberships. Reads only.

Who sees what: only administrators list everybody and see roles, licences and whether somebody may sign in; everybody
else, bots too, searches by e-mail or name within the organisation. Teams are those of the token's owner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.core import Core
from sandbox.webex.calls import Call, Reply, most, pages
from sandbox.webex.ids import ADMIN_ROLE, ORG, PARTNER, READ_ROLE, fixed, iso, native, parse
from sandbox.webex.tokens import Token, WebexFault
from sandbox.world import COMPANY, Account

MADE = 1_714_640_400.0
MOST_IDS, MEAN_PAGE = 85, 100
ADMIN_READS = "spark-admin:people_read"
NOT_FOUND = "The requested resource could not be found."
ROLES = {ADMIN_ROLE: "Full Administrator", READ_ROLE: "Read-only Administrator"}


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    members: tuple[str, ...]
    moderator: str


def org_of(account: Account) -> str:
    return PARTNER if account.guest else ORG


class Directory:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.teams: dict[str, Team] = {}

    @property
    def _mean(self) -> bool:
        return self.core.faults["webex"].mean

    # -- people ----------------------------------------------------------------------------------

    def account(self, person: str) -> Account:
        """Raises 404. With the mean profile whoever left is gone, not only shut out."""
        found = self.core.world.accounts["webex"].get(person)
        if found is None or (not found.active and self._mean):
            raise WebexFault(404, NOT_FOUND)
        return found

    def by_email(self, email: str) -> Account | None:
        found = self.core.world.emails["webex"].get(email.strip().lower())
        return None if found is None or (not found.active and self._mean) else found

    def invite(self, email: str) -> Account:
        """Somebody who has not answered the invitation yet."""
        account = Account("webex", fixed("PEOPLE", email), email, email, extra={"status": "pending"})
        self.core.world.add(account)
        self.core.keep.put("webex-joined", account.id, {"name": email, "email": email, "status": "pending"})
        return account

    def _org(self, token: Token) -> str:
        return org_of(self.core.world.accounts["webex"][token.user])

    def admin(self, token: Token) -> bool:
        """An administrator, as far as this token shows it."""
        account = self.core.world.accounts["webex"][token.user]
        return account.admin and (token.has(ADMIN_READS) or not self._mean)

    def person(self, token: Token, account: Account, status: bool = True, enriched: bool = True) -> dict[str, Any]:
        """``enriched``: with roles and licences, which a list by ids lacks even for administrators."""
        words, near = account.name.split(), org_of(account) == self._org(token)
        shape: dict[str, Any] = {
            "id": account.id,
            "emails": [account.email],
            "displayName": account.name,
            "nickName": words[0],
            "firstName": words[0],
            "lastName": words[-1],
            "orgId": org_of(account),
            "created": iso(MADE),
            "lastModified": account.extra.get("modified", iso(MADE)),
            "type": account.extra.get("type", "bot" if account.bot else "person"),
        }
        if status and near:
            shape["status"] = account.extra.get("status", "active" if account.active else "unknown")
        if self.admin(token) and near:
            pending = account.extra.get("status") == "pending"
            shape |= {"invitePending": self._flag(pending), "loginEnabled": self._flag(account.active)}
            if enriched:
                shape |= {"roles": [ADMIN_ROLE] if account.admin else [], "licenses": []}
        return shape

    def _flag(self, value: bool) -> Any:
        """The schema says string, the portal's samples say boolean."""
        return str(value).lower() if self._mean else value

    def me(self, call: Call) -> Reply:
        return Reply(self.person(call.token, self.account(call.token.user)))

    def get(self, call: Call) -> Reply:
        return Reply(self.person(call.token, self.account(call.id)))

    def listed(self, call: Call) -> Reply:
        query = call.query
        if query.get("id"):
            return self._by_ids(call, query["id"].split(","))
        if query.get("orgId", self._org(call.token)) != self._org(call.token):
            raise WebexFault(403, "Access to this organization is not allowed.")
        found = [a for a in self._everybody(call) if self._matches(a, call)]
        size = min(most(call, 100), MEAN_PAGE) if self._mean else most(call, 100)
        page, headers = pages(call, found, size, self._mean)
        status = query.get("excludeStatus") != "true"
        return Reply({"items": [self.person(call.token, a, status) for a in page]}, headers=headers)

    def _everybody(self, call: Call) -> Iterable[Account]:
        admin = self.admin(call.token) and call.token.has(ADMIN_READS)
        if not admin and not (call.query.get("email") or call.query.get("displayName")):
            raise WebexFault(400, "Email, displayName, or id list required.")
        if call.query.get("roles") and not admin:
            raise WebexFault(403, "Lookup by roles is for administrators only.")
        everybody = self.core.world.accounts["webex"].values()
        return [a for a in everybody if org_of(a) == self._org(call.token) and (a.active or not self._mean)]

    def _matches(self, account: Account, call: Call) -> bool:
        query = call.query
        if query.get("email") and account.email.lower() != query["email"].strip().lower():
            return False
        if query.get("roles") and not (account.admin and ADMIN_ROLE in query["roles"].split(",")):
            return False
        return account.name.lower().startswith(query.get("displayName", "").lower())

    def _by_ids(self, call: Call, wanted: list[str]) -> Reply:
        if len(wanted) > MOST_IDS:
            raise WebexFault(400, f"No more than {MOST_IDS} ids are allowed.")
        accounts, items, lost = self.core.world.accounts["webex"], [], []
        for person in wanted:
            account = accounts.get(person)
            if account is None or (not account.active and self._mean):
                lost.append(person)
            else:
                items.append(self.person(call.token, account, status=False, enriched=False))
        return Reply({"items": items, "notFoundIds": lost} if lost else {"items": items})

    # -- organisation ----------------------------------------------------------------------------

    def _administrator(self, call: Call) -> None:
        if not self.core.world.accounts["webex"][call.token.user].admin:
            raise WebexFault(403, "Access denied: an administrator is needed.")

    def roles(self, call: Call) -> Reply:
        self._administrator(call)
        return Reply({"items": [{"id": role, "name": name} for role, name in ROLES.items()]})

    def role(self, call: Call) -> Reply:
        self._administrator(call)
        if call.id not in ROLES:
            raise WebexFault(404, NOT_FOUND)
        return Reply({"id": call.id, "name": ROLES[call.id]})

    def organizations(self, call: Call) -> Reply:
        self._administrator(call)
        return Reply({"items": [{"id": ORG, "displayName": COMPANY, "created": iso(MADE)}]})

    def organization(self, call: Call) -> Reply:
        self._administrator(call)
        if call.id != ORG:
            raise WebexFault(404, NOT_FOUND)
        return Reply({"id": ORG, "displayName": COMPANY, "created": iso(MADE)})

    # -- teams -----------------------------------------------------------------------------------

    def add_team(self, name: str, members: Iterable[str], moderator: str) -> None:
        team = Team(fixed("TEAM", name), name, tuple(members), moderator)
        self.teams[team.id] = team

    def _mine(self, call: Call) -> list[Team]:
        return [t for t in self.teams.values() if call.token.user in t.members]

    def _team(self, call: Call, team_id: str) -> Team:
        found = next((t for t in self._mine(call) if t.id == team_id), None)
        if found is None:
            raise WebexFault(404, "Could not find a team with provided ID.")
        return found

    def list_teams(self, call: Call) -> Reply:
        page, headers = pages(call, self._mine(call), most(call, 100))
        return Reply({"items": [_team_shape(t) for t in page]}, headers=headers)

    def team(self, call: Call) -> Reply:
        return Reply(_team_shape(self._team(call, call.id)))

    def list_team_memberships(self, call: Call) -> Reply:
        if not call.query.get("teamId"):
            raise WebexFault(400, "teamId is required.")
        team = self._team(call, call.query["teamId"])
        accounts = self.core.world.accounts["webex"]
        members = [accounts[m] for m in team.members if m in accounts and (accounts[m].active or not self._mean)]
        page, headers = pages(call, members, most(call, 100), self._mean)
        return Reply({"items": [_team_membership(team, account) for account in page]}, headers=headers)


def _team_shape(team: Team) -> dict[str, Any]:
    return {"id": team.id, "name": team.name, "description": f"Everybody in {team.name}", "created": iso(MADE)}


def membership_id(kind: str, person: str, place: str) -> str:
    """Two names in one."""
    one, other = parse(person), parse(place)
    assert one is not None and other is not None, "ids are made here"
    return native(kind, f"{one[2]}:{other[2]}")


def _team_membership(team: Team, account: Account) -> dict[str, Any]:
    return {
        "id": membership_id("TEAM_MEMBERSHIP", account.id, team.id),
        "teamId": team.id,
        "personId": account.id,
        "personEmail": account.email,
        "personDisplayName": account.name,
        "personOrgId": org_of(account),
        "isModerator": account.id == team.moderator,
        "created": iso(MADE),
    }
