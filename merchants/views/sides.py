"""A shop's pages have two sides: its owner's under /shop, and the desk's under /desk/shops. Most pages are the same."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

import merchants.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import show_again
from merchants import queries
from merchants.api.standing import who_stands_at
from merchants.errors import NotYourShop, OwnerNeeded
from merchants.forms.hours import Week
from merchants.queries import ShopFacts
from merchants.views import words
from merchants.views.blueprint import views

View = Callable[..., ResponseReturnValue]
AnyForm = TypeVar("AnyForm", bound=FlaskForm)


@dataclass(frozen=True, slots=True)
class Side:
    """A shop as this page looks at it. `works_here`: its value is not for the reader to decide."""

    shop: ShopFacts
    desk: bool
    works_here: bool

    @property
    def base(self) -> str:
        """The address under which the shop's pages of this side lie."""
        return f"/desk/shops/{self.shop.id}" if self.desk else f"/shop/{self.shop.id}"

    @property
    def layout(self) -> str:
        """The frame of the page."""
        return "desk.html" if self.desk else "layout.html"

    @property
    def manages(self) -> bool:
        """Whether the reader may change something, not only look."""
        return not self.desk or current_actor().may("shop.manage")


def owners_side(merchant_id: UUID) -> Side:
    """The shop, for its owner. Raises `ShopUnknown`, `NotYourShop`, and `OwnerNeeded` for its clerks."""
    shop = queries.shop(merchant_id)
    if current_actor().kind != "member":
        raise NotYourShop
    # On a shared phone it is who stands there that counts, not who is signed in.
    if not merchants.service.clerk_of(current_actor(), merchant_id, who_stands_at(merchant_id)).owns:
        raise OwnerNeeded
    return Side(shop, desk=False, works_here=True)


def desks_side(merchant_id: UUID) -> Side:
    """The shop, for the desk. Raises `ShopUnknown`."""
    own = merchants.service.is_own_shop(current_actor().member_id, merchant_id)
    return Side(queries.shop(merchant_id), desk=True, works_here=own)


def on_both_sides(
    path: str, *, methods: tuple[str, ...] = ("GET",), desk: str = "shop.manage"
) -> Callable[[View], View]:
    """A page for a shop's owner, and for the desk with the permission `desk`. The view gets its `Side`."""

    def register(view: View) -> View:
        add(view, "owner", f"/shop/<uuid:merchant_id>{path}", "counter.use", owners_side)
        add(view, "desk", f"/desk/shops/<uuid:merchant_id>{path}", desk, desks_side)
        return view

    def add(view: View, name: str, rule: str, permission: str, side_of: Callable[[UUID], Side]) -> None:
        @functools.wraps(view)
        def look(merchant_id: UUID, **arguments: Any) -> ResponseReturnValue:
            return view(side_of(merchant_id), **arguments)

        views.add_url_rule(rule, f"{name}_{view.__name__}", requires(permission)(look), methods=list(methods))

    return register


def keyed(form: AnyForm) -> AnyForm:
    """The form with a key that the page made, so that sending it twice does it once."""
    form["key"].data = form["key"].data or str(new_id())
    return form


def refused(
    template: str, form: FlaskForm, refusal: DomainError, *, week: Week | None = None, **context: Any
) -> Response:
    """The form once more, with all that was typed and what is wrong: at its field, or at the day of the week."""
    if week is None or refusal.data.get("field") != "hours":
        more: dict[str, Any] = {"week": week} if week is not None else {}
        return show_again(template, form, refusal, **more, **context)
    for name, day in zip(words.WEEKDAYS, week.days, strict=True):
        if day.fault:
            form.form_errors.append(_("%(field)s: %(fault)s", field=name, fault=day.fault))
    return make_response(render_template(template, form=form, week=week, **context), 422)
