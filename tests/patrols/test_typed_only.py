"""Who types the captain's code, which can be told over the telephone, and scans nothing: somebody looks at it."""

import pytest

import members.queries
import members.service
import patrols.queries
import patrols.service
from core import clock as core_clock
from core.auth import SYSTEM
from members.queries import spoken_number
from patrols.models import RoundFlag, RoundMember
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


@pytest.fixture
def captain(alliance):
    return patrol.person("周桂兰")


@pytest.fixture
def mate(alliance):
    return patrol.person("李梅")


@pytest.fixture
def street(alliance):
    return patrol.street(3, minimum_points=2)


def look(round_id):
    """The round as its captain and the desk see it."""
    patrol.fresh()
    return patrols.queries.round_for(SYSTEM, patrol.UUID(str(round_id)))


def kinds(round_id):
    return [each.kind for each in look(round_id).flags]


def walk_on(captain, street, clock, *places):
    """The captain scans the other points, ten minutes apart."""
    for place in places:
        clock.tick(minutes=10)
        answer = visit(captain, street.plate(place))
    return answer


def test_a_round_in_which_somebody_typed_the_code_and_scanned_nothing_waits_for_a_coordinator(
    captain, mate, street, clock
):
    opened = visit(captain, street.plate(1))
    assert patrol.join_typed(mate, captain, opened["round_id"])["joined_how"] == "typed"
    assert kinds(opened["round_id"]) == []
    assert walk_on(captain, street, clock, 2, 3)["outcome"] == "round_held"
    assert kinds(opened["round_id"]) == ["typed_only"]
    assert (patrol.balance(captain), patrol.balance(mate)) == (0, 0)
    patrol.judge(patrol.coordinator(), opened["round_id"])
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)


def scans_one_point(captain, mate, street, clock, round_id):
    patrol.join_typed(mate, captain, round_id)
    clock.tick(minutes=10)
    visit(mate, street.plate(2))


def scans_the_live_code(captain, mate, street, clock, round_id):
    patrol.join(mate, captain, round_id)
    walk_on(captain, street, clock, 2)


def comes_back_by_the_live_code(captain, mate, street, clock, round_id):
    patrol.join_typed(mate, captain, round_id)
    patrol.leave(mate, round_id)
    patrol.join(mate, captain, round_id)
    walk_on(captain, street, clock, 2)


def comes_back_at_once_by_typing(captain, mate, street, clock, round_id):
    patrol.join(mate, captain, round_id)
    patrol.leave(mate, round_id)
    patrol.join_typed(mate, captain, round_id)
    walk_on(captain, street, clock, 2)


