"""Who stands at a counter: by number, by PIN on a shared phone, by a till; and leaving takes effect at once."""

import pytest

import members.queries
import members.service
import merchants.queries
import merchants.service
from core import audit
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.errors import PermissionMissing
from members.errors import MemberLeft, NotOnOneself, PinTooWeak
from merchants.errors import (
    ClerkAsked,
    ClerksTooMany,
    ClerkThere,
    ClerkUnknown,
    CounterPinLocked,
    CounterPinMissing,
    CounterPinWrong,
    InvitationUnknown,
    LastOwner,
    MemberNumberUnknown,
    NotYourShop,
    OwnerNeeded,
    OwnShop,
    ShopClosedNow,
)
from merchants.rules import shops as rules
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support.merchants_builders import COUNTER_PIN

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def shop(app):
    return shops.a_shop("小周理发店")


@pytest.fixture
def owner(shop):
    return people.actor(shops.the_owner(shop))


def add(actor, shop, number, **more):
    return merchants.service.add_clerk(
        actor, key=new_id(), merchant_id=shop.id, member_number=str(number), **more
    )


def till(shop_owner, *permissions):
    token = people.device(*(permissions or ("charge.take",)), responsible=shop_owner, name="收银机")
    return members.service.actor_for_token(token)


def at_counter(actor, shop, clerk_id=None):
    return merchants.service.clerk_of(actor, shop.id, clerk_id).member_id


# --- coming and going


def accept(shop, member):
    merchants.service.accept_post(people.actor(member), merchant_id=shop.id)


def test_an_owner_asks_by_the_number_on_the_card_and_who_accepts_works_there(shop, owner):
    clerk = people.member("吴小丽")
    spoken = f" {str(clerk.number)[:-3]} {str(clerk.number)[-3:]} "
    answer = add(owner, shop, spoken)
    assert (answer.body["outcome"], answer.body["member_id"]) == ("clerk_invited", str(clerk.id))
    for _ in range(2):  # a second tap changes nothing
        accept(shop, clerk)
    assert [(each.member_id, each.post) for each in merchants.queries.clerks(shop.id)] == [
        (owner.id, "owner"),
        (clerk.id, "clerk"),
    ]
    assert at_counter(people.actor(clerk), shop) == clerk.id
    assert [each.name for each in merchants.queries.posts_of(clerk.id)] == ["小周理发店"]


def test_who_was_asked_is_none_of_the_shops_people_until_he_accepts(shop, owner):
    desk, friend = people.staff(name="欧阳明珠"), people.member()
    answer = add(owner, shop, members.queries.facts(desk.member_id).number, post="owner")
    (asked,) = merchants.queries.invited(shop.id)
    assert (asked.name, answer.body["member_name"], asked.post) == ("欧**珠", "欧**珠", "owner")
    assert "欧阳明珠" not in str(audit.entries().items)
    assert len(merchants.queries.clerks(shop.id)) == 1
    with pytest.raises(NotYourShop):
        at_counter(desk, shop)
    with pytest.raises(ClerkUnknown):
        merchants.service.set_counter_pin(
            owner, merchant_id=shop.id, member_id=desk.member_id, pin=COUNTER_PIN
        )
    # A coordinator whom a shop asks still judges its affairs.
    merchants.service.change_shop(desk, shop.id, day_limit=500)
    with pytest.raises(ClerkAsked):
        add(owner, shop, members.queries.facts(desk.member_id).number)
    for stranger in (people.actor(friend), owner):
        with pytest.raises((InvitationUnknown, NotYourShop)):
            merchants.service.accept_post(stranger, merchant_id=shops.a_shop().id)
    merchants.service.accept_post(desk, merchant_id=shop.id)
    assert merchants.queries.clerk(shop.id, desk.member_id).owns
    with pytest.raises(OwnShop):
        merchants.service.change_shop(desk, shop.id, day_limit=600)


