"""Sentences for the refusals of `rewards`."""

from flask_babel import lazy_gettext as _

_LOOK_AGAIN = _("Load the page again and look.")
_SHELF = _("Look at the shelf, there is more.")
_POINTS_BACK = _("The points are back on the account. Whoever wants it can redeem it again.")

PROBLEMS = {
    "reward_unknown": (_("There is no such reward on the shelf."), _SHELF),
    "reward_invalid": (
        _("The reward cannot be kept like this."),
        _(
            "Look at the marked field: a name of at most 40 letters, 1 to 1,000,000 points, a voucher that lives at "
            "most 90 days, a last day after the first."
        ),
    ),
    "shop_unclear": (
        _("It is not clear which shop is meant."),
        _("Type the shop's number, or its whole name as it stands in the list of shops."),
    ),
    "reward_changed": (_("Somebody else has changed this reward meanwhile."), _LOOK_AGAIN),
    "note_invalid": (
        _("This note cannot be kept."),
        _("Write at most %(longest)s letters, without special signs."),
    ),
    "picture_invalid": (
        _("This file is no picture that can be read."),
        _("Choose a photo or a picture as JPEG, PNG or WebP."),
    ),
    "picture_too_large": (
        _("This picture is too large."),
        _("Choose a smaller one, or take the photo with fewer pixels."),
    ),
    "count_invalid": (
        _("This is not a possible number of pieces."),
        _("Give a whole number from %(least)s to %(most)s."),
    ),
    "stock_not_enough": (
        _("Of the %(stock)s pieces, %(held)s are kept for vouchers: fewer cannot lie there."),
        _("Look once more, or call off vouchers first."),
    ),
    "without_stock": (
        _("Of this reward there is no end; nothing is counted."),
        _("Count only what lies on the shelf."),
    ),
    "redeemer_needed": (_("Only a member can do this, not a device."), _("Sign in as a member.")),
    "reward_not_offered": (_("This reward is not to be had at present."), _SHELF),
    "sold_out": (
        _("The last one is gone."),
        _("Put yourself on the waiting list: you are told when it is back. Your points are untouched."),
    ),
    "quota_reached": (
        _("Everybody may have %(quota)s of these in the period, and you have had yours."),
        _("Choose something else; this one stays for others."),
    ),
    "still_in_stock": (_("It is there: there is nothing to wait for."), _("Redeem it now if you like.")),
    "redemption_unknown": (
        _("There is no such voucher, or it is not yours to see."),
        _("Look at your own vouchers."),
    ),
    "voucher_unknown": (
        _("No voucher of ours has this code."),
        _("Let the member open the voucher again, and scan that."),
    ),
    "voucher_used": (
        _("This voucher was handed over already: %(at)s, %(where)s."),
        _("It counts once. Ask a coordinator if that was a mistake."),
    ),
    "voucher_expired": (_("This voucher's time ended on %(at)s."), _POINTS_BACK),
    "voucher_cancelled": (_("This voucher was called off on %(at)s."), _POINTS_BACK),
    "voucher_returned": (_("What this voucher was for was taken back on %(at)s."), _POINTS_BACK),
    "not_handed_over": (
        _("Nothing has been handed over for this voucher yet."),
        _("Call it off instead; nothing has to be taken back."),
    ),
    "return_needs_another": (
        _("You handed this over yourself, and no piece goes back on the shelf."),
        _("Put the piece back on the shelf, or let another coordinator take it back."),
    ),
    "voucher_elsewhere": (
        _("This voucher is handed over elsewhere: %(where)s."),
        _("Go there with it; it stays good until its time ends."),
    ),
    "own_voucher": (
        _("Nobody hands over his own voucher, or one of his household."),
        _("Let somebody else do it."),
    ),
    "fitting_place_missing": (
        _("It is not said yet where this will be fitted."),
        _("Write building, entrance and flat, so that its use can be followed up."),
    ),
}
