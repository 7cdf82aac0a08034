"""Two memberships of one person, for programs of staff."""

from typing import Any
from uuid import UUID

import members.service
from core.answers import answered
from core.auth import current_actor, requires
from core.fields import KeyIn, PageIn
from members import queries
from members.api.blueprint import api
from members.schemas import DuplicatesOut, MergedOut, MergeIn, MergeUndoneOut


@api.route("/members/duplicates", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, DuplicatesOut)
@requires("member.merge")
def get_duplicates(query: dict[str, Any]) -> dict[str, Any]:
    """Pairs that are likely one person, by name."""
    page = queries.duplicates(**query)
    return {"items": page.items, "next": page.next}


@api.route("/merges", methods=["POST"])
@api.arguments(MergeIn)
@api.response(201, MergedOut)
@api.alt_response(200, schema=MergedOut, description="answered before; the same answer again")
@requires("member.merge")
def post_merge(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make two memberships of one person one; it can be undone for 30 days."""
    return answered(members.service.merge(current_actor(), **payload))


@api.route("/merges/<uuid:merge_id>/undo", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, MergeUndoneOut)
@api.alt_response(200, schema=MergeUndoneOut, description="answered before; the same answer again")
@requires("member.merge")
def post_undo(payload: dict[str, Any], merge_id: UUID) -> tuple[dict[str, Any], int]:
    """Take them apart again: points go back by reversals."""
    return answered(members.service.undo_merge(current_actor(), key=payload["key"], merge_id=merge_id))
