"""Partner shops at the desk: the list, one shop with its status, limits, budget and good deeds; plates."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import members.queries
import merchants.service
import points.queries
import points.service
from core import clock
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import form_key, go, identifier, sentence, show_again, whole_number
from merchants import queries
from merchants.errors import ShopInvalid
from merchants.forms.shops import DeedForm, LimitsForm, ReasonForm
from merchants.rules.values import STATUSES
from merchants.views.blueprint import either, views
from merchants.views.budgets import waiting_at
from merchants.views.owner import figures, limits, plate_sheets
from merchants.views.sides import Side, desks_side, keyed, refused

#: Letters of a search that are looked at; the rest is cut off.
_LONGEST_SEARCH = 40
_ON_A_PAGE = 50
#: So many plates are printed at once: fifty sheets.
_MOST_PLATES = 200

# --- The list --------------------------------------------------------------------------------------------------------


@views.get("/desk/shops")
@requires("shop.audit")
def desk_shops() -> ResponseReturnValue:
    """All shops: by status, trade, area and words."""
    status = request.args.get("status")
    status = status if status in STATUSES else None
    trades = [(each.code, either(each.name_zh, each.name_en)) for each in queries.trades()]
    trade = request.args.get("trade")
    trade = trade if trade in dict(trades) else None
    area_id = identifier(request.args.get("area"))
    text = request.args.get("q", "")[:_LONGEST_SEARCH]
    cursor = request.args.get("cursor") or None
    page = queries.desk_list(
        statuses=[status] if status else STATUSES,
        trade=trade,
        area_id=area_id,
        text=text,
        cursor=cursor,
        limit=_ON_A_PAGE,
    )
    return render_template(
        "merchants/desk_shops.html",
        page=page,
        first=bool(cursor),
        status=status,
        counts=queries.status_counts(),
        trades=trades,
        trade=trade,
        areas=[(str(each.id), " › ".join(each.path)) for each in members.queries.areas()],
        area_names=members.queries.area_names(),
        area_id=area_id,
        text=text,
        odd=queries.odd_count(),
        to_second=queries.requests_to_second(None),
    )


@views.get("/desk/shops/plates")
@requires("shop.audit")
def desk_plates() -> ResponseReturnValue:
    """Sheets of plates are the answer to a form: a reload or a kept address leads to where shops are chosen."""
    return go("/desk/shops")


@views.post("/desk/shops/plates")
@requires("shop.manage")
def print_plates() -> ResponseReturnValue:
    """The plates of the chosen shops, four on a sheet. A POST, because who printed which is written down."""
    chosen = [identifier(each) for each in request.form.getlist("shop")[:_MOST_PLATES]]
    return plate_sheets([each for each in chosen if each is not None], back="/desk/shops")


# --- One shop --------------------------------------------------------------------------------------------------------


@views.get("/desk/shops/<uuid:merchant_id>")
@requires("shop.audit")
def desk_shop(merchant_id: UUID) -> ResponseReturnValue:
    """One shop: how it stands, what it took, and what the desk may decide."""
    side = desks_side(merchant_id)
    return render_template("merchants/desk_shop.html", form=keyed(ReasonForm()), chosen="", **_shop(side))


def _shop(side: Side) -> dict[str, Any]:
    return {
        "side": side,
        "clerks": queries.clerks(side.shop.id),
        "area": members.queries.area_names().get(side.shop.area_id) if side.shop.area_id else None,
        "applicant": members.queries.facts(side.shop.applied_by),
        **figures(side),
    }


#: What the desk does with a shop: the use case, and the sentence about it. Those with a reason show it again.
_ACTS: dict[str, Callable[[UUID, str], None]] = {
    "admit": lambda shop_id, _reason: merchants.service.admit_shop(current_actor(), shop_id),
    "decline": lambda shop_id, reason: merchants.service.decline_shop(current_actor(), shop_id, reason),
    "pause": lambda shop_id, reason: merchants.service.pause_shop(current_actor(), shop_id, reason),
    "resume": lambda shop_id, _reason: merchants.service.resume_shop(current_actor(), shop_id),
    "end": lambda shop_id, reason: merchants.service.end_shop(current_actor(), shop_id, reason),
}


@views.post("/desk/shops/<uuid:merchant_id>/<any(admit,decline,pause,resume,end):step>")
@requires("shop.manage")
def change_status(merchant_id: UUID, step: str) -> ResponseReturnValue:
    """Admit, decline, pause, resume or end; a second tap finds it done."""
    side = desks_side(merchant_id)
    form = ReasonForm()
    told = {
        "admit": _("Welcome: the shop is a partner now. Print its plate and let it set counter PINs."),
        "decline": _("The application is declined. Tell the owner why."),
        "pause": _("The shop pauses: it takes and gives no points."),
        "resume": _("The shop takes points again."),
        "end": _("The partnership has ended. What is owed is still settled."),
    }
    try:
        _ACTS[step](merchant_id, form.reason.data or "")
    except DomainError as refusal:
        return refused("merchants/desk_shop.html", form, refusal, chosen=step, **_shop(side))
    flash(told[step], "ok")
    return go(side.base)


# --- Limits ----------------------------------------------------------------------------------------------------------


@views.get("/desk/shops/<uuid:merchant_id>/limits")
@requires("shop.manage")
def shop_limits(merchant_id: UUID) -> ResponseReturnValue:
    """The shop's own limits."""
    side = desks_side(merchant_id)
    own = {name: getattr(side.shop, name) for name in queries.LIMITS}
    form = LimitsForm(data={name: "" if limit is None else str(limit) for name, limit in own.items()})
    return render_template("merchants/desk_limits.html", side=side, form=form, limits=limits(side))


