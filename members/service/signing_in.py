"""Signing in: password, one-time code; changing password and telephone; signing out everywhere."""

import re
import secrets
import unicodedata
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import Actor
from core.db import after_commit, db, insert, transactional
from core.errors import Forbidden
from members import rules, secret_rules
from members.errors import (
    CodesNotSent,
    MemberLeft,
    MemberSuspended,
    MemberUnknown,
    OneTimeCodeTooOften,
    OneTimeCodeWrong,
    PasswordWrong,
    PhoneTaken,
    SignInFailed,
    SignInTooOften,
)
from members.models import Member, OneTimeCode, SignIn
from members.queries import SignedIn, signed_in
from members.service import limits
from members.service.common import (
    keyed_digest,
    lock_managed,
    lock_member,
    lock_subject,
    set_status,
    unique_or,
)
from members.service.limits import count_try
from members.service.secrets import hash_password, kept_hashes, matches, outdated, store
from members.service.senders import sender, sends_codes


def sign_in_with_password(*, phone: str, password: str, network_address: str) -> SignedIn:
    """Sign in with telephone and password.

    An unknown telephone costs the same work and gives the same answer as a wrong password. Raises `PhoneInvalid`,
    `SignInFailed`, `SignInTooOften`, and after the right password `MemberSuspended`.
    """
    phone = rules.clean_phone(phone)
    count_try(SignInTooOften, password_phone=phone, password_address=network_address)
    query = sa.select(Member.id, SignIn.password_hash).join(SignIn, SignIn.member_id == Member.id)
    row = db.session.execute(query.where(Member.phone == phone)).one_or_none()
    kept = row.password_hash if row is not None else None
    if not matches(kept, password) or row is None:
        raise SignInFailed
    fresh = hash_password(password) if outdated(row.password_hash) else None
    return _welcome(row.id, phone, fresh, network_address)


def request_own_code(
    actor: Actor, *, purpose: str, network_address: str, language: str, phone: str | None = None
) -> None:
    """Send a one-time code for changing the password, to one's own telephone, or for moving to another `phone`.

    Only for whoever is signed in as himself: otherwise anybody could let the alliance write to any telephone. Raises
    `PhoneInvalid`, `OneTimeCodeTooOften`, `CodesNotSent`, and `Unauthenticated` or `Forbidden` for anybody else.
    """
    _require_sender()
    own, _name = _own_phone(actor)
    wanted = rules.clean_phone(phone or "") if purpose == "phone" else own
    count_try(OneTimeCodeTooOften, code_sent_member=str(actor.id))
    request_one_time_code(phone=wanted, purpose=purpose, network_address=network_address, language=language)


def request_one_time_code(*, phone: str, purpose: str, network_address: str, language: str) -> None:
    """Send a code of six digits, good for five minutes and five tries; an older one ends.

    For signing in it is sent to members only, but nobody can tell: the answer is the same for an unknown telephone.
    Raises `PhoneInvalid`, `OneTimeCodeTooOften`, `CodesNotSent`.
    """
    _require_sender()
    phone = rules.clean_phone(phone)
    count_try(OneTimeCodeTooOften, code_sent_phone=phone, code_sent_address=network_address)
    _issue_one_time_code(phone, purpose, language)


def _require_sender() -> None:
    if not sends_codes():
        raise CodesNotSent


@transactional
def _issue_one_time_code(phone: str, purpose: str, language: str) -> None:
    code = f"{secrets.randbelow(10**secret_rules.ONE_TIME_CODE_DIGITS):0{secret_rules.ONE_TIME_CODE_DIGITS}}"
    values = {
        "code_digest": _code_digest(phone, purpose, code),
        "expires_at": clock.now() + secret_rules.ONE_TIME_CODE_LIFE,
        "tries": 0,
    }
    statement = insert(OneTimeCode).values(phone_digest=_phone_digest(phone), purpose=purpose, **values)
    statement = statement.on_conflict_do_update(
        index_elements=[OneTimeCode.phone_digest, OneTimeCode.purpose], set_=values
    )
    db.session.execute(statement)
    known = db.session.execute(
        sa.select(Member.status, Member.language).where(Member.phone == phone)
    ).one_or_none()
    if purpose == "sign_in" and (known is None or known.status == "suspended"):
        return
    chosen = known.language if known is not None else language
    after_commit(lambda: sender().send(phone, code, purpose, chosen))


