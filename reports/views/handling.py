"""Reports at the desk: the lists, one report, and the steps that are taken with it."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import reports.service
from core import clock
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import form_key, go, identifier, sentence, whole_number
from reports import queries
from reports.errors import DayInvalid, HandlerUnfit, ReportUnknown
from reports.queries import DeskReport
from reports.rules.kinds import KINDS
from reports.views import words
from reports.views.blueprint import areas, views

_ON_A_PAGE = 50
#: Step of the course → what it is called in addresses.
_ACT_OF = {
    "assigned": "assign",
    "checked": "check",
    "resolved": "resolve",
    "passed_on": "pass_on",
    "followed_up": "follow_up",
    "closed": "close",
}
#: The step that is usually next; what needs no look on site is resolved at once.
_USUAL = {
    "received": "assign",
    "assigned": "check",
    "checked": "resolve",
    "resolved": "follow_up",
    "passed_on": "follow_up",
    "followed_up": "close",
}


@views.get("/desk/reports")
@requires("report.read")
def desk_reports() -> ResponseReturnValue:
    """Reports of one tab, the oldest first; by number the one."""
    actor = current_actor()
    number = whole_number(request.args.get("number"))
    if number is not None:
        try:
            return go(f"/desk/reports/{queries.by_number(actor, number)}")
        except ReportUnknown as refusal:
            flash(sentence(refusal), "refuse")
    tab = request.args.get("tab")
    counts = queries.desk_counts(actor)
    tab = tab if tab in queries.TABS else ("new" if counts["new"] else "open")
    kind = request.args.get("kind")
    kind = kind if kind in KINDS else None
    area_id = identifier(request.args.get("area"))
    cursor = request.args.get("cursor") or None
    page = queries.desk_list(actor, tab=tab, kind=kind, area_id=area_id, cursor=cursor, limit=_ON_A_PAGE)
    return render_template(
        "reports/desk_reports.html",
        page=page,
        first=bool(cursor),
        tab=tab,
        counts=counts,
        kinds=[(code, words.KINDS[code].name) for code in KINDS],
        kind=kind,
        areas=areas(),
        area_id=area_id,
        area_names=members.queries.area_names(),
        names=_names({each.handler_id for each in page.items}),
    )


@views.get("/desk/reports/<uuid:report_id>")
@requires("report.read")
def desk_report(report_id: UUID) -> ResponseReturnValue:
    """One report, with the step that is next."""
    return _page(report_id)


@views.post(
    "/desk/reports/<uuid:report_id>/"
    "<any(assign,check,resolve,pass_on,follow_up,close,hazard,recheck,note,duplicate,open,judge):step>"
)
@requires("report.handle")
def take_step(report_id: UUID, step: str) -> ResponseReturnValue:
    """Take one step. When somebody else was faster, the page shows how it stands now."""
    try:
        told = _STEPS[step](report_id, whole_number(request.form.get("version")) or 0)
    except DomainError as refusal:
        return make_response(_page(report_id, chosen=step, refused=sentence(refusal)), 422)
    flash(told or _("Done."), "ok")
    return go(f"/desk/reports/{report_id}")


def _typed(name: str) -> str:
    """What stands in a field of the step's own form; ids on the page must differ, so names end with the step."""
    return request.form.get(f"{name}-{(request.view_args or {})['step']}", "")


def _day(name: str) -> date | None:
    """The day in a field, None when it was left empty. Raises `DayInvalid` for what is no day."""
    typed = _typed(name).strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise DayInvalid(field=name) from None


def _notes() -> dict[str, str]:
    return {"public_note": _typed("public_note"), "note": _typed("note")}


def _moves(service: Callable[..., None]) -> Callable[[UUID, int], str]:
    def move(report_id: UUID, version: int) -> str:
        service(current_actor(), report_id, version=version, **_notes())
        return ""

    return move


def _assign(report_id: UUID, version: int) -> str:
    handler_id = identifier(_typed("handler"))
    if handler_id is None:
        raise HandlerUnfit(field="handler_id")
    reports.service.assign(
        current_actor(), report_id, version=version, handler_id=handler_id, due_on=_day("due"), **_notes()
    )
    return ""


def _pass_on(report_id: UUID, version: int) -> str:
    reports.service.pass_on(current_actor(), report_id, version=version, passed_to=_typed("to"), **_notes())
    return ""


