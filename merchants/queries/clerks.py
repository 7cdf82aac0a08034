"""Who works at which shop."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core.db import db
from merchants.models import Merchant, ShopClerk, ShopInvitation
from merchants.rules.values import ACTIVE, OWNER, PAUSED

#: Who is suspended, gone or not yet admitted stands at no counter.
_ABLE = frozenset({"active", "on_leave"})


@dataclass(frozen=True, slots=True)
class ClerkFacts:
    """A member who works at a shop now. `post`: owner or clerk; `since` is UTC."""

    merchant_id: UUID
    member_id: UUID
    name: str
    number: int
    status: str
    post: str
    has_pin: bool
    since: datetime

    @property
    def owns(self) -> bool:
        """Whether he is an owner."""
        return self.post == OWNER


@dataclass(frozen=True, slots=True)
class Post:
    """A shop where a member works."""

    merchant_id: UUID
    number: int
    name: str
    name_en: str
    status: str
    post: str

    @property
    def owns(self) -> bool:
        """Whether he is an owner."""
        return self.post == OWNER

    @property
    def has_counter(self) -> bool:
        """Whether the shop is a partner: it has a counter, even if it pauses and takes nothing just now."""
        return self.status in (ACTIVE, PAUSED)


def clerk(merchant_id: UUID, member_id: UUID, *, lock: bool = False) -> ClerkFacts | None:
    """The member's post at the shop now; None when he has none, or may not act as a member.

    `lock`: whoever ends the post waits until the transaction ends; others who only stand there do not.
    """
    query = sa.select(ShopClerk).where(
        ShopClerk.merchant_id == merchant_id,
        ShopClerk.member_id == member_id,
        ShopClerk.left_at.is_(None),
    )
    if lock:
        query = query.with_for_update(read=True)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    return next(iter(_facts([found])), None) if found is not None else None


def clerks(merchant_id: UUID) -> list[ClerkFacts]:
    """Who works at the shop now, owners first, then since when; also the suspended, whom `clerk` leaves out."""
    query = sa.select(ShopClerk).where(ShopClerk.merchant_id == merchant_id, ShopClerk.left_at.is_(None))
    query = query.order_by(ShopClerk.post.desc(), ShopClerk.since, ShopClerk.member_id)
    return _facts(list(db.session.scalars(query.execution_options(populate_existing=True))), all_of_them=True)


def _facts(rows: list[ShopClerk], *, all_of_them: bool = False) -> list[ClerkFacts]:
    people = members.queries.many_facts(row.member_id for row in rows)
    return [
        ClerkFacts(
            merchant_id=row.merchant_id,
            member_id=row.member_id,
            name=people[row.member_id].name,
            number=people[row.member_id].number,
            status=people[row.member_id].status,
            post=row.post,
            has_pin=row.pin_hash is not None,
            since=row.since,
        )
        for row in rows
        if all_of_them or people[row.member_id].status in _ABLE
    ]


def posts_of(member_id: UUID) -> list[Post]:
    """The shops where the member works now, of any status, by number."""
    query = (
        sa.select(
            Merchant.id, Merchant.number, Merchant.name, Merchant.name_en, Merchant.status, ShopClerk.post
        )
        .join(ShopClerk, ShopClerk.merchant_id == Merchant.id)
        .where(ShopClerk.member_id == member_id, ShopClerk.left_at.is_(None))
        .order_by(Merchant.number)
    )
    return [Post(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Invited:
    """A member whom a shop has asked to work there; he has not answered. `name` has its middle hidden."""

    member_id: UUID
    name: str
    number: int
    post: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A shop that has asked a member to work there. `invited_at` is UTC."""

    merchant_id: UUID
    number: int
    name: str
    name_en: str
    post: str
    invited_at: datetime


def invited(merchant_id: UUID) -> list[Invited]:
    """Whom the shop has asked, the first one first."""
    query = sa.select(ShopInvitation.member_id, ShopInvitation.post, ShopInvitation.invited_at)
    query = query.where(ShopInvitation.merchant_id == merchant_id)
    rows = db.session.execute(query.order_by(ShopInvitation.invited_at, ShopInvitation.member_id)).all()
    people = members.queries.many_facts(row.member_id for row in rows)
    return [
        Invited(
            member_id=row.member_id,
            name=members.queries.masked_name(people[row.member_id].name),
            number=people[row.member_id].number,
            post=row.post,
            invited_at=row.invited_at,
        )
        for row in rows
    ]


def invitations_of(member_id: UUID) -> list[Invitation]:
    """The shops that have asked the member and are partners still, by number."""
    query = (
        sa.select(
            Merchant.id,
            Merchant.number,
            Merchant.name,
            Merchant.name_en,
            ShopInvitation.post,
            ShopInvitation.invited_at,
        )
        .join(ShopInvitation, ShopInvitation.merchant_id == Merchant.id)
        .where(ShopInvitation.member_id == member_id, Merchant.status.in_((ACTIVE, PAUSED)))
        .order_by(Merchant.number)
    )
    return [Invitation(*row) for row in db.session.execute(query)]


def kept_pin(merchant_id: UUID, member_id: UUID) -> str | None:
    """The hash of the clerk's counter PIN; None when he has none."""
    query = sa.select(ShopClerk.pin_hash).where(
        ShopClerk.merchant_id == merchant_id,
        ShopClerk.member_id == member_id,
        ShopClerk.left_at.is_(None),
    )
    return db.session.scalar(query)
