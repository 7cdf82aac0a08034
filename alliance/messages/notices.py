"""Sentences for the refusals of `notices`."""

from flask_babel import lazy_gettext as _

PROBLEMS = {
    "notice_invalid": (
        _("The notice cannot go out like this."),
        _(
            "Look at the marked field: a heading and a text of fitting length, somebody it is for, and days to come."
        ),
    ),
    "notice_unknown": (
        _("There is no such notice for you."),
        _("Perhaps it was taken back or replaced. Look at the list of notices."),
    ),
    "notice_not_yours": (
        _("You cannot write or change this notice."),
        _(
            "Captains write to their own squad and change what they wrote themselves. Ask a coordinator for the rest."
        ),
    ),
    "notice_too_many": (
        _("%(most)s notices of yours are still shown."),
        _("More are not read. Take one back, or wait until one is over."),
    ),
    "notice_read": (
        _("Somebody has read it already, so its words stay."),
        _("Write a new notice that takes its place; everybody is shown that one instead."),
    ),
    "notice_over": (
        _("This notice is no longer shown: it was taken back or replaced."),
        _("Write a new one."),
    ),
    "notice_changed": (
        _("The notice was corrected a moment ago."),
        _("Open it again and read the new words."),
    ),
}
