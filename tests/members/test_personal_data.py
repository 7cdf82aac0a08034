"""What is kept about a member: shown, taken along, agreed to by version, deleted so that the books stay whole."""

import io
import json
from uuid import UUID

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

import members.queries
import members.service
import points.service
import rewards.service
from core.audit import AuditEntry
from core.auth import SYSTEM
from core.db import db, new_id
from core.errors import Refused
from members import rules
from members.errors import (
    ConsentOutdated,
    MemberErased,
    NotByHelper,
    NotOnOneself,
    PasswordWrong,
    PinWrong,
    ProofMissing,
)
from tests.support import honours_builders as letters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import patrols_builders as street
from tests.support import points_builders as ledger
from tests.support import reports_builders as told
from tests.support import rewards_builders as shelf

pytestmark = pytest.mark.usefixtures("clock")

NAME = "司马清风"
ADDRESS = "203.0.113.8"


def volunteer(**details):
    """A member with a name that nothing else in the tables could bear, a password and a PIN."""
    return people.member(NAME, password=people.PASSWORD, pin=people.PIN, **details)


def phone_of(facts):
    return members.queries.record(facts.id).phone


def ask(facts, **proof):
    return members.service.ask_for_deletion(
        people.actor(facts), network_address=ADDRESS, **(proof or {"password": people.PASSWORD})
    )


def erase(facts, reason="自愿退出"):
    members.service.erase(people.staff(), facts.id, reason)
    db.session.expire_all()


def everything(but=""):
    """Every row of every table (but one) as one text."""
    db.session.rollback()
    names = sorted(set(sa.inspect(db.engine).get_table_names()) - {but})
    assert len(names) > 40
    rows = (row for name in names for row in db.session.execute(sa.text(f'SELECT * FROM "{name}"')))
    return "\n".join(repr(tuple(row)) for row in rows)


def audited(action):
    return list(db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.action == action)))


def token(client):
    return client.get("/api/v1/session").json["csrf_token"]


# --- deletion


def lived(clock):
    """A member who has walked, earned, redeemed a lock, told of a hazard, owned no shop but spoken at one."""
    told.tariff()
    squad_id = people.squad()
    facts = volunteer(squad_id=squad_id, listed=True)
    actor, desk = people.actor(facts), people.staff(name="陈国平")
    people.card(facts)
    ledger.earn(facts.id, 100)
    redemption_id, code = shelf.voucher(actor, shelf.reward(kind="security"))
    place = f"{NAME}家 3 号楼 502"
    rewards.service.hand_over(desk, key=new_id(), code=code, fitting_place=place, fitting_help=True)
    report_id = told.told(actor, words=f"路灯坏了，我是{NAME}，电话{phone_of(facts)}", photos=[told.photo()])
    told.take(desk, report_id)
    told.step(desk, report_id, "add_note", note=f"{NAME}说路灯坏了")
    told.judge(desk, report_id, useful=False)
    for name in ("check_on_site", "resolve", "follow_up", "close"):
        told.step(desk, report_id, name, public_note=f"谢谢{NAME}")
        clock.tick(days=1)
    walk = street.street()
    opened = street.visit(actor, street.plate_of(walk.checkpoints[0]))
    street.end(actor, opened["round_id"])
    members.service.request_one_time_code(
        phone=phone_of(facts), purpose="sign_in", network_address=ADDRESS, language="en"
    )
    return facts, redemption_id


def test_all_tables_together_do_not_tell_whose_data_was_deleted(database_app, clock):
    facts, _redemption_id = lived(clock)
    phone = phone_of(facts)
    assert NAME in everything()
    assert phone in everything()
    erase(facts, f"{NAME}（{phone}）要求删除")
    left = everything()
    for trace in (
        NAME,
        phone,
        phone.removeprefix("+86"),
        rules.name_key(NAME),
        json.dumps(NAME)[1:-1],
        "号楼 502",
    ):
        assert trace not in left
    assert ledger.faults() == {}
    assert members.queries.squad_differences() == []
    assert audited("member.erased") == [{"how": "desk", "reason": "…（…）要求删除"}]


def test_what_staff_wrote_about_somebody_goes_with_his_name(database_app, clock):
    facts, desk, second = volunteer(), people.staff(name="陈国平"), people.staff(name="周明")
    ledger.tariff_rule(code="rescue", points=150)
    wish = {"member_id": facts.id, "rule_code": "rescue", "memo": f"{NAME}下河救人"}
    asked = points.service.award_deed(desk, key=new_id(), **wish).body
    points.service.decline_award(
        second, key=new_id(), request_id=UUID(asked["request_id"]), reason=f"{NAME}那天不在"
    )
    letters.revoke(desk, letters.issue(desk, facts.id), reason=f"救人的不是{NAME}")
    twin = people.member("司马一")
    ledger.earn(twin.id, 9)
    proposal = members.service.merge(
        desk, key=new_id(), gone_id=twin.id, kept_id=facts.id, reason=f"{NAME}的女儿说是同一人"
    ).body
    refusal = {"proposal_id": UUID(proposal["proposal_id"]), "reason": f"问过{NAME}，不是"}
    members.service.decline_merge(second, key=new_id(), **refusal)
    assert audited("letter.revoked")[0]["reason"] == "救人的不是…", "nobody may ever change the log"
    assert NAME in everything()
    erase(facts)
    assert NAME not in everything()


