"""What `manage.py setup` lays down, once a run: every test begins on it, as every installation does.

Laying it down anew took each test a twentieth of a second, half of the suite's time. A test that commits is followed by
a flush, and the ground is laid again.
"""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from complaints.services.redress import setup_redress
from complaints.services.taxonomy import setup_taxonomy
from organization.services import setup_organization
from sla.models import Calendar
from sla.services import setup
from tests.people import NOON


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    flush = TransactionTestCase._fixture_teardown

    def flush_and_lay_down(test: TransactionTestCase) -> None:
        flush(test)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(setup, "publish", publish_again)
            lay_down()

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        lay_down()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS published AS SELECT * FROM sla_calendarday WHERE official")
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_and_lay_down)
        yield


@transaction.atomic
def lay_down() -> None:
    setup_organization(NOON)
    setup.setup_sla()
    setup_redress()
    setup_taxonomy()


def publish_again(calendar: Calendar) -> None:
    """The thousands of days as they were published the first time: they are most of the work."""
    columns = ", ".join(f'"{one.column}"' for one in calendar.days.model._meta.concrete_fields if one.column != "id")
    own = columns.replace('"calendar_id"', "%s")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO sla_calendarday ({columns}) SELECT {own} FROM published", [calendar.pk])
