"""The only writer of transfers, lots and scores.

Lock first, decide on what was read under the lock, write once: `lock` gives the `Books` of some accounts, the caller
posts to them, `write` puts all of it into the database. `post`, `reverse` and `post_many` do the three steps for the
common cases. Everything joins the caller's `transaction()` and raises RuntimeError outside of one. SQLAlchemy Core with
cached statements, because this is on the path of every scan.

Locks: the rows of accounts that hold lots, in the order of their ids, and nothing that all scans share. The parts
of squads' scores are written in the order of their keys, last, so that two rounds that pay several members cannot wait
for each other in a circle.
"""

import functools
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import clock
from core.db import Model, db, dialect_name, execute, in_transaction
from core.fixed import Fixed, among
from core.receipts import KeyReused
from points import rules
from points.books import (
    AWARD,
    ESCROW,
    EXPIRED,
    ISSUED,
    NIL,
    OWED,
    REDEEMED,
    SETTLED,
    AccountRef,
    Booked,
    Books,
    Holding,
    Movement,
    ScoreChange,
    budget,
    member,
    merchant,
    mirror,
)
from points.errors import TransferReversed, TransferUnknown
from points.models import Account, KeptMonth, Lot, Score, SquadScore, Transfer, TransferLot
from points.rules import parts

__all__ = [
    "ESCROW",
    "EXPIRED",
    "ISSUED",
    "OWED",
    "REDEEMED",
    "SETTLED",
    "AccountRef",
    "Booked",
    "Books",
    "Movement",
    "budget",
    "find",
    "lock",
    "member",
    "merchant",
    "mirror",
    "parts",
    "post",
    "post_many",
    "require_not_reversed",
    "reverse",
    "write",
]

Item = TypeVar("Item")
#: Seasons that an earning counts for.
SEASONS = 4
#: What the scores of members and of squads add up.
_SUMS, _SQUAD_SUMS = ("points", "deeds"), ("points", "deeds", "by_hand")
#: Movements that `post_many` takes in hand at once.
_BATCH = 20_000


def _table(model: type[Model]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)  # noqa: S101 - tells the type checker what SQLAlchemy leaves open
    return table


_account, _lot, _score, _squad_score, _transfer, _transfer_lot = map(
    _table, (Account, Lot, Score, SquadScore, Transfer, TransferLot)
)
_count_known = Fixed(sa.select(sa.func.count(_account.c.id)).where(among(_account.c.id, "ids")))
_locked = Fixed(
    sa.select(_account.c.id, _account.c.owed)
    .where(among(_account.c.id, "ids"))
    .order_by(_account.c.id)
    .with_for_update(key_share=True)
)
_lots = Fixed(
    sa.select(_lot.c.account_id, _lot.c.expires_on, _lot.c.balance).where(among(_lot.c.account_id, "ids"))
)
_debit, _credit = _account.alias("debit"), _account.alias("credit")
_booked = Fixed(
    sa.select(_transfer, _debit.c.kind.label("debit_kind"), _credit.c.kind.label("credit_kind"))
    .join(_debit, _debit.c.id == _transfer.c.debit_account_id)
    .join(_credit, _credit.c.id == _transfer.c.credit_account_id)
    .where(_transfer.c.id == sa.bindparam("transfer"))
)
_booked_lots = Fixed(sa.select(_transfer_lot).where(_transfer_lot.c.transfer_id == sa.bindparam("transfer")))
_add_transfer = Fixed(sa.insert(_transfer))
_add_transfer_lot = Fixed(sa.insert(_transfer_lot))


# --- Lock, post, write -----------------------------------------------------------------------------------------------


def lock(accounts: Iterable[AccountRef], *, lots: bool = True) -> Books:
    """Lock the accounts that hold lots, in the order of their ids; open those that are not there yet.

    `lots`: read their lots too; needed by everything but earnings.
    """
    _require_transaction()
    wanted = {account.id: account for account in accounts if account.holds_lots}
    if len(wanted) > 1 and execute(_count_known, {"ids": wanted}).scalar() < len(wanted):
        # Before the first lock: who opens an account while he holds others may meet somebody who does the reverse.
        _open(list(wanted.values()))
    holdings = _lock_rows(wanted)
    if len(holdings) < len(wanted):
        _open(list(wanted.values()))
        holdings = _lock_rows(wanted)
    if lots and holdings:
        for row in execute(_lots, {"ids": holdings}):
            holdings[row.account_id].lots[row.expires_on] = row.balance
    return Books(holdings)


