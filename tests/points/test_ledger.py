"""Points move between accounts and are never lost, doubled or invented."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core.auth import SYSTEM
from core.clock import FrozenClock, local_date
from core.db import db, transaction, transactional
from core.receipts import KeyReused
from points import ledger, queries, service
from points.errors import (
    AwardExpired,
    PointsNotEnough,
    ReservationClosed,
    ReservationOpen,
    TransferNotReversible,
    TransferReversed,
    TransferUnknown,
)
from points.models import Lot, Score, SquadScore, Transfer, TransferLot
from tests.support import points_builders as build


def lots(account_id):
    db.session.rollback()
    rows = db.session.execute(sa.select(Lot.expires_on, Lot.balance).where(Lot.account_id == account_id))
    return {row.expires_on: row.balance for row in rows if row.balance}


def kinds():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Transfer.kind).order_by(Transfer.posted_at, Transfer.id)))


def scores(member_id):
    db.session.rollback()
    rows = db.session.execute(sa.select(Score).where(Score.member_id == member_id)).scalars()
    return {(row.season, row.squad_id): (row.points, row.deeds) for row in rows}


def test_an_earning_goes_into_the_lot_that_expires_at_the_end_of_next_year(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    build.earn(wang, 20)
    assert lots(wang) == {date(2027, 12, 31): 20}
    assert build.balance(wang) == 20
    assert build.faults() == {}


def test_an_earning_counts_for_week_month_year_and_all_time(database_app: Flask, clock: FrozenClock) -> None:
    wang, squad_id = uuid4(), build.squad()
    build.earn(wang, 20, squad_id=squad_id)
    build.earn(wang, 2, squad_id=squad_id)
    seasons = {"W2026-47", "M2026-11", "Y2026", "ALL"}
    assert scores(wang) == {(season, squad_id): (22, 2) for season in seasons}
    rows = db.session.execute(sa.select(SquadScore).where(SquadScore.squad_id == squad_id)).scalars().all()
    assert {(row.season, row.points, row.deeds, row.shard) for row in rows} == {
        (season, 22, 2, wang.int % 16) for season in seasons
    }


def test_points_stay_with_the_squad_in_which_they_were_earned(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang, old, new = uuid4(), build.squad(), build.squad()
    build.earn(wang, 20, squad_id=old)
    build.earn(wang, 2, squad_id=new)
    assert scores(wang)["ALL", old] == (20, 1)
    assert scores(wang)["ALL", new] == (2, 1)
    assert queries.earned(wang, "ALL") == queries.Earned(22, 2)


def test_the_programmes_zone_decides_in_which_week_and_year_a_deed_is_booked(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    clock.move_to(datetime.fromisoformat("2026-12-31T15:59:59+00:00"))
    build.earn(wang, 1)
    clock.tick(seconds=1)  # midnight in Shanghai
    build.earn(wang, 2)
    assert {season: points for (season, _), (points, _deeds) in scores(wang).items()} == {
        "W2026-53": 3,
        "M2026-12": 1,
        "M2027-01": 2,
        "Y2026": 1,
        "Y2027": 2,
        "ALL": 3,
    }
    assert lots(wang) == {date(2027, 12, 31): 1, date(2028, 12, 31): 2}


def test_spending_takes_the_earliest_expiry_first(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    spent = build.reserve(wang, 13)
    assert lots(wang) == {date(2027, 12, 31): 7}
    taken = db.session.execute(sa.select(TransferLot).where(TransferLot.transfer_id == spent)).scalars()
    assert {row.expires_on: row.change for row in taken} == {date(2026, 12, 31): -10, date(2027, 12, 31): -3}
    assert build.faults() == {}


def test_nobody_spends_more_than_he_has(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 10)
    with pytest.raises(PointsNotEnough) as refusal:
        build.reserve(wang, 11)
    assert refusal.value.data == {"needed": 11, "balance": 10, "missing": 1}
    assert build.balance(wang) == 10
    assert kinds() == ["earn"]


def test_points_past_their_day_cannot_be_spent_even_before_the_yearly_run(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    build.earn(wang, 10, expires_on=date(2026, 11, 18))
    assert build.balance(wang) == 10
    clock.tick(days=1)
    assert build.balance(wang) == 0
    with pytest.raises(PointsNotEnough):
        build.reserve(wang, 1)


def test_outside_a_transaction_nothing_moves(database_app: Flask, clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError):
        ledger.lock([ledger.member(uuid4())])
    with pytest.raises(RuntimeError):
        ledger.write(ledger.Books({}))
    with pytest.raises(RuntimeError):
        service.reserve(SYSTEM, key=uuid4(), member_id=uuid4(), points=1, subject_type="x", subject_id=None)


def test_the_same_key_moves_the_same_points_only_once(database_app: Flask, clock: FrozenClock) -> None:
    wang, key = uuid4(), uuid4()
    build.earn(wang, 10, key=key)
    with pytest.raises(KeyReused):
        build.earn(wang, 10, key=key)
    assert build.balance(wang) == 10
    assert build.faults() == {}


def test_one_key_may_pay_several_members_of_a_round(database_app: Flask, clock: FrozenClock) -> None:
    wang, li, key = uuid4(), uuid4(), uuid4()
    build.earn(wang, 2, key=key)
    build.earn(li, 2, key=key)
    assert (build.balance(wang), build.balance(li)) == (2, 2)


def test_an_exception_undoes_all_movements_of_the_transaction(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    with pytest.raises(LookupError), transaction():
        build.earn(wang, 10)
        raise LookupError
    assert build.balance(wang) == 0
    assert kinds() == []


def test_a_paid_deed_costs_few_round_trips(database_app: Flask, clock: FrozenClock) -> None:
    """The path of every scan: lock, terms of the rule, one write; SQLite, in this process, may take four writes."""
    service.install_tariff()
    wang, squad_id = uuid4(), build.squad()
    statements: list[str] = []

    @transactional
    def pay() -> None:
        service.pay_deed(
            SYSTEM,
            key=uuid4(),
            member_id=wang,
            squad_id=squad_id,
            rule_code="patrol",
            happened_at=clock.now(),
            subject_type="round",
            subject_id=None,
        )

    pay()
    sa.event.listen(db.engine, "before_cursor_execute", lambda *details: statements.append(details[2]))
    pay()
    sent = [each for each in statements if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]
    assert len(sent) == (3 if db.engine.dialect.name == "postgresql" else 6), sent


# --- reservations ------------------------------------------------------------------------------------------------


def test_reserved_points_are_handed_over_once(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 30)
    reservation = build.reserve(wang, 20)
    with transaction():
        service.release(SYSTEM, key=uuid4(), reservation_id=reservation)
    with pytest.raises(ReservationClosed), transaction():
        service.release(SYSTEM, key=uuid4(), reservation_id=reservation)
    with pytest.raises(ReservationClosed), transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert build.balance(wang) == 10
    assert kinds() == ["earn", "spend", "release"]
    assert build.faults() == {}


def test_reserved_points_are_paid_to_a_shop_and_never_expire_there(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang, barber = uuid4(), uuid4()
    build.earn(wang, 30)
    reservation = build.reserve(wang, 20)
    with transaction():
        service.pay(SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=barber)
    assert lots(barber) == {date(9999, 12, 31): 20}
    with transaction():
        service.settle(SYSTEM, key=uuid4(), merchant_id=barber, points=15)
    assert build.balance(barber) == 5
    assert build.faults() == {}


def test_a_cancelled_reservation_gives_the_same_points_back(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    before = lots(wang)
    reservation = build.reserve(wang, 15)
    with transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert lots(wang) == before
    with pytest.raises(ReservationClosed), transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    with pytest.raises(ReservationClosed), transaction():
        service.release(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert build.faults() == {}


def test_points_that_come_back_past_their_day_expire_at_once(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    reservation = build.reserve(wang, 15)
    clock.move_to(datetime.fromisoformat("2027-01-01T00:00:00+08:00"))
    with transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert lots(wang) == {date(2027, 12, 31): 10}
    assert kinds()[-2:] == ["reversal", "expire"]
    assert build.faults() == {}


def test_a_refund_brings_the_old_points_back_once(database_app: Flask, clock: FrozenClock) -> None:
    wang, barber = uuid4(), uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    before = lots(wang)
    reservation = build.reserve(wang, 15)
    with pytest.raises(ReservationOpen), transaction():
        service.refund(SYSTEM, key=uuid4(), reservation_id=reservation)
    with transaction():
        service.pay(SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=barber)
    with transaction():
        service.refund(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert lots(wang) == before
    assert build.balance(barber) == 0
    with pytest.raises(ReservationClosed), transaction():
        service.refund(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert build.faults() == {}


def test_a_shop_that_no_longer_holds_the_points_owes_them(database_app: Flask, clock: FrozenClock) -> None:
    wang, barber = uuid4(), uuid4()
    build.earn(wang, 30)
    reservation = build.reserve(wang, 15)
    with transaction():
        service.pay(SYSTEM, key=uuid4(), reservation_id=reservation, merchant_id=barber)
        service.settle(SYSTEM, key=uuid4(), merchant_id=barber, points=15)
    with transaction():
        service.refund(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert build.balance(wang) == 30
    assert build.owed(barber) == 15
    second = build.reserve(wang, 20)
    with transaction():
        service.pay(SYSTEM, key=uuid4(), reservation_id=second, merchant_id=barber)
    assert (build.balance(barber), build.owed(barber)) == (5, 0)
    assert build.faults() == {}


def test_only_a_reservation_can_be_finished(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    earning = build.earn(wang, 30)
    with pytest.raises(TransferNotReversible), transaction():
        service.release(SYSTEM, key=uuid4(), reservation_id=earning)
    with pytest.raises(TransferUnknown), transaction():
        service.release(SYSTEM, key=uuid4(), reservation_id=uuid4())


# --- gifts ---------------------------------------------------------------------------------------------------------


def test_given_points_keep_their_expiry_and_count_for_no_score(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang, li = uuid4(), uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    build.earn(wang, 10, expires_on=date(2027, 12, 31))
    with transaction():
        service.gift(SYSTEM, key=uuid4(), giver_id=wang, receiver_id=li, points=15)
    assert lots(li) == {date(2026, 12, 31): 10, date(2027, 12, 31): 5}
    assert lots(wang) == {date(2027, 12, 31): 5}
    assert scores(li) == {}
    assert build.faults() == {}


# --- withdrawn awards ----------------------------------------------------------------------------------------------


def test_a_withdrawn_award_leaves_balance_and_score_as_if_it_had_never_been(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang, squad_id = uuid4(), build.squad()
    build.earn(wang, 2, squad_id=squad_id)
    award = build.earn(wang, 20, squad_id=squad_id)
    build.withdraw(award)
    assert build.balance(wang) == 2
    assert scores(wang)["ALL", squad_id] == (2, 1)
    assert build.owed(wang) == 0
    assert build.faults() == {}


def test_a_withdrawal_takes_back_from_the_season_in_which_the_points_were_earned(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang, squad_id = uuid4(), build.squad()
    award = build.earn(wang, 20, squad_id=squad_id)
    clock.tick(days=40)
    build.earn(wang, 2, squad_id=squad_id)
    build.withdraw(award)
    assert scores(wang)["M2026-11", squad_id] == (0, 0)
    assert scores(wang)["M2026-12", squad_id] == (2, 1)
    assert build.faults() == {}


def test_what_was_already_spent_is_owed_and_taken_from_the_next_earnings(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    award = build.earn(wang, 20)
    build.reserve(wang, 15)
    build.withdraw(award)
    assert (build.balance(wang), build.owed(wang)) == (0, 15)
    assert kinds() == ["earn", "spend", "advance", "reversal"]
    build.earn(wang, 10)
    assert (build.balance(wang), build.owed(wang)) == (0, 5)
    build.earn(wang, 10)
    assert (build.balance(wang), build.owed(wang)) == (5, 0)
    assert queries.earned(wang, "ALL").points == 20  # a debt is paid from the balance, not from the score
    assert build.faults() == {}


def test_points_that_come_back_repay_what_is_owed(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    award = build.earn(wang, 20)
    reservation = build.reserve(wang, 15)
    build.withdraw(award)
    with transaction():
        service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert (build.balance(wang), build.owed(wang)) == (0, 0)
    assert build.faults() == {}


def test_a_withdrawal_takes_the_lot_of_the_award_before_any_other(
    database_app: Flask, clock: FrozenClock
) -> None:
    wang = uuid4()
    build.earn(wang, 10, expires_on=date(2026, 12, 31))
    award = build.earn(wang, 20, expires_on=date(2027, 12, 31))
    build.withdraw(award)
    assert lots(wang) == {date(2026, 12, 31): 10}


def test_an_award_is_withdrawn_once(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    award = build.earn(wang, 20)
    build.withdraw(award)
    with pytest.raises(TransferReversed):
        build.withdraw(award)
    assert build.balance(wang) == 0
    assert build.faults() == {}


def test_a_withdrawal_cannot_itself_be_withdrawn(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    withdrawal = build.withdraw(build.earn(wang, 20))
    with pytest.raises(TransferNotReversible):
        build.withdraw(withdrawal)


def test_an_award_whose_points_have_expired_stands(database_app: Flask, clock: FrozenClock) -> None:
    wang = uuid4()
    award = build.earn(wang, 20, expires_on=date(2026, 11, 30))
    clock.tick(days=30)
    with pytest.raises(AwardExpired):
        build.withdraw(award)


# --- histories -----------------------------------------------------------------------------------------------------


def test_a_history_booked_at_once_equals_the_same_history_booked_one_by_one(
    database_app: Flask, clock: FrozenClock
) -> None:
    squad_id = build.squad()
    people = [uuid4() for _ in range(4)]

    def history(owners):
        for number in range(60):
            at = clock.now() - timedelta(days=300 - 5 * number)
            day = local_date(at)
            yield ledger.Movement(
                kind="earn" if number % 5 else "spend",
                debit=ledger.ISSUED if number % 5 else ledger.member(owners[(number - 1) % 4]),
                credit=ledger.member(owners[number % 4]) if number % 5 else ledger.ESCROW,
                amount=number % 7 + 1 if number % 5 else 1,
                key=uuid4(),
                actor_id=SYSTEM.id,
                subject_type="history",
                subject_id=None,
                rule_id=build.rule_worth(number % 7 + 1) if number % 5 else None,
                squad_id=squad_id,
                happened_at=at,
                posted_at=at,
                posted_on=day,
                expires_on=date(day.year + 1, 12, 31) if number % 5 else None,
            )

    others = [uuid4() for _ in range(4)]
    with transaction():
        for one in list(history(people))[1:]:
            ledger.post(one)
        assert ledger.post_many(list(history(others))[1:]) == 59
    assert [lots(each) for each in people] == [lots(each) for each in others]
    assert [scores(each) for each in people] == [scores(each) for each in others]
    assert build.faults() == {}
