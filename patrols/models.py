"""Tables of patrols: plates on walls, routes over them, rounds walked along routes, visits and what looked odd."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from patrols.rules import values as rules


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Checkpoint(Model):
    """A place with a plate on the wall. The plate's code follows from id and `generation`; only its digest is kept."""

    __tablename__ = "checkpoint"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, unique=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    hint: Mapped[str] = mapped_column(sa.String(rules.LONGEST_HINT), default="")
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    latitude_e6: Mapped[int | None] = mapped_column(sa.Integer)
    longitude_e6: Mapped[int | None] = mapped_column(sa.Integer)
    generation: Mapped[int] = mapped_column(sa.Integer, default=1)
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    status: Mapped[str] = mapped_column(sa.String(10), default=rules.IN_USE)

    __table_args__ = (
        sa.CheckConstraint(_one_of("status", rules.STATUSES), name="status"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("generation > 0", name="generation"),
        sa.CheckConstraint("latitude_e6 BETWEEN -90000000 AND 90000000", name="latitude"),
        sa.CheckConstraint("longitude_e6 BETWEEN -180000000 AND 180000000", name="longitude"),
        sa.CheckConstraint("(latitude_e6 IS NULL) = (longitude_e6 IS NULL)", name="whole_coordinates"),
    )


class ReplacedPlate(Model):
    """An older plate of a checkpoint, kept so that its scan can be told from a forged code."""

    __tablename__ = "replaced_plate"

    code_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    checkpoint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("checkpoint.id"), index=True)
    replaced_at: Mapped[datetime] = mapped_column(UtcTime)


class Route(Model):
    """What a round must visit, and when. Hours are minutes since midnight in the programme's zone; both empty: always.

    `closes_at` before `opens_at` spans midnight.
    """

    __tablename__ = "route"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), unique=True)
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"), index=True)
    ordered: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    minimum_points: Mapped[int] = mapped_column(sa.Integer)
    minimum_minutes: Mapped[int] = mapped_column(sa.Integer, default=0)
    cooldown_minutes: Mapped[int] = mapped_column(sa.Integer, default=rules.DEFAULT_COOLDOWN_MINUTES)
    opens_at: Mapped[int | None] = mapped_column(sa.Integer)
    closes_at: Mapped[int | None] = mapped_column(sa.Integer)
    time_out_minutes: Mapped[int] = mapped_column(sa.Integer, default=rules.DEFAULT_TIME_OUT_MINUTES)
    rule_code: Mapped[str] = mapped_column(sa.String(40), default=rules.DEFAULT_RULE_CODE)
    status: Mapped[str] = mapped_column(sa.String(10), default=rules.IN_USE)

    __table_args__ = (
        sa.CheckConstraint(_one_of("status", rules.STATUSES), name="status"),
        sa.CheckConstraint(f"minimum_points BETWEEN 1 AND {rules.MOST_STOPS}", name="minimum_points"),
        sa.CheckConstraint(
            "minimum_minutes >= 0 AND minimum_minutes < time_out_minutes", name="minimum_minutes"
        ),
        sa.CheckConstraint(
            f"cooldown_minutes BETWEEN 0 AND {rules.LONGEST_COOLDOWN_MINUTES}", name="cooldown"
        ),
        sa.CheckConstraint(
            f"time_out_minutes BETWEEN 1 AND {rules.LONGEST_TIME_OUT_MINUTES}", name="time_out"
        ),
        sa.CheckConstraint(
            "opens_at BETWEEN 0 AND 1439 AND closes_at BETWEEN 0 AND 1439", name="hours_range"
        ),
        sa.CheckConstraint("(opens_at IS NULL) = (closes_at IS NULL)", name="whole_hours"),
        sa.CheckConstraint("opens_at <> closes_at", name="hours"),
    )


class RouteCheckpoint(Model):
    """One stop of a route; positions count from 1."""

    __tablename__ = "route_checkpoint"

    route_id: Mapped[UUID] = mapped_column(sa.ForeignKey("route.id"), primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    checkpoint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("checkpoint.id"))

    __table_args__ = (
        sa.UniqueConstraint("route_id", "checkpoint_id"),
        sa.Index("ix_route_checkpoint_checkpoint_id", "checkpoint_id"),
        sa.CheckConstraint("position > 0", name="position"),
    )


