"""Points for programs: tariff, one's own statement, statements for staff."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

import members.queries
import points.service
from core import clock
from core.auth import current_actor, requires
from core.errors import Unauthenticated
from core.fields import PageIn
from points import queries, words
from points.queries import StatementLine
from points.schemas import (
    BalanceOut,
    DayIn,
    RuleChangeIn,
    RuleIn,
    RuleOut,
    StatementOut,
    TariffOut,
    TransferOut,
)

api = Blueprint("points", __name__, url_prefix="/api/v1", description="Tariff and statements")


@api.route("/tariff", methods=["GET"])
@api.arguments(DayIn, location="query")
@api.response(200, TariffOut)
@requires("tariff.read")
def get_tariff(query: dict[str, Any]) -> dict[str, Any]:
    """The rules in force on a day."""
    on = query["on"] or clock.today()
    return {"on": on, "items": queries.rules_on(on)}


@api.route("/tariff", methods=["POST"])
@api.arguments(RuleIn)
@api.response(201, RuleOut)
@requires("tariff.manage")
def post_rule(payload: dict[str, Any]) -> Any:
    """Add a rule to the tariff."""
    return points.service.add_rule(current_actor(), **payload)


@api.route("/tariff/<string(maxlength=40):code>/versions", methods=["GET"])
@api.response(200, RuleOut(many=True))
@requires("tariff.read")
def get_versions(code: str) -> Any:
    """All versions of a rule, the newest first; none for an unknown code."""
    return queries.rule_versions(code)


@api.route("/tariff/<string(maxlength=40):code>/versions", methods=["POST"])
@api.arguments(RuleChangeIn)
@api.response(201, RuleOut)
@requires("tariff.manage")
def post_version(payload: dict[str, Any], code: str) -> Any:
    """Change a rule from a day on. Awards already booked keep the version they were paid by."""
    return points.service.change_rule(current_actor(), code=code, **payload)


@api.route("/me/balance", methods=["GET"])
@api.response(200, BalanceOut)
@requires("self.read")
def get_balance() -> Any:
    """What I can spend today."""
    return queries.holdings(_own_id())


@api.route("/me/statement", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, StatementOut)
@requires("self.read")
def get_statement(query: dict[str, Any]) -> dict[str, Any]:
    """What came in and what went out, the newest first."""
    return _statement(_own_id(), query)


@api.route("/me/transfers/<uuid:transfer_id>", methods=["GET"])
@api.response(200, TransferOut)
@requires("self.read")
def get_transfer(transfer_id: UUID) -> dict[str, Any]:
    """One line of my statement with the points it touched."""
    receipt = queries.find_transfer(_own_id(), transfer_id)
    line, *follow_ups = map(_line, words.with_names([receipt.line, *receipt.follow_ups]))
    return {**line, "lots": receipt.lots, "follow_ups": follow_ups}


@api.route("/members/<uuid:member_id>/balance", methods=["GET"])
@api.response(200, BalanceOut)
@requires("ledger.read")
def get_member_balance(member_id: UUID) -> Any:
    """What a member can spend today, for staff."""
    members.queries.facts(member_id)
    return queries.holdings(member_id)


@api.route("/members/<uuid:member_id>/statement", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, StatementOut)
@requires("ledger.read")
def get_member_statement(query: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """A member's statement, for staff."""
    members.queries.facts(member_id)
    return _statement(member_id, query)


def _own_id() -> UUID:
    member_id = current_actor().member_id
    if member_id is None:
        raise Unauthenticated
    return member_id


def _statement(account_id: UUID, query: dict[str, Any]) -> dict[str, Any]:
    page = queries.statement(account_id, **query)
    return {"items": [_line(line) for line in words.with_names(page.items)], "next": page.next}


def _line(line: StatementLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind,
        "points": line.points,
        "title": words.line_title(line),
        "memo": line.memo,
        "rule_code": line.rule.code if line.rule else None,
        "happened_at": line.happened_at,
        "posted_at": line.posted_at,
        "expires_on": line.expires_on,
        "reverses_id": line.reverses_id,
        "reversed_by": line.reversed_by,
    }
