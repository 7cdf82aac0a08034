"""What programs send and get about rented homes and bills. Numbers are JSON integers, money whole fen."""

import marshmallow as ma

from core.fields import Day, KeyIn, PageIn, QueryInteger, YesOrNo, number, text
from reports.rules import desk, texts


class HomesIn(PageIn):
    """Which homes; `q` is a part of the address."""

    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=80))
    area_id = ma.fields.UUID(load_default=None)


class HomeIn(KeyIn):
    """A dwelling that is let; for a member, or from a report of a rented home."""

    address = text(texts.LONGEST_ADDRESS, required=True)
    term_from = Day(required=True)
    term_until = Day(required=True, metadata={"description": "the last day of the lease"})
    tenants = number(0, desk.MOST_TENANTS, load_default=0)
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    member_id = ma.fields.UUID(load_default=None, allow_none=True)
    report_id = ma.fields.UUID(load_default=None, allow_none=True)
    another = YesOrNo(
        load_default=False,
        metadata={"description": "it is another home than those that `home_alike` names"},
    )


class HomeVoidIn(KeyIn):
    """Why a home is struck out."""

    reason = text(texts.LONGEST_REASON, required=True)


class HomeVoidedOut(ma.Schema):
    """The home was struck out; `points` is what it had earned, now taken back."""

    outcome = ma.fields.String(required=True)
    home_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)


class HomeRegisteredOut(ma.Schema):
    """The registration, and what it has earned; `unpaid` is the code of why not."""

    outcome = ma.fields.String(required=True)
    home_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    unpaid = ma.fields.String(required=True, allow_none=True)


class HomeOut(ma.Schema):
    """A registered dwelling."""

    id = ma.fields.UUID(required=True)
    address = ma.fields.String(required=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    tenants = ma.fields.Integer(required=True)
    term = ma.fields.String(required=True)
    term_from = ma.fields.Date(required=True)
    term_until = ma.fields.Date(required=True)
    member_id = ma.fields.UUID(required=True, allow_none=True)
    report_id = ma.fields.UUID(required=True, allow_none=True)
    registered_by = ma.fields.UUID(required=True)
    registered_on = ma.fields.Date(required=True)
    points = ma.fields.Integer(required=True)
    voided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    void_reason = ma.fields.String(required=True)


class HomesOut(ma.Schema):
    """Registered homes, the newest first."""

    items = ma.fields.List(ma.fields.Nested(HomeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class BillIn(KeyIn):
    """A receipt of a bill that was paid at the desk."""

    member_id = ma.fields.UUID(required=True)
    utility = ma.fields.String(required=True, validate=ma.validate.OneOf(desk.UTILITIES))
    receipt_number = text(desk.LONGEST_RECEIPT, required=True)
    amount_fen = number(1, desk.LARGEST_BILL_FEN, required=True)


class BillTakenOut(ma.Schema):
    """The receipt, and what it has earned; `unpaid` is the code of why not."""

    outcome = ma.fields.String(required=True)
    bill_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    unpaid = ma.fields.String(required=True, allow_none=True)


class BillVoidIn(KeyIn):
    """Why a receipt is struck out."""

    reason = text(texts.LONGEST_REASON, required=True)


class BillVoidedOut(ma.Schema):
    """The receipt, and the points that were taken back."""

    outcome = ma.fields.String(required=True)
    bill_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)


class BillOut(ma.Schema):
    """A receipt in the log."""

    id = ma.fields.UUID(required=True)
    utility = ma.fields.String(required=True)
    receipt_number = ma.fields.String(required=True)
    amount_fen = ma.fields.Integer(required=True)
    member_id = ma.fields.UUID(required=True)
    taken_by = ma.fields.UUID(required=True)
    taken_at = ma.fields.AwareDateTime(required=True)
    day = ma.fields.Date(required=True)
    points = ma.fields.Integer(required=True)
    voided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    void_reason = ma.fields.String(required=True)


class BillsOut(ma.Schema):
    """Receipts, the newest first."""

    items = ma.fields.List(ma.fields.Nested(BillOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FloatOpeningIn(KeyIn):
    """What was counted in one's own till before the first bill of today."""

    opening_fen = number(0, desk.LARGEST_FLOAT_FEN, required=True)
    note = text(
        texts.LONGEST_REASON,
        load_default="",
        metadata={"description": "why it is another sum than stayed in it when it was closed last"},
    )


class FloatOpenedOut(ma.Schema):
    """The till as it was opened, in fen."""

    outcome = ma.fields.String(required=True)
    day = ma.fields.String(required=True, metadata={"description": "ISO day"})
    opening_fen = ma.fields.Integer(required=True)


class FloatIn(KeyIn):
    """What was handed over at the end of a day, and what was counted in the till then."""

    handed_over_fen = number(0, desk.LARGEST_FLOAT_FEN, required=True)
    counted_fen = number(0, desk.LARGEST_FLOAT_FEN, load_default=0)
    day = Day(load_default=None, allow_none=True)
    coordinator_id = ma.fields.UUID(load_default=None, allow_none=True)
    note = text(texts.LONGEST_REASON, load_default="")


class FloatOut(ma.Schema):
    """The till as it was closed, in fen."""

    outcome = ma.fields.String(required=True)
    day = ma.fields.String(required=True, metadata={"description": "ISO day"})
    bills = ma.fields.Integer(required=True)
    opening_fen = ma.fields.Integer(metadata={"description": "counted at opening"})
    taken_fen = ma.fields.Integer(required=True)
    handed_over_fen = ma.fields.Integer(required=True)
    counted_fen = ma.fields.Integer(metadata={"description": "counted in the till at the end"})
    difference_fen = ma.fields.Integer(
        required=True, metadata={"description": "counted + handed over - opening - taken"}
    )


class TillsIn(ma.Schema):
    """How many of the closed tills."""

    most = QueryInteger(load_default=31, validate=ma.validate.Range(1, 100))


class TillOut(ma.Schema):
    """A till of a coordinator and day; what is null is not closed yet, or nobody counted."""

    coordinator_id = ma.fields.UUID(required=True)
    day = ma.fields.Date(required=True)
    bills = ma.fields.Integer(required=True)
    stayed_fen = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "counted when it was closed last; null when it never was, or was not looked up"
        },
    )
    opening_fen = ma.fields.Integer(required=True, allow_none=True)
    opening_note = ma.fields.String(required=True)
    taken_fen = ma.fields.Integer(required=True)
    expected_fen = ma.fields.Integer(
        required=True, metadata={"description": "opening (or what stayed) + taken - handed over"}
    )
    handed_over_fen = ma.fields.Integer(required=True, allow_none=True)
    counted_fen = ma.fields.Integer(required=True, allow_none=True)
    difference_fen = ma.fields.Integer(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    closed_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class TillsOut(ma.Schema):
    """Tills of past days that are still open, and those that were closed last."""

    open = ma.fields.List(ma.fields.Nested(TillOut), required=True)
    closed = ma.fields.List(ma.fields.Nested(TillOut), required=True)
