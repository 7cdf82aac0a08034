"""A telephone that was changed or lost: the desk enters the new number, and it is on record how it was sure."""

from uuid import UUID

from core import audit
from core.auth import Actor
from core.db import transactional
from members import rules
from members.errors import PhoneTaken
from members.service.common import end_help, lock_managed, unique_or
from members.service.desk import at_the_desk
from members.service.signing_in import request_one_time_code, spend_one_time_code


def send_phone_code(actor: Actor, *, phone: str, network_address: str, language: str) -> None:
    """Send a one-time code to the number that a member at the desk says is his now.

    Raises `PhoneInvalid`, `CodesNotSent`, `OneTimeCodeTooOften`.
    """
    actor.require("member.manage")
    request_one_time_code(phone=phone, purpose="phone", network_address=network_address, language=language)


def give_phone(
    actor: Actor,
    member_id: UUID,
    phone: str | None,
    *,
    code: str = "",
    reason: str = "",
    network_address: str,
) -> str:
    """Staff enter a member's new number, or None; the old phone is signed out at its next request. How it was known.

    Known by the code sent to the new number (`code`), by card and PIN at this desk (`card`), else by a second look at
    the person, of which `reason` says what was seen (`seen`); it goes into the audit log. Raises `PhoneInvalid`,
    `PhoneTaken`, `OneTimeCodeWrong`, `SignInTooOften`, `NameInvalid` (reason), `NotOnOneself`, `MemberOutranks`,
    `MemberErased`.
    """
    actor.require("member.manage")
    clean = rules.clean_phone(phone) if phone else None
    if clean is not None and code.strip():
        spend_one_time_code(clean, "phone", code, network_address)
        known = "code"
    elif at_the_desk(actor, member_id) is not None:
        known = "card"
    else:
        reason = rules.clean_text(reason, "reason", rules.LONGEST_MOTTO)
        known = "seen"
    _store(actor, member_id, clean, known, reason if known == "seen" else "")
    return known


@transactional
def _store(actor: Actor, member_id: UUID, phone: str | None, known: str, reason: str) -> None:
    member = lock_managed(actor, member_id)
    told = rules.without(reason, member.name, member.phone, phone)
    with unique_or(PhoneTaken(field="phone")):
        member.phone = phone
    if phone is not None:
        # Who signs in himself needs no helper.
        end_help(member)
    member.session_epoch += 1
    audit.record(actor, "member.phone_changed", "member", member_id, known=known, reason=told)
