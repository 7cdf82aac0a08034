"""Goals, as programs set and get them."""

import marshmallow as ma

from core.fields import Day, KeyIn, WholeNumber
from goals import rules

_KIND = ma.validate.OneOf(rules.KINDS)


class GoalIn(KeyIn):
    """A goal to be set: of a squad, or without one of the whole alliance."""

    kind = ma.fields.String(required=True, validate=ma.validate.Length(max=20))
    aim = WholeNumber(
        required=True,
        allow_none=True,
        metadata={"description": "so many, or percent; null: no goal any more"},
    )
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    valid_from = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "any day of the first week or month; without one: the present"},
    )


class GoalSetOut(ma.Schema):
    """The goal that was set, and the first day of the week or month from which it counts."""

    goal_id = ma.fields.UUID(required=True)
    valid_from = ma.fields.String(required=True, metadata={"format": "date"})


class GoalProgressOut(ma.Schema):
    """How far a goal has been reached in the week or month from `first` up to, not including, `after`."""

    id = ma.fields.UUID(required=True, attribute="goal.id")
    kind = ma.fields.String(required=True, validate=_KIND, attribute="goal.kind")
    squad_id = ma.fields.UUID(required=True, allow_none=True, attribute="goal.squad_id")
    squad_name = ma.fields.String(required=True, metadata={"description": "empty for the whole alliance"})
    aim = ma.fields.Integer(required=True)
    percent = ma.fields.Boolean(required=True, attribute="goal.percent")
    done = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "null for a share of nothing"}
    )
    reached = ma.fields.Boolean(required=True)
    valid_from = ma.fields.Date(required=True, attribute="goal.valid_from")
    first = ma.fields.Date(required=True)
    after = ma.fields.Date(required=True)


class GoalsOut(ma.Schema):
    """The goals of the whole alliance, and a page of those of its squads by the squad's name."""

    alliance = ma.fields.List(ma.fields.Nested(GoalProgressOut), required=True)
    items = ma.fields.List(ma.fields.Nested(GoalProgressOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class GoalLineOut(ma.Schema):
    """What was set: `aim` null ended the goal before."""

    id = ma.fields.UUID(required=True, attribute="goal.id")
    kind = ma.fields.String(required=True, validate=_KIND, attribute="goal.kind")
    squad_id = ma.fields.UUID(required=True, allow_none=True, attribute="goal.squad_id")
    squad_name = ma.fields.String(required=True)
    aim = ma.fields.Integer(required=True, allow_none=True, attribute="goal.aim")
    valid_from = ma.fields.Date(required=True, attribute="goal.valid_from")
    set_by = ma.fields.UUID(required=True, attribute="goal.set_by")
    set_at = ma.fields.AwareDateTime(required=True, attribute="goal.set_at")


class GoalHistoryOut(ma.Schema):
    """A page of what was set, the latest first."""

    items = ma.fields.List(ma.fields.Nested(GoalLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
