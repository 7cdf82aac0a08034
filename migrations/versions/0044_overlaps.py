"""A further kind of oddity: somebody walked two rounds at the same time, or one too soon after the other.

Rounds of the past that paid somebody twice for the same time get it, too: nothing is taken back, but it is seen.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None

_BEFORE = (
    "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker', 'typed_only')"
)
_AFTER = "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours', 'staff_walker', 'typed_only', 'two_rounds')"
#: The news of a scan travels for some seconds.
_SAME_MOMENT = timedelta(seconds=30)
#: Rounds that paid the same member without a look, the second begun before the first had ended.
_DOUBLED = """
    SELECT a.round_id AS earlier, b.round_id AS later, a.joined_at, a.left_at, x.ended_at,
        b.joined_at AS joined_later, b.left_at AS left_later, y.ended_at AS ended_later
    FROM round_member a JOIN round x ON x.id = a.round_id AND x.state = 'completed' AND x.judged_by IS NULL
    JOIN round_member b ON b.member_id = a.member_id AND b.round_id <> a.round_id
        AND b.joined_at >= a.joined_at AND b.joined_at < x.ended_at
    JOIN round y ON y.id = b.round_id AND y.state = 'completed' AND y.judged_by IS NULL
    WHERE a.outcome = 'paid' AND b.outcome = 'paid'
    ORDER BY a.joined_at, a.round_id
"""
_STAMPS = ("joined_at", "left_at", "ended_at", "joined_later", "left_later", "ended_later")


def upgrade() -> None:
    """Let flags say so, and raise it for the later of two rounds of the past."""
    connection = op.get_bind()
    columns = {"earlier": sa.Uuid(), "later": sa.Uuid(), **dict.fromkeys(_STAMPS, UtcTime())}
    pairs = connection.execute(sa.text(_DOUBLED).columns(**columns)).all()
    doubled = {
        pair.later: pair
        for pair in pairs
        if _overlap(pair) and (pair.joined_at, pair.earlier) < (pair.joined_later, pair.later)
    }
    # "past" tells `flask points check` that these were paid before anybody asked.
    rows = [
        {
            "id": uuid4(),
            "round_id": pair.later,
            "visit_id": None,
            "kind": "two_rounds",
            "data": {"past": True, "round": str(pair.earlier)},
            "raised_at": pair.ended_later,
        }
        for pair in doubled.values()
    ]
    _replace_check(_BEFORE, _AFTER)
    if rows:
        connection.execute(sa.insert(_round_flag(_AFTER)), rows)


def _overlap(pair: Any) -> bool:
    first_until = min(pair.left_at or pair.ended_at, pair.ended_at)
    second_until = min(pair.left_later or pair.ended_later, pair.ended_later)
    if min(first_until - pair.joined_later, second_until - pair.joined_at) <= timedelta():
        return False
    # Handed over: the later one begins about when the earlier one ends, and most of the shorter one lies beside it.
    both = first_until - pair.joined_later
    shorter = min(first_until - pair.joined_at, second_until - pair.joined_later)
    is_edge = pair.joined_at < pair.joined_later and first_until < second_until
    return not (is_edge and both <= _SAME_MOMENT and both * 2 < shorter)


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
