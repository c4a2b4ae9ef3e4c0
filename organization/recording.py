"""What stands in a row, written down before and after it was changed; and the record of what a service did to one."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model

from organization.models import User
from security.models import AuditRow
from security.services import record

# Named in the record when they change, and never written there.
SECRET = re.compile(r"^password$|secret|token|(_hash|_sealed)$")
CHANGED = "•••"
WRITTEN_AS_IT_IS = (bool, int, str, list, dict, date, datetime, Decimal, type(None))

Picture = dict[str, Any]


def picture(row: Model | None) -> Picture:
    """Every stored value of a row as the database has it now, its many-to-many ids included."""
    stored = type(row)._default_manager.filter(pk=row.pk).first() if row is not None and row.pk else None
    if stored is None:
        return {}
    told: Picture = {field.name: written(field, stored) for field in stored._meta.concrete_fields}
    for many in stored._meta.many_to_many:
        told[many.name] = sorted(getattr(stored, many.name).values_list("pk", flat=True))
    return told


def pictures(rows: Iterable[Model]) -> dict[Any, Picture]:
    return {row.pk: {field.name: written(field, row) for field in row._meta.concrete_fields} for row in rows}


def written(field: "Field[Any, Any]", row: Model) -> Any:
    value = field.value_from_object(row)
    return value if isinstance(value, WRITTEN_AS_IT_IS) else field.value_to_string(row)


def difference(was: Picture, now: Picture) -> dict[str, Picture]:
    """The values that changed, as they were and as they are; an empty picture is a row that is not there.

    Passwords, hashes and sealed values are named and not shown.
    """
    changed = [name for name in now | was if not same(was.get(name), now.get(name))]
    if not changed:
        return {}
    return {"was": shown(was, changed), "now": shown(now, changed)}


def same(before: Any, after: Any) -> bool:
    nothing: tuple[Any, ...] = (None, "", [], {})
    return before == after or (before in nothing and after in nothing)


def shown(picture: Picture, names: list[str]) -> Picture:
    """These values of a row; none for a row that is not there."""
    return {name: CHANGED if SECRET.search(name) else picture.get(name) for name in names} if picture else {}


def differences(was: dict[Any, Picture], now: dict[Any, Picture]) -> list[dict[str, Any]]:
    """The rows that came, went or changed."""
    found = [(pk, difference(was.get(pk, {}), now.get(pk, {}))) for pk in sorted({*was, *now})]
    return [{"id": pk, **changed} for pk, changed in found if changed]


def on_record(row: Model, *, actor: User | None, at: datetime, was: Picture, now: Picture) -> AuditRow:
    """Put on record what a service did to a row, as the admin does for a page.

    actor  None: somebody at the console; the auditor of the row's legal entity then finds it by `entity`
    was    empty for a new row
    """
    details: dict[str, Any] = {"added": not was, **difference(was, now)}
    if actor is None:
        details["entity"] = getattr(row, "legal_entity_id", None)
    subject = f"{row._meta.model_name}:{row.pk}"
    return record("configure", actor=actor or User.system(), subject=subject, at=at, details=details)
