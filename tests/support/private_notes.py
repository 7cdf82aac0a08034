"""What the desk and the shops write about people in passing, each with words of its own that stand nowhere else.

`plant` fills every column of free text that `columns` finds and that is not meant for everybody, by the use case where
words follow rules of state, and in the table where they do not.
"""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

import activities.service
import members.service
import notices.service
import points.service
import reports.service
import rewards.service
from core import clock, refused_heaps, refused_scans
from core.auth import Actor
from core.db import db, new_id, transaction
from members.queries import MemberFacts
from rewards.models import Reward
from tests.support import activities_builders as doings
from tests.support import honours_builders as letters
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import notices_builders as news
from tests.support import points_builders as books
from tests.support import reports_builders as telling

#: Shorter texts are names and words of a list.
_LEAST_LENGTH = 80
_NAMES_OF_NOTES = {
    "reason",
    "note",
    "memo",
    "answer",
    "contact_name",
    "passed_to",
    "responsible",
    "reference",
}
#: Columns in which any row may be given any words.
_SET = (
    "award_request.memo",
    "award_request.reason",
    "budget_change.reason",
    "budget_request.answer",
    "budget_request.reason",
    "charge.reason",
    "charge_flag.note",
    "merchant.contact_name",
    "merge_proposal.answer",
    "merge_proposal.reason",
    "round.judge_reason",
    "settlement.agreed_note",
    "settlement.reference",
    "shop_deed.note",
    "shop_gift.reason",
)


def columns() -> set[str]:
    """All columns of free text, as "table.column"."""
    return {
        f"{table.name}.{column.name}"
        for table in db.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.String)
        and ((column.type.length or 0) >= _LEAST_LENGTH or column.name in _NAMES_OF_NOTES)
    }


def words(column: str) -> str:
    """What is written there, and nowhere else."""
    return f"密{column}密"


def plant(desk: Actor, victim: MemberFacts) -> dict[str, str]:
    """Write something into each, about the victim; label → words."""
    _awards_and_people(desk, victim)
    _reports(desk, people.actor(victim))
    _money(desk, victim)
    _thanks(desk, victim)
    _scans(desk, victim)
    _doings(desk)
    shops.a_shop("申请小店", admitted=False)
    with transaction():
        for each in _SET:
            name, _, column = each.partition(".")
            table = db.metadata.tables[name]
            assert db.session.execute(sa.update(table).values({column: words(each)})).rowcount, each
    refused = refused_scans.lines(refused_scans.Wanted(clock.now() - timedelta(days=1))).items[0]
    # The last act in the log, so that it stands on its first page.
    members.service.suspend(desk, people.member("亥停权").id, words("reason of a suspension"))
    return {each: words(each) for each in _PLANTED} | {"refused scan of a member": str(refused.id)}


def _awards_and_people(desk: Actor, victim: MemberFacts) -> None:
    books.tariff_rule(code="noted", points=3)
    given = points.service.award_deed(
        desk, key=new_id(), member_id=victim.id, rule_code="noted", memo=words("transfer.memo")
    )
    points.service.withdraw_award(
        desk,
        key=new_id(),
        transfer_id=UUID(given.body["transfer_id"]),
        reason=words("reason of a withdrawal"),
    )
    people.merge(desk, people.member("申重复"), victim, reason=words("member_merge.reason"))
    odd_award(desk, victim)


def odd_award(desk: Actor, victim: MemberFacts) -> None:
    """A pattern that somebody has looked at. The keeper removes it when it looks anew."""
    row = {
        "id": new_id(),
        "pattern": "pair:x",
        "kind": "pair",
        "people": [str(victim.id)],
        "times": 9,
        "points": 9,
    }
    seen = {"seen_at": clock.now(), "seen_by": desk.id, "note": words("odd_award.note")}
    _insert("odd_award", **row, last_at=clock.now(), found_at=clock.now(), **seen)


