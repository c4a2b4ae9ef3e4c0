import pytest
from django.utils import translation


@pytest.fixture
def english():
    """Sentences as the source has them."""
    with translation.override("en"):
        yield
