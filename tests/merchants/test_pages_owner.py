"""A shop's pages for its owner, without script: what he reads, types and sends; who else may not."""

import re

import pytest

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.queries
from core import audit
from core.auth import SYSTEM
from core.db import new_id
from merchants.forms.hours import Week
from tests.support import counter_builders as counters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops

#: What a form must survive: nothing of it is a name, a time, a number.
ODD = ("\x00", "\u202egnp", "x" * 10_000, "   ")
ODD_NUMBERS = ("0", "-1", "1.5", "１２", "=1+1", "x", "", "9" * 40)


@pytest.fixture(autouse=True)
def alliance(app, clock):
    return app


@pytest.fixture
def browser_of(app):
    def open_one(who, language="en"):
        actor = who if hasattr(who, "kind") else people.actor(who)
        client = app.test_client()
        people.sign_in(client, members.queries.facts(actor.member_id))
        members.service.change_settings(actor, language=language)
        return client

    return open_one


@pytest.fixture
def street():
    return counters.a_counter(name="小周理发店", name_en="Zhou's barber shop")


@pytest.fixture
def owner(browser_of, street):
    return browser_of(street.owner)


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/shops").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def place(street, path=""):
    return f"/shop/{street.shop.id}{path}"


def shop_now(street):
    return merchants.queries.shop(street.shop.id)


# --- applying


def application(**changes):
    return {"key": str(new_id()), "name": "老王五金", "trade_code": "hardware", **changes}


def test_a_member_applies_and_may_prepare_his_page_at_once(browser_of, street):
    wang = people.member("王五")
    client = browser_of(wang)
    fields = application(
        phone="0518-8523 1234", **{"opens-0-0": "9：00", "closes-0-0": "1800", "every_day": "1"}
    )
    thanks = send(client, "/shops/apply", **fields)
    assert "Your application has arrived." in thanks.text
    # Who calls whom, until when: a promise that holds.
    assert "We call you by 25 November 2026" in thanks.text
    assert "rings the shop: 0518-8523 1234" in thanks.text
    # A second tap with the same key is the same application.
    send(client, "/shops/apply", **fields)
    (post,) = merchants.queries.posts_of(wang.id)
    found = merchants.queries.shop(post.merchant_id)
    assert (found.name, found.status, found.hours) == ("老王五金", "applied", [[[540, 1080]]] * 7)
    assert "being looked at" in page(client, f"/shop/{post.merchant_id}")
    assert 'class="shop-name">老王五金' not in page(client, "/shops")


@pytest.mark.parametrize("odd", ODD)
def test_a_name_that_cannot_be_is_refused_and_the_rest_stays(browser_of, street, odd):
    answer = send(browser_of(people.member()), "/shops/apply", **application(name=odd, address="西苑路 7 号"))
    assert answer.status_code == 422
    assert "Please check:" in answer.text
    assert "西苑路 7 号" in answer.text
    assert merchants.queries.status_counts() == {"active": 1}


def test_a_name_that_looks_like_a_formula_is_only_a_name(browser_of, street):
    wang = people.member("王五")
    send(browser_of(wang), "/shops/apply", **application(name="=1+1"))
    assert merchants.queries.posts_of(wang.id)[0].name == "=1+1"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("trade_code", "no_such_trade", "There is no such trade."),
        ("trade_code", "", "There is no such trade."),
        ("area_id", "x", "This is not among what can be chosen."),
        ("name", "小周理发店", "is there already"),
        ("phone", "call me", "Something here cannot stay as it is."),
    ],
)
def test_what_is_wrong_with_an_application_is_said_at_its_field(browser_of, street, field, value, said):
    answer = send(browser_of(people.member()), "/shops/apply", **application(**{field: value}))
    assert answer.status_code == 422
    assert said in answer.text


# --- whose pages


PAGES = ("", "/charges", "/figures", "/offers", "/clerks", "/page", "/gifts", "/pin")


