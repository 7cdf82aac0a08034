"""Sessions and tokens: who is asking, on every worker, from one request to the next."""

import pytest
import sqlalchemy as sa

import members.queries
import members.service
from core.auth import STRANGER, SYSTEM
from core.db import db, new_id, transaction
from core.errors import PermissionMissing, Unauthenticated
from members.errors import (
    AwardDeviceNotOwn,
    DevicePermissionUnknown,
    JoinCodeExpired,
    JoinCodePurpose,
    JoinCodeUnknown,
    JoinCodeUsed,
    MemberUnknown,
    NotManagedByYou,
    ResponsibleLacksPermission,
)
from members.models import JoinCode
from tests.support import members_builders as people

pytestmark = pytest.mark.usefixtures("clock")


def session_of(facts):
    return members.queries.signed_in(facts.id, facts.id).get_id()


def test_a_session_tells_who_asks_with_one_select(database_app):
    owner = people.member("王小芳", "volunteer", "clerk", squad_id=people.squad())
    session = session_of(owner)
    statements = []
    db.session.rollback()
    sa.event.listen(db.engine, "before_cursor_execute", lambda *each: statements.append(each[2]))
    user = members.queries.load_session(session)
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    assert (user.id, user.squad_id, user.roles) == (owner.id, owner.squad_id, {"volunteer", "clerk"})
    actor = members.queries.actor_for(user)
    assert (actor.id, actor.member_id, actor.squad_id) == (owner.id, owner.id, owner.squad_id)


@pytest.mark.parametrize(
    "session",
    ["", "x", "1:1", ":", "::", "a" * 5000, "00000000-0000-0000-0000-000000000000:1", "٣:٣", "\x00:1"],
)
def test_what_is_no_session_is_nobody(app, session):
    assert members.queries.load_session(session) is None


def test_signing_out_everywhere_ends_all_sessions_also_on_other_workers(make_app, engine_url):
    first, second = make_app(engine_url), make_app(engine_url)
    with first.app_context():
        owner = people.member()
        session = session_of(owner)
        actor = people.actor(owner)
    with second.app_context():
        assert members.queries.load_session(session).id == owner.id
    with first.app_context():
        members.service.sign_out_everywhere(actor, owner.id)
    with second.app_context():
        assert members.queries.load_session(session) is None
        assert members.queries.load_session(session_of(owner)).id == owner.id


def test_suspension_ends_all_sessions_also_on_other_workers(make_app, engine_url):
    first, second = make_app(engine_url), make_app(engine_url)
    with first.app_context():
        owner = people.member()
        session = session_of(owner)
        members.service.suspend(SYSTEM, owner.id, "多次代刷")
    with second.app_context():
        assert members.queries.load_session(session) is None
        members.service.reinstate(SYSTEM, owner.id)
    with first.app_context():
        # The old session stays ended: whoever held it has to sign in again.
        assert members.queries.load_session(session) is None


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(app):
    cast = people.cast()
    session = session_of(cast.coordinator)
    assert "award.give" in members.queries.load_session(session).permissions
    members.service.set_roles(people.actor(cast.administrator), cast.coordinator.id, ["volunteer"])
    assert "award.give" not in members.queries.load_session(session).permissions


# --- helpers


def test_a_helper_acts_in_the_name_of_whom_he_looks_after_and_it_is_written_down(app):
    son = people.actor(people.member("儿子", "volunteer"))
    mother = people.managed(son, "孙奶奶")
    user = members.queries.load_session(members.service.act_for(son, mother.id).get_id())
    actor = members.queries.actor_for(user)
    assert (actor.id, actor.member_id, actor.name) == (son.id, mother.id, "孙奶奶")
    assert user.acting
    assert user.signer_name == "儿子"
    assert _audited("helper.acts", mother.id) == [son.id]


def _audited(action, subject_id):
    rows = db.session.execute(
        sa.text("SELECT actor_id FROM audit_entry WHERE action = :action AND subject_id = :subject").columns(
            actor_id=sa.Uuid
        ),
        {"action": action, "subject": subject_id.hex},
    )
    return [row.actor_id for row in rows]


