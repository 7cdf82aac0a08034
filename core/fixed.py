"""Statements of busy paths: put together once for each engine, then handed to the driver as they are.

SQLAlchemy looks for the compiled form of a statement, gathers its values and wraps its answer anew each time it is
sent. That is little for a page, but it was more than a quarter of what a scan costs. Here only the values and the types
of the columns are left to do each time. Errors and listeners are still SQLAlchemy's.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from operator import is_
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.compiler import compiles

Values = Mapping[str, Any]
"""Values by the names that a statement gives them."""
Convert = Callable[[Any], Any]
"""Makes one value of another."""


class Rows(list[Any]):
    """The rows of an answer, all of them read; the columns of a row by name.

    `written`: how many rows a writing statement without an answer has added or changed.
    """

    written: int = 0

    def all(self) -> "Rows":
        """All rows."""
        return self

    def first(self) -> Any:
        """The first row, or None."""
        return self[0] if self else None

    def one_or_none(self) -> Any:
        """The only row, or None. Raises `sqlalchemy.exc.MultipleResultsFound` when there are several."""
        if len(self) > 1:
            raise sa.exc.MultipleResultsFound("one row was expected")
        return self.first()

    def one(self) -> Any:
        """The only row. Raises `sqlalchemy.exc.NoResultFound` and `MultipleResultsFound`."""
        if not self:
            raise sa.exc.NoResultFound("one row was expected")
        return self.one_or_none()

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self[0][0] if self else None


#: A cursor keeps its last answer until it is used again: one with more rows is let go.
KEPT_ROWS = 100
_CURSOR = "alliance_cursor"


def _cursor(connection: sa.Connection) -> Any:
    """The cursor that this connection of the driver keeps for fixed statements.

    PostgreSQL's driver copies its tables of types for each new one and learns anew how to send each type.
    """
    kept = connection.connection.info
    if _CURSOR not in kept:
        kept[_CURSOR] = connection.connection.cursor()
    return kept[_CURSOR]


def _forget_cursor(connection: sa.Connection) -> None:
    connection.connection.info.pop(_CURSOR).close()


class Fixed:
    """One statement of SQLAlchemy Core with a text that never varies: lists by `among`, all columns in an INSERT.

    To be sent by `core.db.execute`, each time with a value for every name.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plans: dict[tuple[str, bool], _Plan] = {}

    def send(self, connection: sa.Connection, values: Values | list[Values] | None = None) -> Rows:
        """Send it with `values`, or once with each of several and then without an answer.

        Raises KeyError when a value is missing, and for the faults of the driver what SQLAlchemy raises.
        """
        several = values if isinstance(values, list) else [values or {}]
        many = len(several) > 1
        plan = self._plan(connection.dialect, many)
        bound = plan.bind_many(several) if many else plan.bind(several[0])
        repeated = many and not plan.arrays
        cursor = _cursor(connection)
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, plan.text, bound, None, repeated)
        try:
            if repeated:
                cursor.executemany(plan.text, bound)
            else:
                cursor.execute(plan.text, bound)
            rows = plan.read(cursor.fetchall()) if plan.answers and not many else Rows()
            rows.written = cursor.rowcount
        except connection.dialect.loaded_dbapi.Error as error:
            connection.connection.info.pop(_CURSOR, None)
            # SQLAlchemy's own way to tell faults apart, to close the cursor and to drop a broken connection.
            connection._handle_dbapi_exception(error, plan.text, bound, cursor, None)  # noqa: SLF001 - no public one
        for listener in connection.dispatch.after_cursor_execute:
            listener(connection, cursor, plan.text, bound, None, repeated)
        if len(rows) > KEPT_ROWS:
            _forget_cursor(connection)
        return rows

    def _plan(self, dialect: sa.Dialect, many: bool) -> "_Plan":
        plan = self._plans.get((dialect.name, many))
        if plan is None:
            plan = _plan(self.statement, dialect)
            if many and dialect.name == "postgresql" and _takes_whole_rows(self.statement, plan):
                plan = _plan_of_arrays(self.statement, dialect)
            self._plans[dialect.name, many] = plan
        return plan


# --- Lists in conditions ---------------------------------------------------------------------------------------------


def among(column: Any, name: str) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of the values of the list that is bound as `name`, however many these are.

    The list is one value for the driver, so the text of the statement stays the same.
    """
    return _Among(column, sa.bindparam(name, type_=_ListOf(column.type)))


class _ListOf(sa.types.TypeDecorator[Any]):
    """Values of one type, as a text that its engine takes apart: JSON on SQLite, an array on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        # A cast to VARCHAR(20)[] would cut off what is longer; without a length the column itself refuses it.
        self.of = sa.String() if isinstance(of, sa.String) else of

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """An array where there are any."""
        is_array = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(self.of) if is_array else sa.Text())

    def bind_processor(self, dialect: sa.Dialect) -> Convert:
        """Makes the text: the driver would look at the type of each value, which costs more than its row."""
        if dialect.name == "postgresql":
            convert = _converter(self.of, _PLAIN)
            return lambda values: _array(_converted(_converted(list(values), convert), _element))
        convert = _converter(self.of, dialect)
        return lambda values: json.dumps(_converted(list(values), convert))


