"""A shop's statement on paper and in spreadsheets, in the reader's language."""

from decimal import Decimal

from flask_babel import gettext as _

from core import clock
from core.documents import Column, Document
from core.sheets import Sheet, Value
from merchants import queries
from merchants.queries import SettlementFacts, SettlementLineFacts
from merchants.rules.settling import read_month
from merchants.views import settlement_words as words
from merchants.views.blueprint import in_chinese


def paper(statement: SettlementFacts, issuer: str) -> bytes:
    """The statement as PDF: who issues it, its sums, each line, and lines to sign on."""
    lines = queries.all_settlement_lines(statement.id)
    title = _(
        "Statement %(number)s · %(month)s", number=statement.number, month=words.month_name(statement.month)
    )
    document = Document(
        f"{title} · {words.shop_of(statement)}",
        author=issuer,
        language="zh-CN" if in_chinese() else "en-GB",
    )
    document.title(title, issuer)
    document.facts(_facts(statement))
    document.heading(_("Sums"))
    document.table(
        [
            Column("", 3),
            Column(_("Count"), 1, True),
            Column(_("Points"), 1.4, True),
            Column(_("Amount"), 1.8, True),
        ],
        [
            (str(words.KINDS[each.kind]), f"{each.lines:,}", f"{each.points:,}", words.money(each.cents))
            for each in queries.kind_sums(statement.id)
        ],
        _totals(statement),
    )
    document.text(
        _("Every amount is points times the rate of the day on which the shop took them; nothing is rounded.")
    )
    document.heading(_("Each payment"))
    document.table(
        [
            Column(_("Time"), 1.9),
            Column(_("What"), 3.4),
            Column(_("Points"), 1.1, True),
            Column(_("Cents a point"), 1.2, True),
            Column(_("Amount"), 1.6, True),
        ],
        [_line(each) for each in lines],
        [(_("Sum"), "", f"{statement.points:,}", "", words.money(statement.cents))],
    )
    document.signatures([_("For the shop: signature, date"), _("For the Alliance: signature, date")])
    return document.content()


def _facts(statement: SettlementFacts) -> list[tuple[str, str]]:
    first, end = clock.month_bounds(read_month(statement.month))
    number = _("No. %(number)s", number=statement.merchant_number)
    found = [
        (_("Shop"), f"{words.shop_of(statement)} ({number})"),
        (
            _("Settled period"),
            _(
                "%(start)s 00:00 to %(end)s 00:00",
                start=words.day(clock.local_date(first)),
                end=words.day(clock.local_date(end)),
            ),
        ),
        (_("State"), str(words.STATES[statement.state])),
        (_("Drafted"), words.moment(statement.drafted_at)),
    ]
    if statement.agreed_at:
        found.append((_("Agreed"), f"{words.moment(statement.agreed_at)} · {words.agreed_by(statement)}"))
    if statement.paid_on:
        found.append((_("Paid"), f"{words.day(statement.paid_on)} · {statement.reference}".rstrip(" ·")))
    return found


def _totals(statement: SettlementFacts) -> list[tuple[str, str, str, str]]:
    rows = [(_("Sum of the month"), "", f"{statement.points:,}", words.money(statement.cents))]
    if statement.carried_points or statement.carried_cents:
        rows.append(
            (
                _("Carried over from before"),
                "",
                f"{statement.carried_points:,}",
                words.money(statement.carried_cents),
            )
        )
    rows.append((_("To be paid out"), "", f"{statement.due_points:,}", words.money(statement.due_cents)))
    if statement.left_points or statement.left_cents:
        rows.append(
            (
                _("Goes over to the next month"),
                "",
                f"{statement.left_points:,}",
                words.money(statement.left_cents),
            )
        )
    return rows


def _line(line: SettlementLineFacts) -> tuple[str, str, str, str, str]:
    amount = words.money(line.cents)
    return (
        words.moment(line.posted_at),
        words.what(line),
        f"{line.points:,}",
        f"{line.cents_per_point:,}",
        amount,
    )


def sheet(statement: SettlementFacts) -> Sheet:
    """The lines of a statement as a table for spreadsheets."""
    header = [
        _("Time"),
        _("Kind"),
        _("What"),
        _("Points"),
        _("Cents a point"),
        _("Amount"),
        _("Transfer"),
        _("Takes back"),
    ]
    rows = [
        (
            words.moment(each.posted_at),
            str(words.KIND[each.kind]),
            each.what,
            each.points,
            each.cents_per_point,
            _money(each.cents),
            str(each.transfer_id),
            str(each.original_id or ""),
        )
        for each in queries.all_settlement_lines(statement.id)
    ]
    return Sheet(f"{statement.month} {statement.merchant_number}", header, rows)


def summary(statement: SettlementFacts) -> Sheet:
    """The sums of a statement as a table of labels and values."""
    rows: list[tuple[Value, ...]] = [
        (_("Statement no."), statement.number),
        (_("Shop"), statement.shop),
        (_("Which month"), statement.month),
        (_("State"), str(words.STATES[statement.state])),
        (_("Points of the month"), statement.points),
        (_("Amount of the month"), _money(statement.cents)),
        (_("Points carried over"), statement.carried_points),
        (_("Amount carried over"), _money(statement.carried_cents)),
        (_("Points to be paid out"), statement.due_points),
        (_("To be paid out"), _money(statement.due_cents)),
        (_("Paid on"), statement.paid_on),
        (_("Reference"), statement.reference),
    ]
    return Sheet(_("Sums"), ["", ""], rows)


def month_sheet(month: str) -> Sheet:
    """All statements of a month, one row each."""
    header = [
        _("Statement no."),
        _("No. of the shop"),
        _("Shop"),
        _("State"),
        _("Points"),
        _("Amount"),
        _("Amount carried over"),
        _("Points to be paid out"),
        _("To be paid out"),
        _("Agreed"),
        _("Paid on"),
        _("Reference"),
    ]
    rows = [
        (
            each.number,
            each.merchant_number,
            each.shop,
            str(words.STATES[each.state]),
            each.points,
            _money(each.cents),
            _money(each.carried_cents),
            each.due_points,
            _money(each.due_cents),
            words.moment(each.agreed_at) if each.agreed_at else "",
            each.paid_on,
            each.reference,
        )
        for each in queries.statements_of_month(month)
    ]
    return Sheet(month, header, rows)


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
