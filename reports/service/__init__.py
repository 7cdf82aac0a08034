"""Use cases of reports: tell, follow, handle, judge, collect; rented homes; bills at the desk."""

from reports.service.bills import open_float, reconcile_float, take_bill, void_bill
from reports.service.claiming import ClaimToken, claim_token, collect
from reports.service.handling import (
    add_note,
    assign,
    check_on_site,
    close,
    follow_up,
    keep_hazard,
    link_duplicate,
    pass_on,
    recheck,
    resolve,
)
from reports.service.homes import register_home, void_home
from reports.service.judging import judge_useful
from reports.service.places import Checkpoint, find_place, use_places
from reports.service.reading import open_words
from reports.service.retaining import Retained, blur, retain
from reports.service.sending import send_report

__all__ = [
    "Checkpoint",
    "ClaimToken",
    "Retained",
    "add_note",
    "assign",
    "blur",
    "check_on_site",
    "claim_token",
    "close",
    "collect",
    "find_place",
    "follow_up",
    "judge_useful",
    "keep_hazard",
    "link_duplicate",
    "open_float",
    "open_words",
    "pass_on",
    "recheck",
    "reconcile_float",
    "register_home",
    "resolve",
    "retain",
    "send_report",
    "take_bill",
    "use_places",
    "void_bill",
    "void_home",
]
