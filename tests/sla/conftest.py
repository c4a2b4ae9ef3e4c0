"""A concrete clock without a table, and the calendar and policies that `setup` lays down."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation

from organization.models import Role
from sla import rulebook, services
from sla.models import ClockBase
from sla.services.setup import setup_sla
from tests.people import person
from tests.seconding import browser

SHANGHAI = ZoneInfo("Asia/Shanghai")


class RunningClock(ClockBase):
    class Meta(ClockBase.Meta):
        abstract = False
        app_label = "sla_tests"  # no installed app: no migration, no table


@pytest.fixture(autouse=True)
def fresh_rulebook():
    """What a test rolled back must not stay in the memory of the process."""
    rulebook.forget()
    yield
    rulebook.forget()


@pytest.fixture
def local() -> Callable[[str], datetime]:
    """A moment as a wall clock in China shows it."""
    return lambda written: datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def base_data(django_db_setup, django_db_blocker):
    """Set up once a module; each test then rolls back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        setup_sla()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def configured(base_data, db) -> None:
    """The calendar, the rule sets and the default policies."""


@pytest.fixture
def planned(configured, local):
    """The clocks of something received at a written moment, by kind."""

    def plan(received: str, *, nature: str = "complaint", source: str = "", at: str = "", entity: int | None = None):
        facts = services.Facts(nature=nature, source=source, entity=entity)
        clocks = services.plan(facts, received_at=local(received), at=local(at or received))
        return {clock.kind: clock for clock in clocks}

    return plan


@pytest.fixture
def running(planned):
    """One started clock of a complaint."""

    def start(kind: str, received: str) -> RunningClock:
        clock = RunningClock()
        services.start(clock, planned(received)[kind])
        return clock

    return start


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def pages(institution) -> Client:
    return browser(person("admin", Role.SYSTEM_ADMINISTRATOR, institution))
