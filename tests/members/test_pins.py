"""The PIN that goes with the card: who sets it, what counts as wrong, when it is locked."""

import threading
from uuid import UUID

import pytest

import members.queries
import members.service
from core import receipts
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.codes import parse
from core.config import settings
from core.db import db, new_id, transaction
from core.errors import Forbidden, PermissionMissing, Refused
from members.errors import (
    CardRevoked,
    CardUnknown,
    MemberOutranks,
    MemberSuspended,
    NotOnOneself,
    PinLocked,
    PinMissing,
    PinOwnPhone,
    PinTooWeak,
    PinWrong,
    SignInFailed,
)
from tests.support import members_builders as people
from tests.support.members_builders import PASSWORD, PIN

pytestmark = pytest.mark.usefixtures("clock")
OTHER_PIN = "5083"


def granny(**details):
    return people.member("孙奶奶", phone=None, **details)


def wrong(member_id: UUID, times: int = 1) -> list[int]:
    """Try a wrong PIN; how many tries were left each time."""
    left = []
    for _ in range(times):
        with pytest.raises(PinWrong) as refused:
            members.service.check_pin(member_id, "9999")
        left.append(refused.value.data["tries_left"])
    return left


# --- checking


def test_the_right_pin_passes_in_silence(database_app):
    assert members.service.check_pin(granny(pin=PIN).id, PIN) is None


def test_each_wrong_pin_tells_how_many_tries_are_left_and_the_fifth_locks(database_app):
    owner = granny(pin=PIN)
    assert wrong(owner.id, 4) == [4, 3, 2, 1]
    with pytest.raises(PinLocked) as refused:
        members.service.check_pin(owner.id, "9999")
    assert 0 < refused.value.data["retry_after"] <= 3600
    with pytest.raises(PinLocked):
        members.service.check_pin(owner.id, PIN)


def test_the_right_pin_starts_the_count_anew(app):
    owner = granny(pin=PIN)
    wrong(owner.id, 4)
    members.service.check_pin(owner.id, PIN)
    assert wrong(owner.id) == [4]


def test_a_locked_pin_opens_by_itself_after_the_hour_and_closes_for_the_day_after_ten(app, clock):
    owner = granny(pin=PIN)
    wrong(owner.id, 4)
    with pytest.raises(PinLocked) as refused:
        members.service.check_pin(owner.id, "9999")
    clock.tick(seconds=refused.value.data["retry_after"])
    assert wrong(owner.id, 4) == [4, 3, 2, 1]
    with pytest.raises(PinLocked) as refused:
        members.service.check_pin(owner.id, "9999")
    assert refused.value.data["retry_after"] > 3600
    clock.tick(hours=1)
    with pytest.raises(PinLocked):
        members.service.check_pin(owner.id, PIN)
    clock.tick(days=1)
    members.service.check_pin(owner.id, PIN)


def test_trying_a_locked_pin_again_and_again_does_not_lock_it_for_longer(app, clock):
    owner = granny(pin=PIN)
    wrong(owner.id, 4)
    for _ in range(20):
        with pytest.raises(PinLocked) as refused:
            members.service.check_pin(owner.id, "9999")
    clock.tick(seconds=refused.value.data["retry_after"])
    members.service.check_pin(owner.id, PIN)


def test_one_members_wrong_pins_do_not_lock_anothers(app):
    first, second = granny(pin=PIN), granny(pin=PIN)
    wrong(first.id, 4)
    assert wrong(second.id) == [4]


def test_whoever_has_no_pin_is_told_so_and_nothing_is_counted(app):
    owner = granny()
    for _ in range(6):
        with pytest.raises(PinMissing):
            members.service.check_pin(owner.id, "")
    assert members.service.pin_locked_until(owner.id) is None


def test_the_count_stands_when_what_the_pin_was_for_is_refused(database_app):
    owner = granny(pin=PIN)

    def charge() -> dict[str, str]:
        raise Refused

    wrong(owner.id)
    for _ in range(2):
        with pytest.raises(Refused):
            receipts.once(new_id(), SYSTEM, "test.charge", {}, charge)
    assert wrong(owner.id) == [3]


def test_a_pin_is_never_checked_inside_a_transaction_that_could_undo_the_count(app):
    owner = granny(pin=PIN)
    with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        members.service.check_pin(owner.id, PIN)


def test_of_many_guesses_at_the_same_moment_only_five_are_looked_at(database_app):
    owner = granny(pin=PIN)
    seen: list[type] = []

    def guess() -> None:
        with database_app.app_context():
            try:
                members.service.check_pin(owner.id, "9999")
            except (PinWrong, PinLocked) as refused:
                seen.append(type(refused))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (seen.count(PinWrong), seen.count(PinLocked)) == (4, 8)


def test_the_desk_unlocks_a_pin_and_the_audit_log_tells_who(app):
    owner, coordinator = granny(pin=PIN), people.staff()
    wrong(owner.id, 4)
    with pytest.raises(PinLocked):
        members.service.check_pin(owner.id, "9999")
    assert members.service.pin_locked_until(owner.id) is not None
    members.service.unlock_pin(coordinator, owner.id)
    assert members.service.pin_locked_until(owner.id) is None
    members.service.check_pin(owner.id, PIN)
    entry = db.session.query(AuditEntry).filter_by(action="member.pin_unlocked").one()
    assert (entry.actor_id, entry.subject_id) == (coordinator.id, owner.id)


def test_nobody_unlocks_his_own_pin_or_that_of_staff_above_him(app):
    coordinator = people.staff()
    with pytest.raises(NotOnOneself):
        members.service.unlock_pin(coordinator, coordinator.id)
    with pytest.raises(MemberOutranks):
        members.service.unlock_pin(coordinator, people.staff(name="周主任").id)


