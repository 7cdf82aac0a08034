"""The one blueprint of this package's pages, and what its pages share."""

from datetime import datetime
from typing import Any, Final

from flask import Blueprint
from flask_babel import format_date, format_time, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import points.queries
from activities import queries, rules
from activities.queries import ActivityLine
from core import clock

views = Blueprint("activities_pages", __name__)
#: An activity in the address of a page.
ONE: Final = f"<int(max={rules.LARGEST_NUMBER}):number>"

KIND_WORDS: Final = {
    "care": _lazy("Care visit"),
    "leaflets": _lazy("Leaflet round"),
    "training": _lazy("Training"),
    "drill": _lazy("Drill"),
    "mediation": _lazy("Mediation"),
    "other": _lazy("Other activity"),
}
ICONS: Final = {
    "care": "heart",
    "leaflets": "flag",
    "training": "badge",
    "drill": "shield",
    "mediation": "people",
    "other": "star",
}
LIST_WORDS: Final = {
    "coming": _lazy("To come"),
    "to_close": _lazy("To be closed"),
    "closed": _lazy("Closed"),
    "cancelled": _lazy("Called off"),
}


def when(line: Any) -> str:
    """Day and time of an activity in the programme's zone: "Saturday, 21 November, 09:00 to 11:00"."""
    start, end = clock.local(line.starts_at), clock.local(line.ends_at)
    return str(
        _(
            "%(day)s, %(start)s to %(end)s",
            day=format_date(start.date(), _("EEEE d MMMM")),
            start=time_of(start),
            end=time_of(end),
        )
    )


def time_of(at: datetime) -> str:
    """The time of day in the programme's zone."""
    return str(format_time(clock.local(at), "HH:mm", rebase=False))


def state_of(line: ActivityLine) -> tuple[str, str]:
    """The state of an activity in a word, and its tone."""
    if line.state == rules.CANCELLED:
        return _("called off"), "refuse"
    if line.state == rules.CLOSED:
        return _("over and counted"), "calm"
    if line.over:
        return _("to be closed"), "warn"
    if line.begun:
        return _("going on now"), "ok"
    return _("to come"), "calm"


def rule_name(code: str, at: datetime) -> str:
    """The deed of the tariff and its points, as it is in force on the day of `at`."""
    rule = points.queries.rule(code, clock.local_date(at))
    if rule is None:
        return str(_("not in the tariff on that day"))
    name = rule.name_en if str(get_locale()).startswith("en") else rule.name_zh
    return str(_("%(deed)s: %(points)s points", deed=name, points=rule.points))


@views.context_processor
def _words() -> dict[str, Any]:
    return {
        "when": when,
        "time_of": time_of,
        "state_of": state_of,
        "rule_name": rule_name,
        "kind_words": KIND_WORDS,
        "kind_icons": ICONS,
        "list_words": LIST_WORDS,
        "rule_points": queries.rule_points,
        "spoken_number": members.queries.spoken_number,
        "local_date": clock.local_date,
    }
