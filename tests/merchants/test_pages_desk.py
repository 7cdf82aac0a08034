"""Partner shops at the desk, without script: admitting, limits, budgets, good deeds, odd payments, trades, plates."""

import re

import pytest

import members.queries
import members.service
import merchants.queries
import merchants.service
import points.queries
import points.service
from core import audit
from core.auth import SYSTEM
from core.db import new_id
from tests.support import counter_builders as counters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops

ODD = ("\x00", "\u202egnp", "x" * 10_000)
ODD_NUMBERS = ("0", "-1", "1.5", "１２", "=1+1", "x", "")


@pytest.fixture(autouse=True)
def alliance(app, clock):
    return app


@pytest.fixture
def browser_of(app):
    def open_one(actor, language="en"):
        client = app.test_client()
        people.sign_in(client, members.queries.facts(actor.member_id))
        members.service.change_settings(actor, language=language)
        return client

    return open_one


@pytest.fixture
def desk(browser_of):
    return browser_of(people.staff("coordinator"))


@pytest.fixture
def shop():
    return shops.a_shop("小周理发店")


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/shops").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def place(shop, path=""):
    return f"/desk/shops/{shop.id}{path}"


def now(shop):
    return merchants.queries.shop(shop.id)


def works_at(shop, role="coordinator"):
    """Somebody of the desk who stands at this shop's counter, too."""
    actor = people.staff(role)
    shops.a_clerk(shop, members.queries.facts(actor.member_id))
    return actor


# --- the list


def test_the_desk_finds_shops_by_status_trade_and_words(desk, shop):
    shops.a_shop("老王五金", trade="hardware", admitted=False, address="西苑路 7 号")
    assert {"小周理发店", "老王五金"} <= set(
        re.findall(r'/desk/shops/[^"]+">([^<]+)</a>', page(desk, "/desk/shops"))
    )
    for query in ("status=applied", "trade=hardware", "q=西苑路"):
        text = page(desk, f"/desk/shops?{query}")
        assert "老王五金" in text
        assert "小周理发店" not in text
    assert "No shop found" in page(desk, "/desk/shops?q=xyz")
    for odd in ("status=x&trade=y&area=z", "q=%00", "q=%E2%80%AE", "q=" + "x" * 5_000):
        assert page(desk, f"/desk/shops?{odd}")
    assert page(desk, "/desk/shops?cursor=x", 422)


def test_more_shops_than_fit_are_turned_over(desk):
    owner = people.member("周老板")
    for number in range(52):
        shops.a_shop(f"店{number:02d}", owner=owner)
    text = page(desk, "/desk/shops")
    further = re.search(r'href="(/desk/shops\?cursor=[^"]+)" rel="next"', text)[1]
    assert "店51" not in text
    assert "店51" in page(desk, further)


def test_first_page_of_the_desk_says_which_shops_and_payments_wait(desk):
    counter = counters.a_counter()
    shops.a_shop(admitted=False)
    counters.paid(counter, own_payer(counter), 10)
    text = page(desk, "/desk")
    assert "1 shop wants to take part" in text
    assert "1 odd payment" in text


def own_payer(counter):
    from_shop = counter.owner
    counters.points.earn(from_shop.member_id, 100)
    return from_shop


# --- who may


READ = ("", "/charges", "/figures", "/gifts", "/budget", "/deeds")
MANAGE = ("/offers", "/clerks", "/page", "/limits")


def test_an_auditor_reads_and_changes_nothing(browser_of, shop):
    auditor = browser_of(people.staff("auditor"))
    for path in READ:
        assert '<form class="form' not in page(auditor, place(shop, path))
    assert page(auditor, "/desk/shops")
    assert page(auditor, "/desk/shops/odd")
    for path in MANAGE:
        assert page(auditor, place(shop, path), 403)
    assert send(auditor, "/desk/shops/plates", shop=shop.id).status_code == 403
    for path in ("/pause", "/end", "/budget", "/deeds", "/limits", "/plate/new"):
        assert send(auditor, place(shop, path), reason="查账", points="10").status_code == 403
    assert now(shop) == shop


@pytest.mark.parametrize("path", ["/desk/shops", "/desk/shops/new", "/desk/shops/odd", "/desk/shops/plates"])
def test_members_and_owners_have_no_desk(browser_of, shop, path):
    for who in (people.member(), shops.the_owner(shop)):
        assert page(browser_of(people.actor(who)), path, 403)
        assert page(browser_of(people.actor(who)), place(shop), 403)


def test_coordinators_leave_the_list_of_trades_to_administrators(desk):
    assert page(desk, "/desk/trades", 403)
    assert send(desk, "/desk/trades", code="tea", name_zh="茶馆", name_en="Tea houses").status_code == 403


# --- entering and admitting


