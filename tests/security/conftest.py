"""People, a model with sealed values, and keys that a test may change."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.test.utils import isolate_apps
from django.utils import translation

from security import blind, sealing
from security.fields import SealedRow, SealedValue

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

with isolate_apps("security"):

    class Person(SealedRow):
        """A row as feedback.Customer has them, without a table."""

        phone_sealed = models.TextField(blank=True)
        phone_masked = models.CharField(max_length=40, blank=True)
        phone_index = models.CharField(max_length=32, blank=True)
        phone_tail_index = models.CharField(max_length=32, blank=True)
        phone = SealedValue("phone")

        words_sealed = models.TextField(blank=True)
        words = SealedValue("text")

        class Meta:
            app_label = "security"

        def __str__(self) -> str:
            return str(self.phone)


def key(letter: str) -> str:
    return urlsafe_b64encode(letter.encode() * 32).decode()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def keys(settings):
    """Known keys; call it with others to change the ring."""

    def use(*ring: str, algorithm: str = "v1") -> None:
        settings.SEAL_KEYS, settings.SEAL_ALGORITHM = list(ring), algorithm
        forget()

    settings.INDEX_KEY = key("i")
    use(f"k1:{key('a')}")
    yield use
    forget()


def forget() -> None:
    for made_once in (sealing.boxes, sealing.key_ring, blind._index_key):
        made_once.cache_clear()


@pytest.fixture
def person():
    return Person(pk=17, phone="13800138000", words="把我的钱还给我")


@pytest.fixture
def clerk(db):
    return get_user_model().objects.create_user("clerk")


@pytest.fixture
def colleague(db):
    return get_user_model().objects.create_user("colleague")
