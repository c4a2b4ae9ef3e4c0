"""The deadlines of the law and of the default policies: regulations 7.1 and section 9, R1, R5, R6, R8."""

import csv
import gzip
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sla import rulebook, services
from sla.arithmetic import add_working_days, end_of_day, local_day
from sla.errors import CalendarMissing
from sla.models import CalendarDay, ClockKind, Target
from sla.services.setup import REGULATORS

SHANGHAI = ZoneInfo("Asia/Shanghai")
REFERENCE = Path(os.environ.get("REFERENCE_DATA", "")) / "china_calendar"


@pytest.fixture
def spans(configured):
    (calendar,) = rulebook.rulebook().calendars.values()
    return calendar.spans


def worked(clock: services.PlannedClock) -> timedelta:
    """From its start to its deadline."""
    return services.working_time(clock.started_at, clock.due_at)


def reference_rows(name: str) -> list[dict[str, str]]:
    if not (REFERENCE / name).is_file():
        pytest.skip("set REFERENCE_DATA to the folder of the reference data")
    with gzip.open(REFERENCE / name, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("received", "calendar_days", "working_days"),
    [
        ("2026-02-10", ["2026-02-25", "2026-03-12", "2026-04-11"], "2026-02-26"),
        ("2026-04-30", ["2026-05-15", "2026-05-30", "2026-06-29"], "2026-05-13"),
        ("2026-09-18", ["2026-10-03", "2026-10-18", "2026-11-17"], "2026-09-29"),  # the 3rd is a holiday: not moved
        ("2026-09-28", ["2026-10-13", "2026-10-28", "2026-11-27"], "2026-10-13"),
        ("2026-12-25", ["2027-01-09", "2027-01-24", "2027-02-23"], None),  # 2027 is not published
    ],
)
def test_the_vectors_of_the_regulations(received, calendar_days, working_days, spans, local):
    """15, 30 and 60 calendar days; 7 working days."""
    for hour in ("00:00", "10:00", "23:59:59"):
        moment = local(f"{received} {hour}")
        due = [end_of_day(moment, days, SHANGHAI) for days in (15, 30, 60)]
        assert due == [local(f"{day} 23:59:59") for day in calendar_days]
        if working_days:
            assert add_working_days(moment, 7, spans) == local(f"{working_days} 17:30")
        else:
            with pytest.raises(CalendarMissing, match="2027-01-01"):
                add_working_days(moment, 7, spans)


def test_a_complaint_gets_the_statutory_and_the_internal_clocks(planned, local):
    clocks = planned("2026-09-18 10:00")

    assert {kind: clock.due_at for kind, clock in clocks.items()} == {
        "decision": local("2026-10-03 23:59:59"),
        "sign_off": local("2026-09-18 15:00"),
        "first_contact": local("2026-09-20 17:30"),  # a make-up Sunday
        "resolution": local("2026-09-24 17:30"),
    }
    assert {clock.basis for kind, clock in clocks.items() if kind != "decision"} == {"internal"}
    assert clocks["decision"].basis == "statutory"
    assert worked(clocks["sign_off"]) == timedelta(hours=4)
    assert not any(clock.estimated for clock in clocks.values())


@pytest.mark.parametrize("nature", ["enquiry", "praise", "suggestion", "tip_off"])
def test_what_is_no_complaint_has_no_statutory_clock(nature, planned):
    assert set(planned("2026-09-18 10:00", nature=nature)) == {"first_contact", "resolution"}


def test_a_transfer_of_the_central_bank_adds_its_own_clock(planned, local):
    clocks = planned("2026-09-18 10:00", source="12363")

    assert clocks["decision"].due_at == clocks["transfer"].due_at == local("2026-10-03 23:59:59")
    assert [clocks[kind].provenance[0]["rule_set"] for kind in ("decision", "transfer")] == [
        "CBIRC-2020-3",
        "PBOC-2020-5",
    ]


