"""Pages of settlement: the desk's list by month, a statement to agree, pay and close, the owner's own, rates."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

import merchants.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError, NotFound
from core.locales import in_language
from core.pages import act, form_key, go, identifier, sentence, show_again, whole_number
from core.sheets import Sheet, to_csv, to_xlsx
from merchants import queries
from merchants.errors import MonthInvalid, PaidOnInvalid, RateInvalid
from merchants.forms.settlements import AgreementForm, PayoutForm, RateForm
from merchants.queries import SettlementFacts
from merchants.rules.settling import read_month
from merchants.rules.values import SETTLEMENT_STATES
from merchants.views import settlement_words, statements
from merchants.views.blueprint import either, views

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LANGUAGES = ("zh_Hans_CN", "en")
_LINES_ON_A_PAGE = 50

# ------------------------------------------------------------------------------------------ the desk


@views.get("/desk/settlements")
@requires("settlement.read")
def desk_settlements() -> ResponseReturnValue:
    """Statements of a month: which month is to be drafted, what waits, what is due."""
    months = queries.settled_months()
    month = _month(request.args.get("month")) or (months[0].month if months else None)
    state = request.args.get("state")
    state = state if state in SETTLEMENT_STATES else None
    cursor = request.args.get("cursor") or None
    page = (
        queries.settlements_for(current_actor(), month=month, state=state, cursor=cursor) if month else None
    )
    return render_template(
        "merchants/settlements_desk.html",
        settling=settlement_words,
        months=months,
        month=month,
        figures=next((each for each in months if each.month == month), None),
        state=state,
        page=page,
        to_draft=queries.month_to_draft(),
        has_rates=bool(queries.all_rates()),
        debts=queries.debts_of_the_left(),
        paybacks=queries.paybacks(limit=_LINES_ON_A_PAGE).items,
    )


@views.post("/desk/settlements")
@requires("settlement.manage")
def draft_settlements() -> ResponseReturnValue:
    """Draft the statements of a month."""
    month = request.form.get("month", "")[:20]
    try:
        drafted = merchants.service.draft_month(current_actor(), month=month)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go("/desk/settlements")
    name = settlement_words.month_name(month)
    if drafted.made:
        told = ngettext(
            "%(num)s statement of %(month)s is drafted.",
            "%(num)s statements of %(month)s are drafted.",
            drafted.made,
            month=name,
        )
        flash(told, "ok")
    else:
        flash(_("The statements of %(month)s are there already.", month=name), "calm")
    return go(f"/desk/settlements?month={month}")


@views.get("/desk/settlements/<uuid:settlement_id>")
@requires("settlement.read")
def desk_settlement(settlement_id: UUID) -> ResponseReturnValue:
    """One statement, and what is to be done with it."""
    return render_template("merchants/settlement_desk.html", **_statement(settlement_id), **_forms())


@views.post("/desk/settlements/<uuid:settlement_id>/agree")
@requires("settlement.manage")
def desk_agree(settlement_id: UUID) -> ResponseReturnValue:
    """The shop has signed on paper."""
    form = _forms()["agreement"]
    return _desk_step(
        settlement_id,
        form,
        lambda: merchants.service.agree_settlement(
            current_actor(), key=form_key(), settlement_id=settlement_id, note=form.note.data or ""
        ),
        _("The shop's consent is written down."),
    )


@views.post("/desk/settlements/<uuid:settlement_id>/pay")
@requires("settlement.manage")
def desk_pay(settlement_id: UUID) -> ResponseReturnValue:
    """The money was paid."""
    form = _forms()["payout"]
    return _desk_step(
        settlement_id,
        form,
        lambda: merchants.service.pay_settlement(
            current_actor(),
            key=form_key(),
            settlement_id=settlement_id,
            paid_on=_day(form.paid_on.data),
            reference=form.reference.data or "",
        ),
        _("The payment is booked."),
    )


@views.post("/desk/settlements/<uuid:settlement_id>/payback")
@requires("settlement.manage")
def desk_payback(settlement_id: UUID) -> ResponseReturnValue:
    """The shop, which has left, paid back what it owed."""
    form = _forms()["payout"]
    return _desk_step(
        settlement_id,
        form,
        lambda: merchants.service.pay_back(
            current_actor(),
            key=form_key(),
            settlement_id=settlement_id,
            paid_on=_day(form.paid_on.data),
            reference=form.reference.data or "",
        ),
        _("The shop owes nothing any more. Give it the receipt."),
    )


@views.post("/desk/settlements/<uuid:settlement_id>/close")
@requires("settlement.manage")
def desk_close(settlement_id: UUID) -> ResponseReturnValue:
    """The statement is filed."""
    return act(
        lambda: merchants.service.close_settlement(
            current_actor(), key=form_key(), settlement_id=settlement_id
        ),
        _("The statement is closed."),
        f"/desk/settlements/{settlement_id}",
    )


def _desk_step(settlement_id: UUID, form: Any, work: Callable[[], Any], done: str) -> ResponseReturnValue:
    address = f"/desk/settlements/{settlement_id}"
    try:
        work()
    except NotFound:
        raise
    except DomainError as refusal:
        if refusal.data.get("field") in form:
            forms = _forms() | {_name(form): form}
            context = _statement(settlement_id) | {
                name: each for name, each in forms.items() if each is not form
            }
            return show_again(
                "merchants/settlement_desk.html", form, refusal, **{_name(form): form}, **context
            )
        flash(sentence(refusal), "refuse")
    else:
        flash(done, "ok")
    return go(address)


def _name(form: Any) -> str:
    return "agreement" if isinstance(form, AgreementForm) else "payout"


def _forms() -> dict[str, Any]:
    agreement, payout = AgreementForm(), PayoutForm()
    for form in (agreement, payout):
        form.key.data = form.key.data or str(new_id())
    if request.method == "GET":
        payout.paid_on.data = clock.today()
    return {"agreement": agreement, "payout": payout}


def _day(found: date | None) -> date:
    if found is None:
        raise PaidOnInvalid(field="paid_on", earliest="…", latest=clock.today().isoformat())
    return found


def _statement(settlement_id: UUID) -> dict[str, Any]:
    statement = queries.settlement_for(current_actor(), settlement_id)
    cursor = request.args.get("cursor") or None
    return {
        "settling": settlement_words,
        "statement": statement,
        "sums": queries.kind_sums(statement.id),
        "lines": queries.settlement_lines(statement.id, cursor=cursor, limit=_LINES_ON_A_PAGE),
        "key": new_id(),
        "debt": next(
            (each for each in queries.debts_of_the_left() if each.settlement_id == statement.id), None
        ),
        "paybacks": queries.paybacks(statement.id).items,
        "may_pay": queries.may_pay(current_actor(), statement.agreed_by, statement.agreed_note),
    }


def _month(text: str | None) -> str | None:
    try:
        read_month(text or "")
    except MonthInvalid:
        return None
    return text


# ------------------------------------------------------------------------------------------ the owner


@views.get("/shop/<uuid:merchant_id>/settlements")
@requires("counter.use")
def own_settlements(merchant_id: UUID) -> ResponseReturnValue:
    """A shop's statements, for its owner."""
    cursor = request.args.get("cursor") or None
    page = queries.settlements_for(current_actor(), merchant_id=merchant_id, cursor=cursor)
    shop = queries.shop_for(current_actor(), merchant_id)
    return render_template(
        "merchants/settlements.html",
        settling=settlement_words,
        shop=shop,
        page=page,
        rate=queries.rate_today(shop.id, shop.trade_code),
    )


