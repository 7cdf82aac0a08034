"""Statements: one's own, and a member's at the desk."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import current_app, flash, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

import members.queries
import points.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import go, identifier, own_id, show_again
from points import queries, words
from points.forms import WithdrawalForm
from points.queries import StatementLine
from points.views.blueprint import views

#: As many lines of the statement as somebody reads while he stands at the desk.
LINES_AT_THE_DESK = 10


def by_day(lines: Iterable[StatementLine]) -> list[tuple[str, list[StatementLine]]]:
    """Lines under the day on which they were booked, in words; with the names of shops and rewards."""
    days = groupby(words.with_names(lines), key=lambda line: clock.local_date(line.posted_at))
    return [(words.day(day), list(group)) for day, group in days]


@views.get("/me/statement")
@requires("self.read")
def statement() -> ResponseReturnValue:
    """What came in and went out. Other packages may add panels (`alliance_statement_panels`), such as service hours."""
    account_id, cursor = own_id(), request.args.get("cursor")
    page = queries.statement(account_id, cursor=cursor)
    panels = current_app.extensions.get("alliance_statement_panels", ())
    return render_template(
        "points/statement.html",
        held=queries.holdings(account_id),
        days=by_day(page.items),
        next=page.next,
        first=bool(cursor),
        panels=[] if cursor else [panel(account_id) for panel in panels],
    )


@views.get("/me/transfers/<uuid:transfer_id>")
@requires("self.read")
def transfer(transfer_id: UUID) -> ResponseReturnValue:
    """The receipt behind one line."""
    receipt = queries.find_transfer(own_id(), transfer_id)
    line, *follow_ups = words.with_names([receipt.line, *receipt.follow_ups])
    squad = members.queries.squad(line.squad_id).name if line.squad_id else None
    context = {"line": line, "lots": receipt.lots, "follow_ups": follow_ups, "squad": squad}
    return render_template("points/transfer.html", **context, stand_for_it=_stand_for(line))


def _stand_for(line: StatementLine) -> list[str]:
    """Who entered an award by hand, and who agreed to it."""
    if line.kind != "earn" or line.subject_type != "award":
        return []
    second = queries.award_request(line.subject_id).decided_by if line.subject_id else None
    known = members.queries.many_facts(each for each in (line.actor_id, second) if each)
    return [known[each].name for each in (line.actor_id, second) if each in known]


@views.get("/desk/members/<uuid:member_id>/statement")
@requires("ledger.read")
def member_statement(member_id: UUID) -> ResponseReturnValue:
    """A member's statement, with the ways to take awards back."""
    facts, cursor = members.queries.facts(member_id), request.args.get("cursor")
    page = queries.statement(member_id, cursor=cursor)
    return render_template(
        "points/desk_statement.html",
        facts=facts,
        held=queries.holdings(member_id),
        days=by_day(page.items),
        next=page.next,
        first=bool(cursor),
    )


@views.get("/desk/transfers/<uuid:transfer_id>/withdrawal")
@requires("award.withdraw")
def withdrawal(transfer_id: UUID) -> ResponseReturnValue:
    """Ask for the reason before an award is taken back."""
    form = WithdrawalForm(key=str(new_id()))
    return render_template("points/desk_withdrawal.html", form=form, **_award(transfer_id))


@views.post("/desk/transfers/<uuid:transfer_id>/withdrawal")
@requires("award.withdraw")
def withdraw(transfer_id: UUID) -> ResponseReturnValue:
    """Take an award back."""
    form, award = WithdrawalForm(), _award(transfer_id)
    try:
        answer = points.service.withdraw_award(
            current_actor(),
            key=identifier(form.key.data) or new_id(),
            transfer_id=transfer_id,
            reason=form.reason.data or "",
        )
    except DomainError as refusal:
        return show_again("points/desk_withdrawal.html", form, refusal, **award)
    told = _("%(points)s points were taken back.", points=answer.body["points"])
    if answer.body["owed"]:
        told += " " + _("%(owed)s of them were already spent and are owed.", owed=answer.body["owed"])
    flash(told, "ok")
    return go(f"/desk/members/{award['facts'].id}/statement")


def _award(transfer_id: UUID) -> dict[str, Any]:
    member_id = queries.owner_of(transfer_id)
    receipt = queries.find_transfer(member_id, transfer_id)
    return {"facts": members.queries.facts(member_id), "line": receipt.line}


def member_panel(member_id: UUID) -> Markup:
    """Balance and way to the statement, for the desk's page of a member."""
    held = queries.holdings(member_id)
    return Markup(render_template("points/member_panel.html", member_id=member_id, held=held))  # noqa: S704 - a template of ours, escaped by Jinja


def counter_panel(member_id: UUID) -> Markup:
    """What a member at the desk is shown of his points: balance, when they expire, the last lines."""
    lines = queries.statement(member_id, limit=LINES_AT_THE_DESK).items
    context = {"held": queries.holdings(member_id), "days": by_day(lines), "words": words}
    return Markup(render_template("points/counter_panel.html", **context))  # noqa: S704 - a template of ours, escaped by Jinja


@views.record_once
def _offer_panels(state: BlueprintSetupState) -> None:
    state.app.extensions.setdefault("alliance_member_panels", []).append(member_panel)
    state.app.extensions.setdefault("alliance_counter_panels", []).append(counter_panel)
