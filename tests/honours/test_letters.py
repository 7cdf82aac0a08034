"""Letters of encouragement: numbered without gaps, for others only, withdrawn once, and telling nothing private."""

from datetime import date, datetime
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

import honours.queries
import honours.service
import members.service
from core import audit, codes
from core.codes import Code, Kind
from core.db import db, new_id
from core.errors import DomainError, PermissionMissing
from core.receipts import KeyReused
from honours import rules
from honours.checks import INVARIANTS
from honours.errors import LetterRevoked, LetterTextInvalid, LetterUnknown, OwnLetter
from honours.models import Letter, LetterSeries
from honours.queries import Verdict
from members.errors import MemberSuspended, MemberUnknown
from tests.support import honours_builders as build
from tests.support import members_builders as people
from tests.support import planted
from tests.support.ledger_crew import at_once
from tests.support.planted import change, copy


@pytest.fixture
def cast(app, clock):
    return people.cast()


@pytest.fixture
def desk(cast):
    return people.actor(cast.coordinator)


def test_letters_are_numbered_through_the_year_of_the_programmes_zone(cast, desk, clock):
    assert [build.issue(desk, cast.owner.id).number for _ in range(2)] == ["2026-0001", "2026-0002"]
    clock.move_to(datetime.fromisoformat("2026-12-31T23:59:59+08:00"))
    assert build.issue(desk, cast.mate.id).number == "2026-0003"
    clock.move_to(datetime.fromisoformat("2027-01-01T00:00:00+08:00"))
    assert build.issue(desk, cast.mate.id).number == "2027-0001"


def test_one_key_issues_one_letter_and_not_another_one(cast, desk):
    key = new_id()
    wish = partial(honours.service.issue_letter, desk, key=key, occasion_zh=build.OCCASION)
    first, again = wish(member_id=cast.owner.id), wish(member_id=cast.owner.id)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(KeyReused):
        wish(member_id=cast.mate.id)
    assert len(honours.queries.letters().items) == 1


def test_nobody_thanks_himself_or_his_household(cast, desk):
    grandmother = people.managed(desk)
    for member_id in (cast.coordinator.id, grandmother.id):
        with pytest.raises(OwnLetter):
            build.issue(desk, member_id)
    assert build.issue(desk, cast.owner.id).number == "2026-0001", "a refusal takes no number"


def test_letters_go_to_members_only(cast, desk):
    with pytest.raises(MemberUnknown):
        build.issue(desk, new_id())
    members.service.suspend(people.SYSTEM, cast.mate.id, "test")
    with pytest.raises(MemberSuspended):
        build.issue(desk, cast.mate.id)


@pytest.mark.parametrize("who", ["owner", "auditor"])
def test_only_coordinators_issue_and_withdraw(cast, desk, who):
    actor, letter = people.actor(getattr(cast, who)), build.issue(desk, cast.owner.id)
    with pytest.raises(PermissionMissing):
        build.issue(actor, cast.mate.id)
    with pytest.raises(PermissionMissing):
        build.revoke(actor, letter)


@pytest.mark.parametrize(
    ("text", "reason"),
    [(" \n ", "empty"), ("好" * 301, "too_long"), ("好\u202e人", "characters"), ("好\x00人", "characters")],
)
def test_a_text_that_cannot_be_printed_is_refused_with_its_reason(text, reason):
    with pytest.raises(LetterTextInvalid) as refusal:
        rules.clean_occasions(text, "")
    assert (refusal.value.data["reason"], refusal.value.data["field"]) == (reason, "occasion_zh")


def test_a_text_is_kept_in_one_clean_paragraph():
    assert rules.clean_occasions(" 夜巡\r\n\r\n救火 ", "Cafe\u0301\t ok ") == ("夜巡 救火", "Café ok")


