"""Members out of a file, second half: rows are worked off in small transactions, by requests or by the keeper.

A row and the member that it makes are one commit, under the lock of the import: whoever works, also two at a time, and
whenever he is killed, nothing is lost and nothing is done twice. The check before goes on by the same questions.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import SYSTEM, Actor
from core.db import db, insert, new_id, transactional
from members import admission_rules, name_rules
from members.admission_errors import ImportKnown, ImportRepeated, ImportStateWrong, ImportUnknown
from members.admission_models import MemberImport, MemberImportFile, MemberImportRow
from members.models import Member, MemberRole, NumberSeries
from members.service.common import change_heads, take_numbers, unique_or
from members.service.importing import Known
from members.service.importing_check import check_list, lock_import, stop_check


@transactional
def start_import(actor: Actor, import_id: UUID) -> None:
    """Let the import run, for the first time or again after a stop. Again changes nothing. Needs `member.import`.

    Raises `ImportUnknown`, `ImportRepeated` while the same file is under way, `ImportStateWrong`.
    """
    actor.require("member.import")
    head = lock_import(import_id)
    if head.state in {"running", "done"}:
        return
    if head.state not in {"ready", "stopped"}:
        raise ImportStateWrong(state=head.state)
    same = sa.select(MemberImport.id).where(
        MemberImport.digest == head.digest, MemberImport.state.in_(("running", "stopped"))
    )
    other = db.session.scalar(same.where(MemberImport.id != import_id))
    with unique_or(ImportRepeated(import_id=str(other or ""))):
        head.state, head.started_at = "running", head.started_at or clock.now()
    audit.record(
        actor, "import.started", "import", import_id, rows=head.total, target=head.target, digest=head.digest
    )


@transactional
def stop_import(actor: Actor, import_id: UUID) -> None:
    """Do no more of it, be it the check or the run; who was entered stays. Again changes nothing.

    Raises `ImportUnknown`, `ImportStateWrong`.
    """
    actor.require("member.import")
    head = lock_import(import_id)
    if head.state == "reading":
        stop_check(actor, head)
        return
    if head.state == "stopped":
        return
    if head.state != "running":
        raise ImportStateWrong(state=head.state)
    head.state = "stopped"
    audit.record(actor, "import.stopped", "import", import_id, entered=head.entered)


@transactional
def discard_import(actor: Actor, import_id: UUID) -> None:
    """Forget a file that was only rehearsed. Raises `ImportStateWrong` once it was started; unknown is forgotten."""
    actor.require("member.import")
    try:
        head = lock_import(import_id)
    except ImportUnknown:
        return
    if head.started_at is not None:
        raise ImportStateWrong(state=head.state)
    audit.record(actor, "import.discarded", "import", import_id, rows=head.total, target=head.target)
    for table, column in (
        (MemberImportRow, MemberImportRow.import_id),
        (MemberImportFile, MemberImportFile.import_id),
        (MemberImport, MemberImport.id),
    ):
        db.session.execute(sa.delete(table).where(column == import_id))


def work_off_import(import_id: UUID, *, seconds: float) -> bool:
    """Check or enter piece after piece until that is done, stopped, or so many seconds are over; whether more is left.

    At least one piece. What was only checked is not entered by that. Raises `ImportUnknown`.
    """
    state = db.session.scalar(sa.select(MemberImport.state).where(MemberImport.id == import_id))
    db.session.rollback()
    if state == "reading":
        return check_list(import_id, seconds=seconds)
    deadline = time.monotonic() + seconds
    while _enter_batch(import_id):
        if time.monotonic() > deadline:
            return True
    return False


def go_on_with_imports(seconds: float = 20.0) -> int:
    """Work off, the oldest first, whatever runs or is being checked; how many. For the keeper: pages may be closed."""
    checked = sa.select(MemberImportFile.import_id).where(MemberImportFile.state == "reading")
    waiting = (MemberImport.state == "running") | MemberImport.id.in_(checked)
    found = db.session.scalars(
        sa.select(MemberImport.id).where(waiting).order_by(MemberImport.created_at)
    ).all()
    db.session.rollback()
    deadline = time.monotonic() + seconds
    for each in found:
        work_off_import(each, seconds=max(0.0, deadline - time.monotonic()))
    return len(found)


@transactional
def _enter_batch(import_id: UUID) -> bool:
    """Do the next rows; whether there may be more."""
    head = lock_import(import_id)
    if head.state != "running":
        return False
    # Two files may name the same person without a telephone: whoever enters people by list does so one after the other.
    db.session.execute(
        sa.select(NumberSeries.last).where(NumberSeries.name == "member").with_for_update()
    ).first()
    query = sa.select(MemberImportRow.__table__).where(
        MemberImportRow.import_id == import_id, MemberImportRow.state == "ready"
    )
    rows = db.session.execute(
        query.order_by(MemberImportRow.number).limit(admission_rules.IMPORT_BATCH)
    ).all()
    if rows:
        head.entered += _enter(head, rows)
    if len(rows) == admission_rules.IMPORT_BATCH:
        return True
    head.state, head.finished_at = "done", clock.now()
    left_out = head.total - head.entered
    audit.record(SYSTEM, "import.finished", "import", import_id, entered=head.entered, left_out=left_out)
    return False


def _enter(head: MemberImport, rows: Sequence[Any]) -> int:
    """Make members of the rows whose people are none by now; how many."""
    known = Known.of(rows)
    refused = {row.number: problem for row in rows if (problem := known.problem(row)) is not None}
    fresh = [row for row in rows if row.number not in refused]
    ids = {row.number: new_id() for row in fresh}
    made = _insert(head.target, fresh, ids)
    # Somebody else took the telephone between our look and our writing.
    refused |= {row.number: ImportKnown() for row in fresh if ids[row.number] not in made}
    fresh = [row for row in fresh if ids[row.number] in made]
    if fresh:
        roles = [{"member_id": ids[row.number], "role": row.role} for row in fresh]
        db.session.connection().execute(sa.insert(MemberRole.__table__), roles)  # type: ignore[arg-type] # a Table, typed FromClause
    if head.target == "active":
        heads: dict[UUID | None, int] = {}
        for row in fresh:
            heads[row.squad_id] = heads.get(row.squad_id, 0) + 1
        change_heads(heads)
    outcomes = [_outcome(row.number, "entered", member_id=ids[row.number]) for row in fresh]
    outcomes += [
        _outcome(number, "refused", problem=problem.code, data=dict(problem.data))
        for number, problem in refused.items()
    ]
    _write_outcomes(head.id, outcomes)
    return len(fresh)


def _insert(target: str, rows: Sequence[Any], ids: dict[int, UUID]) -> set[UUID]:
    if not rows:
        return set()
    now = clock.now()
    values = [
        {
            "id": ids[row.number],
            "number": number,
            "name": row.name,
            **name_rules.kept(row.name),
            "phone": row.phone,
            "status": target,
            "squad_id": row.squad_id,
            "area_id": row.area_id,
            "admitted_at": now if target == "active" else None,
            "created_at": now,
        }
        for row, number in zip(rows, take_numbers(len(rows)), strict=True)
    ]
    # Nobody has asked them yet: without a consent on record they are asked when they sign in first.
    table = Member.__table__
    statement = insert(table).on_conflict_do_nothing(index_elements=[table.c.phone]).returning(table.c.id)
    return {row.id for row in db.session.connection().execute(statement, values)}


def _outcome(
    number: int,
    state: str,
    *,
    member_id: UUID | None = None,
    problem: str | None = None,
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "wanted": number,
        "new_state": state,
        "made": member_id,
        "why": problem,
        "why_data": data or {},
    }


def _write_outcomes(import_id: UUID, outcomes: Sequence[dict[str, Any]]) -> None:
    table = MemberImportRow.__table__
    entered = [each for each in outcomes if each["new_state"] == "entered"]
    refused = [each for each in outcomes if each["new_state"] == "refused"]
    here = (table.c.import_id == import_id) & (table.c.number == sa.bindparam("wanted"))
    connection = db.session.connection()
    if entered:
        # What the row said now stands in the member's own record, from which it can be deleted.
        emptied = {
            "state": "entered",
            "name": "",
            "phone": None,
            "told": "",
            "who": None,
            "sounds_like": None,
        }
        statement = sa.update(table).where(here).values(member_id=sa.bindparam("made"), **emptied)  # type: ignore[arg-type] # a Table, typed FromClause
        connection.execute(statement, [{"wanted": each["wanted"], "made": each["made"]} for each in entered])
    if refused:
        statement = (
            sa.update(table)  # type: ignore[arg-type] # a Table, typed FromClause
            .where(here)
            .values(
                state="refused",
                problem=sa.bindparam("why"),
                problem_data=sa.bindparam("why_data", type_=sa.JSON),
            )
        )
        wanted = ("wanted", "why", "why_data")
        connection.execute(statement, [{name: each[name] for name in wanted} for each in refused])
