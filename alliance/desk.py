"""The first page of the desk: what waits for a coordinator, today's rounds, and how the week goes."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

import activities.queries
import goals.queries
import members.queries
import merchants.queries
import patrols.queries
import points.queries
import reports.queries
import rewards.queries
from alliance import heaps as scan_heaps
from core import clock
from core.auth import Actor, current_actor, requires

views = Blueprint("desk_pages", __name__)

#: Rounds of today that fit on the first page; the rest stand on the page of rounds.
MOST_ROUNDS = 8
WEEK_DAYS = 7
#: Counts that are shown on a tab of another name.
_TABS = {"in_hand": "mine"}
#: Tills older than this wait on the page of bills only.
_TILLS_LOOKED_AT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that somebody has to decide: how many, and where."""

    icon: str
    title: str
    note: str
    count: int
    href: str


@views.get("/desk")
@requires("desk.read")
def today() -> ResponseReturnValue:
    """What waits for me, and how today and this week go."""
    actor = current_actor()
    week = patrols.queries.completed_per_day(clock.today(), WEEK_DAYS)
    counts = members.queries.status_counts(("applied", "active", "on_leave"))
    return render_template(
        "alliance/desk.html",
        waiting=[each for each in _waiting(actor, counts["applied"]) if each.count],
        rounds=patrols.queries.rounds_for(actor, "today", limit=MOST_ROUNDS),
        goals=goals.queries.of_alliance(clock.today(), {"active_members": counts["active"]}),
        members=counts,
        most_members=members.queries.MOST_COUNTED_OF_STATUS,
        week=[
            {"label": format_date(day, "EEE"), "value": count, "now": day == week[-1][0]}
            for day, count in week
        ],
    )


@views.get("/desk/places")
@requires("desk.read")
def places() -> ResponseReturnValue:
    """All places of the desk, group by group: where a phone has no room for them beside the page."""
    return render_template("alliance/desk_places.html")


def _waiting(actor: Actor, applied: int) -> list[Waiting]:
    counts = patrols.queries.desk_counts()
    found = [
        Waiting(
            "flag",
            ngettext("%(num)s odd round", "%(num)s odd rounds", counts["held"]),
            _("Something looked unusual. They pay once somebody has looked."),
            counts["held"],
            "/desk/rounds?list=held",
        ),
        Waiting(
            "clock",
            ngettext("%(num)s round open too long", "%(num)s rounds open too long", counts["overdue"]),
            _("Perhaps somebody forgot to end it."),
            counts["overdue"],
            "/desk/rounds?list=overdue",
        ),
    ]
    found += _scans(actor) + _awards(actor)
    if actor.may("member.read"):
        found.append(
            Waiting(
                "people",
                ngettext("%(num)s application", "%(num)s applications", applied),
                _("Neighbours who want to join in."),
                applied,
                "/desk/applications",
            )
        )
    if actor.may("member.manage"):
        lost = members.queries.count_lost_cards()
        found.append(
            Waiting(
                "card",
                ngettext("%(num)s blocked card", "%(num)s blocked cards", lost),
                _("Lost, and no new one printed yet."),
                lost,
                "/desk/lost",
            )
        )
    found += _merges(actor)
    return _reports(actor) + found + _activities(actor) + _shops(actor) + _shelf(actor)


def _scans(actor: Actor) -> list[Waiting]:
    if not actor.may("member.read"):
        return []
    heaps = len(scan_heaps.waiting())
    return [
        Waiting(
            "scan",
            ngettext("%(num)s heap of refused scans", "%(num)s heaps of refused scans", heaps),
            _(
                "Of one code, one phone or one member: perhaps a worn plate or one pasted over, perhaps somebody tries."
            ),
            heaps,
            "/desk/scans",
        )
    ]


def _awards(actor: Actor) -> list[Waiting]:
    found = []
    if actor.may("ledger.read"):
        odd = points.queries.odd_count()
        found.append(
            Waiting(
                "flag",
                ngettext("%(num)s odd award pattern", "%(num)s odd award patterns", odd),
                _("Rings, rushes, or the same two again and again."),
                odd,
                "/desk/award/odd",
            )
        )
    if actor.may("award.read"):
        seconds = points.queries.awards_to_second(actor.member_id)
        found.append(
            Waiting(
                "star",
                ngettext("%(num)s award to agree to", "%(num)s awards to agree to", seconds),
                _("Above a limit nobody gives points alone."),
                seconds,
                "/desk/award/second",
            )
        )
    return found


def _merges(actor: Actor) -> list[Waiting]:
    if not actor.may("member.read"):
        return []
    proposed = members.queries.merges_to_agree(actor.id)
    return [
        Waiting(
            "people",
            ngettext("%(num)s merge to agree to", "%(num)s merges to agree to", proposed),
            _("Points would go from one membership to another: nobody decides that alone."),
            proposed,
            "/desk/members/merges",
        )
    ]


