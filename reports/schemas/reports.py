"""What programs send and get about reports."""

import marshmallow as ma

from core.fields import Day, KeyIn, PageIn, YesOrNo, number, text
from reports.queries import TABS
from reports.rules import handling, texts
from reports.rules.kinds import KINDS

#: Base64 writes three bytes with four letters.
_LONGEST_PHOTO = handling.LARGEST_PHOTO_BYTES * 4 // 3 + 4
_LARGEST_VERSION = 2**31 - 1
_KIND = ma.validate.OneOf(tuple(KINDS))


# --- Telling and following -------------------------------------------------------------------------------------------


class QuestionOut(ma.Schema):
    """A question of a short form; without choices it is answered by a line of text."""

    code = ma.fields.String(required=True)
    choices = ma.fields.List(ma.fields.String(), required=True)
    required = ma.fields.Boolean(required=True)
    most = ma.fields.Integer(required=True, metadata={"description": "letters"})


class KindOut(ma.Schema):
    """A kind of report with its short form."""

    code = ma.fields.String(required=True)
    confidential = ma.fields.Boolean(required=True)
    rule_code = ma.fields.String(required=True, metadata={"description": "what a useful one earns by"})
    questions = ma.fields.List(ma.fields.Nested(QuestionOut), required=True)


class KindsOut(ma.Schema):
    """Every kind, in the order in which it is offered."""

    items = ma.fields.List(ma.fields.Nested(KindOut), required=True)


class ReportIn(KeyIn):
    """A report. With `unnamed` nothing is kept of who sends it and when: send it without token and session."""

    kind = ma.fields.String(required=True, validate=_KIND)
    safe = YesOrNo(required=True, metadata={"description": "whoever reports is in no danger now"})
    words = text(texts.LONGEST_WORDS, required=True)
    answers = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.Length(max=40)),
        values=text(texts.LONGEST_WORDS),
        load_default=dict,
        metadata={"description": "question → answer, as the kind's short form asks"},
    )
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    place_code = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=200),
        metadata={"description": "code of the checkpoint's plate; `unnamed` only its neighbourhood is kept"},
    )
    place_note = text(texts.LONGEST_PLACE, load_default="")
    photos = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(max=_LONGEST_PHOTO)),
        load_default=list,
        validate=ma.validate.Length(max=2 * handling.MOST_PHOTOS),
        metadata={"description": "JPEG, PNG or WebP in base64; made anew without what the camera wrote"},
    )
    confidential = YesOrNo(load_default=False)
    unnamed = YesOrNo(load_default=False)


class ReportedOut(ma.Schema):
    """The report. `password` is told once, for a report without a name; `report_id` only for one by name."""

    outcome = ma.fields.String(required=True)
    number = ma.fields.Integer(required=True)
    report_id = ma.fields.UUID()
    password = ma.fields.String()


class FollowIn(ma.Schema):
    """Number and password of a report without a name."""

    number = number(handling.FIRST_NUMBER, handling.LAST_NUMBER, required=True)
    password = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=80))


class StepOut(ma.Schema):
    """A step of the desk. `at` is null for who follows a report without a name, or may not read it."""

    step = ma.fields.String(required=True, validate=ma.validate.OneOf(handling.STEPS))
    on = ma.fields.Date(required=True)
    at = ma.fields.AwareDateTime(required=True, allow_none=True)
    public_note = ma.fields.String(required=True)


