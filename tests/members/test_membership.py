"""The course of a membership, its head-counts, and who may touch whom. On both engines where rows are counted."""

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

import members.errors
import members.queries
import members.service
from core import codes, receipts
from core.auth import SYSTEM
from core.db import db, in_transaction, new_id, transaction
from core.errors import Conflict, PermissionMissing
from members.errors import (
    AreaNameTaken,
    CaptainNotInSquad,
    CaptainsAreTwo,
    ConsentMissing,
    JoinCodeUnknown,
    LastAdministrator,
    MemberOnLeave,
    MemberOutranks,
    NameInvalid,
    NotOnOneself,
    PhoneTaken,
    SquadNameTaken,
    SquadUnknown,
    StatusChangeImpossible,
)
from members.models import Consent, Squad
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")


def heads(squad_id):
    assert members.queries.squad_differences() == []
    return members.queries.squad(squad_id).active_members


def audited():
    rows = db.session.execute(sa.text("SELECT action, actor_id, data FROM audit_entry ORDER BY id"))
    return [row.action for row in rows]


# --- joining


def test_an_application_waits_and_does_not_count_until_it_is_admitted(database_app):
    cast = people.cast()
    applicant = people.applicant()
    assert applicant.status == "applied"
    before = heads(cast.squad_id)
    admitted = members.service.admit(
        people.actor(cast.coordinator),
        applicant.id,
        squad_id=cast.squad_id,
        reason="came with her neighbours",
    )
    assert (admitted.status, heads(cast.squad_id)) == ("active", before + 1)
    members.service.admit(people.actor(cast.coordinator), applicant.id)
    assert heads(cast.squad_id) == before + 1


def apply(**changes):
    wanted = {"name": "赵新来", "phone": people.fresh_phone(), "consent": True, "key": new_id()} | changes
    return members.service.apply(network_address="203.0.113.9", **wanted)


def test_a_repeated_application_is_one_application(database_app):
    key, phone = new_id(), people.fresh_phone()
    first, again = apply(key=key, phone=phone), apply(key=key, phone=phone)
    assert (first.body, first.replayed, again.replayed) == ({"applied": True}, False, True)
    with pytest.raises(receipts.KeyReused):
        apply(key=key, phone=phone, name="别人")
    assert len(members.queries.applications().items) == 1


def test_an_application_does_not_tell_who_is_a_member(app):
    phone = people.fresh_phone()
    owner = people.member("王小芳", phone=phone)
    assert apply(phone=phone, name="冒名者").body == {"applied": True}
    assert members.queries.applications().items == []
    assert members.queries.facts(owner.id).name == "王小芳"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"consent": False}, ConsentMissing),
        ({"name": "\x00"}, NameInvalid),
        ({"role": "administrator"}, members.errors.RoleUnknown),
        ({"squad_id": new_id()}, SquadUnknown),
    ],
)
def test_an_application_that_cannot_be_changes_nothing(app, changes, refusal):
    with pytest.raises(refusal):
        apply(**changes)
    assert members.queries.status_counts()["applied"] == 0


def test_a_member_entered_at_the_desk_is_active_at_once_and_entered_once(database_app):
    cast, key = people.cast(), new_id()
    wanted = {"key": key, "name": "钱后来", "squad_id": cast.squad_id}
    first = members.service.create_member(people.actor(cast.coordinator), **wanted)
    again = members.service.create_member(people.actor(cast.coordinator), **wanted)
    assert first.body == again.body
    assert again.replayed
    assert heads(cast.squad_id) == 3
    assert members.queries.facts_by_number(first.body["number"]).name == "钱后来"


@pytest.mark.parametrize("agreed", [True, False])
def test_consent_at_the_desk_stands_under_who_wrote_it_down_or_is_asked_for_later(app, agreed):
    coordinator = people.staff()
    entered = members.service.create_member(coordinator, key=new_id(), name="钱后来", consent=agreed).body
    written = db.session.scalars(
        sa.select(Consent.recorded_by).where(Consent.member_id == UUID(entered["member_id"]))
    ).all()
    assert written == ([coordinator.id] if agreed else [])


