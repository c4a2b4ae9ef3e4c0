"""抽查: a sample of what was settled at once is checked by another team, and what it finds counts."""

from datetime import timedelta

import pytest

from complaints.errors import ApprovalMissing, GateNotMet, SecondPerson
from complaints.models import Case, SpotCheck
from complaints.services.sampling import draw_sample
from complaints.services.taking import take_next
from complaints.verbs import VERBS, answering, spotting
from organization.models import Role
from organization.services import create_team
from quality import cells
from quality.models import CaseFact
from tests.cases import SETTLED, content, grant, taken
from tests.people import NOON, person

MORNING = NOON + timedelta(hours=18, minutes=30)  # 06:30 of the next day in Shanghai
FOUND = {"as_recorded": False, "satisfaction": "dissatisfied", "gist": "客户表示未收到退款"}


@pytest.fixture
def settled(integration, handler, colleague):
    """So many cases that one settles."""

    def of(number: int, settler=handler) -> list[Case]:
        cases = []
        for _one in range(number):
            taken(integration)
            case = take_next(actor=settler, at=NOON)
            cases.append(answering.settle(case.reference, actor=settler, at=NOON, **SETTLED))
        return cases

    return of


@pytest.fixture
def other_team(branch):
    return person("elsewhere", Role.HANDLER, branch, create_team(branch, "二组"))


def test_one_in_twenty_of_a_unit_and_one_of_everybody_is_drawn(settled, handler, colleague):
    settled(21)
    mine = settled(1, colleague)
    assert draw_sample(at=NOON) == 0, "the day is not over"
    drawn = draw_sample(at=MORNING)
    settlers = list(SpotCheck.objects.order_by("settler_id").values_list("settler", flat=True))
    assert drawn == len(settlers) and 2 <= drawn <= 4
    assert {handler.pk, colleague.pk} == set(settlers)
    assert SpotCheck.objects.filter(case=mine[0]).exists()
    assert draw_sample(at=MORNING + timedelta(hours=2)) == 0, "drawn twice it is the same sample"


def test_neither_who_settled_it_nor_their_team_checks_it(settled, handler, colleague, other_team):
    (case,) = settled(1)
    draw_sample(at=MORNING)
    for one in (handler, colleague):
        with pytest.raises(SecondPerson):
            spotting.check_spot(case.reference, actor=one, at=MORNING, **FOUND)
    spotting.check_spot(case.reference, actor=other_team, at=MORNING, **FOUND)
    with pytest.raises(GateNotMet, match="已抽查"):
        spotting.check_spot(case.reference, actor=other_team, at=MORNING, **FOUND)


def test_a_difference_counts_against_who_settled_it(settled, other_team):
    """F4: nobody checked what was settled without a second person."""
    (case,) = settled(1)
    draw_sample(at=MORNING)
    cells.refresh_all()
    assert CaseFact.objects.get(case=case).satisfaction == "satisfied"
    case = spotting.check_spot(case.reference, actor=other_team, at=MORNING, **FOUND)
    assert (case.current_round.satisfaction, case.current_round.accepted) == ("dissatisfied", False)
    cells.refresh_all()
    fact = CaseFact.objects.get(case=case)
    assert (fact.settled, fact.spot_checked, fact.spot_differs, fact.satisfaction) == (
        True,
        True,
        True,
        "dissatisfied",
    )


def test_what_was_checked_by_a_second_person_is_not_drawn(decided, handler, lead, supervisor):
    by_letter = {"method": "POST", "evidence": "EMS12345678", "text": "已退回"}
    VERBS["notify"](decided.reference, actor=handler, at=NOON, **by_letter)
    content(decided, caller=lead)
    assert draw_sample(at=MORNING) == 0
    with pytest.raises(GateNotMet, match="书面告知"):
        spotting.draw_spot(decided.reference, actor=supervisor, at=NOON)


def test_an_invented_call_counts_from_the_check_that_finds_it(decided, handler, supervisor, other_team):
    """Only a recording can show it: put in the sample, it moves the figure."""
    late = NOON + timedelta(days=20)
    VERBS["notify"](decided.reference, actor=handler, at=NOON, method="PHONE", evidence="REC-1", text="已退回")
    spotting.draw_spot(decided.reference, actor=supervisor, at=late)
    cells.refresh_all()
    assert CaseFact.objects.get(case=decided).on_time is True
    spotting.check_spot(decided.reference, actor=other_team, at=late, was_told=False, **FOUND)
    cells.refresh_all()
    assert CaseFact.objects.get(case=decided).on_time is False


def test_a_call_that_reached_nobody_checks_nothing(settled, other_team):
    (case,) = settled(1)
    draw_sample(at=MORNING)
    with pytest.raises(GateNotMet, match="未联系上"):
        spotting.check_spot(case.reference, actor=other_team, at=MORNING, **FOUND, result="NO_ANSWER")


def told(case, handler, at=NOON, **otherwise):
    VERBS["notify"](case.reference, actor=handler, at=at, **SPOKEN | otherwise)


SPOKEN = {"method": "PHONE", "evidence": "REC-1", "text": "已退回"}


