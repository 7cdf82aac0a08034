"""Every page, found through the application's own list of addresses: axe finds nothing, nothing must be scrolled
sideways, in both themes, both languages, on a phone and on a computer, and with type twice as large.

An address that leads elsewhere would leave a page unseen behind a page that is seen twice: each of those is named here
with its reason, and pages that open only after a step before them are come to by that step.

`PICTURES=1` keeps a picture of each page under artefacts/.
"""

import contextlib
import io
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Error, Page, expect

import activities.service
import goals.service
import members.queries
import members.service
import merchants.service
import patrols.service
import points.queries
import points.service
import reports.service
import rewards.service
from alliance import gate
from core import clock
from core.auth import SYSTEM, Actor
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.scans import Scan
from merchants.queries import ShopFacts
from tests.support import activities_builders as doings
from tests.support import counter_builders as counters
from tests.support import honours_builders as letters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import notices_builders as notices
from tests.support import reports_builders as telling
from tests.support import rewards_builders as shelves
from tests.support import screens
from tests.support import settlement_builders as settling
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, have_axe_at_hand, screenshot
from tests.support.server import LiveServer

#: Answers for programs and workers, and pictures: not pages for people.
NO_PAGES = (
    "/static/",
    "/api/",
    "/rewards/pictures/",
    "/reports/photos/",
    "/settlements/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/service-worker.js",
)
#: Papers and files, which have no page around them.
NO_PAPERS = (".pdf", ".xlsx", ".json")

