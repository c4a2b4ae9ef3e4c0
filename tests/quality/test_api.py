"""The figures over REST: definitions, series, the cases behind them, deadlines."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.verbs import answering, satisfaction
from organization.models import Unit
from organization.services import create_client, create_unit
from quality import cells
from quality.deadlines import NOTHING, lines
from quality.kpis import Kpi
from quality.models import Target
from tests.cases import SETTLED, TOLD, taken
from tests.people import NOON

DAYS = "from=2026-11-01&to=2026-12-01"


@pytest.fixture
def get(client, client_and_key):
    def ask(path: str, **headers: str):
        return client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {client_and_key[1]}", **headers})

    return ask


@pytest.fixture
def asked_by(client):
    def ask(user, path: str):
        client.force_login(user, backend="organization.backends.RoleBackend")
        return client.get(f"/api/v1/{path}")

    return ask


@pytest.fixture
def told(decided, handler):
    """One complaint told and answered, one settled at once, one open, one enquiry."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    satisfaction.record_feedback(decided.reference, actor=handler, at=NOON, satisfaction="dissatisfied")
    return decided


@pytest.fixture
def month(told, integration, receiver):
    settled = taken(integration, channel="app")
    answering.settle(settled.reference, actor=receiver.system(), at=NOON, **SETTLED)
    taken(integration, channel="app")
    taken(integration, nature="enquiry")
    assert cells.refresh_all().events > 0


def test_the_definitions_say_what_is_counted(get):
    answer = get("kpis/").json()
    assert [row["key"] for row in answer] == sorted(Kpi.registry)
    assert all(row["title"] and row["description"] and row["source"] for row in answer)


def test_a_series_has_figure_interval_target_and_cases(get, month):
    (point,) = get(f"kpis/satisfaction/?{DAYS}").json()["results"]
    assert (point["numerator"], point["denominator"], point["n"], point["value"]) == (1, 2, 2, "50.00")
    assert (point["low"], point["high"]) == ("9.45", "90.55")
    assert (point["target"], point["status"]) == ({"green": "90", "amber": "80"}, "red")
    assert len(get(point["cases"].removeprefix("/api/v1/")).json()["results"]) == 2
    assert (point["from"], point["to"]) == ("2026-11-01", "2026-12-01")


def test_it_is_told_by_two_dimensions(get, month, branch):
    points = get(f"kpis/complaint_volume/?{DAYS}&by=unit,channel").json()["results"]
    assert [(one["unit"], one["channel"], one["value"]) for one in points] == [("SH", "app", "2"), ("SH", "phone", "1")]
    for point in points:
        assert len(get(point["cases"].removeprefix("/api/v1/")).json()["results"]) == point["n"]


@pytest.mark.parametrize("by", ["unit", "channel", "business_line", "owner", "unit,owner", "unit,business_line"])
def test_every_point_opens_exactly_its_cases(get, month, by):
    points = get(f"kpis/complaint_volume/?{DAYS}&by={by}").json()["results"]
    assert sum(point["n"] for point in points) == 3
    for point in points:
        assert len(get(point["cases"].removeprefix("/api/v1/")).json()["results"]) == point["n"]


def test_the_point_of_a_unit_leaves_out_what_lies_below_it(asked_by, month, branch, supervisor):
    below = create_unit("SH01", name="徐汇支行", kind=Unit.Kind.SUB_BRANCH, parent=branch, receiver=branch.receiver)
    counter, _ = create_client("counter", channels=["app"], unit=below, scopes=["feedback:write"], at=NOON)
    taken(counter, channel="app")
    cells.refresh_all()
    points = asked_by(supervisor, f"kpis/complaint_volume/?{DAYS}&by=unit").json()["results"]
    assert {point["unit"]: point["n"] for point in points} == {"SH": 3, "SH01": 1}
    for point in points:
        assert len(asked_by(supervisor, point["cases"].removeprefix("/api/v1/")).json()["results"]) == point["n"]


def test_stretches_without_anything_are_told_as_such(get, month):
    points = get("kpis/satisfaction/?from=2026-11-20&to=2026-11-25&interval=day").json()["results"]
    assert [(point["from"], point["value"]) for point in points] == [
        ("2026-11-20", None), ("2026-11-21", None), ("2026-11-22", None), ("2026-11-23", "50.00"), ("2026-11-24", None)
    ]  # fmt: skip


