"""A way outside that a rejected decision leaves is recorded with the day it ends, and renewed; nobody files before."""

from datetime import date, datetime, timedelta

import pytest

from complaints.errors import GateNotMet
from complaints.models import Case, Clock, DeadlineMove, State
from complaints.services.replaying import differences
from complaints.services.waiting import file_told
from complaints.verbs import approving, closing, outside, satisfaction
from tests.cases import says
from tests.complaints.positions import TELL, walked, who  # the same walk and people
from tests.people import NOON

DAY = timedelta(days=1)
COURT = {"way": "court", "evidence": "(2026)沪0115民初1234号"}


def local(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}+08:00")


@pytest.fixture
def rejected(house) -> Case:
    """Told by telephone on 2026-11-23, and not accepted: the ways are open for thirty days."""
    return walked(house, {}, [*TELL, lambda case: says(case, "dissatisfied", accepts=False)])


def clocks(case: Case) -> dict[str, Clock]:
    return {clock.kind: clock for clock in case.clocks.filter(stopped_at=None)}


def recorded(case: Case, by: str, until: date, *, at: datetime = NOON, **more: str) -> Case:
    return outside.record_way(case.reference, actor=who(by), at=at, until=until, **COURT | more)


def test_the_ways_stay_open_and_the_case_unfiled_until_the_way_outside_ends(rejected):
    assert clocks(rejected)["ways"].due_at == local("2026-12-23 23:59:59")
    case = recorded(rejected, "supervisor", date(2027, 3, 31))

    end = local("2027-03-31 23:59:59")
    assert {kind: clock.due_at for kind, clock in clocks(case).items()} == {"ways": end, "filing": end}
    moves = DeadlineMove.objects.filter(clock__case=case, cause="way")
    assert {(move.clock.kind, move.now, move.evidence) for move in moves} == {
        (kind, end, f"event:{case.event_count}") for kind in ("ways", "filing")
    }
    assert case.next_due_at == end and case.state == State.NOTIFIED
    event = case.events.latest("sequence")
    assert (event.verb, event.details["way"], event.details["until"]) == ("record_way", "court", "2027-03-31")
    assert COURT["evidence"] not in str(event.details)
    assert [*differences(Case.objects.get(pk=case.pk))] == []
    with pytest.raises(GateNotMet, match="2027-03-31"):
        closing.close(case.reference, actor=who("lead"), at=NOON + 60 * DAY, root_cause="R07")
    assert file_told(at=NOON + 60 * DAY) == 0


def test_it_is_renewed_with_new_evidence_as_often_as_it_lasts(rejected):
    recorded(rejected, "supervisor", date(2027, 3, 31))
    case = recorded(rejected, "supervisor", date(2028, 1, 31), at=NOON + 90 * DAY, way="arbitration")

    assert clocks(case)["ways"].due_at == local("2028-01-31 23:59:59")
    assert list(clocks(case)["ways"].moves.order_by("pk").values_list("cause", "days")) == [("way", 98), ("way", 306)]


def test_who_is_measured_asks_a_second_person(rejected):
    """It puts off by when the owner must file: a year for nothing, by a number that nobody has seen."""
    case = recorded(rejected, "handler", date(2027, 3, 31))
    assert clocks(case)["ways"].due_at == local("2026-12-23 23:59:59")
    asked = case.approvals.get()
    assert (asked.verb, asked.asked_by, asked.status) == ("record_way", who("handler"), "asked")

    approving.decide_approval(case.reference, actor=who("lead"), at=NOON, grant=True)

    case = Case.objects.get(pk=case.pk)
    assert clocks(case)["ways"].due_at == local("2027-03-31 23:59:59")
    assert [*differences(case)] == []


@pytest.mark.parametrize(
    ("until", "at"),
    [
        (date(2026, 12, 23), NOON),  # the day they are open to anyway
        (date(2026, 12, 1), NOON),  # sooner than that
        (date(2027, 11, 25), NOON),  # more than a year
        (date(2027, 3, 31), local("2026-12-24 00:00:00")),  # when they are over
    ],
)
def test_a_day_that_gains_something_is_refused(rejected, until, at):
    with pytest.raises(GateNotMet):
        recorded(rejected, "supervisor", until, at=at)

    assert clocks(rejected)["ways"].due_at == local("2026-12-23 23:59:59")


def test_a_year_from_today_and_the_last_second_are_in_time(rejected):
    case = recorded(rejected, "supervisor", date(2027, 12, 24), at=local("2026-12-23 23:59:59"))

    assert clocks(case)["ways"].due_at == local("2027-12-24 23:59:59")


def test_a_filing_that_is_late_stays_late(rejected):
    late = NOON - 3 * DAY
    Clock.objects.filter(case=rejected, kind="filing").update(due_at=late, started_at=late - DAY, first_due_at=late)

    case = recorded(rejected, "supervisor", date(2027, 3, 31))

    assert clocks(case)["filing"].due_at == late
    assert clocks(case)["ways"].due_at == local("2027-03-31 23:59:59")


@pytest.mark.parametrize("said", ["satisfied", "dissatisfied"])
def test_without_a_rejection_there_is_no_way_to_record(said, house):
    case = walked(house, {}, [*TELL, lambda case: says(case, said)])

    assert "ways" not in clocks(case)
    with pytest.raises(GateNotMet, match="没有"):
        recorded(case, "supervisor", date(2027, 3, 31))


def test_a_customer_who_accepts_after_all_ends_it(rejected):
    recorded(rejected, "supervisor", date(2027, 3, 31))
    says(Case.objects.get(pk=rejected.pk), "satisfied")

    assert "ways" not in clocks(rejected)
    assert satisfaction.is_answered(Case.objects.get(pk=rejected.pk).current_round)
