"""Pages for walkers and the desk, without script."""

import re

import pytest

import members.queries
import members.service
import patrols.queries
from core import audit
from core.auth import SYSTEM
from core.codes import parse
from core.config import settings
from core.db import new_id
from tests.support import members_builders, screens
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def alliance(app, clock):
    patrol.tariff()


@pytest.fixture
def browser_of(app):
    def open_one(actor):
        client = app.test_client()
        members_builders.sign_in(client, members.queries.facts(actor.id))
        members.service.change_settings(actor, language="en")
        return client

    return open_one


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/round").text)
    return client.post(path, data=fields | {"csrf_token": token[1]}, follow_redirects=True)


def test_without_a_round_the_page_says_how_to_begin_one(browser_of):
    assert "No round under way" in page(browser_of(patrol.person()), "/round")


def test_the_round_under_way_shows_points_minutes_companions_and_the_captains_code(browser_of, clock):
    street, walker, mate = patrol.street(3, ordered=True), patrol.person(), patrol.person("李梅")
    opened = visit(walker, street.plate(1))
    patrol.join(mate, walker, opened["round_id"])
    clock.tick(minutes=7)
    text = page(browser_of(walker), "/round")
    assert "西门岗亭" in text
    assert 'class="trail-next"' in text
    assert "李梅" in text
    assert "data-captain-code" in text
    assert "2 points are still needed" in text
    assert "data-captain-code" not in page(browser_of(mate), "/round")


def test_the_captains_page_shows_letters_to_type_and_adds_who_has_no_phone(browser_of):
    walker, granny = patrol.person(), members_builders.member("孙奶奶", phone=None)
    round_id = visit(walker, patrol.street(2).plate(1))["round_id"]
    client = browser_of(walker)
    assert re.search(r"data-typed-code>A[2-9A-Z]{3} [2-9A-Z]{4}<", page(client, "/round"))
    path = f"/rounds/{round_id}/companions"
    wrong = send(client, path, key=str(new_id()), number=str(granny.number), name="孙")
    assert "Number and name do not belong together" in wrong.text
    added = send(client, path, key=str(new_id()), number=str(granny.number), name="孙奶奶")
    assert "Walks along from now on." in added.text
    assert "孙奶奶" in added.text


def test_the_desk_adds_a_companion_by_card_and_stays_on_its_own_page(browser_of):
    round_id = visit(patrol.person(), patrol.street(2).plate(1))["round_id"]
    granny, desk = members_builders.member("孙奶奶", phone=None), browser_of(patrol.coordinator())
    card = members_builders.card(granny).text
    assert "walks along" in page(desk, f"/desk/rounds/{round_id}")
    added = send(desk, f"/rounds/{round_id}/companions", key=str(new_id()), card=card, **{"from": "desk"})
    assert added.request.path == f"/desk/rounds/{round_id}"
    assert "孙奶奶" in added.text


def test_who_ends_a_round_at_the_desk_that_is_over_is_not_sent_to_a_plate(browser_of):
    walker = patrol.person()
    round_id, desk = visit(walker, patrol.street(2).plate(1))["round_id"], browser_of(patrol.coordinator())
    patrol.end(walker, round_id)
    again = send(desk, f"/desk/rounds/{round_id}/end", key=str(new_id()))
    assert "This round had already ended" in again.text
    assert "Scan the plate" not in again.text


def test_ending_by_hand_shows_what_the_round_brought(browser_of, clock):
    street, walker = patrol.street(3, minimum_points=2), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(minutes=9)
    visit(walker, street.plate(3))
    ended = send(browser_of(walker), f"/rounds/{opened['round_id']}/end", key=str(new_id()))
    assert "The round is complete. Thank you!" in ended.text
    assert "Not visited: 三号楼后巷" in ended.text
    assert patrol.balance(walker) == 2
    assert "Service this year: 9 minutes" in page(browser_of(walker), "/round")


