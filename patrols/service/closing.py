"""Rounds that end by hand, by themselves, or by the word of a coordinator."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, receipts
from core.auth import SYSTEM, Actor
from core.db import db, transactional
from core.errors import DomainError
from core.receipts import Answer
from core.sweeps import sweep
from patrols.errors import (
    AlreadyJudged,
    AnotherRound,
    OwnRound,
    RoundNotHeld,
    RoundNotYours,
    RoundOver,
)
from patrols.models import Round
from patrols.rules import ending as rules
from patrols.rules import visits
from patrols.rules.values import (
    BY_HAND,
    BY_TIME_OUT,
    COMPLETED,
    DISMISSED,
    HELD,
    OPEN,
    Closing,
    Plan,
    Share,
    Walk,
)
from patrols.rules.wishes import clean_reason
from patrols.service import answers, ending, overlaps, records
from patrols.service.ending import Ended

#: Rounds ended in one go of `close_overdue`; what is left waits for the next one.
MOST_AT_ONCE = 5000


def end_round(actor: Actor, *, key: UUID, round_id: UUID) -> Answer:
    """End a round by hand, exactly once per key: who walks in it, a captain of its squad, or `round.manage`.

    Answers `round_completed`, `round_held` or `round_incomplete` with points, minutes and the names of missed points.
    Raises `RoundUnknown`, `RoundNotYours`, `RoundOver`.
    """
    return receipts.once(key, actor, "end_round", {"round_id": round_id}, lambda: _end(actor, round_id))


def _end(actor: Actor, round_id: UUID) -> dict[str, Any]:
    walk, route_id = records.locked(round_id)
    plan, now = records.plan(route_id), clock.now()
    walks = any(each.member_id == actor.member_id and each.left_at is None for each in walk.walkers)
    if not walks and not may_lead(actor, round_id):
        raise RoundNotYours
    if walk.state != OPEN:
        raise RoundOver(route=plan.name, round_id=str(round_id), state=walk.state)
    ended = ending.end(actor, plan, walk, BY_HAND if now < walk.due_at else BY_TIME_OUT, now)
    if not walks:
        audit.record(actor, "round_ended", "round", round_id, state=ended.closing.state)
    return answers.ended_by_hand(plan, walk, actor.member_id, ended)


def may_lead(actor: Actor, round_id: UUID) -> bool:
    """Whether the actor may see and end a round he does not walk in: a captain of its squad, or `round.manage`."""
    if actor.may("round.manage"):
        return True
    squad_id = db.session.scalar(sa.select(Round.squad_id).where(Round.id == round_id))
    return squad_id is not None and actor.member_id in members.queries.captains_of(squad_id)


def close_overdue(actor: Actor = SYSTEM) -> int:
    """End every round whose time is over, each in a transaction of its own. Returns how many were ended.

    Safe to run at any time, also twice at once: a round that somebody else ends meanwhile is left alone. One that
    cannot be ended keeps no other from its end. Raises `core.sweeps.SweepFailed` at the end when there was one.
    """
    overdue = (Round.state == OPEN) & (Round.due_at <= clock.now())
    query = sa.select(Round.id).where(overdue).order_by(Round.due_at, Round.id).limit(MOST_AT_ONCE)
    return sweep("close overdue rounds", db.session.scalars(query).all(), lambda each: _close(actor, each))


@transactional
def _close(actor: Actor, round_id: UUID) -> bool:
    walk, route_id = records.locked(round_id)
    if walk.state != OPEN or walk.due_at > clock.now():
        return False
    ending.end(actor, records.plan(route_id), walk, BY_TIME_OUT, clock.now())
    return True


def judge_round(actor: Actor, *, key: UUID, round_id: UUID, accept: bool, reason: str) -> Answer:
    """Decide about a round that looked odd, exactly once per key: accepted it pays, dismissed it does not.

    Needs `round.manage` and a second person: nobody judges a round that he or his household walked in. Raises
    `JudgementReasonMissing`, `RoundUnknown`, `OwnRound`, `RoundNotHeld`, `AlreadyJudged`; `AnotherRound` when somebody
    walked further rounds at the same time that came in since, which are then flagged and can be decided about.
    """
    actor.require("round.manage")
    content = {"round_id": round_id, "accept": accept, "reason": reason}
    cleaned = clean_reason(reason)

    def work() -> dict[str, Any]:
        return _judge(actor, round_id, accept, cleaned)

    def flag(refusal: DomainError) -> None:
        if isinstance(refusal, AnotherRound):
            others = map(UUID, refusal.data["rounds"])
            records.add_flags(round_id, list(map(overlaps.flag_of, others)), clock.now())

    return receipts.once_prepared(key, actor, "judge_round", content, lambda: work, flag)


def _judge(actor: Actor, round_id: UUID, accept: bool, reason: str) -> dict[str, Any]:
    if actor.member_id is None:
        raise OwnRound  # a judgement needs a person to answer for it
    walk, route_id = records.locked(round_id)
    _check_judge(actor.member_id, walk)
    plan = records.plan(route_id)
    ended = _accept(actor, plan, walk) if accept else _dismiss(plan, walk)
    judgement = {
        "state": ended.closing.state,
        "judged_by": actor.member_id,
        "judged_at": clock.now(),
        "judge_reason": reason,
    }
    db.session.execute(sa.update(Round).where(Round.id == round_id).values(**judgement))
    records.save_shares(round_id, ended.closing)
    paid = sum(each.points for each in ended.closing.shares.values())
    audit.record(actor, "round_judged", "round", round_id, accept=accept, reason=reason, points=paid)
    return answers.ended_by_hand(plan, walk, None, ended)


def _check_judge(member_id: UUID, walk: Walk) -> None:
    if walk.state != HELD:
        judged = db.session.scalar(sa.select(Round.judged_by).where(Round.id == walk.id))
        raise (RoundNotHeld if judged is None else AlreadyJudged)(state=walk.state)
    if members.queries.household_of(member_id) & {each.member_id for each in walk.walkers}:
        raise OwnRound


def _accept(actor: Actor, plan: Plan, walk: Walk) -> Ended:
    assert walk.ended_at is not None and walk.ended_how is not None  # noqa: S101, PT018 - a held round has ended
    if others := overlaps.unseen(plan, walk, walk.ended_at):
        raise AnotherRound(rounds=list(map(str, others)))
    shares = overlaps.without_double_minutes(
        plan, walk, walk.ended_at, [rules.share(plan, walk, each, walk.ended_at) for each in walk.walkers]
    )
    missed = visits.missed(plan, walk.visited)
    closing = Closing(
        COMPLETED, walk.ended_how, walk.ended_at, missed, {each.member_id: each for each in shares}
    )
    closing, balances = ending.pay(actor, plan, walk.id, closing, {})
    return Ended(closing, [], balances)


def _dismiss(plan: Plan, walk: Walk) -> Ended:
    assert walk.ended_at is not None and walk.ended_how is not None  # noqa: S101, PT018 - a held round has ended
    shares = {each.member_id: Share(each.member_id, DISMISSED) for each in walk.walkers}
    missed = visits.missed(plan, walk.visited)
    return Ended(Closing(DISMISSED, walk.ended_how, walk.ended_at, missed, shares), [], {})
