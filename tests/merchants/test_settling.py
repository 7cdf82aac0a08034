"""A month is settled from the ledger alone: each taking once, at the rate of its day, agreed, paid and closed."""

from datetime import date

import pytest
import sqlalchemy as sa

import members.service
import merchants.queries
import merchants.service
import points.service
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from core.receipts import KeyReused
from merchants.errors import (
    EarlierMonthOpen,
    MonthFuture,
    MonthInvalid,
    MonthOpen,
    OwnerNeeded,
    OwnShop,
    PaidOnInvalid,
    PaperNoteMissing,
    RateMissing,
    ReferenceMissing,
    SecondPersonPays,
    SettlementStepImpossible,
    SettlementUnknown,
)
from points.models import Transfer
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders
from tests.support import settlement_builders as month
from tests.support.points_builders import balance, faults, owed

NOON = "2026-10-15T12:00"


@pytest.fixture
def books(database_app, clock):
    """Two shops, a rate of 10 cents; it is 18 November."""
    return month.two_shops()


def lines(statement):
    return [
        (each.kind, each.points, each.cents) for each in merchants.queries.all_settlement_lines(statement.id)
    ]


# --- what is in a statement


def test_a_statement_is_what_the_shop_took_less_what_it_gave_back(books, clock):
    wang = month.payer()
    with month.on(clock, NOON):
        month.take(books["barber"], wang, 30)
        month.refund(month.take(books["barber"], wang, 50))
        month.voucher(books["barber"], wang, 20)
        month.take(books["grocer"], wang, 7)
    barber, grocer = month.draft()
    assert sorted(lines(barber)) == [
        ("charge", 30, 300),
        ("charge", 50, 500),
        ("refund", -50, -500),
        ("voucher", 20, 200),
    ]
    assert (barber.points, barber.cents, barber.due_cents) == (50, 500, 500)
    assert (grocer.points, grocer.cents) == (7, 70)
    assert [barber.number, grocer.number] == [1, 2]
    assert [(each.kind, each.lines, each.points) for each in merchants.queries.kind_sums(barber.id)] == [
        ("charge", 2, 80),
        ("voucher", 1, 20),
        ("refund", 1, -50),
    ]


def test_what_was_held_and_never_paid_what_the_shop_earned_and_gave_is_in_no_statement(books, clock):
    wang = month.payer()
    with month.on(clock, NOON):
        shop, owner = books["barber"], people.actor(shops.the_owner(books["barber"]))
        shops.a_budget(shop)
        merchants.service.show_order(owner, key=new_id(), merchant_id=shop.id, points=30)
        month.take(books["grocer"], wang, 1)
    assert [each.shop for each in month.draft()] == ["好邻居超市"]


@pytest.mark.parametrize(
    ("moment", "belongs_to"),
    [
        ("2026-09-30T23:59:59.999999", None),
        ("2026-10-01T00:00", "2026-10"),
        ("2026-10-31T23:59:59.999999", "2026-10"),
        ("2026-11-01T00:00", None),
    ],
)
def test_a_month_begins_and_ends_at_midnight_of_the_programmes_zone(books, clock, moment, belongs_to):
    with month.on(clock, NOON):
        month.take(books["grocer"], month.payer(), 1)
    with month.on(clock, moment):
        month.take(books["barber"], month.payer(), 30)
    if moment < "2026-10":
        month.draft("2026-09")
    assert ("小周理发店" in [each.shop for each in month.draft()]) == (belongs_to == "2026-10")


def test_a_later_refund_goes_into_the_month_in_which_it_is_made_at_the_rate_of_the_payment(books, clock):
    wang = month.payer()
    with month.on(clock, NOON):
        taken = month.take(books["barber"], wang, 30)
    month.draft()
    month.rate(25, "2026-11-01")
    with month.on(clock, "2026-11-05T09:00"):
        month.take(books["barber"], wang, 100)
        month.refund(taken)
    clock.move_to(month.at("2026-12-02T09:00"))
    (november,) = month.draft("2026-11")
    assert sorted(lines(november)) == [("charge", 100, 2500), ("refund", -30, -300)]
    assert november.cents == 2200
    assert month.of("2026-10")[0].cents == 300


