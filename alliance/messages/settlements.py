"""Sentences for the refusals of settlement: months, rates, statements of shops."""

from flask_babel import lazy_gettext as _

_LOOK = _("Load the page again: it shows how far the statement is.")

PROBLEMS = {
    "month_invalid": (
        _("This is not a month."),
        _("Write it as in 2026-10: the year, a hyphen, two digits."),
    ),
    "month_open": (
        _("The month %(month)s is not over yet."),
        _("Statements can be drafted once its last payments are booked, five minutes after its end."),
    ),
    "month_future": (
        _("The month %(month)s has not begun."),
        _("Choose a month that is over."),
    ),
    "earlier_month_open": (
        _("Months are settled in their order, and %(earlier)s comes first."),
        _("Draft the statements of %(earlier)s, then those of %(month)s."),
    ),
    "rate_missing": (
        _("Nobody has said what a point is worth for %(count)s of the shops: %(shops)s."),
        _("Add a rate that begins on %(since)s or earlier, then draft the month. Nothing was drafted."),
    ),
    "rate_invalid": (
        _("This is not a rate."),
        _("Give whole cents for one point, from 0 to 10,000, for one shop, for one trade or for all."),
    ),
    "rate_too_early": (
        _("For that day statements are drafted already."),
        _("Let the rate begin on %(earliest)s or later."),
    ),
    "settlement_unknown": (
        _("There is no such statement, or it is not yours to see."),
        _("Look at the list of statements."),
    ),
    "settlement_step_impossible": (_("The statement is not at this step, or past it already."), _LOOK),
    "second_person_pays": (
        _(
            "You or your household wrote down that %(where)s agreed on paper; somebody else books the payment."
        ),
        _(
            "Ask another coordinator or an administrator. An owner who agrees on the phone counts as second person."
        ),
    ),
    "paper_note_missing": (
        _("Who agrees for a shop says how the shop did."),
        _("Write, for example, who signed the printed statement and on which day."),
    ),
    "reference_missing": (
        _("The payment has no reference."),
        _("Write the number of the bank's or the till's slip, so that the payment can be found again."),
    ),
    "payback_impossible": (
        _("%(where)s has nothing to pay back after this statement."),
        _(
            "It was paid back before, or the shop is a partner again and the sum goes over to its next statement."
        ),
    ),
    "paid_on_invalid": (
        _("On that day it cannot have been paid."),
        _("Choose a day from %(earliest)s to %(latest)s."),
    ),
}
