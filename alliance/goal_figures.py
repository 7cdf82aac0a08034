"""What has been done towards goals: `goals` knows neither rounds nor deeds, the packages that do are asked here."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from flask import Flask, render_template
from markupsafe import Markup

import activities.queries
import goals.queries
import members.queries
import patrols.queries
import points.queries
import reports.queries
from core import clock

#: Goals that fit at the foot of the wall display beside the thanks.
MOST_ON_WALL = 2


def initialise(app: Flask) -> None:
    """Tell `goals` who counts, and give the pages about squads and the wall their goals."""
    goals.queries.connect(measure)
    app.jinja_env.globals["squad_goals"] = squad_goals
    app.jinja_env.globals["wall_goals"] = wall_goals


def measure(
    kind: str, first: date, after: date, squads: Collection[UUID] | None
) -> Mapping[UUID | None, int]:
    """What was done in the days from `first` up to, not including, `after`; see `goals.queries.Measure`."""
    start, end = clock.start_of(first), clock.start_of(after)
    if kind in {"week_rounds", "month_rounds"}:
        return patrols.queries.completed_between(start, end, squads)
    if kind in {"week_deeds", "month_deeds"}:
        return points.queries.deeds_of_season(kind.partition("_")[0], first, squads)
    if kind == "month_activities":
        return activities.queries.held_between(start, end, squads)
    if kind == "active_members":
        if squads is None:
            return {None: members.queries.status_counts(("active",))["active"]}
        return {each: heads for each, heads in members.queries.squad_heads().items() if each in squads}
    in_time, due = reports.queries.hazards_in_time(first, after)
    return {None: 100 * in_time // due} if due else {}


def squad_goals(squad_id: UUID | None) -> Markup:
    """The panel with a squad's goals for the pages about it; nothing when it has none."""
    found = goals.queries.of_squad(squad_id, clock.today()) if squad_id else []
    return _shown("goals/squad_panel.html", found)


def wall_goals() -> Markup:
    """The alliance's first goals for a screen on a wall, which asks every few seconds; nothing when it has none."""
    return _shown("goals/wall_panel.html", goals.queries.of_alliance(clock.today(), most=MOST_ON_WALL))


def _shown(template: str, found: list[goals.queries.Progress]) -> Markup:
    if not found:
        return Markup()
    return Markup(render_template(template, goals=found))  # noqa: S704 - a rendered template escapes
