"""在办上限: who is full takes no more, is given more only with a word, and stands last among those who could."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from complaints.errors import GateNotMet, NothingToTake
from complaints.models import Case, RoutingRule
from complaints.services import taking
from complaints.services.dealing import least_busy
from complaints.services.replaying import retold_otherwise
from complaints.verbs import ownership
from organization.models import Role, Team, User
from organization.services import create_team
from tests.cases import taken
from tests.people import NOON, absent, hold, person

ONE, TWO = 1, 2


@pytest.fixture
def limited(team):
    """Sets how many cases one of the team may have in hand."""

    def to(most: int | None) -> None:
        Team.objects.filter(pk=team.pk).update(most_in_hand=most)

    return to


def take(user: User, at=NOON) -> Case:
    return taking.take_next(actor=User.objects.get(pk=user.pk), at=at)


class TestTaking:
    def test_ends_at_the_limit_with_a_sentence_that_says_what_to_do(self, integration, handler, limited):
        limited(TWO)
        for _number in range(3):
            taken(integration)
        take(handler)
        take(handler)
        with pytest.raises(GateNotMet, match="2 件.*交接一件"):
            take(handler)
        limited(TWO + 1)
        assert take(handler).owner == handler

    def test_goes_on_where_no_team_says_how_many(self, integration, handler, limited):
        limited(None)
        for _number in range(3):
            taken(integration)
            take(handler)

    def test_of_two_teams_the_stricter_one_counts(self, integration, handler, limited, branch):
        second = create_team(branch, "二组")
        Team.objects.filter(pk=second.pk).update(most_in_hand=ONE)
        hold(handler, Role.HANDLER, branch, team=second)
        limited(TWO)
        taken(integration), taken(integration)
        take(handler)
        with pytest.raises(GateNotMet):
            take(handler)

    def test_what_lies_past_its_sign_off_deadline_is_taken_all_the_same(self, integration, handler, limited):
        limited(ONE)
        taken(integration), taken(integration)
        take(handler)
        due = Case.objects.exclude(owner=handler).get().clocks.get(kind="sign_off").due_at
        with pytest.raises(GateNotMet):
            take(handler, at=due)
        assert take(handler, at=due + timedelta(seconds=1)).owner == handler

    def test_who_registers_a_case_has_it_also_when_they_are_full(self, integration, handler, limited, client):
        limited(ONE)
        taken(integration)
        take(handler)
        client.force_login(handler)
        sent = {"form": "f" * 32, "channel": "phone", "words": "客户来电。", "nature": "complaint", "name": "新客户"}
        assert client.post("/desk/register/", sent).status_code == 302
        assert Case.objects.filter(owner=handler).count() == TWO

    def test_what_has_ended_leaves_room(self, integration, handler, limited):
        limited(ONE)
        taken(integration)
        first = take(handler)
        Case.objects.filter(pk=first.pk).update(state="closed")
        taken(integration)
        assert take(handler).owner == handler


@pytest.mark.django_db(transaction=True)
def test_two_taken_at_once_are_not_both_the_last(integration, handler, team, limited):
    limited(ONE)
    for _number in range(4):
        taken(integration)
    together, refused = threading.Barrier(4), []

    def run() -> None:
        try:
            together.wait()
            take(handler)
        except (GateNotMet, NothingToTake) as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Case.objects.filter(owner=handler).count() == ONE
    assert len(refused) == 3


class TestGivingByName:
    @pytest.fixture
    def full(self, integration, handler, limited) -> Case:
        """The handler is full, and a case waits."""
        limited(ONE)
        taken(integration)
        take(handler)
        return taken(integration)

    def test_asks_for_a_word(self, full, dispatcher, handler):
        with pytest.raises(GateNotMet, match="写明原因"):
            ownership.assign(full.reference, actor=dispatcher, at=NOON, to="handler")
        sent = ownership.assign(full.reference, actor=dispatcher, at=NOON, to="handler", reason="熟悉此客户")
        assert sent.offered_to == handler
        assert ownership.accept(full.reference, actor=handler, at=NOON).owner == handler

    def test_asks_for_none_where_there_is_room_or_nobody_is_named(self, full, dispatcher, colleague):
        ownership.assign(full.reference, actor=dispatcher, at=NOON, to="colleague")
        ownership.assign(full.reference, actor=dispatcher, at=NOON, unit="SH", team="一组")

    def test_the_box_says_so_and_puts_them_last(self, full, client, dispatcher, colleague):
        client.force_login(dispatcher)
        found = client.get(f"/desk/cases/{full.reference}/takers/", {"q": ""}).json()["results"]
        people = [one["value"] for one in found if one["value"].startswith("to:")]
        detail = {one["value"]: one["detail"] for one in found}
        assert "已满" in detail["to:handler"] and "已满" not in detail["to:colleague"]
        assert people.index("to:colleague") < people.index("to:handler")


class TestByLoad:
    """What comes in by a rule of a team is offered at once to whoever has least in hand."""

    @pytest.fixture
    def rule(self, branch, team) -> RoutingRule:
        place = {"unit": branch, "team": team, "legal_entity_id": branch.legal_entity_id}
        return RoutingRule.objects.create(
            key="load", position=1, by_load=True, effective_from=NOON.date().replace(day=1), **place
        )

    def test_to_the_least_busy_by_name(self, integration, handler, colleague, lead, rule):
        absent(lead, until=NOON + timedelta(days=1))
        asked = [taken(integration).offered_to for _number in range(2)]
        assert asked == [handler, handler]  # nobody has anything in hand yet: an offer is none
        for case in Case.objects.all():
            ownership.accept(case.reference, actor=handler, at=NOON)
        case = taken(integration)
        assert (case.state, case.offered_to, case.owner.username) == ("assigned", colleague, "receiver")
        offer = case.offers.get()
        assert (offer.by_name, offer.by, offer.team) == (True, User.system(), rule.team)
        assert not list(retold_otherwise(Case.objects.all()))

    def test_to_nobody_who_is_away_or_full_and_then_it_waits(
        self, integration, handler, colleague, lead, rule, limited
    ):
        absent(lead, until=NOON + timedelta(days=1))
        absent(colleague, until=NOON + timedelta(days=1))
        limited(ONE)
        first = taken(integration)
        assert ownership.accept(first.reference, actor=handler, at=NOON).owner == handler
        waits = taken(integration)
        assert (waits.state, waits.offered_to, waits.team) == ("received", None, rule.team)

    def test_no_message_is_lost_where_the_offer_is_refused(self, integration, handler, rule, institution):
        """A team that has moved to another unit since, which only the form of the rule looks at."""
        RoutingRule.objects.update(unit=institution)
        case = taken(integration)
        assert (case.state, case.handling_unit, case.offers.count()) == ("received", institution, 0)

    def test_it_is_one_count_however_many_they_are(self, integration, rule, branch, team, django_assert_num_queries):
        case = taken(integration)
        for number in range(10):
            person(f"more{number}", Role.HANDLER, branch, team)
        with django_assert_num_queries(2):
            assert least_busy(case, team, at=NOON).username == "more0"

    def test_a_rule_by_load_names_its_team(self, client, institution, branch):
        client.force_login(person("keeper", Role.SYSTEM_ADMINISTRATOR, institution))
        sent = {"key": "x", "position": 1, "unit": branch.pk, "by_load": "on", "effective_from": "2026-01-01"}
        page = client.post("/admin/complaints/routingrule/add/", sent)
        assert "请选择分担工作的团队" in page.content.decode()
