"""What somebody at the demo's desk must still look at: a list of newcomers with its dry run, and odd awards."""

import random
from datetime import timedelta
from typing import Final

import activities.queries
import members.queries
import members.service
import points.queries
import points.service
from alliance.demo.names import Register
from alliance.demo.people import Alliance
from core import clock
from core.auth import Actor
from core.db import new_id
from core.sheets import Sheet, to_xlsx

NEWCOMERS: Final = 28
_FILE: Final = "和平里新住户名单.xlsx"
_HEADINGS: Final = ["姓名", "手机号", "队伍", "片区", "身份", "备注"]
#: In the range that no operator has given out, beyond everybody's of the demo.
_FIRST_PHONE: Final = 19_900_007_001
_SEED: Final = "新住户"
#: Days ago, which coordinator gives it to which, rule, and what for.
_MUTUAL: Final = (
    (9, 1, 2, "training", "学习急救，互相签到"),
    (8, 2, 1, "training", "学习急救，互相签到"),
    (2, 1, 2, "publicity", "值班时发传单"),
)


def fill(alliance: Alliance) -> None:
    """Bring the list and let two coordinators award each other; joins the caller's transaction."""
    _bring(alliance)
    now = clock.now()
    for days, giver, taker, rule_code, memo in _MUTUAL:
        with clock.frozen(now - timedelta(days=days)):
            points.service.award_deed(
                alliance.coordinators[giver],
                key=new_id(),
                member_id=alliance.coordinators[taker].id,
                rule_code=rule_code,
                memo=memo,
            )
    points.service.find_odd(others=activities.queries.odd_attendance(points.queries.odd_since()))


def check() -> None:
    """Let the list be checked, so that its dry run stands there; commits by itself, piece after piece."""
    members.service.go_on_with_imports()


def _bring(alliance: Alliance) -> None:
    """A list as an officer types it: most rows are right, some are what lists are like."""
    colleague = alliance.coordinators[1]
    squads = [each.plan for each in alliance.squads[:4]]
    register = Register(random.Random(_SEED))  # noqa: S311 - the same list every time is the point
    rows: list[list[str]] = []
    for number in range(NEWCOMERS):
        plan = squads[number % len(squads)]
        estate = plan.estates[number // len(squads) % len(plan.estates)]
        name = register.name(1950 + number * 37 % 55, woman=number % 3 > 0)
        role = "居民" if number % 5 == 4 else "志愿者"
        rows.append([name, str(_FIRST_PHONE + number), plan.name, estate, role, ""])
    rows[4:4] = [["郭秀珍", "1990000708", squads[0].name, squads[0].estates[0], "志愿者", "号码少一位"]]
    rows[11:11] = [["任小燕", rows[7][1], squads[1].name, squads[1].estates[0], "居民", "和女儿同号"]]
    rows[19:19] = [["冯爱国", str(_FIRST_PHONE + 500), "广场舞队", squads[2].estates[0], "志愿者", ""]]
    known = members.queries.facts(alliance.squads[3].people[0].id)
    rows.append([known.name, _phone_of(colleague), squads[3].name, squads[3].estates[0], "志愿者", "老会员"])
    content = to_xlsx(Sheet("名单", _HEADINGS, rows))
    with clock.frozen(clock.now() - timedelta(minutes=25)):
        members.service.bring_list(colleague, content, key=new_id(), target="active", file_name=_FILE)


def _phone_of(actor: Actor) -> str:
    """A number that somebody has already."""
    return str(members.queries.record(actor.id).phone).removeprefix("+86")
