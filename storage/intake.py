"""What a directory shows becomes accounts, and accounts become persons; and what follows for a person from their accounts.

Matching is by verified address only; two accounts of one platform with one address are a conflict, never a guess.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from bot.ids import AccountId, PersonId, PlatformId, RunId, fresh, platform_of, tenant_of, user_of
from bot.people import Account, address_key, folded
from storage.addresses import CHUNK, Addresses, keys_of
from storage.listing import Listing
from storage.schema import accounts, links, people
from storage.upsert import upsert

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many persons were made, how many accounts joined a person, how many newly could not be matched."""

    created: int = 0
    joined: int = 0
    conflicts: int = 0
    gone: tuple[AccountId, ...] = ()
    """Accounts of persons that are not usable any more."""


class Intake(Listing):
    def __init__(self, conn: Connection, now: datetime) -> None:
        super().__init__(conn)
        self.now = now
        self.addresses = Addresses(conn)

    def note(self, account: Account) -> None:
        """Remember an account, without a person: somebody talked to the bot before any import."""
        mine = select(accounts.c.conflict, accounts.c.person).where(accounts.c.id == account.id)
        row = self.conn.execute(mine).first()
        self._store([account], {}, None, {account.id} if row and row.conflict else set())
        if row and row.person:
            self.reckon([PersonId(row.person)])

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
        fresh_conflicts = len(conflicts - self._in_conflict(conflicts))
        self._store(listed, owner, run, conflicts)
        self.addresses.put(listed, aliases)
        self._erase_empty(strayed)
        owners = {PersonId(p) for p in owner.values() if p}
        self.settle(owners)
        self._called(owners, aliases)
        gone = tuple(a.id for a in listed if not a.active and owner.get(a.id))
        return Upserted(len(new), joined, fresh_conflicts, gone)

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
                self.conn.execute(change.values(name=lead.name, email=email, folded=folded(lead.name, email)))

    def _owners(self, ids: Sequence[AccountId]) -> dict[AccountId, str | None]:
        found: dict[AccountId, str | None] = {}
        for some in _chunks(ids):
            mine = select(accounts.c.id, accounts.c.person).where(accounts.c.id.in_(some))
            found.update({AccountId(row.id): row.person for row in self.conn.execute(mine)})
        return found

    def _by_hand(self, ids: Collection[AccountId]) -> set[AccountId]:
        return self._those(ids, accounts.c.by_hand)

    def _in_conflict(self, ids: Collection[AccountId]) -> set[AccountId]:
        return self._those(ids, accounts.c.conflict)

    def _those(self, ids: Collection[AccountId], column: ColumnElement[bool]) -> set[AccountId]:
        found: set[AccountId] = set()
        for some in _chunks(ids):
            mine = select(accounts.c.id).where(accounts.c.id.in_(some), column)
            found.update(AccountId(i) for i in self.conn.execute(mine).scalars())
        return found

    def _taken(self, persons: set[PersonId]) -> set[tuple[PersonId, PlatformId]]:
        found: set[tuple[PersonId, PlatformId]] = set()
        for some in _chunks(persons):
            mine = select(accounts.c.person, accounts.c.platform).where(accounts.c.person.in_(some))
            found.update({(PersonId(row.person), PlatformId(row.platform)) for row in self.conn.execute(mine)})
        return found

    def create(self, new: Mapping[PersonId, Account], aliases: Mapping[str, str]) -> None:
        rows = []
        for person, account in new.items():
            email = address_key(account.email, aliases) if account.email else None
            rows.append(
                {
                    "id": person,
                    "name": account.name,
                    "email": email,
                    "folded": folded(account.name, email),
                    "primary_platform": account.platform,
                    "primary_chosen": False,
                    "excluded": False,
                    "made": self.now,
                }
            )
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
        self.reckon(persons)
        kept: set[str] = set()
        for some in _chunks(persons):
            live = select(links.c.person).where(links.c.person.in_(some), links.c.state.in_(("pending", "synced")))
            kept.update(self.conn.execute(live).scalars())
            home = select(accounts.c.id).where(
                accounts.c.person == people.c.id, accounts.c.platform == people.c.primary_platform, accounts.c.active
            )
            chosen = select(people.c.id).where(people.c.id.in_(some), people.c.primary_chosen, home.exists())
            kept.update(self.conn.execute(chosen).scalars())
        for person in self.many(list(persons)).values():
            platforms = person.platforms
            primary = platforms[0] if len(platforms) == 1 else None
            if person.id not in kept and primary != person.primary:
                change = update(people).where(people.c.id == person.id)
                self.conn.execute(change.values(primary_platform=primary, primary_chosen=False))

    def reckon(self, persons: Collection[PersonId]) -> None:
        """On how many platforms these people are; needed wherever an account comes, goes, opens or closes."""
        mine = select(func.count()).where(accounts.c.person == people.c.id, accounts.c.active).scalar_subquery()
        for some in _chunks(persons):
            change = update(people).where(people.c.id.in_(some), people.c.reach != mine)
            self.conn.execute(change.values(reach=mine))

    def deactivate(self, account: AccountId) -> None:
        """The account is closed and leaves its person, so that a new one may join; the person stays."""
        row = self.conn.execute(select(accounts.c.person).where(accounts.c.id == account)).first()
        self.conn.execute(
            update(accounts).where(accounts.c.id == account).values(active=False, person=None, by_hand=False)
        )
        if row is not None and row.person:
            self.settle([PersonId(row.person)])


def _chunks(values: Collection[T]) -> Iterator[list[T]]:
    """In one order everywhere, so that two transactions that change the same rows do not wait in a ring."""
    wanted = sorted(values)
    for at in range(0, len(wanted), CHUNK):
        yield wanted[at : at + CHUNK]
