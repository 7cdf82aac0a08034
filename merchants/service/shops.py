"""Shops become partners, pause and leave; what stands on their page; their plates."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import db, insert, new_id, transactional
from core.receipts import Answer, once
from core.scans import Scan
from merchants import queries
from merchants.errors import (
    ApplicationsTooMany,
    MemberNumberUnknown,
    ShopInvalid,
    ShopNameTaken,
    ShopPlateRenewed,
    TradeUnknown,
)
from merchants.models import FormerTrade, Merchant, ReplacedShopPlate, ShopClerk, Trade
from merchants.queries import PlateToPrint
from merchants.queries.plates import plate_digest
from merchants.rules import shops as rules
from merchants.rules.shops import ShopWish
from merchants.rules.values import ACTIVE, APPLIED, LEFT, OWNER, PAUSED
from merchants.service.common import lock_shop, record, require_disinterested, require_owner_or_desk

#: What an owner may change by himself once his shop is a partner; name, trade and limits are the desk's matter.
_OWNERS_FIELDS = frozenset({"name_en", "area_id", "address", "contact_name", "phone", "about", "hours"})


def apply_shop(actor: Actor, key: UUID, *, owner_id: UUID | None = None, **data: Any) -> Answer:
    """A member applies with his shop and owns it; once per key. `data` as in `ShopWish`.

    `owner_id`: the desk (`shop.manage`) enters the shop of another member. The answer has `merchant_id` and `number`.
    Raises `ShopInvalid`, `ShopNameTaken`, `TradeUnknown`, `ApplicationsTooMany`, `MemberNumberUnknown`, and the
    refusals of members who are not active.
    """
    actor.require("shop.apply")
    wish = rules.clean_shop(ShopWish(**data))

    def work() -> dict[str, Any]:
        return _apply(actor, wish, owner_id)

    return once(key, actor, "shop.apply", {**asdict(wish), "owner_id": owner_id}, work)


def _apply(actor: Actor, wish: ShopWish, owner_id: UUID | None) -> dict[str, Any]:
    if owner_id is not None and owner_id != actor.member_id:
        actor.require("shop.manage")
    owner_id = owner_id or actor.member_id
    if owner_id is None:
        raise MemberNumberUnknown(field="owner_id")
    members.queries.require_active(members.queries.facts(owner_id, lock=True))
    _require_known(wish)
    if actor.kind != "system" and _waiting(owner_id) >= rules.MOST_APPLICATIONS:
        raise ApplicationsTooMany(most=rules.MOST_APPLICATIONS)
    merchant_id, now = new_id(), clock.now()
    number = _insert(
        id=merchant_id,
        **asdict(wish),
        status=APPLIED,
        paused_by_shop=False,
        plate_generation=1,
        plate_digest=plate_digest(merchant_id, 1),
        applied_by=owner_id,
        applied_at=now,
    )
    owner = {"merchant_id": merchant_id, "member_id": owner_id, "post": OWNER, "since": now}
    db.session.execute(sa.insert(ShopClerk), owner)
    record(actor, "shop.applied", merchant_id, name=wish.name)
    return {"outcome": "shop_applied", "merchant_id": str(merchant_id), "number": number, "where": wish.name}


def _require_known(wish: ShopWish) -> None:
    if db.session.scalar(sa.select(Trade.code).where(Trade.code == wish.trade_code)) is None:
        raise TradeUnknown(field="trade_code")
    if wish.area_id is not None and wish.area_id not in members.queries.area_names():
        raise ShopInvalid(field="area_id", reason="unknown")


def _waiting(owner_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(Merchant.applied_by == owner_id, Merchant.status == APPLIED)
    return db.session.scalar(query) or 0


def _insert(**values: Any) -> int:
    statement = insert(Merchant).on_conflict_do_nothing().returning(Merchant.number)
    while True:  # somebody else may take the same number at the same time
        _require_free(values["name"], values["id"])
        number = (db.session.scalar(sa.select(sa.func.max(Merchant.number))) or 0) + 1
        if db.session.execute(statement.values(**values, number=number)).first() is not None:
            return number


def _require_free(name: str, merchant_id: UUID) -> None:
    query = sa.select(Merchant.id).where(
        Merchant.name == name, Merchant.status != LEFT, Merchant.id != merchant_id
    )
    if db.session.scalar(query) is not None:
        raise ShopNameTaken(field="name", name=name)


# --- Status ----------------------------------------------------------------------------------------------------------


@transactional
def admit_shop(actor: Actor, merchant_id: UUID) -> None:
    """Make an applicant, or a shop that had left, a partner; needs `shop.manage`, audited.

    Nobody admits the shop at which he works: `OwnShop`. Raises `ShopUnknown`, `ShopStatusImpossible`, `ShopNameTaken`.
    """
    shop = lock_shop(merchant_id)
    require_disinterested(actor, "shop.manage", shop)
    if shop.status == ACTIVE:
        return
    if shop.status != PAUSED:
        _require_free(shop.name, shop.id)
    _set_status(actor, shop, ACTIVE, "shop.admitted")


@transactional
def decline_shop(actor: Actor, merchant_id: UUID, reason: str) -> None:
    """Turn an application down; needs `shop.manage` and a reason, audited.

    Raises `ShopUnknown`, `ShopStatusImpossible`, `ShopReasonMissing`, `OwnShop`.
    """
    reason = rules.clean_reason(reason)
    shop = lock_shop(merchant_id)
    require_disinterested(actor, "shop.manage", shop)
    if shop.status != APPLIED:
        rules.check_status_change(shop.status, APPLIED)
    _set_status(actor, shop, LEFT, "shop.declined", reason=reason)


@transactional
def pause_shop(actor: Actor, merchant_id: UUID, reason: str = "") -> None:
    """Let a shop take and give no points for a while; by its owner, or by the desk with a reason. Audited.

    Orders under way are refused from now on. Raises `ShopUnknown`, `ShopStatusImpossible`, `ShopReasonMissing`,
    `NotYourShop`, `OwnerNeeded`.
    """
    shop = lock_shop(merchant_id)
    by_desk = require_owner_or_desk(actor, merchant_id)
    reason = rules.clean_reason(reason, required=by_desk)
    if shop.status == PAUSED:
        shop.paused_by_shop = shop.paused_by_shop and not by_desk
        return
    _set_status(actor, shop, PAUSED, "shop.paused", reason=reason)
    shop.paused_by_shop = not by_desk


@transactional
def resume_shop(actor: Actor, merchant_id: UUID) -> None:
    """End a pause: the owner his own, the desk any. Audited.

    Raises `ShopUnknown`, `ShopStatusImpossible`, `NotYourShop`, `OwnerNeeded`, `OwnShop`.
    """
    shop = lock_shop(merchant_id)
    by_desk = require_owner_or_desk(actor, merchant_id)
    if shop.status == ACTIVE:
        return
    if shop.status != PAUSED:
        rules.check_status_change(shop.status, PAUSED)
    if by_desk or not shop.paused_by_shop:
        # Whoever works there and is coordinator as well hears why he cannot; an owner alone, whom he needs.
        require_disinterested(actor, "shop.manage", shop)
    _set_status(actor, shop, ACTIVE, "shop.resumed")


@transactional
def end_shop(actor: Actor, merchant_id: UUID, reason: str = "") -> None:
    """End the partnership; by the owner, or by the desk with a reason. What is owed is still settled. Audited.

    Raises `ShopUnknown`, `ShopReasonMissing`, `NotYourShop`, `OwnerNeeded`.
    """
    shop = lock_shop(merchant_id)
    by_desk = require_owner_or_desk(actor, merchant_id)
    reason = rules.clean_reason(reason, required=by_desk)
    if shop.status != LEFT:
        _set_status(actor, shop, LEFT, "shop.ended", reason=reason)


def _set_status(actor: Actor, shop: Merchant, status: str, act: str, **how: str) -> None:
    rules.check_status_change(shop.status, status)
    shop.status, shop.paused_by_shop = status, False
    if status == ACTIVE and shop.admitted_at is None:
        shop.admitted_at = clock.now()
    record(actor, act, shop.id, **{name: text for name, text in how.items() if text})


# --- The page --------------------------------------------------------------------------------------------------------


@transactional
def change_shop(actor: Actor, merchant_id: UUID, **changes: Any) -> None:
    """Change what stands on a shop's page, as in `ShopWish`; and by the desk its limits (None: the alliance's).

    Fields left out stay. An owner changes all but name, trade and limits, and while his shop waits all but limits. On
    trade and limits hangs value, so nobody sets them at his own shop. Audited with the names of the fields. Raises
    `ShopUnknown`, `ShopInvalid`, `ShopNameTaken`, `TradeUnknown`, `NotYourShop`, `OwnerNeeded`, `OwnShop`.
    """
    limits = {name: changes.pop(name) for name in queries.LIMITS if name in changes}
    shop = lock_shop(merchant_id)
    by_desk = require_owner_or_desk(actor, merchant_id)
    present = {name: getattr(shop, name) for name in ShopWish.__dataclass_fields__}
    wish = rules.clean_shop(ShopWish(**(present | changes)))
    _require_known(wish)
    changed = {name: value for name, value in asdict(wish).items() if value != present[name]}
    desks = changed.keys() - _OWNERS_FIELDS
    if limits or (shop.status != APPLIED and ("trade_code" in desks or (desks and not by_desk))):
        require_disinterested(actor, "shop.manage", shop)
    if "name" in changed and shop.status != LEFT:
        _require_free(wish.name, merchant_id)
    if "trade_code" in changed:
        _keep_trade(merchant_id, present["trade_code"])
    for name, value in (changed | rules.clean_limits(limits)).items():
        setattr(shop, name, value)
    if changed or limits:
        record(actor, "shop.changed", merchant_id, fields=sorted({*changed, *limits}))


def _keep_trade(merchant_id: UUID, code: str) -> None:
    """Write down which trade the shop had until now: what it took counts at that trade's rate."""
    # Of two changes at the same moment the first one tells what was before.
    statement = insert(FormerTrade).values(merchant_id=merchant_id, until=clock.now(), trade_code=code)
    db.session.execute(statement.on_conflict_do_nothing())