@pytest.mark.parametrize("source", REGULATORS)
def test_a_transfer_of_a_regulator_is_answered_the_same_day(source, planned, local):
    """F44: what a regulator hands over waited for its first contact as long as anything else."""
    clocks = planned("2026-09-18 10:00", source=source)

    assert clocks["first_contact"].due_at == local("2026-09-18 17:30")
    assert worked(clocks["first_contact"]) == timedelta(hours=6, minutes=30)
    assert clocks["resolution"].due_at == local("2026-09-25 23:59:59")
    assert clocks["sign_off"].due_at == local("2026-09-18 15:00")
    # from closing time on it is the next working day, a make-up Sunday
    assert planned("2026-09-18 17:30", source=source)["first_contact"].due_at == local("2026-09-20 17:30")
    assert planned("2026-09-18 10:00")["first_contact"].due_at == local("2026-09-20 17:30")


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        ("2026-09-18 23:30", 24, "2026-09-19 23:30"),  # over a Saturday, and without opening hours
        ("2026-09-30 17:00:05", 2, "2026-09-30 19:00:05"),
        ("2026-12-31 23:00", 48, "2027-01-02 23:00"),  # no calendar is asked
    ],
)
def test_calendar_hours_run_day_and_night(received, hours, due, planned, local):
    """F44: 24小时首联 could not be written."""
    Target.objects.filter(policy__key="complaint", kind="first_contact").update(unit="calendar_hours", amount=hours)
    rulebook.forget()
    clock = planned(received)["first_contact"]

    assert clock.due_at == local(due)
    assert (clock.calendar_id, clock.estimated) == (None, False)


def test_a_clock_tells_how_its_deadline_was_reached(planned):
    clocks = planned("2026-09-18 10:00:00.750", at="2026-09-18 10:00:01")

    assert clocks["resolution"].provenance == [
        {
            "step": "planned",
            "at": "2026-09-18T10:00:01+08:00",
            "policy": "complaint",
            "name": "投诉默认时限",
            "effective_from": "2000-01-01",
            "amount": 5,
            "unit": "working_days",
            "calendar": "cn-bank",
            "started_at": "2026-09-18T02:00:00+00:00",
            "due_at": "2026-09-24T09:30:00+00:00",
        }
    ]


def test_the_follow_up_call_is_planned_by_a_later_step(configured, local):
    notified_at = local("2026-09-18 16:00")
    facts, when = services.Facts(nature="complaint"), {"started_at": notified_at, "at": notified_at}

    assert services.plan_later(ClockKind.FOLLOW_UP, facts, **when).due_at == local("2026-09-22 17:30")
    assert services.plan_later(ClockKind.PROMISE, facts, **when) is None


@pytest.mark.parametrize(
    ("came", "ordered", "ours"),
    [
        ("2026-09-14 10:00", "2026-09-22", "2026-09-20 17:30"),  # that Sunday is worked
        ("2026-09-14 10:00", "2026-10-09", "2026-09-30 17:30"),  # over the holidays
        ("2026-09-21 10:00", "2026-09-22", "2026-09-21 17:30"),  # less time than that: the day it came
        ("2026-09-18 18:00", "2026-09-18", "2026-09-18 23:59:59"),  # none at all: the order itself
    ],
)
def test_an_answer_is_due_two_working_days_before_it_was_ordered(configured, local, came, ordered, ours):
    """F24: 监管反馈: 2 working days before the day that the body names."""
    facts, when = services.Facts(nature="complaint", source="12363"), {"started_at": local(came), "at": local(came)}
    theirs, mine = services.plan_answer(facts, ordered_on=date.fromisoformat(ordered), subject="reference:2", **when)

    assert (theirs.basis, theirs.due_at) == ("ordered", local(f"{ordered} 23:59:59"))
    assert (mine.basis, mine.due_at) == ("internal", local(ours))


def test_an_answer_is_due_as_the_policy_has_it(configured, local):
    facts, when = (
        services.Facts(nature="complaint"),
        {"started_at": local("2026-09-14 10:00"), "subject": "reference:2"},
    )
    Target.objects.filter(kind="regulator_answer").update(unit="calendar_days", amount=3)
    rulebook.forget()
    _theirs, mine = services.plan_answer(facts, ordered_on=date(2026, 9, 22), at=when["started_at"], **when)
    assert mine.due_at == local("2026-09-19 23:59:59")
    Target.objects.filter(kind="regulator_answer").delete()
    rulebook.forget()
    assert services.plan_answer(facts, ordered_on=date(2026, 9, 22), at=when["started_at"], **when) == []


def test_a_policy_holds_from_its_first_to_its_last_day(planned, local):
    assert planned("1999-12-31 23:59") == {}
    assert "decision" not in planned("2020-02-29 23:59")
    assert "decision" in planned("2020-03-01 00:00")


def test_where_the_calendar_ends_intake_goes_on_and_says_so(planned, local):
    clocks = planned("2026-12-30 10:00")

    assert clocks["decision"].due_at == local("2027-01-14 23:59:59")
    assert not clocks["decision"].estimated
    assert not clocks["first_contact"].estimated
    assert clocks["resolution"].estimated
    assert clocks["resolution"].due_at == local("2027-01-07 17:30")  # 12-31, then 01-04 to 01-07
    assert clocks["resolution"].provenance[-1] == {
        "step": "estimated",
        "reason": "calendar missing, estimated by weekdays and statutory holidays",
        "missing_from": "2027-01-01",
    }


