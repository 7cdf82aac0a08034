"""Activities, attendance and campaigns for programs."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_smorest import Blueprint

import activities.service
from activities import queries
from activities.queries import Sums
from activities.rules import ActivityWish, Counters
from activities.schemas import (
    ActivitiesIn,
    ActivitiesOut,
    ActivityChangeIn,
    ActivityClosingIn,
    ActivityCodeOut,
    ActivityIn,
    ActivityOut,
    AddIn,
    AttendanceListOut,
    CampaignIn,
    CampaignMadeOut,
    CampaignsOut,
    ClosingOut,
    DoneOut,
    OwnAttendancesOut,
    ReasonIn,
    TotalsIn,
    TotalsOut,
)
from core import clock, codes, qr
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.codes import Kind
from core.config import settings
from core.errors import Unauthenticated
from core.fields import KeyIn, PageIn

api = Blueprint("activities", __name__, url_prefix="/api/v1", description="Activities and who came")
_ONE = "/activities/<int(max=999999999):number>"


@api.route("/activities", methods=["GET"])
@api.arguments(ActivitiesIn, location="query")
@api.response(200, ActivitiesOut)
@requires("activity.attend")
def get_activities(query: dict[str, Any]) -> Any:
    """Activities to come (the next first), over and not closed yet, closed, or called off."""
    return queries.activities(query.pop("list"), **query)


@api.route("/activities", methods=["POST"])
@api.arguments(ActivityIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.manage")
def post_activity(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Plan an activity."""
    key = payload.pop("key")
    return answered(activities.service.make_activity(current_actor(), ActivityWish(**payload), key=key))


@api.route(_ONE, methods=["GET"])
@api.response(200, ActivityOut)
@requires("activity.attend")
def get_activity(number: int) -> Any:
    """One activity."""
    return queries.activity(number)


