"""A shop's page as a form: a member applies with his shop, the desk enters one, its owner or the desk changes it."""

from typing import Any, TypeVar

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import merchants.service
from core import clock
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import form_key, go, identifier, own_id
from merchants import queries
from merchants.errors import MemberNumberUnknown, ShopInvalid
from merchants.forms.hours import Week
from merchants.forms.shops import EnteredShopForm, ShopForm
from merchants.rules.values import APPLIED, CALLED_WITHIN
from merchants.views import words
from merchants.views.blueprint import either, views
from merchants.views.sides import Side, keyed, on_both_sides, refused

AnyShopForm = TypeVar("AnyShopForm", bound=ShopForm)

_TEXTS = ("name_en", "address", "contact_name", "phone", "about")

# --- Applying --------------------------------------------------------------------------------------------------------


@views.get("/shops/apply")
@requires("shop.apply")
def apply_form() -> ResponseReturnValue:
    """A member wants to take part with his shop."""
    return render_template("merchants/apply.html", form=_prepared(ShopForm()), week=Week.of([]))


@views.post("/shops/apply")
@requires("shop.apply")
def apply_shop() -> ResponseReturnValue:
    """Keep the application, once per key."""
    form, week = _prepared(ShopForm()), Week.read(request.form)
    try:
        answer = merchants.service.apply_shop(current_actor(), form_key(), **_wish(form, week))
    except DomainError as refusal:
        return refused("merchants/apply.html", form, refusal, week=week)
    return go(f"/shops/apply/thanks?shop={answer.body['merchant_id']}")


@views.get("/shops/apply/thanks")
@requires("shop.apply")
def apply_thanks() -> ResponseReturnValue:
    """What happens next; the owner may already fill his page."""
    shop_id = identifier(request.args.get("shop"))
    post = next((each for each in queries.posts_of(own_id()) if each.merchant_id == shop_id), None)
    shop = queries.shop(post.merchant_id) if post else None
    applied_at = shop.applied_at if shop else clock.now()
    return render_template("merchants/apply_thanks.html", shop=shop, by=words.day(applied_at + CALLED_WITHIN))


# --- The desk enters a shop ------------------------------------------------------------------------------------------


@views.get("/desk/shops/new")
@requires("shop.manage")
def new_shop() -> ResponseReturnValue:
    """The desk enters a shop for a member."""
    return render_template(
        "merchants/desk_shop_new.html", form=_prepared(EnteredShopForm()), week=Week.of([])
    )


@views.post("/desk/shops/new")
@requires("shop.manage")
def enter_shop() -> ResponseReturnValue:
    """Keep it as an application, once per key; it is admitted on its page."""
    form, week = _prepared(EnteredShopForm()), Week.read(request.form)
    try:
        owner_id = _owner(form)
        answer = merchants.service.apply_shop(
            current_actor(), form_key(), owner_id=owner_id, **_wish(form, week)
        )
    except DomainError as refusal:
        return refused("merchants/desk_shop_new.html", form, refusal, week=week)
    flash(_("The shop is entered. Look at it once more, then admit it."), "ok")
    return go(f"/desk/shops/{answer.body['merchant_id']}")


def _owner(form: EnteredShopForm) -> Any:
    number = members.queries.read_number((form.owner_number.data or "")[:40])
    found = members.queries.facts_by_number(number) if number is not None else None
    if found is None:
        raise MemberNumberUnknown(field="owner_number")
    return found.id


# --- Changing --------------------------------------------------------------------------------------------------------


@on_both_sides("/page")
def shop_page(side: Side) -> ResponseReturnValue:
    """What stands on the shop's page."""
    form = _prepared(ShopForm(obj=side.shop))
    return render_template(
        "merchants/owner_page.html", side=side, form=form, week=Week.of(side.shop.hours), all=_all(side)
    )


@on_both_sides("/page", methods=("POST",))
def change_shop_page(side: Side) -> ResponseReturnValue:
    """Keep what was changed. Name and trade of a partner are the desk's matter."""
    form, week = _prepared(ShopForm()), Week.read(request.form)
    try:
        wish = _wish(form, week)
        if not _all(side):
            del wish["name"], wish["trade_code"]
        merchants.service.change_shop(current_actor(), side.shop.id, **wish)
    except DomainError as refusal:
        return refused("merchants/owner_page.html", form, refusal, week=week, side=side, all=_all(side))
    flash(_("Saved"), "ok")
    return go(f"{side.base}/page")


def _all(side: Side) -> bool:
    return side.desk or side.shop.status == APPLIED


# --- The form --------------------------------------------------------------------------------------------------------


def _prepared(form: AnyShopForm) -> AnyShopForm:
    form.trade_code.choices = [
        ("", _("Choose …")),
        *((each.code, either(each.name_zh, each.name_en)) for each in queries.trades()),
    ]
    form.area_id.choices = [
        ("", _("not said")),
        *((str(each.id), " › ".join(each.path)) for each in members.queries.areas()),
    ]
    form.area_id.data = str(form.area_id.data or "")
    return keyed(form)


def _wish(form: ShopForm, week: Week) -> dict[str, Any]:
    """What was typed, as the domain wants it. Raises `ShopInvalid`."""
    area_id = identifier(form.area_id.data)
    if form.area_id.data and area_id is None:
        raise ShopInvalid(field="area_id", reason="unknown")
    return {
        "name": form.name.data or "",
        "trade_code": form.trade_code.data or "",
        "area_id": area_id,
        "hours": week.minutes(),
        **{name: form[name].data or "" for name in _TEXTS},
    }
