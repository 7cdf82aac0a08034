"""Two memberships of one person, for programs: pairs that look so, merges, and their second person."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, text
from members import name_rules, rules

_SIDE = ma.validate.OneOf(("kept", "gone"))
_STATE = ma.validate.OneOf(rules.MERGE_PROPOSAL_STATES)
_PHONE = ma.validate.OneOf(("back", "taken", "none"))


class LikelyMemberOut(ma.Schema):
    """One of two who look like one person."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    squad_id = ma.fields.UUID(allow_none=True, required=True)
    area_id = ma.fields.UUID(allow_none=True, required=True)


class LikelyOut(ma.Schema):
    """A pair, and what the two have in common; "phone": only one of them has one, "tail": theirs end alike."""

    first = ma.fields.Nested(LikelyMemberOut, required=True)
    second = ma.fields.Nested(LikelyMemberOut, required=True)
    why = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(tuple(name_rules.LIKELY_SIGNS))), required=True
    )


class DuplicatesIn(PageIn):
    """Pairs of one name, or of names that only sound the same."""

    by = ma.fields.String(load_default="name", validate=ma.validate.OneOf(name_rules.LIKELY_BY))


class DuplicatesOut(ma.Schema):
    """Pairs by name or by sound."""

    items = ma.fields.List(ma.fields.Nested(LikelyOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class MergeIn(KeyIn):
    """Which membership goes, which is kept, and whose telephone and squad go on."""

    gone_id = ma.fields.UUID(required=True)
    kept_id = ma.fields.UUID(required=True)
    phone = ma.fields.String(load_default="kept", validate=_SIDE)
    place = ma.fields.String(load_default="kept", validate=_SIDE)
    reason = text(rules.LONGEST_MOTTO, required=True)


class MergedOut(ma.Schema):
    """The merge, and what went over; or the proposal that waits for a second person, and what would go over."""

    outcome = ma.fields.String(required=True, metadata={"description": "merged or proposed"})
    merge_id = ma.fields.UUID(required=True, allow_none=True)
    proposal_id = ma.fields.UUID(required=True, allow_none=True)
    points = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)


class MergeUndoneOut(MergedOut):
    """What went back; `owed` by the kept membership for what was spent; whether the telephone number came back.

    Or the proposal that waits for a second person, because points were spent meanwhile.
    """

    outcome = ma.fields.String(required=True, metadata={"description": "undone or proposed"})
    phone = ma.fields.String(required=True, validate=_PHONE)


class MergeProposalsIn(PageIn):
    """Which proposals are wanted."""

    state = ma.fields.String(load_default="waiting", validate=_STATE)


class MergeProposalOut(ma.Schema):
    """A merge or an undoing that waits for a second coordinator, or what became of it."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(("merge", "undo")))
    state = ma.fields.String(required=True, validate=_STATE)
    gone_id = ma.fields.UUID(required=True, attribute="gone.id")
    kept_id = ma.fields.UUID(required=True, attribute="kept.id")
    phone = ma.fields.String(required=True, validate=_SIDE)
    place = ma.fields.String(required=True, validate=_SIDE)
    reason = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)
    proposed_by = ma.fields.UUID(required=True)
    proposed_at = ma.fields.AwareDateTime(required=True)
    until = ma.fields.AwareDateTime(required=True)
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    answer = ma.fields.String(required=True)
    why = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "why it lapsed: points, member, proposer, too_old"},
    )
    merge_id = ma.fields.UUID(required=True, allow_none=True)


class MergeProposalsOut(ma.Schema):
    """Proposals in one state."""

    items = ma.fields.List(ma.fields.Nested(MergeProposalOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class MergeRefusalIn(KeyIn):
    """Why one does not agree."""

    reason = text(rules.LONGEST_MOTTO, required=True)


class MergeDecisionOut(ma.Schema):
    """What a decision about a proposal has done.

    `lapsed`: somebody wanted to agree, but the facts are no longer those that were proposed; nothing was moved, and
    `why` says what it was (`points`, `member`, `proposer`, `too_old`).
    """

    outcome = ma.fields.String(
        required=True, metadata={"description": "agreed, declined, cancelled or lapsed"}
    )
    why = ma.fields.String(required=True, allow_none=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(("merge", "undo")))
    proposal_id = ma.fields.UUID(required=True)
    merge_id = ma.fields.UUID(required=True, allow_none=True)
    points = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)
    phone = ma.fields.String(required=True, allow_none=True, validate=_PHONE)
