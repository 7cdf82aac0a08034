"""What was entered by hand, and what still waits for a second person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db, execute
from core.fixed import Fixed, among
from core.paging import Page
from points.errors import AwardRequestUnknown
from points.models import BY_HAND, CLAIM, DECIDED, AwardRequest, TariffRule, Transfer
from points.queries.tariff import RULE, rule_of
from points.rules import MOST_AWARDS, Rule

#: So many waiting awards are looked at for one page of runs.
MOST_RUN_TOGETHER: Final = 1000


@dataclass(frozen=True, slots=True)
class PastEarning:
    """An earning that stands, or a shop's gift (whose rule is empty).

    `alone`: one person decided, by hand, at an activity, about a report (with a name or without) or a home, or at a
    shop's counter.
    """

    member_id: UUID
    rule_code: str
    points: int
    happened_at: datetime
    posted_at: datetime
    alone: bool


_undone = sa.orm.aliased(Transfer)
#: What one person decided and nobody had to agree to: an activity's award above a limit has its request.
_DECIDED_ALONE = sa.and_(
    sa.text(f"transfer.{DECIDED}"), ~sa.exists().where(AwardRequest.transfer_id == Transfer.id)
)
_RECENT = Fixed(
    sa.select(
        Transfer.credit_account_id.label("member_id"),
        sa.func.coalesce(TariffRule.code, "").label("rule_code"),
        Transfer.amount.label("points"),
        Transfer.happened_at,
        Transfer.posted_at,
        sa.or_(
            sa.and_(Transfer.subject_type == "award", Transfer.subject_id.is_(None)),
            _DECIDED_ALONE,
            Transfer.subject_type == CLAIM,
            Transfer.kind == "give",
        ).label("alone"),
    )
    .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
    .where(
        among(Transfer.credit_account_id, "members"),
        sa.or_(Transfer.kind == "earn", Transfer.kind == "give"),
        Transfer.posted_at >= sa.bindparam("since"),
        sa.or_(
            among(TariffRule.code, "codes"),
            Transfer.subject_type == "award",
            sa.text(f"transfer.{DECIDED}"),
            Transfer.subject_type == CLAIM,
            Transfer.kind == "give",
        ),
        ~sa.exists().where(_undone.reverses_id == Transfer.id),
    )
)


def recent_earnings(
    member_ids: Collection[UUID], rule_codes: Collection[str], since: datetime
) -> list[PastEarning]:
    """What these members have earned since (booked, aware) by these rules, and whatever a coordinator or a shop gave
    alone.

    Only sure while the members' accounts are locked.
    """
    rows: list[PastEarning] = execute(_RECENT, {"members": member_ids, "codes": rule_codes, "since": since})
    return rows


def given_alone(member_id: UUID, since: datetime) -> int:
    """Points that the member has got since (booked, aware) and for which one person stands alone, coordinators and
    shops together; as they stand now. Only sure while his account is locked.
    """
    return sum(each.points for each in recent_earnings([member_id], (), since) if each.alone)


def entered_alone(actor_id: UUID, since: datetime, member_id: UUID | None = None) -> int:
    """Points that the person has given since (booked, aware) and nobody had to second: by hand, at activities, for
    reports and homes; as they stand now. `member_id`: only those to this member.
    """
    undone = sa.orm.aliased(Transfer)
    total = sa.select(sa.func.coalesce(sa.func.sum(Transfer.amount), 0)).where(
        Transfer.actor_id == actor_id,
        Transfer.posted_at >= since,
        Transfer.kind == "earn",
        ~sa.exists().where(undone.reverses_id == Transfer.id),
    )
    if member_id is not None:
        total = total.where(Transfer.credit_account_id == member_id)
    by_hand = total.where(sa.text(f"transfer.{BY_HAND}"), Transfer.subject_id.is_(None))
    decided = total.where(_DECIDED_ALONE)
    return int(execute(sa.select(by_hand.scalar_subquery() + decided.scalar_subquery())).scalar_one())


def undone_awards(keys: Collection[UUID]) -> set[UUID]:
    """Those of the keys whose award was withdrawn, or called off while it waited for a second person."""
    if not keys:
        return set()
    undone = sa.orm.aliased(Transfer)
    # What was agreed to is booked under the key of the agreement.
    withdrawn = sa.select(Transfer.id).join(undone, undone.reverses_id == Transfer.id)
    found: set[UUID] = set()
    wanted = sorted(keys)
    for start in range(0, len(wanted), MOST_AWARDS):
        some = wanted[start : start + MOST_AWARDS]
        paid = sa.select(Transfer.receipt_key).join(undone, undone.reverses_id == Transfer.id)
        paid = paid.where(Transfer.receipt_key.in_(some), Transfer.kind == "earn")
        asked = sa.select(AwardRequest.key).where(
            AwardRequest.key.in_(some),
            sa.or_(AwardRequest.state == "cancelled", AwardRequest.transfer_id.in_(withdrawn)),
        )
        found.update(db.session.scalars(sa.union_all(paid, asked)))
    return found


def favourite_rules(actor_id: UUID, since: datetime, most: int = 6) -> list[str]:
    """Codes of the rules by which the person has awarded most often since (booked, aware), the first the most often."""
    times = sa.func.count()
    query = (
        sa.select(TariffRule.code)
        .select_from(Transfer)
        .join(TariffRule, TariffRule.id == Transfer.rule_id)
        .where(
            sa.text(f"transfer.{BY_HAND}"),
            Transfer.actor_id == actor_id,
            Transfer.posted_at >= since,
            Transfer.kind == "earn",
        )
        .group_by(TariffRule.code)
        .order_by(times.desc(), TariffRule.code)
        .limit(most)
    )
    return list(db.session.scalars(query))


# --- Requests --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRequestLine:
    """An award above a limit: `state` is "waiting", "agreed", "declined" or "cancelled"; times are UTC.

    `activity_id`: the member proved by its code that he was at this activity.
    """

    id: UUID
    member_id: UUID
    squad_id: UUID | None
    rule: Rule
    happened_at: datetime
    memo: str
    activity_id: UUID | None
    limit_passed: str
    requested_by: UUID
    requested_at: datetime
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    transfer_id: UUID | None

    @property
    def points(self) -> int:
        """What it pays when a second person agrees."""
        return self.rule.points


def award_requests(
    state: str = "waiting", *, cursor: str | None = None, limit: int = 50
) -> Page[AwardRequestLine]:
    """Requests in one state: those that wait oldest first, decided ones newest first. Raises `CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    waiting = state == "waiting"
    query = _requests().where(AwardRequest.state == state)
    query = query.order_by(AwardRequest.id if waiting else AwardRequest.id.desc()).limit(limit + 1)
    if cursor:
        last = _position(cursor)
        query = query.where(AwardRequest.id > last if waiting else AwardRequest.id < last)
    found = [_request(row) for row in db.session.execute(query)]
    more = paging.encode(str(found[limit - 1].id)) if len(found) > limit else None
    return Page(found[:limit], more)


def award_request(request_id: UUID, *, lock: bool = False) -> AwardRequestLine:
    """One request. `lock`: others who ask so wait until the transaction ends. Raises `AwardRequestUnknown`."""
    query = _requests().where(AwardRequest.id == request_id)
    if lock:
        query = query.with_for_update(of=AwardRequest)
    row = execute(query).one_or_none()
    if row is None:
        raise AwardRequestUnknown
    return _request(row)


def requests_by_id(request_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, AwardRequestLine]:
    """Those of the requests that there are, in whatever state; with `lock` locked in the order of their ids."""
    query = _requests().where(among(AwardRequest.id, "ids")).order_by(AwardRequest.id)
    if lock:
        query = query.with_for_update(of=AwardRequest)
    return {row.id: _request(row) for row in execute(query, {"ids": set(request_ids)})}


@dataclass(frozen=True, slots=True)
class AwardRun:
    """Awards that wait and belong together: the same deed with the same note, entered by one coordinator on one day.

    So an activity that was closed, a list, a squad and cards one after the other are each a run. `first` is the oldest,
    `last` the youngest.
    """

    first: AwardRequestLine
    last: AwardRequestLine
    count: int
    points: int


def waiting_runs(*, cursor: str | None = None, limit: int = 50) -> Page[AwardRun]:
    """What waits, run by run, the oldest first; a single award is a run of one. Raises `CursorInvalid`.

    A page looks at `MOST_RUN_TOGETHER` awards; of a run that is longer the next page tells again.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    query = _requests().where(AwardRequest.state == "waiting").order_by(AwardRequest.id)
    if cursor:
        query = query.where(AwardRequest.id > _position(cursor))
    lines = [_request(row) for row in db.session.execute(query.limit(MOST_RUN_TOGETHER + 1))]
    runs: dict[tuple[UUID, UUID, str, date], list[AwardRequestLine]] = {}
    last, more = None, len(lines) > MOST_RUN_TOGETHER
    for line in lines[:MOST_RUN_TOGETHER]:
        run = _run(line)
        if run not in runs and len(runs) == limit:
            more = True
            break
        runs.setdefault(run, []).append(line)
        last = line.id
    found = [
        AwardRun(each[0], each[-1], len(each), sum(line.points for line in each)) for each in runs.values()
    ]
    return Page(found, paging.encode(str(last)) if more else None)


def run_of(request_id: UUID) -> list[AwardRequestLine]:
    """All that still wait of the run to which a request belongs or belonged, the oldest first; at most 500.

    Raises `AwardRequestUnknown`.
    """
    one = award_request(request_id)
    requested_by, rule_id, memo, day = _run(one)
    query = _requests().where(
        AwardRequest.state == "waiting",
        AwardRequest.requested_by == requested_by,
        AwardRequest.rule_id == rule_id,
        AwardRequest.memo == memo,
        AwardRequest.requested_at >= clock.start_of(day),
        AwardRequest.requested_at < clock.start_of(day + timedelta(days=1)),
    )
    query = query.order_by(AwardRequest.id).limit(MOST_AWARDS)
    return [_request(row) for row in db.session.execute(query)]


def _run(line: AwardRequestLine) -> tuple[UUID, UUID, str, date]:
    return line.requested_by, line.rule.id, line.memo, clock.local_date(line.requested_at)


def awards_to_second(actor_id: UUID | None) -> int:
    """How many requests wait that this person may decide about: those that somebody else has entered."""
    query = sa.select(sa.func.count()).where(AwardRequest.state == "waiting")
    if actor_id is not None:
        query = query.where(AwardRequest.requested_by != actor_id, AwardRequest.member_id != actor_id)
    return int(db.session.execute(query).scalar_one())


def _position(cursor: str) -> UUID:
    (text,) = paging.decode(cursor, str)
    return paging.identifier(text)


def _requests() -> Any:
    columns = (column for column in AwardRequest.__table__.columns if column.key != "key")
    own = (column.label(f"rule_{column.key}") for column in RULE if column is not TariffRule.id)
    return sa.select(*columns, *own).join(TariffRule, TariffRule.id == AwardRequest.rule_id)


def _request(row: Any) -> AwardRequestLine:
    names = (name for name in AwardRequestLine.__dataclass_fields__ if name != "rule")
    return AwardRequestLine(rule=rule_of(row), **{name: getattr(row, name) for name in names})
