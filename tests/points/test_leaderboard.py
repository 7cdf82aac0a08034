"""Who stands where among the squads, and why: decisions on plain values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import NAMESPACE_DNS, UUID, uuid5

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from points.leaderboard import AVERAGE_HEADS_ADDED, FEWEST_HEADS, Tally, outlook, standings

MORNING = datetime(2026, 11, 18, 1, tzinfo=UTC)


def squad(name: str, points: int, heads: int = 10, reached_minutes: int = 0) -> Tally:
    return Tally(
        squad_id=uuid5(NAMESPACE_DNS, name),
        name=name,
        heads=heads,
        points=points,
        reached_at=MORNING + timedelta(minutes=reached_minutes) if points else None,
    )


def names(board) -> list[str]:
    return [line.name for line in board.lines]


def test_in_total_the_squad_with_more_points_stands_higher():
    board = standings([squad("东门", 40), squad("西苑", 60), squad("南街", 50)], "total")
    assert [(line.rank, line.name) for line in board.lines] == [(1, "西苑"), (2, "南街"), (3, "东门")]


def test_per_head_a_small_busy_squad_passes_a_large_lazy_one():
    board = standings([squad("大队", 100, heads=50), squad("小队", 60, heads=10)], "head")
    assert names(board) == ["小队", "大队"]
    assert names(standings([squad("大队", 100, heads=50), squad("小队", 60, heads=10)], "total")) == [
        "大队",
        "小队",
    ]


def test_small_squads_are_drawn_towards_the_average_by_the_printed_formula():
    board = standings([squad("五人", 50, heads=5), squad("廿人", 100, heads=20)], "head")
    mean = Fraction(150, 25)
    assert board.mean == mean
    assert {line.name: line.value for line in board.lines} == {
        "五人": (50 + AVERAGE_HEADS_ADDED * mean) / (5 + AVERAGE_HEADS_ADDED),
        "廿人": (100 + AVERAGE_HEADS_ADDED * mean) / (20 + AVERAGE_HEADS_ADDED),
    }


def test_a_lucky_handful_does_not_pass_a_squad_that_proved_the_same_with_many():
    board = standings(
        [squad("五人", 55, heads=5), squad("卅人", 315, heads=30), squad("懒散", 40, heads=20)], "head"
    )
    # 11 points a head with five people proves less than 10.5 with thirty.
    assert names(board)[0] == "卅人"


def test_values_are_exact_so_that_equal_squads_tie_whatever_their_size():
    # Both earned exactly the average per head: floating point would tell 7/3 and 14/6 apart by its last digit.
    board = standings([squad("后到", 49, heads=21, reached_minutes=9), squad("先到", 21, heads=9)], "head")
    assert board.lines[0].value == board.lines[1].value == Fraction(7, 3)
    assert names(board) == ["先到", "后到"]


def test_of_equal_squads_the_one_that_got_there_earlier_stands_higher():
    board = standings([squad("甲", 30, reached_minutes=5), squad("乙", 30, reached_minutes=3)], "total")
    assert names(board) == ["乙", "甲"]


def test_of_equal_squads_at_the_same_moment_the_name_decides():
    board = standings([squad("B", 30), squad("A", 30)], "total")
    assert names(board) == ["A", "B"]


def test_per_head_a_squad_below_the_least_size_is_listed_without_a_rank():
    board = standings([squad("四人", 400, heads=FEWEST_HEADS - 1), squad("十人", 10)], "head")
    few = board.lines[-1]
    assert (few.name, few.rank, few.unranked) == ("四人", None, "too_small")
    assert outlook(board, few.squad_id, 2).heads_missing == 1


def test_a_squad_that_is_too_small_does_not_move_the_average_of_the_others():
    alone = standings([squad("十人", 10), squad("廿人", 40, heads=20)], "head")
    beside = standings([squad("十人", 10), squad("廿人", 40, heads=20), squad("四人", 400, heads=4)], "head")
    assert alone.mean == beside.mean


def test_in_total_a_small_squad_is_ranked_as_all_others():
    assert names(standings([squad("四人", 40, heads=4), squad("十人", 10)], "total")) == ["四人", "十人"]


def test_a_squad_without_points_stands_at_the_end_without_a_rank_and_one_point_puts_it_on_the_board():
    board = standings([squad("新队", 0), squad("老队", 4)], "head")
    assert [(line.name, line.rank, line.unranked) for line in board.lines] == [
        ("老队", 1, None),
        ("新队", None, "no_points"),
    ]
    assert outlook(board, board.lines[1].squad_id, 2).points_missing == 1


def test_a_board_without_squads_or_heads_is_empty_and_not_an_error():
    assert standings([], "head").lines == ()
    assert standings([squad("空队", 0, heads=0)], "head").mean == 0
    assert outlook(standings([], "head"), UUID(int=1), 2) is None


def test_the_arrow_counts_places_won_since_the_period_before():
    first, second, third = squad("甲", 30), squad("乙", 20), squad("丙", 10)
    board = standings([first, second, third], "total", before={first.squad_id: 3, second.squad_id: 1})
    assert [line.moved for line in board.lines] == [2, -1, None]


def test_why_fourth_names_the_squad_above_and_what_is_missing_in_points_and_patrols():
    board = standings(
        [squad("甲", 90), squad("乙", 80), squad("丙", 71), squad("丁", 60), squad("戊", 55)], "total"
    )
    why = outlook(board, board.lines[3].squad_id, patrol_points=2)
    assert (why.line.rank, why.above.name, why.points_missing, why.patrols_missing) == (4, "丙", 12, 6)
    assert (why.below.name, why.points_ahead) == ("戊", 6)


def test_the_leader_has_nobody_above_and_knows_the_pursuer():
    board = standings([squad("甲", 90), squad("乙", 80)], "total")
    why = outlook(board, board.lines[0].squad_id, patrol_points=2)
    assert (why.above, why.points_missing, why.patrols_missing) == (None, None, None)
    assert (why.below.name, why.points_ahead) == ("乙", 11)


def test_without_a_patrol_rule_only_points_are_told():
    board = standings([squad("甲", 90), squad("乙", 80)], "total")
    why = outlook(board, board.lines[1].squad_id, patrol_points=None)
    assert (why.points_missing, why.patrols_missing) == (11, None)


def test_who_is_already_equal_but_later_needs_one_point_more():
    board = standings([squad("甲", 30), squad("乙", 30, reached_minutes=1)], "head")
    assert outlook(board, board.lines[1].squad_id, 2).points_missing == 1


sizes = st.integers(min_value=0, max_value=60)
earned = st.integers(min_value=0, max_value=5_000)
boards = st.lists(st.tuples(sizes, earned), min_size=2, max_size=12).map(
    lambda rows: [squad(f"{number:03}", points, heads, number) for number, (heads, points) in enumerate(rows)]
)


@pytest.mark.parametrize("by", ["head", "total"])
@given(tallies=boards, data=st.data())
def test_exactly_the_missing_points_lift_the_squad_and_one_point_less_does_not(by, tallies, data):
    board = standings(tallies, by)
    below_the_first = [line for line in board.lines if line.rank is not None and line.rank > 1]
    assume(below_the_first)
    line = data.draw(st.sampled_from(below_the_first))
    missing = outlook(board, line.squad_id, 2).points_missing

    def rank_with(extra: int) -> int:
        later = MORNING + timedelta(days=1)
        tallies_then = [
            replace(tally, points=tally.points + extra, reached_at=later if extra else tally.reached_at)
            if tally.squad_id == line.squad_id
            else tally
            for tally in tallies
        ]
        return standings(tallies_then, by).line(line.squad_id).rank

    assert rank_with(missing) < line.rank
    assert rank_with(missing - 1) == line.rank


@pytest.mark.parametrize("by", ["head", "total"])
@given(tallies=boards, seed=st.randoms())
def test_the_order_of_arrival_in_memory_does_not_matter(by, tallies, seed):
    shuffled = list(tallies)
    seed.shuffle(shuffled)
    assert standings(shuffled, by) == standings(tallies, by)


@pytest.mark.parametrize("by", ["head", "total"])
@given(tallies=boards)
def test_ranks_run_from_one_without_gaps_and_every_squad_is_listed_once(by, tallies):
    board = standings(tallies, by)
    ranks = [line.rank for line in board.lines if line.rank is not None]
    assert ranks == list(range(1, len(ranks) + 1))
    assert {line.squad_id for line in board.lines} == {tally.squad_id for tally in tallies}
    assert len(board.lines) == len(tallies)
