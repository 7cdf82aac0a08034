"""Who works at a shop's counter: clerks and owners, and the PIN with which one takes over a shared phone."""

from typing import Any
from uuid import UUID

import members.queries
import members.service
from core import clock
from core.auth import Actor
from core.db import db, in_transaction, transactional
from core.receipts import Answer, once
from merchants import queries
from merchants.errors import (
    ClerksTooMany,
    ClerkThere,
    ClerkUnknown,
    CounterPinLocked,
    CounterPinMissing,
    CounterPinWrong,
    LastOwner,
    MemberNumberUnknown,
    NotYourShop,
)
from merchants.models import ShopClerk
from merchants.queries import ClerkFacts
from merchants.queries.clerks import kept_pin
from merchants.rules import shops as rules
from merchants.rules.shops import require_partner
from merchants.rules.values import APPLIED, CLERK, LEFT, OWNER
from merchants.service import consent
from merchants.service.common import (
    employ,
    lock_shop,
    record,
    require_disinterested,
    require_other_household,
    require_owner_or_desk,
)

#: Wrong counter PINs are counted per shop and clerk by these limits.
_LIMITS = ("pin_counter", "pin_counter_day")


def clerk_of(
    actor: Actor, merchant_id: UUID, clerk_id: UUID | None = None, *, lock: bool = False
) -> ClerkFacts:
    """Who stands at the counter in this request: the actor, or `clerk_id`, who has shown his PIN there.

    Read anew each time, so that leaving takes effect at once. For a till it is the member answerable for it. `lock`:
    whoever ends the post meanwhile waits for this transaction. Raises `NotYourShop` when the actor or the clerk does
    not work there (any more) or may not act as member.
    """
    actor.require("counter.use")
    who = clerk_id if actor.kind == "system" else actor.member_id
    found = queries.clerk(merchant_id, who, lock=lock) if who is not None else None
    if found is not None and clerk_id not in {None, who} and clerk_id is not None:
        found = queries.clerk(merchant_id, clerk_id, lock=lock)
    if found is None:
        raise NotYourShop
    return found


def add_clerk(actor: Actor, *, key: UUID, merchant_id: UUID, member_number: str, post: str = CLERK) -> Answer:
    """Ask a member to work at the shop, by his number; once per key, audited.

    An owner asks, and the member works there once he has accepted; the answer has his masked name. The desk, before
    which he stands, enters him at once. The number is as read or typed, with its check digit; the answer has
    `member_id`. Nobody of the desk puts himself or his household behind a counter, or anybody behind that of the shop
    where he works. Raises `MemberNumberUnknown`, `ClerkThere`, `ClerkAsked`, `ClerksTooMany`, `ShopUnknown`,
    `NotYourShop`, `OwnerNeeded`, `OwnShop`, `NotOnOneself`, `ShopClosedNow` while the shop waits to be admitted, and
    the refusals of members who are not active.
    """
    post = OWNER if post == OWNER else CLERK

    def work() -> dict[str, Any]:
        return _add(actor, merchant_id, member_number, post)

    content = {"merchant_id": merchant_id, "member_number": member_number, "post": post}
    return once(key, actor, "shop.clerk", content, work)


def _add(actor: Actor, merchant_id: UUID, member_number: str, post: str) -> dict[str, Any]:
    shop = lock_shop(merchant_id)
    by_desk = require_owner_or_desk(actor, merchant_id)
    if by_desk:
        require_disinterested(actor, "shop.manage", shop)
    elif shop.status in {APPLIED, LEFT}:
        # Else anybody could open a shop that nobody has looked at, only to read names by numbers.
        require_partner(shop.status, shop.name)
    number = members.queries.read_number(member_number)
    found = members.queries.facts_by_number(number) if number is not None else None
    if found is None:
        raise MemberNumberUnknown(field="member_number")
    if by_desk:
        require_other_household(actor, found.id)
    members.queries.require_active(found)
    there = queries.clerks(merchant_id)
    if any(each.member_id == found.id for each in there):
        raise ClerkThere(field="member_number")
    if len(there) + (0 if by_desk else len(queries.invited(merchant_id))) >= rules.MOST_CLERKS:
        raise ClerksTooMany(most=rules.MOST_CLERKS)
    answer = {"merchant_id": str(merchant_id), "member_id": str(found.id), "where": shop.name}
    if not by_desk:
        consent.invite(actor, shop, found, post)
        return {"outcome": "clerk_invited", **answer, "member_name": members.queries.masked_name(found.name)}
    consent.take_away(merchant_id, found.id)
    employ(merchant_id, found.id, post)
    record(actor, "shop.clerk_added", merchant_id, member=found.number, post=post)
    return {"outcome": "clerk_added", **answer}


