"""Where a report was opened: reports ask for the checkpoint of a plate's code, which patrols know."""

import patrols.queries
import reports.service
from core import codes
from core.codes import CodeUnknown, Kind
from core.config import settings


def initialise() -> None:
    """Let reports find checkpoints."""
    reports.service.use_places(find)


def find(text: str) -> reports.service.Checkpoint:
    """The checkpoint whose plate has this code. Raises the refusals of an unreadable code, `CheckpointUnknown`."""
    code = codes.parse(text, settings().base_url)
    if code.kind is not Kind.CHECKPOINT:
        raise CodeUnknown
    found = patrols.queries.checkpoint_by_code(codes.digest(codes.keyring(settings()), code))
    return reports.service.Checkpoint(found.id, found.name, found.area_id)
