"""Settlement for programs: statements of shops month by month, and what a point is worth."""

from typing import Any
from uuid import UUID

import merchants.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.fields import PageIn
from merchants import queries
from merchants.api.blueprint import settlements as api
from merchants.rules.settling import read_month
from merchants.schemas.settlements import (
    AgreementIn,
    ClosingIn,
    DebtsOut,
    DraftedOut,
    DraftIn,
    PaidBackOut,
    PaybackIn,
    PaybacksOut,
    PayoutIn,
    RateAddedOut,
    RateIn,
    RatesOut,
    SettlementLinesIn,
    SettlementLinesOut,
    SettlementOut,
    SettlementsIn,
    SettlementsOut,
    SettlementStepOut,
)


@api.route("/settlements", methods=["GET"])
@api.arguments(SettlementsIn, location="query")
@api.response(200, SettlementsOut)
@requires("self.read")
def get_settlements(wish: dict[str, Any]) -> Any:
    """Statements: all for the desk and auditors, those of the own shops for owners."""
    if wish["month"] is not None:
        read_month(wish["month"])
    return queries.settlements_for(current_actor(), **wish)


@api.route("/settlements", methods=["POST"])
@api.arguments(DraftIn)
@api.response(201, DraftedOut)
@api.alt_response(200, schema=DraftedOut, description="the month was drafted before")
@requires("settlement.manage")
def post_settlements(payload: dict[str, Any]) -> tuple[merchants.service.Drafted, int]:
    """Draft the statements of a month that is over, for all shops. A repeat finds them."""
    drafted = merchants.service.draft_month(current_actor(), **payload)
    return drafted, 201 if drafted.made else 200


@api.route("/settlements/debts", methods=["GET"])
@api.response(200, DebtsOut)
@requires("settlement.read")
def get_debts() -> dict[str, Any]:
    """What shops that left still owe."""
    return {"items": queries.debts_of_the_left(), "next": None}


@api.route("/settlements/paybacks", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, PaybacksOut)
@requires("settlement.read")
def get_paybacks(page: dict[str, Any]) -> Any:
    """What shops that left have paid back, on which receipt, the latest first."""
    return queries.paybacks(**page)


@api.route("/settlements/<uuid:settlement_id>/payback", methods=["POST"])
@api.arguments(PaybackIn)
@api.response(201, PaidBackOut)
@api.alt_response(200, schema=PaidBackOut, description=AGAIN)
@requires("settlement.manage")
def post_payback(payload: dict[str, Any], settlement_id: UUID) -> tuple[dict[str, Any], int]:
    """A shop that left has paid back all that this statement left owed."""
    return answered(merchants.service.pay_back(current_actor(), settlement_id=settlement_id, **payload))


@api.route("/settlements/<uuid:settlement_id>", methods=["GET"])
@api.response(200, SettlementOut)
@requires("self.read")
def get_settlement(settlement_id: UUID) -> queries.SettlementFacts:
    """One statement, for the desk, auditors and the owners of its shop."""
    return queries.settlement_for(current_actor(), settlement_id)


@api.route("/settlements/<uuid:settlement_id>/lines", methods=["GET"])
@api.arguments(SettlementLinesIn, location="query")
@api.response(200, SettlementLinesOut)
@requires("self.read")
def get_settlement_lines(page: dict[str, Any], settlement_id: UUID) -> Any:
    """The lines of a statement, the oldest first."""
    queries.settlement_for(current_actor(), settlement_id)
    return queries.settlement_lines(settlement_id, **page)


@api.route("/settlements/<uuid:settlement_id>/agree", methods=["POST"])
@api.arguments(AgreementIn)
@api.response(201, SettlementStepOut)
@api.alt_response(200, schema=SettlementStepOut, description=AGAIN)
@requires("self.write")
def post_agreement(payload: dict[str, Any], settlement_id: UUID) -> Any:
    """The shop agrees: its owner, or the desk with a note of what was signed on paper."""
    return answered(
        merchants.service.agree_settlement(current_actor(), settlement_id=settlement_id, **payload)
    )


@api.route("/settlements/<uuid:settlement_id>/pay", methods=["POST"])
@api.arguments(PayoutIn)
@api.response(201, SettlementStepOut)
@api.alt_response(200, schema=SettlementStepOut, description=AGAIN)
@requires("settlement.manage")
def post_payout(payload: dict[str, Any], settlement_id: UUID) -> Any:
    """The money was paid, the points leave the shop's account. Not by who agreed for the shop on paper."""
    return answered(merchants.service.pay_settlement(current_actor(), settlement_id=settlement_id, **payload))


@api.route("/settlements/<uuid:settlement_id>/close", methods=["POST"])
@api.arguments(ClosingIn)
@api.response(201, SettlementStepOut)
@api.alt_response(200, schema=SettlementStepOut, description=AGAIN)
@requires("settlement.manage")
def post_closing(payload: dict[str, Any], settlement_id: UUID) -> Any:
    """The statement is done and filed."""
    return answered(
        merchants.service.close_settlement(current_actor(), settlement_id=settlement_id, **payload)
    )


@api.route("/rates", methods=["GET"])
@api.response(200, RatesOut)
@requires("settlement.read")
def get_rates() -> dict[str, Any]:
    """What a point is worth, by shop, trade and day."""
    return {"items": queries.rates(), "next": None}


@api.route("/rates", methods=["POST"])
@api.arguments(RateIn)
@api.response(201, RateAddedOut)
@api.alt_response(200, schema=RateAddedOut, description=AGAIN)
@requires("settlement.manage")
def post_rate(payload: dict[str, Any]) -> Any:
    """Say what a point is worth from a day on."""
    return answered(merchants.service.add_rate(current_actor(), **payload))
