"""How rows are written inside the database: ids, times, texts and neutral values, as each engine spells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.db import db
from points.triggers import PROGRAMME_ACCOUNTS

DAY = 86_400
SPAN = 730 * DAY
#: Each kind of row has ids of its own: its letter in front, its running number behind.
_KINDS = (
    "area squad member shop rule transfer round checkpoint route flag charge offer reward redemption report step home "
    "bill letter request gift deed settlement rate device code entry movement key spend pay reversal other release "
    "visit past activity campaign import notice honour endorsement odd merge proposal scan goal"
)
SPACES = {name: place for place, name in enumerate(_KINDS.split(), start=1)}
STAFF = 45
ADMINISTRATOR = 0
#: A member who comes every day, and the shop that takes a fifth of all payments.
WALKER, SUPERMARKET = 1_005, 0
CATEGORIES = ("patrol", "report", "care", "publicity", "training", "mediation")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰"


@dataclass(frozen=True)
class Sizes:
    """How many of what, from the numbers of members and transfers."""

    members: int
    transfers: int

    @property
    def squads(self) -> int:
        """Squads of two thousand at most, ten at least."""
        return min(500, max(10, self.members // 2_000))

    @property
    def shops(self) -> int:
        """One for five hundred members."""
        return max(20, self.members // 500)

    @property
    def areas(self) -> int:
        """A station with 20 communities and 100 grids; the others are estates."""
        return min(500, max(130, self.members // 1_000))

    @property
    def routes(self) -> int:
        """Each of five plates."""
        return min(300, max(20, self.members // 2_000))

    @property
    def coming(self) -> int:
        """Members who come to patrols and counters."""
        return max(STAFF + 1, self.members * 7 // 10)


def identifier(space: str, number: int) -> UUID:
    """The id of the row with this running number."""
    return UUID(int=(SPACES[space] << 96) + number)


# --- how an engine spells it


def lite() -> bool:
    """Whether the engine is SQLite."""
    return db.engine.dialect.name == "sqlite"


def id_of(space: str, number: str) -> str:
    """The id of the row with this running number."""
    head = f"{SPACES[space]:08x}"
    if lite():
        return f"printf('{head}%024x', {number})"
    return f"('{head}' || lpad(to_hex(({number})::bigint), 24, '0'))::uuid"


def ago(seconds: str) -> str:
    """The moment so many seconds before now."""
    now = clock.now()
    if lite():
        return (
            f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', '{now:%Y-%m-%d %H:%M:%S}', (-({seconds})) || ' seconds')"
        )
    return f"timestamptz '{now:%Y-%m-%dT%H:%M:%SZ}' - make_interval(secs => ({seconds})::double precision)"


def day_ago(days: str) -> str:
    """The day so many days before today."""
    today = clock.today().isoformat()
    return f"date('{today}', (-({days})) || ' days')" if lite() else f"date '{today}' - ({days})::integer"


def even(count: int, span: int = SPAN) -> str:
    """Seconds before now of the n-th of `count` rows, the last one just now."""
    return f"({span} - (n + 1) * {span} / {count + 1})"


def one_of(number: str, values: Sequence[str]) -> str:
    """One of the texts, by a number."""
    cases = " ".join(f"WHEN {place} THEN {quoted(each)}" for place, each in enumerate(values[:-1]))
    return f"CASE ({number}) % {len(values)} {cases} ELSE {quoted(values[-1])} END"


def quoted(value: str) -> str:
    """A text as SQL has it."""
    return f"'{value}'"


def person_name(number: str) -> str:
    """A Chinese name, by a number."""
    parts = (SURNAMES, "1"), (GIVEN, "20"), (GIVEN, "400")
    return " || ".join(
        f"substr('{letters}', CAST(1 + ({number}) * 7 / {step} % 20 AS integer), 1)"
        for letters, step in parts
    )


def null(kind: str) -> str:
    """Nothing, of a kind."""
    return "NULL" if lite() else f"NULL::{kind}"


def hexed(value: UUID) -> str:
    """An id as SQL has it."""
    return f"'{value.hex}'"


def put(table_name: str, count: int, where: str = "", **values: str) -> None:
    """So many rows, numbered from 0 by `n`; columns that are not named get their neutral value."""
    table = db.metadata.tables[table_name]
    for column in table.columns:
        if column.name not in values and not column.nullable:
            values[column.name] = _neutral(column)
    numbers = (
        f"(WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1}) SELECT n FROM numbers)"
        if lite()
        else f"generate_series(0::bigint, {count - 1}::bigint)"
    )
    statement = (
        f"INSERT INTO {table_name} ({', '.join(values)}) SELECT {', '.join(values.values())} "
        f"FROM {numbers} AS numbers{'' if lite() else '(n)'} {where and 'WHERE ' + where}"
    )
    db.session.connection().execute(sa.text(statement))


def _neutral(column: Any) -> str:
    if column.default is not None and column.default.is_scalar:
        given = column.default.arg
        if isinstance(given, bool):
            return ("1" if given else "0") if lite() else str(given).lower()
        return f"'{given}'" if isinstance(given, str) else str(given)
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return "0" if lite() else "false"
    if isinstance(kind, sa.Integer):
        return "0"
    if isinstance(kind, sa.JSON):
        return "'[]'" if column.default is not None else "'{}'"
    if isinstance(kind, sa.Uuid):
        return hexed(UUID(int=0))
    if isinstance(kind, sa.Date):
        return day_ago("400")
    return "''" if isinstance(kind, sa.String) else ago("0")


def programme(kind: str) -> str:
    """The id of one of the programme's accounts."""
    return hexed(PROGRAMME_ACCOUNTS[kind]) if lite() else f"{hexed(PROGRAMME_ACCOUNTS[kind])}::uuid"


def transfers_of(
    count: int, space: str, kind: str, *, debit: str, credit: str, at: str, where: str = "", **values: str
) -> None:
    """So many transfers of one kind."""
    put(
        "transfer", count, where, **({
            "id": id_of(space, "n"), "kind": f"'{kind}'", "debit_account_id": debit, "credit_account_id": credit,
            "amount": "2 + n * 7 % 49", "receipt_key": id_of(space, "n"), "actor_id": hexed(UUID(int=0)) if lite() else f"{hexed(UUID(int=0))}::uuid",
            "happened_at": at, "posted_at": at, "memo": "''",
        } | values),
    )  # fmt: skip


def shop_of_charge(sizes: Sizes, number: str) -> str:
    """The shop of a payment, by its number: every fifth is made at the same one."""
    return id_of(
        "shop", f"CASE WHEN {number} % 5 = 0 THEN {SUPERMARKET} ELSE {number} * 31 % {sizes.shops} END"
    )
