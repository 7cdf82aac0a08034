"""The report for the month: page, PDF, workbook and interface, all from the same figures."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint as InterfaceBlueprint
from werkzeug.wrappers import Response

from activities.queries import Sums, Totals
from alliance import month_words as words
from alliance.frame import alliance_name
from alliance.languages import language_tag
from alliance.month_figures import MonthFigures, Tally, figures, read_month
from core import clock
from core.auth import requires
from core.pages import go
from core.sheets import to_xlsx

views = Blueprint("month_pages", __name__)
api = InterfaceBlueprint("month", __name__, url_prefix="/api/v1", description="The report for the month")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TallyOut(ma.Schema):
    """Deeds booked in the month, and what was withdrawn in it. Keys that do not apply are left out."""

    category = ma.fields.String()
    rule_code = ma.fields.String(allow_none=True)
    rule_version = ma.fields.Integer(allow_none=True)
    squad_id = ma.fields.UUID(allow_none=True)
    area_id = ma.fields.UUID(allow_none=True)
    name = ma.fields.String()
    deeds = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    withdrawn = ma.fields.Integer(required=True)
    withdrawn_points = ma.fields.Integer(required=True)
    active = ma.fields.Integer(allow_none=True, metadata={"description": "members with at least one deed"})


class BooksOut(ma.Schema):
    """opening + issued + advanced − withdrawn − redeemed − settled − expired − put_aside = closing."""

    opening = ma.fields.Integer(required=True)
    issued = ma.fields.Integer(required=True)
    withdrawn = ma.fields.Integer(required=True)
    redeemed = ma.fields.Integer(required=True)
    settled = ma.fields.Integer(required=True)
    expired = ma.fields.Integer(required=True)
    put_aside = ma.fields.Integer(required=True)
    advanced = ma.fields.Integer(required=True)
    closing = ma.fields.Integer(required=True)


class OutstandingOut(ma.Schema):
    """What one sort of holders has in lots of one day."""

    holder = ma.fields.String(required=True, metadata={"description": "member, merchant or budget"})
    expires_on = ma.fields.Date(required=True)
    points = ma.fields.Integer(required=True)


class ActivityTallyOut(ma.Schema):
    """What activities that were closed in the month have come to; `id` and `name` null and empty for none."""

    id = ma.fields.UUID(allow_none=True)
    name = ma.fields.String()
    activities = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True, metadata={"description": "everybody each time he came"})
    leaflets = ma.fields.Integer(required=True)
    reached = ma.fields.Integer(required=True)
    hazards = ma.fields.Integer(required=True)


class MonthActivitiesOut(ma.Schema):
    """The same per campaign, per squad, and all together."""

    campaigns = ma.fields.List(ma.fields.Nested(ActivityTallyOut), required=True)
    squads = ma.fields.List(ma.fields.Nested(ActivityTallyOut), required=True)
    total = ma.fields.Nested(ActivityTallyOut, required=True)


class MonthOut(ma.Schema):
    """The figures of a month in the programme's zone, by time of booking; so far, while it is not over."""

    month = ma.fields.String(required=True)
    over = ma.fields.Boolean(required=True)
    books = ma.fields.Nested(BooksOut, required=True)
    lots = ma.fields.List(ma.fields.Nested(OutstandingOut), required=True)
    deeds = ma.fields.Nested(TallyOut, required=True)
    categories = ma.fields.List(ma.fields.Nested(TallyOut), required=True)
    rules = ma.fields.List(ma.fields.Nested(TallyOut), required=True)
    squads = ma.fields.List(ma.fields.Nested(TallyOut), required=True)
    areas = ma.fields.List(ma.fields.Nested(TallyOut), required=True)
    shop_deeds = ma.fields.Nested(TallyOut, required=True)
    trade = ma.fields.Dict(required=True, keys=ma.fields.String(), values=ma.fields.Integer())
    active_members = ma.fields.Integer(required=True)
    rounds = ma.fields.Integer(required=True)
    reports = ma.fields.Dict(required=True)
    activities = ma.fields.Nested(MonthActivitiesOut, required=True)


@views.get("/desk/month")
@requires("ledger.read")
def this_month() -> ResponseReturnValue:
    """On to the current month."""
    return go(f"/desk/month/{_written(clock.today())}")


@views.get("/desk/month/<string(length=7):month>")
@requires("ledger.read")
def month_page(month: str) -> ResponseReturnValue:
    """The month's figures in tables and charts."""
    found = figures(read_month(month))
    after = clock.local_date(clock.month_bounds(found.first)[1])
    return render_template(
        "alliance/month.html",
        figures=found,
        title=words.title(found),
        headlines=words.headlines(found),
        tables=words.tables(found),
        charts=words.bars(found),
        before=_written(found.first - timedelta(days=1)),
        after=_written(after) if found.over else None,
    )


@views.get("/desk/month/<string(length=7):month>.pdf")
@requires("ledger.read")
def month_paper(month: str) -> ResponseReturnValue:
    """The report to print."""
    found = figures(read_month(month))
    content = words.paper(found, alliance_name(), language_tag())
    return _file(content, "application/pdf", f"report-{found.month}.pdf", "inline")


@views.get("/desk/month/<string(length=7):month>.xlsx")
@requires("ledger.read")
def month_workbook(month: str) -> ResponseReturnValue:
    """The report as a workbook, a sheet for each table."""
    found = figures(read_month(month))
    return _file(to_xlsx(*words.sheets(found)), _XLSX, f"report-{found.month}.xlsx", "attachment")


@api.route("/month/<string(maxlength=40):month>", methods=["GET"])
@api.response(200, MonthOut)
@requires("ledger.read")
def get_month(month: str) -> dict[str, Any]:
    """The figures of a month, such as 2026-11."""
    found = figures(read_month(month))
    return {
        "month": found.month,
        "over": found.over,
        "books": found.books,
        "lots": found.lots,
        "deeds": found.deeds,
        "categories": [{"category": code, **_tally(each)} for code, each in found.categories.items()],
        "rules": [
            {
                "rule_code": rule.code if rule else None,
                "rule_version": rule.version if rule else None,
                **_tally(each),
            }
            for rule, each in found.rules
        ],
        "squads": _places("squad_id", found, found.squads),
        "areas": _places("area_id", found, found.areas),
        "shop_deeds": found.shop_deeds,
        "trade": asdict(found.trade),
        "active_members": found.active,
        "rounds": found.rounds,
        "reports": asdict(found.reports),
        "activities": _activities(found.activities),
    }


def _activities(totals: Totals) -> dict[str, Any]:
    def lines(sums: Mapping[UUID | None, Sums], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
        return [
            {"id": each, "name": names.get(each, "") if each else "", **asdict(line)}
            for each, line in sums.items()
        ]

    return {
        "campaigns": lines(totals.by_campaign(), totals.campaigns),
        "squads": lines(totals.by_squad(), totals.squads),
        "total": asdict(totals.total()),
    }


def _places(key: str, found: MonthFigures, tallies: dict[Any, Tally]) -> list[dict[str, Any]]:
    return [
        {key: place, "name": found.names.get(place, ""), **_tally(tally)} for place, tally in tallies.items()
    ]


def _tally(tally: Tally) -> dict[str, Any]:
    return asdict(tally)


def _written(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def _file(content: bytes, kind: str, name: str, shown: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
