"""Rented homes at the desk: register one, and those that are registered."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import reports.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, show_again, whole_number
from reports import queries
from reports.errors import HomeAlike, LeaseInvalid, SumInvalid
from reports.forms import HomeForm
from reports.rules import desk
from reports.views import words
from reports.views.blueprint import areas, member_of, views

_ON_A_PAGE = 50
_LONGEST_SEARCH = 60


@views.get("/desk/homes")
@requires("home.read")
def homes() -> ResponseReturnValue:
    """All homes, newest first, and the form for one more."""
    form = _form()
    form.report.data = request.args.get("report", "")
    return render_template("reports/desk_homes.html", form=form, **_homes(form))


@views.post("/desk/homes")
@requires("report.handle")
def register_home() -> ResponseReturnValue:
    """Register one, once per key."""
    form = _form()
    report_id = identifier(form.report.data)
    try:
        answer = reports.service.register_home(
            current_actor(),
            key=form_key(),
            address=form.address.data or "",
            term_from=_day(form, "term_from"),
            term_until=_day(form, "term_until"),
            tenants=_tenants(form),
            area_id=identifier(form.area_id.data),
            member_id=None if report_id else member_of(form.member_number.data or ""),
            report_id=report_id,
            another=form.another.data,
        )
    except DomainError as refusal:
        alike = isinstance(refusal, HomeAlike)
        return show_again("reports/desk_homes.html", form, refusal, alike=alike, **_homes(form))
    flash(_("Registered.") + " " + words.earned(answer.body), "ok")
    return go(f"/desk/reports/{report_id}" if report_id else "/desk/homes")


@views.post("/desk/homes/<uuid:home_id>/void")
@requires("report.handle")
def void_home(home_id: UUID) -> ResponseReturnValue:
    """Strike one out that was registered wrongly, once per key."""
    key, reason = form_key(), request.form.get("reason", "")
    return act(
        lambda: reports.service.void_home(current_actor(), key=key, home_id=home_id, reason=reason),
        _("Struck out. Its points are taken back."),
        "/desk/homes",
    )


def _day(form: HomeForm, name: str) -> Any:
    """The day in a field. Raises `LeaseInvalid` for what is none."""
    if form[name].data is None:
        raise LeaseInvalid(field=name)
    return form[name].data


def _tenants(form: HomeForm) -> int:
    """How many live there; 0 when nothing was typed. Raises `SumInvalid`."""
    typed = (form.tenants.data or "").strip()
    number = whole_number(typed)
    if typed and number is None:
        raise SumInvalid(field="tenants", least=0, most=desk.MOST_TENANTS)
    return number or 0


def _form() -> HomeForm:
    form = HomeForm()
    form.area_id.choices = [("", _("I do not know, or elsewhere")), *areas()]
    form.key.data = form.key.data or str(new_id())
    return form


def _homes(form: HomeForm) -> dict[str, Any]:
    cursor = request.args.get("cursor") or None
    text = request.args.get("q", "")[:_LONGEST_SEARCH]
    page = queries.homes(
        q=text, cursor=cursor, limit=_ON_A_PAGE, handles=current_actor().may("report.handle")
    )
    return {
        "page": page,
        "names": members.queries.many_facts({each.member_id for each in page.items if each.member_id}),
        "first": bool(cursor),
        "text": text,
        "area_names": members.queries.area_names(),
        "from_report": bool(identifier(form.report.data)),
    }
