"""Books in which hardly a table is empty, for tests of what happens to all of them."""

import contextlib
from datetime import timedelta

from flask import Flask

import activities.service
import members.queries
import members.service
import merchants.service
import notices.service
import patrols.service
import points.service
import reports.service
import rewards.service
from alliance import gate, heaps
from core import chain, clock
from core.auth import SYSTEM, Actor
from core.config import settings
from core.db import db, new_id
from core.errors import DomainError
from members.queries import MemberFacts
from tests.support import activities_builders as doings
from tests.support import counter_builders as counters
from tests.support import everybody, private_notes
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import notices_builders as news
from tests.support import patrols_builders as walks
from tests.support import reports_builders as telling
from tests.support import rewards_builders as shelves


def fill(app: Flask) -> everybody.Everybody:
    """Everybody, and what must have happened so that the other tables have rows, too; within a context of `app`."""
    town = everybody.build(app)
    member, mate = town.victim, town.people["volunteer"].member
    desk = people.staff(name="申同事")
    _people(desk, member, mate)
    _street_and_shops(desk, mate)
    _shelf(people.actor(mate))
    _reports(desk, member)
    _news(desk, people.actor(mate))
    points.service.find_odd()
    private_notes.odd_award(desk, member)
    while points.service.keep_month():
        pass
    chain.seal()
    db.session.remove()
    return town


def _people(desk: Actor, member: MemberFacts, mate: MemberFacts) -> None:
    members.service.open_desk_session(desk, card=people.card(member), pin=people.PIN)
    members.service.tell_apart(desk, member.id, mate.id)
    helped = people.managed(people.actor(mate), "酉爷爷")
    members.service.stop_helping(people.actor(mate), helped.id)
    people.merge(desk, people.member("重复人"), mate)
    rows = "姓名,手机号\n戌名单,13987650044"
    members.service.bring_list(desk, rows.encode(), key=new_id(), target="active", file_name="名单.csv")
    area = people.area("移动社区", "community", people.area("东湖派出所"))
    squad = members.queries.squad(mate.squad_id)
    members.service.change_squad(
        SYSTEM,
        squad.id,
        name=squad.name,
        kind=squad.kind,
        crest_color=squad.crest_color,
        area_id=area,
        founded_on=None,
        motto="",
    )
    members.service.change_area(SYSTEM, area, name="移动社区", parent_id=people.area("西湖派出所"))


def _street_and_shops(desk: Actor, mate: MemberFacts) -> None:
    """A round that is odd, plates printed anew, a heap of refused scans that was looked at, a shop that asks."""
    walker, street = people.actor(mate), walks.street(2, name="夜线")
    for place in (1, 2):
        walks.visit(walker, street.plate(place))
    patrols.service.reprint_plate(desk, street.checkpoints[0], generation=1)
    shop = shops.a_shop("亥五金", trade="hardware")
    merchants.service.reprint_plate(desk, shop.id, generation=1)
    shops.ask(shop, mate)
    with clock.frozen(clock.now() - timedelta(days=1)):
        merchants.service.change_shop(desk, shop.id, trade_code="hairdresser")
    for _ in range(settings().odd_scans):
        wish = {"scan_id": new_id(), "code": "https://pay.example/8842", "device": "a phone"}
        with contextlib.suppress(DomainError):
            gate.scan(walker, wish)
    for heap in heaps.waiting():
        heaps.see_heap(desk, key=new_id(), what=heap.what, scan_id=heap.newest.id, reason="旧海报")
    counter = counters.a_counter(name="子浴室", trade="bathhouse")
    payer = counters.payer()
    counters.hold(counter, counters.phone_code(payer))
    plate = shops.plate_of(counter.shop)
    merchants.service.pay_by_plate(payer, key=new_id(), code=plate, points=3)


def _shelf(buyer: Actor) -> None:
    gone = shelves.reward("盆", points=10, stock=0)
    rewards.service.mark(buyer, gone.id)
    rewards.service.wait_for(buyer, gone.id)
    rewards.service.put_picture(SYSTEM, gone.id, telling.photo(60, 40))


def _reports(desk: Actor, member: MemberFacts) -> None:
    """A till opened and closed; the words of a confidential report read; points of one without a name collected."""
    reports.service.open_float(desk, key=new_id(), opening_fen=500)
    reports.service.reconcile_float(desk, key=new_id(), handed_over_fen=100, counted_fen=400)
    handler = people.staff(name="酉处理")
    secret, _, _ = telling.unnamed(handler, "scam")
    telling.take(handler, secret)
    reports.service.open_words(people.staff("administrator", name="戌主任"), secret, "投诉复核")
    with clock.frozen(clock.now() - timedelta(days=14)):
        report_id, number, password = telling.unnamed(desk)
        telling.useful(desk, report_id)
    token = reports.service.claim_token(number, password).token
    telling.collect(people.actor(member), token)


def _news(desk: Actor, reader: Actor) -> None:
    """A notice to an area, one that was read, and an activity to which somebody will come."""
    news.send(desk, audience="areas", area_ids=(people.area("北片区"),), title_zh="停水")
    notices.service.read(reader, news.send(desk), 1)
    line = doings.activity(desk, most=20)
    activities.service.sign_up(reader, line.number, key=new_id())
