"""Refused scans of every kind of code, with the names that several packages know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

import members.queries
import merchants.queries
import patrols.queries
from alliance import heaps, messages
from core import clock, receipts, refused_heaps, refused_scans
from core.auth import Actor, current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import form_key, go, identifier, sentence
from core.refused_heaps import LONGEST_REASON
from core.refused_scans import Line, Wanted
from members.queries import MemberFacts

views = Blueprint("scan_pages", __name__)

#: People offered to choose from when a name fits several.
_MOST_OFFERED = 8
_LONGEST_SEARCH = 80
_ON_A_PAGE = 50

#: Kinds of codes in words; the letters are those of `core.codes.Kind`.
KINDS = {
    "C": _("Patrol point"),
    "A": _("Code on a screen"),
    "M": _("Member card"),
    "P": _("Member's phone"),
    "S": _("Shop's plate"),
    "O": _("Payment code"),
    "V": _("Voucher"),
    "J": _("Join code"),
    "L": _("Letter of encouragement"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose plate it was, and the desk's page about it."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Told:
    """One refused scan in words. `by_device`: with a device in the member's name."""

    line: Line
    what: str
    kind: str
    place: Place | None
    member: MemberFacts | None
    squad: str
    by_device: bool


@views.get("/desk/scans")
@requires("member.read")
def refused() -> ResponseReturnValue:
    """Refused scans, newest first: by reason, by member, of one code or from one phone."""
    if request.args.get("list") == "seen":
        return _looked_at()
    return render_template("alliance/refused_scans.html", **_page())


@views.post("/desk/scans/heaps")
@requires("scan.judge")
def look_at_heap() -> ResponseReturnValue:
    """Somebody has looked at a heap, and says why it can be put away."""
    form = request.form
    what, scan_id, reason = form.get("what", ""), identifier(form.get("scan_id")), form.get("reason", "")
    try:
        if scan_id is None:
            raise heaps.HeapUnknown
        heaps.see_heap(current_actor(), key=form_key(), what=what, scan_id=scan_id, reason=reason)
    except heaps.HeapReasonInvalid as refusal:
        again = {"at": (what, scan_id), "fault": sentence(refusal), "reason": reason[:LONGEST_REASON]}
        return render_template("alliance/refused_scans.html", **_page() | again), 422
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")
    else:
        flash(gettext("Put away. It comes back as soon as a further scan of it is refused."), "ok")
    return go("/desk/scans")


def _page() -> dict[str, Any]:
    given = request.args
    text = given.get("q", "").strip()[:_LONGEST_SEARCH]
    member_id = identifier(given.get("member"))
    choices = members.queries.search(text, limit=_MOST_OFFERED).items if text and not member_id else []
    if len(choices) == 1:
        member_id = choices[0].id
    reasons = refused_scans.reasons()
    wanted = Wanted(
        _since(),
        reason=given.get("reason") if given.get("reason") in reasons else None,
        member_id=member_id,
        code_of=identifier(given.get("code_of")),
        phone_of=identifier(given.get("phone_of")),
    )
    cursor = given.get("cursor") or None
    nobody = bool(text) and member_id is None
    page = None if nobody else refused_scans.lines(wanted, cursor=cursor, limit=_ON_A_PAGE)
    narrowed = bool(text or member_id or wanted.reason or wanted.code_of or wanted.phone_of)
    found = [] if narrowed or cursor else heaps.waiting()
    words = told([*(page.items if page else ()), *(each.newest for each in found)])
    return {
        "seen": None,
        "lines": [words[each.id] for each in page.items] if page else [],
        "next": page.next if page else None,
        "first": bool(cursor),
        "heaps": [(each, words[each.newest.id]) for each in found],
        "staff": members.queries.many_facts(each.look.seen_by for each in found if each.look),
        "choices": choices if member_id is None else [],
        "member": _member(member_id),
        "text": text,
        "wanted": wanted,
        "narrowed": narrowed,
        "reasons": [(each, _reason(each)) for each in reasons],
        "days": settings().refused_scan_days,
        "spoken_number": members.queries.spoken_number,
        "hours": int(heaps.WITHIN.total_seconds()) // 3600,
        "new_key": new_id,
        "at": None,
        "fault": "",
        "reason": "",
    }


def _looked_at() -> ResponseReturnValue:
    cursor = request.args.get("cursor") or None
    page = refused_heaps.looked_at(cursor=cursor, limit=_ON_A_PAGE)
    words = told([line for _look, line in page.items if line is not None])
    return render_template(
        "alliance/refused_scans.html",
        seen=[(look, words.get(line.id) if line else None) for look, line in page.items],
        staff=members.queries.many_facts(look.seen_by for look, _line in page.items),
        next=page.next,
        first=bool(cursor),
        days=settings().refused_scan_days,
    )


def _since() -> datetime:
    return clock.now() - timedelta(days=settings().refused_scan_days)


def _member(member_id: UUID | None) -> MemberFacts | None:
    return members.queries.many_facts([member_id]).get(member_id) if member_id else None


def _reason(code: str) -> str:
    return messages.problem(code, {}).what


def told(lines: list[Line]) -> dict[UUID, Told]:
    """Lines in words, by the ids of the scans; what was answered comes from their receipts."""
    kept = receipts.find_many(each.id for each in lines)
    digests = {each.code_digest for each in lines if each.code_digest is not None}
    places = _places(digests, current_actor())
    people = members.queries.many_facts(each.member_id for each in lines if each.member_id is not None)
    squads = members.queries.squad_names()

    def one(line: Line) -> Told:
        receipt = kept.get(line.id)
        member = people.get(line.member_id) if line.member_id else None
        data: dict[str, Any] = receipt.answer if receipt else {}
        return Told(
            line,
            what=messages.problem(line.reason, data).what,
            kind=str(KINDS.get(line.kind, line.kind)) if line.kind else gettext("no code of ours"),
            place=places.get(line.code_digest) if line.code_digest else None,
            member=member,
            squad=squads.get(member.squad_id, "") if member and member.squad_id else "",
            by_device=receipt is not None and member is not None and receipt.actor_id != member.id,
        )

    return {each.id: one(each) for each in lines}


def _places(digests: set[str], actor: Actor) -> dict[str, Place]:
    """Digest of a plate's code → where it hangs; without the way there for who may not go."""
    if not digests:
        return {}
    points, shops = actor.may("place.read"), actor.may("shop.audit")
    found = {
        digest: Place(each.name, f"/desk/checkpoints/{each.id}" if points else "")
        for digest, each in patrols.queries.plates_behind(digests).items()
    }
    return found | {
        digest: Place(each.name, f"/desk/shops/{each.id}" if shops else "")
        for digest, each in merchants.queries.plates_behind(digests).items()
    }
