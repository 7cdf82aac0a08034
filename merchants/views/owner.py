"""A shop from the inside, for its owner and for the desk: figures, payments and refunds, gifts, its plate."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

import members.queries
import merchants.service
import points.queries
from core import clock, qr
from core.auth import current_actor, requires
from core.config import settings
from core.errors import DomainError
from core.pages import act, form_key, go, whole_number
from merchants import queries
from merchants.errors import ChargeUnknown
from merchants.forms.shops import ReasonForm
from merchants.queries import ChargeFacts, ClerkDay
from merchants.rules.values import LEFT
from merchants.views import settlement_words
from merchants.views.blueprint import views
from merchants.views.sides import Side, keyed, on_both_sides, owners_side, refused

_WEEK = 7
#: So long the first page tells that the desk has taken something back.
_TAKEN_BACK_DAYS = 14
_ON_A_PAGE = 50
#: So many changes of the budget stand beside the gifts.
_BUDGET_LINES = 20

# --- The first page --------------------------------------------------------------------------------------------------


@views.get("/shop/<uuid:merchant_id>")
@requires("counter.use")
def my_shop(merchant_id: UUID) -> ResponseReturnValue:
    """What the shop took today, this week and this month, and the ways to all that its owner may do."""
    side = owners_side(merchant_id)
    return render_template("merchants/owner.html", side=side, form=keyed(ReasonForm()), **figures(side))


def figures(side: Side) -> dict[str, Any]:
    """Sums of today, this week and this month, each of seven days, and the limits in force."""
    today = clock.today()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    week_ago = today - timedelta(days=_WEEK - 1)
    days = queries.by_clerk(side.shop.id, min(monday, first, week_ago), today)
    return {
        "today": _sum(days, today),
        "week": _sum(days, monday),
        "month": _sum(days, first),
        "days": [
            {
                "label": format_date(day, "EEE"),
                "value": sum(each.taken for each in days if each.day == day),
                "now": day == today,
            }
            for day in (week_ago + timedelta(days=each) for each in range(_WEEK))
        ],
        "limits": limits(side),
        "debt": _debt(side) if side.shop.status == LEFT else None,
        "money": settlement_words.money,
        "budget": points.queries.budget(side.shop.id),
        "standing": queries.standing(side.shop.id),
        "taken_back": points.queries.taken_from_shop(
            side.shop.id, clock.now() - timedelta(days=_TAKEN_BACK_DAYS)
        ),
    }


def _debt(side: Side) -> queries.Debt | None:
    """What the shop, which has left, still owes."""
    return next((each for each in queries.debts_of_the_left() if each.merchant_id == side.shop.id), None)


def _sum(days: list[ClerkDay], since: date) -> queries.DaySum:
    counted = [each for each in days if each.day >= since]
    return queries.DaySum(sum(each.charges for each in counted), sum(each.taken for each in counted))


def limits(side: Side) -> dict[str, tuple[int, bool]]:
    """Each limit in force, and whether it is the shop's own."""
    common = settings()
    usual = {
        "payment_limit": common.payment_limit,
        "member_day_limit": common.member_shop_day_limit,
        "day_limit": common.shop_day_limit,
    }
    own = {name: getattr(side.shop, name) for name in queries.LIMITS}
    return {
        name: (own[name] if own[name] is not None else usual[name], own[name] is not None)
        for name in queries.LIMITS
    }


@views.post("/shop/<uuid:merchant_id>/pause")
@requires("counter.use")
def pause_my_shop(merchant_id: UUID) -> ResponseReturnValue:
    """The owner lets his shop pause."""
    side = owners_side(merchant_id)
    form = ReasonForm()
    try:
        merchants.service.pause_shop(current_actor(), merchant_id, form.reason.data or "")
    except DomainError as refusal:
        return refused("merchants/owner.html", form, refusal, side=side, **figures(side))
    flash(_("Your shop pauses: nobody can pay with points until you are back."), "ok")
    return go(side.base)


@views.post("/shop/<uuid:merchant_id>/resume")
@requires("counter.use")
def resume_my_shop(merchant_id: UUID) -> ResponseReturnValue:
    """The owner ends his pause."""
    side = owners_side(merchant_id)
    return act(
        lambda: merchants.service.resume_shop(current_actor(), merchant_id),
        _("Welcome back: the counter takes points again."),
        side.base,
    )


# --- Who took what ---------------------------------------------------------------------------------------------------


@on_both_sides("/figures", desk="shop.audit")
def clerk_figures(side: Side) -> ResponseReturnValue:
    """Who took, gave back and gave away what, by day: this week, this month, last month."""
    today = clock.today()
    first = today.replace(day=1)
    spans = {
        "week": (today - timedelta(days=today.weekday()), today),
        "month": (first, today),
        "last_month": ((first - timedelta(days=1)).replace(day=1), first - timedelta(days=1)),
    }
    which = request.args.get("span", "week")
    which = which if which in spans else "week"
    lines = queries.by_clerk(side.shop.id, *spans[which])
    return render_template(
        "merchants/owner_figures.html", side=side, lines=lines, which=which, span=spans[which]
    )


