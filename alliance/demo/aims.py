"""Goals of the demo: set in the spring, raised since, and three squads with one of their own."""

from datetime import timedelta
from typing import Final

import goals.service
from alliance.demo.people import Alliance
from core import clock
from core.db import new_id

#: Days ago, what is counted, how many, whose: a squad's place, None for the whole alliance.
_SET: Final = (
    (200, "week_rounds", 80, None),
    (200, "active_members", 400, None),
    (110, "month_deeds", 2000, None),
    (60, "hazards_in_time", 80, None),
    (45, "week_rounds", 100, None),
    (45, "week_rounds", 4, 0),
    (40, "week_rounds", 5, 1),
    (40, "month_deeds", 150, 11),
    (12, "month_activities", 6, None),
)


def fill(alliance: Alliance) -> None:
    """Set them, one after the other, each on its day; joins the caller's transaction."""
    now = clock.now()
    for days, kind, aim, place in _SET:
        with clock.frozen(now - timedelta(days=days)):
            goals.service.set_goal(
                alliance.coordinators[days % 2],
                key=new_id(),
                kind=kind,
                aim=aim,
                squad_id=None if place is None else alliance.squads[place].id,
            )
