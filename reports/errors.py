"""Refusals of reports: each a class with a stable code. Words are in `alliance/messages/reports.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused

# --- Telling ---------------------------------------------------------------------------------------------------------


class NotSafe(Refused):
    """Whoever reports has not said that he is safe: help comes first (110, 119, 120)."""

    code = "not_safe"


class KindUnknown(Invalid):
    """Not a kind of report. Data: `field`."""

    code = "report_kind_unknown"


class AnswerInvalid(Invalid):
    """An answer of the short form. Data: `field` (the question), `reason` (unknown, missing)."""

    code = "answer_invalid"


class TextInvalid(Invalid):
    """A text that cannot be kept. Data: `field`, `reason` (empty, too_long, characters), `longest`."""

    code = "report_text_invalid"


class PlaceMissing(Invalid):
    """Neither an area nor a checkpoint nor words say where it is. Data: `field`."""

    code = "place_missing"


class PlaceUnknown(Invalid):
    """The area or the code of the checkpoint is none of ours. Data: `field`."""

    code = "place_unknown"


class PhotoInvalid(Invalid):
    """Not a picture that we can read: JPEG, PNG or WebP. Data: `field`, `photo` (which one, from 1)."""

    code = "photo_invalid"


class PhotoTooLarge(Invalid):
    """A photo has too many bytes or pixels. Data: `field`, `photo`, `most_bytes`, `most_pixels`."""

    code = "photo_too_large"


class TooManyPhotos(Invalid):
    """More photos than are kept. Data: `field`, `most`."""

    code = "too_many_photos"


class ReporterNeeded(Forbidden):
    """By name only a member reports, not a device or the system."""

    code = "reporter_needed"


# --- Following -------------------------------------------------------------------------------------------------------


class ReportUnknown(NotFound):
    """There is no such report, or not for this reader."""

    code = "report_unknown"


class FollowRefused(NotFound):
    """Number and password do not belong together: which of the two is wrong is not said."""

    code = "follow_refused"


class PhotoUnknown(NotFound):
    """There is no such photo, or not for this reader."""

    code = "photo_unknown"


# --- Handling --------------------------------------------------------------------------------------------------------


class ReportChanged(Conflict):
    """Somebody else has taken a step meanwhile. Data: `version` and `state` as they are now."""

    code = "report_changed"


class StepImpossible(Refused):
    """The course has no such step from here. Data: `state`, `wanted`."""

    code = "report_step_impossible"


class FollowUpTooEarly(Refused):
    """It is asked on the next day whether it has held. Data: `on` (ISO day)."""

    code = "follow_up_too_early"


class DayInvalid(Invalid):
    """A day in the past, or more than a year away. Data: `field`."""

    code = "report_day_invalid"


class HandlerUnfit(Refused):
    """The person cannot handle reports, or not this one. Data: `field`."""

    code = "handler_unfit"


class NotAHazard(Refused):
    """Only hazards have somebody responsible, a deadline and a re-check."""

    code = "not_a_hazard"


class NotADuplicate(Refused):
    """A report is no duplicate of itself, of a duplicate, or of one of another kind. Data: `field`."""

    code = "not_a_duplicate"


class WordsClosed(Forbidden):
    """The words of a confidential report are for its handler and one more person who says why."""

    code = "words_closed"


class ReportJudged(Conflict):
    """It was judged before. Data: `verdict`."""

    code = "report_judged"


class OwnReport(Refused):
    """Nobody judges or handles his own report, or one of his household."""

    code = "own_report"


class RegisterInstead(Refused):
    """A report of a rented home is useful once the home is registered: do that."""

    code = "register_home_instead"


class DuplicateEarnsNot(Refused):
    """A duplicate cannot be judged; the report that it repeats can. Data: `number`."""

    code = "duplicate_earns_not"


# --- Points of a report without a name -------------------------------------------------------------------------------


class NothingToCollect(Refused):
    """The report was not (yet) found useful. Data: `verdict`."""

    code = "nothing_to_collect"


class TokenNotYet(Refused):
    """The points can be collected from a Monday on. Data: `on` (ISO day)."""

    code = "token_not_yet"


class TokenUnknown(NotFound):
    """No token of ours."""

    code = "claim_token_unknown"


class TokenUsed(Conflict):
    """The token was collected before."""

    code = "claim_token_used"


class ClaimByHandler(Forbidden):
    """Whoever handles reports, and his household, collects no points for reports without a name."""

    code = "claim_by_handler"


# --- Homes and bills -------------------------------------------------------------------------------------------------


class HomeKnown(Conflict):
    """The dwelling is registered for this term. Data: `term`, `on` (ISO day)."""

    code = "home_known"


class HomeAlike(Conflict):
    """A home of this term has the same numbers and may be the same. Data: `field`, `addresses` (at most three)."""

    code = "home_alike"


class HomeUnknown(NotFound):
    """No such home is registered."""

    code = "home_unknown"


class HomeVoid(Conflict):
    """The home was struck out."""

    code = "home_void"


class LeaseInvalid(Invalid):
    """A lease that has no such days. Data: `field`."""

    code = "lease_invalid"


class MemberNumberUnknown(Invalid):
    """No member has this number. Data: `field`."""

    code = "desk_member_unknown"


class HomeForOneself(Refused):
    """Nobody registers a home, or takes a bill, for points of his own or of his household."""

    code = "desk_for_oneself"


class UtilityUnknown(Invalid):
    """Bills of this are not taken. Data: `field`."""

    code = "utility_unknown"


class SumInvalid(Invalid):
    """Not a possible sum of money. Data: `field`, `least`, `most` (fen)."""

    code = "sum_invalid"


class BillKnown(Conflict):
    """A receipt with this number is in the log. Data: `on` (ISO day)."""

    code = "bill_known"


class BillUnknown(NotFound):
    """There is no such receipt in the log."""

    code = "bill_unknown"


class BillVoid(Conflict):
    """The receipt was struck out before."""

    code = "bill_void"


class FloatBegun(Conflict):
    """The till was counted at opening, or has taken money, before. Data: `day` (ISO)."""

    code = "float_begun"


class FloatReconciled(Conflict):
    """The till of this day is reconciled. Data: `day` (ISO)."""

    code = "float_reconciled"


class FloatToCome(Invalid):
    """A till is not closed before its day has come: who takes money on that day would be shut out. Data: `field`."""

    code = "float_to_come"


class OpeningUnexplained(Invalid):
    """Another sum lies in the till than stayed in it, and nobody says why.

    Data: `field`, `opening_fen`, `stayed_fen`.
    """

    code = "opening_unexplained"


class DifferenceUnexplained(Invalid):
    """The till does not come out even, and nobody says why. Data: `field`, `difference_fen`."""

    code = "difference_unexplained"
