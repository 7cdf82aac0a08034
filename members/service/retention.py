"""What is deleted by the clock: personal data whose owner wished so, and what nobody needs any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.config import settings
from core.db import db, transactional
from core.errors import DomainError
from core.sweeps import sweep
from members import rules
from members.admission_models import MemberImport, MemberImportFile, MemberImportRow
from members.models import DeskSession, Device, JoinCode, Member, OutboxMessage, PastHelp
from members.service.limits import tidy
from members.service.merge_consent import lapse_old_proposals
from members.service.merging import forget_old_merges
from members.service.personal import carry_out

_UNSTARTED_LIST_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run has done: members whose data was deleted, wishes that open matters hinder, rows that were too old."""

    erased: int
    hindered: int
    rows: int


def retain() -> Retained:
    """Carry out due deletions and delete rows that are older than the settings say. Repeatable, in small transactions.

    A wish that an open matter hinders waits for the next run. Raises `core.sweeps.SweepFailed` at the end when a
    member could not be deleted for another reason.
    """
    rows = tidy() + _forget_old() + lapse_old_proposals() + forget_old_merges()
    hindered: list[UUID] = []

    def work(member_id: UUID) -> bool:
        try:
            return carry_out(member_id)
        except DomainError:
            hindered.append(member_id)
            return False

    due = sa.select(Member.id).where(Member.deletion_due_at <= clock.now()).order_by(Member.deletion_due_at)
    erased = sweep("delete personal data", db.session.scalars(due).all(), work)
    return Retained(erased, len(hindered), rows)


@transactional
def _forget_old() -> int:
    now = clock.now()
    useless = now - timedelta(days=settings().join_code_days)
    stale = (
        sa.delete(OutboxMessage).where(
            OutboxMessage.created_at < now - timedelta(days=settings().outbox_days)
        ),
        # A code by which a device has enrolled says until the device is gone who made it.
        sa.delete(JoinCode).where(
            (JoinCode.withdrawn_at < useless) | (JoinCode.expires_at < useless),
            ~sa.exists().where(Device.join_code_id == JoinCode.id),
        ),
        sa.delete(DeskSession).where(DeskSession.ends_at < now - rules.USED_CODE_LIFE),
        sa.delete(PastHelp).where(PastHelp.ended_at < now - rules.HOUSEHOLD_LASTS),
    )
    return sum(
        db.session.connection().execute(statement).rowcount for statement in (*stale, *_old_lists(now))
    )


def _old_lists(now: datetime) -> tuple[Any, ...]:
    """What stood in lists of members: soon, if nobody let them run; how many came in stays on record."""
    unstarted = MemberImport.started_at.is_(None) & (MemberImport.created_at < now - _UNSTARTED_LIST_LIFE)
    old = (MemberImport.created_at < now - timedelta(days=settings().import_days)) & (
        MemberImport.state != "running"
    )
    forgotten = sa.select(MemberImport.id).where(unstarted)
    return (
        sa.delete(MemberImportFile).where(MemberImportFile.import_id.in_(forgotten)),
        sa.delete(MemberImportRow).where(
            MemberImportRow.import_id.in_(sa.select(MemberImport.id).where(unstarted | old))
        ),
        sa.delete(MemberImport).where(unstarted),
        # Nothing is left of it to be taken up again, and its file may be brought anew.
        sa.update(MemberImport)
        .where(old, MemberImport.state == "stopped")
        .values(state="done", finished_at=now),
    )
