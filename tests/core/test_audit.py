"""The audit log: written once, never changed, read page by page."""

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.db import db, new_id, transaction
from core.paging import CursorInvalid


def write(*actions: str) -> None:
    with transaction():
        for action in actions:
            audit.record(SYSTEM, action, "member", new_id())


@pytest.mark.parametrize(
    "change",
    [sa.update(AuditEntry).values(action="nothing"), sa.delete(AuditEntry)],
    ids=["change", "remove"],
)
def test_nobody_changes_or_removes_an_entry(database_app: Flask, change: sa.Executable) -> None:
    write("member.suspended")
    with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
        db.session.execute(change)
    assert [each.action for each in audit.entries().items] == ["member.suspended"]


def test_on_postgresql_the_log_cannot_be_emptied_either(database_app: Flask) -> None:
    write("member.suspended")
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="is insert-only"), transaction():
            db.session.execute(sa.text("TRUNCATE audit_entry, audit_link"))
    assert len(audit.entries().items) == 1


def test_pages_join_without_gap_or_double_newest_first(database_app: Flask, clock: FrozenClock) -> None:
    names = [f"act.{number}" for number in range(7)]
    for each in names:
        write(each)
    seen: list[str] = []
    cursor = None
    while True:
        page = audit.entries(cursor=cursor, limit=3)
        seen += [each.action for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == names[::-1]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4Il0", "W10", ""])
def test_a_cursor_of_another_list_is_refused(app: Flask, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        audit.entries(cursor=cursor)
