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
    "honour_period_invalid": (
        _("This is no month and no year, or it has not begun."),
        _("Choose a month or a year from the list."),
    ),
    "honour_not_proposed": (
        _("The boards do not propose this squad or leader."),
        _("Perhaps points were taken back meanwhile. Look at the proposals again."),
    ),
    "honour_taken": (
        _("The title of this time is given already."),
        _("To give it to somebody else, take it back first."),
    ),
    "honour_unknown": (
        _("There is no such title."),
        _("Look at the list of titles again."),
    ),
    "own_honour": (
        _("Nobody gives a title to himself, his household or his own squad."),
        _("Let another coordinator do it."),
    ),
    "honour_revoked": (
        _("The title was taken back before."),
        _("Look at the list of titles again."),
    ),
    "letter_revoked": (
        _("Letter %(number)s is no longer valid: it was withdrawn on %(at)s."),
        _("It cannot be printed or withdrawn again. Issue a new one if it is deserved."),
    ),
}
