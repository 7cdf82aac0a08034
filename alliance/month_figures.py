"""The figures of a month, reckoned once: the desk's page, the PDF, the workbook and the interface all show these."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import activities.queries
import members.queries
import patrols.queries
import points.queries
import reports.queries
from core import clock
from core.errors import NotFound
from points.queries import SHOP_CATEGORY, Flow, Outstanding, Rule

#: Earlier than the programme can have begun.
FIRST_YEAR = 2015


@dataclass(slots=True)
class Tally:
    """Deeds of one sort: how many were booked and for how many points, and what was withdrawn of whichever month."""

    deeds: int = 0
    points: int = 0
    withdrawn: int = 0
    withdrawn_points: int = 0
    active: int | None = None

    def add(self, flow: Flow) -> None:
        """Count transfers of one sort in."""
        if flow.kind == "earn":
            self.deeds += flow.count
            self.points += flow.points
        else:
            self.withdrawn += flow.count
            self.withdrawn_points += flow.points


@dataclass(slots=True)
class Books:
    """What the month did to all points that members, shops and shops' budgets hold.

    opening + issued + advanced − withdrawn − redeemed − settled − expired − put_aside = closing. `put_aside` is what
    went into open vouchers and payments less what came out; `redeemed` at the police room, `settled` paid out in money.
    """

    issued: int = 0
    withdrawn: int = 0
    redeemed: int = 0
    settled: int = 0
    expired: int = 0
    put_aside: int = 0
    advanced: int = 0
    closing: int = 0

    @property
    def opening(self) -> int:
        """What was held when the month began."""
        return self.closing - self.change

    @property
    def change(self) -> int:
        """What the month added."""
        out = self.withdrawn + self.redeemed + self.settled + self.expired + self.put_aside
        return self.issued + self.advanced - out


@dataclass(slots=True)
class Trade:
    """Payments, rewards and gifts: how many, and points; and what was given back or withdrawn of whichever month."""

    payments: int = 0
    payment_points: int = 0
    refunds: int = 0
    refund_points: int = 0
    handed_over: int = 0
    handed_over_points: int = 0
    at_shops: int = 0
    at_shops_points: int = 0
    rewards_returned: int = 0
    rewards_returned_points: int = 0
    gifts: int = 0
    gift_points: int = 0
    gifts_withdrawn: int = 0
    gifts_withdrawn_points: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """The days of one week that lie in the month (both inclusive), and the deeds booked on them."""

    first: date
    last: date
    deeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """A month in the programme's zone; `over` once it has ended. Keys of tallies are None for "without"."""

    first: date
    over: bool
    books: Books
    lots: list[Outstanding]
    categories: dict[str, Tally]
    rules: list[tuple[Rule | None, Tally]]
    squads: dict[UUID | None, Tally]
    areas: dict[UUID | None, Tally]
    shop_deeds: Tally
    trade: Trade
    active: int
    rounds: int
    weeks: list[Week]
    reports: reports.queries.Figures
    activities: activities.queries.Totals
    names: dict[UUID, str] = field(default_factory=dict)

    @property
    def month(self) -> str:
        """As it is written in addresses: "2026-11"."""
        return f"{self.first.year:04}-{self.first.month:02}"

    @property
    def deeds(self) -> Tally:
        """All deeds of members together."""
        whole = Tally(active=self.active)
        for each in self.categories.values():
            whole.deeds += each.deeds
            whole.points += each.points
            whole.withdrawn += each.withdrawn
            whole.withdrawn_points += each.withdrawn_points
        return whole


