"""Graph's app catalogue and the app's installation for people. Tells the bot about an installation, as the vendor does.

Source: learn.microsoft.com/microsoftteams/platform/graph-api/proactive-bots-and-messages and userteamwork-post-installedapps.
"""

import re
from typing import Any

from sandbox.core import Core
from sandbox.teams.activities import Activities
from sandbox.teams.calls import LOOKING, WRITING, Call, GraphFault, Reply, Route, bad
from sandbox.teams.installs import Installs
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import APP_ID, CATALOGUE_ID, TENANT
from sandbox.world import Account

EXTERNAL = re.compile(r"(?:teamsApp/)?externalId eq '([^']*)'$")
BIND = re.compile(r"https?://[^/]+/(?:.*/)?v1\.0/appCatalogs/teamsApps/([\w-]+)$")
SELF = "TeamsAppInstallation.ReadWriteSelfForUser.All"
READ = ("TeamsAppInstallation.ReadForUser.All", SELF)


class Apps:
    def __init__(self, core: Core, roster: Roster, installs: Installs, activities: Activities) -> None:
        self.core = core
        self.roster = roster
        self.installs = installs
        self.activities = activities

    def table(self) -> list[Route]:
        at = "/users/{user}/teamwork/installedApps"
        return [
            Route("GET", "/appCatalogs/teamsApps", (), ("AppCatalog.Read.All",), self.catalogue, LOOKING),
            Route("GET", at, (), READ, self.listed, LOOKING),
            Route("POST", at, (), (SELF,), self.install, WRITING),
            Route("DELETE", f"{at}/{{installation}}", (), (SELF,), self.uninstall, WRITING),
            Route("GET", f"{at}/{{installation}}/chat", (), READ, self.chat, LOOKING),
        ]

    def _user(self, call: Call) -> Account:
        found = self.roster.user(call.args["user"])
        if found is None:
            raise GraphFault(404, "NotFound", "The user was not found.")
        return found

    def _wanted(self, call: Call) -> bool:
        """Whether the $filter lets this app through."""
        text = call.query.get("$filter", "")
        if not text:
            return True
        found = EXTERNAL.match(text.strip())
        if found is None:
            raise bad("Only externalId can be filtered by here.")
        return found[1] == APP_ID

    def catalogue(self, call: Call) -> Reply:
        if not (self.installs.uploaded and self._wanted(call)):
            return Reply(200, {"value": []})
        shape = {"id": CATALOGUE_ID, "externalId": APP_ID, "displayName": "Mio", "distributionMethod": "organization"}
        if call.query.get("$expand") == "appDefinitions":
            return Reply(200, {"value": [{**shape, "appDefinitions": [self._definition()]}]})
        return Reply(200, {"value": [shape]})

    def _definition(self) -> dict[str, Any]:
        named = {"id": f"{CATALOGUE_ID}##1.0.0", "teamsAppId": CATALOGUE_ID, "displayName": "Mio", "version": "1.0.0"}
        return {**named, "publishingState": "published"}

    def listed(self, call: Call) -> Reply:
        account = self._user(call)
        held = self.installs.people.get(account.id)
        if held is None or not self._wanted(call):
            return Reply(200, {"value": []})
        app = {"id": CATALOGUE_ID, "externalId": APP_ID, "displayName": "Mio", "distributionMethod": "organization"}
        expanded = {"teamsApp": app} if "teamsApp" in call.query.get("$expand", "").split(",") else {}
        return Reply(200, {"value": [{"id": held, **expanded}]})

    def install(self, call: Call) -> Reply:
        """201 without a body. Installed already: whether that is a conflict is an open point."""
        account, bound = self._user(call), call.object.get("teamsApp@odata.bind")
        found = BIND.match(str(bound))
        if found is None:
            raise bad("teamsApp@odata.bind must be the address of an app in the catalogue.")
        if found[1] != CATALOGUE_ID or not self.installs.uploaded:
            raise GraphFault(404, "NotFound", "The app was not found in the catalogue.")
        if account.id in self.installs.forbidden:
            raise GraphFault(403, "Forbidden", "App is blocked by app permission policy.")
        if not account.active or not self.roster.licensed(account):
            raise GraphFault(403, "Forbidden", "Failed to get license information for the user.")
        if account.id in self.installs.people:
            if self.core.faults["teams"].mean:
                return Reply(201)
            raise GraphFault(409, "Conflict", "App with same id already exists in the user's personal scope.")
        self.installs.add(account.id)
        hooks = [self.activities.hook(activity) for activity in self.activities.installed(account, True)]
        return Reply(201, hooks=hooks)

    def _installation(self, call: Call) -> Account:
        account = self._user(call)
        if self.installs.people.get(account.id) != call.args["installation"]:
            raise GraphFault(404, "NotFound", "The installation was not found.")
        return account

    def uninstall(self, call: Call) -> Reply:
        account = self._installation(call)
        gone = [self.activities.hook(activity) for activity in self.activities.installed(account, False)]
        self.installs.remove(account.id)
        return Reply(204, hooks=gone)

    def chat(self, call: Call) -> Reply:
        chat = self.installs.chat(self._installation(call).id)
        return Reply(200, {"id": chat.id, "chatType": "oneOnOne", "tenantId": TENANT, "topic": None})
