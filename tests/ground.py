"""What `manage.py setup` lays down, once a run: every test begins on it, as every installation does.

Laying it down anew took each test a twentieth of a second, half of the suite's time. A test that commits is followed by
a flush, and the ground is laid again.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import TransactionTestCase

from complaints.services.redress import setup_redress
from complaints.services.taxonomy import setup_taxonomy
from organization.services import setup_organization
from sla.services.setup import setup_sla
from tests.people import NOON


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    flush = TransactionTestCase._fixture_teardown

    def flush_and_lay_down(test: TransactionTestCase) -> None:
        flush(test)
        lay_down()

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        lay_down()
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_and_lay_down)
        yield


@transaction.atomic
def lay_down() -> None:
    setup_organization(NOON)
    setup_sla()
    setup_redress()
    setup_taxonomy()
