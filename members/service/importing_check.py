"""Members out of a file, first half: it is kept, and checked piece by piece, by requests or by the keeper.

What would come of a piece and the place up to which the file is read are one commit. A piece is judged without a lock
and counts only if the place is still the one that it was read from. So whoever works, also two at a time, and whenever
he is killed, each row is judged once. Nobody is a member by that yet; `importing_run` enters them.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import db, new_id, transactional
from core.errors import DomainError, Invalid
from core.receipts import Answer, once_prepared
from core.tables import Place, SheetTooLarge, SheetUnreadable, Table
from members import admission_rules, rules
from members.admission_errors import ImportStateWrong, ImportUnknown
from members.admission_models import MemberImport, MemberImportFile, MemberImportRow
from members.service.importing import PlannedRow, Planner, open_list, read_headings


def bring_list(actor: Actor, content: bytes, *, key: UUID, target: str, file_name: str) -> Answer:
    """Keep a file to be checked: once per key. `target` is the status of whoever comes in: "active" or "applied".

    What can be seen at once is refused at once: raises `core.tables.SheetUnreadable`, `core.tables.SheetTooLarge`,
    `ImportColumnsMissing`, `Invalid`, `core.receipts.KeyReused`. Needs `member.import`.
    """
    actor.require("member.import")
    if target not in admission_rules.TARGETS:
        raise Invalid(field="target")
    if len(content) > admission_rules.LARGEST_IMPORT_BYTES:
        raise SheetTooLarge(field="file", most=admission_rules.MOST_IMPORTED)
    digest = sha256(content).hexdigest()

    def prepare() -> Any:
        table = open_list(content)
        head, place = table.head()
        columns, unused = read_headings(head)
        file = MemberImportFile(
            state="reading",
            content=content,
            columns=columns,
            size=table.size,
            # A file of headings alone has nothing that would have to be read.
            read_to=place.at if place else table.size,
            read_rows=place.number if place else head.number,
            problem=None,
            problem_data={},
        )
        return lambda: _keep_file(actor, file, digest, target, _file_name(file_name), unused)

    return once_prepared(key, actor, "import.bring", {"digest": digest, "target": target}, prepare)


def _file_name(text: str) -> str:
    try:
        return rules.clean_text(text[: rules.LONGEST_NAME], "file", rules.LONGEST_NAME)
    except DomainError:
        return "…"


def _keep_file(
    actor: Actor, file: MemberImportFile, digest: str, target: str, name: str, unused: Sequence[str]
) -> dict[str, Any]:
    head = MemberImport(
        id=new_id(),
        digest=digest,
        file_name=name,
        created_by=actor.id,
        created_at=clock.now(),
        target=target,
        state="reading",
        unused_columns=list(unused),
        total=0,
        entered=0,
    )
    db.session.add(head)
    db.session.flush()
    file.import_id = head.id
    db.session.add(file)
    # The name of the file stays out of the log: it may be that of a person.
    audit.record(actor, "import.brought", "import", head.id, target=target)
    return {"import_id": str(head.id)}


def prepare_import(actor: Actor, content: bytes, *, target: str, file_name: str) -> UUID:
    """Keep a file and check all of it, to be looked at and then started; the id of the import.

    Raises as `bring_list` does, and what the check ended with when it failed.
    """
    answer = bring_list(actor, content, key=new_id(), target=target, file_name=file_name)
    import_id = UUID(answer.body["import_id"])
    while check_list(import_id, seconds=60):
        pass
    refusal = check_failure(import_id)
    if refusal is not None:
        raise refusal
    return import_id


def check_failure(import_id: UUID) -> DomainError | None:
    """Why the check of the file was given up, or None."""
    query = sa.select(MemberImportFile.problem, MemberImportFile.problem_data)
    found = db.session.execute(query.where(MemberImportFile.import_id == import_id)).one_or_none()
    if found is None or found.problem is None:
        return None
    refusal: DomainError = type("ListFailed", (Invalid,), {"code": found.problem})(**found.problem_data)
    return refusal


def check_list(import_id: UUID, *, seconds: float) -> bool:
    """Check piece after piece until it is done, stopped, or so many seconds are over; whether something is left.

    At least one piece, unless somebody else was faster.
    """
    deadline = time.monotonic() + seconds
    found = _open(import_id)
    if found is None:
        return False
    try:
        reading = _Reading.of(import_id, found)
        while reading.judge_piece():
            if reading.over:
                return False
            if time.monotonic() > deadline:
                return True
    except (SheetUnreadable, SheetTooLarge) as problem:
        # Not any refusal: that others hold up the database for a moment says nothing about the file.
        _fail(import_id, problem)
        return False
    # Somebody else was at it, or it was stopped; who asks again will see.
    return True


def _open(import_id: UUID) -> Any:
    """The file with its columns and the place up to which it is read; None when there is nothing to check."""
    file = MemberImportFile
    query = sa.select(file.content, file.columns, file.read_to, file.read_rows, file.size)
    found = db.session.execute(
        query.where(file.import_id == import_id, file.state == "reading")
    ).one_or_none()
    db.session.rollback()
    return found


@dataclass(slots=True)
class _Reading:
    """A file that is open at a place."""

    import_id: UUID
    table: Table
    planner: Planner
    place: Place
    over: bool = False

    @classmethod
    def of(cls, import_id: UUID, found: Any) -> "_Reading":
        table, place = open_list(found.content), Place(found.read_to, found.read_rows)
        return cls(import_id, table, Planner.for_columns(found.columns), place)

    def judge_piece(self) -> bool:
        """Judge the next rows and keep what came of it; False when the place is no longer ours."""
        rows, after = self.table.read(self.place, admission_rules.CHECK_BATCH)
        planned = self.planner.plan(rows, self._earlier)
        db.session.rollback()
        if not _keep_piece(self.import_id, self.place, after, planned, self.table):
            return False
        self.place, self.over = after or self.place, after is None
        return True

    def _earlier(self, people: Collection[str]) -> dict[str, int]:
        """Who of these stood in a row that was judged before → in which first."""
        row = MemberImportRow
        query = sa.select(row.who, sa.func.min(row.number)).where(
            row.import_id == self.import_id, row.who.in_(list(people))
        )
        return {str(each[0]): each[1] for each in db.session.execute(query.group_by(row.who))}


@transactional
def _keep_piece(
    import_id: UUID, place: Place, after: Place | None, planned: Sequence[PlannedRow], table: Table
) -> bool:
    """Keep the rows and the place after them, unless somebody else did so before, or the check was stopped."""
    try:
        head = lock_import(import_id)
    except ImportUnknown:
        return False
    file = db.session.get(MemberImportFile, import_id)
    if file is None or file.state != "reading" or (file.read_to, file.read_rows) != place:
        return False
    head.total += len(planned)
    if head.total > admission_rules.MOST_IMPORTED:
        raise table.too_large()
    if planned:
        values = [_values(import_id, row) for row in planned]
        db.session.connection().execute(sa.insert(MemberImportRow.__table__), values)  # type: ignore[arg-type] # a Table, typed FromClause
    if after is None:
        head.state = "ready"
        db.session.delete(file)
    else:
        file.read_to, file.read_rows = after
    return True


def _values(import_id: UUID, row: PlannedRow) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": row.number,
        "state": "problem" if row.problem else "ready",
        "told": row.told,
        "name": row.name,
        "phone": row.phone,
        "role": row.role,
        "squad_id": row.squad_id,
        "area_id": row.area_id,
        "problem": row.problem.code if row.problem else None,
        "problem_data": dict(row.problem.data) if row.problem else {},
        "member_id": None,
        "who": row.who if row.name else None,
        "sounds_like": row.sounds_like,
    }


@transactional
def _fail(import_id: UUID, problem: DomainError) -> None:
    """The file cannot be read to its end: nothing of it is kept but why."""
    try:
        head = lock_import(import_id)
    except ImportUnknown:
        return
    file = db.session.get(MemberImportFile, import_id)
    if file is None or file.state == "failed":
        return
    db.session.execute(sa.delete(MemberImportRow).where(MemberImportRow.import_id == import_id))
    head.total = 0
    file.state, file.content = "failed", b""
    file.problem, file.problem_data = problem.code, dict(problem.data)


def stop_check(actor: Actor, head: MemberImport) -> None:
    """Check no more of it for now; joins the caller's transaction, which holds the import. Again changes nothing."""
    file = db.session.get(MemberImportFile, head.id)
    if file is not None and file.state == "reading":
        file.state = "stopped"
        audit.record(actor, "import.check_stopped", "import", head.id, rows=head.total, target=head.target)


@transactional
def go_on_with_check(actor: Actor, import_id: UUID) -> None:
    """Take up a check that was stopped. Again changes nothing. Raises `ImportUnknown`, `ImportStateWrong`."""
    actor.require("member.import")
    head = lock_import(import_id)
    file = db.session.get(MemberImportFile, import_id)
    if file is None or file.state == "failed":
        raise ImportStateWrong(state=head.state if file is None else "failed")
    if file.state == "stopped":
        file.state = "reading"
        audit.record(actor, "import.check_resumed", "import", head.id, rows=head.total, target=head.target)


def lock_import(import_id: UUID) -> MemberImport:
    """The import's row, locked until the transaction ends. Raises `ImportUnknown`."""
    query = sa.select(MemberImport).where(MemberImport.id == import_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ImportUnknown
    return found
