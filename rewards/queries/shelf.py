"""What is to be had: the shelf as a member sees it, one reward with what stands between him and it."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from core import clock, paging
from core.db import db
from core.errors import DomainError
from core.paging import Page
from points.errors import PointsNotEnough
from rewards import rules
from rewards.errors import RewardUnknown
from rewards.models import Favourite, Redemption, RedemptionReturn, Reward, RewardPicture, WaitingMember
from rewards.queries import shops
from rewards.rules import RewardFacts

COLUMNS = tuple(getattr(Reward, each.name) for each in fields(RewardFacts))
#: Larger numbers in a cursor are not ours, and no database takes them.
_LARGEST_KEY = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfItem:
    """A reward as it lies before a reader. `missing`: points that he lacks, 0 when he has enough, None for a stranger.

    `told`: he waits for it and it is there again. `merchant_name` is empty for the police room.
    """

    reward: RewardFacts
    merchant_name: str
    favourite: bool = False
    waiting: bool = False
    told: bool = False
    missing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(ShelfItem):
    """One reward with all that a member wants to know before he redeems it.

    `left_of_quota` is None without a quota. `obstacle` is the code of the refusal that redeeming would meet now.
    """

    balance: int
    balance_after: int
    left_of_quota: int | None
    obstacle: str | None


def facts_of(row: Any) -> RewardFacts:
    """The reward in a row that has the columns of `COLUMNS`."""
    return RewardFacts(**{each.name: getattr(row, each.name) for each in fields(RewardFacts)})


def reward(reward_id: UUID) -> RewardFacts:
    """One reward, drafts and retired ones, too. Raises `RewardUnknown`."""
    return _one(Reward.id == reward_id)


def reward_by_number(number: int) -> RewardFacts:
    """The reward with this number. Raises `RewardUnknown`."""
    return _one(Reward.number == number)


def _one(condition: sa.ColumnElement[bool]) -> RewardFacts:
    row = db.session.execute(sa.select(*COLUMNS).where(condition)).one_or_none()
    if row is None:
        raise RewardUnknown
    return facts_of(row)


def shelf(
    member_id: UUID | None,
    *,
    sort: str = "newest",
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ShelfItem]:
    """What is offered today, for a member or (None) for a stranger.

    `sort`: "newest"; "price", the cheapest first; "favourites" first; "affordable" first, that is, what the member's
    points buy and what is in stock. Raises `CursorInvalid`.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    balance = points.queries.balance(member_id) if member_id else 0
    rank, value = _order(sort, balance)
    key = (rank, value, Reward.number)
    query = _items(member_id).where(*_offered()).add_columns(rank.label("rank"), value.label("value"))
    if kind is not None:
        query = query.where(Reward.kind == kind)
    if cursor is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*map(sa.literal, _position(cursor))))
    rows = db.session.execute(query.order_by(*key).limit(limit + 1)).all()
    names = shops.names(row.merchant_id for row in rows)
    items = [ShelfItem(**_item(row, names, balance if member_id else None)) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, paging.encode(last.rank, last.value, last.number) if last else None)


def _order(sort: str, balance: int) -> tuple[Any, Any]:
    if sort == "newest":
        return sa.literal(0), -Reward.number
    if sort == "favourites":
        return sa.case((Favourite.since.is_not(None), 0), else_=1), Reward.points
    if sort == "affordable":
        in_stock = sa.or_(Reward.stock.is_(None), Reward.stock > Reward.held)
        return sa.case((sa.and_(Reward.points <= balance, in_stock), 0), else_=1), Reward.points
    return sa.literal(0), Reward.points


def _position(cursor: str) -> tuple[int, ...]:
    keys = paging.decode(cursor, int, int, int)
    if any(abs(key) > _LARGEST_KEY for key in keys):
        raise paging.CursorInvalid(field="cursor")
    return keys


