"""Use cases of letters of encouragement: issue, withdraw, and show what a code on paper is worth."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import audit, clock, receipts
from core.auth import Actor
from core.db import db, execute, insert, new_id
from core.receipts import Answer
from core.scans import Scan
from honours import rules
from honours.errors import LetterRevoked, LetterUnknown, OwnLetter
from honours.models import Letter, LetterSeries
from honours.queries import UNKNOWN, code_of, digest_of, verify

SUBJECT = "letter"


def issue_letter(
    actor: Actor, *, key: UUID, member_id: UUID, occasion_zh: str, occasion_en: str = ""
) -> Answer:
    """Issue a letter to a member, once per key; needs `letter.issue`, audited. The answer: `letter_id`, `number`.

    `occasion_zh`, `occasion_en`: what he is thanked for, as it is printed. Raises `LetterTextInvalid`, `OwnLetter`,
    `members.errors.MemberUnknown`, and the refusals of members who are not admitted, suspended or gone.
    """
    actor.require("letter.issue")
    chinese, english = rules.clean_occasions(occasion_zh, occasion_en)

    def work() -> dict[str, Any]:
        _check_member(actor, member_id)
        return _issue(actor, member_id, chinese, english)

    content = {"member_id": member_id, "occasion_zh": chinese, "occasion_en": english}
    return receipts.once(key, actor, "letter.issue", content, work)


def _check_member(actor: Actor, member_id: UUID) -> None:
    facts = members.queries.facts(member_id)
    if {actor.id, actor.member_id} & members.queries.household_of(member_id):
        raise OwnLetter
    if facts.status != "on_leave":  # whoever rests is thanked all the same
        members.queries.require_active(facts)


def _issue(actor: Actor, member_id: UUID, chinese: str, english: str) -> dict[str, Any]:
    letter_id, now = new_id(), clock.now()
    year = clock.local_date(now).year
    sequence = _next(year)
    row = {
        "id": letter_id,
        "year": year,
        "sequence": sequence,
        "member_id": member_id,
        "occasion_zh": chinese,
        "occasion_en": english,
        "code_digest": digest_of(code_of(letter_id)),
        "issued_by": actor.member_id or actor.id,
        "issued_at": now,
        "reason": "",
    }
    execute(sa.insert(Letter), row)
    number = rules.number(year, sequence)
    audit.record(actor, "letter.issued", SUBJECT, letter_id, number=number, member=str(member_id))
    return {"letter_id": str(letter_id), "number": number}


def _next(year: int) -> int:
    """The next number of the year. The row stays locked until the letter is there; a refusal gives it back."""
    statement = insert(LetterSeries).values(year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[LetterSeries.year], set_={"last": LetterSeries.last + 1}
    ).returning(LetterSeries.last)
    return int(db.session.execute(statement).scalar_one())


def revoke_letter(actor: Actor, *, key: UUID, letter_id: UUID, reason: str) -> Answer:
    """Withdraw a letter, once per key; needs `letter.issue`, audited with its reason. The answer: `number`.

    From now on its code says that it is no longer valid. The log is for good: of the reason it keeps all but the
    member's name and telephone number. Raises `LetterTextInvalid`, `LetterUnknown`, `LetterRevoked`.
    """
    actor.require("letter.issue")
    clean = rules.clean_reason(reason)

    def work() -> dict[str, Any]:
        query = sa.select(Letter).where(Letter.id == letter_id).with_for_update()
        found = db.session.scalar(query.execution_options(populate_existing=True))
        if found is None:
            raise LetterUnknown
        number = rules.number(found.year, found.sequence)
        if found.revoked_at is not None:
            raise LetterRevoked(number=number, at=found.revoked_at.isoformat())
        found.revoked_at, found.revoked_by, found.reason = clock.now(), actor.member_id or actor.id, clean
        told = members.queries.without_person(clean, found.member_id)
        audit.record(actor, "letter.revoked", SUBJECT, letter_id, number=number, reason=told)
        return {"letter_id": str(letter_id), "number": number}

    return receipts.once(key, actor, "letter.revoke", {"letter_id": letter_id, "reason": clean}, work)


def show_letter(_actor: Actor, scan: Scan) -> dict[str, Any]:
    """What a scanned letter is worth: the same for everybody, and nothing private. Raises `LetterUnknown`."""
    found = verify(scan.code)
    if found.state == UNKNOWN or found.issued_on is None:
        raise LetterUnknown
    return {
        "outcome": "letter_revoked" if found.revoked_on else "letter_genuine",
        "number": found.number,
        "issued_on": found.issued_on.isoformat(),
        "revoked_on": found.revoked_on.isoformat() if found.revoked_on else None,
    }
