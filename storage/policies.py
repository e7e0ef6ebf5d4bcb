"""What administrators set in chat, by name. The environment's word is joined elsewhere, and wins.

A row a thing, so that two who change different things at the same time do not undo each other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.schema import policy
from storage.upsert import upsert

ALIASES, ROLES = "aliases", "roles"
SETTING, PAUSE = "setting:", "pause:"
"""Beginnings of the names under which settings and pauses stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """A setting's word in chat, and whose it is: an account's id."""

    word: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when nothing is carried, and the account of who said so."""

    since: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that was set in chat and decides over messages: settings by name, pauses by platform or ``all``."""

    words: Mapping[str, Word]
    pauses: Mapping[str, Pause]


NOTHING = Rules({}, {})


class Policies:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def get(self, name: str) -> str | None:
        value: str | None = self.conn.execute(select(policy.c.value).where(policy.c.name == name)).scalar()
        return value

    def put(self, name: str, value: str) -> None:
        new = upsert(self.conn, policy)
        change = {"value": new.excluded.value}
        self.conn.execute(
            new.on_conflict_do_update(index_elements=["name"], set_=change), [{"name": name, "value": value}]
        )

    def drop(self, name: str) -> bool:
        """Take a word back; False: there was none."""
        return self.conn.execute(delete(policy).where(policy.c.name == name)).rowcount == 1

    def aliases(self) -> dict[str, str]:
        """Old domain to new domain."""
        held = self.get(ALIASES)
        return dict(json.loads(held)) if held else {}

    def roles(self) -> dict[str, str]:
        """Addresses that administrators named, each with its role: admin or helpdesk."""
        held = self.get(ROLES)
        return dict(json.loads(held)) if held else {}

    def set_roles(self, roles: Mapping[str, str]) -> None:
        self.put(ROLES, json.dumps(dict(sorted(roles.items()))))

    # -- settings and pauses -------------------------------------------------------------------------

    def rules(self) -> Rules:
        words: dict[str, Word] = {}
        pauses: dict[str, Pause] = {}
        for row in self.conn.execute(select(policy)):
            if row.name.startswith(SETTING):
                word, by, at = json.loads(row.value)
                words[row.name.removeprefix(SETTING)] = Word(word, by, datetime.fromisoformat(at))
            elif row.name.startswith(PAUSE):
                since, by = json.loads(row.value)
                pauses[row.name.removeprefix(PAUSE)] = Pause(datetime.fromisoformat(since), by)
        return Rules(words, pauses)

    def word(self, name: str) -> Word | None:
        held = self.get(SETTING + name)
        if held is None:
            return None
        word, by, at = json.loads(held)
        return Word(word, by, datetime.fromisoformat(at))

    def set_word(self, name: str, word: Word) -> None:
        self.put(SETTING + name, json.dumps([word.word, word.by, word.at.isoformat()]))

    def unset_word(self, name: str) -> bool:
        return self.drop(SETTING + name)

    def pause(self, name: str, pause: Pause) -> None:
        self.put(PAUSE + name, json.dumps([pause.since.isoformat(), pause.by]))

    def resume(self, name: str) -> bool:
        return self.drop(PAUSE + name)

    def stands(self, name: str) -> bool:
        """Whether a pause still stands, until this transaction ends: a resume waits for it."""
        mine = select(policy.c.name).where(policy.c.name == PAUSE + name).with_for_update(read=True)
        return self.conn.execute(mine).first() is not None
