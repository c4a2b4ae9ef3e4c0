"""减免补偿: within one's own limit alone, above it with whoever's limit reaches so far; and another one pays."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.desk.beginning import beginning
from complaints.errors import NotAllowed, NotOfTheRoute, SecondPerson
from complaints.models import Approval, Case, Redress, RedressLimit
from complaints.services.escalating import fire_due
from complaints.services.redress import usual_day
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, answering, approving, redressing
from organization.models import Role, User
from sqm_site.errors import DomainError, Invalid
from tests.cases import SETTLED, TAKEN_BACK, TOLD, content, taken, told
from tests.people import NOON, hold, person

DAY = timedelta(days=1)
GIVEN: dict[str, Any] = {"kind": "REFUND", "amount": Decimal("200.00"), "reason": "重复扣收，全额退回"}


def propose(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return redressing.propose_redress(case.reference, actor=by, at=at, **GIVEN | given)


def pay(case: Case, *, by: User, at: Any = NOON + DAY, evidence: str = "PAY-2026-0001", **given: Any) -> Case:
    return redressing.pay_redress(case.reference, actor=by, at=at, evidence=evidence, **given)


def grant(case: Case, *, by: User, at: Any = NOON, yes: bool = True) -> Case:
    return approving.decide_approval(case.reference, actor=by, at=at, grant=yes)


def rows() -> list[tuple[Decimal | None, str]]:
    return [(row.amount, row.status) for row in Redress.objects.order_by("pk")]


def own_limit(role: str, amount: int, monthly: int | None = None) -> None:
    RedressLimit.objects.filter(role=role).update(amount=amount, monthly=monthly)


@pytest.fixture
def chief(branch) -> User:
    return person("chief", Role.SUPERVISOR, branch)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_the_dialog_begins_with_the_unit_and_never_with_the_amount_in_dispute(integration, handler, branch):
    case = taken(integration, amount="300000")
    begun = beginning(case, VERBS["propose_redress"])
    assert ("amount" in begun, begun["cost_unit"]) == (False, (case.complained_unit or case.handling_unit).code)


def test_within_ones_own_limit_it_is_promised_at_once(owned, handler, branch):
    case = propose(owned, by=handler, agreement="和解〔2026〕7号")
    (row,) = Redress.objects.all()
    assert (row.by, row.approval, row.own_limit, row.status) == (handler, None, 500, "promised")
    assert (row.cost_unit, row.agreement, row.round) == (branch, "和解〔2026〕7号", case.current_round)
    clock = case.clocks.get(kind="payment")
    assert (clock.basis, clock.subject, clock.stopped_at) == ("agreed", row.subject, None)
    assert row.pay_by == (NOON + 14 * DAY).date()  # ten working days


def test_above_it_somebody_decides_whose_limit_reaches_so_far(owned, handler, lead, chief):
    case = propose(owned, by=handler, amount=Decimal("2000.01"))
    asked = case.approvals.get()
    assert (rows(), asked.route) == ([], ["approver", "consumer_protection", "discipline", "supervisor", "unit_head"])
    with pytest.raises(NotOfTheRoute):
        grant(case, by=lead)  # 2,000 yuan
    grant(case, by=chief)
    (row,) = Redress.objects.all()
    assert (row.by, row.approval, row.amount, row.own_limit) == (handler, asked, Decimal("2000.01"), 500)


def test_refused_it_is_not_promised(owned, handler, chief):
    grant(propose(owned, by=handler, amount=Decimal(600)), by=chief, yes=False)
    assert rows() == []
    propose(owned, by=handler)
    assert rows() == [(200, "promised")]


def test_an_amount_given_in_parts_is_one_amount(owned, handler, lead):
    """Whoever gave the parts: the limit is that of the case."""
    propose(owned, by=handler, amount=Decimal(300))
    case = propose(owned, by=handler, amount=Decimal("200.01"))
    assert case.approvals.get().status == Approval.Status.ASKED
    assert rows() == [(300, "promised")]


def test_what_was_taken_back_counts_no_more(owned, handler, lead):
    propose(owned, by=handler, amount=Decimal(500))
    redressing.take_back_redress(owned.reference, actor=handler, at=NOON, reason="客户不接受")
    assert rows() == [(500, "promised")]  # nobody takes a promise back alone
    grant(owned, by=lead)
    case = propose(owned, by=handler, amount=Decimal(500))
    assert rows() == [(500, "taken_back"), (500, "promised")]
    assert case.clocks.filter(kind="payment", stopped_at=None).count() == 1


def test_in_a_month_a_person_gives_no_more_than_theirs_alone(integration, handler, lead):
    own_limit(Role.HANDLER, 500, 700)
    cases = [taken(integration) for _number in range(3)]
    for case in cases:
        VERBS["take_next"](case.reference, actor=handler, at=NOON)
    propose(cases[0], by=handler, amount=Decimal(500))
    assert propose(cases[1], by=handler, amount=Decimal("200.01")).approvals.count() == 1
    propose(cases[2], by=handler, amount=Decimal(200))
    grant(cases[1], by=lead)  # what somebody granted is nobody's own
    assert sorted(amount for amount, _status in rows()) == [200, Decimal("200.01"), 500]
    december = NOON + 8 * DAY
    propose(cases[2], by=handler, at=december, amount=Decimal(300))
    assert len(rows()) == 4


def test_beyond_every_limit_it_is_said_who_must_be_asked(owned, handler):
    with pytest.raises(DomainError, match="限额"):
        propose(owned, by=handler, amount=Decimal("1000000.01"))
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"amount": None}, "元"),
        ({"amount": Decimal(0)}, "元"),
        ({"kind": "NON_MONETARY"}, "留空"),
        ({"kind": "INSURANCE_SETTLEMENT"}, "协议"),
        ({"pay_by": (NOON - DAY).date()}, "请选择"),
        ({"pay_by": (NOON + 400 * DAY).date()}, "请选择"),
    ],
)
def test_what_it_lacks_is_said(owned, handler, given, words):
    with pytest.raises(DomainError, match=words):
        propose(owned, by=handler, **given)
    assert rows() == []


def test_the_cost_is_that_of_a_unit_of_the_institution(owned, handler, lead, other_branch):
    """At that of one that the case is not about nobody gives alone: their own branch would give for nothing."""
    with pytest.raises(Invalid) as refusal:
        propose(owned, by=handler, cost_unit="NOWHERE")
    assert "cost_unit" in refusal.value.fields
    propose(owned, by=handler, cost_unit="BJ")
    assert rows() == []
    grant(owned, by=lead)
    assert Redress.objects.get().cost_unit == other_branch


def test_nobody_alone_promises_so_late_that_nothing_is_late(owned, handler, lead):
    usual = usual_day(owned, NOON)
    propose(owned, by=handler, amount=Decimal(100), pay_by=usual)
    propose(owned, by=handler, amount=Decimal(200), pay_by=usual + DAY)
    assert rows() == [(100, "promised")]
    grant(owned, by=lead)
    assert [row.pay_by for row in Redress.objects.order_by("pk")] == [usual, usual + DAY]


def test_an_apology_has_no_price_and_is_owed_all_the_same(owned, handler, colleague):
    propose(owned, by=handler, kind="NON_MONETARY", amount=None)
    pay(owned, by=colleague, evidence="道歉函〔2026〕3号")
    assert rows() == [(None, "paid")]


def test_whoever_promised_it_does_not_pay_it(owned, handler, colleague):
    propose(owned, by=handler)
    with pytest.raises(SecondPerson):
        pay(owned, by=handler)
    case = pay(owned, by=colleague)
    (row,) = Redress.objects.all()
    assert (row.amount, row.paid_by, row.voucher, row.status) == (200, colleague, "PAY-2026-0001", "paid")
    assert case.clocks.get(kind="payment").stopped_at is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Redress.objects.update(paid_by=handler)


def test_nor_does_whoever_asked_for_it_where_another_granted_it(owned, handler, lead):
    propose(owned, by=handler, amount=Decimal(600))
    grant(owned, by=lead)
    with pytest.raises(SecondPerson):
        pay(owned, by=handler)
    pay(owned, by=lead)


def test_of_two_it_is_said_which_was_paid(owned, handler, colleague):
    first = propose(owned, by=handler).event_count
    propose(owned, by=handler, amount=Decimal(100))
    with pytest.raises(DomainError, match="哪一笔"):
        pay(owned, by=colleague)
    pay(owned, by=colleague, redress=first)
    assert rows() == [(200, "paid"), (100, "promised")]


def test_nothing_is_paid_before_it_was_promised(owned, handler, colleague):
    propose(owned, by=handler, at=NOON + 2 * DAY)
    with pytest.raises(DomainError, match="更正"):
        pay(owned, by=colleague, at=NOON + 3 * DAY, happened_at=NOON + DAY)


def test_a_promise_that_is_not_kept_is_late_though_the_case_is_over(integration, handler, lead, colleague):
    case = told(integration, handler=handler, checker=lead)
    propose(case, by=handler, pay_by=(NOON + 2 * DAY).date())
    answering_clock = case.clocks.get(kind="payment")
    fire_due(at=NOON + 4 * DAY)
    answering_clock.refresh_from_db()
    assert answering_clock.breached_at is not None
    pay(case, by=colleague, at=NOON + 5 * DAY)
    answering_clock.refresh_from_db()
    assert answering_clock.stopped_at == NOON + 5 * DAY


def test_a_payment_entered_late_was_in_time_once_somebody_saw_the_voucher(owned, handler, colleague, chief):
    propose(owned, by=handler, pay_by=(NOON + 2 * DAY).date())
    case = pay(owned, by=colleague, at=NOON + 4 * DAY, happened_at=NOON + DAY)
    clock = case.clocks.get(kind="payment")
    assert clock.stopped_at == NOON + 4 * DAY
    grant(case, by=chief, at=NOON + 4 * DAY)
    clock.refresh_from_db()
    assert clock.stopped_at == NOON + DAY


def test_nothing_is_filed_while_the_customer_waits_for_what_was_promised(integration, handler, lead, colleague):
    """N10: the remedy is done before a case is filed."""
    case = told(integration, handler=handler, checker=lead)
    content(case, caller=lead, at=NOON)
    propose(case, by=handler)
    with pytest.raises(DomainError, match="尚未支付"):
        VERBS["close"](case.reference, actor=handler, at=NOON + DAY, root_cause="R07")
    pay(case, by=colleague)
    assert VERBS["close"](case.reference, actor=handler, at=NOON + DAY, root_cause="R07").state == "closed"


def test_it_outlasts_the_withdrawal_and_the_round(owned, handler, lead, colleague):
    """A complaint that was taken back for money still costs it."""
    propose(owned, by=handler)
    VERBS["withdraw"](owned.reference, actor=handler, at=NOON, **TAKEN_BACK)
    case = grant(owned, by=lead)
    assert (case.state, case.clocks.filter(stopped_at=None).get().kind) == ("withdrawn", "payment")
    pay(case, by=colleague)
    assert not case.clocks.filter(stopped_at=None).exists()


def test_what_is_settled_at_once_is_promised_and_paid_like_anything_else(integration, handler, colleague):
    case = taken(integration)
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    given = {**SETTLED, "redress": Decimal(500), "redress_kind": "WAIVER"}
    case = answering.settle(case.reference, actor=handler, at=NOON, **given)
    (row,) = Redress.objects.all()
    assert (row.kind, row.amount, row.by, row.approval) == ("WAIVER", 500, handler, None)
    with pytest.raises(SecondPerson):
        pay(case, by=handler)
    pay(case, by=colleague)
    assert rows() == [(500, "paid")]


def test_settling_counts_what_was_given_in_the_month(integration, handler):
    own_limit(Role.HANDLER, 500, 600)
    cases = [taken(integration) for _number in range(2)]
    for case in cases:
        VERBS["take_next"](case.reference, actor=handler, at=NOON)
    propose(cases[0], by=handler, amount=Decimal(200))
    with pytest.raises(DomainError, match="本月"):
        answering.settle(cases[1].reference, actor=handler, at=NOON, **SETTLED, redress=Decimal("400.01"))


def test_an_institutions_own_limit_stands_for_that_of_the_group(owned, handler, supervisor, institution):
    RedressLimit.objects.create(
        role=Role.HANDLER, amount=100, effective_from=NOON.date(), legal_entity=institution.legal_entity
    )
    assert propose(owned, by=handler).approvals.count() == 1
    grant(owned, by=supervisor, yes=False)
    hold(handler, Role.SUPERVISOR, institution)
    propose(owned, by=User.objects.get(pk=handler.pk), amount=Decimal("100.01"))
    assert rows() == [(Decimal("100.01"), "promised")]


def test_who_has_no_limit_gives_nothing_alone(owned, handler):
    RedressLimit.objects.filter(role=Role.HANDLER).delete()
    assert propose(owned, by=handler, amount=Decimal("0.01")).approvals.count() == 1


def test_nobody_from_elsewhere_gives_or_pays(owned, handler, outsider, auditor):
    with pytest.raises(DomainError):
        propose(owned, by=outsider)
    propose(owned, by=handler)
    with pytest.raises(NotAllowed):
        pay(owned, by=auditor)


def test_a_merger_does_not_lose_a_promise(owned, integration, handler, chief):
    """It is owed by the case that made it: the other one is merged into that."""
    other = taken(integration, customer={"customer_no": "K000001", "name": "测试客户", "phone": "13800138000"})
    propose(owned, by=handler)
    with pytest.raises(DomainError):
        VERBS["merge"](owned.reference, actor=chief, at=NOON, into=other.reference, reason="同一事项")


def test_the_decision_is_told_as_before(decided, handler):
    propose(decided, by=handler)
    case = answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    assert case.clocks.get(kind="payment").stopped_at is None
