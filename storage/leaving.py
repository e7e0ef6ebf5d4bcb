"""People who are taken out: their accounts are nobody's for a while, and then erased."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, or_, update

from bot.ids import AccountId, PersonId
from storage.schema import accounts, apart, people


class Leaving:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def detach(self, person: PersonId) -> None:
        """The person is gone; their accounts are nobody's, until they are erased or somebody's again."""
        self.conn.execute(update(accounts).where(accounts.c.person == person).values(person=None, by_hand=False))
        self.conn.execute(delete(people).where(people.c.id == person))

    def erase_detached(self, ids: Collection[AccountId]) -> list[AccountId]:
        """Erase those of these accounts that are still nobody's; returns which."""
        gone = delete(accounts).where(accounts.c.id.in_(list(ids)), accounts.c.person.is_(None))
        erased = [AccountId(i) for i in self.conn.execute(gone.returning(accounts.c.id)).scalars()]
        self.conn.execute(delete(apart).where(or_(apart.c.one.in_(erased), apart.c.other.in_(erased))))
        return erased
