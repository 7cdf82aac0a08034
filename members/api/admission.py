"""Who vouches for whom, for programs."""

from typing import Any
from uuid import UUID

import members.service
from core.auth import current_actor, requires
from core.errors import Unauthenticated
from members import queries
from members.admission_schemas import (
    AnswerIn,
    EndorseIn,
    EndorsementsOut,
    EndorserIn,
)
from members.api.blueprint import api
from members.queries import EndorsementFacts


def _own_id() -> UUID:
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


@api.route("/me/endorsements", methods=["GET"])
@api.response(200, EndorsementsOut)
@requires("member.endorse")
def get_my_endorsements() -> dict[str, Any]:
    """Applicants who have named this member, and whom he has named as an applicant."""
    member_id = _own_id()
    named = queries.endorsements_for([member_id]).get(member_id, [])
    return {
        "asked": [_line(each, each.applicant.name) for each in queries.asked_of(member_id)],
        "named": [_line(each, queries.masked_name(each.endorser.name)) for each in named],
    }


def _line(each: EndorsementFacts, name: str) -> dict[str, Any]:
    return {"id": each.id, "name": name, "state": each.state, "asked_at": each.asked_at}


@api.route("/me/endorsers", methods=["POST"])
@api.arguments(EndorserIn)
@api.response(204)
@requires("self.write")
def post_my_endorser(payload: dict[str, Any]) -> None:
    """As an applicant, name a member who knows one, by number or card. Twice is like once."""
    members.service.name_endorser(current_actor(), payload["endorser"])


@api.route("/endorsements", methods=["POST"])
@api.arguments(EndorseIn)
@api.response(204)
@requires("member.endorse")
def post_endorsement(payload: dict[str, Any]) -> None:
    """Vouch for an applicant who has told his number and name. Twice is like once."""
    members.service.endorse(current_actor(), **payload)


@api.route("/endorsements/<uuid:endorsement_id>", methods=["PUT"])
@api.arguments(AnswerIn)
@api.response(204)
@requires("member.endorse")
def put_endorsement(payload: dict[str, Any], endorsement_id: UUID) -> None:
    """Say whether one knows an applicant who has named one. Twice is like once."""
    members.service.answer_endorsement(current_actor(), endorsement_id, known=payload["known"])
