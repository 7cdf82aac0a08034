"""Clerks of shops, and what shops earn and give, as programs send and get them."""

from datetime import UTC

import marshmallow as ma

from core.fields import Day, KeyIn, WholeNumber, YesOrNo, text
from merchants.rules.values import LONGEST_REASON, POSTS

#: Longest text that is looked at as a code; the domain says what is wrong with it.
_LONGEST_CODE = 8_000


# --- Clerks ----------------------------------------------------------------------------------------------------------


class ClerkIn(KeyIn):
    """A member who is to work at the shop, by his number as read or typed."""

    member_number = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=40))
    post = ma.fields.String(load_default="clerk", validate=ma.validate.OneOf(POSTS))


class PostIn(ma.Schema):
    """What a clerk should be."""

    post = ma.fields.String(required=True, validate=ma.validate.OneOf(POSTS))


class CounterPinIn(ma.Schema):
    """A counter PIN of four to six digits."""

    pin = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=20))


class ClerkAddedOut(ma.Schema):
    """Who was asked to work at the shop (`clerk_invited`), or does so now (`clerk_added`)."""

    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(("clerk_invited", "clerk_added")))
    member_name = ma.fields.String(
        metadata={"description": "of who was asked, with its middle hidden; the number was perhaps mistyped"}
    )
    merchant_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True)
    where = ma.fields.String(required=True)


class ClerkOut(ma.Schema):
    """One who works at the shop."""

    member_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    number = ma.fields.Integer(required=True)
    post = ma.fields.String(required=True, validate=ma.validate.OneOf(POSTS))
    has_pin = ma.fields.Boolean(required=True)
    since = ma.fields.AwareDateTime(required=True)


class ClerksOut(ma.Schema):
    """Who works at the shop, owners first."""

    items = ma.fields.List(ma.fields.Nested(ClerkOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class InvitedMemberOut(ma.Schema):
    """A member who was asked to work at the shop and has not answered."""

    member_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"description": "with its middle hidden"})
    number = ma.fields.Integer(required=True)
    post = ma.fields.String(required=True, validate=ma.validate.OneOf(POSTS))
    invited_at = ma.fields.AwareDateTime(required=True)


