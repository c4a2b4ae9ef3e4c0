"""抽查 as a page: what waits for whom, what was found, and figures of people for those above them alone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from complaints.models import Case, SpotCheck
from complaints.services.taking import take_next
from complaints.verbs import answering, spotting
from organization.models import Role, User
from organization.services import create_team
from quality.pages.spots import A_YEAR, rates
from tests.cases import SETTLED, taken
from tests.people import NOON, person

PAGE = "/quality/spot-checks/"
FOUND = {"as_recorded": False, "satisfaction": "dissatisfied", "gist": "客户表示未收到退款"}
RESULTS = SpotCheck.Result


@pytest.fixture
def elsewhere(branch) -> User:
    return person("elsewhere", Role.HANDLER, branch, create_team(branch, "二组"))


@pytest.fixture
def drawn(integration, handler, supervisor):
    """Cases that the handler settled and that stand in the sample."""

    def of(number: int = 1) -> list[Case]:
        cases = []
        for _one in range(number):
            taken(integration)
            case = take_next(actor=handler, at=NOON)
            answering.settle(case.reference, actor=handler, at=NOON, **SETTLED)
            cases.append(spotting.draw_spot(case.reference, actor=supervisor, at=NOON))
        return cases

    return of


def checked(cases: list[Case], by: User, *results: str, at=None) -> None:
    """As if found by a colleague, now."""
    for case, result in zip(cases, results, strict=True):
        found = {"result": result, "checked_by": by, "checked_at": at or timezone.now()}
        SpotCheck.objects.filter(case=case).update(**found)


def shown(client, user: User, which: str = "") -> list:
    client.force_login(user)
    page = client.get(PAGE, {"which": which} if which else {})
    assert page.status_code == 200
    return page.context["lines"]


class TestWhatWaits:
    def test_for_another_team_and_not_for_who_told_it_nor_their_team(
        self, client, drawn, handler, colleague, elsewhere, outsider
    ):
        (case,) = drawn()
        assert [line.case for line in shown(client, elsewhere)] == [case]
        for other in (handler, colleague, outsider):
            assert shown(client, other) == []
            assert "本组答复的由其他人员抽查" in client.get(PAGE).content.decode()

    def test_is_recorded_from_there_and_then_stands_among_what_was_checked(self, client, drawn, elsewhere):
        (case,) = drawn()
        shown(client, elsewhere)
        dialog = f"/desk/cases/{case.reference}/check_spot/"
        assert dialog in client.get(PAGE).content.decode()
        asked = client.get(dialog, headers={"HX-Request": "true"})
        assert asked.status_code == 200
        spotting.check_spot(case.reference, actor=elsewhere, at=NOON + timedelta(hours=1), **FOUND)
        assert shown(client, elsewhere) == []
        (line,) = shown(client, elsewhere, "done")
        assert (line.check.checked_by, line.tone) == (elsewhere, "bad")
        assert str(RESULTS.DIFFERS.label) in client.get(PAGE, {"which": "done"}).content.decode()

    def test_who_checks_nothing_begins_with_what_was_found(self, client, drawn, branch, elsewhere):
        analyst = person("analyst", Role.QUALITY_ANALYST, branch)
        cases = drawn(2)
        assert shown(client, analyst) == []
        checked(cases[:1], elsewhere, RESULTS.CONFIRMED)
        assert [line.case for line in shown(client, analyst, "open")] == [cases[0]]  # there is no such choice for them

    def test_what_lies_in_another_branch_is_not_there(self, client, drawn, elsewhere, outsider):
        checked(drawn(), elsewhere, RESULTS.DIFFERS)
        assert shown(client, outsider, "done") == []

    def test_it_costs_the_same_for_many(self, client, drawn, elsewhere, django_assert_max_num_queries):
        drawn(12)
        shown(client, elsewhere)
        with django_assert_max_num_queries(8):
            assert len(client.get(PAGE).context["lines"]) == 12


class TestByPerson:
    def test_a_share_with_its_interval_from_five_on(self, client, drawn, handler, elsewhere, supervisor):
        cases = drawn(5)
        checked(cases[:4], elsewhere, RESULTS.DIFFERS, *[RESULTS.CONFIRMED] * 3)
        (rate,) = shown(client, supervisor, "people")
        assert (rate.person, rate.checks, rate.share, rate.between) == (handler, 4, None, None)
        assert "不足 5 件" in client.get(PAGE, {"which": "people"}).content.decode()
        checked(cases[4:], elsewhere, RESULTS.CONFIRMED)
        (rate,) = shown(client, supervisor, "people")
        assert (rate.share, rate.between) == (Decimal("20.00"), (Decimal("3.62"), Decimal("62.45")))
        assert "3.62" in client.get(PAGE, {"which": "people"}).content.decode()

    def test_is_nobodys_of_their_own_rank(self, client, drawn, handler, elsewhere):
        checked(drawn(), elsewhere, RESULTS.DIFFERS)
        for one in (handler, elsewhere):
            lines = shown(client, one, "people")
            assert not any(hasattr(line, "share") for line in lines)
            assert "按人员" not in client.get(PAGE).content.decode()

    def test_of_a_year_in_the_area_of_the_reader(self, drawn, elsewhere, supervisor, other_branch):
        at = timezone.now()
        cases = drawn(3)
        checked(cases, elsewhere, *[RESULTS.DIFFERS] * 3, at=at)
        checked(cases[:1], elsewhere, RESULTS.DIFFERS, at=at - A_YEAR)
        assert [rate.checks for rate in rates(supervisor, at)] == [2]
        assert rates(person("away", Role.SUPERVISOR, other_branch), at) == []
