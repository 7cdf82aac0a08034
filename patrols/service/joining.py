"""Walking together: the captain's code, joining by it, leaving, and a round that is opened without a scan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, codes, receipts
from core.auth import Actor
from core.codes import Code
from core.config import settings
from core.db import db, new_id, transactional
from core.receipts import Answer
from core.scans import Scan
from members.queries import MemberFacts
from patrols.errors import (
    AlreadyJoined,
    RoundFull,
    RoundNotYours,
    RoundOver,
    RoundUnknown,
    RouteRetired,
    WalkerNeeded,
)
from patrols.models import Round, RoundMember
from patrols.rules import ending as ending_rules
from patrols.rules import visits
from patrols.rules.values import (
    BEGAN,
    BY_HAND,
    MOST_WALKERS,
    NAMED,
    OPEN,
    SCANNED,
    SHARED_DEVICE,
    TYPED,
    Flag,
    Plan,
    Walk,
    Walker,
)
from patrols.service import answers, ending, records, walkers


@transactional
def join_round(actor: Actor, scan: Scan) -> dict[str, Any]:
    """Join the round whose captain shows this code. The server's clock decides whether the code is still good.

    Joins the transaction of the receipt. Returns what `answers.about` says with the outcome `joined`. Raises
    `core.codes.CodeUnknown`, `CodeExpired`, `RoundOver`, `AlreadyJoined`, `RoundElsewhere`, `Cooldown`, `RoundFull`.
    """
    member = walkers.who_walks(actor, scan)
    at, phone = scan.received_at, walkers.phone_of(actor, scan)
    round_id = _round_of(_handle(scan.code, at))
    plan = check_may_join(actor, member, round_id, at)
    walk, _route_id = records.locked(round_id)
    if walk.state != OPEN or walk.due_at <= at:
        raise RoundOver(route=plan.name, round_id=str(round_id), state=walk.state)
    how = TYPED if codes.is_typed_form(scan.code) else SCANNED
    joined = add(plan, walk, Walker(member.id, at, device_digest=phone, joined_how=how))
    noticed = walkers.staff_flags(actor, [member], walk.id)
    if records.device_used(member.id, phone):
        noticed.append(Flag(SHARED_DEVICE, None, {"members": 2}))
    records.add_flags(walk.id, noticed, at)
    return {
        "outcome": "joined",
        "joined_how": how,
        "where": None,
        "happened_at": at.isoformat(),
        **answers.about(plan, joined, None),
        **answers.brought(None, None),
        **visits.progress(plan, joined, at),
    }


def _handle(code: Code, at: datetime) -> int:
    """The handle in the captain's code, as it was scanned or in its short form, as it was typed."""
    ring = codes.keyring(settings())
    if not codes.is_typed_form(code):
        return codes.read_activity_code(ring, code, at)
    under_way = sa.select(Round.handle).where(Round.state == OPEN, Round.due_at > at)
    return codes.read_typed_activity_code(ring, code, db.session.scalars(under_way), at)


def _round_of(handle: int) -> UUID:
    """The round behind a code: the newest with this handle, because handles of closed rounds may come again."""
    query = (
        sa.select(Round.id)
        .where(Round.handle == handle)
        .order_by(Round.state != OPEN, Round.id.desc())
        .limit(1)
    )
    round_id = db.session.scalar(query)
    if round_id is None:
        raise RoundUnknown
    return round_id


def check_may_join(actor: Actor, member: MemberFacts, round_id: UUID, at: datetime) -> Plan:
    """The plan of the round that the member would join. Raises `RoundElsewhere`, `Cooldown`."""
    route_id = db.session.scalars(sa.select(Round.route_id).where(Round.id == round_id)).one()
    plan = records.plan(route_id)
    others = [
        each for each in records.recent(member.id, records.look_back([plan], at)) if each.id != round_id
    ]
    walkers.check_free(others, at)
    walkers.end_overdue(actor, others, at)
    walkers.check_cooldown(plan, others, at)
    return plan


def add(plan: Plan, walk: Walk, walker: Walker) -> Walk:
    """The round with one more who walks along. Raises `AlreadyJoined`, `RoundFull`."""
    before = next((each for each in walk.walkers if each.member_id == walker.member_id), None)
    if before is not None and before.left_at is None:
        raise AlreadyJoined(route=plan.name, round_id=str(walk.id))
    if before is not None:  # who left by mistake comes back
        back = ending_rules.came_back(before, walker)
        _set_presence(walk.id, back)
        return replace(walk, walkers=tuple(back if each is before else each for each in walk.walkers))
    if sum(each.left_at is None for each in walk.walkers) >= MOST_WALKERS:
        raise RoundFull(most=MOST_WALKERS)
    records.add_walkers(walk, [walker])
    return replace(walk, walkers=(*walk.walkers, walker))


def leave_round(actor: Actor, *, key: UUID, round_id: UUID) -> Answer:
    """Leave a round that is under way, exactly once per key; it counts for the member up to now.

    The last to leave ends it. Raises `RoundUnknown`, `RoundNotYours`, `RoundOver`.
    """
    content = {"round_id": round_id}
    return receipts.once(key, actor, "leave_round", content, lambda: _leave(actor, round_id))