class Round(Model):
    """One walk along a route, by one member or several together.

    `handle` stands for the round in the captain's changing code and is unique among open rounds. `points_visited`,
    `points_total` and `missed` (names) are written when the round ends, because a route may change later.
    """

    __tablename__ = "round"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    handle: Mapped[int] = mapped_column(sa.BigInteger)
    route_id: Mapped[UUID] = mapped_column(sa.ForeignKey("route.id"))
    opened_by: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    state: Mapped[str] = mapped_column(sa.String(10))
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    last_visit_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_how: Mapped[str | None] = mapped_column(sa.String(10))
    points_visited: Mapped[int] = mapped_column(sa.Integer, default=0)
    points_total: Mapped[int] = mapped_column(sa.Integer, default=0)
    missed: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    judged_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    judged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    judge_reason: Mapped[str | None] = mapped_column(sa.String(rules.LONGEST_REASON))

    __table_args__ = (
        sa.CheckConstraint(_one_of("state", rules.STATES), name="state"),
        sa.CheckConstraint(_one_of("ended_how", rules.ENDINGS), name="ended_how"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(judged_by IS NULL) = (judged_at IS NULL)", name="judged"),
        sa.CheckConstraint("state <> 'dismissed' OR judged_by IS NOT NULL", name="dismissed_by_somebody"),
        sa.CheckConstraint("due_at > opened_at", name="due"),
        sa.Index(
            "uq_round_handle_open",
            "handle",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index("ix_round_state_due_at", "state", "due_at"),
        sa.Index("ix_round_opened_at", "opened_at"),
        sa.Index("ix_round_squad_id_opened_at", "squad_id", "opened_at"),
        sa.Index("ix_round_route_id_opened_at", "route_id", "opened_at"),
    )


class RoundMember(Model):
    """One who walks in a round. `outcome` is empty until the round ends; points and minutes are what it brought.

    `joined_how` is empty for rounds of the past: nobody wrote it down.
    """

    __tablename__ = "round_member"

    round_id: Mapped[UUID] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    joined_at: Mapped[datetime] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)
    device_digest: Mapped[str | None] = mapped_column(sa.String(64))
    points: Mapped[int] = mapped_column(sa.Integer, default=0)
    service_minutes: Mapped[int] = mapped_column(sa.Integer, default=0)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    joined_how: Mapped[str | None] = mapped_column(sa.String(10))

    __table_args__ = (
        sa.CheckConstraint(_one_of("outcome", rules.OUTCOMES), name="outcome"),
        sa.CheckConstraint(_one_of("joined_how", rules.WAYS_IN), name="joined_how"),
        sa.CheckConstraint("points >= 0", name="points"),
        sa.CheckConstraint("service_minutes >= 0", name="service_minutes"),
        sa.Index("ix_round_member_member_id_joined_at", "member_id", "joined_at"),
        sa.Index("ix_round_member_device_digest", "device_digest", "member_id"),
        sa.Index(
            "ix_round_member_member_id_under_way",
            "member_id",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
    )


class Visit(Model):
    """One scan of one plate that counted. The id is the scan's, so that it is the key of the receipt too.

    `happened_at` is when, as far as can be told; `received_at` is the server's clock; `skew_seconds` is how far the
    phone's clock was off when it sent the scan, empty when it could not be measured.
    """

    __tablename__ = "visit"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    round_id: Mapped[UUID] = mapped_column(sa.ForeignKey("round.id"))
    checkpoint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("checkpoint.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    happened_at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    device_digest: Mapped[str | None] = mapped_column(sa.String(64))
    skew_seconds: Mapped[int | None] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.UniqueConstraint("round_id", "checkpoint_id"),
        sa.Index("ix_visit_device_digest", "device_digest", "member_id"),
    )


class RoundFlag(Model):
    """Something about a round that looked odd and waits for a person. `data` holds what the reason in words needs."""

    __tablename__ = "round_flag"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    round_id: Mapped[UUID] = mapped_column(sa.ForeignKey("round.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("visit.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    raised_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint(_one_of("kind", rules.FLAGS), name="kind"),)
