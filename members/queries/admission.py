"""Reads about imports of members and about who vouches for whom."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import paging
from core.config import settings
from core.db import db
from core.paging import Page
from members.admission_errors import ImportUnknown
from members.admission_models import Endorsement, MemberImport, MemberImportFile, MemberImportRow
from members.models import Member
from members.queries.facts import FACTS, MemberFacts, to_facts

#: Which rows a list of an import shows.
ROW_LISTS: Mapping[str, tuple[str, ...]] = {
    "left_out": ("problem", "refused"),
    "ready": ("ready",),
    "alike": ("ready",),
    "entered": ("entered",),
}

# --- Imports


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """How far an import is. `total` = `ready` + `left_out` + `entered` as long as its rows are kept.

    `state`: while it is checked "reading", "reading_stopped", or "failed" with the `problem`; then "ready", "running",
    "stopped", "done". `checked_percent` of the file are read.
    """

    id: UUID
    file_name: str
    target: str
    state: str
    total: int
    ready: int
    left_out: int
    entered: int
    unused_columns: tuple[str, ...]
    created_by: UUID
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    checked_percent: int = 100
    problem: str | None = None
    problem_data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def checking(self) -> bool:
        """Whether not all of it is checked yet."""
        return self.state in {"reading", "reading_stopped", "failed"}

    @property
    def done(self) -> int:
        """Rows about which nothing is left to do."""
        return self.total - self.ready


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A row of an import and what came of it; `member` when somebody was entered.

    `alike`: a member who may be the person whom the row would enter.
    """

    number: int
    state: str
    told: str
    problem: str | None
    problem_data: Mapping[str, Any]
    member_id: UUID | None
    member_number: int | None
    member_name: str | None
    alike_id: UUID | None
    alike_number: int | None
    alike_name: str | None


def member_import(import_id: UUID) -> ImportFacts:
    """One import. Raises `ImportUnknown`."""
    found = _heads(sa.select(MemberImport).where(MemberImport.id == import_id))
    if not found:
        raise ImportUnknown
    return found[0]


def member_imports(limit: int = 20) -> list[ImportFacts]:
    """The newest imports."""
    return _heads(
        sa.select(MemberImport).order_by(MemberImport.created_at.desc(), MemberImport.id).limit(limit)
    )


def _heads(query: sa.Select[MemberImport]) -> list[ImportFacts]:
    heads = db.session.scalars(query.execution_options(populate_existing=True)).all()
    ids = [head.id for head in heads]
    row, file = MemberImportRow, MemberImportFile
    counted = sa.select(row.import_id, row.state, sa.func.count()).where(row.import_id.in_(ids))
    counts: dict[UUID, dict[str, int]] = {each: {} for each in ids}
    for import_id, state, count in db.session.execute(counted.group_by(row.import_id, row.state)):
        counts[import_id][state] = count
    columns = (file.import_id, file.state, file.read_to, file.size, file.problem, file.problem_data)
    files = {
        each.import_id: each
        for each in db.session.execute(sa.select(*columns).where(file.import_id.in_(ids)))
    }
    return [_to_facts(head, counts[head.id], files.get(head.id)) for head in heads]


def _to_facts(head: MemberImport, counts: Mapping[str, int], file: Any) -> ImportFacts:
    state, percent = head.state, 100
    if file is not None:
        state = {"reading": "reading", "stopped": "reading_stopped", "failed": "failed"}[file.state]
        percent = 100 * file.read_to // max(file.size, 1)
    return ImportFacts(
        id=head.id,
        file_name=head.file_name,
        target=head.target,
        state=state,
        total=head.total,
        ready=counts.get("ready", 0),
        left_out=counts.get("problem", 0) + counts.get("refused", 0),
        entered=head.entered,
        unused_columns=tuple(head.unused_columns),
        created_by=head.created_by,
        created_at=head.created_at,
        started_at=head.started_at,
        finished_at=head.finished_at,
        checked_percent=percent,
        problem=file.problem if file is not None else None,
        problem_data=file.problem_data if file is not None else {},
    )


