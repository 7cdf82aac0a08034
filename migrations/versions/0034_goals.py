"""Goals that are set at the desk; where squads and areas were before they moved.

What squads and areas were before this is not known: they count as if they had always been where they are. Sums of
finished months are forgotten: the keeper counts them again, with the area of each deed.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0034"
down_revision = "0036"
branch_labels = None
depends_on = None

_KINDS = (
    "'week_rounds', 'month_rounds', 'week_deeds', 'month_deeds', 'month_activities', 'active_members', "
    "'hazards_in_time'"
)


def upgrade() -> None:
    """Make the tables."""
    _add_goals()
    _add_former_places()
    op.execute("DELETE FROM kept_month")


def _add_goals() -> None:
    op.create_table(
        "goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("aim", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_goal_kind")),
        sa.CheckConstraint("aim BETWEEN 1 AND 1000000", name=op.f("ck_goal_aim")),
        sa.CheckConstraint(
            "kind <> 'hazards_in_time' OR aim IS NULL OR aim <= 100", name=op.f("ck_goal_percent")
        ),
        sa.CheckConstraint("kind <> 'hazards_in_time' OR squad_id IS NULL", name=op.f("ck_goal_whose")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_goal_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_goal_squad_id"), "goal", ["squad_id"], unique=False)


def _add_former_places() -> None:
    op.create_table(
        "former_squad_area",
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_former_squad_area_area_id_area")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_former_squad_area_squad_id_squad")),
        sa.PrimaryKeyConstraint("squad_id", "until", name=op.f("pk_former_squad_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "former_area",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_former_area_area_id_area")),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_former_area_parent_id_area")),
        sa.PrimaryKeyConstraint("area_id", "until", name=op.f("pk_former_area")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop the tables; a version that knows no areas in kept sums counts them again."""
    op.execute("DELETE FROM kept_month")
    op.drop_table("former_area")
    op.drop_table("former_squad_area")
    op.drop_index(op.f("ix_goal_squad_id"), table_name="goal")
    op.drop_table("goal")