@pytest.mark.parametrize(
    "course",
    [scans_one_point, scans_the_live_code, comes_back_by_the_live_code, comes_back_at_once_by_typing],
)
def test_who_scanned_a_point_or_the_live_code_is_paid_without_a_look(course, captain, mate, street, clock):
    opened = visit(captain, street.plate(1))
    course(captain, mate, street, clock, opened["round_id"])
    assert walk_on(captain, street, clock, 3)["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)
    assert kinds(opened["round_id"]) == []


def test_whom_the_desk_names_is_paid_without_a_look(captain, mate, street, clock):
    opened = patrol.open_round(patrol.coordinator(), street.route_id, [captain.id, mate.id])
    assert walk_on(captain, street, clock, 1, 2, 3)["outcome"] == "round_completed"
    assert patrol.balance(mate) == 2
    assert {each.joined_how for each in look(opened["round_id"]).walkers} == {"named"}


def test_who_would_not_be_paid_anyhow_lets_nobody_wait(captain, mate, street, clock):
    opened = visit(captain, street.plate(1))
    patrol.join_typed(mate, captain, opened["round_id"])
    patrol.leave(mate, opened["round_id"])
    assert walk_on(captain, street, clock, 2, 3)["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 0)


def test_a_scan_of_his_that_waited_in_the_phone_ends_the_waiting(captain, mate, street, clock):
    opened = visit(captain, street.plate(1))
    patrol.join_typed(mate, captain, opened["round_id"])
    clock.tick(minutes=5)
    scanned_at = clock.now()
    walk_on(captain, street, clock, 3)
    assert patrol.end(captain, opened["round_id"])["outcome"] == "round_held"
    assert patrol.queued_visit(mate, street.plate(2), scanned_at)["outcome"] == "round_completed"
    assert (patrol.balance(captain), patrol.balance(mate)) == (2, 2)
    assert kinds(opened["round_id"]) == []


def test_a_round_that_waits_for_something_else_besides_waits_on(captain, mate, street, clock):
    opened = visit(captain, street.plate(1))
    patrol.join_typed(mate, captain, opened["round_id"])
    clock.tick(minutes=5)
    scanned_at = clock.now()
    clock.tick(minutes=5)
    visit(captain, street.plate(3))
    patrol.db.session.add(RoundFlag(**flag_of(opened["round_id"])))
    patrol.db.session.commit()
    patrol.end(captain, opened["round_id"])
    assert patrol.queued_visit(mate, street.plate(2), scanned_at)["outcome"] == "round_held"
    assert kinds(opened["round_id"]) == ["skewed_clock"]
    assert patrol.balance(mate) == 0


def flag_of(round_id):
    return {
        "id": patrol.new_id(),
        "round_id": patrol.UUID(round_id),
        "kind": "skewed_clock",
        "data": {"seconds": 300},
        "raised_at": core_clock.now(),
    }


def test_how_everybody_came_in_is_kept(captain, mate, street):
    opened = visit(captain, street.plate(1))
    other, granny = patrol.person("陈芳"), members_builders.member("孙奶奶", phone=None)
    patrol.join_typed(mate, captain, opened["round_id"])
    patrol.join(other, captain, opened["round_id"])
    patrols.service.add_companion(
        captain,
        key=patrol.new_id(),
        round_id=patrol.UUID(opened["round_id"]),
        number=spoken_number(granny.number),
        name="孙奶奶",
    )
    rows = patrol.db.session.execute(patrol.sa.select(RoundMember.member_id, RoundMember.joined_how)).all()
    assert dict(map(tuple, rows)) == {
        captain.id: "began",
        mate.id: "typed",
        other.id: "scanned",
        granny.id: "named",
    }


@pytest.mark.parametrize(
    ("language", "advice", "reason", "note"),
    [
        ("en", "Scan one point yourself", "typing the captain&#39;s code", "code typed, no point scanned"),
        ("zh_Hans_CN", "请自己扫一个点", "有人输入队长码加入", "输码加入，一个点没扫"),
    ],
    ids=["English", "Chinese"],
)
def test_the_member_is_told_in_time_and_the_desk_reads_why_and_who(
    database_app, captain, mate, street, clock, language, advice, reason, note
):
    opened = visit(captain, street.plate(1))
    code = patrols.service.typed_captain_code(captain, patrol.UUID(opened["round_id"]))
    client = signed_in(database_app, mate, language)
    token = client.get("/api/v1/session").json["csrf_token"]
    scan = {"scan_id": str(patrol.new_id()), "code": code.text}
    answer = client.post("/api/v1/scans", json=scan, headers={"X-CSRF-Token": token})
    assert answer.json["outcome"] == "joined"
    assert advice in answer.json["next_step"]
    assert advice in client.get("/round").text
    walk_on(captain, street, clock, 2, 3)
    assert client.get("/api/v1/me/rounds").json["items"][0]["joined_how"] == "typed"
    desk = signed_in(database_app, patrol.coordinator(), language)
    page = desk.get(f"/desk/rounds/{opened['round_id']}").text
    assert reason in page
    assert page.count(note) == 2
    found = desk.get(f"/api/v1/rounds/{opened['round_id']}").json
    assert [each["kind"] for each in found["flags"]] == ["typed_only"]
    assert {each["name"]: (each["joined_how"], each["scanned"]) for each in found["walkers"]} == {
        "周桂兰": ("began", 3),
        "李梅": ("typed", 0),
    }


def signed_in(app, actor, language):
    client = app.test_client()
    members_builders.sign_in(client, members.queries.facts(actor.id))
    members.service.change_settings(actor, language=language)
    return client