@transactional
def remove_clerk(actor: Actor, *, merchant_id: UUID, member_id: UUID) -> None:
    """End a member's work at the shop, at once; by himself, an owner or the desk. Audited.

    Who has only been asked is asked no more.

    Raises `ClerkUnknown`, `LastOwner`, `ShopUnknown`, `NotYourShop`, `OwnerNeeded`.
    """
    shop = lock_shop(merchant_id)
    if actor.kind != "member" or actor.member_id != member_id:
        require_owner_or_desk(actor, merchant_id)
    if consent.take_away(merchant_id, member_id) is not None:
        record(actor, "shop.invitation_withdrawn", merchant_id, member=_number(member_id))
        return
    row = _row(merchant_id, member_id)
    if row.post == OWNER and shop.status != LEFT and _owners(merchant_id) == {member_id}:
        raise LastOwner
    row.left_at, row.pin_hash = clock.now(), None
    record(actor, "shop.clerk_removed", merchant_id, member=_number(member_id))


@transactional
def make_owner(actor: Actor, *, merchant_id: UUID, member_id: UUID, post: str = OWNER) -> None:
    """Make a clerk an owner, or (`post="clerk"`) an owner a clerk; by an owner or the desk. Audited.

    Raises `ClerkUnknown`, `LastOwner`, `ShopUnknown`, `NotYourShop`, `OwnerNeeded`, `OwnShop`.
    """
    shop = lock_shop(merchant_id)
    if require_owner_or_desk(actor, merchant_id):
        require_disinterested(actor, "shop.manage", shop)
    row = _row(merchant_id, member_id)
    if post != OWNER and _owners(merchant_id) == {member_id}:
        raise LastOwner
    row.post = OWNER if post == OWNER else CLERK
    record(actor, "shop.post_changed", merchant_id, member=_number(member_id), post=row.post)


def set_counter_pin(actor: Actor, *, merchant_id: UUID, member_id: UUID, pin: str) -> None:
    """Set a clerk's counter PIN, and open it when the old one was locked; by himself or an owner. Audited.

    Not by a till, and not by the desk: it takes no points. Raises `PinTooWeak`, `ClerkUnknown`, `NotYourShop`,
    `OwnerNeeded`.
    """
    hashed = members.service.new_pin_hash(member_id, pin)
    _keep_pin(actor, merchant_id, member_id, hashed)


@transactional
def _keep_pin(actor: Actor, merchant_id: UUID, member_id: UUID, hashed: str) -> None:
    lock_shop(merchant_id)
    if actor.kind == "device":
        raise NotYourShop
    if actor.member_id != member_id and require_owner_or_desk(actor, merchant_id) and actor.kind != "system":
        raise NotYourShop
    _row(merchant_id, member_id).pin_hash = hashed
    for kind in _LIMITS:
        members.service.forget_tries(kind, _counted(merchant_id, member_id))
    record(actor, "shop.counter_pin_set", merchant_id, member=_number(member_id))


def check_counter_pin(actor: Actor, *, merchant_id: UUID, clerk_id: UUID, pin: str) -> ClerkFacts:
    """The clerk who takes over the counter with his PIN on the actor's phone, tablet or till.

    Wrong tries are counted in a transaction of their own: five in an hour or twenty in a day lock the PIN until the
    time is over or a new one is set. Inside a transaction it raises RuntimeError. Raises `NotYourShop`,
    `CounterPinMissing`, `CounterPinWrong` with `tries_left`, `CounterPinLocked` with `retry_after` in seconds.
    """
    if in_transaction():
        raise RuntimeError("check_counter_pin inside a transaction, which would undo the count of tries")
    found = clerk_of(actor, merchant_id, clerk_id)
    kept = kept_pin(merchant_id, clerk_id)
    if kept is None:
        raise CounterPinMissing(field="pin")
    subject = _counted(merchant_id, clerk_id)
    # Counted before it is looked at: of many guesses at the same moment, too, only so many are looked at.
    left = members.service.count_try(CounterPinLocked, **dict.fromkeys(_LIMITS, subject))
    if not members.service.pin_matches(kept, pin):
        if left.tries == 0:
            raise CounterPinLocked(retry_after=left.retry_after)
        raise CounterPinWrong(field="pin", tries_left=left.tries)
    _forget(subject)
    return found


@transactional
def _forget(subject: str) -> None:
    for kind in _LIMITS:
        members.service.forget_tries(kind, subject)


def _counted(merchant_id: UUID, member_id: UUID) -> str:
    return f"{merchant_id} {member_id}"


def _row(merchant_id: UUID, member_id: UUID) -> ShopClerk:
    found = db.session.get(ShopClerk, (merchant_id, member_id), populate_existing=True, with_for_update=True)
    if found is None or found.left_at is not None:
        raise ClerkUnknown
    return found


def _owners(merchant_id: UUID) -> set[UUID]:
    return {each.member_id for each in queries.clerks(merchant_id) if each.post == OWNER}


def _number(member_id: UUID) -> int:
    return members.queries.facts(member_id).number
