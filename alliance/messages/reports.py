"""Sentences for the refusals of `reports`."""

from flask_babel import lazy_gettext as _

_LOOK_AGAIN = _("Load the page again and look.")
_PHOTO = _("Choose a photo as JPEG, PNG or WebP, or send the report without it.")
_AT_THE_FIELD = _("Look at the marked field.")

PROBLEMS = {
    "not_safe": (
        _("First of all: are you safe?"),
        _(
            "Go to a safe place. In danger call 110 (police), 119 (fire) or 120 (ambulance) at once; a report can "
            "wait."
        ),
    ),
    "report_kind_unknown": (_("Reports of this kind are not known."), _("Choose one of the kinds offered.")),
    "answer_invalid": (_("One question is not answered as it should be."), _AT_THE_FIELD),
    "report_text_invalid": (
        _("This text cannot be kept."),
        _("Write something, at most %(longest)s letters, by hand instead of copying it."),
    ),
    "place_missing": (
        _("Nobody can tell where this is."),
        _("Choose an area, or describe the place in a few words."),
    ),
    "place_unknown": (
        _("This place is none of ours."),
        _("Choose an area from the list, or describe the place in words."),
    ),
    "photo_invalid": (_("Photo %(photo)s is no picture that can be read."), _PHOTO),
    "photo_too_large": (_("Photo %(photo)s is too large."), _PHOTO),
    "too_many_photos": (
        _("That are too many photos."),
        _("Choose the best ones, at most %(most)s."),
    ),
    "reporter_needed": (
        _("Only a member can do this, not a device."),
        _("Sign in as a member, or report without a name."),
    ),
    "report_unknown": (
        _("There is no such report, or it is not yours to see."),
        _("Look at the list once more."),
    ),
    "follow_refused": (
        _("Number and password do not belong together."),
        _("Compare both with what you wrote down: letters and digits, none of O, I and L."),
    ),
    "photo_unknown": (_("There is no such photo, or it is not yours to see."), _LOOK_AGAIN),
    "report_changed": (_("Somebody else was faster: the report has moved on meanwhile."), _LOOK_AGAIN),
    "report_step_impossible": (
        _("This step does not follow from where the report stands."),
        _(
            "Received, assigned, checked on site, resolved or passed on, followed up, closed: take the next one."
        ),
    ),
    "follow_up_too_early": (
        _("Whether it has held is asked on the next day."),
        _("Come back on %(on)s."),
    ),
    "report_day_invalid": (
        _("This day has passed, or is more than a year away."),
        _("Choose a day from today on."),
    ),
    "handler_unfit": (
        _("This person cannot handle this report."),
        _("Choose a coordinator who is there and who is not concerned."),
    ),
    "not_a_hazard": (
        _("Only hazards have somebody responsible, a deadline and a re-check."),
        _("Leave a note instead."),
    ),
    "not_a_duplicate": (
        _("These two cannot be linked."),
        _("Give the number of the first report of the same kind, which is itself no duplicate."),
    ),
    "words_closed": (
        _("These words were told in confidence: its handler and one more person may read them."),
        _("Ask its handler; a report that nobody has yet can be taken."),
    ),
    "report_judged": (_("Somebody has judged this report before."), _LOOK_AGAIN),
    "own_report": (
        _("Nobody handles or judges his own report, or one of his household."),
        _("Let somebody else do it."),
    ),
    "register_home_instead": (
        _("A report of a rented home is useful once the home is registered."),
        _("Register the home from this report."),
    ),
    "duplicate_earns_not": (
        _("This report repeats another one, number %(number)s."),
        _("Judge that one."),
    ),
    "nothing_to_collect": (
        _("There is nothing to collect for this report."),
        _("Points are given for reports that were found useful. Look again later."),
    ),
    "token_not_yet": (
        _("The points can be collected from %(on)s on."),
        _("Come back then: until that day nobody can tell your report from others of the week."),
    ),
    "claim_token_unknown": (
        _("This is no code of ours for collecting points."),
        _("Compare all twenty letters and digits once more."),
    ),
    "claim_token_used": (
        _("This code was collected before."),
        _("It counts once; there is nothing left on it."),
    ),
    "claim_by_handler": (
        _("Whoever handles reports collects no points for them, and neither does his household."),
        _("Thank you for telling all the same."),
    ),
    "home_known": (
        _("This home is registered already for the term %(term)s, since %(on)s."),
        _("One award for each home and term: register it again in the next one."),
    ),
    "home_alike": (
        _("A home with the same numbers is registered already for this term: %(addresses)s."),
        _("If it is the same home, there is nothing to do. If it is another one, say so below the address."),
    ),
    "home_unknown": (
        _("This home is not registered."),
        _("Look for it in the list of homes."),
    ),
    "home_void": (
        _("This home was struck out already."),
        _("There is nothing more to do."),
    ),
    "lease_invalid": (
        _("A lease cannot have these days."),
        _("The last day lies after the first, not in the past, and the first at most three months ahead."),
    ),
    "desk_member_unknown": (
        _("No member has this number."),
        _("Compare it with the card: seven digits."),
    ),
    "desk_for_oneself": (
        _("Nobody gives points to himself or to his household."),
        _("Let a colleague do it."),
    ),
    "utility_unknown": (_("Such bills are not taken here."), _("Water, electricity and gas are.")),
    "sum_invalid": (
        _("This is not a possible number."),
        _("Use digits, and a point before two more for money."),
    ),
    "bill_known": (
        _("This receipt is in the log already, since %(on)s."),
        _("Compare the number on the receipt; each counts once."),
    ),
    "bill_unknown": (_("There is no such receipt in the log."), _LOOK_AGAIN),
    "bill_void": (_("This receipt was struck out before."), _LOOK_AGAIN),
    "float_begun": (
        _("Your till of today was counted before, or has taken money already."),
        _("What lies in it is counted before the first payment. Say what is different when you close it."),
    ),
    "float_reconciled": (
        _("The till of %(day)s is closed."),
        _("Take it tomorrow, or let a colleague take it today."),
    ),
    "float_to_come": (
        _("That day has not come yet."),
        _("Close the till of today or of a day before."),
    ),
    "opening_unexplained": (
        _("This is not what stayed in the till when it was closed last."),
        _("Count once more, or write why it is another sum."),
    ),
    "difference_unexplained": (
        _("The till does not come out even."),
        _("Count once more, or write why."),
    ),
}
