"""For the desk: what lies on the shelf, why it changed, and what is waiting to be handed over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, paging
from core.db import db
from core.paging import Page
from rewards import rules
from rewards.models import Redemption, Reward, StockMovement, WaitingMember
from rewards.queries import shops
from rewards.queries.shelf import COLUMNS, facts_of, reward
from rewards.queries.vouchers import VoucherFacts, listed
from rewards.rules import RewardFacts

#: Vouchers on one page of the list to lay ready, which is some five sheets of paper.
MOST_TO_PICK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """A reward as the desk sees it. `open_vouchers`: to be handed over; `waiting`: members on the waiting list."""

    reward: RewardFacts
    merchant_name: str
    open_vouchers: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementLine:
    """One line of a reward's stock journal. `moved_at` is UTC; `actor_name` is empty for commands and devices."""

    id: UUID
    sequence: int
    kind: str
    change: int
    stock_after: int
    redemption_id: UUID | None
    note: str
    actor_id: UUID
    actor_name: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PickVoucher:
    """One piece to be laid out, and for whom (masked name)."""

    redemption_id: UUID
    member_name: str
    reserved_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """A reward with the vouchers that will fetch it, those that expire first in front.

    `pieces`: all that will be fetched of it, also by vouchers on other pages.
    """

    reward: RewardFacts
    vouchers: Sequence[PickVoucher]
    pieces: int


def _open_voucher() -> sa.ColumnElement[bool]:
    return sa.and_(sa.text("redemption.state = 'held'"), Redemption.expires_at > clock.now())


