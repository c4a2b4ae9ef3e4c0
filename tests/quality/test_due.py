"""What is overdue and what will be is read from the clocks that run."""

import json
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from complaints.models import Case, Clock, Round
from complaints.verbs.transferring import add_reference
from organization.models import User
from quality import upcoming as upcoming_deadlines
from quality.deadlines import Window, counted_due, running, windows
from quality.drilldown import Filter
from quality.scope import scope_of
from quality.upcoming import SPARE, Soonest, upcoming
from tests.cases import TRANSFERRED, taken
from tests.people import NOON
from tests.plans import reads_of, rows_of

LATER = NOON + timedelta(days=60)


def test_overdue_clocks_are_found_without_a_look_at_those_that_stopped(integration):
    """B25: no index knew which clocks run: of 160,000 that were read 5,608 did, and each year there were more."""
    for _ in range(8):
        taken(integration)
    Clock.objects.exclude(kind="resolution").update(stopped_at=NOON + timedelta(days=1))
    past = list(Clock.objects.exclude(stopped_at=None))
    for number in range(100):
        for clock in past:
            clock.pk, clock.subject = None, f"past:{number}"
        Clock.objects.bulk_create(past)
    overdue = running().filter(windows(LATER)["overdue"].due)
    with connection.cursor() as cursor:
        # the choice must not hang on whether autovacuum came by; so few rows are also read at once, whatever the index
        cursor.execute("ANALYZE complaints_clock; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = json.loads(overdue.explain(format="json", analyze=True))[0]["Plan"]
    assert plan["Index Name"] in {"clock_running_due", "clock_running_kind"} and plan["Actual Rows"] == 8
    assert "Rows Removed by Filter" not in plan


def test_a_window_narrowed_to_a_unit_or_a_channel_opens_its_cases(integration, supervisor, branch, other_branch):
    ours = taken(integration, channel="app")
    elsewhere = taken(integration, channel="phone")
    Case.objects.filter(pk=elsewhere.pk).update(handling_unit=other_branch)
    everybody, scope = User.system(), scope_of(User.system())

    def opened(**narrowed: str) -> set[int]:
        window = Window(None, LATER, "", Filter(**narrowed))
        return set(window.cases(everybody, scope).values_list("pk", flat=True))

    assert opened() == {ours.pk, elsewhere.pk}
    assert opened(unit=branch.code) == opened(channel="app") == {ours.pk}


PAST, RUNNING = 400, 6


@pytest.fixture
def long_ago(integration) -> list[Case]:
    """Cases that run, and before them many that ended long ago, each with the clocks it had."""
    cases = [taken(integration)]
    clocks = list(Clock.objects.filter(case=cases[0]))
    facts = {one.attname: getattr(cases[0], one.attname) for one in Case._meta.concrete_fields if one.attname != "id"}
    ended = facts | {"state": "closed", "next_due_at": None}
    past = Case.objects.bulk_create(Case(**ended | {"reference": f"P-{number}"}) for number in range(PAST))
    turn = {"began_at": NOON, "began_by": cases[0].owner, "cause": "take_in"}
    for case, row in zip(past, Round.objects.bulk_create(Round(case=case, **turn) for case in past), strict=True):
        for clock in clocks:
            clock.pk, clock.case, clock.round, clock.stopped_at = None, case, row, NOON + timedelta(minutes=1)
        Clock.objects.bulk_create(clocks)
    cases += [taken(integration) for _ in range(RUNNING - 1)]
    with connection.cursor() as cursor:
        # indexes that thousands of tests have filled and emptied cost the planner what none of a real house does
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("REINDEX TABLE complaints_case")
        cursor.execute("REINDEX TABLE complaints_clock")
        cursor.execute("ANALYZE complaints_clock, complaints_case")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return cases


@pytest.fixture
def by_hash(long_ago) -> None:
    """As at a million: of so few clocks the planner would look up the case of each."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")


def read_of_both(statements: list[str]) -> tuple[int, int]:
    return tuple(rows_of(statements, table)[0] for table in ("complaints_clock", "complaints_case"))


def test_the_report_reads_what_runs_and_nothing_of_the_past(long_ago, by_hash, supervisor):
    """P4: the SLA report read every clock of all time, a second more each year."""
    with reads_of("complaints_clock") as statements:
        told = counted_due(supervisor, scope_of(supervisor), LATER)
    assert sum(row["sum_overdue"] for row in told) == RUNNING
    clocks, cases = read_of_both(statements)
    assert clocks <= running().count() and cases <= 2 * RUNNING


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_due_next_reads_what_runs_and_nothing_of_the_past(long_ago, by_hash, supervisor, monkeypatch, whole):
    """P4: for whoever sees all of the legal entity, and for the others."""
    monkeypatch.setattr(upcoming_deadlines, "holds_all", lambda _user: whole)
    with reads_of("complaints_clock") as statements:
        found = Soonest(supervisor, LATER).first(upcoming(NOON, LATER), 200)
    assert [clock.pk for clock in found] == list(running().order_by("due_at", "pk").values_list("pk", flat=True))
    clocks, cases = read_of_both([sql for sql in statements if "ORDER BY" in sql])  # that which finds the keys
    assert clocks <= 2 * len(found) and cases <= 2 * len(found)


@pytest.fixture
def all_running(long_ago, supervisor) -> list[Clock]:
    """Some thousand deadlines that run, in order; one in ten of the cases concerns the reader."""
    Clock.objects.update(stopped_at=None, due_at=F("due_at") + timedelta(seconds=1) * F("id"))
    Case.objects.update(next_due_at=NOON + timedelta(hours=1))
    Case.objects.filter(reference__endswith="7").update(barred=[supervisor.pk])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_clock, complaints_case")
    found = running().filter(due_at__gte=NOON, due_at__lt=LATER).order_by("due_at", "pk")
    return list(found.exclude(case__barred__contains=[supervisor.pk]))


def test_a_page_of_what_is_due_next_reads_about_a_page(all_running, supervisor, monkeypatch):
    """The head office's page was sorted from all that fell due within its hours."""
    monkeypatch.setattr(upcoming_deadlines, "holds_all", lambda _user: True)
    with reads_of("complaints_clock") as statements:
        found = Soonest(supervisor, LATER).first(upcoming(NOON, LATER), 50)
    assert found == all_running[:50]
    read, indexes = rows_of([sql for sql in statements if "ORDER BY" in sql], "complaints_clock")
    assert read == 50 + SPARE and indexes == {"clock_running_due"}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("spare", [0, SPARE, 10_000])
def test_what_is_due_next_is_the_same_by_either_way(
    all_running, supervisor, client, monkeypatch, time_machine, whole, spare
):
    monkeypatch.setattr(upcoming_deadlines, "holds_all", lambda _user: whole)
    monkeypatch.setattr(upcoming_deadlines, "SPARE", spare)
    assert Soonest(supervisor, LATER).first(upcoming(NOON, LATER), 5_000) == all_running
    assert Soonest(supervisor, LATER, []).first(upcoming(NOON, LATER), 50) == []
    time_machine.move_to(NOON, tick=False)
    client.force_login(supervisor)
    address, read = "/api/v1/sla/due/?hours=744&page_size=200", list[str]()
    while address:
        page = client.get(address).json()
        read += [row["reference"] for row in page["results"]]
        address = page["next"]
    within = [clock for clock in all_running if clock.due_at < NOON + timedelta(hours=744)]
    assert read == [clock.case.reference for clock in within]


def test_the_list_behind_overdue_now_reads_what_runs_and_nothing_of_the_past(long_ago, supervisor, client):
    """P3: the list was a merge of nearly all cases with nearly all clocks: 12 to 16 s at a million, or a 503."""
    client.force_login(supervisor)
    with reads_of("complaints_case") as statements:
        page = client.get(f"/quality/due/?due_to={LATER:%Y-%m-%dT%H:%M:%SZ}")
    assert len(page.context["rows"]) == RUNNING
    clocks, cases = read_of_both(statements)
    assert clocks <= 8 * running().count() and cases <= 8 * RUNNING


@pytest.fixture
def transferred(owned) -> Case:
    """The central bank wants an answer, too."""
    return add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)


