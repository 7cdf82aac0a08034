"""Use cases of points. Paying and spending join the caller's transaction; awards and withdrawals are requests."""

from points.rules import MOST_AWARDS
from points.service.awarding import award_by_code, award_deed, award_scanned, withdraw_award
from points.service.awarding_list import MOST_ROWS, AwardList, ListedAward, post_award_list, read_award_list
from points.service.awarding_many import AwardWish, award_many, monday
from points.service.awarding_many import limits as award_limits
from points.service.awarding_second import (
    Decided,
    Decision,
    cancel_award,
    cancel_awards,
    connect_decided,
    decline_award,
    decline_awards,
    second_award,
    second_awards,
)
from points.service.budgets import (
    give,
    grant_budget,
    hold_budget,
    pay_shop_deed,
    shop_deed_rule,
    take_back,
    withdraw_budget,
)
from points.service.deciding import pay_deed_alone, pay_promised, promise_alone, shop_limit_passed
from points.service.expiring import Expired, expire
from points.service.given import connect_given
from points.service.merging import follow_merges, join_accounts, separate_accounts
from points.service.months import keep_month
from points.service.odd import find_odd, see_odd
from points.service.paying import Deed, Paid, lock_earners, pay_deed, pay_deeds
from points.service.spending import (
    cancel,
    gift,
    pay,
    pay_back,
    refund,
    release,
    reserve,
    reserve_and_pay,
    settle,
)
from points.service.tariff import add_rule, change_rule, install_tariff, rule_id

__all__ = [
    "MOST_AWARDS",
    "MOST_ROWS",
    "AwardList",
    "AwardWish",
    "Decided",
    "Decision",
    "Deed",
    "Expired",
    "ListedAward",
    "Paid",
    "add_rule",
    "award_by_code",
    "award_deed",
    "award_limits",
    "award_many",
    "award_scanned",
    "cancel",
    "cancel_award",
    "cancel_awards",
    "change_rule",
    "connect_decided",
    "connect_given",
    "decline_award",
    "decline_awards",
    "expire",
    "find_odd",
    "follow_merges",
    "gift",
    "give",
    "grant_budget",
    "hold_budget",
    "install_tariff",
    "join_accounts",
    "keep_month",
    "lock_earners",
    "monday",
    "pay",
    "pay_back",
    "pay_deed",
    "pay_deed_alone",
    "pay_deeds",
    "pay_promised",
    "pay_shop_deed",
    "post_award_list",
    "promise_alone",
    "read_award_list",
    "refund",
    "release",
    "reserve",
    "reserve_and_pay",
    "rule_id",
    "second_award",
    "second_awards",
    "see_odd",
    "separate_accounts",
    "settle",
    "shop_deed_rule",
    "shop_limit_passed",
    "take_back",
    "withdraw_award",
    "withdraw_budget",
]
