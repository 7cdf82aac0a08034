"""Telling something, following it, and collecting its points.

What strangers do here is limited by counting requests of an address, and leaves no line in the log.
"""

import base64
import binascii
from dataclasses import asdict
from typing import Any
from uuid import UUID

import members.queries
import members.service
import reports.service
from core import clock, codes
from core.answers import AGAIN, answered
from core.auth import STRANGER, current_actor, limited, public, requires, unlogged
from core.config import settings
from core.errors import Unauthenticated
from core.fields import PageIn
from reports import queries
from reports.api.blueprint import api
from reports.errors import MemberNumberUnknown, PhotoInvalid
from reports.rules.kinds import KINDS
from reports.schemas.reports import (
    ClaimTokenOut,
    CollectedOut,
    CollectIn,
    CourseOut,
    CoursesOut,
    FollowIn,
    KindsOut,
    ReportedOut,
    ReportIn,
)


@api.route("/reports/kinds", methods=["GET"])
@api.response(200, KindsOut)
@public
@unlogged
def get_kinds() -> dict[str, Any]:
    """What can be reported, with the short form of each kind."""
    return {"items": [asdict(kind) for kind in KINDS.values()]}


@api.route("/reports", methods=["POST"])
@api.arguments(ReportIn)
@api.response(201, ReportedOut)
@api.alt_response(200, schema=ReportedOut, description=AGAIN)
@public
@unlogged
@limited("30 per hour")
def post_report(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Report something, by name or without one. By name it needs the permission `report.write`."""
    actor = STRANGER if payload["unnamed"] else current_actor()
    photos = [_bytes(number, photo) for number, photo in enumerate(payload.pop("photos"), 1)]
    return answered(reports.service.send_report(actor, photos=photos, **payload))


def _bytes(number: int, photo: str) -> bytes:
    try:
        return base64.b64decode(photo, validate=True)
    except (binascii.Error, ValueError):
        raise PhotoInvalid(field="photos", photo=number) from None


@api.route("/reports/follow", methods=["POST"])
@api.arguments(FollowIn)
@api.response(200, CourseOut)
@public
@unlogged
@limited("60 per hour")
def post_follow(payload: dict[str, Any]) -> Any:
    """The course of a report without a name."""
    return queries.follow(**payload)


@api.route("/reports/follow/token", methods=["POST"])
@api.arguments(FollowIn)
@api.response(200, ClaimTokenOut)
@public
@unlogged
@limited("60 per hour")
def post_follow_token(payload: dict[str, Any]) -> Any:
    """The code with which the points of a useful report without a name are collected; the same one each time."""
    return reports.service.claim_token(**payload)


@api.route("/reports/claims", methods=["POST"])
@api.arguments(CollectIn)
@api.response(201, CollectedOut)
@api.alt_response(200, schema=CollectedOut, description=AGAIN)
@requires("report.write")
@limited("60 per hour")
def post_claim(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Collect the points of a code: my own, or at the desk those of a member by number or card."""
    member_id = _receiver(payload["member_number"], payload["member_code"])
    actor = current_actor()
    return answered(
        reports.service.collect(actor, key=payload["key"], token=payload["token"], member_id=member_id)
    )


def _receiver(number: str | None, code: str | None) -> UUID | None:
    if number:
        current_actor().require("report.handle")
        read = members.queries.read_number(number)
        found = members.queries.facts_by_number(read) if read is not None else None
        if found is None:
            raise MemberNumberUnknown(field="member_number")
        return found.id
    if code:
        current_actor().require("report.handle")
        return members.service.read_member_code(codes.parse(code, settings().base_url), clock.now()).id
    return None


@api.route("/reports/mine", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, CoursesOut)
@requires("report.write")
def get_mine(page: dict[str, Any]) -> Any:
    """My reports by name, the newest first."""
    return queries.mine(_own_id(), **page)


@api.route("/reports/mine/<uuid:report_id>", methods=["GET"])
@api.response(200, CourseOut)
@requires("report.write")
def get_own_report(report_id: UUID) -> Any:
    """One of my reports."""
    return queries.course(current_actor(), report_id)


def _own_id() -> UUID:
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id
