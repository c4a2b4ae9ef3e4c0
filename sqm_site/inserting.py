"""Several new rows that point at each other, inserted in one statement.

The hot path of intake: a round trip and a compilation by the ORM for each row cost more than the rows themselves.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, ForeignKey, Model

# (model, places of the earlier rows its columns point at): what the text of the statement depends on
Shape = tuple[type[Model], tuple[tuple[str, int], ...]]


def insert_together(*given: Model | tuple[Model, dict[str, Model]]) -> None:
    """Insert rows by one statement and set their keys. A row may point at rows before it that have no key yet.

    Foreign keys to earlier rows are filled in. A row whose plain columns hold the key of an earlier one comes
    with them: (row, {column: earlier row}).
    """
    pairs = [entry if isinstance(entry, tuple) else (entry, {}) for entry in given]
    rows = [row for row, _also in pairs]
    places = {id(row): place for place, row in enumerate(rows)}
    shape = tuple((type(row), _pointers(row, places, also)) for row, also in pairs)
    values: list[Any] = []
    for row, (_model, pointers) in zip(rows, shape, strict=True):
        pointed = {column for column, _place in pointers}
        values += [
            field.get_db_prep_save(field.pre_save(row, True), connection)
            for field in _fields(type(row))
            if field.column not in pointed
        ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(shape), values)
        keys = cursor.fetchone()
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding = key, False
        row._state.db = connection.alias
    _settle_pointers(rows, shape)


def _pointers(row: Model, places: dict[int, int], also: dict[str, Model]) -> tuple[tuple[str, int], ...]:
    found = [(column, places[id(earlier)]) for column, earlier in also.items()]
    for field in _fields(type(row)):
        if isinstance(field, ForeignKey) and field.is_cached(row):
            place = places.get(id(getattr(row, field.name)))
            if place is not None:
                found.append((str(field.column), place))
    return tuple(found)


def _settle_pointers(rows: Sequence[Model], shape: tuple[Shape, ...]) -> None:
    """Write the new keys into the columns that point at them."""
    for row, (model, pointers) in zip(rows, shape, strict=True):
        names = {field.column: field.attname for field in _fields(model)}
        for column, place in pointers:
            setattr(row, names[column], rows[place].pk)


@cache
def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if not field.primary_key]


@cache
def _statement(shape: tuple[Shape, ...]) -> str:
    """WITH r0 AS (INSERT ... RETURNING id), r1 AS (INSERT ... SELECT r0.id, ... FROM r0 ...) SELECT r0.id, r1.id"""
    quote = connection.ops.quote_name
    parts = []
    for place, (model, pointers) in enumerate(shape):
        pointed = dict(pointers)
        columns = [str(field.column) for field in _fields(model)]
        values = ", ".join(f"r{pointed[column]}.id" if column in pointed else "%s" for column in columns)
        sources = ", ".join(f"r{source}" for source in sorted(set(pointed.values())))
        parts.append(
            f"r{place} AS (INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
            f" SELECT {values}{' FROM ' + sources if sources else ''} RETURNING id)"
        )
    keys = ", ".join(f"r{place}.id" for place in range(len(shape)))
    return f"WITH {', '.join(parts)} SELECT {keys} FROM {', '.join(f'r{place}' for place in range(len(shape)))}"
