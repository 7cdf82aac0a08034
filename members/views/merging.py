"""One person, registered twice: who looks so, the two side by side, and taking them apart again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_babel import ngettext

import members.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence
from members import queries
from members.queries import MemberFacts, MemberRecord, Purse
from members.views import words
from members.views.blueprint import views

_WHY = {
    "tail": _lazy("telephone numbers end alike"),
    "helper": _lazy("looked after by the same member"),
    "squad": _lazy("same squad"),
    "area": _lazy("same area"),
    "phone": _lazy("only one has a phone"),
}
MERGES = "/desk/members/merges"
_STATES = {
    "waiting": _lazy("To look at"),
    "agreed": _lazy("Agreed to"),
    "declined": _lazy("Declined"),
    "cancelled": _lazy("Called off"),
    "lapsed": _lazy("Lapsed"),
}
_LAPSED = {
    "points": _lazy("Points have come or gone since it was proposed."),
    "member": _lazy("One of the two memberships is no longer what it was when it was proposed."),
    "proposer": _lazy("Who had proposed it may not do so any more."),
    "too_old": _lazy("It has waited for more than two weeks."),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two memberships, as the page compares them."""

    record: MemberRecord
    purse: Purse
    squad: str
    area: str
    roles: str

    @property
    def facts(self) -> MemberFacts:
        """Who it is."""
        return self.record.facts


def _side(member_id: UUID) -> Side:
    record = queries.record(member_id)
    squad_id, area_id = record.facts.squad_id, record.facts.area_id
    found = queries.squad(squad_id) if squad_id else None
    return Side(
        record=record,
        purse=queries.purse(member_id),
        squad=found.name if found else "—",
        area=queries.area_names().get(area_id, "—") if area_id else "—",
        roles=", ".join(words.role(each) for each in record.roles) or "—",
    )


@views.get("/desk/members/duplicates")
@requires("member.read")
def duplicates() -> ResponseReturnValue:
    """Pairs that are likely one person."""
    cursor, by = request.args.get("cursor"), _by(request.args)
    page = queries.duplicates(by=by, cursor=cursor)
    return render_template(
        "members/desk_duplicates.html",
        page=page,
        by=by,
        first=bool(cursor),
        why=_WHY,
        squads={each.id: each.name for each in queries.squads()},
        areas=queries.area_names(),
    )


def _by(values: Mapping[str, str]) -> str:
    return "sound" if values.get("by") == "sound" else "name"


@views.post("/desk/members/duplicates/apart")
@requires("member.merge")
def tell_apart() -> ResponseReturnValue:
    """These two are two people."""
    first, second = (identifier(request.form.get(name)) for name in ("first_id", "second_id"))
    try:
        # An id that is none is nobody's.
        members.service.tell_apart(current_actor(), first or UUID(int=0), second or UUID(int=1))
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        flash(_("Noted: these are two people."), "ok")
    return go(f"/desk/members/duplicates?by={_by(request.form)}")


@views.get("/desk/members/<uuid:member_id>/merge")
@requires("member.read")
def merge_page(member_id: UUID) -> ResponseReturnValue:
    """This membership goes, another one is kept: both side by side, and what will happen."""
    gone = _side(member_id)
    typed = request.args.get("with", "").strip()
    other = _other(typed)
    if other is None or other == member_id:
        if typed:
            flash(_("There is no other member with this number."), "warn")
        return render_template("members/desk_merge_with.html", side=gone)
    kept = _side(other)
    return render_template(
        "members/desk_merge.html",
        gone=gone,
        kept=kept,
        matters=[sentence(each) for each in members.service.merge_matters(member_id, other)],
        waiting=[each for each in queries.merge_proposals_about(member_id) if each.gone.id == member_id],
        two=members.service.needs_second(member_id, other, "kept"),
        two_for_phone=members.service.needs_second(member_id, other, "gone"),
        key=new_id(),
    )


def _other(typed: str) -> UUID | None:
    """The other member, by id (from a link) or by the number that somebody typed."""
    wanted = identifier(typed)
    if wanted is not None:
        return wanted if wanted in queries.many_facts([wanted]) else None
    number = queries.read_number(typed)
    found = queries.facts_by_number(number) if number is not None else None
    return found.id if found else None