def write(books: Books) -> None:
    """Write what was posted to `books`. Raises `KeyReused` when the key has moved the same points before."""
    _require_transaction()
    try:
        if _is_one_earning(books) and dialect_name() == "postgresql":
            _write_one_earning(books)
        else:
            _write_all(books)
    except sa.exc.IntegrityError as error:
        raise _told_apart(error) from error


def post(*moves: Movement) -> list[UUID]:
    """Move points, all or nothing; the ids of the transfers, in order.

    Raises `AmountInvalid`, `PointsNotEnough`, `KeyReused`.
    """
    takes = any(move.debit.holds_lots for move in moves)
    books = lock((side for move in moves for side in (move.debit, move.credit)), lots=takes)
    ids = [books.post(move) for move in moves]
    write(books)
    return ids


def post_many(moves: Iterable[Movement]) -> int:
    """Book a history, oldest first: tens of thousands of movements in a few statements. Returns their number.

    Lots and scores come out as if each had been posted at its own `posted_at`. Same refusals as `post`; none of the
    tariff's caps are looked at. Sums of months that were kept before are counted anew.
    """
    count = 0
    for batch in _batches(moves, _BATCH):
        post(*batch)
        count += len(batch)
        changed = min(move.posted_on for move in batch)
        execute(sa.delete(KeptMonth).where(KeptMonth.month >= f"{changed:%Y-%m}"))
    return count


def reverse(original: Booked, *, key: UUID, actor_id: UUID, memo: str = "") -> UUID:
    """Undo a transfer by its mirror image and return the id of the reversal.

    Points that are already spent become owed; points that come back keep their old expiry date. Raises
    `TransferReversed`, `TransferNotReversible`, `AwardExpired`.
    """
    now = clock.now()
    move = mirror(
        original, key=key, actor_id=actor_id, memo=memo, posted_at=now, posted_on=clock.local_date(now)
    )
    books = lock((move.debit, move.credit))
    require_not_reversed(original.id)
    reversal_id = books.reverse(original, move)
    write(books)
    return reversal_id


# --- Read what is booked ---------------------------------------------------------------------------------------------


def find(transfer_id: UUID) -> Booked:
    """One transfer with the lots it touched. Raises `TransferUnknown`."""
    row = execute(_booked, {"transfer": transfer_id}).one_or_none()
    if row is None:
        raise TransferUnknown
    lots: dict[UUID, dict[Any, int]] = {}
    for part in execute(_booked_lots, {"transfer": transfer_id}):
        lots.setdefault(part.account_id, {})[part.expires_on] = part.change
    return Booked(
        id=row.id,
        kind=row.kind,
        debit=AccountRef(row.debit_kind, row.debit_account_id),
        credit=AccountRef(row.credit_kind, row.credit_account_id),
        amount=row.amount,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        rule_id=row.rule_id,
        squad_id=row.squad_id,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
        posted_on=clock.local_date(row.posted_at),
        expires_on=row.expires_on,
        reservation_id=row.reservation_id,
        receipt_key=row.receipt_key,
        actor_id=row.actor_id,
        memo=row.memo,
        lots=lots,
    )


def require_not_reversed(transfer_id: UUID) -> None:
    """Raise `TransferReversed` when the transfer was undone. Only sure while one of its accounts is locked."""
    if db.session.scalar(sa.select(_transfer.c.id).where(_transfer.c.reverses_id == transfer_id)) is not None:
        raise TransferReversed


# --- Steps -----------------------------------------------------------------------------------------------------------


def _require_transaction() -> None:
    if not in_transaction():
        raise RuntimeError("points are moved inside a transaction only")


def _told_apart(error: sa.exc.IntegrityError) -> Exception:
    text = str(error.orig)
    if "uq_transfer_once" in text or "transfer.receipt_key" in text:
        return KeyReused()
    if "reverses_id" in text:
        return TransferReversed()
    return error


def _lock_rows(ids: Collection[UUID]) -> dict[UUID, Holding]:
    return {row.id: Holding(row.owed) for row in execute(_locked, {"ids": ids})} if ids else {}


def _open(accounts: Sequence[AccountRef]) -> None:
    if not accounts:
        return
    # Somebody else may open the same account at the same time: then his row is as good as ours.
    rows = [
        {"id": account.id, "kind": account.kind, "owner_id": account.owner_id or account.id, "owed": 0}
        for account in sorted(accounts, key=lambda each: each.id)
    ]
    execute(_open_if_new(dialect_name()), rows)


def _write_all(books: Books) -> None:
    if books.owed_changes:
        change_owed = _update(_account, ("id",), ("owed",))
        execute(change_owed, [{"key_id": key, "by_owed": by} for key, by in books.owed_changes.items() if by])
    execute(_add_transfer, books.transfers)
    if books.transfer_lots:
        execute(_add_transfer_lot, books.transfer_lots)
    _write_lots(books)
    _write_scores(books)


