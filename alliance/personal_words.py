"""What the packages keep of a member, in plain words: what it is, why it is kept, and how long."""

from flask_babel import lazy_gettext as _

_BOOKS = _("For good, because the books must add up; after a deletion they name a number and no person.")

WORDS = {
    "statement": _("Your statement of points"),
    "statement.why": _("So that every point is accounted for."),
    "statement.long": _BOOKS,
    "rounds": _("Your patrols"),
    "rounds.why": _("For points and hours of service. No tracks are kept, only the plates that you scanned."),
    "rounds.long": _("As long as the membership lasts; after a deletion they name a number and no person."),
    "payments": _("Your payments at shops"),
    "payments.why": _("So that you and the shop know what was paid."),
    "payments.long": _BOOKS,
    "vouchers": _("Your vouchers"),
    "vouchers.why": _(
        "So that you get what you have redeemed; a place of fitting only for locks and alarms."
    ),
    "vouchers.long": _(
        "The place of fitting goes by itself after the guarantee; the rest stays in the books."
    ),
    "reports": _("Your reports by name"),
    "reports.why": _(
        "So that something comes of them, and you can read what. Reports without a name are not here."
    ),
    "reports.long": _("Words, place and photos go when their time is over, and at once with a deletion."),
    "homes_and_bills": _("Rented homes that you registered, and bills that you paid at the desk"),
    "homes_and_bills.why": _("So that each is rewarded once and the till is right."),
    "homes_and_bills.long": _BOOKS,
    "shops": _("Shops where you work"),
    "shops.why": _("So that you may take points at their counters."),
    "shops.long": _("Until you stop working there; who took a payment stays in the books, by number."),
    "letters": _("Your letters of encouragement"),
    "letters.why": _("So that whoever is shown one can check whether it is genuine."),
    "letters.long": _("Number and day for good; what you were thanked for goes with a deletion."),
    "activities": _("Activities that you attended or signed up for"),
    "activities.why": _("For points and hours of service, and so that there are places for all."),
    "activities.long": _("Sign-ups go with a deletion; who attended is then a number and no person."),
    "squad": _("Squad"),
    "honours": _("Your titles of honour"),
    "honours.why": _("So that the wall of honour shows them for its years."),
    "honours.long": _("For good, by number; your name goes with a deletion."),
    "notices": _("Notices that you have read"),
    "notices.why": _("So that nobody has to be told twice, and those who have not read are called."),
    "notices.long": _("Until some months after the end of the notice, and at once with a deletion."),
    "endorsements": _("Whom you have vouched for, and who vouched for you"),
    "endorsements.why": _("So that new members come by people who know them."),
    "endorsements.long": _("As long as the membership lasts; a deletion of either side removes it."),
    "at": _("Time"),
    "on": _("Day"),
    "what": _("What"),
    "what_en": _("What, in English"),
    "points": _("Points"),
    "expires_on": _("Good until"),
    "memo": _("Note"),
    "route": _("Route"),
    "outcome": _("Outcome"),
    "service_minutes": _("Minutes of service"),
    "shop": _("Shop"),
    "state": _("State"),
    "reward": _("Reward"),
    "fitting_place": _("Place of fitting"),
    "number": _("Number"),
    "kind": _("Kind"),
    "place": _("Place"),
    "words": _("Words"),
    "answers": _("Answers"),
    "post": _("Post"),
}
