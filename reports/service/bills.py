"""Bills of water, electricity and gas that are paid at the desk, and the till that must come out even."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock
from core.auth import Actor
from core.db import db, insert, new_id
from core.receipts import Answer, once
from reports import queries, secrets
from reports.errors import (
    BillKnown,
    BillUnknown,
    BillVoid,
    DifferenceUnexplained,
    FloatBegun,
    FloatReconciled,
    FloatToCome,
    HomeForOneself,
    OpeningUnexplained,
    ReporterNeeded,
)
from reports.models import Bill, FloatDay, FloatOpening
from reports.rules import desk, texts
from reports.service import judging


def take_bill(
    actor: Actor, *, key: UUID, member_id: UUID, utility: str, receipt_number: str, amount_fen: int
) -> Answer:
    """Write a receipt into the log and reward who paid, once per key and per receipt number; needs `bill.take`.

    The answer has `bill_id`, `points`, and `unpaid` with the code of why not. Raises `BillKnown`, `UtilityUnknown`,
    `SumInvalid`, `TextInvalid`, `HomeForOneself`, `FloatReconciled` (the till of today is closed), `MemberUnknown`.
    """
    desk.check_utility(utility)
    desk.check_sum(amount_fen, "amount_fen")
    number = texts.clean_line(receipt_number, "receipt_number", desk.LONGEST_RECEIPT, required=True)
    content = {"member_id": member_id, "utility": utility, "number": number, "amount_fen": amount_fen}

    def work() -> dict[str, Any]:
        coordinator_id = _open_till(actor, clock.today(), actor.member_id)
        members.queries.facts(member_id)
        if member_id in members.queries.household_of(coordinator_id):
            raise HomeForOneself
        bill_id = new_id()
        _insert(bill_id, coordinator_id, member_id, utility, number, amount_fen)
        earned = judging.pay(actor, key, member_id, desk.BILL_RULE, clock.now(), "bill", bill_id)
        values = {"points": earned.points, "transfer_id": earned.transfer_id}
        db.session.execute(sa.update(Bill).where(Bill.id == bill_id).values(**values))
        audit.record(actor, "bill.taken", "bill", bill_id, amount_fen=amount_fen, points=earned.points)
        return {"outcome": "taken", "bill_id": str(bill_id), "points": earned.points, "unpaid": earned.unpaid}

    return once(key, actor, "bill.take", content, work)


def _open_till(actor: Actor, day: date, coordinator_id: UUID | None) -> UUID:
    """The coordinator whose till of this day is still open; others who take or close wait. Raises `FloatReconciled`."""
    actor.require("bill.take")
    if coordinator_id is None:
        raise ReporterNeeded
    members.queries.facts(coordinator_id, lock=True)
    query = sa.select(FloatDay.day).where(FloatDay.coordinator_id == coordinator_id, FloatDay.day == day)
    if db.session.scalar(query) is not None:
        raise FloatReconciled(day=day.isoformat())
    return coordinator_id


def _insert(
    bill_id: UUID, coordinator_id: UUID, member_id: UUID, utility: str, number: str, amount_fen: int
) -> None:
    receipt = secrets.digest("receipt", f"{utility} {texts.receipt_key(number)}")
    statement = insert(Bill).values(
        id=bill_id,
        receipt_digest=receipt,
        utility=utility,
        receipt_number=number,
        amount_fen=amount_fen,
        member_id=member_id,
        taken_by=coordinator_id,
        taken_at=clock.now(),
        day=clock.today(),
        points=0,
        void_reason="",
    )
    statement = statement.on_conflict_do_nothing(index_elements=["receipt_digest"]).returning(Bill.id)
    if db.session.execute(statement).first() is None:
        known = db.session.scalar(sa.select(Bill.day).where(Bill.receipt_digest == receipt))
        raise BillKnown(field="receipt_number", on=known and known.isoformat())


def void_bill(actor: Actor, *, key: UUID, bill_id: UUID, reason: str) -> Answer:
    """Strike a receipt out that was entered wrongly, take its points back, once per key; its number is free again.

    Needs `bill.take` and, when it has earned points, `award.withdraw`. Raises `BillUnknown`, `BillVoid`,
    `FloatReconciled` (its day is closed), `TextInvalid`, and what `points.service.withdraw_award` raises.
    """
    reason = texts.clean_line(reason, "reason", texts.LONGEST_REASON, required=True)

    def work() -> dict[str, Any]:
        found = db.session.scalar(sa.select(Bill).where(Bill.id == bill_id))
        if found is None:
            raise BillUnknown
        _open_till(actor, found.day, found.taken_by)
        query = sa.select(Bill).where(Bill.id == bill_id).with_for_update()
        bill = db.session.scalars(query.execution_options(populate_existing=True)).one()
        if bill.voided_at is not None:
            raise BillVoid
        judging.take_back(actor, key, bill.transfer_id, reason)
        bill.voided_at, bill.void_reason = clock.now(), reason
        bill.receipt_digest = secrets.digest("void", str(bill.id))
        audit.record(actor, "bill.voided", "bill", bill.id, amount_fen=bill.amount_fen)
        return {"outcome": "voided", "bill_id": str(bill.id), "points": bill.points}

    return once(key, actor, "bill.void", {"bill_id": bill_id, "reason": reason}, work)


def open_float(actor: Actor, *, key: UUID, opening_fen: int, note: str = "") -> Answer:
    """Write down what the actor has counted in his till before the first bill of today; once, needs `bill.take`.

    Who counts nothing begins with what stayed in it when it was closed last; another sum than that needs a note. The
    answer has `day`, `opening_fen`. Raises `FloatBegun`, `FloatReconciled`, `OpeningUnexplained`, `SumInvalid`,
    `TextInvalid`.
    """
    desk.check_sum(opening_fen, "opening_fen", least=0, most=desk.LARGEST_FLOAT_FEN)
    note = texts.clean_line(note, "note", texts.LONGEST_REASON)

    def work() -> dict[str, Any]:
        day = clock.today()
        owner = _open_till(actor, day, actor.member_id)
        taken = sa.select(Bill.id).where(Bill.taken_by == owner, Bill.day == day, Bill.voided_at.is_(None))
        if _opening(owner, day) is not None or db.session.scalar(taken.limit(1)) is not None:
            raise FloatBegun(day=day.isoformat())
        stayed = queries.stayed_fen(owner, day)
        if stayed not in (None, opening_fen) and not note:
            raise OpeningUnexplained(field="note", opening_fen=opening_fen, stayed_fen=stayed)
        told = {"opening_fen": opening_fen, "stayed_fen": stayed, "note": note}
        values = {"coordinator_id": owner, "day": day, "counted_at": clock.now(), **told}
        db.session.execute(sa.insert(FloatOpening), values)
        known = {name: each for name, each in told.items() if each not in (None, "")}
        audit.record(actor, "float.opened", "member", owner, day=day.isoformat(), **known)
        return {"outcome": "opened", "day": day.isoformat(), "opening_fen": opening_fen}

    content: dict[str, Any] = {"opening_fen": opening_fen}
    if note:
        content["note"] = note
    return once(key, actor, "float.open", content, work)


def _opening(coordinator_id: UUID, day: date) -> int | None:
    query = sa.select(FloatOpening.opening_fen).where(
        FloatOpening.coordinator_id == coordinator_id, FloatOpening.day == day
    )
    return db.session.scalar(query)


def _began_with(coordinator_id: UUID, day: date) -> int:
    """What was counted in the till at opening, or else what stayed in it when it was closed last."""
    counted = _opening(coordinator_id, day)
    return (queries.stayed_fen(coordinator_id, day) or 0) if counted is None else counted


def _taken(coordinator_id: UUID, day: date) -> tuple[int, int]:
    """How many receipts of a day count, and what they come to, in fen."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Bill.amount_fen), 0)).where(
        Bill.taken_by == coordinator_id, Bill.day == day, Bill.voided_at.is_(None)
    )
    count, taken = db.session.execute(query).one()
    return int(count), int(taken)


