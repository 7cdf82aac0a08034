"""Awards in bulk: each has its own key and its own answer, each counts once, a refusal touches nobody else."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.audit import AuditEntry
from core.clock import FrozenClock
from core.db import db
from core.errors import DomainError
from core.receipts import Answer
from points import service
from points.errors import BatchTooLarge
from points.models import Transfer
from points.service import AwardWish
from tests.conftest import MakeApp
from tests.support import ledger_crew as crew
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture
def alliance(make_app: MakeApp, engine_url: str) -> Any:
    app = make_app(engine_url, award_limit=50, award_coordinator_day_limit=200)
    with app.app_context():
        service.install_tariff()
        build.tariff_rule(code="thanks", points=5, name_zh="帮忙", name_en="Help")
        build.tariff_rule(code="rescue", points=60, name_zh="救人", name_en="Rescue")
        yield app


def wish(member_id: UUID, rule_code: str = "thanks", **more: Any) -> AwardWish:
    return AwardWish(key=more.pop("key", None) or uuid4(), member_id=member_id, rule_code=rule_code, **more)


def told(outcomes: list[Answer | DomainError]) -> list[str]:
    """In short: the outcome, or the code of the refusal; with a star when it was answered before."""
    return [
        (each.code if isinstance(each, DomainError) else each.body["outcome"]) + "*" * each.replayed
        for each in outcomes
    ]


def test_each_of_a_batch_has_its_own_answer_in_its_own_place(alliance: Flask) -> None:
    li, squad_id = people.staff(), people.squad()
    wang, chen = people.member("王芳", squad_id=squad_id), people.member("陈刚")
    own, gone = people.member("李建国"), people.member("赵云")
    people.members.service.leave(people.actor(gone), gone.id)
    assert li.member_id is not None
    twice = wish(wang.id)
    batch = [
        twice,
        wish(chen.id, "nothing"),
        wish(li.member_id),
        wish(gone.id),
        wish(uuid4()),
        wish(chen.id, "rescue"),
        twice,
        wish(chen.id, key=twice.key),
        wish(chen.id, memo="13800138000"),
        wish(wang.id, "care"),
        wish(wang.id, "care"),
        wish(own.id, memo=" 谢谢 "),
    ]
    answers = [
        "awarded",
        "rule_unknown",
        "award_to_oneself",
        "member_left",
        "member_unknown",
        "requested",
        "awarded*",
        "key_reused",
        "memo_holds_number",
        "awarded",
        "daily_cap_reached",
        "awarded",
    ]
    first = service.award_many(li, batch)
    assert told(first) == answers
    assert first[9].body["balance"] == 55
    again = told(service.award_many(li, batch))
    kept = [
        each if each in {"key_reused", "memo_holds_number"} else each.rstrip("*") + "*" for each in answers
    ]
    assert again == kept
    assert (build.balance(wang.id), build.balance(chen.id), build.balance(own.id)) == (55, 0, 5)
    acts = db.session.execute(
        sa.select(AuditEntry.action, AuditEntry.receipt_key).where(AuditEntry.action.like("award.%"))
    ).all()
    assert sorted(act for act, _ in acts) == ["award.give"] * 3 + ["award.request"]
    assert {key for _, key in acts} == {batch[place].key for place in (0, 5, 9, 11)}
    assert build.faults() == {}


def test_the_limits_count_along_within_one_batch(alliance: Flask) -> None:
    li = people.staff()
    everybody = [people.member(phone=None) for _ in range(5)]
    outcomes = told(service.award_many(li, [wish(each.id, "care") for each in everybody]))
    assert outcomes == ["awarded"] * 4 + ["requested"]
    with pytest.raises(BatchTooLarge):
        service.award_many(li, [wish(everybody[0].id)] * 501)


def test_batches_that_share_keys_and_members_meet_and_each_key_counts_once(alliance: Flask) -> None:
    li = people.staff()
    everybody = [people.member(phone=None).id for _ in range(12)]
    shared = [wish(each) for each in everybody]
    batches = [shared, shared[::-1], shared[::2] + shared[1::2], shared[6:] + shared[:6]]
    met = crew.at_once(alliance, [partial(service.award_many, li, batch) for batch in batches] * 2)
    assert [told(each).count("awarded") + told(each).count("awarded*") for each in met] == [12] * 8
    assert sum(told(each).count("awarded") for each in met) == 12
    assert [build.balance(each) for each in everybody] == [5] * 12
    assert build.faults() == {}


def test_two_batches_at_once_do_not_pass_the_limit_of_the_day_together(alliance: Flask) -> None:
    li = people.staff()
    batches = [[wish(people.member(phone=None).id, "care") for _ in range(3)] for _ in range(4)]
    met = crew.at_once(alliance, [partial(service.award_many, li, batch) for batch in batches])
    assert sum(told(each).count("awarded") for each in met) == 4
    assert build.faults() == {}


def test_a_key_that_moved_points_without_a_receipt_does_not_hold_up_the_others(alliance: Flask) -> None:
    li, wang, chen = people.staff(), people.member(), people.member()
    taken = wish(wang.id)
    build.earn(wang.id, 5, key=taken.key)
    assert told(service.award_many(li, [taken, wish(chen.id)])) == ["key_reused", "awarded"]


def test_without_the_receipts_the_same_batches_pay_twice(alliance: Flask) -> None:
    """The negative control: a batch that only looks whether it was done before it does it."""
    wang = people.member()
    key = uuid4()

    def look_then_pay() -> int:
        with alliance.app_context():
            known = db.session.scalar(sa.select(sa.func.count()).where(Transfer.receipt_key == key))
            db.session.rollback()
            looked.wait()
            if not known:
                build.earn(wang.id, 5)
            return 0

    looked = crew.threading.Barrier(2)
    crew.at_once(alliance, [look_then_pay] * 2)
    assert build.balance(wang.id) == 10


def test_over_http_a_batch_answers_with_codes_and_sentences(client: FlaskClient, clock: FrozenClock) -> None:
    service.install_tariff()
    officer, wang = people.member("张警官", "coordinator"), people.member()
    headers = {"Authorization": f"Bearer {people.device('award.give', responsible=officer)}"}
    items = [
        {"key": str(uuid4()), "member_id": str(wang.id), "rule_code": code} for code in ("lead", "nothing")
    ]
    answer = client.post("/api/v1/awards/batch", json={"items": items}, headers=headers)
    assert answer.status_code == 200
    given, refused = answer.json["items"]
    assert (given["key"], given["outcome"], given["points"]) == (items[0]["key"], "awarded", 20)
    assert (refused["key"], refused["outcome"], refused["code"]) == (
        items[1]["key"],
        "refused",
        "rule_unknown",
    )
    assert refused["remedy"]
    again = client.post("/api/v1/awards/batch", json={"items": items}, headers=headers).json["items"]
    assert [each["replayed"] for each in again] == [True, True]
    single = client.post("/api/v1/awards", json=items[0], headers=headers)
    assert (single.status_code, single.json["transfer_id"]) == (200, given["transfer_id"])
    for wrong in ([], [items[0]] * 501, [{**items[0], "points": 9}], [{**items[0], "key": "1"}]):
        assert client.post("/api/v1/awards/batch", json={"items": wrong}, headers=headers).status_code == 422