@views.get("/shop/<uuid:merchant_id>/settlements/<uuid:settlement_id>")
@requires("counter.use")
def own_settlement(merchant_id: UUID, settlement_id: UUID) -> ResponseReturnValue:
    """One statement of the shop, for its owner to agree to."""
    return render_template("merchants/settlement.html", merchant_id=merchant_id, **_statement(settlement_id))


@views.post("/shop/<uuid:merchant_id>/settlements/<uuid:settlement_id>/agree")
@requires("counter.use")
def own_agree(merchant_id: UUID, settlement_id: UUID) -> ResponseReturnValue:
    """The owner agrees."""
    return act(
        lambda: merchants.service.agree_settlement(
            current_actor(), key=form_key(), settlement_id=settlement_id
        ),
        _("Thank you. The police room pays it out next."),
        f"/shop/{merchant_id}/settlements/{settlement_id}",
    )


# ------------------------------------------------------------------------------------------ files


@views.get("/settlements/<uuid:settlement_id>/statement.pdf")
@requires("self.read")
def statement_paper(settlement_id: UUID) -> ResponseReturnValue:
    """The statement to print and sign, in the reader's language or the one asked for."""
    statement = queries.settlement_for(current_actor(), settlement_id)
    language = request.args.get("language")
    if language in _LANGUAGES:
        with in_language(language):
            content = statements.paper(statement, _issuer())
    else:
        content = statements.paper(statement, _issuer())
    return _file(content, "application/pdf", _file_name(statement, "pdf"), shown=True)