def test_the_owner_reads_all_of_his_pages(owner, street):
    for path in PAGES:
        assert "barber shop" in page(owner, place(street, path))


@pytest.mark.parametrize("path", PAGES)
def test_another_shops_owner_and_a_coordinator_are_turned_away(browser_of, street, path):
    other = counters.a_counter(name="另一家店")
    for stranger in (other.owner, people.staff("coordinator")):
        assert page(browser_of(stranger), place(street, path), 403)


def test_a_clerk_sees_his_pin_and_no_figures(browser_of, street):
    clerk = browser_of(street.clerk)
    assert "Of the shop&#39;s people only its owner" in page(clerk, place(street), 403)
    assert "My counter PIN" in page(clerk, place(street, "/pin"))


def test_who_has_left_sees_nothing_any_more(owner, browser_of, street):
    clerk = browser_of(street.clerk)
    send(owner, place(street, f"/clerks/{street.clerk.member_id}/remove"))
    assert page(clerk, place(street, "/pin"), 403)


def test_there_are_no_pages_of_a_shop_that_is_not_there(owner):
    assert page(owner, f"/shop/{new_id()}", 404)


FORMS = (
    "/pause",
    "/resume",
    "/offers",
    "/offers/order",
    "/clerks",
    "/page",
    "/plate",
    "/plate/new",
)


@pytest.mark.parametrize("path", FORMS)
def test_nobody_sends_the_forms_of_another_shop(browser_of, street, path):
    before = shop_now(street)
    fields = {"key": str(new_id()), "name": "理发", "points": "30", "member_number": "1", "generation": "1"}
    for who in (counters.a_counter(name="另一家店").owner, street.clerk):
        assert send(browser_of(who), place(street, path), **fields).status_code == 403
    assert shop_now(street) == before
    assert merchants.queries.offers(street.shop.id) == []


# --- figures and payments


def test_the_owner_sees_what_was_taken_and_by_whom(owner, street):
    payer = counters.payer(200)
    counters.paid(street, payer, 30)
    back = counters.paid(street, payer, 20)
    merchants.service.refund_charge(street.owner, key=new_id(), charge_id=back, reason="没有剪")
    text = page(owner, place(street))
    assert re.search(r"Today</span>.*?30</span>.*?1 payment", text, re.DOTALL)
    figures = page(owner, place(street, "/figures?span=month"))
    assert re.search(r"吴小丽.*?Points taken.*?30.*?Given back.*?20", figures, re.DOTALL)
    assert "Nothing taken" in page(owner, place(street, "/figures?span=last_month"))


def test_payments_are_listed_by_day_with_masked_names(owner, street):
    counters.paid(street, counters.payer(100, "王小芳"), 30)
    text = page(owner, place(street, "/charges"))
    assert "王*芳" in text
    assert "王小芳" not in text
    assert "Nobody paid on this day" in page(owner, place(street, "/charges?day=2026-11-17"))
    for odd in ("x", "0001-01-01", "9999-12-31", "2026-02-30"):
        assert page(owner, place(street, f"/charges?day={odd}"))


def refund(client, street, charge_id, **fields):
    fields = {"key": str(new_id()), "reason": "没有剪", **fields}
    return send(client, place(street, f"/charges/{charge_id}/refund"), **fields)


def test_the_owner_gives_a_payment_back_once_however_often_he_taps(owner, street):
    payer = counters.payer(100)
    charge_id = counters.paid(street, payer, 30)
    key = str(new_id())
    for _ in range(2):
        assert "30 points are back with the member." in refund(owner, street, charge_id, key=key).text
    assert counters.balance(payer) == 100
    again = refund(owner, street, charge_id)
    assert again.status_code == 422
    assert counters.balance(payer) == 100


