"""Rounds, routes and checkpoints over JSON: who may, what comes back, what bad input gets."""

import pytest

import members.queries
import members.service
import patrols.service
from core.auth import SYSTEM
from core.codes import Kind, parse
from core.config import settings
from core.db import new_id
from tests.support import members_builders
from tests.support import patrols_builders as patrol
from tests.support.patrols_builders import visit


@pytest.fixture(autouse=True)
def alliance(app, clock):
    patrol.tariff()


@pytest.fixture
def browser_of(app):
    def open_one(actor):
        client = app.test_client()
        members_builders.sign_in(client, members.queries.facts(actor.id))
        client.token = client.get("/api/v1/session").json["csrf_token"]
        return client

    return open_one


def send(client, method, path, body=None):
    return client.open(path, method=method, json=body, headers={"X-CSRF-Token": client.token})


def test_a_walker_sees_and_ends_the_round_under_way(browser_of, clock):
    street, walker = patrol.street(3, minimum_points=2), patrol.person()
    client = browser_of(walker)
    assert client.get("/api/v1/me/round").json == {"round": None}
    visit(walker, street.plate(1))
    clock.tick(minutes=9)
    visit(walker, street.plate(2))
    found = client.get("/api/v1/me/round").json["round"]
    assert [each["state"] for each in found["stops"]] == ["done", "done", "open"]
    assert (found["line"]["minutes"], found["may_end"], found["leads"]) == (9, True, True)
    path, key = f"/api/v1/rounds/{found['line']['id']}/end", str(new_id())
    ended = send(client, "POST", path, {"key": key})
    assert (ended.status_code, ended.json["outcome"], ended.json["points"]) == (201, "round_completed", 2)
    again = send(client, "POST", path, {"key": key})
    assert (again.status_code, again.json) == (200, ended.json)
    refused = send(client, "POST", path, {"key": str(new_id())})
    assert (refused.status_code, refused.json["code"]) == (422, "round_over")
    (own,) = client.get("/api/v1/me/rounds").json["items"]
    assert (own["points"], own["service_minutes"], own["outcome"]) == (2, 9, "paid")


def test_the_captains_code_is_drawn_and_read_back(browser_of):
    walker = patrol.person()
    opened = visit(walker, patrol.street(2).plate(1))
    shown = browser_of(walker).get(f"/api/v1/rounds/{opened['round_id']}/code")
    assert shown.status_code == 200
    assert parse(shown.json["address"], settings().base_url).kind is Kind.ACTIVITY
    assert shown.json["svg"].startswith("<svg")
    typed = parse(shown.json["typed"], settings().base_url)
    assert (typed.kind, len(typed.text)) == (Kind.ACTIVITY, 8)
    other = browser_of(patrol.person("李梅")).get(f"/api/v1/rounds/{opened['round_id']}/code")
    assert (other.status_code, other.json["code"]) == (403, "round_not_yours")


