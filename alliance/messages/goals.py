"""Sentences for the refusals of `goals`."""

from flask_babel import lazy_gettext as _

PROBLEMS = {
    "goal_invalid": (
        _("This cannot be a goal."),
        _("Look at what is marked, and correct it."),
    ),
    "goal_not_set": (
        _("There is no such goal at that time."),
        _("So there is nothing to end. Look at the goals once more."),
    ),
}
