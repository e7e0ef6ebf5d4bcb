"""Persons and accounts: matching at import, looking up, listing. Searching lists lives in ``storage.listing``.

Matching is by verified address only; two accounts of one platform with one address are a conflict, never a guess.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from bot.ids import AccountId, PersonId, PlatformId, RunId, fresh, platform_of, tenant_of, user_of
from bot.people import Account, Kind, Person, address_key
from storage.addresses import CHUNK, Addresses, keys_of
from storage.hot import Hot
from storage.listing import Counts, Listing
from storage.schema import accounts, links, people
from storage.upsert import upsert

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
_HOME = Hot(select(people.c.primary_platform).where(people.c.id == bindparam("person")))


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many persons were made, how many accounts joined a person, how many could not be matched."""

    created: int = 0
    joined: int = 0
    conflicts: int = 0
    gone: tuple[AccountId, ...] = ()
    """Accounts of persons that are not usable any more."""


def account_of(row: Any) -> Account:
    return Account(
        AccountId(row.id), row.name, row.email, Kind(row.kind), row.admin, row.active, row.time_zone, row.address
    )


def person_of(row: Any, mine: Iterable[Account]) -> Person:
    primary = PlatformId(row.primary_platform) if row.primary_platform else None
    return Person(PersonId(row.id), row.name, row.email, primary, row.excluded, {a.platform: a for a in mine})


