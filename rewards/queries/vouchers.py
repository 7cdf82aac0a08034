"""Redemptions: the vouchers of a member, and one of them with its code for whoever may show it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from core import clock, codes, paging
from core.auth import Actor
from core.codes import Kind
from core.config import settings
from core.db import db
from core.paging import Page
from rewards import rules
from rewards.errors import RedemptionUnknown
from rewards.models import Redemption, RedemptionReturn, Reward
from rewards.queries import shops
from rewards.queries.shelf import COLUMNS, facts_of
from rewards.rules import RewardFacts

#: Of a redemption's own columns those that a reward has no namesake of; the others are read under names of their own.
_OWN = (
    Redemption.id.label("redemption_id"),
    Redemption.member_id,
    Redemption.points.label("paid"),
    Redemption.state,
    Redemption.reserved_at,
    Redemption.expires_at,
    Redemption.ended_at,
    Redemption.handed_over_by,
    Redemption.merchant_id.label("handed_over_at"),
    Redemption.fitting_place,
    Redemption.fitting_help,
    Redemption.stocked,
    Redemption.reservation_id,
    RedemptionReturn.returned_at,
    RedemptionReturn.returned_by,
    RedemptionReturn.reversal_id,
    RedemptionReturn.movement_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFacts:
    """How a reward that was handed over was taken back. `at` is UTC, `reason` is read by the member and the shop.

    `reversal_id` is the transfer with which the points came home; `to_stock`: the piece lies on the shelf again.
    """

    at: datetime
    by: UUID
    reason: str
    to_stock: bool
    reversal_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherFacts:
    """A redemption. `state` counts now: a voucher is expired from its minute on. Times are UTC.

    `reward` is as it is today, `points` what was paid. `where` is the shop that hands it over, "" for the police room.
    `stocked`: a piece was taken off the shelf for it. `returned`: what was handed over ("used") was taken back.
    """

    id: UUID
    reward: RewardFacts
    where: str
    member_id: UUID
    points: int
    state: str
    reserved_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    handed_over_by: UUID | None
    merchant_id: UUID | None
    fitting_place: str
    fitting_help: bool
    stocked: bool
    returned: ReturnFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFacts(VoucherFacts):
    """A redemption for one reader: `code`, `grouped` and `address` only for its owner, and only while it is good."""

    code: str | None
    grouped: str | None
    address: str | None
    member_name: str


def my_redemptions(
    member_id: UUID, group: str = "open", *, cursor: str | None = None, limit: int = 50
) -> Page[VoucherFacts]:
    """A member's vouchers that can be handed over ("open"), or all others ("past"), the newest first.

    Also those of memberships that have gone up in his. Raises `CursorInvalid`.
    """
    return _redemptions(members.queries.memberships_of(member_id), group, cursor, limit)


def redemptions_of(
    membership_id: UUID, group: str = "open", *, cursor: str | None = None, limit: int = 50
) -> Page[VoucherFacts]:
    """`my_redemptions` of one membership alone."""
    return _redemptions([membership_id], group, cursor, limit)


def _redemptions(ids: Sequence[UUID], group: str, cursor: str | None, limit: int) -> Page[VoucherFacts]:
    open_ones = sa.and_(Redemption.state == rules.HELD, Redemption.expires_at > clock.now())
    which = open_ones if group == "open" else sa.not_(open_ones)
    return listed(Redemption.member_id.in_(ids), which, cursor=cursor, limit=limit)


def redemption(actor: Actor, redemption_id: UUID) -> RedemptionFacts:
    """One redemption, for its owner (with the code), for the desk, and for clerks of the offering shop.

    Raises `RedemptionUnknown`.
    """
    rows = _rows(Redemption.id == redemption_id)
    if not rows:
        raise RedemptionUnknown
    (row,) = rows
    own = actor.kind == "member" and is_of(row.member_id, actor.member_id)
    if not own and not _may_see(actor, row.merchant_id):
        raise RedemptionUnknown
    found = _values(row, shops.names([row.merchant_id]), reasons(rows))
    shows = own and found["state"] == rules.HELD
    keys = codes.keyring(settings())
    code = codes.printed_code(keys, Kind.VOUCHER, redemption_id, 1) if shows else None
    owner = members.queries.facts(row.member_id)
    return RedemptionFacts(
        **found,
        code=code.text if code else None,
        grouped=codes.grouped(code) if code else None,
        address=codes.address(settings().base_url, code) if code else None,
        member_name=owner.name if own else members.queries.masked_name(owner.name),
    )


def is_of(owner_id: UUID, member_id: UUID | None) -> bool:
    """Whether the owner of a voucher is the member, or a membership that has gone up in his."""
    if member_id is None or owner_id == member_id:
        return owner_id == member_id
    return owner_id in members.queries.memberships_of(member_id)


def _may_see(actor: Actor, merchant_id: UUID | None) -> bool:
    return actor.may("stock.read") or merchant_id in shops.of(actor)


def listed(*which: sa.ColumnElement[bool], cursor: str | None, limit: int) -> Page[VoucherFacts]:
    """Redemptions that fulfil the conditions, the newest first. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    if cursor is not None:
        at, last_id = _position(cursor)
        earlier = sa.or_(Redemption.reserved_at < at, Redemption.id < last_id)
        which = (*which, Redemption.reserved_at <= at, earlier)
    rows = _rows(*which, limit=limit + 1)
    items = vouchers(rows[:limit])
    more = len(rows) > limit
    return Page(items, paging.encode(items[-1].reserved_at.isoformat(), str(items[-1].id)) if more else None)


