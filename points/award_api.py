"""Awards of good deeds for programs: one, five hundred, the second person, the withdrawal."""

from typing import Any
from uuid import UUID

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

import members.queries
import points.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.errors import DomainError
from core.fields import KeyIn
from core.receipts import Answer
from points import queries
from points.schemas import (
    AwardAgreementsIn,
    AwardAgreementsOut,
    AwardIn,
    AwardOut,
    BatchIn,
    BatchOut,
    DecisionOut,
    OddAwardSeenIn,
    OddAwardSeenOut,
    OddAwardsIn,
    OddAwardsOut,
    RequestOut,
    RequestsIn,
    RequestsOut,
    WithdrawalIn,
    WithdrawalOut,
)
from points.service import AwardWish, Decision

api = Blueprint("awards", __name__, url_prefix="/api/v1/awards", description="Awards of good deeds")


@api.route("", methods=["POST"])
@api.arguments(AwardIn)
@api.response(201, AwardOut)
@api.alt_response(200, schema=AwardOut, description=AGAIN)
@api.alt_response(202, schema=AwardOut, description="above a limit: a second coordinator has to agree")
@requires("award.give")
def post_award(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Award a deed to one member."""
    body, status = answered(points.service.award_deed(current_actor(), **payload))
    # Not kept with the answer, which stays longer than a member may want to be known by name.
    holder = members.queries.facts(UUID(body["member_id"]))
    if status == 201 and body["outcome"] == "requested":
        status = 202
    squad_name = members.queries.squad(holder.squad_id).name if holder.squad_id else ""
    person = {"member_name": holder.name, "member_number": holder.number, "squad_name": squad_name}
    return {**body, **person}, status


@api.route("/batch", methods=["POST"])
@api.arguments(BatchIn)
@api.response(200, BatchOut)
@requires("award.give")
def post_batch(payload: dict[str, Any]) -> ResponseReturnValue:
    """Award up to 500 deeds in one transaction; each has its own key and its own answer, in the same order."""
    wishes = [AwardWish(**item) for item in payload["items"]]
    outcomes = points.service.award_many(current_actor(), wishes)
    items = [_item(wish.key, outcome) for wish, outcome in zip(wishes, outcomes, strict=True)]
    # As they are kept under their keys: to put all their values through the schema once more is a tenth of the time.
    return jsonify(items=items)


@api.route("/requests", methods=["GET"])
@api.arguments(RequestsIn, location="query")
@api.response(200, RequestsOut)
@requires("award.read")
def get_requests(query: dict[str, Any]) -> Any:
    """Awards above a limit: those that wait (the oldest first), or those in another state (the newest first)."""
    if query["run_of"] is not None:
        return {"items": queries.run_of(query["run_of"]), "next": None}
    return queries.award_requests(query["state"], cursor=query["cursor"], limit=query["limit"])


@api.route("/requests/agreements", methods=["POST"])
@api.arguments(AwardAgreementsIn)
@api.response(200, AwardAgreementsOut)
@requires("award.second")
def post_agreements(payload: dict[str, Any]) -> dict[str, Any]:
    """Agree to up to 500 awards in one transaction; each has its own key and its own answer, in the same order."""
    decisions = [Decision(**item) for item in payload["items"]]
    outcomes = points.service.second_awards(current_actor(), decisions)
    return {
        "items": [
            {"request_id": each.request_id, **_item(each.key, outcome)}
            for each, outcome in zip(decisions, outcomes, strict=True)
        ]
    }


@api.route("/requests/<uuid:request_id>", methods=["GET"])
@api.response(200, RequestOut)
@requires("award.read")
def get_request(request_id: UUID) -> Any:
    """One award above a limit."""
    return queries.award_request(request_id)


@api.route("/requests/<uuid:request_id>/agreement", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, DecisionOut)
@api.alt_response(200, schema=DecisionOut, description=AGAIN)
@requires("award.second")
def post_agreement(payload: dict[str, Any], request_id: UUID) -> tuple[dict[str, Any], int]:
    """Agree to an award that somebody else has entered; this pays it."""
    return answered(points.service.second_award(current_actor(), request_id=request_id, **payload))


@api.route("/requests/<uuid:request_id>/refusal", methods=["POST"])
@api.arguments(WithdrawalIn)
@api.response(201, DecisionOut)
@api.alt_response(200, schema=DecisionOut, description=AGAIN)
@requires("award.second")
def post_refusal(payload: dict[str, Any], request_id: UUID) -> tuple[dict[str, Any], int]:
    """Decline an award that somebody else has entered, with a reason."""
    return answered(points.service.decline_award(current_actor(), request_id=request_id, **payload))


@api.route("/requests/<uuid:request_id>/cancellation", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, DecisionOut)
@api.alt_response(200, schema=DecisionOut, description=AGAIN)
@requires("award.give")
def post_cancellation(payload: dict[str, Any], request_id: UUID) -> tuple[dict[str, Any], int]:
    """Call off one's own request while it waits."""
    return answered(points.service.cancel_award(current_actor(), request_id=request_id, **payload))


@api.route("/odd", methods=["GET"])
@api.arguments(OddAwardsIn, location="query")
@api.response(200, OddAwardsOut)
@requires("ledger.read")
def get_odd_awards(query: dict[str, Any]) -> Any:
    """Rings, bursts and pairs among awards entered by hand, as they were found last."""
    return queries.odd_lines(**query)


@api.route("/odd/<uuid:odd_id>", methods=["POST"])
@api.arguments(OddAwardSeenIn)
@api.response(201, OddAwardSeenOut)
@api.alt_response(200, schema=OddAwardSeenOut, description=AGAIN)
@requires("award.second")
def post_odd_award_seen(payload: dict[str, Any], odd_id: UUID) -> tuple[dict[str, Any], int]:
    """Say that a pattern was looked at; it waits again once it goes on."""
    return answered(points.service.see_odd(current_actor(), odd_id=odd_id, **payload))


@api.route("/<uuid:transfer_id>/withdrawal", methods=["POST"])
@api.arguments(WithdrawalIn)
@api.response(201, WithdrawalOut)
@api.alt_response(200, schema=WithdrawalOut, description=AGAIN)
@requires("award.withdraw")
def post_withdrawal(payload: dict[str, Any], transfer_id: UUID) -> tuple[dict[str, Any], int]:
    """Take an award back."""
    return answered(points.service.withdraw_award(current_actor(), transfer_id=transfer_id, **payload))


def _item(key: UUID, outcome: Answer | DomainError) -> dict[str, Any]:
    if not isinstance(outcome, DomainError):
        return {"key": key, "replayed": outcome.replayed, **outcome.body}
    words_for: Any = current_app.jinja_env.globals["problem_words"]
    told = words_for(outcome.code, outcome.data)
    return {
        "key": key,
        "outcome": "refused",
        "replayed": outcome.replayed,
        "code": outcome.code,
        "detail": told.what,
        "remedy": told.remedy,
    }
