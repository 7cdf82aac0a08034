"""Sentences for the refusals of `activities`."""

from flask_babel import lazy_gettext as _

_OTHERS = _("Look at what else is on.")
_SHOW_DESK = _("Speak to the coordinator on the spot: you can be put on the list by hand.")

PROBLEMS = {
    "activity_invalid": (
        _("An activity cannot be kept like this."),
        _("Correct the field that is marked."),
    ),
    "activity_unknown": (_("There is no such activity."), _OTHERS),
    "activity_changed": (
        _("Somebody else has changed “%(activity)s” meanwhile."),
        _("Load the page again and look at what it says now."),
    ),
    "activity_cancelled": (_("“%(activity)s” was called off."), _OTHERS),
    "activity_closed": (
        _("“%(activity)s” is closed: who came has been counted."),
        _("Who is missing from the list can be awarded by hand at the desk."),
    ),
    "activity_not_closed": (_("“%(activity)s” is not closed yet."), _("Close it first.")),
    "activity_not_begun": (
        _("“%(activity)s” has not begun, so nobody has been there yet."),
        _("Come back after %(at)s."),
    ),
    "activity_full": (_("All %(most)s places of “%(activity)s” are taken."), _OTHERS),
    "sign_up_over": (_("“%(activity)s” is over."), _OTHERS),
    "attendance_early": (
        _("“%(activity)s” has not begun yet."),
        _("The code counts from %(at)s on. Scan it again then."),
    ),
    "attendance_late": (_("“%(activity)s” ended a while ago."), _SHOW_DESK),
    "attender_needed": (
        _("A device attends nothing."),
        _("Everybody scans with the own phone, or is put on the list by hand."),
    ),
    "already_attended": (_("You are counted in at “%(activity)s” already."), _("Once is enough. Thank you!")),
    "attendance_removed": (
        _("A coordinator has taken you off the list of “%(activity)s”."),
        _("If that is wrong, speak to the coordinator: only the desk can put you back."),
    ),
    "attendance_unknown": (_("This member is not on the list."), _("Load the page again and look.")),
    "attender_not_found": (
        _("No member fits."),
        _("Type the whole number or the beginning of the name, or scan the card once more."),
    ),
    "award_declined": (
        _("A second coordinator has not agreed to the points."),
        _("Ask the coordinator why. Hours of service that were proved by the code stay."),
    ),
    "award_called_off": (
        _("The coordinator has called the points off before a second one agreed."),
        _("Ask the coordinator. They can be awarded with the rest."),
    ),
    "campaign_unknown": (_("There is no such campaign."), _("Choose one from the list.")),
    "campaign_exists": (_("Another campaign has this name."), _("Choose another name.")),
}