def test_a_refund_keeps_its_rate_when_the_shop_has_changed_its_trade(books, clock):
    month.rate(40, trade_code="hairdresser")
    with month.on(clock, NOON):
        taken = month.take(books["barber"], month.payer(), 30)
    month.draft()
    with month.on(clock, "2026-11-05T09:00"):
        merchants.service.change_shop(SYSTEM, books["barber"].id, trade_code="supermarket")
        month.refund(taken)
    clock.move_to(month.at("2026-12-02T09:00"))
    (november,) = month.draft("2026-11")
    assert lines(november) == [("refund", -30, -1200)]


def test_points_count_at_the_rate_of_the_trade_that_the_shop_had_when_it_took_them(books, clock):
    month.rate(40, trade_code="hairdresser")
    month.rate(90, trade_code="hotel")
    wang, barber = month.payer(), books["barber"]
    with month.on(clock, "2026-10-10T12:00"):
        early = month.take(barber, wang, 30)
    with month.on(clock, "2026-10-20T12:00"):
        merchants.service.change_shop(SYSTEM, barber.id, trade_code="hotel")
        month.take(barber, wang, 7)
    with month.on(clock, "2026-10-20T12:00:01"):
        month.refund(early)
        month.take(barber, wang, 5)
    # After the month and before its draft: once a way to price the whole month anew.
    merchants.service.change_shop(SYSTEM, barber.id, trade_code="supermarket")
    (statement,) = month.draft()
    assert sorted(lines(statement)) == [
        ("charge", 5, 450),
        ("charge", 7, 630),
        ("charge", 30, 1200),
        ("refund", -30, -1200),
    ]


def test_a_trade_without_a_rate_stops_the_draft_only_where_points_were_taken_in_it(database_app, clock):
    barber, wang = shops.a_shop("小周理发店"), month.payer()
    month.rate(40, trade_code="hairdresser")

    def trade(code):
        merchants.service.change_shop(SYSTEM, barber.id, trade_code=code)

    with month.on(clock, "2026-09-10T12:00"):
        month.take(barber, wang, 30)
        clock.tick(hours=1)
        trade("hotel")
        clock.tick(hours=1)
        trade("hairdresser")
        month.take(barber, wang, 20)
    assert [each.cents for each in month.draft("2026-09")] == [2000]
    with month.on(clock, "2026-10-09T12:00"):
        month.take(barber, wang, 5)
        clock.tick(days=1)
        trade("hotel")
        month.take(barber, wang, 6)
    with pytest.raises(RateMissing) as refused:
        month.draft()
    assert (refused.value.data["count"], refused.value.data["since"]) == (1, "2026-10-10")
    month.rate(50, "2026-10-10", trade_code="hotel")
    assert [each.cents for each in month.draft()] == [5 * 40 + 6 * 50]


def test_each_payment_counts_at_the_rate_of_its_day(books, clock):
    month.rate(20, "2026-10-16")
    month.rate(7, "2026-10-01", trade_code="supermarket")
    month.rate(9, "2026-10-20", merchant_id=books["barber"].id)
    wang = month.payer()
    for day in (15, 16, 20):
        with month.on(clock, f"2026-10-{day}T00:00"):
            month.take(books["barber"], wang, 10)
            month.take(books["grocer"], wang, 10)
    barber, grocer = month.draft()
    assert [cents for _, _, cents in lines(barber)] == [100, 200, 90]
    assert [cents for _, _, cents in lines(grocer)] == [70, 70, 70]


def test_what_a_shop_owes_is_carried_until_it_is_made_up(books, clock):
    wang = month.payer()
    with month.on(clock, NOON):
        taken = [month.take(books["barber"], wang, 100) for _ in range(2)]
    (october,) = month.draft()
    month.agree(october.id)
    month.pay(october.id)
    with month.on(clock, "2026-11-03T10:00"):
        for each in taken:
            month.refund(each)
        month.take(books["barber"], wang, 50)
    clock.move_to(month.at("2026-12-02T09:00"))
    (november,) = month.draft("2026-11")
    assert (november.points, november.cents) == (-150, -1500)
    assert (november.due_points, november.due_cents) == (0, 0)
    with month.on(clock, "2026-12-03T09:00"):
        month.take(books["barber"], wang, 400)
    clock.move_to(month.at("2027-01-02T09:00"))
    (december,) = month.draft("2026-12")
    assert (december.carried_points, december.carried_cents) == (-150, -1500)
    assert (december.due_points, december.due_cents) == (250, 2500)
    month.agree(december.id)
    month.pay(december.id)
    assert balance(books["barber"].id) == owed(books["barber"].id) == 0


# --- which months


