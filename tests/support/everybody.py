"""An alliance with one person of every kind, for tests that ask everything of everyone.

What is secret or private of the others is written down as canaries: values that stand in nobody else's data.
"""

import contextvars
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, session
from flask_login import login_user
from flask_wtf.csrf import generate_csrf

import activities.service
import goals.service
import members.queries
import members.service
import merchants.service
import points.service
import reports.service
from core import clock
from core.auth import SYSTEM, Actor
from core.db import db, new_id
from members import rules
from members.queries import MemberFacts
from reports.models import ReportPhoto
from tests.support import activities_builders as doings
from tests.support import counter_builders as counters
from tests.support import honours_builders as letters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import notices_builders as news
from tests.support import patrols_builders as patrols
from tests.support import points_builders as books
from tests.support import private_notes
from tests.support import reports_builders as telling
from tests.support import rewards_builders as shelves
from tests.support import settlement_builders as settling

Headers = dict[str, str]


@dataclass(frozen=True)
class Person:
    """Somebody who asks: what stands in his requests, and what the role table lets him do."""

    kind: str
    headers: Headers
    permissions: frozenset[str]
    member: MemberFacts | None = None

    def may(self, permission: str | None) -> bool:
        """Whether a view with this mark opens to him; None is open to everybody."""
        return permission is None or permission in self.permissions


@dataclass
class Everybody:
    """All kinds of people by the names of their kinds; `victim` is whom everything in the books is about."""

    people: dict[str, Person] = field(default_factory=dict)
    victim: MemberFacts = None  # type: ignore[assignment] # set by `build`, before anybody sees it
    #: What is written about the victim and the other people who are asked about, by what it is.
    canaries: dict[str, str] = field(default_factory=dict)
    #: What stands in addresses under a name that no table has.
    values: dict[str, list[str]] = field(default_factory=dict)


def build(app: Flask) -> Everybody:
    """Fill the empty database of `app`."""
    with app.app_context():
        town = Everybody()
        points.service.install_tariff()
        squad_id = people.squad("花木兰女子巡逻队", kind="women")
        with clock.frozen(clock.now() - timedelta(days=200)):  # long enough to vouch for others
            town.victim = people.member("诸葛墨香", squad_id=squad_id, phone="+8613987650001")
        _sign_ins(app, town, squad_id)
        _life(town, squad_id)
        db.session.rollback()
    for person in town.people.values():
        # When a device was used last is noted once a minute: now, so that nothing more is written while it asks.
        if "Authorization" in person.headers:
            app.test_client().post("/api/v1/scans", headers=person.headers, json={})
    return town


def headers_of(app: Flask, member_id: UUID, signer_id: UUID | None = None) -> Headers:
    """Cookie and forgery token of a phone on which `signer_id` acts for the member (None: he himself)."""

    def make() -> Headers:
        with app.test_request_context():
            reader = members.queries.signed_in(signer_id or member_id, member_id)
            if reader is not None:
                login_user(reader)
            token = generate_csrf()
            response = app.make_response("")
            app.session_interface.save_session(app, session, response)  # type: ignore[arg-type] # a proxy of it
            cookie = response.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X-CSRF-Token": token}

    # In a context of its own, or all would share what is remembered for one request.
    return contextvars.Context().run(make)


#: Kind of person → name and roles. Who has a role beyond his own belongs to the victim's squad or shop.
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "resident": ("甘居民", ("resident",)),
    "volunteer": ("乙志愿", ("volunteer",)),
    "captain": ("丙队长", ("volunteer",)),
    "clerk": ("丁店员", ("clerk",)),
    "owner": ("戊老板", ("clerk",)),
    "coordinator": ("己警官", ("coordinator",)),
    "auditor": ("庚会计", ("auditor",)),
    "administrator": ("辛主任", ("administrator",)),
    "suspended": ("壬停权", ("volunteer",)),
    "left": ("癸离会", ("volunteer",)),
}


