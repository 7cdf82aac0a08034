"""What residents tell, and what came of it: reports, claims, rented homes, bills at the desk.

The way back is refused once something was paid for.
"""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Those of reports without a name keep no order of arrival."""
    op.create_table(
        "bill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_digest", sa.String(length=64), nullable=False),
        sa.Column("utility", sa.String(length=12), nullable=False),
        sa.Column("receipt_number", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("voided_at", UtcTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name=op.f("ck_bill_void")),
        sa.CheckConstraint("utility IN ('water', 'electricity', 'gas')", name=op.f("ck_bill_utility")),
        sa.CheckConstraint("amount_fen BETWEEN 1 AND 1000000", name=op.f("ck_bill_amount")),
        sa.CheckConstraint("member_id <> taken_by", name=op.f("ck_bill_not_for_oneself")),
        sa.CheckConstraint(
            "points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name=op.f("ck_bill_paid")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_bill_member_id_member")),
        sa.ForeignKeyConstraint(["taken_by"], ["member.id"], name=op.f("fk_bill_taken_by_member")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_bill_transfer_id_transfer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint("receipt_digest", name=op.f("uq_bill_receipt_digest")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_bill_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("bill", schema=None) as batch_op:
        batch_op.create_index("ix_bill_day_id", ["day", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bill_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_bill_taken_by_day", ["taken_by", "day"], unique=False)

    op.create_table(
        "float_day",
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bills", sa.Integer(), nullable=False),
        sa.Column("taken_fen", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_fen", sa.BigInteger(), nullable=False),
        sa.Column("difference_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("reconciled_by", sa.Uuid(), nullable=False),
        sa.Column("reconciled_at", UtcTime(), nullable=False),
        sa.CheckConstraint("difference_fen = 0 OR note <> ''", name=op.f("ck_float_day_explained")),
        sa.CheckConstraint(
            "difference_fen = handed_over_fen - taken_fen", name=op.f("ck_float_day_difference")
        ),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["member.id"], name=op.f("fk_float_day_coordinator_id_member")
        ),
        sa.PrimaryKeyConstraint("coordinator_id", "day", name=op.f("pk_float_day")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("float_day", schema=None) as batch_op:
        batch_op.create_index("ix_float_day_day", ["day"], unique=False)

    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("password_digest", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible", sa.String(length=80), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("recheck_on", sa.Date(), nullable=True),
        sa.Column("passed_to", sa.String(length=80), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("collect_from", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shuffled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_report_closed")),
        sa.CheckConstraint("(verdict = 'useful') = (rule_code IS NOT NULL)", name=op.f("ck_report_rule")),
        sa.CheckConstraint(
            "kind IN ('hazard', 'dispute', 'scam', 'suspicious', 'rented', 'other')",
            name=op.f("ck_report_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'assigned', 'checked', 'resolved', 'passed_on', 'followed_up', 'closed')",
            name=op.f("ck_report_state"),
        ),
        sa.CheckConstraint("verdict IN ('open', 'useful', 'not_useful')", name=op.f("ck_report_verdict")),
        sa.CheckConstraint(
            "(member_id IS NULL) = (password_digest IS NOT NULL)", name=op.f("ck_report_followed")
        ),
        sa.CheckConstraint(
            "(member_id IS NULL) = (received_at IS NULL)", name=op.f("ck_report_without_time")
        ),
        sa.CheckConstraint("duplicate_of_id <> id", name=op.f("ck_report_duplicate")),
        sa.CheckConstraint("member_id IS NOT NULL OR transfer_id IS NULL", name=op.f("ck_report_unlinked")),
        sa.CheckConstraint("number BETWEEN 10000000 AND 99999999", name=op.f("ck_report_number")),
        sa.CheckConstraint(
            "points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name=op.f("ck_report_paid")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_report_version")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_report_area_id_area")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_report_checkpoint_id_checkpoint")
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["report.id"], name=op.f("fk_report_duplicate_of_id_report")
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["member.id"], name=op.f("fk_report_handler_id_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_report_member_id_member")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_report_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("number", name=op.f("uq_report_number")),
        sa.UniqueConstraint("password_digest", name=op.f("uq_report_password_digest")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_report_transfer_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_checkpoint_id"), ["checkpoint_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_duplicate_of_id"), ["duplicate_of_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_handler_id"), ["handler_id"], unique=False)
        batch_op.create_index("ix_report_kind_received_on", ["kind", "received_on"], unique=False)
        batch_op.create_index("ix_report_member_id_received_on", ["member_id", "received_on"], unique=False)
        batch_op.create_index("ix_report_received_on_id", ["received_on", "id"], unique=False)
        batch_op.create_index("ix_report_state_received_on", ["state", "received_on", "id"], unique=False)

    op.create_table(
        "report_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_report_claim_points")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_report_claim_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_claim")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_report_claim_token_digest")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_report_claim_transfer_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rented_home",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("term", sa.String(length=10), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("tenants", sa.Integer(), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("term_until", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name=op.f("ck_rented_home_paid")
        ),
        sa.CheckConstraint("tenants BETWEEN 0 AND 50", name=op.f("ck_rented_home_tenants")),
        sa.CheckConstraint("term_until > term_from", name=op.f("ck_rented_home_term")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_rented_home_area_id_area")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_rented_home_member_id_member")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_rented_home_report_id_report")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_rented_home_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rented_home")),
        sa.UniqueConstraint("digest", name=op.f("uq_rented_home_digest")),
        sa.UniqueConstraint("report_id", name=op.f("uq_rented_home_report_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_rented_home_transfer_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("rented_home", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rented_home_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rented_home_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_rented_home_registered_on_id", ["registered_on", "id"], unique=False)

    op.create_table(
        "report_photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 3", name=op.f("ck_report_photo_place")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_photo_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_photo")),
        sa.UniqueConstraint("report_id", "place", name=op.f("uq_report_photo_report_id_place")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.CheckConstraint("reader_id <> handler_id", name=op.f("ck_report_reading_second_person")),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["member.id"], name=op.f("fk_report_reading_handler_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["member.id"], name=op.f("fk_report_reading_reader_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_reading_report_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_reading")),
        sa.UniqueConstraint("report_id", "handler_id", name=op.f("uq_report_reading_report_id_handler_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("report_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_reading_handler_id"), ["handler_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_reading_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "report_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("public_note", sa.String(length=400), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "step IN ('assigned', 'checked', 'resolved', 'passed_on', 'followed_up', 'closed', "
            "'noted', 'hazard', 'rechecked', 'judged', 'duplicate', 'registered')",
            name=op.f("ck_report_step_step"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_step_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_step")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("report_step", schema=None) as batch_op:
        batch_op.create_index("ix_report_step_report_id_id", ["report_id", "id"], unique=False)
        batch_op.create_index("ix_report_step_step_at", ["step", "at"], unique=False)


def downgrade() -> None:
    """Remove the tables. Raises RuntimeError when something was paid for: its transfers would lose their reason."""
    paid = "SELECT 1 FROM transfer WHERE subject_type IN ('report', 'report_claim', 'home', 'bill') LIMIT 1"
    if op.get_bind().scalar(sa.text(paid)):
        raise RuntimeError("reports were paid for: the tables before them cannot tell what for")
    with op.batch_alter_table("report_step", schema=None) as batch_op:
        batch_op.drop_index("ix_report_step_step_at")
        batch_op.drop_index("ix_report_step_report_id_id")

    op.drop_table("report_step")
    with op.batch_alter_table("report_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_reading_reader_id"))
        batch_op.drop_index(batch_op.f("ix_report_reading_handler_id"))

    op.drop_table("report_reading")
    op.drop_table("report_photo")
    with op.batch_alter_table("rented_home", schema=None) as batch_op:
        batch_op.drop_index("ix_rented_home_registered_on_id")
        batch_op.drop_index(batch_op.f("ix_rented_home_member_id"))
        batch_op.drop_index(batch_op.f("ix_rented_home_area_id"))

    op.drop_table("rented_home")
    op.drop_table("report_claim")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index("ix_report_state_received_on")
        batch_op.drop_index("ix_report_received_on_id")
        batch_op.drop_index("ix_report_member_id_received_on")
        batch_op.drop_index("ix_report_kind_received_on")
        batch_op.drop_index(batch_op.f("ix_report_handler_id"))
        batch_op.drop_index(batch_op.f("ix_report_duplicate_of_id"))
        batch_op.drop_index(batch_op.f("ix_report_checkpoint_id"))
        batch_op.drop_index(batch_op.f("ix_report_area_id"))

    op.drop_table("report")
    with op.batch_alter_table("float_day", schema=None) as batch_op:
        batch_op.drop_index("ix_float_day_day")

    op.drop_table("float_day")
    with op.batch_alter_table("bill", schema=None) as batch_op:
        batch_op.drop_index("ix_bill_taken_by_day")
        batch_op.drop_index(batch_op.f("ix_bill_member_id"))
        batch_op.drop_index("ix_bill_day_id")

    op.drop_table("bill")