# 全国年节及纪念日放假办法 (国务院令第795号) Art. 2: 元旦 1 day; 春节 4, from 除夕 (2027-02-05) on; 清明 2027-04-05;
# 劳动节 05-01 and 02; 端午 06-09; 中秋 09-15; 国庆 10-01 to 03. Five working days after the day of receipt.
@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-12-25 10:00", "2027-01-04 17:30"),  # Fri; 28 to 31 are four, 01-01 is off, then the weekend
        ("2027-02-01 10:00", "2027-02-10 17:30"),  # Mon; 2, 3, 4, then 5 to 8 off, 9, 10
        ("2027-04-01 10:00", "2027-04-09 17:30"),  # Thu; 2, Mon 5 off, 6, 7, 8, 9
        ("2027-04-28 10:00", "2027-05-05 17:30"),  # Wed; 29, 30, then 05-01 and 02 on a weekend, 3, 4, 5
        ("2027-09-10 10:00", "2027-09-20 17:30"),  # Fri; 13, 14, Wed 15 off, 16, 17, 20
        ("2027-09-28 10:00", "2027-10-06 17:30"),  # Tue; 29, 30, Fri 1 off, weekend, 4, 5, 6
    ],
)
def test_a_year_that_is_not_published_has_its_statutory_holidays(planned, local, received, due):
    """F43: an estimate counted Monday to Friday, and New Year's Day was a working day."""
    clock = planned(received)["resolution"]

    assert (clock.estimated, clock.due_at) == (True, local(due))


def test_days_an_administrator_expects_make_a_better_estimate_and_stay_an_estimate(planned, local):
    calendar_id = CalendarDay.objects.values_list("calendar_id", flat=True).first()
    monday = local("2027-01-04 00:00").date()
    CalendarDay.objects.create(calendar_id=calendar_id, day=monday, is_workday=False, official=False)
    rulebook.forget()

    clock = planned("2026-12-30 10:00")["resolution"]

    assert clock.estimated
    assert clock.due_at == local("2027-01-08 17:30")


def test_a_complaint_of_any_published_year_counts_its_days(planned, local):
    clock = planned("2021-09-30 10:00")["resolution"]  # 国庆 to 10-07, and Saturday 10-09 is worked

    assert not clock.estimated
    assert clock.due_at == local("2021-10-13 17:30")  # 8, 9, 11, 12, 13


def test_a_complaint_from_before_the_calendar_is_taken_in_too(planned):
    assert planned("2003-05-20 10:00")["resolution"].estimated


def test_planning_asks_the_database_nothing_when_warm(planned, django_assert_num_queries):
    planned("2026-09-18 10:00")

    with django_assert_num_queries(0):
        planned("2026-09-18 11:00")
        planned("2026-12-30 10:00")


def test_every_day_of_the_calendar_is_as_published(spans):
    worked = {day.isoformat() for day in spans.days}
    for row in reference_rows("days.csv.gz"):
        assert (row["date"] in worked) == (row["is_workday"] == "1"), row["date"]


def test_working_day_deadlines_of_2023_are_as_derived(spans, local):
    for row in reference_rows("due_dates_2023_derived.csv.gz"):
        due = add_working_days(local(f"{row['start_date']} 10:00"), int(row["n_workdays"]), spans)
        assert local_day(due, SHANGHAI).isoformat() == row["due_date"], row


PRINT_DEADLINES = """
import time; time.tzset()
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from sla.arithmetic import *
zone = ZoneInfo("Asia/Shanghai")
days = {date(2023, 12, 1) + n * DAY: ((540, 1050),) if n % 7 < 5 else () for n in range(500)}
spans = working_spans(days, zone)
start = datetime(2023, 12, 29, 3, tzinfo=timezone.utc)
for n in range(80):
    moment = start + n * timedelta(hours=31)
    print(end_of_day(moment, 15, zone), add_working_days(moment, 5, spans))
    print(add_working(moment, timedelta(hours=4), spans))
"""


def test_the_time_zone_of_the_process_does_not_matter():
    """Over a year's end, a leap day and the clock changes of New York and Berlin."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DEADLINES],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for zone in ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati")
    }
    assert len(printed) == 1
    assert printed.pop().count("\n") == 160
