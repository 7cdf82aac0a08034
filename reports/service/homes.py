"""Rented homes are registered at the desk, each rewarded once for a term."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import db, dialect_name, insert, new_id
from core.receipts import Answer, once
from reports import secrets
from reports.errors import (
    DuplicateEarnsNot,
    HomeAlike,
    HomeForOneself,
    HomeKnown,
    HomeUnknown,
    HomeVoid,
    PlaceUnknown,
    ReporterNeeded,
    ReportJudged,
    ReportUnknown,
    SumInvalid,
)
from reports.models import RentedHome, Report
from reports.rules import desk, texts
from reports.rules.kinds import KINDS
from reports.service import judging, steps
from reports.service.judging import Earned

#: Nobody else takes locks of PostgreSQL by this number.
_LOCK = 7_264_115
#: Most addresses that a refusal names.
_MOST_ALIKE = 3


def register_home(
    actor: Actor,
    *,
    key: UUID,
    address: str,
    term_from: date,
    term_until: date,
    tenants: int = 0,
    area_id: UUID | None = None,
    member_id: UUID | None = None,
    report_id: UUID | None = None,
    another: bool = False,
) -> Answer:
    """Register a dwelling that is let, once per key; needs `report.handle`. `term_until` is the last day.

    `member_id` is who registers it and earns; or `report_id`, a report of a rented home, which becomes useful by it and
    is paid as such. `another`: it is another dwelling than those of this term with the same numbers. The answer has
    `home_id`, `points`, and `unpaid` with the code of why not. Raises `HomeKnown` (this dwelling, this term),
    `HomeAlike` (perhaps this dwelling), `LeaseInvalid`, `TextInvalid`, `PlaceUnknown`, `SumInvalid` (tenants),
    `HomeForOneself`, `ReportUnknown`, `ReportJudged`, `OwnReport`, `WordsClosed`, `ReporterNeeded` (neither a
    member nor a report).
    """
    address = texts.clean_line(address, "address", texts.LONGEST_ADDRESS, required=True)
    if not texts.dwelling_key(address):
        texts.clean_line("", "address", texts.LONGEST_ADDRESS, required=True)
    desk.check_lease(term_from, term_until, clock.today())
    if type(tenants) is not int or not 0 <= tenants <= desk.MOST_TENANTS:
        raise SumInvalid(field="tenants", least=0, most=desk.MOST_TENANTS)
    if area_id is not None and area_id not in members.queries.area_names():
        raise PlaceUnknown(field="area_id")
    content = {
        "address": address,
        "term": [term_from, term_until],
        "tenants": tenants,
        "area_id": area_id,
        "member_id": member_id,
        "report_id": report_id,
        "another": another,
    }
    row = {
        "address": address,
        "term": desk.term(term_from, clock.today()),
        "term_from": term_from,
        "term_until": term_until,
        "tenants": tenants,
        "area_id": area_id,
    }
    return once(
        key,
        actor,
        "home.register",
        content,
        lambda: _register(actor, key, row, member_id, report_id, another),
    )


def _register(
    actor: Actor,
    key: UUID,
    row: dict[str, Any],
    member_id: UUID | None,
    report_id: UUID | None,
    another: bool,
) -> dict[str, Any]:
    registrar = steps.require_handler(actor)
    report = _report(report_id, registrar) if report_id else None
    if report is not None:
        member_id = report.member_id
    elif member_id is None:
        raise ReporterNeeded
    if member_id is not None and member_id in members.queries.household_of(registrar):
        raise HomeForOneself
    home_id = new_id()
    _insert(home_id, row, member_id, report_id, registrar, another)
    if report is not None:
        earned = judging.award(actor, key, report)
        steps.record(actor, report, "registered", "", "", points=earned.points)
    else:
        earned = _pay(actor, key, home_id, member_id)
    audit.record(
        actor, "home.registered", "home", home_id, term=row["term"], points=earned.points, another=another
    )
    return {
        "outcome": "registered",
        "home_id": str(home_id),
        "points": earned.points,
        "unpaid": earned.unpaid,
    }


def _insert(
    home_id: UUID,
    row: dict[str, Any],
    member_id: UUID | None,
    report_id: UUID | None,
    registrar: UUID,
    another: bool,
) -> None:
    area, term = row["area_id"] or "", row["term"]
    dwelling = secrets.digest("dwelling", f"{texts.dwelling_key(row['address'])} {area} {term}")
    numbers = texts.dwelling_numbers(row["address"])
    outline = secrets.digest("dwelling numbers", f"{numbers} {term}") if numbers else ""
    if outline:
        _one_after_the_other(outline)
    statement = insert(RentedHome).values(
        id=home_id,
        digest=dwelling,
        outline=outline,
        member_id=member_id,
        report_id=report_id,
        registered_by=registrar,
        registered_on=clock.today(),
        points=0,
        void_reason="",
        **row,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["digest"]).returning(RentedHome.id)
    if db.session.execute(statement).first() is None:
        known = db.session.scalar(sa.select(RentedHome.registered_on).where(RentedHome.digest == dwelling))
        raise HomeKnown(field="address", term=term, on=known and known.isoformat())
    alike = [] if another or not outline else _alike(home_id, outline, row["area_id"])
    if alike:
        raise HomeAlike(field="address", addresses=alike)


def _one_after_the_other(outline: str) -> None:
    """Whoever registers homes of the same numbers waits for the others: two desks would not see each other's home.

    Before the insert, so that nobody who waits here holds what another one waits for. SQLite has one writer at a time.
    """
    if dialect_name() == "postgresql":
        number = int(outline[:8], 16) - 2**31
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, number)))


def _alike(home_id: UUID, outline: str, area_id: UUID | None) -> list[str]:
    """Addresses of other homes of the term that have the same numbers and may lie in the same area."""
    query = sa.select(RentedHome.address).where(
        RentedHome.outline == outline,
        RentedHome.id != home_id,
        RentedHome.voided_at.is_(None),
        RentedHome.address != "",
    )
    if area_id is not None:
        query = query.where(sa.or_(RentedHome.area_id == area_id, RentedHome.area_id.is_(None)))
    return list(db.session.scalars(query.order_by(RentedHome.id.desc()).limit(_MOST_ALIKE)))


def void_home(actor: Actor, *, key: UUID, home_id: UUID, reason: str) -> Answer:
    """Strike a home out that was registered wrongly, take its points back, once per key; it can be registered again.

    Needs `report.handle` and, when it has earned points, `award.withdraw`. A home from a report leaves the report
    useful: its points are withdrawn at the ledger desk if need be. Raises `HomeUnknown`, `HomeVoid`, `HomeForOneself`,
    `TextInvalid`, and what `points.service.withdraw_award` raises.
    """
    reason = texts.clean_line(reason, "reason", texts.LONGEST_REASON, required=True)

    def work() -> dict[str, Any]:
        registrar = steps.require_handler(actor)
        query = sa.select(RentedHome).where(RentedHome.id == home_id).with_for_update()
        home = db.session.scalar(query.execution_options(populate_existing=True))
        if home is None:
            raise HomeUnknown
        if home.voided_at is not None:
            raise HomeVoid
        if home.member_id is not None and home.member_id in members.queries.household_of(registrar):
            raise HomeForOneself
        judging.take_back(actor, key, home.transfer_id, reason)
        home.voided_at, home.void_reason = clock.now(), reason
        home.digest, home.outline = secrets.digest("void", str(home.id)), ""
        audit.record(actor, "home.voided", "home", home.id, term=home.term)
        return {"outcome": "voided", "home_id": str(home.id), "points": home.points}

    return once(key, actor, "home.void", {"home_id": home_id, "reason": reason}, work)


def _pay(actor: Actor, key: UUID, home_id: UUID, member_id: UUID | None) -> Earned:
    if member_id is None:
        return Earned(0, None, None)
    earned = judging.pay(actor, key, member_id, desk.HOME_RULE, clock.now(), "home", home_id)
    values = {"points": earned.points, "transfer_id": earned.transfer_id}
    db.session.execute(sa.update(RentedHome).where(RentedHome.id == home_id).values(**values))
    return earned


def _report(report_id: UUID, registrar: UUID) -> Report:
    query = sa.select(Report).where(Report.id == report_id).with_for_update()
    report = db.session.scalar(query.execution_options(populate_existing=True))
    if report is None or not KINDS[report.kind].registered:
        raise ReportUnknown
    if report.verdict != "open":
        raise ReportJudged(verdict=report.verdict)
    if report.duplicate_of_id is not None:
        raise DuplicateEarnsNot(number=report.number)
    steps.check_not_own(report, registrar)
    steps.check_may_read(report, registrar)
    return report
