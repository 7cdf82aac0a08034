"""Two memberships of one person, for programs of staff."""

from typing import Any
from uuid import UUID

import members.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.fields import KeyIn
from core.receipts import Answer
from members import queries
from members.api.blueprint import api
from members.merge_schemas import (
    DuplicatesIn,
    DuplicatesOut,
    MergeDecisionOut,
    MergedOut,
    MergeIn,
    MergeProposalOut,
    MergeProposalsIn,
    MergeProposalsOut,
    MergeRefusalIn,
    MergeUndoneOut,
)


def _proposed(answer: Answer) -> tuple[dict[str, Any], int]:
    """Body and status: 202 while a second person has to agree."""
    body, status = answered(answer)
    return body, 202 if status == 201 and body["outcome"] == "proposed" else status


@api.route("/members/duplicates", methods=["GET"])
@api.arguments(DuplicatesIn, location="query")
@api.response(200, DuplicatesOut)
@requires("member.read")
def get_duplicates(query: dict[str, Any]) -> dict[str, Any]:
    """Pairs that are likely one person, by name or by sound."""
    page = queries.duplicates(**query)
    return {"items": page.items, "next": page.next}


@api.route("/merges", methods=["POST"])
@api.arguments(MergeIn)
@api.response(201, MergedOut)
@api.alt_response(200, schema=MergedOut, description=AGAIN)
@api.alt_response(202, schema=MergedOut, description="points move: a second coordinator has to agree")
@requires("member.merge")
def post_merge(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make two memberships of one person one; it can be undone for 30 days."""
    return _proposed(members.service.merge(current_actor(), **payload))


@api.route("/merges/<uuid:merge_id>/undo", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, MergeUndoneOut)
@api.alt_response(200, schema=MergeUndoneOut, description=AGAIN)
@api.alt_response(
    202, schema=MergeUndoneOut, description="points were spent: a second coordinator has to agree"
)
@requires("member.merge")
def post_undo(payload: dict[str, Any], merge_id: UUID) -> tuple[dict[str, Any], int]:
    """Take them apart again: points go back by reversals."""
    return _proposed(members.service.undo_merge(current_actor(), key=payload["key"], merge_id=merge_id))


@api.route("/merges/proposals", methods=["GET"])
@api.arguments(MergeProposalsIn, location="query")
@api.response(200, MergeProposalsOut)
@requires("member.read")
def get_merge_proposals(query: dict[str, Any]) -> Any:
    """Merges and undoings that wait (the oldest first), or those in another state (the newest first)."""
    return queries.merge_proposals(query["state"], cursor=query["cursor"], limit=query["limit"])


@api.route("/merges/proposals/<uuid:proposal_id>", methods=["GET"])
@api.response(200, MergeProposalOut)
@requires("member.read")
def get_merge_proposal(proposal_id: UUID) -> Any:
    """One proposal."""
    return queries.merge_proposal(proposal_id)


@api.route("/merges/proposals/<uuid:proposal_id>/agreement", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, MergeDecisionOut)
@api.alt_response(200, schema=MergeDecisionOut, description=AGAIN)
@requires("member.merge_second")
def post_merge_agreement(payload: dict[str, Any], proposal_id: UUID) -> tuple[dict[str, Any], int]:
    """Agree to what somebody else has proposed; this does it, unless the facts have changed meanwhile."""
    return answered(members.service.agree_to_merge(current_actor(), proposal_id=proposal_id, **payload))


@api.route("/merges/proposals/<uuid:proposal_id>/refusal", methods=["POST"])
@api.arguments(MergeRefusalIn)
@api.response(201, MergeDecisionOut)
@api.alt_response(200, schema=MergeDecisionOut, description=AGAIN)
@requires("member.merge_second")
def post_merge_refusal(payload: dict[str, Any], proposal_id: UUID) -> tuple[dict[str, Any], int]:
    """Do not agree, with a reason."""
    return answered(members.service.decline_merge(current_actor(), proposal_id=proposal_id, **payload))


@api.route("/merges/proposals/<uuid:proposal_id>/cancellation", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, MergeDecisionOut)
@api.alt_response(200, schema=MergeDecisionOut, description=AGAIN)
@requires("member.merge")
def post_merge_cancellation(payload: dict[str, Any], proposal_id: UUID) -> tuple[dict[str, Any], int]:
    """Call off what one has proposed oneself."""
    return answered(members.service.cancel_merge(current_actor(), proposal_id=proposal_id, **payload))
