"""The KPIs: the contract of all of them, then each with rows and the one number expected."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from complaints.errors import GateNotMet
from complaints.models import Case
from complaints.verbs import VERBS, answering, closing, deciding, ending, handling, ownership, satisfaction
from organization.models import User
from quality import cells, figures
from quality.figures import added, sums_of
from quality.intervals import wilson
from quality.kpis import Kpi
from quality.measures import MEASURES
from quality.models import CaseFact, Cell
from quality.periods import Period
from quality.scope import scope_of
from quality.series import nothing
from quality.targets import Bounds
from tests.cases import (
    CALLED,
    CLASSIFIED,
    DECIDED,
    MORE_TIME,
    SETTLED,
    TAKEN_BACK,
    TOLD,
    content,
    grant,
    says,
    take_back,
    taken,
    told,
)
from tests.people import NOON

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"
TODAY = date(2026, 11, 24)
MONTH = Period(date(2026, 11, 1), date(2026, 12, 1))
every_kpi = pytest.mark.parametrize("kpi", Kpi.registry.values(), ids=lambda kpi: kpi.key)


@every_kpi
def test_every_kpi_says_what_it_is_and_has_no_value_without_cases(kpi):
    assert kpi.title and kpi.source and kpi.__doc__
    assert kpi.better in {"higher", "lower"} and kpi.unit in {"%", ""}
    assert set(kpi.parts) == {"numerator", "denominator", "rest"}
    assert {MEASURES[name].day for name in kpi.measures} == {kpi.day}, "a case falls into a period by one day"
    figure = kpi.figure(dict.fromkeys(kpi.measures, 0))
    assert figure.value is None if kpi.denominator else figure.value == 0
    assert (figure.low, figure.high, figure.n) == (None, None, 0)
    assert "None when" in kpi.__doc__ or not kpi.denominator


def test_every_measure_has_its_column_and_its_day():
    columns = {field.name for field in Cell._meta.concrete_fields}
    facts = {field.column for field in CaseFact._meta.concrete_fields}
    assert set(MEASURES) <= columns
    assert {measure.day for measure in MEASURES.values()} | {"satisfaction", "on_time", "resolved"} <= facts


def test_the_page_about_the_kpis_is_current():
    said = StringIO()
    call_command("describe_kpis", stdout=said)
    assert DOCUMENT.read_text() == said.getvalue(), "run: manage.py describe_kpis > docs/kpis.md"


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(87, 100, "0.7902", "0.9224"), (0, 20, "0", "0.1611"), (20, 20, "0.8389", "1"), (7, 20, "0.1812", "0.5671")],
)
def test_the_wilson_interval_gives_the_published_values(hits, of, low, high):
    found = [value.quantize(Decimal("0.0001")) for value in wilson(hits, of)]
    assert found == [Decimal(low).quantize(Decimal("0.0001")), Decimal(high).quantize(Decimal("0.0001"))]


def test_satisfaction_gives_the_value_a_bank_disclosed():
    sums = {"satisfied": 3261, "no_objection": 886, "notified": 4590}
    assert Kpi.registry["satisfaction"].figure(sums).value == Decimal("90.35")


@pytest.mark.parametrize(
    ("value", "better", "status"),
    [("95", "higher", "green"), ("90", "higher", "green"), ("85", "higher", "amber"), ("79.99", "higher", "red")],
)
def test_a_bound_belongs_to_the_better_side(value, better, status):
    figure = Kpi.registry["satisfaction"].figure({"satisfied": 1, "no_objection": 0, "notified": 1})
    figure = type(figure)(numerator=1, denominator=1, value=Decimal(value))
    assert Bounds(Decimal(90), Decimal(80), better).status(figure) == status


@pytest.fixture
def value(integration):
    """The figure of a KPI in November, as numerator, denominator and value."""

    def read(key: str, today: date = TODAY) -> tuple:
        cells.refresh_all()
        kpi = Kpi.registry[key]
        rows = figures.read(scope_of(User.system()), [kpi], MONTH, today=today)
        figure = kpi.figure(sums_of(added([nothing(kpi), *rows])))
        return figure.numerator, figure.denominator, figure.value

    return read


def settled(integration, satisfaction: str = "satisfied", **taken_with) -> Case:
    case = taken(integration, **taken_with)
    words = {**SETTLED, "satisfaction": satisfaction}
    return answering.settle(case.reference, actor=User.system(), at=NOON, **words)


@pytest.fixture
def answered(integration, handler, lead):
    """A complaint that was decided by two persons and told at noon; `view`: what the customer says of it."""

    def of(view: str = "", *, since: datetime = NOON, **said) -> Case:
        case = told(integration, handler=handler, checker=lead, since=since)
        return says(case, view, **said) if view else case

    return of


def test_satisfaction_counts_the_contented_among_all_that_were_told(integration, answered, handler, value):
    """F9: what the owner enters is kept, and counts apart."""
    settled(integration, "no_objection")
    for word in ("satisfied", "dissatisfied", "not_obtained"):
        answered(word)
    entered = answered()
    satisfaction.record_feedback(entered.reference, actor=handler, at=NOON, satisfaction="satisfied")
    settled(integration, nature="enquiry")
    taken(integration)
    assert value("satisfaction") == (2, 5, Decimal("40.00"))
    assert value("owner_entry_rate") == (1, 5, Decimal("20.00"))


def test_on_time_counts_what_fell_due_by_its_deadline(integration, answered, value):
    answered(since=NOON - timedelta(days=15))  # due today, told in time
    answered(since=NOON - timedelta(days=18))  # told three days late
    taken(integration, at=NOON - timedelta(days=18))  # open and overdue
    taken(integration, at=NOON)  # due next month
    withdrawn = taken(integration, at=NOON - timedelta(days=15))  # ended in time, without an answer
    ending.withdraw(withdrawn.reference, actor=User.system(), at=NOON, **TAKEN_BACK)

    assert value("on_time_rate") == (1, 3, Decimal("33.33"))
    assert value("on_time_rate", today=date(2026, 11, 23)) == (0, 2, Decimal("0.00"))  # today is not over yet


def test_what_was_withdrawn_after_its_deadline_stays_late(integration, value):
    case = taken(integration, at=NOON - timedelta(days=18))
    ending.withdraw(case.reference, actor=User.system(), at=NOON, **TAKEN_BACK)
    assert value("on_time_rate") == (0, 1, Decimal("0.00"))


def test_resolved_is_what_was_accepted_or_did_not_come_back_in_30_days(integration, answered, colleague, value):
    """F7: a decision that the customer rejected counted as resolved when he did not come back."""

    def filed(view: str) -> Case:
        case = answered(view) if view else content(answered(), caller=colleague, satisfaction="not_obtained")
        return closing.close(case.reference, actor=User.system(), at=NOON, root_cause="R07")

    def back(case: Case, days: int) -> None:
        closing.reopen(case.reference, actor=User.system(), at=NOON + timedelta(days=days), reason="新情况")

    filed("dissatisfied")  # rejected: never
    filed("")  # asked, did not come back
    back(filed(""), days=31)  # came back too late
    back(filed(""), days=29)  # not resolved
    back(filed("satisfied"), days=2)  # was accepted
    settled(integration)  # not filed
    assert value("resolution_rate") == (3, 5, Decimal("60.00"))


def test_silence_is_no_answer_where_nobody_asked(integration, answered, handler, value):
    """F10: the survey of a customer without an address counted as asked."""
    case = answered()
    with pytest.raises(GateNotMet, match="满意"):
        closing.close(case.reference, actor=handler, at=NOON, root_cause="R07")
    satisfaction.record_feedback(case.reference, actor=handler, at=NOON, satisfaction="satisfied")
    with pytest.raises(GateNotMet, match="满意"):
        closing.close(case.reference, actor=handler, at=NOON, root_cause="R07")
    assert value("resolution_rate") == (0, 0, None)


def test_a_late_entry_is_late_until_a_second_person_agrees(integration, handler, lead, value):
    """F1: told in time, entered after the deadline: late until somebody has seen it, and counted for ever."""
    since = NOON - timedelta(days=16)
    decided_at = since + timedelta(days=1)
    reference = taken(integration, at=since).reference
    ownership.take_next(reference, actor=handler, at=decided_at)
    handling.classify(reference, actor=handler, at=decided_at, **CLASSIFIED)
    deciding.draft_decision(reference, actor=handler, at=decided_at, **DECIDED)
    deciding.approve_decision(reference, actor=lead, at=decided_at)
    case = answering.notify(reference, actor=handler, at=NOON, told_at=decided_at, **TOLD)
    assert value("on_time_rate") == (0, 1, Decimal("0.00"))
    grant(case, by=lead)
    assert value("on_time_rate") == (1, 1, Decimal("100.00"))
    assert value("late_entry_rate") == (1, 1, Decimal("100.00"))


@pytest.mark.parametrize("verb", ["log_contact", "acknowledge"])
def test_whatever_is_entered_days_later_counts_as_late(verb, integration, handler, lead, value):
    """F39: a first contact or an acknowledgement that was typed in three days later stood in no figure."""
    given = {"log_contact": CALLED, "acknowledge": {"method": "PHONE"}}[verb]
    case = taken(integration, at=NOON - timedelta(days=3))
    ownership.take_next(case.reference, actor=handler, at=NOON)
    happened_at = NOON - timedelta(days=3) + timedelta(hours=1)
    VERBS[verb](case.reference, actor=handler, at=NOON, happened_at=happened_at, **given)
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(case.reference, actor=lead, at=NOON)
    answering.notify(case.reference, actor=handler, at=NOON, **TOLD)
    assert value("late_entry_rate") == (1, 1, Decimal("100.00"))


@pytest.mark.parametrize(("reason", "agreed"), [("REFUSED", False), ("REFUSED", True), ("ANONYMOUS", False)])
def test_whom_nobody_asked_counts_once_it_is_agreed(reason, agreed, integration, handler, lead, value):
    """F11: how often the question is spared was shown nowhere."""
    decided = told(integration, handler=handler, checker=lead)
    VERBS["waive_survey"](decided.reference, actor=handler, at=NOON, waived_reason=reason, reason="客户不愿评价")
    if agreed:
        grant(decided, by=lead)
    assert value("waiver_rate")[:2] == (agreed, 1)


GRANTED_AND_TOLD: list[tuple[str, str, dict[str, Any]]] = [
    ("extend", "handler", MORE_TIME),
    ("decide_approval", "supervisor", {"grant": True}),
    ("extend", "handler", TOLD),
]


@pytest.mark.parametrize("steps", range(4))
def test_an_extension_counts_once_the_customer_was_told_of_it(steps, integration, handler, lead, supervisor, value):
    """N2: what is asked for, or granted and not told, is none; a case withdrawn and taken up again keeps it."""
    people = {"handler": handler, "supervisor": supervisor}
    case = taken(integration)
    ownership.take_next(case.reference, actor=handler, at=NOON)
    for verb, by, given in GRANTED_AND_TOLD[:steps]:
        VERBS[verb](case.reference, actor=people[by], at=NOON, **given)
    take_back(case, actor=handler, second=lead)
    closing.reopen(case.reference, actor=lead, at=NOON, reason="客户反悔")
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(case.reference, actor=lead, at=NOON)
    answering.notify(case.reference, actor=handler, at=NOON, **TOLD)
    assert value("extension_rate")[:2] == (steps == 3, 1)


def test_volume_counts_a_complaint_once_however_often_it_comes_back(integration, value):
    case = settled(integration)
    closing.dispute(case.reference, actor=User.system(), at=NOON, reason="不认可")
    taken(integration, nature="suggestion")
    taken(integration, at=NOON - timedelta(days=40))
    assert value("complaint_volume") == (1, None, Decimal(1))


@pytest.mark.parametrize(
    ("start", "end", "months", "days"),
    [("2026-08-15", "2026-11-25", 2, 41), ("2026-11-02", "2026-11-20", 0, 18), ("2026-10-01", "2026-12-01", 1, 30)],
)
def test_a_period_is_read_from_whole_months_and_single_days(db, institution, start, end, months, days):
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    first = date(2026, 7, 1)
    entity = institution.legal_entity
    Cell.objects.bulk_create(
        Cell(legal_entity=entity, unit=institution, grouping="unit", period="day", starts_on=first + timedelta(days=n))
        for n in range(200)
    )
    Cell.objects.bulk_create(
        Cell(legal_entity=entity, unit=institution, grouping="unit", period="month", starts_on=date(2026, n, 1))
        for n in range(7, 13)
    )
    found = Cell.objects.filter(period.in_cells(date(2026, 11, 24))).values_list("period", flat=True)
    assert (list(found).count("month"), list(found).count("day")) == (months, days)