def _write_lots(books: Books) -> None:
    more, less = [], []
    for (account_id, day), by in books.lot_changes.items():
        if by > 0:
            more.append({"account_id": account_id, "expires_on": day, "balance": by})
        elif by < 0:
            less.append({"key_account_id": account_id, "key_expires_on": day, "by_balance": by})
    if less:
        execute(_update(_lot, ("account_id", "expires_on"), ("balance",)), less)
    if more:
        execute(_upsert(dialect_name(), _lot, ("account_id", "expires_on"), ("balance",)), more)


def _write_scores(books: Books) -> None:
    members = sorted(books.scores.items(), key=_score_order)
    squads: dict[tuple[str, UUID, int], ScoreChange] = {}
    for (season, member_id, squad_id), change in members:
        if squad_id != NIL:
            squads.setdefault((season, squad_id, rules.shard(member_id)), ScoreChange()).add(change)
    _write_score_rows(_score, ("season", "member_id", "squad_id"), _SUMS, members)
    parts = sorted(squads.items(), key=_part_order)
    _write_score_rows(_squad_score, ("season", "squad_id", "shard"), _SQUAD_SUMS, parts)
    # After all the sums, and so with all rows locked: what others have booked by then is seen, what they book later
    # is later. Who withdraws the latest deed of a squad gives back the moment at which it reached its points, too.
    for (season, member_id, squad_id), change in members:
        if change.deeds < 0:
            _reach_again(season, member_id, squad_id)


def _reach_again(season: str, member_id: UUID, squad_id: UUID) -> None:
    """Set when a score was reached to the latest earning that still stands; without one it stays as it is."""
    undone = _transfer.alias("undone")
    latest = sa.select(sa.func.max(_transfer.c.posted_at)).where(
        _transfer.c.credit_account_id == member_id,
        _transfer.c.kind == "earn",
        sa.func.coalesce(_transfer.c.squad_id, NIL) == squad_id,
        ~sa.exists().where(undone.c.reverses_id == _transfer.c.id),
    )
    days = rules.season_days(season)
    if days is not None:
        first, after = map(clock.start_of, days)
        latest = latest.where(_transfer.c.posted_at >= first, _transfer.c.posted_at < after)
    own = (_score.c.season == season) & (_score.c.squad_id == squad_id)
    reached_at = sa.func.coalesce(latest.scalar_subquery(), _score.c.reached_at)
    execute(sa.update(_score).where(own, _score.c.member_id == member_id).values(reached_at=reached_at))
    if squad_id == NIL:
        return
    shard = rules.shard(member_id)
    in_shard = sa.cast(_score.c.member_id, sa.String).like(f"%{shard:x}")
    latest = sa.select(sa.func.max(_score.c.reached_at)).where(own, in_shard, _score.c.deeds > 0)
    part = (
        _squad_score.c.season == season,
        _squad_score.c.squad_id == squad_id,
        _squad_score.c.shard == shard,
    )
    reached_at = sa.func.coalesce(latest.scalar_subquery(), _squad_score.c.reached_at)
    execute(sa.update(_squad_score).where(*part).values(reached_at=reached_at))


def _score_order(score: tuple[tuple[str, UUID, UUID], ScoreChange]) -> tuple[str, int, int]:
    # Numbers compare ten times faster than UUIDs do, and a history has many.
    (season, member_id, squad_id), _change = score
    return season, member_id.int, squad_id.int


def _part_order(part: tuple[tuple[str, UUID, int], ScoreChange]) -> tuple[str, int, int]:
    (season, squad_id, shard), _change = part
    return season, squad_id.int, shard


def _write_score_rows(
    table: Any,
    keys: tuple[str, ...],
    sums: tuple[str, ...],
    changes: Iterable[tuple[tuple[Any, ...], ScoreChange]],
) -> None:
    names, values_of = (*keys, *sums, "reached_at"), attrgetter(*sums, "reached_at")
    rows = [dict(zip(names, (*key, *values_of(change)), strict=True)) for key, change in changes]
    earned = [row for row in rows if row["reached_at"] is not None and row["points"] >= 0]
    withdrawn = [row for row in rows if row["reached_at"] is None or row["points"] < 0]
    if earned:
        execute(_upsert(dialect_name(), table, keys, sums, latest="reached_at"), earned)
    if withdrawn:
        less = [
            {f"key_{key}": row[key] for key in keys} | {f"by_{name}": row[name] for name in sums}
            for row in withdrawn
        ]
        execute(_update(table, keys, sums), less)