def _sign_ins(app: Flask, town: Everybody, squad_id: UUID) -> None:
    """Somebody of each kind, as signed in; who is suspended or gone signed in before that."""
    everybody = town.people
    everybody["stranger"] = Person("stranger", headers_of(app, new_id()), frozenset())
    for kind, (name, roles) in ROLES.items():
        mate = kind in {"captain", "volunteer"}
        found = people.member(name, *roles, squad_id=squad_id if mate else None)
        may = frozenset().union(*(rules.ROLE_PERMISSIONS[each] for each in roles))
        everybody[kind] = Person(kind, headers_of(app, found.id), may, found)
    captain = everybody["captain"].member.id
    members.service.appoint_captains(SYSTEM, squad_id, captain_id=captain, acting_captain_id=None)
    for kind, end in (("suspended", members.service.suspend), ("left", members.service.leave)):
        gone = everybody[kind]
        end(SYSTEM, gone.member.id, *(["查证"] if kind == "suspended" else []))
        everybody[kind] = Person(kind, gone.headers, frozenset(), gone.member)
    applicant = people.applicant("子申请")
    volunteer = rules.ROLE_PERMISSIONS["volunteer"]
    everybody["applicant"] = Person("applicant", headers_of(app, applicant.id), volunteer, applicant)
    helper = people.member("丑帮手")
    helped = people.managed(people.actor(helper), "寅奶奶")
    everybody["helper"] = Person(
        "helper", headers_of(app, helped.id, helper.id), volunteer - {"counter.use"}, helped
    )
    for permission in sorted(rules.DEVICE_PERMISSIONS):
        token = people.device(permission, name=f"设备 {permission}")
        more = {"patrol.walk": {"scan.send", "route.read"}, "award.give": {"scan.send"}}
        more["charge.take"] = {"scan.send", "counter.use", "shop.read"}
        everybody[f"device: {permission}"] = Person(
            f"device: {permission}",
            {"Authorization": f"Bearer {token}"},
            frozenset({permission}) | more.get(permission, set()),
        )
        town.canaries[f"token of a device: {permission}"] = token


def _life(town: Everybody, squad_id: UUID) -> None:
    """Something of the victim in every table that an address can name."""
    victim, desk = people.actor(town.victim), people.staff(name="卯同事")
    books.earn(town.victim.id, 5_000, squad_id=squad_id)
    members.service.set_pin(people.staff("administrator", "辰主任"), town.victim.id, people.PIN)
    members.service.set_password(SYSTEM, town.victim.id, people.PASSWORD)
    town.canaries |= {
        "phone of a member": "13987650001",
        "name of a member": town.victim.name,
        "card of a member": people.card(town.victim).text,
    }
    people.managed(victim, "万俟巳奶奶")
    town.canaries["name of somebody looked after"] = "万俟巳奶奶"
    people.applicant("午申请", phone="+8613987650002")
    town.canaries["phone of an applicant"] = "13987650002"
    # Above the limit: it waits for a second person.
    books.tariff_rule(code="rescue", points=600)
    points.service.award_deed(desk, key=new_id(), member_id=town.victim.id, rule_code="rescue")
    people.area()
    _rounds(town, victim)
    _shop(town, victim)
    _shelf(town, victim)
    _reports(town, victim, desk)
    _doings(town, victim, desk)
    letters.issue(desk, town.victim.id, occasion_zh="信里的感谢未申酉")
    town.canaries["words of a letter"] = "信里的感谢未申酉"
    town.canaries |= private_notes.plant(desk, town.victim)
    town.values |= {
        "code": ["care"],
        "rule_code": ["care"],
        "text": ["Q2222222222222222"],
        "kind": ["hazard"],
    }


def _doings(town: Everybody, victim: Actor, desk: Actor) -> None:
    """An activity, a notice to a squad of which no reader is, a list to import, a word for an applicant."""
    campaign = activities.service.make_campaign(
        desk, key=new_id(), name="反诈宣传月", first_day=clock.today()
    )
    goals.service.set_goal(desk, key=new_id(), kind="week_rounds", aim=7)
    line = doings.activity(desk, campaign_id=UUID(campaign.body["campaign_id"]))
    doings.attend(victim, line)
    news.send(desk, audience="squads", squad_ids=(people.squad("夕阳红"),), title_zh="只给夕阳红戌亥")
    row = "姓名,手机号\n卯辰名单,13987650004"
    members.service.prepare_import(desk, row.encode(), target="active", file_name="名单.csv")
    town.canaries |= {
        "heading of a notice to others": "只给夕阳红戌亥",
        "name on a list to import": "卯辰名单",
        "phone on a list to import": "13987650004",
    }
    applicant = people.applicant("巳申请", phone="+8613987650005")
    members.service.endorse(victim, number=str(applicant.number), name=applicant.name)
    town.canaries["phone of somebody vouched for"] = "13987650005"
    town.values["number"] = [str(line.number), "1"]
    twin = people.member("未重复")
    books.earn(twin.id, 12)
    members.service.merge(desk, key=new_id(), gone_id=twin.id, kept_id=town.victim.id, reason="同一人")


