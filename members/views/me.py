"""我的: one's own account and the people one looks after."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

import members.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, own_id, show_again
from members import queries
from members.forms import LeaveForm, ManagedForm, SettingsForm
from members.views.blueprint import begin_session, views


@views.get("/me")
@requires("self.read")
def me() -> ResponseReturnValue:
    """The ways to everything that is one's own."""
    record = queries.record(own_id())
    facts = record.facts
    return render_template(
        "members/me.html",
        record=record,
        facts=facts,
        squad=queries.squad(facts.squad_id) if facts.squad_id else None,
        user=current_user,
    )


@views.get("/me/settings")
@requires("self.read")
def settings() -> ResponseReturnValue:
    """How pages look and sound."""
    user = current_user
    form = SettingsForm(
        language=user.language,
        theme=user.theme,
        large_type=user.large_type,
        speak=user.speak,
        listed=user.listed,
    )
    return render_template("members/settings.html", form=form)


@views.post("/me/settings")
@requires("self.write")
def post_settings() -> ResponseReturnValue:
    """Keep the settings."""
    form = SettingsForm()
    try:
        members.service.change_settings(
            current_actor(),
            language=form.language.data,
            theme=form.theme.data,
            large_type=form.large_type.data,
            speak=form.speak.data,
            listed=form.listed.data,
        )
    except DomainError as refusal:
        return show_again("members/settings.html", form, refusal)
    flash(_("Saved"), "ok")
    return go("/me/settings")


@views.get("/me/leave")
@requires("self.read")
def leave() -> ResponseReturnValue:
    """Rest for a while, come back, or leave for good."""
    facts = queries.facts(own_id())
    return render_template("members/leave.html", form=LeaveForm(), facts=facts)


@views.post("/me/leave")
@requires("self.write")
def post_leave() -> ResponseReturnValue:
    """Begin to rest."""
    form = LeaveForm()
    form.until.validate(form)
    if form.until.errors:
        return render_template("members/leave.html", form=form, facts=queries.facts(own_id())), 422
    try:
        members.service.take_leave(current_actor(), own_id(), form.until.data)
    except DomainError as refusal:
        return show_again("members/leave.html", form, refusal, facts=queries.facts(own_id()))
    flash(_("Have a good rest. Your place in the squad stays yours."), "ok")
    return go("/me")


@views.post("/me/leave/end")
@requires("self.write")
def end_leave() -> ResponseReturnValue:
    """Come back."""
    return act(lambda: members.service.come_back(current_actor(), own_id()), _("Welcome back."), "/me")


@views.post("/me/quit")
@requires("self.write")
def quit_alliance() -> ResponseReturnValue:
    """Leave the alliance for good."""
    actor, member_id = current_actor(), own_id()
    try:
        members.service.leave(actor, member_id)
    except DomainError as refusal:
        return show_again("members/leave.html", LeaveForm(), refusal, facts=queries.facts(member_id))
    if actor.id == member_id:
        logout_user()
    flash(_("You have left the alliance. Thank you for everything."), "ok")
    return go("/")


@views.get("/me/card")
@requires("self.read")
def card() -> ResponseReturnValue:
    """The printed card: since when, until when, lost."""
    return render_template("members/card.html", record=queries.record(own_id()))


@views.post("/me/card/lost")
@requires("self.write")
def card_lost() -> ResponseReturnValue:
    """The card is void from now on."""
    done = _("The card is void now. Whoever finds it can do nothing with it. The desk prints a new one.")
    return act(lambda: members.service.revoke_card(current_actor(), own_id()), done, "/me/card")


# --- Helpers


@views.get("/me/helper")
@requires("self.read")
def helper() -> ResponseReturnValue:
    """Whom one looks after, and by whom one is looked after."""
    return _helper_page(ManagedForm(key=str(new_id())))


def _helper_page(form: ManagedForm) -> str:
    actor = current_actor()
    helped_by = queries.facts(own_id()).helper_id
    return render_template(
        "members/helper.html",
        form=form,
        managed=queries.managed_by(actor.id),
        helper=queries.facts(helped_by) if helped_by else None,
        acting=actor.id != actor.member_id,
    )


@views.post("/me/helper")
@requires("self.write")
def post_helper() -> ResponseReturnValue:
    """Enter somebody without a phone."""
    form = ManagedForm()
    try:
        members.service.create_managed(
            current_actor(), key=form_key(), name=form.name.data or "", consent=form.consent.data
        )
    except DomainError as refusal:
        return show_again(
            "members/helper.html",
            form,
            refusal,
            managed=queries.managed_by(current_actor().id),
            helper=None,
            acting=False,
        )
    flash(_("Entered. A coordinator will admit the new member."), "ok")
    return go("/me/helper")


@views.post("/me/act/<uuid:member_id>")
@requires("self.read")
def act_for(member_id: UUID) -> ResponseReturnValue:
    """Act for somebody one looks after."""
    user = members.service.act_for(current_actor(), member_id)
    begin_session(user)
    flash(_("You now act for %(name)s.", name=user.name), "calm")
    return go("/")


@views.post("/me/act/self")
@requires("self.read")
def act_for_oneself() -> ResponseReturnValue:
    """Be oneself again."""
    begin_session(members.service.act_for_oneself(current_actor()))
    return go("/me/helper")


@views.post("/me/helper/<uuid:member_id>/stop")
@requires("self.write")
def stop_helping(member_id: UUID) -> ResponseReturnValue:
    """Give an account back to the desk."""
    done = _("You no longer look after this account.")
    return act(lambda: members.service.stop_helping(current_actor(), member_id), done, "/me/helper")