def test_leaving_lets_the_others_walk_on(browser_of):
    walker, mate = patrol.person(), patrol.person("李梅")
    opened = visit(walker, patrol.street(2).plate(1))
    patrol.join(mate, walker, opened["round_id"])
    assert "You have left the round" in send(browser_of(mate), f"/rounds/{opened['round_id']}/leave").text
    assert patrols.queries.open_round(mate.id) is None
    assert patrols.queries.open_round(walker.id) is not None


def test_a_captain_begins_a_round_and_sees_the_squads(browser_of):
    squad = members_builders.squad()
    captain, mate = patrol.person("周桂兰", squad_id=squad), patrol.person("李梅", squad_id=squad)
    members.service.appoint_captains(SYSTEM, squad, captain_id=captain.id, acting_captain_id=None)
    street = patrol.street(2, name="环线")
    visit(mate, street.plate(1))
    client = browser_of(captain)
    assert "Rounds of my squad today" in page(client, "/round")
    begun = send(client, "/rounds/open", route_id=str(street.route_id))
    assert "The round has begun" in begun.text
    assert "Begin the round" not in page(browser_of(mate), "/round")


def test_a_round_of_others_is_not_shown(browser_of):
    opened = visit(patrol.person(), patrol.street(2).plate(1))
    assert browser_of(patrol.person("陈芳")).get(f"/rounds/{opened['round_id']}").status_code == 404


def held(clock):
    street, walker = patrol.street(2), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(seconds=10)
    return walker, visit(walker, street.plate(2))["round_id"]


def test_the_desk_judges_an_odd_round_and_gives_a_reason(browser_of, clock):
    walker, round_id = held(clock)
    desk = browser_of(patrol.coordinator())
    assert "too fast" in page(desk, "/desk/rounds?list=held")
    text = page(desk, f"/desk/rounds/{round_id}")
    assert "From 西门岗亭 to 三号楼后巷, 100 metres in 10 seconds" in text
    path = f"/desk/rounds/{round_id}/judgement"
    without = send(desk, path, key=str(new_id()), verdict="accept", reason="")
    assert (without.status_code, "A decision needs a reason" in without.text) == (422, True)
    for verdict in ("", "Accept", "yes"):
        unclear = send(desk, path, key=str(new_id()), verdict=verdict, reason="骑车经过")
        assert (unclear.status_code, "It is not clear how you decided" in unclear.text) == (422, True)
    nul = send(desk, path, key=str(new_id()), verdict="accept", reason="骑\x00车")
    assert (nul.status_code, "invisible characters" in nul.text) == (422, True)
    done = send(desk, path, key=str(new_id()), verdict="accept", reason="骑车经过")
    assert "Accepted, and paid." in done.text
    assert patrol.balance(walker) == 2
    again = send(desk, path, key=str(new_id()), verdict="dismiss", reason="再看")
    assert "Somebody else has decided" in again.text
    assert "骑车经过" in page(desk, f"/desk/rounds/{round_id}")


def test_the_walker_reads_that_an_odd_round_waits_without_being_accused(browser_of, clock):
    walker, round_id = held(clock)
    text = page(browser_of(walker), f"/rounds/{round_id}")
    assert "A coordinator will look at this round." in text
    assert "too fast" not in text


def test_the_desk_ends_and_begins_rounds_for_others(browser_of, clock):
    street, walker = patrol.street(2), patrol.person()
    grandmother = patrol.person("孙桂英")
    desk = browser_of(patrol.coordinator())
    opened = visit(walker, street.plate(1))
    assert (
        "The round has ended." in send(desk, f"/desk/rounds/{opened['round_id']}/end", key=str(new_id())).text
    )
    number = str(members.queries.facts(grandmother.id).number)
    begun = send(desk, "/desk/rounds/open", route_id=str(street.route_id), walkers=f"{number}\n\n")
    assert "The round has begun." in begun.text
    assert patrols.queries.open_round(grandmother.id) is not None
    unknown = send(desk, "/desk/rounds/open", route_id=str(street.route_id), walkers="没有这个人")
    assert (unknown.status_code, "does not name exactly one member" in unknown.text) == (422, True)


