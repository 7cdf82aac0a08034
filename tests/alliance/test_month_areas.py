"""A deed counts in the area where its squad was then: a squad or an area that moves changes no month that is over."""

from datetime import date, timedelta

import members.queries
import members.service
import points.queries
import points.service
from alliance.month_figures import figures
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, transaction
from members.queries import squad
from tests.conftest import WEDNESDAY
from tests.support import members_builders as people
from tests.support import points_builders as build

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def move(squad_id, area_id):
    found = squad(squad_id)
    members.service.change_squad(
        SYSTEM,
        squad_id,
        name=found.name,
        kind=found.kind,
        crest_color=found.crest_color,
        area_id=area_id,
        founded_on=None,
        motto="",
    )


def by_area(month):
    """Deeds and withdrawn ones of each area, by its path as the report names it."""
    db.session.rollback()
    found = figures(month)
    return {
        found.names[key] if key else "": (tally.deeds, tally.withdrawn) for key, tally in found.areas.items()
    }


def test_what_a_squad_did_stays_in_the_area_where_it_was_then(database_app, clock):
    station = people.area()
    east, west = (people.area(name, "community", station) for name in ("东社区", "西社区"))
    ours, theirs = people.squad("夕阳红", area_id=east), people.squad("花木兰", area_id=west)
    member, other = people.member("张大爷", squad_id=ours), people.member("李梅", squad_id=theirs)

    def earn(times):
        return [build.earn(member.id, 5, squad_id=ours) for _ in range(times)]

    clock.move_to(WEDNESDAY - timedelta(days=40))
    earn(3)
    clock.move_to(WEDNESDAY - timedelta(days=30))
    build.earn(other.id, 5, squad_id=theirs)
    at_east = earn(1)
    clock.tick(minutes=5)
    move(ours, west)
    earn(2)
    clock.tick(minutes=5)
    move(ours, None)
    earn(1)
    build.withdraw(at_east[0])
    october = {
        "西苑派出所 · 东社区": (4, 0),
        "西苑派出所 · 西社区": (3, 0),
        "": (1, 1),
    }
    assert by_area(OCTOBER) == october
    clock.move_to(WEDNESDAY)
    move(ours, east)
    earn(1)
    assert by_area(OCTOBER) == october
    assert by_area(NOVEMBER) == {"西苑派出所 · 东社区": (1, 0)}
    while points.service.keep_month():
        pass
    move(ours, west)
    assert by_area(OCTOBER) == october
    kept = points.queries.month_sums(OCTOBER)
    counted = points.queries.count_month(OCTOBER)
    assert set(kept.flows) == set(counted.flows)
    assert sum(each.count for each in kept.flows) == 9
    assert build.faults() == {}


def test_an_area_that_is_renamed_or_moved_keeps_its_name_in_months_that_are_over(database_app, clock):
    station, other = people.area(), people.area("东湖派出所")
    community = people.area("西社区", "community", station)
    member = people.member("张大爷", squad_id=people.squad("夕阳红", area_id=community))
    clock.move_to(WEDNESDAY - timedelta(days=30))
    build.earn(member.id, 5, squad_id=member.squad_id)
    clock.move_to(WEDNESDAY)
    build.earn(member.id, 5, squad_id=member.squad_id)
    members.service.change_area(SYSTEM, community, name="新西社区", parent_id=station)
    members.service.change_area(SYSTEM, community, name="新西社区", parent_id=other)
    members.service.change_area(SYSTEM, station, name="西苑所")
    assert by_area(OCTOBER) == {"西苑派出所 · 西社区": (1, 0)}
    assert by_area(NOVEMBER) == {"东湖派出所 · 新西社区": (1, 0)}


def test_who_has_no_squad_counts_in_his_own_area_and_a_kept_month_stays_when_he_moves(database_app, clock):
    east, west = people.area("东湖派出所"), people.area("西苑派出所")
    alone, nowhere = people.member("李梅", area_id=east), people.member("陈大勇")
    clock.move_to(WEDNESDAY - timedelta(days=30))
    for each in (alone, alone, nowhere):
        gone = build.earn(each.id, 5)
    build.earn(alone.id, 5)
    build.withdraw(gone)
    assert by_area(OCTOBER) == {"东湖派出所": (3, 0), "": (1, 1)}
    clock.move_to(WEDNESDAY)
    points.service.keep_month()
    members.service.move(SYSTEM, alone.id, squad_id=None, area_id=west)
    assert by_area(OCTOBER) == {"东湖派出所": (3, 0), "": (1, 1)}
    assert members.queries.facts(alone.id).area_id == west


def test_two_moves_in_one_moment_keep_what_was_before_both(database_app, clock):
    first, second, third = (people.area(name) for name in ("甲所", "乙所", "丙所"))
    squad_id = people.squad("夕阳红", area_id=first)
    before = core_clock.now() - timedelta(seconds=1)
    with transaction():
        move(squad_id, second)
        move(squad_id, third)
    assert members.queries.squad_areas_at(before) == {squad_id: first}
    assert members.queries.squad_areas_at(core_clock.now()) == {squad_id: third}
    move(squad_id, third)
    assert len(members.queries.squads_moved(before, core_clock.now() + timedelta(days=1))) == 1
