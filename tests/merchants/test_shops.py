"""Shops apply, are admitted, pause and leave; what stands on their page, where they are found, and their plates."""

from uuid import UUID

import pytest

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.service
from core import audit, codes
from core.auth import SYSTEM
from core.codes import Kind
from core.config import settings
from core.db import new_id
from core.errors import PermissionMissing
from members.errors import MemberNotAdmitted, MemberSuspended
from merchants.errors import (
    ApplicationsTooMany,
    NotYourShop,
    OwnerNeeded,
    OwnShop,
    ShopClosedNow,
    ShopInvalid,
    ShopNameTaken,
    ShopPlateRenewed,
    ShopPlateReplaced,
    ShopPlateUnknown,
    ShopReasonMissing,
    ShopStatusImpossible,
    ShopUnknown,
    TradeExists,
    TradeUnknown,
)
from points.errors import DeedTimeInvalid, RuleForMembers, WeeklyCapReached
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import points_builders

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def alliance(app):
    merchants.service.install_trades()


@pytest.fixture
def desk(app):
    return people.staff("coordinator", "张警官")


def acts(shop):
    return [entry.action for entry in reversed(audit.entries(subject_id=shop.id).items)]


def applies(actor, name="老王五金", key=None, **data):
    answer = merchants.service.apply_shop(
        actor, key or new_id(), **{"name": name, "trade_code": "hardware", **data}
    )
    return merchants.queries.shop(UUID(answer.body["merchant_id"]))


def numbers(page):
    return [each.number for each in page.items]


# --- from the application to the end


def test_a_member_applies_with_his_shop_and_the_desk_makes_it_a_partner(app, desk):
    owner = people.member("王老板")
    shop = applies(people.actor(owner), name_en="Wang's Hardware", phone="0518-8551 2345", hours=shops.HOURS)
    assert (shop.status, shop.applied_by, shop.number) == ("applied", owner.id, 1)
    (clerk,) = merchants.queries.clerks(shop.id)
    assert (clerk.member_id, clerk.post) == (owner.id, "owner")
    assert merchants.queries.directory().items == []
    merchants.service.admit_shop(desk, shop.id)
    (found,) = merchants.queries.directory().items
    assert (found.status, found.trade_zh, found.opening.state) == ("active", "五金店", "open")
    assert acts(shop) == ["shop.applied", "shop.admitted"]


def test_the_same_application_sent_twice_is_one_shop(app):
    owner, key = people.actor(people.member()), new_id()
    first, second = applies(owner, key=key), applies(owner, key=key)
    assert first == second
    assert merchants.queries.status_counts() == {"applied": 1}


def test_the_desk_enters_the_shop_of_a_member_without_a_phone(app, desk):
    owner = people.member("王老板", phone=None)
    assert applies(desk, owner_id=owner.id).applied_by == owner.id
    with pytest.raises(PermissionMissing):
        applies(people.actor(people.member()), "别人的店", owner_id=owner.id)


def test_who_is_not_active_opens_no_shop(app, desk):
    with pytest.raises(MemberNotAdmitted):
        applies(people.actor(people.applicant()))
    suspended = people.member("停用")
    members.service.suspend(SYSTEM, suspended.id, "停用")
    with pytest.raises(MemberSuspended):
        applies(desk, owner_id=suspended.id)


def test_nobody_floods_the_desk_with_applications(app):
    owner = people.actor(people.member())
    for number in range(3):
        applies(owner, f"{number}号店")
    with pytest.raises(ApplicationsTooMany):
        applies(owner, "又一家店")


def test_two_shops_never_have_one_name_but_a_declined_one_gives_it_free(app, desk):
    first = applies(people.actor(people.member()))
    second_owner = people.actor(people.member())
    with pytest.raises(ShopNameTaken):
        applies(second_owner)
    merchants.service.decline_shop(desk, first.id, "资料不全")
    second = applies(second_owner)
    assert second.number == 2
    with pytest.raises(ShopNameTaken):
        merchants.service.admit_shop(desk, first.id)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({"trade_code": "no_such"}, TradeUnknown),
        ({"trade_code": "理发\x00"}, TradeUnknown),
        ({"area_id": new_id()}, ShopInvalid),
        ({"name": "老\u202e王"}, ShopInvalid),
        ({"hours": [[[9, 8]]] * 7}, ShopInvalid),
    ],
)
def test_an_application_that_cannot_be_is_refused_and_leaves_nothing(app, data, refusal):
    with pytest.raises(refusal):
        applies(people.actor(people.member()), **data)
    assert merchants.queries.status_counts() == {}


