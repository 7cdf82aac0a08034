"""The desk's list of squads, where a city has hundreds."""

import re

import members.queries
from members.views import squads
from tests.support import members_builders as people


def test_hundreds_of_squads_come_page_by_page_each_once(client, clock, monkeypatch):
    monkeypatch.setattr(squads, "SQUADS_ON_A_PAGE", 2)
    for each in range(5):
        people.squad(f"第{each}巡逻队")
    people.sign_in(client, people.member("王警官", "coordinator", language="en"))
    address, shown, pages = "/desk/squads", [], 0
    while address:
        text = client.get(address).text
        found = re.findall(r'href="/desk/squads/[0-9a-f-]{36}">([^<]+)</a>', text)
        assert len(found) <= 2
        assert ("Add an area" in text) == (pages == 0)
        way = re.search(r'href="([^"]+)" rel="next"', text)
        shown, address, pages = shown + found, way and way[1], pages + 1
    assert pages == 3
    assert shown == [squad.name for squad in members.queries.squads()]


def test_a_page_that_there_is_not_is_refused(client, clock):
    people.sign_in(client, people.member("王警官", "coordinator"))
    for wrong in ("x", "WzFd", "WyJ4Il0", "A" * 5000):
        assert client.get(f"/desk/squads?cursor={wrong}").status_code in {400, 422}
