"""People who are taken out: their accounts are nobody's for a while, and then everything about them is erased.

What stays are the audit log and counts, under the person's number, behind which there is nobody any more.
"""

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from bot.ids import AccountId, PersonId
from storage.schema import (
    accounts,
    apart,
    attempts,
    cards,
    legs,
    messages,
    people,
    plan_people,
    plans,
    policy,
    runs,
    seen,
    team_members,
)
from storage.sealing import Keys
from storage.upsert import upsert


class Leaving:
    def __init__(self, conn: Connection, keys: Keys) -> None:
        self.conn = conn
        self.keys = keys

    # -- staying away ----------------------------------------------------------------------------

    def remember(self, ids: Collection[AccountId], until: datetime) -> None:
        """These were taken out on purpose: only somebody's own import brings them back. Kept as keyed hashes alone."""
        new = upsert(self.conn, seen)
        change = {"until": new.excluded.until}
        rows = [{"key": key, "until": until} for key in self._marks(ids)]
        if rows:
            self.conn.execute(new.on_conflict_do_update(index_elements=["key"], set_=change), rows)

    def welcome(self, ids: Collection[AccountId]) -> None:
        """Whoever of them was taken out may come back."""
        self.conn.execute(delete(seen).where(seen.c.key.in_(list(self._marks(ids)))))

    def away(self, ids: Collection[AccountId]) -> set[AccountId]:
        """Those of at most a page of accounts that were taken out on purpose."""
        marks = self._marks(ids)
        found = self.conn.execute(select(seen.c.key).where(seen.c.key.in_(list(marks)))).scalars()
        return {marks[key] for key in found}

    def _marks(self, ids: Collection[AccountId]) -> dict[str, AccountId]:
        return {f"away:{self.keys.digest(account)}": account for account in ids}

    # -- erasing ---------------------------------------------------------------------------------

    def detach(self, person: PersonId) -> None:
        """The person is gone; their accounts are nobody's, until they are erased or somebody's again."""
        self.conn.execute(update(accounts).where(accounts.c.person == person).values(person=None, by_hand=False))
        self.conn.execute(delete(people).where(people.c.id == person))

    def erase_messages(self, person: PersonId, most: int) -> int:
        """Erase some of the messages that a person wrote or was to read, with their copies; returns how many."""
        theirs = or_(messages.c.author == person, messages.c.reader == person)
        some = list(self.conn.execute(select(messages.c.id).where(theirs).limit(most)).scalars())
        self.conn.execute(delete(messages).where(messages.c.id.in_(some)))
        return len(some)

    def erase_person(self, person: PersonId) -> None:
        """What stands under the person's number: conversations, attempts, rows and names in plans, cards about them."""
        mine = or_(
            legs.c.dm.startswith(f"{person}.", autoescape=True), legs.c.dm.endswith(f".{person}", autoescape=True)
        )
        self.conn.execute(delete(legs).where(mine))
        self.conn.execute(delete(attempts).where(attempts.c.person == person))
        self.conn.execute(delete(cards).where(cards.c.subject == f"person:{person}"))
        self.conn.execute(delete(plan_people).where(plan_people.c.person == person))

    def erase_names(self, person: PersonId, name: str) -> None:
        """A plan's groups show the first names in them."""
        found = select(plans.c.id, plans.c.data).join(plan_people, plan_people.c.plan == plans.c.id)
        for row in self.conn.execute(found.where(plan_people.c.person == person).with_for_update(of=plans)).all():
            data = json.loads(row.data)
            for group in data.get("groups", {}).values():
                group[1] = [one for one in group[1] if one != name]
            self.conn.execute(update(plans).where(plans.c.id == row.id).values(data=json.dumps(data)))

    def erase_accounts(self, ids: Collection[AccountId], person: PersonId, before: datetime) -> None:
        """Erase those of these accounts that are still nobody's. What was shown to, or asked by, any of them before the
        person was taken out is erased, or bears their number, even when they are somebody's again."""
        mine = list(ids)
        self.conn.execute(delete(cards).where(cards.c.account.in_(mine), cards.c.made <= before))
        self.conn.execute(delete(plans).where(plans.c.asker.in_(mine), plans.c.made <= before, plans.c.data.like(_OWN)))
        for table in (plans, runs):
            asked = update(table).where(table.c.asker.in_(mine), table.c.made <= before)
            self.conn.execute(asked.values(asker=str(person)))
        for account in mine:
            self._unnamed(account, person, before)
        gone = delete(accounts).where(accounts.c.id.in_(mine), accounts.c.person.is_(None)).returning(accounts.c.id)
        left = [AccountId(i) for i in self.conn.execute(gone).scalars()]
        self.conn.execute(delete(team_members).where(team_members.c.account.in_(left)))
        self.conn.execute(delete(cards).where(cards.c.account.in_(left)))
        self.conn.execute(delete(attempts).where(attempts.c.account.in_(left)))
        self.conn.execute(delete(apart).where(or_(apart.c.one.in_(left), apart.c.other.in_(left))))
        self.conn.execute(delete(policy).where(policy.c.name.startswith("connected by:"), policy.c.value.in_(left)))

    def _unnamed(self, account: AccountId, person: PersonId, before: datetime) -> None:
        """Plans remember who confirmed them, or took them back."""
        quoted = json.dumps(account)
        found = select(plans.c.id, plans.c.data).where(plans.c.data.contains(quoted, autoescape=True))
        for row in self.conn.execute(found.where(plans.c.made <= before).with_for_update()).all():
            data = row.data.replace(quoted, json.dumps(person))
            self.conn.execute(update(plans).where(plans.c.id == row.id).values(data=data))


_OWN = '%"kind": "erase"%'
"""Plans of nobody's business but the person's own."""