def sign_in_with_code(*, phone: str, code: str, network_address: str) -> SignedIn:
    """Sign in with telephone and the one-time code sent to it.

    Raises `PhoneInvalid`, `OneTimeCodeWrong`, `SignInTooOften`, and after the right code `MemberSuspended`.
    """
    phone = rules.clean_phone(phone)
    spend_one_time_code(phone, "sign_in", code, network_address)
    member_id = db.session.scalar(sa.select(Member.id).where(Member.phone == phone))
    if member_id is None:
        raise OneTimeCodeWrong(field="code")
    return _welcome(member_id, phone, None, None)


def spend_one_time_code(phone: str, purpose: str, code: str, network_address: str) -> None:
    """Use up the code in force. Raises `OneTimeCodeWrong`, `SignInTooOften`. Not inside a transaction."""
    count_try(SignInTooOften, code_tried_phone=phone, code_tried_address=network_address)
    if not _try_one_time_code(phone, purpose, code, network_address):
        raise OneTimeCodeWrong(field="code")


@transactional
def _try_one_time_code(phone: str, purpose: str, code: str, network_address: str) -> bool:
    """Whether the code is right; it is spent then, and a wrong one is counted. Its own transaction, so counts stand."""
    condition = (OneTimeCode.phone_digest == _phone_digest(phone)) & (OneTimeCode.purpose == purpose)
    query = sa.select(OneTimeCode).where(condition).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None or not secret_rules.one_time_code_open(row.expires_at, row.tries, clock.now()):
        return False
    typed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code[:40]))
    if not secrets.compare_digest(row.code_digest, _code_digest(phone, purpose, typed)):
        row.tries += 1
        return False
    db.session.delete(row)
    limits.give_back("code_tried_address", network_address)
    return True


def _phone_digest(phone: str) -> str:
    return keyed_digest("one-time code telephone", phone)


def _code_digest(phone: str, purpose: str, code: str) -> str:
    return keyed_digest(f"one-time code {purpose} {phone}", code)


@transactional
def _welcome(member_id: UUID, phone: str, fresh_hash: str | None, password_address: str | None) -> SignedIn:
    """Everything that a successful sign-in writes, and the user for the session.

    `password_address`: whence a right password came. It counts against nobody there: an office has one address.
    """
    member = lock_member(member_id)
    if member.status == "suspended":
        raise MemberSuspended
    if member.status == "left":
        raise MemberLeft
    if fresh_hash is not None:
        store(member_id, password_hash=fresh_hash)
    # In the order in which tries are counted, so that two sign-ins never wait for each other.
    if password_address is not None:
        limits.give_back("password_address", password_address)
    limits.forget_tries("password_phone", phone)
    if rules.effective_status(member.status, member.on_leave_until, clock.today()) != member.status:
        set_status(member, "active")
    member.signed_in_on = clock.today()
    db.session.flush()
    return again(member_id)


def again(member_id: UUID) -> SignedIn:
    """The user for a new session of a member who has just been known or has just changed his own account."""
    found = signed_in(member_id, member_id)
    if found is None:
        raise MemberSuspended
    return found


def sign_out_everywhere(actor: Actor, member_id: UUID) -> None:
    """End every session of the member on all devices, at their next request. By himself or by staff."""
    _end_sessions(actor, member_id)


@transactional
def _end_sessions(actor: Actor, member_id: UUID) -> None:
    own = actor.id == member_id
    member = lock_subject(actor, member_id)
    member.session_epoch += 1
    if not own:
        audit.record(actor, "member.signed_out", "member", member_id)


def change_password(
    actor: Actor, *, password: str, current: str | None, code: str | None, network_address: str
) -> SignedIn:
    """Set one's own password, known by the present one or by a one-time code sent for `password`.

    Ends all sessions; returns the user for a new one on this device. Raises `PasswordWrong`, `OneTimeCodeWrong`,
    `PasswordTooWeak`, `SignInTooOften`, and `Forbidden` for a helper who acts.
    """
    phone, name = _own_phone(actor)
    clean = secret_rules.clean_password(password, phone=phone, name=name)
    prove_oneself(actor, password=current, code=code, network_address=network_address)
    _store_password(actor, actor.id, hash_password(clean))
    return again(actor.id)