def test_a_helper_never_holds_staff_rights_in_another_name(app):
    officer = people.actor(people.member("张警官", "coordinator"))
    mother = people.managed(officer)
    members.service.set_roles(people.staff("administrator"), mother.id, ["coordinator"])
    acting = members.queries.actor_for(members.service.act_for(officer, mother.id))
    assert not acting.may("award.give")
    assert acting.may("patrol.walk")


def test_acting_ends_when_the_help_ends_and_the_helper_is_himself_again(app):
    son = people.actor(people.member("儿子"))
    mother = people.managed(son)
    session = members.service.act_for(son, mother.id).get_id()
    members.service.stop_helping(son, mother.id)
    user = members.queries.load_session(session)
    assert user.id == son.id
    assert not user.acting


def test_nobody_acts_for_somebody_who_is_not_in_his_care(app):
    cast = people.cast()
    mother = people.managed(people.actor(cast.owner))
    for actor in (people.actor(cast.stranger), people.actor(cast.administrator)):
        with pytest.raises(NotManagedByYou):
            members.service.act_for(actor, mother.id)
    forged = f"{cast.stranger.id}:1:{mother.id}"
    assert members.queries.load_session(forged).id == cast.stranger.id


def test_suspending_the_helper_ends_his_acting_too(app):
    helper = people.member("儿子")
    mother = people.managed(people.actor(helper))
    session = members.service.act_for(people.actor(helper), mother.id).get_id()
    members.service.suspend(SYSTEM, helper.id, "停用")
    assert members.queries.load_session(session) is None


# --- devices


def test_a_device_holds_what_it_was_enrolled_for_and_no_more(app):
    token = people.device("patrol.walk", "wall.read")
    actor = members.service.actor_for_token(token)
    assert actor.kind == "device"
    assert actor.permissions == {"patrol.walk", "route.read", "wall.read", "scan.send"}
    assert actor.member_id is not None
    with pytest.raises(PermissionMissing):
        actor.require("award.give")


@pytest.mark.parametrize(
    "token", ["", "alliance_", "alliance_wrong", "Bearer x", "x" * 10_000, "alliance_\x00", "alliance_\ud800"]
)
def test_what_is_no_token_is_nobody(app, token):
    people.device()
    assert members.service.actor_for_token(token) is None


def test_the_database_keeps_no_token(app):
    token = people.device()
    kept = db.session.execute(sa.text("SELECT token_digest FROM device")).scalar_one()
    assert token not in kept
    assert kept not in token


def test_a_revoked_device_is_shut_out_at_its_next_request(app):
    token = people.device()
    device_id = members.service.actor_for_token(token).id
    administrator = people.staff("administrator")
    members.service.revoke_device(administrator, device_id)
    members.service.revoke_device(administrator, device_id)
    assert members.service.actor_for_token(token) is None
    assert members.queries.devices(device_id)[0].revoked_at is not None


def test_a_device_is_shut_out_with_the_member_who_answers_for_it(app):
    officer = people.member("张警官", "coordinator")
    token = people.device("award.give", "board.read", responsible=officer)
    assert members.service.actor_for_token(token).may("award.give")
    members.service.set_roles(people.staff("administrator"), officer.id, ["volunteer"])
    assert not members.service.actor_for_token(token).may("award.give")
    members.service.suspend(SYSTEM, officer.id, "调离")
    assert members.service.actor_for_token(token) is None


def test_nothing_is_awarded_in_the_name_of_an_officer_on_leave_but_the_wall_shines_on(app):
    officer = people.member("张警官", "coordinator")
    token = people.device("award.give", "wall.read", responsible=officer)
    members.service.take_leave(people.actor(officer), officer.id, None)
    actor = members.service.actor_for_token(token)
    assert actor.permissions == {"wall.read"}


def test_the_last_use_of_a_device_is_written_once_a_minute(database_app, clock):
    actor = members.service.actor_for_token(people.device())
    used = lambda: members.queries.devices(actor.id)[0].last_used_at  # noqa: E731 - read anew each time
    assert used() is None
    first = clock.now()
    members.service.note_device_use(actor)
    clock.tick(seconds=59)
    members.service.note_device_use(actor)
    assert used() == first
    clock.tick(seconds=1)
    members.service.note_device_use(actor)
    assert used() == clock.now()


def device_code(**changes):
    officer = people.member("张警官", "coordinator")
    wanted = {
        "label": "北门闸机",
        "permissions": ["patrol.walk"],
        "responsible_id": officer.id,
        "days": 1,
    } | changes
    return members.service.create_device_code(people.staff("administrator"), key=new_id(), **wanted).code


