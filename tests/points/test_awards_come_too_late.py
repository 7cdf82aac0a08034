"""What has changed between choosing and scanning counts: who is no member any more, and rules whose days are over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import members.service
from alliance import gate
from core import clock as core_clock
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.db import db
from core.errors import DomainError
from members.queries import MemberFacts
from points import service
from points.models import Transfer
from points.service import AwardWish
from tests.support import members_builders as people
from tests.support import points_builders as build


def suspend(who: MemberFacts) -> None:
    members.service.suspend(SYSTEM, who.id, "查证")


def leave(who: MemberFacts) -> None:
    members.service.leave(SYSTEM, who.id)


def rest(who: MemberFacts) -> None:
    members.service.take_leave(SYSTEM, who.id, None)


def erase(who: MemberFacts) -> None:
    members.service.erase(people.staff("administrator", "周主任"), who.id, "本人要求")


#: What has become of the member → the codes with which an award by number, and one by the card, is refused.
GONE: list[tuple[Callable[[MemberFacts], None], str, str]] = [
    (suspend, "member_suspended", "member_suspended"),
    (leave, "member_left", "card_revoked"),
    (rest, "member_on_leave", "member_on_leave"),
    (erase, "member_left", "card_unknown"),
]


def refused(work: Callable[..., Any], *arguments: Any, **keywords: Any) -> str:
    try:
        work(*arguments, **keywords)
    except DomainError as refusal:
        return refusal.code
    return "was not refused"


def transfers() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Transfer)) or 0


def scan(by: Actor, card: str, rule_code: str, key: UUID | None = None) -> str:
    wish = {"scan_id": key or uuid4(), "code": card, "rule_code": rule_code}
    return refused(gate.scan, by, wish)


@pytest.mark.parametrize(("end", "by_number", "by_card"), GONE)
def test_who_is_no_active_member_any_more_is_awarded_in_no_way(
    app: Flask, clock: FrozenClock, end: Any, by_number: str, by_card: str
) -> None:
    service.install_tariff()
    li, wang = people.staff(), people.member()
    card = people.card(wang).text
    end(wang)
    assert refused(service.award_deed, li, key=uuid4(), member_id=wang.id, rule_code="lead") == by_number
    (answer,) = service.award_many(li, [AwardWish(key=uuid4(), member_id=wang.id, rule_code="lead")])
    assert getattr(answer, "code", "awarded") == by_number
    row = f"会员号,好事\r\n{wang.number},lead".encode()
    (listed,) = service.read_award_list(li, row).rows
    assert listed.problem is not None
    assert scan(li, card, "lead") == by_card
    assert (transfers(), build.faults()) == (0, {})


def test_a_rule_that_ended_between_picking_and_scanning_pays_nothing_and_the_next_one_is_asked_for(
    app: Flask, clock: FrozenClock
) -> None:
    today = core_clock.today()
    rule = build.tariff_rule(valid_from=today, valid_until=today + timedelta(days=1))
    li, wang, mei = people.staff(), people.member(), people.member("李梅")
    cards = [people.card(each).text for each in (wang, mei)]
    assert scan(li, cards[0], rule.code) == "was not refused"
    clock.move_to(core_clock.day_bounds(today)[1])
    late = uuid4()
    assert scan(li, cards[1], rule.code, late) == "rule_not_valid"
    # A refused key stays refused: a phone that asks again learns the same and books nothing.
    assert scan(li, cards[1], rule.code, late) == "rule_not_valid"
    assert transfers() == 1
    assert build.faults() == {}
