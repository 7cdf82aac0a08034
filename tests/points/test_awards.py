"""Coordinators award good deeds; nobody awards himself; what was wrong is taken back."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from core.audit import AuditEntry
from core.auth import SYSTEM, Actor
from core.clock import FrozenClock
from core.codes import Code
from core.db import db, transaction
from core.errors import DomainError, PermissionMissing
from core.receipts import KeyReused
from core.scans import Scan
from members.errors import CodeUsed, MemberUnknown
from points import queries, service
from points.errors import (
    AwardNeedsPerson,
    AwardToHousehold,
    AwardToOneself,
    DailyCapReached,
    DeedTimeInvalid,
    MemoHoldsNumber,
    MemoInvalid,
    ReasonMissing,
    RuleNotValid,
    RuleUnknown,
    TransferNotReversible,
    TransferReversed,
    TransferUnknown,
    WeeklyCapReached,
)
from tests.support import members_builders as people
from tests.support import points_builders as build


@pytest.fixture(autouse=True)
def tariff(database_app: Flask, clock: FrozenClock) -> None:
    service.install_tariff()


def award(by: Actor, to: UUID, rule_code: str = "lead", **details):
    return service.award_deed(
        by, key=details.pop("key", uuid4()), member_id=to, rule_code=rule_code, **details
    )


def test_an_award_pays_by_the_tariff_and_counts_for_the_members_squad() -> None:
    squad_id = people.squad()
    wang = people.member("王芳", squad_id=squad_id)
    answer = award(people.staff(), wang.id, memo="发现可疑电话")
    assert answer.body["points"] == 20
    assert answer.body["balance"] == 20
    (line,) = queries.statement(wang.id).items
    assert (line.points, line.memo, line.squad_id) == (20, "发现可疑电话", squad_id)
    assert line.rule is not None
    assert line.rule.code == "lead"
    assert build.faults() == {}


def test_an_award_is_audited_with_ids_and_numbers_only() -> None:
    coordinator, wang = people.staff(), people.member()
    award(coordinator, wang.id, memo="王芳 东门")
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "award.give")).one()
    assert (entry.actor_id, entry.subject_id) == (coordinator.id, wang.id)
    assert entry.data["points"] == 20
    assert "王芳" not in str(entry.data)


def test_the_same_key_awards_once_and_answers_the_same() -> None:
    coordinator, wang, key = people.staff(), people.member(), uuid4()
    first = award(coordinator, wang.id, key=key)
    again = award(coordinator, wang.id, key=key)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.body == again.body
    assert build.balance(wang.id) == 20
    with pytest.raises(KeyReused):
        award(coordinator, wang.id, "care", key=key)
    assert build.balance(wang.id) == 20


def test_a_refused_key_stays_refused() -> None:
    coordinator, wang, key = people.staff(), people.member(), uuid4()
    for _ in range(2):
        award(coordinator, wang.id, "patrol")
    with pytest.raises(DailyCapReached):
        award(coordinator, wang.id, "patrol", key=key)
    service.change_rule(
        Actor(id=uuid4(), kind="member", permissions=frozenset({"tariff.manage"})),
        code="patrol",
        based_on=1,
        name_zh="巡逻",
        name_en="Patrol",
        category="patrol",
        points=2,
        daily_cap=3,
        valid_from=build.clock.today(),
    )
    with pytest.raises(DomainError) as refusal:
        award(coordinator, wang.id, "patrol", key=key)
    assert (refusal.value.code, refusal.value.replayed) == ("daily_cap_reached", True)
    award(coordinator, wang.id, "patrol")
    assert build.balance(wang.id) == 6
    assert build.faults() == {}


def test_nobody_awards_himself() -> None:
    coordinator = people.staff()
    assert coordinator.member_id is not None
    with pytest.raises(AwardToOneself):
        award(coordinator, coordinator.member_id)
    assert build.balance(coordinator.member_id) == 0


def test_nobody_awards_whom_he_looks_after_or_who_looks_after_him() -> None:
    coordinator = people.staff()
    assert coordinator.member_id is not None
    granny = people.managed(coordinator)
    with pytest.raises(AwardToHousehold):
        award(coordinator, granny.id)


def test_whoever_may_not_award_cannot() -> None:
    wang = people.member("王芳")
    with pytest.raises(PermissionMissing):
        award(people.actor(people.member("李梅")), wang.id)


def test_a_device_awards_only_in_somebodys_name() -> None:
    wang = people.member()
    gate = Actor(id=uuid4(), kind="device", permissions=frozenset({"award.give"}))
    with pytest.raises(AwardNeedsPerson):
        award(gate, wang.id)


def test_who_answers_for_a_device_cannot_be_awarded_by_it() -> None:
    coordinator = people.staff()
    assert coordinator.member_id is not None
    gate = Actor(
        id=uuid4(), kind="device", permissions=frozenset({"award.give"}), member_id=coordinator.member_id
    )
    with pytest.raises(AwardToOneself):
        award(gate, coordinator.member_id)
    award(gate, people.member().id)
    assert build.faults() == {}


def test_members_who_are_not_active_are_told_why() -> None:
    applicant = people.applicant()
    with pytest.raises(DomainError) as refusal:
        award(people.staff(), applicant.id)
    assert refusal.value.code == "member_not_admitted"
    with pytest.raises(MemberUnknown):
        award(people.staff(), uuid4())


def test_a_deed_is_dated_within_the_last_month_and_never_ahead(clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    for wrong in (clock.now() + timedelta(seconds=1), clock.now() - timedelta(days=32)):
        with pytest.raises(DeedTimeInvalid):
            award(coordinator, wang.id, happened_at=wrong)
    award(coordinator, wang.id, happened_at=clock.now() - timedelta(days=30))
    (line,) = queries.statement(wang.id).items
    assert line.happened_at == clock.now() - timedelta(days=30)
    assert line.posted_at == clock.now()


@pytest.mark.parametrize("memo", ["a" * 201, "a\x00b", "abc\u202edef", "\ud800", "字" * 10_000])
def test_notes_that_nobody_writes_are_refused(memo: str) -> None:
    wang = people.member()
    with pytest.raises(MemoInvalid):
        award(people.staff(), wang.id, memo=memo)
    assert build.balance(wang.id) == 0


@pytest.mark.parametrize(
    "memo", ["王小芳 13800001111", "138 0000 1111", "138-0000-1111", "１３８００００１１１１", "8123456"]
)
def test_telephone_numbers_never_get_into_the_books(memo: str) -> None:
    coordinator, wang = people.staff(), people.member()
    with pytest.raises(MemoHoldsNumber):
        award(coordinator, wang.id, memo=memo)
    given = award(coordinator, wang.id, memo="2026-11-18 3号楼101室，电话诈骗110").body["transfer_id"]
    with pytest.raises(MemoHoldsNumber):
        withdraw(coordinator, given, f"记错 {memo}")


@pytest.mark.parametrize("code", ["", "nothing", "LEAD", "lead\x00", "\ud800", "lead'--", "l" * 41])
def test_deeds_that_are_not_in_the_tariff_pay_nothing(code: str) -> None:
    wang = people.member()
    with pytest.raises(RuleUnknown):
        award(people.staff(), wang.id, code)
    assert build.balance(wang.id) == 0


# --- caps ----------------------------------------------------------------------------------------------------------


def test_a_rule_pays_so_often_a_day_and_again_tomorrow(clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    for _ in range(2):
        award(coordinator, wang.id, "patrol")
    with pytest.raises(DailyCapReached) as refusal:
        award(coordinator, wang.id, "patrol")
    assert refusal.value.data == {"rule": "patrol", "cap": 2, "again_on": "2026-11-19"}
    clock.tick(hours=14)  # midnight in Shanghai
    award(coordinator, wang.id, "patrol")
    assert build.balance(wang.id) == 6


def test_the_day_of_the_deed_counts_and_not_the_day_of_booking(clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    yesterday = clock.now() - timedelta(days=1)
    for at in (yesterday, yesterday, None, None):
        award(coordinator, wang.id, "patrol", happened_at=at)
    with pytest.raises(DailyCapReached):
        award(coordinator, wang.id, "patrol", happened_at=yesterday)
    with pytest.raises(DailyCapReached):
        award(coordinator, wang.id, "patrol")


def test_a_rule_pays_so_often_a_week_and_again_on_monday(clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    rule = build.tariff_rule(weekly_cap=2)
    for _ in range(2):
        award(coordinator, wang.id, rule.code)
    with pytest.raises(WeeklyCapReached) as refusal:
        award(coordinator, wang.id, rule.code)
    assert refusal.value.data["again_on"] == "2026-11-23"
    clock.tick(days=5)
    award(coordinator, wang.id, rule.code)


def test_caps_are_each_members_own_and_a_withdrawn_award_frees_its_place() -> None:
    coordinator, wang, li = people.staff(), people.member("王芳"), people.member("李梅")
    first = award(coordinator, wang.id, "patrol")
    award(coordinator, wang.id, "patrol")
    award(coordinator, li.id, "patrol")
    service.withdraw_award(
        coordinator, key=uuid4(), transfer_id=UUID(first.body["transfer_id"]), reason="记错了人"
    )
    award(coordinator, wang.id, "patrol")
    assert build.balance(wang.id) == 4


def test_a_rule_pays_only_on_its_days(clock: FrozenClock) -> None:
    coordinator, wang = people.staff(), people.member()
    today = build.clock.today()
    rule = build.tariff_rule(valid_from=today, valid_until=today + timedelta(days=1))
    with pytest.raises(RuleNotValid):
        award(coordinator, wang.id, rule.code, happened_at=clock.now() - timedelta(days=1))
    award(coordinator, wang.id, rule.code)
    clock.tick(days=1)
    with pytest.raises(RuleNotValid):
        award(coordinator, wang.id, rule.code)


# --- several members of a round ------------------------------------------------------------------------------------


def test_of_several_members_the_capped_one_is_told_and_the_others_are_paid(clock: FrozenClock) -> None:
    wang, li = people.member("王芳"), people.member("李梅")
    for _ in range(2):
        award(people.staff(), wang.id, "patrol")
    deeds = [
        service.Deed(
            member_id=each.id,
            squad_id=None,
            rule_code="patrol",
            happened_at=clock.now(),
            subject_type="round",
            subject_id=uuid4(),
        )
        for each in (wang, li)
    ]
    with transaction():
        outcomes = service.pay_deeds(SYSTEM, key=uuid4(), deeds=deeds)
    assert isinstance(outcomes[wang.id], DailyCapReached)
    paid = outcomes[li.id]
    assert isinstance(paid, service.Paid)
    assert (paid.points, paid.balance) == (2, 2)
    assert (build.balance(wang.id), build.balance(li.id)) == (4, 2)


def test_paying_repays_a_debt_and_says_the_balance_that_is_left(clock: FrozenClock) -> None:
    wang = people.member()
    first = build.earn(wang.id, 20)
    build.reserve(wang.id, 15)
    build.withdraw(first)
    answer = award(people.staff(), wang.id)
    assert (answer.body["points"], answer.body["balance"]) == (20, 5)
    assert build.faults() == {}


# --- by card and phone ---------------------------------------------------------------------------------------------


def scan(code: Code, clock: FrozenClock, rule_code: str = "lead", **times: datetime) -> Scan:
    return Scan(id=uuid4(), code=code, received_at=clock.now(), rule_code=rule_code, **times)


def test_a_card_is_enough_to_award_its_holder(clock: FrozenClock) -> None:
    wang = people.member("王芳")
    answer = service.award_by_code(people.staff(), scan(people.card(wang), clock))
    assert (answer["outcome"], answer["member_id"], answer["points"]) == ("awarded", str(wang.id), 20)


def test_a_card_that_waited_in_the_queue_counts_for_the_day_of_its_scan(clock: FrozenClock) -> None:
    wang, minutes = people.member("王芳"), timedelta(minutes=7)
    yesterday = clock.now() - timedelta(days=1)
    late = scan(people.card(wang), clock, scanned_at=yesterday + minutes, sent_at=clock.now() + minutes)
    assert service.award_by_code(people.staff(), late)["when"] == yesterday.isoformat()


def test_the_phones_clock_is_no_way_around_the_cap_of_a_day(clock: FrozenClock) -> None:
    wang, coordinator = people.member("王芳"), people.staff()
    card, now = people.card(wang), clock.now()
    for _ in range(2):
        award(coordinator, wang.id, "patrol")
    for days in (1, 2, 3):
        with pytest.raises(DailyCapReached):
            service.award_by_code(
                coordinator, scan(card, clock, "patrol", scanned_at=now - timedelta(days=days))
            )
    for sent_at in (now, now - timedelta(days=3)):
        times = {"scanned_at": now - timedelta(days=3), "sent_at": sent_at}
        with pytest.raises(DailyCapReached):
            service.award_by_code(coordinator, scan(card, clock, "patrol", **times))


def test_a_phones_code_cannot_have_waited_in_the_queue(clock: FrozenClock) -> None:
    wang, now = people.member("王芳"), clock.now()
    times = {"scanned_at": now - timedelta(days=1), "sent_at": now}
    answer = service.award_by_code(people.staff(), scan(service_phone_code(wang), clock, **times))
    assert answer["when"] == now.isoformat()


def test_a_code_typed_at_the_desk_awards_once(clock: FrozenClock) -> None:
    wang, coordinator, key = people.member("王芳"), people.staff(), uuid4()
    card = people.card(wang)
    for replayed in (False, True):
        answer = service.award_scanned(coordinator, key=key, code=card, rule_code="lead")
        assert answer.replayed is replayed
    assert build.balance(wang.id) == 20


def test_a_phones_code_awards_once_even_under_another_key(clock: FrozenClock) -> None:
    wang, coordinator = people.member("王芳"), people.staff()
    shown = service_phone_code(wang)
    service.award_scanned(coordinator, key=uuid4(), code=shown, rule_code="lead")
    with pytest.raises(CodeUsed):
        service.award_scanned(coordinator, key=uuid4(), code=shown, rule_code="lead")
    assert build.balance(wang.id) == 20


def service_phone_code(facts) -> Code:
    shown = people.members.service.phone_code(people.actor(facts))
    return people.parse(shown.address, people.settings().base_url)


# --- withdrawal ----------------------------------------------------------------------------------------------------


def withdraw(by: Actor, transfer_id: str, reason: str = "记错了人", key: UUID | None = None):
    return service.withdraw_award(by, key=key or uuid4(), transfer_id=UUID(transfer_id), reason=reason)


def test_a_withdrawal_needs_the_right_a_reason_and_an_award() -> None:
    coordinator, wang = people.staff(), people.member()
    given = award(coordinator, wang.id).body["transfer_id"]
    with pytest.raises(PermissionMissing):
        withdraw(people.actor(wang), given)
    with pytest.raises(ReasonMissing):
        withdraw(coordinator, given, "  ")
    with pytest.raises(TransferUnknown):
        withdraw(coordinator, str(uuid4()))
    with pytest.raises(TransferNotReversible):
        withdraw(coordinator, str(build.reserve(wang.id, 5)))


def test_a_withdrawn_award_says_why_and_what_is_owed() -> None:
    coordinator, wang, key = people.staff(), people.member(), uuid4()
    given = award(coordinator, wang.id).body["transfer_id"]
    build.reserve(wang.id, 15)
    answer = withdraw(coordinator, given, key=key)
    assert (answer.body["points"], answer.body["balance"], answer.body["owed"]) == (20, 0, 15)
    again = withdraw(coordinator, given, key=key)
    assert again.replayed
    assert again.body == answer.body
    with pytest.raises(TransferReversed):
        withdraw(coordinator, given)
    (reversal,) = [line for line in queries.statement(wang.id).items if line.kind == "reversal"]
    assert (reversal.points, reversal.memo, reversal.reverses_kind) == (-20, "记错了人", "earn")
    assert build.faults() == {}
