"""A scan of a plate: when it counts, what it answers, and why it is refused."""

from datetime import timedelta

import pytest

import members.queries
import members.service
import patrols.errors
import patrols.service
from core import clock as core_clock
from core.auth import SYSTEM
from core.codes import Code, Kind
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import refusal, visit


@pytest.fixture(autouse=True)
def alliance(database_app, clock):
    patrol.tariff()


def test_a_route_with_one_point_is_complete_and_paid_with_its_scan():
    street, walker = patrol.street(1), patrol.person()
    answer = visit(walker, street.plate(1))
    assert answer["outcome"] == "round_completed"
    assert (answer["points"], answer["balance"]) == (2, 2)
    assert patrol.balance(walker) == 2


def test_the_first_scan_opens_a_round_and_the_last_one_completes_it(clock):
    street, walker = patrol.street(3), patrol.person()
    first = visit(walker, street.plate(1))
    assert (first["outcome"], first["visited"], first["total"]) == ("round_opened", 1, 3)
    assert first["missing"] == ["三号楼后巷", "配电房"]
    clock.tick(minutes=7)
    second = visit(walker, street.plate(3))
    assert (second["outcome"], second["round_id"]) == ("visited", first["round_id"])
    assert patrol.balance(walker) == 0
    clock.tick(minutes=8)
    third = visit(walker, street.plate(2))
    assert (third["outcome"], third["points"], third["service_minutes"]) == ("round_completed", 2, 15)
    assert patrol.balance(walker) == 2


def test_a_round_with_all_points_but_too_few_minutes_goes_on(clock):
    street, walker = patrol.street(2, minimum_minutes=20), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=5)
    answer = visit(walker, street.plate(2))
    assert (answer["outcome"], answer["minutes"], answer["minutes_needed"]) == ("visited", 5, 20)
    clock.tick(minutes=15)
    assert patrol.end(walker, answer["round_id"])["outcome"] == "round_completed"
    assert patrol.balance(walker) == 2


def test_the_next_point_is_told_only_where_the_order_is_fixed(clock):
    loose, fixed, walker = patrol.street(2), patrol.street(2, ordered=True), patrol.person()
    assert visit(walker, fixed.plate(1))["next_point"] == "三号楼后巷"
    assert visit(patrol.person("李梅"), loose.plate(1))["next_point"] is None


def test_a_point_counts_once_in_a_round(clock):
    street, walker = patrol.street(3), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=3)
    assert refusal(visit, walker, street.plate(1)) == "already_visited"


def test_on_a_route_with_fixed_order_no_point_is_skipped(clock):
    street, walker = patrol.street(3, ordered=True), patrol.person()
    assert refusal(visit, walker, street.plate(2)) == "out_of_order"
    visit(walker, street.plate(1))
    clock.tick(minutes=5)
    assert refusal(visit, walker, street.plate(3)) == "out_of_order"
    assert visit(walker, street.plate(2))["next_point"] == "配电房"


def test_a_point_of_another_route_is_refused_while_a_round_is_under_way():
    street, elsewhere, walker = patrol.street(2), patrol.street(2), patrol.person()
    visit(walker, street.plate(1))
    assert refusal(visit, walker, elsewhere.plate(1)) == "not_on_route"


def test_a_point_without_a_route_is_refused():
    walker = patrol.person()
    assert refusal(visit, walker, patrol.plate_of(patrol.checkpoint())) == "no_route"


def test_a_route_out_of_use_takes_no_new_round_but_lets_one_end(clock):
    street, walker = patrol.street(2), patrol.person()
    visit(walker, street.plate(1))
    patrols.service.set_route_in_use(SYSTEM, street.route_id, in_use=False)
    assert refusal(visit, patrol.person("李梅"), street.plate(1)) == "no_route"
    clock.tick(minutes=5)
    assert visit(walker, street.plate(2))["outcome"] == "round_completed"


def test_a_code_that_was_never_printed_is_unknown():
    assert refusal(visit, patrol.person(), Code(Kind.CHECKPOINT, "C2222222222222")) == "checkpoint_unknown"


def test_a_plate_that_was_printed_anew_says_so_and_the_new_one_counts():
    street, walker = patrol.street(1), patrol.person()
    photographed = street.plate(1)
    patrols.service.reprint_plate(SYSTEM, street.checkpoints[0], generation=1)
    assert refusal(visit, walker, photographed) == "plate_replaced"
    assert visit(walker, street.plate(1))["outcome"] == "round_completed"


def test_a_checkpoint_out_of_use_is_refused():
    lonely = patrol.checkpoint("旧岗亭")
    patrols.service.set_checkpoint_in_use(SYSTEM, lonely, in_use=False)
    assert refusal(visit, patrol.person(), patrol.plate_of(lonely)) == "checkpoint_retired"


def test_without_a_say_the_route_of_the_own_squad_is_walked():
    squad = members_builders.squad()
    shared = patrol.checkpoint()
    patrol.street(checkpoints=(shared,), name="社区环线")
    own = patrol.street(checkpoints=(shared,), name="红袖章线", squad_id=squad)
    assert visit(patrol.person(squad_id=squad), own.plate(1))["route"] == "红袖章线"
    assert visit(patrol.person("李梅"), own.plate(1))["route"] == "社区环线"


