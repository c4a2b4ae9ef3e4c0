"""代理人、继承人: who acts for another is written down at once, and hears of a decision once their paper was seen."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from complaints.errors import GateNotMet, NotAllowed, SecondPerson
from complaints.models import Case, CaseText, CaseWords, Representative
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, amending, answering, approving, contacting, deciding, handling, representing
from feedback.delivery import deliver_due
from feedback.models import Notice
from organization.models import Role, User
from sqm_site.errors import Invalid
from tests.cases import CLASSIFIED, DECIDED, SETTLED, TAKEN_BACK, TOLD, body, grant, taken
from tests.people import NOON, person

DAY = timedelta(days=1)
AGENT: dict[str, Any] = {"capacity": "AGENT", "representative_name": "赵测试", "phone": "+8613900139000"}
PAPER: dict[str, Any] = {
    "authority": "MANDATE",
    "signed_on": NOON.date(),
    "seen": "ORIGINAL",
    "evidence": "WT-2026-0001",
    "identity_seen": True,
}
BY_MAIL = {"method": "EMAIL", "text": "已退回年费。"}
ACTING = {"complainant_type": "REPRESENTATIVE"}


def add(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return representing.add_representative(case.reference, actor=by, at=at, **AGENT | given)


def verify(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return representing.verify_authority(case.reference, actor=by, at=at, **PAPER | given)


def notify(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return answering.notify(case.reference, actor=by, at=at, **TOLD | given)


def decide(case: Case, *, by: User, second: User) -> Case:
    handling.classify(case.reference, actor=by, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=by, at=NOON, **DECIDED)
    return deciding.approve_decision(case.reference, actor=second, at=NOON)


@pytest.fixture
def checker(branch) -> User:
    return person("checker", Role.APPROVER, branch)


@pytest.fixture
def raised(integration, handler) -> Case:
    """By somebody who acts for the customer, by mail; the handler has it."""
    case = taken(integration, customer={"customer_no": "K1", "name": "测试客户", "email": "who@example.com"}, **ACTING)
    return VERBS["take_next"](case.reference, actor=handler, at=NOON)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_an_agent_is_written_down_sealed_and_a_deadline_of_the_house_waits_for_the_paper(owned, handler):
    before = list(owned.clocks.order_by("pk").values_list("kind", "due_at", "stopped_at"))
    case = add(owned, by=handler, authority="MANDATE", signed_on=date(2026, 11, 20))
    (row,) = Representative.objects.all()
    assert (str(row), row.stands, row.seen, row.raised) == ("赵** 139****9000", True, "", False)
    assert (row.by, row.authority, case.complainant_type) == (handler, "MANDATE", "PERSON")
    clock = case.clocks.get(kind="authority")
    assert (clock.basis, clock.subject, clock.stopped_at) == ("internal", row.subject, None)
    assert clock.due_at.date() == (NOON + 7 * DAY).date()  # five working days
    rest = case.clocks.exclude(kind="authority").order_by("pk")
    assert list(rest.values_list("kind", "due_at", "stopped_at")) == before
    event = case.events.latest("sequence")
    assert "赵" not in str(event.details) and event.details["capacity"] == "AGENT"
    assert set(CaseText.objects.filter(case=case).values_list("text", flat=True)) >= {"赵**", "139****9000"}
    assert not CaseWords.objects.filter(case=case, kind__in=["representative_name", "phone"]).exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"phone": ""}, "电话或电子邮箱"),
        ({"authority": "INHERITANCE"}, "授权委托书"),
        ({"signed_on": NOON.date() + DAY}, "晚于今日"),
        ({"valid_until": NOON.date() - DAY}, "有效期"),
        ({"capacity": "ELECTED"}, "投诉人数"),
    ],
)
def test_who_cannot_be_a_representative_is_refused_in_words(owned, handler, given, words):
    with pytest.raises(GateNotMet, match=words):
        add(owned, by=handler, **given)
    assert not Representative.objects.exists()


def test_the_same_one_is_not_written_down_twice(owned, handler):
    add(owned, by=handler, email="zhao@example.com")
    with pytest.raises(GateNotMet, match="已登记"):
        add(owned, by=handler, phone="", email="zhao@example.com")
    add(owned, by=handler, phone="+8613900139001")
    assert Representative.objects.count() == 2


def test_a_colleague_without_a_part_verifies_alone_and_the_clock_stops(owned, handler, checker, colleague):
    add(owned, by=handler)
    case = verify(owned, by=colleague, at=NOON + DAY)
    row = Representative.objects.get()
    assert (row.seen, row.seen_by, row.seen_at, row.kept_as) == ("ORIGINAL", colleague, NOON + DAY, "WT-2026-0001")
    assert case.clocks.get(kind="authority").stopped_at == NOON + DAY
    with pytest.raises(Exception, match="核验授权"):
        verify(owned, by=colleague, at=NOON + DAY)


def test_whoever_has_the_case_verifies_by_two(owned, handler, lead):
    """R13: whoever has it could let hear of it whom they like, and call that a telling."""
    add(owned, by=handler)
    verify(owned, by=handler)
    assert Representative.objects.get().seen == ""
    with pytest.raises((SecondPerson, NotAllowed)):
        approving.decide_approval(owned.reference, actor=handler, at=NOON, grant=True)
    grant(owned, by=lead)
    row = Representative.objects.get()
    assert (row.seen, row.seen_by, row.kept_as) == ("ORIGINAL", lead, "WT-2026-0001")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"identity_seen": False}, "身份证明"),
        ({"evidence": "有"}, "存放编号"),
        ({"authority": "KINSHIP"}, "授权委托书"),
        ({"signed_on": NOON.date() + DAY}, "晚于今日"),
        ({"representative": 99}, "哪一位"),
    ],
)
def test_a_paper_that_shows_nothing_is_refused(owned, handler, colleague, given, words):
    add(owned, by=handler)
    with pytest.raises(GateNotMet, match=words):
        verify(owned, by=colleague, **given)


def test_nobody_is_told_a_decision_before_their_paper_was_seen(raised, handler, checker, colleague):
    """Art. 14: not by a reply, not by a settlement, not as a decision."""
    with pytest.raises(GateNotMet, match="代他人提出"):
        contacting.reply(raised.reference, actor=handler, at=NOON, **BY_MAIL)
    with pytest.raises(GateNotMet, match="代他人提出"):
        answering.settle(raised.reference, actor=handler, at=NOON, **SETTLED)
    contacting.ask_customer(raised.reference, actor=handler, at=NOON, method="EMAIL", text="请提供授权委托书原件。")
    handling.resume(raised.reference, actor=handler, at=NOON)
    decide(raised, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="答复对象"):
        notify(raised, by=handler)
    with pytest.raises(GateNotMet, match="核验"):
        notify(raised, by=handler, told_to="representative")
    add(raised, by=handler)
    with pytest.raises(GateNotMet, match="核验"):
        notify(raised, by=handler, told_to="representative")
    verify(raised, by=colleague)
    case = notify(raised, by=handler, told_to="representative")
    assert (case.state, case.notifications.get().told_to) == ("notified", "representative")


def test_the_complainant_is_told_all_the_same_and_not_by_the_address_of_the_agent(raised, handler, checker):
    decide(raised, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="编号"):
        answering.notify(raised.reference, actor=handler, at=NOON, told_to="complainant", **BY_MAIL)
    case = notify(raised, by=handler, told_to="complainant")
    assert (case.state, case.notifications.get().told_to) == ("notified", "complainant")
    deliver_due(NOON)
    assert not [one for one in mail.outbox if one.to == ["who@example.com"]], "neither the decision nor the survey"
    assert case.current_round.satisfaction_asked_at is None


def test_once_it_was_seen_the_message_goes_to_the_agent(raised, handler, checker, colleague):
    add(raised, by=handler, email="zhao@example.com")
    assert Representative.objects.get().raised, "nobody else raised it"
    verify(raised, by=colleague)
    contacting.reply(raised.reference, actor=handler, at=NOON, method="EMAIL", text="正在核实。")
    decide(raised, by=handler, second=checker)
    answering.notify(raised.reference, actor=handler, at=NOON, told_to="representative", **BY_MAIL)
    deliver_due(NOON)
    told = [one.to[0] for one in mail.outbox if "已退回年费" in one.body]
    replied = [one.to[0] for one in mail.outbox if "正在核实" in one.body]
    assert (told, replied) == (["zhao@example.com"], ["who@example.com"])
    assert Notice.objects.get(kind="decision").customer is None


def test_a_paper_that_has_run_out_opens_nothing(raised, handler, checker, colleague):
    add(raised, by=handler)
    verify(raised, by=colleague, valid_until=NOON.date() + DAY)
    decide(raised, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="有效"):
        notify(raised, by=handler, at=NOON + 2 * DAY, told_to="representative")
    assert notify(raised, by=handler, at=NOON + DAY, told_to="representative").state == "notified"


def test_an_end_takes_two_and_closes_again(raised, handler, checker, colleague, lead):
    add(raised, by=handler)
    verify(raised, by=colleague)
    representing.end_representative(raised.reference, actor=handler, at=NOON, reason="客户撤回委托")
    assert Representative.objects.get().stands, "nobody chooses alone who is told"
    grant(raised, by=lead)
    assert not Representative.objects.get().stands
    with pytest.raises(GateNotMet, match="代他人提出"):
        contacting.reply(raised.reference, actor=handler, at=NOON, **BY_MAIL)


def test_to_say_that_it_was_the_complainant_after_all_takes_two(raised, handler, lead):
    """R13: else one correction opens what the paper keeps closed."""
    amending.amend(raised.reference, actor=handler, at=NOON, complainant_type="PERSON", reason="本人来电")
    assert Case.objects.get(pk=raised.pk).complainant_type == "REPRESENTATIVE"
    grant(raised, by=lead)
    assert contacting.reply(raised.reference, actor=handler, at=NOON, **BY_MAIL).replied_at == NOON


def test_an_agent_who_comes_later_changes_nothing_for_whoever_raised_it(owned, handler, lead):
    add(owned, by=handler)
    assert (
        contacting.reply(owned.reference, actor=handler, at=NOON, method="PHONE", text="正在核实。").replied_at == NOON
    )


def test_the_owner_is_reminded_of_the_paper_and_telling_ends_it(raised, handler, checker):
    add(raised, by=handler)
    fire_due(at=NOON + 8 * DAY)
    kinds = Notice.objects.filter(to_user=handler, context__clock="authority").values_list("kind", flat=True)
    assert "breach" in set(kinds)
    decide(raised, by=handler, second=checker)
    case = notify(raised, by=handler, at=NOON + 8 * DAY, told_to="complainant")
    assert not case.clocks.filter(kind="authority", stopped_at=None).exists()


def test_the_database_knows_no_paper_that_nobody_saw(owned, handler):
    add(owned, by=handler)
    with pytest.raises(IntegrityError), transaction.atomic():
        Representative.objects.update(seen="ORIGINAL")


class TestIntake:
    """What a program sends with the message; who acts is asked for the paper, and a person sees it."""

    SENT = {"capacity": "HEIR", "name": "赵测试", "email": "zhao@example.com", "authority": "INHERITANCE"}

    def test_brings_whoever_raised_it(self, integration):
        case = taken(integration, customer={"customer_no": "K1"}, representatives=[self.SENT])
        row = Representative.objects.get()
        assert (row.case, row.raised, row.seen, row.capacity) == (case, True, "", "HEIR")
        assert (case.complainant_type, case.events.latest("sequence").verb) == ("HEIR", "add_representative")
        deliver_due(NOON)
        (letter,) = [one for one in mail.outbox if one.to == ["zhao@example.com"]]
        assert "继承关系证明" in letter.body and "年费" not in letter.body

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({**SENT, "capacity": "FRIEND"}, "representatives"),
            ({**SENT, "email": "kein"}, "representatives"),
            ({**SENT, "email": ""}, "representatives"),
            ({**SENT, "authority": "MANDATE"}, "representatives"),
            ({**SENT, "seen": "ORIGINAL"}, "representatives"),
        ],
    )
    def test_refuses_by_name_and_stores_nothing(self, post, sent, field):

        answer = post(body(representatives=[sent]))
        assert answer.status_code == 400
        assert {row["field"].partition(".")[0].partition("[")[0] for row in answer.json()["errors"]} == {field}
        assert not Case.objects.exists()

    def test_takes_five_at_most(self, post):

        six = [{**self.SENT, "email": f"zhao{number}@example.com"} for number in range(6)]
        assert post(body(representatives=six)).status_code == 400
        assert post(body(representatives=six[:5])).status_code == 201
        assert Representative.objects.count() == 5

    def test_repeated_it_is_one(self, post):

        sent = body(representatives=[self.SENT])
        assert [post(sent).status_code, post(sent).status_code] == [201, 200]
        assert Representative.objects.count() == 1

    def test_whom_nobody_can_reach_is_refused_by_the_service_too(self, integration):
        with pytest.raises(Invalid):
            taken(integration, representatives=[{**self.SENT, "email": ""}])


def test_whoever_speaks_for_another_takes_nothing_back_before_their_paper_was_seen(raised, handler, colleague, lead):
    with pytest.raises(GateNotMet, match="授权材料"):
        VERBS["withdraw"](raised.reference, actor=handler, at=NOON, **TAKEN_BACK)
    with pytest.raises(GateNotMet, match="授权材料"):  # nor by the channel of whoever raised it
        VERBS["withdraw"](raised.reference, actor=raised.brought_by, at=NOON, **TAKEN_BACK)
    add(raised, by=handler, raised=True)
    verify(raised, by=colleague)
    VERBS["withdraw"](raised.reference, actor=handler, at=NOON, **TAKEN_BACK)
    assert grant(raised, by=lead).state == "withdrawn"


def test_the_complainant_whose_identity_was_verified_takes_it_back(raised, handler, lead):
    VERBS["verify_identity"](raised.reference, actor=handler, at=NOON, identity="KNOWN_NUMBER")
    VERBS["withdraw"](raised.reference, actor=handler, at=NOON, **TAKEN_BACK)
    assert grant(raised, by=lead).state == "withdrawn"
