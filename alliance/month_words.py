"""The month's figures as tables in words: the same ones for the page, the PDF and the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from uuid import UUID

from babel.dates import format_skeleton
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import points.words
from activities.queries import Sums
from alliance.month_figures import MonthFigures, Tally
from core.documents import Column, Document
from core.sheets import Sheet
from reports.views.words import KINDS

Cell = str | int
_HOLDERS = {"member": _lazy("Members"), "merchant": _lazy("Shops"), "budget": _lazy("Budgets of shops")}
#: Lots of shops have this last day: they do not expire.
_NEVER_YEAR = 9999


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, its columns (a numeric one holds whole numbers), its rows, sums below them."""

    title: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Sequence[Cell]] = ()
    note: str = ""

    @property
    def headings(self) -> list[tuple[str, str]]:
        """The columns as pages write them."""
        return [(label, "numeric" if numeric else "") for label, numeric in self.columns]


def title(figures: MonthFigures) -> str:
    """The name of the report."""
    return _(
        "Report for %(month)s", month=format_skeleton("yMMMM", figures.first, locale=get_locale() or "zh")
    )


def tables(figures: MonthFigures) -> list[Table]:
    """All tables, in the order in which they are read."""
    return [
        _books(figures),
        _lots(figures),
        _deeds(figures),
        _rules(figures),
        _places(_("By squad"), _("Squad"), figures.squads, figures.names, _("without a squad")),
        _areas(figures),
        _trade(figures),
        _reports(figures),
        _hazards(figures),
        _doings(
            _("Activities by campaign"),
            _("Campaign"),
            figures.activities.by_campaign(),
            figures.activities.campaigns,
            figures,
        ),
        _doings(
            _("Activities by squad"),
            _("Squad"),
            figures.activities.by_squad(),
            figures.activities.squads,
            figures,
        ),
    ]


def paper(figures: MonthFigures, issuer: str, language: str) -> bytes:
    """The report as PDF."""
    document = Document(title(figures), author=issuer, language=language)
    document.title(title(figures), issuer)
    if not figures.over:
        document.text(_("The month is not over: these are the figures so far."))
    document.facts(headlines(figures))
    for each in tables(figures):
        document.heading(each.title)
        columns = [Column(label, 1.2 if numeric else 3, numeric) for label, numeric in each.columns]
        rows, totals = (
            [[_cell(value) for value in row] for row in part] for part in (each.rows, each.totals)
        )
        document.table(columns, rows, totals)
        if each.note:
            document.text(each.note)
    return document.content()


def sheets(figures: MonthFigures) -> list[Sheet]:
    """The tables for a workbook, one on each sheet."""
    return [
        Sheet(each.title, [label for label, _numeric in each.columns], [*each.rows, *each.totals])
        for each in tables(figures)
    ]


def headlines(figures: MonthFigures) -> list[tuple[str, str]]:
    """The few figures that everybody asks for first."""
    deeds = figures.deeds
    return [
        (_("Good deeds"), _cell(deeds.deeds)),
        (_("Active members"), _cell(figures.active)),
        (_("Completed rounds"), _cell(figures.rounds)),
        (_("Points issued"), _cell(figures.books.issued)),
        (_("Points outstanding"), _cell(figures.books.closing)),
    ]


def _days(first: date, last: date) -> str:
    """A week that the month's end cuts to one day is that day."""
    return str(first.day) if first == last else f"{first.day}–{last.day}"


