"""Pages about notices: a member's list and the notice itself; writing, and who has read, for desk and captains."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from wtforms import SelectChoice

import members.queries
import notices.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, own_id, sentence, show_again, whole_number
from notices import queries
from notices.errors import NoticeInvalid, NoticeNotYours, NoticeRead
from notices.forms import NoticeForm, WithdrawalForm
from notices.queries import Sent
from notices.rules import Wish

views = Blueprint("notices_pages", __name__)

#: How long a notice is shown when nobody says otherwise.
USUAL_DAYS = 14
#: Names on one printed call list.
MOST_PRINTED = 100
STAGES: Mapping[str, tuple[Any, str]] = {
    "coming": (_lazy("not shown yet"), "calm"),
    "shown": (_lazy("shown"), "ok"),
    "over": (_lazy("over"), "calm"),
    "withdrawn": (_lazy("taken back"), "refuse"),
    "replaced": (_lazy("replaced"), "warn"),
}


def title(notice: Any) -> str:
    """The heading in the reader's language; where there is no English, in Chinese."""
    return str(notice.title_en if _in_english() and notice.title_en else notice.title_zh)


def paragraphs(notice: Any) -> list[str]:
    """The text in the reader's language, paragraph by paragraph."""
    text = notice.text_en if _in_english() and notice.text_en else notice.text_zh
    return [each for each in str(text).split("\n") if each]


def _in_english() -> bool:
    return not str(get_locale() or "zh").startswith("zh")


def audience_words(notice: Sent) -> str:
    """Whom a notice is for, in one line."""
    if notice.audience == "everybody":
        return str(_("All members"))
    if notice.audience == "squads":
        names = {each.id: each.name for each in members.queries.squads()}
        return "、".join(names.get(each, "—") for each in notice.squad_ids)
    names = members.queries.area_names()
    return "、".join(names.get(each, "—") for each in notice.area_ids)


@views.context_processor
def _words() -> dict[str, Any]:
    at_desk = current_actor().may("desk.read")
    return {
        "notice_title": title,
        "paragraphs": paragraphs,
        "audience_words": audience_words,
        "stages": STAGES,
        "local_date": clock.local_date,
        "frame": "desk.html" if at_desk else "layout.html",
        "spoken_number": members.queries.spoken_number,
        "most_counted": queries.MOST_COUNTED,
    }


# --- The reader ------------------------------------------------------------------------------------------------------


@views.get("/notices")
@requires("notice.read")
def own_notices() -> ResponseReturnValue:
    """What is shown to the reader today, with a mark on what he has not read."""
    cursor = request.args.get("cursor")
    led = _leads()
    page = queries.own(own_id(), cursor=cursor, limit=20)
    return render_template("notices/notices.html", page=page, first=bool(cursor), leads=led)


def _leads() -> bool:
    try:
        queries.squads_of(current_actor())
    except NoticeNotYours:
        return False
    return True


@views.get("/notices/<uuid:notice_id>")
@requires("notice.read")
def notice(notice_id: UUID) -> ResponseReturnValue:
    """One notice. Its script tells that it was read; without script a button does."""
    return render_template("notices/notice.html", notice=queries.for_reader(own_id(), notice_id))


@views.post("/notices/<uuid:notice_id>/reading")
@requires("notice.read")
def read(notice_id: UUID) -> ResponseReturnValue:
    """The reader says that he has read it."""
    version = whole_number(request.form.get("version")) or 0
    return act(
        lambda: notices.service.read(current_actor(), notice_id, version),
        _("Thank you, noted as read."),
        f"/notices/{notice_id}",
    )


# --- Who writes ------------------------------------------------------------------------------------------------------


@views.get("/desk/notices")
@requires("notice.read")
def sent_notices() -> ResponseReturnValue:
    """Notices with how many have read them: all at the desk, a captain's those that reach his squad."""
    cursor = request.args.get("cursor")
    page = queries.sent(current_actor(), cursor=cursor)
    return render_template("notices/desk_notices.html", page=page, first=bool(cursor))


