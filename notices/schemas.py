"""Notices, as programs send and get them."""

from typing import Any

import marshmallow as ma

from core.fields import Day, KeyIn, PageIn, WholeNumber, YesOrNo
from notices import rules

_UUIDS = ma.validate.Length(max=rules.MOST_TARGETS)


def _text(longest: int, **options: Any) -> ma.fields.String:
    # Longer ones are refused with a sentence by the rules; this only bounds what they look at.
    return ma.fields.String(validate=ma.validate.Length(max=8 * longest), **options)


class NoticeOut(ma.Schema):
    """A notice as its reader sees it; `read_at` is null while he has not read it."""

    id = ma.fields.UUID(required=True)
    title_zh = ma.fields.String(required=True)
    text_zh = ma.fields.String(required=True)
    title_en = ma.fields.String(required=True, metadata={"description": "empty where there is no English"})
    text_en = ma.fields.String(required=True)
    first_day = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True)
    pinned = ma.fields.Boolean(required=True)
    version = ma.fields.Integer(required=True)
    written_at = ma.fields.AwareDateTime(required=True)
    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    read_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class OwnNoticesOut(ma.Schema):
    """A page of the reader's notices: pinned ones first, then the newest."""

    items = ma.fields.List(ma.fields.Nested(NoticeOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NoticeReadingIn(ma.Schema):
    """What the reader has before him."""

    version = WholeNumber(required=True, validate=ma.validate.Range(1, 1_000_000))


class NoticeReadingOut(ma.Schema):
    """When it was read for the first time."""

    read_at = ma.fields.AwareDateTime(required=True)


class NoticeIn(KeyIn):
    """A notice to be sent. Days are days of the programme's zone, both included."""

    title_zh = _text(rules.LONGEST_TITLE, required=True)
    text_zh = _text(rules.LONGEST_TEXT, required=True)
    title_en = _text(2 * rules.LONGEST_TITLE, load_default="")
    text_en = _text(2 * rules.LONGEST_TEXT, load_default="")
    audience = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.AUDIENCES))
    squad_ids = ma.fields.List(ma.fields.UUID(), load_default=list, validate=_UUIDS)
    area_ids = ma.fields.List(ma.fields.UUID(), load_default=list, validate=_UUIDS)
    first_day = Day(required=True)
    last_day = Day(required=True)
    pinned = YesOrNo(load_default=False)


class NoticeSendIn(NoticeIn):
    """The same; `replaces_id` names the notice whose place it takes."""

    replaces_id = ma.fields.UUID(load_default=None, allow_none=True)


class NoticeCorrectionIn(NoticeIn):
    """The same; `version` is the one that is corrected."""

    version = WholeNumber(required=True, validate=ma.validate.Range(1, 1_000_000))


class NoticeWithdrawalIn(KeyIn):
    """Why a notice is taken back."""

    reason = _text(rules.LONGEST_REASON, required=True)


class NoticeKeptOut(ma.Schema):
    """The notice that was written or corrected, and its version."""

    notice_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)


class NoticeWithdrawnOut(ma.Schema):
    """The notice that was taken back."""

    notice_id = ma.fields.UUID(required=True)


class NoticeSentOut(ma.Schema):
    """A notice for those who look after it. `readers` stops counting at 1000."""

    id = ma.fields.UUID(required=True)
    title_zh = ma.fields.String(required=True)
    text_zh = ma.fields.String(required=True)
    title_en = ma.fields.String(required=True)
    text_en = ma.fields.String(required=True)
    audience = ma.fields.String(required=True)
    squad_ids = ma.fields.List(ma.fields.UUID(), required=True)
    area_ids = ma.fields.List(ma.fields.UUID(), required=True)
    first_day = ma.fields.Date(required=True)
    last_day = ma.fields.Date(required=True)
    pinned = ma.fields.Boolean(required=True)
    version = ma.fields.Integer(required=True)
    stage = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["coming", "shown", "over", "withdrawn", "replaced"]),
    )
    written_by = ma.fields.UUID(required=True)
    written_at = ma.fields.AwareDateTime(required=True)
    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    first_read_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    replaces_id = ma.fields.UUID(required=True, allow_none=True)
    replaced_by_id = ma.fields.UUID(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    readers = ma.fields.Integer(required=True)


class NoticesSentOut(ma.Schema):
    """A page of notices, the newest first."""

    items = ma.fields.List(ma.fields.Nested(NoticeSentOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NoticeSquadOut(ma.Schema):
    """How many active members of a squad it is for, and how many of them have read it."""

    squad_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    receivers = ma.fields.Integer(required=True)
    readers = ma.fields.Integer(required=True)


class NoticeSquadsOut(ma.Schema):
    """A page of squads by name."""

    items = ma.fields.List(ma.fields.Nested(NoticeSquadOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NoticeUnreadIn(PageIn):
    """Whom of those who have not read it."""

    squad_id = ma.fields.UUID(load_default=None)
    without_phone = ma.fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class NoticeUnreadOut(ma.Schema):
    """Somebody who has not read it. Telephone numbers for staff only."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    squad_id = ma.fields.UUID(required=True, allow_none=True)
    has_phone = ma.fields.Boolean(required=True)
    phone = ma.fields.String(required=True, allow_none=True)
    helper_name = ma.fields.String(required=True, allow_none=True)
    helper_phone = ma.fields.String(required=True, allow_none=True)


class NoticeUnreadsOut(ma.Schema):
    """A page of them, by member number."""

    items = ma.fields.List(ma.fields.Nested(NoticeUnreadOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