def selected(*which: sa.ColumnElement[bool], returned: bool = False) -> sa.Select[Any]:
    """Redemptions that fulfil the conditions, each with its reward and with how it was taken back.

    `returned`: only those that were, which then lead: they are few, and have an index by time.
    """
    return (
        sa.select(*COLUMNS, *_OWN)
        .join(Redemption, Redemption.reward_id == Reward.id)
        .join(RedemptionReturn, RedemptionReturn.redemption_id == Redemption.id, isouter=not returned)
        .where(*which)
    )


def vouchers(rows: Sequence[Any]) -> list[VoucherFacts]:
    """The rows of such a selection as facts; names of shops and reasons are asked for once."""
    names, told = shops.names(row.merchant_id for row in rows), reasons(rows)
    return [VoucherFacts(**_values(row, names, told)) for row in rows]


def reasons(rows: Sequence[Any]) -> dict[UUID, str]:
    """Why rewards were taken back, by the reservation of each; only of those that were."""
    undone = points.queries.undone([row.reservation_id for row in rows if row.returned_at is not None])
    return {reservation_id: each.reason for reservation_id, each in undone.items()}


def _rows(*which: sa.ColumnElement[bool], limit: int = 1) -> list[Any]:
    query = selected(*which).order_by(Redemption.reserved_at.desc(), Redemption.id.desc()).limit(limit)
    return list(db.session.execute(query))


def _returned(row: Any, told: dict[UUID, str]) -> ReturnFacts | None:
    if row.returned_at is None:
        return None
    return ReturnFacts(
        at=row.returned_at,
        by=row.returned_by,
        reason=told.get(row.reservation_id, ""),
        to_stock=row.movement_id is not None,
        reversal_id=row.reversal_id,
    )


def _values(row: Any, names: dict[UUID, str], told: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": row.redemption_id,
        "reward": facts_of(row),
        "where": names.get(row.merchant_id, "") if row.merchant_id else "",
        "member_id": row.member_id,
        "points": row.paid,
        "state": rules.effective_state(row.state, row.expires_at, clock.now()),
        "reserved_at": row.reserved_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
        "handed_over_by": row.handed_over_by,
        "merchant_id": row.handed_over_at,
        "fitting_place": row.fitting_place,
        "fitting_help": row.fitting_help,
        "stocked": row.stocked,
        "returned": _returned(row, told),
    }


def _position(cursor: str) -> tuple[datetime, UUID]:
    reserved_at, redemption_id = paging.decode(cursor, str, str)
    return paging.moment(reserved_at), paging.identifier(redemption_id)


def subject_names(ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Names of what was redeemed, Chinese and English, by redemption: for the lines of a statement."""
    query = (
        sa.select(Redemption.id, Reward.name_zh, Reward.name_en)
        .join(Reward, Reward.id == Redemption.reward_id)
        .where(Redemption.id.in_(list(ids)))
    )
    return {row.id: (row.name_zh, row.name_en) for row in db.session.execute(query)}
