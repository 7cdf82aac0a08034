"""A scan of a plate: one visit of a round, perhaps its first, perhaps its last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.auth import Actor
from core.codes import digest, keyring
from core.config import settings
from core.db import new_id, transactional
from core.scans import Scan
from members.queries import MemberFacts
from patrols.errors import BeforeJoining, NotOnRoute, RoundOver
from patrols.rules import ending as ending_rules
from patrols.rules import visits
from patrols.rules.values import (
    BEGAN,
    BY_VISIT,
    OPEN,
    SHARED_DEVICE,
    TYPED_ONLY,
    UNPAID,
    Flag,
    Moment,
    Plan,
    Seen,
    Stop,
    Walk,
    Walker,
)
from patrols.service import answers, ending, records, walkers
from patrols.service.ending import Ended
from patrols.service.overlaps import Scanner
from patrols.service.records import Plate, Recent


@dataclass(frozen=True, slots=True)
class Place:
    """The round to which a scan belongs; `is_new` when it is not stored yet. `recent`: what else the member walked."""

    plan: Plan
    walk: Walk
    is_new: bool
    recent: Sequence[Recent]


@transactional
def visit_checkpoint(actor: Actor, scan: Scan) -> dict[str, Any]:
    """Enter one scan of a plate, and end the round with it when nothing is missing any more.

    Joins the transaction of the receipt. Returns codes, names and numbers for the sentence (see `answers.visited`).
    Raises the refusals of `patrols.errors`, and those of `members` for a member who may not act.
    """
    member = walkers.who_walks(actor, scan)
    moment = visits.when_it_happened(scan.scanned_at, scan.sent_at, scan.received_at)
    phone = walkers.phone_of(actor, scan)
    plate = records.plate(digest(keyring(settings()), scan.code), member.id, phone)
    place = _place(actor, scan, member, plate, moment, phone)
    stop = place.plan.stop_at(plate.stop.checkpoint_id) or plate.stop
    visits.check_visit(place.plan, place.walk, stop, moment)
    seen = Seen(scan.id, stop.checkpoint_id, member.id, moment.happened_at, phone, moment.skew_seconds)
    walk = visits.with_visit(place.plan, place.walk, seen)
    noticed = [Flag(SHARED_DEVICE, scan.id, {"members": 2})] if plate.device_used else []
    noticed += walkers.staff_flags(actor, [member], None if place.is_new else walk.id)
    ended = _end(actor, place, walk, member, noticed)
    _write(place, walk, seen, scan, member, ended)
    records.add_flags(walk.id, [*noticed, *(ended.flags if ended else [])], scan.received_at)
    if ended and ended.cleared:
        records.drop_flags(walk.id, TYPED_ONLY)
    return answers.visited(place.plan, walk, stop, moment, member.id, ended, opened=place.is_new)


def _end(actor: Actor, place: Place, walk: Walk, member: MemberFacts, noticed: list[Flag]) -> Ended | None:
    """How the round ends with this visit; None when it goes on. A round that had ended already ends anew."""
    how = BY_VISIT if ending_rules.is_all_done(place.plan, walk) else walk.ended_how
    if how is None:
        return None
    flagged = {(each.kind, each.visit_id) for each in noticed}
    if not place.is_new:
        flagged |= records.stored_flags(walk.id)
    at = walk.ended_at or walk.visits[-1].happened_at
    scanner = Scanner(member, place.recent)
    return ending.decide(actor, place.plan, walk, how, at, scanner=scanner, flagged=frozenset(flagged))


def _write(
    place: Place, walk: Walk, seen: Seen, scan: Scan, member: MemberFacts, ended: Ended | None
) -> None:
    closing = ended.closing if ended else None
    if place.is_new:
        squad_id = member.squad_id or place.plan.squad_id
        records.add_scanned_round(
            place.plan, walk, seen, scan.received_at, squad_id=squad_id, closing=closing
        )
        return
    records.add_visit(walk, seen, scan.received_at)
    records.save(place.plan, place.walk, walk, closing)


def _place(
    actor: Actor, scan: Scan, member: MemberFacts, plate: Plate, moment: Moment, phone: str | None
) -> Place:
    """Find the member's round to which the scan belongs, or begin one."""
    at, here = moment.happened_at, plate.stop
    recent = records.recent(member.id, records.look_back(plate.plans, at))
    plans = {each.id: each for each in plate.plans}
    for each in recent:
        found = _join_stored(each, plans.get(each.route_id), here, moment, recent)
        if found is not None:
            return found
    _check_under_way(recent, plans, here, moment)
    walkers.end_overdue(actor, recent, at)
    plan = visits.choose_route(
        [each for each in plate.plans if each.in_use],
        wished=scan.route_id,
        squad_id=member.squad_id,
        minute=ending.minute_of_day(at),
        where=here.name,
    )
    walkers.check_cooldown(plan, recent, at)
    due = visits.due_at(at, plan)
    walk = Walk(new_id(), OPEN, at, due, None, None, walkers=(_beginner(member, at, phone),))
    return Place(plan, walk, is_new=True, recent=recent)


def _beginner(member: MemberFacts, at: datetime, phone: str | None) -> Walker:
    return Walker(member.id, at, device_digest=phone, joined_how=BEGAN)


def _join_stored(
    each: Recent, plan: Plan | None, here: Stop, moment: Moment, recent: Sequence[Recent]
) -> Place | None:
    """The stored round, locked, when the scan belongs to it and it still takes visits.

    Who left a round was in it until then: what he scanned before and sends later still belongs to it. What he scanned
    before he joined does not: four who stand at four plates and join afterwards have not walked along.
    """
    at = moment.happened_at
    gone = each.left_at is not None and at > each.left_at
    apart = gone or visits.was_not_in_yet(each.joined_how, each.joined_at, at)
    if plan is None or apart or not visits.covers(each, plan, at):
        return None
    walk, _route_id = records.locked(each.id)
    if walk.state not in UNPAID:  # perhaps only now: a companion or a coordinator was faster
        if here.checkpoint_id in walk.visited:
            return None
        raise RoundOver(route=plan.name, round_id=str(each.id), state=walk.state)
    if at < walk.opened_at:
        if visits.is_earlier_walk(walk, here, at):
            return None
        # It begins earlier than was known: what is asked of a beginning is asked of this one, too.
        visits.check_hours(plan, ending.minute_of_day(at))
        walkers.check_cooldown(plan, [other for other in recent if other.id != each.id], at)
    return Place(plan, walk, is_new=False, recent=recent)


def _check_under_way(recent: list[Recent], plans: dict[UUID, Plan], here: Stop, moment: Moment) -> None:
    """Raise `NotOnRoute` when the member has a round under way that does not pass here.

    `BeforeJoining` when it does, but he was not in it yet.
    """
    at = moment.happened_at
    for each in recent:
        if each.state != OPEN or each.left or not each.opened_at <= at < each.due_at:
            continue
        if each.route_id not in plans:
            route = records.plan(each.route_id).name
            raise NotOnRoute(where=here.name, route=route, round_id=str(each.id))
        if visits.was_not_in_yet(each.joined_how, each.joined_at, at):
            raise BeforeJoining(where=here.name, route=plans[each.route_id].name, round_id=str(each.id))
