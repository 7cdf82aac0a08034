"""Trades, as programs send and get them."""

import marshmallow as ma

from core.fields import WholeNumber, text
from merchants.rules.values import LONGEST_NAME


class TradeOut(ma.Schema):
    """A line of business."""

    code = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)


class TradesOut(ma.Schema):
    """All trades in their order."""

    items = ma.fields.List(ma.fields.Nested(TradeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class TradeIn(ma.Schema):
    """A new trade."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(max=100))
    name_zh = text(LONGEST_NAME, required=True)
    name_en = text(LONGEST_NAME, required=True)


class TradeChangeIn(ma.Schema):
    """A trade as it should be."""

    name_zh = text(LONGEST_NAME, required=True)
    name_en = text(LONGEST_NAME, required=True)
    position = WholeNumber(required=True)
