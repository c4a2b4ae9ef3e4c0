"""A year is published: the deadlines that were estimated are counted again, once, and everybody can see how."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction
from django.utils.translation import override

from complaints.desk.whydue import why
from complaints.models import Case, CaseEvent, Clock, DeadlineMove
from complaints.services import taking
from complaints.services.escalating import fire_due
from complaints.services.recounting import recount_batch, recount_estimates
from complaints.services.replaying import differences
from complaints.verbs import approving, contacting, handling, restarting
from security.chain import verify_chain
from security.models import AuditRow
from sla import rulebook
from sla.models import CalendarDay, RuleSet
from tests.cases import TOLD, taken
from tests.elsewhere import elsewhere, without_waiting
from tests.estimates import A_DAY_LATER, ESTIMATED, RECEIVED, clock_of, local
from tests.sla.test_notices import LINES

# Made up for these tests: 元旦 until Monday the 4th, for which Saturday the 9th is worked.
NOTICE = [*LINES, "2027-01-04,holiday,元旦", "2027-01-09,working,元旦"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Other processes take over a change at once, and what a test rolled back leaves the memory."""
    monkeypatch.setattr(rulebook, "RECHECK_SECONDS", 0.0)
    yield
    rulebook.forget()


@pytest.fixture
def notice(tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text("\n".join(NOTICE), encoding="utf-8")
    return path


def counts() -> list[int]:
    return [table.objects.count() for table in (CaseEvent, DeadlineMove, AuditRow, CalendarDay)]


def publish(path, *options: str) -> str:
    out = io.StringIO()
    call_command("publish_calendar", "2027", str(path), *options, stdout=out)
    return out.getvalue()


def test_an_estimated_deadline_moves_to_the_published_one(estimated, notice):
    """F43: an estimate was never counted again."""
    said = publish(notice)

    clock = clock_of(estimated)
    (move,) = DeadlineMove.objects.filter(clock=clock)
    assert (clock.due_at, clock.first_due_at, clock.estimated) == (A_DAY_LATER, ESTIMATED, False)
    assert (move.cause, move.was, move.now, move.days) == ("calendar", ESTIMATED, A_DAY_LATER, 1)
    assert f"{estimated.reference} resolution: 2027-01-07 17:30 -> 2027-01-08 17:30" in said
    assert clock.provenance[-1]["step"] == "published"
    assert not CalendarDay.objects.filter(day__year=2027, official=False).exists()


def test_the_log_of_the_case_tells_it_and_stays_whole(estimated, notice):
    publish(notice)

    case = Case.objects.get(pk=estimated.pk)
    events = case.events.order_by("sequence")
    assert events.last().verb == "recount"
    assert verify_chain(events, CaseEvent.payload) == []
    assert [*differences(case)] == []


def test_the_audit_log_has_the_days_and_the_number_of_moves(estimated, notice):
    publish(notice)

    days, moves = AuditRow.objects.filter(verb="configure", subject__startswith="calendar:").order_by("pk")
    assert days.details["now"]["2027-01-09"] is True
    assert days.details["expected_was"]["2027-02-05"] is False
    assert moves.details == {"year": 2027, "deadlines_moved": 1}


def test_a_second_run_changes_nothing(estimated, notice):
    publish(notice)
    before = counts()

    said = publish(notice)

    assert counts() == before
    assert "stand" in said and "0 deadlines move" in said


def test_trying_it_out_shows_the_moves_and_writes_nothing(estimated, notice):
    before = counts()

    said = publish(notice, "--dry-run")

    assert "2027-01-07 17:30 -> 2027-01-08 17:30" in said
    assert counts() == before
    assert clock_of(estimated).due_at == ESTIMATED
    assert rulebook.calendar(clock_of(estimated).calendar_id).ends_on.year == 2026


def test_a_pause_on_the_way_is_counted_again_with_it(estimated, handler, notice):
    """From Thursday 12-31 at 9 to Tuesday 01-05 at 9: one working day by the notice, two by the estimate."""
    taking.take_next(actor=handler, at=RECEIVED)
    away, back = local("2026-12-31 09:00"), local("2027-01-05 09:00")
    contacting.ask_customer(estimated.reference, actor=handler, at=away, method="PHONE", text="请补充流水")
    handling.resume(estimated.reference, actor=handler, at=back)
    assert clock_of(estimated).due_at == local("2027-01-11 17:30")  # 01-07 and two working days

    publish(notice)

    assert clock_of(estimated).due_at == local("2027-01-09 17:30")  # 01-08 and one: the Saturday that is worked
    assert [*differences(Case.objects.get(pk=estimated.pk))] == []


def test_a_deadline_that_has_passed_stays_with_its_breach(estimated, notice, time_machine):
    late = local("2027-01-07 17:30:01")
    time_machine.move_to(late)
    fire_due(at=late)
    broken = clock_of(estimated)
    assert broken.breached_at == late

    assert "0 deadlines move" in publish(notice)

    clock = clock_of(estimated)
    assert (clock.due_at, clock.breached_at, clock.breached_due_at) == (ESTIMATED, late, ESTIMATED)


def test_nobody_is_made_late_by_a_calendar(estimated, tmp_path, time_machine):
    """The estimate of 01-08 17:30 would have been 01-07, and that has passed when the year is published."""
    Clock.objects.filter(case=estimated, kind="resolution").update(due_at=A_DAY_LATER)
    now = local("2027-01-08 09:00")
    time_machine.move_to(now)
    path = tmp_path / "2027.csv"
    path.write_text("\n".join(LINES), encoding="utf-8")

    publish(path)

    assert clock_of(estimated).due_at == A_DAY_LATER


def test_rungs_of_the_law_move_to_the_working_time_of_the_new_days(integration, notice, time_machine):
    """Due on Tuesday 2027-01-12; five working days before it: 11, 9, 8, 7, 6 by the notice, else the 5th."""
    time_machine.move_to(local("2026-12-28 10:00"))
    case = taken(integration, at=local("2026-12-28 10:00"))
    assert case.clocks.get(kind="decision").next_fire_at == local("2027-01-05 09:00")

    publish(notice)

    clock = case.clocks.get(kind="decision")
    assert (clock.due_at, clock.next_fire_at) == (local("2027-01-12 23:59:59"), local("2027-01-06 09:00"))
    assert [*differences(Case.objects.get(pk=case.pk))] == []


def test_a_rung_whose_day_became_a_holiday_does_not_fire_on_it(integration, notice, time_machine):
    """The days came in by another way, and nothing was counted anew: the sweep does it, and the log says so."""
    time_machine.move_to(local("2026-12-28 10:00"))
    case = taken(integration, at=local("2026-12-28 10:00"))
    case.clocks.exclude(kind="decision").update(next_fire_at=None, next_rung=None)
    publish_only_the_days(notice)

    assert fire_due(at=local("2027-01-05 09:00")).rungs == 0

    assert case.clocks.get(kind="decision").next_fire_at == local("2027-01-06 09:00")
    assert case.events.latest("sequence").verb == "recount"


def test_a_met_deadline_is_nobodys_to_move(estimated, notice):
    Clock.objects.filter(case=estimated, kind="resolution").update(stopped_at=RECEIVED)

    publish(notice)

    assert clock_of(estimated).due_at == ESTIMATED


def test_a_case_shows_its_new_deadline(estimated, notice):
    Case.objects.filter(pk=estimated.pk).update(promised_due_at=ESTIMATED)
    Clock.objects.filter(case=estimated).exclude(kind="resolution").update(stopped_at=RECEIVED)

    publish(notice)

    case = Case.objects.get(pk=estimated.pk)
    assert (case.next_due_at, case.promised_due_at) == (A_DAY_LATER, A_DAY_LATER)


def test_recounting_is_a_fixed_number_of_statements(
    integration, notice, time_machine, monkeypatch, django_assert_max_num_queries
):
    time_machine.move_to(RECEIVED)
    for number in range(20):
        taken(integration, at=RECEIVED, external_id=f"many-{number}")
    publish_only_the_days(notice)
    monkeypatch.setattr(rulebook, "RECHECK_SECONDS", 60.0)
    rulebook.rulebook()

    with django_assert_max_num_queries(20):
        assert sum(one.estimated for one in recount_estimates(at=RECEIVED)) == 20


def test_it_waits_for_a_case_in_other_hands(transactional_db, integration, notice, time_machine):
    """Case before clock, as the sweep and every act lock them: nobody waits for each other in a ring."""
    time_machine.move_to(RECEIVED)
    case = taken(integration, at=RECEIVED)
    publish_only_the_days(notice)

    with elsewhere(lambda: list(Case.objects.select_for_update().filter(pk=case.pk))), transaction.atomic():
        without_waiting()
        with pytest.raises(OperationalError), transaction.atomic():
            recount_batch([case.pk], at=RECEIVED)
    assert [one.kind for one in recount_batch([case.pk], at=RECEIVED) if one.estimated] == ["resolution"]


def publish_only_the_days(path) -> None:
    for line in NOTICE[1:]:
        day, kind, name = line.split(",")
        calendar = rulebook.rulebook().calendars
        for pk in calendar:
            CalendarDay.objects.update_or_create(
                calendar_id=pk, day=day, defaults={"is_workday": kind == "working", "name": name, "official": True}
            )
    rulebook.forget()


def test_a_file_that_does_not_fit_moves_nothing(estimated, tmp_path):
    path = tmp_path / "2027.csv"
    path.write_text("date,kind,name\n2027-01-01,holiday,元旦\n", encoding="utf-8")

    with override("en"), pytest.raises(CommandError, match="2027-10-01 is a holiday by law"):
        publish(path)
    assert clock_of(estimated).due_at == ESTIMATED


def test_the_page_says_which_year_is_not_published(estimated):
    with override("zh-hans"):
        assert "预计：国务院尚未公布 2027 年放假安排。" in why(clock_of(estimated))


def test_the_page_says_when_it_was(estimated, notice):
    publish(notice)

    with override("zh-hans"):
        assert any("2027 年放假安排已公布" in sentence for sentence in why(clock_of(estimated)))


def test_a_limit_that_counts_anew_into_a_year_not_published_is_an_estimate(
    integration, handler, lead, time_machine, notice
):
    """Only take-in marked it: after a restart the deadline stood by guessed holidays, and was never counted again."""
    RuleSet.objects.filter(counts_anew=True).update(day_type="working", first_due_days=5)
    time_machine.move_to(received := local("2026-12-24 10:00"))
    case = taken(integration, at=received)
    taking.take_next(actor=handler, at=received)
    clock = Clock.objects.get(case=case, kind="decision", basis="statutory")
    assert (clock.due_at.date(), clock.estimated) == (date(2026, 12, 31), False)

    time_machine.move_to(RECEIVED)
    restarting.restart(case.reference, actor=handler, at=RECEIVED, material="M-1", reason="客户补交了新的凭证")
    approving.decide_approval(case.reference, actor=lead, at=RECEIVED, grant=True)
    restarting.restart(case.reference, actor=handler, at=RECEIVED, **TOLD)
    clock.refresh_from_db()
    assert (clock.due_at.date(), clock.estimated) == (ESTIMATED.date(), True)
    with override("en"):
        assert why(clock)[-1].startswith("Estimated: the State Council has not published the holidays of 2027")

    publish(notice)
    clock.refresh_from_db()
    assert (clock.due_at.date(), clock.estimated) == (A_DAY_LATER.date(), False)
    assert [move.cause for move in clock.moves.order_by("pk")] == ["restart", "calendar"]
    assert [*differences(Case.objects.get(pk=case.pk))] == []
