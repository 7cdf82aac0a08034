"""Sixteen phones at the same moment, before a server of two processes: every scan counts once, for everybody alike."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

import members.service
import patrols.service
from core.db import db
from tests.conftest import settings_for
from tests.support import crew as crews
from tests.support import databases, naive
from tests.support.crew import Answer, Crew
from tests.support.gunicorn import serving
from tests.support.served_town import ServedTown, serve_town
from tests.support.town import HELP, HELP_POINTS, WALK_POINTS, scan_of

PHONES = crews.PROCESSES * crews.THREADS
PEOPLE = 50


@dataclass
class Square:
    """A town's square: the town behind its server, and the crew before it."""

    place: ServedTown
    crew: Crew


@pytest.fixture(scope="module", params=databases.ENGINES)
def shared_square(
    request: pytest.FixtureRequest,
    fresh_databases: databases.Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Square]:
    """One town for all races of this file: founding one and starting a server takes longer than a race."""
    folder = tmp_path_factory.mktemp("town")
    with fresh_databases.fresh(request.param, folder) as url:
        # So many awards to one member would soon need a second coordinator.
        settings = settings_for(url, folder, award_member_week_limit=100_000)
        with (
            serve_town(settings, folder / "gunicorn.log", people=PEOPLE, options=("--preload",)) as place,
            crews.crew(place.server.base_url) as crew,
        ):
            yield Square(place, crew)


@pytest.fixture
def square(shared_square: Square) -> Iterator[Square]:
    """The square; after each race the books must be in order and nobody may have heard of locks."""
    yield shared_square
    assert shared_square.place.complaints() == []


def statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(each.status for each in answers))


def same_for_all(answers: list[Answer]) -> Answer:
    assert len({each.lasting for each in answers}) == 1
    return answers[0]


def test_one_scan_sent_sixteen_times_at_once_is_one_visit_with_one_answer(square: Square) -> None:
    [walker] = square.place.newcomers(1)
    scan = scan_of(square.place.town.loop[0])

    answers = square.crew.fire([(walker.headers, scan)] * PHONES)

    assert statuses(answers) == {201: 1, 200: PHONES - 1}
    assert same_for_all(answers).body["outcome"] == "round_opened"
    assert square.place.visit_keys(walker) == {UUID(scan["scan_id"])}


def test_one_scan_that_completes_a_round_pays_once_however_often_it_arrives(square: Square) -> None:
    """Without a cooldown the next round could begin at once: a repeat must not begin one with the old key."""
    for walker in square.place.newcomers(6):
        answers = square.crew.fire([(walker.headers, scan_of(square.place.town.post))] * PHONES)

        assert statuses(answers) == {201: 1, 200: PHONES - 1}
        assert same_for_all(answers).body["balance"] == WALK_POINTS
        assert square.place.balance(walker) == WALK_POINTS
        assert square.place.transfers(walker) == square.place.visits(walker) == 1


def test_one_award_sent_sixteen_times_at_once_pays_once(square: Square) -> None:
    [holder] = square.place.newcomers(1)
    scan = scan_of(holder.card, rule_code=HELP)

    answers = square.crew.fire([(square.place.town.desk, scan)] * PHONES)

    assert statuses(answers) == {201: 1, 200: PHONES - 1}
    assert same_for_all(answers).body["points"] == HELP_POINTS
    assert square.place.balance(holder) == HELP_POINTS


def test_a_refusal_is_the_same_for_all_sixteen(square: Square) -> None:
    [walker] = square.place.newcomers(1)
    plate = square.place.town.loop[0]
    square.crew.fire([(walker.headers, scan_of(plate))])

    answers = square.crew.fire([(walker.headers, scan_of(plate))] * PHONES)

    assert statuses(answers) == {422: PHONES}
    assert same_for_all(answers).code == "already_visited"
    assert square.place.visits(walker) == 1


def test_sixteen_scans_of_one_plate_by_one_member_are_one_visit(square: Square) -> None:
    [walker] = square.place.newcomers(1)
    scans = [scan_of(square.place.town.loop[0]) for _ in range(PHONES)]

    answers = square.crew.fire([(walker.headers, scan) for scan in scans])

    assert statuses(answers) == {201: 1, 422: PHONES - 1}
    assert {each.code for each in answers} == {None, "already_visited"}
    counted = next(scan for scan, each in zip(scans, answers, strict=True) if each.status == 201)
    assert square.place.visit_keys(walker) == {UUID(counted["scan_id"])}
    again = square.crew.fire([(walker.headers, scan) for scan in scans])
    assert [each.lasting for each in again] == [each.lasting for each in answers]


def test_sixteen_scans_of_the_last_plate_complete_the_round_once(square: Square) -> None:
    [walker] = square.place.newcomers(1)
    *first, last = square.place.town.loop
    for plate in first:
        square.crew.fire([(walker.headers, scan_of(plate))])

    answers = square.crew.fire([(walker.headers, scan_of(last)) for _ in range(PHONES)])

    assert statuses(answers).keys() <= {201, 422}
    assert sum(each.body.get("outcome") == "round_completed" for each in answers) == 1
    assert square.place.balance(walker) == WALK_POINTS


