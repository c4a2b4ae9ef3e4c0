"""An offer is a row: to one person, with a clock of its own, and it moves nothing before somebody signs for it."""

from datetime import timedelta

import pytest

from complaints.desk.queue import offered, unsigned
from complaints.errors import NotAllowed, WrongState
from complaints.models import Case, Offer, State
from complaints.services import taking
from complaints.verbs import answering, closing, contacting, deciding, handling, ownership
from organization.models import Role, User
from quality import cells
from quality.models import CaseFact
from sla import services as sla
from tests.cases import CLASSIFIED, DECIDED, TOLD, content, taken
from tests.people import NOON, absent, person


@pytest.fixture
def checked(owned, handler) -> Case:
    """A decision awaits its check."""
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    return deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)


def test_an_offer_made_over_a_draft_leads_back_to_no_draft(checked, handler, lead, colleague):
    """B4: the next offer kept where the first came from, and its refusal left a case to check without a draft."""
    ownership.transfer(checked.reference, actor=handler, at=NOON, to="colleague", reason="休假")
    case = deciding.return_decision(checked.reference, actor=lead, at=NOON, reason="补充依据")
    assert (case.state, case.open_offer.from_state) == (State.IN_PROGRESS, "")
    ownership.transfer(checked.reference, actor=handler, at=NOON, to="colleague", reason="仍在休假")
    case = ownership.refuse(checked.reference, actor=colleague, at=NOON, reason="也在休假")
    assert (case.state, case.owner, case.open_offer) == (State.IN_PROGRESS, handler, None)
    outcomes = list(case.offers.order_by("number").values_list("outcome", "from_state"))
    assert outcomes == [("superseded", ""), ("refused", "in_progress")]


def test_an_offer_ends_with_its_round(decided, handler, colleague):
    """B4: it survived the dispute, and its refusal told a round that nobody had told."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    ownership.transfer(decided.reference, actor=handler, at=NOON, to="colleague", reason="休假")
    case = closing.dispute(decided.reference, actor=handler, at=NOON, reason="金额不对")
    assert (case.open_offer, case.offered_to, case.offers.get().outcome) == (None, None, Offer.Outcome.ENDED)
    with pytest.raises(WrongState):
        ownership.refuse(decided.reference, actor=colleague, at=NOON, reason="不熟悉")


def test_a_second_offer_takes_over_where_the_first_came_from(case, dispatcher, handler, colleague):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
    case = ownership.refuse(case.reference, actor=colleague, at=NOON, reason="不熟悉")
    assert (case.state, [offer.outcome for offer in case.offers.all()]) == (State.RECEIVED, ["superseded", "refused"])


def test_every_hop_has_its_own_sign_off_clock(owned, handler, colleague):
    """B11 F29: a transferred case lay unsigned without a clock, and from waiting with all internal clocks paused."""
    at = NOON + timedelta(hours=2)
    contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请提供流水。")
    case = ownership.transfer(owned.reference, actor=handler, at=at, to="colleague", reason="休假")
    clock = case.clocks.get(kind="sign_off", stopped_at=None)
    assert (clock.subject, clock.started_at, clock.paused_at) == ("offer:1", at, None)
    assert clock.due_at == sla.working_deadline(at, 240, entity=case.legal_entity_id)
    case = ownership.refuse(case.reference, actor=colleague, at=at, reason="也在休假")
    assert not case.clocks.filter(kind="sign_off", stopped_at=None).exists()
    case = ownership.transfer(case.reference, actor=handler, at=at, to="colleague", reason="确需转办")
    assert case.clocks.get(kind="sign_off", stopped_at=None).subject == "offer:2"
    case = ownership.accept(case.reference, actor=colleague, at=at)
    assert case.next_due_at == min(case.clocks.filter(stopped_at=None).values_list("due_at", flat=True))


@pytest.mark.parametrize("comes_back", ["dispute", "reopen"])
def test_nobody_signs_for_what_they_are_at_work_on(comes_back, decided, handler, lead):
    """B11: in the second round the owner was reminded to sign off, and nothing could stop it."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    if comes_back == "reopen":
        content(decided, caller=lead)
        closing.close(decided.reference, actor=handler, at=NOON, root_cause="R07")
    case = getattr(closing, comes_back)(decided.reference, actor=lead, at=NOON, reason="新情况")
    assert (case.state, case.round) == (State.IN_PROGRESS, 2)
    assert not case.clocks.filter(kind="sign_off", stopped_at=None).exists()


