"""鉴定/调解期间: whole days that do not count, once a second person agreed; each day once, and no more than it took."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints.errors import NotOfTheRoute
from complaints.models import Case, DeadlineMove, Exclusion
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import approving, extending, handling, restarting
from organization.models import Role, User
from sla import services as sla
from sqm_site.errors import DomainError
from tests.cases import MORE_TIME, TOLD
from tests.people import NOON, person

DAY = timedelta(days=1)
BEGAN = NOON.date()
PROVEN = {"method": "PHONE", "proof": "REC-00007"}
APPRAISAL: dict[str, Any] = {
    "ground": "APPRAISAL",
    "evidence": "沪鉴〔2026〕7号",
    "text": "已送外部鉴定，所需时间不计入期限。",
}
MEDIATION: dict[str, Any] = {"ground": "MEDIATION", "evidence": "沪调申〔2026〕8号", "text": "双方已申请调解。"}


def day(number: int) -> datetime:
    return NOON + number * DAY


def on(number: int) -> date:
    return BEGAN + number * DAY


@pytest.fixture
def approver(branch) -> User:
    return person("approver", Role.APPROVER, branch)


def suspend(case: Case, *, by: User, at: datetime = NOON, until: int = 10, **given: Any) -> Case:
    return handling.suspend(case.reference, actor=by, at=at, until=on(until), **given)


def decide(case: Case, *, by: User, at: datetime = NOON, grant: bool = True) -> Case:
    return approving.decide_approval(case.reference, actor=by, at=at, grant=grant)


def resume(case: Case, *, by: User, at: datetime) -> Case:
    return handling.resume(case.reference, actor=by, at=at)


def due_days(case: Case) -> int:
    clock = case.clocks.get(kind="decision", round=case.current_round)
    return (timezone.localdate(clock.due_at) - timezone.localdate(NOON)).days


def asked(case: Case) -> bool:
    return case.approvals.filter(verb="exclude", status="asked").exists()


def test_an_appraisal_moves_the_deadline_by_its_whole_days_and_gives_the_rest_back(owned, lead, handler, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN)
    assert due_days(owned) == 15
    case = decide(owned, by=approver, at=day(1))
    (row,) = Exclusion.objects.all()
    assert due_days(case) == 25
    assert (row.ground, row.since, row.until, row.ended_on, row.method) == ("APPRAISAL", on(0), on(10), None, "PHONE")
    case = resume(owned, by=handler, at=day(4))
    row.refresh_from_db()
    assert (due_days(case), row.ended_on) == (19, on(4))
    moves = DeadlineMove.objects.filter(cause="exclusion").order_by("pk")
    assert [(move.days, move.approval) for move in moves] == [(10, row.approval), (-6, row.approval)]
    assert not [*retold_otherwise(Case.objects.all())]


def test_an_appraisal_of_which_nobody_was_told_counts(owned, lead):
    suspend(owned, by=lead, **APPRAISAL)
    assert not asked(owned)


def test_a_telling_of_it_is_proven(owned, lead):
    with pytest.raises(DomainError, match="录音"):
        suspend(owned, by=lead, **APPRAISAL, method="PHONE")


def test_a_mediation_needs_no_telling(owned, lead, approver):
    suspend(owned, by=lead, **MEDIATION)
    assert due_days(decide(owned, by=approver)) == 25


def test_what_overlaps_is_left_out_once(owned, lead, handler, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN, until=6)
    suspend(owned, by=lead, **MEDIATION, at=day(2), until=9)
    approvals = owned.approvals.filter(verb="exclude").order_by("pk")
    for approval in approvals:
        approving.decide_approval(owned.reference, actor=approver, at=day(2), grant=True, approval=approval.pk)
    assert (Exclusion.objects.count(), due_days(owned)) == (2, 24)
    assert due_days(resume(owned, by=handler, at=day(12))) == 24  # no day more than the evidence names


def test_a_day_that_lay_back_counts_from_the_day_of_the_commission(owned, lead, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN, at=day(3), since=on(1), until=5)
    assert due_days(decide(owned, by=approver, at=day(3))) == 19


@pytest.mark.parametrize("since", [-1, 4])
def test_a_commission_before_the_receipt_or_ahead_is_none(owned, lead, since):
    with pytest.raises(DomainError, match="请选择"):
        suspend(owned, by=lead, **APPRAISAL, at=day(3), since=on(since), until=9)


def test_a_grant_after_the_case_went_on_leaves_out_what_it_took(owned, lead, handler, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN)
    resume(owned, by=handler, at=day(2))
    assert due_days(decide(owned, by=approver, at=day(3))) == 17


def test_refused_it_counts_and_the_case_waits_on(owned, lead, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN)
    case = decide(owned, by=approver, grant=False)
    assert (due_days(case), case.state, Exclusion.objects.count()) == (15, "waiting_external", 0)


def test_who_suspends_or_has_the_case_does_not_decide(owned, lead, supervisor, handler):
    suspend(owned, by=supervisor, **MEDIATION)
    for somebody in (supervisor, lead):
        with pytest.raises(DomainError):
            decide(owned, by=somebody)


def test_the_lead_does_not_grant_what_the_team_is_measured_by(owned, lead, supervisor):
    suspend(owned, by=supervisor, **MEDIATION)
    with pytest.raises(NotOfTheRoute):
        decide(owned, by=lead)


def test_nothing_moves_a_deadline_that_has_passed(owned, lead, approver):
    suspend(owned, by=lead, **APPRAISAL, **PROVEN, at=day(14), until=30)
    end = owned.clocks.get(kind="decision").due_at
    with pytest.raises(DomainError, match="已过期"):
        decide(owned, by=approver, at=end + timedelta(seconds=1))
    fire_due(at=end + timedelta(seconds=1))
    suspend_again = {**APPRAISAL, **PROVEN}
    suspend(owned, by=lead, **suspend_again, at=day(16), until=30)
    assert (due_days(owned), owned.approvals.filter(verb="exclude").count()) == (15, 1)


def test_it_comes_on_top_of_the_sixty_days(owned, lead, handler, supervisor, approver):
    suspend(owned, by=lead, **MEDIATION)
    decide(owned, by=approver)
    resume(owned, by=handler, at=day(10))
    with pytest.raises(DomainError, match="1 至 45 天"):
        extending.extend(owned.reference, actor=handler, at=day(11), **MORE_TIME | {"days": 46})
    extending.extend(owned.reference, actor=handler, at=day(11), **MORE_TIME)
    decide(owned, by=supervisor, at=day(11))  # still the first step: thirty days that count
    extending.extend(owned.reference, actor=handler, at=day(11), **TOLD)
    assert due_days(owned) == 40


def test_new_material_meanwhile_leaves_out_the_days_after_it(owned, lead, handler, approver, supervisor):
    suspend(owned, by=lead, **MEDIATION)
    decide(owned, by=approver)
    restarting.restart(owned.reference, actor=handler, at=day(6), material="M-1", reason="新凭证")
    decide(owned, by=supervisor, at=day(6))
    restarting.restart(owned.reference, actor=handler, at=day(6), **TOLD)
    assert due_days(owned) == 25  # 6 + 15 + the four days left
    assert due_days(resume(owned, by=handler, at=day(8))) == 23


def test_gross_and_net_time_are_both_kept(owned, lead, handler, approver):
    suspend(owned, by=lead, **MEDIATION)
    decide(owned, by=approver)
    resume(owned, by=handler, at=day(5))
    clock = owned.clocks.get(kind="decision")
    moves = [*clock.moves.all()]
    assert sum(move.days for move in moves) == 5
    sla.stop(clock, day(18))
    assert (sla.on_time(clock), sla.on_time_as_planned(clock, moves)) == (True, False)


def test_no_row_without_a_grant_gets_into_the_database(owned):
    clock = owned.clocks.get(kind="decision")
    move = {"was": clock.due_at, "now": clock.due_at + DAY, "days": 1, "at": NOON}
    with pytest.raises(IntegrityError, match="deadlinemove_granted"), transaction.atomic():
        DeadlineMove.objects.create(clock=clock, cause="exclusion", **move)