def _hands_on(coordinator_id: UUID, day: date, counted_fen: int, note: str) -> None:
    """A till that is closed late leaves what the next one began with. Raises `DifferenceUnexplained` without a note."""
    begun = _next_opening(coordinator_id, day)
    if begun not in (None, counted_fen) and not note:
        raise DifferenceUnexplained(field="note", difference_fen=(begun or 0) - counted_fen)


def _next_opening(coordinator_id: UUID, day: date) -> int | None:
    """What the next till after this day began with, when that one was counted or closed before this one."""
    counted = sa.select(FloatOpening.day, FloatOpening.opening_fen).where(
        FloatOpening.coordinator_id == coordinator_id, FloatOpening.day > day
    )
    closed = sa.select(FloatDay.day, FloatDay.opening_fen).where(
        FloatDay.coordinator_id == coordinator_id, FloatDay.day > day
    )
    later = sa.union_all(counted, closed).subquery()
    return db.session.scalar(sa.select(later.c.opening_fen).order_by(later.c.day).limit(1))


def reconcile_float(
    actor: Actor,
    *,
    key: UUID,
    handed_over_fen: int,
    counted_fen: int = 0,
    day: date | None = None,
    coordinator_id: UUID | None = None,
    note: str = "",
) -> Answer:
    """Close the till of a day (today): what is there against what must be there, once; needs `bill.take`.

    There must be what lay in it at opening (or stayed in it before, when nobody counted) and was taken, less what was
    handed over; `counted_fen` is what was counted in it and stays. `coordinator_id`: whose till, when it is not the
    actor's own. A difference needs a note, and so does what stays when a later day began with another sum. The answer
    has `bills`, `opening_fen`, `taken_fen`, `handed_over_fen`, `counted_fen`, `difference_fen`. Raises
    `FloatReconciled`, `FloatToCome`, `DifferenceUnexplained`, `SumInvalid`.
    """
    desk.check_sum(handed_over_fen, "handed_over_fen", least=0, most=desk.LARGEST_FLOAT_FEN)
    desk.check_sum(counted_fen, "counted_fen", least=0, most=desk.LARGEST_FLOAT_FEN)
    note = texts.clean_line(note, "note", texts.LONGEST_REASON)
    whose, closed_day = coordinator_id or actor.member_id, day or clock.today()
    if closed_day > clock.today():
        raise FloatToCome(field="day")
    content = {"day": day, "coordinator_id": coordinator_id, "handed_over_fen": handed_over_fen, "note": note}
    if counted_fen:
        content["counted_fen"] = counted_fen

    def work() -> dict[str, Any]:
        owner = _open_till(actor, closed_day, whose)
        count, taken = _taken(owner, closed_day)
        opening = _began_with(owner, closed_day)
        difference = counted_fen + handed_over_fen - opening - taken
        if difference and not note:
            raise DifferenceUnexplained(field="note", difference_fen=difference)
        _hands_on(owner, closed_day, counted_fen, note)
        sums = {
            "bills": count,
            "opening_fen": opening,
            "taken_fen": taken,
            "handed_over_fen": handed_over_fen,
            "counted_fen": counted_fen,
            "difference_fen": difference,
        }
        db.session.execute(
            sa.insert(FloatDay),
            {
                "coordinator_id": owner,
                "day": closed_day,
                "note": note,
                "reconciled_by": actor.member_id or actor.id,
                "reconciled_at": clock.now(),
                **sums,
            },
        )
        audit.record(actor, "float.reconciled", "member", owner, day=closed_day.isoformat(), **sums)
        return {"outcome": "reconciled", "day": closed_day.isoformat(), **sums}

    return once(key, actor, "float.reconcile", content, work)