def test_a_refund_without_reason_or_with_a_telephone_number_is_refused_and_keeps_what_was_typed(
    owner, street
):
    payer = counters.payer(100)
    charge_id = counters.paid(street, payer, 30)
    for reason in ("", *ODD, "打电话 13812345678"):
        assert refund(owner, street, charge_id, reason=reason).status_code == 422
    assert "打电话 13812345678" in refund(owner, street, charge_id, reason="打电话 13812345678").text
    assert counters.balance(payer) == 70


def test_a_payment_of_another_shop_is_not_given_back_here(browser_of, street):
    payer = counters.payer(100)
    charge_id = counters.paid(street, payer, 30)
    other = counters.a_counter(name="另一家店")
    client = browser_of(other.owner)
    assert page(client, f"/shop/{other.shop.id}/charges/{charge_id}", 404)
    assert refund(client, other, charge_id).status_code == 404
    assert counters.balance(payer) == 70


# --- people


@pytest.mark.parametrize("number", [*ODD_NUMBERS, *ODD, "100000"])
def test_a_number_that_is_no_members_is_refused_and_kept(owner, street, number):
    answer = send(owner, place(street, "/clerks"), key=str(new_id()), member_number=number)
    assert answer.status_code == 422
    assert "No member has this number." in answer.text
    assert len(merchants.queries.clerks(street.shop.id)) == 2


def test_the_last_owner_stays(owner, street):
    answer = send(owner, place(street, f"/clerks/{street.owner.member_id}/remove"))
    assert "A shop keeps at least one owner." in answer.text
    answer = send(owner, place(street, f"/clerks/{street.owner.member_id}/post"), post="clerk")
    assert "A shop keeps at least one owner." in answer.text


def test_a_clerk_sets_his_own_counter_pin_and_the_owner_a_clerks(browser_of, owner, street):
    clerk = browser_of(street.clerk)
    done = send(clerk, place(street, "/pin"), pin=shops.COUNTER_PIN, again=shops.COUNTER_PIN)
    assert "Your counter PIN is set." in done.text
    merchants.service.check_counter_pin(
        street.owner, merchant_id=street.shop.id, clerk_id=street.clerk.member_id, pin=shops.COUNTER_PIN
    )
    path = place(street, f"/clerks/{street.clerk.member_id}/pin")
    assert "is set" in send(owner, path, pin="482915", again="482915").text
    merchants.service.check_counter_pin(
        street.owner, merchant_id=street.shop.id, clerk_id=street.clerk.member_id, pin="482915"
    )


@pytest.mark.parametrize(
    ("pin", "again"),
    [
        ("7392", "7393"),
        ("1234", "1234"),
        ("", ""),
        ("１２３４", "１２３４"),
        ("x" * 10_000,) * 2,
        ("\x00",) * 2,
    ],
)
def test_a_counter_pin_that_is_weak_or_mistyped_is_refused(browser_of, street, pin, again):
    answer = send(browser_of(street.clerk), place(street, "/pin"), pin=pin, again=again)
    assert answer.status_code == 422
    assert not merchants.queries.clerk(street.shop.id, street.clerk.member_id).has_pin


def test_a_clerk_sets_nobody_elses_pin(browser_of, street):
    path = place(street, f"/clerks/{street.owner.member_id}/pin")
    assert send(browser_of(street.clerk), path, pin="7392", again="7392").status_code == 403


# --- offers


def offer(**changes):
    return {"key": str(new_id()), "name": "剪发", "points": "30", "name_en": "Haircut", "note": "", **changes}


def names(street):
    return [(each.name, each.points) for each in merchants.queries.offers(street.shop.id)]


