"""The shapes of what Teams and Graph send, as far as we use them. Everything else in a payload is ignored.

What is missing and needed is an ``Undecodable`` with the path of the fault, never with what stands there.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from bot.platform import Undecodable

T = TypeVar("T")
Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Someone(msgspec.Struct, frozen=True):
    """Somebody in an activity. ``isTargeted``: only they see it."""

    id: str = ""
    name: str | None = None
    aadObjectId: str | None = None
    isTargeted: bool = False


class Conversation(msgspec.Struct, frozen=True):
    id: Filled
    conversationType: str = ""
    tenantId: str | None = None


class Activity(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """What the channel tells the bot (bot-connector: Activity)."""

    type: Filled
    channelId: str
    serviceUrl: Filled
    sender: Someone
    conversation: Conversation
    id: str | None = None
    timestamp: str | None = None
    recipient: Someone | None = None
    text: str | None = None
    value: Any = None
    name: str | None = None
    action: str | None = None
    replyToId: str | None = None
    channelData: dict[str, Any] | None = None
    entities: list[dict[str, Any]] | None = None
    membersAdded: list[Someone] | None = None
    membersRemoved: list[Someone] | None = None

    @property
    def personal(self) -> bool:
        """In the person's own conversation with the bot; old clients leave the type out there."""
        return self.conversation.conversationType in ("", "personal")

    @property
    def tenants(self) -> frozenset[str]:
        """Every tenant that the activity names, in lower case."""
        data = self.channelData or {}
        tenant = data.get("tenant")
        named = [self.conversation.tenantId, tenant.get("id") if isinstance(tenant, dict) else None]
        return frozenset(one.lower() for one in named if isinstance(one, str) and one)


class Encrypted(msgspec.Struct, frozen=True):
    """``encryptedContent`` of a notification; all in base64 but the id."""

    data: str
    dataSignature: str
    dataKey: str
    encryptionCertificateId: str


class Item(msgspec.Struct, frozen=True):
    """One change or lifecycle notification of Graph."""

    subscriptionId: Filled
    tenantId: str = ""
    clientState: str = ""
    changeType: str = ""
    resource: str = ""
    lifecycleEvent: str | None = None
    encryptedContent: Encrypted | None = None


def convert(value: Any, kind: type[T], path: str = "$") -> T:
    """``value`` as ``kind``. Raises ``Undecodable`` with the path of the fault, without quoting it."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        words = str(fault)
        words = words.replace("`$", f"`{path}", 1) if "`$" in words else f"{words} - at `{path}`"
        raise Undecodable(words[:190]) from None


def moment(stamp: Any) -> datetime | None:
    """A time as Microsoft writes it; None for anything else."""
    if not isinstance(stamp, str):
        return None
    try:
        found = datetime.fromisoformat(stamp)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
