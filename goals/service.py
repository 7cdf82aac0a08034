"""The use case of goals: set one, or end it."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, receipts
from core.auth import Actor
from core.db import execute, new_id
from core.receipts import Answer
from goals import queries, rules
from goals.errors import GoalNotSet
from goals.models import Goal

SUBJECT = "goal"


def set_goal(
    actor: Actor,
    *,
    key: UUID,
    kind: str,
    aim: int | None,
    squad_id: UUID | None = None,
    valid_from: date | None = None,
) -> Answer:
    """Set a goal of the alliance, or of a squad, once per key; needs `goal.manage`, audited.

    It counts from the week or month that holds `valid_from`, by default the present one. Without an `aim` there is none
    from then on. The answer: `goal_id`, `valid_from`. Raises `GoalInvalid`, `GoalNotSet`, `SquadUnknown`.
    """
    actor.require("goal.manage")
    rules.check_kind(kind, of_squad=squad_id is not None)
    rules.check_aim(kind, aim)

    def work() -> dict[str, Any]:
        first = rules.first_day(kind, valid_from, clock.today())
        if squad_id is not None:
            members.queries.squad(squad_id)
        if aim is None and not any(
            (each.kind, each.squad_id) == (kind, squad_id) for each in queries.in_force(first)
        ):
            raise GoalNotSet
        goal_id = new_id()
        row = {"id": goal_id, "kind": kind, "squad_id": squad_id, "aim": aim, "valid_from": first}
        execute(sa.insert(Goal), row | {"set_by": actor.member_id or actor.id, "set_at": clock.now()})
        squad = {"squad": str(squad_id)} if squad_id else {}
        audit.record(
            actor, "goal.set", SUBJECT, goal_id, kind=kind, aim=aim, valid_from=first.isoformat(), **squad
        )
        return {"goal_id": str(goal_id), "valid_from": first.isoformat()}

    content = {"kind": kind, "aim": aim, "squad_id": squad_id, "valid_from": valid_from}
    return receipts.once(key, actor, "goal.set", content, work)
