"""Reads about letters: the desk's list, one letter, a member's own, and what a code on paper is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock, codes, paging
from core.auth import Actor
from core.codes import Code, Kind, keyring
from core.config import settings
from core.db import db
from core.paging import Page
from honours import rules
from honours.errors import LetterRevoked, LetterUnknown
from honours.models import Letter

GENUINE = "genuine"
REVOKED = "revoked"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One letter. Times are UTC; `member_name` is the name of today, `issued_on` a day in the programme's zone."""

    id: UUID
    number: str
    member_id: UUID
    member_name: str
    member_number: int
    occasion_zh: str
    occasion_en: str
    issued_by: UUID
    issued_at: datetime
    issued_on: date
    revoked_by: UUID | None
    revoked_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What anybody may know of a code on paper: nothing of whom the letter is for, and what for.

    `state`: genuine, revoked or unknown; of an unknown code nothing else is known.
    """

    state: str
    number: str | None = None
    issued_on: date | None = None
    revoked_on: date | None = None


def code_of(letter_id: UUID) -> Code:
    """The code that is printed on the letter."""
    return codes.printed_code(keyring(settings()), Kind.LETTER, letter_id, 1)


def digest_of(code: Code) -> str:
    """What is kept of the code."""
    return codes.digest(keyring(settings()), code)


def verify(code: Code) -> Verdict:
    """What the code on a paper is worth."""
    query = sa.select(Letter.year, Letter.sequence, Letter.issued_at, Letter.revoked_at)
    row = db.session.execute(query.where(Letter.code_digest == digest_of(code))).one_or_none()
    if code.kind is not Kind.LETTER or row is None:
        return Verdict(UNKNOWN)
    return Verdict(
        REVOKED if row.revoked_at else GENUINE,
        rules.number(row.year, row.sequence),
        clock.local_date(row.issued_at),
        clock.local_date(row.revoked_at) if row.revoked_at else None,
    )


def letter(letter_id: UUID) -> LetterFacts:
    """One letter. Raises `LetterUnknown`."""
    found = db.session.scalar(sa.select(Letter).where(Letter.id == letter_id))
    if found is None:
        raise LetterUnknown
    return _with_names([found])[0]


def letter_for(actor: Actor, letter_id: UUID) -> LetterFacts:
    """One letter, for whom it is for and for staff. Raises `LetterUnknown` for everybody else, too."""
    found = letter(letter_id)
    if not (actor.may("letter.read") or (actor.kind == "member" and found.member_id == actor.member_id)):
        raise LetterUnknown
    return found


def letter_to_print(actor: Actor, letter_id: UUID) -> LetterFacts:
    """As `letter_for`. Raises `LetterRevoked` for one that is no longer valid: it is not printed again."""
    found = letter_for(actor, letter_id)
    if found.revoked_at is not None:
        raise LetterRevoked(number=found.number, at=found.revoked_at.isoformat())
    return found


def letters(
    search: str = "", *, member_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[LetterFacts]:
    """Letters, newest number first; of one member, or found by the letter's number or the member's name, number or
    telephone. Raises `core.paging.CursorInvalid`.
    """
    place = sa.tuple_(Letter.year, Letter.sequence)
    query = sa.select(Letter).order_by(Letter.year.desc(), Letter.sequence.desc())
    if member_id is not None:
        query = query.where(Letter.member_id == member_id)
    if search.strip():
        query = query.where(_matching(search.strip()))
    if cursor is not None:
        year, sequence = paging.decode(cursor, int, int)
        # Larger numbers are in no column of this table, and not every engine compares with them.
        query = query.where(place < sa.tuple_(min(year, 9999), min(sequence, 9_999_999)))
    limit = max(1, min(limit, paging.MOST_ITEMS))
    found = db.session.scalars(query.limit(limit + 1)).all()
    last = found[limit - 1] if len(found) > limit else None
    return Page(_with_names(found[:limit]), paging.encode(last.year, last.sequence) if last else None)


def letters_of(member_id: UUID) -> Sequence[LetterFacts]:
    """A member's letters, newest first; the latest hundred."""
    return letters(member_id=member_id, limit=paging.MOST_ITEMS).items


def _matching(text: str) -> sa.ColumnElement[bool]:
    number = rules.read_number(text)
    if number is not None:
        return sa.and_(Letter.year == number[0], Letter.sequence == number[1])
    people = members.queries.search(text, limit=paging.MOST_ITEMS).items
    return Letter.member_id.in_([each.id for each in people])


def _with_names(found: Sequence[Letter]) -> list[LetterFacts]:
    people = members.queries.many_facts(each.member_id for each in found)
    return [_facts(each, people[each.member_id]) for each in found]


def _facts(row: Letter, member: Any) -> LetterFacts:
    return LetterFacts(
        row.id,
        rules.number(row.year, row.sequence),
        row.member_id,
        member.name,
        member.number,
        row.occasion_zh,
        row.occasion_en,
        row.issued_by,
        row.issued_at,
        clock.local_date(row.issued_at),
        row.revoked_by,
        row.revoked_at,
        row.reason,
    )
