"""Pages about rewards, without script: what members and the desk read, type and send."""

import io
import re

import pytest
from PIL import Image

import members.queries
import members.service
import rewards.queries
import rewards.service
from core.config import ROOT
from core.db import new_id
from rewards.views import words
from tests.support import members_builders, points_builders
from tests.support import merchants_builders as shops
from tests.support import rewards_builders as build


@pytest.fixture(autouse=True)
def alliance(app, clock):
    return app


@pytest.fixture
def browser_of(app):
    def open_one(actor, language="en"):
        client = app.test_client()
        members_builders.sign_in(client, members.queries.facts(actor.id))
        members.service.change_settings(actor, language=language)
        return client

    return open_one


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/rewards").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def hidden(text, name):
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def redeem(client, wanted):
    """Redeem as the page asks for it."""
    text = page(client, f"/rewards/{wanted.number}/redeem")
    fields = {name: hidden(text, name) for name in ("key", "version", "points")}
    return send(client, f"/rewards/{wanted.number}/redeem", **fields)


# --- the shelf


def test_the_shelf_says_what_each_reward_costs_and_how_many_points_are_missing(browser_of):
    build.reward("毛巾", name_en="Towel", points=10, stock=3)
    build.reward("雨伞", name_en="Umbrella", points=40)
    build.reward("门锁", name_en="Door lock", points=20, stock=0)
    text = page(browser_of(build.member(points=26)), "/rewards")
    assert re.search(r"Towel.*?10.*?you have enough.*?3 left", text, re.DOTALL)
    assert re.search(r"Umbrella.*?40.*?you need 14 more", text, re.DOTALL)
    assert re.search(r"Door lock.*?none left just now", text, re.DOTALL)


def names(text):
    return re.findall(r'class="shelf-name">([^<]+)', text)


def test_the_shelf_shows_favourites_first_then_by_price_or_by_age_and_one_kind_alone(browser_of):
    build.reward("毛巾", points=10)
    build.reward("雨伞", points=40)
    lock = build.reward("门锁", points=20, kind="security")
    client = browser_of(build.member(), "zh_Hans_CN")
    marked = send(client, f"/rewards/{lock.number}/favourite", marked="1", sort="favourites")
    assert names(marked.text) == ["门锁", "毛巾", "雨伞"]
    assert names(page(client, "/rewards?sort=price")) == ["毛巾", "门锁", "雨伞"]
    assert names(page(client, "/rewards?sort=newest")) == ["门锁", "雨伞", "毛巾"]
    assert names(page(client, "/rewards?kind=goods&sort=price")) == ["毛巾", "雨伞"]
    unmarked = send(
        client, f"/rewards/{lock.number}/favourite", marked="0", sort="favourites", kind="security"
    )
    assert names(unmarked.text) == ["门锁"]
    assert 'aria-pressed="false"' in unmarked.text


def test_arguments_that_nobody_offers_are_taken_for_the_usual_ones(browser_of):
    build.reward("毛巾")
    client = browser_of(build.member())
    for path in ("/rewards?sort=x&kind=y", "/vouchers?list=x"):
        assert client.get(path).status_code == 200
    assert client.get("/rewards?cursor=x").status_code == 422
    assert client.get("/rewards/999").status_code == 404


def test_what_is_in_preparation_is_not_to_be_seen(browser_of):
    draft = build.reward("门锁", offered=False)
    client = browser_of(build.member())
    assert "门锁" not in page(client, "/rewards")
    assert client.get(f"/rewards/{draft.number}").status_code == 404


def test_every_drawn_picture_has_a_name_and_every_name_its_picture():
    drawn = {path.stem for path in (ROOT / "static" / "rewards").glob("*.svg")}
    assert drawn == {*words.DRAWINGS, words.NO_PICTURE}
    assert all(path.stat().st_size < 3000 for path in (ROOT / "static" / "rewards").glob("*.svg"))


# --- redeeming


def test_the_balance_afterwards_is_shown_before_the_points_are_spent(browser_of):
    towel = build.reward("毛巾", name_en="Towel", points=10)
    member = build.member(points=26)
    client = browser_of(member)
    text = page(client, f"/rewards/{towel.number}/redeem")
    assert re.search(r"You have</dt><dd>26.*?It costs</dt>.*?10.*?You have left</dt><dd>16", text, re.DOTALL)
    assert build.balance(member) == 26
    voucher = redeem(client, towel).text
    assert "Voucher: Towel" in voucher
    assert "3 days left" in voucher
    assert "Saturday 21 November 10:00" in voucher
    assert build.balance(member) == 16
    assert "My vouchers: one open" in page(client, "/rewards")


