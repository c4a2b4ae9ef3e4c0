"""The numbers on the tabs of the queue: what the lists say, at a cost of what they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from complaints.desk import counting, queue
from complaints.desk.counting import COUNTED, KEPT, counted_words, counts_of
from complaints.models import Case, Clock, Round, State
from organization.models import Role, Unit, User
from tests.cases import taken
from tests.complaints.test_reading import many, thousands  # noqa: F401  thousands of cases in a tree of units
from tests.people import NOON, hold, person
from tests.plans import reads_of, rows_of


@pytest.fixture(autouse=True)
def _nothing_kept():
    KEPT.forget()


def counts(user: User, at: datetime) -> dict[str, int]:
    """As a request asks for them, which reads the rights anew."""
    return queue.counted({tab.key: tab.rows for tab in queue.TABS if tab.counted}, User.objects.get(pk=user.pk), at)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.HANDLER, Role.COMPLIANCE_AUDITOR])
def test_a_tab_counts_what_its_list_holds_at_whatever_moment(many, role):  # noqa: F811
    user = person("reader", role, many[1])
    Case.objects.filter(handling_unit=many[1], state=State.WAITING_CUSTOMER).update(owner=user)
    seen = set()
    for at in (NOON - timedelta(days=2), NOON + timedelta(days=1), NOON + timedelta(days=9)):
        told = counts(user, at)
        for tab in queue.TABS:
            if tab.counted:
                assert told[tab.key] == min(COUNTED, tab.rows(user, at).count()), (tab.key, at)
        seen.add(told["overdue"])
    assert len(seen) > 1


def test_the_statement_is_written_once_for_the_same_rights(institution, branch, monkeypatch):
    """It took 12 of the 40 ms of a page, for each request anew."""
    written, times = counting.written, []
    monkeypatch.setattr(counting, "written", lambda *given: times.append(1) or written(*given))
    user = person("reader", Role.SUPERVISOR, branch)
    for days in range(3):
        counts(user, NOON + timedelta(days=days))
    assert len(times) == 1
    hold(user, Role.HANDLER, institution)
    counts(user, NOON)
    assert len(times) == 2
    counts(person("other", Role.SUPERVISOR, branch), NOON)
    assert len(times) == 3


def test_a_unit_that_is_new_below_the_reader_is_counted_at_once(many):  # noqa: F811
    top = next(unit for unit in many[1:] if Unit.objects.filter(parent=unit).exists())
    below = Unit.objects.filter(parent=top).latest("pk")
    user, at = person("reader", Role.SUPERVISOR, top), NOON + timedelta(days=30)
    Case.objects.exclude(handling_unit=below).update(next_due_at=None)
    Unit.objects.filter(pk=below.pk).update(path=f"{many[0].path}{below.pk}/")
    assert counts(user, at)["overdue"] == 0
    Unit.objects.filter(pk=below.pk).update(path=f"{top.path}{below.pk}/")
    assert counts(user, at)["overdue"] > 0


def test_beyond_what_is_counted_it_says_so(many):  # noqa: F811
    user = person("head", Role.SUPERVISOR, many[0])
    many_more = counts(user, NOON + timedelta(days=30))["overdue"]
    assert (many_more, counted_words(many_more), counted_words(COUNTED - 1)) == (COUNTED, "99+", "99")


def test_a_list_that_asks_for_another_moment_is_not_kept(institution):
    def soon(_user, at):
        return Case.objects.filter(next_due_at__lt=at + timedelta(hours=1))

    with pytest.raises(ValueError, match="with no other"):
        counts_of({"soon": soon}, person("reader", Role.SUPERVISOR, institution), timezone.now())


def rows_read(user: User, key: str, of: str = "complaints_case") -> tuple[int, set[str]]:
    """How many rows of a table the count of one tab reads, and by which indexes."""
    tab = next(tab for tab in queue.TABS if tab.key == key)
    with reads_of("complaints_case") as asked:
        counts_of({key: tab.rows}, user, datetime(2100, 1, 1, tzinfo=UTC))
    return rows_of(asked, of)


def test_what_waits_for_a_check_is_found_among_what_waits_for_one(many):  # noqa: F811
    """At 300,000 cases the head office's count read 18,000 open cases to find a hundred."""
    Case.objects.exclude(pk__in=Case.objects.filter(state=State.PENDING_APPROVAL).values("pk")[:20]).filter(
        state=State.PENDING_APPROVAL
    ).update(state=State.IN_PROGRESS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_case")
    read, _indexes = rows_read(person("head", Role.SUPERVISOR, many[0]), "check")
    assert read <= 3 * 20


def test_what_waits_for_a_plan_is_found_from_what_was_asked(many):  # noqa: F811
    """The same, to find none."""
    read, _indexes = rows_read(person("head", Role.SUPERVISOR, many[0]), "escalated")
    assert read <= 10


@pytest.mark.parametrize("route", [[], ["institution"], ["superior", "head_office"]])
def test_what_waits_for_a_decision_is_found_from_what_was_asked(many, route):  # noqa: F811
    """Of a route and of none: by an OR over the routes each open case was read, 75 ms at 200,000 cases."""
    head, asking = person("head", Role.UNIT_HEAD, many[0]), User.system()
    for case in Case.objects.open().exclude(handling_unit=many[0])[:3]:
        asked = {"asked_by": asking, "asked_at": NOON, "expires_at": datetime(2101, 1, 1, tzinfo=UTC)}
        case.approvals.create(verb="extend", route=route, event_sequence=1, **asked)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_approval, complaints_case")
    assert queue.to_approve(head, NOON).count() == 3
    read, _indexes = rows_read(head, "approve")
    assert read <= 5 * 3
    # what is asked of each case that is looked at, whatever the numbers are
    assert "SubPlan" not in queue.to_approve(head, NOON).explain()


def test_what_nobody_signed_is_found_from_the_clocks_of_signing(many, integration):  # noqa: F811
    """The same: of each case that was overdue all clocks were read."""
    sample = taken(integration)
    running = sample.clocks.get(kind="resolution")
    cases = list(Case.objects.open().filter(next_due_at__isnull=False).exclude(pk=sample.pk)[:500])
    turn = {"began_at": NOON, "began_by": sample.owner, "cause": "take_in"}
    for case, row in zip(cases, Round.objects.bulk_create(Round(case=case, **turn) for case in cases), strict=True):
        running.pk, running.case, running.round = None, case, row
        running.kind = "sign_off" if case in cases[:3] else "resolution"
        Clock.objects.bulk_create([running])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_clock")
    head, signing = person("head", Role.SUPERVISOR, many[0]), Clock.objects.filter(kind="sign_off").count()
    assert 3 <= signing <= 4 and rows_read(head, "unsigned")[0] <= 20
    assert rows_read(head, "unsigned", of="complaints_clock") == (signing, {"clock_running_kind"})
