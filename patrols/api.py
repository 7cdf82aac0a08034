"""Rounds, routes and checkpoints for programs."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_smorest import Blueprint

import patrols.service
from core import clock, codes, qr
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from core.codes import Kind
from core.config import settings
from core.errors import Unauthenticated
from core.fields import KeyIn, PageIn
from patrols import queries
from patrols.queries import CheckpointFacts, PlateToPrint, RoundView, RouteFacts
from patrols.schemas import (
    CaptainCodeOut,
    CheckpointChangeIn,
    CheckpointCreatedOut,
    CheckpointIn,
    CheckpointOut,
    CheckpointsIn,
    CheckpointsOut,
    CompanionIn,
    InUseIn,
    JudgementIn,
    MyRoundOut,
    NewPlateIn,
    OwnRoundsOut,
    PlateOut,
    RoundAnswerOut,
    RoundIn,
    RoundOut,
    RoundsIn,
    RoundsOut,
    RouteChangeIn,
    RouteCreatedOut,
    RouteIn,
    RouteOut,
    RoutesOut,
)
from patrols.service import CheckpointWish, RouteWish

api = Blueprint("patrols", __name__, url_prefix="/api/v1", description="Rounds, routes and checkpoints")


def _own_id(actor: Actor) -> UUID:
    if actor.member_id is None:
        raise Unauthenticated
    return actor.member_id


# ------------------------------------------------------------------------------------------ rounds


@api.route("/me/rounds", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, OwnRoundsOut)
@requires("self.read")
def get_own_rounds(page: dict[str, Any]) -> Any:
    """My rounds, the newest first."""
    return queries.rounds_of(_own_id(current_actor()), **page)


@api.route("/me/round", methods=["GET"])
@api.response(200, MyRoundOut)
@requires("self.read")
def get_own_round() -> dict[str, RoundView | None]:
    """The round that I am walking."""
    return {"round": queries.open_round(_own_id(current_actor()))}


@api.route("/rounds", methods=["GET"])
@api.arguments(RoundsIn, location="query")
@api.response(200, RoundsOut)
@requires("self.read")
def get_rounds(wish: dict[str, Any]) -> Any:
    """Rounds, for the desk; with `squad_id` also for the captains of that squad."""
    return queries.rounds_for(current_actor(), wish.pop("list"), **wish)


@api.route("/rounds", methods=["POST"])
@api.arguments(RoundIn)
@api.response(201, RoundAnswerOut)
@api.alt_response(200, schema=RoundAnswerOut, description=AGAIN)
@requires("patrol.walk")
def post_round(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Open a round without a scan, at the meeting point or at the desk."""
    return answered(patrols.service.open_round(current_actor(), **payload))


@api.route("/rounds/<uuid:round_id>", methods=["GET"])
@api.response(200, RoundOut)
@requires("self.read")
def get_round(round_id: UUID) -> RoundView:
    """One round, for who walks in it, the captains of its squad and the desk."""
    return queries.round_for(current_actor(), round_id)


@api.route("/rounds/<uuid:round_id>/end", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, RoundAnswerOut)
@api.alt_response(200, schema=RoundAnswerOut, description=AGAIN)
@requires("patrol.walk")
def post_end(payload: dict[str, Any], round_id: UUID) -> tuple[dict[str, Any], int]:
    """End a round by hand."""
    return answered(patrols.service.end_round(current_actor(), key=payload["key"], round_id=round_id))


@api.route("/rounds/<uuid:round_id>/leave", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, RoundAnswerOut)
@api.alt_response(200, schema=RoundAnswerOut, description=AGAIN)
@requires("patrol.walk")
def post_leave(payload: dict[str, Any], round_id: UUID) -> tuple[dict[str, Any], int]:
    """Leave a round; the last to leave ends it."""
    return answered(patrols.service.leave_round(current_actor(), key=payload["key"], round_id=round_id))


