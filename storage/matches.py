"""Matching by hand: what an administrator joined or took apart stays so, whatever the addresses say at later imports.

And what awaits such a hand: accounts that could not be matched, and people of one name on different platforms.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from bot.ids import AccountId, PersonId, PlatformId, fresh, platform_of
from bot.people import Account, address_key
from storage.listing import account_of
from storage.people import People
from storage.schema import accounts, addresses, apart, people
from storage.upsert import upsert


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
        left = self.persons.get(before) if before else None
        if left is not None:
            self.keep_apart([account.id], [other.id for other in left.accounts.values()])
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

    # -- what could not be matched -------------------------------------------------------------------

    def conflicts(self, offset: int, limit: int) -> list[Account]:
        """Accounts whose addresses lead to two persons, or to one who has another account there."""
        found = select(accounts).where(accounts.c.conflict, accounts.c.active).order_by(accounts.c.name, accounts.c.id)
        return [account_of(row) for row in self.conn.execute(found.offset(offset).limit(limit))]

    def in_conflict(self, account: AccountId) -> bool:
        mine = select(accounts.c.id).where(accounts.c.id == account, accounts.c.conflict, accounts.c.active)
        return self.conn.execute(mine).first() is not None

    def candidates(self, account: Account, aliases: Mapping[str, str]) -> list[PersonId]:
        """The persons to whom the account's addresses lead."""
        further = select(addresses.c.email).where(addresses.c.account == account.id)
        keys = {address_key(account.email, aliases)} if account.email else set()
        known = self.persons.addresses.known({*keys, *self.conn.execute(further).scalars()})
        return sorted({person for found in known.values() for person in found})

    # -- people of one name --------------------------------------------------------------------------

    def namesakes(self, offset: int, limit: int) -> list[tuple[PersonId, PersonId]]:
        """Pairs of people who may be one: the same name, no platform in common, and nobody else of that name beside any of
        them. Names are grouped once, along their index; nobody is compared with everybody."""
        twice = select(people.c.name).group_by(people.c.name).having(func.count() > 1)
        alone = (
            select(people.c.name)
            .join(accounts, accounts.c.person == people.c.id)
            .where(people.c.name.in_(twice), people.c.name != "")
            .group_by(people.c.name)
            .having(func.count(people.c.id.distinct()) > 1, func.count() == func.count(accounts.c.platform.distinct()))
        )
        one, other = people.alias("one"), people.alias("other")
        mine, theirs = accounts.alias("mine"), accounts.alias("theirs")
        said = or_(
            and_(apart.c.one == mine.c.id, apart.c.other == theirs.c.id),
            and_(apart.c.one == theirs.c.id, apart.c.other == mine.c.id),
        )
        parted = select(apart.c.one).where(mine.c.person == one.c.id, theirs.c.person == other.c.id, said)
        found = (
            select(one.c.id, other.c.id)
            .join(other, and_(one.c.name == other.c.name, one.c.id < other.c.id))
            .where(one.c.name.in_(alone), one.c.reach > 0, other.c.reach > 0, ~one.c.excluded, ~other.c.excluded)
            .where(~parted.exists())
            .order_by(one.c.name, one.c.id, other.c.id)
        )
        rows = self.conn.execute(found.offset(offset).limit(limit))
        return [(PersonId(row[0]), PersonId(row[1])) for row in rows]

    def keep_apart(self, some: Collection[AccountId], others: Collection[AccountId]) -> None:
        """Somebody said that these accounts are not those others' humans'."""
        rows = [{"one": min(a, b), "other": max(a, b)} for a in some for b in others if a != b]
        if rows:
            new = upsert(self.conn, apart).on_conflict_do_nothing(index_elements=["one", "other"])
            self.conn.execute(new, rows)

    def are_apart(self, some: Collection[AccountId], others: Collection[AccountId]) -> bool:
        pairs = [(min(a, b), max(a, b)) for a in some for b in others]
        found = (select(apart.c.one).where(apart.c.one == one, apart.c.other == other) for one, other in pairs)
        return any(self.conn.execute(pair).first() is not None for pair in found)
