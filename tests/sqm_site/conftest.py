from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.processes import signals_heard


@pytest.fixture
def english():
    """Sentences as the source has them."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def signals_are_heard() -> Iterator[None]:
    with signals_heard():
        yield
