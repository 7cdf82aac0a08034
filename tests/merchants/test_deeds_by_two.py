"""Nobody awards a shop's deeds alone above a limit: a second coordinator agrees before the shop has the points."""

from functools import partial
from uuid import UUID

import pytest

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.queries
import points.service
import reports.queries
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, new_id
from merchants.errors import (
    BudgetRequesterChanged,
    BudgetSecondIsFirst,
    OwnShop,
    ShopClosedNow,
)
from points.errors import DeedWorthChanged, MemoHoldsNumber, RequestTooOld, WeeklyCapReached
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders, reports_builders
from tests.support.ledger_crew import at_once, codes


@pytest.fixture
def app(make_app, engine_url, clock):
    """On both engines: up to 8 points at once, 12 to one shop in a week, 30 by one coordinator in a day."""
    limits = {"award_limit": 8, "award_member_week_limit": 12, "award_coordinator_day_limit": 30}
    app = make_app(engine_url, **limits)
    with app.app_context():
        points.service.install_tariff()
        yield app


@pytest.fixture
def shop(app):
    return shops.a_shop("小周理发店")


def award(actor, shop, rule_code="shop_self_check", *, key=None, **more):
    """Ten points by default: more than one coordinator gives at once."""
    return merchants.service.award_shop(
        actor, key=key or new_id(), merchant_id=shop.id, rule_code=rule_code, **more
    ).body


def agree(actor, request_id, key=None):
    return merchants.service.agree_to_request(
        actor, key=key or new_id(), request_id=UUID(str(request_id))
    ).body


def rule_of(shop_points, code="shop_hero", **more):
    today = core_clock.today()
    names = {"name_zh": "拦下诈骗", "name_en": "Stopped a fraud", "category": "shop", "valid_from": today}
    points.service.add_rule(people.staff("administrator"), code=code, points=shop_points, **names, **more)


def change_rule(code, **values):
    today = core_clock.today()
    names = {"name_zh": "拦下诈骗", "name_en": "Stopped a fraud", "category": "shop", "valid_from": today}
    points.service.change_rule(people.staff("administrator"), code=code, based_on=1, **(names | values))


def test_a_large_award_waits_and_is_paid_once_when_another_coordinator_agrees(app, shop):
    first, second, key = people.staff(), people.staff(), new_id()
    asked = award(first, shop, key=key, note="灭火器已检查")
    assert (asked["outcome"], asked["limit_passed"], asked["deed_id"]) == (
        "shop_award_requested",
        "award",
        None,
    )
    assert award(first, shop, key=key, note="灭火器已检查") == asked, "a second tap asks for nothing more"
    assert points.queries.balance(shop.id) == 0
    assert merchants.queries.requests_to_second(second.member_id) == 1
    assert merchants.queries.requests_to_second(first.member_id) == 0
    with pytest.raises(BudgetSecondIsFirst):
        agree(first, asked["request_id"])
    again = new_id()
    done = agree(second, asked["request_id"], again)
    assert (done["outcome"], done["points"], done["rule_code"]) == (
        "shop_award_agreed",
        10,
        "shop_self_check",
    )
    assert agree(second, asked["request_id"], again) == done
    assert points.queries.balance(shop.id) == 10
    (line,) = merchants.queries.deeds(shop.id).items
    assert (line.points, line.note, line.seconded) == (10, "灭火器已检查", True)
    (told,) = merchants.queries.shop_requests("agreed").items
    assert (told.requested_by, told.decided_by, told.rule_zh) == (
        first.member_id,
        second.member_id,
        "商户安全自查",
    )
    # Two stand for it: it leaves room for what one gives alone.
    assert merchants.queries.awarded_alone(first.member_id, core_clock.start_of(core_clock.today())) == 0
    assert award(first, shop, "shop_notice")["outcome"] == "shop_awarded"
    assert points_builders.faults() == {}


def test_the_week_of_a_shop_and_the_day_of_a_coordinator_count_together_what_one_gives_alone(
    app, clock, shop
):
    first, second = people.staff(), people.staff()
    assert [award(each, shop, "shop_notice")["outcome"] for each in (first, second)] == ["shop_awarded"] * 2
    assert award(second, shop, "shop_help")["limit_passed"] == "member_week"
    others = [shops.a_shop() for _ in range(6)]
    assert [award(first, each, "shop_notice")["outcome"] for each in others[:4]] == ["shop_awarded"] * 4
    # Five to shops so far today, 25 points; a member, and a report without a name, are of the same day.
    patrol = points_builders.tariff_rule(points=5).code
    members = [people.member().id for _ in range(2)]
    wish = partial(points.service.award_deed, first, rule_code=patrol)
    assert wish(key=new_id(), member_id=members[0]).body["outcome"] == "awarded"
    assert wish(key=new_id(), member_id=members[1]).body["limit_passed"] == "coordinator_day"
    assert award(first, others[4], "shop_notice")["limit_passed"] == "coordinator_day"
    clock.tick(days=7)
    assert award(first, shop, "shop_notice")["outcome"] == "shop_awarded"
    # Operators' own runs have no limits, and take nobody's.
    assert award(SYSTEM, shop)["outcome"] == "shop_awarded"
    assert merchants.queries.shop_awarded_alone(shop.id, core_clock.start_of(core_clock.today())) == 5