@api.route("/rounds/<uuid:round_id>/code", methods=["GET"])
@api.response(200, CaptainCodeOut)
@requires("patrol.walk")
def get_code(round_id: UUID) -> dict[str, Any]:
    """The captain's changing code, by which companions join."""
    code = patrols.service.captain_code(current_actor(), round_id)
    life = codes.lifetime(Kind.ACTIVITY, clock.now())
    address = codes.address(settings().base_url, code)
    return {
        "code": code.text,
        "address": address,
        "grouped": codes.grouped(code),
        "typed": codes.grouped(patrols.service.typed_captain_code(current_actor(), round_id)),
        "svg": str(qr.draw_svg(address, "M", _("The captain's code"))),
        "renew_at": life.renew_at,
        "valid_until": life.valid_until,
    }


@api.route("/rounds/<uuid:round_id>/companions", methods=["POST"])
@api.arguments(CompanionIn)
@api.response(201, RoundAnswerOut)
@api.alt_response(200, schema=RoundAnswerOut, description=AGAIN)
@requires("patrol.walk")
def post_companion(payload: dict[str, Any], round_id: UUID) -> tuple[dict[str, Any], int]:
    """Add somebody without a phone to a round under way: by card, or by number and name."""
    card = codes.parse(payload["card"], settings().base_url) if payload["card"] else None
    return answered(
        patrols.service.add_companion(current_actor(), round_id=round_id, **(payload | {"card": card}))
    )


@api.route("/rounds/<uuid:round_id>/judgement", methods=["POST"])
@api.arguments(JudgementIn)
@api.response(201, RoundAnswerOut)
@api.alt_response(200, schema=RoundAnswerOut, description=AGAIN)
@requires("round.manage")
def post_judgement(payload: dict[str, Any], round_id: UUID) -> tuple[dict[str, Any], int]:
    """Decide about a round that looked odd."""
    return answered(patrols.service.judge_round(current_actor(), round_id=round_id, **payload))


# ------------------------------------------------------------------------------------------ routes


@api.route("/routes", methods=["GET"])
@api.arguments(CheckpointsIn, location="query")
@api.response(200, RoutesOut)
@requires("route.read")
def get_routes(wish: dict[str, Any]) -> dict[str, Any]:
    """Routes by name."""
    page = queries.route_page(**wish)
    return {"items": page.items, "next": page.next}


