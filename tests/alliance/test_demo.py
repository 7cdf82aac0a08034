"""The demo alliance: complete, believable, always the same, and its books are in order."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

import members.queries
import members.service
import merchants.queries
import merchants.service
import patrols.queries
import points.queries
import points.words
import reports.queries
import reports.rules.kinds
import rewards.queries
from alliance import demo, heaps
from alliance.demo import awaited, history, people, places
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, transaction
from merchants.models import Charge, ChargeFlag, Merchant, Settlement, ShopDeed, ShopGift
from merchants.rules import values
from patrols.models import Round, RoundMember, Visit
from points import checks, leaderboard, leaderboard_members
from points.leaderboard import period
from points.models import TariffRule, Transfer
from rewards import rules as reward_rules
from rewards.models import Redemption, Reward, WaitingMember
from tests.conftest import settings_for
from tests.support import demo_evening
from tests.support.applications import for_a_moment
from tests.support.demo_evening import EVENING

#: Of the processor, on a slow machine; half of what the first start may take.
MOST_SECONDS = 30


#: Whoever comes first makes the alliance, and the others wait for it.
pytestmark = pytest.mark.timeout(400)


class Undone(Exception):
    """Ends a transaction that is only looked at."""


@dataclass
class Demo:
    """A demo alliance, what was said of it, and the seconds of the processor that it took."""

    app: Flask
    lines: list[str]
    seconds: float


@pytest.fixture(scope="module")
def filled(fresh_databases, tmp_path_factory):
    place = tmp_path_factory.mktemp("demo")
    address, (lines, seconds) = demo_evening.copy(fresh_databases, place)
    with for_a_moment(settings_for(address, place)) as app:
        yield Demo(app, lines, seconds)


@pytest.fixture
def alliance(filled):
    """Stand in the demo alliance, on its evening."""
    with filled.app.app_context(), core_clock.frozen(EVENING):
        yield filled


def everybody():
    """All members, page by page."""
    found, cursor = [], None
    while True:
        page = members.queries.search(cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


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
        sa.select(RoundMember.member_id, Round.id, Round.opened_at, Round.ended_at)
        .join(Round, Round.id == RoundMember.round_id)
        .order_by(RoundMember.member_id, Round.opened_at)
    )
    rows = db.session.execute(query).all()
    companions = Counter(row.id for row in rows)
    alone = sum(number == 1 for number in companions.values())
    assert alone < len(companions) / 4
    for before, after in itertools.pairwise(rows):
        assert before.member_id != after.member_id or before.ended_at < after.opened_at


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
    assert {flag for line in lines for flag in line.flags} == {"too_fast", "typed_only"}


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


# --- Shops and rewards -----------------------------------------------------------------------------------------------


def count(column, *conditions) -> Counter:
    return Counter(
        dict(db.session.execute(sa.select(column, sa.func.count()).where(*conditions).group_by(column)).all())
    )


def test_forty_shops_of_all_nine_trades_one_of_them_waits_and_one_rests(alliance):
    assert merchants.queries.status_counts() == {"applied": 1, "active": 38, "paused": 1}
    assert len(count(Merchant.trade_code)) == 9
    for shop in db.session.scalars(sa.select(Merchant)):
        offers = merchants.queries.offers(shop.id)
        assert shop.status == "applied" or 1 <= len(offers) <= 4, shop.name
        assert all((shop.name_en, shop.address, shop.contact_name, shop.about, shop.area_id, shop.hours)), (
            shop.name
        )
        assert shop.phone.startswith("1990000")
        assert [post.post for post in merchants.queries.clerks(shop.id)].count("owner") == 1, shop.name


def test_twenty_rewards_lie_on_the_shelf_each_with_its_picture(alliance):
    shelf = list(db.session.scalars(sa.select(Reward)))
    assert Counter(reward.status for reward in shelf) == {"offered": 20, "draft": 1}
    assert {reward.kind for reward in shelf} == set(reward_rules.KINDS)
    drawn = {path.stem for path in Path("static/rewards").glob("*.svg")}
    assert {reward.drawing for reward in shelf} == drawn
    assert all(reward.name_en and reward.about_en for reward in shelf)


def test_one_reward_is_sold_out_with_a_waiting_list_and_one_runs_low(alliance):
    facts = [rewards.queries.reward(each) for each in db.session.scalars(sa.select(Reward.id))]
    (sold_out,) = [reward for reward in facts if reward.sold_out]
    assert [reward.drawing for reward in facts if reward.running_low and not reward.sold_out] == [
        "door-alarm"
    ]
    waiting = sa.select(sa.func.count()).where(WaitingMember.reward_id == sold_out.id)
    assert db.session.scalar(waiting) == 4


def test_points_were_taken_in_every_way_and_everything_happened_that_can(alliance):
    assert set(count(Charge.way)) == set(values.WAYS)
    assert set(count(Charge.state)) == {"paid", "voided", "refunded", "expired", "cancelled"}
    assert set(count(Redemption.state)) == {"held", "used", "cancelled", "expired"}
    assert count(Charge.state)["paid"] > 1_000
    assert set(count(ChargeFlag.kind, ChargeFlag.seen_at.is_(None))) == set(values.FLAGS)
    assert db.session.scalar(sa.select(sa.func.count(ShopGift.id))) > 20
    assert db.session.scalar(sa.select(sa.func.count(ShopDeed.id))) > 10
    at_the_desk = rewards.queries.open_vouchers()
    assert count(Redemption.state)["held"] > at_the_desk > 5


def test_nobody_spent_on_any_day_what_he_had_not_earned_before(alliance):
    moves = sa.select(
        Transfer.posted_at,
        Transfer.id,
        Transfer.amount,
        Transfer.debit_account_id,
        Transfer.credit_account_id,
    ).order_by(Transfer.posted_at, Transfer.id)
    balances: Counter = Counter()
    people = {member.id for member in everybody()}
    for move in db.session.execute(moves):
        balances[move.credit_account_id] += move.amount
        balances[move.debit_account_id] -= move.amount
        if move.debit_account_id in people:
            assert balances[move.debit_account_id] >= 0, move


def test_points_were_taken_while_the_shop_was_a_partner_and_open(alliance):
    shops = {shop.id: shop for shop in db.session.scalars(sa.select(Merchant))}
    for charge in db.session.scalars(sa.select(Charge)):
        at = core_clock.local(charge.opened_at)
        shop = shops[charge.merchant_id]
        minute = at.hour * 60 + at.minute
        assert shop.admitted_at < charge.opened_at, shop.name
        assert any(opens <= minute < closes for opens, closes in shop.hours[at.weekday()]), (shop.name, at)


def test_every_month_is_closed_but_the_last_which_is_ready_to_be_settled(alliance):
    assert merchants.queries.month_to_draft() == "2026-10"
    months = set(db.session.scalars(sa.select(Settlement.month)))
    assert months == {"2025-12", *(f"2026-{month:02}" for month in range(1, 10))}
    assert set(count(Settlement.state)) == {"closed"}
    with pytest.raises(Undone), transaction():  # the other tests want the month as it was
        drafted = merchants.service.draft_month(SYSTEM, month="2026-10")
        assert drafted.statements > 25
        assert [finding for finding in checks.run() if finding.faults] == []
        raise Undone


def test_the_owner_keeps_a_shop_at_whose_counter_the_clerk_stands(alliance):
    owner, clerk = (
        members.queries.search(people.sign_in_phones()[role]).items[0].id for role in ("shop owner", "clerk")
    )
    (own,) = merchants.queries.posts_of(owner)
    (there,) = merchants.queries.posts_of(clerk)
    assert (own.post, there.post) == ("owner", "clerk")
    assert own.merchant_id == there.merchant_id
    found = merchants.service.check_counter_pin(
        people.actor_of(owner), merchant_id=own.merchant_id, clerk_id=clerk, pin=people.COUNTER_PIN
    )
    assert found.member_id == clerk


def test_statements_name_the_shop_and_the_reward(alliance):
    volunteer = members.queries.search(people.sign_in_phones()["volunteer"]).items[0].id
    with alliance.app.test_request_context(headers={"Accept-Language": "zh"}):
        lines, cursor = [], None
        while True:
            page = points.queries.statement(volunteer, cursor=cursor)
            lines += points.words.with_names(page.items)
            cursor = page.next
            if cursor is None:
                break
        spent = [line for line in lines if line.kind == "spend"]
        assert len(spent) > 3
        assert all(line.subject_name and line.subject_name in points.words.line_title(line) for line in spent)


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
