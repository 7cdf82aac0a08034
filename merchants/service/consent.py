"""A shop asks a member to work at its counter; he says yes or no. Until then he is none of its people."""

from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.auth import Actor
from core.db import db, transactional
from members.queries import MemberFacts
from merchants import queries
from merchants.errors import ClerkAsked, ClerksTooMany, InvitationUnknown
from merchants.models import Merchant, ShopInvitation
from merchants.rules import shops as rules
from merchants.rules.values import APPLIED, LEFT
from merchants.service.common import employ, lock_shop, record


def invite(actor: Actor, shop: Merchant, member: MemberFacts, post: str) -> None:
    """Ask the member; the shop is locked, and whether he fits there was looked at. Raises `ClerkAsked`."""
    if db.session.get(ShopInvitation, (shop.id, member.id)) is not None:
        raise ClerkAsked(field="member_number")
    asked = {"merchant_id": shop.id, "member_id": member.id, "post": post}
    when = {"invited_at": clock.now(), "invited_by": actor.member_id}
    db.session.execute(sa.insert(ShopInvitation), asked | when)
    record(actor, "shop.clerk_invited", shop.id, member=member.number, post=post)


def take_away(merchant_id: UUID, member_id: UUID) -> str | None:
    """End an invitation, however; the post that was offered, None when there was none. The shop is locked."""
    gone = sa.delete(ShopInvitation).where(
        ShopInvitation.merchant_id == merchant_id, ShopInvitation.member_id == member_id
    )
    return db.session.scalar(gone.returning(ShopInvitation.post))


@transactional
def accept_post(actor: Actor, *, merchant_id: UUID) -> None:
    """The member agrees to work at the shop that asked him, and does from now on. Audited; a repeat does nothing.

    Only he himself: who looks after him may not (`PermissionMissing`). Raises `ShopUnknown`, `InvitationUnknown`,
    `ShopClosedNow` when the shop has left meanwhile, `ClerksTooMany`, and the refusals of members who are not active.
    """
    member_id = _himself(actor)
    shop = lock_shop(merchant_id)
    post = take_away(merchant_id, member_id)
    there = queries.clerks(merchant_id)
    if post is None:
        if any(each.member_id == member_id for each in there):
            return
        raise InvitationUnknown
    if shop.status in {APPLIED, LEFT}:
        rules.require_partner(shop.status, shop.name)
    member = members.queries.facts(member_id)
    members.queries.require_active(member)
    if len(there) >= rules.MOST_CLERKS:
        raise ClerksTooMany(most=rules.MOST_CLERKS)
    employ(merchant_id, member_id, post)
    record(actor, "shop.clerk_added", merchant_id, member=member.number, post=post)


@transactional
def decline_post(actor: Actor, *, merchant_id: UUID) -> None:
    """The member does not want to work at the shop that asked him. Audited; a repeat does nothing.

    Raises `ShopUnknown`.
    """
    member_id = _himself(actor)
    lock_shop(merchant_id)
    if take_away(merchant_id, member_id) is not None:
        record(actor, "shop.invitation_declined", merchant_id, member=members.queries.facts(member_id).number)


def _himself(actor: Actor) -> UUID:
    actor.require("counter.use")
    if actor.kind != "member" or actor.member_id is None:
        raise InvitationUnknown
    return actor.member_id
