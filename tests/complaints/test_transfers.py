"""F24. 转办件: a matter that a regulator or a hotline passes on has clocks of its own, and waits for its answer."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, WrongState
from complaints.models import Case, ExternalReference
from complaints.models.code import laid_down
from complaints.services.deadlines import earliest
from complaints.services.replaying import differences
from complaints.verbs import (
    amending,
    answering,
    closing,
    contacting,
    grading,
    handling,
    ownership,
    restarting,
    transferring,
)
from complaints.verbs.transferring import add_reference, answer_regulator
from organization.models import User
from organization.services import create_entity
from sla import services as sla
from tests.cases import ANSWERED, TOLD, TRANSFERRED, content, grant, take_back, taken
from tests.people import NOON, person

DAY = timedelta(days=1)
BODIES = [row["code"] for row in laid_down()["dimensions"]["external_body"]["codes"]]
pytestmark = pytest.mark.django_db


def clocks(case: Case) -> dict[tuple[str, str], str]:
    """Those that run: (kind, basis) -> the local moment of the deadline."""
    rows = Case.objects.get(pk=case.pk).clocks.filter(stopped_at=None)
    return {(row.kind, row.basis): f"{timezone.localtime(row.due_at):%m-%d %H:%M}" for row in rows.order_by("-due_at")}


@pytest.fixture
def transferred(owned, handler) -> Case:
    """Since Monday noon also with the central bank, which wants its answer on Monday in a fortnight."""
    return add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)


@pytest.fixture
def told(decided, handler) -> Case:
    return answering.notify(decided.reference, actor=handler, at=NOON + DAY, **TOLD)


def test_a_transfer_adds_its_clocks_beside_those_that_run(owned, transferred):
    """F24: R5 and R6: 15 days of the central bank's own rule; the day it ordered; ours two working days before."""
    at = clocks(transferred)
    assert at["decision", "statutory"] == at["transfer", "statutory"] == "12-08 23:59"
    assert at["regulator_answer", "ordered"] == "12-07 23:59"
    assert at["regulator_answer", "internal"] == "12-03 17:30"
    assert at["first_contact", "internal"] == "11-23 17:30", "the same day"
    assert (transferred.level, transferred.source) == ("important", "12363")
    assert transferred.next_due_at == earliest(transferred.clocks.all())
    assert [*differences(Case.objects.get(pk=transferred.pk))] == []


def test_the_law_counts_from_the_receipt_of_the_transfer(owned, handler):
    later = NOON + 5 * DAY
    add_reference(owned.reference, actor=User.system(), at=later, **TRANSFERRED, received_at=NOON + 4 * DAY)
    assert clocks(owned)["transfer", "statutory"] == "12-12 23:59"
    assert clocks(owned)["decision", "statutory"] == "12-08 23:59"


def test_the_hotline_of_the_city_grants_no_time_of_the_law(owned, handler):
    add_reference(owned.reference, actor=User.system(), at=NOON, **{**TRANSFERRED, "body": "12345"})
    assert ("transfer", "statutory") not in clocks(owned)
    assert ("regulator_answer", "ordered") in clocks(owned)


@pytest.mark.parametrize("body", BODIES)
def test_whoever_transfers_the_customer_is_called_on_the_same_day(owned, handler, body):
    """A hotline of a city or a petition office brought a day more, and the daily list called it late."""
    add_reference(owned.reference, actor=User.system(), at=NOON, **{**TRANSFERRED, "body": body})
    assert clocks(owned)["first_contact", "internal"] == "11-23 17:30"


def test_a_level_above_stays_and_so_does_urgent(owned, handler):
    grading.set_level(owned.reference, actor=handler, at=NOON, level="major", urgent=True, reason="群诉苗头")
    case = add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)
    assert (case.level, case.urgent) == ("major", True)


def test_who_raises_the_level_leaves_it_urgent(owned, handler):
    grading.set_level(owned.reference, actor=handler, at=NOON, level="ordinary", urgent=True, reason="老年客户")
    case = add_reference(owned.reference, actor=User.system(), at=NOON, **TRANSFERRED)
    assert (case.level, case.urgent) == ("important", True)


def test_who_raises_the_level_of_what_is_urgent_need_not_say_so_again(owned, handler, supervisor):
    grading.set_level(owned.reference, actor=handler, at=NOON, level="ordinary", urgent=True, reason="老年客户")
    case = grading.set_level(owned.reference, actor=supervisor, at=NOON, level="major", reason="群诉苗头")
    assert (case.level, case.urgent) == ("major", True)


