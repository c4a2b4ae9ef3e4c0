"""How much the long tests do: little by day (`make test`), much by night (`make nightly` sets NIGHTLY)."""

import os
from collections.abc import Iterable
from typing import TypeVar

NIGHTLY = bool(os.environ.get("NIGHTLY"))
Amount = TypeVar("Amount")


def either(*, day: Amount, night: Amount) -> Amount:
    return night if NIGHTLY else day


def one_in(number: int, values: Iterable[Amount]) -> list[Amount]:
    """All of them by night; by day the first of every so many, always the same."""
    return [*values][:: either(day=number, night=1)]
