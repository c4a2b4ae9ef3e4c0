"""督办: those above order an answer in writing; the owner neither answers, ends nor escapes it."""

from datetime import timedelta
from typing import Any

import pytest

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, NotAllowed, NotPutToYou, OrderedFromAbove, SecondPerson
from complaints.models import Case, Task
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verb import workers
from complaints.verbs import VERBS, closing, grouping, helping, overseeing, supervising, tasking
from feedback.models import Notice
from organization.models import Role, Unit, User
from sqm_site.errors import NotFound
from tests.cases import TAKEN_BACK, TOLD, content, grant, taken, told
from tests.people import NOON, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNTIL = (NOON + 3 * DAY).date()


def order(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Task:
    given = {"ask": "三日内约见客户并报告处理方案", "until": UNTIL, **given}
    return supervising.supervise(case.reference, actor=by, at=at, **given).tasks.latest("number")


def answer(case: Case, *, by: User, at: Any = NOON + HOUR, **given: Any) -> Case:
    return helping.answer_task(case.reference, actor=by, at=at, **{"answer": "已约见客户，方案附后", **given})


def told_of(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind, channel="in_app").values_list("to_user__username", flat=True))


@pytest.fixture
def head(branch) -> User:
    user = person("head", Role.UNIT_HEAD, branch)
    Unit.objects.filter(pk=branch.pk).update(head=user)
    return user


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_the_head_of_the_unit_answers_in_writing_what_was_ordered_on_paper(owned, head, guardian):
    task = order(owned, by=guardian)
    letter = owned.letters.get()
    assert (task.to, task.by, task.by_name) == (head, guardian, True)
    assert (letter.kind, letter.unit, letter.number) == ("supervision", guardian.memberships.get().unit, 1)
    assert task.paper == f"{letter.unit.code}督办〔2026〕1号"
    words = owned.texts.get(event_sequence=task.event_sequence, kind="letter").text
    said = (owned.reference, "三日内约见客户并报告处理方案", "2026年11月26日", "书面答复", "上海分行：", "Guardian")
    assert [phrase for phrase in said if phrase not in words] == []
    assert task.due_at.isoformat() == "2026-11-26T15:59:59+00:00"
    assert (told_of("order"), owned.clocks.get(subject="task:1").due_at) == ({"head", "handler"}, task.due_at)
    answer(owned, by=head)
    task.refresh_from_db()
    assert (task.ended_as, task.answered_by) == ("answered", head)
    assert told_of("task_answered") == {"handler", "guardian"}
    assert not Notice.objects.filter(kind="order", read_at=None, channel="in_app").exists()


def test_numbers_count_within_the_unit_of_whoever_orders(owned, head, guardian, supervisor):
    papers = [order(owned, by=one).paper for one in (guardian, supervisor, guardian)]
    root = guardian.memberships.get().unit.code
    assert papers == [f"{root}督办〔2026〕1号", "SH督办〔2026〕1号", f"{root}督办〔2026〕2号"]
    with pytest.raises(GateNotMet, match="督办"):
        order(owned, by=guardian)


def test_the_owner_neither_orders_nor_answers_nor_ends_it(owned, handler, lead, head, guardian, colleague):
    Case.objects.filter(pk=owned.pk).update(owner=head)
    with pytest.raises(SecondPerson):
        order(owned, by=head)
    Case.objects.filter(pk=owned.pk).update(owner=handler)
    order(owned, by=guardian)
    for by in (handler, colleague):
        with pytest.raises(NotPutToYou):
            answer(owned, by=by)
    for by in (handler, lead, head):
        with pytest.raises(OrderedFromAbove):
            overseeing.withdraw_task(owned.reference, actor=by, at=NOON, reason="不再需要")
    overseeing.withdraw_task(owned.reference, actor=guardian, at=NOON, reason="已当面汇报")
    assert owned.tasks.get().ended_as == "withdrawn"


def test_a_handler_cannot_keep_an_order_away_by_asking_many(owned, handler, colleague, head, guardian):
    for _number in range(tasking.MOST_OPEN):
        tasking.add_task(owned.reference, actor=handler, at=NOON, to="colleague", ask="请核实")
    assert order(owned, by=guardian).is_order