def test_the_owner_adds_changes_orders_and_retires_offers(owner, street):
    fields = offer()
    for _ in range(2):
        send(owner, place(street, "/offers"), **fields)
    text = send(owner, place(street, "/offers"), **offer(name="烫发", name_en="Perm", points="120")).text
    order = re.search(r'name="order" value="([^"]+)"', text)[1]
    for _ in range(2):
        assert "The order is kept." in send(owner, place(street, "/offers/order"), order=order).text
    assert names(street) == [("烫发", 120), ("剪发", 30)]
    perm = merchants.queries.offers(street.shop.id)[0]
    path = place(street, f"/offers/{perm.id}")
    assert "烫发" in page(owner, path)
    changed = offer(name="烫发", points="100")
    for _ in range(2):
        assert "Saved." in send(owner, path, **changed).text
    assert names(street) == [("烫发", 100), ("剪发", 30)]
    assert "no such offer" in page(owner, path, 404)
    haircut = merchants.queries.offers(street.shop.id)[1]
    for _ in range(2):
        assert "taken off" in send(owner, place(street, f"/offers/{haircut.id}/retire")).text
    assert names(street) == [("烫发", 100)]


@pytest.mark.parametrize("typed", ODD_NUMBERS)
def test_points_of_an_offer_are_whole_numbers(owner, street, typed):
    answer = send(owner, place(street, "/offers"), **offer(points=typed))
    assert answer.status_code == 422
    assert "This is not a number of points." in answer.text
    assert 'value="剪发"' in answer.text
    assert names(street) == []


@pytest.mark.parametrize("odd", ODD)
def test_an_offer_needs_a_name_that_can_be_read(owner, street, odd):
    assert send(owner, place(street, "/offers"), **offer(name=odd)).status_code == 422
    assert names(street) == []


def test_the_offers_of_another_shop_are_not_touched(owner, street):
    other = counters.a_counter(name="另一家店")
    foreign = shops.an_offer(other.shop)
    assert send(owner, place(street, f"/offers/{foreign}/retire")).status_code == 200
    send(owner, place(street, f"/offers/{foreign}"), **offer(points="1"))
    assert names(other) == [("剪发", 30)]


@pytest.mark.parametrize("order", ["", "x y", "\x00"])
def test_an_order_that_leaves_offers_out_is_refused(owner, street, order):
    shops.an_offer(street.shop)
    assert "cannot stay as it is" in send(owner, place(street, "/offers/order"), order=order).text


# --- the page


def page_fields(**changes):
    return {
        "name": "换个名",
        "trade_code": "hotel",
        "about": "三十年老店",
        "address": "西苑路 12 号",
        **changes,
    }


def test_the_owner_changes_text_and_hours_but_not_the_name(owner, street):
    hours = {"opens-0-0": "08:30", "closes-0-0": "12:00", "opens-0-1": "14.00", "closes-0-1": "24:00"}
    assert "Saved" in send(owner, place(street, "/page"), **page_fields(**hours)).text
    found = shop_now(street)
    assert (found.name, found.trade_code, found.about) == ("小周理发店", "hairdresser", "三十年老店")
    assert found.hours == [[[510, 720], [840, 1440]], *[[]] * 6]
    text = page(owner, place(street, "/page"))
    assert 'value="08:30"' in text
    assert 'value="24:00"' in text
    assert "三十年老店" in page(owner, f"/shops/{street.shop.number}")


def test_hours_that_were_stored_with_more_spans_are_all_shown_and_kept(owner, street):
    four = [[[0, 60], [120, 180], [240, 300], [360, 420]]] * 7
    merchants.service.change_shop(street.owner, street.shop.id, hours=four)
    text = page(owner, place(street, "/page"))
    sent = dict(re.findall(r'name="((?:opens|closes)-\d-\d)"[^>]*? value="([^"]*)"', text))
    assert len(sent) == 7 * 4 * 2
    send(owner, place(street, "/page"), **page_fields(**sent))
    assert shop_now(street).hours == four


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        ("9 am", "18:00", "Write times as 09:00"),
        ("09:00", "24:01", "Write times as 09:00"),
        ("09:60", "18:00", "Write times as 09:00"),
        ("０９:００", "18:00", "Write times as 09:00"),
        ("09:00", "", "Each span has two times"),
        ("18:00", "09:00", "The times go from morning to night"),
        ("\x00", "18:00", "Write times as 09:00"),
        ("x" * 10_000, "18:00", "Write times as 09:00"),
        ("=1+1", "18:00", "Write times as 09:00"),
    ],
)
def test_hours_that_cannot_be_are_refused_at_their_day_and_kept(owner, street, opens, closes, said):
    fields = page_fields(
        **{"opens-2-0": opens, "closes-2-0": closes, "opens-2-1": "19:00", "closes-2-1": "20:00"}
    )
    answer = send(owner, place(street, "/page"), **fields)
    assert answer.status_code == 422
    assert "<li>Wednesday: " in answer.text
    assert re.search(rf'Wednesday.*?id="day-2-error".*?{said}', answer.text, re.DOTALL)
    assert "三十年老店" in answer.text
    assert shop_now(street).about == ""


