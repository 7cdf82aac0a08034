"""Many at the same moment: head-counts stay exact, what is single stays single. On both engines."""

import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import members.queries
import members.service
from core import clock as core_clock
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.errors import DomainError
from members.errors import CodeUsed, JoinCodeUsed, LastAdministrator, OneTimeCodeWrong, TooManyManaged
from members.models import Squad
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")
THREADS = 8


@pytest.fixture
def app(make_app, engine_url):
    return make_app(engine_url)


def all_at_once(app, works):
    """Run every piece of work in a thread and application context of its own; results or refusals, in order."""
    together = threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            together.wait()
            try:
                return work()
            except DomainError as refusal:
                return type(refusal)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_head_counts_stay_exact_while_everybody_comes_and_goes(app):
    with app.app_context():
        first, second = people.squad(), people.squad()
        crowd = [people.member(f"第{n}人", squad_id=(first, second)[n % 2]).id for n in range(THREADS)]

    def come_and_go(member_id):
        def work():
            for _ in range(4):
                members.service.take_leave(SYSTEM, member_id, None)
                members.service.move(SYSTEM, member_id, squad_id=second, area_id=None)
                members.service.come_back(SYSTEM, member_id)
                members.service.move(SYSTEM, member_id, squad_id=first, area_id=None)

        return work

    all_at_once(app, [come_and_go(each) for each in crowd])
    with app.app_context():
        assert members.queries.squad_differences() == []
        assert members.queries.squad_heads() == {first: THREADS, second: 0}


def test_one_member_pulled_in_all_directions_is_counted_once(app):
    with app.app_context():
        squads = [people.squad() for _ in range(THREADS)]
        owner = people.member(squad_id=squads[0])
    pull = [
        lambda squad_id=each: members.service.move(SYSTEM, owner.id, squad_id=squad_id, area_id=None)
        for each in squads
    ]
    all_at_once(app, pull)
    with app.app_context():
        assert members.queries.squad_differences() == []
        assert sum(members.queries.squad_heads().values()) == 1


def test_counting_by_reading_and_writing_back_would_lose_members(app):
    """The control: with an absolute write the same race is lost, so the test above can see."""
    with app.app_context():
        squad_id = people.squad()
    read = threading.Barrier(THREADS)

    def naive():
        before = members.queries.squad(squad_id).active_members
        read.wait()
        with transaction():
            db.session.execute(sa.update(Squad).where(Squad.id == squad_id).values(active_members=before + 1))

    all_at_once(app, [naive] * THREADS)
    with app.app_context():
        assert members.queries.squad(squad_id).active_members < THREADS


def test_one_key_enters_one_member(app):
    with app.app_context():
        coordinator, squad_id, key = people.staff(), people.squad(), new_id()
    enter = lambda: members.service.create_member(coordinator, key=key, name="钱后来", squad_id=squad_id).body  # noqa: E731 - one line
    answers = all_at_once(app, [enter] * THREADS)
    assert len({str(each) for each in answers}) == 1
    with app.app_context():
        assert len(members.queries.search("钱后来").items) == 1
        assert members.queries.squad(squad_id).active_members == 1


def test_one_telephone_makes_one_application(app):
    with app.app_context():
        phone = people.fresh_phone()

    def apply():
        return members.service.apply(
            key=new_id(), network_address="203.0.113.9", name="赵新来", phone=phone, consent=True
        )

    all_at_once(app, [apply] * THREADS)
    with app.app_context():
        assert len(members.queries.applications().items) == 1


def test_member_numbers_are_given_out_once(app):
    all_at_once(app, [lambda: people.member("同时", phone=None).number] * THREADS)
    with app.app_context():
        numbers = [each.number for each in members.queries.search("同时").items]
        assert len(set(numbers)) == THREADS


def test_a_phone_code_is_spent_once(app):
    with app.app_context():
        owner = people.member()
        code = members.service.phone_code(people.actor(owner)).code
    read = lambda: members.service.read_phone_code(code, core_clock.now()).id  # noqa: E731 - one line
    results = all_at_once(app, [read] * THREADS)
    assert sorted(map(str, results)) == sorted([str(owner.id), *[str(CodeUsed)] * (THREADS - 1)])


def test_a_join_code_enrols_one_device(app):
    with app.app_context():
        officer = people.member("张警官", "coordinator")
        made = members.service.create_device_code(
            SYSTEM, key=new_id(), label="闸机", permissions=["patrol.walk"], responsible_id=officer.id
        )

    def enrol():
        return members.service.enrol_device(code=made.code, name="闸机", network_address="203.0.113.7")

    results = all_at_once(app, [enrol] * THREADS)
    assert results.count(JoinCodeUsed) == THREADS - 1
    with app.app_context():
        assert len(members.queries.devices()) == 1


def test_a_one_time_code_signs_in_once(app):
    with app.app_context():
        phone = people.fresh_phone()
        people.member(phone=phone)
        members.service.request_one_time_code(
            phone=phone, purpose="sign_in", network_address="203.0.113.5", language="en"
        )
        code = members.queries.outbox()[0].code

    def sign_in():
        return members.service.sign_in_with_code(phone=phone, code=code, network_address="203.0.113.5")

    assert all_at_once(app, [sign_in] * THREADS).count(OneTimeCodeWrong) == THREADS - 1


def test_guesses_at_the_same_moment_are_all_counted(app):
    with app.app_context():
        phone = people.fresh_phone()
        people.member(phone=phone)
        members.service.request_one_time_code(
            phone=phone, purpose="sign_in", network_address="203.0.113.5", language="en"
        )
        code = members.queries.outbox()[0].code

    def guess():
        return members.service.sign_in_with_code(phone=phone, code="not it", network_address="203.0.113.5")

    all_at_once(app, [guess] * THREADS)
    with app.app_context(), pytest.raises(OneTimeCodeWrong):
        members.service.sign_in_with_code(phone=phone, code=code, network_address="203.0.113.5")


def test_two_administrators_cannot_remove_each_other(app):
    for _ in range(3):
        with app.app_context():
            for each in members.queries.holders_of("administrator"):
                with pytest.raises(LastAdministrator):
                    members.service.set_roles(SYSTEM, each.id, ["volunteer"])
            pair = [people.member(f"主任{n}", "administrator") for n in range(2)]
            before = len(members.queries.holders_of("administrator"))
            actors = [people.actor(each) for each in pair]
        takes = [(actors[0], pair[1].id, ["volunteer"]), (actors[1], pair[0].id, ["volunteer"])]
        all_at_once(app, [functools.partial(members.service.set_roles, *each) for each in takes])
        with app.app_context():
            left = members.queries.holders_of("administrator")
            assert 1 <= len(left) < before
            for each in left[1:]:
                members.service.set_roles(SYSTEM, each.id, ["volunteer"])


def test_a_helper_gets_no_seventh_account_by_tapping_fast(app):
    with app.app_context():
        helper = people.actor(people.member("儿子"))
    enter = [
        lambda n=n: members.service.create_managed(helper, key=new_id(), name=f"老人{n}", consent=True)
        for n in range(THREADS)
    ]
    assert all_at_once(app, enter).count(TooManyManaged) == THREADS - 6
    with app.app_context():
        assert len(members.queries.managed_by(helper.id)) == 6
