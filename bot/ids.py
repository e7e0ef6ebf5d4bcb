"""Distinct types for every identifier, so that a mix-up is a type error.

Only the folder that makes an id may take it apart: native ids belong to their platform, all others to storage.
Account ids carry platform and tenant inside, so that more than one workspace can come later.
"""

import secrets
import time
from typing import NewType

PlatformId = NewType("PlatformId", str)
"""The folder name below ``platforms``: ``slack``, ``zoom``."""
AccountId = NewType("AccountId", str)
"""``platform:tenant:user``; the user part is the vendor's id, unchanged."""
PersonId = NewType("PersonId", str)
DmId = NewType("DmId", str)
MessageId = NewType("MessageId", str)
CardId = NewType("CardId", str)
RunId = NewType("RunId", str)
PlanId = NewType("PlanId", str)
AttemptId = NewType("AttemptId", str)
NativeId = NewType("NativeId", str)
"""A message id as the vendor writes it; unique only together with its channel."""
ChannelId = NewType("ChannelId", str)
"""A native conversation id; on platforms without one, whatever addresses the same conversation every time."""


def fresh() -> str:
    """A new id of 20 characters that sorts by the time it was made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"


def account_id(platform: PlatformId, tenant: str, user: str) -> AccountId:
    return AccountId(f"{platform}:{tenant}:{user}")


def platform_of(account: AccountId) -> PlatformId:
    return PlatformId(account.split(":", 1)[0])


def tenant_of(account: AccountId) -> str:
    return account.split(":", 2)[1]


def user_of(account: AccountId) -> str:
    """The vendor's own user id."""
    return account.split(":", 2)[2]


def dm_id(one: PersonId, other: PersonId) -> DmId:
    """The conversation of two persons has one id, whoever begins."""
    return DmId(".".join(sorted((one, other))))
