"""The desk: awards from a list, out of a file (with a dry run) or for a squad."""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Response, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import members.queries
import points.service
from core import sheets
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence
from core.receipts import Answer
from core.sheets import Sheet
from core.tables import SheetUnreadable
from points.rules import MOST_AWARDS
from points.service import AwardWish, ListedAward
from points.views.award_run import deeds
from points.views.blueprint import views

#: What a list of a thousand awards with the longest notes comes to, unpacked.
_LONGEST_PACK: Final = 4 * 1024 * 1024


@views.get("/desk/award/file")
@requires("award.give")
def award_file() -> ResponseReturnValue:
    """Choose a file, or a squad."""
    return _page()


@views.get("/desk/award/file/example.xlsx")
@requires("award.give")
def award_file_example() -> Response:
    """An empty list with the right headings, to be filled in."""
    heading = [_("number"), _("name"), _("phone"), _("deed"), _("date"), _("note")]
    answer = make_response(sheets.to_xlsx(Sheet(_("Awards"), heading, [])))
    answer.content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer.headers["Content-Disposition"] = "attachment; filename=awards.xlsx"
    return answer


@views.post("/desk/award/file")
@requires("award.give")
def rehearse_award_file() -> ResponseReturnValue:
    """The dry run: every row with what would come of it; nothing is posted."""
    chosen = request.files.get("file")
    try:
        content = chosen.read() if chosen is not None else b""
        if not content:
            raise SheetUnreadable(field="file", reason="empty")
        found = points.service.read_award_list(
            current_actor(), content, rule_code=request.form.get("rule_code", "")
        )
    except DomainError as refusal:
        if refusal.code in {"permission_missing", "sign_in_needed", "award_needs_person"}:
            raise
        return make_response(_page(error=sentence(refusal)), 422)
    return render_template(
        "points/desk_award_list.html",
        found=found,
        pack=_pack(found.awards),
        sentence=sentence,
        squads=_squad_names(),
    )


@views.post("/desk/award/file/post")
@requires("award.give")
def post_award_file() -> ResponseReturnValue:
    """Post what the dry run has found good; a second time it changes nothing."""
    awards = _unpack(request.form.get("pack", ""))
    digest = request.form.get("digest", "")
    if awards is None or len(digest) != 64 or not awards:
        flash(_("There is nothing to post. Choose the file again."), "warn")
        return go("/desk/award/file")
    try:
        answer = points.service.post_award_list(current_actor(), digest, awards)
    except DomainError as refusal:
        flash(sentence(refusal), "warn")
        return go("/desk/award/file")
    if answer.replayed:
        flash(_("This file was posted before; it counts once."), "warn")
    _tell(answer.body)
    return go("/desk/award/file")


@views.get("/desk/award/squad/<uuid:squad_id>")
@requires("award.give")
def award_squad(squad_id: UUID) -> ResponseReturnValue:
    """Who of the squad did it: all are ticked, who was not there is unticked."""
    # Names are for those who may read members: a device that awards by cards is not among them.
    current_actor().require("member.read")
    squad = members.queries.squad(squad_id)
    favourites, others = deeds()
    return render_template(
        "points/desk_award_squad.html",
        squad=squad,
        people=_active(squad_id),
        favourites=favourites,
        others=others,
        chosen=request.args.get("rule", ""),
        key=new_id(),
    )


@views.post("/desk/award/squad/<uuid:squad_id>")
@requires("award.give")
def post_award_squad(squad_id: UUID) -> ResponseReturnValue:
    """Award the deed to those who are ticked, each once for this page."""
    here = {each.id for each in _active(squad_id)}
    wanted = [each for each in map(identifier, request.form.getlist("member_id")) if each in here]
    key, rule_code = identifier(request.form.get("key")), request.form.get("rule_code", "")
    back = f"/desk/award/squad/{squad_id}?rule={rule_code[:40] if rule_code.isascii() else ''}"
    if key is None or not wanted:
        flash(_("Nobody is ticked."), "warn")
        return go(back)
    wishes = [
        AwardWish(
            key=uuid5(key, str(each)), member_id=each, rule_code=rule_code, memo=request.form.get("memo", "")
        )
        for each in dict.fromkeys(wanted)
        if each is not None
    ]
    counts = dict.fromkeys(("awarded", "requested", "repeated", "refused"), 0)
    for start in range(0, len(wishes), MOST_AWARDS):
        outcomes = points.service.award_many(current_actor(), wishes[start : start + MOST_AWARDS])
        _count(counts, wishes[start : start + MOST_AWARDS], outcomes)
    _tell(counts)
    return go(back if counts["refused"] else "/desk/award/file")


def _count(
    counts: dict[str, int], wishes: Sequence[AwardWish], outcomes: Sequence[Answer | DomainError]
) -> None:
    """Count along, and name everybody who was refused with the reason."""
    refused = []
    for wish, outcome in zip(wishes, outcomes, strict=True):
        if isinstance(outcome, DomainError):
            counts["refused"] += 1
            refused.append((wish.member_id, sentence(outcome)))
        else:
            counts["repeated" if outcome.replayed else str(outcome.body["outcome"])] += 1
    names = members.queries.many_facts(member_id for member_id, _told in refused)
    for member_id, told in refused[:20]:
        name = names[member_id].name if member_id in names else "?"
        flash(_("%(name)s: %(told)s", name=name, told=told), "warn")


def _tell(counts: Any) -> None:
    if counts["awarded"]:
        flash(ngettext("%(num)s award booked.", "%(num)s awards booked.", counts["awarded"]), "ok")
    if counts["requested"]:
        waits = ngettext(
            "%(num)s award waits for a second coordinator.",
            "%(num)s awards wait for a second coordinator.",
            counts["requested"],
        )
        flash(waits, "warn")
    if counts["repeated"]:
        known = ngettext(
            "%(num)s was awarded before and counts once.",
            "%(num)s were awarded before and count once.",
            counts["repeated"],
        )
        flash(known, "calm")
    if counts["refused"]:
        flash(ngettext("%(num)s was refused.", "%(num)s were refused.", counts["refused"]), "refuse")


def _page(error: str = "") -> str:
    favourites, others = deeds()
    return render_template(
        "points/desk_award_file.html",
        favourites=favourites,
        others=others,
        chosen=request.form.get("rule_code", ""),
        squads=[squad for squad in members.queries.squads() if squad.active_members],
        error=error,
    )


def _squad_names() -> dict[UUID, str]:
    return {squad.id: squad.name for squad in members.queries.squads()}


def _active(squad_id: UUID) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = members.queries.search(status="active", squad_id=squad_id, cursor=cursor, limit=100)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


# --- What the dry run found good, carried by the page itself ----------------------------------------------------------


def _pack(awards: Sequence[ListedAward]) -> str:
    rows = [[str(each.member_id), each.rule_code, each.day.isoformat(), each.memo] for each in awards]
    return base64.b64encode(zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 9)).decode()


def _unpack(text: str) -> list[ListedAward] | None:
    """What a page brought back, None for anything that it cannot have been given."""
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _LONGEST_PACK)
        rows = json.loads(data)
        found = [
            ListedAward(UUID(member_id), str(code), date.fromisoformat(day), str(memo))
            for member_id, code, day, memo in rows
        ]
    except (ValueError, TypeError, AttributeError, binascii.Error, zlib.error, RecursionError):
        return None
    return found if len(found) <= points.service.MOST_ROWS else None
