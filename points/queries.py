"""Reads about points: balances, statements, single transfers, the tariff."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, paging
from core.db import db
from core.paging import Page
from points import rules
from points.books import ESCROW
from points.books import budget as budget_account
from points.errors import TransferUnknown
from points.models import Account, Lot, Score, TariffRule, Transfer, TransferLot
from points.rules import CATEGORIES, PATROL_RULE, Rule, read_amount

__all__ = ["CATEGORIES", "PATROL_RULE", "Rule", "read_amount"]

_RULE = (
    TariffRule.id,
    TariffRule.code,
    TariffRule.version,
    TariffRule.name_zh,
    TariffRule.name_en,
    TariffRule.category,
    TariffRule.points,
    TariffRule.daily_cap,
    TariffRule.weekly_cap,
    TariffRule.valid_from,
    TariffRule.valid_until,
)


# --- Balance ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LotLine:
    """Points that can be spent up to and including `expires_on`."""

    expires_on: date
    points: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account holds today. `owed` is what the next points will repay."""

    balance: int
    owed: int
    lots: tuple[LotLine, ...]

    @property
    def next_to_expire(self) -> LotLine | None:
        """The points that expire first."""
        return self.lots[0] if self.lots else None


def balance(account_id: UUID) -> int:
    """What a member or merchant can spend today; 0 for an account without points."""
    return sum(lot.points for lot in lots(account_id))


def budget(merchant_id: UUID) -> int:
    """What a shop may still give to members; 0 when it has no budget. Its account: `points.ledger.budget`."""
    return balance(budget_account(merchant_id).id)


def lots(account_id: UUID) -> tuple[LotLine, ...]:
    """The points that can be spent today by expiry date, the earliest first."""
    query = (
        sa.select(Lot.expires_on, Lot.balance)
        .where(Lot.account_id == account_id, Lot.balance > 0, Lot.expires_on >= clock.today())
        .order_by(Lot.expires_on)
    )
    return tuple(LotLine(row.expires_on, row.balance) for row in db.session.execute(query))


def holdings(account_id: UUID) -> Holdings:
    """Balance, lots and debt of an account."""
    held = lots(account_id)
    owed = db.session.scalar(sa.select(Account.owed).where(Account.id == account_id)) or 0
    return Holdings(sum(lot.points for lot in held), owed, held)


# --- Statement -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of an account's statement: `points` is signed. `reverses_kind`: what a reversal took back.

    `reversed_by` is the reversal that took this line back, None when it stands.
    """

    id: UUID
    kind: str
    points: int
    happened_at: datetime
    posted_at: datetime
    rule: Rule | None
    subject_type: str
    subject_id: UUID | None
    expires_on: date | None
    memo: str
    reverses_id: UUID | None
    reverses_kind: str | None
    reversed_by: UUID | None
    other_id: UUID
    squad_id: UUID | None
    receipt_key: UUID
    actor_id: UUID

    @property
    def withdrawable(self) -> bool:
        """Whether the desk may still take it back: an award that stands and has not expired."""
        unexpired = self.expires_on is None or self.expires_on >= clock.today()
        return self.kind == "earn" and self.reversed_by is None and unexpired


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line with the lots that it changed (signed), for the page behind it."""

    line: StatementLine
    lots: tuple[LotLine, ...]
    follow_ups: tuple[StatementLine, ...]


def statement(account_id: UUID, *, cursor: str | None = None, limit: int = 50) -> Page[StatementLine]:
    """What came in and went out, the newest first. Raises `core.paging.CursorInvalid`."""
    limit = max(1, min(limit, paging.MOST_ITEMS))
    before = _position(cursor) if cursor else None
    sides = [
        _side(account_id, Transfer.credit_account_id, before, limit + 1),
        _side(account_id, Transfer.debit_account_id, before, limit + 1),
    ]
    both = sa.union_all(*(sa.select(side.subquery().c.id) for side in sides)).subquery()
    rows = _lines(account_id, Transfer.id.in_(sa.select(both.c.id)), limit + 1)
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = paging.encode(last.posted_at.isoformat(), str(last.id))
    return Page(rows[:limit], more)