def test_pausing_by_the_owner_is_ended_by_the_owner_but_not_a_pause_by_the_desk(app, desk):
    shop = shops.a_shop()
    owner = people.actor(shops.the_owner(shop))
    merchants.service.pause_shop(owner, shop.id)
    assert merchants.queries.shop(shop.id).paused_by_shop
    merchants.service.resume_shop(owner, shop.id)
    merchants.service.pause_shop(desk, shop.id, "投诉待查")
    with pytest.raises(PermissionMissing):
        merchants.service.resume_shop(owner, shop.id)
    merchants.service.resume_shop(desk, shop.id)
    assert merchants.queries.shop(shop.id).status == "active"
    assert acts(shop)[2:] == ["shop.paused", "shop.resumed", "shop.paused", "shop.resumed"]


def test_a_coordinator_who_is_a_clerk_does_not_end_a_pause_of_his_shop(app, desk):
    shop, officer = shops.a_shop(), people.staff()
    shops.a_clerk(shop, members.queries.facts(officer.member_id))
    merchants.service.pause_shop(desk, shop.id, "投诉待查")
    with pytest.raises(OwnShop):
        merchants.service.resume_shop(officer, shop.id)
    assert merchants.queries.shop(shop.id).status == "paused"


def test_an_owners_pause_does_not_soften_that_of_the_desk(app, desk):
    shop = shops.a_shop()
    owner = people.actor(shops.the_owner(shop))
    merchants.service.pause_shop(owner, shop.id)
    merchants.service.pause_shop(desk, shop.id, "投诉待查")
    merchants.service.pause_shop(owner, shop.id)
    with pytest.raises(PermissionMissing):
        merchants.service.resume_shop(owner, shop.id)


def test_the_desk_says_why_and_strangers_have_no_say(app, desk):
    shop, stranger = shops.a_shop(), people.actor(people.member())
    with pytest.raises(ShopReasonMissing):
        merchants.service.pause_shop(desk, shop.id)
    with pytest.raises(ShopReasonMissing):
        merchants.service.end_shop(desk, shop.id, "  ")
    for step in (merchants.service.pause_shop, merchants.service.end_shop):
        with pytest.raises(NotYourShop):
            step(stranger, shop.id, "我说的")
        with pytest.raises(OwnerNeeded):
            step(people.actor(shops.a_clerk(shop)), shop.id, "我说的")
    assert merchants.queries.shop(shop.id).status == "active"


def test_a_shop_that_ended_is_out_of_the_directory_and_may_come_back(app, desk):
    shop = shops.a_shop()
    merchants.service.end_shop(people.actor(shops.the_owner(shop)), shop.id)
    assert merchants.queries.directory().items == []
    with pytest.raises(ShopStatusImpossible):
        merchants.service.pause_shop(desk, shop.id, "晚了")
    merchants.service.admit_shop(desk, shop.id)
    assert merchants.queries.shop(shop.id).admitted_at == shop.admitted_at


def test_steps_sent_twice_are_done_once(app, desk):
    shop = shops.a_shop()
    for _ in range(2):
        merchants.service.pause_shop(desk, shop.id, "装修")
    for _ in range(2):
        merchants.service.resume_shop(desk, shop.id)
    for _ in range(2):
        merchants.service.end_shop(desk, shop.id, "搬走")
    assert acts(shop)[2:] == ["shop.paused", "shop.resumed", "shop.ended"]


def test_only_applications_are_declined(app, desk):
    shop = shops.a_shop()
    with pytest.raises(ShopStatusImpossible):
        merchants.service.decline_shop(desk, shop.id, "晚了")


