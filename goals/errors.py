"""Refusals of goals: each a class with a stable code. Words are in `alliance/messages/goals.py`."""

from core.errors import Conflict, Invalid


class GoalInvalid(Invalid):
    """Something cannot be a goal. Data: `field`, `reason` (unknown, whole_only, range, past, too_far), `most`."""

    code = "goal_invalid"


class GoalNotSet(Conflict):
    """There is no goal of this kind at that time that could end."""

    code = "goal_not_set"