def test_a_month_is_drafted_once_however_often_it_is_asked_for(books, clock):
    with month.on(clock, NOON):
        month.take(books["barber"], month.payer(), 30)
    first = merchants.service.draft_month(SYSTEM, month="2026-10")
    again = merchants.service.draft_month(people.staff(), month="2026-10")
    assert (first.made, again.made) == (1, 0)
    assert (again.statements, again.points, again.cents) == (1, 30, 300)
    assert month.count() == 1


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ("2026-11", MonthOpen),
        ("2026-12", MonthFuture),
        ("2099-01", MonthFuture),
        ("2026-13", MonthInvalid),
        ("october", MonthInvalid),
        ("", MonthInvalid),
    ],
)
def test_only_a_month_that_is_over_is_drafted(books, asked, refusal):
    with pytest.raises(refusal):
        merchants.service.draft_month(SYSTEM, month=asked)
    assert month.count() == 0


def test_months_go_in_their_order(books, clock):
    for moment in ("2026-08-20T12:00", NOON):
        with month.on(clock, moment):
            month.take(books["barber"], month.payer(), 30)
    with pytest.raises(EarlierMonthOpen) as refusal:
        merchants.service.draft_month(SYSTEM, month="2026-10")
    assert refusal.value.data["earlier"] == "2026-08"
    assert merchants.queries.month_to_draft() == "2026-08"
    month.draft("2026-08")
    # Nothing was taken in September: it does not stand in the way.
    assert merchants.queries.month_to_draft() == "2026-10"
    assert len(month.draft("2026-10")) == 1
    assert merchants.queries.month_to_draft() is None


def test_without_a_rate_nothing_is_drafted_and_the_shops_are_named(database_app, clock):
    barber = shops.a_shop("小周理发店")
    with month.on(clock, NOON):
        month.take(barber, month.payer(), 30)
    month.rate(10, "2026-10-16")
    with pytest.raises(RateMissing) as refusal:
        merchants.service.draft_month(SYSTEM, month="2026-10")
    assert refusal.value.data["shops"] == "小周理发店"
    assert refusal.value.data["since"] == "2026-10-15"
    assert month.count() == 0
    month.rate(10, "2026-10-15")
    assert len(month.draft()) == 1


def test_a_month_without_takings_has_no_statements(books):
    assert month.draft("2026-10") == []


def test_the_year_ends_like_any_month(books, clock):
    clock.move_to(month.at("2026-12-31T23:59:59"))
    month.take(books["barber"], month.payer(), 30)
    clock.move_to(month.at("2027-01-01T00:05"))
    assert [each.points for each in month.draft("2026-12")] == [30]


# --- agreed, paid, closed


@pytest.fixture
def october(books, clock):
    """The barber's statement over 30 points, ¥3.00."""
    with month.on(clock, NOON):
        month.take(books["barber"], month.payer(), 30)
    (found,) = month.draft()
    return found


def test_a_statement_goes_from_draft_to_closed_and_the_points_leave_the_shop(books, october, clock):
    owner, desk = people.actor(shops.the_owner(books["barber"])), people.staff()
    assert balance(books["barber"].id) == 30
    month.agree(october.id, owner, note="")
    month.pay(october.id, desk, "转账 20261118", date(2026, 11, 17))
    assert balance(books["barber"].id) == 0
    month.close(october.id, desk)
    (closed,) = month.of()
    assert (closed.state, closed.agreed_by, closed.agreed_note) == ("closed", owner.id, "")
    assert (closed.paid_by, closed.paid_on, closed.reference) == (
        desk.id,
        date(2026, 11, 17),
        "转账 20261118",
    )
    assert closed.transfer_id is not None
    assert faults() == {}


def test_the_desk_agrees_for_a_shop_only_with_a_word_about_the_paper(october):
    desk = people.staff()
    with pytest.raises(PaperNoteMissing):
        month.agree(october.id, desk, note=" ")
    month.agree(october.id, desk, note="周老板 11 月 3 日签字")
    assert month.of()[0].agreed_note == "周老板 11 月 3 日签字"


@pytest.mark.parametrize("step", [month.pay, month.close])
def test_no_step_is_left_out(october, step):
    with pytest.raises(SettlementStepImpossible):
        step(october.id)
    assert month.of()[0].state == "draft"


def test_no_step_is_taken_twice(october):
    month.agree(october.id)
    with pytest.raises(SettlementStepImpossible):
        month.agree(october.id)
    month.pay(october.id)
    with pytest.raises(SettlementStepImpossible):
        month.pay(october.id)
    month.close(october.id)
    with pytest.raises(SettlementStepImpossible):
        month.close(october.id)


