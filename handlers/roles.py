"""Who may do what. The only place that answers the question.

Administrators are those the company named, by setting or in chat; while it named nobody, those whom a connected platform
reports as such. The helpdesk looks and reprompts.
"""

from bot.ids import PlatformId
from bot.people import Account, address_key
from bot.words import listed, say
from cards.content import Answer
from handlers.ctx import Ctx


def is_admin(ctx: Ctx, account: Account) -> bool:
    """Whether this account belongs to an administrator. Only verified addresses count against the company's list."""
    admins = ctx.admins
    if admins:
        return not admins.isdisjoint(_addresses(ctx, account))
    return account.admin and account.active


def is_helpdesk(ctx: Ctx, account: Account) -> bool:
    """Whether this account may look at people and ask them again; administrators may, too."""
    return not ctx.helpdesk.isdisjoint(_addresses(ctx, account)) or is_admin(ctx, account)


def _addresses(ctx: Ctx, account: Account) -> set[str]:
    """Every verified address of the account, as it is and with old domains read as the new ones."""
    mine = {account.email, *account.also} - {None} if account.email else set()
    return {name for email in mine if email for name in (email, address_key(email, ctx.aliases))}


def is_imported(ctx: Ctx, account: Account) -> bool:
    person = ctx.tx.people.by_account(account.id)
    return person is not None and not person.excluded


def who_can_help(ctx: Ctx) -> tuple[str, ...]:
    """Names of administrators, for a polite refusal; the support address when nobody is known."""
    if ctx.admins:
        return tuple(_called(ctx, email) for email in sorted(ctx.admins)[:3])
    names = tuple(dict.fromkeys(account.name for account in ctx.tx.people.admins(None)))[:3]
    return names or ((ctx.policy.support,) if ctx.policy.support else ())


def helpers(ctx: Ctx) -> str:
    """Whom to ask, in words for a sentence."""
    return listed(who_can_help(ctx)) or say("answer.somebody")


def refusal(ctx: Ctx) -> Answer:
    """A polite no that names who can help."""
    return Answer(say("failed.title"), (say("answer.refused"), say("answer.refused.whom", names=helpers(ctx))))


def administrators(ctx: Ctx, avoid: PlatformId | None = None) -> tuple[Account, ...]:
    """Each administrator once: at home, or where they talked to the bot last; not on ``avoid`` if that can be helped."""
    found: dict[str, Account] = {}
    for account in _appointed(ctx):
        person = ctx.tx.people.by_account(account.id)
        if person is None:
            found.setdefault(account.id, account)
            continue
        talked = ctx.tx.cards.last_place([a.id for a in person.accounts.values()])
        order = sorted(person.accounts.values(), key=lambda a: (a is not person.home, a.id != talked, a.id))
        mine = [*order, account]
        found.setdefault(person.id, next((a for a in mine if a.platform != avoid), mine[0]))
    return tuple(found.values())


def _appointed(ctx: Ctx) -> list[Account]:
    if not ctx.admins:
        return ctx.tx.people.admins(None)
    people = [ctx.tx.people.by_email(email, ctx.aliases) for email in sorted(ctx.admins)]
    return [account for person in people if person for account in list(person.accounts.values())[:1]]


def _called(ctx: Ctx, email: str) -> str:
    person = ctx.tx.people.by_email(email, ctx.aliases)
    return f"{person.name} ({email})" if person else email