def import_rows(
    import_id: UUID, which: str, *, cursor: str | None = None, limit: int = 50
) -> Page[ImportLine]:
    """Rows of one of `ROW_LISTS` in the order of the file. Raises `core.paging.CursorInvalid`."""
    after = paging.decode(cursor, int)[0] if cursor else 0
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = _rows_of(import_id).where(
        MemberImportRow.state.in_(ROW_LISTS[which]), MemberImportRow.number > after
    )
    if which == "alike":
        query = query.where(MemberImportRow.sounds_like.is_not(None))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more = paging.encode(rows[limit - 1].number) if len(rows) > limit else None
    return Page([ImportLine(*row) for row in rows[:limit]], more)


def all_import_rows(import_id: UUID) -> Iterator[ImportLine]:
    """Every row in the order of the file; at most as many as a file may have."""
    for row in db.session.execute(_rows_of(import_id)):
        yield ImportLine(*row)


def _rows_of(import_id: UUID) -> Any:
    row, alike = MemberImportRow, sa.orm.aliased(Member)
    columns = (row.number, row.state, row.told, row.problem, row.problem_data, row.member_id)
    entered = (Member.number.label("member_number"), Member.name.label("member_name"))
    return (
        sa.select(*columns, *entered, alike.id, alike.number.label("alike_number"), alike.name)
        .outerjoin(Member, Member.id == row.member_id)
        .outerjoin(alike, alike.number == row.sounds_like)
        .where(row.import_id == import_id)
        .order_by(row.number)
    )


# --- Endorsements


@dataclass(frozen=True, slots=True)
class EndorsementFacts:
    """Who was named by whom. `state`: asked, confirmed, declined; `counts`: he said yes and may still vouch."""

    id: UUID
    state: str
    asked_at: datetime
    decided_at: datetime | None
    applicant: MemberFacts
    endorser: MemberFacts

    @property
    def counts(self) -> bool:
        """Whether it counts towards what the application needs."""
        return self.state == "confirmed" and self.endorser.status in {"active", "on_leave"}


def endorsements_for(applicant_ids: Collection[UUID]) -> dict[UUID, list[EndorsementFacts]]:
    """applicant → whom he has named, in that order; applicants who named nobody are left out."""
    found: dict[UUID, list[EndorsementFacts]] = {}
    for each in _endorsements(Endorsement.applicant_id.in_(list(applicant_ids))):
        found.setdefault(each.applicant.id, []).append(each)
    return found


def asked_of(endorser_id: UUID) -> list[EndorsementFacts]:
    """Applicants who wait and have named this member, also those whom he has answered about."""
    return [
        each
        for each in _endorsements(Endorsement.endorser_id == endorser_id)
        if each.applicant.status == "applied"
    ]


def endorsements_waiting(endorser_id: UUID) -> int:
    """How many applicants wait for this member's word."""
    query = (
        sa.select(sa.func.count())
        .select_from(Endorsement)
        .join(Member, Member.id == Endorsement.applicant_id)
        .where(
            Endorsement.endorser_id == endorser_id, Endorsement.state == "asked", Member.status == "applied"
        )
    )
    return db.session.scalar(query) or 0


def endorsements_of(member_id: UUID) -> list[EndorsementFacts]:
    """All in which the member takes part, on either side; for his own data."""
    return _endorsements((Endorsement.applicant_id == member_id) | (Endorsement.endorser_id == member_id))


def endorsements_given(applicant_id: UUID) -> int:
    """How many members have vouched for the applicant who still may."""
    return sum(each.counts for each in endorsements_for([applicant_id]).get(applicant_id, []))


def endorsements_needed() -> int:
    """How many an application needs."""
    return settings().endorsements_needed


def _endorsements(condition: sa.ColumnElement[bool]) -> list[EndorsementFacts]:
    query = sa.select(Endorsement).where(condition).order_by(Endorsement.asked_at, Endorsement.id)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    ids = {each.applicant_id for each in rows} | {each.endorser_id for each in rows}
    people = {
        row.id: to_facts(row) for row in db.session.execute(sa.select(*FACTS).where(Member.id.in_(ids)))
    }
    return [
        EndorsementFacts(
            each.id,
            each.state,
            each.asked_at,
            each.decided_at,
            people[each.applicant_id],
            people[each.endorser_id],
        )
        for each in rows
    ]
