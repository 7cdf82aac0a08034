"""Reports without a name keep the neighbourhood of the plate they were opened from, and not the plate."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

#: As in alliance/places.py: an area with fewer plates would tell which one it was.
FEWEST_PLATES = 3
_report = sa.table(
    "report",
    sa.column("id", sa.Uuid()),
    sa.column("member_id", sa.Uuid()),
    sa.column("area_id", sa.Uuid()),
    sa.column("checkpoint_id", sa.Uuid()),
    sa.column("place", sa.String()),
)
_checkpoint = sa.table(
    "checkpoint",
    sa.column("id", sa.Uuid()),
    sa.column("name", sa.String()),
    sa.column("area_id", sa.Uuid()),
    sa.column("status", sa.String()),
)
_area = sa.table("area", sa.column("id", sa.Uuid()), sa.column("parent_id", sa.Uuid()))


def upgrade() -> None:
    """Put the neighbourhood in the place of the plate; the plate's name goes, words of the reporter stay."""
    connection = op.get_bind()
    parents = {each.id: each.parent_id for each in connection.execute(sa.select(_area))}
    checkpoints = {each.id: each for each in connection.execute(sa.select(_checkpoint))}
    plates: dict[UUID, int] = {}
    for each in checkpoints.values():
        for area in _upwards(each.area_id, parents) if each.status == "active" else ():
            plates[area] = plates.get(area, 0) + 1
    unnamed = _report.c.member_id.is_(None)
    opened = sa.select(_report.c.checkpoint_id).where(unnamed, _report.c.checkpoint_id.is_not(None)).distinct()
    for checkpoint_id in list(connection.scalars(opened)):
        found = checkpoints[checkpoint_id]
        around = _upwards(found.area_id, parents)
        area = next((each for each in around if plates.get(each, 0) >= FEWEST_PLATES), None)
        place = sa.case((_report.c.place == found.name, ""), else_=_report.c.place)
        values = {"area_id": area, "checkpoint_id": None, "place": place}
        connection.execute(
            sa.update(_report).where(unnamed, _report.c.checkpoint_id == checkpoint_id).values(**values)
        )


def _upwards(area_id: UUID | None, parents: dict[UUID, UUID | None]) -> list[UUID]:
    found: list[UUID] = []
    while area_id is not None:
        found.append(area_id)
        area_id = parents.get(area_id)
    return found


def downgrade() -> None:
    """Nothing: where somebody stood is not known any more."""
