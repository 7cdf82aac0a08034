"""What comes in and goes out about activities. Unknown fields are refused."""

from typing import Any

import marshmallow as ma

from activities import rules
from activities.queries import LISTS
from core.fields import Day, KeyIn, PageIn, WholeNumber, text

_COUNT = ma.validate.Range(0, rules.LARGEST_COUNT)


class ActivityOut(ma.Schema):
    """An activity as members read it. Times are UTC; `most` is the limit of sign-ups, null for none."""

    number = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.KINDS))
    title = ma.fields.String(required=True)
    place = ma.fields.String(required=True)
    words = ma.fields.String(required=True)
    squad_id = ma.fields.UUID(required=True, allow_none=True)
    squad = ma.fields.String(required=True)
    campaign_id = ma.fields.UUID(required=True, allow_none=True)
    campaign = ma.fields.String(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)
    most = ma.fields.Integer(required=True, allow_none=True)
    rule_code = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.STATES))
    reason = ma.fields.String(required=True, metadata={"description": "why it was called off"})
    leaflets = ma.fields.Integer(required=True)
    reached = ma.fields.Integer(required=True)
    hazards = ma.fields.Integer(required=True)
    version = ma.fields.Integer(required=True)
    signed_up = ma.fields.Integer(required=True)
    came = ma.fields.Integer(required=True)


class ActivitiesIn(PageIn):
    """Which activities are wanted."""

    list = ma.fields.String(load_default="coming", validate=ma.validate.OneOf(LISTS))
    campaign_id = ma.fields.UUID(load_default=None)


class ActivitiesOut(ma.Schema):
    """A page of activities."""

    items = ma.fields.List(ma.fields.Nested(ActivityOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class _PlanIn(KeyIn):
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.KINDS))
    title = text(rules.LONGEST_NAME, required=True)
    place = text(rules.LONGEST_PLACE, required=True)
    words = text(rules.LONGEST_WORDS, load_default="")
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)
    rule_code = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    campaign_id = ma.fields.UUID(load_default=None, allow_none=True)
    most = WholeNumber(load_default=None, allow_none=True, validate=ma.validate.Range(1, rules.MOST_PEOPLE))


class ActivityIn(_PlanIn):
    """An activity to be planned."""


class ActivityChangeIn(_PlanIn):
    """An activity as it is to be; `version` is the one that was looked at."""

    version = WholeNumber(required=True, validate=ma.validate.Range(1, 2**31 - 1))


class DoneOut(ma.Schema):
    """What a request has done with an activity."""

    outcome = ma.fields.String(required=True)
    number = ma.fields.Integer(required=True)
    signed_up = ma.fields.Integer(metadata={"description": "heads, after signing up or off"})
    member_id = ma.fields.UUID(metadata={"description": "who was put on the list or taken off"})


class ReasonIn(KeyIn):
    """Why: members can read it."""

    reason = text(rules.LONGEST_REASON, required=True)


class ActivityClosingIn(KeyIn):
    """What came of the activity."""

    leaflets = WholeNumber(load_default=0, validate=_COUNT)
    reached = WholeNumber(load_default=0, validate=_COUNT)
    hazards = WholeNumber(load_default=0, validate=_COUNT)


class ClosingOut(ma.Schema):
    """How many of those who came were awarded, wait for a second coordinator, or were refused (the list says why).

    `merged`: how many came under a membership that was made one with another since, and count for the one that remains.
    """

    outcome = ma.fields.String(required=True)
    number = ma.fields.Integer(required=True)
    paid = ma.fields.Integer(required=True)
    requested = ma.fields.Integer(required=True)
    refused = ma.fields.Integer(required=True)
    merged = ma.fields.Integer(dump_default=0)


class AddIn(KeyIn):
    """Who came and could not scan: by id, or by what is on his card or phone."""

    member_id = ma.fields.UUID(load_default=None, allow_none=True)
    code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(1, 300))


