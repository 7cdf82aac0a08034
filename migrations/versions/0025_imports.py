"""Files of members are checked piece by piece: the file itself meanwhile, and who a row names."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "member_import_file",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("read_to", sa.Integer(), nullable=False),
        sa.Column("read_rows", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(60), nullable=True),
        sa.Column("problem_data", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'stopped', 'failed')", name=op.f("ck_member_import_file_state")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (problem IS NOT NULL)", name=op.f("ck_member_import_file_problem")
        ),
        sa.CheckConstraint("read_to >= 0 AND read_rows >= 0", name=op.f("ck_member_import_file_place")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["member_import.id"], name=op.f("fk_member_import_file_import_id_member_import")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_member_import_file")),
        sqlite_strict=True,
    )
    op.add_column("member_import_row", sa.Column("who", sa.String(64), nullable=True))
    op.create_index("ix_member_import_row_import_id_who", "member_import_row", ["import_id", "who"])
    # Lists that were being read at this moment are gone with the process that read them.
    op.execute(
        "DELETE FROM member_import_row WHERE import_id IN (SELECT id FROM member_import WHERE state = 'reading')"
    )
    op.execute("DELETE FROM member_import WHERE state = 'reading'")


def downgrade() -> None:
    """Take them away again; files that are being checked are forgotten."""
    op.execute("DELETE FROM member_import_row WHERE import_id IN (SELECT import_id FROM member_import_file)")
    op.drop_index("ix_member_import_row_import_id_who", "member_import_row")
    op.drop_column("member_import_row", "who")
    op.execute("CREATE TEMPORARY TABLE being_read AS SELECT import_id FROM member_import_file")
    op.drop_table("member_import_file")
    op.execute("DELETE FROM member_import WHERE id IN (SELECT import_id FROM being_read)")
    op.execute("DROP TABLE being_read")