def enrol(code, name="北门闸机"):
    return members.service.enrol_device(code=code, name=name, network_address="203.0.113.7")


def test_a_join_code_enrols_one_device(database_app):
    code = device_code()
    _, token = enrol(code)
    with pytest.raises(JoinCodeUsed):
        enrol(code)
    assert members.service.actor_for_token(token)


def test_a_join_code_ends_after_its_days(app, clock):
    code = device_code(days=2)
    clock.tick(days=2)
    with pytest.raises(JoinCodeExpired):
        enrol(code)


def test_a_withdrawn_join_code_is_unknown(app):
    administrator = people.staff("administrator")
    code = device_code()
    (line,) = members.queries.join_codes("device")
    members.service.withdraw_join_code(administrator, line.id)
    members.service.withdraw_join_code(administrator, line.id)
    with pytest.raises(JoinCodeUnknown):
        enrol(code)
    assert members.queries.join_codes("device") == []


def test_a_poster_does_not_enrol_a_device_nor_a_device_code_admit_people(app):
    poster = members.service.create_poster_code(people.staff(), key=new_id(), label="社区海报").code
    with pytest.raises(JoinCodePurpose):
        enrol(poster)
    with pytest.raises(JoinCodePurpose):
        members.service.apply(
            key=new_id(),
            network_address="203.0.113.1",
            name="赵新来",
            phone=people.fresh_phone(),
            consent=True,
            join_code=device_code(),
        )


def test_only_administrators_enrol_devices(app):
    officer = people.member("张警官", "coordinator")
    with pytest.raises(PermissionMissing):
        members.service.create_device_code(
            people.actor(officer),
            key=new_id(),
            label="x1",
            permissions=["wall.read"],
            responsible_id=officer.id,
        )


def test_nobody_makes_a_device_that_awards_in_the_name_of_a_colleague(app):
    colleague, administrator = people.member("张警官", "coordinator"), people.staff("administrator")
    wanted = {"key": new_id(), "label": "服务台", "permissions": ["award.give"]}
    with pytest.raises(AwardDeviceNotOwn):
        members.service.create_device_code(administrator, responsible_id=colleague.id, **wanted)
    with pytest.raises(PermissionMissing):
        members.service.create_device_code(people.staff(), responsible_id=colleague.id, **wanted)
    made = members.service.create_device_code(
        people.actor(colleague), responsible_id=colleague.id, **wanted | {"key": new_id()}
    )
    _, token = enrol(made.code, "服务台")
    assert members.service.actor_for_token(token).may("award.give")


def test_a_device_whose_code_a_colleague_made_awards_nothing(app):
    token = people.device("award.give", "board.read")
    with transaction():
        db.session.execute(sa.update(JoinCode).values(created_by=people.staff("administrator").id))
    actor = members.service.actor_for_token(token)
    assert actor.may("board.read")
    assert not actor.may("award.give")


@pytest.mark.parametrize("permissions", [[], ["role.manage"], ["patrol.walk", "no.such"]])
def test_devices_cannot_hold_rights_of_people(app, permissions):
    with pytest.raises(DevicePermissionUnknown):
        device_code(permissions=permissions)


def test_a_device_may_do_no_more_than_the_member_answerable_for_it(app):
    with pytest.raises(ResponsibleLacksPermission):
        device_code(permissions=["wall.read"], responsible_id=people.member().id)
    with pytest.raises(MemberUnknown):
        device_code(responsible_id=new_id())


def test_a_repeated_request_for_a_join_code_makes_no_second_one(app):
    administrator, officer, key = (
        people.staff("administrator"),
        people.member("张警官", "coordinator"),
        new_id(),
    )
    wanted = {"label": "北门闸机", "permissions": ["patrol.walk"], "responsible_id": officer.id}
    first = members.service.create_device_code(administrator, key=key, **wanted)
    again = members.service.create_device_code(administrator, key=key, **wanted)
    assert first.answer.body == again.answer.body
    assert again.code is None
    assert len(members.queries.join_codes("device")) == 1


def test_a_stranger_is_asked_to_sign_in(app):
    with pytest.raises(Unauthenticated):
        members.service.phone_code(STRANGER)
