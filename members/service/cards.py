"""Printed cards and changing phone codes: making, reading, taking out of use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, codes, receipts
from core.auth import Actor
from core.codes import Code, Kind
from core.config import settings
from core.db import db, insert, transactional
from core.receipts import Answer
from core.scans import Scan
from members import queries, rules
from members.errors import CardExpired, CardMissing, CardRevoked, CardUnknown, CodeUsed, MemberCodeForStaff
from members.models import Member, Squad, UsedCode
from members.queries import MemberFacts
from members.service.common import keyed_digest, keys, lock_member, lock_subject, require_rank
from members.service.pins import keep_pin, new_pin_hash


def issue_card(actor: Actor, *, key: UUID, member_id: UUID, pin: str | None = None) -> Answer:
    """Issue a card, or a new one in place of the old, which ends at once. Once per key.

    `pin`: the PIN that goes with it, typed by the member; None keeps the one there is. The answer has `member_id` and
    `generation`. Raises `MemberUnknown`, `MemberOutranks`, `PinTooWeak` and the refusals of inactive members.
    """
    actor.require("card.issue")
    # Hashing takes long on purpose: done before the transaction, in which others would have to wait.
    pin_hash = new_pin_hash(member_id, pin) if pin else None

    def work() -> dict[str, str | int]:
        member = lock_member(member_id)
        if member_id != actor.member_id:
            require_rank(actor, member_id)
        rules.require_active(queries.facts(member_id))
        _issue(member)
        if pin_hash is not None:
            keep_pin(actor, member_id, pin_hash)
        audit.record(actor, "card.issued", "member", member_id, generation=member.card_generation)
        return {"member_id": str(member_id), "generation": member.card_generation}

    content = {"member_id": member_id, "pin": keyed_digest("pin", pin or "")}
    return receipts.once(key, actor, "card.issue", content, work)


def _issue(member: Member) -> None:
    member.card_generation += 1
    member.card_digest = codes.digest(keys(), _card_code(member.id, member.card_generation))
    member.card_issued_at = clock.now()
    member.card_revoked_at = None


def _card_code(member_id: UUID, generation: int) -> Code:
    return codes.printed_code(keys(), Kind.CARD, member_id, generation)


@transactional
def issue_missing_cards(actor: Actor, member_ids: Iterable[UUID]) -> int:
    """Issue cards to those who have no valid one, before printing many; how many. Doing it again changes nothing."""
    actor.require("card.issue")
    issued = 0
    for member_id in sorted(set(member_ids)):
        member = lock_member(member_id)
        if member.status == "active" and not _valid(member):
            _issue(member)
            audit.record(actor, "card.issued", "member", member_id, generation=member.card_generation)
            issued += 1
    return issued


def _valid(member: Member) -> bool:
    issued = member.card_issued_at
    return (
        member.card_digest is not None
        and member.card_revoked_at is None
        and issued is not None
        and clock.now() < issued + rules.CARD_LIFE
    )


@transactional
def revoke_card(actor: Actor, member_id: UUID) -> None:
    """Take the card out of use, in one step, from now on; twice is the same as once.

    By the member ("card lost"), his helper or staff. Raises `CardMissing`, `MemberOutranks`.
    """
    member = lock_subject(actor, member_id)
    if member.card_digest is None:
        raise CardMissing
    if member.card_revoked_at is None:
        member.card_revoked_at = clock.now()
        audit.record(actor, "card.revoked", "member", member_id, generation=member.card_generation)


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What stands on a card. `address` goes into the QR code; `text` is the code for typing, in groups."""

    member_id: UUID
    name: str
    number: str
    squad: str
    address: str
    text: str
    valid_until: datetime


def cards_to_print(actor: Actor, member_ids: Iterable[UUID]) -> list[PrintedCard]:
    """The valid cards of these members, in the order given; who has none is left out."""
    actor.require("card.issue")
    wanted = list(dict.fromkeys(member_ids))
    query = (
        sa.select(Member, Squad.name)
        .outerjoin(Squad, Squad.id == Member.squad_id)
        .where(Member.id.in_(wanted))
    )
    rows = db.session.execute(query.execution_options(populate_existing=True))
    found = {member.id: _printed(member, squad or "") for member, squad in rows if _valid(member)}
    return [found[member_id] for member_id in wanted if member_id in found]


