"""One person, registered twice: who looks so, the two side by side, and taking them apart again."""

from dataclasses import dataclass
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
    "squad": _lazy("same name and squad"),
    "area": _lazy("same name and area"),
    "phone": _lazy("same name, only one has a phone"),
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
@requires("member.merge")
def duplicates() -> ResponseReturnValue:
    """Pairs that are likely one person."""
    cursor = request.args.get("cursor")
    page = queries.duplicates(cursor=cursor)
    return render_template(
        "members/desk_duplicates.html",
        page=page,
        first=bool(cursor),
        why=_WHY,
        squads={each.id: each.name for each in queries.squads()},
        areas=queries.area_names(),
    )


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
    return go("/desk/members/duplicates")


@views.get("/desk/members/<uuid:member_id>/merge")
@requires("member.merge")
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
        flash(
            _("Two memberships again; %(points)s points went back.", points=told["points"]),
            "ok",
        )
        if told["owed"]:
            spent = _(
                "Of them %(points)s were spent already: the kept membership owes them now.",
                points=told["owed"],
            )
            flash(spent, "warn")
        if told["phone"] == "taken":
            flash(_("The telephone number belongs to somebody else now: please enter one."), "warn")
    return go(f"/desk/members/{gone.id}")
