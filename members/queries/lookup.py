"""Many members at once by what stands in a list: numbers, telephones, names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.db import db
from members import rules
from members.errors import PhoneInvalid
from members.models import Member
from members.queries.facts import CHUNK, FACTS, MemberFacts, to_facts


@dataclass(frozen=True, slots=True)
class Found:
    """Who fits: by number, by telephone in E.164, by the key of the whole name (several may share one)."""

    by_number: dict[int, MemberFacts] = field(default_factory=dict)
    by_phone: dict[str, MemberFacts] = field(default_factory=dict)
    by_name: dict[str, list[MemberFacts]] = field(default_factory=dict)


def look_up(numbers: Collection[int], phones: Collection[str], names: Collection[str]) -> Found:
    """Members with these numbers, telephones (E.164) or keys of names (`members.queries.name_key`)."""
    found = Found()
    for row in _rows(Member.number, numbers):
        found.by_number[row.number] = to_facts(row)
    for row in _rows(Member.phone, phones):
        found.by_phone[row.phone] = to_facts(row)
    for row in _rows(Member.name_key, names):
        found.by_name.setdefault(row.name_key, []).append(to_facts(row))
    return found


def typed_phone(text: str) -> str | None:
    """The telephone that somebody typed, in E.164, or None when it is none."""
    try:
        return rules.clean_phone(text)
    except PhoneInvalid:
        return None


def _rows(column: Any, wanted: Collection[Any]) -> Iterable[Any]:
    values = sorted(set(wanted))
    for start in range(0, len(values), CHUNK):
        query = sa.select(*FACTS, Member.phone, Member.name_key)
        yield from db.session.execute(
            query.where(column.in_(values[start : start + CHUNK])).order_by(Member.id)
        )
