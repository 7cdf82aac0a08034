"""Sentences for the refusals of `points`."""

from flask_babel import lazy_gettext as _

PROBLEMS = {
    "odd_award_unknown": (
        _("This pattern is not on the list any more."),
        _("Look at the list again: what is over goes by itself."),
    ),
    "own_odd_award": (
        _("You belong to this pattern yourself."),
        _("Ask another coordinator to look at it."),
    ),
    "amount_invalid": (
        _("This is not a number of points."),
        _("Give a whole number from 1 to 1,000,000, in digits 0 to 9."),
    ),
    "memo_invalid": (
        _("This text is too long or holds signs that cannot be written."),
        _("Write at most %(longest)s characters."),
    ),
    "memo_holds_number": (
        _("This text holds a telephone number or another long number."),
        _("Leave it out: what is written here stays for ever and cannot be taken back."),
    ),
    "reason_missing": (
        _("A reason is missing."),
        _("Say why it is taken back. The member can read it."),
    ),
    "deed_time_invalid": (
        _("The deed lies in the future, or too long ago."),
        _("Choose a day within the last %(days)s days."),
    ),
    "rule_unknown": (_("The tariff has no such deed."), _("Choose a deed from the tariff.")),
    "rule_not_valid": (
        _("This deed earned no points on %(day)s."),
        _("Look at the tariff, or ask a coordinator."),
    ),
    "rule_for_shops": (
        _("Only partner shops earn points by this rule."),
        _("Choose a deed that members do."),
    ),
    "rule_for_members": (
        _("Shops do not earn points by this rule."),
        _("Choose one of the rules for shops."),
    ),
    "daily_cap_reached": (
        _("This deed earns points at most %(cap)s times a day, and that is reached."),
        _("It earns again from %(again_on)s on. Thank you for doing more!"),
    ),
    "weekly_cap_reached": (
        _("This deed earns points at most %(cap)s times a week, and that is reached."),
        _("It earns again from %(again_on)s on. Thank you for doing more!"),
    ),
    "rule_exists": (_("Another rule has this code."), _("Choose another code, or change that rule.")),
    "tariff_changed": (
        _("Somebody else has changed this rule meanwhile."),
        _("Load the page again and look at the newest version."),
    ),
    "rule_invalid": (
        _("The tariff cannot take this."),
        _(
            "Correct the field: names of 1 to 60 characters, whole numbers in digits 0 to 9, days from today on."
        ),
    ),
    "patrol_cap_needed": (
        _("Rounds pay by themselves, so this deed needs a daily limit."),
        _("Say how many rounds a day may earn points, for example 2."),
    ),
    "patrol_category_stays": (
        _("Routes may pay by this rule, so it stays a rule for patrols."),
        _("Add a new rule for the other deed."),
    ),
    "points_not_enough": (
        _("There are only %(balance)s points; %(missing)s more are needed."),
        _("Choose something smaller, or collect more points first."),
    ),
    "award_to_oneself": (_("Nobody awards himself."), _("Ask another coordinator to do it.")),
    "award_to_household": (
        _("You look after each other's accounts, so you cannot award each other."),
        _("Ask another coordinator to do it."),
    ),
    "award_needs_person": (
        _("Nobody answers for the awards of this device."),
        _("Enrol it again under a coordinator."),
    ),
    "batch_too_large": (
        _("That is nothing, or too much at once."),
        _("Send 1 to %(most)s at a time."),
    ),
    "award_request_unknown": (
        _("There is no such request."),
        _("Go back to the list of awards that wait for a second person."),
    ),
    "second_needed": (
        _(
            "You alone have given as many points as one person may: to this member this week, or to all today."
        ),
        _("Nothing was changed. Ask another coordinator to decide about this one."),
    ),
    "deed_above_limit": (
        _("This deed brings %(points)s points. Nobody may give more than %(most)s alone."),
        _(
            "Nothing was changed. Its points in the tariff have to come down, or the limit in the settings has to go"
            " up."
        ),
    ),
    "deed_worth_changed": (
        _("The tariff has changed: the deed brings %(points)s points by now, not %(asked)s."),
        _("Decline it; whoever still wants it asks anew."),
    ),
    "week_full": (
        _("In one week a member can get at most %(most)s points this way; this would be more."),
        _("Nothing is lost: the code stays good. Collect it from Monday, %(on)s, on."),
    ),
    "award_request_closed": (
        _("Somebody has decided about this award already."),
        _("Load the list again: it shows what still waits."),
    ),
    "second_is_first": (
        _("You entered this award yourself, so somebody else has to agree."),
        _("Ask another coordinator to look at it."),
    ),
    "award_requester_changed": (
        _("Who entered this award may no longer award anything."),
        _("Decline it; whoever still wants it asks anew."),
    ),
    "request_too_old": (
        _("It was asked for too long ago: more than %(days)s days."),
        _("Decline it; whoever still wants it asks anew."),
    ),
    "award_request_not_own": (
        _("Somebody else has entered this award."),
        _("Decline it instead, with a reason."),
    ),
    "list_columns_missing": (
        _("The first row has no column that tells who did it, or what was done."),
        _("Write above the columns: number, name or phone; deed; and if you like date, note, points."),
    ),
    "list_member_differs": (
        _("Number, telephone and name in this row are not those of one member."),
        _("Correct the row."),
    ),
    "list_name_ambiguous": (
        _("Several members have this name."),
        _("Write the member number or the telephone beside it."),
    ),
    "list_row_repeated": (
        _("The same award stands in row %(row)s already."),
        _("If it happened twice, tell the two apart by a note."),
    ),
    "list_points_differ": (
        _("The tariff gives %(points)s points for this deed."),
        _("Correct the number, or leave the column out."),
    ),
    "list_row_unreadable": (
        _(
            "Something in this row cannot be read: a formula, a day that is none, a cell of several lines (a quotation "
            "mark that is not closed takes the rows below along), or letters that are garbled."
        ),
        _("Write plain text and days such as 2026-11-18."),
    ),
    "transfer_unknown": (_("There is no such line in the statement."), _("Go back to the statement.")),
    "transfer_not_reversible": (
        _("This line cannot be taken back."),
        _("Only awards can be taken back here. Ask a coordinator about anything else."),
    ),
    "transfer_reversed": (_("This was taken back before."), _("Nothing more is to be done.")),
    "award_expired": (
        _("The points of this award expired on %(expired_on)s."),
        _("They cannot be spent any more, so there is nothing to take back."),
    ),
    "reservation_closed": (
        _("These points were already handed on or given back."),
        _("Look at the statement: it shows what became of them."),
    ),
    "reservation_open": (
        _("These points were not handed on yet."),
        _("Cancel the reservation instead of refunding it."),
    ),
    "member_not_found": (
        _("Nobody fits this."),
        _("Type the number, the telephone or the whole name, or scan the card again."),
    ),
}
