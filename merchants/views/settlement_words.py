"""Months, statements and money in plain words, in the reader's language."""

from datetime import date, datetime
from typing import Any

from babel.dates import format_skeleton
from flask_babel import format_date, format_datetime, get_locale, gettext
from flask_babel import lazy_gettext as _

from core import clock
from merchants.queries import RateFacts, SettlementFacts, SettlementLineFacts
from merchants.rules import settling
from merchants.views.blueprint import either

STATES = {
    "draft": _("waits for the shop"),
    "agreed": _("to be paid"),
    "paid": _("paid"),
    "closed": _("filed"),
}
STATE_TONES = {"draft": "warn", "agreed": "calm", "paid": "ok", "closed": ""}
STATE_ICONS = {"draft": "clock", "agreed": "check", "paid": "check", "closed": "lock"}
KINDS = {"charge": _("Payments"), "voucher": _("Vouchers handed over"), "refund": _("Refunds")}
KIND = {"charge": _("Payment"), "voucher": _("Voucher"), "refund": _("Refund")}

money = settling.yuan


def month_name(month: str) -> str:
    """ "2026-10" as 2026年10月, October 2026."""
    return str(format_skeleton("yMMMM", settling.read_month(month), locale=get_locale() or "zh"))


def shop_of(statement: SettlementFacts) -> str:
    """The shop's name in the reader's language."""
    return either(statement.shop, statement.shop_en)


def day(found: date) -> str:
    """A day of the programme's zone."""
    return str(format_date(found, "medium", rebase=False))


def moment(at: datetime) -> str:
    """A time of the programme's zone with its day, in the short way of tables."""
    return str(format_datetime(clock.local(at), "yyyy-MM-dd HH:mm", rebase=False))


def what(line: SettlementLineFacts) -> str:
    """What a line is about: its kind, and the offer that was bought."""
    return f"{KIND[line.kind]} · {line.what}" if line.what else str(KIND[line.kind])


def agreed_by(statement: SettlementFacts) -> str:
    """Who agreed, and how."""
    name = statement.agreed_name or gettext("the desk")
    if statement.agreed_note:
        return gettext("%(name)s, for the shop: %(note)s", name=name, note=statement.agreed_note)
    return name


def scope(rate: RateFacts) -> str:
    """For whom a rate is."""
    if rate.shop is not None:
        return rate.shop
    if rate.trade_zh is not None:
        return gettext("Trade: %(trade)s", trade=either(rate.trade_zh, rate.trade_en or ""))
    return gettext("All shops")


def rate(cents: int) -> str:
    """A rate as money for one point."""
    return gettext("%(money)s a point", money=money(cents))


def course(statement: SettlementFacts) -> list[dict[str, Any]]:
    """The steps of a statement as `trail` of templates/parts/boards.html wants them."""
    steps = [
        (gettext("Drafted from the ledger"), moment(statement.drafted_at), True),
        (
            gettext("Agreed by the shop"),
            f"{moment(statement.agreed_at)} · {agreed_by(statement)}" if statement.agreed_at else "",
            statement.agreed_at is not None,
        ),
        (gettext("Paid"), _paid(statement), statement.paid_on is not None),
        (
            gettext("Filed"),
            f"{moment(statement.closed_at)} · {statement.closed_name or gettext('the desk')}"
            if statement.closed_at
            else "",
            statement.closed_at is not None,
        ),
    ]
    following = next((place for place, step in enumerate(steps) if not step[2]), None)
    return [
        {"title": title, "note": note, "state": "done" if done else "next" if place == following else "open"}
        for place, (title, note, done) in enumerate(steps)
    ]


def _paid(statement: SettlementFacts) -> str:
    if statement.paid_on is None:
        return ""
    parts = [day(statement.paid_on), money(statement.due_cents), statement.reference]
    return " · ".join(part for part in (*parts, statement.paid_name or "") if part)