@views.post("/desk/shops/<uuid:merchant_id>/limits")
@requires("shop.manage")
def change_limits(merchant_id: UUID) -> ResponseReturnValue:
    """Keep them; an empty one is the alliance's again."""
    side = desks_side(merchant_id)
    form = LimitsForm()
    try:
        merchants.service.change_shop(current_actor(), merchant_id, **_typed_limits(form))
    except DomainError as refusal:
        return show_again("merchants/desk_limits.html", form, refusal, side=side, limits=limits(side))
    flash(_("Saved"), "ok")
    return go(side.base)


def _typed_limits(form: LimitsForm) -> dict[str, int | None]:
    """The limits that were typed, None for an empty one. Raises `ShopInvalid`."""
    found: dict[str, int | None] = {}
    for name, typed in form.typed().items():
        found[name] = whole_number(typed)
        if typed and found[name] is None:
            raise ShopInvalid(field=name, reason="number")
    return found


# --- Good deeds ------------------------------------------------------------------------------------------------------


@views.get("/desk/shops/<uuid:merchant_id>/deeds")
@requires("shop.audit")
def shop_deeds(merchant_id: UUID) -> ResponseReturnValue:
    """The shop's own good deeds."""
    side = desks_side(merchant_id)
    return render_template("merchants/desk_deeds.html", form=_deed_form(), **_deeds(side))


def _deeds(side: Side) -> dict[str, Any]:
    cursor = request.args.get("cursor") or None
    return {
        "side": side,
        "standing": queries.standing(side.shop.id),
        "limits": points.service.award_limits(),
        "waiting": [each for each in waiting_at(side.shop.id) if each.rule_code is not None],
        "page": queries.deeds(side.shop.id, cursor=cursor, limit=_ON_A_PAGE),
        "first": bool(cursor),
    }


@views.post("/desk/shops/<uuid:merchant_id>/deeds")
@requires("shop.manage")
def award_deed(merchant_id: UUID) -> ResponseReturnValue:
    """Award one, once per key."""
    side = desks_side(merchant_id)
    form = _deed_form()
    try:
        answer = merchants.service.award_shop(
            current_actor(),
            key=form_key(),
            merchant_id=merchant_id,
            rule_code=form.rule_code.data or "",
            happened_at=_moment(form),
            note=form.note.data or "",
        )
    except DomainError as refusal:
        names = {"happened_at": "day"}
        return show_again("merchants/desk_deeds.html", form, refusal, shown_as=names, **_deeds(side))
    if answer.body["outcome"] == "shop_award_requested":
        flash(_("It waits for a second coordinator: the shop has no points until somebody agrees."), "warn")
    else:
        flash(_("Awarded: +%(points)s", points=answer.body["points"]), "ok")
    return go(f"{side.base}/deeds")


def _deed_form() -> DeedForm:
    form = keyed(DeedForm())
    form.rule_code.choices = [
        (rule.code, f"{either(rule.name_zh, rule.name_en)} · +{rule.points}")
        for rule in points.queries.rules_on(clock.today())
        if rule.category == "shop"
    ]
    return form


def _moment(form: DeedForm) -> datetime | None:
    """Noon of the day that was typed; None, so now, for today and for nothing. Raises `ShopInvalid`."""
    day: date | None = form.day.data
    if day is None and request.form.get("day"):
        raise ShopInvalid(field="day", reason="unknown")
    if day is None or day == clock.today():
        return None
    return datetime.combine(day, time(12), tzinfo=clock.zone())


# --- Odd payments ----------------------------------------------------------------------------------------------------


@views.get("/desk/shops/odd")
@requires("shop.audit")
def odd_payments() -> ResponseReturnValue:
    """Payments that looked odd: what about them, and between whom."""
    return render_template("merchants/desk_odd.html", at=None, fault="", note="", **_odd())


def _odd() -> dict[str, Any]:
    seen = request.args.get("list") == "seen"
    cursor = request.args.get("cursor") or None
    return {
        "page": queries.odd_charges(seen=seen, cursor=cursor, limit=20),
        "seen": seen,
        "first": bool(cursor),
        "count": queries.odd_count(),
        "masked": members.queries.masked_name,
    }


@views.post("/desk/shops/odd/<uuid:flag_id>")
@requires("charge.judge")
def look_at_odd(flag_id: UUID) -> Response | tuple[str, int]:
    """Somebody has looked at it, and says what he found; once per key."""
    note = request.form.get("note", "")
    try:
        merchants.service.see_flag(current_actor(), key=form_key(), flag_id=flag_id, note=note)
    except DomainError as refusal:
        page = render_template(
            "merchants/desk_odd.html", at=flag_id, fault=sentence(refusal), note=note[:400], **_odd()
        )
        return page, 422
    flash(_("Thank you for looking. It is kept under “looked at”."), "ok")
    return go("/desk/shops/odd")
