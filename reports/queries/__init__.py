"""Reads about reports, rented homes and bills; the short forms and limits that pages show."""

from reports.queries.counter import (
    BillLine,
    Home,
    Till,
    bills,
    bills_of,
    closed_tills,
    float_state,
    homes,
    open_tills,
    stayed_fen,
)
from reports.queries.courses import course, follow, mine, row_followed
from reports.queries.desk import (
    TABS,
    DeskReport,
    Reading,
    by_number,
    desk_counts,
    desk_list,
    desk_report,
    handlers,
    photo,
)
from reports.queries.facts import Course, ReportLine, Step
from reports.queries.figures import Figures, KindFigures, figures, hazards_in_time
from reports.queries.promises import promised_alone, promises

__all__ = [
    "TABS",
    "BillLine",
    "Course",
    "DeskReport",
    "Figures",
    "Home",
    "KindFigures",
    "Reading",
    "ReportLine",
    "Step",
    "Till",
    "bills",
    "bills_of",
    "by_number",
    "closed_tills",
    "course",
    "desk_counts",
    "desk_list",
    "desk_report",
    "figures",
    "float_state",
    "follow",
    "handlers",
    "hazards_in_time",
    "homes",
    "mine",
    "open_tills",
    "photo",
    "promised_alone",
    "promises",
    "row_followed",
    "stayed_fen",
]
