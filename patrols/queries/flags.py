"""What looked odd about a round, as whoever decides about it reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core.db import db
from patrols.models import Checkpoint, Round, RoundFlag, RoundMember, Route, Visit
from patrols.rules.values import TWO_ROUNDS


@dataclass(frozen=True, slots=True)
class OtherRound:
    """The round at the same time as this one, or too soon before or after it, and who walked in both."""

    id: UUID
    route: str
    opened_at: datetime
    ended_at: datetime | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundFlagView:
    """Something odd; `where` names the point, `data` holds numbers for the reason in words.

    `other` only for readers who may know where else somebody walked.
    """

    kind: str
    where: str | None
    data: dict[str, Any]
    other: OtherRound | None = None


def flags_of(round_id: UUID, *, with_others: bool) -> Iterable[RoundFlagView]:
    """What looked odd about a round; `with_others`: the reader may know where else its walkers were."""
    query = (
        sa.select(RoundFlag.kind, Checkpoint.name, RoundFlag.data)
        .outerjoin(Visit, Visit.id == RoundFlag.visit_id)
        .outerjoin(Checkpoint, Checkpoint.id == Visit.checkpoint_id)
        .where(RoundFlag.round_id == round_id)
        .order_by(RoundFlag.raised_at, RoundFlag.id)
    )
    for kind, where, data in db.session.execute(query):
        if kind == TWO_ROUNDS:
            yield RoundFlagView(
                kind, where, {}, _other(round_id, UUID(data["round"])) if with_others else None
            )
        else:
            yield RoundFlagView(kind, where, data)


def _other(round_id: UUID, other_id: UUID) -> OtherRound | None:
    columns = (Round.id, Route.name, Round.opened_at, Round.ended_at)
    query = sa.select(*columns).join(Route, Route.id == Round.route_id).where(Round.id == other_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    here = sa.select(RoundMember.member_id).where(RoundMember.round_id == round_id)
    both = sa.select(RoundMember.member_id).where(
        RoundMember.round_id == other_id, RoundMember.member_id.in_(here)
    )
    names = members.queries.many_facts(db.session.scalars(both.order_by(RoundMember.member_id)).all())
    return OtherRound(*row, tuple(each.name for each in names.values()))
