"""Telling something, by name or without one."""

import io
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image

import reports.service
from core.auth import STRANGER
from core.clock import FrozenClock
from core.db import db, new_id
from core.receipts import KeyReused
from reports import queries
from reports.errors import FollowRefused
from reports.models import Report
from tests.support import members_builders, patrols_builders
from tests.support import reports_builders as build


def test_a_report_by_name_is_followed_by_its_reporter_alone(app: Flask, clock: FrozenClock):
    wang, other = build.resident(), build.resident("李小红")
    report_id = build.told(wang, "dispute")
    course = queries.course(wang, report_id)
    assert (course.kind, course.state, course.received_at) == ("dispute", "received", clock.now())
    assert [each.id for each in queries.mine(wang.id).items] == [report_id]
    assert build.refusal(queries.course, other, report_id).code == "report_unknown"


def test_who_is_not_safe_is_told_to_call_for_help_first(app: Flask):
    assert build.refusal(build.send, safe=False).code == "not_safe"


def test_a_report_without_a_name_is_followed_by_number_and_password(app: Flask, clock: FrozenClock):
    body = build.send(kind="scam").body
    typed = body["password"].lower().replace(" ", "-")
    course = queries.follow(body["number"], typed)
    assert (course.kind, course.received_on, course.received_at) == ("scam", clock.now().date(), None)
    for number, password in ((body["number"], "AAAA BBBB CCCC"), (body["number"] ^ 1, typed), (0, "")):
        with pytest.raises(FollowRefused):
            queries.follow(number, password)


def test_a_report_by_name_cannot_be_followed_by_number(app: Flask):
    body = build.send(build.resident()).body
    assert build.refusal(queries.follow, body["number"], "").code == "follow_refused"


def test_a_repeated_report_without_a_name_is_one_report_with_one_password(database_app: Flask):
    key = uuid4()
    first, second = build.send(key=key), build.send(key=key)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.body == second.body
    with pytest.raises(KeyReused):
        build.send(key=key, words="别的事")
    assert db.session.query(Report).count() == 1


def test_a_repeated_report_by_name_is_one_report(app: Flask):
    wang, key = build.resident(), new_id()
    assert build.send(wang, key=key).body == build.send(wang, key=key).body


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"kind": "hazard", "answers": {"what": "electricity"}}, "answer_invalid"),
        ({"answers": {"what": "dragon", "urgent": "no"}}, "answer_invalid"),
        ({"answers": {"what": "fire", "urgent": "no", "shoe": "42"}}, "answer_invalid"),
        ({"words": " "}, "report_text_invalid"),
        ({"words": "字" * 1001}, "report_text_invalid"),
        ({"words": "a\u202eb"}, "report_text_invalid"),
        ({"place_note": ""}, "place_missing"),
        ({"place_code": "nonsense"}, "place_unknown"),
        ({"area_id": new_id()}, "place_unknown"),
        ({"photos": [b"no picture"]}, "photo_invalid"),
        ({"photos": [b"x" * 1_500_001]}, "photo_too_large"),
        ({"photos": [build.photo()] * 4}, "too_many_photos"),
    ],
)
def test_what_cannot_be_kept_is_refused(app: Flask, wish: dict, code: str):
    assert build.refusal(build.send, **wish).code == code


def test_a_picture_that_unpacks_to_millions_of_points_is_not_unpacked(app: Flask):
    file = io.BytesIO()
    Image.new("1", (6_000, 5_000)).save(file, "PNG")
    assert len(file.getvalue()) < 10_000
    assert build.refusal(build.send, photos=[file.getvalue()]).code == "photo_too_large"


def test_photos_are_kept_small_and_tell_nothing_of_camera_and_place(app: Flask):
    wang = build.resident()
    report_id = build.told(wang, photos=[build.photo(2_400, 600)])
    (photo_id,) = queries.course(wang, report_id).photo_ids
    media_type, content = queries.photo(wang, photo_id)
    opened = Image.open(io.BytesIO(content))
    assert (media_type, opened.size, dict(opened.getexif())) == ("image/webp", (1_200, 300), {})
    assert not any(word in content for word in (b"Secret", b"home", b"EXIF"))
    assert build.refusal(queries.photo, build.resident("李小红"), photo_id).code == "photo_unknown"


def test_a_plate_on_the_wall_says_where_it_is_to_who_tells_his_name(app: Flask):
    coordinator, plate = build.desk(), patrols_builders.neighbourhood(3)[0].text
    report_id = build.told(build.resident(), place_code=plate, place_note="")
    line = build.seen(coordinator, report_id).line
    assert line.checkpoint_id is not None
    assert line.place == "西苑社区0号点"


def test_without_a_name_only_the_neighbourhood_of_a_plate_is_kept(app: Flask):
    coordinator = build.desk()
    (alone,) = patrols_builders.neighbourhood(1, "只有一块牌")
    large = members_builders.area("西苑派出所")
    small = members_builders.area("西苑社区", "community", large)
    [plate, *_others] = [
        patrols_builders.plate_of(patrols_builders.checkpoint(f"{place}号点", place, area_id=area_id))
        for place, area_id in enumerate((small, large, large))
    ]
    report_id, _, _ = build.unnamed(coordinator, place_code=plate.text, place_note="")
    kept = build.seen(coordinator, report_id).line
    assert (kept.checkpoint_id, kept.area_id, kept.place) == (None, large, "")
    # An area with one plate would be the plate by another name.
    refused = build.refusal(build.send, place_code=alone.text, place_note="")
    assert refused.code == "place_missing"
    report_id, _, _ = build.unnamed(coordinator, place_code=alone.text, place_note="锅炉房后面")
    kept = build.seen(coordinator, report_id).line
    assert (kept.checkpoint_id, kept.area_id, kept.place) == (None, None, "锅炉房后面")


def test_by_name_only_members_report(app: Flask):
    device = members_builders.device()
    assert device
    assert build.refusal(build.send, STRANGER, unnamed=False).code == "sign_in_needed"
    assert reports.service.send_report