def test_weeks_begin_on_monday_and_the_first_is_cut(get, month):
    points = get("kpis/complaint_volume/?from=2026-11-19&to=2026-11-25&interval=week").json()["results"]
    assert [(point["from"], point["to"], point["value"]) for point in points] == [
        ("2026-11-19", "2026-11-23", "0"), ("2026-11-23", "2026-11-25", "3")
    ]  # fmt: skip


def test_a_month_that_is_cut_at_its_beginning_counts_what_is_left_of_it(get, month):
    (point,) = get("kpis/complaint_volume/?from=2026-11-20&to=2026-12-01").json()["results"]
    assert (point["from"], point["to"], point["value"]) == ("2026-11-20", "2026-12-01", "3")


def test_an_empty_unit_is_none(get, month):
    everything = get(f"kpis/complaint_volume/?{DAYS}").json()["results"]
    assert get(f"kpis/complaint_volume/?{DAYS}&unit=").json()["results"] == everything
    behind = get(f"kpis/complaint_volume/cases/?{DAYS}&unit=&handling_unit=&channel=&business_line=")
    assert len(behind.json()["results"]) == everything[0]["n"]


def test_of_a_unit_that_is_asked_for_its_own_target_counts(asked_by, month, branch, auditor):
    Target.objects.create(
        kpi="satisfaction",
        unit=branch,
        legal_entity=branch.legal_entity,
        effective_from=date(2026, 11, 30),  # the last of the days that are asked for
        green=60,
        amber=40,
    )
    greens = {
        unit: asked_by(auditor, f"kpis/satisfaction/?{DAYS}&unit={unit}").json()["results"][0]["target"]["green"]
        for unit in ("", "SH")
    }
    assert greens == {"": "90", "SH": "60.00"}


def test_a_target_row_of_the_nearest_unit_wins(get, month, branch, institution):
    Target.objects.create(kpi="satisfaction", effective_from=date(2026, 1, 1), green=99, amber=98)
    Target.objects.create(
        kpi="satisfaction",
        unit=branch,
        legal_entity=branch.legal_entity,
        effective_from=date(2026, 1, 1),
        green=60,
        amber=40,
    )
    Target.objects.create(
        kpi="satisfaction",
        unit=branch,
        legal_entity=branch.legal_entity,
        effective_from=date(2027, 1, 1),
        green=20,
        amber=10,
    )
    (point,) = get(f"kpis/satisfaction/?{DAYS}").json()["results"]
    assert (point["status"], point["target"]) == ("amber", {"green": "60.00", "amber": "40.00"})


def test_a_target_of_the_entity_goes_before_that_of_the_group(get, month, branch):
    for entity, green in [(None, 99), (branch.legal_entity, 45)]:
        Target.objects.create(
            kpi="satisfaction", legal_entity=entity, effective_from=date(2026, 1, 1), green=green, amber=10
        )
    (point,) = get(f"kpis/satisfaction/?{DAYS}").json()["results"]
    assert (point["status"], point["target"]["green"]) == ("green", "45.00")


