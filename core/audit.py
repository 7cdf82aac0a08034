"""Who of the staff did what, when: written in the transaction of the change itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.auth import Actor
from core.db import Identifier, Model, UtcTime, db, in_transaction, new_id
from core.receipts import current_key


class AuditEntry(Model):
    """One act of somebody with rights over others. Holds ids and numbers, no telephone numbers and no codes."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    answerable_id: Mapped[UUID | None] = mapped_column(Identifier)
    action: Mapped[str] = mapped_column(sa.String(60))
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID | None] = mapped_column(Identifier)
    receipt_key: Mapped[UUID | None] = mapped_column(Identifier)
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)

    __table_args__ = (sa.Index("ix_audit_entry_subject_id_at", "subject_id", "at"),)


def record(actor: Actor, action: str, subject_type: str, subject_id: UUID | None, **data: Any) -> None:
    """Write one entry. Raises RuntimeError outside of `transaction()`: an act and its record are one commit."""
    if not in_transaction():
        raise RuntimeError("audit.record outside a transaction")
    db.session.execute(
        sa.insert(AuditEntry),
        {
            "id": new_id(),
            "at": clock.now(),
            "actor_id": actor.id,
            "answerable_id": actor.member_id,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "receipt_key": current_key(),
            "data": data,
        },
    )
