"""Tables of reports: what was told, its photos, its course and its readers; claims, rented homes, bills and tills.

Of a report without a name no row may tell who or when. `report` and its photos have no rowid on SQLite, so that nothing
keeps the order in which they came; on PostgreSQL the nightly run takes it away (`reports.service.blur`).
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from reports.rules import desk, handling, texts
from reports.rules.kinds import KINDS


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


#: What the desk still has to do with. Spelled out in queries too, not bound: only so can the index be used.
WAITING = "state <> 'closed' OR recheck_on IS NOT NULL"
#: Hazards, and those of them whose last day is the desk's own; spelled out for the same reason.
HAZARD = "kind = 'hazard'"
HAZARD_OF_THE_DESK = "kind = 'hazard' AND deadline IS NULL"


class Report(Model):
    """What a resident told. Without a name: a random id, the day alone, and the digest of a password to follow it.

    `number` is random. `fingerprint` tells a repeated request from another one under the same key. `version` grows with
    every step, so that two coordinators do not write over each other. `points` and `transfer_id` are what a named
    reporter was paid; a report without a name keeps the rule (`rule_code`) and the day from which it can be collected.
    `shuffled`: the nightly run has taken the order of arrival away.
    """

    __tablename__ = "report"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(12), default="received")
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    password_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    received_on: Mapped[date] = mapped_column(sa.Date)
    received_at: Mapped[datetime | None] = mapped_column(UtcTime)
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    checkpoint_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("checkpoint.id"), index=True)
    place: Mapped[str] = mapped_column(sa.String(texts.LONGEST_PLACE), default="")
    words: Mapped[str] = mapped_column(sa.String(texts.LONGEST_WORDS), default="")
    answers: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    confidential: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    handler_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    due_on: Mapped[date] = mapped_column(sa.Date)
    responsible: Mapped[str] = mapped_column(sa.String(texts.LONGEST_NAME), default="")
    deadline: Mapped[date | None] = mapped_column(sa.Date)
    recheck_on: Mapped[date | None] = mapped_column(sa.Date)
    passed_to: Mapped[str] = mapped_column(sa.String(texts.LONGEST_NAME), default="")
    follow_up_on: Mapped[date | None] = mapped_column(sa.Date)
    closed_on: Mapped[date | None] = mapped_column(sa.Date)
    duplicate_of_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("report.id"), index=True)
    verdict: Mapped[str] = mapped_column(sa.String(12), default="open")
    rule_code: Mapped[str | None] = mapped_column(sa.String(40))
    points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    collect_from: Mapped[date | None] = mapped_column(sa.Date)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    shuffled: Mapped[bool] = mapped_column(sa.Boolean, default=False)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", tuple(KINDS)), name="kind"),
        sa.CheckConstraint(_one_of("state", handling.STATES), name="state"),
        sa.CheckConstraint(_one_of("verdict", handling.VERDICTS), name="verdict"),
        sa.CheckConstraint(
            f"number BETWEEN {handling.FIRST_NUMBER} AND {handling.LAST_NUMBER}", name="number"
        ),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint("(member_id IS NULL) = (password_digest IS NOT NULL)", name="followed"),
        sa.CheckConstraint("(member_id IS NULL) = (received_at IS NULL)", name="without_time"),
        sa.CheckConstraint("points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name="paid"),
        sa.CheckConstraint("(verdict = 'useful') = (rule_code IS NOT NULL)", name="rule"),
        sa.CheckConstraint("member_id IS NOT NULL OR transfer_id IS NULL", name="unlinked"),
        sa.CheckConstraint("duplicate_of_id <> id", name="duplicate"),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed"),
        sa.Index("ix_report_state_received_on", "state", "received_on", "id"),
        sa.Index("ix_report_kind_received_on", "kind", "received_on"),
        sa.Index("ix_report_received_on_id", "received_on", "id"),
        sa.Index("ix_report_member_id_received_on", "member_id", "received_on"),
        sa.Index(
            "ix_report_hazard_deadline",
            "deadline",
            sqlite_where=sa.text(HAZARD),
            postgresql_where=sa.text(HAZARD),
        ),
        sa.Index(
            "ix_report_hazard_due_on",
            "due_on",
            sqlite_where=sa.text(HAZARD_OF_THE_DESK),
            postgresql_where=sa.text(HAZARD_OF_THE_DESK),
        ),
        sa.Index(
            "ix_report_waiting",
            "received_on",
            "id",
            sqlite_where=sa.text(WAITING),
            postgresql_where=sa.text(WAITING),
        ),
        {"sqlite_with_rowid": False},
    )


class ReportPhoto(Model):
    """A photo of a report, made anew from what was sent: bounded, without anything that the camera wrote."""

    __tablename__ = "report_photo"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("report.id"))
    place: Mapped[int] = mapped_column(sa.Integer)
    media_type: Mapped[str] = mapped_column(sa.String(20))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.UniqueConstraint("report_id", "place"),
        sa.CheckConstraint(f"place BETWEEN 1 AND {handling.MOST_PHOTOS}", name="place"),
        {"sqlite_with_rowid": False},
    )


class ReportStep(Model):
    """A step that the desk has taken. `public_note` is for the reporter, `note` for the desk."""

    __tablename__ = "report_step"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("report.id"))
    step: Mapped[str] = mapped_column(sa.String(12))
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    at: Mapped[datetime] = mapped_column(UtcTime)
    public_note: Mapped[str] = mapped_column(sa.String(texts.LONGEST_NOTE), default="")
    note: Mapped[str] = mapped_column(sa.String(texts.LONGEST_NOTE), default="")

    __table_args__ = (
        sa.CheckConstraint(_one_of("step", handling.STEPS), name="step"),
        sa.Index("ix_report_step_report_id_id", "report_id", "id"),
        sa.Index("ix_report_step_step_at", "step", "at"),
    )


class ReportReading(Model):
    """That somebody beside the handler has opened the words of a confidential report, and why. One for each handler."""

    __tablename__ = "report_reading"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("report.id"))
    handler_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    reader_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(texts.LONGEST_REASON))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.UniqueConstraint("report_id", "handler_id"),
        sa.CheckConstraint("reader_id <> handler_id", name="second_person"),
    )


class ReportClaim(Model):
    """A token that was collected: its digest, the rule, what it brought. Nothing leads from here to a report."""

    __tablename__ = "report_claim"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    rule_code: Mapped[str] = mapped_column(sa.String(40))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)

    __table_args__ = (
        sa.CheckConstraint("points > 0", name="points"),
        {"sqlite_with_rowid": False},
    )


class RentedHome(Model):
    """A dwelling that was registered as rented, rewarded once for each term. `digest` is of dwelling and term.

    `member_id` is who registered it; None when it came from a report without a name.
    """

    __tablename__ = "rented_home"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    term: Mapped[str] = mapped_column(sa.String(10))
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(texts.LONGEST_ADDRESS))
    tenants: Mapped[int] = mapped_column(sa.Integer)
    term_from: Mapped[date] = mapped_column(sa.Date)
    term_until: Mapped[date] = mapped_column(sa.Date)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    report_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("report.id"), unique=True)
    registered_by: Mapped[UUID] = mapped_column(Identifier)
    registered_on: Mapped[date] = mapped_column(sa.Date)
    points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    #: Digest of the numbers of its address and of the term: where it is the same, it may be the same dwelling.
    outline: Mapped[str] = mapped_column(sa.String(64), default="")
    voided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    void_reason: Mapped[str] = mapped_column(sa.String(texts.LONGEST_REASON), default="")

    __table_args__ = (
        sa.Index("ix_rented_home_outline", "outline"),
        sa.CheckConstraint("term_until > term_from", name="term"),
        sa.CheckConstraint(f"tenants BETWEEN 0 AND {desk.MOST_TENANTS}", name="tenants"),
        sa.CheckConstraint("points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name="paid"),
        sa.Index("ix_rented_home_registered_on_id", "registered_on", "id"),
    )


class Bill(Model):
    """A bill that was paid at the desk, in fen. `receipt_digest` is of utility and receipt number: each counts once."""

    __tablename__ = "bill"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    receipt_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    utility: Mapped[str] = mapped_column(sa.String(12))
    receipt_number: Mapped[str] = mapped_column(sa.String(desk.LONGEST_RECEIPT))
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    taken_by: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    taken_at: Mapped[datetime] = mapped_column(UtcTime)
    day: Mapped[date] = mapped_column(sa.Date)
    points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"), unique=True)
    voided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    void_reason: Mapped[str] = mapped_column(sa.String(texts.LONGEST_REASON), default="")

    __table_args__ = (
        sa.CheckConstraint(_one_of("utility", desk.UTILITIES), name="utility"),
        sa.CheckConstraint(f"amount_fen BETWEEN 1 AND {desk.LARGEST_BILL_FEN}", name="amount"),
        sa.CheckConstraint("points >= 0 AND (points > 0) = (transfer_id IS NOT NULL)", name="paid"),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void"),
        sa.CheckConstraint("member_id <> taken_by", name="not_for_oneself"),
        sa.Index("ix_bill_taken_by_day", "taken_by", "day"),
        sa.Index("ix_bill_day_id", "day", "id"),
    )


class FloatOpening(Model):
    """What a coordinator counted in his till, in fen, before he took the first bill of a day.

    `stayed_fen` is what was counted in it when it was closed last (None: it never was, or nobody compared yet).
    """

    __tablename__ = "float_opening"

    coordinator_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    opening_fen: Mapped[int] = mapped_column(sa.BigInteger)
    stayed_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(sa.String(texts.LONGEST_REASON), default="", server_default="")
    counted_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint("opening_fen >= 0", name="opening"),
        sa.CheckConstraint("stayed_fen = opening_fen OR note <> ''", name="explained"),
    )


class FloatDay(Model):
    """The till of one coordinator and day, in fen.

    There must be in it what lay in it at opening (`opening_fen`) and was taken by the log, less what was handed over;
    `counted_fen` is what was counted when it was closed, `difference_fen` by how much that is too much or (negative)
    too little.
    """

    __tablename__ = "float_day"

    coordinator_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    bills: Mapped[int] = mapped_column(sa.Integer)
    taken_fen: Mapped[int] = mapped_column(sa.BigInteger)
    opening_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    handed_over_fen: Mapped[int] = mapped_column(sa.BigInteger)
    counted_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    difference_fen: Mapped[int] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(sa.String(texts.LONGEST_REASON), default="")
    reconciled_by: Mapped[UUID] = mapped_column(Identifier)
    reconciled_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(
            "difference_fen = counted_fen + handed_over_fen - opening_fen - taken_fen", name="difference"
        ),
        sa.CheckConstraint("opening_fen >= 0 AND counted_fen >= 0", name="counted"),
        sa.CheckConstraint("difference_fen = 0 OR note <> ''", name="explained"),
        sa.Index("ix_float_day_day", "day"),
    )
