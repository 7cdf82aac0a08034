"""Builders for tests about points: people with names, squads, and movements through the real services."""

import itertools
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import members.queries
import members.service
from core import clock
from core.auth import NIL, SYSTEM, Actor
from core.config import settings
from core.db import db, insert, transaction
from members.queries import MemberFacts
from points import checks, ledger, queries, rules, service
from points.models import TariffRule

_numbers = itertools.count(1)


def squad(name: str | None = None, **facts: Any) -> UUID:
    """A patrol squad."""
    return members.service.add_squad(SYSTEM, name=name or f"巡逻{next(_numbers)}队", **facts)


def member(
    name: str = "王芳", *, roles: tuple[str, ...] = ("volunteer",), squad_id: UUID | None = None
) -> MemberFacts:
    """An active member."""
    return members.service.add_member(SYSTEM, name=name, roles=roles, squad_id=squad_id)


def actor(of: MemberFacts, *permissions: str) -> Actor:
    """Somebody at work, with these permissions."""
    return Actor(
        id=of.id,
        kind="member",
        permissions=frozenset(permissions),
        member_id=of.id,
        squad_id=of.squad_id,
        name=of.name,
    )


def coordinator(name: str = "李警官") -> Actor:
    """A coordinator who may give and withdraw awards."""
    facts = member(name, roles=("coordinator",))
    return actor(facts, "award.give", "award.withdraw", "member.read", "ledger.read", "desk.read")


def tariff_rule(**changes: Any) -> rules.Rule:
    """A rule in force from today that pays 5 points without a cap."""
    administrator = Actor(id=uuid4(), kind="member", permissions=frozenset({"tariff.manage"}))
    values = {
        "code": f"deed_{next(_numbers)}",
        "name_zh": "好事",
        "name_en": "Good deed",
        "category": "other",
        "points": 5,
        "valid_from": clock.today(),
    }
    return service.add_rule(administrator, **(values | changes))


def rule_worth(points: int) -> UUID:
    """The rule of a day long ago that paid so many points: every earning names one, and this one shows in no tariff."""
    rule_id = uuid5(NIL, str(points))
    row = {
        "id": rule_id,
        "code": f"worth_{points}",
        "version": 1,
        "name_zh": "好事",
        "name_en": "Good deed",
        "category": "other",
        "points": points,
        "valid_from": date(2020, 1, 1),
        "valid_until": date(2020, 1, 2),
        "created_at": clock.now(),
        "created_by": SYSTEM.id,
    }
    db.session.connection().execute(insert(TariffRule).on_conflict_do_nothing(), row)
    return rule_id


def earn(
    member_id: UUID,
    points: int,
    *,
    squad_id: UUID | None = None,
    expires_on: date | None = None,
    key: UUID | None = None,
    happened_at: datetime | None = None,
) -> UUID:
    """Book an earning of any number of points and return its id."""
    now = clock.now()
    today = clock.local_date(now)
    with transaction():
        return ledger.post(
            ledger.Movement(
                kind="earn",
                debit=ledger.ISSUED,
                credit=ledger.member(member_id),
                amount=points,
                key=key or uuid4(),
                actor_id=SYSTEM.id,
                subject_type="test",
                subject_id=None,
                rule_id=rule_worth(points),
                squad_id=squad_id,
                happened_at=happened_at or now,
                posted_at=now,
                posted_on=today,
                expires_on=expires_on or rules.expiry(today, settings().points_live_years),
            )
        )[0]


def reserve(member_id: UUID, points: int, key: UUID | None = None) -> UUID:
    """Put points in escrow."""
    with transaction():
        return service.reserve(
            SYSTEM,
            key=key or uuid4(),
            member_id=member_id,
            points=points,
            subject_type="test",
            subject_id=None,
        )


def withdraw(transfer_id: UUID) -> UUID:
    """Reverse an earning, without the request around it."""
    with transaction():
        return ledger.reverse(ledger.find(transfer_id), key=uuid4(), actor_id=SYSTEM.id)


def balance(account_id: UUID) -> int:
    """What the account can spend now, read afresh."""
    db.session.rollback()
    return queries.balance(account_id)


def owed(account_id: UUID) -> int:
    """What the account owes now, read afresh."""
    db.session.rollback()
    return queries.holdings(account_id).owed


def faults() -> dict[str, tuple[str, ...]]:
    """Every invariant that is broken, with the rows that break it; empty on clean books."""
    db.session.rollback()
    return {finding.name: finding.rows for finding in checks.run() if finding.faults}
