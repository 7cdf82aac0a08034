"""A member reads what came in and what went out, and every line opens its receipt."""

from datetime import date
from uuid import uuid4

import pytest
from flask import Flask

from core.clock import FrozenClock
from core.paging import CursorInvalid, encode
from points import queries
from points.errors import TransferUnknown
from tests.support import points_builders as build


def test_lines_stand_newest_first_with_their_sign(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 20)
    clock.tick(minutes=1)
    build.reserve(wang, 5)
    clock.tick(minutes=1)
    build.earn(wang, 2)
    page = queries.statement(wang)
    assert [(line.kind, line.points) for line in page.items] == [("earn", 2), ("spend", -5), ("earn", 20)]
    assert page.next is None


def test_pages_of_a_statement_meet_without_gap_or_overlap_while_it_grows(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    for number in range(1, 12):
        build.earn(wang, number)
        if number % 3 == 0:  # several lines of the same moment
            build.reserve(wang, 1)
            clock.tick(seconds=1)
    whole = [line.id for line in queries.statement(wang, limit=100).items]
    assert len(whole) == 14
    found, cursor = [], None
    while True:
        page = queries.statement(wang, cursor=cursor, limit=4)
        found += [line.id for line in page.items]
        cursor = page.next
        if cursor is None:
            break
        clock.tick(seconds=1)
        build.earn(wang, 50)
    assert found == whole


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode("now", "here"),
        encode("2026-11-18T10:00:00", "00000000-0000-0000-0000-000000000001"),
        encode("0001-01-01T00:00:00+23:59", "00000000-0000-0000-0000-000000000001"),
        encode("2026-11-18T10:00:00+00:00", "\x00"),
        encode(1, 2),
    ],
)
def test_a_cursor_of_another_list_is_refused(app: Flask, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        queries.statement(uuid4(), cursor=cursor)


def test_a_line_says_what_took_it_back(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    award = build.earn(wang, 20)
    clock.tick(minutes=1)
    withdrawal = build.withdraw(award)
    reversal, earning = queries.statement(wang).items
    assert (earning.reversed_by, reversal.reverses_id, reversal.reverses_kind) == (withdrawal, award, "earn")
    assert not earning.withdrawable


def test_a_receipt_names_the_points_it_touched_and_what_came_with_it(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    award = build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    spent = build.reserve(wang, 15)
    receipt = queries.find_transfer(wang, spent)
    assert receipt.lots == (queries.LotLine(date(2026, 12, 31), -10), queries.LotLine(date(2027, 12, 31), -5))
    assert queries.find_transfer(wang, award).lots == (queries.LotLine(date(2026, 12, 31), 10),)
    withdrawal = build.withdraw(award)
    (advance,) = queries.find_transfer(wang, withdrawal).follow_ups
    assert (advance.kind, advance.points) == ("advance", 5)


def test_somebody_elses_line_does_not_exist(database_app: Flask, clock: FrozenClock) -> None:
    wang, li = uuid4(), uuid4()
    earning = build.earn(wang, 20)
    with pytest.raises(TransferUnknown):
        queries.find_transfer(li, earning)
    with pytest.raises(TransferUnknown):
        queries.owner_of(uuid4())


def test_the_balance_shows_what_expires_first_and_what_is_owed(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    assert queries.holdings(wang) == queries.Holdings(0, 0, ())
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    build.earn(wang, 5, expires_on=date(2026, 12, 31))
    held = queries.holdings(wang)
    assert held.balance == 15
    assert held.next_to_expire == queries.LotLine(date(2026, 12, 31), 5)