@pytest.mark.parametrize("which", ["today", "open", "overdue", "held", "all", "nonsense"])
def test_every_list_of_the_desk_opens_empty_and_full(which, browser_of, clock):
    desk = browser_of(patrol.coordinator())
    page(desk, f"/desk/rounds?list={which}")
    held(clock)
    visit(patrol.person("李梅"), patrol.street(2, time_out_minutes=5).plate(1))
    clock.tick(minutes=6)
    page(desk, f"/desk/rounds?list={which}")


def test_an_auditor_reads_rounds_and_judges_none(browser_of, clock):
    _walker, round_id = held(clock)
    auditor = browser_of(patrol.person("钱会计", "auditor"))
    assert "Accept and pay" not in page(auditor, f"/desk/rounds/{round_id}")
    assert auditor.get("/desk/rounds/open").status_code == 403


def test_a_checkpoint_is_added_changed_reprinted_and_retired(browser_of):
    desk = browser_of(patrol.coordinator())
    page(desk, "/desk/checkpoints")
    page(desk, "/desk/checkpoints/new")
    fields = {
        "key": str(new_id()),
        "name": "北门",
        "hint": "岗亭左侧",
        "latitude": "34.6",
        "longitude": "119.1",
    }
    added = send(desk, "/desk/checkpoints/new", **fields)
    assert "Print its plate" in added.text
    assert len(send(desk, "/desk/checkpoints/new", **fields).history) == 1
    (found,) = patrols.queries.checkpoints()
    assert (found.latitude_e6, found.longitude_e6, found.number) == (34_600_000, 119_100_000, 1)
    path = f"/desk/checkpoints/{found.id}"
    assert "34.600000" in page(desk, path)
    wrong = send(desk, path, name="北门", latitude="north", longitude="119.1")
    assert (wrong.status_code, "cannot be saved like this" in wrong.text) == (422, True)
    for fields, fault in (
        ({"latitude": "１２", "longitude": "1"}, "Use the digits 0 to 9 only"),
        ({"latitude": "1_0", "longitude": "1"}, "Use the digits 0 to 9 only"),
        ({"latitude": "nan", "longitude": "1"}, "Use the digits 0 to 9 only"),
        ({"latitude": "34.6", "longitude": ""}, "This is needed, too"),
        ({"latitude": "91", "longitude": "1"}, "too small or too large"),
        ({"name": "门" * 61}, "This is too long"),
        ({"name": "门\u202e"}, "invisible characters"),
        ({"area_id": "nonsense"}, "not among what can be chosen"),
    ):
        wrong = send(desk, path, **({"name": "北门"} | fields))
        assert (wrong.status_code, fault in wrong.text) == (422, True), fields
        assert 'id="longitude-error"' in wrong.text or fields.get("longitude") != ""
    assert "Saved" in send(desk, path, name="新北门").text
    assert 'name="generation" value="1"' in page(desk, path)
    assert "The old plate counts no more" in send(desk, f"{path}/plate", generation="1").text
    for seen in ("1", "", "x", "１"):
        assert "has a new plate already: number 2" in send(desk, f"{path}/plate", generation=seen).text
    assert patrols.queries.plate(found.id).checkpoint.generation == 2
    assert "Saved" in send(desk, f"{path}/status", in_use="0").text
    assert patrols.queries.checkpoints() == []
    assert "out of use" in page(desk, "/desk/checkpoints")


