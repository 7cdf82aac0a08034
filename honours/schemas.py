"""Letters, as programs send and get them."""

import marshmallow as ma

from core.fields import KeyIn, PageIn
from honours import rules

_BOUND = ma.validate.Length(max=4 * rules.LONGEST_ENGLISH)


class LettersIn(PageIn):
    """Which letters: of one member, or found by the letter's number or the member's name, number or telephone."""

    search = ma.fields.String(load_default="", validate=ma.validate.Length(max=60))
    member_id = ma.fields.UUID(load_default=None)


class LetterOut(ma.Schema):
    """A letter of encouragement. `member_name` is the name of today."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.String(required=True, metadata={"description": "year and place in it: 2026-0001"})
    member_id = ma.fields.UUID(required=True)
    member_name = ma.fields.String(required=True)
    occasion_zh = ma.fields.String(required=True)
    occasion_en = ma.fields.String(required=True)
    issued_at = ma.fields.AwareDateTime(required=True)
    issued_on = ma.fields.Date(required=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class LetterForStaffOut(LetterOut):
    """The same with who issued it, and why it was withdrawn."""

    issued_by = ma.fields.UUID(required=True)
    revoked_by = ma.fields.UUID(required=True, allow_none=True)
    reason = ma.fields.String(required=True)


class LettersOut(ma.Schema):
    """A page of letters, newest first."""

    items = ma.fields.List(ma.fields.Nested(LetterForStaffOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OwnLettersOut(ma.Schema):
    """The reader's own letters, newest first."""

    items = ma.fields.List(ma.fields.Nested(LetterOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class LetterIn(KeyIn):
    """A letter to be issued."""

    member_id = ma.fields.UUID(required=True)
    occasion_zh = ma.fields.String(required=True, validate=_BOUND)
    occasion_en = ma.fields.String(load_default="", validate=_BOUND)


class IssuedOut(ma.Schema):
    """The letter that was issued or withdrawn."""

    letter_id = ma.fields.UUID(required=True)
    number = ma.fields.String(required=True)


class RevocationIn(KeyIn):
    """Why a letter is withdrawn."""

    reason = ma.fields.String(required=True, validate=_BOUND)


class CheckIn(ma.Schema):
    """The code on a letter, scanned or typed."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=300))


class CheckOut(ma.Schema):
    """What the code is worth. Nothing tells whom the letter is for."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(["genuine", "revoked", "unknown"]))
    number = ma.fields.String(required=True, allow_none=True)
    issued_on = ma.fields.Date(required=True, allow_none=True)
    revoked_on = ma.fields.Date(required=True, allow_none=True)