class _Among(sa.ColumnElement[bool]):
    """`column IN (…)` with all values in one."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: Any, values: sa.BindParameter[Any]) -> None:
        self.column, self.values = column, values

    def self_group(self, against: Any = None) -> "_Among":
        """Itself: as part of a condition SQLAlchemy would compare it with 1 on SQLite, which then uses no index."""
        return self


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in (element.column, element.values))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in (element.column, element.values))
    return f"{column} = ANY ({values})"


# --- What an engine is sent ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one engine is sent: the text, how each value is converted, and how each column of the answer is."""

    text: str
    positional: bool
    #: The values in their order, and what converts each for the driver.
    names: tuple[str, ...]
    binds: tuple[tuple[str, Convert | None], ...]
    #: Values that are part of the statement.
    constants: Values
    answers: bool
    #: Makes a row of the values of its columns.
    make: Convert
    #: Place of a column and what converts its values from the driver's.
    conversions: tuple[tuple[int, Convert], ...]
    #: Whether it writes many rows at once, out of one array for each column.
    arrays: bool = False

    def bind(self, values: Values) -> Any:
        """The values as the driver takes them."""
        if self.constants:
            values = {**self.constants, **values}
        converted = (
            values[name] if convert is None else convert(values[name]) for name, convert in self.binds
        )
        return tuple(converted) if self.positional else dict(zip(self.names, converted, strict=True))

    def bind_many(self, several: Sequence[Values]) -> Any:
        """The values of many rows as the driver takes them; column by column, as many columns are the same in all."""
        if self.constants:
            several = [{**self.constants, **each} for each in several]
        if self.arrays:
            return {name: gather([each[name] for each in several]) for name, gather in self.binds if gather}
        columns = [_converted([each[name] for each in several], convert) for name, convert in self.binds]
        rows = zip(*columns, strict=True)
        return list(rows) if self.positional else [dict(zip(self.names, row, strict=True)) for row in rows]

    def read(self, rows: Iterable[Sequence[Any]]) -> Rows:
        """The driver's rows with values of our types and with names."""
        if not self.conversions:
            return Rows(map(self.make, rows))
        columns = list(zip(*rows, strict=True))
        for place, convert in self.conversions if columns else ():
            columns[place] = tuple(map(convert, columns[place]))
        return Rows(map(self.make, zip(*columns, strict=True)))


def _plan(statement: Any, dialect: sa.Dialect) -> _Plan:
    compiled: Any = statement.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("a fixed statement cannot hold lists of values")
    names = tuple(compiled.positiontup if compiled.positional else compiled.binds)
    values = {name: compiled.binds[name] for name in names}
    columns = statement.exported_columns.items()
    fields = [name for name, _ in columns]
    # Columns without a name of their own can only be reached by their place.
    row: Any = namedtuple("Row", fields, rename=True)  # type: ignore[misc] # noqa: PYI024 - known only now
    conversions = (
        (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for place, (_, column) in enumerate(columns)
    )
    return _Plan(
        text=str(compiled),
        positional=compiled.positional,
        names=names,
        binds=tuple((name, _converter(values[name].type, dialect)) for name in names),
        constants={name: each.value for name, each in values.items() if not each.required},
        answers=bool(columns),
        make=row._make,
        conversions=tuple((place, convert) for place, convert in conversions if convert is not None),
    )


# --- Many rows at once -----------------------------------------------------------------------------------------------

#: Writes ids, JSON and the like as plain text and numbers.
_PLAIN = DefaultDialect()


def _takes_whole_rows(statement: Any, plan: _Plan) -> bool:
    if (
        not statement.is_insert
        or plan.answers
        or any(isinstance(each.type, sa.LargeBinary) for each in statement.table.c)
    ):
        return False
    return set(plan.names) == set(statement.table.c.keys())


def _plan_of_arrays(statement: Any, dialect: sa.Dialect) -> _Plan:
    """The same INSERT for many rows as one statement.

    PostgreSQL's driver has no other way than to bind and run a statement for each row, which costs both sides several
    times as much as the row.
    """
    arrays = [(each.name, sa.bindparam(each.name, type_=_ListOf(each.type))) for each in statement.table.c]
    rows = sa.select(*(sa.func.unnest(array) for _, array in arrays))
    return replace(_plan(statement.from_select([name for name, _ in arrays], rows), dialect), arrays=True)


def _converter(type_: Any, dialect: sa.Dialect) -> Convert | None:
    converter: Convert | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return converter


def _converted(values: list[Any], convert: Convert | None) -> list[Any]:
    if convert is None or not values:
        return values
    first = values[0]
    if all(map(is_, values, repeat(first))):
        return [convert(first)] * len(values)
    return list(map(convert, values))


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _array(elements: Sequence[str]) -> str:
    return f"{{{','.join(elements)}}}"