@api.route("/routes", methods=["POST"])
@api.arguments(RouteIn)
@api.response(201, RouteCreatedOut)
@api.alt_response(200, schema=RouteCreatedOut, description=AGAIN)
@requires("route.manage")
def post_route(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a route."""
    key = payload.pop("key")
    return answered(patrols.service.request_route(current_actor(), key=key, wish=_route_wish(payload)))


@api.route("/routes/<uuid:route_id>", methods=["GET"])
@api.response(200, RouteOut)
@requires("route.read")
def get_route(route_id: UUID) -> RouteFacts:
    """One route."""
    return queries.route(route_id)


@api.route("/routes/<uuid:route_id>", methods=["PUT"])
@api.arguments(RouteChangeIn)
@api.response(200, RouteOut)
@requires("route.manage")
def put_route(payload: dict[str, Any], route_id: UUID) -> RouteFacts:
    """Change a route; rounds under way go on by the new plan."""
    patrols.service.edit_route(current_actor(), route_id, _route_wish(payload))
    return queries.route(route_id)


@api.route("/routes/<uuid:route_id>/status", methods=["PUT"])
@api.arguments(InUseIn)
@api.response(200, RouteOut)
@requires("route.manage")
def put_route_status(payload: dict[str, Any], route_id: UUID) -> RouteFacts:
    """Take a route out of use, or back."""
    patrols.service.set_route_in_use(current_actor(), route_id, in_use=payload["in_use"])
    return queries.route(route_id)


def _route_wish(payload: dict[str, Any]) -> RouteWish:
    given: dict[str, Any] = {
        **payload,
        "checkpoint_ids": tuple(payload["checkpoint_ids"]),
        "opens_at": _minutes(payload["opens_at"]),
        "closes_at": _minutes(payload["closes_at"]),
    }
    return RouteWish(**given)


def _minutes(hour: str | None) -> int | None:
    return None if hour is None else int(hour[:2]) * 60 + int(hour[3:])


# ------------------------------------------------------------------------------------------ checkpoints


@api.route("/checkpoints", methods=["GET"])
@api.arguments(CheckpointsIn, location="query")
@api.response(200, CheckpointsOut)
@requires("route.read")
def get_checkpoints(wish: dict[str, Any]) -> dict[str, Any]:
    """Checkpoints by number."""
    page = queries.checkpoint_page(**wish)
    return {"items": page.items, "next": page.next}


@api.route("/checkpoints", methods=["POST"])
@api.arguments(CheckpointIn)
@api.response(201, CheckpointCreatedOut)
@api.alt_response(200, schema=CheckpointCreatedOut, description=AGAIN)
@requires("checkpoint.manage")
def post_checkpoint(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a checkpoint; its plate can be printed at once."""
    key, wish = payload.pop("key"), CheckpointWish(**payload)
    return answered(patrols.service.request_checkpoint(current_actor(), key=key, wish=wish))


@api.route("/checkpoints/<uuid:checkpoint_id>", methods=["GET"])
@api.response(200, CheckpointOut)
@requires("route.read")
def get_checkpoint(checkpoint_id: UUID) -> CheckpointFacts:
    """One checkpoint."""
    return queries.checkpoint(checkpoint_id)


@api.route("/checkpoints/<uuid:checkpoint_id>", methods=["PUT"])
@api.arguments(CheckpointChangeIn)
@api.response(200, CheckpointOut)
@requires("checkpoint.manage")
def put_checkpoint(payload: dict[str, Any], checkpoint_id: UUID) -> CheckpointFacts:
    """Change a checkpoint."""
    patrols.service.edit_checkpoint(current_actor(), checkpoint_id, CheckpointWish(**payload))
    return queries.checkpoint(checkpoint_id)


@api.route("/checkpoints/<uuid:checkpoint_id>/status", methods=["PUT"])
@api.arguments(InUseIn)
@api.response(200, CheckpointOut)
@requires("checkpoint.manage")
def put_checkpoint_status(payload: dict[str, Any], checkpoint_id: UUID) -> CheckpointFacts:
    """Take a checkpoint out of use, or back."""
    patrols.service.set_checkpoint_in_use(current_actor(), checkpoint_id, in_use=payload["in_use"])
    return queries.checkpoint(checkpoint_id)


@api.route("/checkpoints/<uuid:checkpoint_id>/plate/print", methods=["POST"])
@api.response(200, PlateOut)
@requires("checkpoint.manage")
def post_plate_print(checkpoint_id: UUID) -> dict[str, Any]:
    """What stands on the checkpoint's newest plate. No GET, because who printed it is written down."""
    return _plate(patrols.service.print_plate(current_actor(), checkpoint_id))


@api.route("/checkpoints/<uuid:checkpoint_id>/plate", methods=["POST"])
@api.arguments(NewPlateIn)
@api.response(200, PlateOut)
@requires("checkpoint.manage")
def post_plate(payload: dict[str, Any], checkpoint_id: UUID) -> dict[str, Any]:
    """Give the checkpoint a new code: the old plate counts no more."""
    patrols.service.reprint_plate(current_actor(), checkpoint_id, **payload)
    return _plate(queries.plate(checkpoint_id))


def _plate(plate: PlateToPrint) -> dict[str, Any]:
    return {
        "checkpoint_id": plate.checkpoint.id,
        "generation": plate.checkpoint.generation,
        "address": plate.address,
        "code": plate.code,
        "svg": str(qr.draw_svg(plate.address, "Q", plate.checkpoint.name)),
    }