@views.get("/settlements/<uuid:settlement_id>/statement.xlsx")
@requires("self.read")
def statement_workbook(settlement_id: UUID) -> ResponseReturnValue:
    """The statement as a workbook: its lines, and its sums."""
    statement = queries.settlement_for(current_actor(), settlement_id)
    content = to_xlsx(statements.sheet(statement), statements.summary(statement))
    return _file(content, _XLSX, _file_name(statement, "xlsx"))


@views.get("/settlements/<uuid:settlement_id>/statement.csv")
@requires("self.read")
def statement_csv(settlement_id: UUID) -> ResponseReturnValue:
    """The statement's lines as CSV."""
    statement = queries.settlement_for(current_actor(), settlement_id)
    return _file(to_csv(statements.sheet(statement)), "text/csv; charset=utf-8", _file_name(statement, "csv"))


@views.get("/desk/settlements/<month>.<any(xlsx,csv):kind>")
@requires("settlement.read")
def month_file(month: str, kind: str) -> ResponseReturnValue:
    """All statements of a month in one table."""
    read_month(month)
    table: Sheet = statements.month_sheet(month)
    if kind == "xlsx":
        return _file(to_xlsx(table), _XLSX, f"settlements-{month}.xlsx")
    return _file(to_csv(table), "text/csv; charset=utf-8", f"settlements-{month}.csv")


def _issuer() -> str:
    name_of_alliance: Any = current_app.jinja_env.globals["alliance_name"]
    return str(name_of_alliance())


def _file_name(statement: SettlementFacts, kind: str) -> str:
    # Numbers only: a shop's name may hold anything, and file systems do not.
    return f"statement-{statement.month}-{statement.merchant_number}.{kind}"


def _file(content: bytes, kind: str, name: str, *, shown: bool = False) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# ------------------------------------------------------------------------------------------ rates


@views.get("/desk/settlements/rates")
@requires("settlement.read")
def rates() -> ResponseReturnValue:
    """What a point is worth: of each shop, each trade and all, from which day on."""
    form = _rate_form()
    form.valid_from.data = clock.today()
    return _rates_page(form)


@views.post("/desk/settlements/rates")
@requires("settlement.manage")
def post_rate() -> ResponseReturnValue:
    """Add a rate."""
    form = _rate_form()
    kind, _separator, name = (form.scope.data or "").partition(":")
    try:
        if (form.scope.data or "") not in dict(form.scope.choices):
            # What is no shop and no trade must not become the rate of all shops.
            raise RateInvalid(field="scope", reason="unknown")
        if form.valid_from.data is None:
            raise RateInvalid(field="valid_from", reason="missing")
        cents = whole_number(form.cents_per_point.data)
        if cents is None:
            raise RateInvalid(field="cents_per_point", reason="number")
        merchants.service.add_rate(
            current_actor(),
            key=form_key(),
            cents_per_point=cents,
            valid_from=form.valid_from.data,
            merchant_id=identifier(name) if kind == "shop" else None,
            trade_code=name if kind == "trade" else None,
        )
    except DomainError as refusal:
        return show_again(
            "merchants/settlement_rates.html",
            form,
            refusal,
            shown_as={"trade_code": "scope", "merchant_id": "scope"},
            settling=settlement_words,
            rates=queries.rates(),
        )
    flash(_("The rate is added."), "ok")
    return go("/desk/settlements/rates")


def _rates_page(form: RateForm) -> str:
    return render_template(
        "merchants/settlement_rates.html", settling=settlement_words, form=form, rates=queries.rates()
    )


def _rate_form() -> RateForm:
    form = RateForm()
    form.key.data = form.key.data or str(new_id())
    trades = [
        (f"trade:{each.code}", _("Trade: %(trade)s", trade=either(each.name_zh, each.name_en)))
        for each in queries.trades()
    ]
    shops = [(f"shop:{merchant_id}", name) for merchant_id, name in queries.shops_by_name()]
    form.scope.choices = [("", _("All shops")), *trades, *shops]
    return form
