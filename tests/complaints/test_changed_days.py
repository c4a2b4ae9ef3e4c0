"""Days that are entered by the page, or in any other way, count open deadlines again by themselves: audited moves."""

from datetime import date, timedelta

import pytest
from django.db import connection

from complaints.desk.whydue import why
from complaints.models import Case, Clock, DeadlineMove
from complaints.services import recounting
from complaints.services.recounting import recount_changed
from complaints.services.replaying import differences
from organization.models import Role
from security.models import AuditRow
from sla import rulebook
from sla.models import Calendar, CalendarDay, ChangedDays
from sqm_site.clock import database_now
from sqm_site.models import Heartbeat
from sqm_site.sweeping import RETRY
from tests.cases import taken
from tests.estimates import A_DAY_LATER, ESTIMATED, RECEIVED, clock_of, local
from tests.people import person
from tests.seconding import browser, page, seconded

SETTLED = timedelta(seconds=15)  # until every process has the new days


@pytest.fixture(autouse=True)
def quiet():
    """No change waits, and what a test rolled back leaves the memory."""
    ChangedDays.objects.all().delete()
    yield
    rulebook.forget()


def bank() -> Calendar:
    return Calendar.objects.get(code="cn-bank")


def off(day: str, *, official: bool) -> None:
    CalendarDay.objects.update_or_create(
        calendar=bank(), day=date.fromisoformat(day), defaults={"is_workday": False, "official": official}
    )


@pytest.mark.parametrize("official", [False, True])
def test_a_day_off_that_is_entered_moves_the_estimate_over_it_at_the_next_sweep(estimated, official):
    """Days entered by the page moved no deadline until somebody ran `setup`."""
    off("2027-01-04", official=official)

    assert recount_changed(at=RECEIVED)["moved"] == 1

    clock = clock_of(estimated)
    (move,) = DeadlineMove.objects.filter(clock=clock)
    assert (clock.due_at, clock.first_due_at, clock.estimated) == (A_DAY_LATER, ESTIMATED, True)
    assert (move.cause, move.was, move.now, move.days) == ("calendar", ESTIMATED, A_DAY_LATER, 1)
    assert clock.provenance[-1]["step"] == "expected"
    case = Case.objects.get(pk=estimated.pk)
    assert case.events.latest("sequence").verb == "recount"
    assert [*differences(case)] == []
    assert any("2027" in sentence for sentence in why(clock)[-2:])
    row = AuditRow.objects.filter(verb="configure", subject=f"calendar:{bank().pk}").latest("pk")
    assert row.details == {"since": "2027-01-04", "deadlines_moved": 1}


def test_twice_is_once_and_an_hour_of_nothing_costs_a_look(estimated, django_assert_max_num_queries):
    off("2027-01-04", official=False)
    recount_changed(at=RECEIVED)

    with django_assert_max_num_queries(7):
        assert recount_changed(at=RECEIVED)["moved"] == 0

    assert DeadlineMove.objects.count() == 1
    assert not ChangedDays.objects.exists()
    assert Heartbeat.objects.filter(name=recounting.NAME).exists()


def test_a_day_that_is_taken_out_again_moves_the_estimate_back(estimated):
    off("2027-01-04", official=False)
    recount_changed(at=RECEIVED)
    CalendarDay.objects.filter(calendar=bank(), day=date(2027, 1, 4)).delete()

    recount_changed(at=RECEIVED)

    assert clock_of(estimated).due_at == ESTIMATED
    assert DeadlineMove.objects.count() == 2
    assert [*differences(Case.objects.get(pk=estimated.pk))] == []


def test_a_deadline_that_was_never_estimated_stays(integration, time_machine):
    received = local("2026-11-30 10:00")
    time_machine.move_to(received)
    case = taken(integration, at=received)
    due_at = clock_of(case).due_at
    off("2026-12-02", official=True)

    assert recount_changed(at=received)["moved"] == 0

    assert clock_of(case).due_at == due_at


def test_every_process_has_the_new_days_before_anything_is_counted(transactional_db):
    """The due time is the database's: a process holds what it read for five seconds."""
    ChangedDays.objects.all().delete()
    calendar = Calendar.objects.create(code="own", name="本行", hours=[["09:00", "12:00"]])
    before = database_now()
    day = CalendarDay.objects.create(calendar=calendar, day=date(2027, 3, 1), is_workday=False)
    CalendarDay.objects.filter(pk=day.pk).update(day=date(2027, 2, 1))
    CalendarDay.objects.filter(pk=day.pk).delete()

    rows = ChangedDays.objects.order_by("pk")
    first, *_rest = rows
    since = [row.since for row in rows]
    assert sorted(since) == [date(2027, 2, 1), date(2027, 2, 1), date(2027, 3, 1), date(2027, 3, 1)]
    assert before + SETTLED <= first.due_at < before + 2 * SETTLED
    assert timedelta(seconds=2 * rulebook.RECHECK_SECONDS) < SETTLED
    recount_changed(at=first.due_at - timedelta(microseconds=1))
    assert ChangedDays.objects.count() == 4
    calendar.delete()
    recount_changed(at=first.due_at + SETTLED)
    assert not ChangedDays.objects.exists()


def test_a_case_that_cannot_be_counted_stops_no_other_and_is_tried_in_an_hour(estimated, integration, time_machine):
    broken = taken(integration, at=RECEIVED, external_id="broken")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        time_machine.move_to(cursor.fetchone()[0])  # what stands aside is shown by the database's clock
    Clock.objects.filter(case=broken, kind="resolution").update(provenance=[{"step": "estimated"}])
    off("2027-01-04", official=False)

    assert recount_changed(at=RECEIVED)["moved"] == 1

    assert clock_of(estimated).due_at == A_DAY_LATER
    assert ChangedDays.objects.get().due_at == RECEIVED + RETRY
    assert str(broken.pk) in Heartbeat.objects.get(name=recounting.NAME).isolated


def test_a_day_of_the_page_is_noted_when_the_second_person_has_granted_it(institution):
    pages = browser(person("admin", Role.SYSTEM_ADMINISTRATOR, institution))
    calendar = Calendar.objects.create(
        code="own", name="本行", hours=[["09:00", "12:00"]], legal_entity=institution.legal_entity
    )

    pages.post(page(CalendarDay(), "add"), {"calendar": calendar.pk, "day": "2027-02-05", "name": "台风"})
    assert not ChangedDays.objects.exists()
    seconded()

    noted = ChangedDays.objects.get()
    assert (noted.calendar_id, noted.since) == (calendar.pk, date(2027, 2, 5))
