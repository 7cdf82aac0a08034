"""Pages and interface of activities: what members and the desk see and do, and who is kept out."""

import pytest

import activities.queries
import activities.service
import points.queries
from core import codes
from core.db import new_id
from core.workbooks import read_table
from tests.support import activities_builders as build
from tests.support import members_builders as people


@pytest.fixture
def cast(app, clock):
    return people.cast(language="zh_Hans_CN")


@pytest.fixture
def desk(cast):
    return people.actor(cast.coordinator)


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
        """Send a form or a request."""
        return self.client.post(path, headers=self.headers, **given)


def as_(app, facts):
    return Browser(app, facts)


def text(response, status=200):
    assert response.status_code == status, response.get_data(as_text=True)[:600]
    return response.get_data(as_text=True)


FORM = {
    "kind": "leaflets",
    "title": "反诈传单进小区",
    "place": "西苑广场",
    "day": "2026-11-18",
    "starts": "09:30",
    "ends": "11:30",
    "rule_code": "publicity",
    "most": "20",
}


def test_an_activity_goes_through_the_desk_from_the_plan_to_the_points(app, cast, desk):
    points_tariff = build.activity(desk)
    coordinator, owner = as_(app, cast.coordinator), as_(app, cast.owner)
    made = coordinator.post("/desk/activities", data={"key": str(new_id()), **FORM})
    number = points_tariff.number + 1
    assert (made.status_code, made.location) == (303, f"/desk/activities/{number}")
    assert "反诈传单进小区" in text(owner.get("/activities"))
    owner.post(f"/activities/{number}/sign-up", data={"key": str(new_id())})
    assert "王小芳" in text(coordinator.get(f"/desk/activities/{number}"))
    shown = text(coordinator.get(f"/desk/activities/{number}/code"))
    code = activities.service.code_of(desk, number)
    assert "<svg" in shown
    assert code.text not in shown, "the code is drawn, and only the short one is written"
    opened = text(owner.get(f"/q/{code.text}"))
    assert "data-sends" in opened or "scan_id" in opened
    result = text(owner.post("/q", data={"scan_id": str(new_id()), "code": code.text}))
    assert "反诈传单进小区" in result
    coordinator.post(
        f"/desk/activities/{number}/add", data={"key": str(new_id()), "who": str(cast.mate.number)}
    )
    assert "2" in text(coordinator.get(f"/desk/activities/{number}/code"))
    coordinator.post(
        f"/desk/activities/{number}/close",
        data={"key": str(new_id()), "leaflets": "5000", "reached": "20000", "hazards": ""},
    )
    assert [points.queries.balance(each.id) for each in (cast.owner, cast.mate)] == [5, 5]
    assert "5,000" in text(coordinator.get("/desk/campaigns"))
    assert "+5" in text(owner.get("/activities"))
    assert "活动" in text(owner.get("/"))


def test_what_was_typed_wrong_is_said_at_its_field_and_nothing_is_kept(app, cast, desk):
    build.activity(desk)
    coordinator = as_(app, cast.coordinator)
    for changes in (
        {"ends": "08:00"},
        {"most": "viele"},
        {"most": "9" * 30},
        {"day": ""},
        {"day": "0001-01-01"},
        {"starts": "25:99"},
        {"squad_id": "x"},
        {"kind": "party"},
        {"title": "打 13800001111"},
        {"title": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\x00"},
    ):
        text(coordinator.post("/desk/activities", data={"key": str(new_id()), **FORM, **changes}), 422)
    page = text(
        coordinator.post("/desk/activities/1/close", data={"key": str(new_id()), "leaflets": "-3"}), 422
    )
    assert "只能用数字" in page or "0" in page
    text(coordinator.post("/desk/activities/1/cancel", data={"key": str(new_id()), "reason": " "}), 422)
    assert activities.queries.counts() == {"coming": 1, "to_close": 0}


def test_a_name_that_fits_several_offers_them_and_a_card_is_read(app, cast, desk):
    line, other = build.activity(desk), people.member("王小芳")
    coordinator = as_(app, cast.coordinator)
    offered = text(coordinator.post("/desk/activities/1/add", data={"key": str(new_id()), "who": "王小芳"}))
    assert str(other.id) in offered
    assert str(cast.owner.id) in offered
    coordinator.post("/desk/activities/1/add", data={"key": str(new_id()), "member_id": str(other.id)})
    card = codes.grouped(people.card(cast.mate))
    coordinator.post("/desk/activities/1/add", data={"key": str(new_id()), "who": card})
    coordinator.post("/desk/activities/1/add", data={"key": str(new_id()), "who": "没有这个人"})
    assert {each.member_id for each in activities.queries.attendance(line.id)} == {other.id, cast.mate.id}


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "/activities", 302),
        ("owner", "/activities/77", 404),
        ("owner", "/desk/activities", 403),
        ("owner", "/desk/campaigns.csv", 403),
        ("auditor", "/desk/activities/1", 200),
        ("auditor", "/desk/activities/1/code", 403),
        ("auditor", "/desk/activities/new", 403),
        ("coordinator", "/desk/activities?cursor=x", 422),
        ("coordinator", "/desk/activities?list=whatever", 200),
        ("coordinator", "/desk/campaigns?year=99999999999", 200),
        ("coordinator", "/desk/activities/999999999999999999999", 404),
    ],
)
def test_each_page_opens_to_whom_it_is_for(app, cast, desk, who, path, status):
    build.activity(desk)
    browser = as_(app, getattr(cast, who)) if who else app.test_client()
    assert browser.get(path).status_code == status