def test_sending_the_same_confirmation_twice_redeems_once(browser_of):
    towel = build.reward("毛巾", points=10)
    member = build.member(points=26)
    client = browser_of(member)
    text = page(client, f"/rewards/{towel.number}/redeem")
    fields = {name: hidden(text, name) for name in ("key", "version", "points")}
    for _ in range(2):
        assert "data-voucher" in send(client, f"/rewards/{towel.number}/redeem", **fields).text
    assert build.balance(member) == 16


def test_a_price_that_changed_meanwhile_is_shown_and_asked_anew(browser_of):
    towel = build.reward("毛巾", points=10)
    member = build.member(points=26)
    client = browser_of(member)
    fields = {"key": str(new_id()), "version": "1", "points": "8"}
    for _ in range(2):  # a refusal that is repeated from its receipt leads to the same page
        again = send(client, f"/rewards/{towel.number}/redeem", **fields)
        assert 'class="sum"' in again.text
        assert "banner-warn" in again.text
    assert build.balance(member) == 26


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "１０", "1e3", "99999999999999999999"])
def test_nonsense_in_place_of_a_price_redeems_nothing(browser_of, nonsense):
    towel = build.reward("毛巾", points=10)
    member = build.member(points=26)
    answer = send(browser_of(member), f"/rewards/{towel.number}/redeem", version="1", points=nonsense)
    assert answer.status_code == 200
    assert build.balance(member) == 26


def test_too_few_points_lead_to_how_points_are_earned(browser_of):
    lock = build.reward("门锁", points=40)
    client = browser_of(build.member(points=26))
    assert "You need 14 more points" in page(client, f"/rewards/{lock.number}")
    assert (
        "You need 14 more points" in client.get(f"/rewards/{lock.number}/redeem", follow_redirects=True).text
    )


def test_a_used_up_quota_says_when_the_next_one_can_be_had(browser_of):
    towel = build.reward("毛巾", points=10, quota=1)
    member = build.member()
    build.reserve(member, towel)
    text = page(browser_of(member), f"/rewards/{towel.number}")
    assert "You have had it already" in text
    assert "Again from 1 December on" in text


def test_who_waits_is_told_on_the_shelf_until_he_looks(browser_of):
    lock = build.reward("门锁", name_en="Door lock", points=20, stock=0)
    client = browser_of(build.member())
    assert "Tell me when it is back" in page(client, f"/rewards/{lock.number}")
    assert "Wait no longer" in send(client, f"/rewards/{lock.number}/waiting", waits="1").text
    assert "You wait for it" in page(client, "/rewards")
    rewards.service.receive_stock(build.desk(), key=new_id(), reward_id=lock.id, count=1)
    assert "Door lock is back" in page(client, "/rewards")
    assert "Redeem for 20 points" in send(client, f"/rewards/{lock.number}/look").text
    assert "is back" not in page(client, "/rewards")


# --- vouchers


def test_a_voucher_can_be_read_out_and_given_back(browser_of):
    towel = build.reward("毛巾", points=10)
    member = build.member(points=26)
    redemption_id, code = build.voucher(member, towel)
    client = browser_of(member)
    text = page(client, f"/vouchers/{redemption_id}")
    letters = re.search(r'class="voucher-letters">(.*?)</p>', text, re.DOTALL)[1]
    assert "".join(re.findall(r"<span>(\w+)</span>", letters)) == code
    back = send(client, f"/vouchers/{redemption_id}/cancel", key=hidden(text, "key"))
    assert "Given back. Your 10 points are with you again." in back.text
    assert build.balance(member) == 26
    assert code not in back.text.replace("<span>", "").replace("</span> ", "")
    assert "No open voucher" in page(client, "/vouchers")
    assert "given back" in page(client, "/vouchers?list=past")


