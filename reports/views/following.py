"""A report without a name, for who has its number and password: its course, and the code for its points."""

from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

import reports.service
from core import clock
from core.auth import limited, public, unlogged
from core.errors import DomainError
from core.pages import sentence, whole_number
from reports import queries
from reports.views.blueprint import views

_LONGEST = 80
#: Passwords tried from one network address.
_MOST_TRIES = "60 per hour"


@views.get("/reports/follow")
@public
@unlogged
def follow() -> ResponseReturnValue:
    """Number and password."""
    return render_template("reports/follow.html", number="", refused="")


@views.post("/reports/follow")
@public
@unlogged
@limited(_MOST_TRIES)
def followed() -> ResponseReturnValue:
    """The course. No redirect: number and password must stand in no address."""
    return _shown(with_token=False)


@views.post("/reports/follow/token")
@public
@unlogged
@limited(_MOST_TRIES)
def token() -> ResponseReturnValue:
    """The course with the code for its points."""
    return _shown(with_token=True)


def _shown(*, with_token: bool) -> ResponseReturnValue:
    typed = request.form.get("number", "")[:_LONGEST]
    password = request.form.get("password", "")[:_LONGEST]
    number = whole_number("".join(typed.split())) or 0
    try:
        report = queries.follow(number, password)
    except DomainError as refusal:
        page = render_template("reports/follow.html", number=typed, refused=sentence(refusal))
        return make_response(page, 404)
    shown: dict[str, Any] = {"claim": None, "refused": ""}
    if with_token:
        try:
            shown["claim"] = reports.service.claim_token(number, password)
        except DomainError as refusal:
            shown["refused"] = sentence(refusal)
    return render_template(
        "reports/followed.html", report=report, password=password, today=clock.today(), **shown
    )
