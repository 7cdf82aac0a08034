"""Tables of activities, sign-ups, attendance and campaigns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from activities import rules
from core.db import Identifier, Model, UtcTime


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Campaign(Model):
    """A named effort that groups activities, such as a month against telephone fraud. Days in the programme's zone."""

    __tablename__ = "campaign"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), unique=True)
    first_day: Mapped[date] = mapped_column(sa.Date)
    last_day: Mapped[date | None] = mapped_column(sa.Date)
    made_by: Mapped[UUID] = mapped_column(Identifier)
    made_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name"),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days"),
    )


class ActivitySeries(Model):
    """The last number given to an activity; its one row has the id 1."""

    __tablename__ = "activity_series"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("last >= 1", name="last"),
    )


class Activity(Model):
    """Something that members do together at a place and a time. Times are UTC.

    `number` names it in addresses and in its changing code. `most` is the limit of sign-ups (None: none).
    `leaflets`, `reached` and `hazards` are typed in at closing: what was handed out, whom it reached, what was found;
    `people`, how many came, is counted then, so that totals need not count everybody anew.
    """

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    place: Mapped[str] = mapped_column(sa.String(rules.LONGEST_PLACE))
    words: Mapped[str] = mapped_column(sa.String(rules.LONGEST_WORDS), default="")
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"), index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)
    most: Mapped[int | None] = mapped_column(sa.Integer)
    rule_code: Mapped[str] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    leaflets: Mapped[int] = mapped_column(sa.Integer, default=0)
    reached: Mapped[int] = mapped_column(sa.Integer, default=0)
    hazards: Mapped[int] = mapped_column(sa.Integer, default=0)
    people: Mapped[int] = mapped_column(sa.Integer, default=0)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    made_by: Mapped[UUID] = mapped_column(Identifier)
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_by: Mapped[UUID | None] = mapped_column(Identifier)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", rules.KINDS), name="kind"),
        sa.CheckConstraint(_one_of("state", rules.STATES), name="state"),
        sa.CheckConstraint(f"number BETWEEN 1 AND {rules.LARGEST_NUMBER}", name="number"),
        sa.CheckConstraint("title <> '' AND place <> ''", name="texts"),
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint(f"most IS NULL OR most BETWEEN 1 AND {rules.MOST_PEOPLE}", name="most"),
        sa.CheckConstraint("(state = 'planned') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        sa.CheckConstraint("(state = 'cancelled') = (reason <> '')", name="reason"),
        sa.CheckConstraint(
            f"leaflets BETWEEN 0 AND {rules.LARGEST_COUNT} AND reached BETWEEN 0 AND {rules.LARGEST_COUNT} "
            f"AND hazards BETWEEN 0 AND {rules.LARGEST_COUNT}",
            name="counters",
        ),
        sa.CheckConstraint("people >= 0", name="people"),
        sa.CheckConstraint(
            "state = 'closed' OR (leaflets = 0 AND reached = 0 AND hazards = 0 AND people = 0)",
            name="counted",
        ),
        sa.Index("ix_activity_state_ends_at", "state", "ends_at", "number"),
        sa.Index("ix_activity_state_starts_at", "state", "starts_at", "number"),
    )


class SignUp(Model):
    """A member who means to come."""

    __tablename__ = "activity_sign_up"

    activity_id: Mapped[UUID] = mapped_column(sa.ForeignKey("activity.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_activity_sign_up_member_id", "member_id"),)


class Attendance(Model):
    """A member who came: by the changing code, or put on the list by hand. One row for a member and an activity.

    `squad_id` is the squad at that time. `outcome` is empty until the activity is closed; then `paid` (the award is
    `transfer_id`), `requested` (`request_id` waits for a second coordinator; once decided it is one of the others) or
    `refused` (`refusal` is its code, `details` its data). `tries` counts how often an award was tried: each try has a
    key of its own.

    `typed` tells a code that was typed from one that was scanned; None where nobody wrote it down, and by hand.
    `device_digest` tells the phones of one day apart.

    `merged_id` is the other membership of a person who was registered twice, and whose memberships were made one before
    the award: the one he came as, and on a row that was taken off the list the one he was counted with.
    """

    __tablename__ = "attendance"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(sa.ForeignKey("activity.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    came_at: Mapped[datetime] = mapped_column(UtcTime)
    how: Mapped[str] = mapped_column(sa.String(10))
    typed: Mapped[bool | None] = mapped_column(sa.Boolean)
    device_digest: Mapped[str | None] = mapped_column(sa.String(32))
    added_by: Mapped[UUID | None] = mapped_column(Identifier)
    merged_id: Mapped[UUID | None] = mapped_column(Identifier)
    removed_by: Mapped[UUID | None] = mapped_column(Identifier)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_REASON), default="")
    outcome: Mapped[str] = mapped_column(sa.String(10), default="")
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    points: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    service_minutes: Mapped[int] = mapped_column(sa.Integer, default=0)
    transfer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("transfer.id"))
    request_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("award_request.id"))
    refusal: Mapped[str] = mapped_column(sa.String(60), default="")
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    __table_args__ = (
        sa.UniqueConstraint("activity_id", "member_id"),
        sa.CheckConstraint(_one_of("how", rules.WAYS), name="how"),
        sa.CheckConstraint("(how = 'hand') = (added_by IS NOT NULL)", name="added_by"),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_by"),
        sa.CheckConstraint("(removed_at IS NULL) = (reason = '')", name="reason"),
        sa.CheckConstraint(_one_of("outcome", rules.OUTCOMES), name="outcome"),
        sa.CheckConstraint("outcome = '' OR removed_at IS NULL", name="removed_earns_nothing"),
        sa.CheckConstraint("(outcome = 'paid') = (transfer_id IS NOT NULL)", name="transfer"),
        sa.CheckConstraint("(outcome = 'requested') = (request_id IS NOT NULL)", name="request"),
        sa.CheckConstraint("(outcome = 'refused') = (refusal <> '')", name="refusal"),
        sa.CheckConstraint(
            "points >= 0 AND (points > 0) = (outcome IN ('paid', 'requested'))", name="points"
        ),
        sa.CheckConstraint("service_minutes >= 0 AND tries >= 0", name="counts"),
        sa.Index("ix_attendance_member_id_came_at", "member_id", "came_at"),
        sa.Index(
            "ix_attendance_request_id",
            "request_id",
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_attendance_transfer_id",
            "transfer_id",
            unique=True,
            sqlite_where=sa.text("transfer_id IS NOT NULL"),
            postgresql_where=sa.text("transfer_id IS NOT NULL"),
        ),
    )
