"""Rows of charges: read, locked, written. Whoever changes a charge locks its row first, before any account."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.codes import Code, digest, keyring
from core.config import settings
from core.db import db, execute, new_id
from core.fixed import Fixed
from merchants.errors import ChargeUnknown, FlagUnknown, OfferRetired, OfferUnknown, OrderUnknown, ShopUnknown
from merchants.models import Charge, ChargeFlag, Merchant, Offer, ShopGift, UntoldPayment
from merchants.rules import charging as rules
from merchants.rules.values import BY_PLATE, HELD, HOLD_LIFE, PAID

_COLUMNS = (
    Charge.id,
    Charge.merchant_id,
    Charge.member_id,
    Charge.clerk_id,
    Charge.way,
    Charge.points,
    Charge.offer_id,
    Charge.what,
    Charge.state,
    Charge.opened_at,
    Charge.expires_at,
    Charge.paid_at,
    Charge.reservation_id,
)


_OVERDUE = Fixed(
    sa.select(*_COLUMNS)
    .where(
        Charge.state == HELD,
        Charge.expires_at <= sa.bindparam("now"),
        Charge.member_id == sa.bindparam("member"),
    )
    .order_by(Charge.id)
    .with_for_update(key_share=True)
)
_ADD = Fixed(sa.insert(Charge))
#: What a new charge has where nothing else is said.
_BLANK = dict.fromkeys(Charge.__table__.columns.keys()) | {"what": "", "reason": ""}
_ADD_UNTOLD = Fixed(sa.insert(UntoldPayment))


def _lock(condition: sa.ColumnElement[bool]) -> rules.Charge | None:
    # Not against rows that only refer to the charge.
    query = sa.select(*_COLUMNS).where(condition).with_for_update(key_share=True)
    row = db.session.execute(query).mappings().one_or_none()
    return None if row is None else rules.Charge(**row)


def find(charge_id: UUID) -> rules.Charge | None:
    """The charge as it stands, not locked; None when there is none."""
    query = sa.select(*_COLUMNS).where(Charge.id == charge_id)
    row = db.session.execute(query).mappings().one_or_none()
    return None if row is None else rules.Charge(**row)


def lock(charge_id: UUID) -> rules.Charge:
    """The charge, locked until the transaction ends. Raises `ChargeUnknown`."""
    found = _lock(Charge.id == charge_id)
    if found is None:
        raise ChargeUnknown
    return found


def lock_order(code: Code) -> rules.Charge:
    """The order with this code, locked. Raises `OrderUnknown`."""
    found = _lock(Charge.code_digest == digest(keyring(settings()), code))
    if found is None:
        raise OrderUnknown
    return found


def lock_overdue(member_id: UUID, now: datetime) -> list[rules.Charge]:
    """Charges of the member whose points are still in escrow although their time is over; locked in id order."""
    return [rules.Charge(**row._asdict()) for row in execute(_OVERDUE, {"member": member_id, "now": now})]


def overdue_of(member_id: UUID, now: datetime) -> list[UUID]:
    """Charges of the member whose points are still in escrow although their time is over; not locked."""
    query = sa.select(Charge.id).where(
        Charge.state == HELD, Charge.expires_at <= now, Charge.member_id == member_id
    )
    return list(db.session.scalars(query.order_by(Charge.id)))


def overdue_ids(now: datetime, most: int, after: UUID | None = None) -> list[UUID]:
    """Charges whose time is over and which nobody has ended yet, by id, those behind `after`; not locked."""
    query = sa.select(Charge.id).where(Charge.state.in_(("shown", "held")), Charge.expires_at <= now)
    if after is not None:
        query = query.where(Charge.id > after)
    return list(db.session.scalars(query.order_by(Charge.id).limit(most)))


def add(**values: Any) -> None:
    """Write a new charge."""
    execute(_ADD, _BLANK | values)


def change(charge_id: UUID, **values: Any) -> None:
    """Change a charge that is locked."""
    db.session.connection().execute(sa.update(Charge).where(Charge.id == charge_id).values(**values))


def add_untold(charge_id: UUID, merchant_id: UUID) -> None:
    """Remember that nobody at the counter knows of this payment yet."""
    values = {"charge_id": charge_id, "merchant_id": merchant_id}
    execute(_ADD_UNTOLD, values)


def forget_untold(merchant_id: UUID, charge_ids: Collection[UUID]) -> None:
    """The counter knows of these payments now; of those that were given back meanwhile it needs no news."""
    standing = sa.select(Charge.id).where(Charge.state == PAID)
    db.session.connection().execute(
        sa.delete(UntoldPayment).where(
            UntoldPayment.merchant_id == merchant_id,
            UntoldPayment.charge_id.in_(list(charge_ids)) | UntoldPayment.charge_id.not_in(standing),
        )
    )


# --- The shop --------------------------------------------------------------------------------------------------------


_SHOP = Fixed(
    sa.select(
        Merchant.id,
        Merchant.name,
        Merchant.name_en,
        Merchant.status,
        Merchant.hours,
        Merchant.payment_limit,
        Merchant.member_day_limit,
        Merchant.day_limit,
    ).where(Merchant.id == sa.bindparam("shop"))
)


def shop(merchant_id: UUID) -> rules.Shop:
    """What a payment depends on. Raises `ShopUnknown`."""
    row = execute(_SHOP, {"shop": merchant_id}).one_or_none()
    if row is None:
        raise ShopUnknown
    return rules.Shop(**row._asdict())


def limits(shop: rules.Shop) -> rules.Limits:
    """The limits in force at the shop: its own where it has them, else the alliance's."""
    common = settings()
    return rules.Limits(
        payment=shop.payment_limit or common.payment_limit,
        member_day=shop.member_day_limit or common.member_shop_day_limit,
        shop_day=shop.day_limit or common.shop_day_limit,
        plate_payment=common.plate_payment_limit,
        plate_day=common.plate_day_limit,
    )


