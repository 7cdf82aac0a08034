"""Rented homes and bills at the desk."""

from typing import Any
from uuid import UUID

import reports.service
from core.answers import AGAIN, answered
from core.auth import current_actor, requires
from core.fields import PageIn
from reports import queries
from reports.api.blueprint import api
from reports.schemas.counter import (
    BillIn,
    BillsOut,
    BillTakenOut,
    BillVoidedOut,
    BillVoidIn,
    FloatIn,
    FloatOpenedOut,
    FloatOpeningIn,
    FloatOut,
    HomeIn,
    HomeRegisteredOut,
    HomesIn,
    HomesOut,
    HomeVoidedOut,
    HomeVoidIn,
    TillsIn,
    TillsOut,
)


@api.route("/homes", methods=["GET"])
@api.arguments(HomesIn, location="query")
@api.response(200, HomesOut)
@requires("home.read")
def get_homes(wish: dict[str, Any]) -> Any:
    """Registered homes, the newest first."""
    return queries.homes(**wish, handles=current_actor().may("report.handle"))


@api.route("/homes", methods=["POST"])
@api.arguments(HomeIn)
@api.response(201, HomeRegisteredOut)
@api.alt_response(200, schema=HomeRegisteredOut, description=AGAIN)
@requires("report.handle")
def post_home(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Register a dwelling that is let."""
    return answered(reports.service.register_home(current_actor(), **payload))


@api.route("/homes/<uuid:home_id>/void", methods=["POST"])
@api.arguments(HomeVoidIn)
@api.response(201, HomeVoidedOut)
@api.alt_response(200, schema=HomeVoidedOut, description=AGAIN)
@requires("report.handle")
def post_home_void(payload: dict[str, Any], home_id: UUID) -> tuple[dict[str, Any], int]:
    """Strike out a home that was registered wrongly."""
    return answered(reports.service.void_home(current_actor(), home_id=home_id, **payload))


@api.route("/bills", methods=["GET"])
@api.arguments(PageIn, location="query")
@api.response(200, BillsOut)
@requires("bill.read")
def get_bills(page: dict[str, Any]) -> Any:
    """The log of receipts, the newest first."""
    return queries.bills(**page)


@api.route("/bills", methods=["POST"])
@api.arguments(BillIn)
@api.response(201, BillTakenOut)
@api.alt_response(200, schema=BillTakenOut, description=AGAIN)
@requires("bill.take")
def post_bill(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Write a receipt into the log."""
    return answered(reports.service.take_bill(current_actor(), **payload))


@api.route("/bills/<uuid:bill_id>/void", methods=["POST"])
@api.arguments(BillVoidIn)
@api.response(201, BillVoidedOut)
@api.alt_response(200, schema=BillVoidedOut, description=AGAIN)
@requires("bill.take")
def post_void(payload: dict[str, Any], bill_id: UUID) -> tuple[dict[str, Any], int]:
    """Strike out a receipt that was entered wrongly."""
    return answered(reports.service.void_bill(current_actor(), bill_id=bill_id, **payload))


@api.route("/bills/floats", methods=["GET"])
@api.arguments(TillsIn, location="query")
@api.response(200, TillsOut)
@requires("bill.read")
def get_floats(wish: dict[str, Any]) -> dict[str, Any]:
    """Tills of past days that are still open, and those that were closed last."""
    return {"open": queries.open_tills(), "closed": queries.closed_tills(**wish)}


@api.route("/bills/floats/opening", methods=["POST"])
@api.arguments(FloatOpeningIn)
@api.response(201, FloatOpenedOut)
@api.alt_response(200, schema=FloatOpenedOut, description=AGAIN)
@requires("bill.take")
def post_float_opening(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Write down what lies in one's own till before the first bill of today."""
    return answered(reports.service.open_float(current_actor(), **payload))


@api.route("/bills/floats", methods=["POST"])
@api.arguments(FloatIn)
@api.response(201, FloatOut)
@api.alt_response(200, schema=FloatOut, description=AGAIN)
@requires("bill.take")
def post_float(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Close a till: what was handed over against what the log says."""
    return answered(reports.service.reconcile_float(current_actor(), **payload))
