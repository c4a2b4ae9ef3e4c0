"""New rows by the thousand, without what the constructor of a model asks of every field each time."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=Model)


@cache
def as_made(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The columns of a new row, and those whose default is another one each time."""
    plain = {name: value for name, value in vars(model()).items() if name != "_state"}
    return plain, [
        (field.attname, field.get_default) for field in model._meta.concrete_fields if callable(field.default)
    ]


def new_row(model: type[Row], above: Mapping[str, Model | None], **columns: Any) -> Row:
    """An unsaved row, as `model(**above, **columns)` makes it, without signals and three times as quick.

    above    the rows that it points at, by the names of the foreign keys; they may be unsaved yet
    columns  by the names of the columns (`owner_id`); nothing looks at their names
    """
    defaults, made_each_time = as_made(model)
    row = model.__new__(model)
    state = ModelState()
    state.fields_cache = dict(above)
    values = row.__dict__
    values.update(defaults)
    for name, make in made_each_time:
        values[name] = make()
    values["_state"] = state
    for name, one in above.items():
        values[f"{name}_id"] = None if one is None else one.pk
    values.update(columns)
    return row
