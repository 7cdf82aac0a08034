"""Squads and areas, for programs."""

from typing import Any
from uuid import UUID

import members.service
from core.answers import answered
from core.auth import current_actor, requires
from members import queries
from members.api.blueprint import api
from members.queries import SquadFacts
from members.schemas import (
    AreaChangeIn,
    AreaCreatedOut,
    AreaIn,
    AreaOut,
    AreasOut,
    CaptainsIn,
    SquadChangeIn,
    SquadCreatedOut,
    SquadIn,
    SquadOut,
    SquadsOut,
)


@api.route("/squads", methods=["GET"])
@api.response(200, SquadsOut)
@requires("board.read")
def get_squads() -> dict[str, Any]:
    """All squads by name."""
    return {"items": queries.squads(), "next": None}


@api.route("/squads", methods=["POST"])
@api.arguments(SquadIn)
@api.response(201, SquadCreatedOut)
@api.alt_response(200, schema=SquadCreatedOut, description="answered before; the same answer again")
@requires("squad.manage")
def post_squad(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Found a squad."""
    return answered(members.service.create_squad(current_actor(), **payload))


@api.route("/squads/<uuid:squad_id>", methods=["GET"])
@api.response(200, SquadOut)
@requires("board.read")
def get_squad(squad_id: UUID) -> SquadFacts:
    """One squad."""
    return queries.squad(squad_id)


@api.route("/squads/<uuid:squad_id>", methods=["PUT"])
@api.arguments(SquadChangeIn)
@api.response(200, SquadOut)
@requires("squad.manage")
def put_squad(payload: dict[str, Any], squad_id: UUID) -> SquadFacts:
    """Change what a squad is called and looks like."""
    members.service.change_squad(current_actor(), squad_id, **payload)
    return queries.squad(squad_id)


@api.route("/squads/<uuid:squad_id>/captains", methods=["PUT"])
@api.arguments(CaptainsIn)
@api.response(200, SquadOut)
@requires("squad.manage")
def put_captains(payload: dict[str, Any], squad_id: UUID) -> SquadFacts:
    """Appoint captain and acting captain out of the squad."""
    members.service.appoint_captains(current_actor(), squad_id, **payload)
    return queries.squad(squad_id)


@api.route("/areas", methods=["GET"])
@api.response(200, AreasOut)
@requires("board.read")
def get_areas() -> dict[str, Any]:
    """All areas: station, communities, grids, estates."""
    return {"items": queries.areas(), "next": None}


@api.route("/areas", methods=["POST"])
@api.arguments(AreaIn)
@api.response(201, AreaCreatedOut)
@api.alt_response(200, schema=AreaCreatedOut, description="answered before; the same answer again")
@requires("area.manage")
def post_area(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Add an area below its parent."""
    return answered(members.service.create_area(current_actor(), **payload))


@api.route("/areas/<uuid:area_id>", methods=["PUT"])
@api.arguments(AreaChangeIn)
@api.response(200, AreaOut)
@requires("area.manage")
def put_area(payload: dict[str, Any], area_id: UUID) -> Any:
    """Correct an area's name, or what it belongs to."""
    members.service.change_area(current_actor(), area_id, **payload)
    return queries.area(area_id)