def test_a_short_order_leaves_the_working_day_on_which_it_came(owned, handler):
    add_reference(owned.reference, actor=User.system(), at=NOON, **{**TRANSFERRED, "ordered_on": date(2026, 11, 23)})
    assert clocks(owned)["regulator_answer", "internal"] == "11-23 17:30"


def test_where_no_answer_is_wanted_none_is_owed(owned, handler):
    words = {"body": "12345", "number": "2026112300017", "answer_required": False}
    add_reference(owned.reference, actor=User.system(), at=NOON, **words)
    assert not {kind for kind, _basis in clocks(owned)} & {"regulator_answer"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"received_at": NOON + DAY}, "received_at"),
        ({"received_at": NOON, "transferred_at": NOON + DAY}, "transferred_at"),
        ({"ordered_on": None}, "ordered_on"),
        ({"ordered_on": date(2026, 11, 22)}, "ordered_on"),
        ({"number": "张三的投诉"}, "number"),
        ({"number": "PBOC 2026 00123"}, "number"),
    ],
)
def test_what_does_not_fit_is_said(owned, handler, wrong, field):
    given = {**TRANSFERRED, **wrong}
    missing = list(add_reference.missing(dossier(owned), actor=User.system(), at=NOON, given=given))
    assert [one.field for one in missing] == [field]
    with pytest.raises(GateNotMet):
        add_reference(owned.reference, actor=User.system(), at=NOON, **given)


def dossier(case: Case) -> Dossier:
    return Dossier(Case.objects.get(pk=case.pk), NOON)


class TestNumber:
    """One number of one body is one case of a legal entity."""

    def test_is_not_given_twice(self, transferred, integration, handler):
        other = taken(integration)
        with pytest.raises(GateNotMet, match=transferred.reference):
            add_reference(other.reference, actor=integration.user, at=NOON, **TRANSFERRED)

    def test_of_a_case_out_of_reach_names_no_case(self, transferred, outsider):
        other = Case.objects.get(pk=transferred.pk)
        assert transferred.reference not in transferring.taken_by(other, outsider)

    def test_may_be_that_of_another_entity_too(self, transferred):
        root = create_entity("other", name="另一机构", root="OT", root_name="另一总行")
        row = ExternalReference.objects.get()
        assert transferring.transfers.found(root.legal_entity_id, row.body, row.number) is None


class TestEnteredLate:
    """Who enters a transfer after the fact gains nothing by it."""

    def test_after_the_telling_it_is_as_late_as_it_was(self, decided, handler):
        """F24: told on day 20, the transfer of day 1 entered on day 21."""
        answering.notify(decided.reference, actor=handler, at=NOON + 20 * DAY, **TOLD)
        late = {**TRANSFERRED, "received_at": NOON + DAY}
        add_reference(decided.reference, actor=User.system(), at=NOON + 21 * DAY, **late)
        clock = decided.clocks.get(kind="transfer")
        assert (clock.stopped_at, clock.breached_due_at) == (NOON + 20 * DAY, clock.due_at)
        assert [*differences(Case.objects.get(pk=decided.pk))] == []

    def test_received_after_the_telling_the_law_has_no_second_time(self, told, handler):
        """The customer knows the decision: what is left is to tell the body so."""
        add_reference(told.reference, actor=User.system(), at=NOON + 3 * DAY, **TRANSFERRED)
        assert not told.clocks.filter(kind="transfer").exists()
        assert ("regulator_answer", "ordered") in clocks(told)

    def test_after_a_withdrawal(self, owned, handler, lead):
        take_back(owned, actor=handler, second=lead, at=NOON + 2 * DAY)
        late = {**TRANSFERRED, "received_at": NOON + DAY}
        add_reference(owned.reference, actor=User.system(), at=NOON + 3 * DAY, **late)
        assert owned.clocks.get(kind="transfer").stopped_at == NOON + 2 * DAY