def test_many_members_on_one_route_are_all_paid_exactly(square: Square) -> None:
    walkers = square.place.newcomers(PHONES)

    for plate in square.place.town.loop * 2:
        answers = square.crew.fire([(each.headers, scan_of(plate)) for each in walkers])
        assert statuses(answers) == {201: PHONES}

    assert {square.place.balance(each) for each in walkers} == {2 * WALK_POINTS}
    assert square.place.visits(*walkers) == 2 * PHONES * len(square.place.town.loop)


def test_sixteen_awards_to_one_member_all_count(square: Square) -> None:
    [holder] = square.place.newcomers(1)

    answers = square.crew.fire(
        [(square.place.town.desk, scan_of(holder.card, rule_code=HELP)) for _ in range(3 * PHONES)]
    )

    assert statuses(answers) == {201: 3 * PHONES}
    assert sorted(each.body["balance"] for each in answers) == [
        HELP_POINTS * n for n in range(1, 3 * PHONES + 1)
    ]
    assert square.place.balance(holder) == 3 * PHONES * HELP_POINTS


def test_sixteen_companions_in_one_round_are_each_paid_once(square: Square) -> None:
    walkers = square.place.newcomers(PHONES)
    first, *rest = walkers
    place, town = square.place, square.place.town
    [opened] = square.crew.fire([(first.headers, scan_of(town.loop[0]))])
    with place.app.app_context():
        code = patrols.service.captain_code(town.actor(first), UUID(opened.body["round_id"]))
    joined = square.crew.fire([(each.headers, scan_of(code.text)) for each in rest])
    assert statuses(joined) == {201: PHONES - 1}

    answers = square.crew.fire(
        [(each.headers, scan_of(town.loop[1 + n % 3])) for n, each in enumerate(walkers)]
    )

    assert statuses(answers).keys() <= {201, 422}
    assert sum(each.body.get("outcome") == "round_completed" for each in answers) == 1
    assert {place.balance(each) for each in walkers} == {WALK_POINTS}
    assert {place.transfers(each) for each in walkers} == {1}


def test_a_phone_code_shown_once_is_good_for_one_award(square: Square) -> None:
    [holder] = square.place.newcomers(1)
    with square.place.app.app_context():
        shown = members.service.phone_code(square.place.town.actor(holder)).code

    answers = square.crew.fire(
        [(square.place.town.desk, scan_of(shown.text, rule_code=HELP)) for _ in range(PHONES)]
    )

    assert Counter(each.code for each in answers) == {None: 1, "code_used": PHONES - 1}
    assert square.place.balance(holder) == HELP_POINTS


def test_a_key_used_for_two_things_at_once_has_the_effect_of_one(square: Square) -> None:
    one, other = square.place.newcomers(2)
    key = uuid4()
    scans = [scan_of(each.card, key=key, rule_code=HELP) for each in (one, other)] * (PHONES // 2)

    answers = square.crew.fire([(square.place.town.desk, scan) for scan in scans])

    assert Counter(each.code for each in answers) == {None: PHONES // 2, "key_reused": PHONES // 2}
    assert sorted((square.place.balance(one), square.place.balance(other))) == [0, HELP_POINTS]


def test_a_key_used_by_two_members_at_once_belongs_to_one_of_them(square: Square) -> None:
    walkers = square.place.newcomers(2) * (PHONES // 2)
    scan = scan_of(square.place.town.post)

    answers = square.crew.fire([(each.headers, scan) for each in walkers])

    assert Counter(each.code for each in answers) == {None: PHONES // 2, "key_reused": PHONES // 2}
    assert sorted(map(square.place.balance, walkers[:2])) == [0, WALK_POINTS]


def test_the_same_races_go_wrong_without_receipt_and_lock(square: Square) -> None:
    """The control: the same crew before a server that looks first and then writes, over the same database."""
    settings = square.place.app.extensions["alliance_settings"]
    with square.place.app.app_context():
        for statement in naive.TABLES:
            with db.engine.begin() as connection:
                connection.execute(sa.text(statement))
    log = square.place.log.with_name("naive.log")
    with (
        serving(settings, log, application="tests.support.naive:app") as server,
        crews.crew(server.base_url) as crew,
    ):
        crew.fire([({}, scan_of("ONE"))] * PHONES)
        doubled = _naive("SELECT count(*) FROM naive_scan", square)
        crew.fire([({}, scan_of("MANY")) for _ in range(PHONES)])
    assert doubled > 1
    scans = _naive("SELECT count(*) FROM naive_scan", square)
    assert _naive("SELECT points FROM naive_balance", square) < 2 * scans


def _naive(query: str, square: Square) -> int:
    with square.place.app.app_context():
        return db.session.scalar(sa.text(query)) or 0
