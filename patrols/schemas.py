"""What programs send and get about checkpoints, routes and rounds."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, YesOrNo, number, text
from patrols.rules.values import (
    FLAGS,
    IN_USE,
    LONGEST_COOLDOWN_MINUTES,
    LONGEST_HINT,
    LONGEST_NAME,
    LONGEST_REASON,
    LONGEST_TIME_OUT_MINUTES,
    MOST_STOPS,
    MOST_WALKERS,
    OUTCOMES,
    RETIRED,
    STATES,
    WAYS_IN,
)

_HOUR = ma.validate.Regexp(r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")


def _one_of(values: tuple[str, ...]) -> ma.validate.OneOf:
    return ma.validate.OneOf(values)


def _joined_how() -> ma.fields.String:
    told = (
        "began the round, scanned the captain's code, typed its short form, or was named by the captain or the desk; "
        "null for rounds of the past"
    )
    return ma.fields.String(
        required=True, allow_none=True, validate=_one_of(WAYS_IN), metadata={"description": told}
    )


class InUseIn(ma.Schema):
    """Whether something is in use."""

    in_use = YesOrNo(required=True)


# ------------------------------------------------------------------------------------------ checkpoints


class CheckpointChangeIn(ma.Schema):
    """A checkpoint as it should be. Coordinates are whole numbers: degrees × 1,000,000, WGS 84."""

    name = text(LONGEST_NAME, required=True)
    hint = text(LONGEST_HINT, load_default="", metadata={"description": "where exactly the plate hangs"})
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    latitude_e6 = number(-90_000_000, 90_000_000, load_default=None, allow_none=True)
    longitude_e6 = number(-180_000_000, 180_000_000, load_default=None, allow_none=True)


class CheckpointIn(CheckpointChangeIn, KeyIn):
    """A new checkpoint."""


class CheckpointCreatedOut(ma.Schema):
    """The new checkpoint's id."""

    checkpoint_id = ma.fields.UUID(required=True)


class CheckpointOut(ma.Schema):
    """A checkpoint; `generation` counts its plates, `routes` are the names of the routes in use that pass it."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    hint = ma.fields.String(required=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    latitude_e6 = ma.fields.Integer(required=True, allow_none=True)
    longitude_e6 = ma.fields.Integer(required=True, allow_none=True)
    generation = ma.fields.Integer(required=True)
    status = ma.fields.String(required=True, validate=_one_of((IN_USE, RETIRED)))
    routes = ma.fields.List(ma.fields.String(), required=True)


class CheckpointsIn(PageIn):
    """Which checkpoints or routes."""

    retired = ma.fields.Boolean(load_default=False, metadata={"description": "also those out of use"})


class CheckpointsOut(ma.Schema):
    """Checkpoints by number."""

    items = ma.fields.List(ma.fields.Nested(CheckpointOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NewPlateIn(ma.Schema):
    """Which plate is to be replaced."""

    generation = number(1, 2**31 - 1, required=True, metadata={"description": "as read with the plate"})


class PlateOut(ma.Schema):
    """What stands on the plate: the address in the QR code, the drawn code, and the letters below it."""

    checkpoint_id = ma.fields.UUID(required=True)
    generation = ma.fields.Integer(required=True)
    address = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    svg = ma.fields.String(required=True)


# ------------------------------------------------------------------------------------------ routes


class RouteChangeIn(ma.Schema):
    """A route as it should be. Without `minimum_points` all points are needed; hours are "HH:MM" or both null."""

    name = text(LONGEST_NAME, required=True)
    checkpoint_ids = ma.fields.List(
        ma.fields.UUID(), required=True, validate=ma.validate.Length(max=MOST_STOPS)
    )
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    ordered = YesOrNo(load_default=False)
    minimum_points = number(1, MOST_STOPS, load_default=None, allow_none=True)
    minimum_minutes = number(0, LONGEST_TIME_OUT_MINUTES, load_default=0)
    cooldown_minutes = number(0, LONGEST_COOLDOWN_MINUTES, load_default=60)
    opens_at = ma.fields.String(load_default=None, allow_none=True, validate=_HOUR)
    closes_at = ma.fields.String(load_default=None, allow_none=True, validate=_HOUR)
    time_out_minutes = number(1, LONGEST_TIME_OUT_MINUTES, load_default=240)
    rule_code = ma.fields.String(load_default="patrol", validate=ma.validate.Length(min=1, max=40))


class RouteIn(RouteChangeIn, KeyIn):
    """A new route."""


class RouteCreatedOut(ma.Schema):
    """The new route's id."""

    route_id = ma.fields.UUID(required=True)