def _reports(actor: Actor) -> list[Waiting]:
    """What residents told comes first: it may be dangerous."""
    if not actor.may("report.read"):
        return []
    counts = reports.queries.desk_counts(actor)
    told = [
        (
            "warning",
            ngettext("%(num)s report is overdue", "%(num)s reports are overdue", counts["overdue"]),
            _("No dispute stays overnight, no hazard stays past its day."),
            "overdue",
        ),
        (
            "flag",
            ngettext("%(num)s new report", "%(num)s new reports", counts["new"]),
            _("Somebody has told something. Read it and take it, or give it to somebody."),
            "new",
        ),
        (
            "flag",
            ngettext("%(num)s report given to you", "%(num)s reports given to you", counts["in_hand"]),
            _("You have it in hand. Tell the next step when it is done."),
            "in_hand",
        ),
        (
            "clock",
            ngettext(
                "%(num)s report to look at again", "%(num)s reports to look at again", counts["recheck"]
            ),
            _("Is the hazard gone, does it hold? Go by or call."),
            "recheck",
        ),
    ]
    found = [
        Waiting(icon, title, note, counts[tab], f"/desk/reports?tab={_TABS.get(tab, tab)}")
        for icon, title, note, tab in told
    ]
    return found + _tills(actor)


def _tills(actor: Actor) -> list[Waiting]:
    if not actor.may("bill.read"):
        return []
    open_tills = len(reports.queries.open_tills(clock.today() - _TILLS_LOOKED_AT))
    return [
        Waiting(
            "ledger",
            ngettext("%(num)s till left open", "%(num)s tills left open", open_tills),
            _("A past day's bills were never counted against the money."),
            open_tills,
            "/desk/bills",
        )
    ]


def _activities(actor: Actor) -> list[Waiting]:
    if not actor.may("activity.read"):
        return []
    over = activities.queries.counts()["to_close"]
    return [
        Waiting(
            "calendar",
            ngettext("%(num)s activity to close", "%(num)s activities to close", over),
            _("Those who came get their points when you close it."),
            over,
            "/desk/activities?list=to_close",
        )
    ]


def _shops(actor: Actor) -> list[Waiting]:
    found = []
    if actor.may("shop.audit"):
        applied = merchants.queries.status_counts().get("applied", 0)
        found.append(
            Waiting(
                "shop",
                ngettext("%(num)s shop wants to take part", "%(num)s shops want to take part", applied),
                _("Call, go by and look, then admit or decline."),
                applied,
                "/desk/shops?status=applied",
            )
        )
    if actor.may("shop.audit"):
        asked = merchants.queries.requests_to_second(actor.member_id)
        found.append(
            Waiting(
                "gift",
                ngettext(
                    "%(num)s budget or award of a shop to agree to",
                    "%(num)s budgets and awards of shops to agree to",
                    asked,
                ),
                _("Above a limit nobody gives a shop points alone."),
                asked,
                "/desk/shops/budgets",
            )
        )
    if actor.may("shop.audit"):
        odd = merchants.queries.odd_count()
        found.append(
            Waiting(
                "flag",
                ngettext("%(num)s odd payment", "%(num)s odd payments", odd),
                _("They were paid all the same. Somebody should look."),
                odd,
                "/desk/shops/odd",
            )
        )
    if actor.may("settlement.read"):
        found += _settlements()
    return found


def _settlements() -> list[Waiting]:
    waiting = merchants.queries.statements_waiting()
    owing = len(merchants.queries.debts_of_the_left())
    return [
        Waiting(
            "ledger",
            _("A month is over"),
            _("Draft its statements, so that the shops can agree."),
            int(merchants.queries.month_to_draft() is not None),
            "/desk/settlements",
        ),
        Waiting(
            "ledger",
            ngettext(
                "%(num)s statement to agree or to pay", "%(num)s statements to agree or to pay", waiting
            ),
            _("Shops wait for their money."),
            waiting,
            "/desk/settlements",
        ),
        Waiting(
            "ledger",
            ngettext("%(num)s shop that left still owes", "%(num)s shops that left still owe", owing),
            _("Collect the money, and write down the receipt."),
            owing,
            "/desk/settlements#owing",
        ),
    ]


def _shelf(actor: Actor) -> list[Waiting]:
    found = []
    if actor.may("stock.read"):
        vouchers = rewards.queries.open_vouchers()
        found.append(
            Waiting(
                "gift",
                ngettext("%(num)s voucher to hand over", "%(num)s vouchers to hand over", vouchers),
                _("Members come to fetch what they have redeemed. The pick list says what to lay ready."),
                vouchers,
                "/desk/hand-over" if actor.may("voucher.hand_over") else "/desk/rewards/pick-list",
            )
        )
    if actor.may("stock.read"):
        low = rewards.queries.low_stock()
        found.append(
            Waiting(
                "warning",
                ngettext("%(num)s reward runs low", "%(num)s rewards run low", low),
                _("Order more, or take it off the shelf."),
                low,
                "/desk/rewards",
            )
        )
    return found