def prove_oneself(actor: Actor, *, password: str | None, code: str | None, network_address: str) -> None:
    """Whoever changes his own secrets is known once more: by his password or by a one-time code sent for `password`.

    A phone that lies open on a table must not be enough. Raises `PasswordWrong`, `OneTimeCodeWrong`, `SignInTooOften`,
    and `Forbidden` for a helper who acts. Not inside a transaction.
    """
    phone, _name = _own_phone(actor)
    if code:
        spend_one_time_code(phone, "password", code, network_address)
        return
    count_try(SignInTooOften, password_phone=phone, password_address=network_address)
    if not matches(kept_hashes(actor.id)[0], password or ""):
        raise PasswordWrong(field="current")
    _give_back_proof(phone, network_address)


@transactional
def _give_back_proof(phone: str, network_address: str) -> None:
    limits.give_back("password_address", network_address)
    limits.give_back("password_phone", phone)


def change_phone(actor: Actor, *, phone: str, code: str, network_address: str) -> SignedIn:
    """Move one's own account to a telephone at which a one-time code (for `phone`) has just been received.

    Ends all sessions; returns the user for a new one. Raises `PhoneInvalid`, `PhoneTaken`, `OneTimeCodeWrong`.
    """
    _own_phone(actor)
    phone = rules.clean_phone(phone)
    spend_one_time_code(phone, "phone", code, network_address)
    _store_phone(actor, actor.id, phone)
    return again(actor.id)


def correct_phone(actor: Actor, member_id: UUID, phone: str | None) -> None:
    """Staff enter another telephone number, or None. Ends all sessions.

    Raises `PhoneInvalid`, `PhoneTaken`, `MemberOutranks`, `NotOnOneself`.
    """
    actor.require("member.manage")
    _correct_phone(actor, member_id, rules.clean_phone(phone) if phone else None)


@transactional
def _correct_phone(actor: Actor, member_id: UUID, phone: str | None) -> None:
    lock_managed(actor, member_id)
    _store_phone(actor, member_id, phone)


@transactional
def _store_phone(actor: Actor, member_id: UUID, phone: str | None) -> None:
    member = lock_subject(actor, member_id)
    with unique_or(PhoneTaken(field="phone")):
        member.phone = phone
    member.session_epoch += 1
    audit.record(actor, "member.phone_changed", "member", member_id)


def set_password(actor: Actor, member_id: UUID, password: str) -> None:
    """The operator sets somebody's password, for an administrator whom nobody else can help. Ends all sessions.

    Raises `PasswordTooWeak`, `MemberUnknown`, and `Forbidden` for everybody but the command line.
    """
    if actor.kind != "system":
        raise Forbidden
    row = db.session.execute(sa.select(Member.phone, Member.name).where(Member.id == member_id)).one_or_none()
    if row is None:
        raise MemberUnknown
    hashed = hash_password(secret_rules.clean_password(password, phone=row.phone, name=row.name))
    _store_password(actor, member_id, hashed)


@transactional
def _store_password(actor: Actor, member_id: UUID, password_hash: str) -> None:
    member = lock_subject(actor, member_id)
    store(member_id, password_hash=password_hash)
    member.session_epoch += 1
    audit.record(actor, "member.secret_changed", "member", member_id, secrets=["password_hash"])


def _own_phone(actor: Actor) -> tuple[str, str]:
    """Telephone and name of whoever acts for himself. Raises `Forbidden` for anybody else."""
    actor.require("self.write")
    row = db.session.execute(sa.select(Member.phone, Member.name).where(Member.id == actor.id)).one_or_none()
    if actor.kind != "member" or actor.member_id != actor.id or row is None or row.phone is None:
        raise Forbidden
    return row.phone, row.name


def seconds(span: timedelta) -> int:
    """A span in whole seconds, for answers."""
    return int(span.total_seconds())