@views.get("/desk/notices/new")
@requires("notice.read")
def new_notice() -> ResponseReturnValue:
    """Write a notice, or one that takes another one's place."""
    actor = current_actor()
    led = _require_pen()
    replaced = identifier(request.args.get("replaces"))
    today = clock.today()
    if replaced is not None:
        found = queries.one(actor, replaced)
        values = _values(found) | {
            "first_day": today,
            "last_day": max(found.last_day, today + timedelta(days=1)),
            "replaces_id": str(found.id),
        }
    else:
        audience = "everybody" if actor.may("notice.write") else "squads"
        chosen = [str(each) for each in led] if led and len(led) == 1 else []
        values = {"audience": audience, "squad_ids": chosen, "first_day": today}
        values["last_day"] = today + timedelta(days=USUAL_DAYS)
    form = _form(NoticeForm(formdata=None, data=values | {"key": str(new_id())}))
    return render_template("notices/desk_notice_form.html", form=form, action="/desk/notices", old=None)


@views.post("/desk/notices")
@requires("notice.read")
def send() -> ResponseReturnValue:
    """Send what was written."""
    _require_pen()
    form = _form(NoticeForm())
    replaced = identifier(form.replaces_id.data)
    try:
        answer = notices.service.send(current_actor(), key=form_key(), wish=_wish(form), replaces_id=replaced)
    except DomainError as refusal:
        return _again(form, refusal, "/desk/notices", None)
    flash(_("The notice is out. Here you see who has read it."), "ok")
    return go(f"/desk/notices/{answer.body['notice_id']}")


@views.get("/desk/notices/<uuid:notice_id>")
@requires("notice.read")
def sent_notice(notice_id: UUID) -> ResponseReturnValue:
    """One notice, and squad by squad who has read it."""
    form = WithdrawalForm(formdata=None, data={"key": str(new_id())})
    return render_template("notices/desk_notice.html", form=form, **_desk(notice_id))


def _desk(notice_id: UUID) -> dict[str, Any]:
    actor = current_actor()
    found = queries.one(actor, notice_id)
    cursor = request.args.get("cursor")
    writer = members.queries.many_facts([found.written_by]).get(found.written_by)
    return {
        "notice": found,
        "page": queries.by_squad(actor, found, cursor=cursor, limit=30),
        "first": bool(cursor),
        "writer": writer.name if writer else "—",
        "mine": actor.may("notice.write") or found.written_by == actor.id,
    }


@views.get("/desk/notices/<uuid:notice_id>/edit")
@requires("notice.read")
def edit_notice(notice_id: UUID) -> ResponseReturnValue:
    """Correct a notice that nobody has read."""
    _require_pen()
    found = queries.one(current_actor(), notice_id)
    if found.first_read_at is not None:
        flash(sentence(NoticeRead()), "warn")
        return go(f"/desk/notices/{notice_id}")
    values = _values(found) | {"key": str(new_id()), "version": str(found.version)}
    form = _form(NoticeForm(formdata=None, data=values))
    return render_template(
        "notices/desk_notice_form.html", form=form, action=f"/desk/notices/{notice_id}/edit", old=found
    )


@views.post("/desk/notices/<uuid:notice_id>/edit")
@requires("notice.read")
def correct(notice_id: UUID) -> ResponseReturnValue:
    """Put the correction in place."""
    _require_pen()
    form = _form(NoticeForm())
    found = queries.one(current_actor(), notice_id)
    try:
        notices.service.correct(
            current_actor(),
            key=form_key(),
            notice_id=notice_id,
            version=whole_number(form.version.data) or 0,
            wish=_wish(form),
        )
    except DomainError as refusal:
        return _again(form, refusal, f"/desk/notices/{notice_id}/edit", found)
    flash(_("The notice is corrected."), "ok")
    return go(f"/desk/notices/{notice_id}")


