"""The desk: awards above a limit, which another coordinator agrees to or declines."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import points.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence
from core.paging import Page
from core.receipts import Answer
from points import queries
from points.queries import AwardRequestLine, AwardRun
from points.rules import AWARD_REQUEST_STATES, MOST_AWARDS, was_asked_lately
from points.service import Decision
from points.views.blueprint import views

#: Why a second person is asked.
LIMITS = {
    "award": _lazy("More points in one award than one person gives alone"),
    "member_week": _lazy("The member has got much by hand this week"),
    "coordinator_day": _lazy("The coordinator has entered much today"),
}
STATES = {
    "waiting": _lazy("To look at"),
    "agreed": _lazy("Agreed to"),
    "declined": _lazy("Declined"),
    "cancelled": _lazy("Called off"),
}


@views.get("/desk/award/second")
@requires("award.read")
def award_requests() -> ResponseReturnValue:
    """What waits for a second person, and what became of the rest."""
    state = request.args.get("state", "waiting")
    if state not in AWARD_REQUEST_STATES:
        state = "waiting"
    cursor = request.args.get("cursor")
    page: Page[Any]
    if state == "waiting":
        page = queries.waiting_runs(cursor=cursor)
        lines = [run.first for run in page.items]
        old = _old([run.last for run in page.items])
    else:
        page = queries.award_requests(state, cursor=cursor)
        lines, old = list(page.items), set()
    people = {each for line in lines for each in (line.member_id, line.requested_by, line.decided_by) if each}
    return render_template(
        "points/desk_award_second.html",
        page=page,
        runs=page.items if state == "waiting" else [AwardRun(each, each, 1, each.points) for each in lines],
        state=state,
        states=STATES,
        limits=LIMITS,
        old=old,
        people=members.queries.many_facts(people),
        squads={squad.id: squad.name for squad in members.queries.squads()},
        new_key=new_id,
    )


@views.get("/desk/award/second/run/<uuid:request_id>")
@requires("award.read")
def award_request_run(request_id: UUID) -> ResponseReturnValue:
    """All that wait of one run: looked through, ticked, agreed to at once."""
    return _run_page(request_id, queries.run_of(request_id), {})


@views.post("/desk/award/second/run/<uuid:request_id>/<any(agree,decline,cancel):decision>")
@requires("award.give")
def decide_award_request_run(request_id: UUID, decision: str) -> ResponseReturnValue:
    """Decide about those that are ticked, each by itself; every line then says what came of it."""
    actor, key = current_actor(), identifier(request.form.get("key"))
    ticked = [each for each in map(identifier, request.form.getlist("request_id")) if each is not None]
    chosen = list(dict.fromkeys(ticked))[:MOST_AWARDS]
    back = f"/desk/award/second/run/{request_id}"
    if key is None or not chosen:
        flash(_("Nobody is ticked."), "warn")
        return go(back)
    # Each award's key follows from the page's, so that a second tap asks the same again.
    decisions = [Decision(uuid5(key, f"{decision} {each}"), each) for each in chosen]
    try:
        if decision == "agree":
            outcomes = points.service.second_awards(actor, decisions)
        elif decision == "decline":
            outcomes = points.service.decline_awards(actor, decisions, request.form.get("reason", ""))
        else:
            outcomes = points.service.cancel_awards(actor, decisions)
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        flash(sentence(refusal), "warn")
        return go(back)
    told = dict(zip(chosen, outcomes, strict=True))
    known = queries.requests_by_id(chosen)
    return _run_page(request_id, [known[each] for each in chosen if each in known], told)


def _old(lines: Sequence[AwardRequestLine]) -> set[UUID]:
    """Those that have waited too long to be agreed to."""
    now = clock.now()
    return {line.id for line in lines if not was_asked_lately(line.requested_at, now)}


def _run_page(
    request_id: UUID, lines: list[AwardRequestLine], told: dict[UUID, Answer | DomainError]
) -> ResponseReturnValue:
    first = lines[0] if lines else queries.award_request(request_id)
    actor = current_actor()
    done = [each for each in lines if not isinstance(told.get(each.id, DomainError()), DomainError)]
    return render_template(
        "points/desk_award_second_run.html",
        first=first,
        lines=lines,
        told={each: sentence(outcome) for each, outcome in told.items() if isinstance(outcome, DomainError)},
        done={each.id for each in done},
        decided=bool(told),
        sum_of=sum(each.points for each in done),
        own=first.requested_by == actor.member_id,
        household=members.queries.household_of(actor.member_id) if actor.member_id else set(),
        old=_old(lines),
        states=STATES,
        limits=LIMITS,
        people=members.queries.many_facts({*(each.member_id for each in lines), first.requested_by}),
        squads={squad.id: squad.name for squad in members.queries.squads()},
        new_key=new_id,
    )


@views.post("/desk/award/second/<uuid:request_id>/<any(agree,decline,cancel):decision>")
@requires("award.give")
def decide_award_request(request_id: UUID, decision: str) -> ResponseReturnValue:
    """Agree, decline with a reason, or call one's own request off."""
    key = identifier(request.form.get("key")) or new_id()
    actor = current_actor()
    try:
        if decision == "agree":
            points.service.second_award(actor, key=key, request_id=request_id)
            flash(_("Agreed. The points are booked."), "ok")
        elif decision == "decline":
            reason = request.form.get("reason", "")
            points.service.decline_award(actor, key=key, request_id=request_id, reason=reason)
            flash(_("Declined. Nothing was booked."), "calm")
        else:
            points.service.cancel_award(actor, key=key, request_id=request_id)
            flash(_("Called off. Nothing was booked."), "calm")
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        flash(sentence(refusal), "warn")
    return go("/desk/award/second")