def bars(figures: MonthFigures) -> dict[str, list[dict[str, object]]]:
    """The charts: deeds week by week, deeds by kind, where the points went."""
    books = figures.books
    weeks = [
        {"label": _days(each.first, each.last), "value": each.deeds, "now": False} for each in figures.weeks
    ]
    kinds = sorted(figures.categories.items(), key=lambda each: -each[1].deeds)
    went = [
        (_("Issued"), books.issued),
        (_("Redeemed at the police room"), books.redeemed),
        (_("Paid out in money"), books.settled),
        (_("Expired"), books.expired),
        (_("Outstanding"), books.closing),
    ]
    by_campaign = figures.activities.by_campaign()
    return {
        "reached": [
            {"label": _campaign(each, figures), "value": sums.reached}
            for each, sums in by_campaign.items()
            if sums.reached
        ],
        "weeks": weeks,
        "kinds": [{"label": points.words.category(code), "value": tally.deeds} for code, tally in kinds],
        "points": [{"label": label, "value": max(value, 0)} for label, value in went],
    }


def _cell(value: Cell) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def _books(figures: MonthFigures) -> Table:
    books = figures.books
    rows = [
        (_("Held when the month began"), books.opening),
        (_("+ issued"), books.issued),
        (_("− awards and budgets withdrawn"), -books.withdrawn),
        (_("− redeemed at the police room"), -books.redeemed),
        (_("− paid out to shops in money"), -books.settled),
        (_("− expired"), -books.expired),
        (_("− put aside for open vouchers and payments"), -books.put_aside),
    ]
    if books.advanced:
        rows.append((_("+ advanced for withdrawn awards that were spent, less repaid"), books.advanced))
    closing = _("Held at the end of the month") if figures.over else _("Held now")
    return Table(_("Points"), [(_("What"), False), (_("Points"), True)], rows, [(closing, books.closing)])


def _lots(figures: MonthFigures) -> Table:
    rows = [
        (
            str(_HOLDERS[each.holder]),
            _("do not expire")
            if each.expires_on.year == _NEVER_YEAR
            else _("until the end of %(day)s", day=format_date(each.expires_on, "long")),
            each.points,
        )
        for each in figures.lots
    ]
    columns = [(_("Whose"), False), (_("Can be spent"), False), (_("Points"), True)]
    return Table(_("Outstanding points by lot"), columns, rows, [(_("Sum"), "", figures.books.closing)])


def _counted(label: str) -> list[tuple[str, bool]]:
    return [
        (label, False),
        (_("Deeds"), True),
        (_("Points"), True),
        (_("Withdrawn"), True),
        (_("Points withdrawn"), True),
    ]


def _tally(name: str, tally: Tally) -> tuple[Cell, ...]:
    return name, tally.deeds, tally.points, tally.withdrawn, tally.withdrawn_points


def _deeds(figures: MonthFigures) -> Table:
    found = sorted(figures.categories.items(), key=lambda each: -each[1].points)
    rows = [_tally(points.words.category(code), tally) for code, tally in found]
    return Table(
        _("Good deeds by kind"),
        _counted(_("Kind")),
        rows,
        [_tally(_("Sum"), figures.deeds)],
        _deeds_of_shops(figures.shop_deeds),
    )


def _deeds_of_shops(tally: Tally) -> str:
    told = ngettext(
        "Partner shops did %(num)s good deed themselves, for %(points)s points.",
        "Partner shops did %(num)s good deeds themselves, for %(points)s points.",
        tally.deeds,
        points=tally.points,
    )
    if not tally.withdrawn:
        return told
    withdrawn = ngettext(
        "%(num)s good deed of shops was withdrawn, with %(points)s points.",
        "%(num)s good deeds of shops were withdrawn, with %(points)s points.",
        tally.withdrawn,
        points=tally.withdrawn_points,
    )
    return f"{told} {withdrawn}"


def _rules(figures: MonthFigures) -> Table:
    rows = [
        _tally(
            _("%(deed)s (version %(version)s)", deed=points.words.rule_name(rule), version=rule.version)
            if rule
            else _("without a rule"),
            tally,
        )
        for rule, tally in figures.rules
    ]
    return Table(_("Good deeds by rule"), _counted(_("Rule")), rows, [_tally(_("Sum"), figures.deeds)])