def test_number_and_points_stay_and_the_number_is_never_given_again(database_app, clock):
    facts, _redemption_id = lived(clock)
    before = ledger.balance(facts.id)
    erase(facts)
    left = members.queries.facts(facts.id)
    assert (left.number, left.status, left.name) == (facts.number, "left", f"原会员 {facts.number}")
    assert ledger.balance(facts.id) == before
    assert people.member().number != facts.number
    with pytest.raises(MemberErased):
        members.service.readmit(SYSTEM, facts.id, people.fresh_phone())
    with pytest.raises(MemberErased):
        members.service.rename(SYSTEM, facts.id, NAME)


def test_the_wish_waits_two_weeks_is_carried_out_once_and_can_be_called_off(database_app, clock):
    facts, stays = volunteer(), people.member("李梅", password=people.PASSWORD)
    due = ask(facts)
    clock.tick(days=3)
    assert ask(facts, pin=people.PIN) == due
    ask(stays)
    members.service.call_off_deletion(people.actor(stays))
    clock.tick(days=11, minutes=-1)
    assert members.service.retain().erased == 0
    clock.tick(minutes=1)
    assert [members.service.retain().erased for _ in range(2)] == [1, 0]
    clock.tick(days=30)
    assert members.service.retain().erased == 0
    db.session.expire_all()
    assert members.queries.record(facts.id).erased_at is not None
    assert members.queries.facts(stays.id).name == "李梅"
    erase(facts)
    assert len(audited("member.erased")) == 1


def test_the_wish_needs_password_or_pin_and_the_owner_himself(app):
    facts = volunteer()
    with pytest.raises(ProofMissing):
        members.service.ask_for_deletion(people.actor(facts), network_address=ADDRESS)
    with pytest.raises(PasswordWrong):
        ask(facts, password="something else 9")
    with pytest.raises(PinWrong):
        ask(facts, pin="918273")
    looked_after = people.managed(people.actor(facts))
    helper = members.queries.actor_for(members.queries.signed_in(facts.id, looked_after.id))
    with pytest.raises(NotByHelper):
        members.service.ask_for_deletion(helper, password=people.PASSWORD, network_address=ADDRESS)
    coordinator = people.staff()
    with pytest.raises(NotOnOneself):
        members.service.erase(coordinator, coordinator.id, "不想干了")


def owes(facts):
    given = ledger.earn(facts.id, 30)
    ledger.reserve(facts.id, 30)
    ledger.withdraw(given)


def leads(facts):
    squad_id = members.queries.facts(facts.id).squad_id
    members.service.appoint_captains(SYSTEM, squad_id, captain_id=facts.id, acting_captain_id=None)


def holds_a_voucher(facts):
    ledger.earn(facts.id, 100)
    shelf.voucher(people.actor(facts), shelf.reward())


def walks(facts):
    street.tariff()
    street.visit(people.actor(facts), street.plate_of(street.street().checkpoints[0]))


def has_told(facts):
    told.tariff()
    told.told(people.actor(facts))


MATTERS = {
    "deletion_owed": owes,
    "deletion_captain": leads,
    "deletion_voucher_open": holds_a_voucher,
    "deletion_round_open": walks,
    "deletion_report_open": has_told,
    "deletion_shop_owner": lambda facts: shops.a_shop(owner=facts),
    "deletion_staff": lambda facts: members.service.set_roles(SYSTEM, facts.id, ["auditor"]),
    "deletion_device": lambda facts: people.device("patrol.walk", responsible=facts),
}


@pytest.mark.parametrize("code", MATTERS)
def test_what_is_open_hinders_the_deletion_and_says_so(app, code):
    facts = volunteer(squad_id=people.squad())
    MATTERS[code](facts)
    assert code in {each.code for each in members.service.matters(facts.id)}
    administrator = people.staff("administrator")
    with pytest.raises(Refused) as refusal:
        members.service.erase(administrator, facts.id, "自愿退出")
    assert refusal.value.code.startswith("deletion_")
    assert members.queries.facts(facts.id).name == NAME


def test_a_wish_that_something_hinders_waits_for_the_next_run(app, clock):
    facts = volunteer()
    ask(facts)
    holds_a_voucher(facts)
    clock.tick(days=15)
    db.session.execute(sa.text("UPDATE redemption SET expires_at = '2099-01-01T00:00:00.000000+00:00'"))
    db.session.commit()
    done = members.service.retain()
    assert (done.erased, done.hindered) == (0, 1)