def _keep_hazard(report_id: UUID, version: int) -> str:
    reports.service.keep_hazard(
        current_actor(),
        report_id,
        version=version,
        responsible=_typed("responsible"),
        deadline=_day("deadline"),
        recheck_on=_day("recheck"),
    )
    return ""


def _recheck(report_id: UUID, version: int) -> str:
    reports.service.recheck(
        current_actor(),
        report_id,
        version=version,
        fixed=request.form.get("fixed") == "yes",
        next_on=_day("next"),
        **_notes(),
    )
    return ""


def _duplicate(report_id: UUID, version: int) -> str:
    number = whole_number(_typed("number")) or 0
    reports.service.link_duplicate(current_actor(), report_id, version=version, of_number=number, **_notes())
    return ""


def _open(report_id: UUID, _version: int) -> str:
    reports.service.open_words(current_actor(), report_id, _typed("reason"))
    return str(_("The words are open for you. That you have read them is kept."))


def _judge(report_id: UUID, version: int) -> str:
    answer = reports.service.judge_useful(
        current_actor(),
        key=form_key(),
        report_id=report_id,
        version=version,
        useful=request.form.get("useful") == "yes",
    )
    if answer.body["collect_from"]:
        day = words.date(date.fromisoformat(answer.body["collect_from"]))
        return str(_("Thank you. From %(day)s on the points can be collected with the password.", day=day))
    return words.earned(answer.body)


#: What is done at each address; gives a sentence of its own, or an empty one.
_STEPS: Mapping[str, Callable[[UUID, int], str]] = {
    "assign": _assign,
    "check": _moves(reports.service.check_on_site),
    "resolve": _moves(reports.service.resolve),
    "pass_on": _pass_on,
    "follow_up": _moves(reports.service.follow_up),
    "close": _moves(reports.service.close),
    "hazard": _keep_hazard,
    "recheck": _recheck,
    "note": _moves(reports.service.add_note),
    "duplicate": _duplicate,
    "open": _open,
    "judge": _judge,
}


def _page(report_id: UUID, *, chosen: str = "", refused: str = "") -> str:
    found = queries.desk_report(current_actor(), report_id)
    people = {each.actor_id for each in found.steps} | {each.reader_id for each in found.readings}
    usual, others = _acts(found)
    reporter = members.queries.facts(found.reporter_id) if found.reporter_id else None
    return render_template(
        "reports/desk_report.html",
        report=found,
        line=found.line,
        usual=usual,
        takes_away=_takes_away(found),
        others=others,
        may_handle=current_actor().may("report.handle"),
        registers=KINDS[found.line.kind].registered,
        reporter=reporter,
        staff=[(str(each.id), each.name) for each in queries.handlers()],
        names=_names(people | {found.line.handler_id}),
        today=clock.today(),
        chosen=chosen,
        refused=refused,
        typed=request.form,
    )


def _acts(found: DeskReport) -> tuple[str, list[str]]:
    """The step that is usually next, empty when there is none today, and what else can be done."""
    line, possible = found.line, [_ACT_OF[state] for state in found.next_steps]
    if not current_actor().may("report.handle"):
        return "", []
    usual = _USUAL.get(line.state, "")
    if usual not in possible or (usual == "check" and not KINDS[line.kind].on_site):
        usual = "resolve" if "resolve" in possible else ""
    if usual == "follow_up" and line.follow_up_on and line.follow_up_on > clock.today():
        possible.remove("follow_up")
        usual = ""
    others = [each for each in possible if each != usual]
    if _takes_away(found) and not current_actor().may("role.manage") and "assign" in others:
        others.remove("assign")
    if not found.words_open:
        return usual, others
    if line.kind == "hazard":
        others.append("hazard")
    others.append("note")
    if line.state != "closed" and line.verdict != "useful" and line.duplicate_of is None:
        others.append("duplicate")
    return usual, others


def _takes_away(found: DeskReport) -> bool:
    """Whether giving it to somebody takes a confidential report from another who handles it."""
    line = found.line
    return line.confidential and line.handler_id not in {None, current_actor().member_id}


def _names(ids: set[UUID | None]) -> dict[UUID, str]:
    found = members.queries.many_facts(each for each in ids if each)
    return {member_id: facts.name for member_id, facts in found.items()}