@views.post("/desk/notices/<uuid:notice_id>/withdraw")
@requires("notice.read")
def withdraw(notice_id: UUID) -> ResponseReturnValue:
    """Take a notice back."""
    _require_pen()
    form = WithdrawalForm()
    try:
        notices.service.withdraw(
            current_actor(), key=form_key(), notice_id=notice_id, reason=form.reason.data or ""
        )
    except DomainError as refusal:
        return show_again("notices/desk_notice.html", form, refusal, **_desk(notice_id))
    flash(_("The notice is taken back. Nobody is shown it any more."), "ok")
    return go(f"/desk/notices/{notice_id}")


@views.get("/desk/notices/<uuid:notice_id>/unread")
@requires("notice.read")
def unread(notice_id: UUID) -> ResponseReturnValue:
    """Who has not read it: a list to call or to go by, also to print."""
    actor, cursor = current_actor(), request.args.get("cursor")
    found = queries.one(actor, notice_id)
    squad_id = identifier(request.args.get("squad_id"))
    without_phone = request.args.get("without_phone") == "1"
    printed = request.args.get("print") == "1"
    page = queries.unread(
        actor,
        found,
        squad_id=squad_id,
        without_phone=without_phone,
        cursor=cursor,
        limit=MOST_PRINTED if printed else 50,
    )
    squads = {each.id: each.name for each in members.queries.squads()}
    led = queries.squads_of(actor)
    return render_template(
        "notices/unread_print.html" if printed else "notices/desk_unread.html",
        notice=found,
        page=page,
        first=bool(cursor),
        squads=squads,
        choices=[(str(key), name) for key, name in squads.items() if led is None or key in led],
        squad_id=str(squad_id) if squad_id else "",
        without_phone=without_phone,
    )


# --- Steps -----------------------------------------------------------------------------------------------------------


def _require_pen() -> set[UUID] | None:
    """The squads that the actor may write to, None for all. Raises `NoticeNotYours` for who only looks on."""
    led = queries.squads_of(current_actor())
    if led is None and not current_actor().may("notice.write"):
        raise NoticeNotYours
    return led


def _form(form: NoticeForm) -> NoticeForm:
    """The form with the squads and areas that this writer may choose."""
    led = queries.squads_of(current_actor())
    form.squad_ids.choices = [
        SelectChoice(str(each.id), each.name)
        for each in members.queries.squads()
        if led is None or each.id in led
    ]
    form.area_ids.choices = [
        SelectChoice(str(each.id), " › ".join(each.path)) for each in members.queries.areas()
    ]
    return form


def _values(found: Sent) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in Wish.__dataclass_fields__}
    values["squad_ids"] = [str(each) for each in found.squad_ids]
    values["area_ids"] = [str(each) for each in found.area_ids]
    return values


def _wish(form: NoticeForm) -> Wish:
    """What the form says. Raises `NoticeInvalid` for what is no day and no squad or area."""
    return Wish(
        title_zh=form.title_zh.data or "",
        text_zh=form.text_zh.data or "",
        title_en=form.title_en.data or "",
        text_en=form.text_en.data or "",
        audience=form.audience.data or "",
        squad_ids=_ids(form, "squad_ids"),
        area_ids=_ids(form, "area_ids"),
        first_day=_day(form, "first_day"),
        last_day=_day(form, "last_day"),
        pinned=bool(form.pinned.data),
    )


def _day(form: NoticeForm, field: str) -> date:
    day: date | None = form[field].data
    if day is None:
        raise NoticeInvalid(field=field, reason="empty")
    return day


def _ids(form: NoticeForm, field: str) -> tuple[UUID, ...]:
    found = [identifier(each) for each in form[field].data or ()]
    if None in found:
        raise NoticeInvalid(field=field, reason="unknown")
    return tuple(each for each in found if each is not None)


def _again(form: NoticeForm, refusal: DomainError, action: str, old: Sent | None) -> ResponseReturnValue:
    return show_again("notices/desk_notice_form.html", form, refusal, action=action, old=old)
