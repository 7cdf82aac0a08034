"""Hours of service beside the points: the statement belongs to `points`, the hours to `patrols` and `activities`."""

from uuid import UUID

from flask import Flask, render_template
from markupsafe import Markup

import activities.queries
import patrols.queries
from core import clock


def initialise(app: Flask) -> None:
    """Add the panel to the member's statement."""
    app.extensions.setdefault("alliance_statement_panels", []).append(panel)


def panel(member_id: UUID) -> Markup:
    """The member's hours of service of this year (programme zone), on rounds and at activities."""
    start, end = clock.year_bounds(clock.today())
    minutes = patrols.queries.service_minutes(member_id, start, end)
    minutes += activities.queries.service_minutes(member_id, start, end)
    return Markup(render_template("alliance/hours.html", minutes=minutes))  # noqa: S704 - a rendered template escapes
