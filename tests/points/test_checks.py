"""`flask points check` sees every kind of fault. Each is planted with the database's own constraints taken away."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from core import clock as core_clock
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, transaction
from core.receipts import once
from members.models import Squad
from points import checks, service
from points.errors import PointsNotEnough
from points.models import (
    Account,
    AwardRequest,
    KeptMonth,
    Lot,
    Score,
    SquadScore,
    TariffRule,
    Transfer,
    TransferLot,
)
from points.triggers import PROGRAMME_ACCOUNTS
from tests.support import members_builders as people
from tests.support import planted
from tests.support import points_builders as build
from tests.support.planted import change, run

WANG, LI, BARBER = UUID(int=0xA1), UUID(int=0xB2), UUID(int=0xC3)


@pytest.fixture
def books(database_app: Flask, clock: FrozenClock) -> dict[str, UUID]:
    """Books in which everything has happened once, and they are right."""
    squad_id = people.squad()
    coordinator, zhang = people.staff(), people.member("张大爷", squad_id=squad_id)
    service.install_tariff()
    made = {"squad": squad_id, "earn": build.earn(WANG, 40, squad_id=squad_id)}
    build.earn(LI, 10, expires_on=date(2026, 11, 30))
    made["released"] = build.reserve(WANG, 5)
    made["paid"] = build.reserve(WANG, 6)
    made["open"] = build.reserve(WANG, 7)
    refunded, cancelled = build.reserve(WANG, 2), build.reserve(WANG, 2)
    with transaction():
        made["release"] = service.release(SYSTEM, key=uuid4(), reservation_id=made["released"])
        made["pay"] = service.pay(SYSTEM, key=uuid4(), reservation_id=made["paid"], merchant_id=BARBER)
        service.release(SYSTEM, key=uuid4(), reservation_id=refunded)
        service.refund(SYSTEM, key=uuid4(), reservation_id=refunded)
        service.cancel(SYSTEM, key=uuid4(), reservation_id=cancelled)
        service.settle(SYSTEM, key=uuid4(), merchant_id=BARBER, points=1)
        service.gift(SYSTEM, key=uuid4(), giver_id=WANG, receiver_id=LI, points=3)
        made["grant"] = service.grant_budget(SYSTEM, key=uuid4(), merchant_id=BARBER, points=9)
        service.withdraw_budget(SYSTEM, key=uuid4(), merchant_id=BARBER, points=2)
        given = {"merchant_id": BARBER, "member_id": LI, "subject_id": None}
        made["give"] = service.give(SYSTEM, key=uuid4(), points=4, **given)
        service.take_back(
            SYSTEM,
            key=uuid4(),
            memo="按错了",
            transfer_id=service.give(SYSTEM, key=uuid4(), points=1, **given),
        )
        happened = {"happened_at": core_clock.now(), "subject_id": None}
        service.pay_shop_deed(SYSTEM, key=uuid4(), merchant_id=BARBER, rule_code="shop_help", **happened)
        service.settle(SYSTEM, key=uuid4(), merchant_id=BARBER, points=20)
    award = service.award_deed(coordinator, key=uuid4(), member_id=zhang.id, rule_code="lead")
    made["award"] = UUID(award.body["transfer_id"])
    build.tariff_rule(code="rescue", points=150)
    asked = service.award_deed(coordinator, key=uuid4(), member_id=zhang.id, rule_code="rescue")
    made["request"] = UUID(asked.body["request_id"])
    agreed = service.second_award(people.staff(name="张警官"), key=uuid4(), request_id=made["request"])
    made["seconded"] = UUID(agreed.body["transfer_id"])
    build.reserve(zhang.id, 165)
    service.withdraw_award(coordinator, key=uuid4(), transfer_id=made["award"], reason="记错了人")
    build.earn(zhang.id, 10)
    clock.tick(days=20)
    service.expire()
    made["refused"] = uuid4()
    with pytest.raises(PointsNotEnough):
        once(made["refused"], SYSTEM, "test", {}, lambda: {"id": str(build.reserve(WANG, 1_000))})
    assert build.faults() == {}
    planted.strip()
    assert build.faults() == {}
    return made


def copy(transfer_id: UUID, **changes: object) -> UUID:
    """One more transfer, like another one but for the changes, as if somebody had written it by hand."""
    return planted.copy(Transfer, transfer_id, **({"receipt_key": uuid4()} | changes))


def lot_changes(transfer_id: UUID, account_id: UUID, expires_on: date, by: int) -> None:
    run(
        sa.insert(TransferLot).values(
            transfer_id=transfer_id, account_id=account_id, expires_on=expires_on, change=by
        )
    )


def a_lot_is_raised(made: dict[str, UUID]) -> None:
    change(Lot, Lot.account_id == WANG, balance=Lot.balance + 1)


def a_lot_is_below_zero(made: dict[str, UUID]) -> None:
    run(sa.insert(Lot).values(account_id=LI, expires_on=date(2030, 12, 31), balance=-1))


def a_transfer_is_lost(made: dict[str, UUID]) -> None:
    run(sa.delete(Transfer).where(Transfer.id == made["earn"]))


def a_lot_change_is_halved(made: dict[str, UUID]) -> None:
    change(TransferLot, TransferLot.transfer_id == made["open"], change=-3)


def an_earning_also_names_its_lot(made: dict[str, UUID]) -> None:
    lot_changes(made["earn"], WANG, date(2027, 12, 31), 40)


def a_transfer_is_doubled(made: dict[str, UUID]) -> None:
    with db.engine.connect() as connection:
        key = connection.scalar(sa.select(Transfer.receipt_key).where(Transfer.id == made["earn"]))
    copy(made["earn"], receipt_key=key)


def a_refused_key_has_moved_points(made: dict[str, UUID]) -> None:
    copy(made["earn"], receipt_key=made["refused"])


def an_answered_award_has_no_transfer(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["award"], receipt_key=uuid4())


def a_reversal_is_doubled(made: dict[str, UUID]) -> None:
    reverse(made["award"])
    reverse(made["award"])


def reverse(transfer_id: UUID, **changes: object) -> UUID:
    with db.engine.connect() as connection:
        row = connection.execute(sa.select(Transfer.__table__).where(Transfer.id == transfer_id)).one()
    values = {
        "kind": "reversal",
        "debit_account_id": row.credit_account_id,
        "credit_account_id": row.debit_account_id,
        "reverses_id": transfer_id,
        "expires_on": None,
    }
    return copy(transfer_id, **(values | changes))


def a_reversal_takes_more_than_was_given(made: dict[str, UUID]) -> None:
    reverse(made["earn"], amount=41)


def a_reversal_is_reversed(made: dict[str, UUID]) -> None:
    reverse(reverse(made["earn"]))


def a_payment_finishes_nothing(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["pay"], reservation_id=uuid4())


def a_reservation_is_paid_twice(made: dict[str, UUID]) -> None:
    copy(made["pay"])


def a_paid_reservation_is_given_back(made: dict[str, UUID]) -> None:
    reverse(made["paid"])


def escrow_is_emptied(made: dict[str, UUID]) -> None:
    copy(made["release"], reservation_id=uuid4())


def a_lot_is_spent_after_its_day(made: dict[str, UUID]) -> None:
    lot_changes(made["open"], WANG, date(2026, 11, 17), -1)


def points_expire_before_their_day(made: dict[str, UUID]) -> None:
    with db.engine.connect() as connection:
        expiry = connection.scalar(sa.select(Transfer.id).where(Transfer.kind == "expire"))
    assert expiry is not None
    lot_changes(expiry, WANG, date(2027, 12, 31), -1)


def a_score_is_raised(made: dict[str, UUID]) -> None:
    change(Score, (Score.member_id == WANG) & (Score.season == "W2026-47"), points=Score.points + 1)


def a_deed_is_counted_twice(made: dict[str, UUID]) -> None:
    change(Score, (Score.member_id == WANG) & (Score.season == "ALL"), deeds=Score.deeds + 1)


def a_squads_score_is_raised(made: dict[str, UUID]) -> None:
    change(SquadScore, SquadScore.squad_id == made["squad"], points=SquadScore.points + 1)


def a_squads_points_are_in_the_wrong_part(made: dict[str, UUID]) -> None:
    change(SquadScore, SquadScore.season == "ALL", shard=(WANG.int + 1) % 16)


def an_award_by_hand_is_not_counted_for_its_squad(made: dict[str, UUID]) -> None:
    change(SquadScore, (SquadScore.season == "ALL") & (SquadScore.by_hand > 0), by_hand=0)


def a_kept_month_says_something_else(made: dict[str, UUID]) -> None:
    kept = {"month": "2026-11", "transfers": 1, "points": 1, "sums": {}, "kept_at": core_clock.now()}
    run(sa.insert(KeptMonth).values(**kept))


def a_score_was_reached_too_early(made: dict[str, UUID]) -> None:
    earlier = core_clock.now() - timedelta(days=30)
    change(Score, (Score.member_id == WANG) & (Score.season == "W2026-47"), reached_at=earlier)


def a_squads_score_was_reached_too_late(made: dict[str, UUID]) -> None:
    change(SquadScore, SquadScore.squad_id == made["squad"], reached_at=core_clock.now())


def somebody_awarded_himself(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["award"], actor_id=Transfer.credit_account_id)


def an_amount_is_nothing(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["earn"], amount=0)


def a_balance_is_beyond_all_numbers(made: dict[str, UUID]) -> None:
    change(Lot, Lot.account_id == WANG, balance=2**53)


def a_stamp_lies_ahead(made: dict[str, UUID]) -> None:
    later = core_clock.now() + timedelta(minutes=6)
    change(Transfer, Transfer.id == made["open"], posted_at=later)


def something_is_booked_before_it_happens(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["open"], happened_at=core_clock.now())


def a_release_goes_to_a_member(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["release"], credit_account_id=LI)


def an_earning_is_more_than_its_rule(made: dict[str, UUID]) -> None:
    run(sa.update(Transfer).where(Transfer.id == made["award"]).values(amount=21))


def an_earning_has_no_rule(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["earn"], rule_id=None)


def a_member_is_paid_by_a_rule_for_shops(made: dict[str, UUID]) -> None:
    earned_by = sa.select(Transfer.rule_id).where(Transfer.id == made["earn"]).scalar_subquery()
    change(TariffRule, TariffRule.id == earned_by, category="shop")


def a_budget_gives_what_it_does_not_have(made: dict[str, UUID]) -> None:
    copy(made["give"])


def a_grant_goes_to_the_shop_itself(made: dict[str, UUID]) -> None:
    change(Transfer, Transfer.id == made["grant"], credit_account_id=BARBER)


def a_budget_belongs_to_nobody(made: dict[str, UUID]) -> None:
    change(Account, Account.kind == "budget", owner_id=UUID(int=0))


def an_award_above_a_limit_has_lost_its_second_person(made: dict[str, UUID]) -> None:
    asked_by = sa.select(AwardRequest.requested_by).scalar_subquery()
    change(AwardRequest, AwardRequest.id == made["request"], decided_by=asked_by)


def an_agreement_has_paid_somebody_else(made: dict[str, UUID]) -> None:
    change(AwardRequest, AwardRequest.id == made["request"], member_id=uuid4())


def a_request_that_paid_waits_again(made: dict[str, UUID]) -> None:
    change(
        AwardRequest, AwardRequest.id == made["request"], state="waiting", decided_by=None, transfer_id=None
    )


def an_award_is_invented(made: dict[str, UUID]) -> None:
    copy(made["award"])


def a_withdrawal_is_invented(made: dict[str, UUID]) -> None:
    reverse(made["award"])


def an_account_is_lost(made: dict[str, UUID]) -> None:
    run(sa.delete(Account).where(Account.id == WANG))


def a_lot_change_has_no_transfer(made: dict[str, UUID]) -> None:
    lot_changes(uuid4(), WANG, date(2027, 12, 31), 1)


def a_debt_is_forgotten(made: dict[str, UUID]) -> None:
    change(Account, Account.owed > 0, owed=0)


def a_squads_head_count_is_wrong(made: dict[str, UUID]) -> None:
    change(Squad, Squad.id == made["squad"], active_members=99)


FAULTS: list[planted.Fault] = [
    (a_lot_is_raised, "stored lots = sum of transfers"),
    (a_lot_is_below_zero, "no lot below zero"),
    (a_transfer_is_lost, "every account's lots = credits - debits"),
    (a_lot_change_is_halved, "every transfer's lots = its amount"),
    (an_earning_also_names_its_lot, "every transfer's lots = its amount"),
    (a_transfer_is_doubled, "each key one effect"),
    (a_refused_key_has_moved_points, "refused keys no effect"),
    (an_answered_award_has_no_transfer, "answered awards have their transfer"),
    (a_reversal_is_doubled, "reversal once"),
    (a_reversal_takes_more_than_was_given, "reversal mirrors its original"),
    (a_reversal_is_reversed, "never a reversal of a reversal"),
    (a_payment_finishes_nothing, "reversal and reservation name what they finish"),
    (a_reservation_is_paid_twice, "a reservation is finished once"),
    (a_paid_reservation_is_given_back, "a reservation is finished once"),
    (escrow_is_emptied, "escrow = open reservations"),
    (a_lot_is_spent_after_its_day, "expired lot never spent"),
    (points_expire_before_their_day, "nothing expires before its day"),
    (a_score_is_raised, "members' scores = ledger"),
    (a_deed_is_counted_twice, "members' scores = ledger"),
    (a_squads_score_is_raised, "squads' scores = members' scores"),
    (a_squads_points_are_in_the_wrong_part, "squads' scores = members' scores"),
    (an_award_by_hand_is_not_counted_for_its_squad, "squads' awards by hand = ledger"),
    (a_kept_month_says_something_else, "kept months = ledger"),
    (a_score_was_reached_too_early, "members' scores reached with their latest earning"),
    (a_squads_score_was_reached_too_late, "squads' scores reached with their latest member"),
    (somebody_awarded_himself, "nobody awarded himself"),
    (an_award_above_a_limit_has_lost_its_second_person, "above a limit two people"),
    (an_agreement_has_paid_somebody_else, "above a limit two people"),
    (a_request_that_paid_waits_again, "what names a request was agreed to"),
    (an_amount_is_nothing, "amounts in range"),
    (a_balance_is_beyond_all_numbers, "amounts in range"),
    (a_stamp_lies_ahead, "no stamp in the future"),
    (something_is_booked_before_it_happens, "no stamp in the future"),
    (a_release_goes_to_a_member, "kinds fit their accounts"),
    (an_earning_is_more_than_its_rule, "earnings have their rule"),
    (an_earning_has_no_rule, "earnings have their rule"),
    (a_member_is_paid_by_a_rule_for_shops, "rules for shops pay shops, the others members"),
    (a_budget_gives_what_it_does_not_have, "budgets never overdrawn"),
    (a_grant_goes_to_the_shop_itself, "kinds fit their accounts"),
    (a_budget_belongs_to_nobody, "no orphan"),
    (an_award_is_invented, "awards have their answer"),
    (a_withdrawal_is_invented, "awards have their answer"),
    (an_account_is_lost, "no orphan"),
    (a_lot_change_has_no_transfer, "no orphan"),
    (a_debt_is_forgotten, "owed = advances - repayments"),
    (a_squads_head_count_is_wrong, "squads' head-counts = active members"),
]


def test_every_planted_fault_is_found_and_every_invariant_has_its_fault(books: dict[str, UUID]) -> None:
    tables = (
        Account,
        Lot,
        Transfer,
        TransferLot,
        Score,
        SquadScore,
        Squad,
        TariffRule,
        AwardRequest,
        KeptMonth,
    )
    planted.each_is_found(
        books, FAULTS, [*checks.INVARIANTS, *checks.RECOUNTED, "squads' head-counts = active members"], tables
    )


def test_two_packages_do_not_have_an_invariant_of_one_name(app: Flask) -> None:
    with pytest.raises(ValueError, match="no lot below zero"):
        checks.also_check("others", {"no lot below zero": "SELECT 1"})


def test_invariants_of_other_packages_are_looked_at_with_days_and_months_of_the_programmes_zone(
    database_app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move_to(datetime(2026, 10, 31, 16, 30, tzinfo=UTC))
    build.earn(WANG, 5)
    monkeypatch.setattr(checks, "_FURTHER", {})
    query = "SELECT {day_of[t.posted_at]} AS day, {month_of[t.posted_at]} AS month FROM transfer t"
    checks.also_check("others", {"nothing was ever booked": query})
    checks.also_check("others", {"nothing was ever booked": query})
    assert build.faults() == {"nothing was ever booked": ("day=2026-11-01 month=2026-11",)}


def test_the_command_names_the_rows_and_fails(app: Flask, clock: FrozenClock, cli: FlaskCliRunner) -> None:
    wang = build.member()
    build.earn(wang.id, 20)
    clean = cli.invoke(args=["points", "check"])
    assert clean.exit_code == 0, clean.output
    assert "The books are right." in clean.output
    assert sum(each.startswith("ok ") for each in clean.output.splitlines()) == len(list(checks.run()))
    with transaction():
        db.session.execute(sa.update(Lot).values(balance=Lot.balance + 1))
    broken = cli.invoke(args=["points", "check"])
    assert broken.exit_code == 1
    assert "FAULT stored lots = sum of transfers: 1" in broken.output
    assert f"account_id={wang.id.hex} expires_on=2027-12-31 stored=21 booked=20" in broken.output


def test_programme_accounts_are_there_from_the_start(database_app: Flask) -> None:
    rows = db.session.execute(sa.select(Account.kind, Account.id)).all()
    assert {row.kind: row.id for row in rows} == PROGRAMME_ACCOUNTS
