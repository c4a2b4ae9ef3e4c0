"""Writing many new rows with one COPY: a quarter of the work of an INSERT that the query builder spells out."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_in(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, with their keys where the database draws these. No signals, no `save`."""
    model = type(rows[0])
    fields = [(field.attname, written_as(field)) for field in model._meta.concrete_fields]
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    with connection.cursor() as cursor:
        if isinstance(model._meta.pk, models.AutoField):
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [model._meta.db_table, model._meta.pk.column, len(rows)],
            )
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
        for row in rows:
            row._state.adding = False
        lines = ("\t".join(write(getattr(row, name)) for name, write in fields) for row in rows)
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', io.StringIO("\n".join(lines)))


def written_as(field: models.Field) -> Callable[[Any], str]:
    """How COPY wants the values of a column: JSON by its encoder, the rest by their type."""
    return as_json if isinstance(field, models.JSONField) else as_text


def as_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        members = (str(member).replace("\\", "\\\\").replace('"', '\\"') for member in value)
        value = "{" + ",".join(f'"{member}"' for member in members) + "}"
    return str(value).translate(ESCAPED)


def as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).translate(ESCAPED)
