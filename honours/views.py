"""Pages about letters and titles: the desk's, a member's own, the paper, the answer to its code, the wall of honour."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from markupsafe import Markup

import honours.service
import members.queries
from core import clock, codes, qr
from core.auth import current_actor, public, requires
from core.config import settings
from core.db import new_id
from core.documents import CertificateWords, certificate
from core.errors import DomainError
from core.locales import in_language
from core.pages import act, fault, form_key, go, identifier, own_id, show_again, whole_number
from honours import queries
from honours.forms import LetterForm, RevocationForm
from honours.queries import LetterFacts

views = Blueprint("honours_pages", __name__)
_LANGUAGES = ("zh_Hans_CN", "en")


def in_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return str(get_locale() or "zh").startswith("zh")


def occasion(letter: LetterFacts) -> str:
    """What the letter thanks for, in the reader's language; where there is no English, in Chinese."""
    return letter.occasion_zh if in_chinese() or not letter.occasion_en else letter.occasion_en


@views.context_processor
def _words() -> dict[str, Any]:
    return {
        "occasion": occasion,
        "spoken_number": members.queries.spoken_number,
        "local_date": clock.local_date,
    }


# --- The desk --------------------------------------------------------------------------------------------------------


@views.get("/desk/letters")
@requires("letter.read")
def letters() -> ResponseReturnValue:
    """All letters, newest first; of one member, or those that fit what was typed."""
    search, cursor = request.args.get("search", "")[:60], request.args.get("cursor")
    member_id = identifier(request.args.get("member_id"))
    return render_template(
        "honours/desk_letters.html",
        page=queries.letters(search, member_id=member_id, cursor=cursor),
        member=members.queries.facts(member_id) if member_id else None,
        search=search,
        first=bool(cursor),
    )


@views.get("/desk/letters/new")
@requires("letter.issue")
def new_letter() -> ResponseReturnValue:
    """First the member is found, then the letter is written."""
    member_id = identifier(request.args.get("member_id"))
    if member_id is None:
        search = request.args.get("search", "")[:60]
        found = members.queries.search(search, limit=20).items if search.strip() else None
        return render_template("honours/desk_letter_member.html", search=search, found=found)
    form = LetterForm(data={"key": str(new_id()), "member_id": str(member_id)})
    return render_template("honours/desk_letter_new.html", form=form, member=members.queries.facts(member_id))


@views.post("/desk/letters")
@requires("letter.issue")
def issue() -> ResponseReturnValue:
    """Issue the letter that was written."""
    form = LetterForm()
    member = members.queries.facts(identifier(form.member_id.data) or UUID(int=0))
    try:
        answer = honours.service.issue_letter(
            current_actor(),
            key=form_key(),
            member_id=member.id,
            occasion_zh=form.occasion_zh.data or "",
            occasion_en=form.occasion_en.data or "",
        )
    except DomainError as refusal:
        return show_again("honours/desk_letter_new.html", form, refusal, member=member)
    flash(_("Letter %(number)s is issued. Print it now.", number=answer.body["number"]), "ok")
    return go(f"/desk/letters/{answer.body['letter_id']}")


@views.get("/desk/letters/<uuid:letter_id>")
@requires("letter.read")
def desk_letter(letter_id: UUID) -> ResponseReturnValue:
    """One letter: print it, withdraw it."""
    return render_template("honours/desk_letter.html", **_desk(letter_id), form=_revocation())


def _revocation() -> RevocationForm:
    return RevocationForm(formdata=None, data={"key": str(new_id())})


def _desk(letter_id: UUID) -> dict[str, Any]:
    found = queries.letter(letter_id)
    staff = members.queries.many_facts(each for each in (found.issued_by, found.revoked_by) if each)
    return {
        "letter": found,
        "code": codes.grouped(queries.code_of(found.id)),
        "staff": {each.id: each.name for each in staff.values()},
    }


