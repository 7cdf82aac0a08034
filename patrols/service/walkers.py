"""Who walks: the member behind a scan, and the rounds he is in already."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import members.queries
import members.service
from core.auth import STRANGER, Actor
from core.codes import Kind
from core.scans import Scan
from members.queries import MemberFacts
from patrols.errors import MemberCodeMissing, RoundElsewhere, WalkerNeeded
from patrols.rules import visits
from patrols.rules.values import BY_TIME_OUT, COMPLETED, HELD, OPEN, STAFF_WALKER, Flag, Plan
from patrols.service import ending, records
from patrols.service.records import Recent


def who_walks(actor: Actor, scan: Scan) -> MemberFacts:
    """The member whose visit this scan is, locked against other scans of the same member.

    A member walks for himself; a gate scans for the member whose card or phone code it sends along. Raises
    `PermissionMissing`, `MemberCodeMissing`, `WalkerNeeded`, and what `members` says about codes and members who may
    not act.
    """
    actor.require("patrol.walk")
    if actor.kind == "device":
        member_id = _member_before_gate(scan)
    elif actor.member_id is not None:
        member_id = actor.member_id
    else:
        raise WalkerNeeded
    return active(member_id)


def active(member_id: UUID) -> MemberFacts:
    """The member, locked. Raises `MemberUnknown` and the refusals of members who may not act now."""
    facts = members.queries.facts(member_id, lock=True)
    members.queries.require_active(facts)
    return facts


def _member_before_gate(scan: Scan) -> UUID:
    code = scan.member_code
    if code is None or code.kind not in {Kind.CARD, Kind.PHONE}:
        raise MemberCodeMissing
    if code.kind == Kind.CARD:
        return members.service.read_card(code).id
    return members.service.read_phone_code(code, scan.received_at).id


def staff_flags(actor: Actor, walks: Iterable[MemberFacts], stored_round: UUID | None) -> list[Flag]:
    """The flag of a round in which staff walks, so that a second person looks at it; none if it has that already.

    Staff is who decides about rounds or routes, and whoever is looked after by such a person: as in judging, a
    household counts as one. `stored_round` is None for a round that is not written yet.
    """
    if not any(_is_staff(actor, each) for each in walks):
        return []
    flag = Flag(STAFF_WALKER, None)
    stored = records.stored_flags(stored_round) if stored_round else set()
    return [] if (flag.kind, flag.visit_id) in stored else [flag]


def _is_staff(actor: Actor, member: MemberFacts) -> bool:
    himself = actor.kind == "member" and actor.id == actor.member_id == member.id
    holders = [actor] if himself else [_as_signed_in(member.id)]
    if member.helper_id is not None:
        holders.append(_as_signed_in(member.helper_id))
    return any(each.may("round.manage") or each.may("route.manage") for each in holders)


def _as_signed_in(member_id: UUID) -> Actor:
    found = members.queries.signed_in(member_id, member_id)
    return STRANGER if found is None else members.queries.actor_for(found)


def phone_of(actor: Actor, scan: Scan) -> str | None:
    """The digest of the phone that scanned. A gate is meant to scan for many, so its digest says nothing."""
    return scan.device_digest if actor.kind == "member" else None


def check_cooldown(plan: Plan, recent: Sequence[Recent], at: datetime) -> None:
    """Raise `Cooldown` when the member walked this route too near to `at`."""
    for each in recent:
        if each.route_id == plan.id and each.state in {COMPLETED, HELD}:
            visits.check_cooldown(plan, each.opened_at, each.ended_at, at)


def end_overdue(actor: Actor, recent: list[Recent], at: datetime) -> None:
    """End those of the member's rounds whose time was over at `at`."""
    for each in recent:
        if each.state == OPEN and each.due_at <= at:
            walk, route_id = records.locked(each.id)
            if walk.state == OPEN:
                ending.end(actor, records.plan(route_id), walk, BY_TIME_OUT, at)


def check_free(recent: list[Recent], at: datetime) -> None:
    """Raise `RoundElsewhere` when the member has a round under way at `at`."""
    for each in recent:
        if each.state == OPEN and not each.left and each.opened_at <= at < each.due_at:
            raise RoundElsewhere(route=records.plan(each.route_id).name, round_id=str(each.id))
