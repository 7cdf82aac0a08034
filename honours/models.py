"""Tables of letters of encouragement and of titles."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from honours import rules


class LetterSeries(Model):
    """The last number given in a year. Taken in the transaction of its letter, so that none is left out."""

    __tablename__ = "letter_series"

    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (sa.CheckConstraint("last >= 1", name="last"),)


class Letter(Model):
    """A letter of encouragement to a member for what he did; `year` and `sequence` are its number.

    Its code is derived from the print key and the id, so that it can be printed again; only the digest is kept.
    The name stands in no column: it is printed as the member is called on that day.
    """

    __tablename__ = "letter"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    year: Mapped[int] = mapped_column(sa.Integer)
    sequence: Mapped[int] = mapped_column(sa.Integer)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    occasion_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_CHINESE))
    occasion_en: Mapped[str] = mapped_column(sa.String(rules.LONGEST_ENGLISH), default="")
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_by: Mapped[UUID] = mapped_column(Identifier)
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_by: Mapped[UUID | None] = mapped_column(Identifier)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")

    __table_args__ = (
        sa.UniqueConstraint("year", "sequence"),
        sa.CheckConstraint("sequence >= 1", name="sequence"),
        sa.CheckConstraint("occasion_zh <> ''", name="occasion"),
        sa.CheckConstraint("issued_by <> member_id", name="not_to_oneself"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason = '')", name="reason"),
        sa.CheckConstraint("revoked_at IS NULL OR revoked_at >= issued_at", name="revoked_after_issued"),
        sa.Index("ix_letter_member_id_issued_at", "member_id", "issued_at"),
    )


class Honour(Model):
    """A title for a month or a year: the star among the squads' leaders, or the excellent squad.

    `period` is "2026-11" or "2026". `figures` are those of the proposal on the day it was given: they stay as they
    were. A star also keeps the squad that he led.
    """

    __tablename__ = "honour"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(10))
    period: Mapped[str] = mapped_column(sa.String(7))
    squad_id: Mapped[UUID] = mapped_column(sa.ForeignKey("squad.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    figures: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    given_by: Mapped[UUID] = mapped_column(Identifier)
    given_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_by: Mapped[UUID | None] = mapped_column(Identifier)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")

    __table_args__ = (
        sa.CheckConstraint("title IN ('star', 'squad')", name="title"),
        sa.CheckConstraint("length(period) IN (4, 7)", name="period"),
        sa.CheckConstraint("(title = 'star') = (member_id IS NOT NULL)", name="stars_are_people"),
        sa.CheckConstraint("member_id IS NULL OR given_by <> member_id", name="not_to_oneself"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason = '')", name="reason"),
        sa.Index(
            "uq_honour_title_period",
            "title",
            "period",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )
