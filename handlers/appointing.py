"""Naming administrators and the helpdesk in chat. Who is named in the settings can be changed only there.

While nobody is named, the platforms' own administrators count: the first one named takes their author along, so that
nobody locks themselves out, and the last one stays.
"""

from collections.abc import Sequence

from bot.commands import Command
from bot.links import LinkReason
from bot.people import Account, Person
from bot.words import say
from cards.content import AdminNotice, Answer
from handlers.ctx import Ctx
from handlers.roles import administrators

ADMIN, HELPDESK = "admin", "helpdesk"


def show(ctx: Ctx, actor: Account) -> None:
    """Everybody who is named, with role and where it was said."""
    named = ctx.tx.policies.roles()
    lines = [_line(ctx, email, say("role.admin"), say("role.setting")) for email in sorted(ctx.policy.admins)]
    lines += [_line(ctx, email, say(f"role.{role}"), "") for email, role in sorted(named.items())]
    if not ctx.admins:
        lines.append(say("role.platforms"))
    ctx.show(actor, Answer(say("role.title"), tuple(lines)))


def _line(ctx: Ctx, email: str, role: str, where: str) -> str:
    person = ctx.tx.people.by_email(email, ctx.aliases)
    named = f"{person.name} ({email})" if person else email
    return f"{named}: {role}{where}"


def change(ctx: Ctx, actor: Account, command: Command, found: Sequence[Person]) -> None:
    """One person at a time: a role is no matter of selections."""
    person = found[0]
    if len(found) > 1 or person.email is None:
        key = "role.one" if len(found) > 1 else "role.no_address"
        ctx.show(actor, Answer(say("failed.title"), (say(key, name=person.name),)))
        return
    refused = _drop(ctx, person, person.email) if command.drop else _add(ctx, actor, person.email, command.words)
    if refused:
        ctx.show(actor, Answer(say("failed.title"), (say(refused, name=person.name),)))
        return
    role = command.words or ADMIN
    ctx.tx.acts.add(actor.id, "admins remove" if command.drop else "admins add", person.id, {"role": role})
    show(ctx, actor)
    key = "admin.dismissed" if command.drop else f"admin.appointed.{role}"
    for account in administrators(ctx)[:20]:
        if account.id != actor.id:
            facts = AdminNotice(key, person.name, actor.name, LinkReason.NONE)
            ctx.show(account, facts, subject=f"admin:{key}")


def _add(ctx: Ctx, actor: Account, email: str, role: str) -> str:
    """Names somebody; a sentence's key when that cannot be."""
    roles = ctx.tx.policies.roles()
    if email in ctx.policy.admins:
        return "role.fixed"
    wanted = role or ADMIN
    if wanted == HELPDESK and ctx.admins == {email}:
        return "role.last"
    if wanted == ADMIN and not ctx.admins:
        if actor.email is None:
            return "role.nobody_left"
        roles[actor.email] = ADMIN
    roles[email] = wanted
    ctx.tx.policies.set_roles(roles)
    return ""


def _drop(ctx: Ctx, person: Person, email: str) -> str:
    roles = ctx.tx.policies.roles()
    if email in ctx.policy.admins:
        return "role.fixed"
    if email not in roles:
        return "role.none"
    if roles[email] == ADMIN and ctx.admins == {email}:
        return "role.last"
    del roles[email]
    ctx.tx.policies.set_roles(roles)
    return ""
