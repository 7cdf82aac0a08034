"""Use cases of activities: plan, sign up, attend, close; each writing request has its effect once per key."""

from activities.rules import ActivityWish, Counters
from activities.service.attending import add_by_hand, attend_by_code, code_of, take_off, typed_code_of
from activities.service.campaigns import change_campaign, make_campaign
from activities.service.closing import DECLINED, NEED_ANOTHER, award_rest, close_activity, keep_decisions
from activities.service.planning import cancel_activity, change_activity, make_activity
from activities.service.signing_up import sign_off, sign_up

__all__ = [
    "DECLINED",
    "NEED_ANOTHER",
    "ActivityWish",
    "Counters",
    "add_by_hand",
    "attend_by_code",
    "award_rest",
    "cancel_activity",
    "change_activity",
    "change_campaign",
    "close_activity",
    "code_of",
    "keep_decisions",
    "make_activity",
    "make_campaign",
    "sign_off",
    "sign_up",
    "take_off",
    "typed_code_of",
]
