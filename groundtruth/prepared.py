"""Statements of the hottest paths: written with Django's ORM, compiled once, executed with new values each time.

Django builds the SQL of a query anew at each use, which costs more than SQLite takes to run it: of a cycle of twelve
statements two thirds were spent there. A `Prepared` statement keeps the SQL and fills in the values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

Filler = Callable[[dict[str, Any]], list[Any]]
Converter = Callable[[Sequence[Any]], tuple[Any, ...]]
KINDS = (int, float, str, date)  # of values; datetime is a date
_numbers = cycle(range(31_000, 32_000))  # fit the smallest column; no query of ours holds one as a constant
_EPOCH = datetime(9000, 1, 1, tzinfo=UTC)


class Prepared:
    """A SELECT (`values_list`) or, with `changes`, an UPDATE, kept as SQL by database.

    build: makes the queryset from its named values, which are int, str, float, date or datetime and may stand only
    where they are passed to the database as they are (`filter(pk=pk)`, `update(seconds=seconds)`). A value that
    decides the query's shape must not be one of them. `changes` makes the columns of an UPDATE from the same values.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], changes: Callable[..., dict[str, Any]] | None = None
    ) -> None:
        self.build = build
        self.changes = changes
        self._kept: dict[tuple[str, ...], tuple[str, Filler, Converter]] = {}

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Run the SELECT and return its first row, or None."""
        sql, fill, convert = self._statement(values)
        with connection.cursor() as cursor:
            cursor.execute(sql, fill(values))
            row = cursor.fetchone()
        return None if row is None else convert(row)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run the SELECT and return its rows."""
        sql, fill, convert = self._statement(values)
        with connection.cursor() as cursor:
            cursor.execute(sql, fill(values))
            return [convert(row) for row in cursor.fetchall()]

    def update(self, **values: Any) -> int:
        """Run the UPDATE and return how many rows matched."""
        sql, fill, _ = self._statement(values)
        with connection.cursor() as cursor:
            cursor.execute(sql, fill(values))
            return int(cursor.rowcount)

    def _statement(self, values: dict[str, Any]) -> tuple[str, Filler, Converter]:
        # By type too: what was prepared with a whole number would cut 1.5 down to 1.
        key = (connection.vendor, *sorted(f"{name} {type(value).__name__}" for name, value in values.items()))
        if key not in self._kept:
            self._kept[key] = self._compile(values)
        return self._kept[key]

    def _compile(self, values: dict[str, Any]) -> tuple[str, Filler, Converter]:
        marks = {name: _mark(value) for name, value in values.items()}
        query: Any = self.build(**marks).query
        if self.changes is not None:
            query = query.chain(UpdateQuery)
            query.add_update_values(self.changes(**marks))
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        return sql, _filler(parameters, marks), _converter(compiler)


def _mark(value: Any) -> Any:
    """Return a value of the same type that stands nowhere else."""
    number = next(_numbers)
    if isinstance(value, datetime):
        return (_EPOCH + timedelta(seconds=number)).replace(tzinfo=value.tzinfo)
    if isinstance(value, date):
        return (_EPOCH + timedelta(days=number)).date()
    if isinstance(value, bool) or not isinstance(value, KINDS):
        kinds = "int, float, str, date and datetime"
        raise TypeError(f"A prepared statement takes {kinds}, not {type(value).__name__}.")
    return next(kind for kind in (int, float, str) if isinstance(value, kind))(number)  # plain, where it is an enum's


def _filler(parameters: Sequence[Any], marks: dict[str, Any]) -> Filler:
    """Return what puts values where their marks stood, in the form that the database takes."""
    forms = {_adapt(mark): name for name, mark in marks.items()}
    places = [(forms.get(p) if isinstance(p, KINDS) else None, p) for p in parameters]
    casts = {name: type(p) for name, p in places if name is not None and isinstance(p, int)}  # PostgreSQL's Int2, Int8
    if missing := set(marks) - {name for name, _ in places}:
        raise ValueError(f"The statement does not pass {', '.join(sorted(missing))} on as it is.")

    def fill(values: dict[str, Any]) -> list[Any]:
        ready = {name: casts[name](value) if name in casts else _adapt(value) for name, value in values.items()}
        return [fixed if name is None else ready[name] for name, fixed in places]

    return fill


def _adapt(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _converter(compiler: Any) -> Converter:
    """Return what turns a row of the database into Python values, as `values_list` would."""
    if not getattr(compiler, "select", None):
        return tuple
    converters = compiler.get_converters([column[0] for column in compiler.select]).items()

    def convert(row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, (functions, expression) in converters:
            for function in functions:
                values[place] = function(values[place], expression, connection)
        return tuple(values)

    return convert
