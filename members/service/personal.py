"""Consent to the text about personal data, and the deletion of a member's own: the books keep his number, nothing else.

What other packages know of a member takes part by `members.queries.Part`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock
from core.auth import SYSTEM, Actor
from core.config import settings
from core.db import db, insert, transactional
from core.errors import DomainError
from members import rules
from members.admission_errors import ImportKnown
from members.admission_models import Endorsement, MemberImportRow
from members.errors import (
    ConsentOutdated,
    DeletionCaptain,
    DeletionDevice,
    DeletionStaff,
    MemberErased,
    NotByHelper,
    NotOnOneself,
    ProofMissing,
)
from members.merge_models import MergeProposal
from members.models import (
    Captaincy,
    Consent,
    DeskSession,
    Device,
    Member,
    MemberRole,
    Merge,
    OneTimeCode,
    OutboxMessage,
    PastHelp,
    SignIn,
    Squad,
)
from members.queries.elsewhere import parts
from members.service.common import keyed_digest, lock_managed, lock_member, require_rank, roles_of
from members.service.limits import forget_tries
from members.service.membership import end_membership
from members.service.pins import check_pin
from members.service.signing_in import prove_oneself

# --- Consent


@transactional
def agree(actor: Actor, version: int) -> None:
    """Agree for oneself to the text about personal data; `version` is the one that was shown. Twice is like once.

    Raises `ConsentOutdated` when there is a newer one, and `NotByHelper`.
    """
    actor.require("self.write")
    _require_oneself(actor)
    if version != rules.CONSENT_VERSION:
        raise ConsentOutdated(field="version", version=rules.CONSENT_VERSION)
    _keep_consent(lock_member(actor.id), actor)


@transactional
def record_consent(actor: Actor, member_id: UUID) -> None:
    """Staff write down that a member without a phone has agreed to the text in force, on paper or by word.

    Raises what `lock_managed` does.
    """
    _keep_consent(lock_managed(actor, member_id), actor)
    audit.record(actor, "member.consent_recorded", "member", member_id, version=rules.CONSENT_VERSION)


def _keep_consent(member: Member, actor: Actor) -> None:
    now = clock.now()
    values = {
        "member_id": member.id,
        "version": rules.CONSENT_VERSION,
        "agreed_at": now,
        "recorded_by": actor.id,
    }
    kept = db.session.execute(
        insert(Consent)
        .values(values)
        .on_conflict_do_nothing(index_elements=[Consent.member_id, Consent.version])
        .returning(Consent.version)
    ).first()
    if kept is not None:
        member.consent_version, member.consented_at = rules.CONSENT_VERSION, now


def _require_oneself(actor: Actor) -> None:
    if actor.kind != "member" or actor.id != actor.member_id:
        raise NotByHelper


# --- The wish to be deleted


def matters(member_id: UUID) -> list[DomainError]:
    """Why the member's personal data cannot be deleted now, as refusals that are not raised; empty when it can."""
    found: list[DomainError] = []
    if roles_of(member_id) & rules.STAFF_ROLES:
        found.append(DeletionStaff())
    led = sa.select(Squad.name).join(Captaincy, Captaincy.squad_id == Squad.id)
    names = db.session.scalars(led.where(Captaincy.member_id == member_id).order_by(Squad.name)).all()
    found.extend(DeletionCaptain(squad=name) for name in names)
    device = sa.select(Device.name).where(Device.responsible_id == member_id, Device.revoked_at.is_(None))
    found.extend(DeletionDevice(device=name) for name in db.session.scalars(device.order_by(Device.name)))
    for part in parts():
        found.extend(part.matters(member_id))
    return found


def _require_no_matters(member_id: UUID) -> None:
    found = matters(member_id)
    if found:
        raise found[0]


def ask_for_deletion(
    actor: Actor,
    *,
    password: str | None = None,
    code: str | None = None,
    pin: str | None = None,
    network_address: str,
) -> datetime:
    """Wish one's own personal data gone; from when on (UTC), `rules.DELETION_WAIT` from the first wish.

    Known once more by password, one-time code (sent for `password`) or PIN. Raises `ProofMissing`, what `prove_oneself`
    and `check_pin` raise, `NotByHelper`, and the first of `matters`.
    """
    actor.require("self.write")
    _require_oneself(actor)
    if password or code:
        prove_oneself(actor, password=password, code=code, network_address=network_address)
    elif pin:
        check_pin(actor.id, pin)
    else:
        raise ProofMissing(field="password")
    return _keep_wish(actor.id)


@transactional
def _keep_wish(member_id: UUID) -> datetime:
    member = lock_member(member_id)
    if member.erased_at is not None:
        raise MemberErased
    if member.deletion_due_at is None:
        _require_no_matters(member_id)
        member.deletion_due_at = clock.now() + rules.DELETION_WAIT
    return member.deletion_due_at


@transactional
def call_off_deletion(actor: Actor) -> None:
    """Keep one's personal data after all; without a wish nothing changes. Raises `NotByHelper`."""
    actor.require("self.write")
    _require_oneself(actor)
    lock_member(actor.id).deletion_due_at = None


# --- The deletion


