"""How names sound and how they are typed in Latin letters, of everybody; whom a row of a file sounds like."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from members import name_rules

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None

#: Members that are read and written at a time: memory stays small however many there are.
_STEP = 10_000
_SEARCHED = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_MEMBER = sa.table(
    "member",
    sa.column("id", sa.Uuid()),
    sa.column("name", sa.String()),
    sa.column("erased_at", sa.String()),
    sa.column("name_sound", sa.String()),
    sa.column("name_latin", sa.String()),
)


def upgrade() -> None:
    """Add the columns and fill them; of those whose personal data was deleted they stay empty."""
    for name in ("name_sound", "name_latin"):
        op.add_column("member", sa.Column(name, _SEARCHED, nullable=False, server_default=""))
    _fill()
    op.create_index("ix_member_name_sound", "member", ["name_sound", "name_key", "id"])
    op.create_index("ix_member_name_latin", "member", ["name_latin", "id"])
    op.add_column("member_import_row", sa.Column("sounds_like", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("member_import_row", "sounds_like")
    op.drop_index("ix_member_name_latin", "member")
    op.drop_index("ix_member_name_sound", "member")
    op.drop_column("member", "name_latin")
    op.drop_column("member", "name_sound")


def _fill() -> None:
    connection, last = op.get_bind(), UUID(int=0)
    query = sa.select(_MEMBER.c.id, _MEMBER.c.name).where(
        _MEMBER.c.id > sa.bindparam("last", type_=sa.Uuid()), _MEMBER.c.erased_at.is_(None)
    )
    query = query.order_by(_MEMBER.c.id).limit(_STEP)
    while rows := connection.execute(query, {"last": last}).all():
        _write(connection, [(row.id, name_rules.sound(row.name), name_rules.latin(row.name)) for row in rows])
        last = rows[-1].id


def _write(connection: Any, rows: list[tuple[UUID, str, str]]) -> None:
    if connection.dialect.name == "postgresql":
        ids, sounds, latin = zip(*rows, strict=True)
        at_once = sa.text(
            "UPDATE member SET name_sound = v.sound, name_latin = v.latin FROM unnest(CAST(:ids AS uuid[]), "
            "CAST(:sounds AS text[]), CAST(:latin AS text[])) AS v (id, sound, latin) WHERE member.id = v.id"
        )
        connection.execute(at_once, {"ids": list(ids), "sounds": list(sounds), "latin": list(latin)})
        return
    update = sa.update(_MEMBER).where(_MEMBER.c.id == sa.bindparam("wanted", type_=sa.Uuid()))
    update = update.values(name_sound=sa.bindparam("sound"), name_latin=sa.bindparam("latin"))
    connection.execute(update, [dict(zip(("wanted", "sound", "latin"), row, strict=True)) for row in rows])
