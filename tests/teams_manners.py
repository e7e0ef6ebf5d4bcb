"""Teams as the contract suite meets it: how its channel signs, what Microsoft answers, and whom the recorded payloads name.

Everybody is in the directory, nobody is an administrator; the login service and Graph are one server here.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from vendor_server import NOON

TENANT, APP = "33333333-cccc-4ccc-8ccc-333333333333", "44444444-dddd-4ddd-8ddd-444444444444"
ANN, BOB = "a892b907-0c11-44b1-bad5-192940b22941", "e1907857-8758-4f79-beeb-de5b7af9fa48"
STATE = "recorded-recorded-recorded-recorded-recorde"
SERVICE = "http://127.0.0.1:1/teams/connector"
"""Nobody is there: what is said in a channel beside an event may fail."""
GIVEN = {"MIO_TEAMS_APP_ID": APP, "MIO_TEAMS_TENANT_ID": TENANT, "MIO_TEAMS_SERVICE_URL": SERVICE}
KEPT = {
    "ear:0123456789abcdef": orjson.dumps({"user": ANN, "digest": sha256(STATE.encode()).hexdigest()}).decode(),
    **{f"known:{user}": f"teams:{TENANT}:{user}" for user in (ANN, BOB)},
}
"""Ann is listened to, and Bob was imported."""


@lru_cache(maxsize=1)
def key() -> RSAPrivateKey:
    return generate_private_key(65_537, 2_048)


def signs(given: Mapping[str, str], path: str, body: bytes) -> Mapping[str, str]:
    """With the channel's key, not with a secret of ours."""
    until = int(NOON.timestamp()) + 3_600
    claims = {"iss": "https://api.botframework.com", "aud": given["MIO_TEAMS_APP_ID"], "exp": until}
    made = jwt.encode({**claims, "serviceurl": f"{SERVICE}/emea/"}, key(), "RS256", headers={"kid": "k1"})
    return {"Authorization": f"Bearer {made}"}


def answers(path: str, args: Mapping[str, Any]) -> Any:
    found = path.rsplit("/", 1)[1]
    if found in ("openidconfiguration", "openid-configuration"):
        return {"jwks_uri": f"{args['origin']}/keys"}
    if found == "keys":
        shown = orjson.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key().public_key()))
        return {"keys": [{**shown, "kid": "k1", "endorsements": ["msteams"]}]}
    if found == "token":
        return {"access_token": "app", "expires_in": 3_600}
    if path.startswith("/v1.0/users/") and path.count("/") == 3:
        return {"id": found, "displayName": "Some One", "mail": "some.one@acme.example", "accountEnabled": True}
    return {"value": []}
