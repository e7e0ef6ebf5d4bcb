"""Who is who in tests of Webex alone: ids as Webex makes them, accounts, and records of its directory."""

import base64
from typing import Any

from bot.ids import AccountId

UUIDS = {
    "ann": "11111111-aaaa-4000-8000-000000000001",
    "bob": "22222222-bbbb-4000-8000-000000000002",
    "maya": "33333333-cccc-4000-8000-000000000003",
    "pat": "44444444-dddd-4000-8000-000000000004",
    "mio": "55555555-eeee-4000-8000-000000000005",
    "acme": "66666666-ffff-4000-8000-000000000006",
    "partner": "77777777-ffff-4000-8000-000000000007",
}


def native(kind: str, name: str, cluster: str = "us") -> str:
    """Webex's id for a thing of that kind; ``name`` of a person or organisation above, or anything else."""
    plain = f"ciscospark://{cluster}/{kind}/{UUIDS.get(name, name)}"
    return base64.b64encode(plain.encode()).decode().rstrip("=")


def person(name: str, cluster: str = "us") -> str:
    return native("PEOPLE", name, cluster)


ORG, PARTNER = native("ORGANIZATION", "acme"), native("ORGANIZATION", "partner")
ADMIN = native("ROLE", "id_full_admin")
ANN, BOB = AccountId(f"webex:{ORG}:{person('ann')}"), AccountId(f"webex:{ORG}:{person('bob')}")
MAYA = AccountId(f"webex:{ORG}:{person('maya')}")
KNOWN = {f"known:{UUIDS['ann']}": str(ANN), f"known:{UUIDS['bob']}": str(BOB)}
"""What the platform remembers of an import with these two."""


def record(name: str, **more: Any) -> dict[str, Any]:
    """A person as an administrator reads them."""
    return {
        "id": person(name),
        "emails": [f"{name.title()}@Acme.example"],
        "displayName": f"{name.title()} Lee",
        "orgId": ORG,
        "roles": [],
        "type": "person",
        "loginEnabled": True,
        "invitePending": False,
        **more,
    }
