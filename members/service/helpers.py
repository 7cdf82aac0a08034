"""Accounts that somebody else looks after: acting for them, handing them over, claiming them."""

import secrets
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, codes
from core.auth import Actor
from core.db import db, transactional
from members import queries, rules, secret_rules
from members.errors import (
    ClaimCodeWrong,
    MemberUnknown,
    NothingToClaim,
    NotManagedByYou,
    NotOnOneself,
    PhoneTaken,
    SignInTooOften,
)
from members.models import Member
from members.queries import SignedIn
from members.service.common import end_help, keyed_digest, lock_managed, lock_member, unique_or
from members.service.joining import require_fit_helper
from members.service.limits import count_try
from members.service.secrets import hash_password, store
from members.service.senders import sends_codes
from members.service.signing_in import again, request_one_time_code, spend_one_time_code

_CLAIM_SYMBOLS = 10


@transactional
def act_for(actor: Actor, member_id: UUID) -> SignedIn:
    """The user for a session in which the helper acts for a member he looks after. Written into the audit log.

    Raises `NotManagedByYou`.
    """
    actor.require("self.read")
    found = queries.signed_in(actor.id, member_id) if actor.kind == "member" else None
    if found is None or not found.acting:
        raise NotManagedByYou
    audit.record(actor, "helper.acts", "member", member_id)
    return found


def act_for_oneself(actor: Actor) -> SignedIn:
    """The user for a session in which a helper is himself again."""
    actor.require("self.read")
    return again(actor.id)


@transactional
def assign_helper(actor: Actor, member_id: UUID, helper_id: UUID | None) -> None:
    """Staff let somebody look after a member, or nobody any more (None).

    Nobody assigns himself. Raises `HelperUnfit`, `TooManyManaged`, `MemberUnknown`, `MemberOutranks`, `NotOnOneself`,
    `NothingToClaim`.
    """
    actor.require("member.manage")
    if helper_id is not None and helper_id == actor.id:
        raise NotOnOneself
    first, second = sorted(each for each in (member_id, helper_id or member_id))
    # Both rows in id order, before any of the checks locks one of them alone.
    for each in dict.fromkeys((first, second)):
        lock_member(each)
    member = lock_managed(actor, member_id)
    if helper_id is not None:
        if member.phone is not None or queries.managed_by(member_id):
            # Who signs in himself needs no helper, and helpers are not helped: no chains.
            raise NothingToClaim
        if helper_id == member.helper_id:
            return
        require_fit_helper(helper_id)
    end_help(member)
    member.helper_id = helper_id
    audit.record(
        actor, "member.helper_assigned", "member", member_id, helper=str(helper_id) if helper_id else None
    )


@transactional
def issue_claim_code(actor: Actor, member_id: UUID) -> str:
    """A code with which the owner takes over his account, good for seven days; shown only now.

    For members without a telephone of their own, and for all where no codes are sent to telephones: with it they set
    their first password, or another one. Raises `NothingToClaim`, `MemberOutranks`, `NotOnOneself`.
    """
    member = lock_managed(actor, member_id)
    if (member.phone is not None and sends_codes()) or member.status in {"left", "suspended"}:
        raise NothingToClaim
    code = "".join(secrets.choice(codes.ALPHABET) for _ in range(_CLAIM_SYMBOLS))
    member.claim_digest = _digest(code)
    member.claim_expires_at = clock.now() + rules.CLAIM_CODE_LIFE
    audit.record(actor, "member.claim_code_issued", "member", member_id)
    return f"{code[:5]} {code[5:]}"


def _digest(code: str) -> str:
    typed = "".join(code[:40].split()).replace("-", "").upper()
    return keyed_digest("claim", typed)


def request_claim(*, claim_code: str, phone: str, network_address: str, language: str) -> None:
    """Send a one-time code to the telephone with which an account is to be claimed, where codes are sent at all.

    Raises `ClaimCodeWrong`, `PhoneInvalid`, `SignInTooOften`, `OneTimeCodeTooOften`.
    """
    phone = rules.clean_phone(phone)
    count_try(SignInTooOften, claim_address=network_address)
    _find_claim(claim_code)
    if not sends_codes():
        return
    request_one_time_code(phone=phone, purpose="claim", network_address=network_address, language=language)


def _find_claim(claim_code: str) -> UUID:
    query = sa.select(Member.id).where(
        Member.claim_digest == _digest(claim_code), Member.claim_expires_at > clock.now()
    )
    found = db.session.scalar(query)
    if found is None:
        raise ClaimCodeWrong(field="claim_code")
    return found


def claim(*, claim_code: str, phone: str, code: str, password: str | None, network_address: str) -> SignedIn:
    """Take over one's own account: claim code from the desk, telephone, the one-time code sent to it.

    Where no codes are sent the desk's code is enough, and a password is needed. The helper's access ends with it.
    Raises `ClaimCodeWrong`, `OneTimeCodeWrong`, `PhoneTaken`, `PhoneInvalid`, `PasswordTooWeak`, `SignInTooOften`.
    """
    phone = rules.clean_phone(phone)
    count_try(SignInTooOften, claim_address=network_address)
    member_id = _find_claim(claim_code)
    sent = sends_codes()
    clean = secret_rules.clean_password(password or "", phone=phone) if password or not sent else None
    if sent:
        spend_one_time_code(phone, "claim", code, network_address)
    _hand_over(member_id, _digest(claim_code), phone, hash_password(clean) if clean else None)
    return again(member_id)


@transactional
def _hand_over(member_id: UUID, claim_digest: str, phone: str, password_hash: str | None) -> None:
    member = lock_member(member_id)
    if member.claim_digest != claim_digest or member.phone not in {None, phone}:
        raise ClaimCodeWrong(field="claim_code")
    helper_id = member.helper_id
    end_help(member)
    member.claim_digest = member.claim_expires_at = None
    with unique_or(PhoneTaken(field="phone")):
        member.phone = phone
    member.session_epoch += 1
    member.signed_in_on = clock.today()
    if password_hash is not None:
        store(member_id, password_hash=password_hash)
    owner = Actor(id=member_id, kind="member", member_id=member_id)
    audit.record(owner, "member.claimed", "member", member_id, helper=str(helper_id) if helper_id else None)


@transactional
def stop_helping(actor: Actor, member_id: UUID) -> None:
    """A helper gives back an account; the desk looks for another one. Raises `NotManagedByYou`, `MemberUnknown`."""
    actor.require("self.write")
    member = lock_member(member_id)
    if member.helper_id is None:
        raise MemberUnknown
    if member.helper_id != actor.id:
        raise NotManagedByYou
    end_help(member)
    audit.record(actor, "helper.stopped", "member", member_id)
