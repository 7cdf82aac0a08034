"""Leaderboards over HTTP: who may look, what a program gets, what a page and the wall say, in both languages."""

import re
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

import points.service
from points import board_views
from tests.support import members_builders as people
from tests.support import points_builders

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def town(app):
    """Three squads of six; the reader's own is second."""
    points.service.install_tariff()
    found = SimpleNamespace(squads=[], teams=[])
    for name, amount in (("东门队", 60), ("花木兰队", 41), ("新队", 0)):
        squad_id = people.squad(name, crest_color="green")
        team = [
            people.member(f"{name[0]}小{number}", squad_id=squad_id, listed=number < 2, language="en")
            for number in range(6)
        ]
        if amount:
            points_builders.earn(team[0].id, amount - 5, squad_id=squad_id)
            points_builders.earn(team[1].id, 5, squad_id=squad_id)
        found.squads.append(squad_id)
        found.teams.append(team)
    found.reader = found.teams[1][1]
    return found


@pytest.fixture
def reader(client, town):
    """A browser in which the member of the second squad is signed in."""
    people.sign_in(client, town.reader)
    return client


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


# --- programs


def test_the_board_holds_every_squad_with_rank_value_and_heads(reader):
    board = reader.get("/api/v1/leaderboards/squads?by=total").json
    lines = [(line["rank"], line["name"], line["points"], line["heads"]) for line in board["items"]]
    assert lines == [(1, "东门队", 60, 6), (2, "花木兰队", 41, 6), (None, "新队", 0, 6)]
    assert board["items"][2]["unranked"] == "no_points"
    assert board["season"] == {
        "kind": "week",
        "code": "W2026-47",
        "first": "2026-11-16",
        "last": "2026-11-22",
        "earlier": None,
        "later": None,
    }
    assert [line["own"] for line in board["items"]] == [False, True, False]


def test_the_formula_comes_with_the_numbers_to_check_it(reader):
    board = reader.get("/api/v1/leaderboards/squads").json
    formula, first = board["formula"], board["items"][0]
    assert formula["mean_points"] == 101
    assert formula["mean_heads"] == 18
    value = (60 + 5 * 101 / 18) / (6 + 5)
    assert first["value"] == f"{value:.2f}"


def test_the_own_squad_comes_with_what_is_missing_to_pass(reader):
    own = reader.get("/api/v1/leaderboards/squads?by=total").json["own"]
    assert own["line"]["rank"] == 2
    assert own["above"]["name"] == "东门队"
    assert (own["points_missing"], own["patrols_missing"]) == (20, 10)
    assert own["below"] is None


def test_any_squad_can_be_asked_why_it_stands_where_it_stands(reader, town):
    first = reader.get(f"/api/v1/leaderboards/squads/{town.squads[0]}?by=total").json
    assert (first["line"]["rank"], first["points_missing"], first["points_ahead"]) == (1, None, 20)
    new = reader.get(f"/api/v1/leaderboards/squads/{town.squads[2]}?by=total").json
    assert (new["line"]["rank"], new["points_missing"], new["patrols_missing"]) == (None, 1, 1)


@pytest.mark.parametrize("address", ["squads/{}", "members?squad_id={}"])
def test_a_squad_that_does_not_exist_is_not_found(reader, address):
    answer = reader.get(f"/api/v1/leaderboards/{address.format(uuid4())}")
    assert (answer.status_code, answer.json["code"]) == (404, "squad_unknown")


@pytest.mark.parametrize("query", ["season=day", "by=luck", "season=", "by=%00"])
def test_a_question_that_is_not_understood_is_refused_by_name(reader, query):
    answer = reader.get(f"/api/v1/leaderboards/squads?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")


def test_members_are_listed_masked_and_ranked_among_each_other(reader):
    items = reader.get("/api/v1/leaderboards/members").json["items"]
    assert [(line["rank"], line["name"], line["points"]) for line in items] == [
        (1, "东*0", 55),
        (2, "花*0", 36),
        (3, "东*1", 5),
        (4, "花*1", 5),
    ]
    assert [line["own"] for line in items] == [False, False, False, True]


def test_nobody_learns_the_id_or_whole_name_of_a_member_from_a_board(reader, town):
    body = reader.get("/api/v1/leaderboards/members").text
    for team in town.teams:
        for member in team:
            assert member.name not in body
            assert str(member.id) not in body


