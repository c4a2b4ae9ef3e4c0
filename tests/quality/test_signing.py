"""签收及时率: the unit an offer was made to is asked once each time the case comes to it, by the hour of that offer."""

from datetime import date, timedelta

import pytest

from complaints.models import Case
from complaints.verbs import answering, closing, ownership
from demo.recount import recount
from organization.models import Role, Unit, User
from quality import cells, figures
from quality.figures import added, sums_of
from quality.kpis import Kpi
from quality.models import CaseFact
from quality.periods import Period
from quality.scope import scope_of
from sla import services as sla
from tests.cases import TOLD, taken
from tests.people import NOON, person

HOUR = timedelta(hours=1)
LATER = date(2026, 12, 20)
KPI = Kpi.registry["signed_in_time"]


@pytest.fixture
def post(other_branch) -> User:
    """Holds the complaint post of the other branch."""
    other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
    other_branch.save()
    return other_branch.receiver


@pytest.fixture
def due(institution):
    return sla.working_deadline(NOON, 240, entity=institution.legal_entity_id)


def counted(unit: Unit) -> tuple[int, int]:
    """In time, and asked, of one unit; the same as a recount of all."""
    cells.refresh_all()
    period = Period(date(2026, 11, 1), date(2026, 12, 20))
    nothing = {f"sum_{name}": 0 for name in KPI.measures}
    rows = figures.read(scope_of(User.system()), [KPI], period, today=LATER, by=["unit"])
    total = KPI.figure(sums_of(added([nothing, *rows])))
    months = recount(KPI.key, LATER)
    assert (total.numerator, total.n) == tuple(map(sum, zip(*months.values(), strict=True))) if months else (0, 0)
    mine = [row for row in rows if row["unit_id"] == unit.pk]
    figure = KPI.figure(sums_of(added(mine))) if mine else None
    return (figure.numerator, figure.n) if figure else (0, 0)


def sent(case: Case, by: User, *, at=NOON, **to: str) -> Case:
    return ownership.assign(case.reference, actor=by, at=at, **to)


@pytest.mark.parametrize("answer", ["accept", "refuse", "take_next"])
@pytest.mark.parametrize(("late", "expected"), [(timedelta(), (1, 1)), (timedelta(seconds=1), (0, 1))])
def test_an_answer_counts_up_to_the_hour(answer, late, expected, case, receiver, post, outsider, other_branch, due):
    """F29b: what lay unsigned past its hour was in no figure."""
    case = sent(case, receiver, unit="BJ")
    words = {"reason": "不属于本行"} if answer == "refuse" and not late else {}
    if answer == "refuse" and late:
        answer = "accept"  # after four hours nobody sends back
    actor = outsider if answer == "take_next" else post
    getattr(ownership, answer)(case.reference, actor=actor, at=due + late, **words)
    assert counted(other_branch) == expected


def test_what_nobody_answers_is_late_where_it_lies(case, receiver, post, branch, other_branch):
    sent(case, receiver, unit="BJ")
    assert counted(other_branch) == (0, 1)
    assert counted(branch) == (0, 0)
    fact = CaseFact.objects.get(offer=1)
    assert (fact.unit, fact.owner, fact.signed_in_time) == (other_branch, post, False)


def test_what_is_taken_back_in_time_is_nobodys(case, receiver, post, outsider, branch, other_branch, due, handler):
    sent(case, receiver, unit="BJ")
    sent(case, receiver, to="handler", at=NOON + HOUR)
    ownership.accept(case.reference, actor=handler, at=NOON + 2 * HOUR)
    assert counted(other_branch) == (0, 0)
    assert counted(branch) == (1, 1)


def test_what_is_taken_back_after_its_hour_was_late(case, receiver, post, other_branch, handler, due):
    sent(case, receiver, unit="BJ")
    sent(case, receiver, to="handler", at=due + HOUR)
    assert counted(other_branch) == (0, 1)


class TestWhatTheUnitGainsAlone:
    def test_nothing_by_offering_anew_inside(self, case, receiver, post, outsider, other_branch, due):
        """F29b: each new offer began a new hour, so nothing was ever late."""
        sent(case, receiver, unit="BJ")
        sent(case, post, to="outsider", at=due - HOUR)
        ownership.accept(case.reference, actor=outsider, at=due + HOUR)
        assert counted(other_branch) == (0, 1)

    def test_nothing_by_handing_it_round(self, owned, handler, colleague, branch):
        one, other = handler, colleague
        for hour in range(6):
            at = NOON + hour * HOUR
            ownership.transfer(owned.reference, actor=one, at=at, to=other.username, reason="换班")
            if hour % 3 == 1:
                ownership.refuse(owned.reference, actor=other, at=at, reason="忙")
                continue
            ownership.accept(owned.reference, actor=other, at=at)
            one, other = other, one
        assert counted(branch) == (1, 1)

    def test_it_is_asked_again_when_it_comes_again(self, case, receiver, post, other_branch):
        sent(case, receiver, unit="BJ")
        ownership.refuse(case.reference, actor=post, at=NOON + HOUR, reason="不属于本行")
        sent(case, receiver, unit="BJ", at=NOON + 2 * HOUR)
        assert counted(other_branch) == (1, 2)


def test_only_complaints_count(integration, receiver, post, other_branch):
    sent(taken(integration, nature="enquiry"), receiver, unit="BJ")
    assert counted(other_branch) == (0, 0)


def test_an_offer_that_ends_with_its_round_in_time_is_nobodys(decided, handler, colleague, branch):
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    ownership.transfer(decided.reference, actor=handler, at=NOON, to="colleague", reason="休假")
    closing.dispute(decided.reference, actor=handler, at=NOON + HOUR, reason="金额不对")
    assert counted(branch) == (0, 0)


def test_the_rest_of_the_figure_opens_what_lay_unsigned(client, case, receiver, supervisor, handler):
    sent(case, receiver, to="handler")
    cells.refresh_all()
    client.force_login(supervisor)
    asked = {"kpi": KPI.key, "part": "rest", "from": "2026-11-20", "to": "2026-11-28", "unit": "SH"}
    assert [row.case for row in client.get("/quality/cases/", asked).context["rows"]] == [case]
    assert not client.get("/quality/cases/", asked | {"part": "numerator"}).context["rows"]
