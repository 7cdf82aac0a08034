"""How people become members: they apply, staff enter them, a helper enters somebody without a phone."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, receipts
from core.auth import STRANGER, Actor
from core.codes import Code
from core.db import db, new_id, transactional
from core.receipts import Answer
from members import name_rules, queries, rules, secret_rules
from members.admission_errors import EndorsementMissing
from members.errors import (
    ApplicationTooOften,
    ConsentMissing,
    HelperUnfit,
    NotOnOneself,
    PhoneTaken,
    RoleUnknown,
    StatusChangeImpossible,
    TooManyManaged,
)
from members.models import Consent, Member, MemberRole, SignIn
from members.queries import MemberFacts
from members.service.common import (
    change_heads,
    end_help,
    keyed_digest,
    lock_managed,
    lock_member,
    require_places,
    set_status,
    take_number,
    unique_or,
)
from members.service.devices import read_join_code
from members.service.endorsing import ask_at_application, read_endorser
from members.service.limits import count_try
from members.service.secrets import hash_password, hash_pin


def apply(
    *,
    key: UUID,
    network_address: str,
    name: str,
    phone: str,
    consent: bool,
    role: str = "volunteer",
    language: str = rules.LANGUAGES[0],
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    join_code: Code | None = None,
    endorser: str = "",
) -> Answer:
    """Apply for membership; a coordinator admits or declines. Once per key; the answer is {"applied": true}.

    Squad and area are wishes. `endorser` is the number or card of a member who knows the applicant; whether there is
    such a member is not told. When the telephone number is a member's already, the answer is the same and nothing is
    changed: strangers do not learn who is a member. Raises `NameInvalid`, `PhoneInvalid`, `ConsentMissing`,
    `RoleUnknown`, `SquadUnknown`, `AreaUnknown`, `ApplicationTooOften`, `EndorserNumberInvalid`, and for the code as
    `read_join_code`.
    """
    name, phone = rules.clean_name(name), rules.clean_phone(phone)
    if not consent:
        raise ConsentMissing(field="consent")
    if role not in rules.OPEN_ROLES:
        raise RoleUnknown(field="role")
    count_try(ApplicationTooOften, apply_address=network_address)
    knows = read_endorser(endorser) if endorser.strip() else None

    def work() -> dict[str, bool]:
        wish_squad, wish_area = squad_id, area_id
        if join_code is not None:
            poster = read_join_code(join_code, "membership")
            wish_squad, wish_area = wish_squad or poster.squad_id, wish_area or poster.area_id
        require_places(wish_squad, wish_area)
        if db.session.scalar(sa.select(Member.id).where(Member.phone == phone)) is None:
            applicant = _add(
                name=name,
                phone=phone,
                status="applied",
                roles=[role],
                squad_id=wish_squad,
                area_id=wish_area,
                language=language,
                consented=True,
            )
            ask_at_application(applicant.id, knows)
        return {"applied": True}

    content = {
        "name": name,
        "phone": phone,
        "role": role,
        "squad_id": squad_id,
        "area_id": area_id,
        "join_code": keyed_digest("join code", join_code.text) if join_code else None,
        "endorser": keyed_digest("endorser", endorser.strip()) if endorser.strip() else None,
    }
    return receipts.once(key, STRANGER, "member.apply", content, work)


def create_member(
    actor: Actor,
    *,
    key: UUID,
    name: str,
    phone: str | None = None,
    roles: Collection[str] = ("volunteer",),
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    language: str = rules.LANGUAGES[0],
    password: str | None = None,
    pin: str | None = None,
    consent: bool = False,
) -> Answer:
    """Enter a member at the desk, admitted at once. Once per key; the answer has `member_id` and `number`.

    `consent`: he has agreed at the desk to what is kept about him; else he is asked when he signs in first.
    """
    actor.require("member.manage")
    rules.check_roles(roles)
    name, phone = rules.clean_name(name), rules.clean_phone(phone) if phone else None
    content = {
        "name": name,
        "phone": phone,
        "roles": sorted(roles),
        "squad_id": squad_id,
        "area_id": area_id,
        "language": language,
        "password": keyed_digest("password", password or ""),
        "pin": keyed_digest("pin", pin or ""),
        "consent": consent,
    }

    hashes = _hashes(password, pin, phone, name)

    def work() -> dict[str, str | int]:
        if rules.STAFF_ROLES & set(roles):
            actor.require("role.manage")
        facts = _enter(
            actor,
            name=name,
            phone=phone,
            roles=roles,
            squad_id=squad_id,
            area_id=area_id,
            language=language,
            listed=False,
            admitted_at=None,
            hashes=hashes,
            consented=consent,
            recorded_by=actor.id,
        )
        return {"member_id": str(facts.id), "number": facts.number}

    return receipts.once(key, actor, "member.create", content, work)


def add_member(
    actor: Actor,
    *,
    name: str,
    phone: str | None = None,
    roles: Collection[str] = ("volunteer",),
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    language: str = rules.LANGUAGES[0],
    password: str | None = None,
    pin: str | None = None,
    listed: bool = False,
    admitted_at: datetime | None = None,
) -> MemberFacts:
    """Enter an admitted, active member; for commands, imports and tests, which need no receipt.

    Raises `NameInvalid`, `PhoneInvalid`, `PhoneTaken`, `RoleUnknown`, `PasswordTooWeak`, `PinTooWeak`, `SquadUnknown`,
    `AreaUnknown`, `PermissionMissing`.
    """
    actor.require("member.manage")
    rules.check_roles(roles)
    if rules.STAFF_ROLES & set(roles):
        actor.require("role.manage")
    name = rules.clean_name(name)
    phone = rules.clean_phone(phone) if phone else None
    return _enter(
        actor,
        name=name,
        phone=phone,
        roles=roles,
        squad_id=squad_id,
        area_id=area_id,
        language=language,
        listed=listed,
        admitted_at=admitted_at,
        hashes=_hashes(password, pin, phone, name),
    )


def _hashes(
    password: str | None, pin: str | None, phone: str | None, name: str
) -> tuple[str | None, str | None]:
    """Hashes of password and PIN. Takes long on purpose: made before the transaction, for which others wait."""
    return (
        hash_password(secret_rules.clean_password(password, phone=phone, name=name)) if password else None,
        hash_pin(secret_rules.clean_pin(pin, phone=phone)) if pin else None,
    )


@transactional
def _enter(
    actor: Actor,
    *,
    name: str,
    phone: str | None,
    roles: Collection[str],
    squad_id: UUID | None,
    area_id: UUID | None,
    language: str,
    listed: bool,
    admitted_at: datetime | None,
    hashes: tuple[str | None, str | None],
    consented: bool = True,
    recorded_by: UUID | None = None,
) -> MemberFacts:
    require_places(squad_id, area_id)
    member = _add(
        name=name,
        phone=phone,
        status="active",
        roles=roles,
        squad_id=squad_id,
        area_id=area_id,
        language=language,
        consented=consented,
        recorded_by=recorded_by,
        at=admitted_at,
        listed=listed,
    )
    change_heads({squad_id: 1})
    if any(hashes):
        db.session.add(SignIn(member_id=member.id, password_hash=hashes[0], pin_hash=hashes[1]))
    audit.record(actor, "member.created", "member", member.id, roles=sorted(roles))
    db.session.flush()
    return queries.facts(member.id)


def _add(
    *,
    name: str,
    phone: str | None,
    status: str,
    roles: Collection[str],
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    language: str,
    consented: bool,
    recorded_by: UUID | None = None,
    helper_id: UUID | None = None,
    at: datetime | None = None,
    listed: bool = False,
) -> Member:
    """Write member and roles. `recorded_by`: who wrote the consent down, if not himself. Raises `PhoneTaken`."""
    at = at or clock.now()
    member = Member(
        id=new_id(),
        number=take_number(),
        name=name,
        **name_rules.kept(name),
        phone=phone,
        status=status,
        squad_id=squad_id,
        area_id=area_id,
        language=language if language in rules.LANGUAGES else rules.LANGUAGES[0],
        listed=listed,
        helper_id=helper_id,
        consented_at=at if consented else None,
        consent_version=rules.CONSENT_VERSION if consented else None,
        admitted_at=at if status == "active" else None,
        created_at=at,
    )
    with unique_or(PhoneTaken(field="phone")):
        db.session.add(member)
    db.session.add_all(MemberRole(member_id=member.id, role=role) for role in set(roles))
    if consented:
        db.session.add(
            Consent(
                member_id=member.id,
                version=rules.CONSENT_VERSION,
                agreed_at=at,
                recorded_by=recorded_by or member.id,
            )
        )
    db.session.flush()
    return member


def create_managed(
    actor: Actor,
    *,
    key: UUID,
    name: str,
    consent: bool,
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
) -> Answer:
    """Enter an account for somebody without a phone, looked after by the actor; a coordinator admits it.

    Once per key; the answer has `member_id` and `number`. `consent`: the person has agreed. Raises `HelperUnfit`,
    `TooManyManaged`, `ConsentMissing`, `NameInvalid`, `SquadUnknown`, `AreaUnknown`.
    """
    actor.require("self.write")
    name = rules.clean_name(name)
    if not consent:
        raise ConsentMissing(field="consent")

    def work() -> dict[str, str | int]:
        require_fit_helper(actor.id)
        require_places(squad_id, area_id)
        member = _add(
            name=name,
            phone=None,
            status="applied",
            roles=["volunteer"],
            squad_id=squad_id,
            area_id=area_id,
            language=rules.LANGUAGES[0],
            consented=True,
            recorded_by=actor.id,
            helper_id=actor.id,
        )
        audit.record(actor, "member.managed_created", "member", member.id)
        return {"member_id": str(member.id), "number": member.number}

    content = {"name": name, "squad_id": squad_id, "area_id": area_id}
    return receipts.once(key, actor, "member.create_managed", content, work)


def require_fit_helper(helper_id: UUID) -> None:
    """Lock the helper's row, so that the count of whom he helps holds. Raises `HelperUnfit`, `TooManyManaged`."""
    helper = lock_member(helper_id)
    status = rules.effective_status(helper.status, helper.on_leave_until, clock.today())
    if helper.helper_id is not None or helper.phone is None or status not in {"active", "on_leave"}:
        raise HelperUnfit
    if len(queries.managed_by(helper_id)) >= rules.MOST_MANAGED:
        raise TooManyManaged(most=rules.MOST_MANAGED)


