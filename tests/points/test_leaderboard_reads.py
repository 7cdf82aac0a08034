"""The boards as they come out of the books, on both databases."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

import members.service
import points.service
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import new_id
from points import leaderboard, leaderboard_members
from points.leaderboard import period, squad_board
from tests.support import members_builders as people
from tests.support import points_builders

pytestmark = pytest.mark.usefixtures("database_app", "clock")


def earn(member_id: UUID, amount: int, squad_id: UUID | None = None, at: datetime | None = None) -> UUID:
    """Points booked at a chosen moment, by default now."""
    with core_clock.frozen(at or core_clock.now()):
        return points_builders.earn(member_id, amount, squad_id=squad_id)


def squad_of(name: str, heads: int, *points: int, **details) -> UUID:
    """A squad with so many members, the first of whom have earned these points just now."""
    squad_id = people.squad(name)
    team = [people.member(f"{name[0]}{number:02}", squad_id=squad_id, **details) for number in range(heads)]
    for member, amount in zip(team, points, strict=False):
        earn(member.id, amount, squad_id)
    return squad_id


def shown(kind: str = "week", by: str = "total") -> list[tuple]:
    return [(line.rank, line.name, line.points) for line in squad_board(kind, by).standings.lines]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def week():
    return period("week", core_clock.today())


# --- squads


def test_a_squad_has_the_sum_of_what_its_members_earned():
    squad_of("东门队", 6, 2, 2, 20)
    squad_of("西苑队", 6, 50)
    assert shown() == [(1, "西苑队", 50), (2, "东门队", 24)]


def test_deeds_and_active_heads_are_counted_too():
    squad_id = squad_of("东门队", 6, 2, 2, 20)
    line = squad_board("week", "head").standings.line(squad_id)
    assert (line.heads, line.deeds) == (6, 3)


def test_members_on_leave_do_not_weigh_on_their_squad():
    squad_id = squad_of("东门队", 8, 40)
    squad_of("西苑队", 8, 40)
    resting = people.member("休息", squad_id=squad_id)
    before = squad_board("week", "head").standings.line(squad_id)
    members.service.take_leave(SYSTEM, resting.id, None)
    after = squad_board("week", "head").standings.line(squad_id)
    assert (before.heads, after.heads) == (9, 8)
    assert after.value > before.value


def test_who_moves_to_another_squad_does_not_move_what_he_earned():
    old, new = squad_of("东门队", 6), squad_of("西苑队", 6)
    mover = people.member("搬家", squad_id=old)
    earn(mover.id, 10, old)
    members.service.move(SYSTEM, mover.id, squad_id=new, area_id=None)
    earn(mover.id, 2, new)
    assert shown() == [(1, "东门队", 10), (2, "西苑队", 2)]


def test_a_withdrawn_award_leaves_the_board():
    squad_id = squad_of("东门队", 6)
    transfer_id = earn(people.member("误记", squad_id=squad_id).id, 50, squad_id)
    points.service.withdraw_award(SYSTEM, key=new_id(), transfer_id=transfer_id, reason="记错了人")
    assert shown() == [(None, "东门队", 0)]


def test_a_withdrawn_deed_takes_along_the_moment_at_which_it_was_reached():
    east, west = squad_of("东门队", 6), squad_of("西苑队", 6)
    mate = people.member("先到", squad_id=east)
    earn(mate.id, 2, east, at("2026-11-16T08:00:00"))
    earn(people.member("后到", squad_id=west).id, 2, west, at("2026-11-17T08:00:00"))
    wrong = earn(mate.id, 20, east, at("2026-11-17T20:00:00"))
    points_builders.withdraw(wrong)
    assert shown() == [(1, "东门队", 2), (2, "西苑队", 2)]
    other = earn(people.member("误记", squad_id=east).id, 20, east, at("2026-11-17T21:00:00"))
    points_builders.withdraw(other)
    for kind in ("week", "month", "year", "all"):
        assert shown(kind) == [(1, "东门队", 2), (2, "西苑队", 2)], kind
    assert points_builders.faults() == {}


def test_the_week_begins_on_monday_in_the_programmes_zone():
    squad_id = squad_of("东门队", 6)
    member = people.member("守夜", squad_id=squad_id)
    earn(member.id, 2, squad_id, at("2026-11-15T23:59:59"))
    assert shown() == [(None, "东门队", 0)]
    earn(member.id, 4, squad_id, at("2026-11-16T00:00:01"))
    assert shown() == [(1, "东门队", 4)]
    assert shown("month") == [(1, "东门队", 6)]


def test_the_arrow_compares_with_the_week_before():
    last_week = at("2026-11-12T20:00:00")
    east, west = squad_of("东门队", 6, 30), squad_of("西苑队", 6, 10)
    earn(people.member("上周", squad_id=west).id, 50, west, last_week)
    earn(people.member("前周", squad_id=east).id, 40, east, last_week)
    squad_of("新队", 6, 2)
    moved = {line.name: line.moved for line in squad_board("week", "total").standings.lines}
    assert moved == {"东门队": 1, "西苑队": -1, "新队": None}


def test_the_arrow_of_all_time_compares_with_the_beginning_of_this_week():
    long_ago = at("2026-03-05T20:00:00")
    east, west = squad_of("东门队", 6, 30), squad_of("西苑队", 6)
    earn(people.member("去春", squad_id=west).id, 25, west, long_ago)
    earn(people.member("今春", squad_id=east).id, 10, east, long_ago)
    moved = {line.name: line.moved for line in squad_board("all", "total").standings.lines}
    assert moved == {"东门队": 1, "西苑队": -1}


def test_of_equal_squads_the_one_that_reached_its_points_earlier_stands_higher():
    east, west = squad_of("东门队", 6), squad_of("西苑队", 6)
    earn(people.member("先", squad_id=west).id, 2, west, at("2026-11-17T08:00:00"))
    earn(people.member("后", squad_id=east).id, 2, east, at("2026-11-17T08:00:01"))
    assert [name for _, name, _ in shown()] == ["西苑队", "东门队"]


def test_what_is_missing_is_told_in_patrols_of_todays_tariff():
    points.service.install_tariff()
    squad_of("东门队", 6, 30)
    own = squad_of("西苑队", 6, 10)
    why = leaderboard.outlook(squad_board("week", "total").standings, own, leaderboard.patrol_points())
    assert (why.points_missing, why.patrols_missing) == (21, 11)


def test_without_a_rule_for_patrols_nothing_is_told_in_patrols():
    assert leaderboard.patrol_points() is None


@pytest.mark.parametrize(
    ("kind", "season", "before", "first", "last"),
    [
        ("week", "W2026-47", "W2026-46", "2026-11-16", "2026-11-22"),
        ("month", "M2026-11", "M2026-10", "2026-11-01", "2026-11-30"),
        ("year", "Y2026", "Y2025", "2026-01-01", "2026-12-31"),
    ],
)
def test_each_period_knows_its_days_and_the_one_before(kind, season, before, first, last):
    found = period(kind, core_clock.today())
    assert (found.season, found.before) == (season, before)
    assert (str(found.first), str(found.last)) == (first, last)


def test_the_first_days_of_january_belong_to_the_last_week_of_the_old_year():
    found = period("week", datetime.fromisoformat("2027-01-02").date())
    assert (found.season, found.before) == ("W2026-53", "W2026-52")


# --- members


def test_only_members_who_agreed_appear_and_the_middle_of_their_names_is_hidden():
    squad_id = people.squad("花木兰队")
    earn(people.member("王小芳", squad_id=squad_id, listed=True).id, 4, squad_id)
    earn(people.member("赵秀英", squad_id=squad_id).id, 50, squad_id)
    assert [(line.rank, line.name, line.points) for line in leaderboard_members.listed_members(week())] == [
        (1, "王*芳", 4)
    ]


def test_who_agreed_appears_however_many_better_ones_did_not():
    squad_id, other = people.squad("花木兰队"), people.squad("乙队")
    for number in range(25):
        earn(people.member(f"王{number}", squad_id=squad_id).id, 90, squad_id)
    for number in range(22):
        earn(people.member(f"李{number}", squad_id=squad_id, listed=True).id, 86 - number, squad_id)
    earn(people.member("赵秀英", squad_id=other, listed=True).id, 1, other)
    expected = [86 - number for number in range(20)]
    assert [line.points for line in leaderboard_members.listed_members(week())] == expected
    of_squad = leaderboard_members.listed_members(week(), squad_id=squad_id)
    assert [line.points for line in of_squad] == expected


def test_of_listed_members_with_equal_points_at_the_same_moment_the_name_decides():
    squad_id = people.squad("花木兰队")
    for name in sorted((f"王{number:02}" for number in range(25)), reverse=True):
        earn(people.member(name, squad_id=squad_id, listed=True).id, 4, squad_id)
    shown_names = [line.name for line in leaderboard_members.listed_members(week())]
    assert shown_names == [f"王*{number % 10}" for number in range(20)]


def test_a_suspended_member_does_not_appear():
    squad_id = people.squad("花木兰队")
    member = people.member("王小芳", squad_id=squad_id, listed=True)
    earn(member.id, 4, squad_id)
    members.service.suspend(SYSTEM, member.id, "核实中")
    assert leaderboard_members.listed_members(week()) == []


def test_the_list_of_one_squad_holds_nobody_else():
    first, second = people.squad("甲队"), people.squad("乙队")
    earn(people.member("王小芳", squad_id=first, listed=True).id, 4, first)
    earn(people.member("李大梅", squad_id=second, listed=True).id, 8, second)
    one = leaderboard_members.listed_members(week(), squad_id=first)
    assert [line.name for line in one] == ["王*芳"]
    assert [line.name for line in leaderboard_members.listed_members(week())] == ["李*梅", "王*芳"]


def test_a_member_without_a_squad_appears_too():
    earn(people.member("陈大勇", listed=True).id, 10)
    assert [line.name for line in leaderboard_members.listed_members(week())] == ["陈*勇"]


def test_with_more_squads_than_a_list_has_places_nobody_is_forgotten(monkeypatch):
    monkeypatch.setattr(leaderboard_members, "MOST_MEMBERS", 2)
    monkeypatch.setattr(leaderboard_members, "_STRONGEST", 1)
    for number in range(5):
        squad_id = people.squad(f"{number}号队")
        earn(people.member(f"王{number}芳", squad_id=squad_id, listed=True).id, number + 1, squad_id)
    assert [line.points for line in leaderboard_members.listed_members(week())] == [5, 4]
    # Both of them in one squad, where he who does not appear is ahead; and in none.
    earn(people.member("李大梅", squad_id=squad_id, listed=True).id, 9, squad_id)
    earn(people.member("李小梅", squad_id=squad_id).id, 10, squad_id)
    assert [line.points for line in leaderboard_members.listed_members(week())] == [9, 5]
    earn(people.member("陈大勇", listed=True).id, 7)
    assert [line.points for line in leaderboard_members.listed_members(week())] == [9, 7]


def test_a_member_sees_his_own_place_between_neighbours_without_names():
    squad_id = people.squad("花木兰队")
    team = [people.member(f"队员{number}", squad_id=squad_id, listed=number == 1) for number in range(7)]
    for number, member in enumerate(team):
        earn(member.id, 20 - 2 * number, squad_id)
    place = leaderboard_members.own_place(week(), team[3].id, squad_id)
    assert (place.rank, place.of, place.points, place.points_missing) == (4, 7, 14, 3)
    assert [(line.rank, line.name, line.own) for line in place.lines] == [
        (2, "队*1", False),
        (3, None, False),
        (4, "队*3", True),
        (5, None, False),
        (6, None, False),
    ]


def test_the_first_and_the_last_have_neighbours_on_one_side_only():
    squad_id = people.squad("花木兰队")
    first, last = people.member("王小芳", squad_id=squad_id), people.member("李大梅", squad_id=squad_id)
    earn(first.id, 4, squad_id)
    earn(last.id, 2, squad_id)
    top, end = (leaderboard_members.own_place(week(), each.id, squad_id) for each in (first, last))
    assert (top.rank, top.points_missing, len(top.lines)) == (1, None, 2)
    assert (end.rank, end.points_missing, len(end.lines)) == (2, 3, 2)


def test_of_equal_members_the_earlier_one_is_ahead():
    squad_id = people.squad("花木兰队")
    team = [people.member(f"队员{number}", squad_id=squad_id) for number in range(4)]
    for minutes, member in enumerate(team):
        earn(member.id, 2, squad_id, at("2026-11-17T08:00:00") + timedelta(minutes=minutes))
    ranks = [leaderboard_members.own_place(week(), member.id, squad_id).rank for member in team]
    assert ranks == [1, 2, 3, 4]
    assert leaderboard_members.own_place(week(), team[3].id, squad_id).points_missing == 1


def test_of_members_equal_to_the_moment_the_name_decides():
    squad_id, moment = people.squad("花木兰队"), at("2026-11-17T08:00:00")
    names = ["丁七", "丙六", "乙五", "甲四", "子三"]
    ids = {name: people.member(name, squad_id=squad_id).id for name in names}
    for member_id in ids.values():
        earn(member_id, 2, squad_id, moment)
    ranked = []
    for name in sorted(names):
        place = leaderboard_members.own_place(week(), ids[name], squad_id)
        ranked.append(place.rank)
        assert next(line.rank for line in place.lines if line.own) == place.rank
    assert ranked == [1, 2, 3, 4, 5]


def test_of_many_equal_neighbours_those_nearest_by_name_are_shown():
    squad_id, moment = people.squad("花木兰队"), at("2026-11-17T08:00:00")
    groups = {4: "ACBD", 2: "GFHE", 1: "JLKI"}
    ids = {}
    for earned, names in groups.items():
        for name in names:
            ids[name] = people.member(name * 2, squad_id=squad_id, listed=True).id
            earn(ids[name], earned, squad_id, moment)
    for name, seen in (("F", "DEFGH"), ("E", "CDEFG"), ("H", "FGHIJ"), ("I", "GHIJK"), ("D", "BCDEF")):
        place = leaderboard_members.own_place(week(), ids[name], squad_id)
        assert "".join(line.name[0] for line in place.lines) == seen
        assert [line.rank for line in place.lines] == ["ABCDEFGHIJKL".index(each) + 1 for each in seen]


def test_a_member_without_a_squad_sees_his_place_among_those_without_one():
    first, second = people.member("王小芳"), people.member("李大梅")
    earn(first.id, 4)
    earn(second.id, 2)
    place = leaderboard_members.own_place(week(), second.id, None)
    assert (place.rank, place.of, place.points_missing, place.in_squad) == (2, 2, 3, False)


def test_who_has_earned_nothing_has_no_place_yet():
    squad_id = people.squad("花木兰队")
    assert leaderboard_members.own_place(week(), people.member(squad_id=squad_id).id, squad_id) is None


def test_each_member_shown_has_the_deeds_by_hand_that_stand_counted_apart(clock):
    points.service.install_tariff()
    coordinator, squad_id, other = people.staff(), people.squad("花木兰队"), people.squad("东门队")
    member = people.member("王小芳", squad_id=squad_id, listed=True)
    award(coordinator, member)
    clock.tick(days=7)
    earn(member.id, 5, squad_id)
    earn(member.id, 5, other)
    award(coordinator, member)
    taken_back = award(coordinator, member, "mediation").body["transfer_id"]
    points.service.withdraw_award(coordinator, key=new_id(), transfer_id=UUID(taken_back), reason="记错了人")
    for kind, expected in (("week", (2, 1)), ("all", (3, 2))):
        shown_period = period(kind, core_clock.today())
        lines = leaderboard_members.listed_members(shown_period)
        assert {(each.squad_id, each.deeds, each.by_hand) for each in lines} == {
            (squad_id, *expected),
            (other, 1, 0),
        }
        own = leaderboard_members.own_place(shown_period, member.id, squad_id)
        assert [(each.deeds, each.by_hand) for each in own.lines] == [expected]


# --- thanks


def test_the_latest_thanks_name_only_who_agreed(clock):
    points.service.install_tariff()
    coordinator, squad_id = people.staff(), people.squad("花木兰队")
    named = people.member("王小芳", squad_id=squad_id, listed=True)
    unnamed = people.member("赵秀英", squad_id=squad_id)
    award(coordinator, named)
    latest = leaderboard_members.latest_thanks()
    assert (latest.name, latest.rule_name_zh, latest.points) == ("王*芳", "提供有用线索", 20)
    clock.tick(minutes=1)
    award(coordinator, unnamed)
    assert leaderboard_members.latest_thanks().name is None


def test_nobody_is_thanked_for_an_award_that_was_withdrawn(clock):
    points.service.install_tariff()
    coordinator = people.staff()
    award(coordinator, people.member("王小芳", listed=True))
    clock.tick(minutes=1)
    answer = award(coordinator, people.member("赵秀英", listed=True))
    transfer_id = UUID(answer.body["transfer_id"])
    points.service.withdraw_award(coordinator, key=new_id(), transfer_id=transfer_id, reason="记错了人")
    assert leaderboard_members.latest_thanks().name == "王*芳"


def test_before_the_first_deed_nobody_is_thanked():
    assert leaderboard_members.latest_thanks() is None


def award(coordinator, member, rule_code="lead"):
    return points.service.award_deed(coordinator, key=new_id(), member_id=member.id, rule_code=rule_code)
