"""Notices for programs."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

import notices.service
from core.answers import AGAIN, answered
from core.auth import Actor, current_actor, requires
from core.errors import Unauthenticated
from core.fields import PageIn
from notices import queries
from notices.rules import Wish
from notices.schemas import (
    NoticeCorrectionIn,
    NoticeKeptOut,
    NoticeOut,
    NoticeReadingIn,
    NoticeReadingOut,
    NoticeSendIn,
    NoticeSentOut,
    NoticeSquadsOut,
    NoticesSentOut,
    NoticeUnreadIn,
    NoticeUnreadsOut,
    NoticeWithdrawalIn,
    NoticeWithdrawnOut,
    OwnNoticesOut,
)

api = Blueprint("notices", __name__, url_prefix="/api/v1", description="Notices to members, read or not")


def _reader(actor: Actor) -> UUID:
    if actor.kind != "member" or actor.member_id is None:
        raise Unauthenticated
    return actor.member_id


def _wish(payload: dict[str, Any]) -> Wish:
    """Take the notice out of the payload."""
    values = {name: payload.pop(name) for name in Wish.__dataclass_fields__}
    values["squad_ids"], values["area_ids"] = tuple(values["squad_ids"]), tuple(values["area_ids"])
    return Wish(**values)


@api.route("/notices", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, OwnNoticesOut)
@requires("notice.read")
def get_notices(query: dict[str, Any]) -> Any:
    """What is shown to the reader today."""
    return queries.own(_reader(current_actor()), **query)


@api.route("/notices/<uuid:notice_id>", methods=["GET"])
@api.response(200, NoticeOut)
@requires("notice.read")
def get_notice(notice_id: UUID) -> Any:
    """One notice that is for the reader. That it was opened is told by a request of its own."""
    return queries.for_reader(_reader(current_actor()), notice_id)


@api.route("/notices/<uuid:notice_id>/reading", methods=["POST"])
@api.arguments(NoticeReadingIn)
@api.response(200, NoticeReadingOut)
@requires("notice.read")
def post_reading(payload: dict[str, Any], notice_id: UUID) -> dict[str, Any]:
    """The reader has read this version; a repeat changes nothing."""
    actor = current_actor()
    _reader(actor)
    return {"read_at": notices.service.read(actor, notice_id, payload["version"])}


@api.route("/notices", methods=["POST"])
@api.arguments(NoticeSendIn)
@api.response(201, NoticeKeptOut)
@api.alt_response(200, schema=NoticeKeptOut, description=AGAIN)
@requires("notice.read")
def post_notice(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Write a notice: coordinators to anybody, captains to their own squad."""
    wish = _wish(payload)
    return answered(notices.service.send(current_actor(), wish=wish, **payload))


@api.route("/notices/<uuid:notice_id>", methods=["PUT"])
@api.arguments(NoticeCorrectionIn)
@api.response(201, NoticeKeptOut)
@api.alt_response(200, schema=NoticeKeptOut, description=AGAIN)
@requires("notice.read")
def put_notice(payload: dict[str, Any], notice_id: UUID) -> tuple[dict[str, Any], int]:
    """Correct a notice that nobody has read yet."""
    wish = _wish(payload)
    return answered(notices.service.correct(current_actor(), notice_id=notice_id, wish=wish, **payload))


@api.route("/notices/<uuid:notice_id>/withdrawal", methods=["POST"])
@api.arguments(NoticeWithdrawalIn)
@api.response(201, NoticeWithdrawnOut)
@api.alt_response(200, schema=NoticeWithdrawnOut, description=AGAIN)
@requires("notice.read")
def post_notice_withdrawal(payload: dict[str, Any], notice_id: UUID) -> tuple[dict[str, Any], int]:
    """Take a notice back."""
    return answered(notices.service.withdraw(current_actor(), notice_id=notice_id, **payload))


@api.route("/notices/sent", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, NoticesSentOut)
@requires("notice.read")
def get_sent_notices(query: dict[str, Any]) -> Any:
    """Notices for those who look after them: all for the desk, for a captain those that reach his squad."""
    return queries.sent(current_actor(), **query)


@api.route("/notices/sent/<uuid:notice_id>", methods=["GET"])
@api.response(200, NoticeSentOut)
@requires("notice.read")
def get_sent_notice(notice_id: UUID) -> Any:
    """One of them."""
    return queries.one(current_actor(), notice_id)


@api.route("/notices/sent/<uuid:notice_id>/squads", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, NoticeSquadsOut)
@requires("notice.read")
def get_notice_squads(query: dict[str, Any], notice_id: UUID) -> Any:
    """Read and not read, squad by squad."""
    actor = current_actor()
    return queries.by_squad(actor, queries.one(actor, notice_id), **query)


@api.route("/notices/sent/<uuid:notice_id>/unread", methods=["GET"])
@api.arguments(NoticeUnreadIn, location="query")
@api.response(200, NoticeUnreadsOut)
@requires("notice.read")
def get_notice_unread(query: dict[str, Any], notice_id: UUID) -> Any:
    """Who has not read it."""
    actor = current_actor()
    return queries.unread(actor, queries.one(actor, notice_id), **query)