# --- retention


def test_old_rows_go_and_those_who_were_not_seen_are_only_listed(app, clock):
    silent, active, signs_in = people.member("沉默"), people.member("活跃"), volunteer()
    poster = members.service.create_poster_code(people.staff("administrator"), key=new_id(), label="海报")
    members.service.withdraw_join_code(SYSTEM, UUID(poster.answer.body["join_code_id"]))
    clock.tick(days=740)
    ledger.earn(active.id, 2)
    members.service.sign_in_with_password(
        phone=phone_of(signs_in), password=people.PASSWORD, network_address=ADDRESS
    )
    assert app.test_cli_runner().invoke(args=["members", "retain"]).output.startswith("members deleted: 0")
    assert members.queries.join_codes("membership") == []
    assert db.session.scalar(sa.text("SELECT COUNT(*) FROM join_code")) == 0
    listed = {each.id for each in members.queries.dormant().items}
    assert silent.id in listed
    assert not {active.id, signs_in.id} & listed
    assert members.queries.facts(silent.id).status == "active"


def test_nobody_long_unseen_is_left_out_where_a_page_looks_at_few_and_most_of_those_are_busy(
    app, clock, monkeypatch
):
    everybody = [people.member(f"会员{number}") for number in range(12)]
    clock.tick(days=740)
    for busy in (*everybody[:5], *everybody[6:11]):
        ledger.earn(busy.id, 2)
    monkeypatch.setattr(members.queries.personal, "_LOOKED_AT", 2)
    monkeypatch.setattr(members.queries.personal, "_LOOKS", 2)
    names, pages, cursor = [], 0, None
    while pages == 0 or cursor:
        page = members.queries.dormant(cursor=cursor, limit=1)
        names += [each.name for each in page.items]
        pages, cursor = pages + 1, page.next
    assert names == ["会员5", "会员11"]
    assert pages > 3


# --- consent


def test_a_newer_text_is_asked_before_going_on_and_old_consent_stays_on_record(client, monkeypatch):
    facts, now = volunteer(), rules.CONSENT_VERSION
    people.sign_in(client, facts)
    assert client.get("/me").status_code == 200
    monkeypatch.setattr(rules, "CONSENT_VERSION", now + 1)
    asked = client.get("/me/statement")
    assert (asked.status_code, asked.location) == (302, "/me/consent?next=/me/statement")
    for page in ("/me/consent", "/me/consent/declined", "/me/data", "/privacy"):
        assert client.get(page).status_code == 200
    with pytest.raises(ConsentOutdated):
        members.service.agree(people.actor(facts), now)
    form = {"version": str(now + 1), "next": "/me/statement", "csrf_token": token(client)}
    went_on = client.post("/me/consent", data=form)
    assert (went_on.status_code, went_on.location) == (303, "/me/statement")
    assert client.get("/me/statement").status_code == 200
    assert [(each.version, each.by_himself) for each in members.queries.consents(facts.id)] == [
        (now + 1, True),
        (now, True),
    ]


# --- seeing and taking along


def test_the_export_has_everything_of_oneself_and_nothing_of_others_and_no_hash(client, clock):
    facts, _redemption_id = lived(clock)
    other = people.member("欧阳明月", password=people.PASSWORD)
    ledger.earn(other.id, 7)
    people.sign_in(client, facts)
    answer = client.get("/api/v1/me/data")
    assert answer.json["profile"]["name"] == NAME
    assert answer.json["profile"]["pin_set"] is True
    assert {"statement", "rounds", "vouchers", "reports"} <= {
        name for name, rows in answer.json["tables"].items() if rows
    }
    book = load_workbook(io.BytesIO(client.get("/me/data/export.xlsx").data))
    cells = {cell.value for page in book for row in page.iter_rows() for cell in row}
    assert {NAME, phone_of(facts)} <= cells
    for text in (answer.text, client.get("/me/data/export.json").text, str(cells)):
        assert "argon2" not in text
        assert "欧阳明月" not in text
    page = client.get("/me/data")
    assert page.status_code == 200
    assert NAME in page.text


def test_programs_ask_for_the_deletion_and_call_it_off(client):
    facts = volunteer()
    people.sign_in(client, facts)
    headers = {"X-CSRF-Token": token(client)}
    assert client.post("/api/v1/me/deletion", json={}, headers=headers).json["code"] == "proof_missing"
    asked = client.post("/api/v1/me/deletion", json={"password": people.PASSWORD}, headers=headers)
    assert asked.json["due_at"].startswith("2026-12-02T")
    assert client.delete("/api/v1/me/deletion", headers=headers).status_code == 204
    assert client.get("/api/v1/me/data").json["deletion_due_at"] is None
