"""The demo alliance: complete, believable, always the same, and its books are in order."""

import itertools
import re
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
import patrols.queries
import points.queries
import points.words
import reports.queries
import reports.rules.kinds
from alliance import demo, heaps
from alliance.demo import awaited, history, people, places
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db
from merchants.models import Charge, Merchant, Settlement
from patrols.models import Round, RoundMember, Visit
from points import checks, leaderboard, leaderboard_members
from points.leaderboard import period
from points.models import TariffRule, Transfer
from rewards.models import Reward
from tests.conftest import settings_for
from tests.support import demo_evening
from tests.support.applications import for_a_moment
from tests.support.demo_evening import EVENING, everybody

#: Of the processor, on a slow machine; half of what the first start may take.
MOST_SECONDS = 30


#: Whoever comes first makes the alliance, and the others wait for it.
pytestmark = pytest.mark.timeout(400)


def sizes() -> dict[str, int]:
    count = Counter(member.squad_id for member in everybody() if member.status != "applied")
    return {squad.name: count[squad.id] for squad in members.queries.squads()}


def test_eleven_grids_with_one_squad_each_have_254_people(alliance):
    grids = [plan.name for plan in places.GRIDS]
    assert len(grids) == 11
    assert sum(sizes()[name] for name in grids) == 254
    levels = Counter(area.level for area in members.queries.areas())
    assert levels == {"station": 1, "community": 1, "grid": 11, "estate": 18}


def test_there_are_a_womens_squad_of_thirty_pensioners_couriers_and_school_guards(alliance):
    kinds = {squad.kind: squad.name for squad in members.queries.squads()}
    assert set(kinds) == {"patrol", "women", "sunset_glow", "courier", "school_guard", "other"}
    assert sizes()[kinds["women"]] == 30


def test_every_squad_has_a_captain_and_somebody_who_stands_in(alliance):
    for squad in members.queries.squads():
        assert len(members.queries.captains_of(squad.id)) == 2, squad.name


def test_some_rest_some_wait_and_some_have_gone(alliance):
    counts = members.queries.status_counts()
    assert counts["on_leave"] == 11
    assert counts["applied"] == 5
    waiting = members.queries.applications().items
    named = members.queries.endorsements_for([each.facts.id for each in waiting])
    assert sorted(each.state for (each,) in named.values()) == ["asked", "confirmed"]
    assert counts["left"] == 2
    assert counts["suspended"] == 1


def test_some_have_no_phone_and_some_of_these_a_helper(alliance):
    without = [member for member in everybody() if member.phone_end is None and member.status != "left"]
    helped = [member for member in without if member.helper_id is not None]
    assert len(without) > 20
    assert 5 < len(helped) < len(without)


def test_names_are_names_and_few_people_share_one(alliance):
    names = Counter(member.name for member in everybody())
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in names)
    assert names.most_common(1)[0][1] <= 2


def test_telephones_are_of_a_range_that_nobody_has(alliance):
    for member in everybody():
        assert member.phone_end is None or members.queries.record(member.id).phone.startswith("+861990000")


def test_the_books_are_in_order(alliance):
    assert [finding for finding in checks.run() if finding.faults] == []


def test_a_year_of_tens_of_thousands_of_deeds_was_booked(alliance):
    board = leaderboard.squad_board("all", "total")
    assert sum(line.deeds for line in board.standings.lines) > 20_000
    captain = members.queries.search(people.sign_in_phones()["captain"]).items[0]
    lines, cursor = [], None
    while True:
        page = points.queries.statement(captain.id, cursor=cursor)
        lines += page.items
        cursor = page.next
        if cursor is None:
            break
    assert min(line.posted_at for line in lines) < EVENING - timedelta(days=330)
    assert max(line.posted_at for line in lines) <= EVENING


