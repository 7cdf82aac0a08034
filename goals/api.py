"""Goals for programs."""

from typing import Any

from flask_smorest import Blueprint

import goals.service
from core import clock
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.fields import PageIn
from goals import queries
from goals.schemas import GoalHistoryOut, GoalIn, GoalSetOut, GoalsOut

api = Blueprint("goals", __name__, url_prefix="/api/v1", description="Goals of the alliance and of squads")


@api.route("/goals", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, GoalsOut)
@requires("goal.read")
def get_goals(query: dict[str, Any]) -> dict[str, Any]:
    """The goals of today, and how far each has been reached."""
    today = clock.today()
    page = queries.of_squads(today, **query)
    return {"alliance": queries.of_alliance(today), "items": page.items, "next": page.next}


@api.route("/goals", methods=["POST"])
@api.arguments(GoalIn)
@api.response(201, GoalSetOut)
@api.alt_response(200, schema=GoalSetOut, description=AGAIN)
@requires("goal.manage")
def post_goal(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Set a goal, or end it."""
    return answered(goals.service.set_goal(current_actor(), **payload))


@api.route("/goals/history", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, GoalHistoryOut)
@requires("goal.read")
def get_goal_history(query: dict[str, Any]) -> Any:
    """All that was ever set, and by whom."""
    return queries.history(**query)
