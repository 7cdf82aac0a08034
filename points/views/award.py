"""The desk: award one deed to one member."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import points.service
from core import clock, codes
from core.auth import current_actor, requires
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, show_again
from core.receipts import Answer
from members.queries import MemberLine
from points import queries, rules, words
from points.errors import DeedTimeInvalid, MemberNotFound, RuleUnknown
from points.forms import AwardForm
from points.rules import Rule
from points.views.award_run import deeds
from points.views.blueprint import day_of, options, views

#: Members offered to choose from; more than that and the name has to be written in full.
MOST_OFFERED = 10
_LONGEST_SEARCH = 240


@views.get("/desk/award")
@requires("award.give")
def award() -> ResponseReturnValue:
    """Pick the deed, then say who did it."""
    form = _form()
    form.key.data = str(new_id())
    form.rule_code.data = request.args.get("rule") or form.rule_code.data
    form.who.data = request.args.get("member", "")[:_LONGEST_SEARCH]
    return render_template("points/desk_award.html", form=form, offered=[], done=_done())


@views.post("/desk/award")
@requires("award.give")
def give_award() -> ResponseReturnValue:
    """Award the deed, or offer those to choose from when several members fit."""
    form = _form()
    try:
        happened_at = _happened_at(form)
        found = _find(form)
        if isinstance(found, list):
            return render_template("points/desk_award.html", form=form, offered=found, done=None)
        answer = _give(form, found, happened_at)
    except DomainError as refusal:
        return show_again("points/desk_award.html", form, refusal, offered=[], done=None)
    if answer.replayed:
        flash(_("This was already awarded; it counts once."), "warn")
    rule = answer.body["rule_code"]
    if answer.body["outcome"] == "requested":
        waits = _("%(points)s points wait until another coordinator agrees.", points=answer.body["points"])
        flash(waits, "warn")
        return go(f"/desk/award?rule={rule}")
    return go(f"/desk/award?rule={rule}&done={answer.body['transfer_id']}")


def _form() -> AwardForm:
    form = AwardForm()
    favourites, others = deeds()
    form.rule_code.choices = options([(rule.code, _label(rule)) for rule in (*favourites, *others)])
    return form


def _label(rule: Rule) -> str:
    return str(_("%(deed)s: %(points)s points", deed=words.rule_name(rule), points=rule.points))


def _find(form: AwardForm) -> UUID | codes.Code | list[MemberLine]:
    """The member, or the code of his card or phone, or several to choose from. Raises `MemberNotFound`."""
    if not form.rule_code.data:
        raise RuleUnknown(field="rule_code", rule="")
    chosen = identifier(form.member_id.data)
    if chosen is not None:
        return chosen
    text = (form.who.data or "").strip()[:_LONGEST_SEARCH]
    if not text:
        raise MemberNotFound(field="who")
    found = list(members.queries.search(text, limit=MOST_OFFERED).items)
    if len(found) == 1:
        return found[0].id
    if found:
        return found
    try:
        code = codes.parse(text, settings().base_url)
    except DomainError as error:
        raise MemberNotFound(field="who") from error
    if code.kind not in {codes.Kind.CARD, codes.Kind.PHONE}:
        raise MemberNotFound(field="who")
    return code


def _give(form: AwardForm, found: UUID | codes.Code, happened_at: datetime | None) -> Answer:
    key, rule_code = identifier(form.key.data) or new_id(), form.rule_code.data
    memo = rules.clean_memo(form.memo.data or "")
    if isinstance(found, codes.Code):
        return points.service.award_scanned(
            current_actor(), key=key, code=found, rule_code=rule_code, happened_at=happened_at, memo=memo
        )
    return points.service.award_deed(
        current_actor(),
        key=key,
        member_id=found,
        rule_code=rule_code,
        happened_at=happened_at,
        memo=memo,
    )


def _happened_at(form: AwardForm) -> datetime | None:
    """Noon of the day that was chosen; None, which is now, for today and when no day was chosen."""
    wrong = DeedTimeInvalid(field="done_on", days=rules.OLDEST_DEED.days)
    day = day_of(form, "done_on", wrong)
    if day is None or day == clock.today():
        return None
    at = datetime.combine(day, time(12), tzinfo=clock.zone())
    try:
        return rules.deed_time(at, clock.now())
    except DeedTimeInvalid as error:
        raise wrong from error


def _done() -> dict[str, Any] | None:
    """What was awarded last, when the page is shown after it."""
    transfer_id = identifier(request.args.get("done"))
    if transfer_id is None:
        return None
    member_id = queries.owner_of(transfer_id)
    return {
        "facts": members.queries.facts(member_id),
        "line": queries.find_transfer(member_id, transfer_id).line,
        "balance": queries.balance(member_id),
    }
