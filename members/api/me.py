"""Oneself, for programs."""

from typing import Any

from flask_login import current_user

import members.service
from core import qr
from core.answers import answered
from core.auth import current_actor, requires
from core.codes import Code
from core.errors import Unauthenticated
from members import queries
from members.api.blueprint import api, network_address
from members.queries import SignedIn
from members.rules import spoken_number
from members.schemas import (
    DeletionIn,
    DeletionOut,
    LeaveIn,
    ManagedIn,
    MemberCreatedOut,
    MemberLineOut,
    MembersOut,
    MeOut,
    MyDataOut,
    PhoneCodeOut,
    SettingsIn,
)


def _own_id() -> Any:
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


@api.route("/me", methods=["GET"])
@api.response(200, MeOut)
@requires("self.read")
def get_me() -> dict[str, Any]:
    """The member in whose name this session acts."""
    user: SignedIn = current_user
    facts = queries.facts(_own_id())
    return {
        "id": facts.id,
        "number": facts.number,
        "spoken_number": spoken_number(facts.number),
        "name": facts.name,
        "status": facts.status,
        "on_leave_until": facts.on_leave_until if facts.status == "on_leave" else None,
        "squad_id": facts.squad_id,
        "area_id": facts.area_id,
        "listed": facts.listed,
        "roles": sorted(user.roles),
        "language": user.language,
        "theme": user.theme,
        "large_type": user.large_type,
        "speak": user.speak,
        "helped_by": user.signer_name if user.acting else None,
    }


@api.route("/me/data", methods=["GET"])
@api.response(200, MyDataOut)
@requires("self.read")
def get_my_data() -> dict[str, Any]:
    """Everything that is kept about the member in whose name this session acts."""
    return queries.personal_data(_own_id()).as_json()


@api.route("/me/deletion", methods=["POST"])
@api.arguments(DeletionIn)
@api.response(200, DeletionOut)
@requires("self.write")
def post_my_deletion(payload: dict[str, Any]) -> dict[str, Any]:
    """Wish one's own personal data gone; until `due_at` the wish can be called off. Again changes nothing."""
    due_at = members.service.ask_for_deletion(current_actor(), **payload, network_address=network_address())
    return {"due_at": due_at}


@api.route("/me/deletion", methods=["DELETE"])
@api.response(204)
@requires("self.write")
def delete_my_deletion() -> None:
    """Keep the personal data after all."""
    members.service.call_off_deletion(current_actor())


@api.route("/me/settings", methods=["PATCH"])
@api.arguments(SettingsIn)
@api.response(204)
@requires("self.write")
def patch_my_settings(payload: dict[str, Any]) -> None:
    """Change how pages look and sound, and whether the member appears on leaderboards."""
    members.service.change_settings(current_actor(), **payload)


@api.route("/me/code", methods=["GET"])
@api.response(200, PhoneCodeOut)
@requires("self.read")
def get_my_code() -> dict[str, Any]:
    """The changing code by which staff know the member's phone. It is good for half a minute to a minute, once."""
    shown = members.service.phone_code(current_actor())
    code: Code = shown.code
    return {
        "code": code.text,
        "address": shown.address,
        "svg": qr.draw_svg(shown.address, "M"),
        "grouped": shown.text,
        "renew_at": shown.renew_at,
        "valid_until": shown.valid_until,
    }


@api.route("/me/leave", methods=["PUT"])
@api.arguments(LeaveIn)
@api.response(204)
@requires("self.write")
def put_my_leave(payload: dict[str, Any]) -> None:
    """Rest until a day, or until called back."""
    members.service.take_leave(current_actor(), _own_id(), payload["until"])


@api.route("/me/leave", methods=["DELETE"])
@api.response(204)
@requires("self.write")
def delete_my_leave() -> None:
    """Come back now."""
    members.service.come_back(current_actor(), _own_id())


@api.route("/me/card", methods=["DELETE"])
@api.response(204)
@requires("self.write")
def delete_my_card() -> None:
    """The card is lost: it is void from now on."""
    members.service.revoke_card(current_actor(), _own_id())


@api.route("/me/sessions", methods=["DELETE"])
@api.response(204)
@requires("self.write")
def delete_my_sessions() -> None:
    """Sign out on all devices, this one too, at their next request."""
    actor = current_actor()
    members.service.sign_out_everywhere(actor, actor.id)


@api.route("/me/managed", methods=["GET"])
@api.response(200, MembersOut)
@requires("self.read")
def get_my_managed() -> dict[str, Any]:
    """Whom this member looks after."""
    lines = [
        {**{name: getattr(each, name, None) for name in MemberLineOut().fields}, "phone_end": None}
        for each in queries.managed_by(current_actor().id)
    ]
    return {"items": lines, "next": None}


@api.route("/me/managed", methods=["POST"])
@api.arguments(ManagedIn)
@api.response(201, MemberCreatedOut)
@api.alt_response(200, schema=MemberCreatedOut, description="answered before; the same answer again")
@requires("self.write")
def post_my_managed(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Enter somebody without a phone, to be looked after; a coordinator admits him."""
    return answered(members.service.create_managed(current_actor(), **payload))