def _reports(desk: Actor, victim: Actor) -> None:
    """One as everybody at the desk reads it, and a confidential one that another coordinator has in hand."""
    open_one, closed_one = telling.told(victim), telling.told(victim, "scam")
    for report_id, which in ((open_one, "report"), (closed_one, "confidential report")):
        telling.take(desk, report_id)
        note, public = words(f"note on a {which}"), words(f"answer to a {which}")
        telling.step(desk, report_id, "add_note", note=note, public_note=public)
    deadline = clock.today() + timedelta(days=3)
    telling.step(
        desk,
        open_one,
        "keep_hazard",
        responsible=words("report.responsible"),
        deadline=deadline,
        recheck_on=deadline,
    )
    telling.step(desk, open_one, "pass_on", passed_to=words("report.passed_to"))
    reports.service.open_words(people.staff(name="申同事"), closed_one, words("report_reading.reason"))


def _money(desk: Actor, victim: MemberFacts) -> None:
    """A till with a note at opening and at closing, a receipt and a home that were struck out."""
    clerk = people.staff(name="酉同事")
    reports.service.open_float(clerk, key=new_id(), opening_fen=700, note=words("float_opening.note"))
    bill = telling.bill(clerk, victim)
    reports.service.void_bill(
        clerk, key=new_id(), bill_id=UUID(bill["bill_id"]), reason=words("bill.void_reason")
    )
    reports.service.reconcile_float(clerk, key=new_id(), handed_over_fen=0, note=words("float_day.note"))
    today = clock.today()
    home = reports.service.register_home(
        desk,
        key=new_id(),
        address="申字胡同",
        term_from=today,
        term_until=today + timedelta(days=30),
        member_id=victim.id,
    )
    home_id = UUID(home.body["home_id"])
    reports.service.void_home(desk, key=new_id(), home_id=home_id, reason=words("rented_home.void_reason"))


def _thanks(desk: Actor, victim: MemberFacts) -> None:
    letter = letters.issue(desk, victim.id, occasion_zh="另一封")
    letters.revoke(desk, letter, reason=words("letter.reason"))
    given = {
        "title": "star",
        "period": "2025",
        "squad_id": victim.squad_id,
        "member_id": victim.id,
        "figures": {},
    }
    now = clock.now()
    taken_back = {"revoked_by": desk.id, "revoked_at": now, "reason": words("honour.reason")}
    _insert("honour", id=new_id(), **given, given_by=desk.id, given_at=now, **taken_back)
    # Of the reward whose page is asked for: the first one.
    reward_id = db.session.scalar(sa.select(Reward.id).order_by(Reward.id).limit(1))
    db.session.rollback()
    rewards.service.receive_stock(
        desk, key=new_id(), reward_id=reward_id, count=1, note=words("stock_movement.note")
    )


def _scans(desk: Actor, victim: MemberFacts) -> None:
    """Refused scans, and what was said about them."""
    with transaction():
        for _ in range(20):
            more = {"kind": "C", "reason": "plate_replaced", "code_digest": None, "device_digest": None}
            refused_scans.note(new_id(), victim.id, **more)
    (heap,) = refused_heaps.heaps(clock.now() - timedelta(hours=1), 20)
    with transaction():
        refused_heaps.put_away(heap, until=clock.now(), by=desk.id, reason=words("refused_heap.reason"))


def _doings(desk: Actor) -> None:
    line = doings.activity(desk)
    gone = people.member("戌走错")
    doings.attend(people.actor(gone), line)
    activities.service.take_off(
        desk, line.number, key=new_id(), member_id=gone.id, reason=words("attendance.reason")
    )
    notice_id = news.send(desk, title_zh="收回的通知")
    notices.service.withdraw(desk, key=new_id(), notice_id=notice_id, reason=words("notice.reason"))


def _insert(table: str, **values: object) -> None:
    with transaction():
        db.session.execute(sa.insert(db.metadata.tables[table]).values(**values))


#: All that is planted; of some columns several, which differ in who may see them.
_PLANTED = (
    *_SET,
    "attendance.reason",
    "bill.void_reason",
    "float_day.note",
    "float_opening.note",
    "honour.reason",
    "letter.reason",
    "member_merge.reason",
    "notice.reason",
    "odd_award.note",
    "refused_heap.reason",
    "rented_home.void_reason",
    "report.passed_to",
    "report.responsible",
    "report_reading.reason",
    "stock_movement.note",
    "transfer.memo",
    "answer to a confidential report",
    "answer to a report",
    "note on a confidential report",
    "note on a report",
    "reason of a suspension",
    "reason of a withdrawal",
)
