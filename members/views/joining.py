"""Applying for membership."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

import members.service
from core.auth import public
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, identifier, show_again
from members.forms import JoinForm
from members.rules import LANGUAGES
from members.views.blueprint import area_choices, network_address, options, read_code, squad_choices, views


def _form() -> JoinForm:
    form = JoinForm()
    form.squad_id.choices, form.area_id.choices = options(squad_choices()), options(area_choices())
    return form


@views.get("/join")
@public
def join() -> ResponseReturnValue:
    """The application; a code from a poster comes in the address and fills in squad and area by itself."""
    form = _form()
    form.key.data, form.role.data = str(new_id()), "volunteer"
    form.code.data = request.args.get("code", "")[:40]
    return render_template("members/join.html", form=form)


@views.post("/join")
@public
def post_join() -> ResponseReturnValue:
    """Apply."""
    form = _form()
    language = str(get_locale())
    try:
        members.service.apply(
            key=form_key(),
            network_address=network_address(),
            name=form.name.data or "",
            phone=form.phone.data or "",
            consent=form.consent.data,
            role=form.role.data or "",
            language=language if language in LANGUAGES else LANGUAGES[0],
            squad_id=identifier(form.squad_id.data),
            area_id=identifier(form.area_id.data),
            join_code=read_code(form.code.data) if form.code.data else None,
            endorser=(form.endorser.data or "")[:400],
        )
    except DomainError as refusal:
        return show_again("members/join.html", form, refusal)
    return go("/join/thanks")


@views.get("/join/thanks")
@public
def joined() -> ResponseReturnValue:
    """What happens next; the same for everybody."""
    return render_template("members/join_thanks.html")
