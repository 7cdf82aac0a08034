"""What programs send and get about lists of members and endorsements."""

import marshmallow as ma

from members import rules

_LONGEST_CODE = 400


class ImportWorkIn(ma.Schema):
    """Nothing is chosen."""


class ImportOut(ma.Schema):
    """How far a list of members is, in rows."""

    id = ma.fields.UUID(required=True)
    state = ma.fields.String(
        required=True, validate=ma.validate.OneOf(("reading", "ready", "running", "stopped", "done"))
    )
    target = ma.fields.String(required=True, validate=ma.validate.OneOf(("active", "applied")))
    total = ma.fields.Integer(required=True)
    ready = ma.fields.Integer(required=True, metadata={"description": "not done yet"})
    left_out = ma.fields.Integer(required=True)
    entered = ma.fields.Integer(required=True)
    started_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    finished_at = ma.fields.AwareDateTime(allow_none=True, required=True)


class EndorserIn(ma.Schema):
    """A member by number, or by the code of his card."""

    endorser = ma.fields.String(required=True, validate=ma.validate.Length(max=_LONGEST_CODE))


class EndorseIn(ma.Schema):
    """An applicant by number and whole name."""

    number = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    name = ma.fields.String(required=True, validate=ma.validate.Length(max=4 * rules.LONGEST_NAME))


class AnswerIn(ma.Schema):
    """Whether one knows the applicant."""

    known = ma.fields.Boolean(required=True, truthy={True}, falsy={False})


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