class InvitedOut(ma.Schema):
    """Whom the shop has asked, the first one first."""

    items = ma.fields.List(ma.fields.Nested(InvitedMemberOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OwnInvitationOut(ma.Schema):
    """A shop that asks the reader to work at its counter."""

    merchant_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    post = ma.fields.String(required=True, validate=ma.validate.OneOf(POSTS))
    invited_at = ma.fields.AwareDateTime(required=True)


class OwnInvitationsOut(ma.Schema):
    """The shops that ask the reader, by number."""

    items = ma.fields.List(ma.fields.Nested(OwnInvitationOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class InvitationAnswerIn(ma.Schema):
    """Yes or no."""

    accept = YesOrNo(required=True)


class OwnPostOut(ma.Schema):
    """A shop where the reader works."""

    merchant_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    post = ma.fields.String(required=True, validate=ma.validate.OneOf(POSTS))


class OwnPostsOut(ma.Schema):
    """The shops where the reader works, by number."""

    items = ma.fields.List(ma.fields.Nested(OwnPostOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FiguresIn(ma.Schema):
    """Which local days; the newest 31 when left out."""

    first = Day(load_default=None)
    last = Day(load_default=None)


class ClerkDayOut(ma.Schema):
    """What one clerk took and gave on one local day; `clerk_id` is null for payments by the plate."""

    day = ma.fields.Date(required=True)
    clerk_id = ma.fields.UUID(required=True, allow_none=True)
    clerk_name = ma.fields.String(required=True)
    charges = ma.fields.Integer(required=True)
    taken = ma.fields.Integer(required=True)
    returned_charges = ma.fields.Integer(required=True)
    returned = ma.fields.Integer(required=True)
    gifts = ma.fields.Integer(required=True)
    given = ma.fields.Integer(required=True)
    withdrawn_gifts = ma.fields.Integer(required=True)
    withdrawn = ma.fields.Integer(required=True)


class FiguresOut(ma.Schema):
    """Who took what, the newest day first."""

    items = ma.fields.List(ma.fields.Nested(ClerkDayOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


# --- Deeds -----------------------------------------------------------------------------------------------------------


class ShopDeedIn(KeyIn):
    """A good deed of the shop, by a rule of the tariff's category for shops."""

    rule_code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=40))
    happened_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, default_timezone=UTC)
    note = text(LONGEST_REASON, load_default="")


class ShopAwardedOut(ma.Schema):
    """What the deed has brought the shop, or will when a second coordinator agrees."""

    outcome = ma.fields.String(
        required=True, metadata={"description": "shop_awarded, or shop_award_requested above a limit"}
    )
    deed_id = ma.fields.UUID(required=True, allow_none=True)
    request_id = ma.fields.UUID(allow_none=True, metadata={"description": "what waits for a second one"})
    limit_passed = ma.fields.String(allow_none=True)
    merchant_id = ma.fields.UUID(required=True)
    where = ma.fields.String(required=True)
    rule_code = ma.fields.String(required=True)
    rule_name_zh = ma.fields.String(required=True)
    rule_name_en = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    when = ma.fields.String(required=True, metadata={"format": "date-time"})


class ShopDeedOut(ma.Schema):
    """A good deed of a shop."""

    id = ma.fields.UUID(required=True)
    rule_code = ma.fields.String(required=True)
    rule_zh = ma.fields.String(required=True)
    rule_en = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    happened_at = ma.fields.AwareDateTime(required=True)
    seconded = ma.fields.Boolean(required=True, metadata={"description": "two coordinators stand for it"})
    withdrawn_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class ShopDeedsOut(ma.Schema):
    """A shop's good deeds, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ShopDeedOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


# --- Budget and gifts ------------------------------------------------------------------------------------------------


class BudgetIn(KeyIn):
    """Points to put into a shop's budget, or to take out of it."""

    act = ma.fields.String(required=True, validate=ma.validate.OneOf(("grant", "withdraw")))
    points = WholeNumber(required=True, metadata={"description": "1 … 1,000,000"})
    reason = text(LONGEST_REASON, required=True)


class BudgetChangedOut(ma.Schema):
    """What was done, and what the budget holds now."""

    outcome = ma.fields.String(required=True)
    merchant_id = ma.fields.UUID(required=True)
    where = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    budget = ma.fields.Integer(required=True)
    request_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "what waits, or waited, for a second one"}
    )
    limit_passed = ma.fields.String(allow_none=True)
    rule_code = ma.fields.String(allow_none=True, metadata={"description": "where a deed of the shop waited"})


class BudgetLineOut(ma.Schema):
    """Points put into the budget, or (negative) taken out of it by the desk."""

    id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    changed_at = ma.fields.AwareDateTime(required=True)
    seconded = ma.fields.Boolean(required=True, metadata={"description": "two coordinators stand for it"})


class BudgetOut(ma.Schema):
    """What the shop may still give, the limits of gifts, and what the desk did to the budget, the newest first."""

    budget = ma.fields.Integer(required=True)
    gift_limit = ma.fields.Integer(required=True)
    member_day_limit = ma.fields.Integer(required=True)
    shop_day_limit = ma.fields.Integer(required=True)
    items = ma.fields.List(ma.fields.Nested(BudgetLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class _GiftWish(ma.Schema):
    member_code = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.Length(min=1, max=_LONGEST_CODE)
    )
    member_number = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.Length(min=1, max=40)
    )
    points = WholeNumber(required=True)


class GiftReceiverIn(_GiftWish):
    """For whom points are meant: by the code of his phone or card, or by his number."""


class GiftReceiverOut(ma.Schema):
    """To whom the points would go, for the clerk to confirm."""

    member_name = ma.fields.String(required=True, metadata={"description": "with its middle hidden"})


class GiftIn(_GiftWish, KeyIn):
    """Points for a member who was looked up before, by the same code or number."""

    member_name = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=100),
        metadata={"description": "as gifts/receiver told it and the clerk has confirmed it"},
    )
    reason = text(LONGEST_REASON, load_default="")


class GivenOut(ma.Schema):
    """What was given, and what the budget still holds."""

    outcome = ma.fields.String(required=True)
    gift_id = ma.fields.UUID(required=True)
    merchant_id = ma.fields.UUID(required=True)
    where = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    budget = ma.fields.Integer(required=True)
    member_name = ma.fields.String(required=True, metadata={"description": "with its middle hidden"})


class GiftOut(ma.Schema):
    """One gift of the shop."""

    id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    given_at = ma.fields.AwareDateTime(required=True)
    member_name = ma.fields.String(required=True, metadata={"description": "with its middle hidden"})
    clerk_id = ma.fields.UUID(required=True)
    clerk_name = ma.fields.String(required=True)
    withdrawn_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    withdrawn_why = ma.fields.String(required=True)


class GiftsOut(ma.Schema):
    """The shop's gifts, the newest first."""

    items = ma.fields.List(ma.fields.Nested(GiftOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
