"""What time takes away: photos and words of closed reports, and the order in which reports without a name came."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import db, transactional
from reports.models import RentedHome, Report, ReportPhoto, ReportStep
from reports.rules import handling


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run has removed: photos, reports and homes whose words are gone, reports whose order is gone."""

    photos: int
    words: int
    homes: int
    shuffled: int


def retain() -> Retained:
    """Remove what is kept no longer; run it once a day. Doing it again changes nothing."""
    return Retained(photos=_photos(), words=_words(), homes=_homes(), shuffled=blur())


@transactional
def _photos() -> int:
    closed = sa.select(Report.id).where(Report.closed_on < clock.today() - handling.PHOTOS_LIVE)
    return _count(sa.delete(ReportPhoto).where(ReportPhoto.report_id.in_(closed)))


@transactional
def _words() -> int:
    old = Report.closed_on < clock.today() - handling.WORDS_LIVE
    notes = sa.select(Report.id).where(old)
    told = (ReportStep.public_note != "") | (ReportStep.note != "")
    db.session.execute(
        sa.update(ReportStep).where(ReportStep.report_id.in_(notes), told).values(public_note="", note="")
    )
    statement = sa.update(Report).where(old, Report.words != "")
    return _count(statement.values(words="", place="", answers={}, responsible=""))


@transactional
def _homes() -> int:
    old = RentedHome.term_until < clock.today() - handling.WORDS_LIVE
    return _count(sa.update(RentedHome).where(old, RentedHome.address != "").values(address="", tenants=0))


def _count(statement: Any) -> int:
    done: Any = db.session.connection().execute(statement)
    return int(done.rowcount)


@transactional
def blur() -> int:
    """Write reports without a name of days that are over anew, in random order and one transaction; how many.

    PostgreSQL keeps rows where and in the transaction in which they were written: that tells the order of arrival, and
    between two reports with a name the time. After this all of a day look alike. On SQLite these tables have no order.
    """
    query = sa.select(Report.id).where(
        Report.member_id.is_(None), Report.shuffled.is_(False), Report.received_on < clock.today()
    )
    ids = list(db.session.scalars(query))
    secrets.SystemRandom().shuffle(ids)
    _rewrite(ids)
    return len(ids)


def _rewrite(ids: Sequence[UUID]) -> None:
    connection = db.session.connection()
    report = sa.update(Report).where(Report.id == sa.bindparam("wanted")).values(shuffled=True)
    photos = sa.update(ReportPhoto).where(ReportPhoto.report_id == sa.bindparam("wanted"))
    photos = photos.values(place=ReportPhoto.place)
    for wanted in ids:
        connection.execute(report, {"wanted": wanted})
        connection.execute(photos, {"wanted": wanted})
