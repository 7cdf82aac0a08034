"""The desk's pages about checkpoints, plates and routes."""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

import members.queries
import patrols.service
import points.queries
from core import clock, qr
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier
from patrols import queries
from patrols.errors import CheckpointInvalid, CheckpointNotFound, RouteInvalid, RouteUnknown
from patrols.forms import CheckpointForm, RouteForm
from patrols.queries import CheckpointChoice, CheckpointFacts, RouteFacts
from patrols.rules.wishes import is_for_routes
from patrols.service import CheckpointWish, RouteWish
from patrols.views import words
from patrols.views.blueprint import area_choices, show_again, squad_choices, views

#: Degrees as maps show them: float() would take １２, 1_0 and "nan", too.
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,15})?")

# ------------------------------------------------------------------------------------------ checkpoints


@views.get("/desk/checkpoints")
@requires("place.read")
def checkpoint_list() -> ResponseReturnValue:
    """All checkpoints by number."""
    cursor = request.args.get("cursor") or None
    page = queries.checkpoint_page(retired=True, cursor=cursor)
    return render_template("patrols/desk_checkpoints.html", page=page, first=bool(cursor))


@views.get("/desk/checkpoints/new")
@requires("checkpoint.manage")
def new_checkpoint() -> ResponseReturnValue:
    """Add a checkpoint."""
    return render_template("patrols/desk_checkpoint.html", form=_checkpoint_form(), checkpoint=None)


@views.post("/desk/checkpoints/new")
@requires("checkpoint.manage")
def post_checkpoint() -> ResponseReturnValue:
    """Add a checkpoint."""
    form = _checkpoint_form()
    try:
        answer = patrols.service.request_checkpoint(
            current_actor(), key=form_key(), wish=_checkpoint_wish(form)
        )
    except DomainError as refusal:
        return show_again("patrols/desk_checkpoint.html", form, refusal, checkpoint=None)
    flash(_("The checkpoint is there. Print its plate and put it on the wall."), "ok")
    return go(f"/desk/checkpoints/{answer.body['checkpoint_id']}")


@views.get("/desk/checkpoints/<uuid:checkpoint_id>")
@requires("place.read")
def checkpoint(checkpoint_id: UUID) -> ResponseReturnValue:
    """One checkpoint and its plate."""
    found = queries.checkpoint(checkpoint_id)
    return render_template("patrols/desk_checkpoint.html", form=_checkpoint_form(found), checkpoint=found)


@views.post("/desk/checkpoints/<uuid:checkpoint_id>")
@requires("checkpoint.manage")
def edit_checkpoint(checkpoint_id: UUID) -> ResponseReturnValue:
    """Keep what was changed."""
    form = _checkpoint_form()
    try:
        patrols.service.edit_checkpoint(current_actor(), checkpoint_id, _checkpoint_wish(form))
    except DomainError as refusal:
        found = queries.checkpoint(checkpoint_id)
        return show_again("patrols/desk_checkpoint.html", form, refusal, checkpoint=found)
    flash(_("Saved"), "ok")
    return go(f"/desk/checkpoints/{checkpoint_id}")


@views.post("/desk/checkpoints/<uuid:checkpoint_id>/status")
@requires("checkpoint.manage")
def checkpoint_status(checkpoint_id: UUID) -> ResponseReturnValue:
    """Take a checkpoint out of use, or back."""
    in_use = request.form.get("in_use") == "1"
    return act(
        lambda: patrols.service.set_checkpoint_in_use(current_actor(), checkpoint_id, in_use=in_use),
        _("Saved"),
        f"/desk/checkpoints/{checkpoint_id}",
    )


@views.post("/desk/checkpoints/<uuid:checkpoint_id>/plate")
@requires("checkpoint.manage")
def reprint_plate(checkpoint_id: UUID) -> ResponseReturnValue:
    """Give the checkpoint a new code."""
    return act(
        lambda: patrols.service.reprint_plate(current_actor(), checkpoint_id, generation=_seen_generation()),
        _("The old plate counts no more. Print the new one and put it on the wall."),
        f"/desk/checkpoints/{checkpoint_id}",
    )


