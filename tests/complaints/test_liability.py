"""责任认定: after the customer was told, from above, 100 percent together, appealed once to somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from complaints.errors import NotAllowed, OfTheUnit, SecondPerson
from complaints.models import Case, Liability, LiabilityShare
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, ruling
from feedback.models import Notice
from organization.models import Role, User
from organization.services import create_unit
from sqm_site.errors import DomainError, Invalid
from tests.cases import taken, told
from tests.people import NOON, hold, person

DAY = timedelta(days=1)
FAULT: dict[str, Any] = {
    "result": "LIABLE",
    "measure": "TRAINING",
    "responsible_unit": "SH",
    "basis": "系统未校验重复扣收。",
}


def rule(case: Case, *, by: User, at: Any = NOON + DAY, **given: Any) -> Case:
    return ruling.rule_liability(case.reference, actor=by, at=at, **FAULT | given)


def appeal(case: Case, *, by: User, at: Any = NOON + 2 * DAY) -> Case:
    return ruling.appeal_liability(case.reference, actor=by, at=at, reason="系统由总行统一运维")


def parts() -> list[tuple[str, int]]:
    return list(LiabilityShare.objects.order_by("pk").values_list("unit__code", "percent"))


@pytest.fixture
def answered(integration, handler, lead) -> Case:
    return told(integration, handler=handler, checker=lead)


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


@pytest.fixture
def another(institution) -> User:
    return person("another", Role.CONSUMER_PROTECTION, institution)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_it_is_ruled_on_and_nothing_of_the_decision_changes(answered, guardian, branch):
    before = answered.state, answered.finding, answered.next_due_at
    case = rule(answered, by=guardian)
    (row,) = Liability.objects.all()
    assert (row.result, row.measure, row.by, parts()) == ("LIABLE", "TRAINING", guardian, [("SH", 100)])
    assert row.appeal_until == (NOON + 8 * DAY).date()  # five working days
    assert (case.responsible_unit, (case.state, case.finding, case.next_due_at)) == (branch, before)


def test_several_answer_for_it_a_hundred_percent_together(answered, guardian, other_branch):
    with pytest.raises(DomainError, match="100%"):
        rule(answered, by=guardian, second_unit="BJ")
    with pytest.raises(DomainError, match="100%"):
        rule(answered, by=guardian, percent=60, second_unit="BJ", second_percent=50)
    with pytest.raises(DomainError, match="100%"):
        rule(answered, by=guardian, percent=60, second_unit="SH", second_percent=40)
    rule(answered, by=guardian, percent=60, second_unit="BJ", second_percent=40)
    assert parts() == [("SH", 60), ("BJ", 40)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"responsible_unit": ""}, "请填写责任单位"),
        ({"result": "NOT_LIABLE"}, "无责"),
        ({"result": "NOT_LIABLE", "responsible_unit": ""}, "无责"),
        ({"second_percent": 40}, "对应的责任单位"),
    ],
)
def test_what_it_lacks_is_said(answered, guardian, given, words):
    with pytest.raises(DomainError, match=words):
        rule(answered, by=guardian, **given)
    assert not Liability.objects.exists()


def test_a_unit_of_nowhere_is_none(answered, guardian):
    with pytest.raises(Invalid):
        rule(answered, by=guardian, responsible_unit="NOWHERE")


def test_nobody_is_at_fault(answered, guardian):
    case = rule(answered, by=guardian, result="NOT_LIABLE", responsible_unit="", measure="")
    assert (parts(), case.responsible_unit) == ([], None)


def test_before_the_customer_was_told_there_is_nothing_to_rule_on(decided, guardian):
    with pytest.raises(DomainError):
        rule(decided, by=guardian)


def test_nor_on_what_is_no_complaint(integration, handler, guardian):
    case = taken(integration, nature="enquiry")
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    VERBS["close"](case.reference, actor=handler, at=NOON, close_reason="NO_REPLY_NEEDED")
    with pytest.raises(DomainError, match="尚未"):
        rule(case, by=guardian)


def test_the_unit_it_is_about_does_not_rule_on_itself(answered, branch, institution):
    head = person("head", Role.UNIT_HEAD, branch)
    below = person("below", Role.SUPERVISOR, create_unit("SH1", name="支行", kind="outlet", parent=branch))
    with pytest.raises(OfTheUnit):
        rule(answered, by=head)
    with pytest.raises(DomainError):
        rule(answered, by=below)
    hold(head, Role.SUPERVISOR, institution)
    rule(answered, by=User.objects.get(pk=head.pk))


def test_nor_does_who_had_a_part_in_it(answered, handler, institution, lead):
    hold(handler, Role.SUPERVISOR, institution)
    with pytest.raises(SecondPerson):
        rule(answered, by=User.objects.get(pk=handler.pk))
    with pytest.raises(NotAllowed):
        rule(answered, by=lead)


def test_it_is_ruled_on_once(answered, guardian, another):
    rule(answered, by=guardian)
    with pytest.raises(DomainError, match="申诉"):
        rule(answered, by=another)


def test_an_appeal_goes_to_somebody_else_and_the_second_ruling_stands(answered, guardian, another, handler, branch):
    """Until then the unit answers for it: else whoever has the case would take its fault away alone."""
    rule(answered, by=guardian)
    with pytest.raises(SecondPerson):
        appeal(answered, by=guardian)
    assert appeal(answered, by=handler).responsible_unit == branch
    assert {row.to_user for row in Notice.objects.filter(kind="liability_appealed")} == {another}
    with pytest.raises(SecondPerson):
        rule(answered, by=guardian)
    again = rule(answered, by=another, at=NOON + 3 * DAY, result="NOT_LIABLE", responsible_unit="", measure="")
    assert again.responsible_unit is None
    with pytest.raises(DomainError, match="已申诉一次"):
        appeal(answered, by=handler, at=NOON + 3 * DAY)


def test_after_its_last_day_nobody_appeals(answered, guardian, handler):
    rule(answered, by=guardian)
    with pytest.raises(DomainError, match="届满"):
        appeal(answered, by=handler, at=NOON + 9 * DAY)


def test_without_a_ruling_there_is_nothing_to_appeal(answered, handler):
    with pytest.raises(DomainError, match="没有可申诉"):
        appeal(answered, by=handler)


def test_a_new_round_is_ruled_on_by_itself(answered, guardian, handler):
    rule(answered, by=guardian)
    VERBS["dispute"](answered.reference, actor=handler, at=NOON + DAY, reason="金额不对")
    with pytest.raises(DomainError):
        appeal(answered, by=handler)
