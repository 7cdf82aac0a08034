"""A phone that stands at a shop's counter: what works there, out of every package.

`merchants` knows who stands there and guards every request; what else a phone at the counter may do is listed here.
"""

from flask import Flask

from merchants.api import standing

#: Vouchers are handed over at the counter, too.
_HANDING_OVER = {"rewards.post_hand_over", "rewards_pages.shop_hand_over", "rewards_pages.shop_next_step"}
#: What shows nothing of whoever is signed in. Signing in again needs a password or a code, and begins a new session.
_NEUTRAL = {
    "health.alive",
    "health.ready",
    "interface.openapi",
    "interface.readable",
    "members.delete_session",
    "members.get_session",
    "members.post_session",
    "members_pages.ask_for_code",
    "members_pages.enter_code",
    "members_pages.post_ask_for_code",
    "members_pages.post_enter_code",
    "members_pages.post_sign_in",
    "members_pages.sign_in",
    "members_pages.sign_out",
    "pages.offline",
    "pages.service_worker",
}
OPEN = standing.COUNTER_VIEWS | _HANDING_OVER | _NEUTRAL


def initialise(app: Flask) -> None:
    """Guard phones at counters; after the gatekeeper, who finds out who asks."""
    # The counter's pages know who has shown his PIN there; rewards ask when something is handed over at a shop.
    app.extensions["alliance_counter_clerk"] = standing.who_stands_at
    app.before_request(standing.keep_to_the_counter(OPEN))
