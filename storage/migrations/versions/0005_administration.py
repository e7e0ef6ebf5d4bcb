"""Plans with their people, waves, what can be taken back, pauses, changes of primary, and faster lists"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BATCH = 1_000


def upgrade() -> None:
    op.create_table(
        "plan_people",
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("plan", "n", name=op.f("pk_plan_people")),
    )
    with op.batch_alter_table("plan_people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_people_person"), ["person"], unique=False)
        batch_op.create_index("ix_plan_people_team", ["plan", "team", "n"], unique=False)
    op.create_table(
        "waves",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "plan", name=op.f("pk_waves")),
    )
    op.create_table(
        "parked",
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("plan", "person", name=op.f("pk_parked")),
    )
    with op.batch_alter_table("parked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parked_until"), ["until"], unique=False)
    op.create_table(
        "apart",
        sa.Column("one", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_apart")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("unasked", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("moving", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("folded", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("reach", sa.SmallInteger(), server_default="0", nullable=False))
        batch_op.create_index("ix_people_reach", ["reach", "name", "id"], unique=False)
    _fill()


def _fill() -> None:
    """The databases fold letters differently, so it is done here."""
    conn = op.get_bind()
    conn.execute(
        sa.text(
            "UPDATE people SET reach = (SELECT count(*) FROM accounts WHERE accounts.person = people.id AND accounts.active)"
        )
    )
    last = ""
    while True:
        found = conn.execute(
            sa.text("SELECT id, name, email FROM people WHERE id > :last ORDER BY id LIMIT :most"),
            {"last": last, "most": BATCH},
        ).all()
        if not found:
            return
        rows = [{"i": row.id, "folded": f"{row.name} {row.email or ''}".casefold()} for row in found]
        conn.execute(sa.text("UPDATE people SET folded = :folded WHERE id = :i"), rows)
        last = found[-1].id