def _items(member_id: UUID | None) -> sa.Select[Any]:
    favourite = sa.and_(Favourite.reward_id == Reward.id, Favourite.member_id == member_id)
    waiting = sa.and_(WaitingMember.reward_id == Reward.id, WaitingMember.member_id == member_id)
    return (
        sa.select(
            *COLUMNS,
            Favourite.since.label("marked_at"),
            WaitingMember.since.label("waits_since"),
            WaitingMember.told_at,
        )
        .outerjoin(Favourite, favourite)
        .outerjoin(WaitingMember, waiting)
    )


def _offered() -> tuple[sa.ColumnElement[bool], ...]:
    today = clock.today()
    return (
        Reward.status == rules.OFFERED,
        sa.or_(Reward.offered_from.is_(None), Reward.offered_from <= today),
        sa.or_(Reward.offered_until.is_(None), Reward.offered_until > today),
        sa.or_(Reward.merchant_id.is_(None), Reward.merchant_id.in_(shops.open_ids())),
    )


def _item(row: Any, names: dict[UUID, str], balance: int | None) -> dict[str, Any]:
    found = facts_of(row)
    return {
        "reward": found,
        "merchant_name": names.get(found.merchant_id, "") if found.merchant_id else "",
        "favourite": row.marked_at is not None,
        "waiting": row.waits_since is not None,
        "told": row.told_at is not None and not found.sold_out,
        "missing": None if balance is None else max(0, found.points - balance),
    }


def card(member_id: UUID, reward_id: UUID, *, drafts: bool = False) -> Card:
    """One reward before a member. Raises `RewardUnknown`, also for a draft unless `drafts`."""
    row = db.session.execute(_items(member_id).where(Reward.id == reward_id)).one_or_none()
    if row is None or (row.status == rules.DRAFT and not drafts):
        raise RewardUnknown
    balance = points.queries.balance(member_id)
    item = _item(row, shops.names([row.merchant_id]), balance)
    found: RewardFacts = item["reward"]
    taken = _taken(member_id, found)
    return Card(
        **item,
        balance=balance,
        balance_after=balance - found.points,
        left_of_quota=None if found.quota is None else max(0, found.quota - taken),
        obstacle=_obstacle(member_id, found, taken, balance),
    )


def _taken(member_id: UUID, found: RewardFacts) -> int:
    """How many count against the quota now.

    A voucher past its time does not, it is as good as given back; nor does what was taken back.
    """
    alive = sa.and_(Redemption.state == rules.HELD, Redemption.expires_at > clock.now())
    query = sa.select(sa.func.count()).where(
        Redemption.member_id == member_id,
        Redemption.reward_id == found.id,
        sa.or_(alive, Redemption.state == rules.USED),
        ~sa.exists().where(RedemptionReturn.redemption_id == Redemption.id),
        Redemption.local_day >= rules.quota_begins(found.quota_period, clock.today()),
    )
    return db.session.scalar(query) or 0


def _obstacle(member_id: UUID, found: RewardFacts, taken: int, balance: int) -> str | None:
    today = clock.today()
    try:
        members.queries.require_active(members.queries.facts(member_id))
        rules.check_on_shelf(found, today, shop_open=shops.is_open(found.merchant_id))
        rules.check_quota(found, taken, today)
        rules.check_in_stock(found, waits=False)
    except DomainError as refusal:
        return refusal.code
    return PointsNotEnough.code if found.points > balance else None


def back_in_stock(member_id: UUID) -> list[RewardFacts]:
    """What the member waits for and is there again, until he looks (`rewards.service.stop_waiting`)."""
    query = (
        sa.select(*COLUMNS)
        .join(WaitingMember, WaitingMember.reward_id == Reward.id)
        .where(
            WaitingMember.member_id == member_id,
            WaitingMember.told_at.is_not(None),
            Reward.stock > Reward.held,
            *_offered(),
        )
        .order_by(WaitingMember.told_at, Reward.number)
    )
    return [facts_of(row) for row in db.session.execute(query)]


def picture(picture_id: UUID) -> tuple[str, bytes]:
    """Media type and bytes of a picture; the id follows from them, so both may be kept for ever.

    Raises `RewardUnknown`.
    """
    query = sa.select(RewardPicture.media_type, RewardPicture.content).where(RewardPicture.id == picture_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise RewardUnknown
    return row.media_type, row.content
