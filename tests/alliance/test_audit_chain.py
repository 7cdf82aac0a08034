"""The chain finds whatever is changed, taken out, put in or moved: in the log itself and in the books that it seals."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

import merchants.service
import points.service
import reports.service
from core import audit, chain, seals
from core import clock as core_clock
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.chain import AuditLink
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from merchants.models import SettlementPayback
from tests.conftest import WEDNESDAY
from tests.support import (
    members_builders,
    merchants_builders,
    planted,
    reports_builders,
    rewards_builders,
    settlement_builders,
)

ENTRIES = 5


def write(count: int = ENTRIES) -> None:
    with transaction():
        for number in range(count):
            audit.record(SYSTEM, "member.renamed", "member", new_id(), number=number, name="王小芳")


@pytest.fixture
def log(database_app: Flask, clock: FrozenClock) -> None:
    """A chained log, in which nothing holds the hand of whoever changes it."""
    write()
    assert chain.seal() == ENTRIES
    assert list(chain.verify()) == []
    planted.strip()


def number_of(place: int) -> UUID:
    return db.session.scalar(sa.select(AuditLink.entry_id).where(AuditLink.number == place))


def places() -> list[str]:
    db.session.rollback()
    return [fault.where for fault in chain.verify()]


def altered(column: Any, value: Any) -> Any:
    """Something else that the column could hold just as well."""
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid4()
    if isinstance(kind, sa.Date):
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    if isinstance(kind, sa.Boolean):
        return not value
    if isinstance(kind, sa.Integer):
        return (value or 0) + 1_000
    if isinstance(kind, sa.JSON):
        return {**(value or {}), "reason": "other"}
    if isinstance(kind, sa.String):
        return f"{value[:-1]}{'y' if value.endswith('x') else 'x'}" if value else "x"
    return (value or datetime(2026, 1, 1, tzinfo=UTC)) + timedelta(microseconds=1)


def change_each_column(table: Any, row: Any, key: list[Any]) -> Any:
    """Change each column of one row in turn; yields while it is changed."""
    for column in table.columns:
        where = sa.and_(*(each == row._mapping[each] for each in key))
        new = altered(column, row._mapping[column])
        planted.run(sa.update(table).where(where).values({column: new}))
        db.session.rollback()
        yield column
        there = sa.and_(*((new if each is column else row._mapping[each]) == each for each in key))
        planted.run(sa.update(table).where(there).values({column: row._mapping[column]}))
        db.session.rollback()


@pytest.mark.parametrize("model", [AuditEntry, AuditLink])
def test_every_changed_column_of_the_log_is_found(log: None, model: Any) -> None:
    table = model.__table__
    row = db.session.execute(
        sa.select(table).where(
            table.c[model.__mapper__.primary_key[0].name] == (3 if model is AuditLink else number_of(3))
        )
    ).one()
    for column in change_each_column(table, row, list(table.primary_key)):
        assert places() != [], column
    assert places() == []


def test_a_removed_entry_is_found(log: None) -> None:
    planted.run(sa.delete(AuditEntry).where(AuditEntry.id == number_of(2)))
    assert places() == ["entry 2"]


def test_an_entry_removed_with_its_link_is_found(log: None) -> None:
    planted.run(sa.delete(AuditEntry).where(AuditEntry.id == number_of(2)))
    planted.run(sa.delete(AuditLink).where(AuditLink.number == 2))
    assert places() == ["entry 2", "entry 3"]


def test_entries_in_another_order_are_found(log: None) -> None:
    second, third = number_of(2), number_of(3)
    planted.run(sa.update(AuditLink).where(AuditLink.number == 2).values(entry_id=third))
    planted.run(sa.update(AuditLink).where(AuditLink.number == 3).values(entry_id=second))
    assert places() == ["entry 2", "entry 3"]


def test_an_entry_put_in_between_is_found(log: None) -> None:
    older = UUID(int=number_of(1).int - (int(timedelta(days=400).total_seconds() * 1000) << 80))
    row = db.session.execute(sa.select(AuditEntry.__table__).limit(1)).one()
    planted.run(sa.insert(AuditEntry).values(**{**row._mapping, "id": older}))
    assert places() == [f"entry {older}"]


def test_a_log_made_anew_has_not_the_digest_on_the_wall(log: None, database_app: Flask) -> None:
    cli = database_app.test_cli_runner()
    told = cli.invoke(args=["audit", "digest"]).output
    wall = ["--number", "5", "--digest", told.splitlines()[1]]
    assert "5 entries" in told
    assert cli.invoke(args=["audit", "verify", *wall]).exit_code == 0
    planted.run(sa.update(AuditEntry).where(AuditEntry.id == number_of(3)).values(action="nothing"))
    planted.run(sa.delete(AuditLink))
    db.session.rollback()
    assert chain.seal() == ENTRIES
    assert cli.invoke(args=["audit", "verify"]).exit_code == 0
    found = cli.invoke(args=["audit", "verify", *wall])
    assert found.exit_code == 1
    assert "FAULT entry 5" in found.output


def test_an_entry_that_was_committed_late_is_chained_all_the_same(database_app: Flask) -> None:
    late = new_id()
    write(2)
    chain.seal()
    with transaction():
        audit.record(SYSTEM, "member.renamed", "member", None)
    planted.strip()
    planted.run(sa.update(AuditEntry).where(AuditEntry.subject_id.is_(None)).values(id=late))
    assert chain.head().waiting == 1
    assert chain.seal() == 1
    assert chain.link_of([late])[late][0] == 3
    assert places() == []


# --- the books


@pytest.fixture
def books(database_app: Flask, clock: FrozenClock) -> None:
    """A row in every table that is sealed, none of today."""
    clock.move_to(WEDNESDAY - timedelta(days=20))
    points.service.install_tariff()
    shop = settlement_builders.two_shops()["barber"]
    payer = settlement_builders.payer()
    settlement_builders.take(shop, payer, 30)
    merchants_builders.a_budget(shop)
    owner = members_builders.actor(merchants_builders.the_owner(shop))
    merchants.service.give_points(
        owner,
        key=new_id(),
        merchant_id=shop.id,
        receiver=merchants.service.Receiver(number=str(members_builders.member("李梅").number)),
        points=5,
        reason="扶老人过马路",
    )
    merchants.service.award_shop(
        members_builders.staff(), key=new_id(), merchant_id=shop.id, rule_code="shop_help", note="值班"
    )
    asked = new_id()
    merchants.service.grant_shop_budget(
        members_builders.staff(), key=asked, merchant_id=shop.id, points=900, reason="店庆"
    )
    merchants.service.agree_to_request(members_builders.staff(), key=new_id(), request_id=asked)
    redemption_id, code = rewards_builders.voucher(payer, rewards_builders.reward(points=5))
    desk = rewards_builders.desk()
    rewards_builders.hand_over(desk, code)
    rewards_builders.take_back(desk, redemption_id, to_stock=True)
    chen, li = reports_builders.desk(), reports_builders.desk("李志强")
    report_id = reports_builders.told(reports_builders.resident(), "scam")
    reports_builders.take(chen, report_id)
    reports.service.open_words(li, report_id, "协助")
    reports.service.open_float(chen, key=new_id(), opening_fen=500)
    reports.service.reconcile_float(chen, key=new_id(), handed_over_fen=0, counted_fen=500)
    clock.move_to(WEDNESDAY - timedelta(days=7))
    statement = settlement_builders.draft()[0]
    for step in (settlement_builders.agree, settlement_builders.pay, settlement_builders.close):
        step(statement.id)
    paid_back = {"points": 0, "cents": 5, "paid_on": core_clock.today(), "reference": "收据 17"}
    with transaction():
        db.session.add(
            SettlementPayback(
                id=new_id(),
                settlement_id=statement.id,
                recorded_by=new_id(),
                recorded_at=core_clock.now(),
                **paid_back,
            )
        )
    clock.move_to(WEDNESDAY)
    assert seals.seal_books() == 2  # October, and November up to yesterday
    assert seals.seal_books() == 0
    assert list(seals.verify()) == []
    planted.strip()


def broken(table: str) -> list[str]:
    db.session.rollback()
    return [fault.where for fault in seals.verify(tables=[table])]


def test_every_changed_column_of_every_audited_table_is_found(books: None) -> None:
    assert len(seals._audited) >= 11
    for name in seals._audited:
        table = db.metadata.tables[name]
        row = db.session.execute(sa.select(table).limit(1)).one_or_none()
        assert row is not None, f"no row of {name} to change"
        for column in change_each_column(table, row, list(table.primary_key)):
            assert broken(name), f"{name}.{column.name} was changed and nobody saw it"
        assert broken(name) == [], name


def unsealed() -> set[str]:
    """Tables whose rows nobody may change, as their triggers say, and of which the log keeps no digest."""
    query = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%!_no!_update' ESCAPE '!'"
    )
    frozen = set(db.session.scalars(sa.text(query)))
    assert "transfer" in frozen
    return frozen - seals._audited.keys() - {"audit_entry", "audit_link"}


def test_every_table_whose_rows_nobody_may_change_is_sealed(app: Flask, monkeypatch) -> None:
    assert unsealed() == set()
    monkeypatch.delitem(seals._audited, "transfer")
    assert unsealed() == {"transfer"}


def test_a_removed_and_an_added_transfer_of_an_earlier_day_are_found(books: None) -> None:
    table = db.metadata.tables["transfer"]
    row = db.session.execute(sa.select(table).limit(1)).one()
    planted.run(sa.insert(table).values(**{**row._mapping, "id": uuid4()}))
    assert len(broken("transfer")) == 1
    planted.run(sa.delete(table).where(table.c.posted_at == row.posted_at))
    assert len(broken("transfer")) == 1


def test_what_is_booked_today_waits_for_the_end_of_the_day(books: None, clock: FrozenClock) -> None:
    table = db.metadata.tables["transfer"]
    row = db.session.execute(sa.select(table).limit(1)).one()
    planted.run(sa.insert(table).values(**{**row._mapping, "id": uuid4(), "posted_at": core_clock.now()}))
    assert broken("transfer") == []
    clock.move_to(core_clock.day_bounds(core_clock.today())[1] + timedelta(minutes=59))
    assert seals.seal_books() == 0
    clock.tick(minutes=1)
    assert seals.seal_books() == 1
    assert broken("transfer") == []


def test_a_seal_that_was_scribbled_over_is_found(books: None, database_app: Flask) -> None:
    chain.seal()
    seal = (
        sa.select(AuditEntry.id).where(AuditEntry.subject_id == seals.BOOKS).order_by(AuditEntry.id).limit(1)
    )
    planted.run(
        sa.update(AuditEntry).where(AuditEntry.id == db.session.scalar(seal)).values(data={"first": 7})
    )
    assert len(broken("transfer")) == 1
    told = database_app.test_cli_runner().invoke(args=["audit", "verify", "--since", "2026-11-01"])
    assert told.exit_code == 1
    assert "changed or moved" in told.output


def test_a_seal_that_is_gone_is_found(books: None) -> None:
    planted.run(
        sa.delete(AuditEntry).where(AuditEntry.subject_id == seals.BOOKS, AuditEntry.data.is_not(None))
    )
    assert seals.seal_books() == 2
    first = db.session.scalar(
        sa.select(AuditEntry.id).where(AuditEntry.subject_id == seals.BOOKS).order_by(AuditEntry.id).limit(1)
    )
    planted.run(sa.delete(AuditEntry).where(AuditEntry.id == first))
    assert len(broken("transfer")) == 1
