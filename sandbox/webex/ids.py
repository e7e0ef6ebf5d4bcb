"""Webex's identifiers: base64 without padding of an address that names cluster, kind and uuid. Makes no decisions.

The same thing may be named with another cluster: what is compared is kind and uuid. ``canonical`` does that for the fake.
"""

import base64
import binascii
import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.world import stable

HOME, ABROAD = "us", "us-west-2_r"
_SCHEME = "ciscospark://"


def native(kind: str, name: str, cluster: str = HOME) -> str:
    return base64.b64encode(f"{_SCHEME}{cluster}/{kind}/{name}".encode()).decode().rstrip("=")


def fresh(kind: str) -> str:
    return native(kind, str(uuid.uuid4()))


def fixed(kind: str, *words: object) -> str:
    """The same id for the same words in every sandbox."""
    return native(kind, str(uuid.UUID(stable("webex", kind, *words)[:32])))


def parse(value: str) -> tuple[str, str, str] | None:
    """Cluster, kind and name, or None for something else."""
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    if not plain.startswith(_SCHEME):
        return None
    parts = plain.removeprefix(_SCHEME).split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def canonical(value: str) -> str:
    """The home form of an id of either cluster; anything else unchanged."""
    found = parse(value)
    return native(found[1], found[2]) if found is not None and found[0] == ABROAD else value


def abroad(value: Any) -> Any:
    """The other cluster's form of every id within."""
    if isinstance(value, dict):
        return {name: abroad(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [abroad(inner) for inner in value]
    found = parse(value) if isinstance(value, str) else None
    return native(found[1], found[2], ABROAD) if found is not None else value


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ORG = fixed("ORGANIZATION", "acme")
PARTNER = fixed("ORGANIZATION", "partner")
ADMIN_ROLE = native("ROLE", "id_full_admin")
READ_ROLE = native("ROLE", "id_readonly_admin")
