"""Bills that are paid at the desk: take one, today's log, strike one out, close the till."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import reports.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, own_id, show_again
from reports import queries
from reports.forms import BillForm, OpeningForm, TillForm
from reports.rules import desk
from reports.views import words
from reports.views.blueprint import member_of, views


@views.get("/desk/bills")
@requires("bill.read")
def bills() -> ResponseReturnValue:
    """The form, the log of today (or of a day that was left open) and the till.

    Who takes no bills sees the log of a whole day, and from there each till.
    """
    if not current_actor().may("bill.take") and "of" not in request.args:
        return render_template("reports/desk_bills.html", **_day_of_all())
    return render_template("reports/desk_bills.html", **_page(_bill_form(), _till_form()))


@views.post("/desk/bills")
@requires("bill.take")
def take_bill() -> ResponseReturnValue:
    """Write a receipt into the log, once per key."""
    form = _bill_form()
    try:
        answer = reports.service.take_bill(
            current_actor(),
            key=form_key(),
            member_id=member_of(form.member_number.data or ""),
            utility=form.utility.data or "",
            receipt_number=form.receipt_number.data or "",
            amount_fen=desk.read_sum(form.amount.data or "", "amount_fen"),
        )
    except DomainError as refusal:
        names = {"amount_fen": "amount"}
        page = _page(form, _till_form(fresh=True))
        return show_again("reports/desk_bills.html", form, refusal, shown_as=names, **page)
    flash(_("The receipt is in the log.") + " " + words.earned(answer.body), "ok")
    return go("/desk/bills")


@views.post("/desk/bills/<uuid:bill_id>/void")
@requires("bill.take")
def void_bill(bill_id: UUID) -> ResponseReturnValue:
    """Strike out a receipt that was entered wrongly, once per key."""
    reason = request.form.get("reason", "")
    key = form_key()
    return act(
        lambda: reports.service.void_bill(current_actor(), key=key, bill_id=bill_id, reason=reason),
        _("Struck out. Its points are taken back."),
        "/desk/bills",
    )


@views.post("/desk/bills/opening")
@requires("bill.take")
def open_till() -> ResponseReturnValue:
    """Write down what lies in one's own till before the first bill of today, once."""
    form = _opening_form()
    try:
        reports.service.open_float(
            current_actor(),
            key=form_key(),
            opening_fen=desk.read_sum(
                form.opening.data or "", "opening_fen", least=0, most=desk.LARGEST_FLOAT_FEN
            ),
            note=form.why.data or "",
        )
    except DomainError as refusal:
        page = _page(_bill_form(fresh=True), _till_form(fresh=True)) | {"opening_form": form}
        names = {"opening_fen": "opening", "note": "why"}
        context = {name: each for name, each in page.items() if name != "form"}
        return show_again("reports/desk_bills.html", form, refusal, shown_as=names, **context)
    flash(_("Counted. In the evening it must be there again, with what you take."), "ok")
    return go("/desk/bills")


@views.post("/desk/bills/till")
@requires("bill.take")
def close_till() -> ResponseReturnValue:
    """Close today's till, once."""
    form = _till_form()
    try:
        answer = reports.service.reconcile_float(
            current_actor(),
            key=form_key(),
            handed_over_fen=desk.read_sum(
                form.handed_over.data or "", "handed_over_fen", least=0, most=desk.LARGEST_FLOAT_FEN
            ),
            counted_fen=desk.read_sum(
                form.counted.data or "0", "counted_fen", least=0, most=desk.LARGEST_FLOAT_FEN
            ),
            day=_day(),
            coordinator_id=_whose(),
            note=form.note.data or "",
        )
    except DomainError as refusal:
        names = {"handed_over_fen": "handed_over", "counted_fen": "counted"}
        page = _page(_bill_form(fresh=True), form)
        return show_again("reports/desk_bills.html", form, refusal, shown_as=names, **page)
    if answer.body["difference_fen"]:
        flash(
            _("The till is closed. Difference: %(money)s", money=words.money(answer.body["difference_fen"])),
            "warn",
        )
    else:
        flash(_("The till is closed, and it comes out even."), "ok")
    return go("/desk/bills")


def _bill_form(*, fresh: bool = False) -> BillForm:
    form = BillForm(formdata=None) if fresh else BillForm()
    form.utility.choices = list(words.UTILITIES.items())
    form.key.data = form.key.data or str(new_id())
    return form


def _till_form(*, fresh: bool = False) -> TillForm:
    form = TillForm(formdata=None) if fresh else TillForm()
    form.key.data = form.key.data or str(new_id())
    return form


def _opening_form(*, fresh: bool = False) -> OpeningForm:
    form = OpeningForm(formdata=None) if fresh else OpeningForm()
    form.key.data = form.key.data or str(new_id())
    return form


def _day() -> date:
    """The day whose till is shown: today unless the address or the form names another."""
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return clock.today()


def _whose() -> UUID:
    """The coordinator whose till it is: the actor's own unless another is named. Raises `MemberUnknown`."""
    named = identifier(request.values.get("of"))
    return members.queries.facts(named).id if named else own_id()


def _day_of_all() -> dict[str, Any]:
    found, left_open = queries.bills_of(_day()), queries.open_tills()
    closed = queries.closed_tills()
    people = {each.coordinator_id for each in (*left_open, *closed)} | {each.taken_by for each in found}
    return {
        "day": _day(),
        "bills": found,
        "left_open": left_open,
        "closed": closed,
        "names": members.queries.many_facts(people | {each.member_id for each in found}),
    }


def _page(bill_form: BillForm, till_form: TillForm) -> dict[str, Any]:
    day, whose = _day(), _whose()
    found = queries.bills_of(day, taken_by=whose)
    left_open = queries.open_tills()
    return {
        "bill_form": bill_form,
        "till_form": till_form,
        "opening_form": _opening_form(fresh=True),
        "bills": found,
        "names": members.queries.many_facts(
            {each for line in found for each in (line.member_id, line.taken_by)}
            | {each.coordinator_id for each in left_open}
            | {whose}
        ),
        "till": queries.float_state(whose, day),
        "left_open": left_open,
        "own_today": day == clock.today() and whose == own_id(),
    }