# --- nobody decides about value at his own shop


def test_a_coordinator_does_not_admit_limit_or_reward_the_shop_where_he_works(app):
    officer = people.member("张警官", "coordinator")
    shop = shops.a_shop(owner=officer, admitted=False)
    actor = people.actor(officer)
    with pytest.raises(OwnShop):
        merchants.service.admit_shop(actor, shop.id)
    merchants.service.admit_shop(SYSTEM, shop.id)
    for decide in (
        lambda: merchants.service.change_shop(actor, shop.id, payment_limit=5_000),
        lambda: merchants.service.change_shop(actor, shop.id, trade_code="hotel"),
        lambda: merchants.service.grant_shop_budget(
            actor, key=new_id(), merchant_id=shop.id, points=10, reason="自己给自己"
        ),
        lambda: merchants.service.award_shop(
            actor, key=new_id(), merchant_id=shop.id, rule_code="shop_notice"
        ),
    ):
        with pytest.raises(OwnShop):
            decide()
    merchants.service.pause_shop(actor, shop.id)
    assert merchants.queries.shop(shop.id).paused_by_shop


def test_the_household_counts_and_so_does_who_left_the_shop_a_moment_ago(app, clock):
    officer = people.member("张警官", "coordinator")
    helped = people.managed(people.actor(officer))
    mothers, former = shops.a_shop(owner=helped), shops.a_shop()
    shops.a_clerk(former, officer)
    merchants.service.remove_clerk(SYSTEM, merchant_id=former.id, member_id=officer.id)
    for shop in (mothers, former):
        with pytest.raises(OwnShop):
            merchants.service.change_shop(people.actor(officer), shop.id, day_limit=9)
    clock.tick(days=32)
    merchants.service.change_shop(people.actor(officer), former.id, day_limit=9)
    assert merchants.queries.shop(former.id).day_limit == 9


# --- the page


def test_an_owner_keeps_his_page_and_the_desk_the_name_and_the_limits(app, desk):
    shop = shops.a_shop("小周理发店")
    owner = people.actor(shops.the_owner(shop))
    merchants.service.change_shop(owner, shop.id, about="祖传手艺", hours=shops.HOURS, phone="110")
    for change in ({"name": "大周理发店"}, {"trade_code": "hotel"}, {"day_limit": 9}):
        with pytest.raises(PermissionMissing):
            merchants.service.change_shop(owner, shop.id, **change)
    merchants.service.change_shop(desk, shop.id, name="大周理发店", payment_limit=80)
    found = merchants.queries.shop(shop.id)
    assert (found.about, found.name, found.payment_limit) == ("祖传手艺", "大周理发店", 80)
    merchants.service.change_shop(desk, shop.id, payment_limit=None)
    assert merchants.queries.shop(shop.id).payment_limit is None


def test_while_his_shop_waits_the_owner_may_still_correct_its_name(app):
    owner = people.actor(people.member())
    shop = applies(owner)
    merchants.service.change_shop(owner, shop.id, name="老王五金（南门店）", trade_code="decorating")
    assert merchants.queries.shop(shop.id).trade_code == "decorating"
    with pytest.raises(PermissionMissing):
        merchants.service.change_shop(owner, shop.id, day_limit=10**6)


def test_a_name_is_not_taken_from_another_shop(app, desk):
    shops.a_shop("小周理发店")
    with pytest.raises(ShopNameTaken):
        merchants.service.change_shop(desk, shops.a_shop().id, name="小周理发店")


def test_nothing_is_written_down_where_nothing_changed(app, desk):
    shop = shops.a_shop()
    merchants.service.change_shop(desk, shop.id, name=shop.name)
    assert acts(shop) == ["shop.applied", "shop.admitted"]


def test_who_waits_or_left_is_seen_only_by_the_desk_and_its_own_people(app, desk):
    waiting = shops.a_shop(admitted=False)
    for reader in (desk, people.staff("auditor"), people.actor(shops.the_owner(waiting))):
        assert merchants.queries.shop_for(reader, waiting.id) == waiting
    with pytest.raises(ShopUnknown):
        merchants.queries.shop_for(people.actor(people.member()), waiting.id)