def offer(merchant_id: UUID, offer_id: UUID) -> tuple[int, str]:
    """Points and name of an offer that the shop makes now. Raises `OfferUnknown`, `OfferRetired`."""
    query = sa.select(Offer.points, Offer.name, Offer.retired_at)
    query = query.where(Offer.id == offer_id, Offer.merchant_id == merchant_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise OfferUnknown
    if row.retired_at is not None:
        raise OfferRetired(what=row.name)
    return row.points, row.name


# --- Sums of the day -------------------------------------------------------------------------------------------------


def _sum(column: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)


def _paid_or_held(charge: Any) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    paid = (charge.state == PAID) & (charge.local_day == sa.bindparam("today"))
    return paid, (charge.state == HELD) & (charge.expires_at > sa.bindparam("now"))


def _of_shop(which: int) -> sa.ColumnElement[int]:
    charge = sa.orm.aliased(Charge)
    states = _paid_or_held(charge)
    # One sum for each: each has an index of its own.
    query = sa.select(_sum(charge.points)).where(charge.merchant_id == sa.bindparam("shop"), states[which])
    return query.scalar_subquery()


_TAKEN = Fixed(
    sa.select(
        _sum(sa.case((Charge.merchant_id == sa.bindparam("shop"), Charge.points), else_=0)).label(
            "by_member"
        ),
        _sum(sa.case((Charge.way == BY_PLATE, Charge.points), else_=0)).label("by_plates"),
        (_of_shop(0) + _of_shop(1)).label("by_shop"),
    ).where(
        Charge.member_id == sa.bindparam("member"),
        Charge.opened_at >= sa.bindparam("since"),
        sa.or_(*_paid_or_held(Charge)),
    )
)
_PAIR = Fixed(
    sa.select(_sum(sa.case((Charge.local_day == sa.bindparam("today"), 1), else_=0)), sa.func.count()).where(
        Charge.member_id == sa.bindparam("member"),
        Charge.merchant_id == sa.bindparam("shop"),
        Charge.opened_at > sa.bindparam("since"),
        Charge.state == PAID,
    )
)
_GIFTS = Fixed(
    sa.select(_sum(ShopGift.points), sa.func.min(ShopGift.given_at), sa.func.max(ShopGift.given_at)).where(
        ShopGift.merchant_id == sa.bindparam("shop"),
        ShopGift.member_id == sa.bindparam("member"),
        ShopGift.given_at > sa.bindparam("since"),
    )
)


def taken(merchant_id: UUID, member_id: UUID, now: datetime) -> rules.Taken:
    """Points of today, paid or held. Only sure while both accounts are locked."""
    today = clock.local_date(now)
    values = {
        "shop": merchant_id,
        "member": member_id,
        "now": now,
        "today": today,
        # Whatever was paid today was opened then or just before midnight: the index is on that.
        "since": clock.start_of(today) - HOLD_LIFE,
    }
    row = execute(_TAKEN, values).one()
    return rules.Taken(int(row.by_member), int(row.by_shop), int(row.by_plates))


def pair(merchant_id: UUID, member_id: UUID, now: datetime) -> tuple[int, int]:
    """How often the member has paid at the shop today and in the last days; what was given back is not counted."""
    today, since = clock.local_date(now), now - rules.PAIR_DAYS
    values = {"shop": merchant_id, "member": member_id, "today": today, "since": since}
    in_day, in_week = execute(_PAIR, values).one()
    return int(in_day), int(in_week)


def round_amounts(merchant_id: UUID, start: datetime, end: datetime) -> int:
    """How many round amounts the shop has taken in a time."""
    days = {clock.local_date(start), clock.local_date(end)}
    query = sa.select(sa.func.count()).where(
        Charge.merchant_id == merchant_id,
        Charge.local_day.in_(days),
        Charge.paid_at >= start,
        Charge.paid_at <= end,
        Charge.points % rules.ROUND_AMOUNT == 0,
        Charge.state == PAID,
    )
    return db.session.scalar(query) or 0


def gifts(merchant_id: UUID, member_id: UUID, now: datetime) -> rules.Gifts:
    """What the shop gave the member of late, and what he has paid there since; what was given back is not counted."""
    values = {"shop": merchant_id, "member": member_id, "since": now - rules.GIFT_COMES_BACK}
    given, first_at, last_at = execute(_GIFTS, values).one()
    if not given:
        return rules.Gifts()
    paid = sa.select(_sum(Charge.points)).where(
        Charge.member_id == member_id,
        Charge.merchant_id == merchant_id,
        Charge.opened_at >= first_at - HOLD_LIFE,
        Charge.paid_at >= first_at,
        Charge.state == PAID,
    )
    return rules.Gifts(int(given), int(db.session.scalar(paid) or 0), last_at)


# --- Flags -----------------------------------------------------------------------------------------------------------


def flagged(merchant_id: UUID, kind: str, member_id: UUID | None, since: datetime) -> bool:
    """Whether such a flag was raised at the shop (for the member) since then: one for each day is enough."""
    query = (
        sa.select(ChargeFlag.id)
        .join(Charge, Charge.id == ChargeFlag.charge_id)
        .where(Charge.merchant_id == merchant_id, ChargeFlag.kind == kind, Charge.opened_at >= since)
    )
    if member_id is not None:
        query = query.where(Charge.member_id == member_id)
    return db.session.scalar(query.limit(1)) is not None


def add_flags(charge_id: UUID, found: list[tuple[str, dict[str, Any]]], now: datetime) -> None:
    """Write down what looked odd."""
    rows = [
        {"id": new_id(), "charge_id": charge_id, "kind": kind, "data": data, "raised_at": now, "note": ""}
        for kind, data in found
    ]
    if rows:
        db.session.connection().execute(sa.insert(ChargeFlag), rows)


def lock_flag(flag_id: UUID) -> tuple[UUID, bool]:
    """The charge of a flag, and whether somebody has looked at it; locked. Raises `FlagUnknown`."""
    query = sa.select(ChargeFlag.charge_id, ChargeFlag.seen_at).where(ChargeFlag.id == flag_id)
    row = db.session.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise FlagUnknown
    return row.charge_id, row.seen_at is not None


def close_flag(flag_id: UUID, seen_by: UUID, note: str, now: datetime) -> None:
    """Somebody has looked at it."""
    values = {"seen_by": seen_by, "seen_at": now, "note": note}
    db.session.connection().execute(sa.update(ChargeFlag).where(ChargeFlag.id == flag_id).values(**values))


def day_start(now: datetime) -> datetime:
    """The beginning of the day, a little before it for charges that were opened before midnight. UTC."""
    return clock.start_of(clock.local_date(now)) - HOLD_LIFE - timedelta(seconds=1)
