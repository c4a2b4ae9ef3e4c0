"""疑似不法代理维权线索: one writes it down, another decides, it lapses; a complaint with one goes like any other."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from complaints.errors import ClueOver, ClueThere, SecondPerson
from complaints.ledgers import LEDGERS
from complaints.models import BrokerClue, Case
from complaints.services import brokers
from complaints.verb import allowed_verbs
from complaints.verbs import answering, closing, deciding, handling, ownership, representing, satisfaction
from feedback.models import Notice, Survey
from organization.models import Role, User
from security.models import AuditRow
from sqm_site.errors import Forbidden
from tests.cases import CALLED, CLASSIFIED, DECIDED, TOLD, taken
from tests.people import NOON, person

FEE = {"indicator": "fee", "basis": "客户称对方按退费三成收费"}
HOUR = timedelta(hours=1)


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


def suspected(case: Case, *, by: User, at: Any = NOON, **given: str) -> BrokerClue:
    return brokers.suspect(case, by=by, at=at, **{**FEE, **given})


def confirmed(clue: BrokerClue, *, by: User, confirm: bool = True, at: Any = NOON) -> BrokerClue:
    return brokers.decide(clue, by=by, confirm=confirm, grounds="收费记录属实", at=at)


def test_twins_with_and_without_a_clue_live_the_same_life(integration, handler, lead, colleague, supervisor, guardian):
    twins = [taken(integration, at=NOON) for _twin in range(2)]
    confirmed(suspected(twins[0], by=supervisor), by=guardian)
    everybody, told = [handler, lead, colleague, supervisor, guardian], []
    for case in twins:
        seen: list[Any] = [facts_of(case, everybody)]
        for at, step in enumerate(STEPS):
            seen.append(facts_of(step(case, handler, lead, colleague, NOON + at * HOUR), everybody))
        told.append([*seen, Survey.objects.filter(reference=case.reference).count(), noticed(case)])
    assert told[0] == told[1]


def take(case, handler, lead, colleague, at):
    return assigned(case, handler, lead, at)


def assigned(case: Case, handler: User, lead: User, at: Any) -> Case:
    ownership.assign(case.reference, actor=lead, at=at, to="handler")
    return ownership.accept(case.reference, actor=handler, at=at)


def classify(case, handler, lead, colleague, at):
    return handling.classify(case.reference, actor=handler, at=at, **CLASSIFIED)


def draft(case, handler, lead, colleague, at):
    return deciding.draft_decision(case.reference, actor=handler, at=at, **DECIDED)


def approve(case, handler, lead, colleague, at):
    return deciding.approve_decision(case.reference, actor=colleague, at=at)


def tell(case, handler, lead, colleague, at):
    return answering.notify(case.reference, actor=handler, at=at, **TOLD)


def call(case, handler, lead, colleague, at):
    return satisfaction.follow_up(case.reference, actor=lead, at=at, **CALLED, satisfaction="satisfied")


def close(case, handler, lead, colleague, at):
    return closing.close(case.reference, actor=handler, at=at, root_cause="R10")


STEPS = (take, classify, draft, approve, tell, call, close)


def facts_of(case: Case, everybody: list[User]) -> Any:
    """What anybody may do, until when, and what the log says of it; without what names the case."""
    case = Case.objects.get(pk=case.pk)
    clocks = case.clocks.order_by("kind", "basis", "pk").values_list("kind", "basis", "due_at", "stopped_at")
    verbs = [allowed_verbs(case, user, NOON + 9 * HOUR) for user in everybody]
    return case.state, case.version, case.event_count, [*clocks], verbs, case.current_round.satisfaction


def noticed(case: Case) -> list[Any]:
    return sorted(Notice.objects.filter(about=case.reference).values_list("kind", "channel", "to_user__username"))


def test_who_wrote_it_down_does_not_decide_and_nobody_decides_twice(owned, handler, supervisor, guardian):
    clue = suspected(owned, by=supervisor)
    with pytest.raises(SecondPerson):
        confirmed(clue, by=supervisor)
    with pytest.raises(Forbidden):
        confirmed(clue, by=handler)
    assert confirmed(clue, by=guardian).status == "confirmed"
    with pytest.raises(ClueOver):
        confirmed(clue, by=guardian, confirm=False)
    told = AuditRow.objects.filter(verb="clue").order_by("pk").values_list("actor__username", "details__status")
    assert [*told] == [("supervisor", "suspected"), ("guardian", "confirmed")]


def test_the_same_is_suspected_once_and_after_it_was_dropped_again(owned, handler, guardian):
    clue = suspected(owned, by=handler)
    with pytest.raises(ClueThere):
        suspected(owned, by=handler)
    suspected(owned, by=handler, indicator="forged")
    confirmed(clue, by=guardian, confirm=False)
    assert suspected(owned, by=handler).status == "suspected"


def test_it_lapses_after_twelve_months_by_itself(owned, handler, guardian):
    clue = suspected(owned, by=handler)
    assert clue.expires_on == date(2027, 11, 23)
    assert clue.stands_on(date(2027, 11, 23)) and not clue.stands_on(date(2027, 11, 24))
    assert str(clue.status_on(date(2027, 11, 24))) == "已失效"
    with pytest.raises(ClueOver):
        confirmed(clue, by=guardian, at=NOON + timedelta(days=366))
    assert brokers.a_year_after(date(2028, 2, 29)) == date(2029, 2, 28)


def test_names_and_numbers_of_the_customer_are_not_kept(owned, handler):
    assert "13912345678" not in suspected(owned, by=handler, basis="代理人电话13912345678，已核实").basis


def test_only_those_who_need_it_see_it(owned, handler, colleague, lead, outsider, auditor, guardian):
    suspected(owned, by=handler)
    people = (handler, lead, guardian, colleague, outsider, auditor)
    seen = {user.username: brokers.clues_for(user).count() for user in people}
    assert seen == {"handler": 1, "lead": 1, "guardian": 1, "colleague": 0, "outsider": 0, "auditor": 0}


def test_a_number_that_speaks_for_many_is_a_sign(integration, handler, lead):
    agent = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "13900000001", "raised": False}
    cases = []
    for number in range(brokers.MANY + 1):
        customer = {"customer_no": f"K00900{number}", "name": f"钱测试{number}"}
        case = taken(integration, at=NOON, customer=customer)
        assigned(case, handler, lead, NOON)
        representing.add_representative(case.reference, actor=handler, at=NOON, **agent)
        cases.append(case)
        assert bool([*brokers.signs_on(case, at=NOON + HOUR)]) == (number >= brokers.MANY)


def test_the_pages_write_it_down_show_it_and_decide(owned, handler, guardian, colleague):
    address = f"/desk/cases/{owned.reference}/clues/"
    at_case, at_root = Client(), Client()
    at_case.force_login(handler), at_root.force_login(guardian)
    assert address in at_case.get(f"/desk/cases/{owned.reference}/").content.decode()
    assert at_case.post(address, {"indicator": "fee"}).status_code == 400
    assert at_case.post(address, FEE).status_code == 302
    assert at_case.post(address, FEE).status_code == 409
    clue = BrokerClue.objects.get()
    decide = f"/desk/clues/{clue.pk}/decide/"
    assert "认定成立" not in at_case.get(address).content.decode()
    assert "认定成立" in at_root.get(address).content.decode()
    assert at_case.post(decide, {"confirm": "true", "grounds": "属实"}).status_code == 403
    at_root.post(decide, {"confirm": "true"})
    assert BrokerClue.objects.get().status == "suspected"
    assert at_root.post(decide, {"confirm": "true", "grounds": "属实"}).status_code == 302
    assert FEE["basis"][:10] in at_root.get("/desk/clues/", {"which": "confirmed"}).content.decode()
    stranger = Client()
    stranger.force_login(colleague)
    assert stranger.get(address).status_code == 403
    assert address not in stranger.get(f"/desk/cases/{owned.reference}/").content.decode()


def test_the_ledger_lists_what_its_reader_may_see(owned, handler, guardian, supervisor):
    suspected(owned, by=handler)
    ledger = LEDGERS["broker"]
    assert ledger.seen_by(guardian).count() == ledger.seen_by(supervisor).count() == 1
    analyst = person("analyst", Role.QUALITY_ANALYST, owned.handling_unit)
    assert ledger.seen_by(analyst).count() == 0
