"""Who was two memberships is one person: whatever is asked of a household is asked of both."""

import pytest

import members.service
import rewards.queries
from core import clock as core_clock
from core.auth import SYSTEM
from members.errors import NotOnOneself
from members.queries import facts, household_of
from tests.support import members_builders as people
from tests.support import rewards_builders as shelf


def test_memberships_that_were_made_one_are_one_household_from_both_sides_until_they_are_two(
    database_app, clock
):
    desk, stranger = people.staff(), people.member("赵云")
    oldest, old, kept = (people.member("王芳") for _ in range(3))
    people.merge(desk, oldest, old)
    merged = people.merge(desk, old, kept)
    granny = people.managed(people.actor(kept))
    everybody = {oldest.id, old.id, kept.id, granny.id}
    assert [household_of(each) for each in sorted(everybody)] == [everybody] * 4
    assert household_of(stranger.id) == {stranger.id}
    people.undo_merge(people.staff(name="何平"), merged)
    assert household_of(kept.id) == {kept.id, granny.id}
    assert household_of(old.id) == {old.id, oldest.id}


def test_nobody_takes_back_a_reward_for_the_membership_that_has_gone_up_in_his(app, client, clock):
    old, desk = shelf.member("陈国平"), shelf.desk("何平")
    kept = shelf.member("陈国平", points=0)
    redemption_id, text = shelf.voucher(old, shelf.reward(points=40, stock=None))
    shelf.hand_over(desk, text)
    people.merge(shelf.desk("周平"), facts(old.id), facts(kept.id))
    members.service.set_roles(SYSTEM, kept.id, ["coordinator"])
    with pytest.raises(NotOnOneself):
        shelf.take_back(people.actor(facts(kept.id)), redemption_id)
    assert (shelf.balance(kept), shelf.balance(old)) == (60, 0)
    shelf.take_back(shelf.desk("孙平"), redemption_id)
    since = core_clock.start_of(core_clock.today())
    (told,) = rewards.queries.returned_lately(kept.id, since)
    (past,) = rewards.queries.my_redemptions(kept.id, "past").items
    assert told.id == past.id == redemption_id
    people.sign_in(client, facts(kept.id))
    assert "警报器不响" in client.get(f"/vouchers/{redemption_id}").text
    people.sign_in(client, people.member("赵云"))
    assert client.get(f"/vouchers/{redemption_id}").status_code == 404
