"""Shops, their offers and plates, as programs send and get them."""

from typing import Any

import marshmallow as ma

from core.fields import KeyIn, PageIn, WholeNumber, text
from merchants.rules.shops import MOST_INTERVALS, MOST_OFFERS
from merchants.rules.values import LONGEST_NAME, LONGEST_REASON, LONGEST_TEXT, STATUSES

_TRADE = ma.validate.Regexp(r"^[a-z][a-z0-9_]{0,29}\Z")
_HOURS = {
    "description": (
        "for each day from Monday a list of [opens, closes] in minutes since midnight, programme's zone; "
        "empty: not said"
    )
}


def _hours(**options: Any) -> ma.fields.Field[Any]:
    interval = ma.fields.List(WholeNumber(), validate=ma.validate.Length(equal=2))
    day = ma.fields.List(interval, validate=ma.validate.Length(max=MOST_INTERVALS))
    return ma.fields.List(day, validate=ma.validate.Length(max=7), metadata=_HOURS, **options)


# --- Shops -----------------------------------------------------------------------------------------------------------


class ShopsIn(PageIn):
    """Which shops; without a status the partners."""

    trade = ma.fields.String(load_default=None, validate=_TRADE)
    area_id = ma.fields.UUID(load_default=None, metadata={"description": "with all areas below it"})
    q = text(
        LONGEST_NAME,
        load_default="",
        metadata={"description": "in names, address and offers"},
    )
    status = ma.fields.String(
        load_default=None,
        validate=ma.validate.OneOf(STATUSES),
        metadata={"description": "for the desk: needs shop.audit"},
    )


class ShopChangeIn(ma.Schema):
    """What is to change; fields left out stay. Limits only by the desk, null for the alliance's."""

    name = text(LONGEST_NAME)
    name_en = text(LONGEST_NAME)
    trade_code = ma.fields.String(validate=ma.validate.Length(max=100))
    area_id = ma.fields.UUID(allow_none=True)
    address = text(LONGEST_REASON)
    contact_name = text(LONGEST_NAME)
    phone = text(20)
    about = text(LONGEST_TEXT)
    hours = _hours()
    payment_limit = WholeNumber(allow_none=True)
    member_day_limit = WholeNumber(allow_none=True)
    day_limit = WholeNumber(allow_none=True)


class ShopIn(KeyIn):
    """A shop that applies."""

    name = text(LONGEST_NAME, required=True)
    name_en = text(LONGEST_NAME, load_default="")
    trade_code = ma.fields.String(required=True, validate=ma.validate.Length(max=100))
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    address = text(LONGEST_REASON, load_default="")
    contact_name = text(LONGEST_NAME, load_default="")
    phone = text(20, load_default="")
    about = text(LONGEST_TEXT, load_default="")
    hours = _hours(load_default=list)
    owner_id = ma.fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "for the desk: the member whose shop it is"},
    )


class ShopAppliedOut(ma.Schema):
    """The shop that has applied."""

    outcome = ma.fields.String(required=True)
    merchant_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    where = ma.fields.String(required=True)


class OpeningOut(ma.Schema):
    """Whether a shop is open now, and until when (programme's zone) that stays so; null: for ever or not known."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(("open", "closed", "unknown")))
    until = ma.fields.AwareDateTime(required=True, allow_none=True)


class ShopLineOut(ma.Schema):
    """A shop in the directory."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    trade_code = ma.fields.String(required=True)
    trade_zh = ma.fields.String(required=True)
    trade_en = ma.fields.String(required=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    address = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(STATUSES))
    opening = ma.fields.Nested(OpeningOut, required=True)


class ShopsOut(ma.Schema):
    """Shops by trade and number."""

    items = ma.fields.List(ma.fields.Nested(ShopLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OfferOut(ma.Schema):
    """Something that a shop gives for points."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    position = ma.fields.Integer(required=True)


class StandingOut(ma.Schema):
    """Points earned by good deeds of the shop, and its place by them among the shops of its trade."""

    points = ma.fields.Integer(required=True)
    place = ma.fields.Integer(required=True, allow_none=True)
    shops = ma.fields.Integer(required=True)


class BehindOut(ma.Schema):
    """What only the shop's own people and the desk see. Limits are null where the alliance's hold."""

    contact_name = ma.fields.String(required=True)
    paused_by_shop = ma.fields.Boolean(required=True)
    plate_generation = ma.fields.Integer(required=True)
    payment_limit = ma.fields.Integer(required=True, allow_none=True)
    member_day_limit = ma.fields.Integer(required=True, allow_none=True)
    day_limit = ma.fields.Integer(required=True, allow_none=True)
    applied_at = ma.fields.AwareDateTime(required=True)
    admitted_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class ShopOut(ShopLineOut):
    """A shop's page. `post` is what the reader is there; `behind` is null for customers."""

    about = ma.fields.String(required=True)
    hours = ma.fields.List(
        ma.fields.List(ma.fields.List(ma.fields.Integer())), required=True, metadata=_HOURS
    )
    offers = ma.fields.List(ma.fields.Nested(OfferOut), required=True)
    standing = ma.fields.Nested(StandingOut, required=True)
    post = ma.fields.String(required=True, allow_none=True)
    behind = ma.fields.Nested(BehindOut, required=True, allow_none=True)


class ShopStatusIn(ma.Schema):
    """Which status the shop should have. The desk gives a reason for declining, pausing and ending."""

    status = ma.fields.String(required=True, validate=ma.validate.OneOf(("active", "paused", "left")))
    reason = text(LONGEST_REASON, load_default="")


# --- Offers ----------------------------------------------------------------------------------------------------------


class OfferIn(KeyIn):
    """An offer as it should be."""

    name = text(LONGEST_NAME, required=True)
    name_en = text(LONGEST_NAME, load_default="")
    note = text(LONGEST_REASON, load_default="")
    points = WholeNumber(required=True, metadata={"description": "1 … 1,000,000"})


class OffersOut(ma.Schema):
    """A shop's offers in its own order."""

    items = ma.fields.List(ma.fields.Nested(OfferOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OfferAddedOut(ma.Schema):
    """The new offer's id."""

    outcome = ma.fields.String(required=True)
    merchant_id = ma.fields.UUID(required=True)
    offer_id = ma.fields.UUID(required=True)


class OfferOrderIn(ma.Schema):
    """All offers of the shop in the wanted order."""

    offer_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(max=MOST_OFFERS))


# --- The plate -------------------------------------------------------------------------------------------------------


class ShopPlateIn(ma.Schema):
    """Which plate is to be replaced."""

    generation = WholeNumber(required=True, metadata={"description": "as read with the plate"})


class ShopPlateOut(ma.Schema):
    """What stands on the plate: the address in the QR code, the drawn code, and the letters below it."""

    merchant_id = ma.fields.UUID(required=True)
    generation = ma.fields.Integer(required=True)
    address = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    svg = ma.fields.String(required=True)
