"""Letters and titles, as programs send and get them."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, QueryInteger, text
from honours import rules


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
    occasion_zh = text(rules.LONGEST_CHINESE, required=True)
    occasion_en = text(rules.LONGEST_ENGLISH, load_default="")


class IssuedOut(ma.Schema):
    """The letter that was issued or withdrawn."""

    letter_id = ma.fields.UUID(required=True)
    number = ma.fields.String(required=True)


class RevocationIn(KeyIn):
    """Why a letter is withdrawn."""

    reason = text(rules.LONGEST_REASON, required=True)


class CheckIn(ma.Schema):
    """The code on a letter, scanned or typed."""

    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=300))


class CheckOut(ma.Schema):
    """What the code is worth. Nothing tells whom the letter is for."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(["genuine", "revoked", "unknown"]))
    number = ma.fields.String(required=True, allow_none=True)
    issued_on = ma.fields.Date(required=True, allow_none=True)
    revoked_on = ma.fields.Date(required=True, allow_none=True)


class WallIn(ma.Schema):
    """Which year; without one, this year."""

    year = QueryInteger(load_default=None, validate=ma.validate.Range(2000, 2099))


class HonourOut(ma.Schema):
    """A title. `name` is masked, and null unless its bearer agreed to appear on boards, or it is a squad's."""

    id = ma.fields.UUID(required=True)
    title = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.TITLES))
    period = ma.fields.String(required=True, metadata={"description": "2026-11 or 2026"})
    squad_id = ma.fields.UUID(required=True)
    squad_name = ma.fields.String(required=True)
    name = ma.fields.String(required=True, allow_none=True, attribute="masked")
    figures = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    given_at = ma.fields.AwareDateTime(required=True)


class WallLetterOut(ma.Schema):
    """A letter on the wall. Without its bearer's agreement to appear neither name nor what for."""

    number = ma.fields.String(required=True)
    issued_on = ma.fields.Date(required=True)
    name = ma.fields.String(required=True, allow_none=True, attribute="masked")
    occasion_zh = ma.fields.String(required=True)
    occasion_en = ma.fields.String(required=True)


class WallOfHonourOut(ma.Schema):
    """The wall of honour of one year."""

    year = ma.fields.Integer(required=True)
    years = ma.fields.List(ma.fields.Integer(), required=True)
    stars = ma.fields.List(ma.fields.Nested(HonourOut), required=True)
    squads = ma.fields.List(ma.fields.Nested(HonourOut), required=True)
    letters = ma.fields.List(ma.fields.Nested(WallLetterOut), required=True)
    letter_count = ma.fields.Integer(required=True)


class ProposalsIn(ma.Schema):
    """For which title and period."""

    title = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.TITLES))
    period = ma.fields.String(required=True, validate=ma.validate.Length(max=10))


class CandidateOut(ma.Schema):
    """Somebody whom the boards propose, with the figures that speak for it."""

    squad_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True, allow_none=True)
    figures = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)


class CandidatesOut(ma.Schema):
    """Candidates, best first."""

    items = ma.fields.List(ma.fields.Nested(CandidateOut), required=True)


class HonourIn(KeyIn, ProposalsIn):
    """A title to be given to a squad, or with `member_id` to its leader."""

    squad_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(load_default=None, allow_none=True)


class HonourGivenOut(ma.Schema):
    """The title that was given or taken back."""

    honour_id = ma.fields.UUID(required=True)


class HonourRevocationIn(KeyIn):
    """Why a title is taken back."""

    reason = text(rules.LONGEST_REASON, required=True)