def find_transfer(account_id: UUID, transfer_id: UUID) -> Receipt:
    """One line of an account's statement. Raises `TransferUnknown`, also for somebody else's transfer."""
    mine = sa.or_(Transfer.credit_account_id == account_id, Transfer.debit_account_id == account_id)
    found = _lines(account_id, sa.and_(Transfer.id == transfer_id, mine), 1)
    if not found:
        raise TransferUnknown
    line = found[0]
    same_key = sa.and_(mine, Transfer.receipt_key == line.receipt_key, Transfer.id != transfer_id)
    changes = db.session.execute(
        sa.select(TransferLot.expires_on, TransferLot.change)
        .where(TransferLot.transfer_id == transfer_id, TransferLot.account_id == account_id)
        .order_by(TransferLot.expires_on)
    )
    touched = tuple(LotLine(row.expires_on, row.change) for row in changes)
    if line.expires_on is not None and line.points > 0:
        touched = (LotLine(line.expires_on, line.points),)
    return Receipt(line, touched, tuple(_lines(account_id, same_key, paging.MOST_ITEMS)))


def owner_of(transfer_id: UUID) -> UUID:
    """Whose statement shows this earning. Raises `TransferUnknown`."""
    owner = db.session.scalar(
        sa.select(Transfer.credit_account_id).where(Transfer.id == transfer_id, Transfer.kind == "earn")
    )
    if owner is None:
        raise TransferUnknown
    return owner


def _position(cursor: str) -> tuple[datetime, UUID]:
    posted_at, transfer_id = paging.decode(cursor, str, str)
    try:
        at = datetime.fromisoformat(posted_at)
        if at.tzinfo is None:
            raise paging.CursorInvalid(field="cursor")
        return at.astimezone(UTC), UUID(transfer_id)
    except (ValueError, OverflowError) as error:
        raise paging.CursorInvalid(field="cursor") from error


def _side(account_id: UUID, column: Any, before: tuple[datetime, UUID] | None, limit: int) -> Any:
    query = sa.select(Transfer.id).where(column == account_id)
    if column is Transfer.debit_account_id:
        # Spelled out, not bound: only so can the index without earnings be used.
        query = query.where(sa.text("kind <> 'earn'"))
    if before is not None:
        at, transfer_id = before
        earlier = sa.or_(Transfer.posted_at < at, Transfer.id < transfer_id)
        query = query.where(Transfer.posted_at <= at, earlier)
    return query.order_by(Transfer.posted_at.desc(), Transfer.id.desc()).limit(limit)


def _lines(account_id: UUID, condition: Any, limit: int) -> list[StatementLine]:
    original, undone = sa.orm.aliased(Transfer), sa.orm.aliased(Transfer)
    query = (
        sa.select(
            *Transfer.__table__.columns,
            *(column.label(f"rule_{column.key}") for column in _RULE if column is not TariffRule.id),
            original.kind.label("reverses_kind"),
            undone.id.label("reversed_by"),
        )
        .outerjoin(TariffRule, TariffRule.id == Transfer.rule_id)
        .outerjoin(original, original.id == Transfer.reverses_id)
        .outerjoin(undone, undone.reverses_id == Transfer.id)
        .where(condition)
        .order_by(Transfer.posted_at.desc(), Transfer.id.desc())
        .limit(limit)
    )
    return [_line(account_id, row) for row in db.session.execute(query)]


def _line(account_id: UUID, row: Any) -> StatementLine:
    credited = row.credit_account_id == account_id
    return StatementLine(
        id=row.id,
        kind=row.kind,
        points=row.amount if credited else -row.amount,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
        rule=_rule_behind(row) if row.rule_id else None,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        expires_on=row.expires_on,
        memo=row.memo,
        reverses_id=row.reverses_id,
        reverses_kind=row.reverses_kind,
        reversed_by=row.reversed_by,
        other_id=row.debit_account_id if credited else row.credit_account_id,
        squad_id=row.squad_id,
        receipt_key=row.receipt_key,
        actor_id=row.actor_id,
    )


def _rule_behind(row: Any) -> Rule:
    values = {
        column.key: getattr(row, f"rule_{column.key}") for column in _RULE if column is not TariffRule.id
    }
    return Rule(id=row.rule_id, **values)


# --- Earned ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Earned:
    """Points and deeds of a season, over all squads that the member was in."""

    points: int
    deeds: int


