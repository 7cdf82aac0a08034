"""Members, for programs of staff; and applying, for everybody."""

from typing import Any
from uuid import UUID

from flask_babel import get_locale

import members.service
from core.answers import answered
from core.auth import current_actor, public, requires
from core.fields import KeyIn
from members import queries
from members.api.blueprint import api, network_address, read_code
from members.queries import MemberFilter
from members.rules import LANGUAGES, spoken_number
from members.schemas import (
    AppliedOut,
    ApplyIn,
    CardOut,
    MemberCreatedOut,
    MemberIn,
    MemberOut,
    MembersIn,
    MembersOut,
    PlaceIn,
    RolesIn,
    StatusIn,
)


@api.route("/applications", methods=["POST"])
@api.arguments(ApplyIn)
@api.response(201, AppliedOut)
@api.alt_response(200, schema=AppliedOut, description="answered before; the same answer again")
@public
def post_application(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Apply for membership. A coordinator decides."""
    text = payload.pop("join_code")
    language = str(get_locale())
    answer = members.service.apply(
        network_address=network_address(),
        language=language if language in LANGUAGES else LANGUAGES[0],
        join_code=read_code(text) if text else None,
        **payload,
    )
    return answered(answer)


@api.route("/members", methods=["GET"])
@api.arguments(MembersIn, location="query")
@api.response(200, MembersOut)
@requires("member.read")
def get_members(query: dict[str, Any]) -> dict[str, Any]:
    """Members by number, telephone or the beginning of the name, by name."""
    cursor, limit = query.pop("cursor"), query.pop("limit")
    page = queries.members_page(MemberFilter(text=query.pop("search"), **query), cursor=cursor, limit=limit)
    return {"items": page.items, "next": page.next}


@api.route("/members", methods=["POST"])
@api.arguments(MemberIn)
@api.response(201, MemberCreatedOut)
@api.alt_response(200, schema=MemberCreatedOut, description="answered before; the same answer again")
@requires("member.manage")
def post_member(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Enter a member, admitted at once."""
    return answered(members.service.create_member(current_actor(), **payload))


@api.route("/members/<uuid:member_id>", methods=["GET"])
@api.response(200, MemberOut)
@requires("member.read")
def get_member(member_id: UUID) -> dict[str, Any]:
    """One member's record."""
    return _record(member_id)


def _record(member_id: UUID) -> dict[str, Any]:
    record = queries.record(member_id)
    facts = record.facts
    return {
        "id": facts.id,
        "number": facts.number,
        "spoken_number": spoken_number(facts.number),
        "name": facts.name,
        "phone": record.phone,
        "status": facts.status,
        "on_leave_until": facts.on_leave_until,
        "roles": record.roles,
        "squad_id": facts.squad_id,
        "area_id": facts.area_id,
        "helper_id": facts.helper_id,
        "listed": facts.listed,
        "language": facts.language,
        "card_generation": record.card_generation,
        "card_issued_at": record.card_issued_at,
        "card_revoked_at": record.card_revoked_at,
        "admitted_at": record.admitted_at,
        "created_at": record.created_at,
    }


@api.route("/members/<uuid:member_id>/roles", methods=["PUT"])
@api.arguments(RolesIn)
@api.response(200, MemberOut)
@requires("member.manage")
def put_roles(payload: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Give a member exactly these roles. Staff roles need the right role.manage."""
    members.service.set_roles(current_actor(), member_id, payload["roles"])
    return _record(member_id)


@api.route("/members/<uuid:member_id>/place", methods=["PUT"])
@api.arguments(PlaceIn)
@api.response(200, MemberOut)
@requires("member.manage")
def put_place(payload: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Put a member into a squad and an area."""
    members.service.move(current_actor(), member_id, **payload)
    return _record(member_id)


@api.route("/members/<uuid:member_id>/status", methods=["PUT"])
@api.arguments(StatusIn)
@api.response(200, MemberOut)
@requires("member.manage")
def put_status(payload: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Admit, send on leave, suspend, reinstate, let go."""
    members.service.change_status(current_actor(), member_id, **payload)
    return _record(member_id)


@api.route("/members/<uuid:member_id>/card", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, CardOut)
@api.alt_response(200, schema=CardOut, description="answered before; the same answer again")
@requires("card.issue")
def post_card(payload: dict[str, Any], member_id: UUID) -> tuple[dict[str, Any], int]:
    """Issue a card, or a new one in place of the old."""
    return answered(members.service.issue_card(current_actor(), key=payload["key"], member_id=member_id))


@api.route("/members/<uuid:member_id>/card", methods=["DELETE"])
@api.response(204)
@requires("member.manage")
def delete_card(member_id: UUID) -> None:
    """The card is lost: it is void from now on."""
    members.service.revoke_card(current_actor(), member_id)


@api.route("/members/<uuid:member_id>/sessions", methods=["DELETE"])
@api.response(204)
@requires("member.manage")
def delete_sessions(member_id: UUID) -> None:
    """Sign the member out on all devices, at their next request."""
    members.service.sign_out_everywhere(current_actor(), member_id)
