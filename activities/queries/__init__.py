"""Reads about activities: lists, one activity, who came, what members have attended, campaigns and totals."""

from activities.queries.activities import (
    LISTS,
    ActivityLine,
    activities,
    activity,
    counts,
    next_of,
    number_behind,
    rule_points,
)
from activities.queries.campaigns import CampaignLine, Sums, Totals, campaign, campaigns, totals
from activities.queries.people import (
    AttendanceLine,
    OwnAttendance,
    Standing,
    attendance,
    attended,
    service_minutes,
    sign_ups,
    signed_up_of,
    standing,
)
from activities.rules import KINDS, MOST_PEOPLE, USUAL_RULES, door

__all__ = [
    "KINDS",
    "LISTS",
    "MOST_PEOPLE",
    "USUAL_RULES",
    "ActivityLine",
    "AttendanceLine",
    "CampaignLine",
    "OwnAttendance",
    "Standing",
    "Sums",
    "Totals",
    "activities",
    "activity",
    "attendance",
    "attended",
    "campaign",
    "campaigns",
    "counts",
    "door",
    "next_of",
    "number_behind",
    "rule_points",
    "service_minutes",
    "sign_ups",
    "signed_up_of",
    "standing",
    "totals",
]
