"""The walker's pages: the round under way, a round of the past, the captain's code, the squad's rounds."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import patrols.service
from core import clock, codes, qr
from core.auth import current_actor, requires
from core.codes import Kind
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, own_id, sentence
from patrols import queries
from patrols.queries import RoundView
from patrols.views import words
from patrols.views.blueprint import views


@views.get("/round")
@requires("patrol.walk")
def my_round() -> ResponseReturnValue:
    """The round that I am walking; else my last ones, and for captains a way to begin one."""
    found = queries.open_round(own_id())
    if found is not None:
        return _round_page(found)
    squad_id = _led_squad()
    now = clock.now()
    start, until = clock.year_bounds(clock.local_date(now))
    return render_template(
        "patrols/no_round.html",
        words=words,
        key=new_id(),
        rounds=queries.rounds_of(own_id(), limit=10).items,
        minutes=queries.service_minutes(own_id(), start, until),
        squad_rounds=queries.rounds_for(current_actor(), "today", squad_id=squad_id).items
        if squad_id
        else (),
        routes=[each for each in queries.routes() if each.squad_id in {None, squad_id}] if squad_id else (),
    )


def _led_squad() -> UUID | None:
    squad_id = current_actor().squad_id
    if squad_id is not None and own_id() in members.queries.captains_of(squad_id):
        return squad_id
    return None


@views.get("/rounds/<uuid:round_id>")
@requires("self.read")
def one_round(round_id: UUID) -> ResponseReturnValue:
    """One round, for who walks or walked in it and for the captains of its squad."""
    return _round_page(queries.round_for(current_actor(), round_id))


def _round_page(found: RoundView) -> ResponseReturnValue:
    own = next((each for each in found.walkers if each.member_id == current_actor().member_id), None)
    return render_template(
        "patrols/round.html",
        words=words,
        round=found,
        own=own,
        code=_drawn_code(found) if found.leads and not found.line.overdue else None,
        key=new_id(),
        leave_key=new_id(),
        companion_key=new_id(),
    )


def _drawn_code(found: RoundView) -> dict[str, Any]:
    """The captain's code for the page; the script renews it while the page is open."""
    code = patrols.service.captain_code(current_actor(), found.id)
    now = clock.now()
    life = codes.lifetime(Kind.ACTIVITY, now)
    return {
        "svg": qr.draw_svg(codes.address(settings().base_url, code), "M", _("The captain's code")),
        "grouped": codes.grouped(code),
        "typed": codes.grouped(patrols.service.typed_captain_code(current_actor(), found.id)),
        "seconds": round((life.renew_at - now).total_seconds(), 1),
    }


@views.post("/rounds/open")
@requires("patrol.walk")
def open_own_round() -> ResponseReturnValue:
    """A captain begins a round at the meeting point."""
    route_id = identifier(request.form.get("route_id"))
    if route_id is None:
        return go("/round")
    return act(
        lambda: patrols.service.open_round(current_actor(), key=form_key(), route_id=route_id),
        _("The round has begun. Show your code to those who walk along."),
        "/round",
    )


@views.post("/rounds/<uuid:round_id>/end")
@requires("patrol.walk")
def end_round(round_id: UUID) -> ResponseReturnValue:
    """End the round and show what it brought."""
    try:
        answer = patrols.service.end_round(current_actor(), key=form_key(), round_id=round_id).body
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"/rounds/{round_id}")
    if answer["outcome"] == "round_completed":
        flash(_("The round is complete. Thank you!"), "ok")
    elif answer["outcome"] == "round_held":
        flash(_("The round is complete. A coordinator will look at it; then the points are booked."), "warn")
    else:
        flash(_("The round has ended before it was complete, so it brings no points."), "warn")
    return go(f"/rounds/{round_id}")


@views.post("/rounds/<uuid:round_id>/companions")
@requires("patrol.walk")
def add_companion(round_id: UUID) -> ResponseReturnValue:
    """Let somebody without a phone walk along; back to the walker's or to the desk's page of the round."""
    card = request.form.get("card", "").strip()

    def work() -> None:
        patrols.service.add_companion(
            current_actor(),
            key=form_key(),
            round_id=round_id,
            number=request.form.get("number", "")[:40],
            name=request.form.get("name", "")[:240],
            card=codes.parse(card, settings().base_url) if card else None,
        )

    back = f"/desk/rounds/{round_id}" if request.form.get("from") == "desk" else f"/rounds/{round_id}"
    return act(work, _("Walks along from now on."), back)


@views.post("/rounds/<uuid:round_id>/leave")
@requires("patrol.walk")
def leave_round(round_id: UUID) -> ResponseReturnValue:
    """Leave the others, who walk on."""
    return act(
        lambda: patrols.service.leave_round(current_actor(), key=form_key(), round_id=round_id),
        _(
            "You have left the round. It counts for you up to now. To come back within ten minutes, scan the "
            "captain's code; later it counts from then on."
        ),
        f"/rounds/{round_id}",
    )
