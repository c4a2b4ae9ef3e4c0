"""The table at the end: what came of the messages, and the figures of the year."""

from datetime import timedelta

from django.utils import timezone

from complaints.models import Case, Firing, Round, State
from demo.checking import Driven, posted, programs
from organization.models import User
from quality import figures
from quality.kpis import Figure, Kpi
from quality.periods import DAY, Period
from quality.scope import scope_of

YEAR = timedelta(days=365)


def outcome(driven: Driven) -> list[tuple[str, str]]:
    """Name and number of everything that the demonstration shows, as it stands now."""
    cases = Case.objects.filter(brought_by__api_client__in=programs())
    late = cases.filter(clocks__kind="decision", clocks__breached_at__isnull=False)
    imported = Case.objects.filter(origin=Case.Origin.IMPORT)
    satisfaction, on_time = year_of("satisfaction"), year_of("on_time_rate")
    return [
        ("Messages received", f"{posted().count():,}"),
        ("Repeats answered", f"{driven.repeats:,}"),
        ("Cases", f"{cases.count():,} (and {imported.count():,} of the twelve months before)"),
        ("Settled at once", f"{Round.objects.filter(settled=True, case__in=cases).count():,}"),
        ("Closed", f"{cases.filter(state=State.CLOSED).count():,}"),
        ("Past the legal deadline", f"{late.distinct().count():,}"),
        ("Rungs fired", f"{Firing.objects.count():,}"),
        ("Satisfaction, 12 months", percent(satisfaction)),
        ("On time, 12 months", percent(on_time)),
    ]


def year_of(key: str) -> Figure:
    """A KPI over the last twelve months, as the dashboard shows it."""
    today = timezone.localdate()
    period = Period(today - YEAR, today + DAY)
    rows = figures.read(scope_of(User.system()), [Kpi.registry[key]], period, today=today)
    return Kpi.registry[key].figure(figures.sums_of(figures.added(rows)))


def percent(figure: Figure) -> str:
    return f"{figure.value} % of {figure.n:,}" if figure.value is not None else "nothing to measure yet"
