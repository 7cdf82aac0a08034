"""Refusals of activities: each a class with a stable code. Words are in `alliance/messages/activities.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused


class ActivityInvalid(Invalid):
    """A value that an activity or a campaign cannot have. Data: `field`, `reason`, sometimes `longest`."""

    code = "activity_invalid"


class ActivityUnknown(NotFound):
    """There is no such activity."""

    code = "activity_unknown"


class ActivityChanged(Conflict):
    """Somebody else has changed the activity meanwhile. Data: `activity`."""

    code = "activity_changed"


class ActivityCancelled(Conflict):
    """The activity was called off. Data: `activity`, `number`."""

    code = "activity_cancelled"


class ActivityClosed(Conflict):
    """The activity is closed: who came has been counted. Data: `activity`, `number`."""

    code = "activity_closed"


class ActivityNotClosed(Conflict):
    """The activity is not closed yet, so nothing is left over from its closing. Data: `activity`, `number`."""

    code = "activity_not_closed"


class ActivityNotBegun(Refused):
    """The activity has not begun, so nobody can have been there. Data: `activity`, `at`."""

    code = "activity_not_begun"


class ActivityFull(Refused):
    """All places are taken. Data: `activity`, `most`."""

    code = "activity_full"


class SignUpOver(Refused):
    """The activity has ended, so nobody signs up or off any more. Data: `activity`."""

    code = "sign_up_over"


class AttendanceEarly(Refused):
    """Scanned before the door opens. Data: `activity`, `at` (from when on it counts)."""

    code = "attendance_early"


class AttendanceLate(Refused):
    """Scanned long after the end. Data: `activity`."""

    code = "attendance_late"


class AttenderNeeded(Forbidden):
    """A device or a command attends nothing; a member scans for himself."""

    code = "attender_needed"


class AlreadyAttended(Conflict):
    """The member is counted in already. Data: `activity`, `number`."""

    code = "already_attended"


class AttendanceRemoved(Refused):
    """A coordinator has taken the member off the list; only a coordinator puts him back. Data: `activity`."""

    code = "attendance_removed"


class AttendanceUnknown(NotFound):
    """This member is not on the list of those who came."""

    code = "attendance_unknown"


class AwardDeclined(Refused):
    """A second coordinator has declined the award of somebody who came. Data: `request`."""

    code = "award_declined"


class AwardCalledOff(Refused):
    """Whoever closed the activity has called the award off while it waited. Data: `request`."""

    code = "award_called_off"


class AttenderNotFound(Invalid):
    """No member fits what was typed or scanned. Data: `field`."""

    code = "attender_not_found"


class CampaignUnknown(NotFound):
    """There is no such campaign."""

    code = "campaign_unknown"


class CampaignExists(Conflict):
    """Another campaign has this name. Data: `field`."""

    code = "campaign_exists"
