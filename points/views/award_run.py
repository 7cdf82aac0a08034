"""The desk: one deed, card after card. The page's script keeps the awards and sends each once."""

from datetime import timedelta
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import clock
from core.auth import current_actor, requires
from core.config import settings
from points import queries
from points.rules import SHOP_CATEGORY, Rule
from points.views.blueprint import views

#: What somebody has awarded lately stands first.
LATELY: Final = timedelta(days=90)


@views.get("/desk/award/run")
@requires("award.give")
def award_run() -> ResponseReturnValue:
    """Pick the deed, then scan card after card, or search."""
    favourites, others = deeds()
    chosen = request.args.get("rule", "")
    return render_template(
        "points/desk_award_run.html",
        favourites=favourites,
        others=others,
        chosen=chosen if chosen in {rule.code for rule in (*favourites, *others)} else "",
        base_url=settings().base_url,
    )


def deeds() -> tuple[list[Rule], list[Rule]]:
    """What members can be awarded for today: the reader's favourites, the most used first, and all else."""
    in_force = {rule.code: rule for rule in queries.rules_on(clock.today()) if rule.category != SHOP_CATEGORY}
    own = current_actor().member_id
    used = queries.favourite_rules(own, clock.now() - LATELY) if own is not None else []
    favourites = [in_force[code] for code in used if code in in_force]
    return favourites, [rule for rule in in_force.values() if rule not in favourites]
