"""Signing in and out, with password or with a code."""

import ipaddress

from flask import abort, flash, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import logout_user

import members.service
from core.auth import public
from core.config import settings
from core.errors import DomainError
from core.pages import go, show_again
from members import queries
from members.forms import ClaimCodeForm, ClaimForm, CodeForm, PhoneForm, SignInForm
from members.views.blueprint import begin_session, network_address, views, way_on


@views.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Telephone and password."""
    return render_template("members/sign_in.html", form=SignInForm(next=request.args.get("next", "")))


@views.post("/sign-in")
@public
def post_sign_in() -> ResponseReturnValue:
    """Sign in and go on to where the reader wanted to go."""
    form = SignInForm()
    try:
        user = members.service.sign_in_with_password(
            phone=form.phone.data or "", password=form.password.data or "", network_address=network_address()
        )
    except DomainError as refusal:
        return show_again("members/sign_in.html", form, refusal)
    begin_session(user)
    return go(way_on(form.next.data))


@views.get("/sign-in/code")
@public
def ask_for_code() -> ResponseReturnValue:
    """The telephone to which a code shall be sent; where none are sent, the page that says how else."""
    if not members.service.sends_codes():
        return go("/sign-in")
    return render_template("members/sign_in_phone.html", form=PhoneForm(next=request.args.get("next", "")))


@views.post("/sign-in/code")
@public
def post_ask_for_code() -> ResponseReturnValue:
    """Send the code; the answer is the same for telephones we do not know."""
    form = PhoneForm()
    try:
        members.service.request_one_time_code(
            phone=form.phone.data or "",
            purpose="sign_in",
            network_address=network_address(),
            language=str(get_locale()),
        )
    except DomainError as refusal:
        return show_again("members/sign_in_phone.html", form, refusal)
    # In the signed cookie, not in the address: telephone numbers must not get into logs.
    session["code_phone"] = form.phone.data
    session["code_next"] = way_on(form.next.data)
    return go("/sign-in/code/enter")


@views.get("/sign-in/code/enter")
@public
def enter_code() -> ResponseReturnValue:
    """The code from the message."""
    if "code_phone" not in session:
        return go("/sign-in/code")
    return render_template("members/sign_in_code.html", form=CodeForm(), phone_end=session["code_phone"][-4:])


@views.post("/sign-in/code/enter")
@public
def post_enter_code() -> ResponseReturnValue:
    """Sign in with the code."""
    form, phone = CodeForm(), session.get("code_phone", "")
    try:
        user = members.service.sign_in_with_code(
            phone=phone, code=form.code.data or "", network_address=network_address()
        )
    except DomainError as refusal:
        return show_again("members/sign_in_code.html", form, refusal, phone_end=phone[-4:])
    following = way_on(session.get("code_next"))
    begin_session(user)
    return go(following)


@views.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Sign out on this device."""
    logout_user()
    session.clear()
    return go("/")


@views.get("/claim")
@public
def claim() -> ResponseReturnValue:
    """Take over an account that a helper has looked after: code from the desk and telephone."""
    return render_template("members/claim.html", form=ClaimForm())


@views.post("/claim")
@public
def post_claim() -> ResponseReturnValue:
    """Check the code from the desk and send one to the telephone."""
    form = ClaimForm()
    try:
        members.service.request_claim(
            claim_code=form.claim_code.data or "",
            phone=form.phone.data or "",
            network_address=network_address(),
            language=str(get_locale()),
        )
    except DomainError as refusal:
        return show_again("members/claim.html", form, refusal)
    session["claim"] = [form.claim_code.data, form.phone.data]
    return go("/claim/enter")


@views.get("/claim/enter")
@public
def take_over() -> ResponseReturnValue:
    """The code from the message, and a password for later."""
    if "claim" not in session:
        return go("/claim")
    return render_template(
        "members/claim_code.html", form=ClaimCodeForm(), phone_end=session["claim"][1][-4:]
    )


@views.post("/claim/enter")
@public
def post_take_over() -> ResponseReturnValue:
    """Take the account over and sign in."""
    form = ClaimCodeForm()
    if "claim" not in session:
        return go("/claim")
    claim_code, phone = session["claim"]
    try:
        user = members.service.claim(
            claim_code=claim_code,
            phone=phone,
            code=form.code.data or "",
            password=form.password.data or None,
            network_address=network_address(),
        )
    except DomainError as refusal:
        return show_again("members/claim_code.html", form, refusal, phone_end=phone[-4:])
    begin_session(user)
    flash(_("This is your own account now."), "ok")
    return go("/")


@views.get("/development/outbox")
@public
def outbox() -> ResponseReturnValue:
    """Messages that the built-in sender did not send; never in production, and only on the machine itself."""
    if settings().production or not _from_this_machine():
        abort(404)
    return render_template("members/outbox.html", messages=queries.outbox())


def _from_this_machine() -> bool:
    """Whether the request was made on this machine. Whoever reads the outbox can sign in as anybody."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
