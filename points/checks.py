"""The books, checked against each other: `flask points check`.

Each invariant is one named query whose every row is a fault; on clean books it gives none. Packages that stand above
this one have invariants of their own, which the assembler adds by `also_check`. The database's constraints
refuse the same faults first; here they are looked for all the same, because constraints can be dropped, backups can be
mended by hand and code can be wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

import members.queries
from core import clock
from core.db import db
from core.seals import Audited
from points import recount
from points.rules import LARGEST_AMOUNT, LARGEST_SUM
from points.triggers import PROGRAMME_ACCOUNTS, RECEIPT_LIVES_DAYS

#: Tables that nobody may change, for the audit log to seal (core/seals.py).
AUDITED = (
    Audited("transfer", "posted_at"),
    Audited("transfer_lot", "posted_at", of="transfer_id"),
    Audited("tariff_rule", "created_at"),
    Audited("receipt", "created_at", lives=timedelta(days=RECEIPT_LIVES_DAYS)),
)
#: Faulty rows that are named for one invariant; the rest are only counted.
MOST_NAMED = 20
#: Clocks of several machines may differ by so much.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant: how many rows break it, and the first of them in words."""

    name: str
    faults: int
    rows: tuple[str, ...]


#: What is stored in each lot against what the transfers tell.
_LOTS = """
    SELECT account_id, expires_on, SUM(stored) AS stored, SUM(booked) AS booked FROM (
        SELECT account_id, expires_on, balance AS stored, 0 AS booked FROM lot
        UNION ALL SELECT account_id, expires_on, 0, change FROM transfer_lot
        UNION ALL SELECT credit_account_id, expires_on, 0, amount FROM transfer WHERE expires_on IS NOT NULL
    ) AS both_sides GROUP BY account_id, expires_on HAVING SUM(stored) <> SUM(booked)
"""
#: name → query. `{…}` is filled with constants and with what the two engines spell differently.
INVARIANTS: dict[str, str] = {
    "stored lots = sum of transfers": _LOTS,
    "no lot below zero": "SELECT account_id, expires_on, balance FROM lot WHERE balance < 0",
    "every account's lots = credits - debits": """
        SELECT x.account_id, SUM(x.lots) AS lots, SUM(x.moved) AS moved FROM (
            SELECT account_id, SUM(balance) AS lots, 0 AS moved FROM lot GROUP BY account_id
            UNION ALL SELECT credit_account_id, 0, SUM(amount) FROM transfer GROUP BY credit_account_id
            UNION ALL SELECT debit_account_id, 0, -SUM(amount) FROM transfer GROUP BY debit_account_id
        ) AS x JOIN account a ON a.id = x.account_id WHERE a.kind IN ('member', 'merchant', 'budget')
        GROUP BY x.account_id HAVING SUM(x.lots) <> SUM(x.moved)""",
    "every transfer's lots = its amount": """
        SELECT t.id, t.kind, t.amount, l.account_id, l.change FROM transfer t JOIN (
            SELECT transfer_id, account_id, SUM(change) AS change FROM transfer_lot
            GROUP BY transfer_id, account_id) AS l ON l.transfer_id = t.id
        WHERE l.change <> CASE l.account_id WHEN t.debit_account_id THEN -t.amount
            WHEN t.credit_account_id THEN t.amount ELSE 0 END
        OR (l.account_id = t.credit_account_id AND t.expires_on IS NOT NULL)""",
    "each key one effect": """
        SELECT receipt_key, kind, debit_account_id, credit_account_id, COUNT(*) AS times FROM transfer
        GROUP BY receipt_key, kind, debit_account_id, credit_account_id HAVING COUNT(*) > 1""",
    "refused keys no effect": """
        SELECT r.key, r.outcome, t.id FROM receipt r JOIN transfer t ON t.receipt_key = r.key
        WHERE r.outcome <> 'done'""",
    "answered awards have their transfer": """
        SELECT r.key, r.action FROM receipt r LEFT JOIN transfer t ON t.receipt_key = r.key
        WHERE r.outcome = 'done' AND r.action IN ('award', 'award.withdraw') AND t.id IS NULL
        AND NOT EXISTS (SELECT 1 FROM award_request q WHERE q.key = r.key)""",
    "awards have their answer": """
        SELECT t.id, t.kind, t.receipt_key FROM transfer t
        LEFT JOIN receipt r ON r.key = t.receipt_key AND r.outcome = 'done'
        WHERE t.subject_type = 'award' AND t.kind IN ('earn', 'reversal') AND t.posted_at > {receipts_since}
        AND r.key IS NULL""",
    "reversal once": """
        SELECT reverses_id, COUNT(*) AS times FROM transfer WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id HAVING COUNT(*) > 1""",
    "reversal mirrors its original": """
        SELECT r.id, o.id AS original FROM transfer r JOIN transfer o ON o.id = r.reverses_id
        WHERE r.amount <> o.amount OR r.debit_account_id <> o.credit_account_id
        OR r.credit_account_id <> o.debit_account_id OR r.posted_at < o.posted_at""",
    "never a reversal of a reversal": """
        SELECT r.id, o.id AS original, o.kind FROM transfer r JOIN transfer o ON o.id = r.reverses_id
        WHERE o.kind NOT IN ('earn', 'spend', 'release', 'pay', 'settle', 'gift', 'give')""",
    "reversal and reservation name what they finish": """
        SELECT t.id, t.kind FROM transfer t LEFT JOIN transfer o ON o.id = t.reverses_id
        LEFT JOIN transfer s ON s.id = t.reservation_id
        WHERE (t.kind = 'reversal') <> (t.reverses_id IS NOT NULL)
        OR (t.kind IN ('release', 'pay')) <> (t.reservation_id IS NOT NULL)
        OR (t.reverses_id IS NOT NULL AND o.id IS NULL)
        OR (t.reservation_id IS NOT NULL AND (s.id IS NULL OR s.kind <> 'spend' OR s.amount <> t.amount))""",
    "a reservation is finished once": """
        SELECT s.id, s.amount FROM transfer s LEFT JOIN transfer f ON f.reservation_id = s.id
        LEFT JOIN transfer u ON u.reverses_id = f.id LEFT JOIN transfer b ON b.reverses_id = s.id
        WHERE s.kind = 'spend' GROUP BY s.id, s.amount
        HAVING COUNT(DISTINCT f.id) > 1 OR COUNT(DISTINCT b.id) > 1
        OR (COUNT(f.id) > 0 AND COUNT(DISTINCT u.id) <> COUNT(DISTINCT b.id))""",
    "escrow = open reservations": """
        SELECT held, reserved FROM (SELECT
            (SELECT COALESCE(SUM(CASE WHEN credit_account_id = {escrow} THEN amount ELSE -amount END), 0)
                FROM transfer WHERE {escrow} IN (credit_account_id, debit_account_id)) AS held,
            (SELECT COALESCE(SUM(s.amount), 0) FROM transfer s WHERE s.kind = 'spend'
                AND NOT EXISTS (SELECT 1 FROM transfer b WHERE b.reverses_id = s.id)
                AND NOT EXISTS (SELECT 1 FROM transfer f WHERE f.reservation_id = s.id)) AS reserved
        ) AS sums WHERE held <> reserved""",
    "expired lot never spent": """
        SELECT t.id, t.kind, l.expires_on, t.posted_at FROM transfer_lot l JOIN transfer t ON t.id = l.transfer_id
        WHERE l.change < 0 AND t.kind IN ('spend', 'gift', 'settle', 'give', 'ungrant')
        AND l.expires_on < {posted_on}""",
    "nothing expires before its day": """
        SELECT t.id, l.expires_on, t.posted_at FROM transfer_lot l JOIN transfer t ON t.id = l.transfer_id
        WHERE t.kind = 'expire' AND l.expires_on >= {posted_on}""",
    "squads' scores = members' scores": """
        SELECT season, squad_id, shard, SUM(points) AS points, SUM(deeds) AS deeds FROM (
            SELECT season, squad_id, {shard} AS shard, points, deeds FROM score WHERE squad_id <> {nil}
            UNION ALL SELECT season, squad_id, shard, -points, -deeds FROM squad_score
        ) AS both_sides GROUP BY season, squad_id, shard HAVING SUM(points) <> 0 OR SUM(deeds) <> 0""",
    # Of the season of all time, and of all weeks, months and years together.
    "squads' awards by hand = ledger": """
        SELECT squad_id, kind, SUM(deeds) AS deeds FROM (
            SELECT squad_id, SUBSTR(season, 1, 1) AS kind, by_hand AS deeds FROM squad_score
            UNION ALL SELECT t.squad_id, k.kind, -1 FROM transfer t
            CROSS JOIN (SELECT 'W' AS kind UNION ALL SELECT 'M' UNION ALL SELECT 'Y' UNION ALL SELECT 'A') AS k
            WHERE t.subject_type = 'award' AND t.kind = 'earn' AND t.squad_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM transfer r WHERE r.reverses_id = t.id AND r.reverses_id IS NOT NULL)
        ) AS both_sides GROUP BY squad_id, kind HAVING SUM(deeds) <> 0""",
    "squads' scores reached with their latest member": """
        SELECT q.season, q.squad_id, q.shard, q.reached_at, l.latest FROM squad_score q JOIN (
            SELECT season, squad_id, {shard} AS shard, MAX(reached_at) AS latest FROM score
            WHERE deeds > 0 GROUP BY season, squad_id, {shard}
        ) AS l ON l.season = q.season AND l.squad_id = q.squad_id AND l.shard = q.shard
        WHERE q.reached_at <> l.latest""",
    "kept months = ledger": """
        SELECT k.month, k.transfers, k.points, b.transfers AS booked, b.points AS booked_points FROM kept_month k
        LEFT JOIN (SELECT {month_of[t.posted_at]} AS month, COUNT(*) AS transfers, SUM(t.amount) AS points
            FROM transfer t GROUP BY 1) AS b ON b.month = k.month
        WHERE k.transfers <> COALESCE(b.transfers, 0) OR k.points <> COALESCE(b.points, 0)""",
    "nobody awarded himself": """
        SELECT id, actor_id FROM transfer
        WHERE kind = 'earn' AND subject_type = 'award' AND actor_id = credit_account_id""",
    "above a limit two people": """
        SELECT q.id, q.state, q.transfer_id FROM award_request q
        LEFT JOIN transfer t ON t.id = q.transfer_id AND t.subject_id = COALESCE(q.activity_id, q.id)
            AND t.subject_type = CASE WHEN q.activity_id IS NULL THEN 'award' ELSE 'activity' END AND t.kind = 'earn'
            AND t.credit_account_id = q.member_id AND t.rule_id = q.rule_id AND t.actor_id = q.requested_by
        WHERE (q.state = 'agreed') <> (t.id IS NOT NULL) OR q.member_id IN (q.requested_by, q.decided_by)
        OR (q.state <> 'cancelled' AND q.requested_by = q.decided_by)""",
    "what names a request was agreed to": """
        SELECT t.id, t.subject_id FROM transfer t LEFT JOIN award_request q ON q.transfer_id = t.id
        WHERE t.subject_type = 'award' AND t.kind = 'earn' AND t.subject_id IS NOT NULL AND q.id IS NULL""",
    "amounts in range": """
        SELECT 'transfer' AS place, id, amount FROM transfer WHERE amount NOT BETWEEN 1 AND {largest_amount}
        UNION ALL SELECT 'lot', account_id, balance FROM lot WHERE balance > {largest_sum}
        UNION ALL SELECT 'account', id, owed FROM account WHERE owed NOT BETWEEN 0 AND {largest_sum}
        UNION ALL SELECT 'score', member_id, points FROM score WHERE points NOT BETWEEN 0 AND {largest_sum}
        UNION ALL SELECT 'squad_score', squad_id, points FROM squad_score
            WHERE points NOT BETWEEN 0 AND {largest_sum}""",
    "no stamp in the future": """
        SELECT id, happened_at, posted_at FROM transfer WHERE posted_at > {soon} OR happened_at > posted_at""",
    "kinds fit their accounts": """
        SELECT t.id, t.kind, d.kind AS debit, c.kind AS credit FROM transfer t
        JOIN account d ON d.id = t.debit_account_id JOIN account c ON c.id = t.credit_account_id
        WHERE NOT CASE t.kind
            WHEN 'earn' THEN d.kind = 'issued' AND c.kind IN ('member', 'merchant')
            WHEN 'spend' THEN d.kind = 'member' AND c.kind = 'escrow'
            WHEN 'release' THEN d.kind = 'escrow' AND c.kind = 'redeemed'
            WHEN 'pay' THEN d.kind = 'escrow' AND c.kind = 'merchant'
            WHEN 'expire' THEN d.kind = 'member' AND c.kind = 'expired'
            WHEN 'settle' THEN d.kind = 'merchant' AND c.kind = 'settled'
            WHEN 'payback' THEN d.kind = 'settled' AND c.kind = 'merchant'
            WHEN 'gift' THEN d.kind = 'member' AND c.kind = 'member'
            WHEN 'grant' THEN d.kind = 'issued' AND c.kind = 'budget'
            WHEN 'ungrant' THEN d.kind = 'budget' AND c.kind = 'issued'
            WHEN 'give' THEN d.kind = 'budget' AND c.kind = 'member'
            WHEN 'advance' THEN d.kind = 'owed' AND c.kind IN ('member', 'merchant')
            WHEN 'repay' THEN d.kind IN ('member', 'merchant') AND c.kind = 'owed'
            ELSE t.kind = 'reversal' END""",
    "earnings have their rule": """
        SELECT t.id, t.rule_id, t.amount, v.points FROM transfer t LEFT JOIN tariff_rule v ON v.id = t.rule_id
        WHERE t.kind = 'earn' AND (v.id IS NULL OR v.points <> t.amount)""",
    "rules for shops pay shops, the others members": """
        SELECT t.id, t.rule_id, t.credit_account_id FROM transfer t WHERE t.kind = 'earn'
        AND (t.rule_id IN (SELECT id FROM tariff_rule WHERE category = 'shop'))
            <> (t.credit_account_id IN (SELECT id FROM account WHERE kind = 'merchant'))""",
    "budgets never overdrawn": """
        SELECT account_id, got, gone FROM (SELECT a.id AS account_id,
            (SELECT COALESCE(SUM(amount), 0) FROM transfer WHERE credit_account_id = a.id) AS got,
            (SELECT COALESCE(SUM(amount), 0) FROM transfer
                WHERE debit_account_id = a.id AND kind <> 'earn') AS gone
            FROM account a WHERE a.kind = 'budget') AS sums WHERE gone > got""",
    "no orphan": """
        SELECT 'transfer' AS place, t.id AS row_id FROM transfer t LEFT JOIN account d ON d.id = t.debit_account_id
            LEFT JOIN account c ON c.id = t.credit_account_id WHERE d.id IS NULL OR c.id IS NULL
        UNION ALL SELECT 'transfer_lot', l.transfer_id FROM transfer_lot l
            LEFT JOIN transfer t ON t.id = l.transfer_id LEFT JOIN account a ON a.id = l.account_id
            WHERE t.id IS NULL OR a.id IS NULL
        UNION ALL SELECT 'lot', l.account_id FROM lot l LEFT JOIN account a ON a.id = l.account_id
            WHERE a.id IS NULL
        UNION ALL SELECT 'account', id FROM account WHERE (kind IN ('member', 'merchant') AND owner_id <> id)
            OR (kind = 'budget' AND owner_id IN (id, {nil}))""",
    "owed = advances - repayments": """
        SELECT x.account_id, SUM(x.stored) AS stored, SUM(x.booked) AS booked FROM (
            SELECT id AS account_id, owed AS stored, 0 AS booked FROM account
            UNION ALL SELECT credit_account_id, 0, amount FROM transfer WHERE kind = 'advance'
            UNION ALL SELECT debit_account_id, 0, -amount FROM transfer WHERE kind = 'repay'
        ) AS x GROUP BY x.account_id HAVING SUM(x.stored) <> SUM(x.booked)""",
}