def _places(
    name: str, label: str, tallies: Mapping[UUID | None, Tally], names: Mapping[UUID, str], without: str
) -> Table:
    active = any(each.active is not None for each in tallies.values())
    found = sorted(tallies.items(), key=lambda each: (-each[1].points, str(each[0])))
    rows = []
    for key, tally in found:
        row = _tally(names.get(key, "—") if key else without, tally)
        rows.append((*row, tally.active or 0) if active else row)
    columns = _counted(label)
    return Table(name, [*columns, (_("Active members"), True)] if active else columns, rows)


def _areas(figures: MonthFigures) -> Table:
    found = _places(_("By area"), _("Area"), figures.areas, figures.names, _("without an area"))
    note = _("The area of the squad when the deed was booked; of members without a squad, their own.")
    return replace(found, note=note)


def _trade(figures: MonthFigures) -> Table:
    trade = figures.trade
    rows = [
        (_("Payments at partner shops"), trade.payments, trade.payment_points),
        (_("Payments given back"), trade.refunds, trade.refund_points),
        (_("Rewards handed over at the police room"), trade.handed_over, trade.handed_over_points),
        (_("Rewards handed over at shops"), trade.at_shops, trade.at_shops_points),
        (_("Rewards taken back"), trade.rewards_returned, trade.rewards_returned_points),
        (_("Gifts of shops to members"), trade.gifts, trade.gift_points),
        (_("Gifts of shops withdrawn"), trade.gifts_withdrawn, trade.gifts_withdrawn_points),
    ]
    return Table(
        _("Payments and rewards"), [(_("What"), False), (_("Count"), True), (_("Points"), True)], rows
    )


def _reports(figures: MonthFigures) -> Table:
    found = figures.reports
    rows = [
        (
            *(str(KINDS[each.kind].name), each.received, each.unnamed),
            *(each.resolved, each.passed_on, each.useful, each.still_open),
        )
        for each in found.kinds
    ]
    columns = [
        (_("Kind"), False),
        (_("Reports received"), True),
        (_("Without a name"), True),
        (_("Done"), True),
        (_("Passed on"), True),
        (_("Useful"), True),
        (_("Still open"), True),
    ]
    told = []
    if found.response_hours is not None:
        told.append(_("First answer after %(hours)s hours (median).", hours=found.response_hours))
    if found.resolution_hours is not None:
        told.append(_("Done after %(hours)s hours (median).", hours=found.resolution_hours))
    return Table(_("Residents' reports"), columns, rows, note=" ".join(told))


def _hazards(figures: MonthFigures) -> Table:
    found = figures.reports
    rows = [
        (_("Resolved by us and followed up"), found.hazards_closed),
        (_("Passed on to another office"), found.hazards_passed_on),
        (_("Resolved, second look still to come"), found.hazards_to_follow_up),
        (_("Still open"), found.hazards_open),
    ]
    note = _(
        "Whenever they were told. The first two count what happened in this month, the others how "
        "things stand at its end. What was passed on is with somebody else, and not counted as done."
    )
    return Table(_("Hazards"), [(_("What"), False), (_("Count"), True)], rows, note=note)


def _campaign(campaign_id: UUID | None, figures: MonthFigures) -> str:
    return figures.activities.campaigns.get(campaign_id, "—") if campaign_id else _("without a campaign")


def _doings(
    name: str, label: str, sums: Mapping[UUID | None, Sums], names: Mapping[UUID, str], figures: MonthFigures
) -> Table:
    """What activities have come to; those that belong to no campaign or squad last."""
    columns = [
        (label, False),
        (_("Activities"), True),
        (_("People who came"), True),
        (_("Leaflets handed out"), True),
        (_("People reached"), True),
        (_("Hazards found"), True),
    ]
    rows = [(names.get(each, "—") if each else _("none"), *astuple(line)) for each, line in sums.items()]
    note = _("Activities that were closed in this month. Who came to two counts twice.") if rows else ""
    return Table(name, columns, rows, [(_("Sum"), *astuple(figures.activities.total()))], note)
