"""My data: what is kept, why, how long; taking it along; agreeing to the text about it; having it deleted."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import logout_user

import members.service
from core import clock
from core.auth import before_consent, current_actor, public, requires
from core.errors import DomainError
from core.pages import act, go, own_id, show_again
from core.sheets import Sheet, Value, to_xlsx
from members import queries, rules
from members.forms import DeletionForm
from members.queries import PersonalData
from members.queries.elsewhere import parts
from members.views import words
from members.views.blueprint import network_address, views, way_on

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What each group of the profile is called, why it is kept, and how long.
_GROUPS = {
    "membership": (
        _lazy("Who you are"),
        _lazy("So that squad and desk know you and can call you, and codes reach your phone."),
        _lazy("As long as you are a member; the number for good, because the books name it."),
    ),
    "course": (
        _lazy("Your membership and your card"),
        _lazy("So that the desk knows since when you take part and which card is good."),
        _lazy("As long as you are a member."),
    ),
    "access": (
        _lazy("Signing in"),
        _lazy("Of password and PIN only a fingerprint is kept, from which nobody can read them."),
        _lazy("The day of the last sign-in only; the rest until you change or delete it."),
    ),
    "looks": (
        _lazy("How pages look"),
        _lazy("So that they look and sound as you like, and you are on boards only if you wish."),
        _lazy("Until you change it."),
    ),
}
_FIELDS = {
    "number": _lazy("Number"),
    "name": _lazy("Name"),
    "phone": _lazy("Mobile number"),
    "status": _lazy("Status"),
    "squad": _lazy("Squad"),
    "leads_squad": _lazy("Leads the squad"),
    "area": _lazy("Area"),
    "roles": _lazy("Roles"),
    "helper": _lazy("Helper"),
    "looks_after": _lazy("Looks after"),
    "applied": _lazy("Applied on"),
    "admitted": _lazy("Member since"),
    "on_leave_until": _lazy("On leave until"),
    "card_issued": _lazy("Card issued on"),
    "card_blocked": _lazy("Card blocked on"),
    "signed_in_on": _lazy("Last sign-in"),
    "password_set": _lazy("Password"),
    "pin_set": _lazy("PIN"),
    "language": _lazy("Language"),
    "theme": _lazy("Colours"),
    "large_type": _lazy("Large type"),
    "speak": _lazy("Read results aloud"),
    "listed": _lazy("On the leaderboard of members"),
}


#: Stored values of looks → how the settings page calls them.
_CHOICES = {
    "zh_Hans_CN": "中文",
    "en": "English",
    "auto": _lazy("like the phone"),
    "light": _lazy("light"),
    "dark": _lazy("dark"),
}


def _value(code: str, value: Value) -> str:
    """A value of the profile in words."""
    if value is None:
        return _("none")
    if code in {"password_set", "pin_set"}:
        return _("is set") if value else _("is not set")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if code in {"language", "theme"}:
        return str(_CHOICES[str(value)])
    if code == "number":
        return rules.spoken_number(int(str(value)))
    if code == "status":
        return words.status(str(value))
    if code == "roles":
        return ", ".join(words.role(role) for role in str(value).split(", ") if role) or _("none")
    return str(format_date(value, "long")) if isinstance(value, date) else str(value)


def _told(code: str) -> str:
    """Words for a table or a column of another package."""
    known: Mapping[str, Any] = {name: word for part in parts() for name, word in part.words.items()}
    return str(known.get(code, code))


@views.get("/me/data")
@requires("self.read")
@before_consent
def my_data() -> ResponseReturnValue:
    """What is kept about oneself, why and how long."""
    return render_template("members/data.html", form=DeletionForm(), **_shown())


def _shown() -> dict[str, Any]:
    actor, member_id = current_actor(), own_id()
    data = queries.personal_data(member_id)
    return {
        "data": data,
        "groups": [
            (
                *_GROUPS[group],
                [(_FIELDS[code], _value(code, data.profile[code])) for code in queries.GROUPS[group]],
            )
            for group in queries.GROUPS
        ],
        "tables": [
            (_told(each.code), _told(f"{each.code}.why"), _told(f"{each.code}.long"), len(each.rows))
            for each in data.tables
        ],
        "own": actor.id == member_id,
        "hindered": [_sentence(each) for each in members.service.matters(member_id)],
        "wait_days": rules.DELETION_WAIT.days,
    }


def _sentence(refusal: DomainError) -> tuple[str, str]:
    told = current_app.jinja_env.globals["problem_words"](refusal.code, refusal.data)  # type: ignore[operator] # untyped there
    return told.what, told.remedy


@views.get("/me/data/export.json")
@requires("self.read")
@before_consent
def export_json() -> ResponseReturnValue:
    """The same as a file for programs."""
    content = json.dumps(queries.personal_data(own_id()).as_json(), ensure_ascii=False, indent=2)
    return _file(content.encode(), "application/json", "my-data.json")


@views.get("/me/data/export.xlsx")
@requires("self.read")
@before_consent
def export_workbook() -> ResponseReturnValue:
    """The same as a workbook for people."""
    return _file(to_xlsx(*_sheets(queries.personal_data(own_id()))), _XLSX, "my-data.xlsx")


def _file(content: bytes, media_type: str, name: str) -> ResponseReturnValue:
    response = make_response(content)
    response.mimetype = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sheets(data: PersonalData) -> list[Sheet]:
    profile = [(str(_FIELDS[code]), _value(code, value)) for code, value in data.profile.items()]
    agreed = [
        (each.version, str(format_datetime(clock.local(each.agreed_at), "medium", rebase=False)))
        for each in data.consents
    ]
    return [
        Sheet(_("My data"), (_("What"), _("Value")), profile),
        Sheet(_("What I agreed to"), (_("Text"), _("When")), agreed),
        *(Sheet(_told(each.code), tuple(map(_told, each.columns)), each.rows) for each in data.tables),
    ]


# --- Deletion


@views.post("/me/data/deletion")
@requires("self.write")
def post_deletion() -> ResponseReturnValue:
    """Wish one's own personal data gone."""
    form = DeletionForm()
    try:
        due_at = members.service.ask_for_deletion(
            current_actor(),
            password=form.password.data or None,
            pin=form.pin.data or None,
            network_address=network_address(),
        )
    except DomainError as refusal:
        return show_again("members/data.html", form, refusal, **_shown())
    day = format_date(clock.local_date(due_at), "long")
    flash(
        _("Your personal data will be deleted on %(day)s. Until then you can call it off.", day=day), "calm"
    )
    return go("/me/data")


