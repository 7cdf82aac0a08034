"""Awards that wait for a second person, and ways to find what was entered by hand."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BY_HAND = sa.text("subject_type = 'award'")
_INDEXES = {"ix_transfer_by_hand": ["posted_at", "id"], "ix_transfer_by_hand_of": ["actor_id", "posted_at"]}


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "award_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.Column("limit_passed", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'agreed', 'declined', 'cancelled')", name=op.f("ck_award_request_state")
        ),
        sa.CheckConstraint(
            "limit_passed IN ('award', 'member_week', 'coordinator_day')",
            name=op.f("ck_award_request_limit_passed"),
        ),
        sa.CheckConstraint("requested_by <> member_id", name=op.f("ck_award_request_not_for_oneself")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL)", name=op.f("ck_award_request_decided_by")
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_award_request_decided_at")
        ),
        sa.CheckConstraint(
            "(state = 'agreed') = (transfer_id IS NOT NULL)", name=op.f("ck_award_request_paid")
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (decided_by = requested_by)",
            name=op.f("ck_award_request_second_is_another"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> member_id",
            name=op.f("ck_award_request_second_is_not_the_member"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_award_request_decided_by_member")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_award_request_member_id_member")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["member.id"], name=op.f("fk_award_request_requested_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["tariff_rule.id"], name=op.f("fk_award_request_rule_id_tariff_rule")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_award_request_squad_id_squad")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_award_request_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_request")),
        sa.UniqueConstraint("key", name=op.f("uq_award_request_key")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_award_request_transfer_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_award_request_state", "award_request", ["state", "id"])
    op.create_index("ix_award_request_member_id", "award_request", ["member_id"])
    for name, columns in _INDEXES.items():
        op.create_index(name, "transfer", columns, sqlite_where=_BY_HAND, postgresql_where=_BY_HAND)


def downgrade() -> None:
    """Take them away."""
    for name in _INDEXES:
        op.drop_index(name, "transfer")
    op.drop_table("award_request")
