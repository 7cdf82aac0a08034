"""One person, registered twice: the two memberships are made one, and taken apart again when that was a mistake."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

import members.queries
import members.service
import points.queries
import points.service
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import db, new_id, transaction
from core.receipts import KeyReused
from members.errors import (
    CardRevoked,
    MemberMerged,
    MergeChained,
    MergeStatus,
    MergeTooOld,
    MergeUndone,
    SignInFailed,
)
from members.models import Merge
from tests.support import members_builders as people
from tests.support import points_builders as build

SOON, LATER = date(2026, 12, 31), date(2027, 12, 31)


@pytest.fixture(autouse=True)
def books(database_app, clock):
    points.service.install_tariff()
    yield
    db.session.rollback()
    assert build.faults() == {}


@pytest.fixture
def staff(books):
    return people.staff()


@pytest.fixture
def twice(books):
    """王桂英: entered from a list with a card and points, and applied once more with her phone."""
    squad_id = people.squad("夕阳红")
    on_paper = people.member("王桂英", "volunteer", phone=None, squad_id=squad_id)
    with_phone = people.member("王桂英", "resident", password=people.PASSWORD)
    build.earn(on_paper.id, 30, expires_on=SOON, squad_id=squad_id)
    build.earn(on_paper.id, 12, expires_on=LATER, squad_id=squad_id)
    build.earn(with_phone.id, 5, expires_on=LATER)
    return on_paper, with_phone


merge, undo = people.merge, people.undo_merge


def lots(member):
    return {lot.expires_on: lot.points for lot in points.queries.holdings(member.id).lots}


def test_the_points_go_over_with_their_old_last_days_and_the_rest_is_closed(staff, twice):
    gone, kept = twice
    card = people.card(gone)
    answer = merge(staff, gone, kept)
    assert (answer.body["points"], answer.body["owed"]) == (42, 0)
    assert lots(kept) == {SOON: 30, LATER: 17}
    assert lots(gone) == {}
    closed, going_on = members.queries.record(gone.id), members.queries.record(kept.id)
    assert (closed.facts.status, closed.phone) == ("left", None)
    assert going_on.facts.squad_id == gone.squad_id
    assert set(going_on.roles) == {"volunteer", "resident"}
    assert members.queries.squad(gone.squad_id).active_members == 1
    with pytest.raises(CardRevoked):
        members.service.read_card(card)
    assert members.queries.merged_into(gone.id).kept.id == kept.id
    # What was done stays where it was done.
    assert points.queries.earned(gone.id, "ALL").points == 42
    assert points.queries.earned(kept.id, "ALL").points == 5
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "member.merged")).one()
    assert (entry.subject_id, entry.data["into"], entry.data["points"]) == (gone.id, str(kept.id), 42)


def test_the_telephone_goes_over_with_the_password_that_belongs_to_it(staff, twice):
    kept, gone = twice
    phone = members.queries.record(gone.id).phone
    merge(staff, gone, kept)
    signed_in = members.service.sign_in_with_password(
        phone=phone, password=people.PASSWORD, network_address="203.0.113.1"
    )
    assert signed_in.id == kept.id


def test_a_merge_is_undone_as_if_it_had_never_been(staff, twice, clock):
    gone, kept = twice
    card, phone = people.card(gone), members.queries.record(kept.id).phone
    before = [members.queries.record(each.id) for each in twice]
    answer = merge(staff, gone, kept)
    clock.tick(days=29)
    told = undo(staff, answer).body
    assert (told["points"], told["owed"]) == (42, 0)
    after = [members.queries.record(each.id) for each in twice]
    assert [(each.facts, each.phone, each.roles) for each in after] == [
        (each.facts, each.phone, each.roles) for each in before
    ]
    assert (lots(gone), lots(kept)) == ({SOON: 30, LATER: 12}, {LATER: 5})
    assert members.service.read_card(card).id == gone.id
    assert members.queries.record(kept.id).phone == phone
    assert members.queries.merged_into(gone.id) is None
    with pytest.raises(MergeUndone):
        undo(staff, answer)
    merge(staff, kept, gone)  # the other way round, this time


def test_the_other_choices_come_back_too(staff, books):
    own, other = people.squad(), people.squad()
    kept = people.member("李强", squad_id=own, password=people.PASSWORD)
    gone = people.member("李强", squad_id=other, password="another good password 3")
    phones = [members.queries.record(each.id).phone for each in (kept, gone)]
    answer = merge(staff, gone, kept, phone="gone", place="gone")
    record = members.queries.record(kept.id)
    assert (record.phone, record.facts.squad_id) == (phones[1], other)
    assert members.queries.squad_heads() == {own: 0, other: 1}
    assert undo(staff, answer).body["phone"] == "back"
    assert [members.queries.record(each.id).phone for each in (kept, gone)] == phones
    assert members.queries.squad_heads() == {own: 1, other: 1}


def test_what_was_spent_since_is_owed_and_what_has_expired_is_gone(staff, twice, clock):
    gone, kept = twice
    clock.tick(days=20)
    answer = merge(staff, gone, kept)
    build.reserve(kept.id, 40)  # all of the 30 that expire first, and ten more
    told = undo(staff, answer).body
    assert (told["points"], told["owed"]) == (42, 35)
    assert lots(gone) == {SOON: 30, LATER: 12}
    assert points.queries.holdings(kept.id).owed == 35
    again = merge(staff, gone, kept)
    assert points.queries.holdings(kept.id).balance == 7
    clock.tick(days=25)  # past New Year
    points.service.expire()
    assert undo(staff, again).body["points"] == 12


def test_a_debt_goes_over_with_the_points_and_comes_back(staff, twice):
    gone, kept = twice
    lead = points.service.award_deed(staff, key=new_id(), member_id=gone.id, rule_code="lead").body
    build.reserve(gone.id, 62)
    points.service.withdraw_award(
        staff, key=new_id(), transfer_id=UUID(lead["transfer_id"]), reason="记错了人"
    )
    rewards = [each.code for each in members.service.merge_matters(gone.id, kept.id)]
    assert rewards == []
    answer = merge(staff, gone, kept)
    assert (answer.body["points"], answer.body["owed"]) == (0, 20)
    held = points.queries.holdings(kept.id)
    assert (held.balance, held.owed, points.queries.holdings(gone.id).owed) == (0, 15, 0)
    undo(staff, answer)
    assert (points.queries.holdings(gone.id).owed, points.queries.holdings(kept.id).owed) == (20, 0)
    assert lots(kept) == {LATER: 5}


def test_what_comes_to_the_closed_membership_later_follows(staff, twice, clock):
    gone, kept = twice
    reservation = build.reserve(gone.id, 12)
    answer = merge(staff, gone, kept)
    clock.tick(hours=1)
    with transaction():
        points.service.cancel(SYSTEM, key=uuid4(), reservation_id=reservation)
    assert points.queries.balance(gone.id) == 12
    assert points.service.follow_merges() == 1
    assert points.service.follow_merges() == 0
    assert (points.queries.balance(gone.id), points.queries.balance(kept.id)) == (0, 47)
    undo(staff, answer)
    assert (points.queries.balance(gone.id), points.queries.balance(kept.id)) == (42, 5)


def test_everything_happens_once(staff, twice):
    nothing_on_it = people.member("王桂英", phone=None)
    for gone, kept in ((nothing_on_it, twice[0]), twice):  # done at once; proposed
        wish = {"key": new_id(), "gone_id": gone.id, "kept_id": kept.id, "reason": "同一人"}
        answer = members.service.merge(staff, **wish)
        assert members.service.merge(staff, **wish) == replace(answer, replayed=True)
        with pytest.raises(KeyReused):
            members.service.merge(staff, **wish, phone="gone")
    undoing, merged = new_id(), people.agree(answer)
    undo(staff, merged, undoing)
    assert undo(staff, merged, undoing).replayed


def test_a_chain_is_taken_apart_from_its_end(staff, twice):
    first, second = twice
    third = people.member("王桂英")
    one = merge(staff, first, second)
    two = merge(staff, second, third)
    assert points.queries.balance(third.id) == 47
    with pytest.raises(MergeChained):
        undo(staff, one)
    undo(staff, two)
    undo(staff, one)
    assert [points.queries.balance(each.id) for each in (first, second, third)] == [42, 5, 0]


def test_after_a_month_nothing_is_undone_and_the_old_number_is_forgotten(staff, twice, clock):
    kept, gone = twice
    answer = merge(staff, gone, kept)
    clock.tick(days=31)
    members.service.retain()
    with pytest.raises(MergeTooOld):
        undo(staff, answer)
    db.session.rollback()
    assert db.session.scalars(sa.select(Merge.before)).all() == [{}]


def test_a_closed_membership_is_not_taken_back_and_does_not_sign_in(staff, twice):
    kept, gone = twice
    members.service.correct_phone(staff, kept.id, people.fresh_phone())
    phone = members.queries.record(gone.id).phone
    merge(staff, gone, kept)
    with pytest.raises(MemberMerged):
        members.service.readmit(staff, gone.id, None)
    with pytest.raises(SignInFailed):
        members.service.sign_in_with_password(
            phone=phone, password=people.PASSWORD, network_address="203.0.113.1"
        )
    with pytest.raises(MergeStatus):
        merge(staff, kept, gone)


def test_likely_duplicates_are_listed_until_somebody_tells_them_apart(staff, twice):
    squad_id = people.squad()
    twins = [people.member("Anna Li", squad_id=squad_id), people.member("anna li", squad_id=squad_id)]
    namesakes = [people.member("王芳"), people.member("王芳")]
    listed = {frozenset((each.first.id, each.second.id)): each.why for each in walk()}
    assert listed == {
        frozenset(each.id for each in twins): ("squad",),
        frozenset(each.id for each in twice): ("phone",),
    }
    assert not {each.id for each in namesakes} & {one for pair in listed for one in pair}
    members.service.tell_apart(staff, twins[1].id, twins[0].id)
    members.service.tell_apart(staff, twins[0].id, twins[1].id)
    assert {frozenset((each.first.id, each.second.id)) for each in walk()} == {
        frozenset(each.id for each in twice)
    }


def walk():
    found, cursor = [], None
    while True:
        page = members.queries.duplicates(cursor=cursor, limit=1)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


def test_a_hundred_thousand_points_and_more_go_over_in_parts(staff, twice):
    gone, kept = twice
    for _ in range(2):
        build.earn(gone.id, 1_000_000, expires_on=LATER)
    assert merge(staff, gone, kept).body["points"] == 2_000_042
    assert points.queries.balance(kept.id) == 2_000_047


def test_what_is_kept_of_a_person_is_told_and_deleted_with_both_memberships(database_app, staff, twice):
    gone, kept = twice
    merge(staff, gone, kept)
    with database_app.test_request_context():
        tables = {table.code: table for table in members.queries.personal_data(kept.id).tables}
    assert {5, 12, 30, -30} <= {row[2] for row in tables["statement"].rows}
    members.service.erase(staff, kept.id, "本人要求")
    assert all(members.queries.record(each.id).erased_at for each in twice)
    assert "王桂英" not in "".join(members.queries.facts(each.id).name for each in twice)
    assert db.session.scalars(sa.select(Merge.before)).all() == [{}]
