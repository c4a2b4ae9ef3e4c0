"""M: the facts of a case exactly at its deadline and at the end of thirty days."""

from datetime import date, datetime, timedelta

import pytest

from complaints.models import Case, Round
from quality import cells
from quality.models import CaseFact
from quality.periods import Period
from tests.cases import taken
from tests.people import NOON

SECOND = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def fact(integration):
    """The fact of a case whose round went so."""

    def of(**columns: object) -> CaseFact:
        case = taken(integration, at=NOON - timedelta(days=20))
        Round.objects.filter(case=case).update(**{name: at_of(case, value) for name, value in columns.items()})
        cells.refresh_all()
        return CaseFact.objects.get(case=case, round=1)

    return of


def at_of(case: Case, value: object) -> object:
    """A span of time counts from the deadline of the law."""
    due_at: datetime = case.clocks.get(kind="decision").due_at
    return due_at + value if isinstance(value, timedelta) else value


@pytest.mark.parametrize(("after", "due"), [(-SECOND, False), (timedelta(), False), (MOMENT, True)])
def test_closed_untold_by_the_deadline_it_never_fell_due(after, due, fact):
    """M: closed exactly at the deadline without telling: not due."""
    assert (fact(closed_at=after, ended_as="withdrawn").due_on is not None) is due


@pytest.mark.parametrize(("after", "on_time"), [(timedelta(), True), (SECOND - MOMENT, True), (SECOND, False)])
def test_the_whole_second_of_the_deadline_counts(after, on_time, fact):
    """M: told within the second of the deadline is on time."""
    assert fact(decided_at=NOON - timedelta(days=19), notified_at=after, credited_at=after).on_time is on_time


@pytest.mark.parametrize("asked", [True, False])
def test_silence_is_an_answer_where_somebody_asked(asked, fact):
    """M: whom nobody asked has not agreed by saying nothing."""
    told = NOON - timedelta(days=10)
    known = {"decided_at": told, "notified_at": told, "closed_at": told, "ended_as": "closed"}
    assert fact(**known, satisfaction_asked_at=told if asked else None).resolved is asked


@pytest.mark.parametrize(("after", "resolved"), [(timedelta(), False), (MOMENT, True)])
def test_thirty_days_end_with_their_last_moment(after, resolved, fact, integration, case):
    """M: reopened exactly 30 days after telling is not resolved."""
    told = NOON - timedelta(days=10)
    closed = {
        "closed_at": told,
        "ended_as": "closed",
        "decided_at": told,
        "notified_at": told,
        "satisfaction_asked_at": told,
    }
    Round.objects.filter(case=case).update(began_at=told, **closed)
    back = told + timedelta(days=30) + after
    Round.objects.create(case=case, number=2, began_at=back, began_by=integration.user, cause="reopen")
    cells.refresh_all()
    assert CaseFact.objects.get(case=case, round=1).resolved is resolved


@pytest.fixture
def volumes(client, client_and_key, integration):
    """The complaints of October and November, by stretch: its first day -> its number."""

    def read(interval: str) -> dict[str, str]:
        for day in (2, 14, 31):
            taken(integration, at=NOON.replace(month=10, day=day))
        taken(integration, at=NOON)
        cells.refresh_all()
        asked = f"/api/v1/kpis/complaint_volume/?from=2026-10-01&to=2026-11-25&interval={interval}"
        answer = client.get(asked, headers={"Authorization": f"Bearer {client_and_key[1]}"})
        points = answer.json()["results"]
        return {point["from"]: point["value"] for point in points if point["value"] != "0"}

    return read


@pytest.mark.parametrize(
    ("interval", "told"),
    [
        ("day", {"2026-10-02": "1", "2026-10-14": "1", "2026-10-31": "1", "2026-11-23": "1"}),
        ("week", {"2026-10-01": "1", "2026-10-12": "1", "2026-10-26": "1", "2026-11-23": "1"}),
        ("month", {"2026-10-01": "3", "2026-11-01": "1"}),
    ],
)
def test_stretches_of_a_month_that_is_over_keep_their_days(interval, told, volumes):
    """M: a whole month is read from its own cell, but not for a series of days or weeks."""
    assert volumes(interval) == told


def test_a_month_that_is_cut_at_its_last_day_ends_there():
    """M: thirty-one days after 31 January lies March; the next month is February."""
    parts = Period(date(2026, 1, 31), date(2026, 3, 2)).split("month")
    assert [(part.start, part.end) for part in parts] == [
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 2)),
    ]
