"""Collecting the points of a report without a name: by oneself, and at the desk for whoever brings the code."""

from uuid import UUID

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import reports.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, sentence
from reports.views.blueprint import member_of, views

_LONGEST = 80


@views.get("/reports/collect")
@requires("report.write")
def collect() -> ResponseReturnValue:
    """Type the code."""
    return _page(at_desk=False)


@views.post("/reports/collect")
@requires("report.write")
def collect_own() -> ResponseReturnValue:
    """Collect for oneself, once."""
    return _collect(at_desk=False)


@views.get("/desk/reports/collect")
@requires("report.handle")
def desk_collect() -> ResponseReturnValue:
    """Type the code that somebody has brought."""
    return _page(at_desk=True)


@views.post("/desk/reports/collect")
@requires("report.handle")
def collect_at_desk() -> ResponseReturnValue:
    """Collect for a member, once."""
    return _collect(at_desk=True)


def _collect(*, at_desk: bool) -> ResponseReturnValue:
    try:
        receiver: UUID | None = member_of(request.form.get("member_number", "")) if at_desk else None
        answer = reports.service.collect(
            current_actor(),
            key=form_key(),
            token=request.form.get("token", "")[:_LONGEST],
            member_id=receiver,
        )
    except DomainError as refusal:
        return make_response(_page(at_desk=at_desk, refused=sentence(refusal)), 422)
    flash(_("Collected: +%(points)s points. Thank you.", points=answer.body["points"]), "ok")
    return go("/desk/reports/collect" if at_desk else "/reports/collect")


def _page(*, at_desk: bool, refused: str = "") -> str:
    return render_template(
        "reports/collect.html",
        frame="desk.html" if at_desk else "layout.html",
        at_desk=at_desk,
        refused=refused,
        typed=request.form.get("token", "")[:_LONGEST],
        member_number=request.form.get("member_number", "")[:_LONGEST],
        key=new_id(),
    )