class TestAnswer:
    def test_stops_its_clocks(self, transferred, handler):
        answer_regulator(transferred.reference, actor=handler, at=NOON + DAY, **ANSWERED)
        row = ExternalReference.objects.get()
        assert (row.answered_at, row.credited_at, row.answered_by) == (NOON + DAY, NOON + DAY, handler)
        assert "regulator_answer" not in {kind for kind, _basis in clocks(transferred)}
        assert ("decision", "statutory") in clocks(transferred)
        assert [*differences(Case.objects.get(pk=transferred.pk))] == []

    def test_entered_late_counts_as_late_until_a_second_person_agreed(self, transferred, handler, lead):
        """F24: an answer dated before the day that was ordered and entered after it."""
        entered, sent = NOON + 20 * DAY, NOON + 13 * DAY
        answer_regulator(transferred.reference, actor=handler, at=entered, happened_at=sent, **ANSWERED)
        ordered = transferred.clocks.get(kind="regulator_answer", basis="ordered")
        assert (sla.state_of(ordered, entered), ExternalReference.objects.get().credited_at) == ("missed", entered)
        grant(transferred, by=lead, at=entered)
        ordered.refresh_from_db()
        assert (sla.state_of(ordered, entered), ExternalReference.objects.get().credited_at) == ("met", sent)
        assert [*differences(Case.objects.get(pk=transferred.pk))] == []

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"evidence": "已报"}, "evidence"),
            ({"happened_at": NOON + 3 * DAY}, "happened_at"),
            ({"number": "PBOC-2026-99999"}, "number"),
        ],
    )
    def test_has_evidence_and_a_time_in_order(self, transferred, handler, wrong, field):
        given = {**ANSWERED, **wrong}
        missing = answer_regulator.missing(dossier(transferred), actor=handler, at=NOON + DAY, given=given)
        assert [one.field for one in missing] == [field]

    def test_is_not_given_before_the_transfer_came(self, owned, handler):
        add_reference(owned.reference, actor=User.system(), at=NOON + 2 * DAY, **TRANSFERRED)
        with pytest.raises(GateNotMet):
            answer_regulator(owned.reference, actor=handler, at=NOON + 3 * DAY, happened_at=NOON + DAY, **ANSWERED)

    def test_of_two_transfers_is_for_the_one_that_is_named(self, transferred, handler):
        second = {"body": "12378", "number": "NFRA-2026-77", "ordered_on": date(2026, 12, 4)}
        add_reference(transferred.reference, actor=User.system(), at=NOON, **second)
        with pytest.raises(GateNotMet):
            answer_regulator(transferred.reference, actor=handler, at=NOON, **ANSWERED)
        answer_regulator(transferred.reference, actor=handler, at=NOON, number="NFRA-2026-77", **ANSWERED)
        assert clocks(transferred)["regulator_answer", "ordered"] == "12-07 23:59"

    def test_of_nothing_is_out_of_turn(self, owned, handler):
        with pytest.raises(WrongState):
            answer_regulator(owned.reference, actor=handler, at=NOON, **ANSWERED)


class TestOutlasts:
    """What a body is owed runs on whatever becomes of the case."""

    def test_the_telling_and_the_filing_waits_for_it(self, decided, handler, colleague, lead):
        """F24: R21: the regulator answered where required."""
        add_reference(decided.reference, actor=User.system(), at=NOON, **TRANSFERRED)
        answering.notify(decided.reference, actor=handler, at=NOON + DAY, **TOLD)
        content(decided, caller=lead, at=NOON + DAY)
        assert ("regulator_answer", "ordered") in clocks(decided)
        with pytest.raises(GateNotMet, match=TRANSFERRED["number"]):
            closing.close(decided.reference, actor=handler, at=NOON + DAY, root_cause="R07")
        answer_regulator(decided.reference, actor=handler, at=NOON + DAY, **ANSWERED)
        assert closing.close(decided.reference, actor=handler, at=NOON + DAY, root_cause="R07").state == "closed"
        assert clocks(decided) == {}

    def test_a_withdrawal_and_a_return(self, transferred, handler, lead):
        """F24: and stands in the queue of deadlines."""
        take_back(transferred, actor=handler, second=lead, at=NOON + DAY)
        assert set(clocks(transferred)) == {("regulator_answer", "ordered"), ("regulator_answer", "internal")}
        assert Case.objects.get(pk=transferred.pk).next_due_at is not None
        closing.reopen(transferred.reference, actor=lead, at=NOON + 2 * DAY, reason="客户反悔")
        assert clocks(transferred)["regulator_answer", "internal"] == "12-03 17:30"
        answer_regulator(transferred.reference, actor=handler, at=NOON + 3 * DAY, **ANSWERED)
        assert "regulator_answer" not in {kind for kind, _basis in clocks(transferred)}
        assert [*differences(Case.objects.get(pk=transferred.pk))] == []

    def test_a_dispute(self, told, handler):
        add_reference(told.reference, actor=User.system(), at=NOON + DAY, **TRANSFERRED)
        closing.dispute(told.reference, actor=handler, at=NOON + 2 * DAY, reason="金额不对")
        assert ("regulator_answer", "ordered") in clocks(told)

    def test_no_wait_moves_our_own_deadline_of_the_answer(self, transferred, handler):
        contacting.ask_customer(transferred.reference, actor=handler, at=NOON, method="PHONE", text="请补材料")
        handling.resume(transferred.reference, actor=handler, at=NOON + 4 * DAY)
        assert clocks(transferred)["regulator_answer", "internal"] == "12-03 17:30"

    def test_a_late_telling_is_not_late_by_a_passed_answer(self, decided, handler):
        add_reference(
            decided.reference, actor=User.system(), at=NOON, **{**TRANSFERRED, "ordered_on": date(2026, 11, 23)}
        )
        contacting.reply(decided.reference, actor=handler, at=NOON, method="PHONE", text="正在核实。")
        at = NOON + timedelta(hours=13)
        answering.notify(decided.reference, actor=handler, at=at, told_at=NOON + timedelta(hours=1), **TOLD)
        assert not Case.objects.get(pk=decided.pk).current_round.entered_late