class CourseOut(ma.Schema):
    """A report as its reporter sees it."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(handling.STATES))
    received_on = ma.fields.Date(required=True)
    received_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    place = ma.fields.String(required=True)
    words = ma.fields.String(required=True)
    answers = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    confidential = ma.fields.Boolean(required=True)
    photo_ids = ma.fields.List(ma.fields.UUID(), required=True)
    due_on = ma.fields.Date(required=True)
    passed_to = ma.fields.String(required=True)
    closed_on = ma.fields.Date(required=True, allow_none=True)
    duplicate_of = ma.fields.Integer(required=True, allow_none=True)
    verdict = ma.fields.String(required=True, validate=ma.validate.OneOf(handling.VERDICTS))
    points = ma.fields.Integer(required=True)
    withdrawn = ma.fields.Boolean(required=True, metadata={"description": "its points were taken back"})
    rule_code = ma.fields.String(required=True, allow_none=True)
    collect_from = ma.fields.Date(required=True, allow_none=True)
    steps = ma.fields.List(ma.fields.Nested(StepOut), required=True)


class CoursesOut(ma.Schema):
    """My reports by name, the newest first."""

    items = ma.fields.List(ma.fields.Nested(CourseOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ClaimTokenOut(ma.Schema):
    """The code with which the points of a report without a name are collected; the same one each time."""

    token = ma.fields.String(required=True)
    rule_code = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True, metadata={"description": "what it brings today"})
    collected = ma.fields.Boolean(required=True)
    collect_from = ma.fields.Date(required=True)


class CollectIn(KeyIn):
    """A code to be collected: for oneself, or at the desk for a member by number or by card."""

    token = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=80))
    member_number = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=40))
    member_code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=200))


class CollectedOut(ma.Schema):
    """What was collected."""

    outcome = ma.fields.String(required=True)
    member_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    balance = ma.fields.Integer(required=True)


# --- The desk --------------------------------------------------------------------------------------------------------


class ReportsIn(PageIn):
    """Which reports."""

    tab = ma.fields.String(load_default="open", validate=ma.validate.OneOf(TABS))
    kind = ma.fields.String(load_default=None, validate=_KIND)
    area_id = ma.fields.UUID(load_default=None)


class ReportLineOut(ma.Schema):
    """A report in a list of the desk; nothing of its words, of a confidential one neither place nor time."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(handling.STATES))
    named = ma.fields.Boolean(required=True)
    confidential = ma.fields.Boolean(required=True)
    received_on = ma.fields.Date(required=True)
    received_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    hours_open = ma.fields.Integer(required=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)
    checkpoint_id = ma.fields.UUID(required=True, allow_none=True)
    place = ma.fields.String(required=True)
    handler_id = ma.fields.UUID(required=True, allow_none=True)
    due_on = ma.fields.Date(required=True)
    overdue = ma.fields.Boolean(required=True)
    follow_up_on = ma.fields.Date(required=True, allow_none=True)
    responsible = ma.fields.String(required=True)
    deadline = ma.fields.Date(required=True, allow_none=True)
    recheck_on = ma.fields.Date(required=True, allow_none=True)
    passed_to = ma.fields.String(required=True)
    verdict = ma.fields.String(required=True, validate=ma.validate.OneOf(handling.VERDICTS))
    duplicate_of = ma.fields.Integer(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)


class ReportsOut(ma.Schema):
    """Reports of one tab."""

    items = ma.fields.List(ma.fields.Nested(ReportLineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class DeskStepOut(StepOut):
    """A step with who took it and the desk's own note."""

    actor_id = ma.fields.UUID(required=True, allow_none=True)
    note = ma.fields.String(required=True)


class ReadingOut(ma.Schema):
    """That somebody beside the handler has opened the words."""

    reader_id = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)


class DeskReportOut(ma.Schema):
    """A report for the desk; words, answers, photos, notes, place, times and reporter only when `words_open`."""

    line = ma.fields.Nested(ReportLineOut, required=True)
    words_open = ma.fields.Boolean(required=True)
    words = ma.fields.String(required=True, allow_none=True)
    answers = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.String(), required=True, allow_none=True
    )
    photo_ids = ma.fields.List(ma.fields.UUID(), required=True)
    reporter_id = ma.fields.UUID(required=True, allow_none=True)
    points = ma.fields.Integer(required=True)
    withdrawn = ma.fields.Boolean(required=True, metadata={"description": "its points were taken back"})
    rule_code = ma.fields.String(required=True, allow_none=True)
    collect_from = ma.fields.Date(required=True, allow_none=True)
    steps = ma.fields.List(ma.fields.Nested(DeskStepOut), required=True)
    readings = ma.fields.List(ma.fields.Nested(ReadingOut), required=True)
    next_steps = ma.fields.List(ma.fields.String(), required=True)