@views.post("/me/data/deletion/off")
@requires("self.write")
def call_off_deletion() -> ResponseReturnValue:
    """Keep the personal data after all."""
    done = _("Everything stays as it is. Good to have you with us.")
    return act(lambda: members.service.call_off_deletion(current_actor()), done, "/me/data")


# --- Consent


@views.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """The text about personal data that members agree to."""
    return render_template("members/privacy.html", version=rules.CONSENT_VERSION)


@views.get("/me/consent")
@requires("self.read")
@before_consent
def consent() -> ResponseReturnValue:
    """The newest text, for whoever has not agreed to it yet."""
    return _consent(request.args.get("next", ""))


def _consent(following: str) -> str:
    return render_template("members/consent.html", version=rules.CONSENT_VERSION, following=way_on(following))


@views.post("/me/consent")
@requires("self.write")
def post_consent_own() -> ResponseReturnValue:
    """Agree, and go on to where the reader wanted to go."""
    following = way_on(request.form.get("next"))
    version = request.form.get("version", "")
    agreed = int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0
    try:
        members.service.agree(current_actor(), agreed)
    except DomainError as refusal:
        flash(" ".join(_sentence(refusal)), "refuse")
        return go("/me/consent")
    return go(following)


@views.get("/me/consent/declined")
@requires("self.read")
@before_consent
def consent_declined() -> ResponseReturnValue:
    """What follows when somebody does not agree."""
    return render_template("members/consent_declined.html")


@views.post("/me/consent/later")
@requires("self.read")
def consent_later() -> ResponseReturnValue:
    """Think about it: signed out, asked again at the next sign-in."""
    logout_user()
    return go("/")
