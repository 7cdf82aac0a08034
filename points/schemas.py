"""What programs send and get about points. Numbers of points are JSON integers: no text, no fraction, no exponent."""

import marshmallow as ma

from core.fields import KeyIn, PageIn, text
from points import rules
from points.rules import AWARD_REQUEST_STATES, MOST_AWARDS

_POINTS = ma.validate.Range(1, rules.LARGEST_AMOUNT)
_CAP = ma.validate.Range(1, rules.LARGEST_CAP)
_RULE_CODE = ma.validate.Length(min=1, max=40)


class DayIn(ma.Schema):
    """A day in the programme's zone."""

    on = ma.fields.Date(load_default=None, metadata={"description": "default: today"})


# --- Tariff ----------------------------------------------------------------------------------------------------------


class RuleOut(ma.Schema):
    """One version of an earning rule."""

    code = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    daily_cap = ma.fields.Integer(required=True, allow_none=True)
    weekly_cap = ma.fields.Integer(required=True, allow_none=True)
    valid_from = ma.fields.Date(required=True, metadata={"description": "the first day"})
    valid_until = ma.fields.Date(
        required=True, allow_none=True, metadata={"description": "the day after the last one"}
    )


class TariffOut(ma.Schema):
    """The rules in force on a day."""

    on = ma.fields.Date(required=True)
    items = ma.fields.List(ma.fields.Nested(RuleOut), required=True)


class RuleVersionIn(ma.Schema):
    """A rule as it should be from `valid_from` on, today or later."""

    name_zh = text(rules.LONGEST_NAME, required=True)
    name_en = text(rules.LONGEST_NAME, required=True)
    category = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.CATEGORIES))
    points = ma.fields.Integer(required=True, strict=True, validate=_POINTS)
    daily_cap = ma.fields.Integer(load_default=None, strict=True, allow_none=True, validate=_CAP)
    weekly_cap = ma.fields.Integer(load_default=None, strict=True, allow_none=True, validate=_CAP)
    valid_from = ma.fields.Date(required=True)
    valid_until = ma.fields.Date(load_default=None, allow_none=True)


class RuleChangeIn(RuleVersionIn):
    """The next version of a rule."""

    based_on = ma.fields.Integer(
        required=True,
        strict=True,
        validate=ma.validate.Range(1, 1_000_000),
        metadata={"description": "the version that the change was made from"},
    )


class RuleIn(RuleVersionIn):
    """A new rule."""

    code = ma.fields.String(required=True, validate=ma.validate.Regexp(r"^[a-z][a-z0-9_]{1,39}\Z"))


# --- Awards ----------------------------------------------------------------------------------------------------------


class AwardIn(KeyIn):
    """A deed to be awarded to one member."""

    member_id = ma.fields.UUID(required=True)
    rule_code = ma.fields.String(required=True, validate=_RULE_CODE)
    happened_at = ma.fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "when it was done; default: now, at most 31 days ago"},
    )
    memo = text(rules.LONGEST_MEMO, load_default="")


class AwardOut(ma.Schema):
    """What the award has brought: "awarded", or "requested" when a second coordinator has to agree first."""

    outcome = ma.fields.String(required=True, metadata={"description": "awarded or requested"})
    transfer_id = ma.fields.UUID(required=True, allow_none=True)
    request_id = ma.fields.UUID(load_default=None, allow_none=True)
    limit_passed = ma.fields.String(
        metadata={"description": "award, member_week or coordinator_day; only when requested"}
    )
    member_id = ma.fields.UUID(required=True)
    member_name = ma.fields.String(required=True)
    member_number = ma.fields.Integer(required=True)
    squad_name = ma.fields.String(required=True, metadata={"description": "empty without a squad"})
    rule_code = ma.fields.String(required=True)
    rule_name_zh = ma.fields.String(required=True)
    rule_name_en = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    when = ma.fields.String(required=True)


class BatchIn(ma.Schema):
    """Awards in bulk, each with its own key."""

    items = ma.fields.List(
        ma.fields.Nested(AwardIn), required=True, validate=ma.validate.Length(1, MOST_AWARDS)
    )


class AwardAgreementIn(ma.Schema):
    """An award to agree to, with the key that makes it count once."""

    key = ma.fields.UUID(required=True)
    request_id = ma.fields.UUID(required=True)


class AwardAgreementsIn(ma.Schema):
    """Awards to agree to in one go, each with its own key."""

    items = ma.fields.List(
        ma.fields.Nested(AwardAgreementIn), required=True, validate=ma.validate.Length(1, MOST_AWARDS)
    )


class AwardAgreementOut(ma.Schema):
    """What one of them has come to, under its key: agreed, or refused with its code and sentences."""

    key = ma.fields.UUID(required=True)
    outcome = ma.fields.String(required=True, metadata={"description": "agreed or refused"})
    replayed = ma.fields.Boolean(required=True)
    request_id = ma.fields.UUID(required=True)
    transfer_id = ma.fields.UUID(allow_none=True)
    member_id = ma.fields.UUID()
    points = ma.fields.Integer()
    code = ma.fields.String(metadata={"description": "only when refused, with its two sentences"})
    detail = ma.fields.String()
    remedy = ma.fields.String()


class AwardAgreementsOut(ma.Schema):
    """All of them, in the order in which they were asked."""

    items = ma.fields.List(ma.fields.Nested(AwardAgreementOut), required=True)


