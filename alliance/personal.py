"""Personal data in the packages above members: what hinders a deletion of a member's, and what it removes.

The ledger is left whole: transfers, scores and receipts name a member by id only. Tables that nobody may change (the
books, the stock journal, the audit log) are never touched.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from alliance.personal_tables import tables
from alliance.personal_words import WORDS
from core import clock
from core.db import db
from core.errors import DomainError
from members import errors
from members.queries import Part


def initialise() -> None:
    """Let members know of the other packages."""
    part = Part(tables=tables, matters=matters, erase=erase, alive=alive, words=WORDS)
    members.queries.connect("alliance", part)


def _table(name: str) -> sa.Table:
    return db.metadata.tables[name]


def alive(member_id: Any, since: datetime) -> sa.ColumnElement[bool]:
    """The condition that a member has earned, been given or spent points since then."""
    transfer = _table("transfer")
    recent = transfer.c.posted_at >= since
    came_in = (transfer.c.credit_account_id == member_id) & transfer.c.kind.in_(("earn", "give"))
    went_out = (transfer.c.debit_account_id == member_id) & (transfer.c.kind == "spend")
    return sa.or_(sa.exists().where(came_in, recent), sa.exists().where(went_out, recent))


# --- What hinders a deletion


def _count(table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def matters(member_id: UUID) -> list[DomainError]:
    """What is open about the member in points, shops, rewards, rounds and reports; not raised, in this order."""
    found: list[DomainError] = []
    owed = points.queries.holdings(member_id).owed
    if owed:
        found.append(errors.DeletionOwed(points=owed))
    voucher, charge, report = _table("redemption"), _table("charge"), _table("report")
    award, walker, walk = _table("award_request"), _table("round_member"), _table("round")
    if count := _count(voucher, voucher.c.member_id == member_id, voucher.c.state == "held"):
        found.append(errors.DeletionVoucherOpen(count=count))
    if count := _count(charge, charge.c.member_id == member_id, charge.c.state == "held"):
        found.append(errors.DeletionPaymentOpen(count=count))
    found.extend(errors.DeletionShopOwner(shop=name) for name in _owned_shops(member_id))
    under_way = (walk.c.id == walker.c.round_id) & (walk.c.state == "open")
    if _count(walker.join(walk, under_way), walker.c.member_id == member_id, walker.c.left_at.is_(None)):
        found.append(errors.DeletionRoundOpen())
    if count := _count(award, award.c.member_id == member_id, award.c.state == "waiting"):
        found.append(errors.DeletionAwardWaits(count=count))
    if count := _count(report, report.c.member_id == member_id, report.c.state != "closed"):
        found.append(errors.DeletionReportOpen(count=count))
    return found


def _owned_shops(member_id: UUID) -> list[str]:
    shop, clerk = _table("merchant"), _table("shop_clerk")
    owned = sa.exists().where(
        clerk.c.merchant_id == shop.c.id,
        clerk.c.member_id == member_id,
        clerk.c.post == "owner",
        clerk.c.left_at.is_(None),
    )
    applied = (shop.c.applied_by == member_id) & (shop.c.status == "applied")
    stands = (shop.c.status.in_(("active", "paused")) & owned) | applied
    return list(db.session.scalars(sa.select(shop.c.name).where(stands).order_by(shop.c.name)))


# --- What a deletion removes


def erase(member_id: UUID, name: str, phone: str | None) -> None:
    """Remove what tells who the member was or where he lived; what was paid and done stays, by his number."""
    for table in (
        "notice_reading",
        "waiting_member",
        "favourite",
        "shop_invitation",
        "activity_sign_up",
        "refused_scan",
        "refused_heap",
    ):
        mine = _table(table)
        db.session.execute(sa.delete(mine).where(mine.c.member_id == member_id))
    _set("redemption", fitting_place="", member_id=member_id)
    _set("shop_clerk", pin_hash=None, member_id=member_id)
    _set("round_member", device_digest=None, member_id=member_id)
    _set("visit", device_digest=None, member_id=member_id)
    _set("attendance", device_digest=None, member_id=member_id)
    clerk = _table("shop_clerk")
    db.session.execute(
        sa.update(clerk)
        .where(clerk.c.member_id == member_id, clerk.c.left_at.is_(None))
        .values(left_at=clock.now())
    )
    # What he was thanked for may tell who he was; that there was such a letter is still told to whoever checks it.
    _set("letter", occasion_zh="…", occasion_en="", member_id=member_id)
    _forget_reports(member_id)
    _forget_contact(member_id, name, phone)
    _forget_names(member_id, name, phone)


def _set(table: str, *, member_id: UUID, **values: object) -> None:
    mine = _table(table)
    db.session.execute(sa.update(mine).where(mine.c.member_id == member_id).values(**values))


def _forget_reports(member_id: UUID) -> None:
    """The words of his reports are his; what came of them is told by kind, place in the tree, dates and verdict."""
    report, photo = _table("report"), _table("report_photo")
    his = sa.select(report.c.id).where(report.c.member_id == member_id)
    db.session.execute(sa.delete(photo).where(photo.c.report_id.in_(his)))
    _set("report", words="", place="", answers={}, responsible="", member_id=member_id)


def _forget_contact(member_id: UUID, name: str, phone: str | None) -> None:
    """A shop that he once spoke for or worked at may still have him as the one to ask."""
    shop, clerk = _table("merchant"), _table("shop_clerk")
    worked = sa.select(clerk.c.merchant_id).where(clerk.c.member_id == member_id)
    known = (shop.c.applied_by == member_id) | shop.c.id.in_(worked)
    for column, value in ((shop.c.contact_name, name), (shop.c.phone, phone)):
        if value:
            spelled = (value, value.removeprefix("+86"))
            db.session.execute(sa.update(shop).where(known, column.in_(spelled)).values({column: ""}))


def _forget_names(member_id: UUID, name: str, phone: str | None) -> None:
    """Name and telephone number in whatever others have written about him and what he has done."""
    report, walker = _table("report"), _table("round_member")
    of_reports = sa.select(report.c.id).where(report.c.member_id == member_id)
    of_rounds = sa.select(walker.c.round_id).where(walker.c.member_id == member_id)
    step, charge, walk, award = (_table(each) for each in ("report_step", "charge", "round", "award_request"))
    letter, honour, home, bill = (_table(each) for each in ("letter", "honour", "rented_home", "bill"))
    reading, gift, flag, odd = (
        _table(each) for each in ("report_reading", "shop_gift", "charge_flag", "odd_award")
    )
    came, heap = _table("attendance"), _table("refused_heap")
    of_charges = sa.select(charge.c.id).where(charge.c.member_id == member_id)
    notes = (
        (award.c.memo, award.c.member_id == member_id),
        (letter.c.reason, letter.c.member_id == member_id),
        (honour.c.reason, honour.c.member_id == member_id),
        (home.c.void_reason, home.c.member_id == member_id),
        (bill.c.void_reason, bill.c.member_id == member_id),
        (reading.c.reason, reading.c.report_id.in_(of_reports)),
        (gift.c.reason, gift.c.member_id == member_id),
        (flag.c.note, flag.c.charge_id.in_(of_charges)),
        (odd.c.note, sa.cast(odd.c.people, sa.String).contains(str(member_id))),
        (step.c.note, step.c.report_id.in_(of_reports)),
        (step.c.public_note, step.c.report_id.in_(of_reports)),
        (charge.c.reason, charge.c.member_id == member_id),
        (walk.c.judge_reason, walk.c.id.in_(of_rounds)),
        (award.c.reason, award.c.member_id == member_id),
        (came.c.reason, came.c.member_id == member_id),
        # Of a code or a phone of several: whose they were is known for some weeks, and no longer once they are gone.
        (heap.c.reason, sa.true()),
    )
    for text in filter(None, (name, phone, phone.removeprefix("+86") if phone else None)):
        for column, his in notes:
            found = his & column.contains(text, autoescape=True)
            changed = sa.func.replace(column, text, "…")
            db.session.execute(sa.update(column.table).where(found).values({column: changed}))
