"""Refusals of the points package: one class each, named by its stable code."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused


class AmountInvalid(Invalid):
    """Not a whole number of points from 1 to 1,000,000. Data: `field`."""

    code = "amount_invalid"


class MemoHoldsNumber(Invalid):
    """A text that stays for ever holds a telephone number or the like. Data: `field`."""

    code = "memo_holds_number"


class MemoInvalid(Invalid):
    """A note that is too long or holds characters that are not written by hand. Data: `field`, `longest`."""

    code = "memo_invalid"


class ReasonMissing(Invalid):
    """Taking points back needs a reason that the member can read. Data: `field`."""

    code = "reason_missing"


class DeedTimeInvalid(Invalid):
    """The deed lies in the future, or too long ago. Data: `field`, `days`."""

    code = "deed_time_invalid"


class RuleUnknown(Refused):
    """The tariff has no rule with this code. Data: `rule`."""

    code = "rule_unknown"


class RuleNotValid(Refused):
    """The rule was not in force on the day of the deed. Data: `rule`, `day`."""

    code = "rule_not_valid"


class RuleForShops(Refused):
    """Only shops earn by this rule. Data: `rule`."""

    code = "rule_for_shops"


class RuleForMembers(Refused):
    """Shops earn only by the rules of the category shop. Data: `rule`."""

    code = "rule_for_members"


class DailyCapReached(Refused):
    """The rule pays no more today. Data: `rule`, `cap`, `again_on` (the first day on which it pays again)."""

    code = "daily_cap_reached"


class WeeklyCapReached(Refused):
    """The rule pays no more this week. Data: `rule`, `cap`, `again_on` (the first day on which it pays again)."""

    code = "weekly_cap_reached"


class RuleExists(Conflict):
    """Another rule has this code. Data: `rule`."""

    code = "rule_exists"


class TariffChanged(Conflict):
    """Somebody else has changed the rule meanwhile. Data: `rule`."""

    code = "tariff_changed"


class RuleInvalid(Invalid):
    """A rule that cannot be kept. Data: `field`, `reason`."""

    code = "rule_invalid"


class PatrolCapNeeded(Invalid):
    """Rounds pay by themselves, so a rule of the category patrol has a daily cap. Data: `field`."""

    code = "patrol_cap_needed"


class PatrolCategoryStays(Invalid):
    """Routes may pay by this rule, so its category stays patrol. Data: `field`."""

    code = "patrol_category_stays"


class PointsNotEnough(Refused):
    """The account holds fewer points. Data: `needed`, `balance`, `missing`."""

    code = "points_not_enough"


class AwardToOneself(Refused):
    """Nobody awards himself."""

    code = "award_to_oneself"


class AwardToHousehold(Refused):
    """Helper and helped count as one: somebody else has to award."""

    code = "award_to_household"


class AwardNeedsPerson(Refused):
    """A device gives awards only under a member who answers for them."""

    code = "award_needs_person"


class BatchTooLarge(Invalid):
    """None or too many in one request. Data: `field`, `most`."""

    code = "batch_too_large"


class OddAwardUnknown(NotFound):
    """There is no such odd pattern any more."""

    code = "odd_award_unknown"


class OwnOddAward(Forbidden):
    """Nobody puts away an odd pattern that he belongs to."""

    code = "own_odd_award"


class SecondNeeded(Refused):
    """One person would decide about more than he may alone.

    Data: `limit` ("member_week", "coordinator_day").
    """

    code = "second_needed"


class DeedAboveLimit(Refused):
    """By the tariff the deed is worth more than anybody may decide about alone. Data: `rule`, `points`, `most`."""

    code = "deed_above_limit"


class DeedWorthChanged(Conflict):
    """By the tariff a deed that waited is worth another sum by now. Data: `asked`, `points`."""

    code = "deed_worth_changed"


class WeekFull(Refused):
    """The member has got as much this week as people may give him alone. Data: `most`, `on` (ISO day, next Monday)."""

    code = "week_full"


class AwardRequestUnknown(NotFound):
    """There is no such request for an award."""

    code = "award_request_unknown"


class AwardRequestClosed(Conflict):
    """Somebody has agreed to the request or declined it before. Data: `state`."""

    code = "award_request_closed"


class SecondIsFirst(Refused):
    """Nobody is the second person for an award of his own."""

    code = "second_is_first"


class AwardRequesterChanged(Conflict):
    """Who entered the award may no longer award anything."""

    code = "award_requester_changed"


class RequestTooOld(Conflict):
    """What waits for a second person was asked for too long ago to be agreed to. Data: `days`, the most."""

    code = "request_too_old"


class AwardRequestNotOwn(Refused):
    """Only who made a request calls it off."""

    code = "award_request_not_own"


class ListColumnsMissing(Invalid):
    """A list without a column that tells who did it, or (without a chosen deed) what was done. Data: `field`."""

    code = "list_columns_missing"


class ListMemberDiffers(Refused):
    """Number, telephone and name in one row are not those of one member."""

    code = "list_member_differs"


class ListNameAmbiguous(Refused):
    """Several members have this name."""

    code = "list_name_ambiguous"


class ListRowRepeated(Refused):
    """The same award stands in an earlier row. Data: `row`."""

    code = "list_row_repeated"


class ListPointsDiffer(Refused):
    """The row names other points than the tariff. Data: `points`, what the tariff says."""

    code = "list_points_differ"


class ListRowUnreadable(Refused):
    """A formula, a day that is none, letters in an unknown encoding, or far too much text. Data: `reason`."""

    code = "list_row_unreadable"


class TransferUnknown(NotFound):
    """There is no such transfer, or not for this reader."""

    code = "transfer_unknown"


class TransferNotReversible(Refused):
    """This kind of transfer cannot be taken back. Data: `kind`."""

    code = "transfer_not_reversible"


class TransferReversed(Conflict):
    """The transfer was taken back before."""

    code = "transfer_reversed"


class AwardExpired(Refused):
    """The points of the award have expired, so they cannot be taken back any more. Data: `expired_on`."""

    code = "award_expired"


class ReservationClosed(Conflict):
    """The reserved points were already handed on or given back."""

    code = "reservation_closed"


class ReservationOpen(Conflict):
    """The reserved points were not handed on yet: give them back instead of refunding."""

    code = "reservation_open"


class MemberNotFound(Invalid):
    """No member fits what was typed or scanned at the desk. Data: `field`."""

    code = "member_not_found"
