"""Goals are set at the desk for whole weeks and months, counted by what was done, and never changed afterwards."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

import goals.queries
import goals.service
from core import clock as core_clock
from core.audit import AuditEntry
from core.db import db, new_id
from core.errors import DomainError
from goals import rules
from tests.conftest import WEDNESDAY
from tests.support import activities_builders as doings
from tests.support import members_builders as people
from tests.support import points_builders as books
from tests.support import reports_builders as telling

MONDAY, NEXT_MONDAY = date(2026, 11, 16), date(2026, 11, 23)


def set_goal(actor, kind="week_deeds", aim=3, **more):
    return goals.service.set_goal(actor, key=new_id(), kind=kind, aim=aim, **more)


class Browser:
    """A signed-in client that sends the token against forgery along, as pages and scripts do."""

    def __init__(self, app, facts):
        self.client = app.test_client()
        people.sign_in(self.client, facts)
        self.headers = {"X-CSRF-Token": self.client.get("/api/v1/session").json["csrf_token"]}

    def get(self, path):
        """Open a page."""
        return self.client.get(path)

    def post(self, path, **given):
        """Send a form or a request with a key of its own, unless it has one."""
        for content in given.values():
            content.setdefault("key", str(new_id()))
        return self.client.post(path, headers=self.headers, **given)


def found(squad_id=None):
    db.session.rollback()
    today = core_clock.today()
    lines = goals.queries.of_squad(squad_id, today) if squad_id else goals.queries.of_alliance(today)
    return {each.goal.kind: (each.done, each.aim) for each in lines}


@pytest.mark.parametrize(
    ("kind", "day", "period"),
    [
        ("week_rounds", date(2026, 11, 22), (MONDAY, NEXT_MONDAY)),
        ("week_deeds", date(2026, 12, 31), (date(2026, 12, 28), date(2027, 1, 4))),
        ("month_deeds", date(2026, 12, 31), (date(2026, 12, 1), date(2027, 1, 1))),
    ],
)
def test_a_goal_counts_for_whole_weeks_from_monday_or_whole_months(kind, day, period):
    assert rules.period_of(kind, day) == period


def test_the_newest_goal_for_a_period_counts_and_what_is_set_for_later_waits(database_app, clock):
    desk = people.staff()
    set_goal(desk, aim=3)
    set_goal(desk, aim=9, valid_from=NEXT_MONDAY + timedelta(days=4))
    set_goal(desk, aim=5)
    assert found() == {"week_deeds": (0, 5)}
    assert [(each.goal.aim, each.goal.valid_from) for each in goals.queries.coming(core_clock.today())] == [
        (9, NEXT_MONDAY)
    ]
    clock.move_to(WEDNESDAY + timedelta(days=7))
    assert found() == {"week_deeds": (0, 9)}
    set_goal(desk, aim=None)
    assert found() == {}
    assert [each.goal.aim for each in goals.queries.history().items] == [None, 5, 9, 3]
    kept = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.action == "goal.set")).all()
    assert {"kind": "week_deeds", "aim": 5, "valid_from": "2026-11-16"} in kept


def test_each_goal_is_counted_by_what_was_done_in_its_own_period_and_squad(database_app, clock):
    desk = people.staff()
    ours, theirs = people.squad("夕阳红"), people.squad("花木兰")
    mine, alone = people.member("王大爷", squad_id=ours), people.member("李梅")
    clock.move_to(WEDNESDAY - timedelta(days=7))
    books.earn(mine.id, 1, squad_id=ours)
    clock.move_to(WEDNESDAY)
    books.earn(mine.id, 1, squad_id=ours)
    books.earn(alone.id, 1)
    gone = books.earn(alone.id, 1)
    books.withdraw(gone)
    line = doings.activity(desk, squad_id=ours)
    clock.move_to(line.ends_at + timedelta(hours=1))
    doings.close(desk, line)
    clock.move_to(WEDNESDAY)
    for kind in ("week_deeds", "month_deeds", "active_members", "week_rounds"):
        set_goal(desk, kind, 10)
        set_goal(desk, kind, 5, squad_id=ours)
        set_goal(desk, kind, 5, squad_id=theirs)
    set_goal(desk, "hazards_in_time", 90)
    staff_and_members = 3
    assert found() == {
        "week_rounds": (0, 10),
        "week_deeds": (2, 10),
        "month_deeds": (3, 10),
        "active_members": (staff_and_members, 10),
        "hazards_in_time": (None, 90),
    }
    assert found(ours) == {
        "week_rounds": (0, 5),
        "week_deeds": (1, 5),
        "month_deeds": (2, 5),
        "active_members": (1, 5),
    }
    assert {done for done, _aim in found(theirs).values()} == {0}


def test_hazards_are_in_time_when_they_were_dealt_with_by_their_day(database_app, clock):
    desk, teller = telling.desk(), telling.resident()
    set_goal(people.staff(), "hazards_in_time", 90)
    dealt, late, _open = (telling.told(teller, words=f"隐患 {number}") for number in range(3))
    for each in (dealt, late):
        telling.take(desk, each)
        telling.step(desk, each, "check_on_site")
    assert found() == {"hazards_in_time": (None, 90)}
    telling.step(desk, dealt, "resolve")
    assert found() == {"hazards_in_time": (100, 90)}
    # Taken up again it is open as before, and counts once it is dealt with again.
    telling.take(desk, dealt)
    assert found() == {"hazards_in_time": (None, 90)}
    telling.step(desk, dealt, "check_on_site")
    telling.step(desk, dealt, "resolve")
    assert found() == {"hazards_in_time": (100, 90)}
    clock.move_to(WEDNESDAY + timedelta(days=11))
    telling.step(desk, late, "resolve")
    assert found() == {"hazards_in_time": (33, 90)}


REFUSED = [
    ({"kind": "steps"}, "goal_invalid"),
    ({"aim": 0}, "goal_invalid"),
    ({"aim": 1_000_001}, "goal_invalid"),
    ({"kind": "hazards_in_time", "aim": 101}, "goal_invalid"),
    ({"kind": "active_members", "aim": 100_001}, "goal_invalid"),
    ({"valid_from": "2026-11-15"}, "goal_invalid"),
    ({"valid_from": "2027-12-01"}, "goal_invalid"),
    ({"valid_from": "8999-12-31"}, "goal_invalid"),
    ({"squad_id": str(UUID(int=7))}, "squad_unknown"),
    ({"kind": "month_deeds", "aim": None}, "goal_not_set"),
    ({"aim": "3"}, "invalid_input"),
    ({"aim": 3.0}, "invalid_input"),
    ({"more": 1}, "invalid_input"),
]


def test_what_cannot_be_a_goal_is_refused_with_its_sentence_and_changes_nothing(app, clock):
    squad_id = people.squad()
    client = Browser(app, people.member("张警官", "coordinator"))
    usual = {"kind": "week_deeds", "aim": 3}
    wishes = [*REFUSED, ({"kind": "hazards_in_time", "squad_id": str(squad_id)}, "goal_invalid")]
    for wish, code in wishes:
        answer = client.post("/api/v1/goals", json=usual | wish)
        assert (answer.json["code"], answer.status_code // 100) == (code, 4), wish
    assert goals.queries.history().items == []


def test_a_repeated_request_sets_one_goal_and_gets_the_same_answer(app, clock):
    client = Browser(app, people.member("张警官", "coordinator"))
    wish = {"key": str(new_id()), "kind": "month_deeds", "aim": 40}
    first, again = (client.post("/api/v1/goals", json=wish) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    answer = client.get("/api/v1/goals").json
    assert [(each["kind"], each["done"], each["aim"]) for each in answer["alliance"]] == [
        ("month_deeds", 0, 40)
    ]
    assert len(client.get("/api/v1/goals/history").json["items"]) == 1


def test_the_squads_come_by_name_a_page_at_a_time(app, clock):
    desk = people.staff()
    for name in ("甲队", "乙队", "丙队"):
        squad_id = people.squad(name)
        set_goal(desk, "week_rounds", 2, squad_id=squad_id)
        set_goal(desk, "active_members", 9, squad_id=squad_id)
    pages, cursor = [], None
    while cursor or not pages:
        page = goals.queries.of_squads(core_clock.today(), cursor=cursor, limit=4)
        pages.append([(each.squad_name, each.goal.kind) for each in page.items])
        cursor = page.next
    assert [len(each) for each in pages] == [4, 2]
    together = [each for page in pages for each in page]
    assert together == sorted(together, key=lambda each: (each[0], each[1] != "week_rounds"))


def test_a_coordinator_sets_a_goal_at_the_desk_and_everybody_concerned_sees_it(app, clock):
    squad_id = people.squad("夕阳红")
    coordinator, walker = people.member("张警官", "coordinator"), people.member("王大爷", squad_id=squad_id)
    books.earn(walker.id, 1, squad_id=squad_id)
    desk, phone = Browser(app, coordinator), Browser(app, walker)
    auditor = Browser(app, people.member("孙审计", "auditor"))
    assert "还没有人定目标" in desk.get("/desk").text
    assert "还没有人定目标" not in auditor.get("/desk").text
    form = {"kind": "week_deeds", "squad_id": "", "aim": "1", "valid_from": "2026-11-18"}
    assert desk.post("/desk/goals", data=dict(form)).status_code == 303
    form |= {"squad_id": str(squad_id), "aim": "20"}
    assert desk.post("/desk/goals", data=dict(form)).status_code == 303
    for page in (desk.get("/desk").text, auditor.get("/desk").text, desk.get("/wall").text):
        assert "本周好事" in page
        assert "1 / 1" in page
    for page in (phone.get("/leaderboard").text, auditor.get(f"/desk/squads/{squad_id}").text):
        assert "队伍的目标" in page
        assert "1 / 20" in page
    assert "张警官" in auditor.get("/desk/goals/history").text
    looked = auditor.get("/desk/goals").text
    assert "夕阳红" in looked
    assert "/desk/goals/new" not in looked
    assert auditor.post("/desk/goals", data=dict(form)).status_code == 403
    assert desk.post("/desk/goals", data=form | {"end": "1"}).status_code == 303
    assert "队伍的目标" not in phone.get("/leaderboard").text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"aim": "很多"}, "请只用数字"),
        ({"aim": "0"}, "至少 1"),
        ({"valid_from": "2026-11-15"}, "已经过去"),
        ({"kind": "hazards_in_time"}, "隐患不属于某支队伍"),
        ({"squad_id": "x"}, "可选的里面没有"),
    ],
)
def test_the_form_says_what_is_wrong_where_it_is_wrong(app, clock, change, sentence):
    client = Browser(app, people.member("张警官", "coordinator"))
    form = {"kind": "week_deeds", "squad_id": str(people.squad()), "aim": "3", "valid_from": ""}
    answer = client.post("/desk/goals", data=form | change)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert sentence in answer.text
    assert goals.queries.history().items == []


def test_only_who_may_sets_goals(app, clock):
    with pytest.raises(DomainError) as refused:
        set_goal(people.actor(people.member("孙审计", "auditor")))
    assert refused.value.code == "permission_missing"
