"""Campaigns, and what activities add up to: per squad, per campaign."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

import members.queries
from activities.errors import CampaignUnknown
from activities.models import Activity, Campaign
from activities.rules import CLOSED
from core.db import db


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign; its days are those of the programme's zone, `last_day` None for an open end."""

    id: UUID
    name: str
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Sums:
    """What closed activities have come to. `people` counts everybody each time he came."""

    activities: int = 0
    people: int = 0
    leaflets: int = 0
    reached: int = 0
    hazards: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.activities + other.activities,
            self.people + other.people,
            self.leaflets + other.leaflets,
            self.reached + other.reached,
            self.hazards + other.hazards,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums by campaign and squad (None: without one), with the names of both."""

    cells: dict[tuple[UUID | None, UUID | None], Sums]
    campaigns: dict[UUID, str]
    squads: dict[UUID, str]

    def by_campaign(self) -> dict[UUID | None, Sums]:
        """Campaign → its sums, by name; what belongs to none last."""
        return self._added(0, self.campaigns)

    def by_squad(self, campaign_id: UUID | None = None, *, of_all: bool = True) -> dict[UUID | None, Sums]:
        """Squad → its sums, by name, of all activities or of one campaign; what belongs to none last."""
        chosen = {key for key in self.cells if of_all or key[0] == campaign_id}
        return self._added(1, self.squads, chosen)

    def total(self) -> Sums:
        """Everything together."""
        return sum(self.cells.values(), Sums())

    def _added(
        self,
        side: int,
        names: dict[UUID, str],
        chosen: Iterable[tuple[UUID | None, UUID | None]] | None = None,
    ) -> dict[UUID | None, Sums]:
        found: dict[UUID | None, Sums] = {}
        for key in self.cells if chosen is None else chosen:
            found[key[side]] = found.get(key[side], Sums()) + self.cells[key]
        order = sorted(found, key=lambda each: (each is None, names.get(each, "") if each else ""))
        return {each: found[each] for each in order}


def campaigns() -> list[CampaignLine]:
    """All campaigns, the newest first."""
    query = sa.select(Campaign).order_by(Campaign.first_day.desc(), Campaign.name)
    return [_campaign(each) for each in db.session.scalars(query)]


def campaign(campaign_id: UUID) -> CampaignLine:
    """One campaign. Raises `CampaignUnknown`."""
    found = db.session.scalar(sa.select(Campaign).where(Campaign.id == campaign_id))
    if found is None:
        raise CampaignUnknown
    return _campaign(found)


def _campaign(row: Campaign) -> CampaignLine:
    return CampaignLine(row.id, row.name, row.first_day, row.last_day)


def totals(
    start: datetime | None = None, until: datetime | None = None, *, by_closing: bool = False
) -> Totals:
    """What the activities that began in the half-open interval and are closed have come to (None: no bound).

    `by_closing`: those that were closed in it, so that what was once told of an interval that is over never changes.
    """
    at = Activity.ended_at if by_closing else Activity.starts_at
    counted = [Activity.state == CLOSED]
    if start is not None:
        counted.append(at >= start)
    if until is not None:
        counted.append(at < until)
    counters = (Activity.people, Activity.leaflets, Activity.reached, Activity.hazards)
    query = (
        sa.select(
            Activity.campaign_id,
            Activity.squad_id,
            sa.func.count(),
            *(sa.func.coalesce(sa.func.sum(column), 0) for column in counters),
        )
        .where(*counted)
        .group_by(Activity.campaign_id, Activity.squad_id)
    )
    cells = {(row[0], row[1]): Sums(*map(int, row[2:])) for row in db.session.execute(query)}
    return Totals(
        cells,
        {each.id: each.name for each in campaigns()},
        members.queries.squad_names(),
    )


def held_between(
    start: datetime, end: datetime, squads: Collection[UUID] | None = None
) -> dict[UUID | None, int]:
    """How many activities that began in the half-open interval are closed: of everybody (None), or of squads."""
    held = (Activity.state == CLOSED) & (Activity.starts_at >= start) & (Activity.starts_at < end)
    if squads is None:
        return {None: db.session.scalar(sa.select(sa.func.count()).select_from(Activity).where(held)) or 0}
    query = sa.select(Activity.squad_id, sa.func.count()).where(held, Activity.squad_id.in_(squads))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Activity.squad_id))}
