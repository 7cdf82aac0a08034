"""Members who have not been seen for a long time: the desk lets them rest, many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from core.auth import Actor
from core.errors import DomainError, Invalid
from members import queries
from members.service.membership import take_leave

#: As many as a page of the list shows.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Rested:
    """How many rest now, and how many could not be let rest (staff above the actor, no longer active)."""

    done: int
    refused: int


def let_rest(actor: Actor, member_ids: Iterable[UUID]) -> Rested:
    """Send members on leave until they come back, each by itself and with its own line in the audit log.

    They keep points, squad and place and no longer count among the heads of their squad; a scan or a sign-in at the
    desk brings them back. Only those who are active are touched. Raises `Invalid` for none or more than 100.
    """
    actor.require("member.manage")
    wanted = list(dict.fromkeys(member_ids))
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise Invalid(field="member_ids")
    known, done = queries.many_facts(wanted), 0
    for member_id in wanted:
        if member_id not in known or known[member_id].status != "active" or member_id == actor.id:
            continue
        try:
            take_leave(actor, member_id, None)
            done += 1
        except DomainError:
            continue
    return Rested(done, len(wanted) - done)
