"""核实身份 (Art. 22): by what it is known who speaks; a stranger is told nothing, and hears in nobody's place."""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet
from complaints.models import Case, Contact
from complaints.services.identifying import Identity, identity_of
from complaints.services.registering import register
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, answering, contacting, deciding, handling, identifying, satisfaction
from feedback.delivery import deliver_due
from organization.models import Role, User
from tests.cases import CALLED, CLASSIFIED, DECIDED, SETTLED, TOLD, taken
from tests.people import NOON, person

OWN, OTHER = "13800138000", "13900139000"
REGISTER = "/desk/register/"
FORM = {"form": "1", "channel": "phone", "nature": "complaint", "words": "年费重复扣收。", "answer_required": "on"}


def verify(case: Case, *, by: User, at: Any = NOON, **given: Any) -> Case:
    return identifying.verify_identity(case.reference, actor=by, at=at, **{"identity": "ACCOUNT_DATA"} | given)


def state(case: Case) -> Identity:
    return identity_of(Dossier(Case.objects.get(pk=case.pk), NOON))


def decide(case: Case, *, by: User, second: User) -> Case:
    handling.classify(case.reference, actor=by, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=by, at=NOON, **DECIDED)
    return deciding.approve_decision(case.reference, actor=second, at=NOON)


@pytest.fixture
def checker(branch) -> User:
    return person("checker", Role.APPROVER, branch)


@pytest.fixture
def differing(integration, handler) -> Case:
    """Somebody names the number of a known customer, from another telephone; the handler has it."""
    taken(integration, customer={"customer_no": "K1", "name": "测试客户", "phone": OWN})
    case = taken(integration, customer={"customer_no": "K1", "phone": OTHER})
    return VERBS["take_next"](case.reference, actor=handler, at=NOON)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_it_is_kept_by_what_by_whom_and_when(owned, handler):
    before = Case.objects.get(pk=owned.pk)
    case = verify(owned, by=handler, identity="KNOWN_NUMBER", recording="REC-00017")
    (row,) = case.contacts.all()
    assert (row.purpose, row.identity, row.result, row.by, row.recording) == (
        "identity",
        "KNOWN_NUMBER",
        "CONNECTED",
        handler,
        "REC-00017",
    )
    assert (case.first_contact_at, case.reached_at, case.version) == (
        before.first_contact_at,
        before.reached_at,
        before.version,
    ), "it is no contact of ours"
    assert case.clocks.get(kind="first_contact").stopped_at == before.clocks.get(kind="first_contact").stopped_at
    assert state(case) == Identity.VERIFIED


@pytest.mark.parametrize(
    ("given", "words"),
    [({"identity": "ID_ORIGINAL"}, "当面"), ({"identity": "ID_ORIGINAL", "method": "POST"}, "当面")],
)
def test_a_document_is_seen_where_it_is(owned, handler, given, words):
    with pytest.raises(GateNotMet, match=words):
        verify(owned, by=handler, **given)
    assert verify(owned, by=handler, identity="ID_ORIGINAL", method="IN_PERSON").contacts.count() == 1


def test_of_whom_nobody_knows_there_is_nothing_to_compare(integration, handler):
    case = taken(integration, customer={})
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    with pytest.raises(GateNotMet, match="除身份证件外"):
        verify(case, by=handler)
    assert verify(case, by=handler, identity="ID_ORIGINAL", method="IN_PERSON").contacts.count() == 1


def test_who_gave_other_values_is_told_nothing_by_word_of_mouth_before(differing, handler, checker):
    assert state(differing) == Identity.DOUBTFUL
    with pytest.raises(GateNotMet, match="核实身份"):
        answering.settle(differing.reference, actor=handler, at=NOON, **SETTLED)
    with pytest.raises(GateNotMet, match="核实身份"):
        contacting.reply(differing.reference, actor=handler, at=NOON, method="PHONE", text="正在核实。")
    decide(differing, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="核实身份"):
        answering.notify(differing.reference, actor=handler, at=NOON, **TOLD)
    verify(differing, by=handler)
    assert answering.notify(differing.reference, actor=handler, at=NOON, **TOLD).state == "notified"