def test_a_route_is_made_from_numbered_points(browser_of):
    first, second = patrol.checkpoint("甲"), patrol.checkpoint("乙", 1)
    desk = browser_of(patrol.coordinator())
    page(desk, "/desk/routes")
    offered = page(desk, "/desk/routes/new")
    assert 'value="patrol"' in offered
    assert 'value="lead"' not in offered
    fields = {
        "key": str(new_id()),
        "name": "夜线",
        f"place-{first}": "2",
        f"place-{second}": "1",
        "minimum_minutes": "20",
        "cooldown_minutes": "60",
        "time_out_minutes": "240",
        "opens_at": "19:00",
        "closes_at": "6:30",
        "rule_code": "patrol",
    }
    assert "The route is there." in send(desk, "/desk/routes/new", **fields).text
    (route,) = patrols.queries.routes()
    assert [each.name for each in route.checkpoints] == ["乙", "甲"]
    assert (route.opens_at, route.closes_at, route.minimum_points) == ("19:00", "06:30", 2)
    path = f"/desk/routes/{route.id}"
    page(desk, path)
    for change in (
        {"minimum_minutes": "-1"},
        {"minimum_minutes": "１２"},
        {"minimum_points": "1.5"},
        {"minimum_points": "abc"},
        {"area_id": "nonsense"},
        {"squad_id": "nonsense"},
        {"opens_at": "25:00"},
        {"opens_at": "x"},
        {f"place-{first}": "x"},
    ):
        refused = send(desk, path, **(fields | change))
        assert (refused.status_code, "cannot be walked like this" in refused.text) == (422, True), change
    generous = send(desk, path, **(fields | {"rule_code": "lead"}))
    assert (generous.status_code, "paid by a patrol rule with a daily limit" in generous.text) == (422, True)
    assert "Saved" in send(desk, path, **(fields | {"ordered": "y", f"place-{first}": ""})).text
    (route,) = patrols.queries.routes()
    assert (route.ordered, [each.name for each in route.checkpoints]) == (True, ["乙"])
    assert "Saved" in send(desk, f"{path}/status", in_use="0").text
    assert patrols.queries.routes() == []


def test_the_points_offered_to_a_route_stand_by_area_and_those_on_it_first(browser_of):
    station = members_builders.area()
    community = members_builders.area("西苑社区", "community", station)
    gate, shed = patrol.checkpoint("东门", area_id=community), patrol.checkpoint("车棚", 1, area_id=community)
    patrol.checkpoint("无名处", 2)
    street = patrol.street(checkpoints=(shed,))
    text = page(browser_of(patrol.coordinator()), f"/desk/routes/{street.route_id}")
    order = [
        text.index(each)
        for each in ("On this route", "车棚", "西苑派出所 › 西苑社区", "东门", "No area", "无名处")
    ]
    assert order == sorted(order)
    assert f'name="place-{shed}" value="1"' in text
    assert f'name="place-{gate}" value=""' in text
    assert text.count("<details open>") == 2


def test_plates_are_printed_four_a_page_with_name_code_and_our_address(browser_of):
    street, lonely = patrol.street(5), patrol.checkpoint("偏僻处", 9)
    desk = browser_of(patrol.coordinator())
    text = send(desk, "/desk/plates").text
    assert (text.count('class="sheet"'), text.count("<article")) == (2, 6)
    assert "http://localhost" in text
    for plate in patrols.queries.plates():
        assert plate.code in text
    assert send(desk, "/desk/plates", route=street.route_id).text.count("<article") == 5
    assert send(desk, "/desk/plates", checkpoint=lonely).text.count("<article") == 1
    chosen = {"choose": "1", "checkpoint": [lonely, street.checkpoints[0]]}
    assert send(desk, "/desk/plates", **chosen).text.count("<article") == 2
    assert "Choose at least one plate" in send(desk, "/desk/plates", choose="1").text
    for name, value in (("checkpoint", new_id()), ("checkpoint", "x"), ("route", new_id()), ("route", "x")):
        assert send(desk, "/desk/plates", **{name: str(value)}).status_code == 404, (name, value)