def test_what_was_told_by_phone_is_drawn_from_as_well(decided, handler):
    """F4: only what was settled at once was drawn, so an invented call was checked when a supervisor thought of it."""
    told(decided, handler)
    assert draw_sample(at=MORNING) == 1
    assert SpotCheck.objects.get().settler == handler


def test_a_telling_that_is_entered_days_later_is_drawn_from_on_the_day_of_its_entry(decided, handler):
    """F4: dated back by four days, a telling lay behind every morning's draw."""
    told(decided, handler, at=NOON + timedelta(days=5), told_at=NOON + timedelta(hours=1))
    assert draw_sample(at=MORNING + timedelta(days=5)) == 1


def test_a_round_that_is_over_is_drawn_and_checked_too(decided, handler, other_team):
    """F4: to write a dispute after an invented call began a round, and took the one before out of the population."""
    told(decided, handler)
    VERBS["dispute"](decided.reference, actor=handler, at=NOON, reason="客户不认可")
    assert draw_sample(at=MORNING) == 1
    case = spotting.check_spot(decided.reference, actor=other_team, at=MORNING, was_told=False, **FOUND)
    first = case.rounds.get(number=1)
    assert (first.satisfaction, case.current_round.satisfaction, case.state) == ("dissatisfied", "", "in_progress")
    cells.refresh_all()
    assert [CaseFact.objects.get(case=case, round=one, offer=0).spot_differs for one in (1, 2)] == [True, False]


def test_where_no_team_is_formed_the_unit_is_one(decided, handler, other_branch, branch):
    """F4: of a branch without teams the neighbour checked what the neighbour had told."""
    handler.memberships.update(team=None)
    neighbour, above = person("neighbour", Role.HANDLER, branch), person("above", Role.SUPERVISOR, branch)
    told(decided, handler)
    draw_sample(at=MORNING)
    with pytest.raises(SecondPerson):
        spotting.check_spot(decided.reference, actor=neighbour, at=MORNING, **FOUND)
    spotting.check_spot(decided.reference, actor=above, at=MORNING, **FOUND)


def test_what_nobody_was_told_is_in_no_sample(owned, supervisor):
    with pytest.raises(GateNotMet, match="尚未告知客户"):
        spotting.draw_spot(owned.reference, actor=supervisor, at=NOON)


def test_an_imported_case_is_in_no_sample(settled, supervisor):
    (case,) = settled(1)
    Case.objects.filter(pk=case.pk).update(origin="import")
    with pytest.raises(GateNotMet, match="导入"):
        spotting.draw_spot(case.reference, actor=supervisor, at=NOON)


def test_nobody_agrees_to_a_late_entry_that_a_check_has_refuted(decided, handler, lead, supervisor, other_team):
    """F1: told in time, as it was entered later, and not at all, as the customer says."""
    late = NOON + timedelta(days=20)
    told = {"method": "PHONE", "evidence": "REC-1", "text": "已退回", "told_at": NOON + timedelta(hours=1)}
    VERBS["notify"](decided.reference, actor=handler, at=late, **told)
    spotting.draw_spot(decided.reference, actor=supervisor, at=late)
    spotting.check_spot(decided.reference, actor=other_team, at=late, was_told=False, **FOUND)
    with pytest.raises(ApprovalMissing):
        grant(decided, by=lead, at=late)


def test_a_supervisor_puts_a_case_in_the_sample(settled, supervisor):
    (case,) = settled(1)
    spotting.draw_spot(case.reference, actor=supervisor, at=NOON)
    with pytest.raises(GateNotMet, match="已列入"):
        spotting.draw_spot(case.reference, actor=supervisor, at=NOON)
    assert draw_sample(at=MORNING) == 0


def test_the_day_before_is_drawn_from_six_in_the_morning_and_three_days_back(settled):
    settled(1)
    six = MORNING - timedelta(minutes=30)
    assert draw_sample(at=six - timedelta(minutes=1)) == 0
    assert draw_sample(at=six + timedelta(days=3)) == 0, "three days are caught up on, not four"
    assert draw_sample(at=six + timedelta(days=2)) == 1


def test_what_was_told_face_to_face_may_be_put_in_the_sample(decided, handler, supervisor):
    VERBS["notify"](decided.reference, actor=handler, at=NOON, method="IN_PERSON", evidence="REC-1", text="已退回")
    spotting.draw_spot(decided.reference, actor=supervisor, at=NOON)
    assert SpotCheck.objects.filter(case=decided).exists()


def test_a_check_refutes_the_late_telling_and_no_other_late_entry(decided, handler, lead, supervisor, other_team):
    late = NOON + timedelta(days=20)
    call = {"method": "PHONE", "result": "CONNECTED", "gist": "已致电", "happened_at": NOON + timedelta(hours=1)}
    VERBS["log_contact"](decided.reference, actor=handler, at=late, **call)
    told = {"method": "PHONE", "evidence": "REC-1", "text": "已退回", "told_at": NOON + timedelta(hours=1)}
    VERBS["notify"](decided.reference, actor=handler, at=late, **told)
    assert decided.approvals.filter(status="asked").count() == 2
    spotting.draw_spot(decided.reference, actor=supervisor, at=late)
    spotting.check_spot(decided.reference, actor=other_team, at=late, was_told=False, **FOUND)
    assert decided.approvals.filter(status="asked").count() == 1
    grant(decided, by=lead, at=late)
