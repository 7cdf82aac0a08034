"""Telling something: am I safe, what is it, the short form, and what was given in return."""

import contextlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import reports.service
from core.auth import STRANGER, current_actor, limited, public, unlogged
from core.db import new_id
from core.errors import DomainError
from core.pages import fault, form_key, go, identifier, sentence
from reports.rules import handling, texts
from reports.rules.kinds import KINDS, Kind
from reports.views import words
from reports.views.blueprint import areas, views

_LIMITS = {
    "words": texts.LONGEST_WORDS,
    "place_note": texts.LONGEST_PLACE,
    "photos": handling.MOST_PHOTOS,
}
#: Reports from one network address: a whole house may stand behind one.
_MOST_SENT = "30 per hour"
#: More than any code on a plate.
_LONGEST_CODE = 40
#: The step of the form at which a field of the domain stands.
_STEP_OF = {"place_code": "place", "place_note": "place", "area_id": "place", "unnamed": "named"}


@dataclass(frozen=True, slots=True)
class Here:
    """The checkpoint whose code somebody has opened. `area` is all that is kept of it without a name, "" if nothing."""

    code: str
    name: str
    area: str


@views.get("/report")
@public
@unlogged
def gate() -> ResponseReturnValue:
    """Before anything else: who is in danger calls."""
    return render_template("reports/gate.html", onward=_address("/report/what", _here()))


@views.get("/report/what")
@public
@unlogged
def kinds() -> ResponseReturnValue:
    """The kinds to choose from."""
    here = _here()
    if request.args.get("safe") != "1":
        return go(_address("/report", here, safe=False))
    ways = {code: _address(f"/report/{code}", here) for code in KINDS}
    return render_template("reports/kinds.html", ways=ways, place=here, by_name=_by_name())


@views.get("/report/<kind>")
@public
@unlogged
def tell(kind: str) -> ResponseReturnValue:
    """The short form of one kind. Who comes past the gate is sent through it."""
    found = KINDS.get(kind) or abort(404)
    if request.args.get("safe") != "1":
        return go(_address("/report", _here(), safe=False))
    return _form(found, _here(), {}, {})


@views.post("/report/<kind>")
@public
@unlogged
@limited(_MOST_SENT)
def send(kind: str) -> ResponseReturnValue:
    """Take the report, once per key."""
    found = KINDS.get(kind) or abort(404)
    unnamed = request.form.get("named") != "yes"
    try:
        if request.form.get("named") not in {"yes", "no"}:
            return _again(found, {"named": _("Please choose one of the two.")})
        answer = reports.service.send_report(
            STRANGER if unnamed else current_actor(),
            key=form_key(),
            kind=kind,
            safe=request.form.get("safe") == "1",
            words=request.form.get("words", ""),
            answers=_answers(found),
            area_id=identifier(request.form.get("area_id")),
            place_code=request.form.get("at", "")[:_LONGEST_CODE],
            place_note=request.form.get("place_note", ""),
            photos=_photos(),
            confidential=request.form.get("confidential") == "1",
            unnamed=unnamed,
        )
    except DomainError as refusal:
        return _again(found, _faults(found, refusal))
    if unnamed:
        # No redirect: the password must stand in no address, and the page is not kept.
        follow = url_for("reports_pages.follow", _external=True)
        return render_template("reports/sent.html", address=follow, **answer.body)
    flash(_("Thank you. It has arrived, and has the number %(number)s.", number=answer.body["number"]), "ok")
    return go(f"/reports/{answer.body['report_id']}")


def _answers(kind: Kind) -> dict[str, str]:
    return {each.code: request.form.get(f"answer-{each.code}", "") for each in kind.questions}


def _photos() -> list[bytes]:
    """What was taken or chosen; one byte more of each than allowed, so that the domain can refuse it."""
    found = []
    for each in request.files.getlist("photo"):
        with contextlib.closing(each):
            found.append(each.read(handling.LARGEST_PHOTO_BYTES + 1))
    return [content for content in found if content]


def _faults(kind: Kind, refusal: DomainError) -> dict[str, str]:
    """What is wrong, at the step of the form where it is put right."""
    name = str(refusal.data.get("field"))
    name = _STEP_OF.get(name, name)
    if name in {each.code for each in kind.questions}:
        return {f"answer-{name}": fault(refusal)}
    return {name: fault(refusal) if name in {"words", "place"} else sentence(refusal)}


def _again(kind: Kind, faults: dict[str, str]) -> ResponseReturnValue:
    page = _form(kind, _here(), faults, request.form.to_dict())
    return make_response(page, 422)


def _form(kind: Kind, here: Here | None, faults: dict[str, str], typed: dict[str, str]) -> str:
    return render_template(
        "reports/form.html",
        kind=kind,
        look=words.KINDS[kind.code],
        questions=words.QUESTIONS.get(kind.code, {}),
        place=here,
        areas=[] if here else areas(),
        faults=faults,
        typed=typed,
        had_photos=any(request.files.getlist("photo")),
        limits=_LIMITS,
        key=new_id(),
        by_name=_by_name(),
        way_back=quote(_address(f"/report/{kind.code}", here)),
    )


def _by_name() -> bool:
    """Whether the reader may tell it by name, too."""
    actor = current_actor()
    return actor.may("report.write") and actor.member_id is not None


def _here() -> Here | None:
    """The checkpoint whose code the address or the form names; None when it is none of ours."""
    code = request.values.get("at", "")[:_LONGEST_CODE]
    if not code:
        return None
    try:
        found = reports.service.find_place(code)
    except DomainError:
        return None
    area = found.neighbourhood_id
    return Here(code, found.name, members.queries.area_names().get(area, "") if area else "")


def _address(path: str, here: Here | None, *, safe: bool = True) -> str:
    """A page of the way, with what was said on the way to it."""
    arguments: dict[str, Any] = {"safe": "1"} if safe else {}
    if here:
        arguments["at"] = here.code
    return path + (
        "?" + "&".join(f"{name}={quote(value)}" for name, value in arguments.items()) if arguments else ""
    )