def test_whoever_turned_out_to_be_somebody_else_is_told_nothing(owned, handler):
    verify(owned, by=handler)
    verify(owned, by=handler, passed=False)
    assert state(owned) == Identity.STRANGER
    with pytest.raises(GateNotMet, match="核实身份"):
        contacting.reply(owned.reference, actor=handler, at=NOON, method="PHONE", text="正在核实。")
    verify(owned, by=handler, identity="KNOWN_NUMBER")
    assert contacting.reply(owned.reference, actor=handler, at=NOON, method="PHONE", text="正在核实。").replied_at


@pytest.mark.parametrize(("result", "expected"), [("CONNECTED", Identity.VERIFIED), ("NOT_SELF", Identity.STRANGER)])
def test_a_call_says_by_what_it_was_verified(owned, handler, result, expected):
    given = {**CALLED, "result": result, "identity": "ID_NUMBER"}
    case = contacting.log_contact(owned.reference, actor=handler, at=NOON, **given)
    assert (state(case), case.contacts.get().identity) == (expected, "ID_NUMBER")
    assert case.events.latest("sequence").details["identity"] == "ID_NUMBER"


def test_a_call_that_reached_nobody_verifies_nobody(owned, handler):
    with pytest.raises(GateNotMet, match="留空"):
        contacting.log_contact(
            owned.reference, actor=handler, at=NOON, **{**CALLED, "result": "NO_ANSWER", "identity": "ID_NUMBER"}
        )
    case = contacting.log_contact(owned.reference, actor=handler, at=NOON, **{**CALLED, "result": "NOT_SELF"})
    assert state(case) == Identity.UNKNOWN, "somebody else picked up; nobody was asked"


@pytest.mark.parametrize(("channel", "expected"), [("app", Identity.LOGGED_IN), ("phone", Identity.UNKNOWN)])
def test_a_channel_where_customers_log_in_knows_who_speaks(integration, channel, expected):
    assert state(taken(integration, channel=channel)) == expected


def test_a_program_may_say_by_what_it_was_verified(integration):
    case = taken(integration)
    assert verify(case, by=integration.user, identity="PASSWORD").contacts.get().identity == "PASSWORD"


class TestTricks:
    """R13: what an owner may try, to speak in the customer's place."""

    @pytest.fixture
    def own_address(self, integration, handler, receiver) -> Case:
        """Registered under a customer's number with an address that is not theirs."""
        taken(integration, customer={"customer_no": "K1", "email": "customer@example.com"})
        said = {
            "channel": "counter",
            "nature": "complaint",
            "text": "年费重复扣收。",
            "subject": "",
            "customer": {"customer_no": "K1", "email": "handler@example.com"},
        }
        return register(said, actor=handler, form="1", at=NOON)

    def test_the_decision_goes_to_no_address_that_a_colleague_typed_in(self, own_address, handler, checker):
        decide(own_address, by=handler, second=checker)
        verify(own_address, by=handler)
        with pytest.raises(GateNotMet, match="确认联系方式"):
            answering.notify(own_address.reference, actor=handler, at=NOON, method="EMAIL", text="已退回。")
        with pytest.raises(GateNotMet, match="确认联系方式"):
            contacting.reply(own_address.reference, actor=handler, at=NOON, method="EMAIL", text="已退回。")

    def test_nor_the_survey(self, own_address, handler, checker):
        """Else whoever settled it would answer for the customer, and it would count as the customer's own word."""
        decide(own_address, by=handler, second=checker)
        verify(own_address, by=handler)
        case = answering.notify(own_address.reference, actor=handler, at=NOON, **TOLD)
        deliver_due(NOON)
        assert not [one for one in mail.outbox if one.to == ["handler@example.com"]]
        assert case.current_round.satisfaction_asked_at is None
        case = satisfaction.record_feedback(case.reference, actor=handler, at=NOON, satisfaction="satisfied")
        assert case.current_round.satisfaction_from == "owner"

    def test_once_two_have_confirmed_it_it_goes_there(self, own_address, handler, checker, lead):
        VERBS["confirm_address"](
            own_address.reference, actor=handler, at=NOON, email="handler@example.com", reason="客户来电"
        )
        VERBS["decide_approval"](own_address.reference, actor=lead, at=NOON, grant=True)
        decide(own_address, by=handler, second=checker)
        case = answering.notify(own_address.reference, actor=handler, at=NOON, method="EMAIL", text="已退回。")
        assert case.state == "notified"


