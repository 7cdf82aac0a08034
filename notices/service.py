"""Use cases of notices: write, correct, take back, read, and forget who has read."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, receipts
from core.auth import Actor
from core.config import settings
from core.db import db, execute, insert, new_id, transactional
from core.receipts import Answer
from members.errors import AreaUnknown, SquadUnknown
from members.queries import reachable
from notices import queries, rules
from notices.errors import NoticeChanged, NoticeNotYours, NoticeOver, NoticeRead, NoticeTooMany, NoticeUnknown
from notices.models import Notice, NoticeArea, NoticeReading, NoticeSquad
from notices.rules import Wish

__all__ = ["Wish", "correct", "forget_readings", "read", "send", "withdraw"]

SUBJECT = "notice"
#: Readings that one statement forgets: a writer must not keep the others waiting.
_AT_ONCE = 5_000


def send(actor: Actor, *, key: UUID, wish: Wish, replaces_id: UUID | None = None) -> Answer:
    """Write a notice, once per key, audited; needs `notice.write`, or a captain writes to his own squad.

    `replaces_id`: the notice whose place it takes. The answer: `notice_id`, `version`. Raises `NoticeInvalid`,
    `NoticeNotYours`, `NoticeTooMany`, `NoticeUnknown`, `NoticeOver`, and the members' `SquadUnknown`, `AreaUnknown`.
    """
    tidy = rules.clean(wish, clock.today())
    writer = _require_writer(actor, tidy)

    def work() -> dict[str, Any]:
        _check_targets(tidy)
        notice_id = new_id()
        if replaces_id is not None:
            old = _lock(replaces_id)
            _require_changer(actor, old)
            old.state, old.ended_at, old.ended_by = "replaced", clock.now(), writer
            db.session.flush()
        elif not actor.may("notice.write"):
            _check_number(writer)
        row = {
            "id": notice_id,
            "state": "open",
            "version": 1,
            "written_by": writer,
            "written_at": clock.now(),
        }
        execute(sa.insert(Notice), row | {"replaces_id": replaces_id, "reason": ""} | _columns(tidy))
        _target(notice_id, tidy)
        told = {"replaces": str(replaces_id)} if replaces_id else {}
        audit.record(actor, "notice.sent", SUBJECT, notice_id, audience=tidy.audience, **told)
        return {"notice_id": str(notice_id), "version": 1}

    content = _content(tidy) | {"replaces_id": replaces_id}
    return receipts.once(key, actor, "notice.send", content, work)


def correct(actor: Actor, *, key: UUID, notice_id: UUID, version: int, wish: Wish) -> Answer:
    """Change a notice that nobody has read, once per key, audited. The answer: `notice_id`, `version`.

    `version` is the one that was corrected. Raises as `send` does, and `NoticeRead`, `NoticeChanged`.
    """
    tidy = rules.clean(wish, clock.today(), queries.first_day_of(notice_id))
    _require_writer(actor, tidy)

    def work() -> dict[str, Any]:
        found = _lock(notice_id)
        _require_changer(actor, found)
        if found.first_read_at is not None:
            raise NoticeRead
        if found.version != version:
            raise NoticeChanged(version=found.version)
        _check_targets(tidy)
        for column, value in _columns(tidy).items():
            setattr(found, column, value)
        found.version, found.changed_at = found.version + 1, clock.now()
        db.session.flush()
        for table in (NoticeSquad, NoticeArea):
            db.session.execute(sa.delete(table).where(table.notice_id == notice_id))
        _target(notice_id, tidy)
        audit.record(actor, "notice.corrected", SUBJECT, notice_id, version=found.version)
        return {"notice_id": str(notice_id), "version": found.version}

    content = _content(tidy) | {"notice_id": notice_id, "version": version}
    return receipts.once(key, actor, "notice.correct", content, work)


def withdraw(actor: Actor, *, key: UUID, notice_id: UUID, reason: str) -> Answer:
    """Take a notice back, once per key, audited with its reason; nobody is shown it any more. The answer: `notice_id`.

    Raises `NoticeInvalid`, `NoticeUnknown`, `NoticeNotYours`, `NoticeOver`.
    """
    tidy = rules.clean_line(reason, "reason", rules.LONGEST_REASON)
    actor.require("notice.read")

    def work() -> dict[str, Any]:
        found = _lock(notice_id)
        _require_changer(actor, found)
        found.state, found.reason = "withdrawn", tidy
        found.ended_at, found.ended_by = clock.now(), actor.member_id or actor.id
        audit.record(actor, "notice.withdrawn", SUBJECT, notice_id, reason=tidy)
        return {"notice_id": str(notice_id)}

    content = {"notice_id": notice_id, "reason": tidy}
    return receipts.once(key, actor, "notice.withdraw", content, work)


@transactional
def read(actor: Actor, notice_id: UUID, version: int) -> datetime:
    """Note that the member in whose name `actor` acts has read this version. Repeatable: the first time stays.

    The answer is when he read it, UTC. Raises `NoticeUnknown` for what is not shown to him, `NoticeChanged` when it was
    corrected after it was opened: whoever has read the old words has not read the new ones.
    """
    actor.require("notice.read")
    member_id = actor.member_id or actor.id
    shown = queries.for_reader(member_id, notice_id)
    if shown.read_at is not None:
        return shown.read_at
    now = clock.now()
    if shown.first_read_at is None:
        # Only the first reader takes the lock for which a correction waits, too.
        query = sa.select(Notice).where(Notice.id == notice_id).with_for_update()
        found = db.session.scalars(query.execution_options(populate_existing=True)).one()
        if found.version != version:
            raise NoticeChanged(version=found.version)
        found.first_read_at = found.first_read_at or now
        db.session.flush()
    elif shown.version != version:
        raise NoticeChanged(version=shown.version)
    row = {"notice_id": notice_id, "member_id": member_id, "read_at": now}
    db.session.execute(insert(NoticeReading).values(**row).on_conflict_do_nothing())
    return now


def forget_readings() -> int:
    """Remove who has read notices that ended more than `notice_reading_days` days ago. Repeatable; how many."""
    last = clock.today() - timedelta(days=settings().notice_reading_days)
    over = sa.select(Notice.id).where(Notice.last_day < last)
    forgotten = 0
    for notice_id in db.session.scalars(
        over.where(sa.exists().where(NoticeReading.notice_id == Notice.id))
    ).all():
        while removed := _forget(notice_id):
            forgotten += removed
    return forgotten


@transactional
def _forget(notice_id: UUID) -> int:
    some = sa.select(NoticeReading.member_id).where(NoticeReading.notice_id == notice_id).limit(_AT_ONCE)
    gone = sa.delete(NoticeReading).where(
        NoticeReading.notice_id == notice_id, NoticeReading.member_id.in_(some.scalar_subquery())
    )
    return int(execute(gone).rowcount)


# --- Steps -----------------------------------------------------------------------------------------------------------


def _require_writer(actor: Actor, wish: Wish) -> UUID:
    """Who writes. Raises `NoticeNotYours` unless he may write to all of these."""
    actor.require("notice.read")
    if not actor.may("notice.write"):
        # Not in the name of a captain whom one looks after: what he tells his squad he tells himself.
        led = reachable.led_by(actor.id)
        if actor.kind != "member" or wish.audience != "squads" or not led.issuperset(wish.squad_ids):
            raise NoticeNotYours
        members.queries.require_active(members.queries.facts(actor.id))
    return actor.member_id or actor.id


def _require_changer(actor: Actor, notice: Notice) -> None:
    if not (actor.may("notice.write") or notice.written_by == actor.id):
        raise NoticeNotYours


def _check_number(writer: UUID) -> None:
    own = sa.select(sa.func.count()).where(
        Notice.written_by == writer, Notice.state == "open", Notice.last_day >= clock.today()
    )
    if (db.session.scalar(own) or 0) >= rules.MOST_OF_A_CAPTAIN:
        raise NoticeTooMany(most=rules.MOST_OF_A_CAPTAIN)


def _check_targets(wish: Wish) -> None:
    if wish.squad_ids and set(wish.squad_ids) - set(members.queries.squad_heads()):
        raise SquadUnknown
    if wish.area_ids and set(wish.area_ids) - set(reachable.area_parents()):
        raise AreaUnknown


def _lock(notice_id: UUID) -> Notice:
    """An open notice, locked. Raises `NoticeUnknown`, `NoticeOver`."""
    query = sa.select(Notice).where(Notice.id == notice_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NoticeUnknown
    if found.state != "open":
        raise NoticeOver(state=found.state)
    return found


def _columns(wish: Wish) -> dict[str, Any]:
    return {name: value for name, value in asdict(wish).items() if name not in {"squad_ids", "area_ids"}}


def _content(wish: Wish) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(wish).items()}


def _target(notice_id: UUID, wish: Wish) -> None:
    if wish.squad_ids:
        execute(
            sa.insert(NoticeSquad), [{"notice_id": notice_id, "squad_id": each} for each in wish.squad_ids]
        )
    if wish.area_ids:
        execute(sa.insert(NoticeArea), [{"notice_id": notice_id, "area_id": each} for each in wish.area_ids])