def test_a_refused_entry_stays_refused_and_leaves_nothing(database_app):
    taken, key = people.fresh_phone(), new_id()
    people.member(phone=taken)
    coordinator = people.staff()
    for replayed in (False, True):
        with pytest.raises(Conflict) as refused:
            members.service.create_member(coordinator, key=key, name="钱后来", phone=taken)
        assert (refused.value.code, refused.value.replayed) == ("phone_taken", replayed)
    assert members.queries.search("钱后来").items == []


def test_numbers_run_on_and_each_has_its_check_digit(database_app):
    numbers = [people.member(phone=None).number for _ in range(5)]
    assert len(set(numbers)) == 5
    assert numbers == sorted(numbers)
    assert [number // 10 for number in numbers] == list(range(numbers[0] // 10, numbers[0] // 10 + 5))


def test_staff_roles_are_given_by_administrators_only(app):
    cast = people.cast()
    with pytest.raises(PermissionMissing):
        members.service.add_member(people.actor(cast.coordinator), name="新管理员", roles=["coordinator"])
    with pytest.raises(PermissionMissing):
        members.service.set_roles(people.actor(cast.coordinator), cast.owner.id, ["coordinator"])
    members.service.set_roles(people.actor(cast.administrator), cast.owner.id, ["coordinator"])
    assert people.actor(cast.owner).may("award.give")


# --- leave, suspension, leaving


def test_who_rests_does_not_count_and_keeps_the_place(database_app):
    cast = people.cast()
    owner = people.actor(cast.owner)
    members.service.take_leave(owner, cast.owner.id, date(2026, 12, 24))
    assert heads(cast.squad_id) == 1
    facts = members.queries.facts(cast.owner.id)
    assert (facts.status, facts.squad_id) == ("on_leave", cast.squad_id)
    with pytest.raises(MemberOnLeave) as refused:
        members.queries.require_active(facts)
    assert refused.value.data == {"until": "2026-12-24"}
    members.service.take_leave(owner, cast.owner.id, None)
    assert heads(cast.squad_id) == 1
    members.service.come_back(owner, cast.owner.id)
    members.service.come_back(owner, cast.owner.id)
    assert heads(cast.squad_id) == 2


def test_leave_ends_by_itself_and_the_daily_run_books_it_once(database_app, clock):
    cast = people.cast()
    members.service.take_leave(people.actor(cast.owner), cast.owner.id, date(2026, 11, 20))
    clock.tick(days=2)
    assert members.queries.facts(cast.owner.id).status == "on_leave"
    assert members.service.end_leaves() == 0
    clock.tick(days=1)
    assert members.queries.facts(cast.owner.id).status == "active"
    assert people.actor(cast.owner).may("patrol.walk")
    assert members.service.end_leaves() == 1
    assert members.service.end_leaves() == 0
    assert heads(cast.squad_id) == 2


def test_nobody_sends_a_mate_on_leave(app):
    cast = people.cast()
    for actor in (people.actor(cast.mate), people.actor(cast.stranger), people.actor(cast.auditor)):
        with pytest.raises(PermissionMissing):
            members.service.take_leave(actor, cast.owner.id, None)


def test_a_suspended_member_neither_counts_nor_leads(database_app):
    cast = people.cast()
    coordinator = people.actor(cast.coordinator)
    members.service.appoint_captains(
        coordinator, cast.squad_id, captain_id=cast.owner.id, acting_captain_id=cast.mate.id
    )
    members.service.suspend(coordinator, cast.owner.id, "多次代刷")
    members.service.suspend(coordinator, cast.owner.id, "多次代刷")
    assert heads(cast.squad_id) == 1
    assert members.queries.captains_of(cast.squad_id) == {cast.mate.id}
    assert members.queries.load_session(f"{cast.owner.id}:1") is None
    members.service.reinstate(coordinator, cast.owner.id)
    assert heads(cast.squad_id) == 2


def test_nobody_suspends_himself_or_lifts_his_own_suspension(app):
    cast = people.cast()
    with pytest.raises(NotOnOneself):
        members.service.suspend(people.actor(cast.coordinator), cast.coordinator.id, "自己")
    members.service.suspend(SYSTEM, cast.owner.id, "多次代刷")
    assert members.queries.signed_in(cast.owner.id, cast.owner.id) is None


def test_coming_back_does_not_lift_a_suspension_nor_admit(app):
    cast, applicant = people.cast(), people.applicant()
    members.service.suspend(SYSTEM, cast.owner.id, "多次代刷")
    for member_id in (cast.owner.id, applicant.id):
        with pytest.raises(StatusChangeImpossible):
            members.service.come_back(people.actor(cast.coordinator), member_id)


def test_who_leaves_takes_his_telephone_along_and_leaves_his_number(database_app):
    phone = people.fresh_phone()
    squad_id = people.squad()
    owner = people.member("王小芳", phone=phone, squad_id=squad_id, password=people.PASSWORD, pin=people.PIN)
    card = people.card(owner)
    members.service.leave(people.actor(owner), owner.id)
    record = members.queries.record(owner.id)
    assert (record.phone, record.has_password, record.has_pin) == (None, False, False)
    assert record.facts.number == owner.number
    assert heads(squad_id) == 0
    with pytest.raises(members.errors.CardRevoked):
        members.service.read_card(card)
    newcomer = people.member("新机主", phone=phone)
    assert members.queries.search(phone).items[0].id == newcomer.id
    members.service.readmit(SYSTEM, owner.id, None)
    assert heads(squad_id) == 1
    with pytest.raises(PhoneTaken):
        members.service.correct_phone(SYSTEM, owner.id, phone)


def test_admitting_lifts_no_suspension_and_ends_no_leave(database_app):
    cast = people.cast()
    coordinator = people.actor(cast.coordinator)
    members.service.suspend(coordinator, cast.owner.id, "多次代刷")
    members.service.take_leave(coordinator, cast.mate.id, None)
    for each, status in ((cast.owner, "suspended"), (cast.mate, "on_leave")):
        with pytest.raises(StatusChangeImpossible):
            members.service.admit(coordinator, each.id)
        assert members.queries.facts(each.id).status == status


def test_who_left_is_taken_back_by_name(app):
    owner, coordinator = people.member(), people.staff()
    members.service.leave(people.actor(owner), owner.id)
    with pytest.raises(StatusChangeImpossible):
        members.service.admit(coordinator, owner.id)
    members.service.change_status(coordinator, owner.id, status="active")
    assert members.queries.facts(owner.id).status == "active"
    assert audited()[-1] == "member.readmitted"


def test_nobody_waits_for_the_hashing_of_a_pin_or_password(app, monkeypatch):
    held = []
    for name in ("hash_pin", "hash_password"):
        real = getattr(members.service.joining, name)

        def watched(text, real=real):
            held.append(in_transaction())
            return real(text)

        monkeypatch.setattr(members.service.joining, name, watched)
    members.service.create_member(
        people.staff(), key=new_id(), name="孙奶奶", pin=people.PIN, password=people.PASSWORD
    )
    assert held == [False, False]


def test_the_last_administrator_stays(database_app):
    first = people.member("周主任", "administrator")
    with pytest.raises(LastAdministrator):
        members.service.leave(people.actor(first), first.id)
    second = people.member("吴主任", "administrator")
    members.service.leave(people.actor(first), first.id)
    with pytest.raises(LastAdministrator):
        members.service.set_roles(SYSTEM, second.id, ["volunteer"])
    with pytest.raises(LastAdministrator):
        members.service.suspend(SYSTEM, second.id, "停用")


@pytest.mark.parametrize(
    "act",
    [
        lambda actor, each: members.service.suspend(actor, each, "原因"),
        lambda actor, each: members.service.set_roles(actor, each, ["volunteer"]),
        lambda actor, each: members.service.correct_phone(actor, each, people.fresh_phone()),
        members.service.sign_out_everywhere,
        lambda actor, each: members.service.take_leave(actor, each, None),
        members.service.leave,
        lambda actor, each: members.service.rename(actor, each, "改名"),
        members.service.revoke_card,
        members.service.issue_claim_code,
        lambda actor, each: members.service.move(actor, each, squad_id=None, area_id=None),
        lambda actor, each: members.service.issue_card(actor, key=new_id(), member_id=each),
    ],
)
@pytest.mark.parametrize("role", ["coordinator", "auditor", "administrator"])
def test_a_coordinator_cannot_touch_the_account_of_staff(app, act, role):
    colleague = people.member("同事", role)
    before = members.queries.record(colleague.id)
    with pytest.raises(MemberOutranks):
        act(people.staff(), colleague.id)
    assert members.queries.record(colleague.id) == before


def test_a_staff_role_is_not_lost_through_a_colleague(app):
    colleague = people.member("同事", "coordinator")
    with pytest.raises(MemberOutranks):
        members.service.change_status(people.staff(), colleague.id, status="left")
    assert members.queries.record(colleague.id).roles == ("coordinator",)
    members.service.change_status(people.staff("administrator"), colleague.id, status="left")
    assert members.queries.record(colleague.id).roles == ()


@pytest.mark.parametrize("who", ["owner", "mate", "stranger", "auditor"])
def test_members_without_the_right_do_not_touch_others(app, who):
    cast = people.cast()
    actor = people.actor(getattr(cast, who))
    target = people.member("被动者").id
    for act in (
        lambda: members.service.suspend(actor, target, "原因"),
        lambda: members.service.set_roles(actor, target, ["resident"]),
        lambda: members.service.move(actor, target, squad_id=None, area_id=None),
        lambda: members.service.rename(actor, target, "改名"),
        lambda: members.service.admit(actor, target),
        lambda: members.service.issue_card(actor, key=new_id(), member_id=target),
        lambda: members.service.create_squad(actor, key=new_id(), name="私建队"),
        lambda: members.service.create_area(actor, key=new_id(), name="私建区", level="station"),
        lambda: members.service.create_member(actor, key=new_id(), name="私加人"),
        lambda: members.service.cards_to_print(actor, [target]),
        lambda: members.service.create_poster_code(actor, key=new_id(), label="海报"),
    ):
        with pytest.raises(PermissionMissing):
            act()


def test_members_do_not_rename_or_move_themselves(app):
    cast = people.cast()
    with pytest.raises(PermissionMissing):
        members.service.rename(people.actor(cast.owner), cast.owner.id, "改名")
    with pytest.raises(PermissionMissing):
        members.service.move(
            people.actor(cast.owner), cast.owner.id, squad_id=cast.other_squad_id, area_id=None
        )


def test_acts_of_staff_are_written_down_without_telephones(app):
    cast = people.cast()
    db.session.rollback()
    phone = people.fresh_phone()
    coordinator = people.actor(cast.coordinator)
    members.service.move(coordinator, cast.owner.id, squad_id=cast.other_squad_id, area_id=None)
    members.service.correct_phone(coordinator, cast.owner.id, phone)
    members.service.suspend(coordinator, cast.owner.id, "多次代刷")
    assert audited()[-3:] == ["member.moved", "member.phone_changed", "member.suspended"]
    rows = db.session.execute(sa.text("SELECT data FROM audit_entry")).scalars()
    assert phone[3:] not in " ".join(str(row) for row in rows)


# --- squads and areas


def test_a_move_changes_both_head_counts_and_ends_the_captaincy(database_app):
    cast = people.cast()
    coordinator = people.actor(cast.coordinator)
    members.service.appoint_captains(
        coordinator, cast.squad_id, captain_id=cast.owner.id, acting_captain_id=None
    )
    members.service.move(coordinator, cast.owner.id, squad_id=cast.other_squad_id, area_id=None)
    assert (heads(cast.squad_id), heads(cast.other_squad_id)) == (1, 2)
    assert members.queries.captains_of(cast.squad_id) == set()
    members.service.move(coordinator, cast.owner.id, squad_id=None, area_id=None)
    assert heads(cast.other_squad_id) == 1


def test_captains_are_two_members_of_the_squad(app):
    cast = people.cast()
    coordinator = people.actor(cast.coordinator)
    with pytest.raises(CaptainNotInSquad):
        members.service.appoint_captains(
            coordinator, cast.squad_id, captain_id=cast.stranger.id, acting_captain_id=None
        )
    with pytest.raises(CaptainsAreTwo):
        members.service.appoint_captains(
            coordinator, cast.squad_id, captain_id=cast.owner.id, acting_captain_id=cast.owner.id
        )
    with pytest.raises(SquadUnknown):
        members.queries.squad(new_id())


def test_squads_have_names_of_their_own_and_colours_in_turn(database_app):
    first = members.queries.squad(people.squad("一队"))
    second = members.queries.squad(people.squad("二队"))
    assert first.crest_color != second.crest_color
    with pytest.raises(SquadNameTaken):
        people.squad("一队")
    assert [each.name for each in members.queries.squads()] == ["一队", "二队"]
    assert members.queries.squad_heads() == {first.id: 0, second.id: 0}


def test_a_planted_wrong_head_count_is_found(database_app):
    cast = people.cast()
    db.session.rollback()
    with transaction():
        db.session.execute(sa.update(Squad).where(Squad.id == cast.squad_id).values(active_members=7))
    (found,) = members.queries.squad_differences()
    assert (found.squad_id, found.stored, found.counted) == (cast.squad_id, 7, 2)


def test_areas_are_a_tree_with_names_of_their_own(database_app):
    station = people.area("西苑派出所")
    community = people.area("西苑社区", "community", station)
    people.area("一号网格", "grid", community)
    assert [each.path for each in members.queries.areas()] == [
        ("西苑派出所",),
        ("西苑派出所", "西苑社区"),
        ("西苑派出所", "西苑社区", "一号网格"),
    ]
    for name, level, parent in (("西苑派出所", "station", None), ("西苑社区", "community", station)):
        with pytest.raises(AreaNameTaken):
            people.area(name, level, parent)


# --- lists


def test_the_list_is_searched_by_beginning_number_and_telephone(database_app):
    cast = people.cast()
    phone = members.queries.record(cast.owner.id).phone

    def found(text, **filters):
        return [each.name for each in members.queries.search(text, **filters).items]

    assert found("王") == ["王小芳"]
    assert found(str(cast.owner.number)) == ["王小芳"]
    assert found(phone) == ["王小芳"]
    assert found("", squad_id=cast.squad_id) == ["李梅", "王小芳"]
    people.member("Zoë Smith")
    assert found("zoë s") == ["Zoë Smith"]
    for nothing in ("芳", "%", "_", "'", "\x00", "\ud800", "x" * 10_000, "\u202e"):
        assert found(nothing) == []


def test_pages_of_the_list_join_without_gap_or_double(database_app):
    for _ in range(7):
        people.member("同名")
    people.member("另一位")
    seen, cursor = [], None
    while True:
        page = members.queries.search(cursor=cursor, limit=3)
        seen += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 8


def test_unknown_join_codes_are_unknown(app):
    with pytest.raises(JoinCodeUnknown):
        apply(join_code=codes.random_code(codes.Kind.JOIN))


def test_tidying_deletes_what_no_longer_matters(database_app, clock):
    phone = people.fresh_phone()
    people.member(phone=phone)
    members.service.request_one_time_code(
        phone=phone, purpose="sign_in", network_address="203.0.113.2", language="en"
    )
    assert members.service.tidy() == 0
    clock.tick(days=2)
    assert members.service.tidy() == 3
    assert members.service.tidy() == 0
