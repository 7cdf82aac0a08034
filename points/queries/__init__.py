"""Reads about points: balances, statements, single transfers, what shops took, the tariff."""

from points.queries.awards import (
    AwardRequestLine,
    award_request,
    award_requests,
    awards_to_second,
    entered_alone,
    recent_earnings,
)
from points.queries.balances import Earned, Holdings, LotLine, balance, budget, earned, holdings, lots
from points.queries.ledger import (
    BookLine,
    LotChange,
    Searched,
    TransferSheet,
    search_transfers,
    transfer_sheet,
    transfers_like,
)
from points.queries.shops import Taking, merchant_earned, merchants_earned, takings, takings_select
from points.queries.statement import Receipt, StatementLine, find_transfer, owner_of, statement
from points.queries.tariff import Terms, all_rules, rule, rule_versions, rules_on, terms, versions_of
from points.rules import CATEGORIES, PATROL_RULE, SHOP_CATEGORY, Rule, read_amount

__all__ = [
    "CATEGORIES",
    "PATROL_RULE",
    "SHOP_CATEGORY",
    "AwardRequestLine",
    "BookLine",
    "Earned",
    "Holdings",
    "LotChange",
    "LotLine",
    "Receipt",
    "Rule",
    "Searched",
    "StatementLine",
    "Taking",
    "Terms",
    "TransferSheet",
    "all_rules",
    "award_request",
    "award_requests",
    "awards_to_second",
    "balance",
    "budget",
    "earned",
    "entered_alone",
    "find_transfer",
    "holdings",
    "lots",
    "merchant_earned",
    "merchants_earned",
    "owner_of",
    "read_amount",
    "recent_earnings",
    "rule",
    "rule_versions",
    "rules_on",
    "search_transfers",
    "statement",
    "takings",
    "takings_select",
    "terms",
    "transfer_sheet",
    "transfers_like",
    "versions_of",
]
