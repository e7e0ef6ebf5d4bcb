"""Teams of the platforms whose import goes by team: what there is, what was chosen, who is in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, func, or_, select, update

from bot.ids import AccountId, PersonId, PlatformId, RunId
from storage.schema import accounts, team_members, teams
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class KnownTeam:
    id: str
    name: str
    chosen: bool


class Teams:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def note(self, platform: PlatformId, reading: str, listed: Sequence[tuple[str, str]]) -> None:
        """A page of a listing: new teams, and today's names."""
        rows = [
            {"platform": platform, "id": native, "name": name, "chosen": False, "reading": reading}
            for native, name in listed
        ]
        if not rows:
            return
        new = upsert(self.conn, teams)
        change = {"name": new.excluded.name, "reading": new.excluded.reading}
        self.conn.execute(new.on_conflict_do_update(index_elements=["platform", "id"], set_=change), rows)

    def forget_others(self, platform: PlatformId, reading: str) -> None:
        """A listing is complete: teams it did not show are gone, unless they were chosen."""
        gone = delete(teams).where(teams.c.platform == platform, teams.c.reading != reading, ~teams.c.chosen)
        self.conn.execute(gone)

    def page(self, platform: PlatformId, words: str, offset: int, limit: int) -> tuple[list[KnownTeam], int]:
        """Teams by name, and how many fit the words in all."""
        found = _named(select(teams.c.id, teams.c.name, teams.c.chosen), platform, words)
        total = self.conn.execute(select(func.count()).select_from(found.subquery())).scalar_one()
        rows = self.conn.execute(found.order_by(teams.c.name, teams.c.id).offset(offset).limit(limit))
        return [KnownTeam(row.id, row.name, row.chosen) for row in rows], int(total)

    def named(self, platform: PlatformId, name: str) -> list[KnownTeam]:
        """Teams of exactly this name, whatever its case, or with this id."""
        same = or_(func.lower(teams.c.name) == name.lower(), teams.c.id == name)
        rows = self.conn.execute(select(teams).where(teams.c.platform == platform, same).order_by(teams.c.id).limit(3))
        return [KnownTeam(row.id, row.name, row.chosen) for row in rows]

    def everywhere(self, name: str) -> tuple[list[tuple[PlatformId, str]], list[str]]:
        """The selected teams of this name on any platform, whatever its case, by platform and id; and all selected teams' names."""
        mine = select(teams.c.platform, teams.c.id, teams.c.name).where(teams.c.chosen)
        rows = self.conn.execute(mine.order_by(teams.c.platform, teams.c.id)).all()
        # Folded here: one of the databases folds English letters only.
        same = [(PlatformId(row.platform), str(row.id)) for row in rows if row.name.casefold() == name.casefold()]
        return same, list(dict.fromkeys(row.name for row in rows))

    def chosen(self, platform: PlatformId) -> list[KnownTeam]:
        """The teams whose members are imported, in a fixed order."""
        mine = select(teams).where(teams.c.platform == platform, teams.c.chosen).order_by(teams.c.id)
        return [KnownTeam(row.id, row.name, True) for row in self.conn.execute(mine)]

    def choose(self, platform: PlatformId, ids: Collection[str]) -> None:
        """From now on exactly these."""
        mine = update(teams).where(teams.c.platform == platform)
        self.conn.execute(mine.where(teams.c.id.not_in(list(ids))).values(chosen=False))
        self.conn.execute(mine.where(teams.c.id.in_(list(ids))).values(chosen=True))

    # -- members ---------------------------------------------------------------------------------

    def joined(self, platform: PlatformId, team: str, members: Sequence[AccountId], run: RunId) -> None:
        rows = [{"platform": platform, "team": team, "account": account, "run": run} for account in members]
        if not rows:
            return
        new = upsert(self.conn, team_members)
        key = ["platform", "team", "account"]
        self.conn.execute(new.on_conflict_do_update(index_elements=key, set_={"run": new.excluded.run}), rows)

    def forget_members(self, platform: PlatformId, team: str, run: RunId) -> None:
        """A team was listed to its end: whoever was not shown is no member any more."""
        gone = delete(team_members).where(team_members.c.platform == platform, team_members.c.team == team)
        self.conn.execute(gone.where(team_members.c.run != run))

    def only_in(self, platform: PlatformId, dropped: Collection[str]) -> list[PersonId]:
        """The people whom only these teams brought in; no other chosen team has them."""
        mine = team_members.alias("mine")
        kept = (
            select(mine.c.account)
            .join(teams, (teams.c.platform == mine.c.platform) & (teams.c.id == mine.c.team))
            .where(mine.c.platform == platform, teams.c.chosen, mine.c.team.not_in(list(dropped)))
        )
        found = (
            select(accounts.c.person)
            .join(team_members, team_members.c.account == accounts.c.id)
            .where(team_members.c.platform == platform, team_members.c.team.in_(list(dropped)))
            .where(accounts.c.person.is_not(None), accounts.c.id.not_in(kept))
            .distinct()
            .order_by(accounts.c.person)
        )
        return [PersonId(person) for person in self.conn.execute(found).scalars()]

    def holds(self, platform: PlatformId, account: AccountId) -> bool:
        """Whether a selected team has this account."""
        both = (teams.c.platform == team_members.c.platform) & (teams.c.id == team_members.c.team)
        mine = select(func.count()).select_from(team_members.join(teams, both)).where(teams.c.chosen)
        here = mine.where(team_members.c.platform == platform, team_members.c.account == account)
        return bool(self.conn.execute(here).scalar_one())

    def leave(self, platform: PlatformId, dropped: Collection[str]) -> None:
        """Who was in these teams is not remembered any longer."""
        mine = (team_members.c.platform == platform, team_members.c.team.in_(list(dropped)))
        self.conn.execute(delete(team_members).where(*mine))


def _named(query: Select[tuple[str, str, bool]], platform: PlatformId, words: str) -> Select[tuple[str, str, bool]]:
    query = query.where(teams.c.platform == platform)
    if not words:
        return query
    like = "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return query.where(func.lower(teams.c.name).like(like, escape="\\"))
