"""Lists of members and endorsements when several do the same at the same moment. On both engines."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

import members.queries
import members.service
from core import clock
from core.db import db, new_id, transaction
from core.errors import DomainError
from members import admission_rules
from members.admission_errors import EndorsedEnough, ImportRepeated
from members.models import Member
from members.service import endorsing
from tests.support import members_builders as people

#: Who does not come is a fault of the test, not a reason to wait for ever.
PATIENCE_SECONDS = 60
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def app(make_app, engine_url):
    return make_app(engine_url, endorsements_per_month=2, endorser_days=0)


def all_at_once(app, works):
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


def prepared(rows):
    content = "\r\n".join(("姓名,手机", *rows)).encode()
    return members.service.prepare_import(people.staff(), content, target="active", file_name="a.csv")


def everybody():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Member))


def test_two_files_worked_off_by_two_each_enter_everybody_once(app, monkeypatch):
    monkeypatch.setattr(admission_rules, "IMPORT_BATCH", 20)
    rows = [f"会员{n},{'' if n % 3 else f'1380013{n:04}'}" for n in range(100)]
    with app.app_context():
        files = [prepared(rows), prepared(rows[::-1])]
        coordinator = people.staff()
        for each in files:
            members.service.start_import(coordinator, each)
        before = everybody()
    works = [lambda each=each: members.service.work_off_import(each, seconds=60) for each in files * 2]
    assert all_at_once(app, works) == [False] * 4
    with app.app_context():
        assert everybody() == before + 100
        found = [members.queries.member_import(each) for each in files]
        assert sum(each.entered for each in found) == 100
        assert {each.state for each in found} == {"done"}


def test_the_same_file_started_by_many_is_under_way_once(app):
    with app.app_context():
        files = [prepared(["李梅,13800138000"]) for _ in range(4)]
        coordinator = people.staff()
    outcomes = all_at_once(
        app, [lambda each=each: members.service.start_import(coordinator, each) for each in files]
    )
    assert sorted(map(str, outcomes)) == sorted(map(str, [None] + [ImportRepeated] * 3))


def test_reading_a_list_against_the_members_and_then_entering_it_would_enter_everybody_twice(app):
    names, read = [f"会员{n}" for n in range(5)], threading.Barrier(2)
    with app.app_context():
        coordinator, before = people.staff(), everybody()

    def naive():
        missing = [each for each in names if not members.queries.search(each).items]
        db.session.rollback()
        read.wait(PATIENCE_SECONDS)
        for each in missing:
            members.service.create_member(coordinator, key=new_id(), name=each)
        return len(missing)

    assert all_at_once(app, [naive] * 2) == [5, 5]
    with app.app_context():
        assert everybody() == before + 10


def test_a_member_vouches_once_however_often_he_taps_and_never_beyond_his_limit(app):
    with app.app_context():
        endorser = people.actor(people.member())
        applicants = [people.applicant(f"新人{n}") for n in range(4)]

    def vouch(each):
        return lambda: members.service.endorse(endorser, number=str(each.number), name=each.name)

    outcomes = all_at_once(app, [vouch(each) for each in applicants * 2])
    assert set(outcomes) == {None, EndorsedEnough}
    with app.app_context():
        found = members.queries.asked_of(endorser.id)
        assert sum(each.counts for each in found) == 2
        assert len(found) == 2


def test_counting_first_and_vouching_then_would_let_a_member_vouch_for_any_number(app):
    with app.app_context():
        endorser = people.actor(people.member())
        applicants = [people.applicant(f"新人{n}").id for n in range(4)]
    counted = threading.Barrier(len(applicants))

    def naive(applicant_id):
        endorsing._check_fit(endorser.id, applicant_id)
        db.session.rollback()
        counted.wait(PATIENCE_SECONDS)
        with transaction():
            endorsing._write(applicant_id, endorser.id)
            found = endorsing._find(applicant_id, endorser.id)
            found.state, found.decided_at = "confirmed", clock.now()

    assert all_at_once(app, [lambda each=each: naive(each) for each in applicants]) == [None] * 4
    with app.app_context():
        assert sum(each.counts for each in members.queries.asked_of(endorser.id)) == 4
