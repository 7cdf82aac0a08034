"""Checkpoints, routes, rounds and visits."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("hint", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("latitude_e6", sa.Integer(), nullable=True),
        sa.Column("longitude_e6", sa.Integer(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("status IN ('active', 'retired')", name=op.f("ck_checkpoint_status")),
        sa.CheckConstraint(
            "(latitude_e6 IS NULL) = (longitude_e6 IS NULL)", name=op.f("ck_checkpoint_whole_coordinates")
        ),
        sa.CheckConstraint("generation > 0", name=op.f("ck_checkpoint_generation")),
        sa.CheckConstraint("latitude_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_checkpoint_latitude")),
        sa.CheckConstraint(
            "longitude_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_checkpoint_longitude")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_checkpoint_number")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_checkpoint_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_checkpoint_code_digest")),
        sa.UniqueConstraint("number", name=op.f("uq_checkpoint_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("checkpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkpoint_area_id"), ["area_id"], unique=False)
    op.create_table(
        "replaced_plate",
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_replaced_plate_checkpoint_id_checkpoint")
        ),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_replaced_plate")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("replaced_plate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replaced_plate_checkpoint_id"), ["checkpoint_id"], unique=False)
    op.create_table(
        "route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("minimum_points", sa.Integer(), nullable=False),
        sa.Column("minimum_minutes", sa.Integer(), nullable=False),
        sa.Column("cooldown_minutes", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.Integer(), nullable=True),
        sa.Column("closes_at", sa.Integer(), nullable=True),
        sa.Column("time_out_minutes", sa.Integer(), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("status IN ('active', 'retired')", name=op.f("ck_route_status")),
        sa.CheckConstraint("(opens_at IS NULL) = (closes_at IS NULL)", name=op.f("ck_route_whole_hours")),
        sa.CheckConstraint("cooldown_minutes BETWEEN 0 AND 10080", name=op.f("ck_route_cooldown")),
        sa.CheckConstraint(
            "minimum_minutes >= 0 AND minimum_minutes < time_out_minutes",
            name=op.f("ck_route_minimum_minutes"),
        ),
        sa.CheckConstraint("minimum_points BETWEEN 1 AND 50", name=op.f("ck_route_minimum_points")),
        sa.CheckConstraint("opens_at <> closes_at", name=op.f("ck_route_hours")),
        sa.CheckConstraint(
            "opens_at BETWEEN 0 AND 1439 AND closes_at BETWEEN 0 AND 1439", name=op.f("ck_route_hours_range")
        ),
        sa.CheckConstraint("time_out_minutes BETWEEN 1 AND 1440", name=op.f("ck_route_time_out")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_route_area_id_area")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_route_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("name", name=op.f("uq_route_name")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_route_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_route_squad_id"), ["squad_id"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.BigInteger(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("last_visit_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_how", sa.String(length=10), nullable=True),
        sa.Column("points_visited", sa.Integer(), nullable=False),
        sa.Column("points_total", sa.Integer(), nullable=False),
        sa.Column("missed", sa.JSON(), nullable=False),
        sa.Column("judged_by", sa.Uuid(), nullable=True),
        sa.Column("judged_at", UtcTime(), nullable=True),
        sa.Column("judge_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_round_ended")),
        sa.CheckConstraint("ended_how IN ('visit', 'hand', 'time_out')", name=op.f("ck_round_ended_how")),
        sa.CheckConstraint(
            "state <> 'dismissed' OR judged_by IS NOT NULL", name=op.f("ck_round_dismissed_by_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'completed', 'held', 'incomplete', 'dismissed')", name=op.f("ck_round_state")
        ),
        sa.CheckConstraint("(judged_by IS NULL) = (judged_at IS NULL)", name=op.f("ck_round_judged")),
        sa.CheckConstraint("due_at > opened_at", name=op.f("ck_round_due")),
        sa.ForeignKeyConstraint(["judged_by"], ["member.id"], name=op.f("fk_round_judged_by_member")),
        sa.ForeignKeyConstraint(["opened_by"], ["member.id"], name=op.f("fk_round_opened_by_member")),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_round_route_id_route")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_round_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.create_index("ix_round_opened_at", ["opened_at"], unique=False)
        batch_op.create_index("ix_round_route_id_opened_at", ["route_id", "opened_at"], unique=False)
        batch_op.create_index("ix_round_squad_id_opened_at", ["squad_id", "opened_at"], unique=False)
        batch_op.create_index("ix_round_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index(
            "uq_round_handle_open",
            ["handle"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
    op.create_table(
        "route_checkpoint",
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_route_checkpoint_position")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_route_checkpoint_checkpoint_id_checkpoint")
        ),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_route_checkpoint_route_id_route")),
        sa.PrimaryKeyConstraint("route_id", "position", name=op.f("pk_route_checkpoint")),
        sa.UniqueConstraint(
            "route_id", "checkpoint_id", name=op.f("uq_route_checkpoint_route_id_checkpoint_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("route_checkpoint", schema=None) as batch_op:
        batch_op.create_index("ix_route_checkpoint_checkpoint_id", ["checkpoint_id"], unique=False)
    op.create_table(
        "round_member",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("device_digest", sa.String(length=64), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("service_minutes", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('paid', 'capped', 'not_in_tariff', 'absent', 'held', 'incomplete', 'dismissed')",
            name=op.f("ck_round_member_outcome"),
        ),
        sa.CheckConstraint("points >= 0", name=op.f("ck_round_member_points")),
        sa.CheckConstraint("service_minutes >= 0", name=op.f("ck_round_member_service_minutes")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_round_member_member_id_member")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_member_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "member_id", name=op.f("pk_round_member")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("round_member", schema=None) as batch_op:
        batch_op.create_index("ix_round_member_member_id_joined_at", ["member_id", "joined_at"], unique=False)
        batch_op.create_index(
            "ix_round_member_member_id_under_way",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("device_digest", sa.String(length=64), nullable=True),
        sa.Column("skew_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_visit_checkpoint_id_checkpoint")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_visit_member_id_member")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_visit_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("round_id", "checkpoint_id", name=op.f("uq_visit_round_id_checkpoint_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_checkpoint_id"), ["checkpoint_id"], unique=False)
        batch_op.create_index("ix_visit_device_digest", ["device_digest", "member_id"], unique=False)
    op.create_table(
        "round_flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('too_fast', 'shared_device', 'skewed_clock', 'outside_hours')",
            name=op.f("ck_round_flag_kind"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_flag_round_id_round")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_round_flag_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_flag")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("round_flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_flag_round_id"), ["round_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_round_flag_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    """Remove the tables."""
    with op.batch_alter_table("round_flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_round_flag_visit_id"))
        batch_op.drop_index(batch_op.f("ix_round_flag_round_id"))
    op.drop_table("round_flag")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_device_digest")
        batch_op.drop_index(batch_op.f("ix_visit_checkpoint_id"))
    op.drop_table("visit")
    with op.batch_alter_table("round_member", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_round_member_member_id_under_way",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
        batch_op.drop_index("ix_round_member_member_id_joined_at")
    op.drop_table("round_member")
    with op.batch_alter_table("route_checkpoint", schema=None) as batch_op:
        batch_op.drop_index("ix_route_checkpoint_checkpoint_id")
    op.drop_table("route_checkpoint")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_round_handle_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_round_state_due_at")
        batch_op.drop_index("ix_round_squad_id_opened_at")
        batch_op.drop_index("ix_round_route_id_opened_at")
        batch_op.drop_index("ix_round_opened_at")
    op.drop_table("round")
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_route_squad_id"))
        batch_op.drop_index(batch_op.f("ix_route_area_id"))
    op.drop_table("route")
    with op.batch_alter_table("replaced_plate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replaced_plate_checkpoint_id"))
    op.drop_table("replaced_plate")
    with op.batch_alter_table("checkpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkpoint_area_id"))
    op.drop_table("checkpoint")