def entered(owner, **changes):
    return {
        "key": str(new_id()),
        "owner_number": members.queries.spoken_number(owner.number),
        "name": "老王五金",
        "trade_code": "hardware",
        **changes,
    }


def test_the_desk_enters_a_shop_for_a_member_and_admits_it(desk, shop):
    wang = people.member("王五")
    fields = entered(wang)
    for _ in range(2):
        assert "The shop is entered." in send(desk, "/desk/shops/new", **fields).text
    (post,) = merchants.queries.posts_of(wang.id)
    path = f"/desk/shops/{post.merchant_id}"
    assert "Admit as a partner" in page(desk, path)
    for _ in range(2):
        assert "Welcome" in send(desk, f"{path}/admit").text
    assert merchants.queries.shop(post.merchant_id).status == "active"


@pytest.mark.parametrize("number", [*ODD_NUMBERS, *ODD, "100000"])
def test_a_shop_needs_an_owner_who_is_a_member(desk, shop, number):
    answer = send(desk, "/desk/shops/new", **entered(people.member(), owner_number=number))
    assert answer.status_code == 422
    assert "No member has this number." in answer.text
    assert "老王五金" in answer.text


def test_an_application_is_declined_with_a_reason_that_is_kept_when_it_is_refused(desk):
    applied = shops.a_shop("老王五金", admitted=False)
    for odd in ("", *ODD):
        answer = send(desk, place(applied, "/decline"), reason=odd)
        assert answer.status_code == 422
        assert now(applied).status == "applied"
    assert "declined" in send(desk, place(applied, "/decline"), reason="店已关门").text
    assert now(applied).status == "left"


def test_the_desk_pauses_resumes_ends_and_admits_again(desk, shop):
    assert "A reason in a few words is needed." in send(desk, place(shop, "/pause")).text
    for step, status in (("pause", "paused"), ("resume", "active"), ("end", "left"), ("admit", "active")):
        for _ in range(2):
            assert send(desk, place(shop, f"/{step}"), reason="查账").status_code == 200
        assert now(shop).status == status
    refused = send(desk, place(shop, "/decline"), reason="查账")
    assert refused.status_code == 422
    assert "does not fit" in refused.text


def test_a_step_that_nobody_offers_is_not_there(desk, shop):
    assert send(desk, place(shop, "/praise")).status_code == 404
    assert send(desk, f"/desk/shops/{new_id()}/pause", reason="查账").status_code == 404


# --- nobody decides about his own shop


def test_who_works_there_is_told_so_and_decides_nothing_of_value(browser_of, shop):
    applied = shops.a_shop("老王五金", admitted=False)
    actor = works_at(shop)
    shops.a_clerk(applied, members.queries.facts(actor.member_id))
    client = browser_of(actor)
    for path in ("", "/limits", "/budget", "/deeds"):
        assert "You or your household work at this shop" in page(client, place(shop, path))
    points.service.install_tariff()
    for path, fields in {
        "/limits": {"payment_limit": "10"},
        "/budget": {"key": str(new_id()), "act": "grant", "points": "10", "reason": "开业"},
        "/deeds": {"key": str(new_id()), "rule_code": "shop_notice"},
    }.items():
        answer = send(client, place(shop, path), **fields)
        assert answer.status_code == 422
        assert "somebody else decides this" in answer.text
    assert "somebody else decides this" in send(client, place(applied, "/admit")).text
    assert now(shop).payment_limit is None
    assert points.queries.budget(shop.id) == 0
    assert now(applied).status == "applied"


def test_who_works_there_refunds_nothing_from_the_desk(browser_of):
    counter = counters.a_counter()
    payer = counters.payer(100)
    charge_id = counters.paid(counter, payer, 30)
    client = browser_of(works_at(counter.shop))
    path = place(counter.shop, f"/charges/{charge_id}")
    assert "Give 30 points back" not in page(client, path)
    answer = send(client, f"{path}/refund", key=str(new_id()), reason="没有剪")
    assert "somebody else decides this" in answer.text
    assert counters.balance(payer) == 70


# --- refunds, limits, budget, deeds


def test_the_desk_gives_a_payment_back_once(desk):
    counter = counters.a_counter()
    payer = counters.payer(100)
    charge_id = counters.paid(counter, payer, 30)
    path = place(counter.shop, f"/charges/{charge_id}")
    text = page(desk, path)
    assert "王*芳" in text
    assert "吴*丽" in text
    assert "吴小丽" not in text
    key = str(new_id())
    for _ in range(2):
        assert "30 points are back" in send(desk, f"{path}/refund", key=key, reason="没有剪").text
    assert counters.balance(payer) == 100


