"""The desk: members out of a file, with a dry run before and the progress while it runs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core import sheets
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, go, problem_sentence, sentence
from core.sheets import Sheet
from core.tables import SheetUnreadable
from core.uploads import takes_file
from members import admission_rules, queries, rules
from members.queries import ImportLine
from members.views.blueprint import views
from members.views.lists import CSV, XLSX, attachment


@views.get("/desk/members/import")
@requires("member.read")
def import_page() -> ResponseReturnValue:
    """Choose a file; what was imported before."""
    return _page()


def _page(error: str = "") -> str:
    return render_template(
        "members/desk_import.html",
        error=error,
        target=request.form.get("target", "active"),
        key=new_id(),
        imports=queries.member_imports(),
        most=admission_rules.MOST_IMPORTED,
        largest=admission_rules.LARGEST_IMPORT_BYTES // (1024 * 1024),
    )


@views.get("/desk/members/import/example.xlsx")
@requires("member.import")
def import_example() -> Response:
    """An empty list with the right headings; on a second sheet squads and areas as they are written."""
    heading = [_("Name"), _("Telephone"), _("Squad"), _("Area"), _("Role")]
    names = [each.name for each in queries.squads()]
    paths = ["·".join(each.path) for each in queries.areas()]
    rows: list[list[sheets.Value]] = [
        [names[n] if n < len(names) else None, paths[n] if n < len(paths) else None]
        for n in range(max(len(names), len(paths)))
    ]
    content = sheets.to_xlsx(
        Sheet(_("Members"), heading, []), Sheet(_("Squads and areas"), [_("Squad"), _("Area")], rows)
    )
    return attachment(content, XLSX, "members.xlsx")


@views.post("/desk/members/import")
@takes_file(admission_rules.LARGEST_IMPORT_BYTES)
@requires("member.import")
def rehearse_import_file() -> ResponseReturnValue:
    """The file is kept to be checked; nobody comes in yet."""
    chosen = request.files.get("file")
    try:
        content = chosen.read(admission_rules.LARGEST_IMPORT_BYTES + 1) if chosen is not None else b""
        if chosen is not None:
            # A large one was put on the disk meanwhile; it goes now and not when somebody thinks of it.
            chosen.close()
        if not content:
            raise SheetUnreadable(field="file", reason="empty")
        answer = members.service.bring_list(
            current_actor(),
            content,
            key=_key(),
            target=request.form.get("target", ""),
            file_name=(chosen.filename if chosen is not None else "") or "",
        )
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        return make_response(_page(error=sentence(refusal)), 422)
    return go(_address(UUID(answer.body["import_id"])))


def _key() -> UUID:
    """The page's own, so that a double tap brings the file once."""
    try:
        return UUID(request.form.get("key", ""))
    except ValueError:
        return new_id()


def _address(import_id: UUID) -> str:
    return f"/desk/members/import/{import_id}"


@views.get("/desk/members/import/<uuid:import_id>")
@requires("member.read")
def import_progress(import_id: UUID) -> ResponseReturnValue:
    """What the file would do, does, or has done; row by row what is left out and why."""
    found = queries.member_import(import_id)
    which = request.args.get("rows", "left_out")
    which = which if which in queries.ROW_LISTS else "left_out"
    return render_template(
        "members/desk_import_one.html",
        found=found,
        which=which,
        page=queries.import_rows(import_id, which, cursor=request.args.get("cursor")),
        first="cursor" in request.args,
        told=_told,
        alike=_alike,
        warned=found.state == "ready" and bool(queries.import_rows(import_id, "alike", limit=1).items),
    )


def _told(code: str, data: Mapping[str, Any]) -> str:
    """What is wrong with a row; with the column, where the sentence alone could be about any of them."""
    words = problem_sentence(code, data)
    named = code == "name_invalid" and data.get("field") == "name"
    return _("%(label)s: %(text)s", label=_("Name"), text=words) if named else words


@views.post("/desk/members/import/<uuid:import_id>/start")
@requires("member.import")
def start_import(import_id: UUID) -> ResponseReturnValue:
    """Let it run, also again after a stop."""
    return act(
        lambda: members.service.start_import(current_actor(), import_id),
        _("It runs. You can leave this page; it goes on without you."),
        _address(import_id),
    )


@views.post("/desk/members/import/<uuid:import_id>/check")
@requires("member.import")
def go_on_with_check(import_id: UUID) -> ResponseReturnValue:
    """Take up the check after a stop."""
    return act(
        lambda: members.service.go_on_with_check(current_actor(), import_id),
        _("It is checked. You can leave this page; it goes on without you."),
        _address(import_id),
    )


@views.post("/desk/members/import/<uuid:import_id>/stop")
@requires("member.import")
def stop_import(import_id: UUID) -> ResponseReturnValue:
    """Do no more of it, of the check as of the run."""
    return act(
        lambda: members.service.stop_import(current_actor(), import_id),
        _("Stopped. Go on whenever you like."),
        _address(import_id),
    )


@views.post("/desk/members/import/<uuid:import_id>/discard")
@requires("member.import")
def discard_import(import_id: UUID) -> ResponseReturnValue:
    """Forget a file that was only looked at."""
    return act(
        lambda: members.service.discard_import(current_actor(), import_id),
        _("The file is forgotten; nobody came in."),
        "/desk/members/import",
    )


@views.get("/desk/members/import/<uuid:import_id>/result.xlsx")
@requires("member.read")
def import_result_workbook(import_id: UUID) -> Response:
    """Every row with what came of it, as a workbook."""
    return attachment(sheets.to_xlsx(_result(import_id)), XLSX, "import.xlsx")


@views.get("/desk/members/import/<uuid:import_id>/result.csv")
@requires("member.read")
def import_result_text(import_id: UUID) -> Response:
    """Every row with what came of it, as CSV."""
    return attachment(sheets.to_csv(_result(import_id)), CSV, "import.csv")


def _alike(row: ImportLine) -> str | None:
    if row.alike_number is None:
        return None
    number = rules.spoken_number(row.alike_number)
    return _("sounds like member %(number)s, %(name)s", number=number, name=row.alike_name)


def _result(import_id: UUID) -> Sheet:
    queries.member_import(import_id)
    states = {
        "ready": _("not done yet"),
        "problem": _("left out"),
        "refused": _("left out"),
        "entered": _("came in"),
    }
    rows: list[tuple[sheets.Value, ...]] = [
        (
            each.number,
            each.member_name or each.told,
            states[each.state],
            rules.spoken_number(each.member_number) if each.member_number else None,
            problem_sentence(each.problem, each.problem_data) if each.problem else _alike(each),
        )
        for each in queries.all_import_rows(import_id)
    ]
    return Sheet(_("Rows"), [_("Row"), _("Name"), _("Result"), _("Number"), _("Why")], rows)
