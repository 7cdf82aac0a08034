"""Whoever takes his data along gets everything that points to him: no table that is added later is forgotten."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask_babel.speaklater import LazyString

import members.queries
import points.service
import reports.service
from alliance.personal_words import WORDS
from core import clock as core_clock
from core.db import Identifier, db, new_id
from tests.support import members_builders as people
from tests.support import points_builders as ledger
from tests.support import reports_builders as told

#: Table → its columns that point to the member of whom it tells. The export reads each of these tables.
TOLD = {
    "activity_sign_up": "member_id",
    "attendance": "member_id",
    "award_request": "member_id",
    "bill": "member_id",
    "captaincy": "member_id",
    "charge": "member_id",
    "consent": "member_id",
    "desk_session": "member_id",
    "device": "responsible_id",
    "endorsement": "applicant_id endorser_id",
    "favourite": "member_id",
    "honour": "member_id",
    "letter": "member_id",
    "member": "helper_id",
    "member_import_row": "member_id",
    "member_merge": "gone_id kept_id",
    "member_role": "member_id",
    "merchant": "applied_by",
    "merge_proposal": "gone_id kept_id",
    "notice_reading": "member_id",
    "past_help": "member_id helper_id",
    "redemption": "member_id",
    "refused_heap": "member_id",
    "refused_scan": "member_id",
    "rented_home": "member_id",
    "report": "member_id",
    "round_member": "member_id",
    "shop_clerk": "member_id",
    "shop_gift": "member_id",
    "shop_invitation": "member_id",
    "sign_in": "member_id",
    "told_apart": "first_id second_id",
    "transfer": "debit_account_id credit_account_id",
    "visit": "member_id",
    "waiting_member": "member_id",
}
#: Why columns that point to a member are not told to him → table and columns.
NOT_TOLD = {
    "what somebody did in an office or at a counter: an act about others, told by the audit log and at their lines": {
        "activity": "made_by ended_by",
        "attendance": "added_by removed_by",
        "audit_entry": "actor_id answerable_id",
        "award_request": "requested_by decided_by",
        "bill": "taken_by",
        "budget_change": "changed_by",
        "budget_request": "requested_by decided_by",
        "campaign": "made_by",
        "charge": "clerk_id ended_by",
        "charge_flag": "seen_by",
        "consent": "recorded_by",
        "conversion_rate": "created_by",
        "desk_session": "coordinator_id",
        "goal": "set_by",
        "float_day": "coordinator_id reconciled_by",
        "float_opening": "coordinator_id",
        "honour": "given_by revoked_by",
        "join_code": "responsible_id created_by",
        "letter": "issued_by revoked_by",
        "member_import": "created_by",
        "member_merge": "merged_by undone_by",
        "merge_proposal": "proposed_by decided_by",
        "notice": "written_by ended_by",
        "odd_award": "seen_by",
        "redemption": "handed_over_by",
        "refused_heap": "seen_by",
        "redemption_return": "returned_by",
        "rented_home": "registered_by",
        "report": "handler_id",
        "report_reading": "handler_id reader_id",
        "report_step": "actor_id",
        "round": "opened_by judged_by",
        "settlement": "agreed_by paid_by closed_by",
        "settlement_payback": "recorded_by",
        "shop_deed": "awarded_by",
        "shop_gift": "clerk_id",
        "shop_invitation": "invited_by",
        "stock_movement": "actor_id",
        "tariff_rule": "created_by",
        "told_apart": "told_by",
        "transfer": "actor_id",
    },
    "a sum of what the statement tells line by line": {
        "lot": "account_id",
        "score": "member_id",
        "transfer_lot": "account_id",
    },
    "the number of the books under which the statement stands": {"account": "owner_id"},
    "answers to requests, kept so that none counts twice: what they did stands in the other tables": {
        "receipt": "actor_id",
    },
    "the other membership of somebody registered twice: the line itself is told": {"attendance": "merged_id"},
}
_LIKE_A_PERSON = re.compile(
    r"(.*_by|member_id|owner_id|actor_id|answerable_id|merged_id|reader_id|handler_id)$"
)


def pointers():
    """Every column that refers to a member or to an account, by a key or by its name."""
    found = set()
    for table in db.metadata.tables.values():
        for column in table.columns:
            keyed = any(key.column.table.name in {"member", "account"} for key in column.foreign_keys)
            named = isinstance(column.type, Identifier) and _LIKE_A_PERSON.match(column.name)
            if keyed or named:
                found.add((table.name, column.name))
    return found


def split(tables):
    return {(table, column) for table, columns in tables.items() for column in columns.split()}


def test_every_column_that_points_to_a_member_is_told_or_excepted_with_its_reason(app):
    excepted = [split(tables) for tables in NOT_TOLD.values()]
    listed = [split(TOLD), *excepted]
    known = set().union(*listed)
    assert sum(map(len, listed)) == len(known), "one place for each"
    assert sorted(pointers() - known) == [], "tell them in alliance/personal_tables.py, or say here why not"
    assert sorted(known - pointers()) == []


def test_the_export_reads_every_table_that_is_said_to_be_told_and_has_words_for_it(app, clock):
    read, member = [], people.member(squad_id=people.squad())
    db.session.rollback()

    def listen(_connection, _cursor, statement, *_more):
        read.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    with app.test_request_context():
        try:
            data = members.queries.personal_data(member.id)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listen)
        wordless = {
            word
            for table in data.tables
            for word in (table.code, f"{table.code}.why", f"{table.code}.long", *table.columns)
            if not isinstance(WORDS.get(word), LazyString)
        }
    asked = set(re.findall(r'(?:FROM|JOIN|,)\s+"?(\w+)"?', " ".join(read)))
    assert sorted(set(TOLD) - asked) == []
    assert wordless == set()


@pytest.mark.usefixtures("clock")
def test_what_the_desk_has_written_about_a_member_is_in_his_export(database_app):
    """On both engines: a bill to the cent, a home's tenants and term, an award that waits."""
    told.tariff()
    ledger.tariff_rule(code="rescue", points=150)
    desk, member = people.staff(), people.member("王小芳")
    told.bill(desk, member, amount_fen=12_305, receipt_number="A-77")
    home = {"address": "西苑 3 号楼 502", "term_from": date(2026, 11, 1), "term_until": date(2027, 10, 31)}
    reports.service.register_home(desk, key=new_id(), member_id=member.id, tenants=3, **home)
    points.service.award_deed(desk, key=new_id(), member_id=member.id, rule_code="rescue", memo="下河救人")
    with database_app.test_request_context():
        tables = members.queries.personal_data(member.id).as_json()["tables"]
    home, bill = tables["homes_and_bills"]
    assert (bill["amount"], bill["number"], bill["at"][:10]) == (
        "123.05",
        "A-77",
        core_clock.today().isoformat(),
    )
    assert (home["tenants"], home["from"], home["until"]) == (3, "2026-11-01", "2027-10-31")
    (asked,) = tables["award_requests"]
    assert (asked["memo"], asked["points"], asked["state"]) == ("下河救人", 150, "waiting")