@transactional
def admit(
    actor: Actor,
    member_id: UUID,
    *,
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    reason: str = "",
) -> MemberFacts:
    """Admit an applicant. The squad and area given take the place of the wishes; None keeps them.

    As many members must have vouched for him as the settings say, or the `reason` says why not; it is kept in the audit
    log. The commands of the service's own machine need none. Raises `EndorsementMissing`, `NameInvalid` (reason).

    Admitting twice is the same as once. Raises `StatusChangeImpossible` for anybody who is no applicant: a suspension
    is lifted and a leave ended by name. Further raises `SquadUnknown`, `AreaUnknown`, and what `lock_managed` does.
    """
    member = lock_managed(actor, member_id)
    if member.helper_id == actor.id:
        # He entered the account himself: that the person exists is for somebody else to see.
        raise NotOnOneself
    if member.status == "active":
        return queries.facts(member_id)
    if member.status != "applied":
        raise StatusChangeImpossible(status=member.status, wanted="active")
    require_places(squad_id, area_id)
    why = _require_endorsed(actor, member, reason)
    member.squad_id = squad_id or member.squad_id
    member.area_id = area_id or member.area_id
    member.admitted_at = clock.now()
    set_status(member, "active")
    audit.record(actor, "member.admitted", "member", member_id, **why)
    db.session.flush()
    return queries.facts(member_id)


