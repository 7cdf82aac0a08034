"""What was entered by hand is marked, counted apart, open to everybody by number, and looked at when it is odd."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.auth import Actor
from core.clock import FrozenClock
from points import queries, service, words
from points.errors import OddAwardUnknown, OwnOddAward
from points.service import AwardWish
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def alliance(app: Flask, clock: FrozenClock) -> Flask:
    service.install_tariff()
    build.tariff_rule(code="thanks", points=1, name_zh="帮忙", name_en="Help")
    return app


def award(by: Actor, member_id, rule_code: str = "thanks"):
    return service.award_deed(by, key=uuid4(), member_id=member_id, rule_code=rule_code).body


def test_the_statement_says_what_was_entered_by_hand_and_by_whom(
    alliance: Flask, client: FlaskClient
) -> None:
    wang = people.member("王小芳", language="en")
    given = award(people.staff(name="张警官"), wang.id)
    build.earn(wang.id, 5)
    with alliance.test_request_context(headers={"Accept-Language": "en"}):
        notes = [words.line_note(line) for line in queries.statement(wang.id).items]
    assert notes == ["", "entered by hand"]
    people.sign_in(client, wang)
    assert "张警官" in client.get(f"/me/transfers/{given['transfer_id']}").text


def test_the_board_counts_apart_what_stands_of_it(alliance: Flask, client: FlaskClient) -> None:
    squad_id, officer = people.squad("花木兰巡逻队"), people.staff()
    wang = people.member(squad_id=squad_id)
    build.earn(wang.id, 5, squad_id=squad_id)
    first, _second = award(officer, wang.id), award(officer, wang.id)
    build.withdraw(UUID(first["transfer_id"]))
    people.sign_in(client, wang)
    for season in ("week", "month", "year", "all"):
        (line,) = client.get(f"/api/v1/leaderboards/squads?season={season}&by=total").json["items"]
        assert (line["deeds"], line["by_hand"]) == (2, 1)
    assert 'href="/awards"' in client.get("/leaderboard?by=total").text


def test_everybody_may_read_the_list_and_nobody_finds_a_name_on_it(
    alliance: Flask, client: FlaskClient
) -> None:
    officer = people.staff()
    everybody = [people.member(f"志愿者{n}", phone=None) for n in range(52)]
    service.award_many(
        officer, [AwardWish(key=uuid4(), member_id=each.id, rule_code="thanks") for each in everybody]
    )
    seen, cursor = [], None
    while True:
        page = queries.by_hand(cursor=cursor, limit=20)
        seen += [line.member_id for line in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(each.id for each in everybody)
    page = client.get("/awards").text
    assert page.count('scope="row"') == 50
    assert "志愿者" not in page
    assert client.get("/awards?cursor=x").status_code == 422


def test_those_who_award_each_other_are_odd_also_through_a_third(alliance: Flask, clock: FrozenClock) -> None:
    one, two, three, four = (people.staff(name=f"警官{n}") for n in range(4))
    for giver, taker in ((one, two), (two, three), (three, one), (three, four)):
        award(giver, taker.member_id)
    (ring,) = queries.odd_awards()
    assert (ring.kind, set(ring.people), ring.times) == (
        "ring",
        {one.member_id, two.member_id, three.member_id},
        3,
    )
    award(four, three.member_id)
    assert sorted(len(each.people) for each in queries.odd_awards()) == [2, 3]
    clock.tick(days=31)
    assert queries.odd_awards() == []


def test_a_rush_is_odd_but_a_batch_is_one_act(
    alliance: Flask, clock: FrozenClock, client: FlaskClient
) -> None:
    officer = people.staff()
    everybody = [people.member(phone=None).id for _ in range(62)]
    service.award_many(
        officer, [AwardWish(key=uuid4(), member_id=each, rule_code="thanks") for each in everybody]
    )
    assert queries.odd_awards() == []
    clock.tick(hours=1)
    for each in everybody:
        award(officer, each)
        clock.tick(seconds=1)
    (burst,) = queries.odd_awards()
    assert (burst.kind, burst.people, burst.times) == ("burst", (officer.member_id,), 62)
    wang = people.member()
    for _ in range(9):
        clock.tick(hours=1)
        award(officer, wang.id)
    assert [each.kind for each in queries.odd_awards()] == ["pair", "burst"]
    service.find_odd()
    people.sign_in(client, people.member("钱会计", "auditor", language="en"))
    assert "again and again" in client.get("/desk/award/odd").text
    assert client.get("/desk").status_code == 200


def test_what_was_looked_at_no_longer_waits_until_it_goes_on(
    alliance: Flask, clock: FrozenClock, client: FlaskClient
) -> None:
    giver, taker = people.staff(name="李建国"), people.member()
    for _ in range(9):
        clock.tick(hours=1)
        award(giver, taker.id)
    service.find_odd()
    (line,) = queries.odd_lines().items
    with pytest.raises(OwnOddAward):
        service.see_odd(giver, key=uuid4(), odd_id=line.id)
    other = people.member("王队", "coordinator")
    people.sign_in(client, other)
    assert "1 处异常奖励" in client.get("/desk").text
    service.see_odd(people.actor(other), key=uuid4(), odd_id=line.id, note="每天送餐，属实")
    assert "每天送餐，属实" in client.get("/desk/award/odd?list=seen").text
    service.find_odd()
    assert (queries.odd_count(), queries.odd_lines(seen=True).items[0].note) == (0, "每天送餐，属实")
    clock.tick(hours=1)
    award(giver, taker.id)
    service.find_odd()
    assert (queries.odd_count(), queries.odd_lines().items[0].times) == (1, 10)
    clock.tick(days=31)
    service.find_odd()
    assert queries.odd_count() == 0
    with pytest.raises(OddAwardUnknown):
        service.see_odd(people.staff(), key=uuid4(), odd_id=line.id)
