"""Handing over: at the desk, and at the counter of the shop that offers the reward."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

import merchants.service
import rewards.service
from core import clock, codes
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError, Invalid
from core.pages import fault, form_key, go, identifier, sentence
from core.scans import Scan
from rewards import queries
from rewards.errors import OwnVoucher
from rewards.views.blueprint import views

#: More than any code and any address of ours; longer texts are cut, and refused as what they are.
_LONGEST_CODE = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody hands over: the desk, or the counter of the shop `merchant_id`."""

    address: str
    frame: str
    merchant_id: UUID | None = None
    #: Who has shown his PIN at a counter that several share; None: whoever is signed in.
    clerk_id: UUID | None = None


DESK = Place("/desk/hand-over", "desk.html")


@views.get("/desk/hand-over")
@requires("voucher.hand_over")
def desk_hand_over() -> ResponseReturnValue:
    """Scan or type a voucher's code."""
    return _first_step(DESK)


@views.post("/desk/hand-over")
@requires("voucher.hand_over")
def desk_next_step() -> ResponseReturnValue:
    """What the voucher is for and whose it is; once that was confirmed, hand it over."""
    return _next_step(DESK)


@views.get("/counter/<uuid:merchant_id>/hand-over")
@requires("counter.use")
def shop_hand_over(merchant_id: UUID) -> ResponseReturnValue:
    """Scan or type a voucher's code at a shop's counter."""
    return _first_step(_counter(merchant_id))


@views.post("/counter/<uuid:merchant_id>/hand-over")
@requires("counter.use")
def shop_next_step(merchant_id: UUID) -> ResponseReturnValue:
    """As at the desk; the shop is paid with it."""
    return _next_step(_counter(merchant_id))


def _counter(merchant_id: UUID) -> Place:
    """The counter, if the actor works there. Raises the shop's refusal if he does not."""
    clerk_id: UUID | None = current_app.extensions["alliance_counter_clerk"](merchant_id)
    merchants.service.clerk_of(current_actor(), merchant_id, clerk_id)
    return Place(f"/counter/{merchant_id}/hand-over", "layout.html", merchant_id, clerk_id)


def _first_step(place: Place) -> ResponseReturnValue:
    done = identifier(request.args.get("done"))
    return _page(place, done=queries.redemption(current_actor(), done) if done else None)


def _next_step(place: Place) -> ResponseReturnValue:
    text = request.form.get("code", "").strip()[:_LONGEST_CODE]
    confirmed = request.form.get("confirmed") == "1"
    try:
        if confirmed:
            return _hand_over(place, text)
        return _page(place, code=text, voucher=_shown(text), key=new_id())
    except Invalid as refusal:
        if not confirmed:
            raise
        return make_response(
            _page(place, code=text, voucher=_shown(text), key=new_id(), fault=fault(refusal)), 422
        )
    except DomainError as refusal:
        return make_response(_page(place, typed=text, refused=sentence(refusal)), 422)


def _shown(text: str) -> Any:
    """The voucher behind a code, for who may hand it over."""
    code = codes.parse(text, settings().base_url)
    scan = Scan(id=new_id(), code=code, received_at=clock.now())
    body = rewards.service.show_voucher(current_actor(), scan)
    if body["outcome"] != "voucher":
        raise OwnVoucher
    return queries.redemption(current_actor(), UUID(body["redemption_id"]))


def _hand_over(place: Place, text: str) -> ResponseReturnValue:
    answer = rewards.service.hand_over(
        current_actor(),
        key=form_key(),
        code=text,
        fitting_place=request.form.get("fitting_place", ""),
        fitting_help=request.form.get("fitting_help") == "1",
        merchant_id=place.merchant_id,
        clerk_id=place.clerk_id,
    )
    return go(f"{place.address}?done={answer.body['redemption_id']}")


def _page(place: Place, **step: Any) -> str:
    return render_template(
        "rewards/hand_over.html",
        place=place,
        base_url=settings().base_url,
        fitting_place=request.form.get("fitting_place", ""),
        fitting_help=request.form.get("fitting_help") == "1",
        **{"code": "", "typed": "", "refused": "", "fault": "", "voucher": None, "done": None, "key": None}
        | step,
    )
