"""Words for the acts in the audit log."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

ACTS = {
    "area.created": _("Area added"),
    "area.renamed": _("Area renamed"),
    "award.give": _("Good deed awarded"),
    "award.withdraw": _("Award taken back"),
    "card.issued": _("Card issued"),
    "card.revoked": _("Card blocked"),
    "checkpoint_created": _("Patrol point added"),
    "checkpoint_edited": _("Patrol point changed"),
    "checkpoint_status": _("Patrol point opened or retired"),
    "companion_added": _("Companion added to a round"),
    "desk.opened": _("Member known by card and PIN"),
    "device.enrolled": _("Device enrolled by code"),
    "device.revoked": _("Device withdrawn"),
    "helper.acts": _("Helper acts for a member"),
    "helper.stopped": _("Helper stopped helping"),
    "join_code.created": _("Join code made"),
    "join_code.withdrawn": _("Join code withdrawn"),
    "member.admitted": _("Member admitted"),
    "member.came_back": _("Back from leave"),
    "member.claim_code_issued": _("Code to take over an account given"),
    "member.claimed": _("Account taken over by its owner"),
    "member.created": _("Member added"),
    "member.declined": _("Application declined"),
    "member.helper_assigned": _("Helper assigned"),
    "member.leave_taken": _("On leave"),
    "member.left": _("Membership ended"),
    "member.managed_created": _("Account for a relative added"),
    "member.moved": _("Squad or area changed"),
    "member.pin_unlocked": _("Locked PIN opened again"),
    "member.phone_changed": _("Telephone number changed"),
    "member.readmitted": _("Member taken back"),
    "member.reinstated": _("Suspension lifted"),
    "member.renamed": _("Name corrected"),
    "member.roles_changed": _("Roles changed"),
    "member.secret_changed": _("Password or PIN changed"),
    "member.settings_changed": _("Settings changed at the desk"),
    "member.signed_out": _("Signed out everywhere"),
    "member.suspended": _("Member suspended"),
    "plate_reprinted": _("Plate given a new code"),
    "reward.changed": _("Reward changed"),
    "reward.created": _("Reward added"),
    "reward.picture": _("Picture of a reward changed"),
    "reward.status": _("Reward put on the shelf or taken from it"),
    "round_ended": _("Round ended by the desk"),
    "round_judged": _("Round judged"),
    "round_opened": _("Round opened by the desk"),
    "route_created": _("Route added"),
    "route_edited": _("Route changed"),
    "route_status": _("Route opened or closed"),
    "shop.admitted": _("Shop admitted"),
    "shop.applied": _("Shop applied"),
    "shop.awarded": _("Good deed of a shop awarded"),
    "shop.budget_granted": _("Budget given to a shop"),
    "shop.budget_withdrawn": _("Budget taken back from a shop"),
    "shop.changed": _("Shop's page changed"),
    "shop.clerk_added": _("Clerk added"),
    "shop.clerk_removed": _("Clerk taken out"),
    "shop.counter_pin_set": _("Counter PIN set"),
    "shop.declined": _("Shop's application declined"),
    "shop.ended": _("Partnership with a shop ended"),
    "shop.offer_added": _("Offer added"),
    "shop.offer_changed": _("Offer changed"),
    "shop.offer_retired": _("Offer taken out"),
    "shop.paused": _("Shop paused"),
    "shop.plate_reprinted": _("Shop's plate given a new code"),
    "shop.post_changed": _("Owner or clerk of a shop changed"),
    "shop.resumed": _("Shop's pause ended"),
    "squad.captains_appointed": _("Captains appointed"),
    "squad.changed": _("Squad changed"),
    "squad.created": _("Squad added"),
    "stock.counted": _("Stock counted"),
    "stock.damaged": _("Damaged pieces written off"),
    "stock.received": _("Pieces received"),
    "tariff.add": _("Rule added to the tariff"),
    "tariff.change": _("Rule of the tariff changed"),
    "trade.added": _("Trade added"),
    "trade.changed": _("Trade changed"),
    "voucher.cancelled": _("Voucher called off by the desk"),
    "voucher.handed_over": _("Reward handed over"),
}


def words(action: str) -> str:
    """The act in the reader's language; one without words is shown as it is named."""
    return str(ACTS.get(action, action))


#: What an act was about.
SUBJECTS = {
    "area": _("Area"),
    "award": _("Award"),
    "charge": _("Payment at a shop"),
    "checkpoint": _("Patrol point"),
    "device": _("Device"),
    "join_code": _("Join code"),
    "member": _("Member"),
    "merchant": _("Shop"),
    "rate": _("Conversion rate"),
    "redemption": _("Voucher"),
    "reward": _("Reward"),
    "round": _("Round"),
    "route": _("Route"),
    "settlement": _("Settlement"),
    "squad": _("Squad"),
    "tariff_rule": _("Rule"),
    "trade": _("Trade"),
    "transfer": _("Transfer"),
}
#: Names of what an entry of the log keeps beside the act.
DETAILS = {
    "accept": _("accepted"),
    "acting_captain": _("acting captain"),
    "captain": _("captain"),
    "before": _("before"),
    "after": _("after"),
    "card_shown": _("card shown"),
    "cents_per_point": _("cents per point"),
    "fields": _("fields"),
    "form": _("application"),
    "generation": _("issue"),
    "helper": _("helper"),
    "language": _("language"),
    "listed": _("on the leaderboard"),
    "member": _("member"),
    "month": _("month"),
    "name": _("name"),
    "note": _("note"),
    "permissions": _("permissions"),
    "points": _("points"),
    "post": _("post"),
    "purpose": _("purpose"),
    "reason": _("reason"),
    "reversal": _("reversal"),
    "roles": _("roles"),
    "route": _("route"),
    "rule": _("rule"),
    "secrets": _("what"),
    "state": _("state"),
    "status": _("status"),
    "trade": _("trade"),
    "transfer": _("transfer"),
    "until": _("until"),
    "version": _("version"),
    "walkers": _("people"),
}


def subject(kind: str) -> str:
    """What the act was about, in the reader's language; a kind without words is shown as it is named."""
    return str(SUBJECTS.get(kind, kind))


def detail(name: str, value: object) -> str:
    """One detail as words: "reason: …". Lists are joined; yes and no are said."""
    label = str(DETAILS.get(name, name))
    if isinstance(value, bool):
        return gettext("%(label)s: yes", label=label) if value else gettext("%(label)s: no", label=label)
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return gettext("%(label)s: %(text)s", label=label, text=text)