def test_who_declines_or_is_asked_no_more_stays_away(shop, owner):
    clerk = people.member("吴小丽")
    add(owner, shop, clerk.number)
    for _ in range(2):
        merchants.service.decline_post(people.actor(clerk), merchant_id=shop.id)
    with pytest.raises(InvitationUnknown):
        accept(shop, clerk)
    add(owner, shop, clerk.number)
    assert [each.name for each in merchants.queries.invitations_of(clerk.id)] == ["小周理发店"]
    merchants.service.remove_clerk(owner, merchant_id=shop.id, member_id=clerk.id)
    with pytest.raises(InvitationUnknown):
        accept(shop, clerk)
    add(owner, shop, clerk.number)
    merchants.service.end_shop(SYSTEM, shop.id, "搬走了")
    assert merchants.queries.invitations_of(clerk.id) == []
    with pytest.raises(ShopClosedNow):
        accept(shop, clerk)
    assert len(merchants.queries.clerks(shop.id)) == 1


def test_nobody_accepts_in_the_name_of_another(shop, owner):
    helper = people.actor(people.member("女儿"))
    granny = people.managed(helper)
    add(owner, shop, granny.number)
    acting = members.queries.actor_for(members.queries.signed_in(helper.member_id, granny.id))
    with pytest.raises(PermissionMissing):
        merchants.service.accept_post(acting, merchant_id=shop.id)


@pytest.mark.parametrize("number", ["", "1234567", "abc", "１０", "1000015\x00", "9" * 40])
def test_a_number_that_is_no_members_adds_nobody(shop, owner, number):
    with pytest.raises(MemberNumberUnknown):
        add(owner, shop, number)
    assert len(merchants.queries.clerks(shop.id)) == 1


def test_only_owners_and_the_desk_choose_who_works_there(shop, owner):
    clerk, friend = shops.a_clerk(shop), people.member("朋友")
    with pytest.raises(OwnerNeeded):
        add(people.actor(clerk), shop, friend.number)
    with pytest.raises(NotYourShop):
        add(people.actor(friend), shop, friend.number)
    with pytest.raises(ClerkThere):
        add(owner, shop, clerk.number)
    assert add(people.staff(), shop, friend.number).body["outcome"] == "clerk_added"


def test_who_has_left_the_alliance_is_not_hired(shop, owner):
    former = people.member("老陈")
    members.service.leave(SYSTEM, former.id)
    with pytest.raises(MemberLeft):
        add(owner, shop, former.number)


def test_a_counter_has_room_for_so_many(shop, owner, monkeypatch):
    monkeypatch.setattr(rules, "MOST_CLERKS", 2)
    shops.a_clerk(shop)
    with pytest.raises(ClerksTooMany):
        add(owner, shop, people.member().number)


def test_leaving_takes_effect_with_the_next_request_and_coming_back_needs_a_new_pin(shop, owner):
    clerk = shops.a_clerk(shop, pin=COUNTER_PIN)
    actor = people.actor(clerk)
    assert at_counter(actor, shop) == clerk.id
    merchants.service.remove_clerk(owner, merchant_id=shop.id, member_id=clerk.id)
    for who in (actor, owner):
        with pytest.raises(NotYourShop):
            merchants.service.clerk_of(who, shop.id, clerk.id)
    assert merchants.queries.posts_of(clerk.id) == []
    add(owner, shop, clerk.number)
    accept(shop, clerk)
    assert at_counter(actor, shop) == clerk.id
    with pytest.raises(CounterPinMissing):
        merchants.service.check_counter_pin(owner, merchant_id=shop.id, clerk_id=clerk.id, pin=COUNTER_PIN)


def test_a_clerk_may_go_by_himself_but_the_last_owner_stays(shop, owner):
    clerk = shops.a_clerk(shop)
    merchants.service.remove_clerk(people.actor(clerk), merchant_id=shop.id, member_id=clerk.id)
    with pytest.raises(ClerkUnknown):
        merchants.service.remove_clerk(owner, merchant_id=shop.id, member_id=clerk.id)
    for actor in (owner, people.staff()):
        with pytest.raises(LastOwner):
            merchants.service.remove_clerk(actor, merchant_id=shop.id, member_id=owner.id)
    with pytest.raises(LastOwner):
        merchants.service.make_owner(owner, merchant_id=shop.id, member_id=owner.id, post="clerk")
    heir = shops.a_clerk(shop)
    merchants.service.make_owner(owner, merchant_id=shop.id, member_id=heir.id)
    merchants.service.remove_clerk(owner, merchant_id=shop.id, member_id=owner.id)
    assert [each.post for each in merchants.queries.clerks(shop.id)] == ["owner"]