# --- Payments --------------------------------------------------------------------------------------------------------


@on_both_sides("/charges", desk="shop.audit")
def shop_charges(side: Side) -> ResponseReturnValue:
    """What was paid at the shop on a day, and what came to nothing."""
    today = clock.today()
    day = min(_day(request.args.get("day")) or today, today)
    cursor = request.args.get("cursor") or None
    return render_template(
        "merchants/owner_charges.html",
        side=side,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < today else None,
        sum=queries.day_sum(side.shop.id, day),
        page=queries.shop_charges(side.shop.id, day=day, cursor=cursor, limit=_ON_A_PAGE),
        first=bool(cursor),
    )


def _day(text: str | None) -> date | None:
    """A day out of an address, within what a calendar holds with a day to each side."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year >= clock.today().year - 100 else None


@on_both_sides("/charges/<uuid:charge_id>", desk="shop.audit")
def shop_charge(side: Side, charge_id: UUID) -> ResponseReturnValue:
    """One payment, and giving it back."""
    page = _charge_page(side, _charge(side, charge_id))
    return render_template("merchants/owner_charge.html", form=keyed(ReasonForm()), **page)


@on_both_sides("/charges/<uuid:charge_id>/refund", methods=("POST",), desk="charge.judge")
def refund_charge(side: Side, charge_id: UUID) -> ResponseReturnValue:
    """Give a payment back, once, with a reason that the member reads."""
    charge = _charge(side, charge_id)
    form = keyed(ReasonForm())
    try:
        merchants.service.refund_charge(
            current_actor(), key=form_key(), charge_id=charge_id, reason=form.reason.data or ""
        )
    except DomainError as refusal:
        return refused("merchants/owner_charge.html", form, refusal, **_charge_page(side, charge))
    given = ngettext(
        "%(num)s point is back with the member.", "%(num)s points are back with the member.", charge.points
    )
    flash(given, "ok")
    return go(f"{side.base}/charges/{charge_id}")


def _charge(side: Side, charge_id: UUID) -> ChargeFacts:
    """A payment of this shop. Raises `ChargeUnknown`, also for another shop's."""
    found = queries.charge(charge_id)
    if found.merchant_id != side.shop.id:
        raise ChargeUnknown
    return found


def _charge_page(side: Side, charge: ChargeFacts) -> dict[str, Any]:
    # The owner reads the whole names of those who work for him, the desk what it needs.
    masked = side.desk and charge.clerk
    return {
        "side": side,
        "charge": charge,
        "clerk": members.queries.masked_name(charge.clerk) if masked else charge.clerk,
        "day": clock.local_date(charge.paid_at or charge.opened_at),
    }


# --- Gifts -----------------------------------------------------------------------------------------------------------


@on_both_sides("/gifts", desk="shop.audit")
def shop_gifts(side: Side) -> ResponseReturnValue:
    """What the shop gave away, and out of which budget."""
    cursor = request.args.get("cursor") or None
    return render_template(
        "merchants/owner_gifts.html",
        side=side,
        budget=points.queries.budget(side.shop.id),
        gift_limits=merchants.service.gift_limits(),
        page=queries.gifts(side.shop.id, cursor=cursor, limit=_ON_A_PAGE),
        changes=queries.budget_changes(side.shop.id, limit=_BUDGET_LINES).items,
        first=bool(cursor),
    )


# --- The plate -------------------------------------------------------------------------------------------------------


@views.post("/shop/<uuid:merchant_id>/plate")
@requires("counter.use")
def my_plate(merchant_id: UUID) -> ResponseReturnValue:
    """The plate for the counter, to be printed. A POST, because who printed it is written down."""
    side = owners_side(merchant_id)
    return plate_sheets([side.shop.id], back=side.base)


def plate_sheets(merchant_ids: list[UUID], *, back: str) -> str:
    """A page of paper with the plates of these shops; written down as printed."""
    plates = [
        {"plate": each, "svg": qr.draw_svg(each.address, "Q", each.shop.name)}
        for each in merchants.service.print_plates(current_actor(), merchant_ids)
    ]
    return render_template(
        "merchants/print_plates.html", plates=plates, base_url=settings().base_url, back=back
    )


@on_both_sides("/plate/new", methods=("POST",))
def new_plate(side: Side) -> ResponseReturnValue:
    """A new code for the counter; the old plate and every photo of it are worthless from now on."""
    generation = whole_number(request.form.get("generation")) or 0
    return act(
        lambda: merchants.service.reprint_plate(current_actor(), side.shop.id, generation=generation),
        _("The old plate counts no more. Print the new one now."),
        side.base,
    )
