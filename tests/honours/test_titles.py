"""Titles of honour: given by a coordinator to whom the boards propose, one for each period; names as on the boards."""

from functools import partial

import pytest

import honours.queries
import honours.service
import members.service
from core import audit
from core.auth import PermissionMissing
from core.db import db, new_id
from honours.errors import (
    HonourNotProposed,
    HonourPeriodInvalid,
    HonourRevoked,
    HonourTaken,
    OwnHonour,
)
from tests.support import honours_builders as build
from tests.support import members_builders as people
from tests.support import points_builders
from tests.support.ledger_crew import at_once

MONTH = "2026-11"


@pytest.fixture
def squads(app, clock):
    """Two squads that have earned points this month, the first more; each has a captain and is large enough."""
    found = []
    for name, points in (("花木兰巡逻队", 50), ("快递队", 10)):
        squad_id = people.squad(name)
        captain, *_others = [people.member(f"{name[0]}队长{n}", squad_id=squad_id) for n in range(5)]
        members.service.appoint_captains(
            people.staff(), squad_id, captain_id=captain.id, acting_captain_id=None
        )
        points_builders.earn(captain.id, points, squad_id=squad_id)
        found.append((squad_id, captain))
    return found


@pytest.fixture
def desk(app):
    return people.staff()


def give(actor, squad_id, **given):
    wish = {"key": new_id(), "title": "squad", "period": MONTH} | given
    return honours.service.give_honour(actor, squad_id=squad_id, **wish).body["honour_id"]


def test_the_boards_propose_squads_and_their_leaders_with_figures(squads):
    (first, captain), (second, _other) = squads
    proposed = honours.queries.proposals("squad", MONTH)
    assert [(each.squad_id, each.figures["rank"], each.figures["points"]) for each in proposed] == [
        (first, 1, 50),
        (second, 2, 10),
    ]
    star = honours.queries.proposals("star", "2026")[0]
    assert (star.member_id, star.figures["own_points"]) == (captain.id, 50)


def test_a_title_is_given_once_for_a_period_taken_back_and_given_anew(squads, desk):
    (first, _captain), (second, _other) = squads
    give(desk, first)
    with pytest.raises(HonourTaken):
        give(desk, second)
    give(desk, second, period="2026")
    (year, month) = sorted(honours.queries.wall(2026).squads, key=lambda each: len(each.period))
    assert (year.squad_name, month.squad_name, month.figures["points"]) == ("快递队", "花木兰巡逻队", 50)
    wish = {"honour_id": month.id, "reason": "算错了"}
    honours.service.revoke_honour(desk, key=new_id(), **wish)
    with pytest.raises(HonourRevoked):
        honours.service.revoke_honour(desk, key=new_id(), **wish)
    give(desk, second)
    assert [each.action for each in audit.entries(subject_id=month.id).items] == [
        "honour.revoked",
        "honour.given",
    ]


def test_two_coordinators_at_once_give_one_title(database_app, clock):
    squad_ids = []
    for name in ("花木兰巡逻队", "快递队"):
        squad_id = people.squad(name)
        crew = [people.member(f"队员{n}", squad_id=squad_id) for n in range(5)]
        points_builders.earn(crew[0].id, 50, squad_id=squad_id)
        squad_ids.append(squad_id)
    desks = [people.staff(name=f"警官{n}") for n in range(2)]
    works = [partial(give, actor, squad_id) for actor, squad_id in zip(desks, squad_ids, strict=True)]
    outcomes = at_once(database_app, works)
    assert sorted(type(each) is HonourTaken for each in outcomes) == [False, True]
    db.session.rollback()
    assert len(honours.queries.wall(2026).squads) == 1


def test_nobody_honours_himself_his_household_or_his_own_squad(squads):
    (first, captain), _ = squads
    officer = people.member("李建国", "coordinator", squad_id=first)
    with pytest.raises(OwnHonour):
        give(people.actor(officer), first)
    members.service.appoint_captains(
        people.staff(), first, captain_id=captain.id, acting_captain_id=officer.id
    )
    with pytest.raises(OwnHonour):
        give(people.actor(officer), first, title="star", member_id=officer.id)
    with pytest.raises(PermissionMissing):
        give(people.actor(captain), first)


def test_only_begun_months_and_years_and_only_whom_the_boards_propose(squads, desk):
    (first, captain), _ = squads
    for period in ("2026-12", "2027", "2026-13", "November", "2026-1"):
        with pytest.raises(HonourPeriodInvalid):
            give(desk, first, period=period)
    for given in ({"squad_id": people.squad()}, {"squad_id": first, "period": "2026-10"}):
        with pytest.raises(HonourNotProposed):
            give(desk, **given)
    with pytest.raises(HonourNotProposed):
        give(desk, first, title="squad", member_id=captain.id)


def test_the_wall_names_nobody_who_did_not_agree_to_appear(squads, desk, client):
    (first, captain), _ = squads
    give(desk, first, title="star", member_id=captain.id)
    build.issue(desk, captain.id)
    wall = honours.queries.wall(2026)
    assert (wall.stars[0].masked, wall.letters[0].masked, wall.letters[0].occasion_zh) == (None, None, "")
    people.sign_in(client, people.member())
    page = client.get("/honours").text
    assert captain.name not in page
    assert build.OCCASION not in page
    members.service.change_settings(people.actor(captain), listed=True)
    wall = honours.queries.wall(2026)
    assert wall.letters[0].occasion_zh == build.OCCASION
    assert wall.stars[0].masked not in (None, captain.name)
    assert wall.stars[0].masked in client.get("/honours").text
    assert client.get("/honours/wall").status_code == 403
    assert "警务之星" not in client.get("/honours?year=2025").text
