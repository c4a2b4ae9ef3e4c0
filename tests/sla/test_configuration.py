"""Setup, warnings, the stamp that tells processes of a change, and what the database itself refuses."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from sla import rulebook, services
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Target, Version
from sla.services.setup import setup_sla

MONDAY = "2026-09-14 10:00"


def counts():
    return [table.objects.count() for table in (Calendar, CalendarDay, Ladder, Rung, RuleSet, Policy, Target)]


def test_setup_can_be_repeated_and_keeps_what_was_changed(configured, local):
    before = counts()
    Target.objects.filter(kind="sign_off", policy__key="complaint").update(amount=120)
    changed = CalendarDay.objects.filter(day="2026-09-14").update(is_workday=False)

    setup_sla()

    assert counts() == before
    assert Target.objects.get(kind="sign_off", policy__key="complaint").amount == 120
    assert CalendarDay.objects.filter(day="2026-09-14", is_workday=False).count() == changed


def test_published_days_replace_expected_ones(configured, local):
    CalendarDay.objects.filter(day="2026-10-10").update(official=False, is_workday=False)

    setup_sla()

    day = CalendarDay.objects.get(day="2026-10-10")
    assert (day.official, day.is_workday, day.name) == (True, True, "国庆节")


def test_the_administrator_hears_60_days_before_a_calendar_ends(configured, local):
    assert services.short_calendars(local("2026-11-01 09:00")) == []
    (sentence,) = services.short_calendars(local("2026-11-02 09:00"))
    assert "2026-12-31" in sentence


def test_a_calendar_without_days_is_told_at_once(configured, local):
    CalendarDay.objects.all().delete()
    assert len(services.short_calendars(local(MONDAY))) == 1


def test_the_system_check_says_what_to_do(configured, time_machine, local):
    time_machine.move_to(local("2026-12-01 09:00"))
    warnings = [found for found in run_checks(tags=["database"], databases=["default"]) if found.id == "sqm.W201"]

    assert len(warnings) == 1
    assert "chinesecalendar" in warnings[0].hint


def test_every_change_renews_the_stamp_whoever_makes_it(configured):
    stamps = [Version.objects.get().stamp]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sla_target SET amount = amount + 1 WHERE kind = 'resolution'")
    stamps.append(Version.objects.get().stamp)
    Rung.objects.first().delete()
    stamps.append(Version.objects.get().stamp)
    Policy.objects.first().save()
    stamps.append(Version.objects.get().stamp)

    assert len(set(stamps)) == 4


def test_a_process_takes_over_a_change_within_five_seconds(planned, time_machine, monkeypatch, local):
    due_at = planned(MONDAY)["sign_off"].due_at
    Target.objects.filter(kind="sign_off").update(amount=60)
    assert planned(MONDAY)["sign_off"].due_at == due_at

    monkeypatch.setattr(rulebook.held, "checked", rulebook.held.checked - rulebook.RECHECK_SECONDS)

    assert planned(MONDAY)["sign_off"].due_at == local("2026-09-14 11:00")


def test_an_unchanged_stamp_costs_one_query(planned, monkeypatch, django_assert_num_queries):
    planned(MONDAY)
    monkeypatch.setattr(rulebook.held, "checked", rulebook.held.checked - rulebook.RECHECK_SECONDS)

    with django_assert_num_queries(1):
        planned(MONDAY)


def test_a_ladder_of_another_process_is_found_at_once(configured, django_assert_num_queries):
    rulebook.rulebook()
    ladder = Ladder.objects.create(key="new", name="new", effective_from="2026-01-01")

    assert rulebook.ladder(ladder.pk).key == "new"


def test_a_calendar_of_another_process_is_found_at_once(configured):
    rulebook.rulebook()
    calendar = Calendar.objects.create(code="night", name="night", hours=[["20:00", "24:00"]])

    assert rulebook.calendar(calendar.pk).ends_on is None


def test_a_weekday_of_its_own_hours_is_counted_by_them_published_estimated_and_made_up(planned, local):
    """Fridays until 16:00. A day's own hours come before those of its weekday, and a day off has none."""
    calendar = Calendar.objects.get(code="cn-bank")
    calendar.week.create(weekday=5, hours=[["09:00", "12:00"], ["13:00", "16:00"]])
    calendar.week.create(weekday=6, hours=[["09:00", "11:00"]])
    rulebook.forget()
    friday, before_holidays = planned("2026-11-20 14:00"), planned("2026-10-09 15:00")

    assert friday["sign_off"].due_at == local("2026-11-23 11:00")  # two hours on Friday, two on Monday
    assert planned("2026-11-13 10:00")["resolution"].due_at == local("2026-11-20 16:00")
    # Saturday 2026-10-10 is worked instead of a day of 国庆, by the hours of a Saturday
    assert before_holidays["sign_off"].due_at == local("2026-10-12 10:00")
    # 2027 is not published: from Friday the 8th at 15:00 one hour, three on Monday
    estimated = planned("2027-01-08 15:00")["sign_off"]
    assert (estimated.due_at, estimated.estimated) == (local("2027-01-11 12:00"), True)
    calendar.days.filter(day="2026-11-20").update(hours=[["09:00", "15:00"]])
    rulebook.forget()
    assert planned("2026-11-20 14:00")["sign_off"].due_at == local("2026-11-23 12:00")


@pytest.mark.parametrize(
    "wrong", [{"hours": [["12:00", "09:00"]]}, {"hours": "always"}, {"hours": [[9, 17, 18]]}, {"zone": "Asia/Nowhere"}]
)
def test_a_calendar_that_makes_no_sense_is_refused(wrong):
    calendar = Calendar(code="x", name="x", **({"hours": [["09:00", "17:30"]]} | wrong))
    with pytest.raises(ValidationError):
        calendar.clean_fields()


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        (Target, {"amount": 0}),
        (Target, {"amount": 200_000, "unit": "working_minutes"}),
        (Target, {"amount": 366, "unit": "working_days"}),
        (Target, {"amount": 8_761, "unit": "calendar_hours"}),
        (Target, {"amount": 2, "unit": "same_day"}),
        (RuleSet, {"max_days": 3}),
        (Policy, {"effective_to": "1999-01-01"}),
    ],
)
def test_the_database_refuses_a_policy_that_makes_no_sense(table, wrong, configured):
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.filter(pk=table.objects.first().pk).update(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": "hearsay"},
        {"due_at": timedelta(seconds=-1)},
        {"stopped_at": timedelta(seconds=-1)},
        {"breached_at": timedelta(seconds=1)},
        {"breached_at": timedelta(seconds=1), "breached_due_at": timedelta(seconds=1)},
        {"breached_due_at": timedelta(seconds=1)},
        *({"basis": basis, "paused_at": timedelta(seconds=1)} for basis in ("statutory", "ordered", "agreed")),
        {"stopped_at": timedelta(seconds=9), "paused_at": timedelta(seconds=1)},
        {"next_rung": None},
    ],
)
def test_the_database_refuses_a_clock_that_makes_no_sense(wrong, running):
    clock = running("sign_off", MONDAY)
    with connection.schema_editor() as editor:
        editor.create_model(type(clock))
    clock.save()
    for name, value in wrong.items():
        setattr(clock, name, clock.started_at + value if isinstance(value, timedelta) else value)

    with pytest.raises(IntegrityError), transaction.atomic():
        clock.save()
