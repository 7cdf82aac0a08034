"""Heaps of refused scans: a broken plate, one pasted over, somebody who tries codes; and that somebody has looked."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import members.queries
from core import audit, clock, receipts, refused_heaps, refused_scans, texts
from core.auth import Actor
from core.config import settings
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.receipts import Answer
from core.refused_heaps import LONGEST_REASON, Heap

#: What happens to everybody: a plate scanned twice, or too early again, a deed done as often as it counts. No heap.
EVERYDAY: Final = ("already_visited", "cooldown", "daily_cap_reached", "weekly_cap_reached")
#: How far the first page of the desk looks back.
WITHIN: Final = timedelta(hours=24)


class HeapUnknown(NotFound):
    """There is no such heap, or its day is over."""

    code = "heap_unknown"


class HeapSeen(Conflict):
    """Somebody has looked at it already, and nothing has come since."""

    code = "heap_seen"


class OwnHeap(Forbidden):
    """Scans of the one who wants to put the heap away, or of somebody of his household, are in it."""

    code = "own_heap"


class HeapReasonInvalid(Invalid):
    """The reason is missing, too long, or holds characters that cannot be written; `data["reason"]` says which."""

    code = "heap_reason_invalid"


def waiting() -> list[Heap]:
    """What looks like a broken or pasted-over plate, or like somebody who tries codes, and nobody has looked at yet."""
    least = settings().odd_scans
    if not least:
        return []
    return refused_heaps.heaps(clock.now() - WITHIN, least, but_for=EVERYDAY)


def see_heap(actor: Actor, *, key: UUID, what: str, scan_id: UUID, reason: str) -> Answer:
    """A coordinator has looked at a heap and says why it can be put away; once per key, audited; needs `scan.judge`.

    `scan_id` is the newest scan that he saw of it: it comes back with the next one that is refused. Nobody puts away a
    heap in which there are scans of his own or of his household. The answer: `outcome`, `heap_id`. Raises
    `HeapUnknown`, `HeapSeen`, `OwnHeap`, `HeapReasonInvalid`.
    """
    actor.require("scan.judge")
    clean = clean_reason(reason)

    def work() -> dict[str, Any]:
        line = refused_scans.line(scan_id)
        found = _heap(what, line)
        if found is None or line is None:
            raise HeapUnknown
        since = clock.now() - WITHIN
        theirs = refused_heaps.people(found, since)
        by = actor.member_id or actor.id
        if theirs & members.queries.household_of(by):
            raise OwnHeap
        heap_id = refused_heaps.put_away(found, until=line.at, by=by, reason=clean)
        if heap_id is None:
            raise HeapSeen
        told = {"kind": what, "times": found.count, "reason": _without(clean, theirs)}
        if isinstance(found.key, UUID):
            told["member"] = str(found.key)
        audit.record(actor, "scan.heap_seen", "refused_heap", heap_id, **told)
        return {"outcome": "heap_seen", "heap_id": str(heap_id)}

    content = {"what": what, "scan_id": scan_id, "reason": clean}
    return receipts.once(key, actor, "scan.heap_seen", content, work)


def clean_reason(text: str) -> str:
    """Why a heap is put away. Raises `HeapReasonInvalid`."""
    return texts.clean_line(
        text,
        LONGEST_REASON,
        lambda reason: HeapReasonInvalid(field="reason", reason=reason, longest=LONGEST_REASON),
    )


def _heap(what: str, line: refused_scans.Line | None) -> Heap | None:
    """The heap that waits and that the scan belongs to. Raises `HeapSeen` for one that no longer waits."""
    if line is None:
        return None
    key = {"code": line.code_digest, "phone": line.device_digest, "member": line.member_id}.get(what)
    if key is None:
        return None
    found = next((each for each in waiting() if (each.what, each.key) == (what, key)), None)
    if found is None and refused_heaps.is_seen(what, key, line.at):
        raise HeapSeen
    return found


def _without(reason: str, people: Collection[UUID]) -> str:
    """The reason as it is kept for good: without names and telephone numbers of those whose scans they were."""
    for each in sorted(people):
        reason = members.queries.without_person(reason, each)
    return reason
