"""Everything that is stored of one person, as they may read it: no tokens, and nobody else's names. Reads only."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from bot.ids import AccountId, PersonId
from storage.schema import accounts, acts, addresses, cards, grants, links, messages, people, plan_people, plans, teams
from storage.schema import team_members as members

_ACCOUNT = ("id", "platform", "email", "name", "kind", "admin", "active", "time_zone", "address", "conflict", "by_hand")
_LINK = ("platform", "state", "stand_in", "reason", "since", "next_ask", "asked", "round")


class Dossier:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def account_ids(self, person: PersonId) -> list[AccountId]:
        return [AccountId(i) for i in self.conn.execute(_mine(person)).scalars()]

    def head(self, person: PersonId) -> dict[str, Any]:
        """The person, accounts, links, permissions and teams: what there are only a few of."""
        one = self.conn.execute(select(people).where(people.c.id == person)).first()
        mine = _mine(person)
        further = select(addresses.c.account, addresses.c.email).where(addresses.c.account.in_(mine))
        granted = select(grants.c.kind, grants.c.platform, grants.c.since, grants.c.expires)
        both = (teams.c.platform == members.c.platform) & (teams.c.id == members.c.team)
        in_teams = select(teams.c.platform, teams.c.name).join(members, both).where(members.c.account.in_(mine))
        return {
            "person": _plain(one) if one is not None else None,
            "accounts": self._rows(_columns(accounts, _ACCOUNT).where(accounts.c.person == person)),
            "further addresses": self._rows(further),
            "links": self._rows(_columns(links, _LINK).where(links.c.person == person)),
            "permissions": self._rows(granted.where(grants.c.account.in_(mine))),
            "teams": self._rows(in_teams),
        }

    def acts(self, person: PersonId, mine: Sequence[AccountId], after: int | None, limit: int) -> list[dict[str, Any]]:
        """By them or about them; who else had a hand in it is not named."""
        own = {str(person), *mine}
        found = select(acts).where(or_(acts.c.subject == person, acts.c.actor.in_(own)), acts.c.n > (after or 0))
        rows = self.conn.execute(found.order_by(acts.c.n).limit(limit))
        return [
            {
                "id": row.n,
                "at": row.at,
                "by": "you" if row.actor in own else "somebody else" if row.actor else "the bot",
                "act": row.verb,
                "about": "you" if row.subject in own else row.subject,
                "more": json.loads(row.detail),
            }
            for row in rows
        ]

    def cards(self, person: PersonId, mine: Sequence[AccountId], after: str | None, limit: int) -> list[dict[str, Any]]:
        """What they were shown, and when."""
        found = select(cards.c.id, cards.c.kind, cards.c.made).where(
            cards.c.account.in_(mine), cards.c.id > (after or "")
        )
        return self._rows(found.order_by(cards.c.id).limit(limit))

    def messages(
        self, person: PersonId, mine: Sequence[AccountId], after: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Written or to be read by them; no text is stored."""
        theirs = or_(messages.c.author == person, messages.c.reader == person)
        found = select(messages).where(theirs, messages.c.id > (after or "")).order_by(messages.c.id).limit(limit)
        return [
            {
                "id": row.id,
                "you": "wrote" if row.author == person else "were written to",
                "platform": row.platform,
                "at": row.at,
                "outcome": row.outcome,
                "reason": row.reason,
            }
            for row in self.conn.execute(found)
        ]

    def plans(self, person: PersonId, mine: Sequence[AccountId], after: int | None, limit: int) -> list[dict[str, Any]]:
        """Administrators' plans that are, or were, about them."""
        found = (
            select(plans.c.number.label("id"), plans.c.made, plans.c.state, plan_people.c.outcome)
            .join(plan_people, plan_people.c.plan == plans.c.id)
            .where(plan_people.c.person == person, plans.c.number > (after or 0))
        )
        return self._rows(found.order_by(plans.c.number).limit(limit))

    def _rows(self, found: Select[Any]) -> list[dict[str, Any]]:
        return [_plain(row) for row in self.conn.execute(found)]


def _mine(person: PersonId) -> Select[str]:
    return select(accounts.c.id).where(accounts.c.person == person)


def _columns(table: Any, names: Sequence[str]) -> Select[Any]:
    return select(*(table.c[name] for name in names))


def _plain(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)