def test_the_desk_sets_limits_and_takes_them_away_again(desk, shop):
    assert "Saved" in send(desk, place(shop, "/limits"), payment_limit="80", day_limit="900").text
    assert (now(shop).payment_limit, now(shop).member_day_limit, now(shop).day_limit) == (80, None, 900)
    assert 'value="80"' in page(desk, place(shop, "/limits"))
    assert "80 · of this shop" in page(browser_owner(desk, shop), f"/shop/{shop.id}")
    send(desk, place(shop, "/limits"), payment_limit="")
    assert now(shop).payment_limit is None


def browser_owner(desk, shop):
    client = desk.application.test_client()
    owner = shops.the_owner(shop)
    members.service.change_settings(people.actor(owner), language="en")
    people.sign_in(client, owner)
    return client


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "１２", "=1+1", "x", "\x00", "9" * 10_000])
def test_a_limit_is_a_whole_number_and_what_was_typed_stays(desk, shop, typed):
    answer = send(desk, place(shop, "/limits"), payment_limit="80", day_limit=typed)
    assert answer.status_code == 422
    assert 'id="day_limit-error"' in answer.text
    assert 'value="80"' in answer.text
    assert now(shop) == shop


def budget(**changes):
    return {"key": str(new_id()), "act": "grant", "points": "200", "reason": "开业优惠", **changes}


def test_the_desk_grants_and_withdraws_once_per_key(desk, shop):
    grant, withdraw = budget(), budget(act="withdraw", points="50", reason="用不完")
    for fields, left in ((grant, 200), (withdraw, 150)):
        for _ in range(2):
            assert f"{left} points are in the budget now" in send(desk, place(shop, "/budget"), **fields).text
    assert points.queries.budget(shop.id) == 150
    text = page(desk, place(shop, "/budget"))
    assert re.search(r"150.*?用不完.*?−.*?50.*?开业优惠.*?200", text, re.DOTALL)
    refused = send(desk, place(shop, "/budget"), **budget(act="withdraw", points="151", reason="收回"))
    assert refused.status_code == 422
    assert "收回" in refused.text


@pytest.mark.parametrize("typed", ODD_NUMBERS)
def test_a_budget_is_changed_by_whole_points(desk, shop, typed):
    answer = send(desk, place(shop, "/budget"), **budget(points=typed))
    assert answer.status_code == 422
    assert "This is not a number of points." in answer.text
    assert "开业优惠" in answer.text
    assert points.queries.budget(shop.id) == 0


@pytest.mark.parametrize("odd", ["", *ODD, "打 13812345678"])
def test_a_budget_needs_a_reason_that_may_stay_for_ever(desk, shop, odd):
    assert send(desk, place(shop, "/budget"), **budget(reason=odd)).status_code == 422
    assert points.queries.budget(shop.id) == 0


def deed(**changes):
    return {"key": str(new_id()), "rule_code": "shop_notice", "day": "2026-11-17", "note": "", **changes}


def test_the_desk_awards_a_shops_deed_once(desk, shop):
    points.service.install_tariff()
    fields = deed(note="门口贴了防骗海报")
    for _ in range(2):
        assert "Awarded: +" in send(desk, place(shop, "/deeds"), **fields).text
    (line,) = merchants.queries.deeds(shop.id).items
    assert line.note == "门口贴了防骗海报"
    assert line.happened_at.isoformat() == "2026-11-17T04:00:00+00:00"
    assert merchants.queries.standing(shop.id).points == line.points


@pytest.mark.parametrize(
    "changes",
    [
        {"day": "2026-11-19"},
        {"day": "2026-01-01"},
        {"day": "yesterday"},
        {"rule_code": "patrol"},
        {"rule_code": "x" * 10_000},
        {"rule_code": ""},
        {"note": "\u202e"},
        {"note": "x" * 10_000},
    ],
)
def test_a_deed_that_cannot_be_is_refused(desk, shop, changes):
    points.service.install_tariff()
    answer = send(desk, place(shop, "/deeds"), **deed(**changes))
    assert answer.status_code in {404, 422}
    assert merchants.queries.deeds(shop.id).items == []


def test_without_rules_for_shops_the_page_says_where_they_are_made(browser_of, shop):
    assert "The tariff has no rule for shops" in page(
        browser_of(people.staff("administrator")), place(shop, "/deeds")
    )


# --- odd payments


@pytest.fixture
def odd_counter():
    counter = counters.a_counter(name="小周理发店")
    counters.paid(counter, own_payer(counter), 10)
    return counter


def test_odd_payments_are_told_in_plain_words_with_both_sides_masked(desk, odd_counter):
    text = page(desk, "/desk/shops/odd")
    assert "Who paid works at this shop" in text
    assert re.search(r"周*板", text)
    assert "周老板" not in text
    assert "吴小丽" not in text
    flag = merchants.queries.odd_charges().items[0]
    fields = {"key": re.search(r'name="key" value="([^"]+)"', text)[1], "note": "老板自己理发"}
    for _ in range(2):
        assert "Thank you for looking." in send(desk, f"/desk/shops/odd/{flag.id}", **fields).text
    assert "Nothing odd" in page(desk, "/desk/shops/odd")
    assert "老板自己理发" in page(desk, "/desk/shops/odd?list=seen")


