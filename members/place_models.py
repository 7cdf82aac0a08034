"""Tables of where squads and areas were before they moved, so that what was done then stays where it was done."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, UtcTime
from members import rules


class FormerSquadArea(Model):
    """The area that a squad was in until a moment; the squad's row has the present one.

    What it did before counts in the area in which it was then.
    """

    __tablename__ = "former_squad_area"

    squad_id: Mapped[UUID] = mapped_column(sa.ForeignKey("squad.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"))


class FormerArea(Model):
    """What an area was called and belonged to until a moment; the area's row has the present name and place."""

    __tablename__ = "former_area"

    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
