"""Seal stored values anew after a change of SEAL_KEYS or SEAL_ALGORITHM.

Blind indexes have their own key and stay. What is done is seen in the tokens themselves: a rotation that broke off
goes on where it stopped, and people work meanwhile.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction
from django.db.models import Q

from security.fields import SealedRow
from security.sealing import current_prefix, seal, unseal

BATCH = 500


def sealed_models() -> list[type[SealedRow]]:
    return [model for model in apps.get_models() if issubclass(model, SealedRow)]


def rotate(model: type[SealedRow]) -> Iterator[int]:
    """Seal anew what is not sealed with the first key; gives the number of rows of each batch when it is done.

    Raises WrongKey at a value that does not open: then its key has to come back into the ring first.
    """
    names = [field.name.removesuffix("_sealed") for field in model._meta.fields if field.name.endswith("_sealed")]
    after = 0
    while rows := _rotate_batch(model, names, after):
        after = rows[-1].pk
        yield len(rows)


@transaction.atomic
def _rotate_batch(model: type[SealedRow], names: list[str], after: int) -> list[SealedRow]:
    prefix, outdated = current_prefix(), Q()
    for name in names:
        outdated |= ~Q(**{f"{name}_sealed": ""}) & ~Q(**{f"{name}_sealed__startswith": prefix})
    waiting = model._default_manager.filter(outdated, pk__gt=after).order_by("pk")
    rows = list(waiting.select_for_update(of=("self",))[:BATCH])
    for row in rows:
        for name in names:
            _seal_anew(row, name, prefix)
    model._default_manager.bulk_update(rows, [f"{name}_sealed" for name in names])
    return rows


def _seal_anew(row: SealedRow, name: str, prefix: str) -> None:
    token = getattr(row, f"{name}_sealed")
    if token and not token.startswith(prefix):
        plain = unseal(token, row=row.row_id, field=name)
        setattr(row, f"{name}_sealed", seal(plain, row=row.row_id, field=name))
