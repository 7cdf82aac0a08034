"""Refused scans and heaps of them for programs, with the same words as on the desk's page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask_smorest import Blueprint

from alliance import heaps, scan_pages
from alliance.scan_pages import Told
from core import clock, refused_heaps, refused_scans
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.config import settings
from core.fields import KeyIn, PageIn, text
from core.refused_heaps import LONGEST_REASON, SORTS, Heap, Look
from core.refused_scans import Wanted

api = Blueprint("refused_scans", __name__, url_prefix="/api/v1/scans", description="Scans that did not count")


#: As codes of refusals are written.
_CODE = ma.validate.Regexp(r"^[a-z][a-z0-9_]{0,59}\Z")


class RefusedIn(PageIn):
    """Which refused scans: with this code of a refusal, by this member, of the code or from the phone of this scan."""

    reason = ma.fields.String(load_default=None, validate=_CODE)
    member_id = ma.fields.UUID(load_default=None)
    code_of = ma.fields.UUID(load_default=None)
    phone_of = ma.fields.UUID(load_default=None)


class RefusedOut(ma.Schema):
    """One refused scan. Codes are kept of none; `place` is whose plate it was."""

    id = ma.fields.UUID(required=True, metadata={"description": "the scan's; also the key of its receipt"})
    at = ma.fields.AwareDateTime(required=True)
    reason = ma.fields.String(required=True, metadata={"description": "the stable code of the refusal"})
    told = ma.fields.String(required=True, metadata={"description": "what its reader was told"})
    kind = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "letter of the kind of code; null: none of ours"},
    )
    place = ma.fields.String(required=True, allow_none=True)
    member_id = ma.fields.UUID(required=True, allow_none=True)
    member_name = ma.fields.String(required=True, allow_none=True)
    member_number = ma.fields.Integer(required=True, allow_none=True)
    by_device = ma.fields.Boolean(
        required=True, metadata={"description": "with a device in the member's name"}
    )


class RefusedListOut(ma.Schema):
    """Refused scans, the newest first."""

    items = ma.fields.List(ma.fields.Nested(RefusedOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class HeapLookOut(ma.Schema):
    """That somebody has looked at a heap, what he saw of it, and why it could be put away."""

    heap_id = ma.fields.UUID(required=True)
    what = ma.fields.String(required=True)
    count = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True)
    seen_at = ma.fields.AwareDateTime(required=True)
    seen_by = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True)
    newest = ma.fields.Nested(RefusedOut, required=True, allow_none=True)


class HeapsIn(ma.Schema):
    """Nothing can be asked for but all of them."""


class HeapOut(ma.Schema):
    """Many refused scans of one code, from one phone, or of one member within a day."""

    what = ma.fields.String(required=True, metadata={"description": "code, phone or member"})
    count = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True)
    newest = ma.fields.Nested(RefusedOut, required=True)
    look = ma.fields.Nested(
        HeapLookOut, required=True, allow_none=True, metadata={"description": "the last look at it"}
    )
    further = ma.fields.Integer(required=True, metadata={"description": "how many have come since that look"})


class HeapsOut(ma.Schema):
    """The heaps that wait to be looked at, the largest first."""

    items = ma.fields.List(ma.fields.Nested(HeapOut), required=True)


class HeapLooksOut(ma.Schema):
    """The heaps that were looked at, the last look first."""

    items = ma.fields.List(ma.fields.Nested(HeapLookOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class HeapSeenIn(KeyIn):
    """A heap was looked at. `scan_id` is the newest scan that was seen of it: it comes back with the next one."""

    what = ma.fields.String(required=True, validate=ma.validate.OneOf(list(SORTS)))
    scan_id = ma.fields.UUID(required=True)
    reason = text(LONGEST_REASON, required=True)


class HeapSeenOut(ma.Schema):
    """The heap was put away."""

    outcome = ma.fields.String(required=True)
    heap_id = ma.fields.UUID(required=True)


@api.route("/refused", methods=["GET"])
@api.arguments(RefusedIn, location="query")
@api.response(200, RefusedListOut)
@requires("member.read")
def get_refused(wish: dict[str, Any]) -> dict[str, Any]:
    """Scans that were refused, the newest first."""
    cursor, limit = wish.pop("cursor"), wish.pop("limit")
    since = clock.now() - timedelta(days=settings().refused_scan_days)
    page = refused_scans.lines(Wanted(since, **wish), cursor=cursor, limit=limit)
    words = scan_pages.told(list(page.items))
    return {"items": [_line(words[each.id]) for each in page.items], "next": page.next}


@api.route("/heaps", methods=["GET"])
@api.arguments(HeapsIn, location="query")
@api.response(200, HeapsOut)
@requires("member.read")
def get_heaps(_wish: dict[str, Any]) -> dict[str, Any]:
    """Heaps of refused scans that wait for somebody to look."""
    found = heaps.waiting()
    words = scan_pages.told([each.newest for each in found])
    return {"items": [_heap(each, words) for each in found]}


@api.route("/heaps/seen", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, HeapLooksOut)
@requires("member.read")
def get_heaps_seen(wish: dict[str, Any]) -> dict[str, Any]:
    """Heaps that somebody has looked at, and why they could be put away."""
    page = refused_heaps.looked_at(**wish)
    words = scan_pages.told([line for _look, line in page.items if line is not None])
    return {
        "items": [_look(look, words.get(line.id) if line else None) for look, line in page.items],
        "next": page.next,
    }


@api.route("/heaps/seen", methods=["POST"])
@api.arguments(HeapSeenIn)
@api.response(201, HeapSeenOut)
@api.alt_response(200, schema=HeapSeenOut, description=AGAIN)
@requires("scan.judge")
def post_heap_seen(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Say that a heap was looked at, and why it can be put away."""
    return answered(heaps.see_heap(current_actor(), **payload))


def _line(told: Told) -> dict[str, Any]:
    line, member = told.line, told.member
    return {
        "id": line.id,
        "at": line.at,
        "reason": line.reason,
        "told": told.what,
        "kind": line.kind,
        "place": told.place.name if told.place else None,
        "member_id": line.member_id,
        "member_name": member.name if member else None,
        "member_number": member.number if member else None,
        "by_device": told.by_device,
    }


def _heap(heap: Heap, words: dict[UUID, Told]) -> dict[str, Any]:
    return {
        "what": heap.what,
        "count": heap.count,
        "people": heap.people,
        "newest": _line(words[heap.newest.id]),
        "look": _look(heap.look, None) if heap.look else None,
        "further": heap.further,
    }


def _look(look: Look, told: Told | None) -> dict[str, Any]:
    return {
        "heap_id": look.id,
        "what": look.what,
        "count": look.times,
        "people": look.people,
        "seen_at": look.seen_at,
        "seen_by": look.seen_by,
        "reason": look.reason,
        "newest": _line(told) if told else None,
    }