@views.post("/desk/letters/<uuid:letter_id>/revoke")
@requires("letter.issue")
def revoke(letter_id: UUID) -> ResponseReturnValue:
    """Withdraw a letter."""
    form = RevocationForm()
    try:
        honours.service.revoke_letter(
            current_actor(), key=form_key(), letter_id=letter_id, reason=form.reason.data or ""
        )
    except DomainError as refusal:
        return show_again("honours/desk_letter.html", form, refusal, **_desk(letter_id))
    flash(_("The letter is withdrawn. Whoever checks its code is told so."), "ok")
    return go(f"/desk/letters/{letter_id}")


def member_panel(member_id: UUID) -> Markup:
    """The member's letters and the way to a new one, for the desk's page of a member."""
    page = queries.letters(member_id=member_id, limit=3)
    context = {"member_id": member_id, "page": page, "occasion": occasion}
    return Markup(render_template("honours/member_panel.html", **context))  # noqa: S704 - a template of ours, escaped by Jinja


@views.record_once
def _offer_panel(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault("alliance_member_panels", []).append(member_panel)


# --- The member ------------------------------------------------------------------------------------------------------


@views.get("/letters")
@requires("self.read")
def own_letters() -> ResponseReturnValue:
    """The reader's own letters."""
    return render_template("honours/letters.html", letters=queries.letters_of(own_id()))


@views.get("/letters/<uuid:letter_id>.pdf")
@requires("self.read")
def paper(letter_id: UUID) -> ResponseReturnValue:
    """The letter to print, in the reader's language or the one asked for."""
    found = queries.letter_to_print(current_actor(), letter_id)
    language = request.args.get("language")
    with in_language(language if language in _LANGUAGES else str(get_locale() or _LANGUAGES[0])):
        content = _paper(found)
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="letter-{found.number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _paper(letter: LetterFacts) -> bytes:
    name_of_alliance: Any = current_app.jinja_env.globals["alliance_name"]
    code = queries.code_of(letter.id)
    address = codes.address(settings().base_url, code)
    words = CertificateWords(
        issuer=str(name_of_alliance()),
        title=_("Letter of encouragement"),
        number=_("Letter no. %(number)s", number=letter.number),
        recipient=_("To %(name)s", name=letter.member_name),
        body=occasion(letter),
        closing=_("We thank you with all our heart and wish that many follow your example."),
        seal=_("Seal"),
        date=str(format_date(letter.issued_on, "long")),
        code=codes.grouped(code),
        hint=_("Genuine? Scan the square, or type the code here:"),
        address=f"{settings().base_url}/letters/check",
    )
    return certificate(words, qr.draw_png(address, "Q"), language="zh-CN" if in_chinese() else "en-GB")


# --- Titles and the wall of honour ----------------------------------------------------------------------------------

TITLES: Mapping[str, Any] = {
    "star": _lazy("Star of the police room"),
    "squad": _lazy("Excellent squad"),
}
FIGURES: Mapping[str, Any] = {
    "rank": _lazy("Rank of the squad"),
    "per_head": _lazy("Points per head"),
    "points": _lazy("Points"),
    "deeds": _lazy("Deeds"),
    "heads": _lazy("Active members"),
    "own_points": _lazy("Points of his own"),
}
#: Rows that fit one screen on a wall.
MOST_ON_WALL = 10


def period_words(period: str) -> str:
    """ "2026-11" as "November 2026", "2026" as the year."""
    if len(period) == len("2026"):
        return str(_("Year %(year)s", year=period))
    return str(format_date(date(int(period[:4]), int(period[5:]), 1), _("MMMM y")))


def _periods() -> list[tuple[str, str]]:
    """The months of the last year and the two years, to choose from."""
    today = clock.today()
    months = [(today.year * 12 + today.month - 1 - back) for back in range(13)]
    found = [f"{each // 12}-{each % 12 + 1:02}" for each in months]
    return [(each, period_words(each)) for each in (*found, str(today.year), str(today.year - 1))]


def _year() -> int:
    wanted = whole_number(request.args.get("year"))
    return wanted if wanted and 2000 <= wanted <= 2099 else clock.today().year


@views.get("/honours")
@requires("board.read")
def wall() -> ResponseReturnValue:
    """The wall of honour of a year, for everybody inside the alliance."""
    found = queries.wall(_year())
    return render_template("honours/wall.html", wall=found, titles=TITLES, period_words=period_words)


@views.get("/honours/wall")
@requires("wall.read")
def wall_display() -> ResponseReturnValue:
    """The same for a screen on a wall."""
    found = queries.wall(clock.today().year)
    lines = [*found.stars, *found.squads]
    lines.sort(key=lambda each: (each.period, each.title), reverse=True)
    return render_template(
        "honours/wall_display.html",
        wall=found,
        lines=lines[:MOST_ON_WALL],
        titles=TITLES,
        period_words=period_words,
        every=60,
    )


@views.get("/desk/honours")
@requires("letter.read")
def desk_honours() -> ResponseReturnValue:
    """What the boards propose for a title and a period; giving it; what was given this year."""
    form = RevocationForm(formdata=None, data={"key": str(new_id())})
    return render_template("honours/desk_honours.html", form=form, **_desk_honours())


def _desk_honours() -> dict[str, Any]:
    periods = _periods()
    title = request.values.get("title", "squad")
    period = request.values.get("period", periods[1][0])
    title = title if title in TITLES else "squad"
    period = period if period in dict(periods) else periods[1][0]
    found = queries.proposals(title, period)
    people = members.queries.many_facts(each.member_id for each in found if each.member_id)
    given = [*queries.honours(clock.today().year, revoked=True), *queries.honours(clock.today().year - 1)]
    return {
        "title": title,
        "period": period,
        "periods": periods,
        "titles": TITLES,
        "figures": FIGURES,
        "candidates": found,
        "people": people,
        "squads": {each.id: each for each in members.queries.squads()},
        "given": given,
        "taken": any(
            each.title == title and each.period == period and each.revoked_at is None for each in given
        ),
        "period_words": period_words,
        "new_key": new_id,
    }


@views.post("/desk/honours")
@requires("honour.give")
def give() -> ResponseReturnValue:
    """Give the title."""
    title, period = request.form.get("title", ""), request.form.get("period", "")[:10]
    return act(
        lambda: honours.service.give_honour(
            current_actor(),
            key=form_key(),
            title=title,
            period=period,
            squad_id=identifier(request.form.get("squad_id")) or UUID(int=0),
            member_id=identifier(request.form.get("member_id")),
        ),
        _("The title is given. It stands on the wall of honour."),
        f"/desk/honours?{urlencode({'title': title, 'period': period})}",
    )


@views.post("/desk/honours/<uuid:honour_id>/revoke")
@requires("honour.give")
def revoke_title(honour_id: UUID) -> ResponseReturnValue:
    """Take a title back."""
    reason = request.form.get("reason", "")
    return act(
        lambda: honours.service.revoke_honour(
            current_actor(), key=form_key(), honour_id=honour_id, reason=reason
        ),
        _("The title is taken back."),
        "/desk/honours",
    )


# --- Anybody ---------------------------------------------------------------------------------------------------------


@views.get("/letters/check")
@public
def check() -> ResponseReturnValue:
    """Whether a letter is genuine, for anybody who scans its code or types it. Tells nothing of whom it is for."""
    text = request.args.get("code", "")
    verdict, wrong, status = None, "", 200
    if text.strip():
        try:
            verdict = queries.verify(codes.parse(text, settings().base_url))
        except DomainError as refusal:
            wrong, status = fault(refusal), 422
        else:
            status = 404 if verdict.state == queries.UNKNOWN else 200
    shown = text[: codes.LONGEST_INPUT]
    return render_template("honours/check.html", verdict=verdict, wrong=wrong, code=shown), status