def test_a_companion_without_a_phone_is_added_once_by_number_and_name_or_by_card(browser_of):
    walker, granny = patrol.person(), members_builders.member("孙奶奶", phone=None)
    path = f"/api/v1/rounds/{visit(walker, patrol.street(2).plate(1))['round_id']}/companions"
    client, key = browser_of(walker), str(new_id())
    body = {"key": key, "number": str(granny.number), "name": "孙奶奶"}
    added = send(client, "POST", path, body)
    assert (added.status_code, added.json["outcome"], added.json["companions"]) == (201, "joined", 1)
    assert send(client, "POST", path, body).status_code == 200
    wrong = send(client, "POST", path, body | {"key": str(new_id()), "name": "孙"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "companion_not_found")
    neighbour = members_builders.member("钱爷爷", phone=None)
    card = {"key": str(new_id()), "card": members_builders.card(neighbour).text}
    assert send(client, "POST", path, card).json["companions"] == 2
    assert (
        send(client, "POST", path, {"key": str(new_id()), "card": "nonsense"}).json["code"]
        == "code_malformed"
    )


def test_a_round_is_hidden_from_whom_it_does_not_concern(browser_of):
    squad = members_builders.squad()
    captain, walker = patrol.person("周桂兰", squad_id=squad), patrol.person(squad_id=squad)
    members.service.appoint_captains(SYSTEM, squad, captain_id=captain.id, acting_captain_id=None)
    path = f"/api/v1/rounds/{visit(walker, patrol.street(2).plate(1))['round_id']}"
    cast = {
        "walker": (walker, 200),
        "captain": (captain, 200),
        "coordinator": (patrol.coordinator(), 200),
        "auditor": (patrol.person("钱会计", "auditor"), 200),
        "team mate": (patrol.person("李梅", squad_id=squad), 404),
        "stranger": (patrol.person("陈芳"), 404),
    }
    assert {name: browser_of(who).get(path).status_code for name, (who, _status) in cast.items()} == {
        name: status for name, (_who, status) in cast.items()
    }
    rounds = f"/api/v1/rounds?list=open&squad_id={squad}"
    assert len(browser_of(captain).get(rounds).json["items"]) == 1
    assert browser_of(captain).get("/api/v1/rounds").status_code == 403
    assert browser_of(patrol.person("李梅", squad_id=squad)).get(rounds).status_code == 403


def test_the_desk_lists_judges_and_reads_reasons(browser_of, clock):
    street, walker = patrol.street(2), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(seconds=9)
    held = visit(walker, street.plate(2))
    client = browser_of(patrol.coordinator())
    (line,) = client.get("/api/v1/rounds?list=held").json["items"]
    assert (line["id"], line["flags"]) == (held["round_id"], ["too_fast"])
    path = f"/api/v1/rounds/{held['round_id']}/judgement"
    missing = send(client, "POST", path, {"key": str(new_id()), "accept": True, "reason": " "})
    assert (missing.status_code, missing.json["code"]) == (422, "judgement_reason_missing")
    done = send(client, "POST", path, {"key": str(new_id()), "accept": True, "reason": "骑车经过"})
    assert (done.status_code, done.json["state"]) == (201, "completed")
    late = send(client, "POST", path, {"key": str(new_id()), "accept": False, "reason": "再看"})
    assert (late.status_code, late.json["code"]) == (409, "already_judged")
    assert patrol.balance(walker) == 2


def test_lists_go_on_where_they_stopped(browser_of, clock):
    street, walker = patrol.street(1), patrol.person()
    for _round in range(5):
        visit(walker, street.plate(1))
        clock.tick(minutes=5)
    client, seen, cursor = browser_of(walker), [], ""
    while cursor is not None:
        page = client.get(
            "/api/v1/me/rounds", query_string={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
        )
        seen += [each["line"]["id"] for each in page.json["items"]]
        cursor = page.json["next"]
    assert len(seen) == len(set(seen)) == 5
    desk = browser_of(patrol.coordinator())
    first = desk.get("/api/v1/rounds?limit=4&list=all").json
    rest = desk.get("/api/v1/rounds", query_string={"limit": 4, "list": "all", "cursor": first["next"]}).json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 1, None)
    assert desk.get("/api/v1/rounds?cursor=nonsense").json["code"] == "cursor_invalid"


def test_a_coordinator_keeps_checkpoints_plates_and_routes(browser_of):
    client = browser_of(patrol.coordinator())
    key = str(new_id())
    made = send(
        client,
        "POST",
        "/api/v1/checkpoints",
        {"key": key, "name": "北门", "latitude_e6": 1, "longitude_e6": 2},
    )
    assert made.status_code == 201
    assert (
        send(
            client,
            "POST",
            "/api/v1/checkpoints",
            {"key": key, "name": "北门", "latitude_e6": 1, "longitude_e6": 2},
        ).json
        == made.json
    )
    path = f"/api/v1/checkpoints/{made.json['checkpoint_id']}"
    assert client.get(f"{path}/plate").status_code == 405
    plate = send(client, "POST", f"{path}/plate/print", {}).json
    anew = send(client, "POST", f"{path}/plate", {"generation": 1}).json
    assert (plate["generation"], anew["generation"]) == (1, 2)
    tapped_twice = send(client, "POST", f"{path}/plate", {"generation": 1})
    assert (tapped_twice.status_code, tapped_twice.json["code"]) == (409, "plate_renewed")
    assert send(client, "POST", f"{path}/plate/print", {}).json == anew
    assert plate["code"] != anew["code"]
    assert send(client, "PUT", path, {"name": "新北门"}).json["name"] == "新北门"
    route = {
        "name": "北线",
        "checkpoint_ids": [made.json["checkpoint_id"]],
        "opens_at": "19:00",
        "closes_at": "06:00",
    }
    added = send(client, "POST", "/api/v1/routes", route | {"key": str(new_id())})
    found = client.get(f"/api/v1/routes/{added.json['route_id']}").json
    assert (found["opens_at"], found["closes_at"], found["minimum_points"]) == ("19:00", "06:00", 1)
    again = send(client, "POST", "/api/v1/routes", route | {"key": str(new_id())})
    assert (again.status_code, again.json["code"]) == (409, "route_name_taken")
    refused = send(client, "PUT", f"{path}/status", {"in_use": False})
    assert (refused.status_code, refused.json["code"], refused.json["routes"]) == (
        422,
        "checkpoint_on_route",
        ["北线"],
    )
    assert (
        send(client, "PUT", f"/api/v1/routes/{added.json['route_id']}/status", {"in_use": False}).status_code
        == 200
    )
    assert send(client, "PUT", f"{path}/status", {"in_use": False}).json["status"] == "retired"
    assert client.get("/api/v1/checkpoints").json["items"] == []
    assert len(client.get("/api/v1/checkpoints?retired=true").json["items"]) == 1
    gone = send(client, "PUT", f"/api/v1/routes/{added.json['route_id']}/status", {"in_use": True})
    assert (gone.status_code, gone.json["code"]) == (422, "route_invalid")


def test_checkpoints_and_routes_come_page_by_page(browser_of):
    patrol.street(2, name="一号线"), patrol.street(1, name="三号线"), patrol.street(1, name="二号线")
    client = browser_of(patrol.coordinator())
    for path, count in (("checkpoints", 4), ("routes", 3)):
        seen, cursor = [], None
        while cursor or not seen:
            page = client.get(
                f"/api/v1/{path}", query_string={"limit": 1} | ({"cursor": cursor} if cursor else {})
            )
            seen += [each["name"] for each in page.json["items"]]
            cursor = page.json["next"]
        assert len(seen) == count
        assert seen == [each["name"] for each in client.get(f"/api/v1/{path}").json["items"]]
        assert client.get(f"/api/v1/{path}?cursor=nonsense").json["code"] == "cursor_invalid"


def test_a_volunteer_reads_routes_and_keeps_none(browser_of):
    street, client = patrol.street(2), browser_of(patrol.person())
    assert len(client.get("/api/v1/routes").json["items"]) == 1
    assert client.get(f"/api/v1/checkpoints/{street.checkpoints[0]}").json["hint"] == ""
    for method, path, body in (
        ("POST", "/api/v1/checkpoints", {"key": str(new_id()), "name": "北门"}),
        ("PUT", f"/api/v1/checkpoints/{street.checkpoints[0]}/status", {"in_use": False}),
        ("POST", f"/api/v1/checkpoints/{street.checkpoints[0]}/plate", {"generation": 1}),
        ("POST", f"/api/v1/checkpoints/{street.checkpoints[0]}/plate/print", {}),
        ("PUT", f"/api/v1/routes/{street.route_id}/status", {"in_use": False}),
    ):
        assert send(client, method, path, body).status_code == 403, path


@pytest.mark.parametrize(
    "change",
    [
        {"minimum_points": 0},
        {"minimum_points": 1.5},
        {"minimum_minutes": -1},
        {"minimum_minutes": "１２"},
        {"minimum_minutes": True},
        {"cooldown_minutes": 2**63},
        {"time_out_minutes": 1e9},
        {"opens_at": "25:00", "closes_at": "06:00"},
        {"opens_at": "19:00"},
        {"opens_at": "19:00\n", "closes_at": "06:00"},
        {"checkpoint_ids": []},
        {"checkpoint_ids": [str(new_id())]},
        {"squad_id": str(new_id())},
        {"area_id": str(new_id())},
        {"rule_code": "unknown"},
        {"name": "线" * 10_000},
        {"name": "线\u202e"},
        {"name": "线\x00"},
        {"name": "线\ud800"},
        {"extra": 1},
    ],
)
def test_bad_input_for_a_route_is_refused_and_changes_nothing(change, browser_of):
    client = browser_of(patrol.coordinator())
    good = {"key": str(new_id()), "name": "北线", "checkpoint_ids": [str(patrol.checkpoint())]}
    refused = send(client, "POST", "/api/v1/routes", good | change)
    assert refused.status_code == 422
    assert refused.json["code"] in {"invalid_input", "route_invalid"}
    assert refused.json["detail"]
    assert client.get("/api/v1/routes").json["items"] == []


def test_the_command_ends_overdue_rounds(cli, clock):
    walker = patrol.person()
    visit(walker, patrol.street(2, minimum_points=1, time_out_minutes=30).plate(1))
    assert "Rounds ended: 0" in cli.invoke(args=["patrols", "close-overdue"]).output
    clock.tick(minutes=30)
    assert "Rounds ended: 1" in cli.invoke(args=["patrols", "close-overdue"]).output
    assert patrol.balance(walker) == 2


def test_a_patrol_leaves_clean_books(cli, clock):
    street, walker = patrol.street(2), patrol.person()
    visit(walker, street.plate(1))
    clock.tick(minutes=5)
    visit(walker, street.plate(2))
    checked = cli.invoke(args=["points", "check"])
    assert checked.exit_code == 0, checked.output
    assert patrols.service.close_overdue() == 0