class RouteOut(ma.Schema):
    """A route with its checkpoints in order."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    squad_id = ma.fields.UUID(required=True, allow_none=True)
    ordered = ma.fields.Boolean(required=True)
    minimum_points = ma.fields.Integer(required=True)
    minimum_minutes = ma.fields.Integer(required=True)
    cooldown_minutes = ma.fields.Integer(required=True)
    opens_at = ma.fields.String(required=True, allow_none=True)
    closes_at = ma.fields.String(required=True, allow_none=True)
    time_out_minutes = ma.fields.Integer(required=True)
    rule_code = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=_one_of((IN_USE, RETIRED)))
    checkpoints = ma.fields.List(ma.fields.Nested(CheckpointOut), required=True)


class RoutesOut(ma.Schema):
    """Routes by name."""

    items = ma.fields.List(ma.fields.Nested(RouteOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


# ------------------------------------------------------------------------------------------ rounds


class RoundsIn(PageIn):
    """Which rounds: of today, under way, open too long, waiting for a judge, or all."""

    list = ma.fields.String(
        load_default="today", validate=_one_of(("today", "open", "overdue", "held", "all"))
    )
    squad_id = ma.fields.UUID(
        load_default=None, metadata={"description": "a captain may ask for the own squad's"}
    )


class RoundIn(KeyIn):
    """A round to be opened without a scan. Members are named only by the desk; a captain opens one for himself."""

    route_id = ma.fields.UUID(required=True)
    member_ids = ma.fields.List(
        ma.fields.UUID(), load_default=list, validate=ma.validate.Length(max=MOST_WALKERS)
    )


class CompanionIn(KeyIn):
    """Somebody without a phone who walks along: his card's code, or his number and his whole name."""

    number = ma.fields.String(load_default="", validate=ma.validate.Length(max=40))
    name = ma.fields.String(load_default="", validate=ma.validate.Length(max=240))
    card = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=200))