def test_a_week_without_any_time_says_nothing_of_hours():
    assert Week.of([]).minutes() == []
    assert Week.read({"opens-0-0": " ", "closes-0-0": ""}).minutes() == []


@pytest.mark.parametrize("odd", ODD[:3])
def test_texts_of_the_page_hold_nothing_unreadable(owner, street, odd):
    assert send(owner, place(street, "/page"), **page_fields(about=odd)).status_code == 422


# --- pausing, plates, gifts


def test_the_owner_pauses_and_comes_back_but_cannot_end_a_pause_of_the_desk(owner, street):
    for _ in range(2):
        assert "Your shop pauses" in send(owner, place(street, "/pause"), reason="春节").text
    assert shop_now(street).status == "paused"
    for _ in range(2):
        assert "Welcome back" in send(owner, place(street, "/resume")).text
    merchants.service.pause_shop(people.staff(), street.shop.id, "查账")
    assert "A coordinator has decided this." in page(owner, place(street))
    send(owner, place(street, "/resume"))
    assert shop_now(street).status == "paused"


@pytest.mark.parametrize("odd", ODD[:3])
def test_a_reason_nobody_can_read_pauses_nothing(owner, street, odd):
    assert send(owner, place(street, "/pause"), reason=odd).status_code == 422
    assert shop_now(street).status == "active"


def test_the_plate_is_printed_and_a_new_code_is_made_once(owner, street):
    text = send(owner, place(street, "/plate")).text
    assert shops.plate_of(street.shop).text in text.replace(" ", "")
    for generation in ("1", "1", "x", "１"):
        send(owner, place(street, "/plate/new"), generation=generation)
    assert shop_now(street).plate_generation == 2
    assert shops.plate_of(shop_now(street)).text in send(owner, place(street, "/plate")).text.replace(" ", "")
    printed = [
        each for each in audit.entries(subject_id=street.shop.id).items if each.action == "shop.plate_printed"
    ]
    assert [each.data["generation"] for each in printed] == [2, 1]


def test_the_owner_sees_budget_and_gifts(owner, street):
    shops.a_budget(street.shop, 200)
    customer = people.member("王小芳")
    receiver = merchants.service.Receiver(number=str(customer.number))
    merchants.service.give_points(
        street.clerk,
        key=new_id(),
        merchant_id=street.shop.id,
        receiver=receiver,
        points=15,
        reason="帮忙扫雪",
    )
    text = page(owner, place(street, "/gifts"))
    assert re.search(r"185.*?开业优惠.*?200.*?王\*芳.*?吴小丽.*?帮忙扫雪.*?15", text, re.DOTALL)
    assert points.queries.budget(street.shop.id) == 185


def test_a_shop_that_waits_or_left_has_no_pad_at_its_counter(street, owner):
    pad = f'action="/counter/{street.shop.id}/orders"'
    assert pad in page(owner, f"/counter/{street.shop.id}")
    merchants.service.end_shop(SYSTEM, street.shop.id, "moved away")
    text = page(owner, f"/counter/{street.shop.id}")
    assert (pad in text, "counter.js" in text, "has left the Alliance" in text) == (False, False, True)