def _rounds(town: Everybody, victim: Actor) -> None:
    street = patrols.street(2)
    patrols.visit(victim, street.plate(1))


def _shop(town: Everybody, victim: Actor) -> None:
    """The owner's shop with a clerk, an offer, a budget, a payment, a statement."""
    owner = town.people["owner"].member
    with clock.frozen(clock.now() - timedelta(days=40)):
        shop = shops.a_shop("戌理发店", owner=owner, address="西苑路 12 号", phone="+8613987650003")
        settling.rate(5, clock.today().isoformat())
        settling.take(shop, settling.payer(name="亥顾客"), 30)
        month = clock.today().isoformat()[:7]
    shops.a_clerk(shop, town.people["clerk"].member, pin=shops.COUNTER_PIN)
    shops.an_offer(shop)
    shops.a_budget(shop)
    # A grant that waits for a second coordinator, asked for by one who is none of the readers.
    merchants.service.grant_shop_budget(
        people.staff(), key=new_id(), merchant_id=shop.id, points=900, reason="店庆"
    )
    merchants.service.award_shop(SYSTEM, key=new_id(), merchant_id=shop.id, rule_code="shop_notice")
    # And an award of a deed that waits.
    hero = books.tariff_rule(category="shop", points=300).code
    merchants.service.award_shop(people.staff(), key=new_id(), merchant_id=shop.id, rule_code=hero)
    merchants.service.give_points(
        people.actor(owner),
        key=new_id(),
        merchant_id=shop.id,
        receiver=merchants.service.Receiver(number=str(town.victim.number)),
        points=5,
    )
    counter = counters.Counter(shop, people.actor(owner), people.actor(town.people["clerk"].member))
    counters.paid(counter, victim, 20)
    # Another one, in which nobody of the readers has a part.
    other = counters.a_counter(name="别家超市", trade="supermarket")
    counters.paid(other, victim, 20)
    settling.draft(month)
    town.values |= {"month": [month], "trade_code": ["hairdresser"]}


def _shelf(town: Everybody, victim: Actor) -> None:
    reward = shelves.reward("毛巾", points=10, drawing="towel")
    _redemption_id, code = shelves.voucher(victim, reward)
    town.canaries["code of a voucher"] = code
    lock = shelves.reward("门锁", points=10, kind="security", drawing="lock")
    shelves.hand_over(people.staff(), shelves.voucher(victim, lock)[1], fitting_place="戌亥巷九号门")
    town.canaries["place where a lock is fitted"] = "戌亥巷九号门"


def _reports(town: Everybody, victim: Actor, desk: Actor) -> None:
    """Two by name, one of them confidential, and one without a name; a home and a bill."""
    words = {"hazard": "楼道电线裸露甲乙丙", "scam": "骗子自称客服丁戊己"}
    places = {"hazard": "子丑楼三单元", "scam": "寅卯楼五单元"}
    for kind, text in words.items():
        photos = [telling.photo(40, 30 + len(kind))]
        report_id = telling.told(victim, kind, words=text, photos=photos, place_note=places[kind])
        (picture,) = db.session.scalars(
            sa.select(ReportPhoto.content).where(ReportPhoto.report_id == report_id)
        )
        which = "confidential report" if kind == "scam" else "report"
        town.canaries[f"photo of a {which}"] = hashlib.sha256(picture).hexdigest()
        telling.take(desk, report_id)
    _, _, password = telling.unnamed(desk, "suspicious", words="后巷有人踩点庚辛壬")
    town.canaries |= {
        "words of a report": words["hazard"],
        "words of a confidential report": words["scam"],
        "words of a confidential report without a name": "后巷有人踩点庚辛壬",
        "place of a report": places["hazard"],
        "place of a confidential report": places["scam"],
        "password of a report": password,
        "address of a home": "癸字胡同七号院",
        "number of a bill": "W-987651",
    }
    reports.service.register_home(
        desk,
        key=new_id(),
        address="癸字胡同七号院",
        term_from=clock.today(),
        term_until=clock.today() + timedelta(days=90),
        member_id=victim.id,
    )
    telling.bill(desk, victim, receipt_number="W-987651")