def test_of_several_routes_the_volunteer_chooses_one(clock):
    shared, walker = patrol.checkpoint(), patrol.person()
    patrol.street(checkpoints=(shared,), name="东线")
    west = patrol.street(checkpoints=(shared,), name="西线")
    with pytest.raises(patrols.errors.ChooseRoute) as refused:
        visit(walker, west.plate(1))
    assert {each["name"] for each in refused.value.data["routes"]} == {"东线", "西线"}
    assert visit(walker, west.plate(1), route_id=west.route_id)["route"] == "西线"
    elsewhere = patrol.street(1)
    assert refusal(visit, patrol.person("李梅"), west.plate(1), route_id=elsewhere.route_id) == "not_on_route"


def test_of_several_routes_the_only_one_open_now_needs_no_choice():
    shared = patrol.checkpoint()
    patrol.street(checkpoints=(shared,), name="夜线", opens_at=20 * 60, closes_at=6 * 60)
    day = patrol.street(checkpoints=(shared,), name="日线", opens_at=8 * 60, closes_at=18 * 60)
    assert visit(patrol.person(), day.plate(1))["route"] == "日线"


def test_a_round_cannot_begin_outside_the_hours_of_its_route(clock):
    street, walker = patrol.street(1, opens_at=20 * 60, closes_at=6 * 60), patrol.person()
    assert refusal(visit, walker, street.plate(1)) == "outside_hours"
    clock.tick(hours=10)
    assert visit(walker, street.plate(1))["outcome"] == "round_completed"


def test_the_same_route_rests_for_its_cooldown(clock):
    street, walker = patrol.street(1, cooldown_minutes=60), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=20)
    with pytest.raises(patrols.errors.Cooldown) as refused:
        visit(walker, street.plate(1))
    assert refused.value.data["minutes"] == 40
    clock.tick(minutes=40)
    assert visit(walker, street.plate(1))["outcome"] == "round_completed"
    assert visit(patrol.person("李梅"), street.plate(1))["points"] == 2


def test_the_cap_of_the_tariff_takes_the_points_but_not_the_round(clock):
    street, walker = patrol.street(2), patrol.person()
    for _walk in range(3):
        visit(walker, street.plate(1))
        clock.tick(minutes=10)
        answer = visit(walker, street.plate(2))
        clock.tick(minutes=10)
    assert (answer["outcome"], answer["points"], answer["without_points"]) == ("round_completed", 0, "capped")
    assert answer["service_minutes"] == 10
    assert patrol.balance(walker) == 4


def test_a_route_whose_rule_has_ended_brings_hours_and_no_points(clock):
    street, walker = patrol.street(1, rule_code="patrol"), patrol.person()
    patrol.db.session.execute(patrol.sa.text("UPDATE route SET rule_code = 'gone'"))
    patrol.db.session.commit()
    answer = visit(walker, street.plate(1))
    assert (answer["outcome"], answer["without_points"]) == ("round_completed", "not_in_tariff")


@pytest.mark.parametrize("role", ["resident", "clerk", "auditor"])
def test_who_is_no_volunteer_does_not_walk(role):
    street = patrol.street(1)
    assert refusal(visit, patrol.person("赵强", role), street.plate(1)) == "permission_missing"


def test_a_member_on_leave_or_suspended_does_not_walk(clock):
    street, walker, other = patrol.street(1), patrol.person(), patrol.person("李梅")
    members.service.take_leave(walker, walker.id, None)
    members.service.suspend(SYSTEM, other.id, reason="试")
    assert refusal(visit, walker, street.plate(1)) == "member_on_leave"
    assert refusal(visit, other, street.plate(1)) == "member_suspended"


def test_a_gate_walks_for_the_member_whose_card_it_reads():
    street, walker = patrol.street(1), patrol.person()
    gate = patrol.gate()
    card = members_builders.card(members.queries.facts(walker.id))
    assert refusal(visit, gate, street.plate(1)) == "member_code_missing"
    assert refusal(visit, gate, street.plate(1), member_code=street.plate(1)) == "member_code_missing"
    assert visit(gate, street.plate(1), member_code=card)["points"] == 2
    assert patrol.balance(walker) == 2


def test_a_gate_takes_a_phone_code_once():
    street, walker = patrol.street(2), patrol.person()
    gate = patrol.gate()
    shown = members.service.phone_code(walker).code
    assert visit(gate, street.plate(1), member_code=shown)["outcome"] == "round_opened"
    assert refusal(visit, gate, street.plate(2), member_code=shown) == "code_used"


def test_a_command_cannot_walk():
    assert refusal(visit, SYSTEM, patrol.street(1).plate(1)) == "walker_needed"


def test_the_same_scan_sent_twice_is_one_visit():
    street, walker = patrol.street(2), patrol.person()
    scan_id = patrol.new_id()
    assert visit(walker, street.plate(1), id=scan_id) == visit(walker, street.plate(1), id=scan_id)


def test_a_round_ends_by_itself_when_the_next_scan_comes_after_its_time(clock):
    street, walker = patrol.street(2, minimum_points=1, time_out_minutes=60), patrol.person()
    first = visit(walker, street.plate(1))
    clock.tick(minutes=61)
    second = visit(walker, street.plate(1))
    assert second["outcome"] == "round_opened"
    assert second["round_id"] != first["round_id"]
    assert patrol.balance(walker) == 2
    assert core_clock.now() - timedelta(minutes=61) == patrol.picture()[0][0][4]
