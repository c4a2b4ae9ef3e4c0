"""Rights on real cases: what was given to a person is theirs, and a queue gives only what they may take."""

import pytest

from complaints.errors import NotAllowed, NothingToTake, WrongState
from complaints.services import taking
from complaints.verbs import amending, contacting, ownership
from organization.models import BusinessLine, Membership, Role, User
from sqm_site.errors import NotFound
from tests.cases import taken
from tests.people import NOON, hold


@pytest.fixture
def cards_handler(handler) -> User:
    """Works on cards only."""
    Membership.objects.filter(user=handler).update(business_line=BusinessLine.objects.get(code="cards"))
    return User.objects.get(pk=handler.pk)


def test_only_the_person_it_is_offered_to_signs_or_refuses(owned, handler, colleague):
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="colleague", reason="专业不对口")
    with pytest.raises(NotAllowed):
        ownership.accept(owned.reference, actor=handler, at=NOON)
    with pytest.raises(NotAllowed):
        ownership.refuse(owned.reference, actor=handler, at=NOON, reason="收回")
    assert ownership.accept(owned.reference, actor=colleague, at=NOON).owner == colleague


def test_a_queue_gives_only_cases_of_the_persons_line(case, integration, cards_handler):
    of_cards = taken(integration, business_line="cards")
    assert taking.take_next(actor=cards_handler, at=NOON) == of_cards
    with pytest.raises(NothingToTake):
        taking.take_next(actor=cards_handler, at=NOON)


def test_a_role_that_takes_nothing_adds_nothing_to_the_queue(case, outsider, branch):
    hold(outsider, Role.APPROVER, branch)
    with pytest.raises(NothingToTake):
        taking.take_next(actor=outsider, at=NOON)


def test_what_is_given_to_a_person_outside_their_line_is_theirs(case, dispatcher, cards_handler):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    assert ownership.accept(case.reference, actor=cards_handler, at=NOON).owner == cards_handler
    contacting.log_contact(
        case.reference, actor=cards_handler, at=NOON, method="PHONE", result="CONNECTED", gist="核实"
    )


def test_nobody_takes_a_case_that_names_them(integration, handler):
    """B14: `take_next` compared user names only, and customers write names."""
    named = taken(integration, named_staff=[handler.display_name])
    with pytest.raises(NothingToTake):
        taking.take_next(actor=handler, at=NOON)
    with pytest.raises(NotFound):
        ownership.take_next(named.reference, actor=handler, at=NOON)


def test_the_post_gets_no_case_that_names_its_holder(integration, receiver, institution):
    """B14: nobody asked at intake, nor when the work began."""
    case = taken(integration, named_staff=[receiver.display_name])
    assert receiver not in {case.owner, case.first_receiver}
    assert taken(integration).owner == receiver


@pytest.mark.parametrize("verb", ["start", "accept"])
def test_whoever_is_named_later_neither_begins_nor_signs(verb, case, dispatcher, receiver, handler, supervisor):
    person = {"start": receiver, "accept": handler}[verb]
    if verb == "accept":
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    named = [person.username]
    amending.amend(case.reference, actor=supervisor, at=NOON, reason="客户来电补充", named_staff=named)
    with pytest.raises(NotFound):
        getattr(ownership, verb)(case.reference, actor=person, at=NOON)
    with pytest.raises(NotFound):  # nor takes the own name out, to sign then
        amending.amend(case.reference, actor=person, at=NOON, reason="更正", named_staff=[])


def test_a_case_offered_by_name_is_not_anybodys_to_take(case, dispatcher, handler, colleague):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
    with pytest.raises(WrongState):
        ownership.take_next(case.reference, actor=handler, at=NOON)
