"""Sentences for the refusals of `patrols`."""

from flask_babel import lazy_gettext as _

_TO_ROUND = _("Look at your round, or end it there.")
_ASK = _("Ask a coordinator.")
_LOOK_AGAIN = _("Load the page again and look.")

PROBLEMS = {
    "checkpoint_unknown": (
        _("No patrol point of ours has this code."),
        _("Scan it again. If it stays unknown, tell a coordinator where the plate hangs."),
    ),
    "plate_replaced": (
        _("This plate of %(where)s was replaced and counts no more."),
        _("Scan the new plate. If there is none, tell a coordinator."),
    ),
    "checkpoint_retired": (
        _("The patrol point %(where)s is no longer in use."),
        _("Walk on to the next point of your route."),
    ),
    "no_route": (_("No route leads past %(where)s at present."), _ASK),
    "choose_route": (_("Several routes lead past %(where)s."), _("Choose the one that you are walking.")),
    "not_on_route": (
        _("%(where)s is not on the route that you are walking."),
        _("Scan a point of your route, or end the round first."),
    ),
    "outside_hours": (
        _("Rounds on “%(route)s” begin between %(opens_at)s and %(closes_at)s."),
        _("Come back at that time, or choose another route."),
    ),
    "cooldown": (
        _("You walked “%(route)s” only just now."),
        _("You can walk it again in %(minutes)s minutes. Other routes are open to you."),
    ),
    "clock_wrong": (
        _("The clock of this phone is wrong by about %(hours)s hours."),
        _("Set date and time to automatic in the phone's settings, then scan again."),
    ),
    "scan_too_old": (
        _("This scan waited %(hours)s hours in the phone; at most 48 count."),
        _("Tell a coordinator about the round if it should still count."),
    ),
    "already_visited": (_("%(where)s is already ticked off in this round."), _("Walk on to the next point.")),
    "out_of_order": (
        _("On “%(route)s” the order is fixed, and %(where)s is not next."),
        _("Go to %(next_point)s first."),
    ),
    "round_over": (_("This round is over."), _("Scan the plate where you stand to begin a new one.")),
    "round_unknown": (_("There is no such round, or it is not yours to see."), _("Look at your own rounds.")),
    "round_not_yours": (
        _("Only who walks this round, its captain or a coordinator may do this."),
        _("Ask the captain."),
    ),
    "round_open_elsewhere": (_("You are still walking “%(route)s”."), _TO_ROUND),
    "before_joining": (
        _("You scanned %(where)s long before you joined this round, so it does not count in it."),
        _("If you pass there again with the others, scan it once more."),
    ),
    "already_joined": (_("You are in this round already."), _("Walk on; every point counts for you, too.")),
    "round_full": (
        _("No more than %(most)s people walk in one round."),
        _("Begin a second round with the others."),
    ),
    "member_code_missing": (
        _("The gate does not know who stands before it."),
        _("Show your card or the code on your phone to the gate, then scan again."),
    ),
    "walker_needed": (_("Only a member can walk a round."), _("Sign in as a volunteer.")),
    "walker_not_found": (
        _("“%(typed)s” does not name exactly one member."),
        _("Type the member number or the telephone number."),
    ),
    "companion_not_found": (
        _("Number and name do not belong together."),
        _("Compare both with the card, or photograph the card."),
    ),
    "round_not_held": (_("This round does not wait for a decision."), _LOOK_AGAIN),
    "already_judged": (_("Somebody else has decided about this round."), _LOOK_AGAIN),
    "another_round": (
        _("Another round at the same time has come in, so nothing was paid yet."),
        _("Read the new line under “Why this round waits”, then decide again."),
    ),
    "own_round": (
        _("You, or somebody of your household, walked in this round."),
        _("Another coordinator decides about it."),
    ),
    "verdict_missing": (
        _("It is not clear how you decided, so nothing was changed."),
        _("Press one of the two buttons."),
    ),
    "judgement_reason_missing": (
        _("A decision needs a reason of one sentence."),
        _("Write what you found out; the walkers may read it."),
    ),
    "route_unknown": (_("There is no such route."), _("Go back to the list and choose again.")),
    "route_retired": (_("The route “%(route)s” is no longer in use."), _("Choose another route.")),
    "route_invalid": (
        _("The route cannot be walked like this."),
        _(
            "Look at the marked field: 1 to 50 different points, no more points needed than there are, fewer minutes "
            "needed than the round may last, both hours or none."
        ),
    ),
    "rule_not_for_routes": (
        _("Rounds are paid by a patrol rule with a daily limit; “%(rule)s” is none."),
        _("Choose another rule, or let an administrator add one to the tariff."),
    ),
    "route_name_taken": (_("Another route has the name “%(name)s”."), _("Choose another name.")),
    "checkpoint_not_found": (
        _("There is no such checkpoint."),
        _("Go back to the list and choose again."),
    ),
    "checkpoint_invalid": (
        _("The checkpoint cannot be saved like this."),
        _("Look at the marked field: a name, and latitude and longitude in degrees, both or none."),
    ),
    "plate_renewed": (
        _("%(where)s has a new plate already: number %(generation)s."),
        _("Print that one. The code was not changed a second time."),
    ),
    "checkpoint_on_route": (
        _("%(where)s is still on a route that is in use."),
        _("Take it from its routes first."),
    ),
}
