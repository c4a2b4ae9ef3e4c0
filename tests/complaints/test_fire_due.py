"""The sweep: rungs before and after a deadline fire once, to a named person."""

import threading
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from complaints.models import Case, CaseEvent, Clock, Firing, Unread
from complaints.services.escalating import BATCH, Swept, fire_due
from complaints.verbs import contacting, escalation
from feedback.models import Notice
from organization.models import User
from security.chain import verify_chain
from sla import services as sla
from sqm_site.models import Heartbeat
from tests.cases import CALLED, taken
from tests.people import NOON, absent

LATE = NOON + timedelta(days=40)


def test_nothing_fires_before_its_time(case):
    assert fire_due(at=NOON).rungs == 0
    assert not Firing.objects.exists()


def test_a_reminder_reaches_the_owner_before_the_deadline(case, receiver):
    clock = case.clocks.get(kind="sign_off")
    swept = fire_due(at=clock.next_fire_at)
    assert (swept.cases, swept.rungs) == (1, 1)
    firing = Firing.objects.get()
    assert (firing.kind, firing.recipient, firing.due_was) == ("reminder", receiver, clock.due_at)
    assert Notice.objects.filter(kind="reminder", to_user=receiver, channel="in_app").count() == 1


def test_a_breach_climbs_to_the_people_above(owned, handler, lead, supervisor):
    fire_due(at=LATE)
    told = set(Firing.objects.filter(clock__kind="resolution").values_list("kind", "recipient__username"))
    assert {("breach", "handler"), ("escalation", "lead"), ("escalation", "supervisor")} <= told
    assert Clock.objects.get(case=owned, kind="decision").breached_at is not None


def test_a_lead_who_is_absent_is_passed_over(owned, team, lead, supervisor):
    Case.objects.update(team=team)
    absent(lead, until=LATE + timedelta(days=1))
    fire_due(at=LATE)
    assert Firing.objects.filter(clock__kind="resolution", kind="escalation").exists()
    assert not Firing.objects.filter(recipient=lead).exists()
    assert Firing.objects.filter(recipient=supervisor).exists()


def test_every_rung_fires_once_however_often_the_sweep_runs(case):
    fire_due(at=LATE)
    fired = Firing.objects.count()
    assert fire_due(at=LATE).rungs == 0
    assert Firing.objects.count() == fired
    events = case.events.order_by("sequence")
    assert verify_chain(events, CaseEvent.payload) == []
    assert Case.objects.get().last_hash == events.last().hash


def test_rungs_of_a_stopped_clock_do_not_fire(owned, handler):
    contacting.log_contact(owned.reference, actor=handler, at=NOON, **CALLED)
    fire_due(at=LATE)
    assert not Firing.objects.filter(clock__kind__in=["first_contact", "sign_off"]).exists()


def test_rungs_missed_before_intake_fire_as_one_bundle(integration, receiver):
    case = taken(integration, occurred_at=(NOON - timedelta(days=18)).isoformat())
    fire_due(at=NOON)
    assert case.events.filter(verb="fire").count() == 1
    notices = Notice.objects.filter(about=case.reference, channel="in_app", to_user=receiver)
    assert notices.count() == 1


