"""What programs send and get about lists of members and endorsements."""

import marshmallow as ma
from flask_smorest.fields import Upload

from core.fields import KeyIn, PageIn, YesOrNo, text
from members import rules

_LONGEST_CODE = 400


_IMPORT_STATES = ("reading", "reading_stopped", "failed", "ready", "running", "stopped", "done")


class ImportIn(KeyIn):
    """Who is in the list: members, or applicants who wait for admission."""

    target = ma.fields.String(load_default="active", validate=ma.validate.OneOf(("active", "applied")))


class ImportFileIn(ma.Schema):
    """The list itself."""

    file = Upload(required=True, metadata={"description": "XLSX or CSV; the first row names the columns"})


class ImportBodyIn(ImportIn, ImportFileIn):
    """A list of members and who is in it, as one body."""


class ImportBroughtOut(ma.Schema):
    """The list that is kept to be checked."""

    import_id = ma.fields.UUID(required=True)


class ImportWorkIn(ma.Schema):
    """Nothing is chosen."""


class ImportOut(ma.Schema):
    """How far a list of members is, in rows."""

    id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(_IMPORT_STATES))
    target = ma.fields.String(required=True, validate=ma.validate.OneOf(("active", "applied")))
    total = ma.fields.Integer(required=True, metadata={"description": "so far, while it is checked"})
    ready = ma.fields.Integer(required=True, metadata={"description": "not done yet"})
    left_out = ma.fields.Integer(required=True)
    entered = ma.fields.Integer(required=True)
    checked_percent = ma.fields.Integer(required=True)
    unused_columns = ma.fields.List(ma.fields.String(), required=True)
    started_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    finished_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    code = ma.fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "why the check failed, with its two sentences"},
    )
    detail = ma.fields.String(allow_none=True, required=True)
    remedy = ma.fields.String(allow_none=True, required=True)


class ImportRowsIn(PageIn):
    """Which rows."""

    list = ma.fields.String(
        load_default="left_out", validate=ma.validate.OneOf(("left_out", "ready", "alike", "entered"))
    )


class ImportRowOut(ma.Schema):
    """One row of the file, and what came of it."""

    number = ma.fields.Integer(required=True, metadata={"description": "as the file numbers it"})
    state = ma.fields.String(
        required=True, validate=ma.validate.OneOf(("ready", "problem", "entered", "refused"))
    )
    told = ma.fields.String(
        required=True, metadata={"description": "what stands in it; empty when it came in"}
    )
    member_id = ma.fields.UUID(allow_none=True, required=True)
    member_number = ma.fields.Integer(allow_none=True, required=True)
    sounds_like = ma.fields.Integer(
        allow_none=True,
        required=True,
        metadata={
            "description": "number of a member who may be the same person; the row comes in all the same"
        },
    )
    code = ma.fields.String(
        allow_none=True, required=True, metadata={"description": "why it is left out, with its two sentences"}
    )
    detail = ma.fields.String(allow_none=True, required=True)
    remedy = ma.fields.String(allow_none=True, required=True)


class ImportRowsOut(ma.Schema):
    """Some rows, and the cursor that continues after them."""

    items = ma.fields.List(ma.fields.Nested(ImportRowOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class EndorserIn(ma.Schema):
    """A member by number, or by the code of his card."""

    endorser = ma.fields.String(required=True, validate=ma.validate.Length(max=_LONGEST_CODE))


class EndorseIn(ma.Schema):
    """An applicant by number and whole name."""

    number = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    name = text(rules.LONGEST_NAME, required=True)


class AnswerIn(ma.Schema):
    """Whether one knows the applicant."""

    known = YesOrNo(required=True)


class EndorsementOut(ma.Schema):
    """Somebody who was named; whom an applicant has named he sees with the middle of the name hidden."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(("asked", "confirmed", "declined")))
    asked_at = ma.fields.AwareDateTime(required=True)


class EndorsementsOut(ma.Schema):
    """`asked`: applicants who have named this member. `named`: whom he has named as an applicant."""

    asked = ma.fields.List(ma.fields.Nested(EndorsementOut), required=True)
    named = ma.fields.List(ma.fields.Nested(EndorsementOut), required=True)