def test_one_key_pays_once_and_tells_the_same_again(books, october):
    month.agree(october.id)
    desk, key = people.staff(), new_id()
    wish = {"settlement_id": october.id, "paid_on": date(2026, 11, 18), "reference": "转账 1"}
    first = merchants.service.pay_settlement(desk, key=key, **wish)
    again = merchants.service.pay_settlement(desk, key=key, **wish)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.body == again.body
    with pytest.raises(KeyReused):
        merchants.service.pay_settlement(desk, key=key, **(wish | {"reference": "转账 2"}))
    assert balance(books["barber"].id) == 0


def test_who_wrote_down_the_agreement_on_paper_does_not_pay_it_out(books, clock):
    with month.on(clock, NOON):
        for shop in books.values():
            month.take(shop, month.payer(), 50)
    barber, grocer = month.draft()
    desk, other = people.staff(), people.staff(name="另一位")
    month.agree(barber.id, by=desk)
    family = people.managed(desk)
    members.service.set_roles(SYSTEM, family.id, ["coordinator"])
    for one in (desk, people.actor(family)):
        with pytest.raises(SecondPersonPays):
            month.pay(barber.id, by=one)
    assert balance(books["barber"].id) == 50
    month.pay(barber.id, by=other)
    month.close(barber.id, by=desk)
    # The owner who agrees himself is the second person.
    month.agree(grocer.id, by=people.actor(shops.the_owner(books["grocer"])))
    month.pay(grocer.id, by=desk)
    assert [each.state for each in month.of()] == ["closed", "paid"]


def test_more_than_a_transfer_may_move_is_paid_out_at_once_all_the_same(books, clock):
    wang, shop = month.payer(1_000_000), books["barber"]
    with month.on(clock, NOON):
        month.voucher(shop, wang, 1_000_000)
        for _ in range(2):
            points_builders.earn(wang.member_id, 1_000_000, expires_on=date(2030, 12, 31))
            taken = month.voucher(shop, wang, 1_000_000)
        points_builders.earn(wang.member_id, 7, expires_on=date(2030, 12, 31))
        month.voucher(shop, wang, 7)
    (statement,) = month.draft()
    month.agree(statement.id)
    # A part went home meanwhile: the shop owes it.
    with transaction():
        points.service.refund(SYSTEM, key=new_id(), reservation_id=taken, memo="")
    key, paid_on = new_id(), date(2026, 11, 10)
    step = {"settlement_id": statement.id, "paid_on": paid_on, "reference": "转账 1105"}
    first, again = (merchants.service.pay_settlement(SYSTEM, key=key, **step) for _ in range(2))
    assert (first.body, again.replayed) == (again.body, True)
    assert first.body["points"] == 3_000_007
    query = sa.select(Transfer.amount).where(Transfer.kind == "settle").order_by(Transfer.amount)
    assert list(db.session.scalars(query)) == [7, 1_000_000, 1_000_000, 1_000_000]
    assert (balance(shop.id), owed(shop.id)) == (0, 1_000_000)
    # The vouchers were made up, all else is right.
    assert list(faults()) == ["escrow for vouchers = open vouchers"]


def test_what_a_shop_that_left_still_owes_is_named(books, clock):
    wang, barber = month.payer(), books["barber"]
    with month.on(clock, NOON):
        taken = month.take(barber, wang, 30)
        month.take(books["grocer"], wang, 10)
    for each in month.draft():
        month.agree(each.id)
        month.pay(each.id)
    month.refund(taken)
    clock.move_to(month.at("2026-12-02T09:00"))
    (november,) = month.draft("2026-11")
    assert merchants.queries.debts_of_the_left() == []
    for shop in books.values():
        merchants.service.end_shop(SYSTEM, shop.id, "搬走了")
    (debt,) = merchants.queries.debts_of_the_left()
    assert (debt.shop, debt.month, debt.points, debt.cents) == ("小周理发店", "2026-11", -30, -300)
    assert debt.settlement_id == november.id
    merchants.service.admit_shop(SYSTEM, barber.id)
    assert merchants.queries.debts_of_the_left() == []