# --- One earning, the path of every scan -----------------------------------------------------------------------------


def _is_one_earning(books: Books) -> bool:
    return [row["kind"] for row in books.transfers] == ["earn"] and len(books.scores) == SEASONS


def _write_one_earning(books: Books) -> None:
    """The same four writes as one statement: on PostgreSQL each round trip costs more than the writing itself."""
    row = books.transfers[0]
    (account_id, day), points = next(iter(books.lot_changes.items()))
    values = {f"new_{name}": value for name, value in row.items()}
    values |= {
        "new_account_id": account_id,
        "new_expires_on": day,
        "new_points": points,
        "new_score_squad_id": row["squad_id"] or NIL,
        "new_shard": rules.shard(account_id),
    }
    values |= {f"season_{number}": season for number, (season, _, _) in enumerate(sorted(books.scores))}
    statement = _one_earning(row["squad_id"] is not None)
    execute(statement, values)


@functools.cache
def _one_earning(in_squad: bool) -> Fixed:
    transfer = sa.insert(_transfer).values({column.name: _new(column) for column in _transfer.c})
    lot = _summing(
        postgresql.insert(_lot).values(
            account_id=_new(_lot.c.account_id),
            expires_on=_new(_lot.c.expires_on),
            balance=_new(_lot.c.balance, "points"),
        ),
        ("account_id", "expires_on"),
        ("balance",),
    )
    squad_id = _new(_score.c.squad_id, "score_squad_id")
    score = _score_in_all_seasons(
        _score, {"member_id": _new(_score.c.member_id, "account_id"), "squad_id": squad_id}
    )
    if not in_squad:
        return Fixed(score.add_cte(transfer.cte("new_transfer"), lot.cte("new_lot")))
    squad_score = _score_in_all_seasons(
        _squad_score,
        {"squad_id": squad_id, "shard": _new(_squad_score.c.shard)},
        {"by_hand": sa.case((_new(_transfer.c.subject_type) == AWARD, 1), else_=0)},
    )
    return Fixed(
        squad_score.add_cte(transfer.cte("new_transfer"), lot.cte("new_lot"), score.cte("new_score"))
    )


def _score_in_all_seasons(table: sa.Table, keys: dict[str, Any], sums: dict[str, Any] | None = None) -> Any:
    names = (sa.bindparam(f"season_{number}", type_=sa.String()) for number in range(SEASONS))
    seasons = sa.union_all(*(sa.select(name.label("season")) for name in names)).subquery("seasons")
    row = {
        "season": seasons.c.season,
        **keys,
        "points": _new(table.c.points),
        "deeds": sa.literal_column("1"),
        **(sums or {}),
        "reached_at": _new(table.c.reached_at, "posted_at"),
    }
    statement = postgresql.insert(table).from_select(list(row), sa.select(*row.values()))
    return _summing(statement, ("season", *keys), (*_SUMS, *(sums or {})), latest="reached_at")


def _new(column: Any, name: str = "") -> Any:
    return sa.bindparam(f"new_{name or column.name}", type_=column.type)


# --- Statements ------------------------------------------------------------------------------------------------------


def _inserter(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@functools.cache
def _open_if_new(dialect: str) -> Fixed:
    return Fixed(_inserter(dialect)(_account).on_conflict_do_nothing())


@functools.cache
def _upsert(
    dialect: str, table: Any, keys: tuple[str, ...], sums: tuple[str, ...], latest: str = ""
) -> Fixed:
    return Fixed(_summing(_inserter(dialect)(table), keys, sums, latest))


def _summing(statement: Any, keys: tuple[str, ...], sums: tuple[str, ...], latest: str = "") -> Any:
    """`statement`, an insert, made to add to `sums` of the row that is there and to keep the later `latest`."""
    stored, offered = statement.table.c, statement.excluded
    new: dict[str, Any] = {name: stored[name] + offered[name] for name in sums}
    if latest:
        new[latest] = sa.case((stored[latest] > offered[latest], stored[latest]), else_=offered[latest])
    return statement.on_conflict_do_update(index_elements=list(keys), set_=new)


@functools.cache
def _update(table: Any, keys: tuple[str, ...], sums: tuple[str, ...]) -> Fixed:
    """Add `by_…` to `sums` of the rows named by `key_…`; the table's CHECKs refuse what would fall below zero."""
    found = [table.c[key] == sa.bindparam(f"key_{key}", type_=table.c[key].type) for key in keys]
    new = {name: table.c[name] + sa.bindparam(f"by_{name}", type_=table.c[name].type) for name in sums}
    return Fixed(sa.update(table).where(*found).values(new))


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