def _require_endorsed(actor: Actor, member: Member, reason: str) -> dict[str, Any]:
    """Who has vouched or why nobody had to, for the audit log. Raises `EndorsementMissing`, `NameInvalid`."""
    given = [
        str(each.endorser.id)
        for each in queries.endorsements_for([member.id]).get(member.id, [])
        if each.counts
    ]
    needed = queries.endorsements_needed()
    if len(given) >= needed:
        return {"endorsed_by": given} if given else {}
    if actor.kind == "system":
        return {}
    reason = rules.clean_text(reason, "reason", rules.LONGEST_MOTTO, required=False)
    if not reason:
        raise EndorsementMissing(field="reason", needed=needed, given=len(given))
    # Reasons are kept for good, personal data is not.
    told = rules.without(reason, member.name, member.phone, (member.phone or "").removeprefix("+86"))
    return {"endorsed_by": given, "reason": told}


@transactional
def decline(actor: Actor, member_id: UUID) -> None:
    """Decline an application: its telephone number is forgotten and free for another one. Raises as `admit` does."""
    member = lock_managed(actor, member_id)
    if member.status == "left" and member.admitted_at is None:
        return
    if member.status != "applied":
        raise StatusChangeImpossible(status=member.status, wanted="left")
    set_status(member, "left")
    end_help(member)
    member.phone = None
    member.left_at = clock.now()
    member.session_epoch += 1
    audit.record(actor, "member.declined", "member", member_id)
