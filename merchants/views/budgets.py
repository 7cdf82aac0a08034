"""Budgets of shops at the desk: granting and taking out, the second person, and taking back what a shop gave or got."""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import merchants.service
import points.queries
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, sentence, whole_number
from core.receipts import Answer
from merchants import queries
from merchants.forms.shops import BudgetForm, ReasonForm
from merchants.rules.values import BUDGET_REQUEST_STATES, WAITING
from merchants.views.blueprint import either, views
from merchants.views.sides import Side, desks_side, keyed, refused

_ON_A_PAGE = 50
#: Why a second person is asked.
LIMITS = {
    "grant": _lazy("More points in one grant than one person gives alone"),
    "shop_week": _lazy("The shop has been granted much this week"),
    "award": _lazy("More points in one award than one person gives alone"),
    "member_week": _lazy("The shop has been awarded much this week"),
    "coordinator_day": _lazy("The coordinator has given much today"),
}
STATES = {
    "waiting": _lazy("To look at"),
    "agreed": _lazy("Agreed to"),
    "declined": _lazy("Declined"),
    "cancelled": _lazy("Called off"),
}


# --- One shop's budget -----------------------------------------------------------------------------------------------


@views.get("/desk/shops/<uuid:merchant_id>/budget")
@requires("shop.audit")
def shop_budget(merchant_id: UUID) -> ResponseReturnValue:
    """Points that the shop may give away: granted, withdrawn, left."""
    return render_template(
        "merchants/desk_budget.html", form=_budget_form(), **_budget(desks_side(merchant_id))
    )


def waiting_at(merchant_id: UUID) -> list[queries.BudgetRequestLine]:
    """What waits for a second coordinator at one shop, the oldest first."""
    return list(queries.shop_requests(merchant_id=merchant_id).items)


def _budget(side: Side) -> dict[str, Any]:
    cursor = request.args.get("cursor") or None
    return {
        "side": side,
        "budget": points.queries.budget(side.shop.id),
        "limits": merchants.service.budget_limits(),
        "waiting": [each for each in waiting_at(side.shop.id) if each.rule_code is None],
        "page": queries.budget_changes(side.shop.id, cursor=cursor, limit=_ON_A_PAGE),
        "first": bool(cursor),
    }


@views.post("/desk/shops/<uuid:merchant_id>/budget")
@requires("shop.manage")
def change_budget(merchant_id: UUID) -> ResponseReturnValue:
    """Grant or withdraw, once per key; above a limit it waits."""
    side = desks_side(merchant_id)
    form = _budget_form()
    withdraw = form.act.data == "withdraw"
    change = merchants.service.withdraw_shop_budget if withdraw else merchants.service.grant_shop_budget
    try:
        answer = change(
            current_actor(),
            key=form_key(),
            merchant_id=merchant_id,
            points=whole_number(form.points.data) or 0,
            reason=form.reason.data or "",
        )
    except DomainError as refusal:
        return refused("merchants/desk_budget.html", form, refusal, **_budget(side))
    if answer.body["outcome"] == "budget_requested":
        flash(
            _("It waits for a second coordinator: no points are in the budget until somebody agrees."), "warn"
        )
    else:
        flash(_("Done: %(points)s points are in the budget now.", points=answer.body["budget"]), "ok")
    return go(f"{side.base}/budget")


def _budget_form() -> BudgetForm:
    form = keyed(BudgetForm())
    form.act.choices = [("grant", _("Put points in")), ("withdraw", _("Take points out"))]
    return form


# --- The second person -----------------------------------------------------------------------------------------------


@views.get("/desk/shops/budgets")
@requires("shop.audit")
def budget_requests() -> ResponseReturnValue:
    """Grants and awards that wait for a second person, and what became of the rest."""
    state = request.args.get("state", WAITING)
    if state not in BUDGET_REQUEST_STATES:
        state = WAITING
    cursor = request.args.get("cursor") or None
    page = queries.shop_requests(state, cursor=cursor, limit=_ON_A_PAGE)
    people = {each for line in page.items for each in (line.requested_by, line.decided_by) if each}
    actor = current_actor()
    own = members.queries.household_of(actor.member_id) if actor.member_id else set()
    return render_template(
        "merchants/desk_budgets.html",
        page=page,
        first=bool(cursor),
        state=state,
        states=STATES,
        limits=LIMITS,
        old={
            line.id
            for line in page.items
            if not points.queries.was_asked_lately(line.requested_at, clock.now())
        },
        people=members.queries.many_facts(people),
        own={*own, actor.id, actor.member_id},
        new_key=new_id,
    )


