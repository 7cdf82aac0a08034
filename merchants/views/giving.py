"""Giving a customer points at the counter: amount and code, then the clerk sees whose it is, then they are given."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

import merchants.service
import points.queries
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, sentence, whole_number
from merchants import queries
from merchants.api.standing import who_stands_at
from merchants.service import Receiver
from merchants.views.blueprint import views

#: More than any code and any address of ours; longer texts are cut, and refused as what they are.
_LONGEST_CODE = 300


@views.get("/counter/<uuid:merchant_id>/give")
@requires("counter.use")
def giving(merchant_id: UUID) -> ResponseReturnValue:
    """Give a customer points out of the shop's budget: how many, and whose code."""
    return _page(merchant_id)


@views.post("/counter/<uuid:merchant_id>/give")
@requires("counter.use")
def give(merchant_id: UUID) -> ResponseReturnValue:
    """Whose code or number it is; once the clerk has confirmed that, give the points. Once per key."""
    text = request.form.get("code", "").strip()[:_LONGEST_CODE]
    number = text if text.replace(" ", "").replace("-", "").isdecimal() else None
    wish: dict[str, Any] = {
        "merchant_id": merchant_id,
        "receiver": Receiver(number=number) if number else Receiver(code=text),
        "points": whole_number(request.form.get("points")) or 0,
        "clerk_id": who_stands_at(merchant_id),
    }
    try:
        if request.form.get("confirmed") != "1":
            name = merchants.service.show_receiver(current_actor(), **wish)
            return _page(merchant_id, name=name, code=text, points=wish["points"])
        answer = merchants.service.give_points(
            current_actor(),
            key=form_key(),
            reason=request.form.get("reason", "")[:400],
            shown_name=request.form.get("member_name", "")[:100],
            **wish,
        )
    except DomainError as refusal:
        return make_response(_page(merchant_id, refused=sentence(refusal)), 422)
    given = answer.body["points"]
    flash(
        ngettext(
            "%(num)s point given. The customer sees it on the statement.",
            "%(num)s points given. The customer sees it on the statement.",
            given,
        ),
        "ok",
    )
    return go(f"/counter/{merchant_id}")


def _page(merchant_id: UUID, **step: Any) -> str:
    """The first step; with `name`, `code` and `points` the second one."""
    merchants.service.clerk_of(current_actor(), merchant_id, who_stands_at(merchant_id))
    return render_template(
        "merchants/counter_give.html",
        shop=queries.shop(merchant_id),
        budget=points.queries.budget(merchant_id),
        limits=merchants.service.gift_limits(),
        base_url=settings().base_url,
        form=request.form,
        key=new_id(),
        **{"refused": "", "name": "", "code": "", "points": 0} | step,
    )
