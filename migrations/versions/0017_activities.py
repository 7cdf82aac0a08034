"""Activities, their attendance and counters."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_AT_ACTIVITY = sa.text("subject_type = 'activity'")


def upgrade() -> None:
    """Make its tables."""
    _add_plans()
    _add_people()
    op.create_index(
        "ix_transfer_at_activity_of",
        "transfer",
        ["actor_id", "posted_at"],
        sqlite_where=_AT_ACTIVITY,
        postgresql_where=_AT_ACTIVITY,
    )


def _add_plans() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_campaign_name")),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_campaign_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "activity_series",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_activity_series_one_row")),
        sa.CheckConstraint("last >= 1", name=op.f("ck_activity_series_last")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_series")),
        sqlite_strict=True,
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("leaflets", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("hazards", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.CheckConstraint("(state = 'cancelled') = (reason <> '')", name=op.f("ck_activity_reason")),
        sa.CheckConstraint("(state = 'planned') = (ended_at IS NULL)", name=op.f("ck_activity_ended")),
        sa.CheckConstraint(
            "kind IN ('care', 'leaflets', 'training', 'drill', 'mediation', 'other')",
            name=op.f("ck_activity_kind"),
        ),
        sa.CheckConstraint(
            "state = 'closed' OR (leaflets = 0 AND reached = 0 AND hazards = 0 AND people = 0)",
            name=op.f("ck_activity_counted"),
        ),
        sa.CheckConstraint("state IN ('planned', 'closed', 'cancelled')", name=op.f("ck_activity_state")),
        sa.CheckConstraint("title <> '' AND place <> ''", name=op.f("ck_activity_texts")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_activity_ended_by")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_times")),
        sa.CheckConstraint(
            "leaflets BETWEEN 0 AND 1000000 AND reached BETWEEN 0 AND 1000000 AND hazards BETWEEN 0 AND 1000000",
            name=op.f("ck_activity_counters"),
        ),
        sa.CheckConstraint("most IS NULL OR most BETWEEN 1 AND 500", name=op.f("ck_activity_most")),
        sa.CheckConstraint("number BETWEEN 1 AND 999999999", name=op.f("ck_activity_number")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_activity_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_activity_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_activity_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("number", name=op.f("uq_activity_number")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_activity_campaign_id"), "activity", ["campaign_id"])
    op.create_index(op.f("ix_activity_squad_id"), "activity", ["squad_id"])
    op.create_index("ix_activity_state_ends_at", "activity", ["state", "ends_at", "number"])
    op.create_index("ix_activity_state_starts_at", "activity", ["state", "starts_at", "number"])


def _add_people() -> None:
    op.create_table(
        "activity_sign_up",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_sign_up_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_activity_sign_up_member_id_member")
        ),
        sa.PrimaryKeyConstraint("activity_id", "member_id", name=op.f("pk_activity_sign_up")),
        sqlite_strict=True,
    )
    op.create_index("ix_activity_sign_up_member_id", "activity_sign_up", ["member_id"])
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("came_at", UtcTime(), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("service_minutes", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("refusal", sa.String(length=60), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("(how = 'hand') = (added_by IS NOT NULL)", name=op.f("ck_attendance_added_by")),
        sa.CheckConstraint(
            "(outcome = 'paid') = (transfer_id IS NOT NULL)", name=op.f("ck_attendance_transfer")
        ),
        sa.CheckConstraint("(outcome = 'refused') = (refusal <> '')", name=op.f("ck_attendance_refusal")),
        sa.CheckConstraint(
            "(outcome = 'requested') = (request_id IS NOT NULL)", name=op.f("ck_attendance_request")
        ),
        sa.CheckConstraint("(removed_at IS NULL) = (reason = '')", name=op.f("ck_attendance_reason")),
        sa.CheckConstraint("how IN ('code', 'hand')", name=op.f("ck_attendance_how")),
        sa.CheckConstraint(
            "outcome = '' OR removed_at IS NULL", name=op.f("ck_attendance_removed_earns_nothing")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'paid', 'requested', 'refused')", name=op.f("ck_attendance_outcome")
        ),
        sa.CheckConstraint(
            "points >= 0 AND (points > 0) = (outcome IN ('paid', 'requested'))",
            name=op.f("ck_attendance_points"),
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_attendance_removed_by")
        ),
        sa.CheckConstraint("service_minutes >= 0 AND tries >= 0", name=op.f("ck_attendance_counts")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_attendance_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_attendance_member_id_member")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["award_request.id"], name=op.f("fk_attendance_request_id_award_request")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_attendance_squad_id_squad")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_attendance_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("activity_id", "member_id", name=op.f("uq_attendance_activity_id_member_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_attendance_member_id_came_at", "attendance", ["member_id", "came_at"])
    op.create_index(
        "uq_attendance_transfer_id",
        "attendance",
        ["transfer_id"],
        unique=True,
        sqlite_where=sa.text("transfer_id IS NOT NULL"),
        postgresql_where=sa.text("transfer_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them away again. Raises RuntimeError when activities have paid: what paid it would be forgotten."""
    paid = "SELECT 1 FROM transfer WHERE subject_type = 'activity' LIMIT 1"
    if op.get_bind().execute(sa.text(paid)).first():
        raise RuntimeError("members were paid for activities, so there is no way back")
    op.drop_index("ix_transfer_at_activity_of", table_name="transfer")
    for table in ("attendance", "activity_sign_up", "activity", "activity_series", "campaign"):
        op.drop_table(table)
