"""The desk's list of members, and the same list as a file."""

from datetime import date

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core import clock, sheets
from core.auth import current_actor, requires
from core.pages import go, identifier
from core.sheets import Sheet
from members import queries, rules
from members.queries import MemberFilter
from members.views import words
from members.views.blueprint import area_choices, squad_choices, views

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
#: The choice of members who are in no squad.
NO_SQUAD = "none"


def wanted() -> MemberFilter:
    """The filter in the address, or in a form that repeats it; what is no choice narrows nothing."""
    values = request.values
    squad = values.get("squad_id", "")
    status, role = values.get("status"), values.get("role")
    return MemberFilter(
        text=values.get("search", "")[: 4 * rules.LONGEST_NAME],
        status=status if status in rules.STATUSES else None,
        role=role if role in rules.ROLES else None,
        squad_id=identifier(squad),
        without_squad=squad == NO_SQUAD,
        area_id=identifier(values.get("area_id")),
        without_phone=values.get("phone") == "none",
        joined_since=_day(values.get("since", "")),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(1970, 1, 1) <= found <= date(8999, 12, 31) else None


@views.get("/desk/members")
@requires("member.read")
def member_list() -> ResponseReturnValue:
    """Members by name, number or telephone, narrowed by what is chosen; each choice stands in the address."""
    found = wanted()
    cursor = request.args.get("cursor")
    if "dormant" in request.args:
        return go("/desk/members/dormant")
    page = queries.members_page(found, cursor=cursor)
    count = queries.count_members(found)
    return render_template(
        "members/desk_members.html",
        page=page,
        alike=[] if page.items else queries.named_alike(found.text.strip()),
        first=bool(cursor),
        wanted=found,
        count=min(count, queries.MOST_COUNTED),
        more_than=count > queries.MOST_COUNTED,
        narrowed=found.told(),
        statuses=[(each, words.status(each)) for each in rules.STATUSES],
        roles=[(each, words.role(each)) for each in rules.ROLES],
        squads=[(NO_SQUAD, _("no squad")), *squad_choices()[1:]],
        areas=area_choices()[1:],
        no_squad=NO_SQUAD,
        names={each.id: each.name for each in queries.squads()},
    )


@views.post("/desk/members/export.xlsx")
@requires("member.export")
def members_workbook() -> Response:
    """Exactly the list that is shown, as a workbook. It is written down who took it, hence no GET."""
    return attachment(sheets.to_xlsx(_sheet("xlsx")), XLSX, f"members-{clock.today()}.xlsx")


@views.post("/desk/members/export.csv")
@requires("member.export")
def members_text() -> Response:
    """Exactly the list that is shown, as CSV."""
    return attachment(sheets.to_csv(_sheet("csv")), CSV, f"members-{clock.today()}.csv")


def _sheet(kind: str) -> Sheet:
    found = members.service.export_members(current_actor(), wanted(), kind)
    header = [
        _("Number"), _("Name"), _("Telephone"), _("Status"), _("Roles"),
        _("Squad"), _("Area"), _("Member since"), _("Applied on"),
    ]  # fmt: skip
    rows = [
        (
            each.number,
            each.name,
            each.phone,
            words.status(each.status),
            " ".join(map(words.role, each.roles)),
            each.squad,
            each.area,
            each.joined_on,
            each.applied_on,
        )
        for each in found
    ]
    return Sheet(_("Members"), header, rows)


def attachment(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept, not shown."""
    answer = make_response(content)
    answer.content_type = kind
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer
