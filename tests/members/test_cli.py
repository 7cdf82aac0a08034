"""The commands `flask members …`."""

import pytest

import members.queries
import members.service
from core.auth import SYSTEM
from core.db import db, transaction
from members.models import Squad
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD

pytestmark = pytest.mark.usefixtures("clock")


def test_the_first_administrator_is_made_by_command_and_signs_in(app, cli):
    phone = people.fresh_phone()
    asked = ["members", "create-administrator", "--name", "周主任", "--phone", phone, "--password", PASSWORD]
    done = cli.invoke(args=asked)
    assert done.exit_code == 0, done.output
    user = members.service.sign_in_with_password(
        phone=phone, password=PASSWORD, network_address="203.0.113.5"
    )
    assert "role.manage" in user.permissions
    again = cli.invoke(args=asked)
    assert (again.exit_code, "phone_taken" in again.output) == (1, True)


def test_a_member_is_signed_out_and_suspended_by_number_or_telephone(app, cli):
    owner = people.member()
    phone = members.queries.record(owner.id).phone
    for text in (str(owner.number), phone):
        session = members.queries.signed_in(owner.id, owner.id).get_id()
        assert cli.invoke(args=["members", "sign-out-everywhere", text]).exit_code == 0
        assert members.queries.load_session(session) is None
    assert cli.invoke(args=["members", "suspend", str(owner.number), "--reason", "多次代刷"]).exit_code == 0
    assert members.queries.facts(owner.id).status == "suspended"
    assert cli.invoke(args=["members", "sign-out-everywhere", "nobody"]).exit_code == 1


def test_the_daily_runs_may_be_repeated(app, cli, clock):
    owner = people.member(squad_id=people.squad())
    members.service.take_leave(SYSTEM, owner.id, (clock.now()).date().replace(day=20))
    clock.tick(days=3)
    assert "leaves ended: 1" in cli.invoke(args=["members", "end-leaves"]).output
    assert "leaves ended: 0" in cli.invoke(args=["members", "end-leaves"]).output
    assert cli.invoke(args=["members", "tidy"]).exit_code == 0


def test_a_wrong_head_count_is_named_and_fails_the_check(app, cli):
    squad_id = people.squad()
    people.member(squad_id=squad_id)
    assert cli.invoke(args=["members", "check"]).exit_code == 0
    with transaction():
        db.session.execute(db.update(Squad).values(active_members=5))
    found = cli.invoke(args=["members", "check"])
    assert (found.exit_code, str(squad_id) in found.output) == (1, True)
