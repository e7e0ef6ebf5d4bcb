"""Persons and accounts: looking up, the primary, leaving. Lists live in ``storage.listing``, imports in ``storage.intake``."""

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, delete, func, or_, select, update

from bot.ids import AccountId, PersonId, PlatformId, RunId
from bot.people import Account, Kind, Person, address_key
from storage.addresses import CHUNK
from storage.hot import Hot
from storage.intake import Intake
from storage.listing import Counts, account_of, person_of
from storage.schema import accounts, apart, people

_OWNERS = Hot(
    select(accounts.c.id.label("account"), people)
    .join(people, people.c.id == accounts.c.person)
    .where(or_(accounts.c.id == bindparam("one"), accounts.c.id == bindparam("other")))
)
_OWNED = Hot(
    select(accounts).where(
        or_(accounts.c.person == bindparam("one"), accounts.c.person == bindparam("other")), accounts.c.active
    )
)
_ON = Hot(
    select(accounts).where(accounts.c.person == bindparam("person"), accounts.c.platform == bindparam("platform"))
)


class People(Intake):
    """The repository of persons and accounts within one transaction."""

    # -- reading ---------------------------------------------------------------------------------

    def account(self, account: AccountId) -> Account | None:
        row = self.conn.execute(select(accounts).where(accounts.c.id == account)).first()
        return account_of(row) if row else None

    def by_account(self, account: AccountId) -> Person | None:
        person = self.conn.execute(select(accounts.c.person).where(accounts.c.id == account)).scalar()
        return self.get(PersonId(person)) if person else None

    def by_accounts(self, one: AccountId, other: AccountId) -> tuple[Person | None, Person | None]:
        """The persons of two accounts, in two statements."""
        rows = _OWNERS.rows(self.conn, one=one, other=other)
        owner = {row.account: row.id for row in rows}
        mine: dict[str, list[Account]] = {row.id: [] for row in rows}
        persons = [*mine, "", ""]
        for row in _OWNED.rows(self.conn, one=persons[0], other=persons[1]) if mine else ():
            mine[row.person].append(account_of(row))
        found = {PersonId(row.id): person_of(row, mine[row.id]) for row in rows}
        return found.get(PersonId(owner.get(one) or "")), found.get(PersonId(owner.get(other) or ""))

    def get(self, person: PersonId) -> Person | None:
        return self.many([person]).get(person)

    def accounts_on(self, platform: PlatformId, persons: Collection[PersonId]) -> dict[PersonId, Account]:
        """The account on ``platform`` of each of a few persons."""
        found = [row for person in persons for row in _ON.rows(self.conn, person=person, platform=platform)]
        return {PersonId(row.person): account_of(row) for row in found}

    def by_address(self, platform: PlatformId, address: str) -> AccountId | None:
        found = select(accounts.c.id).where(accounts.c.platform == platform, accounts.c.address == address.lower())
        row = self.conn.execute(found).first()
        return AccountId(row.id) if row else None

    def by_email(self, email: str, aliases: Mapping[str, str]) -> Person | None:
        """By the address under which the person was matched, else by one of their accounts'."""
        key = address_key(email, aliases)
        found = self.addresses.own([key]).get(key)
        if found is None:
            mine = select(accounts.c.person).where(accounts.c.email == email.strip().lower())
            found = self.conn.execute(mine.where(accounts.c.active, accounts.c.person.is_not(None)).limit(1)).scalar()
        if found is None:
            others = self.addresses.known([key]).get(key, set())
            found = others.pop() if len(others) == 1 else None
        return self.get(PersonId(found)) if found else None

    def lock(self, persons: Collection[PersonId]) -> None:
        """Whoever decides over a person's links waits for others that do; in one order, so that nobody waits in a ring."""
        wanted = sorted(set(persons))
        for at in range(0, len(wanted), CHUNK):
            mine = select(people.c.id).where(people.c.id.in_(wanted[at : at + CHUNK]))
            self.conn.execute(mine.order_by(people.c.id).with_for_update()).all()

    def admins(self, platform: PlatformId | None) -> list[Account]:
        """Accounts that their platform reports as administrators."""
        found = select(accounts).where(accounts.c.admin, accounts.c.active, accounts.c.kind == Kind.MEMBER)
        if platform is not None:
            found = found.where(accounts.c.platform == platform)
        return [account_of(row) for row in self.conn.execute(found.order_by(accounts.c.name).limit(50))]

    def counts(self) -> Counts:
        return self.totals()

    # -- primary ---------------------------------------------------------------------------------

    def set_primary(self, persons: Collection[PersonId], platform: PlatformId) -> None:
        wanted = list(persons)
        for at in range(0, len(wanted), CHUNK):
            change = update(people).where(people.c.id.in_(wanted[at : at + CHUNK]))
            self.conn.execute(change.values(primary_platform=platform, primary_chosen=True))

    def move_to(self, person: PersonId, platform: PlatformId | None) -> None:
        """What becomes the primary once the person allowed; None: nothing does."""
        self.conn.execute(update(people).where(people.c.id == person).values(moving=platform))

    def exclude(self, persons: Collection[PersonId], excluded: bool) -> None:
        wanted = list(persons)
        for at in range(0, len(wanted), CHUNK):
            change = update(people).where(people.c.id.in_(wanted[at : at + CHUNK]))
            self.conn.execute(change.values(excluded=excluded))

    def clear_primary(self, person: PersonId) -> None:
        """Forget a choice; a person with one platform has that as primary."""
        self.conn.execute(update(people).where(people.c.id == person).values(primary_chosen=False))
        self.settle([person])

    # -- leaving ---------------------------------------------------------------------------------

    def remove(self, person: PersonId) -> None:
        """Erase a person and their accounts."""
        mine = select(accounts.c.id).where(accounts.c.person == person)
        self.conn.execute(delete(apart).where(or_(apart.c.one.in_(mine), apart.c.other.in_(mine))))
        self.conn.execute(delete(accounts).where(accounts.c.person == person))
        self.conn.execute(delete(people).where(people.c.id == person))

    def seen(self, platform: PlatformId, run: RunId) -> int:
        """How many accounts a run's listing has shown so far."""
        found = select(func.count()).where(accounts.c.platform == platform, accounts.c.run == run)
        return int(self.conn.execute(found).scalar_one())

    def not_seen(self, platform: PlatformId, run: RunId, most: int, last: RunId | None = None) -> list[Account]:
        """Accounts of persons that a finished listing did not show; with ``last``: that this earlier one did show."""
        found = (
            select(accounts)
            .where(accounts.c.platform == platform, accounts.c.active, accounts.c.person.is_not(None))
            .where((accounts.c.run != run) | accounts.c.run.is_(None))
            .order_by(accounts.c.id)
            .limit(most)
        )
        if last is not None:
            found = found.where(accounts.c.run == last)
        return [account_of(row) for row in self.conn.execute(found)]
