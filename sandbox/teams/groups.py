"""Graph's groups and teams: lists, members with paging, whose teams somebody is in. Reads only.

Source: learn.microsoft.com/graph/api/group-list-transitivemembers and team-list-members.
"""

from typing import Any

from sandbox.core import Core
from sandbox.teams import odata
from sandbox.teams.calls import LOOKING, MEMBERS, ONE_TEAM, Call, GraphFault, Reply, Route, directory
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import TENANT, Group
from sandbox.teams.users import SMALL, Users, group_shape, need_eventual
from sandbox.world import Account, stable

TEAMS, IN_TEAMS, IN_GROUPS = ("Team.ReadBasic.All",), ("TeamMember.Read.All",), ("GroupMember.Read.All",)
PAGE = 100


class Groups:
    def __init__(self, core: Core, roster: Roster, users: Users) -> None:
        self.core = core
        self.roster = roster
        self.users = users

    def table(self) -> list[Route]:
        inside = "/groups/{group}/transitiveMembers"
        return [
            Route("GET", "/groups", IN_GROUPS, IN_GROUPS, self.listed, directory(2)),
            Route("GET", "/groups/{group}", IN_GROUPS, IN_GROUPS, self.one, directory(1)),
            Route("GET", "/groups/{group}/members", IN_GROUPS, IN_GROUPS, self.direct, directory(3)),
            Route("GET", inside, IN_GROUPS, IN_GROUPS, self.transitive, directory(5)),
            Route("GET", f"{inside}/microsoft.graph.user", IN_GROUPS, IN_GROUPS, self.people, directory(5)),
            Route("GET", f"{inside}/microsoft.graph.group", IN_GROUPS, IN_GROUPS, self.nested, directory(5)),
            Route("GET", "/teams", TEAMS, TEAMS, self.teams, LOOKING),
            Route("GET", "/teams/{group}", TEAMS, TEAMS, self.team, ONE_TEAM),
            Route("GET", "/teams/{group}/members", IN_TEAMS, IN_TEAMS, self.team_members, MEMBERS),
            Route("GET", "/users/{user}/joinedTeams", TEAMS, TEAMS, self.joined, LOOKING),
        ]

    def _root(self) -> str:
        return f"{self.core.url}/teams/graph/v1.0"

    def _page(self, call: Call, items: list[Any], size: int = PAGE) -> Reply:
        return Reply(200, odata.page(call, self._root(), items, size, 999))

    def _group(self, call: Call, team: bool = False) -> Group:
        found = self.roster.groups.get(call.args["group"])
        if found is None or (team and not found.team):
            code = "NotFound" if team else "Request_ResourceNotFound"
            raise GraphFault(404, code, f"Resource '{call.args['group']}' does not exist.")
        return found

    # -- groups ----------------------------------------------------------------------------------

    def listed(self, call: Call) -> Reply:
        allowed = ("resourceProvisioningOptions", "displayName", "id", "securityEnabled", "mailEnabled")
        test = odata.matching(call.query.get("$filter", ""), allowed)
        shapes = [_untyped(group_shape(group)) for group in self.roster.groups.values()]
        return self._page(call, [odata.select(s, call.query, tuple(s)) for s in shapes if test(s)])

    def one(self, call: Call) -> Reply:
        shape = _untyped(group_shape(self._group(call)))
        return Reply(200, odata.select(shape, call.query, tuple(shape)))

    def _member(self, call: Call, member: Account | Group) -> dict[str, Any]:
        """Of people whom the caller may not read only the id is shown."""
        if isinstance(member, Group):
            shape = group_shape(member)
            return odata.select(shape, {}, tuple(shape))
        tag = {"@odata.type": "#microsoft.graph.user"}
        if not call.token.has_any(("User.Read.All", "User.ReadBasic.All")):
            return {**tag, "id": member.id}
        return odata.select({**tag, **self.users.shape(member)}, call.query, SMALL)

    def direct(self, call: Call) -> Reply:
        return self._page(call, [self._member(call, m) for m in self.roster.direct(self._group(call))])

    def transitive(self, call: Call) -> Reply:
        return self._page(call, [self._member(call, m) for m in self.roster.transitive(self._group(call))])

    def people(self, call: Call) -> Reply:
        need_eventual(call)
        there = (m for m in self.roster.transitive(self._group(call)) if isinstance(m, Account))
        return self._page(call, [_untyped(self._member(call, m)) for m in there])

    def nested(self, call: Call) -> Reply:
        need_eventual(call)
        there = (m for m in self.roster.transitive(self._group(call)) if isinstance(m, Group))
        return self._page(call, [_untyped(group_shape(m)) for m in there])

    # -- teams -----------------------------------------------------------------------------------

    def _teams(self) -> list[Group]:
        return [group for group in self.roster.groups.values() if group.team]

    def teams(self, call: Call) -> Reply:
        test = odata.matching(call.query.get("$filter", ""), ("displayName",))
        shapes = [_team(group) for group in self._teams()]
        return self._page(call, [odata.select(s, call.query, tuple(s)) for s in shapes if test(s)])

    def team(self, call: Call) -> Reply:
        shape = _team(self._group(call, team=True))
        return Reply(200, odata.select(shape, call.query, tuple(shape)))

    def joined(self, call: Call) -> Reply:
        """Teams that somebody is a direct member of."""
        account = self.roster.user(call.args["user"])
        if account is None:
            raise GraphFault(404, "NotFound", "No such user.")
        return Reply(200, {"value": [_team(group) for group in self._teams() if account.id in group.members]})

    def team_members(self, call: Call) -> Reply:
        """How many come on a page is an open point: mean sends two, whatever was asked for."""
        group = self._group(call, team=True)
        there = [m for m in self.roster.direct(group) if isinstance(m, Account)]
        shapes = [member_shape(account, f"{group.id}", self._roles(account, group)) for account in there]
        if self.core.faults["teams"].mean:
            call = Call(call.token, call.method, call.path, call.args, {**call.query, "$top": "2"}, call.headers)
        return self._page(call, shapes)

    def _roles(self, account: Account, group: Group) -> list[str]:
        if account.guest:
            return ["guest"]
        return ["owner"] if account.id in group.owners else []


def _untyped(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name != "@odata.type"}


def _team(group: Group) -> dict[str, Any]:
    about: dict[str, Any] = {"id": group.id, "displayName": group.name, "description": None, "isArchived": False}
    return {**about, "tenantId": TENANT, "visibility": "private"}


def member_shape(account: Account, place: str, roles: list[str]) -> dict[str, Any]:
    """A member of a team or a chat; the id is opaque."""
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": stable("membership", place, account.id),
        "roles": roles,
        "displayName": account.name,
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
        "userId": account.id,
        "email": account.email,
        "tenantId": account.extra.get("tenant", TENANT),
    }
