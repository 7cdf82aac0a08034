"""Who looked after whom before; one name for one station; an audit log that nobody changes."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: The database itself refuses to change or remove what was written down. PostgreSQL has the function since 0001.
MAKE = {
    "postgresql": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION "
        "refuse_change()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE "
        "FUNCTION refuse_change()",
    ),
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, "
        "'audit_entry is insert-only'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, "
        "'audit_entry is insert-only'); END",
    ),
}
DROP = {
    "postgresql": (
        "DROP TRIGGER audit_entry_no_update ON audit_entry",
        "DROP TRIGGER audit_entry_no_delete ON audit_entry",
        "DROP TRIGGER audit_entry_no_truncate ON audit_entry",
    ),
    "sqlite": ("DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"),
}
STATIONS = sa.text("parent_id IS NULL")


def upgrade() -> None:
    """Make the table, the index and the triggers."""
    op.create_table(
        "past_help",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["helper_id"], ["member.id"], name=op.f("fk_past_help_helper_id_member")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_past_help_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "helper_id", name=op.f("pk_past_help")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_past_help_helper_id"), "past_help", ["helper_id"], unique=False)
    op.create_index(
        "uq_area_station_name",
        "area",
        ["name"],
        unique=True,
        sqlite_where=STATIONS,
        postgresql_where=STATIONS,
    )
    for statement in MAKE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Remove the triggers, the index and the table."""
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("uq_area_station_name", table_name="area", sqlite_where=STATIONS, postgresql_where=STATIONS)
    op.drop_index(op.f("ix_past_help_helper_id"), table_name="past_help")
    op.drop_table("past_help")