class People(Listing):
    """The repository of persons and accounts within one transaction."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        super().__init__(conn)
        self.now = now
        self.addresses = Addresses(conn)

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

    def many(self, ids: Collection[PersonId]) -> dict[PersonId, Person]:
        """The persons with their active accounts."""
        found: dict[PersonId, Person] = {}
        wanted = list(ids)
        for at in range(0, len(wanted), CHUNK):
            found.update(self._some(wanted[at : at + CHUNK]))
        return found

    def _some(self, ids: Sequence[PersonId]) -> dict[PersonId, Person]:
        rows = self.conn.execute(select(people).where(people.c.id.in_(ids))).all()
        mine: dict[str, list[Account]] = {}
        owned = select(accounts).where(accounts.c.person.in_(ids), accounts.c.active)
        for row in self.conn.execute(owned):
            mine.setdefault(row.person, []).append(account_of(row))
        return {PersonId(row.id): person_of(row, mine.get(row.id, ())) for row in rows}

    def primary_of(self, person: PersonId) -> PlatformId | None:
        row = _HOME.first(self.conn, person=person)
        return PlatformId(row.primary_platform) if row and row.primary_platform else None

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

    # -- import ----------------------------------------------------------------------------------

    def note(self, account: Account) -> None:
        """Remember an account, without a person: somebody talked to the bot before any import."""
        row = self.conn.execute(select(accounts.c.conflict).where(accounts.c.id == account.id)).first()
        self._store([account], {}, None, {account.id} if row and row.conflict else set())

    def upsert(self, listed: Sequence[Account], run: RunId | None, aliases: Mapping[str, str]) -> Upserted:
        """Store a page of the directory and match it to persons by verified address."""
        owner = self._owners([a.id for a in listed])
        strayed = self._let_go(listed, owner, aliases)
        usable = [a for a in listed if a.usable and owner.get(a.id) is None]
        keys = {a.id: keys_of(a, aliases) for a in usable}
        known = self.addresses.known({key for mine in keys.values() for key in mine})
        taken = self._taken({person for persons in known.values() for person in persons})
        new: dict[PersonId, Account] = {}
        conflicts: set[AccountId] = set()
        joined = 0
        for account in usable:
            found = {person for key in keys[account.id] for person in known.get(key, ())}
            if len(found) > 1 or any((person, account.platform) in taken for person in found):
                conflicts.add(account.id)
                continue
            person = next(iter(found), None)
            if person is None:
                person = PersonId(fresh())
                new[person] = account
            else:
                joined += 1
            for key in keys[account.id]:
                known.setdefault(key, set()).add(person)
            taken.add((person, account.platform))
            owner[account.id] = person
        self.create(new, aliases)
        self._store(listed, owner, run, conflicts)
        self.addresses.put(listed, aliases)
        self._erase_empty(strayed)
        owners = {PersonId(p) for p in owner.values() if p}
        self.settle(owners)
        self._called(owners, aliases)
        gone = tuple(a.id for a in listed if not a.active and owner.get(a.id))
        return Upserted(len(new), joined, len(conflicts), gone)

    def _let_go(
        self, listed: Sequence[Account], owner: dict[AccountId, str | None], aliases: Mapping[str, str]
    ) -> set[PersonId]:
        """An account whose address is now another person's leaves its old one, unless something was asked or answered there,
        or somebody put it where it is."""
        own = {a.id: a.email for a in listed if a.usable and a.email and owner.get(a.id)}
        fixed = self._by_hand(own)
        keys = {i: address_key(email, aliases) for i, email in own.items() if i not in fixed}
        found = self.addresses.own(set(keys.values()))
        moving = {i: PersonId(str(owner[i])) for i, key in keys.items() if found.get(key, owner[i]) != owner[i]}
        if not moving:
            return set()
        taken = self._taken(set(found.values()))
        kept = links.c.reason.not_in(("reset", "left"))
        bound = set(
            self.conn.execute(select(links.c.person).where(links.c.person.in_(moving.values()), kept)).scalars()
        )
        left = set()
        for account, person in moving.items():
            if person in bound or (found[keys[account]], platform_of(account)) in taken:
                continue
            self.conn.execute(update(accounts).where(accounts.c.id == account).values(person=None))
            owner[account] = None
            left.add(person)
        return left

    def _erase_empty(self, persons: Collection[PersonId]) -> None:
        """Persons that lost their last account to somebody else."""
        if persons:
            mine = select(accounts.c.id).where(accounts.c.person == people.c.id).exists()
            self.conn.execute(delete(people).where(people.c.id.in_(list(persons)), ~mine, ~people.c.excluded))
            self.settle(persons)

    def _called(self, persons: Collection[PersonId], aliases: Mapping[str, str]) -> None:
        """Names and addresses follow the home account; an address stays while one of the accounts still has it."""
        for person in self.many(list(persons)).values():
            mine = [person.accounts[p] for p in person.platforms]
            if not mine:
                continue
            lead = person.home or next((a for a in mine if a.name == person.name), mine[0])
            keys = [address_key(a.email, aliases) for a in (lead, *mine) if a.email]
            email = person.email if person.email in keys or not keys else keys[0]
            if email != person.email and self.addresses.own({str(email)}):
                email = person.email
            if (lead.name, email) != (person.name, person.email):
                change = update(people).where(people.c.id == person.id)
                self.conn.execute(change.values(name=lead.name, email=email))

    def _owners(self, ids: Sequence[AccountId]) -> dict[AccountId, str | None]:
        found: dict[AccountId, str | None] = {}
        for at in range(0, len(ids), CHUNK):
            some = select(accounts.c.id, accounts.c.person).where(accounts.c.id.in_(ids[at : at + CHUNK]))
            found.update({AccountId(row.id): row.person for row in self.conn.execute(some)})
        return found

    def _by_hand(self, ids: Collection[AccountId]) -> set[AccountId]:
        wanted = sorted(ids)
        found: set[AccountId] = set()
        for at in range(0, len(wanted), CHUNK):
            some = select(accounts.c.id).where(accounts.c.id.in_(wanted[at : at + CHUNK]), accounts.c.by_hand)
            found.update(AccountId(i) for i in self.conn.execute(some).scalars())
        return found

    def _taken(self, persons: set[PersonId]) -> set[tuple[PersonId, PlatformId]]:
        wanted, found = sorted(persons), set()
        for at in range(0, len(wanted), CHUNK):
            some = select(accounts.c.person, accounts.c.platform).where(accounts.c.person.in_(wanted[at : at + CHUNK]))
            found.update({(PersonId(row.person), PlatformId(row.platform)) for row in self.conn.execute(some)})
        return found

    def create(self, new: Mapping[PersonId, Account], aliases: Mapping[str, str]) -> None:
        rows = [
            {
                "id": person,
                "name": account.name,
                "email": address_key(account.email, aliases) if account.email else None,
                "primary_platform": account.platform,
                "primary_chosen": False,
                "excluded": False,
                "made": self.now,
            }
            for person, account in new.items()
        ]
        if rows:
            self.conn.execute(insert(people), rows)

    def _store(
        self,
        listed: Sequence[Account],
        owner: Mapping[AccountId, str | None],
        run: RunId | None,
        conflicts: set[AccountId],
    ) -> None:
        rows = [
            {
                "id": a.id,
                "person": owner.get(a.id),
                "platform": platform_of(a.id),
                "tenant": tenant_of(a.id),
                "user": user_of(a.id),
                "email": a.email,
                "name": a.name,
                "kind": a.kind,
                "admin": a.admin,
                "active": a.active,
                "time_zone": a.time_zone,
                "address": a.address.lower() if a.address else None,
                "conflict": a.id in conflicts,
                "run": run,
            }
            for a in listed
        ]
        if not rows:
            return
        new = upsert(self.conn, accounts)
        kept = ("name", "email", "kind", "admin", "active", "time_zone", "address", "conflict")
        change = {column: new.excluded[column] for column in kept}
        change["person"] = func.coalesce(accounts.c.person, new.excluded.person)
        change["run"] = func.coalesce(new.excluded.run, accounts.c.run)
        self.conn.execute(new.on_conflict_do_update(index_elements=["id"], set_=change), rows)

    # -- primary ---------------------------------------------------------------------------------

    def settle(self, persons: Collection[PersonId]) -> None:
        """Nobody's choice: one platform is the primary, several are undecided. A choice stays while its account exists,
        and so does the home of a link."""
        linked: set[str] = set()
        wanted = list(persons)
        for at in range(0, len(wanted), CHUNK):
            some = wanted[at : at + CHUNK]
            live = select(links.c.person).where(links.c.person.in_(some), links.c.state.in_(("pending", "synced")))
            linked.update(self.conn.execute(live).scalars())
            home = select(accounts.c.id).where(
                accounts.c.person == people.c.id, accounts.c.platform == people.c.primary_platform, accounts.c.active
            )
            chosen = select(people.c.id).where(people.c.id.in_(some), people.c.primary_chosen, home.exists())
            linked.update(self.conn.execute(chosen).scalars())
        rows = []
        for person in self.many(wanted).values():
            if person.id in linked:
                continue
            platforms = person.platforms
            primary = platforms[0] if len(platforms) == 1 else None
            if primary != person.primary:
                rows.append((person.id, primary))
        for person_id, primary in rows:
            change = update(people).where(people.c.id == person_id)
            self.conn.execute(change.values(primary_platform=primary, primary_chosen=False))

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

    def deactivate(self, account: AccountId) -> None:
        """The account is closed and leaves its person, so that a new one may join; the person stays."""
        row = self.conn.execute(select(accounts.c.person).where(accounts.c.id == account)).first()
        self.conn.execute(
            update(accounts).where(accounts.c.id == account).values(active=False, person=None, by_hand=False)
        )
        if row is not None and row.person:
            self.settle([PersonId(row.person)])

    def remove(self, person: PersonId) -> None:
        """Erase a person and their accounts."""
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
