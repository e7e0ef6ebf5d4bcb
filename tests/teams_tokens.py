"""Tokens that the sandbox's Microsoft signs for tests of the platform, with their claims changed; and how one is refused."""

from collections.abc import Awaitable
from typing import Any

import pytest
from teams_tenant import Tenant

from platforms.teams.keys import Forged
from sandbox.teams.tenant import APP_ID, PUBLISHER, TENANT

HOUR = 3_600


def seconds(tenant: Tenant) -> int:
    return int(tenant.running.core.clock.seconds())


def spoken(tenant: Tenant, header: dict[str, Any] | None = None, **change: Any) -> str:
    """The channel's token, with some claims changed; None takes one away."""
    now, here = seconds(tenant), tenant.fake.activities.service_url
    claims = {"iss": "https://api.botframework.com", "aud": APP_ID, "nbf": now, "exp": now + HOUR, "serviceurl": here}
    whole = {name: value for name, value in {**claims, **change}.items() if value is not None}
    return tenant.fake.activities.keys.sign(whole, header)


def notified(tenant: Tenant, **change: Any) -> str:
    """Graph's token, first version."""
    now, issuer = seconds(tenant), f"https://sts.windows.net/{TENANT}/"
    claims = {"iss": issuer, "aud": APP_ID, "nbf": now, "exp": now + HOUR, "appid": PUBLISHER}
    whole = {name: value for name, value in {**claims, **change}.items() if value is not None}
    return tenant.fake.notify.keys.sign(whole)


async def refused(checked: Awaitable[object]) -> str:
    """Why; never more than a few words, and nothing of the token."""
    with pytest.raises(Forged) as forged:
        await checked
    assert len(str(forged.value)) < 30 and "." not in str(forged.value)
    return str(forged.value)