def test_an_enquiry_that_becomes_a_complaint_has_the_time_since_the_transfer(integration, handler):
    case = taken(integration, nature="enquiry")
    add_reference(case.reference, actor=integration.user, at=NOON + 2 * DAY, **TRANSFERRED)
    assert ("transfer", "statutory") not in clocks(case)
    grading.reclassify(
        case.reference, actor=handler_of(case, handler), at=NOON + 3 * DAY, nature="complaint", reason="投诉"
    )
    assert clocks(case)["transfer", "statutory"] == "12-10 23:59"
    assert clocks(case)["decision", "statutory"] == "12-08 23:59"


def handler_of(case: Case, handler):
    ownership.take_next(case.reference, actor=handler, at=NOON)
    return handler


def test_so_many_complainants_leave_it_urgent(owned, handler):
    """Of a case that is urgent the number of complainants takes nothing away."""
    grading.set_level(owned.reference, actor=handler, at=NOON, level="ordinary", urgent=True, reason="老年客户")
    case = amending.amend(owned.reference, actor=handler, at=NOON, reason="来访人数", complainants=25)
    assert (case.level, case.urgent) == ("major", True)


class TestApi:
    def test_a_program_adds_a_transfer_and_reads_it(self, case, post):
        sent = {**TRANSFERRED, "ordered_on": "2026-12-07", "received_at": NOON.isoformat()}
        answer = post(sent, f"/api/v1/cases/{case.reference}/add_reference/").json()
        (row,) = answer["external_references"]
        assert (row["body"], row["number"], row["ordered_on"]) == ("12363", "PBOC-2026-00123", "2026-12-07")
        assert (row["answer_required"], row["answered_at"]) == (True, None)

    def test_a_person_of_the_department_answers(self, transferred, institution, client):
        protection = person("protection", "consumer_protection", institution)
        client.force_login(protection)
        sent = {**ANSWERED, "version": str(Case.objects.get(pk=transferred.pk).version)}
        client.post(f"/desk/cases/{transferred.reference}/answer_regulator/", sent)
        assert ExternalReference.objects.get().answered_by == protection


def test_new_facts_begin_again_only_the_time_of_a_law_that_says_so(transferred, handler, lead):
    """Art. 18 para 3 of the order on banks and insurers counts anew; that of the central bank says nothing of it."""
    at = NOON + 2 * DAY
    restarting.restart(transferred.reference, actor=handler, at=at, material="M-00001", reason="客户补交了凭证")
    grant(transferred, by=lead, at=at)
    restarting.restart(transferred.reference, actor=handler, at=at, **TOLD)
    assert clocks(transferred)["decision", "statutory"] == "12-10 23:59"
    assert clocks(transferred)["transfer", "statutory"] == "12-08 23:59"


def test_what_the_owner_says_of_a_transfer_a_second_person_has_seen(owned, handler, lead):
    """F24: when it came in, by when an answer is ordered, and whether at all, is no matter of who has to answer."""
    at = NOON + DAY
    with pytest.raises(GateNotMet, match="收到时间"):
        add_reference(owned.reference, actor=handler, at=at, **TRANSFERRED)
    add_reference(owned.reference, actor=handler, at=at, **TRANSFERRED, received_at=NOON)
    assert not ExternalReference.objects.exists()
    grant(owned, by=lead, at=at + DAY)
    assert ExternalReference.objects.get().received_at == NOON
    assert clocks(owned)["transfer", "statutory"] == "12-08 23:59"


def test_nor_is_it_a_matter_of_who_is_asked_to_sign_for_the_case(owned, supervisor, colleague):
    """F24: written down before signing, it would count for whoever signs next."""
    ownership.assign(owned.reference, actor=supervisor, at=NOON, to="colleague")
    add_reference(owned.reference, actor=colleague, at=NOON, **TRANSFERRED, received_at=NOON)
    assert not ExternalReference.objects.exists()
    grant(owned, by=supervisor)
    assert ExternalReference.objects.exists()
