"""Where something is: an area, a checkpoint by the code on its plate, or words.

Checkpoints belong to `patrols`, which this package does not know: the assembler says who finds them (`use_places`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import members.queries
from core.errors import DomainError
from reports.errors import PlaceMissing, PlaceUnknown
from reports.rules.texts import LONGEST_PLACE, clean_line


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the finder knows about the plate whose code somebody has opened.

    `neighbourhood_id`: an area with several plates around it, None when there is none.
    """

    id: UUID
    name: str
    area_id: UUID | None
    neighbourhood_id: UUID | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report belongs, as it is kept."""

    area_id: UUID | None
    checkpoint_id: UUID | None
    words: str


#: Text of a code → its checkpoint; raises a refusal for a code that is none.
Finder = Callable[[str], Checkpoint]
_finders: list[Finder] = []


def use_places(finder: Finder) -> None:
    """Let `finder` read the codes on plates; the last one counts."""
    _finders[:] = [finder]


def find_place(code: str) -> Checkpoint:
    """The checkpoint of a plate's code. Raises `PlaceUnknown`."""
    if not _finders:
        raise PlaceUnknown(field="place_code")
    try:
        return _finders[0](code)
    except DomainError as refusal:
        raise PlaceUnknown(field="place_code") from refusal


def settle(area_id: UUID | None, code: str, note: str, *, unnamed: bool) -> Place:
    """The place that is meant. Raises `PlaceUnknown`, `PlaceMissing`, `TextInvalid`.

    Without a name only the neighbourhood of a plate is kept: who stood at which plate on which day is in the visits.
    """
    words = clean_line(note, "place_note", LONGEST_PLACE)
    if code:
        found = find_place(code)
        if unnamed:
            if found.neighbourhood_id is None and not words:
                raise PlaceMissing(field="place_note")
            return Place(found.neighbourhood_id, None, words)
        return Place(found.area_id, found.id, words or found.name)
    if area_id is not None:
        names = members.queries.area_names()
        if area_id not in names:
            raise PlaceUnknown(field="area_id")
        return Place(area_id, None, words)
    if not words:
        raise PlaceMissing(field="place_note")
    return Place(None, None, words)