#: Invariants that are no query: see points/recount.py.
RECOUNTED = ("members' scores = ledger", "members' scores reached with their latest earning")
#: Package → its invariants.
_FURTHER: dict[str, Mapping[str, str]] = {}


def also_check(package: str, invariants: Mapping[str, str]) -> None:
    """Let `flask points check` look at the invariants of another package, too. May be repeated.

    `invariants` is name → query as in `INVARIANTS` above, with these placeholders: `{issued}`, `{escrow}` and the other
    accounts of the programme, `{nil}`, `{now}` and `{soon}` (the latest stamp that is not in the future),
    `{second_of[x.stamp]}` (seconds since 1970), `{day_of[x.stamp]}` and `{month_of[x.stamp]}` (a date, and "2026-11",
    in the programme's zone), `{largest_amount}`, `{largest_sum}`. Raises ValueError when a name is taken.
    """
    others = [INVARIANTS, *(known for name, known in _FURTHER.items() if name != package)]
    taken = sorted(invariants.keys() & {name for known in others for name in known})
    if taken:
        raise ValueError(f"invariants of {package} have names that others have: {taken}")
    _FURTHER[package] = invariants


class _Around:
    """What an engine writes around a column: `{day_of[c.paid_at]}` in a query becomes the day of that stamp."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __getitem__(self, column: str) -> str:
        return self._expression.replace("?", column)


def run() -> Iterator[Finding]:
    """Check every invariant, one finding each: those above in their order, then further packages'. Reads only."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - tells the type checker that the connection is open
        driver.create_function("local_day", 1, _local_day, deterministic=True)
    spelling = _spelling(connection.dialect)
    everything = [item for known in (INVARIANTS, *_FURTHER.values()) for item in known.items()]
    for name, query in everything:
        rows = connection.exec_driver_sql(query.format(**spelling))
        yield _finding(name, [_words(row) for row in rows])
    yield from _scores(connection, spelling["nil"])
    differences = members.queries.squad_differences()
    words = [f"squad={each.squad_id} stored={each.stored} counted={each.counted}" for each in differences]
    yield _finding("squads' head-counts = active members", words)


