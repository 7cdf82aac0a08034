"""The desk: lists of members, new members, applications."""

from collections.abc import Iterable
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core.auth import Actor, current_actor, requires
from core.codes import address as address_of
from core.codes import grouped
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, sentence, show_again
from core.qr import draw_svg
from members import queries, rules
from members.forms import MemberForm, PosterForm
from members.queries import Applicant, MemberFacts, Newcomer
from members.views import words
from members.views.blueprint import area_choices, options, squad_choices, views

#: Each with all squads to choose from.
_APPLICATIONS_ON_A_PAGE = 20


def role_choices(actor: Actor) -> list[tuple[str, str]]:
    """The roles that this actor may give."""
    roles = [role for role in rules.ROLES if actor.may("role.manage") or role not in rules.STAFF_ROLES]
    return [(role, words.role(role)) for role in roles]


def _member_form() -> MemberForm:
    form = MemberForm()
    form.roles.choices = options(role_choices(current_actor()))
    form.squad_id.choices, form.area_id.choices = options(squad_choices()), options(area_choices())
    return form


@views.get("/desk/members/new")
@requires("member.manage")
def new_member() -> ResponseReturnValue:
    """Enter a member."""
    form = _member_form()
    form.key.data, form.roles.data = str(new_id()), ["volunteer"]
    return render_template("members/desk_member_new.html", form=form)


@views.post("/desk/members/new")
@requires("member.manage")
def post_new_member() -> ResponseReturnValue:
    """Enter a member, admitted at once."""
    form = _member_form()
    try:
        answer = members.service.create_member(
            current_actor(),
            key=form_key(),
            name=form.name.data or "",
            phone=form.phone.data or None,
            roles=form.roles.data or ["resident"],
            squad_id=identifier(form.squad_id.data),
            area_id=identifier(form.area_id.data),
            pin=form.pin.data or None,
            consent=form.consent.data,
        )
    except DomainError as refusal:
        return show_again("members/desk_member_new.html", form, refusal)
    number = rules.spoken_number(answer.body["number"])
    flash(_("Entered with the number %(number)s.", number=number), "ok")
    return go(f"/desk/members/{answer.body['member_id']}")


@views.get("/desk/applications")
@requires("member.read")
def application_list() -> ResponseReturnValue:
    """Who waits to be admitted, the oldest first; and posters by which people apply."""
    return _applications(_poster_form())


def _poster_form() -> PosterForm:
    form = PosterForm()
    form.squad_id.choices, form.area_id.choices = options(squad_choices()), options(area_choices())
    if request.method == "GET":
        form.key.data = str(new_id())
    return form


def _applications(form: PosterForm) -> str:
    cursor = request.args.get("cursor")
    page = queries.applications(cursor=cursor, limit=_APPLICATIONS_ON_A_PAGE)
    return render_template(
        "members/desk_applications.html",
        page=page,
        endorsed=queries.endorsements_for([each.facts.id for each in page.items]),
        needed=queries.endorsements_needed(),
        first=bool(cursor),
        squads=squad_choices(),
        names={each.id: each.name for each in queries.squads()},
        areas={each.id: " · ".join(each.path) for each in queries.areas()},
        alike=_alike(page.items),
        posters=queries.join_codes("membership"),
        form=form,
    )


def _alike(applicants: Iterable[Applicant]) -> dict[UUID, MemberFacts]:
    """Applicants who may be members already → who that is."""
    people = {
        Newcomer(
            each.facts.name, each.phone, each.facts.squad_id, each.facts.area_id, each.facts.number
        ): each
        for each in applicants
    }
    found = {
        people[one].facts.id: queries.facts_by_number(number)
        for one, number in queries.sounding_like(people).items()
    }
    return {applicant: known for applicant, known in found.items() if known is not None}


@views.post("/desk/applications/<uuid:member_id>/admit")
@requires("member.manage")
def admit(member_id: UUID) -> ResponseReturnValue:
    """Admit an applicant, into the squad chosen; with the reason, if too few have vouched."""
    squad_id = identifier(request.form.get("squad_id"))
    reason = request.form.get("reason", "")

    def work() -> None:
        members.service.admit(current_actor(), member_id, squad_id=squad_id, reason=reason)

    return act(work, _("Admitted."), "/desk/applications")


@views.post("/desk/applications/<uuid:member_id>/decline")
@requires("member.manage")
def decline(member_id: UUID) -> ResponseReturnValue:
    """Decline an application and forget the telephone number."""
    done = _("Declined. The telephone number is forgotten.")
    return act(lambda: members.service.decline(current_actor(), member_id), done, "/desk/applications")


@views.get("/desk/posters")
@requires("member.read")
def posters() -> ResponseReturnValue:
    """A poster is shown once, in answer to its form: a reload or the way back leads to where they are listed."""
    return go("/desk/applications")


@views.post("/desk/posters")
@requires("member.manage")
def post_poster() -> ResponseReturnValue:
    """Make a join code for a poster and show it, once, ready to print."""
    form = _poster_form()
    try:
        made = members.service.create_poster_code(
            current_actor(),
            key=form_key(),
            label=form.label.data or "",
            squad_id=identifier(form.squad_id.data),
            area_id=identifier(form.area_id.data),
        )
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
        return go("/desk/applications")
    if made.code is None:
        flash(
            _("This poster was made already. Withdraw it and make a new one if the print was lost."), "warn"
        )
        return go("/desk/applications")
    address = address_of(settings().base_url, made.code)
    return render_template(
        "members/poster.html",
        svg=draw_svg(address, "Q", _("Code to join")),
        text=grouped(made.code),
        label=form.label.data,
    )


@views.post("/desk/posters/<uuid:join_code_id>/withdraw")
@requires("member.manage")
def withdraw_poster(join_code_id: UUID) -> ResponseReturnValue:
    """End a poster's code."""
    done = _("Withdrawn. Nobody can apply with this poster any more.")
    return act(
        lambda: members.service.withdraw_join_code(current_actor(), join_code_id), done, "/desk/applications"
    )
