"""Tables of how people come in: who vouches for an applicant, and members out of files."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from members import rules
from members.models import one_of


class Endorsement(Model):
    """That an applicant has named a member who knows him, and what that member has said: "one ripe, one admitted"."""

    __tablename__ = "endorsement"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    applicant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    endorser_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    state: Mapped[str] = mapped_column(sa.String(20))
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.UniqueConstraint("applicant_id", "endorser_id"),
        sa.CheckConstraint(one_of("state", ("asked", "confirmed", "declined")), name="state"),
        sa.CheckConstraint("applicant_id <> endorser_id", name="nobody_endorses_himself"),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        sa.Index("ix_endorsement_endorser_id_state", "endorser_id", "state", "decided_at"),
    )


class MemberImport(Model):
    """A file of members. `digest` tells files apart: one is under way once. It outlives its rows.

    reading → ready → running ⇄ stopped → done. `target` is the status that its members get. While it is being
    read there is a `MemberImportFile` beside it.
    """

    __tablename__ = "member_import"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    file_name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    created_by: Mapped[UUID] = mapped_column(Identifier)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    target: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(20))
    unused_columns: Mapped[list[str]] = mapped_column(sa.JSON)
    total: Mapped[int] = mapped_column(sa.Integer, default=0)
    entered: Mapped[int] = mapped_column(sa.Integer, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("target", ("active", "applied")), name="target"),
        sa.CheckConstraint(one_of("state", ("reading", "ready", "running", "stopped", "done")), name="state"),
        sa.CheckConstraint("entered >= 0 AND entered <= total", name="entered"),
        sa.CheckConstraint("(state IN ('reading', 'ready')) = (started_at IS NULL)", name="started"),
        sa.CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="finished"),
        sa.Index(
            "uq_member_import_digest",
            "digest",
            unique=True,
            sqlite_where=sa.text("state IN ('running', 'stopped')"),
            postgresql_where=sa.text("state IN ('running', 'stopped')"),
        ),
        sa.Index("ix_member_import_created_at", "created_at"),
    )


class MemberImportFile(Model):
    """The file itself, as long as it is being checked, and how far that is. Gone with the last row.

    `read_to` of `size` is a place in the file, `read_rows` the number of the last row before it. "failed" keeps nothing
    of the file but the refusal.
    """

    __tablename__ = "member_import_file"

    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member_import.id"), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(20))
    #: Megabytes that are read only where rows are read out of them.
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    columns: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    size: Mapped[int] = mapped_column(sa.Integer)
    read_to: Mapped[int] = mapped_column(sa.Integer)
    read_rows: Mapped[int] = mapped_column(sa.Integer)
    problem: Mapped[str | None] = mapped_column(sa.String(60))
    problem_data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)

    __table_args__ = (
        sa.CheckConstraint(one_of("state", ("reading", "stopped", "failed")), name="state"),
        sa.CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="problem"),
        sa.CheckConstraint("read_to >= 0 AND read_rows >= 0", name="place"),
    )


class MemberImportRow(Model):
    """One row of such a file, and what came of it. Who was entered is only pointed to: what the row said is emptied.

    `who` is the same in rows that name the same person. `sounds_like`: the number of a member who may be the same
    person (`queries.likely.sounding_like`); only a warning, and forgotten with what the row said.
    """

    __tablename__ = "member_import_row"

    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member_import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(20))
    told: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"))
    problem: Mapped[str | None] = mapped_column(sa.String(60))
    problem_data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    who: Mapped[str | None] = mapped_column(sa.String(64))
    sounds_like: Mapped[int | None] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.CheckConstraint(one_of("state", ("ready", "problem", "entered", "refused")), name="state"),
        sa.CheckConstraint("state <> 'entered' OR (name = '' AND phone IS NULL)", name="emptied"),
        sa.CheckConstraint("(state IN ('problem', 'refused')) = (problem IS NOT NULL)", name="problem"),
        sa.Index("ix_member_import_row_import_id_state", "import_id", "state", "number"),
        sa.Index("ix_member_import_row_import_id_who", "import_id", "who"),
    )