def _scores(connection: sa.Connection, nil: str) -> Iterator[Finding]:
    wrong = list(recount.differences(connection, nil))
    sums, times = RECOUNTED
    yield _finding(sums, [each.words for each in wrong if each.of_sums])
    yield _finding(times, [each.words for each in wrong if not each.of_sums])


def _finding(name: str, rows: list[str]) -> Finding:
    return Finding(name, len(rows), tuple(rows[:MOST_NAMED]))


def _words(row: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(row._fields, row, strict=True))


@lru_cache(maxsize=100_000)
def _day_of_minute(minute: str) -> str:
    return clock.local_date(datetime.fromisoformat(f"{minute}:00+00:00")).isoformat()


def _local_day(stamp: str | None) -> str | None:
    """What SQLite cannot tell: the day of a stamp in the programme's zone."""
    return None if stamp is None else _day_of_minute(stamp[:16])


def _spelling(dialect: sa.Dialect) -> dict[str, Any]:
    """Constants, and what the engines spell differently: ids, times, and days in the programme's zone."""
    now = clock.now().astimezone(UTC)
    soon = now + CLOCK_TOLERANCE
    # Older receipts may have been pruned.
    receipts_since = soon - timedelta(days=RECEIPT_LIVES_DAYS)
    if dialect.name == "sqlite":
        stamp = "%Y-%m-%dT%H:%M:%S.%fZ"
        ids = {name: f"'{account.hex}'" for name, account in PROGRAMME_ACCOUNTS.items()}
        own = {
            "now": f"'{now.strftime(stamp)}'",
            "soon": f"'{soon.strftime(stamp)}'",
            "receipts_since": f"'{receipts_since.strftime(stamp)}'",
            "second_of": _Around("CAST(strftime('%s', ?) AS INTEGER)"),
            "day_of": _Around("local_day(?)"),
            "month_of": _Around("substr(local_day(?), 1, 7)"),
            "posted_on": "local_day(t.posted_at)",
            "shard": "instr('0123456789abcdef', substr(member_id, 32, 1)) - 1",
            "nil": f"'{'0' * 32}'",
        }
    else:
        ids = {name: f"'{account}'::uuid" for name, account in PROGRAMME_ACCOUNTS.items()}
        own = {
            "now": f"timestamptz '{now.isoformat()}'",
            "soon": f"timestamptz '{soon.isoformat()}'",
            "receipts_since": f"timestamptz '{receipts_since.isoformat()}'",
            "second_of": _Around("CAST(EXTRACT(EPOCH FROM ?) AS bigint)"),
            "day_of": _Around(f"CAST(timezone('{clock.zone().key}', ?) AS date)"),
            "month_of": _Around(f"to_char(timezone('{clock.zone().key}', ?), 'YYYY-MM')"),
            "posted_on": f"CAST(timezone('{clock.zone().key}', t.posted_at) AS date)",
            "shard": "position(right(CAST(member_id AS text), 1) IN '0123456789abcdef') - 1",
            "nil": "'00000000-0000-0000-0000-000000000000'::uuid",
        }
    return ids | own | {"largest_amount": LARGEST_AMOUNT, "largest_sum": LARGEST_SUM}