# --- The plate -------------------------------------------------------------------------------------------------------


@transactional
def reprint_plate(actor: Actor, merchant_id: UUID, *, generation: int) -> int:
    """Give the shop a new code, so that the old plate and every photo of it are worthless; by the owner or the desk.

    `generation` is the one to be replaced: a second tap must not void the plate that was just printed. Returns the new
    generation. Raises `ShopUnknown`, `ShopPlateRenewed`, `NotYourShop`, `OwnerNeeded`.
    """
    shop = lock_shop(merchant_id)
    require_owner_or_desk(actor, merchant_id)
    if shop.plate_generation != generation:
        raise ShopPlateRenewed(where=shop.name, generation=shop.plate_generation)
    replaced = {"code_digest": shop.plate_digest, "merchant_id": merchant_id, "replaced_at": clock.now()}
    db.session.execute(sa.insert(ReplacedShopPlate), replaced)
    shop.plate_generation = generation + 1
    shop.plate_digest = plate_digest(merchant_id, generation + 1)
    record(actor, "shop.plate_reprinted", merchant_id, generation=generation + 1)
    return generation + 1


@transactional
def print_plates(actor: Actor, merchant_ids: Collection[UUID]) -> list[PlateToPrint]:
    """The newest plates of these shops, by number, each written down as printed, by the owner or the desk.

    The same plate comes out at every printing. Raises `NotYourShop`, `OwnerNeeded`, `ShopUnknown`.
    """
    for merchant_id in merchant_ids:
        queries.shop(merchant_id)
        require_owner_or_desk(actor, merchant_id)
    plates = queries.plates(merchant_ids)
    acts = [
        audit.Act(
            each.id, None, {"number": each.number, "name": each.name, "generation": each.plate_generation}
        )
        for each in (plate.shop for plate in plates)
    ]
    audit.record_many(actor, "shop.plate_printed", "merchant", acts)
    return plates


def show_by_plate(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for a plate: the shop, its offers, and what this member can pay there.

    Raises `ShopPlateUnknown`, `ShopPlateReplaced`, `ShopClosedNow`.
    """
    actor.require("shop.read")
    shop = queries.shop(queries.read_plate(scan.code))
    rules.require_partner(shop.status, shop.name)
    return {
        "outcome": "shop",
        "merchant_id": str(shop.id),
        "number": shop.number,
        "where": shop.name,
        "where_en": shop.name_en,
        "trade": shop.trade_code,
        "payment_limit": queries.plate_payment_limit(shop),
        "offers": [
            {"offer_id": str(each.id), "name": each.name, "name_en": each.name_en, "points": each.points}
            for each in queries.offers(shop.id)
        ],
    }