def test_nobody_of_the_shop_decides_about_its_money(books, october):
    coordinator = people.member("张警官", "coordinator")
    shops.a_clerk(books["barber"], coordinator)
    with pytest.raises(OwnShop):
        month.agree(october.id, people.actor(coordinator))
    month.agree(october.id)
    with pytest.raises(OwnShop):
        month.pay(october.id, people.actor(coordinator))
    month.pay(october.id)
    with pytest.raises(OwnShop):
        month.close(october.id, people.actor(coordinator))
    with pytest.raises(OwnShop):
        merchants.service.add_rate(
            people.actor(coordinator),
            key=new_id(),
            cents_per_point=100,
            valid_from=date(2026, 11, 18),
            merchant_id=books["barber"].id,
        )


def test_a_coordinator_who_owns_the_shop_agrees_as_its_owner_and_cannot_pay(clock, database_app):
    month.rate(10)
    officer = people.member("李警官", "coordinator")
    shop = shops.a_shop(owner=officer)
    with month.on(clock, NOON):
        month.take(shop, month.payer(), 30)
    (found,) = month.draft()
    month.agree(found.id, people.actor(officer), note="")
    with pytest.raises(OwnShop):
        month.pay(found.id, people.actor(officer))


def test_clerks_and_strangers_agree_to_nothing(books, october):
    clerk = people.actor(shops.a_clerk(books["barber"]))
    with pytest.raises(OwnerNeeded):
        month.agree(october.id, clerk)
    for stranger in (people.actor(people.member("陈大勇")), people.actor(shops.the_owner(books["grocer"]))):
        with pytest.raises(SettlementUnknown):
            month.agree(october.id, stranger)
    gone = shops.a_clerk(books["barber"], post="owner")
    merchants.service.remove_clerk(SYSTEM, merchant_id=books["barber"].id, member_id=gone.id)
    with pytest.raises(SettlementUnknown):
        month.agree(october.id, people.actor(gone))


def test_only_the_desk_drafts_pays_and_closes(books, october):
    for actor in (people.actor(shops.the_owner(books["barber"])), people.staff("auditor")):
        with pytest.raises(PermissionMissing):
            merchants.service.draft_month(actor, month="2026-10")
        with pytest.raises(PermissionMissing):
            month.pay(october.id, actor)
        with pytest.raises(PermissionMissing):
            month.close(october.id, actor)


def test_the_auditor_reads_everything_and_the_owner_his_own(books, october):
    assert merchants.queries.settlement_for(people.staff("auditor"), october.id).id == october.id
    owner, other = (people.actor(shops.the_owner(each)) for each in books.values())
    assert merchants.queries.settlement_for(owner, october.id).id == october.id
    with pytest.raises(SettlementUnknown):
        merchants.queries.settlement_for(other, october.id)
    assert [each.id for each in merchants.queries.settlements_for(owner).items] == [october.id]
    assert merchants.queries.settlements_for(other).items == []
    with pytest.raises(OwnerNeeded):
        merchants.queries.settlements_for(other, merchant_id=books["barber"].id)


def test_money_is_not_paid_tomorrow_not_before_the_month_is_over_and_not_without_reference(october):
    month.agree(october.id)
    for day in (date(2026, 11, 19), date(2026, 10, 31)):
        with pytest.raises(PaidOnInvalid):
            month.pay(october.id, paid_on=day)
    with pytest.raises(ReferenceMissing):
        month.pay(october.id, reference="  ")
    assert month.of()[0].state == "agreed"


def test_a_refund_between_the_months_end_and_the_payment_does_not_stop_it(books, clock):
    with month.on(clock, NOON):
        taken = month.take(books["barber"], month.payer(), 30)
    (found,) = month.draft()
    month.refund(taken)
    assert balance(books["barber"].id) == 0
    month.agree(found.id)
    month.pay(found.id)
    assert owed(books["barber"].id) == 30
    assert faults() == {}


def test_a_statement_over_nothing_needs_no_reference_and_moves_no_points(books, clock):
    with month.on(clock, NOON):
        month.refund(month.take(books["barber"], month.payer(), 30))
    (found,) = month.draft()
    month.agree(found.id)
    month.pay(found.id, reference="")
    assert month.of()[0].transfer_id is None
    assert faults() == {}


def test_a_rate_of_nothing_settles_points_without_money(books, clock):
    month.rate(0, "2026-10-01", merchant_id=books["barber"].id)
    with month.on(clock, NOON):
        month.take(books["barber"], month.payer(), 30)
    (found,) = month.draft()
    assert (found.due_points, found.due_cents) == (30, 0)
    month.agree(found.id)
    month.pay(found.id, reference="")
    assert balance(books["barber"].id) == 0
