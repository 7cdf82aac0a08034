"""The pages that are seen most, in every look there is: both sizes, both themes, both languages.

`test_accessibility.py` visits every page, in half of the eight looks; here are the other four, for a few pages.
"""

import pytest

import members.service
from tests.support import members_builders as people
from tests.support import points_builders, screens
from tests.support.browser import PHONE, WIDE, assert_accessible, assert_fits, have_axe_at_hand

PAGES = ("/", "/scan", "/round", "/leaderboard", "/me", "/me/statement", "/me/pin", "/desk", "/desk/counter")
#: The looks in which `test_accessibility.py` does not visit all pages.
LOOKS = [
    pytest.param(PHONE, False, "en", id="phone-light-english"),
    pytest.param(PHONE, True, "zh-CN", id="phone-dark-chinese"),
    pytest.param(WIDE, False, "zh-CN", id="wide-light-chinese"),
    pytest.param(WIDE, True, "en", id="wide-dark-english"),
]


@pytest.mark.parametrize(("size", "dark", "locale"), LOOKS)
def test_the_pages_seen_most_are_accessible_and_fit_in_every_look(
    open_page, live_server, size, dark, locale
) -> None:
    language = "en" if locale == "en" else "zh_Hans_CN"
    with live_server.app.app_context():
        squad_id = people.squad("花木兰巡逻队", crest_color="magenta")
        member = people.member("李建国", "administrator", squad_id=squad_id)
        members.service.change_settings(people.actor(member), language=language)
        points_builders.earn(member.id, 20, squad_id=squad_id)
        screens.plates("东门", "车棚")
    page = open_page(size=size, dark=dark, locale=locale)
    have_axe_at_hand(page)
    screens.sign_in(page, live_server, member)
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        assert_accessible(page)
        assert_fits(page)