@api.route(_ONE, methods=["PUT"])
@api.arguments(ActivityChangeIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.manage")
def put_activity(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Change an activity that is still to be."""
    key, version = payload.pop("key"), payload.pop("version")
    return answered(
        activities.service.change_activity(
            current_actor(), number, ActivityWish(**payload), key=key, version=version
        )
    )


@api.route(f"{_ONE}/cancellation", methods=["POST"])
@api.arguments(ReasonIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.manage")
def post_cancellation(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Call an activity off; it pays nobody."""
    return answered(activities.service.cancel_activity(current_actor(), number, **payload))


@api.route(f"{_ONE}/closing", methods=["POST"])
@api.arguments(ActivityClosingIn)
@api.response(201, ClosingOut)
@api.alt_response(200, schema=ClosingOut, description=AGAIN)
@requires("activity.manage")
def post_closing(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Close an activity: keep its counters and award everybody who came."""
    key = payload.pop("key")
    return answered(
        activities.service.close_activity(current_actor(), number, key=key, counters=Counters(**payload))
    )


@api.route(f"{_ONE}/rest", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, ClosingOut)
@api.alt_response(200, schema=ClosingOut, description=AGAIN)
@requires("activity.manage")
def post_rest(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Try again for those whom the closing has refused an award."""
    return answered(activities.service.award_rest(current_actor(), number, **payload))


@api.route(f"{_ONE}/sign-up", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.attend")
def post_sign_up(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Keep a place for the reader."""
    return answered(activities.service.sign_up(current_actor(), number, **payload))


@api.route(f"{_ONE}/sign-off", methods=["POST"])
@api.arguments(KeyIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.attend")
def post_sign_off(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Give the reader's place back."""
    return answered(activities.service.sign_off(current_actor(), number, **payload))


@api.route("/activities/showing", methods=["GET"])
@api.response(200, ActivitiesOut)
@requires("activity.show")
def get_showing() -> dict[str, Any]:
    """The activities whose code counts now, for a screen at the door; at most 200."""
    return {"items": queries.showing(clock.now()), "next": None}


@api.route(f"{_ONE}/code", methods=["GET"])
@api.response(200, ActivityCodeOut)
@requires("activity.show")
def get_activity_code(number: int) -> dict[str, Any]:
    """The changing code that those who come scan: attendance is done by sending it to `/api/v1/scans`.

    Also for a device that was enrolled with `activity.show`.
    """
    code = activities.service.code_of(current_actor(), number)
    life = codes.lifetime(Kind.ACTIVITY, clock.now())
    address = codes.address(settings().base_url, code)
    return {
        "code": code.text,
        "address": address,
        "grouped": codes.grouped(code),
        "typed": codes.grouped(activities.service.typed_code_of(current_actor(), number)),
        "svg": qr.draw_svg(address, "M", _("Code of the activity")),
        "renew_at": life.renew_at,
        "valid_until": life.valid_until,
        "came": queries.activity(number).came,
    }


@api.route(f"{_ONE}/attendance", methods=["GET"])
@api.response(200, AttendanceListOut)
@requires("activity.read")
def get_attendance(number: int) -> dict[str, Any]:
    """Who came, and what each has got."""
    return {"items": queries.attendance(queries.activity(number).id), "next": None}


@api.route(f"{_ONE}/attendance", methods=["POST"])
@api.arguments(AddIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.manage")
def post_attendance(payload: dict[str, Any], number: int) -> tuple[dict[str, Any], int]:
    """Put somebody on the list by hand."""
    text = payload.pop("code")
    code = codes.parse(text, settings().base_url) if text else None
    return answered(activities.service.add_by_hand(current_actor(), number, code=code, **payload))


@api.route(f"{_ONE}/attendance/<uuid:member_id>/removal", methods=["POST"])
@api.arguments(ReasonIn)
@api.response(201, DoneOut)
@api.alt_response(200, schema=DoneOut, description=AGAIN)
@requires("activity.manage")
def post_removal(payload: dict[str, Any], number: int, member_id: UUID) -> tuple[dict[str, Any], int]:
    """Take somebody off the list before the closing."""
    return answered(activities.service.take_off(current_actor(), number, member_id=member_id, **payload))


@api.route("/me/activities", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, OwnAttendancesOut)
@requires("activity.attend")
def get_own_attendance(query: dict[str, Any]) -> Any:
    """What the reader has attended."""
    actor = current_actor()
    if actor.kind != "member" or actor.member_id is None:
        raise Unauthenticated
    return queries.attended(actor.member_id, **query)


@api.route("/campaigns", methods=["GET"])
@api.response(200, CampaignsOut)
@requires("activity.read")
def get_campaigns() -> dict[str, Any]:
    """All campaigns."""
    return {"items": queries.campaigns(), "next": None}


@api.route("/campaigns", methods=["POST"])
@api.arguments(CampaignIn)
@api.response(201, CampaignMadeOut)
@api.alt_response(200, schema=CampaignMadeOut, description=AGAIN)
@requires("activity.manage")
def post_campaign(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Begin a campaign."""
    return answered(activities.service.make_campaign(current_actor(), **payload))


@api.route("/campaigns/<uuid:campaign_id>", methods=["PUT"])
@api.arguments(CampaignIn)
@api.response(201, CampaignMadeOut)
@api.alt_response(200, schema=CampaignMadeOut, description=AGAIN)
@requires("activity.manage")
def put_campaign(payload: dict[str, Any], campaign_id: UUID) -> tuple[dict[str, Any], int]:
    """Change a campaign's name and days."""
    return answered(activities.service.change_campaign(current_actor(), campaign_id, **payload))


@api.route("/campaigns/totals", methods=["GET"])
@api.arguments(TotalsIn, location="query")
@api.response(200, TotalsOut)
@requires("activity.read")
def get_totals(query: dict[str, Any]) -> dict[str, Any]:
    """What closed activities have come to, per campaign and per squad."""
    found = queries.totals(*between(query["first_day"], query["last_day"]))
    return {
        "campaigns": [_sums(each, found.campaigns, sums) for each, sums in found.by_campaign().items()],
        "squads": [_sums(each, found.squads, sums) for each, sums in found.by_squad().items()],
        "total": _sums(None, {}, found.total()),
    }


def between(first_day: date | None, last_day: date | None) -> tuple[datetime | None, datetime | None]:
    """Days, both included, as a half-open interval."""
    start = clock.start_of(first_day) if first_day else None
    return start, clock.start_of(last_day + timedelta(days=1)) if last_day else None


def _sums(each: UUID | None, names: dict[UUID, str], sums: Sums) -> dict[str, Any]:
    return {"id": each, "name": names.get(each, "") if each else "", **asdict(sums)}