def earned(member_id: UUID, season: str) -> Earned:
    """What a member has earned in a season such as `W2026-47`, `M2026-11`, `Y2026` or `ALL`."""
    query = sa.select(
        sa.func.coalesce(sa.func.sum(Score.points), 0), sa.func.coalesce(sa.func.sum(Score.deeds), 0)
    ).where(Score.season == season, Score.member_id == member_id)
    points, deeds = db.session.execute(query).one()
    return Earned(int(points), int(deeds))


# --- Shops -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One movement for which a shop is owed money, or (negative, with `original_id`) owes it back.

    `kind` is "charge", "voucher" or "refund"; times are UTC. `original_posted_at` is when the shop took what a refund
    gives back; of a payment its own time.
    """

    transfer_id: UUID
    merchant_id: UUID
    kind: str
    points: int
    posted_at: datetime
    original_id: UUID | None
    original_posted_at: datetime


def takings(merchant_ids: Collection[UUID] | None, start: datetime, end: datetime) -> list[Taking]:
    """What these shops (None: all) took from `start` up to, not including, `end`, less what was given back; by time."""
    found = takings_select(merchant_ids, start, end).subquery()
    query = sa.select(found).order_by(found.c.posted_at, found.c.transfer_id)
    return [Taking(**row) for row in db.session.execute(query).mappings()]


def takings_select(
    merchant_ids: Collection[UUID] | None, start: datetime, end: datetime
) -> sa.CompoundSelect[Any]:
    """The columns of `Taking` as a SELECT, for an INSERT of many thousand rows that never leave the database."""
    paid, back, original = (sa.orm.aliased(Transfer) for _ in range(3))
    took = sa.select(
        paid.id.label("transfer_id"),
        paid.credit_account_id.label("merchant_id"),
        sa.case((paid.subject_type == "redemption", "voucher"), else_="charge").label("kind"),
        paid.amount.label("points"),
        paid.posted_at.label("posted_at"),
        sa.cast(sa.null(), paid.id.type).label("original_id"),
        paid.posted_at.label("original_posted_at"),
    ).where(paid.kind == "pay", paid.posted_at >= start, paid.posted_at < end)
    gave_back = (
        sa.select(
            back.id,
            back.debit_account_id,
            sa.literal("refund"),
            -back.amount,
            back.posted_at,
            original.id,
            original.posted_at,
        )
        .join(original, original.id == back.reverses_id)
        .where(original.kind == "pay", back.posted_at >= start, back.posted_at < end)
    )
    if merchant_ids is None:
        # All of it passes through escrow, whose movements the indexes hold by time.
        took = took.where(paid.debit_account_id == ESCROW.id, _not_earned(paid))
        gave_back = gave_back.where(back.credit_account_id == ESCROW.id)
    else:
        took = took.where(paid.credit_account_id.in_(merchant_ids))
        gave_back = gave_back.where(back.debit_account_id.in_(merchant_ids), _not_earned(back))
    return sa.union_all(took, gave_back)


def _not_earned(transfer: Any) -> sa.ColumnElement[bool]:
    # Written out, not bound: only so can the index without earnings be used.
    not_earned: sa.ColumnElement[bool] = transfer.kind != sa.literal_column("'earn'")
    return not_earned


def merchant_earned(merchant_id: UUID) -> int:
    """Points that a shop has earned by good deeds of its own; what it stands for, whether or not it still has them."""
    return merchants_earned([merchant_id]).get(merchant_id, 0)


def merchants_earned(merchant_ids: Collection[UUID]) -> dict[UUID, int]:
    """Shop → points earned by its good deeds; shops without any are left out."""
    undone = sa.orm.aliased(Transfer)
    query = (
        sa.select(Transfer.credit_account_id, sa.func.sum(Transfer.amount))
        .outerjoin(undone, undone.reverses_id == Transfer.id)
        .where(Transfer.credit_account_id.in_(merchant_ids), Transfer.kind == "earn", undone.id.is_(None))
        .group_by(Transfer.credit_account_id)
    )
    return {merchant_id: int(earned) for merchant_id, earned in db.session.execute(query)}


# --- Tariff ----------------------------------------------------------------------------------------------------------


def rule(code: str, on: date) -> Rule | None:
    """The rule with this code as it is in force on a day (programme zone), or None."""
    if not rules.is_rule_code(code):
        return None
    query = (
        sa.select(*_RULE)
        .where(TariffRule.code == code, TariffRule.valid_from <= on)
        .order_by(TariffRule.version.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or (row.valid_until is not None and row.valid_until <= on):
        return None
    return _rule(row)


def rules_on(on: date) -> list[Rule]:
    """The tariff in force on a day, by category, then points, then code."""
    newest: dict[str, Rule] = {}
    query = sa.select(*_RULE).where(TariffRule.valid_from <= on).order_by(TariffRule.version)
    for row in db.session.execute(query):
        newest[row.code] = _rule(row)
    in_force = (each for each in newest.values() if each.valid_until is None or on < each.valid_until)
    return sorted(in_force, key=lambda each: (rules.CATEGORIES.index(each.category), each.points, each.code))


def all_rules() -> dict[str, list[Rule]]:
    """code → all versions, the newest first; by category and code."""
    query = sa.select(*_RULE).order_by(TariffRule.code, TariffRule.version.desc())
    found: dict[str, list[Rule]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.code, []).append(_rule(row))
    order = sorted(found, key=lambda code: (rules.CATEGORIES.index(found[code][0].category), code))
    return {code: found[code] for code in order}


def rule_versions(code: str) -> list[Rule]:
    """All versions of a rule, the newest first; empty for an unknown code."""
    if not rules.is_rule_code(code):
        return []
    query = sa.select(*_RULE).where(TariffRule.code == code).order_by(TariffRule.version.desc())
    return [_rule(row) for row in db.session.execute(query)]


def _rule(row: Any) -> Rule:
    return Rule(**{column.key: getattr(row, column.key) for column in _RULE})


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides about one award: the rule, how often it has paid this member, what the member has now."""

    rule: Rule
    on_day: int
    in_week: int
    balance: int


