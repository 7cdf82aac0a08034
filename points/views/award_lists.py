"""The desk: awards from a list, and lists out of a file with their dry run."""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Response, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import members.queries
import points.service
from core import clock, sheets
from core.auth import current_actor, requires
from core.errors import DomainError
from core.pages import go, sentence
from core.sheets import Sheet
from core.tables import SheetUnreadable
from points import queries
from points.rules import OLDEST_DEED
from points.service import ListedAward
from points.views.award_run import deeds
from points.views.blueprint import views

#: What a list of a thousand awards with the longest notes comes to, unpacked.
_LONGEST_PACK: Final = 4 * 1024 * 1024


@views.get("/desk/award/file")
@requires("award.give")
def award_file() -> ResponseReturnValue:
    """Choose a file, a squad, or an activity."""
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
    tell(answer.body)
    return go("/desk/award/file")


def tell(counts: Any) -> None:
    """Say what a list of awards has come to."""
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
        attended=queries.attended_lists().recent(clock.now() - OLDEST_DEED),
        error=error,
    )


def _squad_names() -> dict[UUID, str]:
    return {squad.id: squad.name for squad in members.queries.squads()}


# --- What the dry run found good, carried by the page itself ----------------------------------------------------------


def _pack(awards: Sequence[ListedAward]) -> str:
    rows = [
        [str(each.member_id), each.rule_code, each.day.isoformat(), each.memo, each.undone] for each in awards
    ]
    return base64.b64encode(zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 9)).decode()


def _unpack(text: str) -> list[ListedAward] | None:
    """What a page brought back, None for anything that it cannot have been given."""
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), _LONGEST_PACK)
        rows = json.loads(data)
        found = [
            ListedAward(UUID(member_id), str(code), date.fromisoformat(day), str(memo), int(undone))
            for member_id, code, day, memo, undone in rows
        ]
    except (ValueError, TypeError, AttributeError, binascii.Error, zlib.error, RecursionError):
        return None
    return found if len(found) <= points.service.MOST_ROWS else None