def test_whoever_checks_a_letter_learns_number_and_day_and_after_its_end_the_day_of_that(cast, desk, clock):
    letter = build.issue(desk, cast.owner.id)
    code = honours.queries.code_of(letter.id)
    assert honours.queries.verify(code) == Verdict("genuine", "2026-0001", date(2026, 11, 18))
    clock.tick(days=2)
    build.revoke(desk, letter)
    revoked = Verdict("revoked", "2026-0001", date(2026, 11, 18), date(2026, 11, 20))
    assert honours.queries.verify(code) == revoked
    stranger = codes.printed_code(codes.keyring(people.settings()), Kind.LETTER, new_id(), 1)
    assert honours.queries.verify(stranger) == Verdict("unknown")
    assert honours.queries.verify(Code(Kind.SHOP, "S" + code.text[1:])) == Verdict("unknown")


def test_a_letter_is_withdrawn_once_with_a_reason_that_stands_in_the_log(cast, desk):
    letter, key = build.issue(desk, cast.owner.id), new_id()
    with pytest.raises(LetterTextInvalid):
        build.revoke(desk, letter, reason=" ")
    build.revoke(desk, letter, key=key)
    build.revoke(desk, letter, key=key)
    with pytest.raises(LetterRevoked):
        build.revoke(desk, letter)
    with pytest.raises(LetterRevoked):
        honours.queries.letter_to_print(desk, letter.id)
    acts = audit.entries(subject_id=letter.id).items
    assert [each.action for each in acts] == ["letter.revoked", "letter.issued"]
    assert acts[0].data == {"number": "2026-0001", "reason": "发错了人"}


def test_a_letter_is_read_by_its_owner_and_staff_only(cast, desk):
    letter = build.issue(desk, cast.owner.id)
    for reader in (cast.owner, cast.auditor):
        assert honours.queries.letter_for(people.actor(reader), letter.id) == letter
    with pytest.raises(LetterUnknown):
        honours.queries.letter_for(people.actor(cast.mate), letter.id)


def test_letters_are_found_by_number_and_by_member(cast, desk):
    ours, theirs = build.issue(desk, cast.owner.id), build.issue(desk, cast.mate.id)
    for search, found in (
        (theirs.number, [theirs]),
        ("王小", [ours]),
        (str(cast.mate.number), [theirs]),
        ("2026-9999999", []),
        ("", [theirs, ours]),
    ):
        assert list(honours.queries.letters(search).items) == found
    first = honours.queries.letters(limit=1)
    assert list(honours.queries.letters(limit=1, cursor=first.next).items) == [ours]


def test_two_at_once_get_different_numbers_and_a_refusal_between_leaves_no_gap(database_app: Flask):
    """On both engines."""
    cast = people.cast()
    members.service.suspend(people.SYSTEM, cast.stranger.id, "test")
    desks = [people.actor(cast.coordinator), people.actor(cast.administrator)]
    works = [
        partial(honours.service.issue_letter, actor, key=new_id(), member_id=member_id, occasion_zh="救火")
        for member_id in (cast.owner.id, cast.stranger.id, cast.mate.id)
        for actor in desks
        for _ in range(2)
    ]
    results = at_once(database_app, works)
    numbers = sorted(each.body["number"] for each in results if not isinstance(each, DomainError))
    assert [each.partition("-")[2] for each in numbers] == [f"{place:04}" for place in range(1, 9)]
    db.session.rollback()
    assert db.session.scalar(sa.select(LetterSeries.last)) == 8
    assert planted.build.faults() == {}


def test_each_fault_is_found(database_app: Flask, clock):
    cast = people.cast()
    letter = build.issue(people.actor(cast.coordinator), cast.owner.id)
    build.issue(people.actor(cast.coordinator), cast.mate.id)
    db.session.rollback()
    planted.strip()
    faults = [
        (lambda _: change(LetterSeries, sa.true(), last=3), "letters are numbered without gaps"),
        (lambda _: copy(Letter, letter.id), "letters are numbered without gaps"),
        (
            lambda _: change(Letter, Letter.id == letter.id, year=2025),
            "letters stand in the series of their year",
        ),
        (
            lambda _: change(Letter, Letter.id == letter.id, issued_by=cast.owner.id),
            "nobody thanked himself by letter",
        ),
    ]
    planted.each_is_found(None, faults, INVARIANTS, (Letter, LetterSeries))
