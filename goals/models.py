"""The table of goals."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from goals import rules


class Goal(Model):
    """What was set as a goal, of the whole alliance (no squad) or of one squad. Never changed: the next row takes over.

    `aim` is so many, or so many percent, in each week or month from the one that begins on `valid_from` (programme
    zone); without an aim there is no goal from then on. Of two rows for the same day the one that was set later counts.
    """

    __tablename__ = "goal"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"), index=True)
    aim: Mapped[int | None] = mapped_column(sa.Integer)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    set_by: Mapped[UUID] = mapped_column(Identifier)
    set_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(f"kind IN ({', '.join(repr(each) for each in rules.KINDS)})", name="kind"),
        sa.CheckConstraint(f"aim BETWEEN 1 AND {rules.LARGEST_AIM}", name="aim"),
        sa.CheckConstraint("kind <> 'hazards_in_time' OR aim IS NULL OR aim <= 100", name="percent"),
        sa.CheckConstraint("kind <> 'hazards_in_time' OR squad_id IS NULL", name="whose"),
    )