def test_the_own_place_is_told_to_its_owner(reader):
    own = reader.get("/api/v1/leaderboards/members").json["own"]
    assert (own["rank"], own["of"], own["points_missing"]) == (2, 2, 32)


def test_a_member_without_a_squad_is_told_his_place_among_those_without_one(client, town):
    loner = people.member("独行侠")
    points_builders.earn(loner.id, 3)
    people.sign_in(client, loner)
    own = client.get("/api/v1/leaderboards/members").json["own"]
    assert (own["rank"], own["of"]) == (1, 1)
    assert own["text"] in client.get("/leaderboard/members").text


def test_a_member_without_points_has_no_own_place(client, town):
    people.sign_in(client, town.teams[2][0])
    assert client.get("/api/v1/leaderboards/members").json["own"] is None


@pytest.mark.parametrize("address", ["squads", "members", "squads/019aa000-0000-7000-8000-000000000007"])
def test_strangers_get_no_board(client, town, address):
    answer = client.get(f"/api/v1/leaderboards/{address}")
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


def test_a_device_reads_the_board_only_with_its_permission(client, town):
    for permission, status in (("board.read", 200), ("award.give", 403)):
        token = people.device(permission)
        answer = client.get("/api/v1/leaderboards/squads", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert people.device("board.read")


# --- pages


def test_the_page_explains_the_own_place_with_todays_numbers(reader):
    text = page(reader, "/leaderboard?by=total")
    assert "Place 2: all members together have earned 41 points." in text
    assert "20 more points (10 patrols) would make place 1, past 东门队." in text


def test_per_head_the_page_prints_the_formula_and_the_own_reckoning(reader):
    text = page(reader, "/leaderboard")
    assert "(points + 5 × average) ÷ (active members + 5)" in text
    assert "花木兰队: (41 + 5 × 5.61) ÷ (6 + 5) = 6.28" in text


@pytest.mark.parametrize(("language", "days"), [("en", "16–22 Nov"), ("zh_Hans_CN", "11月16日至22日")])
def test_the_days_of_the_period_are_written_as_the_reader_writes_them(client, town, language, days):
    people.sign_in(client, people.member("王小芳", squad_id=town.squads[1], language=language))
    assert days in page(client, "/leaderboard")


def test_the_own_squad_is_marked_in_the_podium_and_pinned_on_top(reader):
    text = page(reader, "/leaderboard")
    assert text.index('id="own-squad"') < text.index('class="podium"')
    assert "podium-own" in text


@pytest.mark.parametrize("query", ["season=nonsense", "by=%00", "season=week&by=" + "x" * 5000])
def test_an_address_with_nonsense_in_it_shows_the_usual_board(reader, query):
    assert "花木兰队" in page(reader, f"/leaderboard?{query}")


def test_without_any_points_the_page_says_how_to_begin(client):
    people.sign_in(client, people.member(squad_id=people.squad("新队"), language="en"))
    text = page(client, "/leaderboard")
    assert "The first good deed puts a squad on the board." in text


def test_a_member_without_a_squad_sees_the_board_without_an_own_squad(client, town):
    people.sign_in(client, people.member("李居民", "resident"))
    text = page(client, "/leaderboard")
    assert "东门队" in text
    assert 'id="own-squad"' not in text


def test_the_page_of_members_shows_the_own_place_and_says_who_appears(reader):
    text = page(reader, "/leaderboard/members")
    assert (
        "You are number 2 of 2 in your squad who earned points. 32 more points would be the next place."
        in text
    )
    assert "东*0" in text
    assert "You appear here with your masked name." in text


def test_who_did_not_agree_is_told_so(client, town):
    people.sign_in(client, town.teams[1][5])
    text = page(client, "/leaderboard/members")
    assert "You do not appear here." in text


# --- periods that are over


def test_on_monday_the_way_leads_to_the_week_before_past_weeks_without_points(reader, clock):
    clock.tick(days=14)
    empty = page(reader, "/leaderboard?by=total")
    assert "No points in this period" in empty
    way = re.search(r'rel="prev" href="([^"]+)"', empty)[1].replace("&amp;", "&")
    assert "day=2026-11-16" in way
    then = page(reader, way)
    assert [each in then for each in ("16–22 Nov", "东门队", "Place 2")] == [True] * 3
    assert "20 points" not in then  # what would have to be done now for a week that is over
    assert 'rel="prev"' not in then
    back = re.search(r'rel="next" href="([^"]+)"', then)[1].replace("&amp;", "&")
    assert "day=2026-11-30" in back
    assert 'rel="next"' not in page(reader, back)
    assert "花*0" in page(reader, "/leaderboard/members?day=2026-11-18")
    clock.tick(days=365)
    assert "16–22 Nov 2026" in page(reader, "/leaderboard?day=2026-11-18")


@pytest.mark.parametrize("season", ["week", "month", "year"])
def test_programs_ask_for_a_period_by_one_of_its_days(reader, clock, season):
    before = clock.now().date().isoformat()
    clock.tick(days=400)
    now = reader.get(f"/api/v1/leaderboards/squads?by=total&season={season}").json
    assert {line["rank"] for line in now["items"]} == {None}
    then = reader.get(f"/api/v1/leaderboards/squads?by=total&season={season}&day={before}").json
    assert [line["rank"] for line in then["items"]] == [1, 2, None]
    assert (now["season"]["earlier"], now["season"]["later"]) == (then["season"]["first"], None)
    assert (then["season"]["earlier"], then["season"]["later"]) == (None, now["season"]["first"])
    squad = f"/api/v1/leaderboards/squads/{then['items'][0]['squad_id']}?by=total&season={season}"
    assert [reader.get(squad + day).json["line"]["rank"] for day in ("", f"&day={before}")] == [None, 1]
    people_then = reader.get(f"/api/v1/leaderboards/members?season={season}&day={before}").json
    assert (len(people_then["items"]), people_then["own"]["rank"]) == (4, 2)
    assert people_then["own"]["text"] == "You were number 2 of 2 in your squad who earned points."
    second = (
        f"/api/v1/leaderboards/squads/{then['items'][1]['squad_id']}?by=total&season={season}&day={before}"
    )
    told = reader.get(second).json
    assert told["what_next"] == ""
    assert [told[each] for each in ("points_missing", "patrols_missing", "points_ahead")] == [None] * 3
    assert people_then["own"]["points_missing"] is None


def test_all_time_ends_today_whatever_the_day(reader, clock, town):
    clock.tick(days=14)
    points_builders.earn(town.teams[2][0].id, 50, squad_id=town.squads[2])
    boards = [
        reader.get(f"/api/v1/leaderboards/squads?by=total&season=all{day}").json["items"]
        for day in ("", "&day=2026-11-18")
    ]
    assert boards[0] == boards[1]
    assert [line["moved"] for line in boards[0]] == [0, None, -1]


def test_the_way_leads_past_weeks_whose_points_were_withdrawn_or_no_squads(reader, clock, town):
    clock.tick(days=7)
    officer = people.member("王警官", "coordinator", language="en")
    wish = {"key": uuid4(), "member_id": town.reader.id, "rule_code": "lead"}
    given = points.service.award_deed(people.actor(officer), **wish).body["transfer_id"]
    points.service.withdraw_award(
        people.actor(officer), key=uuid4(), transfer_id=UUID(given), reason="记错了"
    )
    points_builders.earn(people.member("独行侠").id, 3)
    clock.tick(days=7)
    squads = reader.get("/api/v1/leaderboards/squads").json["season"]
    assert squads["earlier"] == "2026-11-16"
    assert reader.get("/api/v1/leaderboards/members").json["season"]["earlier"] == "2026-11-23"
    people.sign_in(reader, officer)
    assert "· 16–22 Nov" in page(reader, "/wall?by=total")


def test_the_wall_shows_this_week_as_soon_as_a_squad_has_points(client, town, clock):
    clock.tick(days=7)
    small = people.squad("小队")
    points_builders.earn(people.member("周小刚", squad_id=small).id, 9, squad_id=small)
    people.sign_in(client, people.member("王警官", "coordinator", language="en"))
    wall = page(client, "/wall?by=head")
    assert "This week" in wall
    assert "no squad is large enough for a place yet" in wall


def test_from_a_period_that_is_over_the_other_board_of_that_period_is_one_tap_away(reader):
    text = page(reader, "/leaderboard?season=month&day=2026-10-05").replace("&amp;", "&")
    assert "/leaderboard/members?season=month&day=2026-10-05" in text
    assert "Scan a code" not in text


def test_all_time_has_nothing_before_or_after(reader):
    told = reader.get("/api/v1/leaderboards/squads?season=all").json["season"]
    assert (told["first"], told["earlier"], told["later"]) == (None, None, None)


@pytest.mark.parametrize("day", ["2099-01-01", "0001-01-01", "1999-12-31", "2026-13-01", "１", "", "%00"])
def test_a_day_that_means_nothing_shows_the_board_of_today(reader, day):
    for address in ("/leaderboard", "/leaderboard/members"):
        assert "16–22 Nov" in page(reader, f"{address}?day={day}")


@pytest.mark.parametrize("day", ["0001-01-01", "2026-13-01", "１", "", "9999-12-31"])
def test_programs_are_told_that_a_day_is_none(reader, day):
    answer = reader.get(f"/api/v1/leaderboards/squads?day={day}")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")


def test_a_program_that_asks_about_a_day_to_come_gets_an_empty_board(reader):
    board = reader.get("/api/v1/leaderboards/squads?day=2031-05-05").json
    assert {line["rank"] for line in board["items"]} == {None}
    assert (board["season"]["earlier"], board["season"]["later"]) == ("2026-11-16", None)
    assert (board["own"]["what_next"], board["own"]["points_missing"]) == ("", None)


# --- wall


def test_a_stranger_sees_an_empty_frame_on_the_wall(client, town):
    text = client.get("/wall", headers={"Accept-Language": "en"}).text
    assert "东门队" not in text
    assert "Enrol this screen" in text


def test_members_without_the_permission_see_no_more_than_strangers(reader):
    assert "东门队" not in page(reader, "/wall")


@pytest.mark.parametrize("role", ["coordinator", "auditor", "administrator"])
def test_staff_see_the_wall(client, town, role):
    people.sign_in(client, people.member("张警官", role))
    text = page(client, "/wall?by=total")
    assert [text.index(name) for name in ("东门队", "花木兰队")] == sorted(
        text.index(name) for name in ("东门队", "花木兰队")
    )
    assert 'data-now="2026-11-18T02:00:00+00:00"' in text


def test_a_screen_with_a_token_sees_the_wall(client, town):
    token = people.device("wall.read", name="大厅屏幕")
    answer = client.get("/wall", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "东门队" in answer.text


def test_a_screen_with_a_token_for_something_else_or_a_wrong_one_does_not(client, town):
    token = people.device("award.give")
    assert "东门队" not in client.get("/wall", headers={"Authorization": f"Bearer {token}"}).text
    assert client.get("/wall", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_until_somebody_has_points_the_wall_shows_the_last_period_in_which_somebody_had(client, town, clock):
    people.sign_in(client, people.member("王警官", "coordinator", language="en"))
    assert "This week" in page(client, "/wall?by=total")
    clock.tick(days=7)
    monday = page(client, "/wall?by=total")
    assert [each in monday for each in ("东门队", "· 16–22 Nov", "This week")] == [True, True, False]
    points_builders.earn(town.teams[2][0].id, 2, squad_id=town.squads[2])
    text = page(client, "/wall?by=total")
    assert [each in text for each in ("新队", "东门队", "This week")] == [True, False, True]


def test_the_wall_thanks_for_the_latest_deed_by_masked_name(client, town):
    coordinator = people.member("张警官", "coordinator", language="en")
    points.service.award_deed(
        people.actor(coordinator), key=uuid4(), member_id=town.reader.id, rule_code="lead", memo=""
    )
    people.sign_in(client, coordinator)
    assert "Thank you, 花木兰队 · 花*1: Useful lead, +20" in page(client, "/wall")


def test_a_squad_beyond_the_end_of_the_page_still_sees_itself_and_its_neighbours(reader, town, monkeypatch):
    monkeypatch.setattr(board_views, "MOST_ON_PAGE", 3)
    for number in range(5):
        squad_id = people.squad(f"{number}号队")
        points_builders.earn(people.member(squad_id=squad_id).id, 50 + number, squad_id=squad_id)
    text = page(reader, "/leaderboard?by=total")
    shown = [
        name for name in ("东门队", "4号队", "3号队", "2号队", "1号队", "0号队", "花木兰队") if name in text
    ]
    assert shown == ["东门队", "4号队", "3号队", "1号队", "0号队", "花木兰队"]
