"""What meets whoever tries a trick: it is refused, waits for a second person, or counts against its author."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.exceptions import ValidationError

from complaints.models import Approval, Case
from organization.models import User
from quality import cells, figures
from quality.figures import added, sums_of
from quality.kpis import Kpi
from quality.periods import Period
from quality.scope import scope_of
from quality.series import nothing
from sqm_site.errors import DomainError, NotFound
from tests.people import NOON

DAY = timedelta(days=1)
YEAR = Period(NOON.date().replace(month=1, day=1), NOON.date().replace(year=2028, month=1, day=1))


def refused(words: str) -> Callable[[Case, Callable[[], Case]], None]:
    """The door says why not, and nothing is written."""

    def check(case: Case, act: Callable[[], Case]) -> None:
        before = case.event_count
        with pytest.raises((DomainError, ValidationError), match=words):
            act()
        assert Case.objects.get(pk=case.pk).event_count == before

    return check


def hidden(case: Case, act: Callable[[], Case]) -> None:
    """For whoever tries there is no such case."""
    before = case.event_count
    with pytest.raises(NotFound):
        act()
    assert Case.objects.get(pk=case.pk).event_count == before


def asked(case: Case, act: Callable[[], Case]) -> None:
    """It waits for a second person; state, deadlines and figures stay as they were."""
    before = standing(case)
    act()
    assert standing(Case.objects.get(pk=case.pk)) == before
    assert case.approvals.filter(status=Approval.Status.ASKED).count() == 1


def standing(case: Case) -> tuple:
    deadlines = case.clocks.filter(stopped_at=None).order_by("pk").values_list("kind", "due_at")
    turn = case.current_round
    return case.state, case.nature, case.level, case.received_at, turn.satisfaction_asked, list(deadlines)


def counts(key: str, numerator: int, denominator: int | None) -> Callable[[Case, Callable[[], Case]], None]:
    """It is done, and the figure of the KPI is this one."""

    def check(case: Case, act: Callable[[], Case]) -> None:
        act()
        cells.refresh_all()
        kpi = Kpi.registry[key]
        rows = figures.read(scope_of(User.system()), [kpi], YEAR, today=YEAR.end)
        figure = kpi.figure(sums_of(added([nothing(kpi), *rows])))
        assert (figure.numerator, figure.denominator) == (numerator, denominator)

    return check


def leaves(check: Callable[[Case], bool]) -> Callable[[Case, Callable[[], Case]], None]:
    """It is done, and this holds of the case."""

    def checked(case: Case, act: Callable[[], Case]) -> None:
        act()
        assert check(Case.objects.get(pk=case.pk))

    return checked


def due_fifteen_days_after_receipt(case: Case) -> bool:
    (clock,) = case.current_round.clocks.filter(kind="decision")
    return (clock.due_at.date(), clock.stopped_at) == ((NOON + 15 * DAY).date(), None)


def no_time_of_law(case: Case) -> bool:
    return case.round == 2 and not case.current_round.clocks.exclude(basis="internal").exists()


def still_owes(kind: str) -> Callable[[Case], bool]:
    return lambda case: case.clocks.filter(kind=kind, stopped_at=None).exists()


def answered_for(case: Case) -> bool:
    return case.responsible_unit is not None
