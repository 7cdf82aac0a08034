"""Join codes, and the devices and posters that use them: gates, tills, tablets."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import audit, clock, codes, receipts
from core.auth import SYSTEM, Actor
from core.codes import Code
from core.db import db, new_id, transactional
from core.receipts import Answer
from core.scans import Scan
from members import rules
from members.errors import (
    AwardDeviceNotOwn,
    DeviceUnknown,
    JoinCodeExpired,
    JoinCodePurpose,
    JoinCodeUnknown,
    JoinCodeUsed,
    MemberUnknown,
    ResponsibleLacksPermission,
    SignInTooOften,
)
from members.models import Device, JoinCode, Member, MemberRole
from members.service.common import keyed_digest, keys, require_places, roles_of
from members.service.limits import count_try

_LONGEST_TOKEN = 100
TOKEN_PREFIX = "alliance_"  # noqa: S105 - a mark by which a token is recognised, no secret


@dataclass(frozen=True, slots=True)
class NewJoinCode:
    """A join code that was just made. `code` is there only now: the database keeps no more than its digest."""

    answer: Answer
    code: Code | None


def create_device_code(
    actor: Actor,
    *,
    key: UUID,
    label: str,
    permissions: Collection[str],
    responsible_id: UUID,
    days: int = 1,
) -> NewJoinCode:
    """Make a join code with which one device can enrol, once, within `days` days (1 … 30).

    `responsible_id` is the member in whose name the device acts. A device that awards acts in the name of whoever
    made its code, who needs `award.give`; for others `device.manage` is needed. Once per key; a repeat does not show
    the code again. Raises `DevicePermissionUnknown`, `AwardDeviceNotOwn`, `ResponsibleLacksPermission`, `NameInvalid`,
    `MemberUnknown`.
    """
    rules.check_device_permissions(permissions)
    awards = "award.give" in permissions
    actor.require("award.give" if awards and actor.id == responsible_id else "device.manage")
    if awards and not _own_word(actor.id, responsible_id):
        raise AwardDeviceNotOwn(field="responsible_id")
    return _create(
        actor,
        key,
        purpose="device",
        label=rules.clean_name(label, "label"),
        permissions=sorted(set(permissions)),
        responsible_id=responsible_id,
        days=max(1, min(days, rules.MOST_JOIN_CODE_DAYS)),
    )


def create_poster_code(
    actor: Actor, *, key: UUID, label: str, squad_id: UUID | None = None, area_id: UUID | None = None
) -> NewJoinCode:
    """Make a join code for a poster: anybody may apply with it, for this squad or area, until it is withdrawn.

    Once per key. Raises `NameInvalid`, `SquadUnknown`, `AreaUnknown`.
    """
    actor.require("member.manage")
    return _create(
        actor,
        key,
        purpose="membership",
        label=rules.clean_name(label, "label"),
        permissions=[],
        squad_id=squad_id,
        area_id=area_id,
    )


def _create(
    actor: Actor,
    key: UUID,
    *,
    purpose: str,
    label: str,
    permissions: list[str],
    responsible_id: UUID | None = None,
    squad_id: UUID | None = None,
    area_id: UUID | None = None,
    days: int | None = None,
) -> NewJoinCode:
    code = codes.random_code(codes.Kind.JOIN)

    def work() -> dict[str, str]:
        require_places(squad_id, area_id)
        if responsible_id is not None:
            _require_able(responsible_id, permissions)
        now = clock.now()
        row = JoinCode(
            id=new_id(),
            digest=codes.digest(keys(), code),
            purpose=purpose,
            label=label,
            permissions=permissions,
            responsible_id=responsible_id,
            squad_id=squad_id,
            area_id=area_id,
            created_by=actor.id,
            created_at=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        db.session.add(row)
        audit.record(
            actor, "join_code.created", "join_code", row.id, purpose=purpose, permissions=permissions
        )
        return {"join_code_id": str(row.id)}

    content = {
        "purpose": purpose,
        "label": label,
        "permissions": permissions,
        "responsible_id": responsible_id,
        "squad_id": squad_id,
        "area_id": area_id,
        "days": days,
    }
    answer = receipts.once(key, actor, "join_code.create", content, work)
    return NewJoinCode(answer, None if answer.replayed else code)


def _own_word(creator_id: UUID, responsible_id: UUID) -> bool:
    """Whether the member took it on himself that a device awards in his name; a command does so by his order.

    Otherwise somebody could make a device that awards him in the name of a colleague.
    """
    return creator_id in {responsible_id, SYSTEM.id}


def _require_able(responsible_id: UUID, permissions: Collection[str]) -> None:
    status = db.session.scalar(sa.select(Member.status).where(Member.id == responsible_id))
    if status is None:
        raise MemberUnknown(field="responsible_id")
    able = rules.device_permissions(permissions, roles_of(responsible_id), status)
    for permission in permissions:
        if permission not in able:
            raise ResponsibleLacksPermission(permission=permission)


def read_join_code(code: Code, purpose: str) -> JoinCode:
    """The join code for this purpose, locked until the transaction ends.

    Raises `JoinCodeUnknown`, `JoinCodePurpose`, `JoinCodeUsed`, `JoinCodeExpired`.
    """
    query = sa.select(JoinCode).where(JoinCode.digest == codes.digest(keys(), code)).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if code.kind is not codes.Kind.JOIN or found is None or found.withdrawn_at is not None:
        raise JoinCodeUnknown
    if found.purpose != purpose:
        raise JoinCodePurpose(purpose=found.purpose)
    if found.used_at is not None:
        raise JoinCodeUsed
    if found.expires_at is not None and found.expires_at <= clock.now():
        raise JoinCodeExpired
    return found


def join_by_code(actor: Actor, scan: Scan) -> dict[str, Any]:
    """The gate's handler for join codes: says what the code is for, so that the page can lead there. Spends nothing.

    Raises as `read_join_code` does.
    """
    actor.require("scan.send")
    query = sa.select(JoinCode.purpose).where(JoinCode.digest == codes.digest(keys(), scan.code))
    purpose = db.session.scalar(query) or "membership"
    found = read_join_code(scan.code, purpose)
    return {"outcome": "join", "purpose": purpose, "where": found.label if purpose == "membership" else ""}


def enrol_device(*, code: Code, name: str, network_address: str) -> tuple[UUID, str]:
    """Enrol a device with a join code; its id and its token, which is shown only now.

    Raises `NameInvalid`, `SignInTooOften`, and as `read_join_code` does.
    """
    name = rules.clean_name(name)
    count_try(SignInTooOften, enrol_address=network_address)
    token = f"{TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
    return _enrol(code, name, token), token


@transactional
def _enrol(code: Code, name: str, token: str) -> UUID:
    ticket = read_join_code(code, "device")
    if ticket.responsible_id is None:
        raise RuntimeError("a device code without a member answerable for it")
    now = clock.now()
    ticket.used_at = now
    device = Device(
        id=new_id(),
        name=name,
        permissions=list(ticket.permissions),
        token_digest=keyed_digest("token", token),
        responsible_id=ticket.responsible_id,
        join_code_id=ticket.id,
        enrolled_at=now,
    )
    db.session.add(device)
    enrolled = Actor(id=device.id, kind="device", member_id=ticket.responsible_id, name=name)
    audit.record(enrolled, "device.enrolled", "device", device.id, permissions=device.permissions)
    return device.id


@transactional
def withdraw_join_code(actor: Actor, join_code_id: UUID) -> None:
    """End a join code before its time; twice is the same as once. Raises `JoinCodeUnknown`."""
    found = db.session.get(JoinCode, join_code_id, with_for_update=True, populate_existing=True)
    if found is None:
        actor.require("member.manage")
        raise JoinCodeUnknown
    actor.require("device.manage" if found.purpose == "device" else "member.manage")
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        audit.record(actor, "join_code.withdrawn", "join_code", join_code_id)


@transactional
def revoke_device(actor: Actor, device_id: UUID) -> None:
    """Shut a device out, from its next request on; twice is the same as once. Raises `DeviceUnknown`."""
    actor.require("device.manage")
    found = db.session.get(Device, device_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DeviceUnknown
    if found.revoked_at is None:
        found.revoked_at = clock.now()
        audit.record(actor, "device.revoked", "device", device_id)


_roles = (
    sa.select(sa.func.aggregate_strings(MemberRole.role, ","))
    .where(MemberRole.member_id == Device.responsible_id)
    .correlate(Device)
    .scalar_subquery()
)
_DEVICE = (
    sa.select(
        Device.id,
        Device.name,
        Device.permissions,
        Device.responsible_id,
        Member.status,
        Member.on_leave_until,
        JoinCode.created_by,
        _roles.label("roles"),
    )
    .join(Member, Member.id == Device.responsible_id)
    .join(JoinCode, JoinCode.id == Device.join_code_id)
    .where(Device.token_digest == sa.bindparam("digest"), Device.revoked_at.is_(None))
)


def actor_for_token(token: str) -> Actor | None:
    """The device that holds this token, or None when there is none (any more). One select.

    A device may do what it was enrolled for, as far as the member answerable for it may do it himself at this moment;
    when that one is suspended or gone, the device is shut out.
    """
    if len(token) > _LONGEST_TOKEN or not token.startswith(TOKEN_PREFIX):
        return None
    row = db.session.execute(_DEVICE, {"digest": keyed_digest("token", token)}).one_or_none()
    if row is None:
        return None
    status = rules.effective_status(row.status, row.on_leave_until, clock.today())
    permissions = rules.device_permissions(row.permissions, row.roles.split(",") if row.roles else (), status)
    if not _own_word(row.created_by, row.responsible_id):
        permissions -= {"award.give"}
    if not permissions:
        return None
    return Actor(
        id=row.id, kind="device", permissions=permissions, member_id=row.responsible_id, name=row.name
    )


def note_device_use(actor: Actor) -> None:
    """Write down that the device was used; at most once a minute, because it is for people to look at."""
    before = db.session.scalar(sa.select(Device.last_used_at).where(Device.id == actor.id))
    if before is None or before <= clock.now() - rules.DEVICE_USE_STEP:
        _note_use(actor.id)


@transactional
def _note_use(device_id: UUID) -> None:
    db.session.execute(
        sa.update(Device).where(Device.id == device_id).values(last_used_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
