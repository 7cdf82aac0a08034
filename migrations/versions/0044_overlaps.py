"""A further kind of oddity: somebody walked two rounds at the same time, or one too soon after the other.

Rounds of the past that paid somebody twice for the same time get it, too: nothing is taken back, but it is seen.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker', 'typed_only')"
_AFTER = (
    "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker', 'typed_only', 'two_rounds')"
)
#: The later and the earlier of two rounds that paid the same member without a look, once for each later one.
_DOUBLED = """
    SELECT b.round_id AS later, MIN(CAST(a.round_id AS text)) AS earlier, MAX(y.ended_at) AS ended_at
    FROM round_member a JOIN round x ON x.id = a.round_id AND x.state = 'completed' AND x.judged_by IS NULL
    JOIN round_member b ON b.member_id = a.member_id AND b.round_id <> a.round_id
        AND b.joined_at >= a.joined_at AND b.joined_at < x.ended_at
        AND (a.left_at IS NULL OR b.joined_at < a.left_at)
    JOIN round y ON y.id = b.round_id AND y.state = 'completed' AND y.judged_by IS NULL
    WHERE a.outcome = 'paid' AND b.outcome = 'paid' AND a.joined_at < y.ended_at
    AND (b.left_at IS NULL OR a.joined_at < b.left_at)
    AND (b.joined_at > a.joined_at OR CAST(b.round_id AS text) > CAST(a.round_id AS text))
    GROUP BY b.round_id
"""


def upgrade() -> None:
    """Let flags say so, and raise it for the later of two rounds of the past."""
    _replace_check(_BEFORE, _AFTER)
    connection = op.get_bind()
    columns = {"later": sa.Uuid(), "earlier": sa.Uuid(), "ended_at": UtcTime()}
    if connection.dialect.name == "postgresql":
        columns["earlier"] = sa.String()  # it has no least of two ids
    found = connection.execute(sa.text(_DOUBLED).columns(**columns)).all()
    # "past" tells `flask points check` that these were paid before anybody asked.
    rows = [
        {
            "id": uuid4(),
            "round_id": row.later,
            "visit_id": None,
            "kind": "two_rounds",
            "data": {"past": True, "round": str(row.earlier)},
            "raised_at": row.ended_at,
        }
        for row in found
    ]
    if rows:
        connection.execute(sa.insert(_round_flag(_AFTER)), rows)


def downgrade() -> None:
    """Forget those flags; a round that is held by one stays held."""
    op.execute("DELETE FROM round_flag WHERE kind = 'two_rounds'")
    _replace_check(_AFTER, _BEFORE)


def _replace_check(before: str, after: str) -> None:
    # SQLite builds the table anew. Told in full, because reading it from the database loses types and constraints.
    with op.batch_alter_table("round_flag", copy_from=_round_flag(before)) as batch_op:
        batch_op.drop_constraint(op.f("ck_round_flag_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_round_flag_kind"), sa.text(after))


def _round_flag(kinds: str) -> sa.Table:
    return sa.Table(
        "round_flag",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_round_flag_kind")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_flag_round_id_round")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_round_flag_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_flag")),
        sa.Index(op.f("ix_round_flag_round_id"), "round_id"),
        sa.Index(op.f("ix_round_flag_visit_id"), "visit_id"),
        sqlite_strict=True,
    )
