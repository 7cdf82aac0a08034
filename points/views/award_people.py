"""The desk: one deed for many people at once: a squad, or those who came to an activity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.queries
import points.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, sentence
from core.receipts import Answer
from points import queries
from points.queries import Attended
from points.rules import MOST_AWARDS
from points.service import AwardWish
from points.views.award_lists import tell
from points.views.award_run import deeds
from points.views.blueprint import views

_LARGEST_NUMBER: Final = 999_999_999
_ACTIVITY: Final = f"/desk/award/activity/<int(max={_LARGEST_NUMBER}):number>"


@views.get("/desk/award/squad/<uuid:squad_id>")
@requires("award.give")
def award_squad(squad_id: UUID) -> ResponseReturnValue:
    """Who of the squad did it: all are ticked, who was not there is unticked."""
    # Names are for those who may read members: a device that awards by cards is not among them.
    current_actor().require("member.read")
    squad = members.queries.squad(squad_id)
    return _page(_("Award %(squad)s", squad=squad.name), f"squad/{squad_id}", _active(squad_id))


@views.post("/desk/award/squad/<uuid:squad_id>")
@requires("award.give")
def post_award_squad(squad_id: UUID) -> ResponseReturnValue:
    """Award the deed to those who are ticked, each once for this page."""
    return _award(f"squad/{squad_id}", {each.id for each in _active(squad_id)}, None)


@views.get(_ACTIVITY)
@requires("award.give")
def award_activity(number: int) -> ResponseReturnValue:
    """Who came to an activity that is closed, for something besides what its closing has awarded."""
    current_actor().require("member.read")
    lists = queries.attended_lists()
    found = lists.one(number)
    who = lists.who(number)
    facts = members.queries.many_facts(who)
    people = [facts[each] for each in who]
    return _page(
        _("Award who came: %(activity)s", activity=found.title), f"activity/{number}", people, attended=found
    )


@views.post(_ACTIVITY)
@requires("award.give")
def post_award_activity(number: int) -> ResponseReturnValue:
    """Award the deed to those who are ticked, each once for this page, for the time of the activity."""
    current_actor().require("member.read")
    lists = queries.attended_lists()
    found = lists.one(number)
    address = f"activity/{number}"
    if found.open:
        flash(_("This activity is not closed. Closing it awards everybody who came."), "warn")
        return go(f"/desk/award/{address}")
    if request.form.get("rule_code") == found.rule_code:
        flash(_("That deed was awarded when the activity was closed."), "warn")
        return go(f"/desk/award/{address}")
    return _award(address, set(lists.who(number)), found.at)


def _page(
    title: str, address: str, people: Sequence[Any], attended: Attended | None = None
) -> ResponseReturnValue:
    favourites, others = deeds()
    before = attended.rule_code if attended else ""
    rule = queries.rule(before, clock.local_date(attended.at)) if attended else None
    return render_template(
        "points/desk_award_people.html",
        title=title,
        address=f"/desk/award/{address}",
        people=people,
        attended=attended,
        awarded_as=rule,
        favourites=[each for each in favourites if each.code != before],
        others=[each for each in others if each.code != before],
        chosen=request.args.get("rule", ""),
        squads={squad.id: squad.name for squad in members.queries.squads()} if attended else {},
        key=new_id(),
    )


def _award(address: str, here: set[UUID], done_at: datetime | None) -> ResponseReturnValue:
    wanted = [each for each in map(identifier, request.form.getlist("member_id")) if each in here]
    key, rule_code = identifier(request.form.get("key")), request.form.get("rule_code", "")
    back = f"/desk/award/{address}?rule={rule_code[:40] if rule_code.isascii() else ''}"
    if key is None or not wanted:
        flash(_("Nobody is ticked."), "warn")
        return go(back)
    wishes = [
        AwardWish(
            key=uuid5(key, str(each)),
            member_id=each,
            rule_code=rule_code,
            happened_at=done_at,
            memo=request.form.get("memo", ""),
        )
        for each in dict.fromkeys(wanted)
    ]
    counts = dict.fromkeys(("awarded", "requested", "repeated", "refused"), 0)
    for start in range(0, len(wishes), MOST_AWARDS):
        outcomes = points.service.award_many(current_actor(), wishes[start : start + MOST_AWARDS])
        _count(counts, wishes[start : start + MOST_AWARDS], outcomes)
    tell(counts)
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


def _active(squad_id: UUID) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = members.queries.search(status="active", squad_id=squad_id, cursor=cursor, limit=100)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found