def test_a_voucher_that_has_run_out_says_that_the_points_are_back(browser_of, clock):
    towel = build.reward("毛巾", points=10)
    member = build.member(points=26)
    redemption_id, _code = build.voucher(member, towel)
    client = browser_of(member)
    clock.tick(hours=71)
    assert "1 hour left" in page(client, f"/vouchers/{redemption_id}")
    clock.tick(hours=1)
    text = page(client, f"/vouchers/{redemption_id}")
    assert "Ran out" in text
    assert "Your points come back by themselves" in text
    assert "voucher-code" not in text
    rewards.service.expire_redemptions()
    assert "Your 10 points are with you again." in page(client, f"/vouchers/{redemption_id}")


def test_a_voucher_of_somebody_else_is_not_shown(browser_of):
    redemption_id, _code = build.voucher(build.member(), build.reward())
    other = browser_of(build.member("李梅"))
    assert other.get(f"/vouchers/{redemption_id}").status_code == 404
    assert send(other, f"/vouchers/{redemption_id}/cancel", key=str(new_id())).status_code == 404


# --- handing over


def test_the_desk_sees_what_and_for_whom_before_it_confirms(browser_of):
    towel = build.reward("毛巾", name_en="Towel", points=10, stock=5)
    member = build.member("王小芳", points=26)
    redemption_id, code = build.voucher(member, towel)
    desk = browser_of(build.desk())
    assert "1 voucher to hand over" in page(desk, "/desk")
    shown = send(desk, "/desk/hand-over", code=code.lower())
    assert "Towel" in shown.text
    assert "王*芳" in shown.text
    assert "王小芳" not in shown.text
    assert build.facts(towel.id).stock == 5
    fields = {name: hidden(shown.text, name) for name in ("key", "code")}
    for _ in range(2):  # a double tap hands over once
        done = send(desk, "/desk/hand-over", confirmed="1", **fields)
        assert "Handed over: Towel to 王*芳" in done.text
    assert build.facts(towel.id).stock == 4
    assert rewards.queries.redemption(member, redemption_id).state == "used"


def test_a_security_product_is_not_given_out_without_saying_where_it_will_be_fitted(browser_of):
    lock = build.reward("门锁", points=20, kind="security")
    member = build.member()
    redemption_id, code = build.voucher(member, lock)
    desk = browser_of(build.desk())
    shown = send(desk, "/desk/hand-over", code=code)
    assert "Where will it be fitted?" in shown.text
    key = hidden(shown.text, "key")
    empty = send(desk, "/desk/hand-over", code=code, confirmed="1", key=key, fitting_help="1")
    assert empty.status_code == 422
    assert 'id="fitting_place-error"' in empty.text
    assert "checked" in empty.text
    place = "3 号楼 502 室入户门"
    fields = {"code": code, "confirmed": "1", "key": hidden(empty.text, "key"), "fitting_place": place}
    assert "Help with fitting is wanted" in send(desk, "/desk/hand-over", fitting_help="1", **fields).text
    found = rewards.queries.redemption(member, redemption_id)
    assert (found.fitting_place, found.fitting_help) == (place, True)


def test_what_cannot_be_handed_over_is_refused_with_a_reason_and_the_next_try_stands_ready(browser_of, clock):
    towel = build.reward("毛巾", points=10)
    member = build.member()
    desk_actor = build.desk()
    desk = browser_of(desk_actor)
    used_id, used = build.voucher(member, towel)
    build.hand_over(desk_actor, used)
    cancelled_id, cancelled = build.voucher(member, towel)
    build.cancel(member, cancelled_id)
    _id, expired = build.voucher(member, towel)
    clock.tick(hours=72)
    for code in (used, cancelled, expired, "", "x" * 9000, used[:-1], "https://example.org/q#" + used):
        refused = send(desk, "/desk/hand-over", code=code)
        assert refused.status_code == 422, code
        assert "banner-refuse" in refused.text
        assert 'name="code"' in refused.text
    assert used_id != cancelled_id


def test_nobody_hands_over_his_own_voucher(browser_of):
    desk_actor = build.member("陈国平", "coordinator")
    _id, code = build.voucher(desk_actor, build.reward("毛巾", points=10))
    refused = send(browser_of(desk_actor), "/desk/hand-over", code=code)
    assert refused.status_code == 422
    assert "his own" in refused.text


