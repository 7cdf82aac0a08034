"""Pages of several domains at once: the member's code, the scanner, opened codes, results, use without network."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext as _

import activities.queries
import patrols.queries
from alliance import assets, gate, home, problems
from core import clock, codes
from core.auth import STRANGER, Actor, current_actor, logged_nameless, public, requires
from core.codes import Code, Kind
from core.config import settings
from core.db import new_id
from core.errors import DomainError

views = Blueprint("pages", __name__)

#: Outcomes and refusals that need a look but are nobody's fault; frontend/lib/results.js has the same lists.
LOOK_OUTCOMES = frozenset(
    {"requested", "round_held", "round_incomplete", "voucher", "voucher_own", "letter_revoked"}
)
#: Outcomes whose points are a price and nothing that was earned.
PRICES = frozenset({"requested", "voucher", "voucher_own", "order_held", "charge_held", "shop"})
MILD_REFUSALS = frozenset(
    {"already_visited", "already_joined", "already_attended", "choose_route", "cooldown", "round_over"}
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opened code is for a reader. `sends`: it is a scan; `asks`: only after a tap; `staff`: he may see whose
    card it is.
    """

    icon: str
    title: str
    text: str
    action: str = ""
    href: str = ""
    sends: bool = False
    asks: bool = False
    staff: bool = False
    links: tuple[tuple[str, str], ...] = ()


@views.get("/")
@public
def first_page() -> ResponseReturnValue:
    """The member's code; for strangers, what the Alliance is."""
    actor = current_actor()
    if actor.kind != "member":
        return render_template("alliance/welcome.html")
    return render_template("alliance/home.html", home=home.of(actor))


@views.get("/scan")
@requires("scan.send")
def scan() -> ResponseReturnValue:
    """Camera, photo and typed code."""
    return render_template("alliance/scan.html", base_url=settings().base_url, scan_id=new_id())


@views.get("/q/<path:text>")
@public
@logged_nameless
def opened_code(text: str) -> ResponseReturnValue:
    """A public code that WeChat or a phone's own camera has opened. It is not looked up, and nothing is written."""
    code = codes.parse(text, settings().base_url)
    if code.kind.bearer:
        return _opened(None, _card_of_somebody(current_actor()))
    if code.kind is Kind.JOIN and current_actor() is STRANGER:
        return redirect(f"/join?code={code.text}")
    if code.kind is Kind.LETTER:
        return redirect(f"/letters/check?code={code.text}")
    if code.kind is Kind.SHOP and current_actor().may("shop.pay"):
        return redirect(f"/pay/plate/{code.text}")
    return _opened(code, _public_code(current_actor(), code))


@views.get("/q")
@public
@logged_nameless
def opened_fragment() -> ResponseReturnValue:
    """A bearer code behind "#": only the browser knows it, so every reader of a kind gets the same page."""
    return _opened(None, _card_of_somebody(current_actor()))


@views.post("/q")
@requires("scan.send")
def scan_by_form() -> ResponseReturnValue:
    """A scan from a page without script: the answer is a page."""
    payload: dict[str, Any] = {
        "scan_id": _scan_id(),
        "code": request.form.get("code", "")[: gate.LONGEST_TEXT],
    }
    try:
        answer = gate.in_words(gate.scan(current_actor(), payload))
    except DomainError as refusal:
        return _refused(refusal)
    if answer["outcome"] == "order_held":
        return redirect(f"/pay/{answer['charge_id']}", 303)
    if answer["outcome"] == "shop":
        return redirect(f"/pay/plate/{codes.parse(payload['code'], settings().base_url).text}", 303)
    tone = "warn" if answer["outcome"] in LOOK_OUTCOMES else "ok"
    result = {"points": None, **answer, "tone": tone}
    if answer["outcome"] in PRICES:
        result["points"] = None
    return render_template("alliance/result.html", result=result, code=payload["code"])


@views.get("/offline")
@public
def offline() -> ResponseReturnValue:
    """The page that phones keep for use without network: scanner and queue, nothing about anybody."""
    page = render_template(
        "alliance/offline.html", actor=STRANGER, kept_offline=True, base_url=settings().base_url
    )
    return _packed(Response(page))