@transactional
def erase(actor: Actor, member_id: UUID, reason: str) -> None:
    """Staff delete a member's personal data at once; who has none any more stays as he is.

    The member's name and telephone number are taken out of the reason. Raises `NotOnOneself`, `MemberOutranks`,
    `NameInvalid` (reason), and the first of `matters`.
    """
    actor.require("member.manage")
    reason = rules.clean_text(reason, "reason", rules.LONGEST_MOTTO)
    if member_id in {actor.member_id, actor.id}:
        raise NotOnOneself
    member = lock_member(member_id)
    require_rank(actor, member_id)
    if member.erased_at is None:
        phone = member.phone
        reason = rules.without(reason, member.name, phone, phone.removeprefix("+86") if phone else None)
        _erase(actor, member, how="desk", reason=reason)


@transactional
def carry_out(member_id: UUID) -> bool:
    """Do what the member wished, when it is due; whether something was done. Raises the first of `matters`."""
    member = lock_member(member_id)
    if member.deletion_due_at is None or member.deletion_due_at > clock.now():
        return False
    _erase(SYSTEM, member, how="wish")
    return True


def _erase(actor: Actor, member: Member, **how: str) -> None:
    _require_no_matters(member.id)
    name, phone = member.name, member.phone
    if member.status != "left":
        end_membership(member)
    for part in parts():
        part.erase(member.id, name, phone)
    _forget_ways_in(member.id, phone)
    member.name = rules.former_name(member.number, settings().language)
    member.name_key = rules.name_key(member.name)
    # By number alone: nobody who is looked for by a name is found here, and nothing tells how it sounded.
    member.name_sound = member.name_latin = ""
    member.squad_id = member.area_id = member.on_leave_until = None
    member.language, member.theme = rules.LANGUAGES[0], rules.THEMES[0]
    member.large_type = member.speak = member.listed = False
    member.card_digest = member.card_issued_at = member.card_revoked_at = None
    member.consented_at = member.consent_version = member.signed_in_on = member.deletion_due_at = None
    member.session_epoch += 1
    member.erased_at = clock.now()
    audit.record(actor, "member.erased", "member", member.id, **how)
    # Memberships of the same person that have gone up in this one bear his name, too.
    gone = sa.select(Merge.gone_id).where(Merge.kept_id == member.id, Merge.undone_at.is_(None))
    for each in db.session.scalars(gone.order_by(Merge.gone_id)).all():
        merged = lock_member(each)
        if merged.erased_at is None:
            _erase(actor, merged, **how)


def _forget_ways_in(member_id: UUID, phone: str | None) -> None:
    for owned in (SignIn, DeskSession, MemberRole, Consent):
        db.session.execute(sa.delete(owned).where(owned.member_id == member_id))
    # Merges bring back telephone numbers; not as a use case, because merging asks here what is open.
    merged = (Merge.gone_id == member_id) | (Merge.kept_id == member_id)
    db.session.execute(sa.update(Merge).where(merged).values(before={}, reason=""))
    _forget_proposals(member_id)
    helped = (PastHelp.member_id == member_id) | (PastHelp.helper_id == member_id)
    db.session.execute(sa.delete(PastHelp).where(helped))
    for kind in rules.LIMITS:
        if kind.endswith("_phone") and phone:
            forget_tries(kind, phone)
        elif "_member" in kind:
            forget_tries(kind, str(member_id))
    for side in (Endorsement.applicant_id, Endorsement.endorser_id):
        db.session.execute(sa.delete(Endorsement).where(side == member_id))
    _forget_in_lists(member_id, phone)
    if phone:
        digest = keyed_digest("one-time code telephone", phone)
        db.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.phone_digest == digest))
        db.session.execute(sa.delete(OutboxMessage).where(OutboxMessage.phone == phone))


def _forget_proposals(member_id: UUID) -> None:
    """What was said about a merge with him; what waits for a second person lapses."""
    row = MergeProposal
    his = (row.gone_id == member_id) | (row.kept_id == member_id)
    lapsed = {"state": "lapsed", "answer": "member", "decided_by": SYSTEM.id, "decided_at": clock.now()}
    db.session.execute(sa.update(row).where(his, row.state == "waiting").values(**lapsed))
    db.session.execute(sa.update(row).where(his).values(reason=""))
    db.session.execute(sa.update(row).where(his, row.state == "declined").values(answer=""))


def _forget_in_lists(member_id: UUID, phone: str | None) -> None:
    """What a list that was brought as a file says of him, also where it could not be used."""
    his = MemberImportRow.member_id == member_id
    if phone:
        his |= MemberImportRow.phone == phone
    row = MemberImportRow
    emptied: dict[str, Any] = {
        "told": "",
        "name": "",
        "phone": None,
        "member_id": None,
        "problem_data": {},
        "who": None,
        # A row without a name makes nobody a member.
        "state": sa.case((row.state == "ready", "refused"), else_=row.state),
        "problem": sa.case((row.state == "ready", ImportKnown.code), else_=row.problem),
    }
    db.session.execute(
        sa.update(MemberImportRow).where(his).values(**emptied),
        execution_options={"synchronize_session": False},
    )