@pytest.mark.parametrize(
    "query",
    [
        "by=unit,channel,owner", "by=channel,owner", "by=colour", "by=unit,unit", "interval=year", "from=2999-12-01",
        "from=2026-11-01&to=2026-11-01", "from=1999-01-01", "colour=red", "to=yesterday",
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(get, institution, query):
    answer = get(f"kpis/satisfaction/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation")
    assert answer.json()["errors"][0]["field"] in query + "to"


def test_what_is_not_there_is_404(get, other_branch):
    assert get("kpis/happiness/").status_code == 404
    assert get("kpis/satisfaction/?unit=BJ").status_code == 404
    assert get("kpis/satisfaction/cases/?handling_unit=BJ").status_code == 404


def test_a_client_without_the_scope_and_a_person_without_the_right_are_refused(get, asked_by, integration, auditor):
    integration.scopes = ["cases:read"]
    integration.save()
    assert get("kpis/").status_code == 403
    auditor.memberships.update(role="approver")
    assert asked_by(auditor, "kpis/satisfaction/").status_code == 403
    assert asked_by(auditor, "sla/report/").status_code == 403


def test_people_see_the_figures_of_their_area(asked_by, month, handler, outsider, auditor):
    seen = {
        user.username: asked_by(user, f"kpis/complaint_volume/?{DAYS}").json()["results"][0]["n"]
        for user in (handler, outsider, auditor)
    }
    assert seen == {"handler": 3, "outsider": 0, "auditor": 3}
    behind = f"kpis/complaint_volume/cases/?{DAYS}"
    assert len(asked_by(handler, behind).json()["results"]) == 3
    assert asked_by(outsider, behind).json()["results"] == []


def test_a_person_narrowed_to_a_business_line_sees_its_figures_only(asked_by, integration, supervisor):
    cards = taken(integration, business_line="cards").business_line
    taken(integration, business_line="cards")
    taken(integration, business_line="loans")
    cells.refresh_all()
    supervisor.memberships.update(business_line=cards)

    for by in ("", "unit", "business_line", "unit,business_line"):
        points = asked_by(supervisor, f"kpis/complaint_volume/?{DAYS}&by={by}").json()["results"]
        assert sum(point["n"] for point in points) == 2
        assert len(asked_by(supervisor, points[0]["cases"].removeprefix("/api/v1/")).json()["results"]) == 2
    assert asked_by(supervisor, f"kpis/complaint_volume/?{DAYS}&by=owner").status_code == 400
    assert [line["name"] for line in asked_by(supervisor, "sla/report/").json()] == ["SH"]
    assert asked_by(supervisor, "sla/report/?by=owner").status_code == 400


def test_the_report_says_what_was_missed_and_what_comes(asked_by, integration, supervisor):
    now = timezone.now()
    late = taken(integration, at=now, occurred_at=(now - timedelta(days=40)).isoformat())
    taken(integration, at=now)
    cells.refresh_all()
    (line,) = asked_by(supervisor, f"sla/report/?from={now.date() - timedelta(days=60)}").json()

    assert (line["name"], line["denominator"], line["breached"], line["value"]) == ("SH", 1, 1, "0.00")
    assert line["overdue"] == 1
    for by in ("channel", "owner"):
        assert asked_by(supervisor, f"sla/report/?by={by}").json()[0]["overdue"] == 1
    assert late.next_due_at < now


def test_the_report_looks_a_day_and_three_days_ahead(asked_by, integration, supervisor):
    now = timezone.now()
    cases = [taken(integration, at=now) for _ in range(4)]
    for case, hours in zip(cases, (1, 23, 25, 73), strict=True):
        case.clocks.update(due_at=now + timedelta(hours=hours), next_fire_at=None)
    (line,) = asked_by(supervisor, "sla/report/").json()
    assert (line["overdue"], line["due_24h"], line["due_72h"]) == (0, 2, 3)


def test_the_report_names_first_who_is_late_most_and_then_who_had_most_to_do():
    def row(owner: str, due: int, on_time: int) -> dict:
        return {**NOTHING, "owner": owner, "sum_due": due, "sum_on_time": on_time}

    past = [row("late", 5, 3), row("few", 1, 1), row("many", 9, 9), row("same", 1, 1)]
    told = lines(lambda line: line["owner"], past, [])
    assert [line.value for line in told] == ["late", "many", "few", "same"]


def test_what_comes_next_is_told_soonest_first(get, integration):
    taken(integration, at=timezone.now())
    rows = get("sla/due/?hours=744").json()["results"]
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    assert {row["kind"] for row in rows} >= {"decision", "resolution"}
    assert {row["basis"] for row in get("sla/due/?hours=744&basis=statutory").json()["results"]} == {"statutory"}
    assert get("sla/due/?hours=0").status_code == get("sla/due/?hours=x").status_code == 400


def test_a_series_takes_the_same_few_statements_whatever_the_number(
    get, month, integration, django_assert_max_num_queries
):
    for _ in range(20):
        taken(integration, channel="web")
    cells.refresh_all()
    with django_assert_max_num_queries(8):
        get(f"kpis/satisfaction/?{DAYS}&by=unit,owner")
    with django_assert_max_num_queries(8):
        get(f"kpis/complaint_volume/cases/?{DAYS}")
    with django_assert_max_num_queries(8):
        get("sla/due/?hours=744")
