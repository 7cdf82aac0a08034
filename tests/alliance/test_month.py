"""The report for the month: its figures are those of the ledger, half-open, and the same in every form."""

import io
from dataclasses import astuple
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

import activities.queries
import activities.service
import merchants.service
import points.queries.month
import points.service
from alliance.month_figures import figures
from alliance.month_words import tables
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from merchants.service import Receiver
from points import ledger
from points.models import Account, Lot
from tests.conftest import WEDNESDAY
from tests.support import activities_builders as doings
from tests.support import members_builders as people
from tests.support import merchants_builders, rewards_builders
from tests.support import points_builders as build
from tests.support import settlement_builders as shops

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def held() -> int:
    """What the lots of members, shops and budgets hold now."""
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.sum(Lot.balance)).join(Account)) or 0


def award(coordinator, member_id: UUID, rule_code: str = "care") -> UUID:
    answer = points.service.award_deed(coordinator, key=new_id(), member_id=member_id, rule_code=rule_code)
    return UUID(answer.body["transfer_id"])


@pytest.fixture
def town(database_app, clock):
    """An October and a November so far in which everything has happened once."""
    clock.move_to(WEDNESDAY - timedelta(days=20))
    points.service.install_tariff()
    squad_id = people.squad("夕阳红巡逻队", area_id=people.area())
    coordinator = people.staff()
    zhang, li = people.member("张大爷", squad_id=squad_id), people.member("李梅")
    kept, withdrawn = award(coordinator, zhang.id), award(coordinator, li.id)
    build.earn(li.id, 10, expires_on=date(2026, 11, 10))
    shop, payer = shops.two_shops()["barber"], shops.payer(200)
    refunded = shops.take(shop, payer, 30)
    shops.take(shop, payer, 25)
    gift = rewards_builders.reward(points=20)
    _, code = rewards_builders.voucher(payer, gift)
    build.reserve(zhang.id, 5)
    end_of_october = core_clock.month_bounds(OCTOBER)[1]
    clock.move_to(end_of_october - timedelta(microseconds=1))
    award(coordinator, zhang.id, "training")
    october = held()
    clock.move_to(end_of_october)
    award(coordinator, li.id, "training")
    shops.refund(refunded)
    rewards_builders.hand_over(rewards_builders.desk(), code)
    points.service.withdraw_award(coordinator, key=new_id(), transfer_id=withdrawn, reason="记错了人")
    clock.move_to(WEDNESDAY)
    points.service.expire()
    with transaction():
        points.service.settle(SYSTEM, key=new_id(), merchant_id=shop.id, points=25)
    return {
        "squad": squad_id,
        "october": october,
        "kept": kept,
        "auditor": people.member("孙审计", "auditor"),
    }


def test_the_months_follow_on_each_other_and_end_with_what_the_lots_hold(town):
    october, november = figures(OCTOBER).books, figures(NOVEMBER).books
    assert build.faults() == {}
    assert (october.opening, october.closing) == (0, town["october"])
    assert (november.opening, november.closing) == (town["october"], held())
    assert october.issued - october.put_aside == october.closing
    put_aside_by_then = 20 + 5
    assert october.put_aside == put_aside_by_then
    assert (november.redeemed, november.put_aside) == (20, -20)
    assert (november.settled, november.expired, november.withdrawn) == (25, 10, 50)
    assert november.change == november.closing - november.opening


def test_outstanding_points_stand_in_the_lots_in_which_they_were(town):
    def lots(month):
        return {(each.holder, each.expires_on.year): each.points for each in figures(month).lots}

    assert sum(lots(OCTOBER).values()) == town["october"]
    assert lots(OCTOBER)["merchant", 9999] == 55
    assert ("member", 2026) in lots(OCTOBER)
    assert ("member", 2026) not in lots(NOVEMBER)
    assert ("merchant", 9999) not in lots(NOVEMBER)


def test_a_deed_belongs_to_the_month_in_which_it_was_booked(town):
    october, november = figures(OCTOBER), figures(NOVEMBER)
    squad = october.squads[town["squad"]]
    assert (squad.deeds, squad.active) == (2, 1)
    assert [tally.deeds for key, tally in october.areas.items() if key] == [2]
    assert october.categories["care"].deeds == 2
    assert (october.categories["care"].withdrawn, november.categories["care"].withdrawn) == (0, 1)
    assert (october.categories["training"].deeds, november.categories["training"].deeds) == (1, 1)
    assert sum(each.deeds for each in october.weeks) == october.deeds.deeds
    assert (october.trade.payments, november.trade.refunds, november.trade.handed_over) == (2, 1, 1)
    assert october.over
    assert not november.over


def test_a_finished_month_is_kept_and_says_the_same_without_reading_the_ledger(town, monkeypatch):
    counted, running = figures(OCTOBER), figures(NOVEMBER)
    assert points.service.keep_month() == "2026-10"
    assert points.service.keep_month() is None
    assert build.faults() == {}
    monkeypatch.setattr(
        points.queries.month, "count_month", lambda first: pytest.fail(f"{first} was counted")
    )
    assert figures(OCTOBER) == counted
    monkeypatch.undo()
    assert figures(NOVEMBER) == running