@views.post("/desk/shops/budgets/<uuid:grant_id>/<any(agree,decline,cancel):decision>")
@requires("shop.manage")
def decide_budget(grant_id: UUID, decision: str) -> ResponseReturnValue:
    """Agree, decline with a reason, or call one's own wish off."""
    actor, key = current_actor(), form_key()
    try:
        if decision == "agree":
            merchants.service.agree_to_request(actor, key=key, request_id=grant_id)
            flash(_("Agreed. The shop has its points."), "ok")
        elif decision == "decline":
            reason = request.form.get("reason", "")
            merchants.service.decline_request(actor, key=key, request_id=grant_id, reason=reason)
            flash(_("Declined. The shop gets nothing."), "calm")
        else:
            merchants.service.cancel_request(actor, key=key, request_id=grant_id)
            flash(_("Called off. The shop gets nothing."), "calm")
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        flash(sentence(refusal), "warn")
    return go("/desk/shops/budgets")


# --- Taking back -----------------------------------------------------------------------------------------------------


@views.get("/desk/shops/<uuid:merchant_id>/gifts/<uuid:gift_id>/withdrawal")
@requires("award.withdraw")
def taking_gift_back(merchant_id: UUID, gift_id: UUID) -> ResponseReturnValue:
    """Ask for the reason before a gift is taken back."""
    page = _gift_page(merchant_id, gift_id)
    return render_template("merchants/desk_take_back.html", form=keyed(ReasonForm()), **page)


@views.post("/desk/shops/<uuid:merchant_id>/gifts/<uuid:gift_id>/withdrawal")
@requires("award.withdraw")
def take_gift_back(merchant_id: UUID, gift_id: UUID) -> ResponseReturnValue:
    """Take it back, once, with a reason that both sides read."""
    done = _("Taken back: the points are in the shop's budget again.")
    take = functools.partial(merchants.service.withdraw_gift, gift_id=gift_id)
    return _take_back(take, _gift_page(merchant_id, gift_id), done)


@views.get("/desk/shops/<uuid:merchant_id>/deeds/<uuid:deed_id>/withdrawal")
@requires("award.withdraw")
def taking_deed_back(merchant_id: UUID, deed_id: UUID) -> ResponseReturnValue:
    """Ask for the reason before a deed of the shop is taken back."""
    page = _deed_page(merchant_id, deed_id)
    return render_template("merchants/desk_take_back.html", form=keyed(ReasonForm()), **page)


@views.post("/desk/shops/<uuid:merchant_id>/deeds/<uuid:deed_id>/withdrawal")
@requires("award.withdraw")
def take_deed_back(merchant_id: UUID, deed_id: UUID) -> ResponseReturnValue:
    """Take it back, once, with a reason that the shop reads."""
    done = _("Taken back: the shop has these points no longer.")
    take = functools.partial(merchants.service.withdraw_deed, deed_id=deed_id)
    return _take_back(take, _deed_page(merchant_id, deed_id), done)


def _take_back(take: Callable[..., Answer], page: dict[str, Any], done: str) -> ResponseReturnValue:
    form, side = keyed(ReasonForm()), page["side"]
    try:
        take(current_actor(), key=form_key(), merchant_id=side.shop.id, reason=form.reason.data or "")
    except DomainError as refusal:
        return refused("merchants/desk_take_back.html", form, refusal, **page)
    flash(done, "ok")
    return go(f"{side.base}/{page['kind']}")


def _gift_page(merchant_id: UUID, gift_id: UUID) -> dict[str, Any]:
    side, gift = desks_side(merchant_id), queries.gift_of(merchant_id, gift_id)
    told = {"what": gift.member_name, "at": gift.given_at, "note": gift.reason}
    return {"side": side, "kind": "gifts", "line": gift, **told}


def _deed_page(merchant_id: UUID, deed_id: UUID) -> dict[str, Any]:
    side, deed = desks_side(merchant_id), queries.deed_of(merchant_id, deed_id)
    told = {"what": either(deed.rule_zh, deed.rule_en), "at": deed.happened_at, "note": deed.note}
    return {"side": side, "kind": "deeds", "line": deed, **told}