def test_members_do_not_reach_the_desks_pages(browser_of):
    member = browser_of(build.member())
    reward = build.reward()
    for path in ("/desk/hand-over", "/desk/rewards", f"/desk/rewards/{reward.id}", "/desk/rewards/pick-list"):
        assert member.get(path).status_code == 403, path
    assert member.get(f"/counter/{new_id()}/hand-over").status_code in {403, 404}


def test_the_desk_finds_no_page_of_its_own_behind_a_members_voucher(browser_of):
    redemption_id, _code = build.voucher(build.member(), build.reward("毛巾", points=10))
    assert browser_of(build.desk()).get(f"/vouchers/{redemption_id}").status_code == 404


def test_the_clerk_of_the_offering_shop_hands_over_at_its_counter_and_the_shop_is_paid(browser_of):
    shop = shops.a_shop("小周理发店")
    haircut = build.reward(
        "理发", name_en="Haircut", points=30, stock=None, kind="service", merchant_id=shop.id
    )
    member = build.member("王小芳", points=50)
    redemption_id, code = build.voucher(member, haircut)
    assert "小周理发店" in page(browser_of(member), f"/vouchers/{redemption_id}")
    counter = browser_of(members_builders.actor(shops.a_clerk(shop)))
    path = f"/counter/{shop.id}/hand-over"
    assert "Pick list" not in page(counter, path)
    shown = send(counter, path, code=code)
    assert "王*芳" in shown.text
    fields = {name: hidden(shown.text, name) for name in ("key", "code")}
    assert "Handed over: Haircut" in send(counter, path, confirmed="1", **fields).text
    assert points_builders.balance(shop.id) == 30
    elsewhere = browser_of(members_builders.actor(shops.a_clerk(shops.a_shop("别家店"))))
    assert elsewhere.get(path).status_code == 403


def test_the_desk_is_told_where_a_voucher_of_a_shop_is_handed_over(browser_of):
    shop = shops.a_shop("小周理发店")
    haircut = build.reward("理发", points=30, stock=None, kind="service", merchant_id=shop.id)
    _id, code = build.voucher(build.member(), haircut)
    refused = send(browser_of(build.desk()), "/desk/hand-over", code=code)
    assert refused.status_code == 422
    assert "小周理发店" in refused.text


def test_the_pick_list_names_rewards_with_their_vouchers_and_masked_members(browser_of):
    towel = build.reward("毛巾", name_en="Towel", points=10)
    for name in ("王小芳", "李建国"):
        build.voucher(build.member(name), towel)
    text = page(browser_of(build.desk()), "/desk/rewards/pick-list")
    assert re.search(r"Towel <strong>× 2</strong>", text)
    assert "王*芳" in text
    assert "王小芳" not in text


# --- stock


def test_stock_is_received_written_off_and_counted_with_a_journal(browser_of):
    towel = build.reward("毛巾", points=10, stock=5, low_stock=2)
    desk = browser_of(build.desk())
    path = f"/desk/rewards/{towel.id}/stock"
    received = send(desk, f"{path}/receive", **{"receive-count": "20", "receive-note": "超市送来"})
    assert "Written into the journal." in received.text
    assert "超市送来" in received.text
    send(desk, f"{path}/damage", **{"damage-count": "3"})
    assert build.facts(towel.id).stock == 22
    send(desk, f"{path}/count", **{"count-count": "2"})
    assert build.facts(towel.id).stock == 2
    assert "1 reward runs low" in page(desk, "/desk")
    assert "One reward runs low" in page(desk, "/desk/rewards")
    assert "陈国平" in page(desk, f"/desk/rewards/{towel.id}")


@pytest.mark.parametrize("count", ["", "0", "-1", "1.5", "１２", "abc", "99999999999"])
def test_a_count_that_is_none_is_refused_at_its_field(browser_of, count):
    towel = build.reward("毛巾", stock=5)
    desk = browser_of(build.desk())
    refused = send(desk, f"/desk/rewards/{towel.id}/stock/receive", **{"receive-count": count})
    assert refused.status_code == 422
    assert 'id="receive-count-error"' in refused.text
    assert build.facts(towel.id).stock == 5


def test_pieces_that_are_held_for_vouchers_cannot_be_written_off(browser_of):
    towel = build.reward("毛巾", points=10, stock=2)
    build.reserve(build.member(), towel)
    desk = browser_of(build.desk())
    refused = send(desk, f"/desk/rewards/{towel.id}/stock/damage", **{"damage-count": "2"})
    assert refused.status_code == 422
    assert build.facts(towel.id).stock == 2


