"""核查: asked for in writing and in time, once; decided by the superior institution, by nobody who had a part in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.models import Approval, Case, Clock, Link
from complaints.services.remedies import remedies_of
from complaints.services.replaying import retold_otherwise
from complaints.services.waiting import file_told
from complaints.verbs import (
    addressing,
    allowed_verbs,
    answering,
    approving,
    closing,
    deciding,
    ending,
    ownership,
    reviewing,
    satisfaction,
)
from feedback.models import Notice
from organization.models import Role, Unit, User
from organization.services import create_unit
from sqm_site.errors import DomainError
from tests.cases import ASKED, CALLED, CONCLUDED, DECIDED, TAKEN_BACK, TOLD, says, taken, told
from tests.people import NOON, person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHANGED = {**CONCLUDED, "conclusion": "changed", "on_result": "flawed"}
SENT_BACK = {**CONCLUDED, "conclusion": "sent_back", "on_process": "flawed"}


def day(number: int) -> datetime:
    """Noon of the n-th day after the decision was told."""
    return NOON + number * DAY


@pytest.fixture
def superior(institution) -> dict[str, User]:
    """Two of the head office, above the branch: who reviews, and who checks that."""
    return {
        "reviewer": person("reviewer", Role.HANDLER, institution),
        "second": person("second", Role.SUPERVISOR, institution),
    }


@pytest.fixture
def decision(integration, handler, lead) -> Case:
    """Told by telephone at noon."""
    return told(integration, handler=handler, checker=lead)


@pytest.fixture
def review(decision, supervisor, superior) -> Case:
    return requested(decision, by=supervisor)


def ask(case: Case, *, by: User, at: datetime = NOON + HOUR, **given: Any) -> Case:
    return reviewing.request_review(case.reference, actor=by, at=at, **ASKED | given)


def requested(case: Case, *, by: User, at: datetime = NOON + HOUR, **given: Any) -> Case:
    ask(case, by=by, at=at, **given)
    return Case.objects.get(links__other=case, links__kind="review_of", links__other_round=fresh(case).current_round)


def drafted(review: Case, *, by: User, at: datetime = NOON + HOUR, **given: Any) -> Case:
    ownership.take_next(review.reference, actor=by, at=at)
    return reviewing.decide_review(review.reference, actor=by, at=at, **given or CONCLUDED)


def concluded(review: Case, superior: dict[str, User], *, at: datetime = NOON + HOUR, **given: Any) -> Case:
    drafted(review, by=superior["reviewer"], at=at, **given)
    deciding.approve_decision(review.reference, actor=superior["second"], at=at)
    return answering.notify(review.reference, actor=superior["reviewer"], at=at, **TOLD)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def refused(act: Callable[[], Any], words: str) -> None:
    """The door says why not; no review is opened, and nothing is asked of anybody."""
    before = (Case.objects.count(), Approval.objects.count())
    with pytest.raises(DomainError, match=words):
        act()
    assert (Case.objects.count(), Approval.objects.count()) == before


def retold() -> list[str]:
    return [*retold_otherwise(Case.objects.all())]


def test_lists_and_programs_tell_a_review_from_what_it_is_about(review, superior, client):
    client.force_login(superior["second"], backend="organization.backends.RoleBackend")
    kinds = {row["reference"]: row["kind"] for row in client.get("/api/v1/cases/").json()["results"]}
    assert kinds == {review.reference: "review", review.review_of.other.reference: "original"}
    rows = client.get("/desk/", {"tab": "all"}).context["rows"]
    badges = {row.case.reference: [str(words) for _tone, words in row.badges] for row in rows}
    assert "核查" in badges[review.reference] and "核查" not in badges[review.review_of.other.reference]


def test_a_review_is_a_case_of_the_superior_institution_with_thirty_days_of_its_own(
    decision, supervisor, superior, institution
):
    holder = person("holder", Role.DISPATCHER, institution)
    Unit.objects.filter(pk=institution.pk).update(receiver=holder)
    review = requested(decision, by=supervisor)
    assert (review.kind, review.state, review.round) == ("review", "received", 1)
    assert (review.handling_unit, review.receiving_unit, review.owner) == (institution, institution, holder)
    assert (review.customer, review.complained_unit, review.reason) == (
        decision.customer, decision.complained_unit, decision.reason,
    )  # fmt: skip
    (clock,) = review.clocks.filter(basis="statutory")
    assert (clock.kind, clock.subject, clock.started_at) == ("review", "CBIRC-2020-3-20", NOON + HOUR)
    assert timezone.localtime(clock.due_at).isoformat() == "2026-12-23T23:59:59+08:00"
    assert review.promised_due_at == clock.due_at
    assert clocks(review).keys() == {"review", "sign_off", "first_contact"}  # our own days for a result are no measure
    assert review.first_receiver == holder and review.brought_by == supervisor
    link = review.links.get()
    assert (link.other, link.other_round, link.kind) == (decision, decision.current_round, Link.Kind.REVIEW_OF)
    case = fresh(decision)
    event = case.events.latest("sequence")
    assert (case.state, case.round, event.verb) == ("notified", 1, "request_review")
    assert event.details["review"] == review.pk
    assert {text.kind for text in review.texts.all()} == {"evidence", "reason"}
    assert ASKED["evidence"] not in str(event.details)
    assert retold() == []


def test_the_whole_road_of_a_review_that_upholds(decision, review, superior, handler, supervisor):
    case = concluded(review, superior)
    assert (case.state, fresh(decision).state, fresh(decision).round) == ("notified", "notified", 1)
    decision_row = case.decisions.get()
    assert (decision_row.conclusion, decision_row.on_result, decision_row.finding) == ("upheld", "sound", "")
    heard = fresh(decision).events.latest("sequence")
    assert (heard.verb, heard.details["conclusion"], heard.details["review"]) == (
        "hear_review", "upheld", review.pk,
    )  # fmt: skip
    assert Notice.objects.filter(kind="review_told", to_user=handler, about=decision.reference).exists()
    assert not case.clocks.filter(kind="review", stopped_at=None).exists()
    satisfaction.follow_up(review.reference, actor=superior["second"], at=day(1), **CALLED, satisfaction="satisfied")
    assert closing.close(review.reference, actor=superior["reviewer"], at=day(1), root_cause="R07").state == "closed"
    satisfaction.follow_up(decision.reference, actor=supervisor, at=day(1), **CALLED, satisfaction="satisfied")
    assert closing.close(decision.reference, actor=handler, at=day(1), root_cause="R07").state == "closed"
    assert retold() == []


@pytest.mark.parametrize("given", [CHANGED, SENT_BACK], ids=["changed", "sent back"])
@pytest.mark.parametrize("filed", [False, True], ids=["told", "filed"])
def test_what_does_not_stand_begins_a_round_of_the_old_case_once_the_customer_was_told(
    decision, supervisor, superior, handler, given, filed
):
    if filed:
        satisfaction.follow_up(decision.reference, actor=supervisor, at=NOON, **CALLED, satisfaction="no_objection")
        closing.close(decision.reference, actor=handler, at=NOON, root_cause="R07")
    review = requested(decision, by=supervisor)
    earlier = fresh(decision).current_round
    drafted(review, by=superior["reviewer"], **given)
    deciding.approve_decision(review.reference, actor=superior["second"], at=NOON + HOUR)
    assert fresh(decision).round == 1  # until the customer knows
    answering.notify(review.reference, actor=superior["reviewer"], at=NOON + HOUR, **TOLD)
    case = fresh(decision)
    assert (case.state, case.round, case.owner) == ("in_progress", 2, handler)
    assert (case.current_round.cause, case.current_round.began_at) == ("decide_anew", NOON + HOUR)
    assert {clock.basis for clock in case.clocks.filter(stopped_at=None)} == {"internal"}
    kept = case.rounds.get(number=1)
    assert (kept.notified_at, kept.credited_at) == (earlier.notified_at, earlier.credited_at)
    assert (kept.ended_as, kept.closed_at) == (earlier.ended_as, earlier.closed_at)
    assert Notice.objects.filter(kind="reopened", to_user=handler, about=case.reference).exists()
    assert retold() == []


def test_the_decision_of_a_later_round_may_be_reviewed_too(decision, review, superior, handler, lead, supervisor):
    concluded(review, superior, **CHANGED)
    deciding.draft_decision(decision.reference, actor=handler, at=day(1), **DECIDED)
    deciding.approve_decision(decision.reference, actor=lead, at=day(1))
    answering.notify(decision.reference, actor=handler, at=day(1), **TOLD)
    again = requested(decision, by=supervisor, at=day(2))
    assert again != review and Link.objects.filter(other=decision, kind="review_of").count() == 2


@pytest.mark.parametrize(
    ("method", "last"), [("PHONE", "2026-12-23 23:59:59"), ("POST", "2026-12-28 23:59:59")], ids=["call", "letter"]
)
def test_the_thirty_days_count_from_the_receipt_of_the_decision(decided, handler, supervisor, superior, method, last):
    evidence = {"method": method, "evidence": "EMS1234567890"}
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD | evidence)
    end = datetime.fromisoformat(f"{last}+08:00")
    refused(lambda: ask(decided, by=supervisor, at=end + timedelta(seconds=1)), "可在.*前申请核查")
    assert requested(decided, by=supervisor, at=end).kind == "review"


def test_it_is_asked_for_in_writing(decision, supervisor):
    refused(lambda: ask(decision, by=supervisor, evidence="口头"), "书面")


def test_it_is_not_received_before_the_customer_knew(decision, supervisor):
    refused(lambda: ask(decision, by=supervisor, received_at=NOON - HOUR), "尚未答复")


def test_a_decision_is_reviewed_once(decision, review, superior, supervisor):
    refused(lambda: ask(decision, by=supervisor, at=day(1)), "已申请过核查")
    concluded(review, superior)
    refused(lambda: ask(decision, by=supervisor, at=day(1)), "已申请过核查")


def test_a_review_is_not_reviewed_nor_disputed_nor_reopened(review, superior, institution):
    concluded(review, superior)
    boss = person("boss", Role.SUPERVISOR, institution)
    refused(lambda: ask(review, by=boss, at=day(1)), "核查只进行一次")
    refused(lambda: closing.dispute(review.reference, actor=boss, at=day(1), reason="不服"), "核查只进行一次")
    says(review, "dissatisfied", accepts=False, at=day(1))
    assert fresh(review).clocks.filter(kind="ways", stopped_at=None).exists()  # mediation, arbitration and court remain


def test_an_answer_does_not_bring_a_filed_review_back(review, superior):
    concluded(review, superior)
    satisfaction.follow_up(review.reference, actor=superior["second"], at=day(1), **CALLED, satisfaction="no_objection")
    closing.close(review.reference, actor=superior["reviewer"], at=day(1), root_cause="R07")
    case = says(review, "dissatisfied", accepts=False, at=day(2))
    assert (case.state, case.round) == ("closed", 1)


def test_only_a_decision_below_a_superior_institution_is_reviewed(integration, institution, handler, lead, supervisor):
    """A department is part of the institution above it: what the head office decided has nobody above."""
    department = create_unit("CC", name="客服中心", kind=Unit.Kind.DEPARTMENT, parent=institution)
    worker, chief = person("worker", Role.HANDLER, department), person("chief", Role.SUPERVISOR, institution)
    case = told(integration, handler=handler, checker=lead)
    Case.objects.filter(pk=case.pk).update(handling_unit=department, owner=worker)
    refused(lambda: ask(case, by=chief), "没有上级机构")


def test_to_hand_the_case_on_once_it_is_decided_changes_nothing(decision, supervisor, institution, superior):
    """The unit would have no superior institution any more, or another one would be reviewed."""
    ownership.assign(decision.reference, actor=supervisor, at=NOON, to="reviewer", unit="HQ")
    ownership.accept(decision.reference, actor=superior["reviewer"], at=NOON + HOUR)
    assert fresh(decision).handling_unit == institution
    chief = person("chief", Role.SUPERVISOR, institution)
    review = requested(decision, by=chief, at=NOON + 2 * HOUR)
    assert review.handling_unit == institution
    assert superior["reviewer"].pk in review.barred  # has it now


def test_only_a_complaint_that_was_told_is_reviewed(integration, owned, supervisor):
    assert "request_review" not in allowed_verbs(owned, supervisor, NOON)[0]


def chief_of(institution: Unit) -> User:
    return User.objects.filter(username="chief").first() or person("chief", Role.SUPERVISOR, institution)


class TestWhoAsks:
    def test_who_took_part_has_a_second_person_see_the_application(self, decision, handler, supervisor, superior):
        """It puts off the filing of their case: a review that no customer asked for would win a month."""
        ask(decision, by=handler)
        assert not Case.objects.filter(kind="review").exists()
        assert clocks(decision)["filing"].due_at == before_the_review(decision)
        approving.decide_approval(decision.reference, actor=supervisor, at=day(2), grant=True)
        review = Case.objects.get(kind="review")
        assert review.received_at == NOON + HOUR  # when it was asked for
        assert retold() == []

    def test_a_grant_that_takes_days_loses_the_customer_nothing(self, decision, handler, supervisor, superior):
        ask(decision, by=handler, at=day(30))
        approving.decide_approval(decision.reference, actor=supervisor, at=day(31), grant=True)
        assert Case.objects.filter(kind="review").exists()

    def test_dated_back_it_needs_a_second_person(self, decision, supervisor, lead, superior):
        ask(decision, by=supervisor, at=day(32), received_at=day(30))
        assert not Case.objects.filter(kind="review").exists()
        approving.decide_approval(decision.reference, actor=lead, at=day(32), grant=True)
        (clock,) = Case.objects.get(kind="review").clocks.filter(basis="statutory")
        assert timezone.localdate(clock.due_at) == timezone.localdate(day(60))


class TestWhatIsReviewedWaits:
    def test_nobody_files_it_before_the_review_is_decided(self, decision, review, superior, handler, supervisor):
        satisfaction.follow_up(decision.reference, actor=supervisor, at=day(1), **CALLED, satisfaction="satisfied")
        refused(lambda: closing.close(decision.reference, actor=handler, at=day(1), root_cause="R07"), "上级机构")
        Case.objects.filter(pk=decision.pk).update(root_cause="R07")
        assert file_told(at=day(40)) == 0
        concluded(review, superior, at=day(41))
        assert closing.close(decision.reference, actor=handler, at=day(41), root_cause="R07").state == "closed"

    def test_filing_and_ways_end_no_earlier_than_the_review(self, decision, supervisor, superior):
        says(decision, "dissatisfied", accepts=False)
        review = requested(decision, by=supervisor, at=day(20))
        due = review.clocks.get(kind="review").due_at
        assert {clocks(decision)[kind].due_at for kind in ("filing", "ways")} == {due}
        moves = {move.cause for kind in ("filing", "ways") for move in clocks(decision)[kind].moves.all()}
        assert moves == {"way"} and fresh(decision).next_due_at == due

    def test_a_filing_that_is_late_stays_late(self, decision, supervisor, superior):
        late = NOON - DAY
        Clock.objects.filter(case=decision, kind="filing").update(started_at=late - DAY, first_due_at=late, due_at=late)
        ask(decision, by=supervisor)
        assert clocks(decision)["filing"].due_at == late

    def test_no_other_way_brings_it_back_meanwhile(self, decision, review, handler):
        refused(lambda: closing.dispute(decision.reference, actor=handler, at=day(1), reason="不服"), "上级机构")

    def test_a_filed_one_is_not_reopened_meanwhile(self, decision, superior, handler, lead, supervisor):
        satisfaction.follow_up(decision.reference, actor=supervisor, at=NOON, **CALLED, satisfaction="no_objection")
        closing.close(decision.reference, actor=handler, at=NOON, root_cause="R07")
        requested(decision, by=supervisor)
        refused(lambda: closing.reopen(decision.reference, actor=lead, at=day(1), reason="重办"), "上级机构")
        case = says(decision, "dissatisfied", accepts=False, at=day(1))
        assert (case.state, case.current_round.satisfaction) == ("closed", "dissatisfied")

    def test_a_review_that_the_customer_takes_back_holds_nothing_any_more(
        self, decision, review, superior, handler, institution
    ):
        ownership.take_next(review.reference, actor=superior["reviewer"], at=NOON + HOUR)
        ending.withdraw(review.reference, actor=superior["reviewer"], at=NOON + HOUR, **TAKEN_BACK)
        approving.decide_approval(review.reference, actor=chief_of(institution), at=NOON + HOUR, grant=True)
        assert closing.dispute(decision.reference, actor=handler, at=day(1), reason="不服").round == 2

    @pytest.mark.parametrize("told_again", [False, True], ids=["under way", "told again"])
    def test_a_conclusion_that_comes_in_a_later_round_is_heard(
        self, decision, review, superior, handler, lead, institution, told_again
    ):
        """Taken back by mistake, the review comes back; the case has gone on meanwhile."""
        chief = chief_of(institution)
        ownership.take_next(review.reference, actor=superior["reviewer"], at=NOON + HOUR)
        ending.withdraw(review.reference, actor=superior["reviewer"], at=NOON + HOUR, **TAKEN_BACK)
        approving.decide_approval(review.reference, actor=chief, at=NOON + HOUR, grant=True)
        closing.dispute(decision.reference, actor=handler, at=NOON + HOUR, reason="不服")
        if told_again:
            deciding.draft_decision(decision.reference, actor=handler, at=NOON + HOUR, **DECIDED)
            deciding.approve_decision(decision.reference, actor=lead, at=NOON + HOUR)
            answering.notify(decision.reference, actor=handler, at=NOON + HOUR, **TOLD)
        closing.reopen(review.reference, actor=chief, at=day(1), reason="误撤回")
        assert fresh(review).clocks.get(kind="review", stopped_at=None).due_at == review.promised_due_at
        reviewing.decide_review(review.reference, actor=superior["reviewer"], at=day(1), **CHANGED)
        deciding.approve_decision(review.reference, actor=superior["second"], at=day(1))
        answering.notify(review.reference, actor=superior["reviewer"], at=day(1), **TOLD)
        case = fresh(decision)
        state = "notified" if told_again else "in_progress"
        assert (case.round, case.state, case.events.latest("sequence").verb) == (2, state, "hear_review")


def test_its_customer_is_reached_as_before(decision, supervisor, lead, superior):
    address = {"email": "lan@example.com", "reason": "来电核实"}
    addressing.confirm_address(decision.reference, actor=supervisor, at=NOON, **address)
    approving.decide_approval(decision.reference, actor=lead, at=NOON, grant=True)
    here, there = Dossier(decision), Dossier(requested(decision, by=supervisor))
    assert there.contact is not None and there.contact == here.contact
    assert there.confirmed.keys() == here.confirmed.keys() == {"email"}


def test_it_is_no_possible_duplicate_of_what_the_customer_says_next(integration, handler, lead, supervisor, superior):
    same = {"customer_no": "K009999", "name": "测试客户", "phone": "13800138000"}
    case = told(integration, handler=handler, checker=lead, customer=same)
    requested(case, by=supervisor)
    later = taken(integration, at=day(1), customer=same)
    assert [link.other for link in later.links.all()] == [case]


def test_its_decision_offers_no_further_review(review, branch):
    """Also where an institution stands above the one that reviewed."""
    review.handling_unit = branch
    assert "核查" not in remedies_of(review)
    assert "调解" in remedies_of(review)


def clocks(case: Case) -> dict[str, Clock]:
    return {clock.kind: clock for clock in case.clocks.filter(stopped_at=None)}


def before_the_review(case: Case) -> datetime:
    return clocks(case)["filing"].first_due_at
