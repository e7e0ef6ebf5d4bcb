"""All tables and constraints on one page. Promises that matter are constraints here, not habits elsewhere.

No message text and no unsealed token is ever stored; times are whole microseconds since 1970, alike on both databases.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Serial = BigInteger().with_variant(Integer, "sqlite")


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def moment(value: int) -> datetime:
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


class Moment(TypeDecorator[datetime]):
    """An aware point in time as microseconds since 1970, in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String, unique=True),
    Column("primary_platform", String),
    Column("primary_chosen", Boolean, nullable=False, default=False),
    Column("excluded", Boolean, nullable=False, default=False),
    Column("made", Moment, nullable=False),
    Column("paused", Moment),
    Column("unasked", Moment),
    Column("moving", String),
    Column("folded", String, nullable=False, default="", server_default=""),
    Column("reach", SmallInteger, nullable=False, default=0, server_default="0"),
    Index("ix_people_name", "name", "id"),
    Index("ix_people_reach", "reach", "name", "id"),
)
"""``unasked``: when they last got a message nobody asked for; ``moving``: the platform that becomes their primary once they
allowed; ``folded``: name and address for searching, without case; ``reach``: how many platforms they are on."""
accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, ForeignKey("people.id", ondelete="SET NULL"), index=True),
    Column("platform", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("user", String, nullable=False),
    Column("email", String, index=True),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("time_zone", String),
    Column("address", String),
    Column("conflict", Boolean, nullable=False, default=False),
    Column("by_hand", Boolean, nullable=False, default=False, server_default=false()),
    Column("run", String),
    UniqueConstraint("platform", "tenant", "user"),
    UniqueConstraint("person", "platform"),
    Index("ix_accounts_platform_address", "platform", "address"),
    Index("ix_accounts_platform_run", "platform", "run"),
)
addresses = Table(
    "addresses",
    metadata,
    Column("account", String, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("email", String, primary_key=True, index=True),
)
"""Further addresses of accounts; their own stands with them."""
links = Table(
    "links",
    metadata,
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("platform", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("stand_in", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("since", Moment),
    Column("next_ask", Moment, index=True),
    Column("asked", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Index("ix_links_platform_state", "platform", "state"),
)
attempts = Table(
    "attempts",
    metadata,
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False, unique=True),
    Column("person", String),
    Column("platform", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("account", String),
    Column("verifier", LargeBinary, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("used", Boolean, nullable=False, default=False),
    Column("outcome", String),
    Column("detail", String),
)
grants = Table(
    "grants",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("account", String, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires", Moment, index=True),
    Column("refreshable", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("listen", Moment, index=True),
    Column("gap", Moment),
)
teams = Table(
    "teams",
    metadata,
    Column("platform", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("chosen", Boolean, nullable=False, default=False),
    Column("reading", String, nullable=False),
    Index("ix_teams_platform_name", "platform", "name"),
)
team_members = Table(
    "team_members",
    metadata,
    Column("platform", String, primary_key=True),
    Column("team", String, primary_key=True),
    Column("account", String, primary_key=True, index=True),
    Column("run", String, nullable=False),
)
legs = Table(
    "legs",
    metadata,
    Column("dm", String, primary_key=True),
    Column("platform", String, primary_key=True),
    Column("channel", String),
    Column("last", Moment),
    Index("ix_legs_platform_channel", "platform", "channel"),
)
messages = Table(
    "messages",
    metadata,
    Column("id", String, primary_key=True),
    Column("dm", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("author", String, nullable=False, index=True),
    Column("reader", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("made", Moment, nullable=False, index=True),
    Column("outcome", String),
    Column("reason", String),
)
copies = Table(
    "copies",
    metadata,
    Column("message", String, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("platform", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("author", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("channel", String),
    Column("native", String),
    Column("at", Moment),
    UniqueConstraint("platform", "channel", "native"),
    Index("ix_copies_author_hash", "author", "hash"),
)
cards = Table(
    "cards",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("channel", String),
    Column("native", String),
    Column("made", Moment, nullable=False),
    Index("ix_cards_subject_id", "subject", "id"),
)
runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("asker", String, nullable=False),
    Column("card", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("cursor", String),
    Column("counts", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("ended", Moment),
    Index("ix_runs_platform_state", "platform", "state"),
)
plans = Table(
    "plans",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("asker", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("card", String),
    Column("made", Moment, nullable=False),
)
plan_people = Table(
    "plan_people",
    metadata,
    Column("plan", String, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("person", String, index=True),
    Column("team", String, nullable=False, default=""),
    Column("outcome", String, nullable=False),
    Column("remark", String, nullable=False, default=""),
    Index("ix_plan_people_team", "plan", "team", "n"),
)
"""Whom a plan is about, in its order, and what it said of each; without person: a line that fitted nobody. ``team``: with whom
they are asked."""
waves = Table(
    "waves",
    metadata,
    Column("day", String, primary_key=True),
    Column("plan", String, primary_key=True),
    Column("people", Integer, nullable=False),
)
"""How many first cards of a plan go out on a day (ISO date)."""
parked = Table(
    "parked",
    metadata,
    Column("plan", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("until", Moment, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
"""What was ended and can be taken back until then: sealed."""
apart = Table(
    "apart",
    metadata,
    Column("one", String, primary_key=True),
    Column("other", String, primary_key=True),
)
"""Accounts that somebody said are two humans', the lesser id first; never suggested again."""
acts = Table(
    "acts",
    metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String),
    Column("verb", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False),
)
seals = Table(
    "seals",
    metadata,
    Column("upto", Serial, primary_key=True, autoincrement=False),
    Column("acts", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Links of the audit log's chain: how many acts up to a number, and a keyed hash over them and the link before."""
memory = Table(
    "memory",
    metadata,
    Column("platform", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
policy = Table("policy", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
seen = Table(
    "seen", metadata, Column("key", String, primary_key=True), Column("until", Moment, nullable=False, index=True)
)
streams = Table(
    "streams",
    metadata,
    Column("stream", String, primary_key=True),
    Column("lane", String, nullable=False),
    Column("due", Moment, nullable=False),
    Column("lease", Moment),
    Column("owner", String),
    Column("epoch", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("held", String, index=True),
    Index("ix_streams_due", "due"),
)
jobs = Table(
    "jobs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("stream", String, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed", Moment),
    Column("reason", String),
    Column("made", Moment, nullable=False),
    Index("ix_jobs_stream", "stream", "state", "rank", "at", "id"),
    Index("ix_jobs_state_made", "state", "made"),
)
