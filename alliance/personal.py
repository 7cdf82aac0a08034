"""Personal data in the packages above members: what they keep of a member, what hinders a deletion, what it removes.

The ledger is left whole: transfers, scores and receipts name a member by id only. Tables that nobody may change (the
books, the stock journal, the audit log) are never touched.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import activities.queries
import honours.queries
import members.queries
import merchants.queries
import notices.queries
import patrols.queries
import points.queries
import points.words
import reports.queries
import rewards.queries
from alliance.personal_words import WORDS
from core import clock
from core.db import db
from core.errors import DomainError
from core.paging import Page
from core.sheets import Value
from members import errors
from members.queries import Part, Table

#: Most rows of one table in an export; nobody comes near it.
_MOST_ROWS = 20_000


def initialise() -> None:
    """Let members know of the other packages."""
    part = Part(tables=tables, matters=matters, erase=erase, alive=alive, words=WORDS)
    members.queries.connect("alliance", part)


def _table(name: str) -> sa.Table:
    return db.metadata.tables[name]


# --- What is kept


def _all(read: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    cursor, seen = None, 0
    while True:
        page = read(cursor)
        yield from page.items
        seen += len(page.items)
        cursor = page.next
        if cursor is None or seen >= _MOST_ROWS:
            return


def _moment(at: datetime | None) -> str | None:
    return clock.local(at).isoformat(timespec="minutes") if at is not None else None


def tables(member_id: UUID) -> list[Table]:
    """Everything about the member that stands in tables of other packages, each line his own."""
    return [
        _statement(member_id),
        _rounds(member_id),
        _payments(member_id),
        _vouchers(member_id),
        _reports(member_id),
        _homes_and_bills(member_id),
        _shops(member_id),
        _letters(member_id),
        _endorsements(member_id),
        _honours(member_id),
        _notices(member_id),
        _activities(member_id),
    ]


def _statement(member_id: UUID) -> Table:
    lines = points.words.with_names(
        _all(lambda cursor: points.queries.statement(member_id, cursor=cursor, limit=200))
    )
    rows: list[tuple[Value, ...]] = [
        (_moment(each.happened_at), points.words.line_title(each), each.points, each.expires_on, each.memo)
        for each in lines
    ]
    return Table("statement", ("at", "what", "points", "expires_on", "memo"), rows)


def _rounds(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (_moment(each.line.opened_at), each.line.route, each.outcome, each.points, each.service_minutes)
        for each in _all(lambda cursor: patrols.queries.rounds_of(member_id, cursor=cursor, limit=200))
    ]
    return Table("rounds", ("at", "route", "outcome", "points", "service_minutes"), rows)


def _payments(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (_moment(each.opened_at), each.shop, each.what, each.points, each.state)
        for each in _all(lambda cursor: merchants.queries.own_charges(member_id, cursor=cursor, limit=200))
    ]
    return Table("payments", ("at", "shop", "what", "points", "state"), rows)


def _vouchers(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (_moment(each.reserved_at), each.reward.name_zh, each.points, each.state, each.fitting_place or None)
        for group in ("open", "past")
        for each in _all(
            lambda cursor, group=group: rewards.queries.my_redemptions(  # type: ignore[misc] # a default fixes the group
                member_id, group, cursor=cursor, limit=200
            )
        )
    ]
    return Table("vouchers", ("at", "reward", "points", "state", "fitting_place"), rows)


def _reports(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            _moment(each.received_at),
            each.number,
            each.kind,
            each.state,
            each.place or None,
            each.words or None,
            json.dumps(each.answers, ensure_ascii=False) if each.answers else None,
            each.points,
        )
        for each in _all(lambda cursor: reports.queries.mine(member_id, cursor=cursor, limit=100))
    ]
    return Table("reports", ("at", "number", "kind", "state", "place", "words", "answers", "points"), rows)


def _homes_and_bills(member_id: UUID) -> Table:
    home, bill = _table("rented_home"), _table("bill")
    homes = sa.select(home.c.registered_on, home.c.address, home.c.points).where(
        home.c.member_id == member_id
    )
    bills = sa.select(bill.c.day, bill.c.utility, bill.c.points).where(bill.c.member_id == member_id)
    rows: list[tuple[Value, ...]] = [
        *((row.registered_on, "home", row.address, row.points) for row in db.session.execute(homes)),
        *((row.day, "bill", row.utility, row.points) for row in db.session.execute(bills)),
    ]
    return Table("homes_and_bills", ("on", "kind", "what", "points"), rows)


def _shops(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (each.name, each.post, each.status) for each in merchants.queries.posts_of(member_id)
    ]
    return Table("shops", ("shop", "post", "state"), rows)


def _letters(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (each.issued_on.isoformat(), each.number, each.occasion_zh, each.occasion_en)
        for each in _all(lambda cursor: honours.queries.letters(member_id=member_id, cursor=cursor))
    ]
    return Table("letters", ("on", "number", "what", "what_en"), rows)


def _activities(member_id: UUID) -> Table:
    signed_up, activity = _table("activity_sign_up"), _table("activity")
    coming = (
        sa.select(activity.c.starts_at, activity.c.title, activity.c.state)
        .join(signed_up, signed_up.c.activity_id == activity.c.id)
        .where(signed_up.c.member_id == member_id)
        .order_by(activity.c.starts_at)
    )
    rows: list[tuple[Value, ...]] = [
        (_moment(each.starts_at), each.title, each.outcome or "attended", each.points, each.service_minutes)
        for each in _all(lambda cursor: activities.queries.attended(member_id, cursor=cursor, limit=100))
    ]
    rows += [
        (_moment(row.starts_at), row.title, "signed_up", None, None) for row in db.session.execute(coming)
    ]
    return Table("activities", ("at", "what", "outcome", "points", "service_minutes"), rows)


def _honours(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (each.period, each.squad_name) for each in honours.queries.honours_of(member_id)
    ]
    return Table("honours", ("on", "squad"), rows)


def _notices(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (_moment(at), title) for title, at in notices.queries.readings_of(member_id)
    ]
    return Table("notices", ("at", "what"), rows)


def _endorsements(member_id: UUID) -> Table:
    """Who vouched for him, by a name with its middle hidden, and for whom he did."""
    rows: list[tuple[Value, ...]] = [
        (
            _moment(each.asked_at),
            "named" if each.applicant.id == member_id else "asked",
            members.queries.masked_name(
                each.endorser.name if each.applicant.id == member_id else each.applicant.name
            ),
            each.state,
        )
        for each in members.queries.endorsements_of(member_id)
    ]
    return Table("endorsements", ("at", "kind", "what", "state"), rows)


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
    for table in ("notice_reading", "waiting_member", "favourite", "shop_invitation", "activity_sign_up"):
        mine = _table(table)
        db.session.execute(sa.delete(mine).where(mine.c.member_id == member_id))
    _set("redemption", fitting_place="", member_id=member_id)
    _set("shop_clerk", pin_hash=None, member_id=member_id)
    _set("round_member", device_digest=None, member_id=member_id)
    _set("visit", device_digest=None, member_id=member_id)
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
    came = _table("attendance")
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
    )
    for text in filter(None, (name, phone, phone.removeprefix("+86") if phone else None)):
        for column, his in notes:
            found = his & column.contains(text, autoescape=True)
            changed = sa.func.replace(column, text, "…")
            db.session.execute(sa.update(column.table).where(found).values({column: changed}))
