"""Rented homes and bills: terms of leases, sums of money, what a till must come to."""

import re
from datetime import date, timedelta
from typing import Final

from reports.errors import LeaseInvalid, SumInvalid, UtilityUnknown

UTILITIES: Final = ("water", "electricity", "gas")
#: Most money on one receipt, in fen: ¥ 10,000.
LARGEST_BILL_FEN: Final = 1_000_000
#: Most money that one coordinator takes in a day, in fen.
LARGEST_FLOAT_FEN: Final = 100_000_000
LONGEST_RECEIPT: Final = 40
LONGEST_LEASE: Final = timedelta(days=20 * 366)
MOST_TENANTS: Final = 50
#: What a home and a bill earn.
HOME_RULE: Final = "rental"
BILL_RULE: Final = "bill"


def term(term_from: date, today: date) -> str:
    """The term for which a dwelling is rewarded once: this calendar year, or the later one in which it is first let.

    The beginning alone would not do: the same flat could be entered with one first day after the other.
    """
    return str(max(term_from, today).year)


def check_lease(term_from: date, term_until: date, today: date) -> None:
    """Raise `LeaseInvalid` unless the lease ends after it begins, runs now or soon, and at most twenty years."""
    if not term_from < term_until <= term_from + LONGEST_LEASE:
        raise LeaseInvalid(field="term_until")
    if term_from > today + timedelta(days=92):
        raise LeaseInvalid(field="term_from")
    if term_until < today:
        raise LeaseInvalid(field="term_until")


def check_utility(utility: str) -> str:
    """`utility` if bills of it are taken. Raises `UtilityUnknown`."""
    if utility not in UTILITIES:
        raise UtilityUnknown(field="utility")
    return utility


def check_sum(fen: int, field: str, *, least: int = 1, most: int = LARGEST_BILL_FEN) -> int:
    """A sum of money in whole fen. Raises `SumInvalid`."""
    if type(fen) is not int or not least <= fen <= most:
        raise SumInvalid(field=field, least=least, most=most)
    return fen


def read_sum(text: str, field: str, *, least: int = 1, most: int = LARGEST_BILL_FEN) -> int:
    """Yuan as somebody typed them, in fen: "86.5" is 8650. ASCII digits, at most two behind the point.

    Raises `SumInvalid`.
    """
    found = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", text.strip(" ¥￥"), re.ASCII)
    if found is None:
        raise SumInvalid(field=field, least=least, most=most)
    fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return check_sum(fen, field, least=least, most=most)
