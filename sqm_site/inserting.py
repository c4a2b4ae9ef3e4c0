"""Several new rows that point at each other, inserted in one statement.

The hot path of intake: a round trip and a compilation by the ORM for each row cost more than the rows themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, DateTimeField, Field, ForeignKey, JSONField, Model

from sqm_site.preparing import prepared

# (model, places of the earlier rows its columns point at): what the text of the statement depends on
Shape = tuple[type[Model], tuple[tuple[str, int], ...]]
# What the driver writes as it is, whatever the column: no need to ask the field. Exact types, no subclasses.
AS_IT_IS = frozenset({str, int, bool, type(None)})


def insert_together(*given: Model | tuple[Model, Mapping[str, Model]]) -> None:
    """Insert rows by one statement and set their keys. A row may point at rows before it that have no key yet.

    Foreign keys to earlier rows are filled in. A row whose plain columns hold the key of an earlier one comes
    with them: (row, {column: earlier row}).
    """
    pairs = [entry if isinstance(entry, tuple) else (entry, {}) for entry in given]
    rows = [row for row, _also in pairs]
    places = {id(row): place for place, row in enumerate(rows)}
    shape = tuple((type(row), _pointers(row, places, also)) for row, also in pairs)
    connection = connections[DEFAULT_DB_ALIAS]
    values: list[Any] = []
    for row, (_model, pointers) in zip(rows, shape, strict=True):
        pointed = {column for column, _place in pointers}
        values += _values(row, pointed, connection)
    with connection.cursor() as cursor:
        cursor.execute(prepared(_statement(shape)), values)
        keys = cursor.fetchone()
    for row, key in zip(rows, keys, strict=True):
        _stored(row, key)
    _settle_pointers(rows, shape)


def insert_once(row: Model) -> bool:
    """Insert a row unless a unique constraint has it already; returns whether it went in. Other rows are not touched.

    Waits for another transaction that is inserting the same. Django's own inserts do not tell which it was.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(prepared(_statement_once(type(row))), _values(row, (), connection))
        inserted = cursor.fetchone()
    if inserted:
        _stored(row, inserted[0])
    return bool(inserted)


def _values(row: Model, pointed: Collection[str], connection: BaseDatabaseWrapper) -> list[Any]:
    values = []
    for field, plain in _fields(type(row)):
        if field.column in pointed:
            continue
        value = getattr(row, field.attname) if plain else None
        if plain and (type(value) in AS_IT_IS or (type(value) is datetime and value.tzinfo)):
            values.append(value)
        else:
            values.append(field.get_db_prep_save(field.pre_save(row, True), connection))
    return values


def _stored(row: Model, key: int) -> None:
    if _draws_key(type(row)):
        row.pk = key
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _draws_key(model: type[Model]) -> bool:
    """Whether the database gives the row its key; else its own columns are the key."""
    return isinstance(model._meta.pk, AutoField)


def _pointers(row: Model, places: dict[int, int], also: Mapping[str, Model]) -> tuple[tuple[str, int], ...]:
    found = [(column, places[id(earlier)]) for column, earlier in also.items()]
    for field, _plain in _fields(type(row)):
        if isinstance(field, ForeignKey) and field.is_cached(row):
            place = places.get(id(getattr(row, field.name)))
            if place is not None:
                found.append((str(field.column), place))
    return tuple(found)


def _settle_pointers(rows: Sequence[Model], shape: tuple[Shape, ...]) -> None:
    """Write the new keys into the columns that point at them."""
    for row, (model, pointers) in zip(rows, shape, strict=True):
        names = {field.column: field.attname for field, _plain in _fields(model)}
        for column, place in pointers:
            setattr(row, names[column], rows[place].pk)


@cache
def _fields(model: type[Model]) -> "list[tuple[Field[Any, Any], bool]]":
    """The columns to write, and whether a plain value of theirs can go to the driver past the field."""
    return [(field, _takes_plain(field)) for field in model._meta.concrete_fields if not field.primary_key]


def _takes_plain(field: "Field[Any, Any]") -> bool:
    if isinstance(field, DateTimeField):
        return not (field.auto_now or field.auto_now_add)
    return type(field).pre_save is Field.pre_save and not isinstance(field, JSONField)


def _insert(model: type[Model], pointers: dict[str, int]) -> str:
    """INSERT INTO table (columns) SELECT values FROM the earlier rows that `pointers` names."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = [str(field.column) for field, _plain in _fields(model)]
    values = ", ".join(f"r{pointers[column]}.id" if column in pointers else "%s" for column in columns)
    sources = ", ".join(f"r{source}" for source in sorted(set(pointers.values())))
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {values}{' FROM ' + sources if sources else ''}"


@cache
def _statement_once(model: type[Model]) -> str:
    return f"{_insert(model, {})} ON CONFLICT DO NOTHING RETURNING id"


@cache
def _statement(shape: tuple[Shape, ...]) -> str:
    """WITH r0 AS (INSERT ... RETURNING id), r1 AS (INSERT ... SELECT r0.id, ...) SELECT (SELECT id FROM r0), ...

    The keys are asked for one by one: joined, the planner would try every order of the rows, which takes it longer
    than all else.
    """
    rows = ", ".join(
        f"r{place} AS ({_insert(model, dict(pointers))} RETURNING {'id' if _draws_key(model) else '0 AS id'})"
        for place, (model, pointers) in enumerate(shape)
    )
    return f"WITH {rows} SELECT {', '.join(f'(SELECT id FROM r{place})' for place in range(len(shape)))}"
