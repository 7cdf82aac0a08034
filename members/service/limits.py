"""Limits of tries, counted in the database so that every worker sees the same count."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from core import clock
from core.db import db, insert, transactional
from core.errors import TooMany
from members import rules
from members.models import Attempt, OneTimeCode, UsedCode
from members.service.common import keyed_digest


@dataclass(frozen=True, slots=True)
class TriesLeft:
    """How many more tries a limit allows, below 0 when this one was too many, and the seconds until it starts anew."""

    tries: int
    retry_after: int


def count_try(refusal: type[TooMany], **subjects: str) -> TriesLeft:
    """Count one try for each kind of `rules.LIMITS` and raise `refusal` with `retry_after` when one is used up.

    `subjects` maps kind → telephone, address or member. Counts in a transaction of its own, which stands when what is
    tried fails, so it must not be called inside another one. Returns what is left of the tightest limit.
    """
    counted = _count_all(subjects)
    passed = [each.retry_after for each in counted if each.tries < 0]
    if passed:
        raise refusal(retry_after=max(passed))
    return min(counted, key=lambda each: (each.tries, -each.retry_after))


@transactional
def _count_all(subjects: dict[str, str]) -> list[TriesLeft]:
    # In one transaction: of many tries at once each has the same place in all counts.
    return [_count(kind, subject) for kind, subject in sorted(subjects.items())]


def _count(kind: str, subject: str) -> TriesLeft:
    most, within = rules.LIMITS[kind]
    now = clock.now()
    window = math.floor(now.timestamp() / within.total_seconds()) + 1
    ends_at = datetime.fromtimestamp(window * within.total_seconds(), UTC)
    values = {"kind": kind, "subject": _subject(kind, subject), "window_ends_at": ends_at, "tries": 1}
    statement = insert(Attempt).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[Attempt.kind, Attempt.subject, Attempt.window_ends_at],
        set_={"tries": Attempt.tries + 1},
    ).returning(Attempt.tries)
    tries: int = db.session.execute(statement).scalar_one()
    return TriesLeft(most - tries, math.ceil((ends_at - now).total_seconds()))


def closed_until(kind: str, subject: str) -> datetime | None:
    """Until when (UTC) the limit is used up for this subject, or None while there are tries left."""
    most, _within = rules.LIMITS[kind]
    query = sa.select(sa.func.max(Attempt.window_ends_at)).where(
        Attempt.kind == kind,
        Attempt.subject == _subject(kind, subject),
        Attempt.window_ends_at > clock.now(),
        Attempt.tries >= most,
    )
    found: datetime | None = db.session.scalar(query)
    return found


def forget_tries(kind: str, subject: str) -> None:
    """Start again at none, after a success. Joins the caller's transaction."""
    condition = (Attempt.kind == kind) & (Attempt.subject == _subject(kind, subject))
    db.session.execute(sa.delete(Attempt).where(condition))


def give_back(kind: str, subject: str) -> None:
    """Take back one try that was counted a moment ago, for it was a success. Joins the caller's transaction.

    Only ever its own: who knows one password must not get more guesses at another by it.
    """
    open_count = (
        (Attempt.kind == kind)
        & (Attempt.subject == _subject(kind, subject))
        & (Attempt.window_ends_at > clock.now())
        & (Attempt.tries > 0)
    )
    db.session.execute(sa.update(Attempt).where(open_count).values(tries=Attempt.tries - 1))


def _subject(kind: str, subject: str) -> str:
    return keyed_digest(f"attempt {kind}", subject)


@transactional
def tidy() -> int:
    """Delete counters, one-time codes and spent codes that no longer matter; how many rows."""
    now = clock.now()
    stale = (
        sa.delete(Attempt).where(Attempt.window_ends_at < now),
        sa.delete(OneTimeCode).where(OneTimeCode.expires_at < now),
        # A phone code lives for a minute; its step counts again from the start after three weeks.
        sa.delete(UsedCode).where(UsedCode.used_at < now - rules.USED_CODE_LIFE),
    )
    return sum(db.session.connection().execute(statement).rowcount for statement in stale)
