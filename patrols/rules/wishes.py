"""What may be entered: names, coordinates, hours, limits of a checkpoint, a route, a judgement. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from core.texts import clean_line
from patrols.errors import CheckpointInvalid, JudgementReasonMissing, RouteInvalid
from patrols.rules.values import (
    DEFAULT_COOLDOWN_MINUTES,
    DEFAULT_RULE_CODE,
    DEFAULT_TIME_OUT_MINUTES,
    LONGEST_COOLDOWN_MINUTES,
    LONGEST_HINT,
    LONGEST_NAME,
    LONGEST_REASON,
    LONGEST_TIME_OUT_MINUTES,
    MINUTES_A_DAY,
    MOST_STOPS,
    RULE_CATEGORY,
)


def clean_reason(text: str) -> str:
    """The reason of a judgement. Raises `JudgementReasonMissing`."""
    return clean_line(
        text, LONGEST_REASON, lambda reason: JudgementReasonMissing(field="reason", reason=reason)
    )


@dataclass(frozen=True, slots=True)
class CheckpointWish:
    """A checkpoint as somebody wants it to be. Coordinates are degrees × 1,000,000, WGS 84, both or none."""

    name: str
    hint: str = ""
    area_id: UUID | None = None
    latitude_e6: int | None = None
    longitude_e6: int | None = None


def clean_checkpoint(wish: CheckpointWish) -> CheckpointWish:
    """The wish as it may be stored. Raises `CheckpointInvalid`."""

    def fail(name: str) -> Callable[[str], Exception]:
        return lambda reason: CheckpointInvalid(field=name, reason=reason)

    if (wish.latitude_e6 is None) != (wish.longitude_e6 is None):
        raise CheckpointInvalid(
            field="longitude_e6" if wish.longitude_e6 is None else "latitude_e6", reason="missing"
        )
    if abs(wish.latitude_e6 or 0) > 90_000_000:
        raise CheckpointInvalid(field="latitude_e6", reason="range")
    if abs(wish.longitude_e6 or 0) > 180_000_000:
        raise CheckpointInvalid(field="longitude_e6", reason="range")
    return replace(
        wish,
        name=clean_line(wish.name, LONGEST_NAME, fail("name")),
        hint=clean_line(wish.hint, LONGEST_HINT, fail("hint"), required=False),
    )


@dataclass(frozen=True, slots=True)
class RouteWish:
    """A route as somebody wants it to be; `checkpoint_ids` in the order of walking, hours in minutes since midnight."""

    name: str
    checkpoint_ids: tuple[UUID, ...]
    area_id: UUID | None = None
    squad_id: UUID | None = None
    ordered: bool = False
    minimum_points: int | None = None
    minimum_minutes: int = 0
    cooldown_minutes: int = DEFAULT_COOLDOWN_MINUTES
    opens_at: int | None = None
    closes_at: int | None = None
    time_out_minutes: int = DEFAULT_TIME_OUT_MINUTES
    rule_code: str = DEFAULT_RULE_CODE


def is_for_routes(category: str, daily_cap: int | None) -> bool:
    """Whether a rule of the tariff may pay rounds: one for patrols, of which only so many count on one day."""
    return category == RULE_CATEGORY and daily_cap is not None


def clean_route(wish: RouteWish) -> RouteWish:
    """The wish as it may be stored; without a minimum all points are needed. Raises `RouteInvalid`."""

    def refuse(name: str, reason: str) -> RouteInvalid:
        return RouteInvalid(field=name, reason=reason)

    count = len(wish.checkpoint_ids)
    points = count if wish.minimum_points is None else wish.minimum_points
    for name, wrong, reason in (
        ("checkpoint_ids", not 1 <= count <= MOST_STOPS, "count"),
        ("checkpoint_ids", len(set(wish.checkpoint_ids)) != count, "twice"),
        ("minimum_points", not 1 <= points <= count, "range"),
        ("time_out_minutes", not 1 <= wish.time_out_minutes <= LONGEST_TIME_OUT_MINUTES, "range"),
        ("minimum_minutes", not 0 <= wish.minimum_minutes < wish.time_out_minutes, "range"),
        ("cooldown_minutes", not 0 <= wish.cooldown_minutes <= LONGEST_COOLDOWN_MINUTES, "range"),
        ("closes_at", (wish.opens_at is None) != (wish.closes_at is None), "missing"),
        ("opens_at", not 0 <= (wish.opens_at or 0) < MINUTES_A_DAY, "range"),
        ("closes_at", not 0 <= (wish.closes_at or 0) < MINUTES_A_DAY, "range"),
        ("closes_at", wish.opens_at is not None and wish.opens_at == wish.closes_at, "same"),
    ):
        if wrong:
            raise refuse(name, reason)
    name = clean_line(wish.name, LONGEST_NAME, lambda reason: refuse("name", reason))
    return replace(wish, name=name, minimum_points=points)