def _leave(actor: Actor, round_id: UUID) -> dict[str, Any]:
    walk, route_id = records.locked(round_id)
    plan, now = records.plan(route_id), clock.now()
    present = [each for each in walk.walkers if each.left_at is None]
    if all(each.member_id != actor.member_id for each in present):
        raise RoundNotYours
    if walk.state != OPEN:
        raise RoundOver(route=plan.name, round_id=str(round_id), state=walk.state)
    if len(present) == 1:
        ended = ending.end(actor, plan, walk, BY_HAND, now)
        return answers.ended_by_hand(plan, walk, actor.member_id, ended)
    (leaver,) = (each for each in present if each.member_id == actor.member_id)
    _set_presence(round_id, replace(leaver, left_at=now))
    return {"outcome": "left", **answers.about(plan, walk, None), **visits.progress(plan, walk, now)}


def _set_presence(round_id: UUID, walker: Walker) -> None:
    where = (RoundMember.round_id == round_id) & (RoundMember.member_id == walker.member_id)
    values = {"joined_at": walker.joined_at, "left_at": walker.left_at, "joined_how": walker.joined_how}
    db.session.execute(sa.update(RoundMember).where(where).values(values))


def open_round(actor: Actor, *, key: UUID, route_id: UUID, member_ids: Sequence[UUID] = ()) -> Answer:
    """Begin a round without a scan, exactly once per key, so that the captain's code can be shown at the meeting point.

    A captain or acting captain begins one for himself on a route of the own squad or of no squad; with `round.manage`
    for the members named (the desk opens a round for people without a phone). Raises `RouteUnknown`, `RouteRetired`,
    `OutsideHours`, `RoundNotYours`, `RoundElsewhere`, `Cooldown`, `RoundFull`, and what `members` says about members
    who may not act.
    """
    content = {"route_id": route_id, "member_ids": sorted(map(str, member_ids))}
    return receipts.once(key, actor, "open_round", content, lambda: _open(actor, route_id, member_ids))


def _open(actor: Actor, route_id: UUID, member_ids: Sequence[UUID]) -> dict[str, Any]:
    for_others = bool(member_ids) and list(member_ids) != [actor.member_id]
    actor.require("round.manage" if for_others else "patrol.walk")
    chosen = sorted(set(member_ids) or ({actor.member_id} if actor.member_id else ()))
    if not chosen:
        raise WalkerNeeded
    if len(chosen) > MOST_WALKERS:
        raise RoundFull(most=MOST_WALKERS)
    plan, now = records.plan(route_id), clock.now()
    if not plan.in_use:
        raise RouteRetired(route=plan.name)
    facts = [walkers.active(each) for each in chosen]
    if not for_others:
        _check_leads(actor, facts[0], plan)
    visits.check_hours(plan, ending.minute_of_day(now))
    for each in facts:
        recent = records.recent(each.id, records.look_back([plan], now))
        walkers.check_free(recent, now)
        walkers.end_overdue(actor, recent, now)
        walkers.check_cooldown(plan, recent, now)
    how = NAMED if for_others else BEGAN
    together = tuple(Walker(each.id, now, joined_how=how) for each in facts)
    walk = Walk(new_id(), OPEN, now, visits.due_at(now, plan), None, None, walkers=together)
    first = facts[0]
    records.add_round(plan, walk, opened_by=first.id, squad_id=first.squad_id or plan.squad_id, closing=None)
    records.add_flags(walk.id, walkers.staff_flags(actor, facts, None), now)
    if for_others:
        audit.record(actor, "round_opened", "round", walk.id, route=str(plan.id), walkers=len(facts))
    return {
        "outcome": "round_opened",
        "where": None,
        **answers.about(plan, walk, None),
        **visits.progress(plan, walk, now),
    }


def _check_leads(actor: Actor, member: MemberFacts, plan: Plan) -> None:
    if actor.may("round.manage"):
        return
    leads = member.squad_id is not None and member.id in members.queries.captains_of(member.squad_id)
    if not leads or plan.squad_id not in {None, member.squad_id}:
        raise RoundNotYours


def captain_code(actor: Actor, round_id: UUID) -> Code:
    """The changing code by which others join the round, as it is now: for whoever opened it and for its captains.

    Raises `RoundUnknown`, `RoundNotYours`, `RoundOver`.
    """
    return codes.activity_code(codes.keyring(settings()), led_round(actor, round_id), clock.now())


def typed_captain_code(actor: Actor, round_id: UUID) -> Code:
    """The same for whoever cannot scan: short, and good for a minute or two. Raises as `captain_code` does."""
    return codes.typed_activity_code(codes.keyring(settings()), led_round(actor, round_id), clock.now())


def led_round(actor: Actor, round_id: UUID) -> int:
    """The handle of a round under way in which the actor may say who walks along: he opened it, leads its squad or
    manages rounds. Raises `RoundUnknown`, `RoundNotYours`, `RoundOver`.
    """
    columns = (Round.handle, Round.state, Round.opened_by, Round.squad_id, Round.due_at)
    row = db.session.execute(sa.select(*columns).where(Round.id == round_id)).one_or_none()
    if row is None:
        raise RoundUnknown
    leads = actor.member_id == row.opened_by or (
        row.squad_id is not None and actor.member_id in members.queries.captains_of(row.squad_id)
    )
    if not leads and not actor.may("round.manage"):
        raise RoundNotYours
    now = clock.now()
    if row.state != OPEN or row.due_at <= now:
        raise RoundOver(round_id=str(round_id), state=row.state)
    handle: int = row.handle
    return handle
