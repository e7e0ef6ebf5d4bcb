"""People whose addresses differ: joining accounts by hand, parting them, and old domains read as new ones."""

import json

from bot.commands import AccountRef, Command
from bot.ids import AccountId
from bot.people import Account, Person
from bot.plans import has_link
from bot.words import listed, say
from cards.content import Answer
from handlers import people
from handlers.ctx import Ctx
from storage.policies import ALIASES


def match(ctx: Ctx, actor: Account, command: Command) -> None:
    """Two accounts become one person's. Who has syncs, or two accounts of one platform, is refused with the reason."""
    one, other = (_account(ctx, actor, ref) for ref in command.accounts)
    if one is None or other is None:
        return
    wrong = join(ctx, actor, one, other)
    if wrong:
        return _refused(ctx, actor, wrong)
    found = ctx.tx.people.by_account(one.id)
    if found is not None:
        ctx.show(actor, people.person_card(ctx, found, actions=True), subject=f"person:{found.id}")


def join(ctx: Ctx, actor: Account, one: Account, other: Account) -> str:
    """Whoever has the other account becomes the person of the first; else the words why not."""
    owner, guest = ctx.tx.people.by_account(one.id), ctx.tx.people.by_account(other.id)
    ctx.tx.people.lock([person.id for person in (owner, guest) if person])
    wrong = _cannot_join(ctx, one, other, owner, guest)
    if wrong:
        return wrong
    assert owner is not None
    for account in guest.accounts.values() if guest else (other,):
        ctx.tx.matches.join(account.id, owner.id)
    ctx.tx.acts.add(actor.id, "match", owner.id, {"platforms": [one.platform, other.platform]})
    return ""


def _cannot_join(ctx: Ctx, one: Account, other: Account, owner: Person | None, guest: Person | None) -> str:
    if owner is None:
        return say("match.unknown", account=shown(ctx, one))
    if guest is not None and guest.id == owner.id:
        return say("match.same", name=owner.name)
    theirs = set(guest.platforms) if guest else {other.platform}
    both = theirs & set(owner.platforms)
    if both:
        titles = listed([ctx.policy.title(p) for p in sorted(both)])
        return say("match.twice", name=owner.name, platforms=titles)
    for person in (owner, guest):
        if person is not None and has_link(person, ctx.tx.links.of([person.id])):
            return say("match.linked", name=person.name)
    return ""


def unmatch(ctx: Ctx, actor: Account, command: Command) -> None:
    """The account is taken out of its person and stays apart, whatever its address says."""
    account = _account(ctx, actor, command.accounts[0])
    if account is None:
        return
    person = ctx.tx.people.by_account(account.id)
    if person is None and ctx.tx.matches.in_conflict(account.id):
        keep_apart(ctx, actor, account)
        ctx.show(actor, Answer("Unmatch", (say("conflict.kept", account=shown(ctx, account)),)))
        return
    if person is None or len(person.accounts) < 2:
        return _refused(ctx, actor, say("match.alone", account=shown(ctx, account)))
    if has_link(person, ctx.tx.links.of([person.id])):
        return _refused(ctx, actor, say("match.linked", name=person.name))
    ctx.tx.matches.part(account)
    ctx.tx.acts.add(actor.id, "unmatch", person.id, {"platform": account.platform})
    ctx.show(actor, Answer("Unmatch", (say("match.parted", account=shown(ctx, account), name=person.name),)))


def keep_apart(ctx: Ctx, actor: Account, account: Account) -> None:
    """An account that could not be matched is somebody's of its own, for good; never suggested to those it was confused with."""
    found = ctx.tx.people.many(ctx.tx.matches.candidates(account, ctx.aliases)).values()
    ctx.tx.matches.keep_apart([account.id], [each.id for person in found for each in person.accounts.values()])
    made = ctx.tx.matches.part(account)
    ctx.tx.acts.add(
        actor.id, "keep apart", made, {"platform": account.platform, "from": [person.id for person in found]}
    )


def alias(ctx: Ctx, actor: Account, command: Command) -> None:
    assert command.domains is not None
    old, new = command.domains
    if ctx.policy.aliases.get(old) not in (None, new):
        return _refused(ctx, actor, say("alias.fixed", old=old, new=ctx.policy.aliases[old]))
    held = ctx.tx.policies.aliases()
    if held.get(new) == old:
        return _refused(ctx, actor, say("alias.circle", old=old, new=new))
    ctx.tx.policies.put(ALIASES, json.dumps({**held, old: new}))
    ctx.tx.acts.add(actor.id, "alias", old, {"new": new})
    ctx.show(actor, Answer("Alias", (say("alias.set", old=old, new=new),), (("Import users", "import:"),)))


def _account(ctx: Ctx, actor: Account, ref: AccountRef) -> Account | None:
    """The one account that is meant; says why there is none."""
    if ":" in ref.value:
        found = [a for a in [ctx.tx.people.account(AccountId(ref.value))] if a is not None and a.active]
    else:
        found = ctx.tx.matches.named(ref.value, ref.platform)
    if len(found) == 1:
        return found[0]
    if found:
        twins = len({a.platform for a in found}) < len(found)
        names = listed([f"@account:{a.id}" if twins else f"{a.platform}:{a.email}" for a in found[:5]])
        _refused(ctx, actor, say("match.several", value=ref.value, accounts=names))
    else:
        _refused(ctx, actor, say("match.nobody", value=ref.value))
    return None


def shown(ctx: Ctx, account: Account) -> str:
    """An account in words."""
    return f"{account.email or account.name} ({ctx.policy.title(account.platform)})"


def _refused(ctx: Ctx, actor: Account, words: str) -> None:
    ctx.show(actor, Answer(say("failed.title"), (words,)))
