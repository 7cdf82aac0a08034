"""Reads about titles: what the boards propose, who was given one, and the wall of honour with the year's letters.

The boards lie in a package that this one does not know: the assembler connects them here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import clock
from core.db import db
from honours import rules
from honours.errors import HonourUnknown
from honours.models import Honour, Letter, LetterSeries

#: Letters on the wall: the newest of the year.
MOST_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom the boards propose, best first. `figures`: name → number, as they are shown and kept."""

    squad_id: UUID
    member_id: UUID | None
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HonourFacts:
    """A title that was given. `name` is the bearer's name of today, `masked` what others may read of it, None unless he
    agreed to appear on boards; both None for squads.
    """

    id: UUID
    title: str
    period: str
    squad_id: UUID
    squad_name: str
    crest_color: str
    member_id: UUID | None
    name: str | None
    masked: str | None
    figures: Mapping[str, int]
    given_by: UUID
    given_at: datetime
    revoked_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class WallLetter:
    """A letter on the wall. Without the bearer's agreement to appear neither his name nor what for is told."""

    number: str
    issued_on: date
    masked: str | None
    occasion_zh: str
    occasion_en: str


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall of one year: titles, the newest period first, and letters, the newest first. `years`: those that have
    any; `letter_count`: all valid letters of the year.
    """

    year: int
    years: Sequence[int]
    stars: Sequence[HonourFacts]
    squads: Sequence[HonourFacts]
    letters: Sequence[WallLetter]
    letter_count: int


#: Title, the period, its first day → candidates, the best first.
Proposing = Callable[[str, str, date], Sequence[Candidate]]
_proposing: list[Proposing] = []


def connect(propose: Proposing) -> None:
    """Let the boards propose."""
    _proposing[:] = [propose]


def proposals(title: str, period: str) -> Sequence[Candidate]:
    """Whom the boards propose for the title in the period. Raises `HonourPeriodInvalid`."""
    first = rules.first_day_of(period, clock.today())
    return [each for propose in _proposing for each in propose(title, period, first)][: rules.MOST_PROPOSED]


def honour(honour_id: UUID) -> HonourFacts:
    """One title. Raises `HonourUnknown`."""
    found = db.session.scalar(sa.select(Honour).where(Honour.id == honour_id))
    if found is None:
        raise HonourUnknown
    return _with_names([found])[0]


def honours(year: int, *, revoked: bool = False) -> list[HonourFacts]:
    """Titles of a year and its months, the newest period first; with those that were taken back if wanted."""
    query = sa.select(Honour).where(Honour.period.between(f"{year}", f"{year}-99"))
    if not revoked:
        query = query.where(Honour.revoked_at.is_(None))
    return _with_names(db.session.scalars(query.order_by(Honour.period.desc(), Honour.id.desc())).all())


def honours_of(member_id: UUID) -> list[HonourFacts]:
    """A member's own titles, the newest first."""
    query = sa.select(Honour).where(Honour.member_id == member_id, Honour.revoked_at.is_(None))
    return _with_names(db.session.scalars(query.order_by(Honour.period.desc())).all())


def wall(year: int) -> Wall:
    """The wall of honour for a year."""
    found = honours(year)
    valid = sa.select(Letter).where(Letter.year == year, Letter.revoked_at.is_(None))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(valid.subquery())) or 0
    newest = db.session.scalars(valid.order_by(Letter.sequence.desc()).limit(MOST_LETTERS)).all()
    return Wall(
        year,
        _years(),
        [each for each in found if each.title == "star"],
        [each for each in found if each.title == "squad"],
        _letters(newest),
        count,
    )


def _years() -> list[int]:
    titles = sa.select(sa.func.substr(Honour.period, 1, 4)).where(Honour.revoked_at.is_(None)).distinct()
    found = {int(each) for each in db.session.scalars(titles)} | set(
        db.session.scalars(sa.select(LetterSeries.year))
    )
    return sorted(found | {clock.today().year}, reverse=True)


def _masked(facts: Any) -> str | None:
    """As on the boards: masked for those who agreed to appear there, nothing for the others."""
    shown = facts is not None and facts.listed and facts.status in {"active", "on_leave"}
    return members.queries.masked_name(facts.name) if shown else None


def _letters(found: Sequence[Letter]) -> list[WallLetter]:
    people = members.queries.many_facts(each.member_id for each in found)
    lines = []
    for each in found:
        masked = _masked(people.get(each.member_id))
        lines.append(
            WallLetter(
                rules.number(each.year, each.sequence),
                clock.local_date(each.issued_at),
                masked,
                each.occasion_zh if masked else "",
                each.occasion_en if masked else "",
            )
        )
    return lines


def _with_names(found: Sequence[Honour]) -> list[HonourFacts]:
    people = members.queries.many_facts(each.member_id for each in found if each.member_id)
    squads = {each.id: each for each in members.queries.squads()} if found else {}
    lines = []
    for each in found:
        bearer = people.get(each.member_id) if each.member_id else None
        lines.append(
            HonourFacts(
                each.id,
                each.title,
                each.period,
                each.squad_id,
                squads[each.squad_id].name,
                squads[each.squad_id].crest_color,
                each.member_id,
                bearer.name if bearer else None,
                _masked(bearer),
                each.figures,
                each.given_by,
                each.given_at,
                each.revoked_at,
                each.reason,
            )
        )
    return lines
