"""Squads' scores count how many of their deeds were entered by hand; sums of finished months are kept.

What it costs: an award writes nothing more than before, a row of a squad's score is eight bytes longer.
"""

from collections import Counter
from datetime import date

import sqlalchemy as sa
from alembic import op

from core import clock
from core.db import UtcTime

revision = "0024"
down_revision = "0028"
branch_labels = None
depends_on = None

_SHARDS = 16
_NOT_UNDONE = "NOT EXISTS (SELECT 1 FROM transfer r WHERE r.reverses_id = t.id AND r.reverses_id IS NOT NULL)"


def upgrade() -> None:
    """Make column and table, and count what was entered so far. Months are counted one by one by the keeper."""
    op.create_table(
        "kept_month",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("transfers", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_kept_month")),
        sqlite_strict=True,
    )
    op.add_column("squad_score", sa.Column("by_hand", sa.BigInteger(), server_default="0", nullable=False))
    connection = op.get_bind()
    entered = sa.text(
        "SELECT t.squad_id, t.credit_account_id AS member_id, t.posted_at FROM transfer t WHERE t.subject_type = 'award' "
        f"AND t.kind = 'earn' AND t.squad_id IS NOT NULL AND {_NOT_UNDONE}"
    ).columns(squad_id=sa.Uuid(), member_id=sa.Uuid(), posted_at=UtcTime())
    counts: Counter[tuple[object, ...]] = Counter()
    for squad_id, member_id, posted_at in connection.execute(entered):
        for season in _seasons(clock.local_date(posted_at)):
            counts[season, squad_id, member_id.int % _SHARDS] += 1
    keep = sa.text(
        "UPDATE squad_score SET by_hand = :by_hand WHERE season = :season AND squad_id = :squad_id AND shard = :shard"
    ).bindparams(sa.bindparam("squad_id", type_=sa.Uuid()))
    rows = [
        {"season": season, "squad_id": squad_id, "shard": shard, "by_hand": by_hand}
        for (season, squad_id, shard), by_hand in counts.items()
    ]
    if rows:
        connection.execute(keep, rows)


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("kept_month")
    op.drop_column("squad_score", "by_hand")


def _seasons(day: date) -> tuple[str, str, str, str]:
    year, week, _weekday = day.isocalendar()
    return f"W{year}-{week:02}", f"M{day.year}-{day.month:02}", f"Y{day.year}", "ALL"
