"""What I told by name, and what came of it; photos for whoever may see them."""

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

import members.queries
from core.auth import current_actor, requires
from core.pages import own_id
from reports import queries
from reports.views.blueprint import views

_ON_A_PAGE = 20


@views.get("/reports")
@requires("report.write")
def mine() -> ResponseReturnValue:
    """My reports, newest first."""
    cursor = request.args.get("cursor") or None
    page = queries.mine(own_id(), cursor=cursor, limit=_ON_A_PAGE)
    return render_template(
        "reports/mine.html", page=page, first=bool(cursor), area_names=members.queries.area_names()
    )


@views.get("/reports/<uuid:report_id>")
@requires("report.write")
def own_report(report_id: UUID) -> ResponseReturnValue:
    """One of them, with its course."""
    return render_template("reports/report.html", report=queries.course(current_actor(), report_id))


@views.get("/reports/photos/<uuid:photo_id>")
@requires("report.write")
def photo(photo_id: UUID) -> ResponseReturnValue:
    """A photo, for the reporter and for who may read the words. It is not kept by the browser."""
    media_type, content = queries.photo(current_actor(), photo_id)
    headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
    return Response(content, mimetype=media_type, headers=headers)
