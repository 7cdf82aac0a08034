"""Somebody without a phone walks along: the captain or the desk adds him to the round under way."""

from typing import Any
from uuid import UUID

import members.queries
import members.service
from core import audit, clock, receipts
from core.auth import Actor
from core.codes import Code
from core.receipts import Answer
from members.queries import MemberFacts
from patrols.errors import CompanionNotFound, RoundOver
from patrols.rules import visits
from patrols.rules.values import NAMED, OPEN, SHARED_DEVICE, Flag, Walker
from patrols.service import answers, joining, records, walkers


def add_companion(
    actor: Actor, *, key: UUID, round_id: UUID, number: str = "", name: str = "", card: Code | None = None
) -> Answer:
    """Add a member to a round under way, exactly once per key: by his card, or by his number and his name.

    For whoever opened the round, its captains and the desk. Number and name have to fit together: a number misheard
    must not let somebody else walk, and numbers must not tell names. What a captain adds by his own phone is flagged as
    one phone for several members, so a second person looks at the round; the desk stands in the audit log. Raises
    `CompanionNotFound`, `RoundUnknown`, `RoundNotYours`, `RoundOver`, `AlreadyJoined`, `RoundElsewhere`, `Cooldown`,
    `RoundFull`, and what `members` says about cards and about members who may not act.
    """
    actor.require("patrol.walk")
    content = {"round_id": round_id, "number": number, "name": name, "card": card.text if card else None}

    def work() -> dict[str, Any]:
        joining.led_round(actor, round_id)
        found = members.service.read_card(card) if card else _named(number, name)
        return _add(actor, round_id, walkers.active(found.id))

    return receipts.once(key, actor, "add_companion", content, work)


def _named(number: str, name: str) -> MemberFacts:
    found = members.queries.facts_by_number_and_name(number, name)
    if found is None:
        raise CompanionNotFound(field="number")
    return found


def _add(actor: Actor, round_id: UUID, member: MemberFacts) -> dict[str, Any]:
    at = clock.now()
    plan = joining.check_may_join(actor, member, round_id, at)
    walk, _route_id = records.locked(round_id)
    if walk.state != OPEN or walk.due_at <= at:
        raise RoundOver(route=plan.name, round_id=str(round_id), state=walk.state)
    joined = joining.add(plan, walk, Walker(member.id, at, joined_how=NAMED))
    noticed = walkers.staff_flags(actor, [member], walk.id)
    shared = Flag(SHARED_DEVICE, None, {"members": 2})
    if not actor.may("round.manage") and (shared.kind, None) not in records.stored_flags(walk.id):
        noticed.append(shared)
    records.add_flags(walk.id, noticed, at)
    audit.record(actor, "companion_added", "round", walk.id, member=str(member.id))
    return {
        "outcome": "joined",
        "where": None,
        "happened_at": at.isoformat(),
        **answers.about(plan, joined, None),
        **answers.brought(None, None),
        **visits.progress(plan, joined, at),
    }
