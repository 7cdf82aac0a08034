"""Sentences for the refusals of `merchants`."""

from flask_babel import lazy_gettext as _

_LOOK = _("Look at the list of payments: it says what became of it.")
_SMALLER = _("Choose a smaller amount, or pay the rest another way.")
_OTHER_DAY = _("Pay the rest another way, or come back tomorrow.")

#: Charges at the counter.
_CHARGES = {
    "shop_closed_now": (
        _("%(shop)s takes no points at present."),
        _("No points were taken. Ask the shop, or look for another one in the list of shops."),
    ),
    "amount_missing": (
        _("It is not clear how many points are to be paid."),
        _("Type a number of points, or choose an offer."),
    ),
    "price_changed": (
        _("The price is %(points)s points now; %(shown)s were shown."),
        _("Look at the price again and confirm it if it suits you. No points were taken."),
    ),
    "payment_limit": (_("One payment at this shop is at most %(most)s points."), _SMALLER),
    "plate_limit": (
        _("By the plate on the counter, one payment is at most %(most)s points."),
        _("For more, let the shop show you a payment code, or show your own code."),
    ),
    "member_day_limit": (
        _("A member pays at most %(most)s points a day at this shop; %(left)s are left today."),
        _OTHER_DAY,
    ),
    "shop_day_limit": (
        _("This shop has taken all the points today that it may take in a day."),
        _("Come back tomorrow, or ask a coordinator."),
    ),
    "plate_day_limit": (
        _("By plates you pay at most %(most)s points a day; %(left)s are left today."),
        _("For more, let the shop show you a payment code, or show your own code."),
    ),
    "member_cannot_pay": (
        _("The member does not have %(needed)s points."),
        _("Choose a smaller amount; the member sees his points on his phone."),
    ),
    "payer_needed": (_("Only a member can pay with points."), _("Sign in as a member.")),
    "order_unknown": (
        _("No shop of ours shows this payment code."),
        _("Scan the code on the shop's screen once more."),
    ),
    "order_expired": (
        _("This payment code was shown too long ago."),
        _("Ask the shop to show a new one; no points were taken."),
    ),
    "order_taken": (
        _("Somebody else has scanned this payment code."),
        _("Ask the shop to show one for you; no points were taken."),
    ),
    "charge_unknown": (_("There is no such payment, or it is not yours to see."), _LOOK),
    "charge_expired": (
        _("The two minutes for this payment are over."),
        _("Begin again; points that were held for it come back by themselves."),
    ),
    "charge_closed": (_("This payment has come to its end before."), _LOOK),
    "charge_unpaid": (_("This was never paid, so there is nothing to give back."), _LOOK),
    "member_confirms": (
        _("This payment waits for the member, who confirms it on his own phone."),
        _("Ask the member to confirm, or call it off."),
    ),
    "pin_needed": (
        _("For this payment of %(points)s points the member types his PIN."),
        _("Hand the phone over so that the member can type it himself."),
    ),
    "void_too_late": (
        _("A payment can be taken back at the counter for %(minutes)s minutes; they are over."),
        _("The owner of the shop or a coordinator can still refund it."),
    ),
    "owner_needed": (
        _("Of the shop's people only its owner may do this."),
        _("Ask the owner, or a coordinator."),
    ),
    "refund_reason_missing": (
        _("A refund needs a reason in a few words."),
        _("Write why; the member will read it."),
    ),
    "flag_unknown": (
        _("There is no such entry in the list of odd payments."),
        _("Load the page again and look."),
    ),
}

PROBLEMS = {**_CHARGES}