class BatchItemOut(ma.Schema):
    """What one of them has come to, under its key: what a single award is answered, or the code of its refusal."""

    key = ma.fields.UUID(required=True)
    outcome = ma.fields.String(required=True, metadata={"description": "awarded, requested or refused"})
    replayed = ma.fields.Boolean(required=True)
    transfer_id = ma.fields.UUID(allow_none=True)
    request_id = ma.fields.UUID(allow_none=True)
    limit_passed = ma.fields.String()
    member_id = ma.fields.UUID()
    rule_code = ma.fields.String()
    rule_name_zh = ma.fields.String()
    rule_name_en = ma.fields.String()
    points = ma.fields.Integer()
    balance = ma.fields.Integer()
    when = ma.fields.String()
    code = ma.fields.String(metadata={"description": "only when refused, with its two sentences"})
    detail = ma.fields.String()
    remedy = ma.fields.String()


class BatchOut(ma.Schema):
    """The answers in the order of the items."""

    items = ma.fields.List(ma.fields.Nested(BatchItemOut), required=True)


class RequestOut(ma.Schema):
    """An award that waits for a second coordinator, or what became of it."""

    id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, metadata={"description": "waiting, agreed, declined, cancelled"})
    member_id = ma.fields.UUID(required=True)
    rule_code = ma.fields.String(required=True, attribute="rule.code")
    points = ma.fields.Integer(required=True)
    happened_at = ma.fields.AwareDateTime(required=True)
    memo = ma.fields.String(required=True)
    limit_passed = ma.fields.String(required=True)
    requested_by = ma.fields.UUID(required=True)
    requested_at = ma.fields.AwareDateTime(required=True)
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    transfer_id = ma.fields.UUID(required=True, allow_none=True)


class OddAwardsIn(PageIn):
    """Those that wait to be looked at, or those that were."""

    seen = ma.fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class OddAwardOut(ma.Schema):
    """A pattern among awards entered by hand that somebody should look at, or has."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["ring", "burst", "pair"]))
    people = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        metadata={"description": "coordinators in the order of the ring, or coordinator and member"},
    )
    times = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    last_at = ma.fields.AwareDateTime(required=True)
    seen_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    seen_by = ma.fields.UUID(required=True, allow_none=True)
    note = ma.fields.String(required=True)


class OddAwardsOut(ma.Schema):
    """Patterns, the newest first."""

    items = ma.fields.List(ma.fields.Nested(OddAwardOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class OddAwardSeenIn(KeyIn):
    """What somebody found who looked at it."""

    note = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))


class OddAwardSeenOut(ma.Schema):
    """The pattern that was looked at."""

    outcome = ma.fields.String(required=True)
    odd_id = ma.fields.UUID(required=True)


class RequestsIn(PageIn):
    """Which requests are wanted."""

    state = ma.fields.String(load_default="waiting", validate=ma.validate.OneOf(AWARD_REQUEST_STATES))
    run_of = ma.fields.UUID(
        load_default=None,
        metadata={
            "description": "only what waits of the run of this request: the same deed and note, entered by the "
            "same coordinator on the same day; at most 500, in one page"
        },
    )


class RequestsOut(ma.Schema):
    """Requests in one state."""

    items = ma.fields.List(ma.fields.Nested(RequestOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class DecisionOut(ma.Schema):
    """What a decision about a request has done."""

    outcome = ma.fields.String(required=True, metadata={"description": "agreed, declined or cancelled"})
    request_id = ma.fields.UUID(required=True)
    transfer_id = ma.fields.UUID(required=True, allow_none=True)
    member_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)


class WithdrawalIn(KeyIn):
    """Why the award is taken back; the member can read it."""

    reason = text(rules.LONGEST_MEMO, required=True)


class WithdrawalOut(ma.Schema):
    """What the withdrawal has done. `owed` is what the next points will repay."""

    outcome = ma.fields.String(required=True)
    transfer_id = ma.fields.UUID(required=True)
    reversal_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)


# --- Statement -------------------------------------------------------------------------------------------------------


class LotOut(ma.Schema):
    """Points that can be spent up to and including a day."""

    expires_on = ma.fields.Date(required=True)
    points = ma.fields.Integer(required=True)


class BalanceOut(ma.Schema):
    """What a member can spend today, by expiry date, and what the next points will repay."""

    balance = ma.fields.Integer(required=True)
    owed = ma.fields.Integer(required=True)
    lots = ma.fields.List(ma.fields.Nested(LotOut), required=True)


class LineOut(ma.Schema):
    """One line of a statement; `points` is signed, `title` is in the reader's language."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    memo = ma.fields.String(required=True)
    rule_code = ma.fields.String(required=True, allow_none=True)
    happened_at = ma.fields.AwareDateTime(required=True)
    posted_at = ma.fields.AwareDateTime(required=True)
    expires_on = ma.fields.Date(required=True, allow_none=True)
    reverses_id = ma.fields.UUID(required=True, allow_none=True)
    reversed_by = ma.fields.UUID(required=True, allow_none=True)


class StatementOut(ma.Schema):
    """Lines of a statement, the newest first."""

    items = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class TransferOut(LineOut):
    """One line with the lots that it changed (signed), and what was booked together with it."""

    lots = ma.fields.List(ma.fields.Nested(LotOut), required=True)
    follow_ups = ma.fields.List(ma.fields.Nested(LineOut), required=True)
