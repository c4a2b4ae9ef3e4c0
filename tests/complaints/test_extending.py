"""延期: asked for in time, granted by whom the law names, done by the telling; nobody moves past the last day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints.desk.whydue import why
from complaints.errors import NotOfTheRoute, SecondPerson
from complaints.models import Approval, Case, DeadlineMove, Extension
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, allowed_verbs, approving, contacting, extending, ownership, restarting
from feedback.models import Notice
from organization.models import Role, Unit, User
from organization.services import create_unit
from sla import rulebook
from sla import services as sla
from sla.models import ExtensionStep
from sqm_site.errors import DomainError
from tests.cases import CALLED, MORE_TIME, TOLD, TRANSFERRED, taken
from tests.people import NOON, person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def day(number: int) -> datetime:
    """Noon of the n-th day after receipt."""
    return NOON + number * DAY


@pytest.fixture
def head(institution) -> User:
    """Heads the root unit: a senior manager of the head office."""
    return person("head", Role.UNIT_HEAD, institution)


@pytest.fixture
def above(institution) -> User:
    """Approves at the superior institution of the branch."""
    return person("above", Role.APPROVER, institution)


def ask(case: Case, *, by: User, at: datetime = NOON, **given: Any) -> Case:
    return extending.extend(case.reference, actor=by, at=at, **MORE_TIME | given)


def decide(case: Case, *, by: User, at: datetime = NOON, grant: bool = True) -> Case:
    return approving.decide_approval(case.reference, actor=by, at=at, grant=grant)


def tell(case: Case, *, by: User, at: datetime = NOON, **given: Any) -> Case:
    return extending.extend(case.reference, actor=by, at=at, **TOLD | given)


def extended(case: Case, *, by: User, second: User, at: datetime = NOON, **given: Any) -> Case:
    ask(case, by=by, at=at, **given)
    decide(case, by=second, at=at)
    return tell(case, by=by, at=at)


def due_days(case: Case, kind: str = "decision") -> int:
    """How many days after receipt the deadline is."""
    clock = case.clocks.get(kind=kind, round=case.current_round)
    return (timezone.localdate(clock.due_at) - timezone.localdate(NOON)).days


def refused(act: Any, words: str) -> None:
    before = (Approval.objects.count(), Extension.objects.count(), DeadlineMove.objects.count())
    with pytest.raises(DomainError, match=words):
        act()
    assert (Approval.objects.count(), Extension.objects.count(), DeadlineMove.objects.count()) == before


def test_it_is_asked_for_granted_and_done_by_the_telling(owned, handler, supervisor):
    ask(owned, by=handler)
    assert due_days(owned) == 15
    decide(owned, by=supervisor)
    assert due_days(owned) == 15  # until the customer knows
    case = tell(owned, by=handler, at=NOON + HOUR)
    (row,), (move,) = Extension.objects.all(), DeadlineMove.objects.filter(cause="extension")
    assert due_days(case) == 30
    assert (row.round, row.rule, row.ground, row.days) == (case.current_round, "CBIRC-2020-3", "COMPLEX", 15)
    assert (row.method, row.told_at, row.evidence, row.by) == ("PHONE", NOON + HOUR, "REC-1", handler)
    assert (row.was, row.now, row.approval.decided_by) == (move.was, move.now, supervisor)
    assert "（延期）" in why(case.clocks.get(kind="decision"))[-1]
    assert (move.days, move.approval, move.evidence) == (15, row.approval, f"approval:{row.approval.event_sequence}")
    assert (row.approval.status, case.promised_due_at) == ("used", row.now)
    event = case.events.latest("sequence")
    assert (event.verb, event.details["extensions"][str(event.sequence)]["days"]) == ("extend", 15)
    assert not [*retold_otherwise(Case.objects.all())]


def test_on_time_without_extensions_is_still_known(owned, handler, supervisor):
    extended(owned, by=handler, second=supervisor)
    clock = owned.clocks.get(kind="decision")
    sla.stop(clock, day(20))
    assert sla.on_time(clock) is True
    assert sla.on_time_as_planned(clock, clock.moves.all()) is False


@pytest.mark.parametrize("days", [1, 7, 15])
def test_it_may_be_shorter_than_the_law_allows_and_is_given_in_whole_days(owned, handler, supervisor, days):
    case = extended(owned, by=handler, second=supervisor, days=days)
    assert due_days(case) == 15 + days
    clock = case.clocks.get(kind="decision")
    assert timezone.localtime(clock.due_at).strftime("%H:%M:%S") == "23:59:59"


def test_what_is_left_of_a_step_may_be_asked_for_again(owned, handler, supervisor):
    extended(owned, by=handler, second=supervisor, days=10)
    assert due_days(extended(owned, by=handler, second=supervisor, days=5)) == 30
    assert [row.days for row in Extension.objects.order_by("pk")] == [10, 5]


def test_nobody_extends_a_missed_deadline(owned, handler, supervisor):
    refused(lambda: ask(owned, by=handler, at=day(16)), "时限已过")
    assert "extend" not in allowed_verbs(Case.objects.get(pk=owned.pk), handler, day(16))[0]


def test_what_was_granted_expires_with_the_deadline_that_it_would_move(owned, handler, supervisor):
    at = day(14)
    ask(owned, by=handler, at=at)
    clock, approval = owned.clocks.get(kind="decision"), Approval.objects.get(verb="extend")
    assert approval.expires_at.replace(microsecond=0) == clock.due_at
    decide(owned, by=supervisor, at=clock.due_at)
    refused(lambda: tell(owned, by=handler, at=clock.due_at + timedelta(seconds=1)), "时限已过")
    assert due_days(owned) == 15


def test_the_last_second_of_the_deadline_is_in_time(owned, handler, supervisor):
    ask(owned, by=handler, at=day(14))
    end = owned.clocks.get(kind="decision").due_at + timedelta(microseconds=999_999)
    decide(owned, by=supervisor, at=end.replace(microsecond=0))
    assert due_days(tell(owned, by=handler, at=end)) == 30


def test_a_grant_that_comes_after_the_deadline_grants_nothing(owned, handler, supervisor):
    ask(owned, by=handler, at=day(14))
    end = owned.clocks.get(kind="decision").due_at
    refused(lambda: decide(owned, by=supervisor, at=end + timedelta(seconds=1)), "已过期")


def test_a_telling_before_the_deadline_that_is_entered_after_it_comes_too_late(owned, handler, supervisor):
    ask(owned, by=handler, at=day(14))
    decide(owned, by=supervisor, at=day(14))
    refused(lambda: tell(owned, by=handler, at=day(16), told_at=day(15)), "时限已过")


def test_nobody_is_told_of_what_is_not_granted_yet(owned, handler, supervisor):
    refused(lambda: ask(owned, by=handler, **TOLD), "先经审批")
    ask(owned, by=handler)
    decide(owned, by=supervisor, at=NOON + 2 * HOUR)
    refused(lambda: tell(owned, by=handler, at=NOON + 3 * HOUR, told_at=NOON + HOUR), "晚于")


def test_it_is_asked_for_some_working_hours_before_the_deadline(owned, handler):
    end_of_work = timezone.localtime(owned.clocks.get(kind="decision").due_at).replace(hour=17, minute=30, second=0)
    refused(lambda: ask(owned, by=handler, at=end_of_work - 4 * HOUR + timedelta(minutes=1)), "4 个工作小时")
    ask(owned, by=handler, at=end_of_work - 4 * HOUR)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ground": ""}, "事由"),
        ({"paper": ""}, "事由"),
        ({"reason": ""}, "事由"),
        ({"days": 0}, "1 至 45 天"),
        ({"days": 46}, "1 至 45 天"),
        ({"rule": "PBOC-2020-5"}, "没有这一时限"),
    ],
)
def test_what_an_asking_lacks_is_said(owned, handler, given, words):
    refused(lambda: ask(owned, by=handler, **given), words)


def test_nothing_passes_the_sixtieth_day_whoever_asks(owned, handler, supervisor, above, head):
    extended(owned, by=handler, second=supervisor)
    extended(owned, by=handler, second=above, at=day(20), days=29, ground="ESPECIALLY_COMPLEX")
    refused(lambda: ask(owned, by=handler, at=day(40), days=2), "1 至 1 天")
    assert due_days(extended(owned, by=handler, second=head, at=day(40), days=1)) == 60
    for somebody in (handler, supervisor):
        refused(lambda who=somebody: ask(owned, by=who, at=day(50), days=1), "不再延长")
    assert "extend" not in allowed_verbs(Case.objects.get(pk=owned.pk), handler, day(50))[0]


def test_the_first_step_is_granted_by_an_approver_of_the_institution(owned, handler, lead, supervisor, outsider):
    ask(owned, by=handler)
    with pytest.raises(NotOfTheRoute, match="本机构审批人"):
        decide(owned, by=lead)
    assert "decide_approval" not in allowed_verbs(owned, lead, NOON)[0]
    decide(owned, by=supervisor)


def test_the_second_step_is_granted_by_the_superior_institution_or_the_head_of_the_head_office(
    owned, handler, supervisor, above, head
):
    ask(owned, by=handler, days=16)
    with pytest.raises(NotOfTheRoute, match="上级机构或总行"):
        decide(owned, by=supervisor)
    decide(owned, by=above, grant=False)
    ask(owned, by=handler, at=NOON + HOUR, days=45)
    decide(owned, by=head, at=NOON + HOUR)
    assert due_days(tell(owned, by=handler, at=NOON + HOUR)) == 60


def test_a_department_of_the_institution_has_no_superior_institution_in_it(owned, handler, supervisor, above, branch):
    """The complaints of a branch may lie in a department of it: what its own approver grants is not granted above."""
    there = create_unit("SH-CP", name="上海分行消保部", kind=Unit.Kind.DEPARTMENT, parent=branch)
    Case.objects.filter(pk=owned.pk).update(handling_unit=there)
    ask(owned, by=handler, days=16)
    with pytest.raises(NotOfTheRoute):
        decide(owned, by=supervisor)
    decide(owned, by=above)


def test_who_asks_never_decides(owned, supervisor, lead):
    ask(owned, by=supervisor)
    with pytest.raises(SecondPerson):
        decide(owned, by=supervisor)


def test_who_worked_on_the_case_never_decides(owned, handler, supervisor, above):
    contacting.acknowledge(owned.reference, actor=supervisor, at=NOON, method="PHONE")
    ask(owned, by=handler)
    with pytest.raises(NotOfTheRoute):
        decide(owned, by=supervisor)
    decide(owned, by=above)


def test_who_is_asked_is_the_nearest_who_may_decide(owned, handler, lead, supervisor, above):
    def told() -> list[str]:
        rows = Notice.objects.filter(kind="approval_asked", channel="in_app").order_by("pk")
        return [row.to_user.username for row in rows]

    ask(owned, by=handler)
    decide(owned, by=supervisor, grant=False)
    ask(owned, by=handler, days=16)
    assert told() == ["supervisor", "above"]


def test_one_at_a_time(owned, handler, lead, supervisor):
    ask(owned, by=handler)
    refused(lambda: ask(owned, by=lead, days=3), "待他人审批")
    decide(owned, by=supervisor)
    refused(lambda: ask(owned, by=handler, days=3), "不一致")
    tell(owned, by=handler)
    refused(lambda: tell(owned, by=handler), "事由")  # a grant is used once


def test_after_new_material_the_days_count_from_it(owned, handler, supervisor, above):
    extended(owned, by=handler, second=supervisor)
    restarting.restart(owned.reference, actor=handler, at=day(25), material="M-00001", reason="客户补交了新的凭证")
    decide(owned, by=supervisor, at=day(25))
    restarting.restart(owned.reference, actor=handler, at=day(25), **TOLD)
    assert due_days(owned) == 40
    refused(lambda: ask(owned, by=handler, at=day(25), days=46), "1 至 45 天")
    assert due_days(extended(owned, by=handler, second=supervisor, at=day(25), days=15)) == 55
    assert due_days(extended(owned, by=handler, second=above, at=day(26), days=30)) == 85


def test_new_material_while_it_is_granted_leaves_the_day_that_was_granted(owned, handler, supervisor):
    ask(owned, by=handler, days=3)
    decide(owned, by=supervisor)
    restarting.restart(owned.reference, actor=handler, at=NOON + HOUR, material="M-00001", reason="新凭证")
    decide(owned, by=supervisor, at=NOON + HOUR)
    restarting.restart(owned.reference, actor=handler, at=NOON + HOUR, **TOLD)
    assert due_days(tell(owned, by=handler, at=NOON + HOUR)) == 18


def test_a_correction_of_the_receipt_takes_what_was_granted_along(owned, handler, supervisor):
    extended(owned, by=handler, second=supervisor)
    amend = VERBS["amend"]
    paper = {"received_at": day(-2), "evidence": "EMS-1", "reason": "邮戳"}
    amend(owned.reference, actor=handler, at=day(1), **paper)
    case = decide(owned, by=supervisor, at=day(1))
    assert due_days(case) == 28
    clock = case.clocks.get(kind="decision")
    sla.stop(clock, day(14))
    assert sla.on_time_as_planned(clock, clock.moves.all()) is False  # the thirteenth day was the last


def test_each_of_two_laws_is_extended_by_its_own_rule(owned, handler, supervisor, lead):
    VERBS["add_reference"](owned.reference, actor=supervisor, at=day(1), **TRANSFERRED)
    case = Case.objects.get(pk=owned.pk)
    assert (due_days(case), due_days(case, "transfer")) == (15, 16)
    refused(lambda: ask(owned, by=handler, at=day(2), days=5), "哪一")
    case = extended(owned, by=handler, second=supervisor, at=day(2), rule="PBOC-2020-5", days=44)
    assert (due_days(case), due_days(case, "transfer")) == (15, 60)
    case = extended(owned, by=handler, second=supervisor, at=day(3), rule="CBIRC-2020-3", days=15)
    assert (due_days(case), due_days(case, "transfer")) == (30, 60)
    assert case.promised_due_at == case.clocks.get(kind="decision").due_at


def test_the_central_banks_deadline_is_extended_by_the_head_of_complaint_handling(owned, handler, branch, supervisor):
    VERBS["add_reference"](owned.reference, actor=supervisor, at=day(1), **TRANSFERRED)
    approver = person("approver", Role.APPROVER, branch)
    ask(owned, by=handler, at=day(1), rule="PBOC-2020-5", days=20)
    with pytest.raises(NotOfTheRoute, match="投诉处理负责人"):
        decide(owned, by=approver, at=day(1))
    decide(owned, by=supervisor, at=day(1))


@pytest.fixture
def steps(institution) -> Iterator[Any]:
    """Of the rule that every complaint has; they may be changed while no clock follows it."""
    yield ExtensionStep.objects.filter(rule_set__key="CBIRC-2020-3")
    rulebook.forget()


def owned_by(handler: User, integration: Any) -> Case:
    case = taken(integration)
    ownership.take_next(case.reference, actor=handler, at=NOON)
    return case


def test_a_step_that_asks_for_no_telling_needs_none(steps, integration, handler, supervisor):
    steps.filter(until_days=30).update(told=False)
    rulebook.forget()
    owned = owned_by(handler, integration)
    ask(owned, by=handler)
    decide(owned, by=supervisor)
    case = extending.extend(owned.reference, actor=handler, at=NOON)
    row = Extension.objects.get()
    assert (due_days(case), row.method, row.told_at) == (30, "", None)


def test_a_rule_set_without_steps_knows_no_extension(steps, integration, handler):
    steps.delete()
    rulebook.forget()
    owned = owned_by(handler, integration)
    refused(lambda: ask(owned, by=handler), "没有可延期")


def test_a_step_in_use_does_not_change(owned):
    with pytest.raises(IntegrityError, match="enter a new version"), transaction.atomic():
        ExtensionStep.objects.update(until_days=59)


def test_the_rungs_of_the_old_deadline_do_not_fire_any_more(owned, handler, supervisor):
    extended(owned, by=handler, second=supervisor)
    fire_due(at=day(16))
    assert not owned.clocks.get(kind="decision").breached_at


def test_no_row_without_a_grant_gets_into_the_database(owned):
    clock = owned.clocks.get(kind="decision")
    move = {"was": clock.due_at, "now": clock.due_at + DAY, "days": 1, "at": NOON}
    with pytest.raises(IntegrityError, match="deadlinemove_granted"), transaction.atomic():
        DeadlineMove.objects.create(clock=clock, cause="extension", **move)


def test_an_owner_who_hands_the_case_on_leaves_the_grant_to_the_next(owned, handler, colleague, supervisor):
    ask(owned, by=handler)
    decide(owned, by=supervisor)
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="调岗")
    ownership.accept(owned.reference, actor=colleague, at=NOON)
    contacting.log_contact(owned.reference, actor=colleague, at=NOON, **CALLED)
    assert due_days(tell(owned, by=colleague)) == 30


def test_an_enquiry_has_no_deadline_of_the_law(integration, handler):
    case = taken(integration, nature="enquiry")
    ownership.take_next(case.reference, actor=handler, at=NOON)
    refused(lambda: ask(case, by=handler), "没有可延期")
