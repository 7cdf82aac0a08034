"""Where a report was opened: reports ask for the checkpoint of a plate's code, which patrols know."""

from uuid import UUID

import members.queries
import patrols.queries
import reports.service
from core import codes
from core.codes import CodeUnknown, Kind
from core.config import settings

#: An area with fewer plates would tell which one somebody stood at.
FEWEST_PLATES = 3


def initialise() -> None:
    """Let reports find checkpoints."""
    reports.service.use_places(find)


def find(text: str) -> reports.service.Checkpoint:
    """The checkpoint whose plate has this code. Raises the refusals of an unreadable code, `CheckpointUnknown`."""
    code = codes.parse(text, settings().base_url)
    if code.kind is not Kind.CHECKPOINT:
        raise CodeUnknown
    found = patrols.queries.checkpoint_by_code(codes.digest(codes.keyring(settings()), code))
    return reports.service.Checkpoint(found.id, found.name, found.area_id, _neighbourhood(found.area_id))


def _neighbourhood(area_id: UUID | None) -> UUID | None:
    """The area, or the nearest one around it, that has `FEWEST_PLATES` in use; None when there is none."""
    parents = {each.id: each.parent_id for each in members.queries.areas()}
    around = _upwards(area_id, parents)
    plates = dict.fromkeys(around, 0)
    for home, count in patrols.queries.checkpoints_by_area().items():
        for each in _upwards(home, parents):
            if each in plates:
                plates[each] += count
    return next((each for each in around if plates[each] >= FEWEST_PLATES), None)


def _upwards(area_id: UUID | None, parents: dict[UUID, UUID | None]) -> list[UUID]:
    """The area and all around it, the smallest first."""
    found: list[UUID] = []
    while area_id is not None:
        found.append(area_id)
        area_id = parents.get(area_id)
    return found
