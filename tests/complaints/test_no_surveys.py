"""不再接受评价邀请: by the customer's own word from where they are known; nobody says it for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from complaints.models import Approval, Case
from complaints.services.registering import register
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, answering, approving, deciding, handling, satisfaction
from feedback.delivery import deliver_due
from feedback.models import Customer, Survey
from feedback.services import new_link
from organization.models import Role, User
from tests.cases import CLASSIFIED, DECIDED, TOLD, grant, taken
from tests.people import NOON, person

DAY = timedelta(days=1)
OWN = {"customer_no": "K1", "name": "测试客户", "email": "customer@example.com"}


@pytest.fixture
def checker(branch) -> User:
    return person("checker", Role.APPROVER, branch)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def tell(case: Case, handler: User, checker: User, **given: Any) -> Case:
    case = VERBS["take_next"](case.reference, actor=handler, at=NOON) if case.owner != handler else case
    handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(case.reference, actor=checker, at=NOON)
    return answering.notify(case.reference, actor=handler, at=NOON, **TOLD | given)


def page_of(case: Case) -> str:
    survey = Survey.objects.get(reference=case.reference)
    return f"/survey/{new_link(survey)}/"


@pytest.fixture
def asked(integration, handler, checker) -> Case:
    return tell(taken(integration, customer=OWN), handler, checker)


def test_the_customer_says_so_on_the_page_of_a_survey(asked, integration, handler, checker):
    page = page_of(asked)
    assert "不再接受评价邀请" in Client().get(page).content.decode()
    said = Client().post(page, {"never": "1"})
    assert said.status_code == 200 and asked.reference in said.content.decode()
    case, customer = Case.objects.get(pk=asked.pk), Customer.objects.get()
    assert customer.no_surveys_since is not None
    assert (case.current_round.waived_reason, case.approvals.count()) == ("OPTED_OUT", 0)
    event = case.events.latest("sequence")
    assert (event.verb, event.actor.is_service) == ("waive_survey", True)
    assert Client().get(page).status_code == 410, "the survey is over"


def test_afterwards_nobody_is_asked_and_the_result_is_told_as_before(asked, integration, handler, checker):
    Client().post(page_of(asked), {"never": "1"})
    deliver_due(NOON + DAY)
    before = len(mail.outbox)
    case = tell(taken(integration, customer=OWN), handler, checker, method="EMAIL", evidence="")
    assert not Survey.objects.filter(reference=case.reference).exists()
    assert (case.current_round.waived_reason, case.current_round.satisfaction_asked_at) == ("OPTED_OUT", None)
    deliver_due(NOON + DAY)
    told = [one for one in mail.outbox[before:] if one.to == ["customer@example.com"]]
    assert [TOLD["text"] in one.body for one in told] == [True]


def test_the_fact_waives_by_itself_and_the_word_of_the_owner_takes_two(asked, handler, lead):
    """免评价: without the customer's word it is only what somebody says."""
    satisfaction.waive_survey(asked.reference, actor=handler, at=NOON, waived_reason="OPTED_OUT", reason="客户说的")
    assert Approval.objects.get().verb == "waive_survey"
    approving.decide_approval(asked.reference, actor=lead, at=NOON, grant=False)
    Customer.objects.update(no_surveys_since=NOON)
    case = satisfaction.waive_survey(asked.reference, actor=handler, at=NOON, waived_reason="OPTED_OUT")
    assert case.current_round.waived_reason == "OPTED_OUT"


class TestTricks:
    """R13: whoever is measured by the answers opts nobody out, and answers in nobody's place."""

    def registered(self, handler: User, **customer: str) -> Case:
        said = {
            "channel": "counter",
            "nature": "complaint",
            "text": "年费重复扣收。",
            "subject": "",
            "customer": customer,
        }
        return register({**said, "customer": customer}, actor=handler, form="1", at=NOON)

    @pytest.mark.parametrize(
        "known",
        [{"customer_no": "K1", "email": "customer@example.com"}, {"customer_no": "K1"}, None],
        ids=["by another address", "by none", "not at all"],
    )
    def test_no_survey_goes_where_a_colleague_typed_it_in(self, integration, handler, receiver, checker, known):
        """Under a customer's number with an address of one's own: also where the customer has given none so far."""
        if known:
            taken(integration, customer=known)
        case = self.registered(handler, customer_no="K1", email="handler@example.com")
        VERBS["verify_identity"](case.reference, actor=handler, at=NOON, identity="ACCOUNT_DATA")
        case = tell(Case.objects.get(pk=case.pk), handler, checker)
        assert not Survey.objects.get(reference=case.reference).known_address
        deliver_due(NOON)
        assert not [one for one in mail.outbox if one.to == ["handler@example.com"]]
        page = page_of(case)
        assert "不再接受评价邀请" not in Client().get(page).content.decode()
        assert Client().post(page, {"never": "1"}).status_code == 403
        assert not Customer.objects.filter(no_surveys_since__isnull=False).exists()

    def test_an_address_that_the_customer_had_is_used(self, integration, handler, receiver, checker):
        taken(integration, customer=OWN)
        case = tell(self.registered(handler, customer_no="K1", email="customer@example.com"), handler, checker)
        assert Survey.objects.get(reference=case.reference).known_address
        assert case.current_round.satisfaction_asked_at == NOON

    def test_a_stranger_who_writes_under_a_number_opts_nobody_out(self, integration, handler, checker):
        taken(integration, customer={"customer_no": "K1", "name": "测试客户"})
        case = tell(taken(integration, customer={"customer_no": "K1", "email": "who@example.com"}), handler, checker)
        assert not Survey.objects.get(reference=case.reference).known_address
        assert Client().post(page_of(case), {"never": "1"}).status_code == 403

    def test_what_two_have_confirmed_is_known(self, integration, handler, checker, lead):
        case = taken(integration, customer={"customer_no": "K1", "name": "测试客户"})
        VERBS["take_next"](case.reference, actor=handler, at=NOON)
        VERBS["confirm_address"](case.reference, actor=handler, at=NOON, email="new@example.com", reason="客户来电")
        grant(case, by=lead)
        case = tell(Case.objects.get(pk=case.pk), handler, checker)
        assert Survey.objects.get(reference=case.reference).known_address