def terms(member_id: UUID, code: str, day: date) -> Terms | None:
    """The terms for a deed of `day` in one statement; None when no version of the rule began by then.

    Counts are only sure while the member's account is locked.
    """
    monday = day - timedelta(days=day.weekday())
    values = {
        "member": member_id,
        "code": code,
        "day": day,
        "today": clock.today(),
        "day_start": clock.start_of(day),
        "day_end": clock.start_of(day + timedelta(days=1)),
        "week_start": clock.start_of(monday),
        "week_end": clock.start_of(monday + timedelta(days=7)),
    }
    row = db.session.connection().execute(_TERMS, values).one_or_none()
    if row is None:
        return None
    # PostgreSQL sums bigint columns as numeric.
    return Terms(_rule(row), row.on_day, row.in_week, int(row.balance))


def _paid_between(start: str, end: str) -> sa.ColumnElement[int]:
    version, undone = sa.orm.aliased(TariffRule), sa.orm.aliased(Transfer)
    begin = sa.bindparam(start, type_=Transfer.posted_at.type)
    return (
        sa.select(sa.func.count())
        .select_from(Transfer)
        .join(version, version.id == Transfer.rule_id)
        .where(
            Transfer.credit_account_id == sa.bindparam("member"),
            Transfer.kind == "earn",
            version.code == sa.bindparam("code"),
            # Nothing is booked before it happens, so the index by time of booking finds all of them.
            Transfer.posted_at >= begin,
            Transfer.happened_at >= begin,
            Transfer.happened_at < sa.bindparam(end, type_=Transfer.posted_at.type),
            ~sa.exists().where(undone.reverses_id == Transfer.id),
        )
        .scalar_subquery()
    )


def _capped(cap: Any, count: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((cap.is_not(None), count), else_=0)


_TERMS = (
    sa.select(
        *_RULE,
        _capped(TariffRule.daily_cap, _paid_between("day_start", "day_end")).label("on_day"),
        _capped(TariffRule.weekly_cap, _paid_between("week_start", "week_end")).label("in_week"),
        sa.select(sa.func.coalesce(sa.func.sum(Lot.balance), 0))
        .where(Lot.account_id == sa.bindparam("member"), Lot.expires_on >= sa.bindparam("today"))
        .scalar_subquery()
        .label("balance"),
    )
    .where(TariffRule.code == sa.bindparam("code"), TariffRule.valid_from <= sa.bindparam("day"))
    .order_by(TariffRule.version.desc())
    .limit(1)
)