def test_every_patrol_of_the_year_is_paid_for_its_round_and_every_round_is_paid(alliance):
    patrol = sa.select(TariffRule.id).where(TariffRule.code == "patrol")
    booked = sa.select(
        Transfer.receipt_key,
        Transfer.subject_type,
        Transfer.subject_id,
        Transfer.credit_account_id,
        Transfer.squad_id,
        Transfer.amount,
        Transfer.happened_at,
        Transfer.memo,
    ).where(Transfer.kind == "earn", Transfer.rule_id.in_(patrol))
    walked = (
        sa.select(
            Round.id, sa.literal("round"), Round.id, RoundMember.member_id, Round.squad_id, RoundMember.points,
            Round.ended_at, Round.route_id,
        )
        .join(RoundMember, RoundMember.round_id == Round.id)
        .where(Round.state == "completed", RoundMember.outcome == "paid")
    )  # fmt: skip
    names = {route.id: route.name for route in patrols.queries.routes()}
    paid = {tuple(row) for row in db.session.execute(booked)}
    assert len(paid) > 15_000
    assert paid == {(*row[:-1], names[row.route_id]) for row in db.session.execute(walked)}


def test_those_who_sign_in_have_served_tens_of_hours_in_the_rounds_of_their_list(alliance):
    for role in ("volunteer", "captain"):
        member = members.queries.search(people.sign_in_phones()[role]).items[0]
        own, cursor = [], None
        while True:
            page = patrols.queries.rounds_of(member.id, cursor=cursor)
            own += page.items
            cursor = page.next
            if cursor is None:
                break
        minutes = patrols.queries.service_minutes(member.id, EVENING - timedelta(days=365), EVENING)
        assert 20 * 60 < minutes < 120 * 60, role
        assert minutes == sum(each.service_minutes for each in own if each.line.state == "completed")
        assert all(each.service_minutes <= each.line.minutes <= 90 for each in own)


def test_every_day_of_the_year_has_rounds(alliance):
    counted = dict(patrols.queries.completed_per_day(EVENING.date() - timedelta(days=1), 360))
    assert min(counted.values()) > 0
    assert 10 < sum(counted.values()) / len(counted) < 40


def test_most_people_walk_in_company_and_nobody_in_two_rounds_at_once(alliance):
    query = (
        sa.select(RoundMember.member_id, RoundMember.left_at, Round.id, Round.opened_at, Round.ended_at)
        .join(Round, Round.id == RoundMember.round_id)
        .order_by(RoundMember.member_id, Round.opened_at)
    )
    rows = db.session.execute(query).all()
    companions = Counter(row.id for row in rows)
    alone = sum(number == 1 for number in companions.values())
    assert alone < len(companions) / 4
    for before, after in itertools.pairwise(rows):
        assert before.member_id != after.member_id or (before.left_at or before.ended_at) < after.opened_at


def test_no_point_is_visited_outside_its_routes_hours_nor_outside_its_round(alliance):
    hours = {route.id: (route.opens_at, route.closes_at) for route in patrols.queries.routes()}
    assert any(opens for opens, _closes in hours.values())
    query = sa.select(Round.route_id, Round.opened_at, Round.ended_at, Visit.happened_at)
    for row in db.session.execute(query.join(Visit, Visit.round_id == Round.id)):
        opens, closes = hours[row.route_id]
        assert opens is None or opens <= core_clock.local(row.happened_at).strftime("%H:%M") < closes
        assert row.opened_at <= row.happened_at <= (row.ended_at or EVENING)


def test_every_large_squad_stands_on_the_board_of_the_week_with_arrows(alliance):
    lines = leaderboard.squad_board("week", "head").standings.lines
    assert [line.unranked for line in lines] == [None] * 15 + ["too_small"]
    assert any(line.moved for line in lines)
    assert len(leaderboard_members.listed_members(period("month", core_clock.today()))) == 20


def test_there_are_rounds_in_every_state(alliance):
    counts = patrols.queries.desk_counts()
    assert counts["open"] == 1
    assert counts["held"] == 1
    lines = patrols.queries.rounds_for(SYSTEM, "all", limit=100).items
    assert {line.state for line in lines} == {"open", "completed", "held", "incomplete", "dismissed"}
    assert {flag for line in lines for flag in line.flags} == {"too_fast", "typed_only", "two_rounds"}


def test_plates_hang_walking_distance_apart(alliance):
    for route in patrols.queries.routes():
        assert len(route.checkpoints) >= 4
        for stop in route.checkpoints[1:]:
            north = (stop.latitude_e6 - route.checkpoints[0].latitude_e6) * 0.1112
            east = (stop.longitude_e6 - route.checkpoints[0].longitude_e6) * 0.0879
            assert 40 < (north**2 + east**2) ** 0.5 < 300


