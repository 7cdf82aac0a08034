"""Pages about points: statements, the tariff, awards at the desk."""

from points.views import (
    award,
    award_lists,
    award_open,
    award_people,
    award_run,
    award_second,
    statement,
    tariff,
)
from points.views.blueprint import views
from points.views.statement import member_panel

__all__ = [
    "award",
    "award_lists",
    "award_open",
    "award_people",
    "award_run",
    "award_second",
    "member_panel",
    "statement",
    "tariff",
    "views",
]
