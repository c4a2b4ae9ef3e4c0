"""回避: whom a case concerns, who settles that, and what whoever is measured does not do alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, NamedInTheComplaint, SecondPerson
from complaints.models import Case, State
from complaints.services import recusal
from complaints.services.replaying import differences
from complaints.verb import VERBS
from complaints.verbs import amending, answering, contacting, ending, handling, ownership
from complaints.verbs import recusal as naming
from organization.models import Role, Unit, User
from organization.rights import barred
from organization.services import create_unit
from tests.cases import CLASSIFIED, NOT_ENTITLED, SETTLED, taken
from tests.people import NOON, hold, person


def whom(case: Case) -> set[str]:
    return set(User.objects.filter(pk__in=Case.objects.get(pk=case.pk).barred).values_list("username", flat=True))


def conduct(integration, unit: Unit, **fields) -> Case:
    """A complaint about the conduct of a unit."""
    case = taken(integration, **{"reason": "C01", **fields})
    supervisor = person(f"above{case.pk}", Role.SUPERVISOR, unit.parent or unit)
    amending.amend(case.reference, actor=supervisor, at=NOON, reason="客户所述网点", complained_unit=unit.code)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def clerk(branch, team, lead) -> User:
    """Works in the team whose lead is `lead`."""
    return person("clerk", Role.HANDLER, branch, team)


@pytest.fixture
def about(integration, clerk) -> Case:
    """A complaint that names the clerk."""
    return taken(integration, named_staff=[clerk.username])


class TestWhoIsMeant:
    def test_a_user_name_means_its_bearer_and_the_lead_is_barred_too(self, about):
        assert whom(about) == {"clerk", "lead"}
        assert [*differences(about)] == []

    def test_a_staff_number_means_its_bearer_wherever_they_work(self, integration, clerk, other_branch):
        User.objects.filter(pk=clerk.pk).update(staff_number="20260417")
        for said in ("20260417", "工号20260417", "工号：20260417"):
            assert whom(taken(integration, named_staff=[said])) == {"clerk", "lead"}
        case = taken(integration, named_staff=["工号20260417的柜员"])
        assert recusal.unsettled(case) == ["工号20260417的柜员"]
        assert recusal.could_mean(case.named_staff[0], User.objects.get(pk=clerk.pk))

    def test_a_name_that_one_colleague_of_the_unit_bears_settles_itself(self, integration, clerk, other_branch):
        person("elsewhere", Role.HANDLER, other_branch)
        User.objects.filter(username="elsewhere").update(display_name=clerk.display_name)
        assert whom(taken(integration, named_staff=["Clerk"])) == {"clerk", "lead"}

    def test_a_name_that_two_of_the_unit_bear_waits_for_somebody_to_confirm_it(self, integration, clerk, branch):
        person("clerk2", Role.HANDLER, branch)
        User.objects.filter(username="clerk2").update(display_name=clerk.display_name)
        case = taken(integration, named_staff=["Clerk"])
        assert (whom(case), recusal.unsettled(case)) == (set(), ["Clerk"])

    def test_without_a_team_the_head_of_the_unit_is_the_superior_and_of_a_head_the_one_above(
        self, integration, branch, institution
    ):
        head, top = person("head", Role.UNIT_HEAD, branch), person("top", Role.UNIT_HEAD, institution)
        Unit.objects.filter(pk=branch.pk).update(head=head)
        Unit.objects.filter(pk=institution.pk).update(head=top)
        person("single", Role.HANDLER, branch)
        assert whom(taken(integration, named_staff=["single"])) == {"single", "head"}
        assert whom(taken(integration, named_staff=["head"])) == {"head", "top"}

    @pytest.mark.parametrize("reason", ["C01", "C04", "C12"])
    def test_conduct_bars_everybody_of_the_unit_and_its_post(self, reason, integration, branch, handler, receiver):
        case = conduct(integration, branch, reason=reason)
        assert whom(case) == {"handler", "receiver"}
        assert not barred(case, User.objects.get(pk=integration.user_id)), "a program is nobody's colleague"

    def test_conduct_bars_a_head_who_holds_no_role_there(self, integration, branch, institution):
        head = person("head", Role.UNIT_HEAD, institution)
        Unit.objects.filter(pk=branch.pk).update(head=head)
        assert "head" in whom(conduct(integration, branch))

    @pytest.mark.parametrize("reason", ["C02", "C03", "C07"])
    def test_a_complaint_about_rules_or_prices_bars_no_unit(self, reason, integration, branch, handler):
        assert whom(conduct(integration, branch, reason=reason)) == set()

    def test_the_unit_below_is_not_barred_with_the_one_complained_of(self, integration, branch):
        below = create_unit("SH-1", name="支行", kind=Unit.Kind.SUB_BRANCH, parent=branch)
        person("below", Role.HANDLER, below)
        assert "below" not in whom(conduct(integration, branch))

    def test_at_the_root_consumer_protection_stays(self, integration, institution):
        person("protection", Role.CONSUMER_PROTECTION, institution)
        person("clerk.there", Role.HANDLER, institution)
        case = conduct(integration, institution)
        assert "clerk.there" in whom(case)
        assert "protection" not in whom(case)

    def test_classifying_and_classifying_anew_reckons_anew(self, integration, branch, owned, handler, supervisor):
        amending.amend(owned.reference, actor=supervisor, at=NOON, reason="网点", complained_unit=branch.code)
        assert whom(owned) == set()
        person("protection", Role.CONSUMER_PROTECTION, branch.parent)
        above = person("above", Role.SUPERVISOR, branch.parent)
        handling.classify(owned.reference, actor=above, at=NOON, **{**CLASSIFIED, "reason": "C01"})
        assert {"handler", "supervisor"} <= whom(owned)
        handling.classify(owned.reference, actor=above, at=NOON, **CLASSIFIED)
        assert whom(owned) == set()
        assert [*differences(Case.objects.get(pk=owned.pk))] == []

    def test_a_reckoning_costs_a_plain_complaint_no_query(self, case, handler):
        with CaptureQueriesContext(connection) as seen:
            handling.note(case.reference, actor=handler, at=NOON, text="已记录")
        assert not [row for row in seen if "organization_membership" in row["sql"] and "JOIN" not in row["sql"]][1:]


class TestConfirming:
    @pytest.fixture
    def named(self, integration, clerk, handler) -> Case:
        """A name in words, which nobody bears so, on a case that the handler works on."""
        case = taken(integration, named_staff=["姓王的柜员"])
        return ownership.take_next(case.reference, actor=handler, at=NOON)

    def test_whoever_is_confirmed_is_barred_with_their_superior(self, named, handler):
        naming.confirm_named(named.reference, actor=handler, at=NOON, person="clerk")
        assert whom(named) == {"clerk", "lead"}
        event = named.events.get(verb="confirm_named")
        assert "姓王的柜员" not in str(event.details)
        assert [*differences(Case.objects.get(pk=named.pk))] == []

    def test_each_name_keeps_its_own_answer(self, integration, clerk, handler, colleague):
        case = taken(integration, named_staff=["姓王的柜员", "姓李的柜员", "姓赵的柜员"])
        answers = {
            "姓李的柜员": {"person": "colleague"},
            "姓王的柜员": {"person": "clerk"},
            "姓赵的柜员": {"nobody": True},
        }
        for name, answer in answers.items():
            naming.confirm_named(case.reference, actor=User.system(), at=NOON, name=name, **answer)
        assert Case.objects.get(pk=case.pk).named_people == [clerk.pk, colleague.pk, recusal.NOBODY]

    def test_a_complaint_that_names_somebody_is_not_settled_at_once_even_if_nobody_of_ours_is_meant(
        self, named, handler
    ):
        naming.confirm_named(named.reference, actor=handler, at=NOON, nobody=True)
        with pytest.raises(GateNotMet, match="第二人|second person"):
            answering.settle(named.reference, actor=handler, at=NOON, **SETTLED)

    @pytest.mark.parametrize(
        ("verb", "given"),
        [(answering.settle, SETTLED), (ending.decline, NOT_ENTITLED)],
    )
    def test_until_then_the_short_ways_out_are_closed(self, verb, given, named, handler):
        with pytest.raises(GateNotMet) as refused:
            verb(named.reference, actor=handler, at=NOON, **given)
        assert "确认" in str(refused.value)
        assert verb.name not in [name for name in VERBS if not VERBS[name].why_not(dossier(named), handler, NOON)]

    def test_nobody_of_ours_opens_declining_and_bars_nobody(self, named, handler):
        naming.confirm_named(named.reference, actor=handler, at=NOON, nobody=True)
        assert whom(named) == set()
        ending.decline(named.reference, actor=handler, at=NOON, **NOT_ENTITLED)

    def test_nobody_confirms_that_it_is_not_themselves(self, integration, handler, branch):
        person("Handlers", Role.HANDLER, branch)
        case = taken(integration, named_staff=["Handle"])
        with pytest.raises(NamedInTheComplaint):
            naming.confirm_named.within(owned_by(case, handler), actor=handler, at=NOON, nobody=True)
        other = owned_by(taken(integration, named_staff=["某柜员"]), handler)
        with pytest.raises(NamedInTheComplaint):
            naming.confirm_named.within(other, actor=handler, at=NOON, person="handler")

    def test_who_has_the_case_does_not_undo_a_confirmation(self, named, handler, supervisor):
        name = named.named_staff[0]
        naming.confirm_named(named.reference, actor=handler, at=NOON, person="clerk")
        with pytest.raises(SecondPerson):
            naming.confirm_named(named.reference, actor=handler, at=NOON, name=name, nobody=True)
        naming.confirm_named(named.reference, actor=supervisor, at=NOON, name=name, nobody=True)
        assert whom(named) == set()

    @pytest.mark.parametrize(
        "given",
        [{}, {"person": "clerk", "nobody": True}, {"person": "nobody-at-all"}, {"name": "别人", "nobody": True}],
    )
    def test_one_answer_about_one_name_is_asked_for(self, given, named, handler):
        with pytest.raises(GateNotMet):
            naming.confirm_named(named.reference, actor=handler, at=NOON, **given)

    def test_the_dialog_offers_colleagues(self, named, handler):
        page = at_desk(handler).get(reverse("desk:verb", args=[named.reference, "confirm_named"]))
        fields = {one.name: one for one in page.context["controls"]}
        assert "clerk" in dict(fields["person"].suggestions)
        assert "name" not in fields, "only one waits"


class TestTakingANameOut:
    """F19: the owner took the name out of the complaint, and settled it."""

    def test_the_owner_adds_names_and_takes_none_away(self, owned, handler, supervisor):
        amending.amend(owned.reference, actor=handler, at=NOON, reason="补充", named_staff=["柜员甲"])
        amending.amend(owned.reference, actor=handler, at=NOON, reason="补充", named_staff=["柜员甲", "柜员乙"])
        for kept in ([], ["柜员乙"], ["柜员丙", "柜员乙"]):
            with pytest.raises(SecondPerson):
                amending.amend(owned.reference, actor=handler, at=NOON, reason="更正", named_staff=kept)
        case = amending.amend(owned.reference, actor=supervisor, at=NOON, reason="更正", named_staff=["柜员乙"])
        assert (case.named_staff, case.named_people) == (["柜员乙"], [recusal.UNSETTLED])

    def test_nor_does_whoever_worked_on_it_before(self, owned, handler, colleague, supervisor, lead):
        contacting.log_contact(owned.reference, actor=handler, at=NOON, method="PHONE", result="CONNECTED", gist="核实")
        amending.amend(owned.reference, actor=handler, at=NOON, reason="补充", named_staff=["柜员甲"])
        ownership.assign(owned.reference, actor=lead, at=NOON, to="colleague")
        ownership.accept(owned.reference, actor=colleague, at=NOON)
        hold(handler, Role.SUPERVISOR, handler.memberships.get().unit)
        with pytest.raises(SecondPerson):
            amending.amend(
                owned.reference, actor=User.objects.get(pk=handler.pk), at=NOON, reason="更正", named_staff=[]
            )


def dossier(case: Case) -> Dossier:
    return Dossier(Case.objects.get(pk=case.pk))


def owned_by(case: Case, owner: User) -> Case:
    Case.objects.filter(pk=case.pk).update(owner=owner, state=State.IN_PROGRESS)
    return Case.objects.get(pk=case.pk)


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
