"""Who came to the demo's police room under two numbers: a merge that waits, and one whose name was only heard."""

from datetime import timedelta

import members.queries
import members.service
import points.service
from alliance.demo.people import Alliance, Person
from core import clock
from core.db import new_id

#: Characters of given names, and others that sound the same.
_SOUND_THE_SAME = str.maketrans(
    "志建玉秀桂文海晓小丽静芳华国梅珍兰英", "智健钰绣贵雯亥小晓莉婧方桦帼枚真澜瑛"
)


def fill(alliance: Alliance) -> None:
    """One of the coordinators has proposed it this morning; the one who tries the demo out may agree.

    And somebody has called to register once more, and who took the call wrote the name as it sounded.
    """
    here = (each for squad in alliance.squads for each in squad.people if not each.away)
    # The first of them stands among the likely pairs already.
    _first, person, *others = [each for each in here if each.id in alliance.card_only]
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
    _heard(alliance, others)


def _heard(alliance: Alliance, people: list[Person]) -> None:
    for person in people:
        known = members.queries.facts(person.id)
        heard = known.name[0] + known.name[1:].translate(_SOUND_THE_SAME)
        if heard != known.name:
            break
    else:
        return
    with clock.frozen(clock.now() - timedelta(days=6)):
        members.service.add_member(
            alliance.coordinators[1],
            name=heard,
            phone="19900009999",
            roles=["resident"],
            area_id=known.area_id,
        )