class ReportCountsOut(ma.Schema):
    """How many reports stand in each tab."""

    new = ma.fields.Integer(required=True)
    mine = ma.fields.Integer(required=True)
    overdue = ma.fields.Integer(required=True)
    recheck = ma.fields.Integer(required=True)
    open = ma.fields.Integer(required=True)


class ReportVersionIn(ma.Schema):
    """A step on a report as it was shown: with another `version` somebody else was faster."""

    version = number(1, _LARGEST_VERSION, required=True)
    public_note = text(texts.LONGEST_NOTE, load_default="")


class ReportStepIn(ReportVersionIn):
    """The next step, or a note. `passed_to` names who is responsible, for `passed_on`."""

    step = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(("checked", "resolved", "passed_on", "followed_up", "closed", "noted")),
    )
    note = text(texts.LONGEST_NOTE, load_default="")
    passed_to = text(texts.LONGEST_NAME, load_default="")


class ReportAssignIn(ReportVersionIn):
    """To whom a report is given, and by when."""

    handler_id = ma.fields.UUID(required=True)
    due_on = Day(load_default=None, allow_none=True)
    note = text(texts.LONGEST_NOTE, load_default="")


class HazardIn(ReportVersionIn):
    """Who has to remove a hazard, by when, and when somebody looks again."""

    responsible = text(texts.LONGEST_NAME, required=True)
    deadline = Day(load_default=None, allow_none=True)
    recheck_on = Day(load_default=None, allow_none=True)


class RecheckIn(ReportVersionIn):
    """What was seen when somebody looked again."""

    fixed = YesOrNo(required=True)
    next_on = Day(load_default=None, allow_none=True)
    note = text(texts.LONGEST_NOTE, load_default="")


class DuplicateIn(ReportVersionIn):
    """The number of the report that this one repeats."""

    of_number = number(handling.FIRST_NUMBER, handling.LAST_NUMBER, required=True)
    note = text(texts.LONGEST_NOTE, load_default="")


class OpenWordsIn(ma.Schema):
    """Why somebody beside the handler has to read the words."""

    reason = text(texts.LONGEST_REASON, required=True)


class JudgeReportIn(KeyIn, ReportVersionIn):
    """Whether a report was useful."""

    useful = YesOrNo(required=True)


class ReportJudgedOut(ma.Schema):
    """What it has earned; `unpaid` is the code of why not."""

    outcome = ma.fields.String(required=True)
    report_id = ma.fields.UUID(required=True)
    verdict = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    unpaid = ma.fields.String(required=True, allow_none=True)
    collect_from = ma.fields.String(required=True, allow_none=True)


class ReportFiguresIn(ma.Schema):
    """A period: from `first` to the day before `end`."""

    first = Day(required=True)
    end = Day(required=True)


class ReportKindFiguresOut(ma.Schema):
    """Reports of one kind that were received in the period."""

    kind = ma.fields.String(required=True)
    received = ma.fields.Integer(required=True)
    unnamed = ma.fields.Integer(required=True)
    resolved = ma.fields.Integer(required=True)
    passed_on = ma.fields.Integer(required=True, metadata={"description": "handed to another office"})
    useful = ma.fields.Integer(required=True)
    still_open = ma.fields.Integer(required=True)


class ReportFiguresOut(ma.Schema):
    """A period's reports; open hazards, and resolved ones that nobody has looked at again, are those of its end."""

    kinds = ma.fields.List(ma.fields.Nested(ReportKindFiguresOut), required=True)
    response_hours = ma.fields.Float(required=True, allow_none=True)
    resolution_hours = ma.fields.Float(required=True, allow_none=True)
    hazards_open = ma.fields.Integer(required=True)
    hazards_to_follow_up = ma.fields.Integer(required=True)
    hazards_closed = ma.fields.Integer(
        required=True, metadata={"description": "resolved by the desk and followed up"}
    )
    hazards_passed_on = ma.fields.Integer(required=True, metadata={"description": "handed to another office"})
