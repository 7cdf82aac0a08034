"""What the packages above members keep of a member, as he reads it and takes it along: each line his own.

Which columns of which tables point to members, and where each of them is told or why it is not, is proved by
`tests/alliance/test_personal_tables.py`.
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
from core import clock
from core.db import db
from core.paging import Page
from core.sheets import Value
from members.queries import Table

#: Most rows of one table in an export; nobody comes near it.
_MOST_ROWS = 20_000


def _table(name: str) -> sa.Table:
    return db.metadata.tables[name]


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
        _visits(member_id),
        _award_requests(member_id),
        _merges(member_id),
        _imports(member_id),
        _desk(member_id),
        _gifts(member_id),
        _wishes(member_id),
        _refused_scans(member_id),
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
    found = _all(lambda cursor: patrols.queries.rounds_of(member_id, cursor=cursor, limit=200))
    rows: list[tuple[Value, ...]] = [
        (
            _moment(each.line.opened_at),
            each.line.route,
            each.joined_how,
            each.outcome,
            each.points,
            each.service_minutes,
        )
        for each in found
    ]
    return Table("rounds", ("at", "route", "joined_how", "outcome", "points", "service_minutes"), rows)


def _payments(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (_moment(each.opened_at), each.shop, each.what, each.points, each.state)
        for each in _all(lambda cursor: merchants.queries.own_charges(member_id, cursor=cursor, limit=200))
    ]
    return Table("payments", ("at", "shop", "what", "points", "state"), rows)


def _vouchers(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            _moment(each.reserved_at),
            each.reward.name_zh,
            each.points,
            each.state,
            each.fitting_place or None,
            _moment(each.returned.at) if each.returned else None,
        )
        for group in ("open", "past")
        for each in _all(
            lambda cursor, group=group: rewards.queries.redemptions_of(  # type: ignore[misc] # a default fixes the group
                member_id, group, cursor=cursor, limit=200
            )
        )
    ]
    return Table("vouchers", ("at", "reward", "points", "state", "fitting_place", "returned_at"), rows)


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
    """`until` is the end of a home's term, `amount` what a bill came to in yuan; struck out is `void`."""
    home, bill = _table("rented_home"), _table("bill")
    homes = sa.select(home).where(home.c.member_id == member_id).order_by(home.c.registered_on, home.c.id)
    bills = sa.select(bill).where(bill.c.member_id == member_id).order_by(bill.c.taken_at, bill.c.id)
    rows: list[tuple[Value, ...]] = [
        (
            row.registered_on,
            None,
            "home",
            row.address,
            None,
            None,
            row.tenants,
            row.term_from,
            row.term_until,
            row.points,
            "void" if row.voided_at else "",
        )
        for row in db.session.execute(homes)
    ]
    rows += [
        (
            row.day,
            _moment(row.taken_at),
            "bill",
            row.utility,
            row.receipt_number,
            f"{row.amount_fen // 100}.{row.amount_fen % 100:02}",
            None,
            None,
            None,
            row.points,
            "void" if row.voided_at else "",
        )
        for row in db.session.execute(bills)
    ]
    columns = (
        *("on", "at", "kind", "what", "number", "amount", "tenants", "from", "until", "points", "state"),
    )
    return Table("homes_and_bills", columns, rows)


def _visits(member_id: UUID) -> Table:
    visit, plate = _table("visit"), _table("checkpoint")
    query = (
        sa.select(visit.c.happened_at, plate.c.name)
        .join(plate, plate.c.id == visit.c.checkpoint_id)
        .where(visit.c.member_id == member_id)
        .order_by(visit.c.happened_at.desc(), visit.c.id)
        .limit(_MOST_ROWS)
    )
    rows: list[tuple[Value, ...]] = [
        (_moment(row.happened_at), row.name) for row in db.session.execute(query)
    ]
    return Table("visits", ("at", "place"), rows)


def _refused_scans(member_id: UUID) -> Table:
    scan = _table("refused_scan")
    query = (
        sa.select(scan.c.at, scan.c.kind, scan.c.reason)
        .where(scan.c.member_id == member_id)
        .order_by(scan.c.at.desc(), scan.c.id)
        .limit(_MOST_ROWS)
    )
    rows: list[tuple[Value, ...]] = [
        (_moment(row.at), row.kind, row.reason) for row in db.session.execute(query)
    ]
    heap = _table("refused_heap")
    looked = sa.select(heap.c.seen_at, heap.c.reason).where(heap.c.member_id == member_id)
    rows += [(_moment(row.seen_at), "looked_at", row.reason) for row in db.session.execute(looked)]
    return Table("refused_scans", ("at", "kind", "reason"), rows)


def _award_requests(member_id: UUID) -> Table:
    """Awards about him that needed a second coordinator, and what was decided."""
    asked, rule = _table("award_request"), _table("tariff_rule")
    query = (
        sa.select(asked, rule.c.name_zh, rule.c.points)
        .join(rule, rule.c.id == asked.c.rule_id)
        .where(asked.c.member_id == member_id)
        .order_by(asked.c.id)
    )
    rows: list[tuple[Value, ...]] = [
        (
            _moment(row.requested_at),
            row.name_zh,
            row.points,
            row.memo,
            row.state,
            _moment(row.decided_at),
            row.reason or None,
        )
        for row in db.session.execute(query)
    ]
    return Table("award_requests", ("at", "what", "points", "memo", "state", "decided_at", "reason"), rows)