class TestDesk:
    @pytest.fixture
    def at_desk(self, client, handler, receiver):
        client.force_login(handler, "organization.backends.RoleBackend")
        return client

    def test_the_page_shows_it_beside_the_customer(self, at_desk, differing, handler):
        address = reverse("desk:case", args=[differing.reference])
        assert "待核实" in at_desk.get(address).content.decode()
        verify(differing, by=handler, at=timezone.now(), identity="KNOWN_NUMBER")
        page = at_desk.get(address).content.decode()
        assert "已核实" in page and "回拨客户预留号码" in page and "待核实" not in page

    def test_is_asked_at_the_registration(self, at_desk):
        sent = {**FORM, "phone": OWN, "name": "测试客户", "identity": "ACCOUNT_DATA"}
        assert at_desk.post(REGISTER, sent).status_code == 302
        row = Contact.objects.get()
        assert (row.identity, row.method, row.purpose) == ("ACCOUNT_DATA", "PHONE", "identity")

    def test_at_the_counter_the_document_is_seen(self, at_desk):
        sent = {**FORM, "channel": "counter", "name": "测试客户", "identity": "ID_ORIGINAL"}
        assert at_desk.post(REGISTER, sent).status_code == 302
        assert Contact.objects.get().method == "IN_PERSON"

    def test_who_settles_on_the_phone_verifies_in_the_same_form(self, at_desk, integration):
        taken(integration, customer={"customer_no": "K1", "phone": OWN})
        sent = {**FORM, "phone": OTHER, "customer_no": "K1", **SETTLED, "settle": "1"}
        assert at_desk.post(REGISTER, sent).status_code == 422
        assert at_desk.post(REGISTER, {**sent, "identity": "ACCOUNT_DATA"}).status_code == 302
        assert Case.objects.filter(state="notified").count() == 1

    def test_over_the_api(self, client, differing, handler):
        client.force_login(handler, "organization.backends.RoleBackend")
        address = f"/api/v1/cases/{differing.reference}/"
        assert client.get(address).json()["identity"] == {"state": "doubtful", "by": "", "at": None}
        verify(differing, by=handler)
        shown = client.get(address).json()["identity"]
        assert (shown["state"], shown["by"], bool(shown["at"])) == ("verified", "ACCOUNT_DATA", True)


def test_what_we_hold_is_not_asked_again(client, handler, receiver, integration):
    """Art. 13: the form shows what is known, and says what alone is missing."""
    client.force_login(handler, "organization.backends.RoleBackend")
    taken(integration, customer={"customer_no": "K000031", "name": "测试客户", "phone": OWN})
    asked = client.post(reverse("desk:caller"), {"phone": OWN}).content.decode()
    assert "无需再次询问" in asked and "测***" in asked and "尚缺：" in asked
    held, missing = asked.partition("无需再次询问")[2].split("尚缺：")
    assert "姓名" in held and "客户号" in held and "证件号" not in held
    assert "证件号" in missing and "姓名" not in missing.partition("</p>")[0]
