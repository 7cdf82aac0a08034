"""Signing in and out for programs that keep cookies."""

from typing import Any

from flask import session
from flask_babel import get_locale
from flask_login import login_user, logout_user
from flask_wtf.csrf import generate_csrf

import members.service
from core.auth import Actor, current_actor, public
from members import queries
from members.api.blueprint import api, network_address
from members.schemas import OneTimeCodeIn, SessionOut, SignInIn


def _described(actor: Actor) -> dict[str, Any]:
    return {
        "member_id": actor.member_id,
        "name": actor.name,
        "permissions": sorted(actor.permissions),
        "csrf_token": generate_csrf(),
    }


@api.route("/session", methods=["GET"])
@api.response(200, SessionOut)
@public
def get_session() -> dict[str, Any]:
    """Who is signed in, if anybody, and the token for changing requests."""
    return _described(current_actor())


@api.route("/session", methods=["POST"])
@api.arguments(SignInIn)
@api.response(200, SessionOut)
@public
def post_session(payload: dict[str, str]) -> dict[str, Any]:
    """Sign in with telephone and password, or with telephone and one-time code."""
    phone, address = payload["phone"], network_address()
    if "password" in payload:
        user = members.service.sign_in_with_password(
            phone=phone, password=payload["password"], network_address=address
        )
    else:
        user = members.service.sign_in_with_code(phone=phone, code=payload["code"], network_address=address)
    session.permanent = True
    login_user(user)
    return _described(queries.actor_for(user))


@api.route("/session", methods=["DELETE"])
@api.response(204)
@public
def delete_session() -> None:
    """Sign out on this device; without a session nothing happens."""
    logout_user()


@api.route("/session/code", methods=["POST"])
@api.arguments(OneTimeCodeIn)
@api.response(202)
@public
def post_session_code(payload: dict[str, str]) -> None:
    """Send a one-time code to a telephone. The answer does not tell whether the telephone is a member's.

    For another password (`password`) it goes to one's own telephone, for another telephone (`phone`) to that one; both
    need a session.
    """
    phone, purpose = payload["phone"], payload["purpose"]
    whence: dict[str, str] = {"network_address": network_address(), "language": str(get_locale())}
    if purpose == "sign_in":
        members.service.request_one_time_code(phone=phone, purpose=purpose, **whence)
    else:
        members.service.request_own_code(current_actor(), purpose=purpose, phone=phone, **whence)
