"""Webex's webhooks: create, list, change, delete – each its creator's, and outliving the token it was made with.

Source: developer.webex.com/docs/api/guides/webhooks. A hundred failed deliveries within five minutes make one inactive, and
nothing but its owner brings it back; within five minutes of that a single failure is enough.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.core import Core
from sandbox.webex.calls import GONE, Call, Reply, most, pages
from sandbox.webex.directory import NOT_FOUND
from sandbox.webex.ids import ORG, fixed, fresh, iso
from sandbox.webex.tokens import WebexFault

MOST_HOOKS, FAILURES, WITHIN = 30_000, 100, 300.0
RESOURCES = {
    "messages": ("spark:messages_read", ("created", "updated", "deleted", "all")),
    "memberships": ("spark:memberships_read", ("created", "updated", "deleted", "all")),
    "rooms": ("spark:rooms_read", ("created", "updated", "migrated", "all")),
    "attachmentActions": ("spark:messages_read", ("created", "all")),
    "all": ("spark:messages_read", ("all",)),
}
FILTERS = {"roomId", "roomType", "personId", "personEmail", "mentionedPeople", "hasFiles", "hasAttachments"}


@dataclass(slots=True)
class Registered:
    """``app`` is bot, integration, or other: another app's of the same person, listed with the mean profile, never for us."""

    id: str
    user: str
    name: str
    target: str
    resource: str
    event: str
    created: str
    app: str
    filter: str = ""
    secret: str = ""
    active: bool = True
    failures: list[float] = field(default_factory=list)
    disabled: float = -WITHIN

    def shape(self) -> dict[str, Any]:
        """As the API shows it."""
        optional = {name: value for name, value in (("filter", self.filter), ("secret", self.secret)) if value}
        return {
            "id": self.id,
            "name": self.name,
            "targetUrl": self.target,
            "resource": self.resource,
            "event": self.event,
            **optional,
            "status": "active" if self.active else "inactive",
            "created": self.created,
            "orgId": ORG,
            "createdBy": self.user,
            "appId": fixed("APPLICATION", self.app),
            "ownedBy": "creator",
        }


class Registry:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.of_user: dict[str, dict[str, Registered]] = {}
        for _, row in core.keep.all("webex-hook"):
            self._hold(Registered(**row))

    def _hold(self, hook: Registered) -> None:
        self.of_user.setdefault(hook.user, {})[hook.id] = hook

    def _save(self, hook: Registered) -> None:
        self._hold(hook)
        self.core.keep.put("webex-hook", hook.id, asdict(hook))

    def listening(self, user: str, resource: str, event: str) -> Iterator[Registered]:
        """The person's active webhooks for that kind of event."""
        for hook in self.of_user.get(user, {}).values():
            fits = hook.resource in (resource, "all") and hook.event in (event, "all")
            if fits and hook.active and hook.app != "other":
                yield hook

    # -- the owner's calls -----------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        missing = [name for name in ("name", "targetUrl", "resource", "event") if not call.text(name)]
        if missing:
            raise WebexFault(400, f"Missing required fields: {', '.join(missing)}")
        resource, event, chosen = call.text("resource"), call.text("event"), call.text("filter")
        self._known(resource, event, chosen)
        if not call.token.has(RESOURCES[resource][0]):
            raise WebexFault(403, f"The read scope of {resource} is missing.")
        if call.body.get("ownedBy", "creator") != "creator":
            raise WebexFault(403, "Only administrators may create webhooks of the organization.")
        user = call.token.user
        if len(self.of_user.get(user, {})) >= MOST_HOOKS:
            raise WebexFault(400, "The limit of webhooks per user has been reached.")
        hook = Registered(
            id=fresh("WEBHOOK"),
            user=user,
            name=call.text("name"),
            target=_address(call.text("targetUrl")),
            resource=resource,
            event=event,
            created=iso(self.core.clock.seconds()),
            app="bot" if call.token.expires is None else "integration",
            filter=chosen,
            secret=call.text("secret"),
        )
        self._save(hook)
        return Reply(hook.shape())

    def _known(self, resource: str, event: str, chosen: str) -> None:
        if resource not in RESOURCES or event not in RESOURCES[resource][1]:
            raise WebexFault(400, f"There is no event {event} of {resource}.")
        mean = self.core.faults["webex"].mean
        if mean and (event == "updated" or (event == "all" and chosen)):
            raise WebexFault(400, f"Event {event} is not supported here.")
        parts = parse_qsl(chosen, keep_blank_values=True)
        if chosen and (resource not in ("messages", "all") or not parts or not {name for name, _ in parts} <= FILTERS):
            raise WebexFault(400, f"Invalid filter for {resource}.")

    def _mine(self, call: Call) -> dict[str, Registered]:
        """With those of other apps when the profile is mean."""
        user, mean = call.token.user, self.core.faults["webex"].mean
        held = self.of_user.setdefault(user, {})
        if mean and not any(hook.app == "other" for hook in held.values()):
            target, made = "https://other.example/hook", iso(self.core.clock.seconds())
            other = fixed("WEBHOOK", "other", user)
            self._save(Registered(other, user, "Other app", target, "messages", "created", made, "other"))
        return {name: hook for name, hook in held.items() if mean or hook.app != "other"}

    def _one(self, call: Call) -> Registered:
        found = self._mine(call).get(call.id)
        if found is None:
            raise WebexFault(404, NOT_FOUND)
        return found

    def listed(self, call: Call) -> Reply:
        if "ownedBy" in call.query:
            raise WebexFault(403, "Only administrators may list webhooks of the organization.")
        page, headers = pages(call, list(self._mine(call).values()), min(most(call, 100), 100))
        return Reply({"items": [hook.shape() for hook in page]}, headers=headers)

    def get(self, call: Call) -> Reply:
        return Reply(self._one(call).shape())

    def update(self, call: Call) -> Reply:
        """Name and address are required; a status may only be set to active; all else is ignored."""
        hook = self._one(call)
        name, target, status = call.text("name"), call.text("targetUrl"), call.text("status")
        if not name or not target:
            raise WebexFault(400, "name and targetUrl are required.")
        if status not in ("", "active"):
            raise WebexFault(400, "status can only be set to active.")
        hook.name, hook.target = name, _address(target)
        hook.secret = call.text("secret") if "secret" in call.body else hook.secret
        if status and not hook.active:
            hook.active, hook.failures = True, []
        self._save(hook)
        return Reply(hook.shape())

    def delete(self, call: Call) -> Reply:
        hook = self._one(call)
        del self.of_user[hook.user][hook.id]
        self.core.keep.put("webex-hook", hook.id, None)
        return GONE

    # -- health ----------------------------------------------------------------------------------

    def answered(self, hook: Registered, status: int) -> None:
        """A delivery's end; 0 when there was no answer."""
        if 200 <= status < 300 or not hook.active:
            return
        now = self.core.clock.seconds()
        hook.failures = [at for at in hook.failures if at > now - WITHIN] + [now]
        if len(hook.failures) >= FAILURES or now - hook.disabled < WITHIN:
            self._disable(hook)
        if hook.id in self.of_user.get(hook.user, {}):
            self._save(hook)

    def _disable(self, hook: Registered) -> None:
        hook.active, hook.disabled, hook.failures = False, self.core.clock.seconds(), []

    def creator_deleted(self, user: str) -> None:
        for hook in self.of_user.get(user, {}).values():
            self._disable(hook)
            self._save(hook)


def _address(target: str) -> str:
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise WebexFault(400, "targetUrl must be an absolute address.")
    return target