def test_who_works_there_does_not_judge_and_his_note_stays(browser_of, odd_counter):
    client = browser_of(works_at(odd_counter.shop))
    flag = merchants.queries.odd_charges().items[0]
    answer = send(client, f"/desk/shops/odd/{flag.id}", key=str(new_id()), note="没有问题")
    assert answer.status_code == 422
    assert "somebody else decides this" in answer.text
    assert 'value="没有问题"' in answer.text
    assert merchants.queries.odd_count() == 1


@pytest.mark.parametrize("odd", ODD)
def test_a_note_that_cannot_be_read_is_refused(desk, odd_counter, odd):
    flag = merchants.queries.odd_charges().items[0]
    assert send(desk, f"/desk/shops/odd/{flag.id}", key=str(new_id()), note=odd).status_code == 422
    assert merchants.queries.odd_count() == 1


def test_an_entry_that_is_not_there_is_said_so(desk):
    answer = send(desk, f"/desk/shops/odd/{new_id()}", key=str(new_id()))
    assert "There is no such entry" in answer.text


# --- plates, clerks, offers, page


def test_plates_of_the_chosen_shops_are_printed_on_one_page(desk, shop):
    other = shops.a_shop("老王五金", trade="hardware")
    text = send(desk, "/desk/shops/plates", shop=[shop.id, other.id, "x"]).text.replace(" ", "")
    for each in (shop, other):
        assert shops.plate_of(each).text in text
        assert "shop.plate_printed" in {found.action for found in audit.entries(subject_id=each.id).items}
        assert shops.plate_of(each).text not in page(desk, "/desk/shops/plates", 303).replace(" ", "")
    assert "No shop was chosen." in send(desk, "/desk/shops/plates").text


def test_the_desk_changes_name_trade_people_and_offers_of_a_shop(desk, shop):
    send(desk, place(shop, "/page"), name="大周理发店", trade_code="bathhouse")
    assert (now(shop).name, now(shop).trade_code) == ("大周理发店", "bathhouse")
    li = people.member("李四")
    send(desk, place(shop, "/clerks"), key=str(new_id()), member_number=str(li.number), post="owner")
    assert merchants.queries.clerk(shop.id, li.id).owns
    assert "Counter PIN" in page(desk, place(shop, f"/clerks/{li.id}"))
    assert send(desk, f"/shop/{shop.id}/clerks/{li.id}/pin", pin="7392", again="7392").status_code == 403
    send(desk, place(shop, "/offers"), key=str(new_id()), name="搓澡", points="20")
    assert [each.name for each in merchants.queries.offers(shop.id)] == ["搓澡"]
    send(desk, place(shop, "/plate/new"), generation="1")
    assert now(shop).plate_generation == 2


# --- trades


def trade(**changes):
    return {"code": "tea_house", "name_zh": "茶馆", "name_en": "Tea houses", **changes}


def test_an_administrator_adds_and_renames_trades(browser_of):
    merchants.service.install_trades(SYSTEM)
    client = browser_of(people.staff("administrator"))
    for _ in range(2):
        assert "The trade is in the list." in send(client, "/desk/trades", **trade()).text
    assert "Tea houses" in page(client, "/desk/trades/tea_house")
    send(client, "/desk/trades/tea_house", name_zh="茶楼", name_en="Tea houses", position="1")
    assert ("茶楼", 1) in [(each.name_zh, each.position) for each in merchants.queries.trades()]
    assert send(client, "/desk/trades", **trade(name_zh="茶社")).status_code == 422
    assert page(client, "/desk/trades/x", 404)


@pytest.mark.parametrize(
    "changes",
    [{"code": each} for each in ("", "Tea", "茶", "=1+1", "\x00", "x" * 10_000)]
    + [{"name_zh": each} for each in ("", "\u202e", "x" * 10_000)],
)
def test_a_trade_that_cannot_be_is_refused(browser_of, changes):
    client = browser_of(people.staff("administrator"))
    assert send(client, "/desk/trades", **trade(**changes)).status_code == 422
    assert merchants.queries.trades() == []


@pytest.mark.parametrize("position", ["0", "-1", "1.5", "１２", "100", "=1+1"])
def test_a_trade_has_a_place_in_the_list(browser_of, position):
    merchants.service.install_trades(SYSTEM)
    client = browser_of(people.staff("administrator"))
    answer = send(client, "/desk/trades/hotel", name_zh="酒店", name_en="Hotels", position=position)
    assert answer.status_code == 422
    assert 'value="酒店"' in answer.text
