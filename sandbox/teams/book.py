"""The subscriptions that there are: who made them, what they hear, until when. Checks nothing and sends nothing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core
from sandbox.teams.tenant import APP_ID


@dataclass(slots=True)
class Subscription:
    """``user`` empty: the app's own. ``about`` is the resource in one spelling; ``authorised``: its token's end."""

    id: str
    user: str
    resource: str
    about: str
    changes: tuple[str, ...]
    url: str
    lifecycle_url: str
    client_state: str
    rich: bool
    certificate: str
    certificate_id: str
    expires: float
    authorised: float
    reminded: bool = False


class Book:
    def __init__(self, core: Core) -> None:
        self.core = core
        self._all: dict[str, Subscription] = {}
        self._about: dict[str, set[str]] = {}
        for _, row in core.keep.all("teams-subscription"):
            self.put(Subscription(**{**row, "changes": tuple(row["changes"])}))

    def put(self, sub: Subscription) -> None:
        """New or changed."""
        self._all[sub.id] = sub
        self._about.setdefault(sub.about, set()).add(sub.id)
        self.core.keep.put("teams-subscription", sub.id, asdict(sub))

    def remove(self, sub: Subscription) -> None:
        self._all.pop(sub.id, None)
        self._about.get(sub.about, set()).discard(sub.id)
        self.core.keep.put("teams-subscription", sub.id, None)

    def get(self, native: str) -> Subscription | None:
        found = self._all.get(native)
        if found is not None and found.expires <= self.core.clock.seconds():
            self.remove(found)
            return None
        return found

    def _at(self, abouts: Iterable[str]) -> list[Subscription]:
        natives = [native for about in abouts for native in sorted(self._about.get(about, ()))]
        return [sub for native in natives if (sub := self.get(native)) is not None]

    def everything(self) -> list[Subscription]:
        return [sub for native in list(self._all) if (sub := self.get(native)) is not None]

    def of(self, user: str) -> list[Subscription]:
        return [sub for sub in self.everything() if sub.user == user]

    def about(self, about: str) -> list[Subscription]:
        return self._at([about])

    def hearing(self, people: Iterable[str], chat: str) -> list[Subscription]:
        """Whoever hears the messages of a chat: its members' own, and those of this chat alone."""
        return self._at([*(f"users/{user}/chats/getAllMessages" for user in people), f"chats/{chat}/messages"])

    def watching(self, kind: str, native: str) -> list[Subscription]:
        """Those for a directory object."""
        return self._at([kind, f"{kind}/{native}", f"{kind}/{native}/members"])


def shown(sub: Subscription, expires: str) -> dict[str, Any]:
    """As the API answers: the client's secret is never repeated in lists, nor the certificate."""
    return {
        "id": sub.id,
        "resource": sub.resource,
        "applicationId": APP_ID,
        "changeType": ",".join(sub.changes),
        "clientState": sub.client_state or None,
        "notificationUrl": sub.url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": sub.lifecycle_url or None,
        "expirationDateTime": expires,
        "creatorId": sub.user or APP_ID,
        "includeResourceData": sub.rich or None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": sub.certificate or None,
        "encryptionCertificateId": sub.certificate_id or None,
        "notificationUrlAppId": None,
    }
