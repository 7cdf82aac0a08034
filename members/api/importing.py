"""Lists of members out of files, for programs: bring one, watch its check, let it run."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import current_app

import members.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.tables import SheetUnreadable
from core.uploads import takes_file
from members import queries
from members.admission_rules import LARGEST_IMPORT_BYTES
from members.admission_schemas import (
    ImportBodyIn,
    ImportBroughtOut,
    ImportFileIn,
    ImportIn,
    ImportOut,
    ImportRowsIn,
    ImportRowsOut,
    ImportWorkIn,
)
from members.api.blueprint import api
from members.queries import ImportFacts, ImportLine

#: How long one request works on a list: short enough for a page that shows the progress.
_WORK_SECONDS = 1.0


@api.route("/members/imports", methods=["POST"])
# The library can write down a body of one schema only, and a file and its fields are read as two.
@api.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": ImportBodyIn}}})
@api.ARGUMENTS_PARSER.use_args(ImportFileIn, location="files")
@api.ARGUMENTS_PARSER.use_args(ImportIn, location="form")
@api.response(201, ImportBroughtOut)
@api.alt_response(200, schema=ImportBroughtOut, description=AGAIN)
@takes_file(LARGEST_IMPORT_BYTES)
@requires("member.import")
def post_import(files: dict[str, Any], payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Bring a list of members, XLSX or CSV. It is checked row by row; nobody comes in before it is started."""
    file = files["file"]
    content = file.read(LARGEST_IMPORT_BYTES + 1)
    # A large one was put on the disk meanwhile; it goes now and not when somebody thinks of it.
    file.close()
    if not content:
        raise SheetUnreadable(field="file", reason="empty")
    return answered(
        members.service.bring_list(current_actor(), content, file_name=file.filename or "", **payload)
    )


@api.route("/members/imports/<uuid:import_id>", methods=["GET"])
@api.response(200, ImportOut)
@requires("member.read")
def get_import(import_id: UUID) -> dict[str, Any]:
    """How far a list of members is."""
    return _told(queries.member_import(import_id))


@api.route("/members/imports/<uuid:import_id>/rows", methods=["GET"])
@api.arguments(ImportRowsIn, location="query")
@api.response(200, ImportRowsOut)
@requires("member.read")
def get_import_rows(payload: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Rows of the file in its order: left out with the reason, not done yet, or come in."""
    queries.member_import(import_id)
    page = queries.import_rows(import_id, payload["list"], cursor=payload["cursor"], limit=payload["limit"])
    return {"items": [_line(each) for each in page.items], "next": page.next}


@api.route("/members/imports/<uuid:import_id>/work", methods=["POST"])
@api.arguments(ImportWorkIn)
@api.response(200, ImportOut)
@requires("member.import")
def post_import_work(_payload: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Let the check or the run go on for a second, and tell how far it is. It goes on without this, but later."""
    return _done(import_id, lambda: members.service.work_off_import(import_id, seconds=_WORK_SECONDS))


@api.route("/members/imports/<uuid:import_id>/check", methods=["POST"])
@api.arguments(ImportWorkIn)
@api.response(200, ImportOut)
@requires("member.import")
def post_import_check(_payload: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Take up a check that was stopped. Twice is like once."""
    return _done(import_id, lambda: members.service.go_on_with_check(current_actor(), import_id))


@api.route("/members/imports/<uuid:import_id>/start", methods=["POST"])
@api.arguments(ImportWorkIn)
@api.response(200, ImportOut)
@requires("member.import")
def post_import_start(_payload: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Let a checked list's members come in, also again after a stop. Twice is like once."""
    return _done(import_id, lambda: members.service.start_import(current_actor(), import_id))


@api.route("/members/imports/<uuid:import_id>/stop", methods=["POST"])
@api.arguments(ImportWorkIn)
@api.response(200, ImportOut)
@requires("member.import")
def post_import_stop(_payload: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Do no more of the check or of the run; who came in stays. Twice is like once."""
    return _done(import_id, lambda: members.service.stop_import(current_actor(), import_id))


@api.route("/members/imports/<uuid:import_id>", methods=["DELETE"])
@api.response(204)
@requires("member.import")
def delete_import(import_id: UUID) -> None:
    """Forget a list that was never started. Twice is like once."""
    members.service.discard_import(current_actor(), import_id)


def _done(import_id: UUID, work: Callable[[], object]) -> dict[str, Any]:
    work()
    return _told(queries.member_import(import_id))


def _told(found: ImportFacts) -> dict[str, Any]:
    names = ("id", "state", "target", "total", "ready", "left_out", "entered", "checked_percent")
    told = {name: getattr(found, name) for name in (*names, "started_at", "finished_at")}
    return told | {"unused_columns": list(found.unused_columns), **_why(found.problem, found.problem_data)}


def _line(row: ImportLine) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "told": row.member_name or row.told,
        "member_id": row.member_id,
        "member_number": row.member_number,
        "sounds_like": row.alike_number,
        **_why(row.problem, row.problem_data),
    }


def _why(problem: str | None, data: Any) -> dict[str, Any]:
    if problem is None:
        return {"code": None, "detail": None, "remedy": None}
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(problem, data)
    return {"code": problem, "detail": told.what, "remedy": told.remedy}
