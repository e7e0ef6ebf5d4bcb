"""Matching by hand: what an administrator joined or took apart stays so, whatever the addresses say at later imports."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, func, select, update

from bot.ids import AccountId, PersonId, PlatformId, fresh, platform_of
from bot.people import Account
from storage.listing import account_of
from storage.people import People
from storage.schema import accounts, people


class Matches:
    def __init__(self, conn: Connection, persons: People) -> None:
        self.conn = conn
        self.persons = persons

    def named(self, email: str, platform: PlatformId | None) -> list[Account]:
        """Active accounts with this very address."""
        found = select(accounts).where(accounts.c.email == email, accounts.c.active)
        if platform is not None:
            found = found.where(accounts.c.platform == platform)
        return [account_of(row) for row in self.conn.execute(found.order_by(accounts.c.id).limit(20))]

    def join(self, account: AccountId, person: PersonId) -> None:
        """The account is this person's from now on; a person without accounts is gone."""
        before = self._move(account, person)
        if before and before != person:
            left = select(func.count()).select_from(accounts).where(accounts.c.person == before)
            if not self.conn.execute(left).scalar_one():
                self.conn.execute(delete(people).where(people.c.id == before))
        self.persons.settle([p for p in (before, person) if p])

    def part(self, account: Account) -> PersonId:
        """The account is somebody's of its own, without an address: nothing else finds its way there by it."""
        made = PersonId(fresh())
        self.persons.create({made: replace(account, email=None)}, {})
        before = self._move(account.id, made)
        self.persons.settle([p for p in (before, made) if p])
        return made

    def bring_back(self, person: PersonId, name: str, email: str | None, mine: Sequence[AccountId]) -> None:
        """A person who was taken out, under the old number; persons made of the same accounts meanwhile are gone."""
        held = select(accounts.c.person).where(accounts.c.id.in_(mine), accounts.c.person.is_not(None))
        made = set(self.conn.execute(held).scalars())
        self.conn.execute(delete(people).where(people.c.id.in_(made)))
        taken = self.conn.execute(select(people.c.id).where(people.c.email == email)).first() if email else None
        lead = self.persons.account(mine[0]) if mine else None
        if lead is not None:
            self.persons.create({person: replace(lead, name=name, email=None if taken else email)}, {})
            self.reactivate(mine, person, only_active=True)

    def reactivate(self, mine: Sequence[AccountId], person: PersonId, *, only_active: bool = False) -> None:
        """Accounts that nobody has now belong to this person again, one a platform."""
        found = self.persons.get(person)
        taken = set(found.platforms) if found else set()
        for account in mine:
            if platform_of(account) in taken:
                continue
            change = update(accounts).where(accounts.c.id == account, accounts.c.person.is_(None))
            if only_active:
                change = change.where(accounts.c.active)
            if self.conn.execute(change.values(person=person, active=True, conflict=False)).rowcount:
                taken.add(platform_of(account))
        self.persons.settle([person])

    def _move(self, account: AccountId, person: PersonId) -> PersonId | None:
        before = self.conn.execute(select(accounts.c.person).where(accounts.c.id == account)).scalar()
        change = update(accounts).where(accounts.c.id == account)
        self.conn.execute(change.values(person=person, conflict=False, by_hand=True))
        return PersonId(before) if before else None