# --- the directory


def test_the_directory_is_read_by_trade_area_and_words(app):
    station = people.area()
    grid = people.area("一网格", "grid", people.area("东苑社区", "community", station))
    estate = people.area("东苑小区", "estate", grid)
    barber = shops.a_shop("小周理发店", area_id=estate, name_en="Zhou's Barber")
    hardware = shops.a_shop("老王五金", trade="hardware", address="解放路 12 号")
    shops.an_offer(barber, "染发", 60, name_en="Colouring 10%")

    def found(**wish):
        return {each.id for each in merchants.queries.directory(**wish).items}

    assert found(trade="hardware") == {hardware.id}
    assert found(area_id=station) == found(area_id=estate) == {barber.id}
    assert found(area_id=new_id()) == set()
    for text in ("五金", "解放路", "解放路 12", "１２"):
        assert found(text=text) == {hardware.id}, text
    for text in ("染发", "colouring", "BARBER", "理发", "10%"):
        assert found(text=text) == {barber.id}, text
    assert found(text="100%") == found(text="_") == set()
    assert found(text="\x00\u202e") == {barber.id, hardware.id}
    assert merchants.queries.trade_counts() == {"hairdresser": 1, "hardware": 1}


def test_the_directory_is_read_page_by_page_and_shops_come_and_go_meanwhile(app):
    first = [shops.a_shop(trade=trade) for trade in ("hardware", "hotel", "hotel", "travel")]
    page = merchants.queries.directory(limit=2)
    shops.a_shop(trade="estate_agent")
    rest = merchants.queries.directory(limit=2, cursor=page.next)
    read = [each.id for each in (*page.items, *rest.items)]
    assert read == [first[3].id, first[1].id, first[2].id, first[0].id]
    assert rest.next is None


def test_a_retired_offer_is_not_found(app):
    shop = shops.a_shop()
    offer_id = shops.an_offer(shop, "烫发")
    merchants.service.retire_offer(SYSTEM, shop.id, offer_id)
    assert merchants.queries.directory(text="烫发").items == []


# --- trades


def test_the_nine_trades_of_the_story_are_there_and_more_can_be_added(app, desk):
    assert [each.code for each in merchants.queries.trades()][:2] == ["estate_agent", "travel"]
    assert merchants.service.install_trades() == 0
    administrator = people.staff("administrator")
    merchants.service.add_trade(administrator, code="pharmacy", name_zh="药店", name_en="Pharmacies")
    merchants.service.change_trade(
        administrator, "pharmacy", name_zh="药房", name_en="Pharmacies", position=1
    )
    found = merchants.queries.trades()
    assert len(found) == 10
    assert found[1].name_zh == "药房"
    with pytest.raises(TradeExists):
        merchants.service.add_trade(administrator, code="pharmacy", name_zh="药店", name_en="Pharmacies")
    with pytest.raises(PermissionMissing):
        merchants.service.add_trade(desk, code="florist", name_zh="花店", name_en="Florists")


def test_the_command_adds_the_trades_that_are_missing(cli):
    assert "trades added: 0" in cli.invoke(args=["merchants", "install-trades"]).output


# --- the plate


def test_a_plate_shows_the_shop_with_its_offers(app):
    shop = shops.a_shop("小周理发店", payment_limit=30)
    offer_id = shops.an_offer(shop)
    shown = merchants.service.show_by_plate(
        people.actor(people.member()), shops.scan_of(shops.plate_of(shop))
    )
    assert (shown["outcome"], shown["where"], shown["payment_limit"]) == ("shop", "小周理发店", 30)
    assert [each["offer_id"] for each in shown["offers"]] == [str(offer_id)]


