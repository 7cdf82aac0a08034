"""The table of merges, and undoings of merges, that wait for a second person."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from members import rules

_WAITING = sa.text("state = 'waiting'")
_AGREED = sa.text("state = 'agreed'")


class MergeProposal(Model):
    """A merge, or the undoing of one, that moves points when a second coordinator agrees.

    `points` and `owed` are what the second one agrees to. Of a merge: what the membership that goes holds and owes.
    Of an undoing: what goes back, and what the kept one would owe for what was spent. `phone` and `place` say whose
    are kept. `decided_by` agreed, declined or (as the proposer) called it off; what lapsed was decided by whoever came
    too late, or by the clock. `answer` is the reason of a refusal, or the code of why it lapsed.
    """

    __tablename__ = "merge_proposal"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    gone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    kept_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    phone: Mapped[str] = mapped_column(sa.String(4))
    place: Mapped[str] = mapped_column(sa.String(4))
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_MOTTO))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    owed: Mapped[int] = mapped_column(sa.BigInteger)
    proposed_by: Mapped[UUID] = mapped_column(Identifier)
    proposed_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(sa.String(10))
    decided_by: Mapped[UUID | None] = mapped_column(Identifier)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answer: Mapped[str] = mapped_column(sa.String(rules.LONGEST_MOTTO), default="")
    merge_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member_merge.id"))

    __table_args__ = (
        sa.CheckConstraint("kind IN ('merge', 'undo')", name="kind"),
        sa.CheckConstraint("state IN ('waiting', 'agreed', 'declined', 'cancelled', 'lapsed')", name="state"),
        sa.CheckConstraint("gone_id <> kept_id", name="two_members"),
        sa.CheckConstraint("points >= 0 AND owed >= 0", name="moved"),
        sa.CheckConstraint("proposed_by <> gone_id AND proposed_by <> kept_id", name="not_for_oneself"),
        sa.CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided_by"),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'declined') OR decided_by <> proposed_by", name="second_is_another"
        ),
        sa.CheckConstraint("state <> 'cancelled' OR decided_by = proposed_by", name="called_off_by_oneself"),
        sa.CheckConstraint(
            "decided_by IS NULL OR (decided_by <> gone_id AND decided_by <> kept_id)",
            name="second_is_neither",
        ),
        sa.CheckConstraint("(kind = 'undo' OR state = 'agreed') = (merge_id IS NOT NULL)", name="merge"),
        #: One thing at a time about a membership that goes.
        sa.Index(
            "uq_merge_proposal_gone_id",
            "gone_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index(
            "uq_merge_proposal_merge_id",
            "merge_id",
            "kind",
            unique=True,
            sqlite_where=_AGREED,
            postgresql_where=_AGREED,
        ),
        sa.Index("ix_merge_proposal_state", "state", "id"),
        sa.Index("ix_merge_proposal_gone_id", "gone_id"),
        sa.Index("ix_merge_proposal_kept_id", "kept_id"),
    )