def test_a_case_that_cannot_be_fired_stops_none_of_the_others(integration):
    """B8: it took its batch of 500 with it at every tick, and nobody was escalated any more."""
    cases = [taken(integration) for _ in range(BATCH)]
    bad = cases[BATCH // 3].clocks.get(kind="sign_off")
    at = bad.next_fire_at
    known = Firing(clock=bad, case_id=bad.case_id, position=bad.next_rung, kind="reminder", recipient=User.system())
    known.fired_at = known.due_was = at
    known.save()
    assert fire_due(at=at) == Swept(cases=BATCH - 1, rungs=BATCH - 1)
    bad.refresh_from_db()
    assert bad.retry_at == at + timedelta(hours=1)
    assert set(Heartbeat.objects.get().isolated) == {str(bad.case_id)}
    known.delete()
    assert fire_due(at=bad.retry_at - timedelta(seconds=1)).rungs == 0
    assert fire_due(at=bad.retry_at) == Swept(cases=1, rungs=1)


def test_a_locked_case_is_skipped_and_fired_the_next_time(integration, transactional_db):
    first, second = taken(integration), taken(integration)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM complaints_case WHERE id = %s FOR UPDATE", [first.pk])
            held.set()
            done.wait(20)
            cursor.execute("ROLLBACK")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    fire_due(at=LATE)
    assert set(Firing.objects.values_list("case_id", flat=True)) == {second.pk}
    done.set()
    thread.join()
    fire_due(at=LATE)
    assert set(Firing.objects.values_list("case_id", flat=True)) == {first.pk, second.pk}


def test_two_sweeps_at_once_fire_each_rung_once(integration, transactional_db):
    cases = [taken(integration) for _ in range(12)]
    start = threading.Barrier(3)
    failures: list[BaseException] = []

    def sweep() -> None:
        try:
            start.wait(20)
            fire_due(at=LATE)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fire_due(at=LATE)  # what a thread skipped because another held it
    assert failures == []
    assert Firing.objects.count() == Firing.objects.values("clock", "position").distinct().count()
    assert not Clock.objects.filter(next_fire_at__lte=LATE).exists()
    assert Firing.objects.values("case").distinct().count() == len(cases)


def test_the_number_of_statements_does_not_grow_with_the_cases(integration, django_assert_max_num_queries):
    for _ in range(3):
        taken(integration)
    with django_assert_max_num_queries(27):
        fire_due(at=LATE)
    for _ in range(12):
        taken(integration)
    with django_assert_max_num_queries(27):
        fire_due(at=LATE)


def test_what_is_written_is_the_same_few_statements_for_any_number_of_cases(integration):
    """P6: an UPDATE that spelled out every row, and five INSERTs that did, took 60 % of the time."""
    written: dict[int, list[str]] = {}
    for number in (2, 12):
        for _ in range(number):
            taken(integration)
        texts = written[number] = []

        def note(execute, sql, params, many, context, texts=texts):
            texts += [sql] if sql.startswith(("UPDATE", "INSERT")) else []
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            assert fire_due(at=LATE).cases == number
    assert written[2] == written[12]
    assert [sql.split('"')[1] for sql in written[2][:2]] == ["complaints_clock", "complaints_case"]


def test_an_event_waits_for_the_readers_that_have_a_use_for_it(case):
    """A rung changes no fact that is counted: 100,000 of them are no work for the cells."""
    fire_due(at=LATE)
    readers = Unread.objects.filter(case_id=case.pk).order_by("sequence", "reader").values_list("sequence", "reader")
    fired = case.events.get(verb="fire").sequence
    assert list(readers) == [(1, "quality.cells"), (1, "seal"), (fired, "seal")]


def test_whoever_was_told_says_what_will_be_done(owned, handler):
    fire_due(at=LATE)
    escalation.acknowledge_escalation(
        owned.reference, actor=handler, at=LATE, plan="今天下班前答复。", until=timezone.localdate(LATE)
    )
    assert not Firing.objects.filter(recipient=handler, acknowledged_at=None).exists()
    assert sla.state_of(owned.clocks.get(kind="decision"), LATE) == "breached"


def test_a_clock_that_is_looked_at_too_early_fires_nothing_and_knows_its_moment_again(case):
    clock = case.clocks.get(kind="resolution")
    moment = clock.next_fire_at
    case.clocks.filter(pk=clock.pk).update(next_fire_at=NOON)
    fire_due(at=NOON + timedelta(minutes=1))
    clock.refresh_from_db()
    assert clock.next_fire_at == moment
    assert not case.events.filter(verb="fire").exists() and not case.firings.exists()
