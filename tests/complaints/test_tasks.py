"""协办: whoever is asked answers by a deadline of their own, without reading the case; nobody asks themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, NotAllowed, NotPutToYou, SecondPerson, WrongState
from complaints.models import Case, Task
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verb import workers
from complaints.verbs import VERBS, approving, ending, helping, overseeing, ownership, tasking
from feedback.models import Notice
from organization.models import Role, Unit, User
from organization.services import create_entity
from sqm_site.errors import DomainError, Invalid, NotFound
from tests.cases import CLASSIFIED, DECIDED, NOT_ENTITLED, TAKEN_BACK, TOLD, taken
from tests.people import NOON, absent, hold, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ask(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    given = {"ask": "请核实该笔年费的入账时间", **({} if "to" in given else {"unit": "BJ"}), **given}
    return tasking.add_task(case.reference, actor=by, at=at, **given)


def answer(case: Case, *, by: User, at: Any = NOON + HOUR, **given: Any) -> Case:
    return helping.answer_task(case.reference, actor=by, at=at, **{"answer": "十一月三日入账", **given})


def give_back(case: Case, *, by: User, at: Any = NOON + 2 * HOUR, **given: Any) -> Case:
    return overseeing.return_task(case.reference, actor=by, at=at, **{"reason": "请附凭证编号", **given})


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind, channel="in_app").values_list("to_user__username", flat=True))


@pytest.fixture
def post(other_branch) -> User:
    """Holds the complaint post of the branch that is asked."""
    user = person("bj.post", Role.DISPATCHER, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(receiver=user)
    return user


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_a_unit_is_asked_and_answers_without_reading_the_case(owned, handler, post, outsider):
    others = owned.clocks.exclude(kind="task").order_by("pk").values_list("kind", "due_at", "stopped_at", "paused_at")
    before = list(others)
    shown = (owned.next_due_at, owned.promised_due_at)
    case = ask(owned, by=handler)
    task = case.tasks.get()
    assert (task.unit.code, task.to, task.by_name, task.by, task.subject) == ("BJ", post, False, handler, "task:1")
    clock = case.clocks.get(kind="task")
    assert (clock.basis, clock.subject, clock.due_at) == ("internal", "task:1", task.due_at)
    assert task.due_at.isoformat() == "2026-11-25T09:30:00+00:00"  # the closing time of the second working day
    assert list(others.all()) == before
    assert (case.state, case.next_due_at, case.promised_due_at) == ("in_progress", *shown)
    assert not Case.objects.reachable_by(outsider).filter(pk=case.pk).exists()
    helping.accept_task(case.reference, actor=outsider, at=NOON + HOUR)
    answer(case, by=outsider, at=NOON + 2 * HOUR)
    task.refresh_from_db()
    assert (task.accepted_by, task.answered_by, task.ended_as) == (outsider, outsider, "answered")
    clock.refresh_from_db()
    assert clock.stopped_at == NOON + 2 * HOUR
    assert case.texts.get(event_sequence=task.answer_sequence, kind="answer").text == "十一月三日入账"


def test_who_is_asked_and_who_asked_hear_of_it(owned, handler, post, lead, supervisor, outsider):
    ask(owned, by=lead)
    assert told("task") == {"bj.post"}
    answer(owned, by=outsider)
    assert told("task_answered") == {"handler", "lead"}
    assert not Notice.objects.filter(kind="task", read_at=None, channel="in_app").exists()


def test_a_colleague_is_asked_by_name_and_nobody_else_answers(owned, handler, post, outsider, other_branch):
    ask(owned, by=handler, to="outsider")
    assert Task.objects.get().unit == other_branch
    neighbour = person("neighbour", Role.HANDLER, other_branch)
    with pytest.raises(NotFound):
        answer(owned, by=neighbour)
    with pytest.raises(NotFound):
        answer(owned, by=post)
    head = person("bj.head", Role.UNIT_HEAD, other_branch)
    answer(owned, by=head)  # who leads the unit answers for whoever was asked there


def test_nobody_asks_themselves_nor_who_has_the_case(owned, handler, lead, colleague, receiver):
    for by, to in ((handler, "handler"), (lead, "handler"), (lead, "lead")):
        with pytest.raises(GateNotMet, match="自己|承办人"):
            ask(owned, by=by, to=to)
    case = ask(owned, by=handler, unit="SH")  # their own unit: its post answers, and never they themselves
    assert case.tasks.get().to == receiver
    with pytest.raises(SecondPerson):
        answer(case, by=handler)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.update(to=handler)
    answer(case, by=colleague)


def test_who_has_come_to_have_the_case_does_not_answer_what_they_were_asked(owned, handler, colleague):
    ask(owned, by=handler, to="colleague")
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="转办")
    ownership.accept(owned.reference, actor=colleague, at=NOON)
    with pytest.raises(SecondPerson):
        answer(owned, by=colleague)
    overseeing.withdraw_task(owned.reference, actor=colleague, at=NOON, reason="本人承办")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"unit": ""}, "请指明协办"),
        ({"to": "nobody"}, "用户名"),
        ({"to": "auditor"}, "角色"),
        ({"until": (NOON - DAY).date()}, "请选择"),
        ({"until": (NOON + 90 * DAY).date()}, "请选择"),
    ],
)
def test_what_it_lacks_is_said(owned, handler, post, auditor, given, words):
    with pytest.raises(DomainError, match=words):
        ask(owned, by=handler, **given)
    assert not Task.objects.exists()


def test_a_unit_of_the_institution_is_asked(owned, handler):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一总部")
    with pytest.raises(Invalid) as refusal:
        ask(owned, by=handler, unit=abroad.code)
    assert "unit" in refusal.value.fields


def test_whoever_is_away_is_not_asked_by_name(owned, handler, post, outsider):
    absent(outsider, until=NOON + DAY)
    with pytest.raises(GateNotMet, match="bj.post"):
        ask(owned, by=handler, to="outsider")


def test_whom_the_complaint_concerns_is_neither_asked_nor_reads_it(integration, handler, post, outsider):
    case = taken(integration, named_staff=["outsider"])
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    with pytest.raises(GateNotMet, match="回避"):
        ask(case, by=handler, to="outsider")
    ask(case, by=handler)
    with pytest.raises(NotFound):
        answer(case, by=User.objects.get(pk=outsider.pk))
    assert not Task.objects.put_to(outsider).exists()


def test_a_tip_off_is_asked_about_among_those_who_hear_of_it(integration, post, outsider, institution, branch):
    first, second = person("d1", Role.DISCIPLINE, institution), person("d2", Role.DISCIPLINE, institution)
    case = taken(integration, nature="tip_off")
    with pytest.raises(GateNotMet, match="角色"):
        ask(case, by=first, to="outsider")
    with pytest.raises(GateNotMet, match="指定"):  # a unit's post would learn that there is one
        ask(case, by=first)
    ask(case, by=first, to="d2")
    assert not Task.objects.put_to(outsider).exists()
    assert not Notice.objects.exclude(to_user__in=[first, second]).exists()
    answer(case, by=second)


def test_an_earlier_day_is_anybodys_a_later_one_needs_a_second_person(owned, handler, lead, post, supervisor):
    ask(owned, by=handler, until=(NOON + DAY).date())
    assert Task.objects.get().due_at.isoformat() == "2026-11-24T15:59:59+00:00"
    case = ask(owned, by=handler, until=(NOON + 9 * DAY).date())
    assert case.tasks.count() == 1
    approving.decide_approval(case.reference, actor=supervisor, at=NOON + HOUR, grant=True)
    task = case.tasks.get(number=2)
    assert (task.by, timezone.localdate(task.due_at)) == (handler, (NOON + 9 * DAY).date())
    with pytest.raises(SecondPerson):  # granted by another, it is still the handler who asked
        hold(handler, Role.HANDLER, post.memberships.get().unit)
        answer(case, by=User.objects.get(pk=handler.pk), task=2)


def test_the_deadline_of_a_task_waits_for_nobody(owned, handler, post):
    ask(owned, by=handler)
    case = VERBS["ask_customer"](owned.reference, actor=handler, at=NOON + HOUR, method="PHONE", text="请补材料")
    clock = case.clocks.get(kind="task")
    assert (case.state, clock.paused_at) == ("waiting_customer", None)
    assert case.clocks.filter(kind="resolution", paused_at__isnull=False).exists()


def test_late_it_is_told_to_who_was_asked_to_their_head_and_to_those_who_chase(
    owned, handler, lead, post, other_branch
):
    head = person("bj.head", Role.UNIT_HEAD, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(head=head)
    case = ask(owned, by=handler)
    clock = case.clocks.get(kind="task")
    fire_due(at=clock.due_at - HOUR)
    assert set(clock.firings.values_list("kind", "recipient__username")) == {("reminder", "bj.post")}
    fire_due(at=clock.due_at + 2 * DAY)
    clock.refresh_from_db()
    fired = list(clock.firings.order_by("position").values_list("kind", "recipient__username"))
    assert fired[:3] == [("reminder", "bj.post"), ("breach", "bj.post"), ("escalation", "lead")]
    assert told("task_overdue") == {"bj.head"}
    answer(case, by=post, at=clock.due_at + 2 * DAY)
    clock.refresh_from_db()
    assert clock.breached_at is not None and clock.stopped_at == clock.due_at + 2 * DAY


def test_while_who_signed_for_it_is_away_their_post_hears_of_it(owned, handler, post, outsider):
    case = ask(owned, by=handler)
    helping.accept_task(case.reference, actor=outsider, at=NOON)
    absent(outsider, until=NOON + 9 * DAY)
    clock = case.clocks.get(kind="task")
    fire_due(at=clock.due_at - HOUR)
    assert clock.firings.get().recipient == post


def test_an_answer_that_does_not_do_is_returned_and_asked_for_anew(owned, handler, lead, post, outsider):
    ask(owned, by=handler)
    answer(owned, by=outsider)
    case = give_back(owned, by=handler)
    first, second = case.tasks.order_by("number")
    assert (first.returned_at, second.follows, second.to, second.by_name) == (NOON + 2 * HOUR, 1, outsider, True)
    assert case.clocks.get(subject="task:1").stopped_at == NOON + HOUR  # it was answered in time all the same
    assert case.clocks.get(subject="task:2").stopped_at is None
    with pytest.raises(WrongState):
        give_back(case, by=handler)  # the same answer is returned once
    answer(case, by=outsider, at=NOON + 3 * HOUR)
    assert case.tasks.get(number=2).ended_as == "answered"


def test_who_answered_does_not_judge_the_answer(owned, handler, lead, colleague):
    ask(owned, by=handler, to="lead")
    answer(owned, by=lead)
    with pytest.raises(SecondPerson):
        give_back(owned, by=lead)


def test_nobody_is_rid_of_a_strict_checker_by_asking_them(owned, handler, lead):
    """Whoever was asked says that it is not theirs, and checks all the same; whoever helped does not."""
    ask(owned, by=handler, to="lead")
    answer(owned, by=lead, result="not_ours")
    VERBS["classify"](owned.reference, actor=handler, at=NOON + HOUR, **CLASSIFIED)
    VERBS["draft_decision"](owned.reference, actor=handler, at=NOON + HOUR, **DECIDED)
    assert VERBS["approve_decision"](owned.reference, actor=lead, at=NOON + 2 * HOUR).state == "decided"


def test_not_ours_is_an_answer_that_counts_apart(owned, handler, post):
    ask(owned, by=handler)
    case = answer(owned, by=post, result="not_ours", answer="不属本部门职责，请联系信用卡中心")
    assert case.tasks.get().ended_as == "not_ours"
    assert post.pk not in workers(Dossier(case))


def test_whoever_answers_has_worked_on_the_case_and_does_not_check_it(owned, handler, lead, supervisor):
    ask(owned, by=handler, to="lead")
    case = answer(owned, by=lead)
    assert lead.pk in workers(Dossier(case))
    VERBS["classify"](case.reference, actor=handler, at=NOON + HOUR, **CLASSIFIED)
    VERBS["draft_decision"](case.reference, actor=handler, at=NOON + HOUR, **DECIDED)
    with pytest.raises(SecondPerson):
        VERBS["approve_decision"](case.reference, actor=lead, at=NOON + HOUR)


def test_an_answer_neither_signs_for_the_case_nor_answers_its_customer(integration, handler, lead, post, outsider):
    case = taken(integration)
    taken(integration, case=case.reference, at=NOON + HOUR, text="还没有人联系我。")
    ask(case, by=lead)
    case = answer(case, by=outsider, at=NOON + 2 * HOUR)
    assert case.unanswered_since == NOON + HOUR
    assert case.clocks.get(kind="sign_off").stopped_at is None


def test_an_open_task_is_known_to_who_decides_and_forbids_nothing(owned, handler, lead, post):
    VERBS["classify"](owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    case = ask(owned, by=handler)
    for name in ("draft_decision", "approve_decision", "settle"):
        (warning,) = VERBS[name].warns(Dossier(case))
        assert "北京分行" in warning and "2026-11-25" in warning
    VERBS["draft_decision"](case.reference, actor=handler, at=NOON, **DECIDED)
    case = VERBS["approve_decision"](case.reference, actor=lead, at=NOON)
    case = VERBS["notify"](case.reference, actor=handler, at=NOON, **TOLD)
    assert (case.state, case.tasks.get().is_open) == ("notified", True)
    assert case.clocks.get(kind="task").stopped_at is None


def test_with_the_case_it_ends(owned, handler, lead, post, outsider):
    ask(owned, by=handler)
    VERBS["withdraw"](owned.reference, actor=handler, at=NOON, **TAKEN_BACK)
    approving.decide_approval(owned.reference, actor=lead, at=NOON + HOUR, grant=True)
    task, clock = Task.objects.get(), owned.clocks.get(kind="task")
    assert (task.ended_as, task.ended_at, clock.stopped_at) == ("lapsed", NOON + HOUR, NOON + HOUR)
    with pytest.raises(WrongState):
        answer(owned, by=outsider)


def test_withdrawn_nobody_answers_and_what_was_late_stays_late(owned, handler, post, outsider):
    case = ask(owned, by=handler)
    clock = case.clocks.get(kind="task")
    fire_due(at=clock.due_at + HOUR)
    overseeing.withdraw_task(case.reference, actor=handler, at=clock.due_at + 2 * HOUR, reason="已另行核实")
    clock.refresh_from_db()
    assert (case.tasks.get().ended_as, clock.breached_at is not None) == ("withdrawn", True)
    assert told("task_withdrawn") == {"bj.post"}
    with pytest.raises(WrongState):
        answer(case, by=outsider)


def test_it_is_chased_and_once_overdue_their_head_hears_of_it(owned, handler, post, other_branch):
    head = person("bj.head", Role.UNIT_HEAD, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(head=head)
    case = ask(owned, by=handler)
    overseeing.chase_task(case.reference, actor=handler, at=NOON + HOUR)
    assert (told("task_chased"), told("task_overdue")) == ({"bj.post"}, set())
    overseeing.chase_task(case.reference, actor=handler, at=NOON + 3 * DAY, text="客户明日到访")
    assert told("task_overdue") == {"bj.head"}


def test_a_case_has_so_many_open_tasks_and_no_more(owned, handler, post):
    for _number in range(tasking.MOST_OPEN):
        ask(owned, by=handler)
    with pytest.raises(GateNotMet, match="10"):
        ask(owned, by=handler)


def test_of_two_it_is_said_which_is_answered(owned, handler, post):
    ask(owned, by=handler)
    ask(owned, by=handler)
    with pytest.raises(GateNotMet, match="哪"):
        answer(owned, by=post)
    answer(owned, by=post, task=2)
    assert [task.ended_as for task in Task.objects.order_by("number")] == ["", "answered"]


def test_signed_for_it_is_that_persons_and_signed_for_once(owned, handler, post, outsider):
    ask(owned, by=handler)
    helping.accept_task(owned.reference, actor=outsider, at=NOON)
    with pytest.raises(DomainError):
        helping.accept_task(owned.reference, actor=post, at=NOON)
    assert Task.objects.get().answers_for == outsider


def test_no_stranger_asks_or_answers(owned, handler, post, outsider, auditor, branch):
    with pytest.raises(NotFound):
        ask(owned, by=outsider)
    with pytest.raises(NotAllowed):
        ask(owned, by=auditor)
    ask(owned, by=handler)
    colleague = person("mate", Role.HANDLER, branch)
    with pytest.raises(NotPutToYou):
        answer(owned, by=colleague)
    with pytest.raises(NotAllowed):
        answer(owned, by=auditor)


def test_it_is_not_merged_away(integration, handler, supervisor, post):
    customer = {"customer_no": "K000009", "name": "测试客户", "phone": "13800138000"}
    other, owned = (taken(integration, customer=customer) for _number in range(2))
    VERBS["take_next"](owned.reference, actor=handler, at=NOON)
    ask(owned, by=handler)
    with pytest.raises(GateNotMet, match="协办"):
        VERBS["merge"](owned.reference, actor=supervisor, at=NOON, into=other.reference, reason="同一事项")
    overseeing.withdraw_task(owned.reference, actor=handler, at=NOON, reason="合并处理")
    VERBS["merge"](owned.reference, actor=supervisor, at=NOON, into=other.reference, reason="同一事项")


def test_a_declined_case_that_comes_back_has_no_open_task(owned, handler, lead, post):
    ask(owned, by=handler)
    ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
    approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=True)
    ending.decline(owned.reference, actor=handler, at=NOON, **TOLD)
    case = VERBS["reopen"](owned.reference, actor=lead, at=NOON + HOUR, reason="有授权")
    assert not case.tasks.open().exists() and not case.clocks.filter(kind="task", stopped_at=None).exists()