def plainly_counted(user: User, at) -> dict[tuple, dict[str, int]]:
    """As the report says it, by a look at each case."""
    counts: dict[tuple, dict[str, int]] = defaultdict(lambda: {"overdue": 0, "due_24h": 0, "due_72h": 0})
    for case in Case.objects.visible_to(user):
        left = [clock.due_at - at for clock in case.clocks.filter(stopped_at=None, paused_at=None)]
        row = counts[case.handling_unit_id, case.channel, str(case.owner_id)]
        row["overdue"] += any(one < timedelta() for one in left)
        row["due_24h"] += any(timedelta() <= one < timedelta(hours=24) for one in left)
        row["due_72h"] += any(timedelta() <= one < timedelta(hours=72) for one in left)
    return {key: row for key, row in counts.items() if any(row.values())}


def test_the_report_counts_what_a_look_at_each_case_counts(integration, supervisor, transferred):
    """P4: also of a closed case that owes a body outside its answer, and not what concerns the reader."""
    cases = [taken(integration, at=NOON - timedelta(days=number)) for number in range(5)]
    Case.objects.filter(pk=cases[0].pk).update(barred=[supervisor.pk])
    owing = Clock.objects.filter(case=transferred, kind="regulator_answer")
    Clock.objects.filter(case=transferred).exclude(pk__in=owing).update(stopped_at=LATER)
    first = owing.order_by("due_at")[0]
    Case.objects.filter(pk=transferred.pk).update(state="closed", next_due_at=first.due_at)
    for at in (first.due_at - timedelta(hours=1), first.due_at + timedelta(seconds=1), LATER):
        told = {
            (row["unit_id"], row["channel"], row["owner"]): {name: row[f"sum_{name}"] for name in windows(at)}
            for row in counted_due(supervisor, scope_of(supervisor), at)
        }
        assert told == plainly_counted(supervisor, at)
        for name, window in windows(at).items():
            listed = window.cases(supervisor, scope_of(supervisor))
            assert listed.count() == sum(row[name] for row in told.values())
            assert cases[0] not in listed
    assert transferred in windows(LATER)["overdue"].cases(supervisor, scope_of(supervisor))
