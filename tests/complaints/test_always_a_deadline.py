"""In every open state a deadline runs: for filing, for a wait, for the ways that a rejected decision leaves open."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from complaints.errors import GateNotMet
from complaints.models import OPEN, OUTLASTING, Case, Clock, State
from complaints.services.escalating import fire_due
from complaints.services.replaying import differences
from complaints.services.waiting import end_waits, file_told
from complaints.verbs import VERBS, answering, closing, contacting, handling, ownership, satisfaction
from tests.append_only import tamper
from tests.cases import CLASSIFIED, TOLD, body
from tests.complaints.positions import (  # the same walk and people
    DECIDE,
    POSITIONS,
    TELL,
    at,
    does,
    who,
)
from tests.people import NOON

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
REJECTED = does("lead", satisfaction.record_feedback, satisfaction="dissatisfied", accepts=False)
BY_LETTER = does("handler", answering.notify, **TOLD | {"method": "POST", "evidence": "EMS12345678"})
WALK = POSITIONS | {
    "told, rejected": ({}, [*TELL, REJECTED]),
    "told by letter, rejected": ({}, [*DECIDE, BY_LETTER, REJECTED]),
}


def running(case: Case) -> dict[str, Clock]:
    return {clock.kind: clock for clock in case.clocks.filter(stopped_at=None)}


def local(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}+08:00")


@pytest.mark.parametrize("position", WALK)
def test_a_deadline_runs_in_every_open_state(position, house, monkeypatch):
    monkeypatch.setitem(POSITIONS, position, WALK[position])
    case = at(house, position)
    counting = Clock.objects.of_cases([case.pk])

    assert counting.exclude(kind__in=OUTLASTING).exists() is (case.state in OPEN)
    assert case.next_due_at == min((clock.due_at for clock in counting), default=None)


def test_what_was_told_is_filed_within_thirty_days(house):
    clock = running(at(house, "told"))["filing"]

    assert (clock.basis, clock.due_at) == ("internal", local("2026-12-23 23:59:59"))
    assert running(at(house, "filed")) == {}
    assert "filing" not in running(at(house, "disputed"))


@pytest.fixture
def waiting(house) -> Case:
    return at(house, "waiting for the customer")


def test_a_wait_for_the_customer_ends_by_itself_after_ten_working_days(waiting):
    clock = running(waiting)["wait"]
    assert clock.due_at == local("2026-12-07 17:30")

    assert end_waits(at=clock.due_at) == 0
    assert end_waits(at=clock.due_at + DAY) == 1
    case = Case.objects.get(pk=waiting.pk)
    assert case.state == State.IN_PROGRESS
    assert case.events.order_by("-sequence").first().actor.is_service
    assert running(case).keys() == {"decision", "resolution"}
    assert end_waits(at=clock.due_at + DAY) == 0


def test_a_second_wait_of_a_round_is_a_clock_of_its_own(waiting):
    handler = who("handler")
    handling.resume(waiting.reference, actor=handler, at=NOON + DAY)
    words = {"method": "PHONE", "text": "还缺一页"}
    until = date(2026, 11, 27)
    case = contacting.ask_customer(waiting.reference, actor=handler, at=NOON + DAY, **words, until=until)

    assert running(case)["wait"].due_at == local("2026-11-27 23:59:59")
    assert case.clocks.filter(kind="wait").count() == 2
    assert [*differences(Case.objects.get(pk=case.pk))] == []


@pytest.mark.parametrize(
    ("verb", "until", "allowed"),
    [
        ("ask_customer", date(2026, 11, 22), False),
        ("ask_customer", date(2026, 11, 23), True),
        ("ask_customer", date(2026, 12, 7), True),
        ("ask_customer", date(2026, 12, 8), False),
        ("suspend", date(2026, 11, 22), False),
        ("suspend", date(2027, 11, 23), True),
        ("suspend", date(2027, 11, 24), False),
    ],
)
def test_a_case_waits_no_longer_than_it_may(verb, until, allowed, house):
    case = at(house, "in progress")
    words = {
        "ask_customer": {"method": "PHONE", "text": "请补材料"},
        "suspend": {"ground": "APPRAISAL", "evidence": "J-1", "text": "送鉴定"},
    }[verb]
    wait = VERBS[verb]
    given = {"actor": who("lead"), "at": NOON, "until": until, **words}
    if not allowed:
        with pytest.raises(GateNotMet, match="之间的日期"):
            wait(case.reference, **given)
        return
    due_at = running(wait(case.reference, **given))["wait"].due_at
    assert (timezone.localdate(due_at), due_at.astimezone(timezone.get_default_timezone()).hour) == (until, 23)


def test_an_appraisal_over_its_day_is_reminded_of_and_climbs(house):
    case = at(house, "waiting for an appraisal")
    clock = running(case)["wait"]
    late = clock.due_at + 8 * DAY  # three working days and a weekend, and one to spare

    assert end_waits(at=late) == 0
    fire_due(at=late)
    told = case.firings.filter(clock=clock).order_by("position").values_list("kind", flat=True)
    assert [*told] == ["reminder", "reminder", "breach", "escalation", "escalation"]
    assert Case.objects.get(pk=case.pk).state == State.WAITING_EXTERNAL


def test_a_wait_goes_on_while_the_case_is_offered_and_ends_when_it_is_taken(waiting):
    supervisor, colleague = who("supervisor"), who("colleague")
    case = ownership.assign(waiting.reference, actor=supervisor, at=NOON, to="colleague")
    assert "wait" in running(case)

    case = ownership.accept(waiting.reference, actor=colleague, at=NOON + DAY)
    assert "wait" not in running(case)
    assert case.clocks.get(kind="resolution").paused_at is None


def test_a_wait_that_ends_while_the_case_is_offered_is_none_to_return_to(waiting):
    ownership.assign(waiting.reference, actor=who("supervisor"), at=NOON, to="colleague")
    clock = running(waiting)["wait"]

    assert end_waits(at=clock.due_at) == 0
    assert end_waits(at=clock.due_at + MINUTE) == 1
    case = Case.objects.get(pk=waiting.pk)
    assert (case.state, case.open_offer.from_state) == (State.ASSIGNED, State.IN_PROGRESS)
    assert "wait" not in running(case)
    assert case.clocks.get(kind="resolution").paused_at is None
    assert end_waits(at=clock.due_at + DAY) == 0
    assert [*differences(case)] == []


def test_a_message_of_the_customer_ends_the_wait(waiting, post):
    answer = post(body(case=waiting.reference, text="流水已上传。"))

    assert answer.json()["case"]["state"] == State.IN_PROGRESS
    assert "wait" not in running(waiting)
    last = waiting.events.order_by("-sequence")[:2]
    assert [(event.verb, event.actor.is_service) for event in last] == [("resume", True), ("join", True)]


def test_a_message_does_not_end_an_appraisal(house, post):
    case = at(house, "waiting for an appraisal")
    assert post(body(case=case.reference, text="还要多久？")).json()["case"]["state"] == State.WAITING_EXTERNAL


def test_what_is_complete_is_filed_by_itself_when_its_time_is_over(house):
    bare, complete = at(house, "told, a colleague asked"), at(house, "told, a colleague asked")
    handling.classify(complete.reference, actor=who("handler"), at=NOON, **CLASSIFIED, root_cause="R07")
    due_at = running(complete)["filing"].due_at

    assert file_told(at=due_at) == 0
    assert file_told(at=due_at + MINUTE) == 1
    complete = Case.objects.get(pk=complete.pk)
    assert (complete.state, complete.root_cause) == (State.CLOSED, "R07")
    assert complete.events.latest("sequence").actor.is_service
    assert running(complete) == {}
    assert Case.objects.get(pk=bare.pk).state == State.NOTIFIED, "nobody has chosen its root cause"
    fire_due(at=due_at + DAY)
    assert bare.firings.filter(clock__kind="filing", recipient=bare.owner).exists()


def test_a_rejected_decision_is_not_filed_while_its_ways_are_open(house, monkeypatch):
    """F46: they are counted from receipt, and a letter is on its way for five days."""
    monkeypatch.setitem(POSITIONS, "told by letter, rejected", WALK["told by letter, rejected"])
    case = at(house, "told by letter, rejected")
    over = running(case)["ways"].due_at
    assert (over, case.notifications.get().review_until_on) == (local("2026-12-28 23:59:59"), date(2026, 12, 28))

    filing = {"actor": who("handler"), "root_cause": "R07"}
    with pytest.raises(GateNotMet, match="2026-12-28"):
        closing.close(case.reference, at=over, **filing)
    assert closing.close(case.reference, at=over + MINUTE, **filing).state == State.CLOSED


def test_a_case_that_cannot_go_on_does_not_hold_the_others_up(house):
    late = NOON + 40 * DAY
    broken, whole = (at(house, "waiting for the customer") for _ in range(2))
    tamper("UPDATE complaints_caseevent SET sequence = 100 WHERE case_id = %s AND sequence = 1", broken.pk)
    Case.objects.filter(pk=broken.pk).update(event_count=99)

    assert end_waits(at=late) == 1
    assert Case.objects.get(pk=whole.pk).state == State.IN_PROGRESS
    assert end_waits(at=late + DAY / 48) == 0, "it is left alone for an hour"
    Case.objects.filter(pk=broken.pk).update(event_count=100)
    assert end_waits(at=late + DAY) == 1


def test_a_rejected_decision_leaves_its_ways_open_for_thirty_days(house, monkeypatch):
    monkeypatch.setitem(POSITIONS, "told, rejected", WALK["told, rejected"])
    case = at(house, "told, rejected")
    assert running(case)["ways"].due_at == local("2026-12-23 23:59:59")

    REJECTED(case)
    assert case.clocks.filter(kind="ways").count() == 1
    satisfaction.record_feedback(case.reference, actor=who("lead"), at=NOON, satisfaction="no_objection")
    assert running(case).keys() == {"filing"}


def test_to_be_dissatisfied_is_not_to_reject(house):
    case = at(house, "told")
    satisfaction.record_feedback(case.reference, actor=who("handler"), at=NOON, satisfaction="dissatisfied")
    assert "ways" not in running(case)
