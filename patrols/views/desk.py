"""The desk's pages about rounds: today's, those open too long, those that wait for a judge."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import patrols.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError, Invalid
from core.pages import form_key, go, identifier, sentence
from patrols import queries
from patrols.errors import RoundOver, VerdictMissing, WalkerNotFound
from patrols.forms import JudgeForm, OpenRoundForm
from patrols.views import words
from patrols.views.blueprint import show_again, views


@views.get("/desk/rounds")
@requires("desk.read")
def round_list() -> ResponseReturnValue:
    """Rounds in lists, with the odd ones and why."""
    which = request.args.get("list", "today")
    if which not in queries.DESK_LISTS:
        which = "today"
    page = queries.rounds_for(current_actor(), which, cursor=request.args.get("cursor") or None)
    return render_template(
        "patrols/desk_rounds.html", words=words, which=which, page=page, counts=queries.desk_counts()
    )


@views.get("/desk/rounds/<uuid:round_id>")
@requires("desk.read")
def desk_round(round_id: UUID) -> ResponseReturnValue:
    """One round with its reasons in words, to judge or to end."""
    return render_template("patrols/desk_round.html", **_desk_round(round_id), form=_judge_form())


def _desk_round(round_id: UUID) -> dict[str, object]:
    return {
        "words": words,
        "round": queries.round_for(current_actor(), round_id),
        "key": new_id(),
        "companion_key": new_id(),
    }


def _judge_form() -> JudgeForm:
    form = JudgeForm()
    form.key.data = form.key.data or str(new_id())
    return form


@views.post("/desk/rounds/<uuid:round_id>/judgement")
@requires("round.manage")
def judge_round(round_id: UUID) -> ResponseReturnValue:
    """Accept or dismiss a round that looked odd."""
    form, verdict = _judge_form(), request.form.get("verdict")
    accept = verdict == "accept"
    try:
        if verdict not in {"accept", "dismiss"}:
            raise VerdictMissing(field="verdict")
        patrols.service.judge_round(
            current_actor(), key=form_key(), round_id=round_id, accept=accept, reason=form.reason.data or ""
        )
    except Invalid as refusal:
        return show_again("patrols/desk_round.html", form, refusal, **_desk_round(round_id))
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"/desk/rounds/{round_id}")
    flash(_("Accepted, and paid.") if accept else _("Not accepted. Nothing is paid."), "ok")
    return go("/desk/rounds?list=held")


@views.post("/desk/rounds/<uuid:round_id>/end")
@requires("round.manage")
def desk_end_round(round_id: UUID) -> ResponseReturnValue:
    """End a round for somebody."""
    try:
        patrols.service.end_round(current_actor(), key=form_key(), round_id=round_id)
    except DomainError as refusal:
        # The remedy for walkers, to scan a plate, is none for the desk.
        over = refusal.code == RoundOver.code
        told = _("This round had already ended. Below is how.") if over else sentence(refusal)
        flash(told, "warn" if over else "refuse")
    else:
        flash(_("The round has ended."), "ok")
    return go(f"/desk/rounds/{round_id}")


@views.get("/desk/rounds/open")
@requires("round.manage")
def open_round_form() -> ResponseReturnValue:
    """Begin a round for people without a phone."""
    return render_template("patrols/desk_open_round.html", form=_open_form())


def _open_form() -> OpenRoundForm:
    form = OpenRoundForm()
    form.key.data = form.key.data or str(new_id())
    form.route_id.choices = [(str(each.id), each.name) for each in queries.routes()]
    return form


@views.post("/desk/rounds/open")
@requires("round.manage")
def open_round() -> ResponseReturnValue:
    """Begin a round for people without a phone."""
    form = _open_form()
    try:
        member_ids = [_walker(line) for line in (form.walkers.data or "").splitlines() if line.strip()]
        route_id = identifier(form.route_id.data) or UUID(int=0)
        answer = patrols.service.open_round(
            current_actor(), key=form_key(), route_id=route_id, member_ids=member_ids
        ).body
    except DomainError as refusal:
        return show_again("patrols/desk_open_round.html", form, refusal)
    flash(_("The round has begun."), "ok")
    return go(f"/desk/rounds/{answer['round_id']}")


def _walker(typed: str) -> UUID:
    found = members.queries.search(typed.strip(), limit=2).items
    if len(found) != 1:
        raise WalkerNotFound(field="walkers", typed=typed.strip()[:60])
    return found[0].id
