"""共同投诉 (Art. 12): several complain together, elect at most five, and hear of the decision by them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet
from complaints.models import Case, Representative
from complaints.services.replaying import retold_otherwise
from complaints.verbs import VERBS, amending, answering, deciding, handling, representing
from feedback.delivery import deliver_due
from organization.models import Role, User
from tests.cases import CLASSIFIED, DECIDED, TOLD, body, taken
from tests.complaints.mergers import fresh, merged
from tests.people import NOON, person

DAY = timedelta(days=1)
PAPER: dict[str, Any] = {
    "authority": "ELECTION",
    "signed_on": NOON.date(),
    "seen": "ORIGINAL",
    "evidence": "TX-2026-0001",
    "identity_seen": True,
}
REGISTER = "/desk/register/"
FORM = {
    "form": "1",
    "channel": "counter",
    "nature": "complaint",
    "words": "多名客户来访，反映理财产品到期未兑付。",
    "complainants": "6",
    "answer_required": "on",
}


def elected(number: int) -> dict[str, str]:
    return {"capacity": "ELECTED", "name": f"代表{number}", "email": f"elected{number}@example.com"}


def decide(case: Case, *, by: User, second: User) -> Case:
    handling.classify(case.reference, actor=by, at=NOON, **CLASSIFIED)
    deciding.draft_decision(case.reference, actor=by, at=NOON, **DECIDED)
    return deciding.approve_decision(case.reference, actor=second, at=NOON)


def notify(case: Case, *, by: User, **given: Any) -> Case:
    return answering.notify(case.reference, actor=by, at=NOON, **TOLD | given)


@pytest.fixture
def checker(branch) -> User:
    return person("checker", Role.APPROVER, branch)


@pytest.fixture
def chief(branch) -> User:
    return person("chief", Role.SUPERVISOR, branch.parent)


@pytest.fixture
def joint(integration, handler) -> Case:
    """Raised by six, who elected two; the handler has it."""
    case = taken(integration, complainants=6, representatives=[elected(1), elected(2)])
    return VERBS["take_next"](case.reference, actor=handler, at=NOON)


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


def test_it_comes_with_its_representatives_each_sealed(joint):
    rows = Representative.objects.order_by("pk")
    assert [(row.capacity, row.name_masked, row.email_masked) for row in rows] == [
        ("ELECTED", "代**", "e***@example.com")
    ] * 2
    assert (joint.complainant_type, joint.complainants) == ("GROUP", 6)
    assert joint.clocks.filter(kind="authority", stopped_at=None).count() == 2


@pytest.mark.parametrize(("complainants", "status"), [(1, 400), (2, 400), (3, 201)])
def test_no_more_speak_than_complain(post, complainants, status):
    sent = body(complainants=complainants, representatives=[elected(number) for number in range(3)])
    assert post(sent).status_code == status
    assert Case.objects.exists() is (status == 201)


def test_a_sixth_is_refused(joint, handler):
    for number in range(3, 6):
        given = {"capacity": "ELECTED", "representative_name": f"代表{number}", "phone": f"+861390013900{number}"}
        representing.add_representative(joint.reference, actor=handler, at=NOON, **given)
    with pytest.raises(GateNotMet, match="最多 5 名"):
        representing.add_representative(joint.reference, actor=handler, at=NOON, **given | {"phone": "+8613900139009"})
    assert Representative.objects.count() == 5


def test_their_number_does_not_fall_below_who_speaks_for_them(joint, handler):
    with pytest.raises(GateNotMet, match="代表人数"):
        amending.amend(joint.reference, actor=handler, at=NOON, complainants=1, reason="更正")
    assert amending.amend(joint.reference, actor=handler, at=NOON, complainants=2, reason="更正").complainants == 2


def test_one_paper_is_seen_for_all_whom_it_names(joint, handler, colleague):
    case = representing.verify_authority(joint.reference, actor=colleague, at=NOON, **PAPER)
    assert [row.kept_as for row in Representative.objects.all()] == ["TX-2026-0001"] * 2
    assert not case.clocks.filter(kind="authority", stopped_at=None).exists()
    assert case.events.latest("sequence").details["representatives_seen"] == 2


def test_one_of_them_alone_is_seen_by_itself(joint, colleague):
    first, second = Representative.objects.order_by("pk")
    given = {**PAPER, "representative": second.event_sequence}
    representing.verify_authority(joint.reference, actor=colleague, at=NOON, **given)
    assert [bool(row.seen) for row in Representative.objects.order_by("pk")] == [False, True]


def test_the_decision_goes_to_each_of_them_for_all_who_complain(joint, handler, checker, colleague):
    decide(joint, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="核验"):
        notify(joint, by=handler, told_to="representative")
    representing.verify_authority(joint.reference, actor=colleague, at=NOON, **PAPER)
    with pytest.raises(GateNotMet, match="共同投诉"):
        notify(joint, by=handler, told_to="complainant")
    case = answering.notify(
        joint.reference, actor=handler, at=NOON, method="EMAIL", text="已安排兑付。", told_to="representative"
    )
    deliver_due(NOON)
    told = sorted(one.to[0] for one in mail.outbox if "已安排兑付" in one.body)
    assert told == ["elected1@example.com", "elected2@example.com"]
    assert case.events.filter(verb="notify").get().details["told_for"] == 6
    assert case.current_round.notified_at == NOON


def test_where_one_has_no_address_a_colleague_tells_them_with_evidence(joint, handler, checker, colleague):
    given = {"capacity": "ELECTED", "representative_name": "代表三", "phone": "+8613900139003"}
    representing.add_representative(joint.reference, actor=handler, at=NOON, **given)
    representing.verify_authority(joint.reference, actor=colleague, at=NOON, **PAPER)
    decide(joint, by=handler, second=checker)
    mailed = {"method": "EMAIL", "text": "已安排兑付。", "told_to": "representative"}
    with pytest.raises(GateNotMet, match="编号"):
        answering.notify(joint.reference, actor=handler, at=NOON, **mailed)
    assert notify(joint, by=handler, told_to="representative").state == "notified"


def test_who_complain_together_elect_somebody_before_they_are_told(integration, handler, checker):
    case = taken(integration, complainants=6, complainant_type="GROUP")
    VERBS["take_next"](case.reference, actor=handler, at=NOON)
    decide(case, by=handler, second=checker)
    with pytest.raises(GateNotMet, match="推选"):
        notify(case, by=handler)


class TestMerging:
    """What another raised alone is handled with the joint complaint, and told by its representatives, or apart."""

    @pytest.fixture
    def alone(self, integration) -> Case:
        return taken(integration, customer={"customer_no": "K9", "name": "另一客户"})

    def test_those_of_merged_cases_are_told_with_them(self, joint, alone, handler, checker, colleague, chief, lead):
        assert merged(alone, fresh(joint), by=chief, second=lead).state == "merged"
        representing.verify_authority(joint.reference, actor=colleague, at=NOON, **PAPER)
        decide(joint, by=handler, second=checker)
        case = notify(joint, by=handler, told_to="representative")
        assert case.events.filter(verb="notify").get().details["told_for"] == 7

    def test_nobody_is_told_for_others_who_did_not_elect(
        self, integration, alone, handler, checker, chief, lead, supervisor
    ):
        """A trick: of ten who complain one is told, and all count as told in time."""
        several = taken(integration, complainants=2)
        VERBS["take_next"](several.reference, actor=handler, at=NOON)
        assert merged(alone, fresh(several), by=chief, second=lead).state == "merged"
        decide(several, by=handler, second=checker)
        with pytest.raises(GateNotMet, match="其他投诉人"):
            notify(several, by=handler)
        why = VERBS["notify"].why_not
        assert "其他投诉人" in why(Dossier(fresh(several), NOON), handler, NOON)


class TestDesk:
    @pytest.fixture
    def at_desk(self, client, handler, receiver):
        client.force_login(handler, "organization.backends.RoleBackend")
        return client

    def test_takes_them_one_a_line(self, at_desk):
        sent = {**FORM, "elected": "代表一 13900139001\n代 表二 13900139002\n", "authority": "ELECTION"}
        paper = {"seen": "ORIGINAL", "kept_as": "TX-1-2026", "identity_seen": "on"}
        answer = at_desk.post(REGISTER, {**sent, **paper, "signed_on": str(timezone.localdate())})
        assert answer.status_code == 302
        case = Case.objects.get()
        rows = Representative.objects.order_by("pk")
        assert [(row.phone_masked, row.authority, row.raised) for row in rows] == [
            ("139****9001", "ELECTION", True),
            ("139****9002", "ELECTION", True),
        ]
        assert (case.complainant_type, case.approvals.get().verb) == ("GROUP", "verify_authority")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"elected": "代表一"},
            {"elected": "代表一 电话未知"},
            {"elected": "代表一 13900139001", "representative_name": "赵测试"},
            {"elected": "代表一 13900139001", "capacity": "AGENT"},
        ],
    )
    def test_says_what_is_wrong_with_a_line(self, at_desk, wrong):
        answer = at_desk.post(REGISTER, {**FORM, **wrong})
        shown = {one.name: one.errors for fold in answer.context["folds"] for one in fold["controls"]}
        assert (answer.status_code, bool(shown["elected"])) == (400, True)
        assert not Case.objects.exists()

    def test_verifies_all_by_one_choice(self, at_desk, joint):
        dialog = at_desk.get(reverse("desk:verb", args=[joint.reference, "verify_authority"]))
        (asked,) = [one for one in dialog.context["controls"] if one.name == "representative"]
        assert [value for value, _text in asked.groups[0][1]][0] == 0 and len(asked.groups[0][1]) == 3

    def test_finds_the_case_by_the_telephone_of_who_speaks(self, at_desk, joint, handler):
        given = {"capacity": "ELECTED", "representative_name": "代表三", "phone": "+8613900139003"}
        representing.add_representative(joint.reference, actor=handler, at=NOON, **given)
        page = at_desk.get("/desk/cases/", {"q": "13900139003"}).content.decode()
        assert joint.reference in page
        assert joint.reference not in at_desk.get("/desk/cases/", {"q": "13900139004"}).content.decode()

    def test_shows_how_many_complain_and_for_how_many_it_was_told(self, at_desk, joint, handler, checker, colleague):
        representing.verify_authority(joint.reference, actor=colleague, at=NOON, **PAPER)
        decide(joint, by=handler, second=checker)
        notify(joint, by=handler, told_to="representative")
        page = at_desk.get(reverse("desk:case", args=[joint.reference])).content.decode()
        assert "投诉人共 6 名" in page and "代 6 名投诉人" in page
