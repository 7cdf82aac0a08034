"""Who stands at a shop's counter: clerks and owners, and their counter PINs."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import merchants.service
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import act, form_key, go, own_id, sentence, show_again
from members.errors import PinsDiffer
from merchants import queries
from merchants.errors import ClerkUnknown
from merchants.forms.shops import ClerkForm, CounterPinForm
from merchants.queries import ClerkFacts
from merchants.rules.values import CLERK, OWNER
from merchants.views import words
from merchants.views.blueprint import views
from merchants.views.sides import Side, keyed, on_both_sides, owners_side, refused


@on_both_sides("/clerks")
def shop_clerks(side: Side) -> ResponseReturnValue:
    """Who works at the counter."""
    return _clerks_page(side, _form())


def _clerks_page(side: Side, form: ClerkForm) -> str:
    return render_template("merchants/owner_clerks.html", side=side, form=form, **_there(side))


def _there(side: Side) -> dict[str, Any]:
    return {"clerks": queries.clerks(side.shop.id), "invited": queries.invited(side.shop.id)}


@on_both_sides("/clerks", methods=("POST",))
def add_clerk(side: Side) -> ResponseReturnValue:
    """Ask a member to work here, by the number on his card, or (the desk) enter him; once per key."""
    form = _form()
    try:
        answer = merchants.service.add_clerk(
            current_actor(),
            key=form_key(),
            merchant_id=side.shop.id,
            member_number=(form.member_number.data or "")[:40],
            post=form.post.data or CLERK,
        )
    except DomainError as refusal:
        return refused("merchants/owner_clerks.html", form, refusal, side=side, **_there(side))
    if answer.body["outcome"] == "clerk_invited":
        flash(
            _(
                "%(name)s is asked. Once he or she accepts under Me, the counter opens.",
                name=answer.body["member_name"],
            ),
            "ok",
        )
        return go(f"{side.base}/clerks")
    flash(_("Added. A counter PIN makes it possible to take over a shared phone."), "ok")
    return go(f"{side.base}/clerks")


def _form() -> ClerkForm:
    form = keyed(ClerkForm())
    form.post.choices = [(post, words.POSTS[post]) for post in (CLERK, OWNER)]
    return form


@on_both_sides("/clerks/<uuid:member_id>/uninvite", methods=("POST",))
def uninvite_clerk(side: Side, member_id: UUID) -> ResponseReturnValue:
    """Take back that somebody was asked."""
    if any(each.member_id == member_id for each in queries.invited(side.shop.id)):
        merchants.service.remove_clerk(current_actor(), merchant_id=side.shop.id, member_id=member_id)
    flash(_("Not asked any more."), "ok")
    return go(f"{side.base}/clerks")


@on_both_sides("/clerks/<uuid:member_id>")
def shop_clerk(side: Side, member_id: UUID) -> ResponseReturnValue:
    """One of the shop's people: post, counter PIN, leaving."""
    return render_template(
        "merchants/owner_clerk.html", side=side, clerk=_clerk(side, member_id), form=CounterPinForm()
    )


@on_both_sides("/clerks/<uuid:member_id>/post", methods=("POST",))
def change_post(side: Side, member_id: UUID) -> ResponseReturnValue:
    """Make a clerk an owner, or an owner a clerk."""
    post = OWNER if request.form.get("post") == OWNER else CLERK
    return act(
        lambda: merchants.service.make_owner(
            current_actor(), merchant_id=side.shop.id, member_id=member_id, post=post
        ),
        _("Now an owner.") if post == OWNER else _("Now a clerk."),
        # Who has made himself a clerk sees the owner's pages no more.
        f"/counter/{side.shop.id}" if post == CLERK and _is_me(side, member_id) else f"{side.base}/clerks",
    )


@on_both_sides("/clerks/<uuid:member_id>/remove", methods=("POST",))
def remove_clerk(side: Side, member_id: UUID) -> ResponseReturnValue:
    """End somebody's work here, at once."""
    try:
        merchants.service.remove_clerk(current_actor(), merchant_id=side.shop.id, member_id=member_id)
    except ClerkUnknown:
        pass  # a second tap finds the work done
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"{side.base}/clerks/{member_id}")
    flash(_("Taken out. From now on this member takes no points here."), "ok")
    return go("/shops" if _is_me(side, member_id) else f"{side.base}/clerks")


def _is_me(side: Side, member_id: UUID) -> bool:
    return not side.desk and member_id == own_id()


def _clerk(side: Side, member_id: UUID) -> ClerkFacts:
    """One of the shop's people, also while suspended. Raises `ClerkUnknown`."""
    found = next((each for each in queries.clerks(side.shop.id) if each.member_id == member_id), None)
    if found is None:
        raise ClerkUnknown
    return found


# --- Counter PINs ----------------------------------------------------------------------------------------------------


@views.post("/shop/<uuid:merchant_id>/clerks/<uuid:member_id>/pin")
@requires("counter.use")
def set_clerks_pin(merchant_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """The owner sets a clerk's counter PIN, or opens a locked one by a new one."""
    side = owners_side(merchant_id)
    clerk = _clerk(side, member_id)
    form = CounterPinForm()
    try:
        _set_pin(merchant_id, member_id, form)
    except DomainError as refusal:
        return show_again("merchants/owner_clerk.html", form, refusal, side=side, clerk=clerk)
    flash(_("The counter PIN of %(name)s is set.", name=clerk.name), "ok")
    return go(f"{side.base}/clerks/{member_id}")


@views.get("/shop/<uuid:merchant_id>/pin")
@requires("counter.use")
def my_pin(merchant_id: UUID) -> ResponseReturnValue:
    """A clerk's own counter PIN."""
    clerk = merchants.service.clerk_of(current_actor(), merchant_id)
    return render_template(
        "merchants/owner_pin.html", shop=queries.shop(merchant_id), clerk=clerk, form=CounterPinForm()
    )


@views.post("/shop/<uuid:merchant_id>/pin")
@requires("counter.use")
def set_my_pin(merchant_id: UUID) -> ResponseReturnValue:
    """Set it."""
    clerk = merchants.service.clerk_of(current_actor(), merchant_id)
    form = CounterPinForm()
    try:
        _set_pin(merchant_id, own_id(), form)
    except DomainError as refusal:
        shop = queries.shop(merchant_id)
        return show_again("merchants/owner_pin.html", form, refusal, shop=shop, clerk=clerk)
    flash(_("Your counter PIN is set."), "ok")
    return go(f"/counter/{merchant_id}")


def _set_pin(merchant_id: UUID, member_id: UUID, form: CounterPinForm) -> None:
    pin = (form.pin.data or "")[:20]
    if pin != (form.again.data or "")[:20]:
        raise PinsDiffer(field="again")
    merchants.service.set_counter_pin(current_actor(), merchant_id=merchant_id, member_id=member_id, pin=pin)