def test_an_award_was_withdrawn_so_that_statements_show_one(alliance):
    lines = [
        line
        for member in everybody()
        for line in points.queries.statement(member.id, limit=100).items
        if line.kind == "earn" and line.reversed_by is not None
    ]
    assert len(lines) == 1


def test_a_code_that_was_pasted_over_a_plate_waits_at_the_desk(alliance):
    (heap,) = heaps.waiting()
    assert (heap.what, heap.newest.reason, heap.people > 4) == ("code", "code_foreign", True)


def test_the_printed_sign_ins_open_every_kind_of_account(alliance):
    held = {}
    for role, phone in people.sign_in_phones().items():
        user = members.service.sign_in_with_password(
            phone=phone, password=people.password(), network_address="203.0.113.5"
        )
        held[role] = user.permissions
        assert any(phone[-4:] in line and people.password() in line for line in alliance.lines)
    assert "patrol.walk" in held["volunteer"]
    assert "award.give" in held["coordinator"]
    assert "audit.read" in held["auditor"] - held["coordinator"]
    assert "role.manage" in held["administrator"]


def test_another_instance_has_another_password(alliance, make_app):
    here = people.password()
    with make_app(print_secret="a secret of another instance, long enough").app_context():
        assert people.password() != here


def test_a_filled_database_is_left_alone(alliance):
    assert not demo.is_empty()
    answer = alliance.app.test_cli_runner().invoke(args=["alliance", "demo"])
    assert answer.exit_code == 1
    assert "needs an empty database" in answer.output


def test_it_takes_a_quarter_of_a_minute_at_most(filled):
    assert filled.seconds < MOST_SECONDS


def test_the_same_day_gives_the_same_alliance_on_either_database(filled, fresh_databases, tmp_path):
    with fresh_databases.fresh("postgresql", tmp_path) as address:
        demo_evening.make(address)
        with for_a_moment(settings_for(address, tmp_path)) as other:
            assert told_of(filled.app) == told_of(other)


def told_of(app: Flask) -> tuple:
    """What can be told apart from ids and secrets."""
    with app.app_context(), core_clock.frozen(EVENING):
        lines = leaderboard.squad_board("all", "total").standings.lines
        return (
            sorted(member.name for member in everybody()),
            [(line.name, line.heads, line.points, line.deeds) for line in lines],
            [(line.route, line.state) for line in patrols.queries.rounds_for(SYSTEM, "all").items],
            patrols.queries.completed_per_day(EVENING.date(), 60),
            db.session.scalar(sa.select(sa.func.sum(RoundMember.service_minutes))),
            _trade(),
        )


def _trade() -> tuple:
    by_shop = (
        sa.select(Merchant.name, Charge.state, sa.func.count(), sa.func.sum(Charge.points))
        .join(Charge, Charge.merchant_id == Merchant.id)
        .group_by(Merchant.name, Charge.state)
    )
    return (
        sorted(tuple(row) for row in db.session.execute(by_shop)),
        sorted(map(tuple, db.session.execute(sa.select(Reward.drawing, Reward.stock, Reward.held))), key=str),
        db.session.execute(
            sa.select(Settlement.month, sa.func.sum(Settlement.cents))
            .group_by(Settlement.month)
            .order_by("month")
        ).all(),
    )


def test_a_demo_that_fails_leaves_nothing_behind(app, clock, monkeypatch):
    def trip(*_, **__):
        raise RuntimeError("stumbled")

    monkeypatch.setattr(history, "book", trip)
    with pytest.raises(RuntimeError, match="stumbled"):
        demo.fill()
    assert demo.is_empty()
    assert demo.sign_ins() == []


def test_residents_told_something_of_every_kind_and_every_list_of_the_desk_has_work(alliance):
    desk = people.actor_of(members.queries.search(people.sign_in_phones()["coordinator"]).items[0].id)
    assert all(reports.queries.desk_counts(desk).values())
    told = [
        *reports.queries.desk_list(desk, tab="open").items,
        *reports.queries.desk_list(desk, tab="closed").items,
    ]
    assert {each.kind for each in told} == set(reports.rules.kinds.KINDS)
    assert {each.named for each in told} == {True, False}
    assert reports.queries.homes().items
    assert reports.queries.closed_tills()
    (brought,) = members.queries.member_imports()
    assert (brought.state, brought.ready, brought.left_out) == ("ready", awaited.NEWCOMERS, 4)
    assert points.queries.odd_count() > 0
