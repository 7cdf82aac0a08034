"""The tree of areas: stations, communities, grids, estates."""

import pytest

import members.queries
import members.service
from core.db import new_id
from core.errors import DomainError
from tests.support import members_builders as people


def test_an_area_is_corrected_and_moved_with_all_below_it(app):
    boss = people.staff()
    station, other = people.area("西苑派出所"), people.area("东苑派出所")
    community = people.area("二社区", "community", station)
    grid = people.area("三网格", "grid", community)
    members.service.change_area(boss, community, name="第二社区", parent_id=other)
    assert members.queries.area(grid).path == ("东苑派出所", "第二社区", "三网格")
    for parent, refusal in (
        (None, "area_level_wrong"),
        (grid, "area_level_wrong"),
        (new_id(), "area_unknown"),
    ):
        with pytest.raises(DomainError) as refused:
            members.service.change_area(boss, community, name="第二社区", parent_id=parent)
        assert refused.value.code == refusal
    assert members.queries.area(community).parent_id == other
