"""What the use cases of shops share: the shop's row, who may decide about it, and what is written down of it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import db, execute, insert
from core.fixed import Fixed
from members.errors import NotOnOneself
from merchants.errors import NotYourShop, OwnerNeeded, OwnShop, ShopUnknown
from merchants.models import Merchant, ShopClerk
from merchants.rules import shops as rules
from merchants.rules.values import OWNER


def lock_shop(merchant_id: UUID) -> Merchant:
    """The shop's row, locked until the transaction ends. Raises `ShopUnknown`."""
    # FOR NO KEY UPDATE: rows that only point to the shop (charges, gifts) need not wait.
    query = sa.select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ShopUnknown
    return found


def record(actor: Actor, act: str, merchant_id: UUID, **data: Any) -> None:
    """Write an act about a shop into the audit log."""
    audit.record(actor, act, "merchant", merchant_id, **data)


def post_at(member_id: UUID | None, merchant_id: UUID) -> str | None:
    """What the member is at the shop now: owner, clerk, or None."""
    query = sa.select(ShopClerk.post).where(
        ShopClerk.merchant_id == merchant_id, ShopClerk.member_id == member_id, ShopClerk.left_at.is_(None)
    )
    return db.session.scalar(query)


def employ(merchant_id: UUID, member_id: UUID, post: str) -> None:
    """Let the member work at the shop from now on, also when he did once; without a counter PIN."""
    values = {"post": post, "pin_hash": None, "since": clock.now(), "left_at": None}
    statement = insert(ShopClerk).values(merchant_id=merchant_id, member_id=member_id, **values)
    keys = [ShopClerk.merchant_id, ShopClerk.member_id]
    db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


#: Who works at a shop, or did until `since`.
_PEOPLE = Fixed(
    sa.select(ShopClerk.member_id).where(
        ShopClerk.merchant_id == sa.bindparam("shop"),
        sa.or_(ShopClerk.left_at.is_(None), ShopClerk.left_at > sa.bindparam("since")),
    )
)


def is_own_shop(member_id: UUID | None, merchant_id: UUID) -> bool:
    """Whether the member or somebody of his household works at the shop, or did within the last month."""
    if member_id is None:
        return False
    people = execute(_PEOPLE, {"shop": merchant_id, "since": clock.now() - rules.OWN_SHOP_LASTS})
    return not members.queries.household_of(member_id).isdisjoint(row.member_id for row in people)


def require_disinterested(actor: Actor, permission: str, shop: Merchant) -> None:
    """The desk decides about value: needs the permission, and raises `OwnShop` for the shop's own people."""
    actor.require(permission)
    if is_own_shop(actor.member_id, shop.id):
        raise OwnShop(where=shop.name)


def require_other_household(actor: Actor, member_id: UUID | None) -> None:
    """Raise `NotOnOneself` where staff would decide about themselves or their household."""
    if member_id is not None and actor.member_id in members.queries.household_of(member_id):
        raise NotOnOneself


def require_owner_or_desk(actor: Actor, merchant_id: UUID) -> bool:
    """Whether the desk acts (True) or an owner (False). Raises `NotYourShop`, `OwnerNeeded`.

    An owner who is a coordinator as well acts as owner: he has no say over his own shop as the desk.
    """
    post = post_at(actor.member_id, merchant_id) if actor.kind == "member" else None
    if post == OWNER and actor.may("counter.use"):
        return False
    if actor.may("shop.manage"):
        return True
    raise OwnerNeeded if post is not None else NotYourShop


def require_figures(actor: Actor, merchant_id: UUID) -> None:
    """Who took what is seen by owners and by those who look after all shops. Raises as `require_owner_or_desk` does."""
    if not actor.may("shop.audit"):
        require_owner_or_desk(actor, merchant_id)
