"""Names of shops for statements: what a movement of points was about."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.db import db
from merchants.models import Charge, Merchant, ShopDeed, ShopGift

_TABLES: dict[str, Any] = {"charge": Charge, "shop_gift": ShopGift, "shop_deed": ShopDeed}


def subject_names(subject_type: str, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Id of a charge, gift or deed → the shop's name in Chinese and English; unknown ids are left out.

    `subject_type` as in the ledger: "charge", "shop_gift", "shop_deed"; "budget" and "settlement" name the shop itself.
    """
    table = _TABLES.get(subject_type)
    if table is None:
        query = sa.select(Merchant.id, Merchant.name, Merchant.name_en).where(Merchant.id.in_(list(ids)))
    else:
        query = (
            sa.select(table.id, Merchant.name, Merchant.name_en)
            .join(Merchant, Merchant.id == table.merchant_id)
            .where(table.id.in_(list(ids)))
        )
    return {subject: (name, name_en or name) for subject, name, name_en in db.session.execute(query)}
