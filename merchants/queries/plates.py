"""The plates on shops' counters: what is printed on them, and whose plate a scanned code is."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from core import codes
from core.codes import Code, Kind, keyring
from core.config import settings
from core.db import db, execute
from core.fixed import Fixed
from merchants.errors import ShopPlateReplaced, ShopPlateUnknown
from merchants.models import Merchant, ReplacedShopPlate
from merchants.queries.shops import ShopFacts, many_shops, shop

_BY_PLATE = Fixed(sa.select(Merchant.id).where(Merchant.plate_digest == sa.bindparam("digest")))


@dataclass(frozen=True, slots=True)
class PlateToPrint:
    """What stands on a plate: the address goes into the QR code, the grouped code below it for typing."""

    shop: ShopFacts
    address: str
    code: str


def plate_digest(merchant_id: UUID, generation: int) -> str:
    """What is kept of the code on the shop's plate of this generation."""
    return codes.digest(keyring(settings()), _code(merchant_id, generation))


def _code(merchant_id: UUID, generation: int) -> Code:
    return codes.printed_code(keyring(settings()), Kind.SHOP, merchant_id, generation)


def plate(merchant_id: UUID) -> PlateToPrint:
    """The newest plate of one shop. Raises `ShopUnknown`."""
    return _plate(shop(merchant_id))


def plates(merchant_ids: Collection[UUID]) -> list[PlateToPrint]:
    """The newest plates of these shops, by number; unknown ids are left out."""
    return [_plate(each) for each in sorted(many_shops(merchant_ids).values(), key=lambda each: each.number)]


def _plate(facts: ShopFacts) -> PlateToPrint:
    code = _code(facts.id, facts.plate_generation)
    return PlateToPrint(facts, codes.address(settings().base_url, code), codes.grouped(code))


def plates_behind(code_digests: Collection[str]) -> dict[str, ShopFacts]:
    """Whose plates, present or replaced, have codes with these digests; unknown ones are left out."""
    present = sa.select(Merchant.plate_digest, Merchant.id).where(Merchant.plate_digest.in_(code_digests))
    replaced = sa.select(ReplacedShopPlate.code_digest, ReplacedShopPlate.merchant_id).where(
        ReplacedShopPlate.code_digest.in_(code_digests)
    )
    rows = db.session.execute(sa.union_all(present, replaced))
    found: dict[str, UUID] = {row[0]: row[1] for row in rows}
    shops = many_shops(set(found.values()))
    return {digest: shops[shop_id] for digest, shop_id in found.items()}


def read_plate(code: Code) -> UUID:
    """Whose newest plate this is. Raises `ShopPlateUnknown`, and `ShopPlateReplaced` for an older one."""
    if code.kind is not Kind.SHOP:
        raise ShopPlateUnknown
    digest = codes.digest(keyring(settings()), code)
    found: UUID | None = execute(_BY_PLATE, {"digest": digest}).scalar()
    if found is not None:
        return found
    older = (
        sa.select(Merchant.name)
        .join(ReplacedShopPlate, ReplacedShopPlate.merchant_id == Merchant.id)
        .where(ReplacedShopPlate.code_digest == digest)
    )
    name = db.session.scalar(older)
    if name is None:
        raise ShopPlateUnknown
    raise ShopPlateReplaced(where=name)
