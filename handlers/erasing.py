"""*Erase me*: the person asks, confirms, and is gone – at once for everybody else, after some minutes for the store.

Those minutes are for the last sentence: it reaches them through an account that is erased afterwards. There is no undo.
"""

from collections import Counter
from collections.abc import Sequence

from bot.ids import AccountId
from bot.links import Happening
from bot.people import Account
from bot.words import say
from cards.content import Answer
from handlers import closing, planning
from handlers.consent import close
from handlers.ctx import Ctx
from handlers.planning import Kind, Row
from storage.plans import Plan


def ask(ctx: Ctx, kind: Kind, actor: Account) -> None:
    """A question first, which nobody but this person can answer."""
    person = ctx.tx.people.by_account(actor.id)
    if person is None:
        ctx.show(actor, Answer(say("failed.title"), (say("me.nothing"),)))
        return
    planning.begin(ctx, kind, "erase", actor.id, [person], own=True, now=True)


def look(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    """Only whoever asked: an account that is another person's by now erases nobody."""
    mine = ctx.tx.people.by_account(plan.asker)
    return ["erase:" if mine is not None and person.id == mine.id else "gone:" for _, person in rows]


def erase(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Links end, permissions are revoked, the person is nobody; what is left of them goes when the sentence is out."""
    for _, person in rows:
        accounts = [account.id for account in person.accounts.values()]
        closed = close(ctx, person, Happening.DISCONNECTED)
        ctx.tx.acts.add(AccountId(plan.asker), "erased", person.id, {"platforms": list(closed)})
        before = ctx.tx.parked.of_person(person.id)
        for row in before:
            closing.revoke(ctx, row.body)
        ctx.tx.parked.drop(before)
        ctx.tx.leaving.detach(person.id)
        ctx.tx.leaving.remember(accounts, ctx.now + ctx.policy.keep)
        closing.part(ctx, plan.id, person, accounts)
    plan.data["for_good"] = True
    return Counter(ended=len(rows))