#: Type twice as large, and on the screen: at once, what is measured may still be of the size before.
ENLARGE = """() => {
    document.documentElement.classList.add("large");
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

THIS_MONTH = "/desk/month/<string(length=7):month>"
#: Addresses that must lead on, and where to; what is shown there has an address of its own in the walk.
LEADING_ON = {
    # It is the page of the month that is.
    "/desk/month": THIS_MONTH,
    # Nobody tells anything who has not answered whether he is safe.
    "/report/what": "/report",
    "/report/hazard": "/report",
    # What is sent to these addresses is sent from a form on another page.
    "/desk/areas": "/desk/squads",
    "/desk/posters": "/desk/applications",
    "/desk/plates": "/desk/checkpoints",
    "/desk/shops/plates": "/desk/shops",
}
#: A phone at a shop's counter opens nothing else any more.
LAST = "/counter/leave"

#: What people see who report without a name.
STRANGERS = ("/report", "/report/what?safe=1", "/report/scam?safe=1", "/reports/follow")
#: Pages that are reached only past the question whether one is safe.
PAST_THE_GATE = ("/report/what?safe=1", "/report/hazard?safe=1", "/report/scam?safe=1")

#: Every size, theme and language is met; the pages seen most are looked at in all eight ways (test_all_looks.py).
LOOKS = [
    pytest.param(PHONE, False, "zh-CN", id="phone-light-chinese"),
    pytest.param(WIDE, True, "en", id="wide-dark-english"),
]
#: The pages are looked at in so many tests, so that several processes share the work.
PARTS = 2


class Town:
    """A small alliance in which every page has something to show, and the ids that stand in addresses."""

    def __init__(self) -> None:
        squad_id = people.squad("花木兰巡逻队", crest_color="magenta")
        other_squad_id = people.squad("夕阳红巡逻队", crest_color="orange")
        self.administrator = people.member("李建国", "administrator", squad_id=squad_id)
        self.walker = people.member("王小芳", squad_id=squad_id)
        self.neighbour = people.member("赵秀英", squad_id=other_squad_id)
        people.applicant()
        #: Further pages at addresses that are visited already, with something else to show.
        self.more: list[str] = []
        self.plates = screens.plates("东门", "车棚", "配电房")
        round_id = [self.walk(self.walker, plate) for plate in self.plates[:2]][-1]
        # Enough for what he pays below and for a second towel.
        transfer_id = screens.points_builders.earn(self.administrator.id, 60, squad_id=squad_id)
        route = patrols.queries.routes()[0]
        rule = points.queries.rules_on(clock.today())[0]
        self.values: dict[str, str] = {
            "member_id": str(self.walker.id),
            "round_id": round_id,
            "transfer_id": str(transfer_id),
            "squad_id": str(squad_id),
            "area_id": str(people.area()),
            "checkpoint_id": str(self.plates[0].checkpoint_id),
            "route_id": str(route.id),
            "text": self.plates[2].code.text,
            "code": rule.code,
            "rule_code": rule.code,
            **self.street(),
            **self.shelf(),
            **self.told(),
            **self.together(),
            "notice_id": str(
                notices.send(people.staff(name="陈国泰"), title_en="No water", text_en="Tonight.")
            ),
            "letter_id": str(letters.issue(people.staff(name="陈国安"), self.walker.id).id),
            "import_id": self.listed(),
            "request_id": self.asked(),
        }
        #: Where a name means something else than on other pages.
        self.exceptions: dict[str, dict[str, str]] = {
            "/pay/plate/<code>": {"code": shops.plate_of(self.shop).text},
            "/desk/settlements/<month>.<any(xlsx,csv):kind>": {"kind": "csv"},
            THIS_MONTH: {"month": clock.today().isoformat()[:7]},
            "/desk/redemptions/<uuid:redemption_id>/return": {"redemption_id": self.fetched()},
        }
        self.steps = self.steps_before()
        self.more += self.other_states()
        self.refused()

    def other_states(self) -> list[str]:
        """Addresses that show another page when something is chosen."""
        walker, neighbour = self.walker, self.neighbour
        return [
            f"/desk/letters/new?member_id={walker.id}",
            f"/desk/members/{walker.id}/merge?with={neighbour.number}",
            "/desk/members/merges?state=done",
            f"/desk/notices/{self.values['notice_id']}/unread?print=1",
        ]

    def steps_before(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Page → the page before it, and what is sent there to come on."""
        desk = people.staff("administrator", "陈国栋")
        granny = people.managed(people.actor(self.neighbour))
        members.service.set_pin(desk, self.walker.id, people.PIN)
        claim = {"claim_code": members.service.issue_claim_code(desk, granny.id)}
        return {
            "/sign-in/code/enter": ("/sign-in/code", {"phone": people.fresh_phone()}),
            "/claim/enter": ("/claim", claim | {"phone": people.fresh_phone()}),
            "/me/phone/enter": ("/me/phone", {"phone": people.fresh_phone()}),
            f"/desk/counter/{self.walker.id}": (
                "/desk/counter",
                {"card": people.card(self.walker).text, "pin": people.PIN},
            ),
            LAST: (
                f"/counter/{self.shop.id}/clerk",
                {"clerk_id": str(self.walker.id), "pin": shops.COUNTER_PIN},
            ),
        }

    def refused(self) -> None:
        """So many scans of what is no code of ours that the desk sees a heap."""
        for _ in range(settings().odd_scans):
            wish = {"scan_id": new_id(), "code": "https://pay.example/8842", "device": "a phone"}
            with contextlib.suppress(DomainError):
                gate.scan(people.actor(self.walker), wish)

    def street(self) -> dict[str, str]:
        """The administrator's own shop with the number 1: an offer, a budget, payments, one odd, a statement."""
        before = clock.month_bounds(clock.today())[0] - timedelta(days=40)
        with clock.frozen(before):
            self.shop = self.a_shop()
            settling.rate(5, clock.today().isoformat())
            settling.take(self.shop, settling.payer(), 30)
            month = clock.today().isoformat()[:7]
        shops.a_clerk(self.shop, self.walker, pin=shops.COUNTER_PIN)
        offer_id = shops.an_offer(self.shop)
        shops.a_budget(self.shop)
        owner = people.actor(self.administrator)
        shops.ask(self.shop, self.neighbour)
        market = shops.a_shop("好邻居超市", trade="supermarket")
        shops.ask(market, self.administrator)
        # Whoever works in one shop only comes to its counter at once, and sees no choice.
        shops.a_clerk(shops.a_shop("小吴浴室", trade="bathhouse"), self.administrator)
        buyer = counters.payer(200)
        counter = counters.Counter(self.shop, owner, owner)
        paid = counters.paid(counter, buyer, 20)
        merchants.service.refund_charge(
            owner, key=new_id(), charge_id=counters.paid(counter, buyer, 30), reason="没有剪"
        )
        gift_id = self.give(self.shop, buyer)
        shops.a_budget(market)
        other = f"/desk/shops/{market.id}/gifts/{self.give(market, buyer)}/withdrawal"
        deed_id = new_id()
        points.service.install_tariff()
        merchants.service.award_shop(SYSTEM, key=deed_id, merchant_id=self.shop.id, rule_code="shop_notice")
        # A grant and a deed that wait for a second coordinator.
        desk = people.staff(name="陈国庆")
        merchants.service.grant_shop_budget(
            desk, key=new_id(), merchant_id=market.id, points=900, reason="店庆"
        )
        hero = screens.points_builders.tariff_rule(category="shop", points=300, name_zh="拦下诈骗").code
        merchants.service.award_shop(desk, key=new_id(), merchant_id=market.id, rule_code=hero)
        waiting = shops.a_shop("老王五金", trade="hardware", admitted=False, owner=people.member("王五"))
        self.more += [other, f"/desk/shops/{waiting.id}", f"/shop/{self.shop.id}/charges/{paid}"]
        # A payment of one's own at one's own shop: odd, and seen from both sides.
        charge_id = counters.paid(counter, owner, 10)
        return {
            "merchant_id": str(self.shop.id),
            "offer_id": str(offer_id),
            "gift_id": str(gift_id),
            "deed_id": str(deed_id),
            "trade_code": self.shop.trade_code,
            "charge_id": str(charge_id),
            "month": month,
            "settlement_id": str(settling.draft(month)[0].id),
        }

    @staticmethod
    def give(shop: ShopFacts, buyer: Actor) -> UUID:
        """Points out of the shop's budget; the gift's id."""
        key, number = new_id(), str(members.queries.facts(buyer.member_id).number)
        merchants.service.give_points(
            people.actor(shops.the_owner(shop)),
            key=key,
            merchant_id=shop.id,
            receiver=merchants.service.Receiver(number=number),
            points=15,
            reason="帮忙扫雪",
        )
        return key

    def a_shop(self) -> ShopFacts:
        return shops.a_shop(owner=self.administrator, address="西苑路 12 号", hours=shops.HOURS)

    def told(self) -> dict[str, str]:
        """A hazard with a photo that the administrator told, one to handle, a home, a bill."""
        telling.tariff()
        desk = people.staff(name="陈国平")
        own = telling.told(people.actor(self.administrator), photos=[telling.photo(400, 300)])
        telling.step(desk, own, "assign", handler_id=desk.member_id, public_note="今天就去看。")
        later = clock.today() + timedelta(days=3)
        telling.step(desk, own, "keep_hazard", responsible="物业公司", deadline=later, recheck_on=later)
        telling.unnamed(desk, "scam")
        telling.bill(people.actor(self.administrator), self.walker)
        reports.service.register_home(
            desk,
            key=new_id(),
            address="3号楼201",
            term_from=clock.today(),
            term_until=later,
            member_id=self.walker.id,
        )
        return {"report_id": str(own), "kind": "hazard"}

    def together(self) -> dict[str, str]:
        """An activity under way, with the number 1, in a campaign: one has signed up, one came and one by hand."""
        desk = people.staff(name="陈国强")
        answer = activities.service.make_campaign(
            desk, key=new_id(), name="反诈宣传月", first_day=clock.today()
        )
        campaign_id = answer.body["campaign_id"]
        line = doings.activity(desk, most=20, campaign_id=UUID(campaign_id), words="带好马甲。")
        activities.service.sign_up(people.actor(self.administrator), line.number, key=new_id())
        doings.attend(people.actor(self.walker), line)
        doings.add(desk, line, self.neighbour.id)
        past = doings.activity(desk, title="消防演练", campaign_id=UUID(campaign_id))
        doings.attend(people.actor(self.administrator), past)
        doings.close(desk, past, leaflets=300, reached=1200, hazards=4)
        for kind, aim in {"week_rounds": 1, "month_deeds": 40, "hazards_in_time": 90}.items():
            goals.service.set_goal(desk, key=new_id(), kind=kind, aim=aim)
        goals.service.set_goal(desk, key=new_id(), kind="week_deeds", aim=5, squad_id=self.walker.squad_id)
        return {"campaign_id": campaign_id}

    @staticmethod
    def listed() -> str:
        """A list of three to be taken in: one is fine, one has no telephone that can be one, one has no name."""
        rows = "姓名,手机号,队伍,片区,身份\r\n钱多多,13800130001,,,\r\n李一一,12,,,\r\n,13800130002,,,\r\n"
        desk = people.staff(name="陈国民")
        kept = members.service.prepare_import(desk, rows.encode(), target="active", file_name="名单.csv")
        return str(kept)

    def asked(self) -> str:
        """An award so large that it waits for a second pair of eyes."""
        screens.points_builders.tariff_rule(code="rescue", points=500, name_zh="救人", name_en="Rescue")
        desk = people.staff(name="陈国立")
        answer = points.service.award_deed(desk, key=new_id(), member_id=self.walker.id, rule_code="rescue")
        return str(answer.body["request_id"])

    def shelf(self) -> dict[str, str]:
        """A reward of the police room with a picture and an open voucher, with the number 1."""
        buyer = people.actor(self.administrator)
        towel = shelves.reward("毛巾", points=10, drawing="towel")
        picture = io.BytesIO()
        Image.new("RGB", (60, 40), "#c62828").save(picture, "PNG")
        picture_id = rewards.service.put_picture(SYSTEM, towel.id, picture.getvalue())
        redemption_id, _code = shelves.voucher(buyer, towel)
        rewards.service.receive_stock(
            people.staff(name="陈国明"), key=new_id(), reward_id=towel.id, count=20, note="超市送来"
        )
        return {
            "number": str(towel.number),
            "reward_id": str(towel.id),
            "redemption_id": str(redemption_id),
            "picture_id": str(picture_id),
        }

    def fetched(self) -> str:
        """A reward that somebody has fetched; another one was taken back."""
        buyer, desk = shelves.member("孙大妈", points=20), people.staff(name="陈国华")
        alarm = shelves.reward("门磁报警器", points=10)
        fetched, returned = (shelves.voucher(buyer, alarm) for _ in range(2))
        for _redemption_id, code in (fetched, returned):
            shelves.hand_over(desk, code)
        shelves.take_back(desk, returned[0], to_stock=True)
        self.more += [f"/desk/redemptions/{returned[0]}", "/desk/redemptions?list=returned"]
        self.more.append(f"/desk/members/{buyer.member_id}")
        return str(fetched[0])

    @staticmethod
    def walk(member: members.queries.MemberFacts, plate: screens.Plate) -> str:
        now = clock.now()
        scan = Scan(id=new_id(), code=plate.code, received_at=now, scanned_at=now)
        return str(patrols.service.visit_checkpoint(people.actor(member), scan)["round_id"])

    def addresses(self, app: Flask) -> list[str]:
        """Every page that can be asked for with GET."""
        found = []
        with app.test_request_context():
            for rule in app.url_map.iter_rules():
                if "GET" not in (rule.methods or ()) or rule.build_only:
                    continue
                if rule.rule.startswith(NO_PAGES) or rule.rule.endswith(NO_PAPERS):
                    continue
                known = self.values | self.exceptions.get(rule.rule, {})
                missing = rule.arguments - known.keys()
                assert not missing, f"tell this test how to visit {rule.rule}: {missing}"
                values: dict[str, Any] = {name: known[name] for name in rule.arguments}
                found.append(rule.build(values)[1])
        return sorted({*found, *PAST_THE_GATE, *self.more}, key=lambda each: (each == LAST, each))


