"""Squads with their captains, and areas, at the desk."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core import paging
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, show_again
from core.paging import Page
from members import queries, rules
from members.forms import AreaForm, SquadForm
from members.queries import SquadFacts
from members.views import words
from members.views.blueprint import area_choices, nothing, options, views

SQUADS_ON_A_PAGE: Final = 100


@views.get("/desk/squads")
@requires("squad.read")
def squad_list() -> ResponseReturnValue:
    """All squads by name, and on the first page the tree of areas."""
    cursor = request.args.get("cursor") or None
    page = _page(queries.squads(), cursor)
    captains = queries.many_facts(each.captain_id for each in page.items if each.captain_id)
    return render_template(
        "members/desk_squads.html",
        page=page,
        first=bool(cursor),
        captains=captains,
        areas=[] if cursor else queries.areas(),
        area_names=queries.area_names(),
        form=_area_form(fresh=True),
    )


def _page(squads: Sequence[SquadFacts], cursor: str | None) -> Page[SquadFacts]:
    """`SQUADS_ON_A_PAGE` of them, after the one that the cursor names. A city has hundreds, which are soon read."""
    begin = 0
    if cursor is not None:
        (last,) = paging.decode(cursor, str)
        places = {str(each.id): place for place, each in enumerate(squads, start=1)}
        if last not in places:
            raise paging.CursorInvalid(field="cursor")
        begin = places[last]
    shown = squads[begin : begin + SQUADS_ON_A_PAGE]
    more = begin + len(shown) < len(squads)
    return Page(list(shown), paging.encode(str(shown[-1].id)) if more else None)


def _squad_form(fresh: bool = False) -> SquadForm:
    form = SquadForm()
    form.kind.choices = options((kind, str(word)) for kind, word in words.SQUAD_KINDS.items())
    form.crest_color.choices = options((color, str(word)) for color, word in words.COLORS.items())
    form.area_id.choices = options(area_choices())
    if fresh:
        form.key.data = str(new_id())
    return form


@views.get("/desk/squads/new")
@requires("squad.manage")
def new_squad() -> ResponseReturnValue:
    """Found a squad."""
    form = _squad_form(fresh=True)
    used = [each.crest_color for each in queries.squads()]
    form.crest_color.data = min(rules.CREST_COLORS, key=used.count)
    return render_template("members/desk_squad.html", form=form, squad=None)


@views.post("/desk/squads/new")
@requires("squad.manage")
def post_squad() -> ResponseReturnValue:
    """Found a squad."""
    form = _squad_form()
    try:
        answer = members.service.create_squad(
            current_actor(),
            key=form_key(),
            name=form.name.data or "",
            kind=form.kind.data or "",
            crest_color=form.crest_color.data or "",
            area_id=identifier(form.area_id.data),
            founded_on=form.founded_on.data,
            motto=form.motto.data or "",
        )
    except DomainError as refusal:
        return show_again("members/desk_squad.html", form, refusal, squad=None)
    flash(_("The squad is founded."), "ok")
    return go(f"/desk/squads/{answer.body['squad_id']}")


@views.get("/desk/squads/<uuid:squad_id>")
@requires("squad.read")
def squad(squad_id: UUID) -> ResponseReturnValue:
    """One squad: name, crest, captains."""
    found = queries.squad(squad_id)
    form = _squad_form()
    form.process(obj=found, data={"area_id": str(found.area_id or "")})
    form.area_id.data = str(found.area_id or "")
    return render_template("members/desk_squad.html", form=form, squad=found, **_captains(squad_id))


def _captains(squad_id: UUID) -> dict[str, Any]:
    page = queries.search(squad_id=squad_id, limit=100)
    chosen = queries.squad(squad_id)
    able = [(str(each.id), each.name) for each in page.items if each.status in {"active", "on_leave"}]
    # A captain beyond the first hundred members must not be lost by saving the form.
    shown = {each.id for each in page.items}
    missing = [each for each in (chosen.captain_id, chosen.acting_captain_id) if each and each not in shown]
    able += [(str(each.id), each.name) for each in queries.many_facts(missing).values()]
    return {"people": [nothing(), *able], "members": page.items, "more_members": page.next}


@views.post("/desk/squads/<uuid:squad_id>")
@requires("squad.manage")
def change_squad(squad_id: UUID) -> ResponseReturnValue:
    """Keep what the squad is called and looks like."""
    form = _squad_form()
    try:
        members.service.change_squad(
            current_actor(),
            squad_id,
            name=form.name.data or "",
            kind=form.kind.data or "",
            crest_color=form.crest_color.data or "",
            area_id=identifier(form.area_id.data),
            founded_on=form.founded_on.data,
            motto=form.motto.data or "",
        )
    except DomainError as refusal:
        found = queries.squad(squad_id)
        return show_again("members/desk_squad.html", form, refusal, squad=found, **_captains(squad_id))
    flash(_("Saved"), "ok")
    return go(f"/desk/squads/{squad_id}")


@views.post("/desk/squads/<uuid:squad_id>/captains")
@requires("squad.manage")
def post_captains(squad_id: UUID) -> ResponseReturnValue:
    """Appoint captain and acting captain."""

    def work() -> None:
        members.service.appoint_captains(
            current_actor(),
            squad_id,
            captain_id=identifier(request.form.get("captain_id")),
            acting_captain_id=identifier(request.form.get("acting_captain_id")),
        )

    return act(work, _("The captains are appointed."), f"/desk/squads/{squad_id}")


def _area_form(fresh: bool = False) -> AreaForm:
    form = AreaForm()
    form.level.choices = options((level, str(word)) for level, word in words.LEVELS.items())
    form.parent_id.choices = options(area_choices())
    if fresh:
        form.key.data, form.level.data = str(new_id()), "grid"
    return form


@views.get("/desk/areas")
@requires("squad.read")
def areas() -> ResponseReturnValue:
    """The tree of areas stands with the squads."""
    return go("/desk/squads")


@views.post("/desk/areas")
@requires("area.manage")
def post_area() -> ResponseReturnValue:
    """Add an area."""
    form = _area_form()

    def work() -> None:
        members.service.create_area(
            current_actor(),
            key=form_key(),
            name=form.name.data or "",
            level=form.level.data or "",
            parent_id=identifier(form.parent_id.data),
        )

    return act(work, _("The area is added."), "/desk/squads")


@views.get("/desk/areas/<uuid:area_id>")
@requires("squad.read")
def area(area_id: UUID) -> ResponseReturnValue:
    """One area, to correct its name or what it belongs to."""
    found = queries.area(area_id)
    form = _area_form()
    form.name.data, form.parent_id.data = found.name, str(found.parent_id or "")
    return render_template("members/desk_area.html", form=form, area=found)


@views.post("/desk/areas/<uuid:area_id>")
@requires("area.manage")
def change_area(area_id: UUID) -> ResponseReturnValue:
    """Correct an area's name, or what it belongs to."""
    form = _area_form()
    try:
        members.service.change_area(
            current_actor(), area_id, name=form.name.data or "", parent_id=identifier(form.parent_id.data)
        )
    except DomainError as refusal:
        return show_again("members/desk_area.html", form, refusal, area=queries.area(area_id))
    flash(_("Saved"), "ok")
    return go("/desk/squads")