@views.get("/service-worker.js")
@public
def service_worker() -> ResponseReturnValue:
    """The worker that keeps the scan page usable without network; its scope is the whole site, so it lives here."""
    script = (assets.FOLDER / "dist" / assets.file_of("service-worker.js")).read_bytes()
    return _packed(Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"}))


def _packed(answer: Response) -> Response:
    """The answer packed for whoever takes that.

    Only for what holds no token and nothing of the reader's: the length of a packed secret gives it away (BREACH).
    """
    answer.vary.add("Accept-Encoding")
    # Whoever names a coding with "q=0" does not take it, yet it is "in" what he accepts.
    if request.accept_encodings.quality("gzip") > 0:
        answer.set_data(gzip.compress(answer.get_data()))
        answer.content_encoding = "gzip"
    return answer


@views.get("/development/styleguide")
@public
def styleguide() -> ResponseReturnValue:
    """All parts of pages on one page; not in production."""
    if settings().production:
        abort(404)
    return render_template("alliance/styleguide.html")


def _opened(code: Code | None, view: Opened) -> str:
    return render_template(
        "alliance/opened.html",
        view=view,
        code=code.text if code else "",
        scan_id=new_id(),
        base_url=settings().base_url,
    )


def _scan_id() -> UUID:
    try:
        return UUID(request.form.get("scan_id", ""))
    except ValueError:
        # Without its own id a repeat could not be told from a second scan.
        abort(400)


def _refused(refusal: DomainError) -> ResponseReturnValue:
    problem: Mapping[str, Any] = problems.body(refusal.code, problems.status_of(refusal), dict(refusal.data))
    result = {
        "tone": "warn" if refusal.code in MILD_REFUSALS else "refuse",
        "title": problem["detail"],
        "next_step": problem["remedy"],
        "contact": problem["contact"],
    }
    return render_template("alliance/result.html", result=result), problem["status"]


def _ways_in(code: Code) -> tuple[tuple[str, str], ...]:
    return ((_("Sign in"), f"/sign-in?next=/q/{code.text}"), (_("Join in"), "/join"))


def _report_here(code: Code) -> tuple[tuple[str, str], ...]:
    """Anybody may tell what is wrong at this place, before a scan is sent."""
    return ((_("Report something here, with or without a name"), f"/report?at={code.text}"),)


def _public_code(actor: Actor, code: Code) -> Opened:
    """Checkpoints, activities, shops and join codes: everybody may know what kind of thing it is."""
    if code.kind is Kind.CHECKPOINT:
        return _checkpoint(actor, code)
    if code.kind is Kind.ACTIVITY:
        return _attendance(actor) if _is_of_activity(code) else _captains(actor)
    if code.kind is Kind.JOIN:
        return Opened(
            icon="people",
            title=_("Join the Alliance"),
            text=_(
                "You are a member already. This code is for neighbours who are not yet, and for new devices."
            ),
            action=_("To the first page"),
            href="/",
        )
    return Opened(
        icon="gift",
        title=_("A partner shop of the Alliance"),
        text=_("Members pay here with points that they earned by good deeds. Sign in, then you can pay."),
        links=_ways_in(code),
    )


def _checkpoint(actor: Actor, code: Code) -> Opened:
    """A plate. On a round it is scanned at once; else who opens it may want to report something, without a trace."""
    if actor.may("patrol.walk") and not _on_a_round(actor):
        return Opened(
            icon="place",
            title=_("Patrol point"),
            text=_(
                "Scan it to begin your round. If you only want to report something here, nothing is scanned."
            ),
            action=_("Scan this point"),
            sends=True,
            asks=True,
            links=_report_here(code),
        )
    if actor.may("patrol.walk"):
        return Opened(
            icon="place",
            title=_("Patrol point"),
            text=_("Your scan is being sent. If nothing happens, tap the button."),
            action=_("Scan this point"),
            sends=True,
            links=_report_here(code),
        )
    if actor.kind == "member":
        return Opened(
            icon="place",
            title=_("A patrol point of the Alliance"),
            text=_("Volunteers scan this code on their rounds. Ask a coordinator if you want to walk too."),
            action=_("To the first page"),
            href="/",
            links=_report_here(code),
        )
    return Opened(
        icon="place",
        title=_("A patrol point of the Alliance"),
        text=_(
            "Volunteers from the neighbourhood come by here on their rounds. Sign in, then the scan counts."
        ),
        links=(*_report_here(code), *_ways_in(code)),
    )


def _on_a_round(actor: Actor) -> bool:
    return actor.member_id is not None and patrols.queries.open_round(actor.member_id) is not None


def _is_of_activity(code: Code) -> bool:
    """Whether a changing code is an activity's; of one whose time is over it is not said whose it was."""
    try:
        return activities.queries.number_behind(code, clock.now()) is not None
    except DomainError:
        return False


def _attendance(actor: Actor) -> Opened:
    if actor.may("activity.attend"):
        return Opened(
            icon="check",
            title=_("I was here"),
            text=_("You are being counted in. If nothing happens, tap the button."),
            action=_("Count me in"),
            sends=True,
        )
    return Opened(
        icon="people",
        title=_("An activity of the Alliance"),
        text=_("Sign in first, then scan the code on the screen once more: it changes every few seconds."),
        links=((_("Sign in"), "/sign-in?next=/scan"), (_("Join in"), "/join")),
    )


def _captains(actor: Actor) -> Opened:
    if actor.may("patrol.walk"):
        return Opened(
            icon="people",
            title=_("Walk along"),
            text=_("You are being added to the round. If nothing happens, tap the button."),
            action=_("Join the round"),
            sends=True,
        )
    if actor.kind == "member":
        return Opened(
            icon="people",
            title=_("A round of volunteers"),
            text=_("Only volunteers can join a round. Ask a coordinator if you want to walk too."),
            action=_("To the first page"),
            href="/",
        )
    return Opened(
        icon="people",
        title=_("A round of volunteers"),
        text=_("Sign in first, then scan the captain's code once more: it changes every few seconds."),
        links=((_("Sign in"), "/sign-in?next=/scan"), (_("Join in"), "/join")),
    )


def _card_of_somebody(actor: Actor) -> Opened:
    """The same page for cards, phones, orders and vouchers, whether they are valid or not."""
    staff = actor.may("member.read") or actor.may("award.give")
    text = (
        _("After a scan its owner appears here. To award a good deed, open the desk and choose it first.")
        if staff
        else _("It belongs to a member. If you have found a card, please bring it to the police room.")
    )
    return Opened(
        icon="card",
        title=_("A card or code of the Alliance"),
        text=text,
        action=_("To the first page"),
        href="/",
        sends=staff,
        staff=staff,
        links=((_("Award"), "/desk/award"),) if actor.may("award.give") else (),
    )
