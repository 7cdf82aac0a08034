"""Devices, join codes, and the outbox of development."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from members.models import Device, JoinCode, Member, OutboxMessage


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """An enrolled device as administrators see it."""

    id: UUID
    name: str
    permissions: tuple[str, ...]
    responsible_id: UUID
    responsible_name: str
    enrolled_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class JoinCodeLine:
    """A join code as staff see it; the code itself is shown only when it is made."""

    id: UUID
    purpose: str
    label: str
    permissions: tuple[str, ...]
    responsible_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    withdrawn_at: datetime | None


def devices(device_id: UUID | None = None) -> list[DeviceLine]:
    """Devices (or the one), those in use first, by name."""
    query = sa.select(Device, Member.name).join(Member, Member.id == Device.responsible_id)
    query = query.order_by(Device.revoked_at.is_not(None), Device.name, Device.id)
    query = query.execution_options(populate_existing=True)
    if device_id is not None:
        query = query.where(Device.id == device_id)
    return [
        DeviceLine(
            each.id,
            each.name,
            tuple(each.permissions),
            each.responsible_id,
            responsible_name,
            each.enrolled_at,
            each.last_used_at,
            each.revoked_at,
        )
        for each, responsible_name in db.session.execute(query)
    ]


def join_codes(purpose: str) -> list[JoinCodeLine]:
    """Join codes of a purpose that can still be used, newest first."""
    query = (
        sa.select(JoinCode)
        .where(JoinCode.purpose == purpose, JoinCode.used_at.is_(None), JoinCode.withdrawn_at.is_(None))
        .where(JoinCode.expires_at.is_(None) | (JoinCode.expires_at > clock.now()))
        .order_by(JoinCode.id.desc())
        .limit(paging.MOST_ITEMS)
        .execution_options(populate_existing=True)
    )
    return [
        JoinCodeLine(
            each.id,
            each.purpose,
            each.label,
            tuple(each.permissions),
            each.responsible_id,
            each.created_at,
            each.expires_at,
            each.used_at,
            each.withdrawn_at,
        )
        for each in db.session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class Message:
    """Development only: a message in the outbox."""

    phone: str
    purpose: str
    code: str
    language: str
    created_at: datetime


def outbox() -> list[Message]:
    """Development only: the last messages, newest first."""
    query = sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(50)
    return [
        Message(each.phone, each.purpose, each.code, each.language, each.created_at)
        for each in db.session.scalars(query)
    ]
