"""Under which addresses persons are known: their own, and further ones of their accounts (Microsoft's sign-in names).

An address that leads to two persons leads to nobody: what is not certain is a conflict, never a guess.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from bot.ids import PersonId
from bot.people import Account, address_key
from storage.schema import accounts, addresses, people

CHUNK = 400
"""Values in one IN list: below every database's limit of variables."""


class Addresses:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def known(self, keys: Collection[str]) -> dict[str, set[PersonId]]:
        """The persons behind each of these addresses, if any. What was joined or taken apart by hand leads nobody on."""
        found: dict[str, set[PersonId]] = {}
        further = select(addresses.c.email, accounts.c.person.label("id")).join(
            accounts, accounts.c.id == addresses.c.account
        )
        for some in _chunks(keys):
            for row in self.conn.execute(select(people.c.id, people.c.email).where(people.c.email.in_(some))):
                found.setdefault(row.email, set()).add(PersonId(row.id))
            mine = further.where(addresses.c.email.in_(some), accounts.c.person.is_not(None), ~accounts.c.by_hand)
            for row in self.conn.execute(mine):
                found.setdefault(row.email, set()).add(PersonId(row.id))
        return found

    def own(self, keys: Collection[str]) -> dict[str, PersonId]:
        """The persons that were matched under these addresses."""
        found: dict[str, PersonId] = {}
        for some in _chunks(keys):
            rows = self.conn.execute(select(people.c.id, people.c.email).where(people.c.email.in_(some)))
            found.update({row.email: PersonId(row.id) for row in rows})
        return found

    def whose(self, wanted: Collection[tuple[str, str]], aliases: Mapping[str, str]) -> dict[tuple[str, str], PersonId]:
        """The persons behind addresses as people write them, a few hundred at once; whoever is not certain is left out.

        Each comes with a platform, where the account with this very address counts first, or with another word.
        """
        written = {address for _, address in wanted}
        keys = {address: address_key(address, aliases) for address in written}
        own, known = self.own(set(keys.values())), self.known(set(keys.values()))
        there: dict[str, dict[str, PersonId]] = {}
        mine = select(accounts.c.email, accounts.c.platform, accounts.c.person)
        for some in _chunks(written):
            rows = mine.where(accounts.c.email.in_(some), accounts.c.active, accounts.c.person.is_not(None))
            for row in self.conn.execute(rows):
                there.setdefault(row.email, {})[row.platform] = PersonId(row.person)
        found = {}
        for place, address in wanted:
            accounts_ = there.get(address, {})
            key = keys[address]
            others = set(accounts_.values()) or known.get(key, set())
            person = accounts_.get(place) or own.get(key) or (others.pop() if len(others) == 1 else None)
            if person is not None:
                found[place, address] = person
        return found

    def put(self, listed: Sequence[Account], aliases: Mapping[str, str]) -> None:
        """Further addresses as the directory shows them now. The accounts are stored already."""
        for some in _chunks({a.id for a in listed}):
            self.conn.execute(delete(addresses).where(addresses.c.account.in_(some)))
        rows = [{"account": a.id, "email": key} for a in listed if a.usable for key in keys_of(a, aliases)[1:]]
        if rows:
            self.conn.execute(insert(addresses), rows)


def keys_of(account: Account, aliases: Mapping[str, str]) -> list[str]:
    """Every address of the account under which it may meet others, its own first, each once."""
    every = [account.email, *account.also] if account.email else []
    return list(dict.fromkeys(address_key(email, aliases) for email in every if email))


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(values)
    for at in range(0, len(wanted), CHUNK):
        yield wanted[at : at + CHUNK]
