"""Members say that they mean to come, or that they do not after all."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from activities.errors import ActivityFull, SignUpOver
from activities.models import SignUp
from activities.service import records
from core import clock, receipts
from core.auth import Actor
from core.db import execute, insert
from core.receipts import Answer


def sign_up(actor: Actor, number: int, *, key: UUID) -> Answer:
    """Keep a place for the member who acts, once per key; who is signed up already stays so. Needs `activity.attend`.

    Raises `AttenderNeeded`, `ActivityUnknown`, `ActivityCancelled`, `ActivityClosed`, `SignUpOver`, `ActivityFull`, and
    what `members` says about members who may not act.
    """
    actor.require("activity.attend")
    member_id = records.himself(actor)

    def work() -> dict[str, Any]:
        members.queries.require_active(members.queries.facts(member_id))
        found = _open(number)
        count = int(execute(_count(found.id)).scalar_one())
        mine = (SignUp.activity_id == found.id) & (SignUp.member_id == member_id)
        if execute(sa.select(SignUp.at).where(mine)).first() is None:
            if found.most is not None and count >= found.most:
                raise ActivityFull(activity=found.title, most=found.most)
            row = {"activity_id": found.id, "member_id": member_id, "at": clock.now()}
            execute(insert(SignUp).on_conflict_do_nothing(), row)
            count += 1
        return {"outcome": "signed_up", "number": number, "signed_up": count}

    return receipts.once(key, actor, "activity.sign_up", {"number": number}, work)


def sign_off(actor: Actor, number: int, *, key: UUID) -> Answer:
    """Give the place of the member who acts back, once per key; who was not signed up hears the same.

    Raises as `sign_up` does, but for the last three.
    """
    actor.require("activity.attend")
    member_id = records.himself(actor)

    def work() -> dict[str, Any]:
        found = _open(number)
        mine = (SignUp.activity_id == found.id) & (SignUp.member_id == member_id)
        execute(sa.delete(SignUp).where(mine))
        count = int(execute(_count(found.id)).scalar_one())
        return {"outcome": "signed_off", "number": number, "signed_up": count}

    return receipts.once(key, actor, "activity.sign_off", {"number": number}, work)


def _open(number: int) -> Any:
    """The activity, locked so that two do not take its last place."""
    found = records.planned(number)
    if found.ends_at <= clock.now():
        raise SignUpOver(activity=found.title)
    return found


def _count(activity_id: UUID) -> Any:
    return sa.select(sa.func.count()).select_from(SignUp).where(SignUp.activity_id == activity_id)