def test_what_the_ledger_would_never_take_does_not_wait(app, shop):
    with pytest.raises(MemoHoldsNumber):
        award(people.staff(), shop, note="打 13812345678")
    award(SYSTEM, shop)
    with pytest.raises(WeeklyCapReached):
        award(people.staff(), shop)
    assert merchants.queries.requests_to_second(None) == 0


def test_a_deed_is_looked_at_anew_before_it_is_paid(app, shop):
    first, second = people.staff(), people.staff()
    rule_of(100, weekly_cap=1)
    asked = award(first, shop, "shop_hero")["request_id"]
    merchants.service.pause_shop(SYSTEM, shop.id, "装修")
    with pytest.raises(ShopClosedNow):
        agree(second, asked)
    merchants.service.resume_shop(SYSTEM, shop.id)
    change_rule("shop_hero", points=50, weekly_cap=1)
    with pytest.raises(DeedWorthChanged) as refused:
        agree(second, asked)
    assert refused.value.data == {"asked": 100, "points": 50}
    cap = award(first, shop, "shop_hero")["request_id"]
    award(SYSTEM, shop, "shop_hero")
    with pytest.raises(WeeklyCapReached):
        agree(second, cap)
    shops.a_clerk(shop, members.queries.facts(second.id))
    with pytest.raises(OwnShop):
        agree(second, cap)
    shops.a_clerk(shop, members.queries.facts(first.id))
    with pytest.raises(BudgetRequesterChanged):
        agree(people.staff(), asked)
    assert points.queries.balance(shop.id) == 50, "what the operator's run has paid"
    assert merchants.queries.requests_to_second(None) == 2, "nothing was decided"


def test_of_two_who_agree_at_once_one_pays(app, shop):
    asked = award(people.staff(), shop)["request_id"]
    works = [partial(agree, people.staff(), asked) for _ in range(6)]
    db.session.rollback()
    assert codes(at_once(app, works)) == {"done": 1, "budget_request_closed": 5}
    assert points.queries.balance(shop.id) == 10
    assert points_builders.faults() == {}


def test_all_that_one_gives_at_one_moment_shares_his_day(app):
    """Three deeds of shops and three awards by hand of 5 points, two promises of 10: no more than 30 of the 50."""
    chen = people.staff()
    points_builders.tariff_rule(code="five", points=5)
    partners = [shops.a_shop() for _ in range(3)]
    helpers = [people.member().id for _ in range(3)]
    to_shops = [partial(award, chen, each, "shop_notice") for each in partners]
    by_hand = [
        partial(points.service.award_deed, chen, key=new_id(), member_id=each, rule_code="five")
        for each in helpers
    ]
    sent = [reports_builders.unnamed(chen, "hazard")[0] for _ in range(2)]
    for each in sent:
        reports_builders.take(chen, each)
    judged = [partial(reports_builders.judge, chen, each) for each in sent]
    db.session.rollback()
    assert set(codes(at_once(app, to_shops + by_hand + judged))) <= {"done", "second_needed"}
    db.session.rollback()
    today = core_clock.start_of(core_clock.today())
    booked = sum(points.queries.balance(each) for each in (*(each.id for each in partners), *helpers))
    assert booked + reports.queries.promised_alone(chen.id, today) == 30


def test_what_was_asked_for_by_somebody_who_may_ask_no_more_or_too_long_ago_is_not_agreed_to(
    app, clock, shop
):
    first, second = people.staff(), people.staff()
    asked = award(first, shop)["request_id"]
    members.service.set_roles(SYSTEM, first.id, ["volunteer"])
    with pytest.raises(BudgetRequesterChanged):
        agree(second, asked)
    members.service.set_roles(SYSTEM, first.id, ["coordinator"])
    clock.tick(days=31)
    with pytest.raises(RequestTooOld):
        agree(second, asked)
    wish = {"key": new_id(), "request_id": UUID(asked), "reason": "太久了"}
    declined = merchants.service.decline_request(second, **wish)
    assert (declined.body["outcome"], points.queries.balance(shop.id)) == ("shop_award_declined", 0)
