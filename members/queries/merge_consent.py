"""Merges, and undoings of merges, that wait for a second person, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import paging
from core.db import db
from core.paging import Page
from members import rules
from members.merge_errors import MergeProposalUnknown
from members.merge_models import MergeProposal
from members.queries.facts import MemberFacts, household_of, many_facts


@dataclass(frozen=True, slots=True)
class MergeProposalLine:
    """One proposal as staff read it. Times are UTC; `kind`: `merge` or `undo`.

    `points` and `owed`: of a merge, what the one that goes holds and owes; of an undoing, what goes back and what the
    kept one would owe for what was spent. `reason`: how the proposer knows. `answer`: why it was declined; `why`:
    the code of why it lapsed. `until`: it lapses then unless somebody agrees.
    """

    id: UUID
    kind: str
    gone: MemberFacts
    kept: MemberFacts
    phone: str
    place: str
    reason: str
    points: int
    owed: int
    proposed_by: UUID
    proposed_at: datetime
    until: datetime
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    answer: str
    why: str | None
    merge_id: UUID | None


def merge_proposals(
    state: str = "waiting", *, cursor: str | None = None, limit: int = 50
) -> Page[MergeProposalLine]:
    """Proposals in one state: those that wait oldest first, decided ones newest first. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    waiting = state == "waiting"
    query = sa.select(MergeProposal).where(MergeProposal.state == state)
    query = query.order_by(MergeProposal.id if waiting else MergeProposal.id.desc()).limit(limit + 1)
    if cursor:
        last = paging.identifier(*paging.decode(cursor, str))
        query = query.where(MergeProposal.id > last if waiting else MergeProposal.id < last)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    more = paging.encode(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page(_lines(list(rows[:limit])), more)


def merge_proposal(proposal_id: UUID) -> MergeProposalLine:
    """One proposal. Raises `MergeProposalUnknown`."""
    found = db.session.get(MergeProposal, proposal_id, populate_existing=True)
    if found is None:
        raise MergeProposalUnknown
    (line,) = _lines([found])
    return line


def merge_proposals_about(member_id: UUID) -> list[MergeProposalLine]:
    """What waits about this member, whether he goes or is kept."""
    about = (MergeProposal.gone_id == member_id) | (MergeProposal.kept_id == member_id)
    query = sa.select(MergeProposal).where(MergeProposal.state == "waiting", about).order_by(MergeProposal.id)
    return _lines(list(db.session.scalars(query.execution_options(populate_existing=True))))


def merges_to_agree(actor_id: UUID) -> int:
    """How many proposals wait that this person may decide about: neither his own nor about his household."""
    own = household_of(actor_id)
    query = sa.select(sa.func.count()).where(
        MergeProposal.state == "waiting",
        MergeProposal.proposed_by.not_in(own),
        MergeProposal.gone_id.not_in(own),
        MergeProposal.kept_id.not_in(own),
    )
    return int(db.session.execute(query).scalar_one())


def _lines(rows: list[MergeProposal]) -> list[MergeProposalLine]:
    people = many_facts({each for row in rows for each in (row.gone_id, row.kept_id)})
    return [
        MergeProposalLine(
            id=row.id,
            kind=row.kind,
            gone=people[row.gone_id],
            kept=people[row.kept_id],
            phone=row.phone,
            place=row.place,
            reason=row.reason,
            points=row.points,
            owed=row.owed,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            until=row.proposed_at + rules.MERGE_PROPOSAL_LIFE,
            state=row.state,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            answer="" if row.state == "lapsed" else row.answer,
            why=row.answer if row.state == "lapsed" else None,
            merge_id=row.merge_id,
        )
        for row in rows
    ]
