"""交接: a lead gives away the cases of a colleague who is away, each by the verb that assigns and each for itself."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.models import Case, State
from complaints.services.handing import hand_over, in_the_hands_of
from complaints.services.taking import take_next
from complaints.verbs import ownership
from organization.models import Role
from organization.services import create_unit
from tests.cases import taken
from tests.people import NOON, absent, person

DAY = timedelta(days=1)


@pytest.fixture
def three(integration, handler) -> list[Case]:
    """Three cases in the hands of `handler`, the most urgent first."""
    cases = []
    for number in range(3):
        taken(integration, at=NOON - (3 - number) * DAY)
        cases.append(take_next(actor=handler, at=NOON))
    return cases


def states(cases: list[Case]) -> list[tuple]:
    rows = [Case.objects.get(pk=case.pk) for case in cases]
    return [(row.state, row.owner.username, row.offered_to and row.offered_to.username) for row in rows]


ON_OFFER = (State.ASSIGNED, "handler", "colleague")
IN_HAND = (State.IN_PROGRESS, "handler", None)


def test_all_of_them_are_offered_and_the_owner_stays_until_somebody_signs(three, handler, colleague, lead):
    done = hand_over(handler, lead=lead, given={"to": "colleague", "reason": "休假"}, at=NOON)
    assert [(one.case, one.to, one.refusal) for one in done] == [(case, colleague, "") for case in three]
    assert states(three) == [ON_OFFER] * 3
    assert [case.events.latest("sequence").verb for case in three] == ["assign"] * 3
    assert all(case.texts.filter(text="休假").exists() for case in three)


def test_the_ticked_ones_alone(three, handler, colleague, lead):
    hand_over(handler, lead=lead, given={"to": "colleague", "reason": "休假"}, at=NOON, chosen=[three[1].reference])
    assert states(three) == [IN_HAND, ON_OFFER, IN_HAND]


def test_what_one_case_refuses_stays_with_that_case(integration, three, handler, colleague, supervisor):
    named = taken(integration, named_staff=["colleague"])
    named = take_next(actor=handler, at=NOON)
    done = hand_over(handler, lead=supervisor, given={"to": "colleague", "reason": "休假"}, at=NOON)
    assert [bool(one.refusal) for one in done] == [False, False, False, True]
    assert "回避" in done[-1].refusal
    assert states([*three, named]) == [*[ON_OFFER] * 3, IN_HAND]


def test_an_absent_one_is_refused_for_each(three, handler, colleague, lead):
    absent(colleague, until=NOON + DAY)
    done = hand_over(handler, lead=lead, given={"to": "colleague", "reason": "休假"}, at=NOON)
    assert all("不在岗" in one.refusal for one in done)
    assert states(three) == [IN_HAND] * 3


def test_twice_is_once(three, handler, colleague, lead):
    given = {"to": "colleague", "reason": "休假"}
    hand_over(handler, lead=lead, given=given, at=NOON)
    assert hand_over(handler, lead=lead, given=given, at=NOON) == []
    assert [case.offers.count() for case in three] == [1, 1, 1]


def test_what_waits_for_their_signature_goes_too(case, dispatcher, handler, colleague, lead, receiver):
    ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
    hand_over(handler, lead=lead, given={"to": "colleague", "reason": "休假"}, at=NOON)
    assert states([case]) == [(State.ASSIGNED, "receiver", "colleague")]


def test_a_lead_elsewhere_finds_nothing_to_give(three, handler, other_branch):
    there = person("there", Role.TEAM_LEAD, other_branch)
    assert not in_the_hands_of(handler, there).exists()


def test_nor_what_concerns_the_lead(integration, handler, lead):
    taken(integration, named_staff=["lead"])
    take_next(actor=handler, at=NOON)
    assert not in_the_hands_of(handler, lead).exists()


class TestThePage:
    def address(self, username: str = "handler") -> str:
        return f"/desk/team/{username}/"

    def test_it_shows_the_cases_and_says_how_each_went(self, client, three, handler, colleague, lead):
        client.force_login(lead)
        page = client.get(self.address())
        assert [row.case for row in page.context["rows"]] == three
        sent = {
            "which": "ticked",
            "case": [three[0].reference, three[2].reference],
            "to": "colleague",
            "reason": "离职",
        }
        done = client.post(self.address(), sent)
        assert done.content.decode().count("已分派，待签收") == 2
        assert states(three) == [ON_OFFER, IN_HAND, ON_OFFER]
        rest = client.post(self.address(), sent | {"which": "all", "case": []})
        assert [one.case for one in rest.context["outcomes"]] == [three[1]]

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"which": "all", "to": "colleague"}, "原因"),
            ({"which": "all", "reason": "离职"}, "请说明"),
            ({"which": "ticked", "to": "colleague", "reason": "离职"}, "请勾选"),
            ({"which": "all", "to": "handler", "reason": "离职"}, "请改选他人"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_is_given(self, sent, words, client, three, lead, colleague):
        client.force_login(lead)
        page = client.post(self.address(), sent)
        assert page.status_code == 400
        assert words in page.content.decode()
        assert states(three) == [IN_HAND] * 3

    @pytest.mark.parametrize("case", ["\x00", "9" * 4_400, "%", "C261123-0000000-8", ""])
    def test_what_is_no_case_is_not_handed_over(self, case, client, three, lead, colleague):
        client.force_login(lead)
        sent = {"which": "ticked", "case": [case], "to": "colleague", "reason": "离职"}
        assert client.post(self.address(), sent).status_code == 400
        assert states(three) == [IN_HAND] * 3

    def test_a_person_elsewhere_is_nobody_and_a_handler_gives_nothing(self, client, three, lead, outsider, handler):
        client.force_login(lead)
        assert client.get(self.address("outsider")).status_code == 404
        client.force_login(handler)
        assert client.get(self.address()).status_code == 403

    def test_it_costs_the_same_with_three_cases_and_with_thirty(
        self, client, three, integration, handler, lead, django_assert_max_num_queries
    ):
        client.force_login(lead)
        client.get(self.address())
        for _number in range(10):
            taken(integration)
            take_next(actor=handler, at=NOON)
        with django_assert_max_num_queries(20):
            assert len(client.get(self.address()).context["rows"]) == 13


class TestLoads:
    """D17"""

    def test_a_lead_sees_who_is_there_and_what_each_has(self, client, three, handler, colleague, lead, outsider):
        """D17: how much each of a team had in hand was to be counted by hand."""
        now = timezone.now()
        evening = timezone.localtime(now).replace(hour=23, minute=59, second=0, microsecond=0)
        for case, due in zip(three, [now - DAY, evening, now + 3 * DAY], strict=True):
            Case.objects.filter(pk=case.pk).update(next_due_at=due)
        absent(colleague, until=now + DAY)
        client.force_login(lead)
        page = client.get("/desk/team/")
        there = {one.person.username: one for one in page.context["colleagues"]}
        assert {"handler", "colleague", "lead"} <= there.keys() and "outsider" not in there
        mine = there["handler"]
        assert (*mine.load, mine.back_at) == (3, 1, 1, None)
        assert (there["colleague"].load.in_hand, there["colleague"].back_at) == (0, now + DAY)
        assert mine.places == "上海分行 一组"
        assert "不在岗" in page.content.decode()

    def test_it_takes_as_many_queries_for_many_people(self, client, three, lead, branch, django_assert_max_num_queries):
        for number in range(20):
            person(f"more{number}", Role.HANDLER, branch)
        client.force_login(lead)
        with django_assert_max_num_queries(10):
            assert len(client.get("/desk/team/").context["colleagues"]) >= 20

    def test_more_brings_the_rest_once_each(self, client, lead, branch):
        for number in range(60):
            person(f"more{number}", Role.HANDLER, branch)
        client.force_login(lead)
        seen, address = [], "/desk/team/"
        while address:
            page = client.get(address, headers={"HX-Request": "true"})
            seen += [one.person.username for one in page.context["colleagues"]]
            address = page.context["more"]
        assert len(seen) == len(set(seen)) >= 61

    def test_a_cursor_of_another_list_starts_again(self, client, lead):
        client.force_login(lead)
        assert client.get("/desk/team/", {"cursor": "invented"}).status_code == 200


def test_the_head_of_the_unit_hands_over_what_lies_with_somebody_absent(three, handler, colleague, branch, client):
    """Leads and supervisors away too, the head of the unit could see what lay there, and give it to nobody."""
    head = person("head", Role.UNIT_HEAD, branch)
    absent(handler, until=timezone.now() + DAY)
    client.force_login(head)
    page = client.post("/desk/team/handler/", {"which": "all", "to": "colleague", "reason": "病假"})
    assert page.status_code == 200
    assert states(three) == [ON_OFFER] * 3
    elsewhere = person(
        "elsewhere", Role.UNIT_HEAD, create_unit("BJ", name="北京分行", kind="branch", parent=branch.parent)
    )
    assert not in_the_hands_of(handler, elsewhere).exists()


@pytest.fixture
def lying(integration, dispatcher) -> list[Case]:
    """Three that nobody was asked to sign for yet, the most urgent first."""
    return [taken(integration, at=NOON - (3 - number) * DAY) for number in range(3)]


def give(client, cases: list[Case], **sent):
    return client.post("/desk/give/", {"case": [case.reference for case in cases], **sent})


def references(page) -> list[str]:
    return [row.case.reference for row in page.context["rows"]]


def test_a_dispatcher_gives_the_ticked_ones_in_one_act_each_with_its_outcome(
    client, lying, handler, dispatcher, branch
):
    named = Case.objects.get(pk=lying[1].pk)
    Case.objects.filter(pk=named.pk).update(barred=[handler.pk])
    client.force_login(dispatcher)
    page = client.get("/desk/?tab=dispatch")
    assert references(page) == [case.reference for case in lying]
    assert {tab.key: count for tab, count in page.context["tabs"]}["dispatch"] == "3"
    page = give(client, lying[:2], to="handler")
    outcomes = page.context["outcomes"]
    assert [(one.to, bool(one.refusal)) for one in outcomes] == [(handler, False), (None, True)]
    assert references(page) == [lying[1].reference, lying[2].reference]
    assert states(lying)[0][0::2] == (State.ASSIGNED, "handler")
    assert [row.outcome for row in lying[0].offers.all()] == [""]


def test_nothing_ticked_and_nobody_named_is_said_and_what_was_ticked_stays(client, lying, dispatcher):
    client.force_login(dispatcher)
    page = give(client, [], to="handler")
    assert (page.status_code, page.context["refusal"]) == (400, "请勾选要分派的工单。")
    page = give(client, lying[:1])
    assert page.status_code == 400
    assert f'value="{lying[0].reference}" aria-label="{lying[0].reference}"\n      checked' in page.content.decode()
    assert states(lying) == [(State.RECEIVED, "receiver", None)] * 3


def test_the_list_goes_on_after_some_were_given(client, lying, handler, dispatcher):
    client.force_login(dispatcher)
    page = client.post("/desk/give/?page_size=1", {"case": lying[0].reference, "to": "handler"})
    assert references(page) == [lying[1].reference]
    assert references(client.get(page.context["more"], headers={"HX-Request": "true"})) == [lying[2].reference]


def test_who_handles_neither_sees_the_list_nor_gives(client, lying, handler):
    client.force_login(handler)
    assert "dispatch" not in [tab.key for tab, _count in client.get("/desk/").context["tabs"]]
    assert give(client, lying, to="handler").status_code == 403


def test_one_that_was_begun_or_offered_is_given_no_second_time(client, lying, handler, dispatcher, supervisor):
    ownership.assign(lying[0].reference, actor=dispatcher, at=NOON, to="handler")
    take_next(actor=handler, at=NOON)
    client.force_login(supervisor)
    assert give(client, lying[:2], to="handler").context["outcomes"] == []


def test_a_row_of_the_team_queue_can_be_taken_from_the_list(client, lying, handler):
    client.force_login(handler)
    page = client.get("/desk/?tab=team")
    address = reverse("desk:verb", args=[lying[2].reference, "take_next"])
    assert f'action="{address}"' in page.content.decode()
    assert f'action="{address}"' not in client.get("/desk/?tab=all").content.decode()
    assert client.post(address).url == reverse("desk:case", args=[lying[2].reference])
    assert states(lying[2:]) == [IN_HAND]
