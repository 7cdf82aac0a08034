"""Sentences for the refusals of lists of members and of endorsements."""

from flask_babel import lazy_gettext as _

_CORRECT = _("Correct the row and choose the file again, or go on without it.")
_ENTER_BY_HAND = _("If it is somebody else, enter him by hand.")
_TO_LIST = _("Go back to the list of files.")

PROBLEMS = {
    "import_columns_missing": (
        _("The first row of the file names no column for the names."),
        _("Head it 姓名 or Name. The empty list to fill in has all headings."),
    ),
    "import_unknown": (_("This file was not kept, or its time is over."), _("Choose it again.")),
    "import_repeated": (
        _("This file is under way already."),
        _("Look at its progress; nobody comes in twice."),
    ),
    "import_state_wrong": (_("That is not possible with this file now."), _("Load the page again.")),
    "import_row_unreadable": (
        _(
            "A cell holds a formula, several lines (a quotation mark that is not closed takes the rows below along), "
            "letters that cannot be read, or far too much text."
        ),
        _CORRECT,
    ),
    "import_phone_repeated": (
        _("Row %(row)s has the same telephone number already."),
        _("One number signs in one person. Somebody without a phone of his own has none in the list."),
    ),
    "import_row_repeated": (
        _("Row %(row)s names the same person, also without a telephone."),
        _ENTER_BY_HAND,
    ),
    "import_known": (_("Somebody with this telephone number is a member already."), _("Nothing to do.")),
    "import_namesake": (
        _("The squad has a member of this name without a telephone: number %(number)s."),
        _ENTER_BY_HAND,
    ),
    "import_squad_unknown": (
        _("No squad is called “%(squad)s”."),
        _("Write it as the list of squads has it, or add the squad first."),
    ),
    "import_area_unknown": (
        _("No area is called “%(area)s”."),
        _("Write it as the list of areas has it, or add the area first."),
    ),
    "import_area_ambiguous": (
        _("Several areas are called “%(area)s”."),
        _("Write the area above it in front, such as 西苑社区·三网格."),
    ),
    "import_role_unknown": (
        _("“%(role)s” does not come in by a list: only volunteers and residents do."),
        _("Other roles are given to each by name."),
    ),
    "export_too_large": (
        _("These are more than %(most)s members, too many for one file of this kind."),
        _("Narrow the list, or take it as CSV."),
    ),
    "endorsement_missing": (
        _("Members who know the applicant must vouch first: %(given)s of %(needed)s have."),
        _("Wait for them, or write down why it is right without."),
    ),
    "endorsement_unknown": (
        _("This request is not for you, or is gone."),
        _("Go back to the list and choose again."),
    ),
    "endorser_number_invalid": (
        _("This is no number or card of a member who can vouch for you."),
        _("Have the number read out again: it stands on the card. Or leave it out, the desk will ask."),
    ),
    "endorser_new": (
        _("Whoever vouches has been a member for %(days)s days or more."),
        _("Ask somebody who has been here longer."),
    ),
    "endorser_household": (
        _("Nobody vouches for himself or for an account that he looks after, or that looks after him."),
        _("Ask another member who knows the applicant."),
    ),
    "endorsed_enough": (
        _("You have vouched for %(most)s people within thirty days, as many as one can."),
        _("Another member who knows the applicant may do so."),
    ),
    "applicant_not_found": (
        _("Nobody with this number and name waits to be admitted."),
        _("Have both read out again: they stand on the applicant's first page."),
    ),
    "applicant_decided": (
        _("This application is decided: nobody needs to vouch any more."),
        _("Nothing to do."),
    ),
    "endorsers_enough": (
        _("You have named %(most)s members, as many as one can."),
        _("Ask them, or come to the desk."),
    ),
}
