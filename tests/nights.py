"""How much the long tests do: little by day (`make test`), much by night (`make nightly` sets NIGHTLY)."""

import os
from typing import TypeVar

NIGHTLY = bool(os.environ.get("NIGHTLY"))
Amount = TypeVar("Amount")


def either(*, day: Amount, night: Amount) -> Amount:
    return night if NIGHTLY else day
