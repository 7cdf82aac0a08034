"""Letters of encouragement and titles for programs."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

import honours.service
from core import clock, codes
from core.answers import AGAIN, answered
from core.auth import current_actor, public, requires
from core.config import settings
from core.errors import Unauthenticated
from honours import queries
from honours.schemas import (
    CandidatesOut,
    CheckIn,
    CheckOut,
    HonourGivenOut,
    HonourIn,
    HonourRevocationIn,
    IssuedOut,
    LetterForStaffOut,
    LetterIn,
    LettersIn,
    LettersOut,
    OwnLettersOut,
    ProposalsIn,
    RevocationIn,
    WallIn,
    WallOfHonourOut,
)

api = Blueprint("letters", __name__, url_prefix="/api/v1", description="Letters of encouragement and titles")


@api.route("/letters", methods=["GET"])
@api.arguments(LettersIn, location="query")
@api.response(200, LettersOut)
@requires("letter.read")
def get_letters(query: dict[str, Any]) -> Any:
    """Letters, newest first."""
    return queries.letters(query.pop("search"), **query)


@api.route("/letters", methods=["POST"])
@api.arguments(LetterIn)
@api.response(201, IssuedOut)
@api.alt_response(200, schema=IssuedOut, description=AGAIN)
@requires("letter.issue")
def post_letter(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Issue a letter."""
    return answered(honours.service.issue_letter(current_actor(), **payload))


@api.route("/letters/<uuid:letter_id>", methods=["GET"])
@api.response(200, LetterForStaffOut)
@requires("letter.read")
def get_letter(letter_id: UUID) -> Any:
    """One letter."""
    return queries.letter(letter_id)


@api.route("/letters/<uuid:letter_id>/revocation", methods=["POST"])
@api.arguments(RevocationIn)
@api.response(201, IssuedOut)
@api.alt_response(200, schema=IssuedOut, description=AGAIN)
@requires("letter.issue")
def post_revocation(payload: dict[str, Any], letter_id: UUID) -> tuple[dict[str, Any], int]:
    """Withdraw a letter: from now on its code says that it is no longer valid."""
    return answered(honours.service.revoke_letter(current_actor(), letter_id=letter_id, **payload))


@api.route("/letters/check", methods=["GET"])
@api.arguments(CheckIn, location="query")
@api.response(200, CheckOut)
@public
def get_check(query: dict[str, Any]) -> Any:
    """Whether a letter is genuine, for anybody who holds it."""
    return queries.verify(codes.parse(query["code"], settings().base_url))


@api.route("/me/letters", methods=["GET"])
@api.response(200, OwnLettersOut)
@requires("self.read")
def get_own_letters() -> dict[str, Any]:
    """The reader's own letters."""
    actor = current_actor()
    if actor.kind != "member" or actor.member_id is None:
        raise Unauthenticated
    return {"items": queries.letters_of(actor.member_id), "next": None}


@api.route("/honours", methods=["GET"])
@api.arguments(WallIn, location="query")
@api.response(200, WallOfHonourOut)
@requires("board.read")
def get_honours(query: dict[str, Any]) -> Any:
    """The wall of honour of a year: titles and letters, names as far as their bearers allow."""
    return queries.wall(query["year"] or clock.today().year)


@api.route("/honours", methods=["POST"])
@api.arguments(HonourIn)
@api.response(201, HonourGivenOut)
@api.alt_response(200, schema=HonourGivenOut, description=AGAIN)
@requires("honour.give")
def post_honour(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Give a title to one of those whom the boards propose; one for each period."""
    return answered(honours.service.give_honour(current_actor(), **payload))


@api.route("/honours/proposals", methods=["GET"])
@api.arguments(ProposalsIn, location="query")
@api.response(200, CandidatesOut)
@requires("letter.read")
def get_proposals(query: dict[str, Any]) -> Any:
    """Whom the boards propose, and by which figures."""
    return {"items": queries.proposals(**query)}


@api.route("/honours/<uuid:honour_id>/revocation", methods=["POST"])
@api.arguments(HonourRevocationIn)
@api.response(201, HonourGivenOut)
@api.alt_response(200, schema=HonourGivenOut, description=AGAIN)
@requires("honour.give")
def post_honour_revocation(payload: dict[str, Any], honour_id: UUID) -> tuple[dict[str, Any], int]:
    """Take a title back: it leaves the wall, and may be given anew."""
    return answered(honours.service.revoke_honour(current_actor(), honour_id=honour_id, **payload))