def test_reprinting_makes_every_older_plate_worthless(app, desk):
    shop, reader = shops.a_shop(), people.actor(people.member())
    photographed = shops.plate_of(shop)
    assert merchants.service.reprint_plate(desk, shop.id, generation=1) == 2
    with pytest.raises(ShopPlateReplaced) as refusal:
        merchants.service.show_by_plate(reader, shops.scan_of(photographed))
    assert refusal.value.data == {"where": shop.name}
    assert merchants.service.show_by_plate(reader, shops.scan_of(shops.plate_of(shop)))["number"] == 1
    with pytest.raises(ShopPlateRenewed):
        merchants.service.reprint_plate(desk, shop.id, generation=1)


def test_a_guessed_plate_and_a_plate_of_another_kind_are_unknown(app):
    reader = people.actor(people.member())
    ring = codes.keyring(settings())
    for code in (
        codes.printed_code(ring, Kind.SHOP, new_id(), 1),
        codes.printed_code(ring, Kind.CHECKPOINT, shops.a_shop().id, 1),
    ):
        with pytest.raises(ShopPlateUnknown):
            merchants.service.show_by_plate(reader, shops.scan_of(code))


def test_the_plate_of_a_paused_shop_says_so(app, desk):
    shop = shops.a_shop()
    merchants.service.pause_shop(desk, shop.id, "装修")
    with pytest.raises(ShopClosedNow):
        merchants.service.show_by_plate(people.actor(people.member()), shops.scan_of(shops.plate_of(shop)))


def test_owners_print_their_own_plate_and_it_comes_out_the_same_each_time(app, desk):
    shop, other = shops.a_shop(), shops.a_shop()
    owner = people.actor(shops.the_owner(shop))
    (plate,) = merchants.service.print_plates(owner, [shop.id])
    assert merchants.service.print_plates(desk, [other.id, shop.id])[0] == plate
    assert codes.parse(plate.code, settings().base_url) == shops.plate_of(shop)
    with pytest.raises(NotYourShop):
        merchants.service.print_plates(owner, [shop.id, other.id])


# --- deeds of shops


def test_a_shop_earns_by_the_tariff_and_its_standing_shows(app, desk):
    points.service.install_tariff()
    shop, rival = shops.a_shop(), shops.a_shop()
    hotel = shops.a_shop(trade="hotel")
    paid = merchants.service.award_shop(
        desk, key=new_id(), merchant_id=shop.id, rule_code="shop_self_check", note="消防器材齐全"
    )
    assert paid.body["points"] == paid.body["balance"] > 0
    standing = merchants.queries.standing(shop.id)
    assert (standing.points, standing.place, standing.shops) == (paid.body["points"], 1, 2)
    assert merchants.queries.standing(rival.id).place is None
    assert merchants.queries.standing(hotel.id).shops == 1
    (line,) = merchants.queries.deeds(shop.id).items
    assert (line.rule_code, line.points, line.note) == (
        "shop_self_check",
        paid.body["points"],
        "消防器材齐全",
    )
    assert merchants.queries.subject_names("shop_deed", [line.id])[line.id] == (shop.name, shop.name)
    assert points_builders.faults() == {}


def test_a_shops_deed_keeps_to_the_caps_and_to_the_rules_for_shops(app, desk, clock):
    points.service.install_tariff()
    shop = shops.a_shop()

    def award(code, **more):
        return merchants.service.award_shop(desk, key=new_id(), merchant_id=shop.id, rule_code=code, **more)

    award("shop_self_check")
    with pytest.raises(WeeklyCapReached):
        award("shop_self_check")
    with pytest.raises(RuleForMembers):
        award("care")
    with pytest.raises(DeedTimeInvalid):
        award("shop_notice", happened_at=clock.now().replace(year=2027))
    merchants.service.pause_shop(desk, shop.id, "装修")
    with pytest.raises(ShopClosedNow):
        award("shop_notice")


def test_a_deed_sent_twice_is_paid_once(app, desk):
    points.service.install_tariff()
    shop, key = shops.a_shop(), new_id()
    answers = [
        merchants.service.award_shop(desk, key=key, merchant_id=shop.id, rule_code="shop_notice")
        for _ in range(2)
    ]
    assert [each.replayed for each in answers] == [False, True]
    assert len(merchants.queries.deeds(shop.id).items) == 1
