"""Sentences for the refusals of `honours`."""

from flask_babel import lazy_gettext as _

PROBLEMS = {
    "letter_text_invalid": (
        _("This text cannot stand in a letter."),
        _("Write something, at most %(longest)s letters, by hand instead of copying it."),
    ),
    "letter_unknown": (
        _("There is no such letter of ours."),
        _("Compare the code with the paper once more. If it is the same, the letter is not from us."),
    ),
    "own_letter": (
        _("Nobody issues a letter to himself or to his household."),
        _("Let another coordinator do it."),
    ),
    "letter_revoked": (
        _("Letter %(number)s is no longer valid: it was withdrawn on %(at)s."),
        _("It cannot be printed or withdrawn again. Issue a new one if it is deserved."),
    ),
}
