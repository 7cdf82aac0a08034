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

_ASK_OWNER = _("Ask the owner, or a coordinator.")
_LOOK_AGAIN = _("Load the page again and look.")
_FEWER = _("Give fewer points, or go on tomorrow.")

#: Shops, their people, plates and offers, and what they give.
_SHOPS = {
    "shop_unknown": (_("There is no such shop, or it is no partner."), _("Look in the list of shops.")),
    "shop_invalid": (
        _("Something here cannot stay as it is."),
        _("Look at the field that is marked: nothing unreadable, not too long, hours in their order."),
    ),
    "shop_name_taken": (
        _("A shop named “%(name)s” is there already."),
        _("Add the street or the branch to the name."),
    ),
    "shop_status_impossible": (_("This step does not fit what the shop is now."), _LOOK_AGAIN),
    "shop_reason_missing": (_("A reason in a few words is needed."), _("Write why; the shop will ask.")),
    "shop_applications_too_many": (
        _("%(most)s applications of yours are waiting already."),
        _("Wait until a coordinator has looked at them."),
    ),
    "own_shop": (
        _("You or your household work at %(where)s, so somebody else decides this."),
        _("Ask another coordinator."),
    ),
    "trade_unknown": (_("There is no such trade."), _("Choose one from the list.")),
    "trade_exists": (_("A trade with this short name is there already."), _("Choose another short name.")),
    "shop_plate_unknown": (
        _("No shop of ours has this plate."),
        _("Scan it again. If it stays unknown, tell a coordinator where it stands."),
    ),
    "shop_plate_replaced": (
        _("This plate of %(where)s was replaced and counts no more."),
        _("Scan the new plate on the counter, or ask the shop to show a payment code."),
    ),
    "shop_plate_renewed": (
        _("%(where)s has got a new plate since you opened this page."),
        _("Load the page again; print the newest plate."),
    ),
    "counter_kept": (
        _("This phone stands at the counter of %(where)s."),
        _(
            "Here only the counter works. Whose phone it is opens all else at /counter/leave with the own PIN."
        ),
    ),
    "not_your_shop": (_("You do not work at this shop, or no longer."), _ASK_OWNER),
    "clerk_unknown": (_("This member does not work at the shop."), _LOOK_AGAIN),
    "clerk_there": (_("This member works at the shop already."), _("Nothing is left to do.")),
    "clerk_asked": (
        _("This member has been asked already and has not answered yet."),
        _("Tell him to open Me → Shops where I work."),
    ),
    "invitation_unknown": (
        _("This shop does not ask you to work there, or no longer."),
        _("Talk to its owner; he can ask you once more by your member number."),
    ),
    "clerks_too_many": (
        _("A shop has at most %(most)s people at its counter."),
        _("Take out somebody who works there no longer."),
    ),
    "last_owner": (
        _("A shop keeps at least one owner."),
        _("Make somebody else an owner first."),
    ),
    "member_number_unknown": (
        _("No member has this number."),
        _("Read the number on the card or the phone once more, digit by digit."),
    ),
    "counter_pin_wrong": (
        _("This is not the right counter PIN."),
        _("Enter it again. Tries left before it is locked: %(tries_left)s."),
    ),
    "counter_pin_locked": (
        _("The counter PIN was wrong too often and is locked."),
        _("The owner can set a new one now; by itself it opens within a day."),
    ),
    "counter_pin_missing": (
        _("There is no counter PIN yet."),
        _("Set one on your own phone, or let the owner set it."),
    ),
    "offer_unknown": (_("The shop makes no such offer."), _LOOK_AGAIN),
    "offer_retired": (
        _("“%(what)s” is no longer on offer."),
        _("Choose another offer, or type the points. No points were taken."),
    ),
    "offers_too_many": (
        _("A shop shows at most %(most)s offers."),
        _("Take one out that nobody asks for."),
    ),
    "gift_to_own_people": (
        _("A shop's points are for customers, not for its own people and their households."),
        _("Scan the code of a customer."),
    ),
    "gift_receiver_changed": (
        _("This is not the customer that was shown."),
        _("Scan the code again and look at the name."),
    ),
    "gift_receiver_missing": (
        _("It is not clear who gets the points."),
        _("Scan the member's code, or type the member number."),
    ),
    "gift_too_large": (_("One gift is at most %(limit)s points."), _("Give fewer points.")),
    "gift_member_day_limit": (
        _("A shop gives one member at most %(limit)s points a day; %(left)s are left today."),
        _FEWER,
    ),
    "gift_member_week_limit": (
        _(
            "This person has got as many points this week as may be given without a second coordinator (%(limit)s)."
        ),
        _("Nothing was given. Give fewer points, or wait until Monday."),
    ),
    "gift_unknown": (_("The shop has given no such gift."), _LOOK_AGAIN),
    "shop_deed_unknown": (_("The shop was awarded no such deed."), _LOOK_AGAIN),
    "budget_request_unknown": (
        _("Nothing of this kind waits for a second person."),
        _("Go back to the list of what waits."),
    ),
    "budget_request_closed": (
        _("Somebody has decided about this already."),
        _("Load the list again: it shows what still waits."),
    ),
    "budget_second_is_first": (
        _("You, or somebody of your household, asked for it, so somebody else has to agree."),
        _("Ask another coordinator to look at it."),
    ),
    "budget_request_not_own": (
        _("Somebody else has asked for it."),
        _("Decline it instead, with a reason."),
    ),
    "budget_requester_changed": (
        _("Who asked for it belongs to the shop by now, or may no longer ask for such things."),
        _("Decline it; whoever still wants it asks anew."),
    ),
    "gift_shop_day_limit": (
        _("A shop gives at most %(limit)s points a day; %(left)s are left today."),
        _FEWER,
    ),
    "budget_not_enough": (
        _("The shop's budget holds %(balance)s points; %(needed)s are needed."),
        _("Give fewer points, or ask a coordinator for more."),
    ),
}

PROBLEMS = {**_SHOPS, **_CHARGES}
