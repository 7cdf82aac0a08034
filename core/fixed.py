"""Statements of busy paths: put together once for each engine, then handed to the driver as they are.

SQLAlchemy looks for the compiled form of a statement, gathers its values and wraps its answer anew each time it is
sent. That is little for a page, but it was more than a quarter of what a scan costs. Here only the values and the types
of the columns are left to do each time. Errors and listeners are still SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Values = Mapping[str, Any]
"""Values by the names that a statement gives them."""
Convert = Callable[[Any], Any]
"""Makes one value of another."""


class Rows(list[Any]):
    """The rows of an answer, all of them read; the columns of a row by name."""

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


class Fixed:
    """One statement of SQLAlchemy Core with a text that never varies: no lists (`IN`), all columns in an INSERT.

    To be sent by `core.db.execute`, each time with a value for every name.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plans: dict[str, _Plan] = {}

    def send(self, connection: sa.Connection, values: Values | list[Values] | None = None) -> Rows:
        """Send it with `values`, or once with each of several and then without an answer.

        Raises KeyError when a value is missing, and for the faults of the driver what SQLAlchemy raises.
        """
        dialect = connection.dialect
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans[dialect.name] = _plan(self.statement, dialect)
        several = values if isinstance(values, list) else [values or {}]
        many = len(several) > 1
        bound = [plan.bind(each) for each in several] if many else plan.bind(several[0])
        cursor = connection.connection.cursor()
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, plan.text, bound, None, many)
        try:
            if many:
                cursor.executemany(plan.text, bound)
            else:
                cursor.execute(plan.text, bound)
            rows = plan.read(cursor.fetchall()) if plan.answers and not many else Rows()
        except dialect.loaded_dbapi.Error as error:
            # SQLAlchemy's own way to tell faults apart and to drop a broken connection.
            connection._handle_dbapi_exception(error, plan.text, bound, cursor, None)  # noqa: SLF001 - no public one
        for listener in connection.dispatch.after_cursor_execute:
            listener(connection, cursor, plan.text, bound, None, many)
        cursor.close()
        return rows


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

    def bind(self, values: Values) -> Any:
        """The values as the driver takes them."""
        if self.constants:
            values = {**self.constants, **values}
        converted = (
            values[name] if convert is None else convert(values[name]) for name, convert in self.binds
        )
        return tuple(converted) if self.positional else dict(zip(self.names, converted, strict=True))

    def read(self, rows: Iterable[Sequence[Any]]) -> Rows:
        """The driver's rows with values of our types and with names."""
        if not self.conversions:
            return Rows(map(self.make, rows))
        found = Rows()
        for row in rows:
            values = list(row)
            for place, convert in self.conversions:
                values[place] = convert(values[place])
            found.append(self.make(values))
        return found


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
        binds=tuple(
            (name, values[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ),
        constants={name: each.value for name, each in values.items() if not each.required},
        answers=bool(columns),
        make=row._make,
        conversions=tuple((place, convert) for place, convert in conversions if convert is not None),
    )
