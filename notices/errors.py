"""Refusals of notices: each a class with a stable code. Words are in `alliance/messages/notices.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class NoticeInvalid(Invalid):
    """Something in a notice that cannot stand so. Data: `field`, `reason`, and `longest` for texts."""

    code = "notice_invalid"


class NoticeUnknown(NotFound):
    """There is no such notice, it was taken back, or it is not for this reader."""

    code = "notice_unknown"


class NoticeNotYours(Forbidden):
    """Only coordinators write to all; a captain writes to his own squad, and changes what he wrote himself."""

    code = "notice_not_yours"


class NoticeTooMany(Conflict):
    """The captain's squad has as many open notices from him as anybody reads. Data: `most`."""

    code = "notice_too_many"


class NoticeRead(Conflict):
    """Somebody has read it: from then on it is changed by a successor only."""

    code = "notice_read"


class NoticeOver(Conflict):
    """It was taken back, or another one stands in its place. Data: `state`."""

    code = "notice_over"


class NoticeChanged(Conflict):
    """It was corrected meanwhile: what the reader has before him is not what stands there now. Data: `version`."""

    code = "notice_changed"