def stock_list(
    *, status: str | None = None, low: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[StockLine]:
    """The whole catalogue by number; `low`: only what is running low. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    vouchers = sa.select(sa.func.count()).where(Redemption.reward_id == Reward.id, _open_voucher())
    waiting = sa.select(sa.func.count()).where(WaitingMember.reward_id == Reward.id)
    query = sa.select(
        *COLUMNS,
        vouchers.scalar_subquery().label("open_vouchers"),
        waiting.scalar_subquery().label("waiting"),
    )
    if status is not None:
        query = query.where(Reward.status == status)
    if low:
        query = query.where(_low())
    if cursor is not None:
        query = query.where(Reward.number > _number(cursor))
    rows = db.session.execute(query.order_by(Reward.number).limit(limit + 1)).all()
    names = shops.names(row.merchant_id for row in rows)
    items = [
        StockLine(
            reward=facts_of(row),
            merchant_name=names.get(row.merchant_id, "") if row.merchant_id else "",
            open_vouchers=row.open_vouchers,
            waiting=row.waiting,
        )
        for row in rows[:limit]
    ]
    return Page(items, paging.encode(items[-1].reward.number) if len(rows) > limit else None)


def _number(cursor: str) -> int:
    (number,) = paging.decode(cursor, int)
    if not 0 <= number < 2**31:
        raise paging.CursorInvalid(field="cursor")
    return int(number)


def _low() -> sa.ColumnElement[bool]:
    return sa.and_(Reward.status == rules.OFFERED, Reward.stock - Reward.held <= Reward.low_stock)


def low_stock() -> int:
    """How many rewards on the shelf are running low."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Reward).where(_low())) or 0


def open_vouchers(merchant_id: UUID | None = None) -> int:
    """How many vouchers wait to be handed over at the desk, or at the shop given."""
    query = (
        sa.select(sa.func.count())
        .select_from(Redemption)
        .join(Reward, Reward.id == Redemption.reward_id)
        .where(_open_voucher(), Reward.merchant_id == merchant_id)
    )
    return db.session.scalar(query) or 0


def desk_redemptions(
    group: str = "open", *, cursor: str | None = None, limit: int = 50
) -> Page[VoucherFacts]:
    """All vouchers of the police room, open or past, the newest first. Raises `CursorInvalid`."""
    which = _open_voucher() if group == "open" else sa.not_(_open_voucher())
    return listed(Reward.merchant_id.is_(None), which, cursor=cursor, limit=limit)


def waiting_count(reward_id: UUID) -> int:
    """How many members wait for the reward."""
    query = sa.select(sa.func.count()).where(WaitingMember.reward_id == reward_id)
    return db.session.scalar(query) or 0


def movements(reward_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[MovementLine]:
    """The stock journal of a reward, the newest first. Raises `RewardUnknown`, `CursorInvalid`."""
    reward(reward_id)
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = sa.select(*StockMovement.__table__.columns).where(StockMovement.reward_id == reward_id)
    if cursor is not None:
        query = query.where(StockMovement.sequence < _number(cursor))
    rows = db.session.execute(query.order_by(StockMovement.sequence.desc()).limit(limit + 1)).all()
    people = members.queries.many_facts(row.actor_id for row in rows)
    items = [_movement(row, people) for row in rows[:limit]]
    return Page(items, paging.encode(items[-1].sequence) if len(rows) > limit else None)


def _movement(row: Any, people: dict[UUID, members.queries.MemberFacts]) -> MovementLine:
    return MovementLine(
        id=row.id,
        sequence=row.sequence,
        kind=row.kind,
        change=row.change,
        stock_after=row.stock_after,
        redemption_id=row.redemption_id,
        note=row.note,
        actor_id=row.actor_id,
        actor_name=people[row.actor_id].name if row.actor_id in people else "",
        moved_at=row.moved_at,
    )


def pick_list(
    merchant_id: UUID | None = None, *, cursor: str | None = None, limit: int = MOST_TO_PICK
) -> Page[PickLine]:
    """What has to be laid out for open vouchers, at the police room or at a shop, by number of the reward.

    A page ends after `limit` vouchers, also within a reward. Raises `CursorInvalid`.
    """
    query = (
        sa.select(
            *COLUMNS,
            Redemption.id.label("redemption_id"),
            Redemption.member_id,
            Redemption.reserved_at,
            Redemption.expires_at,
        )
        .join(Redemption, Redemption.reward_id == Reward.id)
        .where(_open_voucher(), Reward.merchant_id == merchant_id)
        .order_by(Reward.number, Redemption.expires_at, Redemption.id)
    )
    if cursor is not None:
        place = sa.tuple_(Reward.number, Redemption.expires_at, Redemption.id)
        query = query.where(place > sa.tuple_(*_pick_place(cursor)))
    rows = db.session.execute(query.limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    people = members.queries.many_facts(row.member_id for row in rows)
    found: dict[UUID, tuple[RewardFacts, list[PickVoucher]]] = {}
    for row in rows:
        _, vouchers = found.setdefault(row.id, (facts_of(row), []))
        vouchers.append(
            PickVoucher(
                redemption_id=row.redemption_id,
                member_name=members.queries.masked_name(people[row.member_id].name),
                reserved_at=row.reserved_at,
                expires_at=row.expires_at,
            )
        )
    pieces = _open_pieces(found)
    lines = [
        PickLine(reward=facts, vouchers=vouchers, pieces=pieces[facts.id])
        for facts, vouchers in found.values()
    ]
    last = rows[-1] if rows else None
    onward = (
        paging.encode(last.number, last.expires_at.isoformat(), str(last.redemption_id)) if last else None
    )
    return Page(lines, onward if more else None)


def _pick_place(cursor: str) -> tuple[Any, Any, Any]:
    number, expires_at, redemption_id = paging.decode(cursor, int, str, str)
    last = paging.identifier(redemption_id)
    if not 0 <= number < 2**31:
        raise paging.CursorInvalid(field="cursor")
    moment = sa.literal(paging.moment(expires_at), Redemption.expires_at.type)
    return sa.literal(int(number)), moment, sa.literal(last, Redemption.id.type)


def _open_pieces(reward_ids: Collection[UUID]) -> dict[UUID, int]:
    query = sa.select(Redemption.reward_id, sa.func.count()).where(_open_voucher())
    query = query.where(Redemption.reward_id.in_(list(reward_ids))).group_by(Redemption.reward_id)
    return {row[0]: row[1] for row in db.session.execute(query)}