@transactional
def print_cards(actor: Actor, member_ids: Iterable[UUID]) -> list[PrintedCard]:
    """`cards_to_print`, and each of them written down: whoever holds a card is taken for its member."""
    cards = cards_to_print(actor, member_ids)
    printed = [audit.Act(each.member_id, None, {}) for each in cards]
    audit.record_many(actor, "card.printed", "member", printed)
    return cards


def _printed(member: Member, squad: str) -> PrintedCard:
    code = _card_code(member.id, member.card_generation)
    issued = member.card_issued_at or member.created_at
    return PrintedCard(
        member_id=member.id,
        name=member.name,
        number=rules.spoken_number(member.number),
        squad=squad,
        address=codes.address(settings().base_url, code),
        text=codes.grouped(code),
        valid_until=issued + rules.CARD_LIFE,
    )


def read_card(code: Code) -> MemberFacts:
    """Whose card this is. It identifies and never pays. Raises `CardUnknown`, `CardRevoked`, `CardExpired`."""
    query = sa.select(Member.id, Member.card_issued_at, Member.card_revoked_at)
    row = db.session.execute(query.where(Member.card_digest == codes.digest(keys(), code))).one_or_none()
    if code.kind is not Kind.CARD or row is None:
        raise CardUnknown
    if row.card_revoked_at is not None:
        raise CardRevoked
    if clock.now() >= row.card_issued_at + rules.CARD_LIFE:
        raise CardExpired
    return queries.facts(row.id)


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """The code on a member's phone: show the next one at `renew_at`; refused from `valid_until` on. Both UTC."""

    code: Code
    address: str
    text: str
    renew_at: datetime
    valid_until: datetime


def phone_code(actor: Actor) -> PhoneCode:
    """A new code for the member's phone. Reads only: the code holds its own time."""
    actor.require("self.read")
    if actor.member_id is None:
        actor.require("self.write")
        raise CardMissing
    now = clock.now()
    code = codes.phone_code(keys(), queries.facts(actor.member_id).number, now)
    life = codes.lifetime(Kind.PHONE, now)
    return PhoneCode(
        code=code,
        address=codes.address(settings().base_url, code),
        text=codes.grouped(code),
        renew_at=life.renew_at,
        valid_until=life.valid_until,
    )


@transactional
def read_phone_code(code: Code, at: datetime) -> MemberFacts:
    """Whose phone shows this code at `at` (aware); the code is spent with the transaction it is read in.

    Raises `CodeUnknown` (not ours), `CodeExpired`, `CodeUsed`.
    """
    number, digest = codes.read_phone_code(keys(), code, at)
    statement = insert(UsedCode).values(digest=digest, used_at=clock.now())
    # RETURNING tells whether the row went in; a row count does not do so on both engines.
    statement = statement.on_conflict_do_nothing(index_elements=[UsedCode.digest]).returning(UsedCode.digest)
    if db.session.connection().execute(statement).first() is None:
        raise CodeUsed
    return _holder(number)


def _holder(number: int) -> MemberFacts:
    found = queries.facts_by_number(number)
    if found is None:
        raise codes.CodeUnknown
    return found


def read_member_code(code: Code, at: datetime) -> MemberFacts:
    """Whose card or phone this is; raises as `read_card` and `read_phone_code` do, `CardUnknown` for other kinds."""
    return read_phone_code(code, at) if code.kind is Kind.PHONE else read_card(code)


def look_up_member_code(code: Code, at: datetime) -> MemberFacts:
    """As `read_member_code`, but spends nothing: whoever confirms what he sees then reads the same code."""
    if code.kind is not Kind.PHONE:
        return read_card(code)
    return _holder(codes.read_phone_code(keys(), code, at)[0])


def show_by_code(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for a card or phone without a deed: staff see whose it is.

    Spends nothing. Raises as `read_card` does, `CodeUnknown`, `CodeExpired`; `MemberCodeForStaff` before anything is
    looked at.
    """
    if actor.kind != "stranger" and not actor.may("member.read"):
        raise MemberCodeForStaff
    actor.require("member.read")
    # Looking spends nothing: the award that follows is the use for which the code was shown.
    found = look_up_member_code(scan.code, scan.received_at)
    # The receipt keeps this answer for over a year: whose it is in words is added when it is told.
    return {"outcome": "member", "member_id": str(found.id)}
