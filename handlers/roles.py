"""Who may do what. The only place that answers the question.

Administrators are those the company named; while it named nobody, those whom a connected platform reports as such.
"""

import enum

from bot.people import Account
from handlers.ctx import Ctx


class Role(enum.StrEnum):
    ADMIN = "admin"
    IMPORTED = "imported"
    ALL = "all"


def is_admin(ctx: Ctx, account: Account) -> bool:
    """Whether this account belongs to an administrator. Only verified addresses count against the company's list."""
    if ctx.policy.admins:
        return account.email is not None and account.email in ctx.policy.admins
    return account.admin and account.active


def is_imported(ctx: Ctx, account: Account) -> bool:
    person = ctx.tx.people.by_account(account.id)
    return person is not None and not person.excluded


def who_can_help(ctx: Ctx) -> tuple[str, ...]:
    """Names of administrators, for a polite refusal; the support address when nobody is known."""
    if ctx.policy.admins:
        return tuple(sorted(ctx.policy.admins)[:3])
    names = tuple(account.name for account in ctx.tx.people.admins(None)[:3])
    return names or ((ctx.policy.support,) if ctx.policy.support else ())