def _merges(member_id: UUID) -> Table:
    """Wishes to make his membership one with another, merges, and that two who look alike are two persons."""
    wish, merge, apart = (_table(each) for each in ("merge_proposal", "member_merge", "told_apart"))

    def about(table: sa.Table, first: str, second: str, order: str) -> Iterator[Any]:
        mine = sa.or_(table.c[first] == member_id, table.c[second] == member_id)
        yield from db.session.execute(sa.select(table).where(mine).order_by(table.c[order]))

    rows: list[tuple[Value, ...]] = [
        (_moment(row.proposed_at), row.kind, row.reason or None, row.state, row.answer or None)
        for row in about(wish, "gone_id", "kept_id", "proposed_at")
    ]
    rows += [
        (_moment(row.merged_at), "merged", row.reason or None, "undone" if row.undone_at else "", None)
        for row in about(merge, "gone_id", "kept_id", "merged_at")
    ]
    rows += [
        (_moment(row.told_at), "told_apart", None, "", None)
        for row in about(apart, "first_id", "second_id", "told_at")
    ]
    return Table("merges", ("at", "kind", "reason", "state", "answer"), rows)


def _imports(member_id: UUID) -> Table:
    """Rows of lists that made him a member, or were left out and bear his telephone number.

    What such a row said is told only where it names him: families share a number.
    """
    row_of, brought, person = _table("member_import_row"), _table("member_import"), _table("member")
    me = db.session.execute(
        sa.select(person.c.name, person.c.phone).where(person.c.id == member_id)
    ).one_or_none()
    mine = row_of.c.member_id == member_id
    if me is not None and me.phone:
        mine = sa.or_(mine, row_of.c.phone == me.phone)
    query = (
        sa.select(row_of.c.number, row_of.c.state, row_of.c.name, row_of.c.told, brought.c.created_at)
        .join(brought, brought.c.id == row_of.c.import_id)
        .where(mine)
        .order_by(brought.c.created_at, row_of.c.number)
    )
    rows: list[tuple[Value, ...]] = [
        (
            _moment(row.created_at),
            row.number,
            row.state,
            row.told if me is not None and row.name == me.name else None,
        )
        for row in db.session.execute(query)
    ]
    return Table("imports", ("at", "number", "state", "words"), rows)


def _desk(member_id: UUID) -> Table:
    """When he stood at the desk, known by card and PIN; who helped whom before; devices in his name."""
    visit, help_, device = (_table(each) for each in ("desk_session", "past_help", "device"))
    rows: list[tuple[Value, ...]] = [
        (_moment(row.opened_at), "at_desk", None, _moment(row.ends_at))
        for row in db.session.execute(sa.select(visit).where(visit.c.member_id == member_id))
    ]
    both = sa.or_(help_.c.member_id == member_id, help_.c.helper_id == member_id)
    helped = list(db.session.execute(sa.select(help_).where(both)))
    others = members.queries.many_facts({each for row in helped for each in (row.member_id, row.helper_id)})
    for row in helped:
        was_helped = row.member_id == member_id
        other = others[row.helper_id if was_helped else row.member_id]
        kind = "helped_by" if was_helped else "helped"
        rows.append((None, kind, members.queries.masked_name(other.name), _moment(row.ended_at)))
    rows += [
        (_moment(row.enrolled_at), "device", row.name, _moment(row.revoked_at))
        for row in db.session.execute(sa.select(device).where(device.c.responsible_id == member_id))
    ]
    return Table("desk", ("at", "kind", "what", "until"), rows)


def _gifts(member_id: UUID) -> Table:
    gift, shop = _table("shop_gift"), _table("merchant")
    query = sa.select(gift, shop.c.name).join(shop, shop.c.id == gift.c.merchant_id)
    query = query.where(gift.c.member_id == member_id).order_by(gift.c.given_at, gift.c.id)
    rows: list[tuple[Value, ...]] = [
        (_moment(row.given_at), row.name, row.points, row.reason) for row in db.session.execute(query)
    ]
    return Table("gifts", ("at", "shop", "points", "reason"), rows)


def _wishes(member_id: UUID) -> Table:
    """Rewards that he has marked, and those of which he wants to be told when they are there again."""
    reward, rows = _table("reward"), list[tuple[Value, ...]]()
    for name, kind in (("favourite", "marked"), ("waiting_member", "awaited")):
        mine = _table(name)
        query = sa.select(mine.c.since, reward.c.name_zh).join(reward, reward.c.id == mine.c.reward_id)
        found = db.session.execute(query.where(mine.c.member_id == member_id).order_by(mine.c.since))
        rows += [(_moment(row.since), kind, row.name_zh) for row in found]
    return Table("wishes", ("at", "kind", "reward"), rows)


def _shops(member_id: UUID) -> Table:
    rows: list[tuple[Value, ...]] = [
        (each.name, each.post, each.status) for each in merchants.queries.posts_of(member_id)
    ]
    shop, asked = _table("merchant"), _table("shop_invitation")
    invited = sa.select(shop.c.name, asked.c.post).join(shop, shop.c.id == asked.c.merchant_id)
    rows += [
        (row.name, row.post, "invited")
        for row in db.session.execute(invited.where(asked.c.member_id == member_id))
    ]
    spoken_for = sa.select(shop.c.name, shop.c.status).where(shop.c.applied_by == member_id)
    rows += [(row.name, "applicant", row.status) for row in db.session.execute(spoken_for)]
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
