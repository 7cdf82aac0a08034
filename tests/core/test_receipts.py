"""Exactly once: a key has one effect and one answer, whatever the network does."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit, receipts
from core.audit import AuditEntry
from core.auth import Actor
from core.db import db, transaction
from core.errors import NotFound, Refused
from core.receipts import KeyReused, Receipt

WANG = Actor(id=uuid.uuid4(), kind="member", name="王芳")
LI = Actor(id=uuid.uuid4(), kind="member", name="李强")
#: Phones that send at the same moment.
PHONES = 16
#: A phone that does not come is a fault of the test, not a reason to wait for ever.
PATIENCE_SECONDS = 60


class TooSoon(Refused):
    code = "too_soon_for_this_test"


class Gone(NotFound):
    code = "gone_in_this_test"


def effect() -> dict[str, Any]:
    audit.record(WANG, "effect", "thing", None)
    return {"points": 2, "where": "东门"}


def effects() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


def receipts_kept() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Receipt)) or 0


def test_a_repeat_gets_the_first_answer_and_has_no_effect(database_app: Flask) -> None:
    key = uuid.uuid4()
    first = receipts.once(key, WANG, "scan", {"code": "x"}, effect)
    again = receipts.once(key, WANG, "scan", {"code": "x"}, effect)
    assert (first.body, first.replayed) == ({"points": 2, "where": "东门"}, False)
    assert (again.body, again.replayed) == (first.body, True)
    assert effects() == 1


@pytest.mark.parametrize(
    ("actor", "action", "content"),
    [(WANG, "scan", {"code": "y"}), (WANG, "charge", {"code": "x"}), (LI, "scan", {"code": "x"})],
    ids=["other content", "other action", "other person"],
)
def test_the_same_key_for_something_else_is_a_conflict(
    database_app: Flask, actor: Actor, action: str, content: dict[str, str]
) -> None:
    key = uuid.uuid4()
    receipts.once(key, WANG, "scan", {"code": "x"}, effect)
    with pytest.raises(KeyReused):
        receipts.once(key, actor, action, content, effect)
    assert effects() == 1


def test_a_refused_key_stays_refused_even_when_the_rule_would_now_allow_it(database_app: Flask) -> None:
    key = uuid.uuid4()

    def refuse() -> dict[str, Any]:
        effect()
        raise TooSoon(minutes=7)

    with pytest.raises(TooSoon):
        receipts.once(key, WANG, "scan", {}, refuse)
    with pytest.raises(Refused) as repeated:
        receipts.once(key, WANG, "scan", {}, effect)
    assert repeated.value.code == "too_soon_for_this_test"
    assert repeated.value.data == {"minutes": 7}
    assert repeated.value.replayed
    assert effects() == 0
    assert receipts_kept() == 1


def test_a_stored_refusal_keeps_its_family(app: Flask) -> None:
    key = uuid.uuid4()

    def refuse() -> dict[str, Any]:
        raise Gone

    for _ in range(2):
        with pytest.raises(NotFound) as refusal:
            receipts.once(key, WANG, "scan", {}, refuse)
        assert refusal.value.code == "gone_in_this_test"


def test_a_fault_leaves_no_receipt_so_that_the_phone_may_try_again(database_app: Flask) -> None:
    key = uuid.uuid4()

    def crash() -> dict[str, Any]:
        effect()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        receipts.once(key, WANG, "scan", {}, crash)
    assert (effects(), receipts_kept()) == (0, 0)
    assert receipts.once(key, WANG, "scan", {}, effect).replayed is False


def test_an_inner_request_with_the_same_key_joins_the_outer_one(app: Flask) -> None:
    key = uuid.uuid4()
    answer = receipts.once(
        key, WANG, "scan", {}, lambda: receipts.once(key, WANG, "award", {"other": 1}, effect).body
    )
    assert answer.body["points"] == 2
    assert (effects(), receipts_kept()) == (1, 1)
    assert receipts.current_key() is None


def test_the_database_cannot_give_away_the_content_of_a_request(app: Flask) -> None:
    receipts.once(uuid.uuid4(), WANG, "scan", {"code": "CVERYSECRET"}, effect)
    row = db.session.execute(sa.select(Receipt)).scalar_one()
    assert "VERYSECRET" not in row.fingerprint + row.answer


def test_many_phones_with_one_key_have_one_effect_and_hear_one_answer(database_app: Flask) -> None:
    key = uuid.uuid4()
    answers = all_at_once(database_app, lambda: receipts.once(key, WANG, "scan", {}, effect).body)
    assert answers == [{"points": 2, "where": "东门"}] * PHONES
    assert effects() == 1


def test_looking_whether_it_is_done_and_then_doing_it_would_do_it_for_every_phone(
    database_app: Flask,
) -> None:
    looked = threading.Barrier(PHONES)

    def naive() -> dict[str, Any]:
        done = effects()
        db.session.rollback()
        looked.wait(PATIENCE_SECONDS)
        if done:
            raise TooSoon
        with transaction():
            return effect()

    assert all_at_once(database_app, naive) == [{"points": 2, "where": "东门"}] * PHONES
    assert effects() == PHONES


def all_at_once(app: Flask, send: Callable[[], Any]) -> list[Any]:
    """What each of the phones hears when all of them send at the same moment; a fault is what it hears, too."""
    answers: list[Any] = []
    gate = threading.Barrier(PHONES)

    def phone() -> None:
        with app.app_context():
            gate.wait(PATIENCE_SECONDS)
            try:
                answers.append(send())
            except BaseException as fault:
                answers.append(fault)

    threads = [threading.Thread(target=phone) for _ in range(PHONES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def once_too_slow(
    key: uuid.UUID, content: dict[str, Any], work: receipts.Work, monkeypatch: pytest.MonkeyPatch
):
    """The request looks for a receipt just before a faster one with the same key writes it."""
    look, looks = receipts._replay, []

    def look_too_early(*arguments: Any) -> receipts.Answer | None:
        looks.append(arguments)
        return look(*arguments) if len(looks) > 1 else None

    monkeypatch.setattr(receipts, "_replay", look_too_early)
    return receipts.once(key, WANG, "scan", content, work)


def rows_are_there() -> dict[str, Any]:
    db.session.connection().execute(sa.insert(AuditEntry.__table__).values(id=None))
    raise AssertionError("a row without an id went in")


def key_has_paid() -> dict[str, Any]:
    raise KeyReused


@pytest.mark.parametrize("work", [rows_are_there, key_has_paid])
def test_who_trips_over_the_rows_of_a_faster_request_with_his_key_hears_its_answer(
    work: receipts.Work, database_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid.uuid4()
    receipts.once(key, WANG, "scan", {}, effect)
    answer = once_too_slow(key, {}, work, monkeypatch)
    assert (answer.body, answer.replayed) == ({"points": 2, "where": "东门"}, True)
    assert (effects(), receipts_kept()) == (1, 1)


def test_who_trips_over_the_rows_of_other_content_with_his_key_is_told_so(
    database_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid.uuid4()
    receipts.once(key, WANG, "scan", {}, effect)
    with pytest.raises(KeyReused):
        once_too_slow(key, {"code": "other"}, rows_are_there, monkeypatch)


@pytest.mark.parametrize(
    ("work", "fault"), [(rows_are_there, sa.exc.IntegrityError), (key_has_paid, KeyReused)]
)
def test_rows_that_are_in_the_way_without_a_receipt_are_a_fault_and_leave_none(
    work: receipts.Work, fault: type[Exception], database_app: Flask
) -> None:
    with pytest.raises(fault):
        receipts.once(uuid.uuid4(), WANG, "scan", {}, work)
    assert receipts_kept() == 0
