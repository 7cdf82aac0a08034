"""The desk: campaigns, and what activities add up to per squad and campaign, as page and as files."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import activities.service
from activities import queries
from activities.forms import CampaignForm
from activities.queries import Sums, Totals
from activities.views.blueprint import views
from activities.views.planning import mark
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go
from core.sheets import Sheet, Value, to_csv, to_xlsx

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@views.get("/desk/campaigns")
@requires("activity.read")
def campaigns_page() -> ResponseReturnValue:
    """All campaigns, and the totals of a year per campaign and per squad."""
    return render_template("activities/desk_campaigns.html", **_page(_new_form()))


@views.post("/desk/campaigns")
@requires("activity.manage")
def make_campaign() -> ResponseReturnValue:
    """Begin a campaign."""
    form = CampaignForm()
    try:
        activities.service.make_campaign(current_actor(), key=form_key(), **_values(form))
    except DomainError as refusal:
        mark(form, refusal)
        form.key.data = str(new_id())
        page = render_template("activities/desk_campaigns.html", **_page(form))
        return Response(page, 422, mimetype="text/html")
    flash(_("The campaign has begun. Choose it when you plan its activities."), "ok")
    return go("/desk/campaigns")


@views.get("/desk/campaigns/<uuid:campaign_id>")
@requires("activity.read")
def one_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """One campaign: its activities, and what each squad has done for it."""
    found = queries.campaign(campaign_id)
    form = CampaignForm(
        formdata=None,
        data={
            "key": str(new_id()),
            "name": found.name,
            "first_day": found.first_day,
            "last_day": found.last_day,
        },
    )
    return render_template("activities/desk_campaign.html", **_one(campaign_id, form))


@views.post("/desk/campaigns/<uuid:campaign_id>")
@requires("activity.manage")
def change_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """Change name and days."""
    form = CampaignForm()
    try:
        activities.service.change_campaign(current_actor(), campaign_id, key=form_key(), **_values(form))
    except DomainError as refusal:
        mark(form, refusal)
        form.key.data = str(new_id())
        page = render_template("activities/desk_campaign.html", **_one(campaign_id, form))
        return Response(page, 422, mimetype="text/html")
    flash(_("The campaign is changed."), "ok")
    return go(f"/desk/campaigns/{campaign_id}")


@views.get("/desk/campaigns.xlsx")
@requires("activity.read")
def totals_workbook() -> ResponseReturnValue:
    """The totals as a workbook: a sheet per campaign, a sheet per squad."""
    year, found = _totals()
    return _file(to_xlsx(_by_campaign(found), _by_squad(found)), _XLSX, f"activities-{year or 'all'}.xlsx")


@views.get("/desk/campaigns.csv")
@requires("activity.read")
def totals_table() -> ResponseReturnValue:
    """The totals as CSV, one line for each campaign and squad."""
    year, found = _totals()
    return _file(to_csv(_cells(found)), "text/csv; charset=utf-8", f"activities-{year or 'all'}.csv")


def _new_form() -> CampaignForm:
    return CampaignForm(formdata=None, data={"key": str(new_id()), "first_day": clock.today()})


def _values(form: CampaignForm) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "first_day": form.first_day.data or date(1, 1, 1),
        "last_day": form.last_day.data,
    }


def _totals() -> tuple[int | None, Totals]:
    """The year that is asked for (None: all), this one by default, and its totals."""
    wanted, this = request.args.get("year", ""), clock.today().year
    if wanted == "all":
        return None, queries.totals()
    year = int(wanted) if wanted.isascii() and wanted.isdigit() and 2000 <= int(wanted[:5]) < 2200 else this
    return year, queries.totals(*clock.year_bounds(date(year, 1, 1)))


def _page(form: CampaignForm) -> dict[str, Any]:
    year, found = _totals()
    return {
        "campaigns": queries.campaigns(),
        "totals": found,
        "form": form,
        "year": year,
        "this_year": clock.today().year,
    }


def _one(campaign_id: UUID, form: CampaignForm) -> dict[str, Any]:
    found = queries.totals()
    return {
        "campaign": queries.campaign(campaign_id),
        "form": form,
        "totals": found,
        "by_squad": found.by_squad(campaign_id, of_all=False),
        "sums": found.by_campaign().get(campaign_id, Sums()),
        "coming": queries.activities("coming", campaign_id=campaign_id, limit=20).items,
        "closed": queries.activities("closed", campaign_id=campaign_id, limit=20).items,
    }


def _columns() -> tuple[str, ...]:
    return (
        _("Activities"),
        _("People who came"),
        _("Leaflets handed out"),
        _("People reached"),
        _("Hazards found"),
    )


def _row(sums: Sums) -> tuple[Value, ...]:
    return (sums.activities, sums.people, sums.leaflets, sums.reached, sums.hazards)


def _name(each: UUID | None, names: dict[UUID, str]) -> str:
    return names.get(each, "") if each else _("none")


def _by_campaign(found: Totals) -> Sheet:
    rows = [(_name(each, found.campaigns), *_row(sums)) for each, sums in found.by_campaign().items()]
    return Sheet(_("Campaigns"), (_("Campaign"), *_columns()), rows)


def _by_squad(found: Totals) -> Sheet:
    rows = [(_name(each, found.squads), *_row(sums)) for each, sums in found.by_squad().items()]
    return Sheet(_("Squads"), (_("Squad"), *_columns()), rows)


def _cells(found: Totals) -> Sheet:
    rows = [
        (_name(campaign, found.campaigns), _name(squad, found.squads), *_row(found.cells[campaign, squad]))
        for campaign in found.by_campaign()
        for squad in found.by_squad(campaign, of_all=False)
    ]
    return Sheet(_("Activities"), (_("Campaign"), _("Squad"), *_columns()), rows)


def _file(content: bytes, kind: str, name: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