# --- editing

WISH = {
    "name_zh": "保温瓶",
    "name_en": "Thermos flask",
    "kind": "goods",
    "points": "45",
    "merchant_id": "",
    "stock": "8",
    "quota": "1",
    "quota_period": "year",
    "voucher_hours": "48",
    "low_stock": "2",
    "drawing": "thermos-flask",
    "offered_until": "2026-12-31",
}


def picture(size=(1600, 900), kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, "#c62828").save(file, kind)
    return file.getvalue()


def test_a_reward_is_made_offered_and_changed(browser_of):
    desk = browser_of(build.desk())
    made = send(desk, "/desk/rewards/new", key=str(new_id()), **WISH)
    assert "Look at it once more, then put it on the shelf." in made.text
    assert "in preparation" in made.text
    (line,) = rewards.queries.stock_list().items
    assert (line.reward.stock, line.reward.quota, line.reward.voucher_hours) == (8, 1, 48)
    assert str(line.reward.offered_until) == "2027-01-01"
    path = f"/desk/rewards/{line.reward.id}"
    assert "It is on the shelf now." in send(desk, f"{path}/status", offered="1").text
    form = page(desk, f"{path}/edit")
    assert 'value="2026-12-31"' in form
    changed = send(desk, f"{path}/edit", **WISH | {"version": hidden(form, "version"), "points": "50"})
    assert "Saved" in changed.text
    assert build.facts(line.reward.id).points == 50
    stale = send(desk, f"{path}/edit", **WISH | {"version": hidden(form, "version"), "points": "60"})
    assert stale.status_code == 422
    assert build.facts(line.reward.id).points == 50
    assert "It is off the shelf." in send(desk, f"{path}/status", offered="0").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name_zh", ""),
        ("name_zh", "长" * 41),
        ("name_en", "a\x00b"),
        ("kind", "weapon"),
        ("points", "0"),
        ("points", "一百"),
        ("points", "1000001"),
        ("quota", "x"),
        ("quota_period", "day"),
        ("voucher_hours", "2161"),
        ("low_stock", "-1"),
        ("offered_until", "2026-02-30"),
        ("offered_from", "2027-02-01"),
        ("stock", "1.5"),
        ("merchant_id", "nobody"),
        ("drawing", "../../etc"),
    ],
)
def test_a_field_that_cannot_be_kept_is_named_and_nothing_is_made(browser_of, field, value):
    desk = browser_of(build.desk())
    refused = send(desk, "/desk/rewards/new", key=str(new_id()), **WISH | {field: value})
    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert rewards.queries.stock_list().items == []


def test_an_uploaded_picture_goes_before_the_drawn_one_until_it_is_taken_away(browser_of):
    flask_ = build.reward("保温瓶", drawing="thermos-flask")
    desk = browser_of(build.desk())
    path = f"/desk/rewards/{flask_.id}"
    assert "/static/rewards/thermos-flask.svg" in page(desk, path)
    form = page(desk, f"{path}/edit")
    upload = {"version": hidden(form, "version"), "picture": (io.BytesIO(picture()), "photo.png")}
    send(desk, f"{path}/edit", **WISH | upload)
    address = re.search(r'src="(/rewards/pictures/[^"]+)"', page(desk, path))[1]
    shown = desk.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert "immutable" in shown.headers["Cache-Control"]
    assert Image.open(io.BytesIO(shown.data)).width == 1200
    assert "/static/rewards/thermos-flask.svg" in send(desk, f"{path}/picture").text


def test_what_is_no_picture_is_refused_and_the_rest_is_kept(browser_of):
    flask_ = build.reward("保温瓶", points=45, drawing="thermos-flask")
    desk = browser_of(build.desk())
    path = f"/desk/rewards/{flask_.id}"
    form = page(desk, f"{path}/edit")
    upload = {
        "version": hidden(form, "version"),
        "picture": (io.BytesIO(b"<svg onload=alert(1)>"), "photo.png"),
    }
    kept = send(desk, f"{path}/edit", **WISH | upload | {"points": "50"})
    assert "banner-refuse" in kept.text
    assert build.facts(flask_.id).points == 50
    assert build.facts(flask_.id).picture_id is None
