"""Graph's directory: users, licences, memberships, administrators' roles, the organisation. Reads only.

Source: learn.microsoft.com/graph/api/user-list and user-list-transitivememberof.
"""

from typing import Any
from urllib.parse import unquote

from sandbox.core import Core
from sandbox.teams import odata
from sandbox.teams.calls import LOOKING, Call, GraphFault, Reply, Route, bad, directory
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import DOMAIN, GLOBAL_ADMINISTRATOR, TEAMS_PLAN, TENANT, Group
from sandbox.world import COMPANY, Account, stable

SMALL = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
FILTERS = (
    "mail",
    "userPrincipalName",
    "proxyAddresses",
    "otherMails",
    "accountEnabled",
    "userType",
    "id",
    "displayName",
)
READERS = ("User.ReadBasic.All", "User.Read.All")


class Users:
    def __init__(self, core: Core, roster: Roster) -> None:
        self.core = core
        self.roster = roster

    def table(self) -> list[Route]:
        relations = ("User.Read.All",)
        at, cast = "/users/{user}", "microsoft.graph.directoryRole"
        return [
            Route("GET", "/users", READERS, READERS, self.listed, directory(2)),
            Route("GET", at, ("User.Read",), READERS, self.one, directory(1), own=True),
            Route("GET", f"{at}/transitiveMemberOf", relations, relations, self.member_of, directory(2)),
            Route(
                "GET", f"{at}/memberOf", ("User.Read",), ("Directory.Read.All",), self.member_of, directory(2), own=True
            ),
            Route("GET", f"{at}/transitiveMemberOf/{cast}", relations, relations, self.roles, directory(2)),
            Route("POST", f"{at}/checkMemberObjects", relations, ("GroupMember.Read.All",), self.check, directory(4)),
            Route(
                "GET", f"{at}/licenseDetails/getTeamsLicensingDetails", ("User.Read",), (), self.licence, LOOKING, True
            ),
            Route("GET", "/organization", ("User.Read",), ("User.Read.All",), self.organization, directory(1)),
        ]

    def shape(self, account: Account) -> dict[str, Any]:
        given, _, family = account.name.partition(" ")
        upn = account.extra["upn"]
        addresses = [f"SMTP:{account.email}"] + ([f"smtp:{upn}"] if upn != account.email and not account.guest else [])
        return {
            "id": account.id,
            "accountEnabled": account.active,
            "assignedLicenses": [{"skuId": stable("sku")[:32], "disabledPlans": []}] if self._has(account) else [],
            "assignedPlans": self._plans(account),
            "businessPhones": [],
            "displayName": account.name,
            "employeeId": None,
            "externalUserState": account.extra.get("state", "Accepted") if account.guest else None,
            "givenName": given,
            "jobTitle": None,
            "mail": account.email,
            "mobilePhone": None,
            "officeLocation": None,
            "otherMails": [account.email] if account.guest else [],
            "preferredLanguage": None,
            "proxyAddresses": addresses,
            "surname": family,
            "userPrincipalName": upn,
            "userType": "Guest" if account.guest else "Member",
        }

    def _has(self, account: Account) -> bool:
        return self.roster.licensed(account) and not account.guest

    def _plans(self, account: Account) -> list[dict[str, Any]]:
        """A licence that was taken away stays listed as deleted. Whether a plan in its grace time counts is left open."""
        plan = {"assignedDateTime": "2025-01-01T00:00:00Z", "service": "TeamspaceAPI", "servicePlanId": TEAMS_PLAN}
        if self._has(account):
            return [{**plan, "capabilityStatus": "Warning" if self.core.faults["teams"].mean else "Enabled"}]
        return [{**plan, "capabilityStatus": "Deleted"}] if account.extra.get("licence") == "removed" else []

    def _user(self, call: Call) -> Account:
        found = self.roster.user(unquote(call.args["user"]))
        if found is None:
            words = f"Resource '{call.args['user']}' does not exist or one of its queried reference-property objects are not present."
            raise GraphFault(404, "Request_ResourceNotFound", words)
        return found

    def listed(self, call: Call) -> Reply:
        if "$search" in call.query or "$orderby" in call.query:
            raise GraphFault(400, "Request_UnsupportedQuery", "This query needs ConsistencyLevel: eventual.")
        test = odata.matching(call.query.get("$filter", ""), FILTERS)
        shapes = (self.shape(account) for account in self.roster.people())
        found = [odata.select(shape, call.query, SMALL) for shape in shapes if test(shape)]
        return Reply(200, odata.page(call, self._root(), found, 100, 999))

    def one(self, call: Call) -> Reply:
        found = odata.select(self.shape(self._user(call)), call.query, SMALL)
        return Reply(200, {"@odata.context": f"{self._root()}/$metadata#users/$entity", **found})

    def _root(self) -> str:
        return f"{self.core.url}/teams/graph/v1.0"

    # -- what somebody belongs to ----------------------------------------------------------------

    def role_shapes(self, call: Call, account: Account) -> list[dict[str, Any]]:
        """Without the permission for roles they come as ids with nothing in them."""
        if not account.admin:
            return []
        found: dict[str, Any] = {"@odata.type": "#microsoft.graph.directoryRole", "id": stable("role")[:32]}
        if not call.token.has_any(("RoleManagement.Read.Directory",)):
            return [{**found, "displayName": None, "roleTemplateId": None, "description": None}]
        named = {"displayName": "Global Administrator", "roleTemplateId": GLOBAL_ADMINISTRATOR, "description": None}
        return [{**found, **named}]

    def member_of(self, call: Call) -> Reply:
        account, transitive = self._user(call), call.path.endswith("transitiveMemberOf")
        groups = [group_shape(group) for group in self.roster.holding(account.id, transitive)]
        everything = [*groups, *self.role_shapes(call, account)]
        return Reply(200, odata.page(call, self._root(), everything, 100, 999))

    def roles(self, call: Call) -> Reply:
        need_eventual(call)
        shapes = self.role_shapes(call, self._user(call))
        found = [odata.select(shape, call.query, tuple(shape)) for shape in shapes]
        return Reply(200, odata.page(call, self._root(), found, 100, 999))

    def check(self, call: Call) -> Reply:
        ids = call.object.get("ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 20:
            raise bad("ids must hold 1 to 20 ids", "Request_BadRequest")
        held = {group.id for group in self.roster.holding(self._user(call).id, True)}
        return Reply(200, {"value": [native for native in ids if native in held]})

    def licence(self, call: Call) -> Reply:
        return Reply(200, {"hasTeamsLicense": self._has(self._user(call))})

    def organization(self, call: Call) -> Reply:
        domains = [{"name": DOMAIN, "isDefault": True, "isInitial": False, "type": "Managed", "capabilities": "Email"}]
        return Reply(200, {"value": [{"id": TENANT, "displayName": COMPANY, "verifiedDomains": domains}]})


def need_eventual(call: Call) -> None:
    """Casts are advanced queries."""
    if not call.eventual:
        raise GraphFault(
            400, "Request_UnsupportedQuery", "This query needs ConsistencyLevel: eventual and $count=true."
        )


def group_shape(group: Group) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.group",
        "id": group.id,
        "displayName": group.name,
        "description": None,
        "groupTypes": ["Unified"] if group.team else [],
        "mail": None,
        "mailEnabled": group.team,
        "mailNickname": group.name.replace(" ", ""),
        "resourceProvisioningOptions": ["Team"] if group.team else [],
        "securityEnabled": not group.team,
        "visibility": "Private" if group.team else None,
    }
