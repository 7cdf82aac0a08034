"""Who came to the demo's police room under two numbers, with points on both: a merge that waits for a second person."""

from datetime import timedelta

import members.queries
import members.service
import points.service
from alliance.demo.people import Alliance
from core import clock
from core.db import new_id


def fill(alliance: Alliance) -> None:
    """One of the coordinators has proposed it this morning; the one who tries the demo out may agree."""
    here = (each for squad in alliance.squads for each in squad.people if not each.away)
    # The first of them stands among the likely pairs already.
    _first, person = [each for each in here if each.id in alliance.card_only][:2]
    known, now = members.queries.facts(person.id), clock.now()
    _signing_in, colleague, other = alliance.coordinators
    with clock.frozen(now - timedelta(days=20)):
        twin = members.service.add_member(
            colleague, name=known.name, roles=["resident"], area_id=known.area_id
        )
    with clock.frozen(now - timedelta(days=12)):
        points.service.award_deed(
            other, key=new_id(), member_id=twin.id, rule_code="care", memo="陪楼里老人看病"
        )
    with clock.frozen(now - timedelta(hours=4)):
        members.service.merge(
            colleague,
            key=new_id(),
            gone_id=twin.id,
            kept_id=person.id,
            reason="本人到警务室说两个号都是自己的，核对过身份证",
        )