def read_month(text: str) -> date:
    """The first day of a month written "2026-11". Raises `NotFound` for what is none, or has not begun."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFound from error
    if len(text) != len("2026-11") or first.year < FIRST_YEAR or first > clock.today():
        raise NotFound
    return first


def figures(first: date) -> MonthFigures:
    """All figures of the month that begins on `first`: by time of booking, half-open."""
    start, end = clock.month_bounds(first)
    after = clock.local_date(end)
    sums = points.queries.month_sums(first)
    last = min(after - timedelta(days=1), clock.today())
    squads = {each.id: each for each in members.queries.squads()}
    found = _deeds(sums.flows)
    for squad_id, count in sums.active_by_squad.items():
        found.squads.setdefault(squad_id, Tally()).active = count
    paths = {each.id: " · ".join(each.path) for each in members.queries.areas_at(end)}
    return MonthFigures(
        first=first,
        over=clock.now() >= end,
        books=_books(sums.flows, sums.lots),
        lots=sums.lots,
        categories=found.categories,
        rules=found.rules,
        squads=found.squads,
        areas=found.areas,
        shop_deeds=found.shops,
        trade=_trade(sums.flows),
        active=sums.active,
        rounds=sum(count for _, count in patrols.queries.completed_per_day(last, last.day)),
        weeks=[Week(*each) for each in sums.weeks],
        reports=reports.queries.figures(first, after),
        activities=activities.queries.totals(start, end, by_closing=True),
        names=paths | {key: each.name for key, each in squads.items()},
    )


@dataclass(slots=True)
class _Deeds:
    categories: dict[str, Tally]
    rules: list[tuple[Rule | None, Tally]]
    squads: dict[UUID | None, Tally]
    areas: dict[UUID | None, Tally]
    shops: Tally


def _deeds(flows: Iterable[Flow]) -> _Deeds:
    rules = {each.id: each for versions in points.queries.all_rules().values() for each in versions}
    by_rule: dict[UUID | None, Tally] = {}
    found = _Deeds({}, [], {}, {}, Tally())
    for flow in flows:
        earned = flow.kind == "earn" or (flow.kind == "reversal" and flow.taker == "issued")
        if not earned:
            continue
        rule = rules.get(flow.rule_id) if flow.rule_id else None
        if rule is not None and rule.category == SHOP_CATEGORY:
            found.shops.add(flow)
            continue
        category = rule.category if rule else "other"
        found.categories.setdefault(category, Tally()).add(flow)
        by_rule.setdefault(flow.rule_id, Tally()).add(flow)
        found.squads.setdefault(flow.squad_id, Tally()).add(flow)
        found.areas.setdefault(flow.area_id, Tally()).add(flow)
    found.rules = sorted(
        ((rules.get(rule_id) if rule_id else None, tally) for rule_id, tally in by_rule.items()),
        key=lambda each: -each[1].points,
    )
    return found


def _books(flows: Iterable[Flow], lots: Iterable[Outstanding]) -> Books:
    books = Books(closing=sum(each.points for each in lots))
    for flow in flows:
        if flow.giver == "issued":
            books.issued += flow.points
        if flow.taker == "issued":
            books.withdrawn += flow.points
        for name in ("redeemed", "settled", "expired"):
            change = flow.points * ((flow.taker == name) - (flow.giver == name))
            setattr(books, name, getattr(books, name) + change)
        books.put_aside += flow.points * ((flow.taker == "escrow") - (flow.giver == "escrow"))
        books.advanced += flow.points * ((flow.giver == "owed") - (flow.taker == "owed"))
    return books


def _trade(flows: Iterable[Flow]) -> Trade:
    trade = Trade()
    for flow in flows:
        name = _TRADES.get((flow.kind, flow.subject_type))
        if flow.kind == "reversal" and flow.subject_type == "charge" and flow.giver == "holder":
            name = ("refunds", "refund_points")
        elif flow.kind == "reversal" and flow.subject_type == "shop_gift" and flow.giver == "holder":
            name = ("gifts_withdrawn", "gifts_withdrawn_points")
        elif flow.kind == "reversal" and flow.subject_type == "redemption" and flow.taker == "escrow":
            name = ("rewards_returned", "rewards_returned_points")
        elif flow.kind == "release":
            name = ("handed_over", "handed_over_points")
        elif flow.kind == "give":
            name = ("gifts", "gift_points")
        if name is not None:
            count, points_of = name
            setattr(trade, count, getattr(trade, count) + flow.count)
            setattr(trade, points_of, getattr(trade, points_of) + flow.points)
    return trade


_TRADES = {
    ("pay", "charge"): ("payments", "payment_points"),
    ("pay", "redemption"): ("at_shops", "at_shops_points"),
}