def test_the_interface_plans_counts_in_closes_and_repeats_its_answer(app, cast, desk):
    build.activity(desk)
    staff, owner = as_(app, cast.coordinator), as_(app, cast.owner)
    plan = {
        "key": str(new_id()),
        "kind": "training",
        "title": "心肺复苏培训",
        "place": "社区活动室",
        "starts_at": "2026-11-18T09:00:00+08:00",
        "ends_at": "2026-11-18T11:00:00+08:00",
        "rule_code": "training",
    }
    made = staff.post("/api/v1/activities", json=plan)
    assert (made.status_code, made.json) == (201, {"outcome": "planned", "number": 2})
    assert staff.post("/api/v1/activities", json=plan).status_code == 200
    code = staff.get("/api/v1/activities/2/code").json
    scanned = owner.post("/api/v1/scans", json={"scan_id": str(new_id()), "code": code["address"]})
    assert (scanned.status_code, scanned.json["outcome"]) == (201, "attended")
    again = owner.post("/api/v1/scans", json={"scan_id": str(new_id()), "code": code["typed"]})
    assert (again.status_code, again.json["code"]) == (409, "already_attended")
    assert owner.get("/api/v1/activities/2/attendance").status_code == 403
    closing = {"key": str(new_id()), "reached": 30}
    closed = staff.post("/api/v1/activities/2/closing", json=closing)
    assert {
        "outcome": "closed",
        "number": 2,
        "paid": 1,
        "requested": 0,
        "refused": 0,
    }.items() <= closed.json.items()
    assert staff.post("/api/v1/activities/2/closing", json=closing).status_code == 200
    (own,) = owner.get("/api/v1/me/activities").json["items"]
    assert (own["outcome"], own["points"], own["service_minutes"]) == ("paid", 5, 120)
    totals = staff.get("/api/v1/campaigns/totals?first_day=2026-11-01&last_day=2026-11-30").json
    assert totals["total"]["reached"] == 30
    assert staff.get("/api/v1/campaigns/totals?first_day=2026-11-02&last_day=2026-11-01").status_code == 422


def test_totals_leave_the_house_as_workbook_and_csv(app, cast, desk):
    activities.service.make_campaign(desk, key=new_id(), name="=1+1 宣传月", first_day=build.clock.today())
    campaign = activities.queries.campaigns()[0].id
    line = build.activity(desk, kind="leaflets", campaign_id=campaign, squad_id=cast.squad_id)
    build.close(desk, line, leaflets=12)
    browser = as_(app, cast.auditor)
    for kind in ("xlsx", "csv"):
        answer = browser.get(f"/desk/campaigns.{kind}")
        assert answer.status_code == 200
        rows = read_table(answer.data, most_rows=10)
        assert "12" in rows[1].cells
        assert any("=1+1 宣传月" in each for each in rows[1].cells)


def test_no_page_of_members_tells_who_else_came(app, cast, desk):
    line = build.activity(desk)
    build.attend(people.actor(cast.mate), line)
    page = text(as_(app, cast.owner).get(f"/activities/{line.number}"))
    assert "李梅" not in page
    assert str(cast.mate.id) not in page