def test_a_history_that_is_taken_over_later_stands_in_the_month_although_it_was_kept(town):
    before = figures(OCTOBER)
    points.service.keep_month()
    late = core_clock.month_bounds(OCTOBER)[0] + timedelta(days=9)
    with transaction():
        taken_over = ledger.Movement(
            kind="earn",
            debit=ledger.ISSUED,
            credit=ledger.member(people.member("陈大勇").id),
            amount=7,
            key=new_id(),
            actor_id=SYSTEM.id,
            subject_type="history",
            subject_id=None,
            rule_id=build.rule_worth(7),
            squad_id=None,
            happened_at=late,
            posted_at=late,
            posted_on=core_clock.local_date(late),
            expires_on=date(2027, 12, 31),
        )
        ledger.post_many([taken_over])
    assert figures(OCTOBER).deeds.deeds == before.deeds.deeds + 1
    assert points.service.keep_month() == "2026-10"
    assert build.faults() == {}


def test_page_paper_workbook_and_interface_show_the_same_figures(town, database_app):
    client = database_app.test_client()
    people.sign_in(client, town["auditor"])
    found = figures(OCTOBER)
    told = client.get("/api/v1/month/2026-10").json
    assert told["books"]["closing"] == found.books.closing
    assert {each["category"]: each["deeds"] for each in told["categories"]}["care"] == 2
    page = client.get("/desk/month/2026-10").text
    assert f"{found.books.issued:,}" in page
    assert "夕阳红巡逻队" in page
    book = load_workbook(io.BytesIO(client.get("/desk/month/2026-10.xlsx").data))
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {found.books.closing, found.books.issued, "夕阳红巡逻队"} <= set(cells)
    paper = client.get("/desk/month/2026-10.pdf")
    assert paper.data.startswith(b"%PDF")
    assert client.get("/desk/month").headers["Location"].endswith("/desk/month/2026-11")
    for nonsense in ("2026-12", "2026-13", "1999-01", "2026-1x", "2026W01"):
        assert client.get(f"/desk/month/{nonsense}").status_code == 404, nonsense
        assert client.get(f"/api/v1/month/{nonsense}").status_code == 404, nonsense


def test_gifts_and_deeds_of_shops_that_were_withdrawn_have_their_lines(app, clock):
    points.service.install_tariff()
    shop, desk = merchants_builders.a_shop(), people.staff()
    merchants_builders.a_budget(shop, 100)
    gift, deed = new_id(), new_id()
    customer = Receiver(number=str(people.member().number))
    owner = people.actor(merchants_builders.the_owner(shop))
    merchants.service.give_points(owner, key=gift, merchant_id=shop.id, receiver=customer, points=20)
    merchants.service.award_shop(desk, key=deed, merchant_id=shop.id, rule_code="shop_notice")
    before = figures(NOVEMBER)
    wish = {"merchant_id": shop.id, "reason": "不属实"}
    merchants.service.withdraw_gift(desk, key=new_id(), gift_id=gift, **wish)
    merchants.service.withdraw_deed(desk, key=new_id(), deed_id=deed, **wish)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        (deeds, trade), (deeds_before, trade_before) = (
            [each for each in tables(found) if each.title in {"Good deeds by kind", "Payments and rewards"}]
            for found in (figures(NOVEMBER), before)
        )
    assert trade_before.rows[-1] == ("Gifts of shops withdrawn", 0, 0)
    assert trade.rows[-2:] == [("Gifts of shops to members", 1, 20), ("Gifts of shops withdrawn", 1, 20)]
    assert "withdrawn" not in deeds_before.note
    assert deeds.note == f"{deeds_before.note} 1 good deed of shops was withdrawn, with 5 points."


def test_what_activities_have_come_to_stands_in_the_month_in_which_they_were_closed(database_app, clock):
    """Per campaign, per squad and together, in every form; what was printed of October stays as it was."""
    desk, squad_id = people.staff(), people.squad("夕阳红巡逻队")
    clock.move_to(core_clock.month_bounds(OCTOBER)[1] - timedelta(hours=3))
    activities.service.make_campaign(desk, key=new_id(), name="反诈月", first_day=OCTOBER)
    campaign = activities.queries.campaigns()[0].id
    in_time = doings.activity(desk, kind="leaflets", campaign_id=campaign, squad_id=squad_id)
    late, open_still = (
        doings.activity(desk, campaign_id=campaign, title=each) for each in ("次日", "未结束")
    )
    doings.add(desk, in_time, people.member("张大爷").id)
    doings.close(desk, in_time, leaflets=1200, reached=5000, hazards=37)
    clock.move_to(core_clock.month_bounds(OCTOBER)[1])
    doings.close(desk, late, reached=4)
    assert activities.queries.activity(open_still.number).state == "planned"
    october, november = figures(OCTOBER).activities, figures(NOVEMBER).activities
    assert astuple(october.total()) == (1, 1, 1200, 5000, 37)
    assert {each: line.reached for each, line in november.by_squad().items()} == {None: 4}
    client = database_app.test_client()
    people.sign_in(client, people.member("孙审计", "auditor"))
    told = client.get("/api/v1/month/2026-10").json["activities"]
    assert [(each["name"], each["leaflets"]) for each in told["campaigns"]] == [("反诈月", 1200)]
    assert [(each["name"], each["hazards"]) for each in told["squads"]] == [("夕阳红巡逻队", 37)]
    assert told["total"]["people"] == 1
    page = client.get("/desk/month/2026-10").text
    assert page.count("反诈月") >= 2, "once in the table, once in the chart"
    assert "5,000" in page
    book = load_workbook(io.BytesIO(client.get("/desk/month/2026-10.xlsx").data))
    rows = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    assert ["反诈月", 1, 1, 1200, 5000, 37] in rows
    assert ["夕阳红巡逻队", 1, 1, 1200, 5000, 37] in rows
    assert client.get("/desk/month/2026-10.pdf").status_code == 200