class TestOffersToAUnit:
    @pytest.fixture
    def lying(self, case, receiver, other_branch, outsider) -> Case:
        """Offered to the other branch, whose complaint post `post` holds and `second` substitutes."""
        other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
        other_branch.substitute = person("second", Role.HANDLER, other_branch)
        other_branch.save()
        return ownership.assign(case.reference, actor=receiver, at=NOON, unit="BJ")

    def test_its_post_signs_for_it(self, lying, other_branch):
        """B21 F28: whoever was told to sign could neither accept nor refuse."""
        post = User.objects.get(username="post")
        assert (lying.offered_to, lying.open_offer.by_name) == (post, False)
        assert list(offered(post, NOON)) == [lying]
        case = ownership.accept(lying.reference, actor=post, at=NOON)
        assert (case.state, case.owner, case.handling_unit) == (State.IN_PROGRESS, post, other_branch)

    def test_its_post_sends_it_back(self, lying, receiver, branch):
        """F28"""
        post = User.objects.get(username="post")
        case = ownership.refuse(lying.reference, actor=post, at=NOON, reason="不属于本行")
        assert (case.state, case.owner, case.handling_unit) == (State.RECEIVED, receiver, branch)

    def test_whoever_works_its_queue_takes_it(self, lying, outsider, other_branch):
        case = taking.take_next(actor=outsider, at=NOON)
        assert (case.pk, case.owner, case.handling_unit) == (lying.pk, outsider, other_branch)
        assert case.offers.get().outcome == Offer.Outcome.TAKEN

    def test_who_handed_it_on_does_not_take_it_along(self, owned, handler, lying, other_branch):
        """The owner of an offered case was shown 领取, and took it into the other unit."""
        other_branch.refresh_from_db()
        case = ownership.transfer(owned.reference, actor=handler, at=NOON, unit="BJ", reason="归口北京分行")
        with pytest.raises(NotAllowed):
            ownership.take_next(case.reference, actor=handler, at=NOON)

    def test_its_supervisor_sees_what_lies_unsigned(self, lying, other_branch):
        """And is not told that it waits for their own signature."""
        there, late = (
            person("there", Role.SUPERVISOR, other_branch),
            lying.clocks.get(kind="sign_off", stopped_at=None).due_at,
        )
        assert not list(offered(there, NOON))
        assert list(unsigned(there, late + timedelta(seconds=1))) == [lying]
        assert Case.objects.reachable_by(there).get() == lying

    def test_an_absent_post_is_stood_in_for(self, lying, receiver):
        absent(User.objects.get(username="post"), until=NOON + timedelta(days=3))
        case = ownership.assign(lying.reference, actor=receiver, at=NOON, unit="BJ")
        assert case.offered_to.username == "second"

    def test_a_post_that_the_complaint_names_is_passed_over(self, integration, lying, receiver):
        named = taken(integration, named_staff=["post", "second"])
        case = ownership.assign(named.reference, actor=receiver, at=NOON, unit="BJ")
        assert case.offered_to.username not in {"post", "second"}


def test_what_is_offered_by_name_is_not_in_the_queue(case, dispatcher, handler, colleague):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    with pytest.raises(WrongState):
        ownership.take_next(case.reference, actor=colleague, at=NOON)


def test_figures_stay_with_the_unit_that_was_in_charge(decided, handler, outsider, branch, other_branch, receiver):
    """F31: an offer that nobody had signed for moved the handling unit, and with it all past figures of the case."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    later = NOON + timedelta(hours=1)
    case = ownership.transfer(decided.reference, actor=handler, at=later, to="outsider", reason="归口北京")
    assert (case.handling_unit, case.offered_unit) == (branch, other_branch)
    case = ownership.accept(decided.reference, actor=outsider, at=later)
    assert case.handling_unit == other_branch
    cells.refresh_all()
    assert CaseFact.objects.get(offer=0).unit == branch


def test_a_case_moved_before_the_deadline_counts_where_it_was_told(case, receiver, outsider, other_branch):
    """F31"""
    ownership.assign(case.reference, actor=receiver, at=NOON, to="outsider")
    ownership.accept(case.reference, actor=outsider, at=NOON)
    cells.refresh_all()
    assert CaseFact.objects.get(offer=0).unit == other_branch
