"""Odd awards: found anew from the books every few minutes, and put away once somebody has looked."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, receipts
from core.auth import Actor
from core.db import db, execute, insert, new_id, transactional
from core.receipts import Answer
from points import rules
from points.errors import OddAwardUnknown, OwnOddAward
from points.models import OddAward
from points.queries.by_hand import OddAwards, Promise, odd_awards


def find_odd(promises: Iterable[Promise] = (), others: Iterable[OddAwards] = ()) -> int:
    """Look at what was entered by hand and write down what is odd; how many patterns there are. Repeatable.

    `promises`: points promised to whom nobody knows, since `odd_since`; `others`: what another package found odd. A
    pattern that somebody has looked at waits again once a further award belongs to it; one that is over is removed.
    """
    # Outside of the transaction: reading weeks of awards must not keep writers waiting.
    return _write_down([*odd_awards(promises), *others])


@transactional
def _write_down(found: list[OddAwards]) -> int:
    known = {row.pattern: row for row in db.session.scalars(sa.select(OddAward).with_for_update())}
    for each in found:
        row = known.pop(_pattern(each), None)
        if row is None:
            _add(each)
        elif each.last_at != row.last_at or each.times != row.times:
            if each.last_at > row.last_at:
                row.seen_at, row.seen_by, row.note = None, None, ""
            row.people, row.about = [str(one) for one in each.people], each.about
            row.times, row.points, row.last_at, row.found_at = (
                each.times,
                each.points,
                each.last_at,
                clock.now(),
            )
    db.session.flush()
    for row in known.values():
        db.session.delete(row)
    db.session.flush()
    return len(found)


def _pattern(odd: OddAwards) -> str:
    if odd.activity_number is not None:
        # Known again when further people belong to it.
        return f"{odd.kind}:{odd.activity_number}"
    return ":".join((odd.kind, *(str(each) for each in odd.people)))


def _add(odd: OddAwards) -> None:
    row = {
        "id": new_id(),
        "pattern": _pattern(odd),
        "kind": odd.kind,
        "people": [str(each) for each in odd.people],
        "times": odd.times,
        "points": odd.points,
        "last_at": odd.last_at,
        "found_at": clock.now(),
        "note": "",
        "about": odd.about,
        "activity_number": odd.activity_number,
    }
    # Two keepers may find it at once.
    execute(insert(OddAward).values(**row).on_conflict_do_nothing())


def see_odd(actor: Actor, *, key: UUID, odd_id: UUID, note: str = "") -> Answer:
    """A coordinator has looked at an odd pattern and says what he found; once per key, audited; needs `award.second`.

    Nobody puts away a pattern that he belongs to. The answer: `outcome`, `odd_id`. Raises `OddAwardUnknown`,
    `OwnOddAward`, `MemoInvalid`, `MemoHoldsNumber`.
    """
    actor.require("award.second")
    clean = rules.clean_memo(note, "note")

    def work() -> dict[str, Any]:
        query = sa.select(OddAward).where(OddAward.id == odd_id).with_for_update()
        found = db.session.scalar(query.execution_options(populate_existing=True))
        if found is None:
            raise OddAwardUnknown
        if {str(actor.id), str(actor.member_id)} & set(found.people):
            raise OwnOddAward
        if found.seen_at is None:
            found.seen_at, found.seen_by, found.note = clock.now(), actor.member_id or actor.id, clean
            told = {"kind": found.kind, "people": found.people, "times": found.times}
            audit.record(actor, "award.odd_seen", "award", odd_id, note=clean, **told)
        return {"outcome": "odd_seen", "odd_id": str(odd_id)}

    return receipts.once(key, actor, "award.odd_seen", {"odd_id": odd_id, "note": clean}, work)