class AttendanceOut(ma.Schema):
    """One who came. `outcome` is empty before the closing, then paid, requested or refused (`refusal` is the code)."""

    member_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    number = ma.fields.Integer(required=True)
    squad = ma.fields.String(required=True)
    came_at = ma.fields.AwareDateTime(required=True)
    how = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.WAYS))
    typed = ma.fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "typed the code, not scanned; null: not known"},
    )
    at_once = ma.fields.Boolean(
        required=True, metadata={"description": "typed it within seconds of several others"}
    )
    one_device = ma.fields.Boolean(
        required=True, metadata={"description": "with a phone with which others came in, too"}
    )
    added_by = ma.fields.UUID(required=True, allow_none=True)
    merged_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "registered twice: came as this membership (of one taken off: counted with it)"
        },
    )
    removed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    removed_by = ma.fields.UUID(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.OUTCOMES))
    points = ma.fields.Integer(required=True)
    transfer_id = ma.fields.UUID(required=True, allow_none=True)
    request_id = ma.fields.UUID(required=True, allow_none=True)
    refusal = ma.fields.String(required=True)


class AttendanceListOut(ma.Schema):
    """Everybody who came, the last first; those who were taken off among them."""

    items = ma.fields.List(ma.fields.Nested(AttendanceOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OwnAttendanceOut(ma.Schema):
    """An activity that the reader has attended."""

    number = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    place = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True)
    state = ma.fields.String(required=True)
    how = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    service_minutes = ma.fields.Integer(required=True)
    transfer_id = ma.fields.UUID(required=True, allow_none=True)


class OwnAttendancesOut(ma.Schema):
    """What the reader has attended, newest first."""

    items = ma.fields.List(ma.fields.Nested(OwnAttendanceOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ActivityCodeOut(ma.Schema):
    """The changing code for the wall: drawn, as an address, in groups for reading out, and when the next is due."""

    code = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    grouped = ma.fields.String(required=True)
    typed = ma.fields.String(required=True, metadata={"description": "short form for whoever cannot scan"})
    svg = ma.fields.String(required=True)
    renew_at = ma.fields.AwareDateTime(required=True)
    valid_until = ma.fields.AwareDateTime(required=True)
    came = ma.fields.Integer(required=True)


class CampaignIn(KeyIn):
    """A campaign; `last_day` null for an open end."""

    name = text(rules.LONGEST_NAME, required=True)
    first_day = Day(required=True)
    last_day = Day(load_default=None, allow_none=True)


class CampaignMadeOut(ma.Schema):
    """The campaign that was begun or changed."""

    campaign_id = ma.fields.UUID(required=True)


class CampaignOut(ma.Schema):
    """A campaign."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    first_day = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True, allow_none=True)


class CampaignsOut(ma.Schema):
    """All campaigns, the newest first."""

    items = ma.fields.List(ma.fields.Nested(CampaignOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class TotalsIn(ma.Schema):
    """Of which days activities are added up, both included; without them all."""

    first_day = Day(load_default=None)
    last_day = Day(load_default=None)

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_more: Any) -> None:
        if data["first_day"] and data["last_day"] and data["last_day"] < data["first_day"]:
            raise ma.ValidationError("The last day lies before the first.", "last_day")


class SumsOut(ma.Schema):
    """What closed activities have come to; `id` and `name` are those of the squad or campaign, null for none."""

    id = ma.fields.UUID(required=True, allow_none=True)
    name = ma.fields.String(required=True)
    activities = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True, metadata={"description": "everybody each time he came"})
    leaflets = ma.fields.Integer(required=True)
    reached = ma.fields.Integer(required=True)
    hazards = ma.fields.Integer(required=True)


class TotalsOut(ma.Schema):
    """Per campaign, per squad, and all together."""

    campaigns = ma.fields.List(ma.fields.Nested(SumsOut), required=True)
    squads = ma.fields.List(ma.fields.Nested(SumsOut), required=True)
    total = ma.fields.Nested(SumsOut, required=True)