def _seen_generation() -> int:
    """The plate that the page showed; 0, which no plate has, when somebody has tampered with it."""
    text = request.form.get("generation", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _checkpoint_form(found: CheckpointFacts | None = None) -> CheckpointForm:
    form = CheckpointForm(obj=found)
    form.area_id.choices = area_choices()
    if not form.is_submitted():
        form.key.data = str(new_id())
        form.area_id.data = str(found.area_id or "") if found else ""
        form.latitude.data = _degrees(found.latitude_e6) if found else ""
        form.longitude.data = _degrees(found.longitude_e6) if found else ""
    return form


def _checkpoint_wish(form: CheckpointForm) -> CheckpointWish:
    return CheckpointWish(
        name=form.name.data or "",
        hint=form.hint.data or "",
        area_id=_chosen("area_id", CheckpointInvalid),
        latitude_e6=_millionths("latitude", form.latitude.data),
        longitude_e6=_millionths("longitude", form.longitude.data),
    )


def _degrees(millionths: int | None) -> str:
    return "" if millionths is None else f"{millionths / 1_000_000:.6f}"


def _millionths(name: str, text: str | None) -> int | None:
    if not (text or "").strip():
        return None
    if not _DEGREES.fullmatch((text or "").strip()):
        raise CheckpointInvalid(field=name, reason="number")
    return round(Decimal((text or "").strip()) * 1_000_000)


def _chosen(name: str, fail: type[DomainError]) -> UUID | None:
    """What was chosen of a list, None for "none". Raises `fail` for what no list offers."""
    text = request.form.get(name, "")
    found = identifier(text)
    if text and found is None:
        raise fail(field=name, reason="unknown")
    return found


# ------------------------------------------------------------------------------------------ plates


@views.get("/desk/plates")
@requires("place.read")
def plates() -> ResponseReturnValue:
    """Sheets of plates are the answer to a form: a reload or a kept address leads to where plates are chosen."""
    return go("/desk/checkpoints")


@views.post("/desk/plates")
@requires("checkpoint.manage")
def print_plates() -> ResponseReturnValue:
    """Plates to print: of all checkpoints in use, of one route, or of those that were chosen.

    A POST, because who printed which plates is written down.
    """
    if "choose" in request.form and "checkpoint" not in request.form:
        flash(_("Choose at least one plate."), "refuse")
        return go("/desk/checkpoints")
    found = [
        {
            "id": each.checkpoint.id,
            "number": each.checkpoint.number,
            "name": each.checkpoint.name,
            "hint": each.checkpoint.hint,
            "code": each.code,
            "svg": qr.draw_svg(each.address, "Q", _("Patrol point %(name)s", name=each.checkpoint.name)),
        }
        for each in patrols.service.print_plates(current_actor(), _plates_wished())
    ]
    return render_template(
        "patrols/plates.html", plates=found, base_url=settings().base_url, back="/desk/checkpoints"
    )


@views.post("/desk/plates/<uuid:checkpoint_id>.png")
@requires("checkpoint.manage")
def plate_picture(checkpoint_id: UUID) -> ResponseReturnValue:
    """The code of a plate as a picture, for plates that a sign-maker engraves or prints."""
    plate = patrols.service.print_plate(current_actor(), checkpoint_id)
    name = f"plate-{plate.checkpoint.number}.png"
    return Response(
        qr.draw_png(plate.address, "Q"),
        mimetype="image/png",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _plates_wished() -> list[UUID] | None:
    """Ids of the checkpoints in the form, None for all. Raises `CheckpointNotFound`, `RouteUnknown`."""
    if "route" in request.form:
        route_id = identifier(request.form["route"])
        if route_id is None:
            raise RouteUnknown
        return [each.id for each in queries.route(route_id).checkpoints]
    chosen = [identifier(each) for each in request.form.getlist("checkpoint")]
    ids = [queries.checkpoint(each).id for each in chosen if each is not None]
    if len(ids) != len(chosen):
        raise CheckpointNotFound
    return ids or None


# ------------------------------------------------------------------------------------------ routes


@views.get("/desk/routes")
@requires("place.read")
def route_list() -> ResponseReturnValue:
    """All routes by name."""
    names, cursor = dict(squad_choices()), request.args.get("cursor") or None
    page = queries.route_page(retired=True, cursor=cursor)
    return render_template(
        "patrols/desk_routes.html", words=words, page=page, first=bool(cursor), squads=names
    )


@views.get("/desk/routes/new")
@requires("route.manage")
def new_route() -> ResponseReturnValue:
    """Add a route."""
    return render_template("patrols/desk_route.html", form=_route_form(), route=None, points=_points(None))


@views.post("/desk/routes/new")
@requires("route.manage")
def post_route() -> ResponseReturnValue:
    """Add a route."""
    form = _route_form()
    try:
        answer = patrols.service.request_route(current_actor(), key=form_key(), wish=_route_wish(form))
    except DomainError as refusal:
        return show_again("patrols/desk_route.html", form, refusal, route=None, points=_points(None))
    flash(_("The route is there."), "ok")
    return go(f"/desk/routes/{answer.body['route_id']}")


@views.get("/desk/routes/<uuid:route_id>")
@requires("place.read")
def route(route_id: UUID) -> ResponseReturnValue:
    """One route."""
    found = queries.route(route_id)
    return render_template(
        "patrols/desk_route.html", form=_route_form(found), route=found, points=_points(found)
    )


@views.post("/desk/routes/<uuid:route_id>")
@requires("route.manage")
def edit_route(route_id: UUID) -> ResponseReturnValue:
    """Keep what was changed."""
    form = _route_form()
    try:
        patrols.service.edit_route(current_actor(), route_id, _route_wish(form))
    except DomainError as refusal:
        found = queries.route(route_id)
        return show_again("patrols/desk_route.html", form, refusal, route=found, points=_points(found))
    flash(_("Saved"), "ok")
    return go(f"/desk/routes/{route_id}")


@views.post("/desk/routes/<uuid:route_id>/status")
@requires("route.manage")
def route_status(route_id: UUID) -> ResponseReturnValue:
    """Take a route out of use, or back."""
    in_use = request.form.get("in_use") == "1"
    return act(
        lambda: patrols.service.set_route_in_use(current_actor(), route_id, in_use=in_use),
        _("Saved"),
        f"/desk/routes/{route_id}",
    )


def _route_form(found: RouteFacts | None = None) -> RouteForm:
    form = RouteForm(obj=found)
    form.squad_id.choices = squad_choices()
    form.area_id.choices = area_choices()
    form.rule_code.choices = _rules()
    if not form.is_submitted():
        form.key.data = str(new_id())
        form.squad_id.data = str(found.squad_id or "") if found else ""
        form.area_id.data = str(found.area_id or "") if found else ""
        if found is None:
            form.minimum_minutes.data, form.cooldown_minutes.data = 20, 60
            form.time_out_minutes.data, form.rule_code.data = 240, "patrol"
    return form


def _rules() -> list[tuple[str, str]]:
    """The rules of the tariff in force that may pay rounds, with what they pay."""
    chinese = str(get_locale()).startswith("zh")
    return [
        (each.code, f"{each.name_zh if chinese else each.name_en} (+{each.points})")
        for each in points.queries.rules_on(clock.today())
        if is_for_routes(each.category, each.daily_cap)
    ]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A checkpoint that a route may pass, with the place that it has or was given in the form, else empty."""

    checkpoint: CheckpointChoice
    place: str
    area: str


@dataclass(frozen=True, slots=True)
class _Group:
    """Checkpoints of one area in the form of a route; those on the route stand first, in a group of their own."""

    name: str
    choices: list[_Choice]
    chosen: bool = False


def _points(found: RouteFacts | None) -> list[_Group]:
    """All checkpoints in use: those on the route in the order of walking, the others by area."""
    places = {each.id: str(place) for place, each in enumerate(found.checkpoints if found else (), start=1)}
    areas = {each.id: " › ".join(each.path) for each in members.queries.areas()}
    typed = request.form.to_dict()
    offered = [
        _Choice(
            each,
            typed.get(f"place-{each.id}", places.get(each.id, ""))[:3],
            areas.get(each.area_id, "") if each.area_id else "",
        )
        for each in queries.checkpoint_choices()
    ]
    chosen = sorted((each for each in offered if each.place), key=lambda each: _order(each.place))
    # They come by number, and so stand in each area.
    others = sorted((each for each in offered if not each.place), key=lambda each: (not each.area, each.area))
    groups = [_Group(name, list(group)) for name, group in groupby(others, key=attrgetter("area"))]
    return [_Group("", chosen, chosen=True), *groups] if chosen else groups


def _order(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _route_wish(form: RouteForm) -> RouteWish:
    placed: list[tuple[int, UUID]] = []
    for name, text in request.form.items():
        checkpoint_id = identifier(name.removeprefix("place-")) if name.startswith("place-") else None
        if checkpoint_id is None or not text.strip():
            continue
        if not _order(text.strip()):
            raise RouteInvalid(field="checkpoint_ids", reason="place")
        placed.append((_order(text.strip()), checkpoint_id))
    return RouteWish(
        name=form.name.data or "",
        checkpoint_ids=tuple(each for _place, each in sorted(placed)),
        area_id=_chosen("area_id", RouteInvalid),
        squad_id=_chosen("squad_id", RouteInvalid),
        ordered=bool(form.ordered.data),
        minimum_points=_whole("minimum_points") if request.form.get("minimum_points", "").strip() else None,
        minimum_minutes=_whole("minimum_minutes"),
        cooldown_minutes=_whole("cooldown_minutes"),
        opens_at=_minutes("opens_at", form.opens_at.data),
        closes_at=_minutes("closes_at", form.closes_at.data),
        time_out_minutes=_whole("time_out_minutes"),
        rule_code=form.rule_code.data or "",
    )


def _whole(name: str) -> int:
    # The text itself: an IntegerField takes １２ and 1_0, and turns what it cannot read into nothing.
    text = request.form.get(name, "").strip()
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise RouteInvalid(field=name, reason="number")
    return int(text)


def _minutes(name: str, text: str | None) -> int | None:
    """Minutes since midnight out of "HH:MM"; empty for always."""
    if not (text or "").strip():
        return None
    hours, _colon, minutes = (text or "").strip().replace("：", ":").partition(":")
    parts = (hours, minutes or "0")
    if not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts) or int(parts[1]) > 59:
        raise RouteInvalid(field=name, reason="number")
    return int(parts[0]) * 60 + int(parts[1])
