"""Tables of notices. Whom a notice reaches is not written down: only who has read it is."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from notices import rules


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Notice(Model):
    """A notice. It may be corrected, which counts `version` up, until `first_read_at`; then only a successor
    (`replaces_id` points back) takes its place. It is shown from `first_day` to `last_day`, both included.
    """

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    title_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_TITLE))
    text_zh: Mapped[str] = mapped_column(sa.String(rules.LONGEST_TEXT))
    title_en: Mapped[str] = mapped_column(sa.String(2 * rules.LONGEST_TITLE), default="")
    text_en: Mapped[str] = mapped_column(sa.String(2 * rules.LONGEST_TEXT), default="")
    audience: Mapped[str] = mapped_column(sa.String(20))
    first_day: Mapped[date] = mapped_column(sa.Date)
    last_day: Mapped[date] = mapped_column(sa.Date)
    pinned: Mapped[bool] = mapped_column(sa.Boolean)
    state: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    written_by: Mapped[UUID] = mapped_column(Identifier)
    written_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_read_at: Mapped[datetime | None] = mapped_column(UtcTime)
    replaces_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("notice.id"), unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[UUID | None] = mapped_column(Identifier)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")

    __table_args__ = (
        sa.CheckConstraint(_one_of("audience", rules.AUDIENCES), name="audience"),
        sa.CheckConstraint(_one_of("state", rules.STATES), name="state"),
        sa.CheckConstraint("title_zh <> '' AND text_zh <> ''", name="words"),
        sa.CheckConstraint("(title_en = '') = (text_en = '')", name="english_whole"),
        sa.CheckConstraint("last_day >= first_day", name="days"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        sa.CheckConstraint("(state = 'withdrawn') = (reason <> '')", name="reason"),
        sa.Index("ix_notice_state_last_day", "state", "last_day"),
        sa.Index("ix_notice_written_by", "written_by"),
    )


class NoticeSquad(Model):
    """A squad that a notice is for."""

    __tablename__ = "notice_squad"

    notice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    squad_id: Mapped[UUID] = mapped_column(sa.ForeignKey("squad.id"), primary_key=True, index=True)


class NoticeArea(Model):
    """An area that a notice is for, with all that lie in it."""

    __tablename__ = "notice_area"

    notice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.id"), primary_key=True, index=True)


class NoticeReading(Model):
    """That a member has read a notice. Kept for a while after the notice has ended, then forgotten."""

    __tablename__ = "notice_reading"

    notice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcTime)