def test_a_clerk_of_one_shop_is_nobody_at_another(shop, owner):
    other = shops.a_shop()
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(owner, other.id)
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(people.actor(shops.the_owner(other)), shop.id, owner.id)
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(people.staff(), shop.id)


def test_a_suspended_clerk_stands_at_no_counter_and_one_on_leave_does(shop, owner):
    clerk = shops.a_clerk(shop)
    members.service.take_leave(SYSTEM, clerk.id, None)
    assert at_counter(owner, shop, clerk.id) == clerk.id
    members.service.suspend(SYSTEM, clerk.id, "停用")
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(owner, shop.id, clerk.id)


def test_a_helper_does_not_stand_at_the_counter_of_whom_he_helps(app):
    helper = people.member("儿子")
    mother = people.managed(people.actor(helper))
    shop = shops.a_shop(owner=mother)
    acting = members.service.act_for(people.actor(helper), mother.id)
    with pytest.raises(PermissionMissing):
        merchants.service.clerk_of(members_actor(acting), shop.id)


def members_actor(session):
    return members.queries.actor_for(session)


# --- tills


def test_a_till_works_for_the_member_answerable_for_it_while_he_works_there(shop, owner):
    boss = shops.the_owner(shop)
    machine = till(boss)
    clerk = shops.a_clerk(shop)
    assert at_counter(machine, shop) == boss.id
    assert at_counter(machine, shop, clerk.id) == clerk.id
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(machine, shops.a_shop().id)
    with pytest.raises(OwnerNeeded if machine.may("shop.manage") else NotYourShop):
        add(machine, shop, people.member().number)
    shops.a_clerk(shop, post="owner")
    merchants.service.remove_clerk(owner, merchant_id=shop.id, member_id=boss.id)
    with pytest.raises(NotYourShop):
        merchants.service.clerk_of(machine, shop.id)


def test_a_gate_for_patrols_is_no_till(shop):
    with pytest.raises(PermissionMissing):
        merchants.service.clerk_of(till(shops.the_owner(shop), "board.read"), shop.id)


# --- the counter PIN


def try_pin(actor, shop, clerk, pin):
    return merchants.service.check_counter_pin(actor, merchant_id=shop.id, clerk_id=clerk.id, pin=pin)


def test_a_clerk_takes_over_a_shared_phone_with_his_own_pin(shop, owner):
    clerk = shops.a_clerk(shop)
    merchants.service.set_counter_pin(
        people.actor(clerk), merchant_id=shop.id, member_id=clerk.id, pin=COUNTER_PIN
    )
    assert try_pin(owner, shop, clerk, COUNTER_PIN).member_id == clerk.id
    assert try_pin(till(shops.the_owner(shop)), shop, clerk, COUNTER_PIN).name == clerk.name
    assert [each.has_pin for each in merchants.queries.clerks(shop.id)] == [False, True]


def test_a_counter_pin_locks_after_five_wrong_tries_and_opens_with_time_or_a_new_one(shop, owner, clock):
    clerk = shops.a_clerk(shop, pin=COUNTER_PIN)
    other = shops.a_clerk(shop, pin=COUNTER_PIN)
    for left in (4, 3, 2, 1):
        with pytest.raises(CounterPinWrong) as refusal:
            try_pin(owner, shop, clerk, "9999")
        assert refusal.value.data["tries_left"] == left
    for pin in ("9999", COUNTER_PIN):
        with pytest.raises(CounterPinLocked):
            try_pin(owner, shop, clerk, pin)
    assert try_pin(owner, shop, other, COUNTER_PIN).member_id == other.id
    clock.tick(hours=1)
    assert try_pin(owner, shop, clerk, COUNTER_PIN).member_id == clerk.id
    for _ in range(5):
        with pytest.raises((CounterPinWrong, CounterPinLocked)):
            try_pin(owner, shop, clerk, "9999")
    merchants.service.set_counter_pin(owner, merchant_id=shop.id, member_id=clerk.id, pin="8264")
    assert try_pin(owner, shop, clerk, "8264").member_id == clerk.id