# --- setting one's own


def own(facts, **proof):
    """Set one's own PIN to `OTHER_PIN` with this proof."""
    proof = {"current": None, "code": None, "network_address": "203.0.113.4"} | proof
    members.service.change_pin(people.actor(facts), pin=proof.pop("pin", OTHER_PIN), **proof)


def test_a_member_sets_the_pin_with_the_password(database_app):
    owner = people.member(password=PASSWORD)
    own(owner, current=PASSWORD)
    members.service.check_pin(owner.id, OTHER_PIN)


def test_a_wrong_password_changes_no_pin(app):
    owner = people.member(password=PASSWORD, pin=PIN)
    with pytest.raises(SignInFailed):
        own(owner, current="something else")
    members.service.check_pin(owner.id, PIN)


def test_a_new_pin_opens_one_that_was_locked(app):
    owner = people.member(password=PASSWORD, pin=PIN)
    wrong(owner.id, 4)
    own(owner, current=PASSWORD)
    assert wrong(owner.id) == [4]


def test_the_end_of_ones_own_telephone_is_no_pin(app):
    owner = people.member(phone="+8613800137392", password=PASSWORD)
    with pytest.raises(PinTooWeak):
        own(owner, pin="7392", current=PASSWORD)


def test_a_helper_does_not_set_the_pin_of_whom_he_looks_after(app):
    helper = people.member("女儿", password=PASSWORD)
    helped = people.managed(people.actor(helper))
    acting = members.queries.actor_for(members.queries.signed_in(helper.id, helped.id))
    with pytest.raises(Forbidden):
        members.service.change_pin(acting, pin=OTHER_PIN, current=PASSWORD, code=None, network_address="")


# --- at the desk


def test_the_desk_sets_the_first_pin_of_a_member_who_comes_with_the_card(database_app):
    owner, coordinator = granny(), people.staff()
    found = members.service.set_pin_at_the_desk(coordinator, card=people.card(owner), pin=PIN)
    assert found.id == owner.id
    members.service.check_pin(owner.id, PIN)
    entry = db.session.query(AuditEntry).filter_by(action="member.secret_changed").one()
    assert entry.actor_id == coordinator.id
    assert entry.data == {"secrets": ["pin_hash"], "card_shown": True}


def test_who_has_a_pin_gives_it_before_the_desk_sets_another(app):
    owner, coordinator = granny(pin=PIN), people.staff()
    card = people.card(owner)
    for typed in (None, "", "9999"):
        with pytest.raises(PinWrong):
            members.service.set_pin_at_the_desk(coordinator, card=card, pin=OTHER_PIN, current=typed)
    members.service.set_pin_at_the_desk(coordinator, card=card, pin=OTHER_PIN, current=PIN)
    members.service.check_pin(owner.id, OTHER_PIN)


def test_a_member_with_a_phone_sets_the_pin_with_it(app):
    with pytest.raises(PinOwnPhone):
        members.service.set_pin_at_the_desk(people.staff(), card=people.card(people.member()), pin=PIN)


def test_a_card_that_is_void_sets_no_pin(app):
    owner, coordinator = granny(), people.staff()
    card = people.card(owner)
    members.service.revoke_card(coordinator, owner.id)
    with pytest.raises(CardRevoked):
        members.service.set_pin_at_the_desk(coordinator, card=card, pin=PIN)


def test_a_coordinator_sets_no_pin_for_whom_he_looks_after(app):
    coordinator = people.staff()
    helped = people.managed(coordinator)
    with pytest.raises(NotOnOneself):
        members.service.set_pin_at_the_desk(coordinator, card=people.card(helped), pin=PIN)


def test_a_suspended_member_gets_no_pin_and_a_volunteer_sets_none(app):
    owner, coordinator = granny(), people.staff()
    card = people.card(owner)
    with pytest.raises(PermissionMissing):
        members.service.set_pin_at_the_desk(people.actor(people.member()), card=card, pin=PIN)
    members.service.suspend(coordinator, owner.id, "多次代刷")
    with pytest.raises(MemberSuspended):
        members.service.set_pin_at_the_desk(coordinator, card=card, pin=PIN)


def test_a_forgotten_pin_is_set_with_a_new_card_which_ends_the_old_one(app):
    owner, coordinator = granny(pin=PIN), people.staff()
    old_card = people.card(owner)
    members.service.issue_card(coordinator, key=new_id(), member_id=owner.id, pin=OTHER_PIN)
    with pytest.raises(CardUnknown):
        members.service.open_desk_session(coordinator, card=old_card, pin=OTHER_PIN)
    (printed,) = members.service.cards_to_print(SYSTEM, [owner.id])
    card = parse(printed.address, settings().base_url)
    assert members.service.open_desk_session(coordinator, card=card, pin=OTHER_PIN)


def test_only_administrators_set_a_pin_in_passing(app):
    owner = granny()
    with pytest.raises(PermissionMissing):
        members.service.set_pin(people.staff(), owner.id, PIN)
    members.service.set_pin(people.staff("administrator"), owner.id, PIN)
    members.service.check_pin(owner.id, PIN)


def test_without_a_pin_the_card_opens_nothing(app):
    with pytest.raises(PinMissing):
        members.service.open_desk_session(people.staff(), card=people.card(people.member()), pin="")


def test_wrong_pins_at_the_desk_and_in_a_shop_are_counted_together(app):
    owner, coordinator = granny(pin=PIN), people.staff()
    card = people.card(owner)
    for _ in range(3):
        with pytest.raises(PinWrong):
            members.service.open_desk_session(coordinator, card=card, pin="9999")
    assert wrong(owner.id) == [1]
