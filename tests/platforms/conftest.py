"""What every platform's tests have: lists that fill while a test runs. The vendor itself is beside each platform."""

import pytest
from vendor_server import Asked

from bot.ids import AccountId
from bot.platform import Incoming
from bot.ready import GrantKind


@pytest.fixture
def asked() -> Asked:
    """What was called and with what, in order."""
    return []


@pytest.fixture
def rejected() -> list[tuple[AccountId | None, GrantKind]]:
    return []


@pytest.fixture
def kept() -> dict[str, str]:
    return {}


@pytest.fixture
def submitted() -> list[Incoming]:
    return []


@pytest.fixture
def counts() -> list[tuple[str, int]]:
    return []