def test_it_is_answered_and_not_said_to_be_somebody_elses(owned, head, guardian):
    order(owned, by=guardian)
    with pytest.raises(GateNotMet, match="督办"):
        answer(owned, by=head, result="not_ours")


def test_nobody_is_rid_of_a_strict_checker_by_ordering_an_answer(owned, head, supervisor):
    order(owned, by=supervisor)
    answer(owned, by=head)
    assert head.pk not in workers(Dossier(owned))


def test_an_answer_that_does_not_do_is_asked_for_again_under_the_same_number(owned, head, guardian, supervisor):
    first = order(owned, by=guardian)
    answer(owned, by=head)
    for by in (head, supervisor):  # who answered, and whose own unit it is
        with pytest.raises((SecondPerson, OrderedFromAbove)):
            overseeing.return_task(owned.reference, actor=by, at=NOON + HOUR, reason="未附方案")
    overseeing.return_task(owned.reference, actor=guardian, at=NOON + HOUR, reason="未附方案")
    again = owned.tasks.latest("number")
    assert (again.paper, again.follows, again.to, again.is_open) == (first.paper, 1, head, True)
    assert owned.letters.count() == 1


def test_a_case_is_not_filed_before_the_order_is_answered(integration, handler, lead, colleague, head, guardian):
    case = told(integration, handler=handler, checker=lead)
    content(case, caller=colleague)
    paper = order(case, by=guardian).paper
    with pytest.raises(GateNotMet, match="督办") as refusal:
        closing.close(case.reference, actor=handler, at=NOON + HOUR, root_cause="R07")
    assert paper in str(refusal.value)
    answer(case, by=head)
    assert closing.close(case.reference, actor=handler, at=NOON + HOUR, root_cause="R07").state == "closed"


def test_a_customer_who_withdraws_ends_it_and_who_ordered_hears_of_it(owned, handler, lead, head, guardian):
    order(owned, by=guardian)
    VERBS["withdraw"](owned.reference, actor=handler, at=NOON, **TAKEN_BACK)
    grant(owned, by=lead, at=NOON + HOUR)
    assert owned.tasks.get().ended_as == "lapsed"
    assert told_of("order_lapsed") == {"guardian"}


def test_late_whoever_ordered_hears_of_it(owned, head, guardian):
    task = order(owned, by=guardian)
    fire_due(at=task.due_at + HOUR)
    assert told_of("task_overdue") == {"guardian"}  # the head hears as who answers for it


def test_nor_is_a_group_complaint_closed(owned, head, guardian, supervisor):
    """The same gate: a second door out of an order would be none."""
    order(owned, by=guardian)
    (missing,) = grouping.all_told(Dossier(owned, NOON), actor=supervisor, at=NOON, given={})
    assert "督办" in str(missing.sentence)


def test_of_a_tip_off_nobody_orders_anything(integration, institution, guardian, head):
    officer = person("officer", Role.DISCIPLINE, institution)
    case = taken(integration, nature="tip_off")
    with pytest.raises(NotAllowed):
        order(case, by=officer)
    with pytest.raises(NotFound):
        order(case, by=guardian)


@pytest.mark.parametrize("until", [NOON - DAY, NOON + 90 * DAY])
def test_its_day_is_not_over_and_near(owned, guardian, until):
    with pytest.raises(GateNotMet, match="请选择"):
        order(owned, by=guardian, until=until.date())


def test_without_a_head_whoever_holds_the_post_answers_for_the_unit(owned, receiver, guardian, colleague):
    assert order(owned, by=guardian).to == receiver
    with pytest.raises(NotPutToYou):
        answer(owned, by=colleague)
    answer(owned, by=receiver)


def test_what_is_told_after_it_stands_open(decided, handler, head, guardian):
    order(decided, by=guardian)
    assert VERBS["notify"](decided.reference, actor=handler, at=NOON, **TOLD).state == "notified"
    assert decided.tasks.get().is_open