def test_the_right_pin_starts_the_count_anew(shop, owner):
    clerk = shops.a_clerk(shop, pin=COUNTER_PIN)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(CounterPinWrong):
                try_pin(owner, shop, clerk, "9999")
        try_pin(owner, shop, clerk, COUNTER_PIN)


@pytest.mark.parametrize("pin", ["", "12", "1234", "0000", "7392１", "7392\x00", "73 92", "9" * 10_000])
def test_a_counter_pin_that_others_would_guess_is_refused(shop, owner, pin):
    with pytest.raises(PinTooWeak):
        merchants.service.set_counter_pin(owner, merchant_id=shop.id, member_id=owner.id, pin=pin)


def test_a_pin_is_set_by_oneself_or_an_owner_and_by_no_till_and_no_desk(shop, owner):
    clerk, mate = shops.a_clerk(shop), shops.a_clerk(shop)
    for actor in (till(shops.the_owner(shop)), people.staff()):
        with pytest.raises(NotYourShop):
            merchants.service.set_counter_pin(actor, merchant_id=shop.id, member_id=clerk.id, pin=COUNTER_PIN)
    with pytest.raises(OwnerNeeded):
        merchants.service.set_counter_pin(
            people.actor(mate), merchant_id=shop.id, member_id=clerk.id, pin=COUNTER_PIN
        )
    merchants.service.set_counter_pin(owner, merchant_id=shop.id, member_id=clerk.id, pin=COUNTER_PIN)
    entry = audit.entries(subject_id=shop.id).items[0]
    assert entry.action == "shop.counter_pin_set"
    assert COUNTER_PIN not in str(entry.data)


def test_whoever_does_not_work_there_cannot_even_try_a_pin(shop):
    clerk = shops.a_clerk(shop, pin=COUNTER_PIN)
    with pytest.raises(NotYourShop):
        try_pin(people.actor(people.member()), shop, clerk, COUNTER_PIN)


def test_wrong_tries_count_even_if_the_caller_would_undo_them(shop, owner):
    clerk = shops.a_clerk(shop, pin=COUNTER_PIN)
    db.session.rollback()
    with transaction(), pytest.raises(RuntimeError):
        try_pin(owner, shop, clerk, COUNTER_PIN)


def test_the_desk_puts_neither_itself_nor_its_household_behind_a_counter(shop):
    desk = people.staff()
    for who in (members.queries.facts(desk.member_id), people.managed(desk)):
        with pytest.raises(NotOnOneself):
            add(desk, shop, who.number, post="owner")
    assert len(merchants.queries.clerks(shop.id)) == 1


def test_a_coordinator_who_is_a_clerk_makes_nobody_an_owner_there(shop, owner):
    desk = people.staff()
    add(owner, shop, members.queries.facts(desk.member_id).number)
    merchants.service.accept_post(desk, merchant_id=shop.id)
    with pytest.raises(OwnShop):
        merchants.service.make_owner(desk, merchant_id=shop.id, member_id=desk.member_id)
    with pytest.raises(OwnShop):
        add(desk, shop, people.member("朋友").number)


@pytest.mark.parametrize("declined", [False, True])
def test_a_shop_that_is_no_partner_learns_nobodys_name(app, declined):
    shop = shops.a_shop(admitted=False)
    if declined:
        merchants.service.decline_shop(SYSTEM, shop.id, "没有这家店")
    with pytest.raises(ShopClosedNow):
        add(people.actor(shops.the_owner(shop)), shop, people.member("欧阳明珠").number)
    assert [each.name for each in merchants.queries.clerks(shop.id)] == ["周老板"]
