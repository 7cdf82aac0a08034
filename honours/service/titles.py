"""Titles: given by a coordinator to whom the boards propose, one for each period, and taken back with a reason."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, receipts
from core.auth import Actor
from core.db import db, insert, new_id
from core.receipts import Answer
from honours import rules
from honours.errors import HonourNotProposed, HonourRevoked, HonourTaken, HonourUnknown, OwnHonour
from honours.models import Honour
from honours.queries import Candidate, proposals

SUBJECT = "honour"


def give_honour(
    actor: Actor, *, key: UUID, title: str, period: str, squad_id: UUID, member_id: UUID | None = None
) -> Answer:
    """Give a title of a period to a squad or one of the squads' leaders, once per key; needs `honour.give`, audited.

    `title`: "star" (with `member_id`) or "squad"; `period`: "2026-11" or "2026". The figures of the proposal are kept
    with it. The answer: `honour_id`. Raises `HonourPeriodInvalid`, `HonourNotProposed`, `OwnHonour`, `HonourTaken`.
    """
    actor.require("honour.give")
    rules.first_day_of(period, clock.today())

    def work() -> dict[str, Any]:
        candidate = _candidate(title, period, squad_id, member_id)
        _check_own(actor, candidate)
        row = {
            "id": new_id(),
            "title": title,
            "period": period,
            "squad_id": squad_id,
            "member_id": member_id,
            "figures": dict(candidate.figures),
            "given_by": actor.member_id or actor.id,
            "given_at": clock.now(),
            "reason": "",
        }
        # The index decides between two who give it at once.
        statement = insert(Honour).values(**row).on_conflict_do_nothing().returning(Honour.id)
        honour_id = db.session.execute(statement).scalar_one_or_none()
        if honour_id is None:
            raise HonourTaken(title=title, period=period)
        told = {"title": title, "period": period, "squad": str(squad_id)}
        member = {"member": str(member_id)} if member_id else {}
        audit.record(actor, "honour.given", SUBJECT, honour_id, **told, **member)
        return {"honour_id": str(honour_id)}

    content = {"title": title, "period": period, "squad_id": squad_id, "member_id": member_id}
    return receipts.once(key, actor, "honour.give", content, work)


def _candidate(title: str, period: str, squad_id: UUID, member_id: UUID | None) -> Candidate:
    wanted = (squad_id, member_id)
    for each in proposals(title, period):
        if (each.squad_id, each.member_id) == wanted:
            return each
    raise HonourNotProposed


def _check_own(actor: Actor, candidate: Candidate) -> None:
    if candidate.member_id is None:
        own = actor.squad_id == candidate.squad_id
    else:
        own = bool({actor.id, actor.member_id} & members.queries.household_of(candidate.member_id))
    if own:
        raise OwnHonour


def revoke_honour(actor: Actor, *, key: UUID, honour_id: UUID, reason: str) -> Answer:
    """Take a title back, once per key; needs `honour.give`, audited with its reason. The answer: `honour_id`.

    It leaves the wall, and may be given anew. Raises `LetterTextInvalid`, `HonourUnknown`, `HonourRevoked`.
    """
    actor.require("honour.give")
    clean = rules.clean_reason(reason)

    def work() -> dict[str, Any]:
        query = sa.select(Honour).where(Honour.id == honour_id).with_for_update()
        found = db.session.scalar(query.execution_options(populate_existing=True))
        if found is None:
            raise HonourUnknown
        if found.revoked_at is not None:
            raise HonourRevoked
        found.revoked_at, found.revoked_by, found.reason = clock.now(), actor.member_id or actor.id, clean
        told = {"title": found.title, "period": found.period}
        reason = members.queries.without_person(clean, found.member_id) if found.member_id else clean
        audit.record(actor, "honour.revoked", SUBJECT, honour_id, reason=reason, **told)
        return {"honour_id": str(honour_id)}

    return receipts.once(key, actor, "honour.revoke", {"honour_id": honour_id, "reason": clean}, work)