def test_who_printed_which_plate_is_written_down_and_nothing_genuine_comes_by_looking(browser_of):
    gate, shed = patrol.checkpoint("东门"), patrol.checkpoint("车棚", 2)
    officer = patrol.coordinator()
    desk = browser_of(officer)
    send(desk, "/desk/plates")
    send(desk, f"/desk/plates/{gate}.png")
    found = [each for each in audit.entries().items if each.action == "plate_printed"]
    assert [each.subject_id for each in found].count(gate) == 2
    assert [each.subject_id for each in found].count(shed) == 1
    assert {each.answerable_id for each in found} == {officer.member_id}
    assert {each.data["name"] for each in found} == {"东门", "车棚"}
    code = patrols.queries.plate(gate).code
    for client in (desk, browser_of(members_builders.staff("auditor"))):
        assert code not in client.get("/desk/plates", follow_redirects=True).text
        assert code not in page(client, f"/desk/checkpoints/{gate}")
        assert client.get(f"/desk/plates/{gate}.png").status_code == 405
    for path in ("/desk/plates", f"/desk/plates/{gate}.png"):
        assert send(browser_of(members_builders.staff("auditor")), path).status_code == 403
    assert len([each for each in audit.entries().items if each.action == "plate_printed"]) == 3


def test_a_plate_is_a_picture_to_download_for_who_keeps_checkpoints(browser_of):
    gate = patrol.checkpoint("东门")
    desk, path = browser_of(patrol.coordinator()), f"/desk/plates/{gate}.png"
    assert path in send(desk, "/desk/plates").text
    assert path in page(desk, f"/desk/checkpoints/{gate}")
    answer = send(desk, path)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plate-1.png"'
    assert parse(screens.read_picture(answer.data), settings().base_url) == patrol.plate_of(gate)
    assert send(browser_of(patrol.person()), path).status_code == 403
    assert send(desk, f"/desk/plates/{new_id()}.png").status_code == 404


def test_a_checkpoint_that_is_not_there_is_no_fault_of_a_scan(browser_of):
    answer = browser_of(patrol.coordinator()).get(f"/desk/checkpoints/{new_id()}")
    assert (answer.status_code, "Scan it again" in answer.text) == (404, False)


def test_a_round_that_was_too_short_says_so_and_names_what_was_missed_apart(browser_of, clock):
    street, walker = patrol.street(3, minimum_points=2, minimum_minutes=10), patrol.person()
    opened = visit(walker, street.plate(1))
    clock.tick(minutes=2)
    visit(walker, street.plate(2))
    client, path = browser_of(walker), f"/rounds/{opened['round_id']}"
    assert re.search(r'button-main" type="button" data-closes', page(client, path))
    send(client, f"{path}/end", key=str(new_id()))
    text = page(client, path)
    assert "It was shorter than 10 minutes. Not visited: 配电房" in text
    assert "more point" not in text


def test_ending_too_early_warns_for_those_who_walk_along(browser_of):
    walker, mate = patrol.person(), patrol.person("李梅")
    opened = visit(walker, patrol.street(2).plate(1))
    patrol.join(mate, walker, opened["round_id"])
    client, path = browser_of(walker), f"/rounds/{opened['round_id']}"
    assert "One more person who walks along loses them, too." in page(client, path)
    send(client, f"{path}/end", key=str(new_id()))
    assert "One more point was needed." in page(client, path)


def test_what_people_type_never_becomes_markup(browser_of):
    street = patrol.street(checkpoints=(patrol.checkpoint("<b>门</b>"),), name="<script>x</script>")
    desk = browser_of(patrol.coordinator())
    for path in ("/desk/routes", f"/desk/routes/{street.route_id}", "/desk/checkpoints", "/desk/plates"):
        text = send(desk, path).text if path == "/desk/plates" else page(desk, path)
        assert "<b>门" not in text
        assert "<script>x" not in text