class RoundLineOut(ma.Schema):
    """A round in a list."""

    id = ma.fields.UUID(required=True)
    route_id = ma.fields.UUID(required=True)
    route = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=_one_of(STATES))
    squad_id = ma.fields.UUID(required=True, allow_none=True)
    opened_by = ma.fields.UUID(required=True)
    leader = ma.fields.String(required=True)
    opened_at = ma.fields.AwareDateTime(required=True)
    due_at = ma.fields.AwareDateTime(required=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    visited = ma.fields.Integer(required=True)
    total = ma.fields.Integer(required=True)
    walkers = ma.fields.Integer(required=True)
    minutes = ma.fields.Integer(required=True)
    overdue = ma.fields.Boolean(required=True)
    flags = ma.fields.List(ma.fields.String(validate=_one_of(FLAGS)), required=True)


class RoundsOut(ma.Schema):
    """Rounds, the newest first."""

    items = ma.fields.List(ma.fields.Nested(RoundLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OwnRoundOut(ma.Schema):
    """A round in the member's own list, with what it brought."""

    line = ma.fields.Nested(RoundLineOut, required=True)
    points = ma.fields.Integer(required=True)
    service_minutes = ma.fields.Integer(required=True)
    outcome = ma.fields.String(required=True, allow_none=True, validate=_one_of(OUTCOMES))
    joined_how = _joined_how()


class OwnRoundsOut(ma.Schema):
    """The member's rounds, the newest first."""

    items = ma.fields.List(ma.fields.Nested(OwnRoundOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class StopOut(ma.Schema):
    """A point of the round."""

    position = ma.fields.Integer(required=True)
    checkpoint_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    hint = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=_one_of(("done", "next", "open", "missed")))
    visited_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    visited_by = ma.fields.String(required=True, allow_none=True)
    arrived_late = ma.fields.Boolean(
        required=True, metadata={"description": "the scan waited in the phone before it arrived"}
    )


class WalkerOut(ma.Schema):
    """One who walks along."""

    member_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    joined_at = ma.fields.AwareDateTime(required=True)
    left_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    points = ma.fields.Integer(required=True)
    service_minutes = ma.fields.Integer(required=True)
    outcome = ma.fields.String(required=True, allow_none=True, validate=_one_of(OUTCOMES))
    joined_how = _joined_how()
    scanned = ma.fields.Integer(
        required=True, metadata={"description": "how many of the round's points he scanned himself"}
    )


class OtherRoundOut(ma.Schema):
    """A round at the same time as this one, or too soon before or after it, and who walked in both."""

    id = ma.fields.UUID(required=True)
    route = ma.fields.String(required=True)
    opened_at = ma.fields.AwareDateTime(required=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    names = ma.fields.List(ma.fields.String(), required=True)


class FlagOut(ma.Schema):
    """Something odd that waits for a person."""

    kind = ma.fields.String(required=True, validate=_one_of(FLAGS))
    where = ma.fields.String(required=True, allow_none=True)
    data = ma.fields.Dict(keys=ma.fields.String(), required=True)
    other = ma.fields.Nested(
        OtherRoundOut,
        required=True,
        allow_none=True,
        metadata={"description": "with `two_rounds`, for the desk and the squad's captains"},
    )


class RoundOut(ma.Schema):
    """A whole round, and what this reader may do with it."""

    line = ma.fields.Nested(RoundLineOut, required=True)
    minutes_needed = ma.fields.Integer(required=True)
    points_needed = ma.fields.Integer(required=True)
    ordered = ma.fields.Boolean(required=True)
    ended_how = ma.fields.String(required=True, allow_none=True)
    stops = ma.fields.List(ma.fields.Nested(StopOut), required=True)
    walkers = ma.fields.List(ma.fields.Nested(WalkerOut), required=True)
    flags = ma.fields.List(ma.fields.Nested(FlagOut), required=True)
    missed = ma.fields.List(ma.fields.String(), required=True)
    judged_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    judge = ma.fields.String(required=True, allow_none=True)
    judge_reason = ma.fields.String(required=True, allow_none=True)
    walks = ma.fields.Boolean(required=True)
    leads = ma.fields.Boolean(required=True)
    may_end = ma.fields.Boolean(required=True)
    may_judge = ma.fields.Boolean(required=True)


class MyRoundOut(ma.Schema):
    """The round that the member is walking, null when there is none."""

    round = ma.fields.Nested(RoundOut, required=True, allow_none=True)


class RoundAnswerOut(ma.Schema):
    """What opening, leaving, ending or judging a round has done. Points and minutes are the reader's own."""

    outcome = ma.fields.String(required=True)
    round_id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, validate=_one_of(STATES))
    route = ma.fields.String(required=True)
    route_id = ma.fields.UUID(required=True)
    companions = ma.fields.Integer(required=True)
    visited = ma.fields.Integer(required=True)
    total = ma.fields.Integer(required=True)
    minutes = ma.fields.Integer(required=True)
    minutes_needed = ma.fields.Integer(required=True)
    missing = ma.fields.List(ma.fields.String(), required=True)
    next_point = ma.fields.String(allow_none=True)
    points = ma.fields.Integer(allow_none=True)
    balance = ma.fields.Integer(allow_none=True)
    service_minutes = ma.fields.Integer(allow_none=True)
    without_points = ma.fields.String(allow_none=True)


class JudgementIn(KeyIn):
    """What a coordinator decides about a round that looked odd, and why."""

    accept = YesOrNo(required=True)
    reason = text(LONGEST_REASON, required=True)


class CaptainCodeOut(ma.Schema):
    """The captain's changing code: drawn, as an address, in groups for reading out, and when the next one is due."""

    code = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    grouped = ma.fields.String(required=True)
    typed = ma.fields.String(required=True, metadata={"description": "short form for whoever cannot scan"})
    svg = ma.fields.String(required=True)
    renew_at = ma.fields.AwareDateTime(required=True)
    valid_until = ma.fields.AwareDateTime(required=True)