@views.post("/desk/members/<uuid:member_id>/merge")
@requires("member.merge")
def post_merge(member_id: UUID) -> ResponseReturnValue:
    """Make the two one."""
    kept_id = identifier(request.form.get("kept_id"))
    back = f"/desk/members/{member_id}/merge"
    if kept_id is None:
        return go(back)
    try:
        answer = members.service.merge(
            current_actor(),
            key=identifier(request.form.get("key")) or new_id(),
            gone_id=member_id,
            kept_id=kept_id,
            phone=request.form.get("phone", "kept"),
            place=request.form.get("place", "kept"),
            reason=request.form.get("reason", ""),
        )
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go(f"{back}?with={kept_id}")
    if answer.body["outcome"] == "proposed":
        flash(_("Proposed. Nothing has moved yet: another coordinator has to agree."), "calm")
        return go(MERGES)
    points = answer.body["points"]
    flash(
        ngettext(
            "The two are one now; %(num)s point went over. This can be undone for 30 days.",
            "The two are one now; %(num)s points went over. This can be undone for 30 days.",
            points,
        ),
        "ok",
    )
    return go(f"/desk/members/{kept_id}")


@views.post("/desk/merges/<uuid:merge_id>/undo")
@requires("member.merge")
def post_undo_merge(merge_id: UUID) -> ResponseReturnValue:
    """Take the two apart again."""
    key = identifier(request.form.get("key")) or new_id()
    gone = queries.merge_of(merge_id).gone
    try:
        told = members.service.undo_merge(current_actor(), key=key, merge_id=merge_id).body
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        if told["outcome"] == "proposed":
            flash(_undoing_proposed(told["owed"]), "warn")
            return go(MERGES)
        _tell_apart_again(told)
    return go(f"/desk/members/{gone.id}")


def _undoing_proposed(spent: int) -> str:
    return ngettext(
        "%(num)s point was spent meanwhile: another coordinator has to agree before the two are taken apart.",
        "%(num)s points were spent meanwhile: another coordinator has to agree before the two are taken apart.",
        spent,
    )


def _tell_apart_again(told: dict[str, Any]) -> None:
    flash(_("Two memberships again; %(points)s points went back.", points=told["points"]), "ok")
    if told["owed"]:
        spent = _(
            "Of them %(points)s were spent already: the kept membership owes them now.", points=told["owed"]
        )
        flash(spent, "warn")
    if told["phone"] == "taken":
        flash(_("The telephone number belongs to somebody else now: please enter one."), "warn")


# --- The second person


@views.get(MERGES)
@requires("member.read")
def merge_proposals() -> ResponseReturnValue:
    """What waits for a second person, what became of the rest, and every merge that was made."""
    state, cursor = request.args.get("state", "waiting"), request.args.get("cursor")
    if state == "done":
        done = queries.merges(cursor=cursor)
        people = {each for line in done.items for each in (line.merged_by, line.undone_by) if each}
        return render_template(
            "members/desk_merges_done.html",
            page=done,
            states=_STATES,
            people=queries.many_facts(people),
            key=new_id,
        )
    if state not in _STATES:
        state = "waiting"
    page = queries.merge_proposals(state, cursor=cursor)
    people = {each for line in page.items for each in (line.proposed_by, line.decided_by) if each}
    return render_template(
        "members/desk_merges.html",
        page=page,
        state=state,
        states=_STATES,
        lapsed=_LAPSED,
        people=queries.many_facts(people),
        new_key=new_id,
    )


@views.post("/desk/members/merges/<uuid:proposal_id>/<any(agree,decline,cancel):decision>")
@requires("member.merge")
def decide_merge(proposal_id: UUID, decision: str) -> ResponseReturnValue:
    """Agree, decline with a reason, or call one's own proposal off."""
    key, actor = identifier(request.form.get("key")) or new_id(), current_actor()
    try:
        if decision == "agree":
            _tell_agreed(members.service.agree_to_merge(actor, key=key, proposal_id=proposal_id).body)
        elif decision == "decline":
            reason = request.form.get("reason", "")
            members.service.decline_merge(actor, key=key, proposal_id=proposal_id, reason=reason)
            flash(_("Declined. Nothing has moved."), "calm")
        else:
            members.service.cancel_merge(actor, key=key, proposal_id=proposal_id)
            flash(_("Called off. Nothing has moved."), "calm")
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed"}:
            raise
        flash(sentence(refusal), "warn")
    return go(MERGES)


def _tell_agreed(told: dict[str, Any]) -> None:
    if told["outcome"] == "lapsed":
        flash(
            _("Nothing has moved. %(why)s Whoever still wants it proposes anew.", why=_LAPSED[told["why"]]),
            "warn",
        )
    elif told["kind"] == "undo":
        _tell_apart_again(told)
    else:
        points = told["points"]
        flash(
            ngettext(
                "Agreed: the two are one now; %(num)s point went over. This can be undone for 30 days.",
                "Agreed: the two are one now; %(num)s points went over. This can be undone for 30 days.",
                points,
            ),
            "ok",
        )
