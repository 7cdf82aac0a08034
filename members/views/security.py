"""One's own password, telephone and sessions."""

from flask import flash, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import logout_user

import members.service
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import act, go, own_id, show_again
from members import queries
from members.forms import CodeForm, PasswordForm, PhoneForm, PinForm
from members.views.blueprint import begin_session, network_address, views


@views.post("/me/sign-out-everywhere")
@requires("self.write")
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sessions, this one at once."""
    actor = current_actor()
    members.service.sign_out_everywhere(actor, actor.id)
    logout_user()
    session.clear()
    flash(_("You are signed out on all devices."), "ok")
    return go("/sign-in")


@views.get("/me/password")
@requires("self.read")
def password() -> ResponseReturnValue:
    """A new password."""
    return render_template("members/password.html", form=PasswordForm(), record=queries.record(own_id()))


@views.post("/me/password")
@requires("self.write")
def post_password() -> ResponseReturnValue:
    """Set the new password; all other devices are signed out."""
    form = PasswordForm()
    try:
        user = members.service.change_password(
            current_actor(),
            password=form.password.data or "",
            current=form.current.data or None,
            code=form.code.data or None,
            network_address=network_address(),
        )
    except DomainError as refusal:
        return show_again("members/password.html", form, refusal, record=queries.record(own_id()))
    begin_session(user)
    flash(_("The new password is set. All other devices are signed out."), "ok")
    return go("/me")


@views.post("/me/password/code")
@requires("self.write")
def send_password_code() -> ResponseReturnValue:
    """Send a code to one's own telephone, for whoever has no password or has forgotten it."""

    def send() -> None:
        members.service.request_own_code(
            current_actor(), purpose="password", network_address=network_address(), language=str(get_locale())
        )

    wanted_for_pin = request.form.get("for") == "pin"
    return act(send, _("The code is on its way."), "/me/pin" if wanted_for_pin else "/me/password")


@views.get("/me/pin")
@requires("self.read")
def pin() -> ResponseReturnValue:
    """The PIN that goes with the card."""
    return render_template("members/pin.html", form=PinForm(), record=queries.record(own_id()))


@views.post("/me/pin")
@requires("self.write")
def post_pin() -> ResponseReturnValue:
    """Set one's own PIN."""
    form = PinForm()
    try:
        members.service.change_pin(
            current_actor(),
            pin=form.pin.data or "",
            current=form.current.data or None,
            code=form.code.data or None,
            network_address=network_address(),
        )
    except DomainError as refusal:
        return show_again("members/pin.html", form, refusal, record=queries.record(own_id()))
    flash(_("The PIN is set."), "ok")
    return go("/me")


@views.get("/me/phone")
@requires("self.read")
def phone() -> ResponseReturnValue:
    """Another telephone."""
    record = queries.record(own_id())
    return render_template(
        "members/phone.html", form=PhoneForm(), code_form=CodeForm(), record=record, sent=False
    )


@views.post("/me/phone")
@requires("self.write")
def post_phone() -> ResponseReturnValue:
    """Send a code to the new telephone."""
    form = PhoneForm()
    try:
        members.service.request_own_code(
            current_actor(),
            phone=form.phone.data or "",
            purpose="phone",
            network_address=network_address(),
            language=str(get_locale()),
        )
    except DomainError as refusal:
        record = queries.record(own_id())
        return show_again(
            "members/phone.html", form, refusal, code_form=CodeForm(), record=record, sent=False
        )
    session["new_phone"] = form.phone.data
    return go("/me/phone/enter")


@views.get("/me/phone/enter")
@requires("self.read")
def enter_phone_code() -> ResponseReturnValue:
    """The code that came to the new telephone."""
    if "new_phone" not in session:
        return go("/me/phone")
    return render_template("members/phone_code.html", form=CodeForm(), phone_end=session["new_phone"][-4:])


@views.post("/me/phone/enter")
@requires("self.write")
def post_phone_code() -> ResponseReturnValue:
    """Move to the new telephone."""
    form, wanted = CodeForm(), session.get("new_phone", "")
    try:
        user = members.service.change_phone(
            current_actor(), phone=wanted, code=form.code.data or "", network_address=network_address()
        )
    except DomainError as refusal:
        return show_again("members/phone_code.html", form, refusal, phone_end=wanted[-4:])
    begin_session(user)
    flash(_("From now on you sign in with the new number."), "ok")
    return go("/me")