@pytest.fixture
def town(live_server: LiveServer) -> Town:
    with live_server.app.app_context():
        return Town()


def visit(page: Page, town: Town, address: str) -> bool:
    """Open a page, by the step before it if there is one; whether it is one for people that is not seen elsewhere."""
    if address in town.steps:
        take(page, *town.steps[address])
    try:
        answer = page.goto(address, wait_until="load")
    except Error as fault:
        if "Download is starting" in str(fault):
            return False
        raise
    assert answer is not None
    # A scan that a page sends by itself must have its answer on the screen.
    expect(page.locator(".result-wait")).to_have_count(0)
    arrived = urlsplit(page.url)._replace(scheme="", netloc="", fragment="").geturl()
    wanted = LEADING_ON.get(address, address).replace(THIS_MONTH, clock.today().strftime("/desk/month/%Y-%m"))
    assert arrived == wanted, f"{address} leads to {arrived}: what is there was not looked at"
    return address not in LEADING_ON and "text/html" in (answer.headers.get("content-type") or "")


def take(page: Page, address: str, sent: dict[str, str]) -> None:
    """Send a page's form as its reader would, in his session."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.request.get(address).text())
    assert found, f"{address} has no form"
    answer = page.request.post(address, form=sent | {"csrf_token": found[1]})
    assert answer.ok, f"{address} refused: {answer.text()}"


def pages(page: Page, town: Town, addresses: list[str]) -> Iterator[str]:
    for address in addresses:
        if visit(page, town, address):
            yield address


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("size", "dark", "locale"), LOOKS)
def test_every_page_is_accessible_and_fits_on_a_phone_with_type_twice_as_large_too(
    open_page, live_server, town, size, dark, locale, part
):
    language = "en" if locale == "en" else "zh_Hans_CN"
    with live_server.app.app_context():
        members.service.change_settings(people.actor(town.administrator), language=language)
    page = open_page(size=size, dark=dark, locale=locale)
    have_axe_at_hand(page)
    screens.sign_in(page, live_server, town.administrator)
    findings = []
    for address in pages(page, town, town.addresses(live_server.app)[part::PARTS]):
        findings += faults(page, address)
        if "PICTURES" in os.environ:
            screenshot(page, f"page-{name(address)}-{size['width']}-{locale}")
        if size is PHONE:
            page.evaluate(ENLARGE)
            findings += [f"twice as large: {each}" for each in faults(page, address, axe=False)]
    assert not findings, "\n\n".join(findings)


@pytest.mark.timeout(200)
def test_what_strangers_see_is_accessible_too(open_page, live_server, town):
    page = open_page()
    findings = []
    plate = f"/q/{town.values['text']}"
    for address in ("/", "/sign-in", "/join", "/q", plate, "/no-such-page", "/offline", *STRANGERS):
        assert visit(page, town, address)
        findings += faults(page, address)
    assert not findings, "\n\n".join(findings)


def faults(page: Page, address: str, *, axe: bool = True) -> list[str]:
    found = []
    for check in (assert_accessible, assert_fits) if axe else (assert_fits,):
        try:
            check(page)
        except AssertionError as fault:
            found.append(f"{address}: {fault}")
    return found


def name(address: str) -> str:
    words = [part for part in address.strip("/").split("/") if not _is_id(part)]
    return "-".join(words)[:60] or "home"


def _is_id(part: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(UUID(part))
    return False
