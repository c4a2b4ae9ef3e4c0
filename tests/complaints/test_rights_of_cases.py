"""What is outside somebody's rights does not exist for them: on the case page, at the door, in the ladder."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.models import Case, Link, Nature
from complaints.services.reference import new_reference
from complaints.services.telling import Recipients, level_up
from complaints.verbs import ownership
from organization.models import Role, Team, Unit, User
from organization.services import create_entity, create_team
from sqm_site.errors import Invalid
from tests.cases import taken
from tests.people import NOON, absent, person

SAME = {"customer_no": "K-SAME", "name": "测试客户", "phone": "13800138000"}


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def abroad(institution) -> Unit:
    return create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")


@pytest.fixture
def elsewhere(integration, other_branch) -> Case:
    """A case of the same customer that another branch handles."""
    case = taken(integration, customer=SAME, subject="北京的事")
    Case.objects.filter(pk=case.pk).update(handling_unit=other_branch)
    return case


def test_cases_of_the_same_customer_elsewhere_are_a_bare_number(elsewhere, integration, handler):
    """B13, S9: reference, state and subject of a case out of scope stood on the page of another one."""
    here = taken(integration, customer=SAME, subject="上海的事")
    shown = taken(integration, customer=SAME, subject="上海的另一件事")
    Link.objects.get_or_create(case=here, other=elsewhere, kind=Link.Kind.POSSIBLE_DUPLICATE)
    page = at_desk(handler).get(reverse("desk:case", args=[here.reference]))
    assert [case.reference for case in page.context["others"].shown] == [shown.reference]
    assert (page.context["others"].outside, page.context["links"].outside) == (1, 1)
    text = page.content.decode()
    assert elsewhere.reference not in text and "北京的事" not in text
    assert "另有 1 件" in text


def test_a_case_of_somebody_else_costs_what_no_case_costs(elsewhere, handler):
    """S12: the answer to a foreign reference took three times as long as the answer to one that is none."""
    asked = {}
    for reference in (elsewhere.reference, new_reference(NOON.date())):
        with CaptureQueriesContext(connection) as seen:
            answer = at_desk(handler).get(f"/api/v1/cases/{reference}/")
        assert answer.status_code == 404
        asked[reference] = [row["sql"].replace(reference, "?") for row in seen if "complaints_case" in row["sql"]]
    foreign, missing = asked.values()
    assert foreign == missing and len(foreign) == 1
    assert " OR " not in foreign[0] and " IN " not in foreign[0], "the database must not search by the rights"


def test_nobody_of_another_legal_entity_is_found(case, dispatcher, abroad):
    """B1: an offer to a person whose roles are in another legal entity took the case there."""
    person("stranger", Role.HANDLER, abroad)
    with pytest.raises(Invalid) as refused:
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="stranger")
    with pytest.raises(Invalid) as nobody:
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="nobody-at-all")
    assert refused.value.fields == nobody.value.fields
    with pytest.raises(Invalid):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, unit="OTHER")


def test_the_lead_of_the_cases_team_is_asked_before_a_longer_serving_one(case, branch, team, lead):
    """B15: with two teams the wrong lead heard that there was something to check, and was refused."""
    second = create_team(branch, "二组")
    other = person("other.lead", Role.TEAM_LEAD, branch, second)
    other.memberships.update(valid_from="2026-10-01")
    Case.objects.filter(pk=case.pk).update(team=team)
    mine = Case.objects.get(pk=case.pk)
    roles = [Role.TEAM_LEAD, Role.APPROVER, Role.SUPERVISOR]
    assert level_up(mine, roles, at=NOON, verb="approve_decision") == lead
    mine.team = second
    assert level_up(mine, roles, at=NOON, verb="approve_decision") == other
    assert level_up(mine, roles, at=NOON, verb="approve_decision", but_not=[other.pk]) not in {lead, other}


def test_whose_line_the_case_is_not_is_not_asked(case, branch, supervisor, institution):
    """B15: the right is asked with the case, its business line included."""
    supervisor.memberships.update(business_line_id=lines()[0])
    head = person("head", Role.SUPERVISOR, institution)
    case.business_line_id = lines()[1]
    assert level_up(case, [Role.SUPERVISOR], at=NOON, verb="reopen") == head


def lines() -> list[int]:
    return list(Case._meta.get_field("business_line").related_model.objects.order_by("pk").values_list("pk", flat=True))


def test_consumer_protection_is_asked_wherever_it_sits(case, branch):
    asked = person("protection", Role.CONSUMER_PROTECTION, branch.parent)
    assert level_up(case, [Role.CONSUMER_PROTECTION], at=NOON, verb="decide_approval") == asked


def test_the_auditor_hears_nothing_operational(case, auditor, institution):
    """F42: the rung of the consumer-protection department went to the compliance auditor."""
    recipients = Recipients([case], at=NOON)
    assert recipients.of("consumer_protection", case) != auditor
    protection = person("protection", Role.CONSUMER_PROTECTION, institution)
    assert Recipients([case], at=NOON).of("consumer_protection", case) == protection


def test_the_head_of_the_unit_stands_on_its_level(case, branch, supervisor):
    assert Recipients([case], at=NOON).of("unit_head", case) == supervisor
    head = person("head", Role.UNIT_HEAD, branch)
    deputy = person("deputy", Role.UNIT_HEAD, branch)
    Unit.objects.filter(pk=branch.pk).update(head=deputy)
    again = Case.objects.get(pk=case.pk)
    assert Recipients([again], at=NOON).of("unit_head", again) == deputy
    absent(deputy, until=timezone.now() + timedelta(days=9))
    away = Case.objects.get(pk=case.pk)
    assert Recipients([away], at=NOON).of("unit_head", away) == head


def test_a_tip_off_is_seen_by_discipline_alone(integration, handler, supervisor, auditor, branch, institution):
    post = taken(integration).owner
    discipline = person("discipline", Role.DISCIPLINE, institution)
    case = taken(integration, nature=Nature.TIP_OFF)
    assert case.owner == case.first_receiver == discipline
    everybody = {handler, supervisor, auditor, discipline, post, integration.user}
    tips = Case.objects.filter(pk=case.pk)
    assert {user for user in everybody if tips.visible_to(user).exists()} == {discipline, auditor, integration.user}
    Case.objects.filter(pk=case.pk).update(owner=post)
    assert not tips.reachable_by(post).exists()
    again = Case.objects.get(pk=case.pk)
    again.owner = discipline
    assert Recipients([again], at=NOON).of("supervisor", again) == discipline


def test_who_registers_a_tip_off_reads_on_no_further(handler, receiver, institution):
    discipline = person("discipline", Role.DISCIPLINE, institution)
    sent = {"external_id": "desk-tip", "channel": "phone", "nature": "tip_off", "words": "有人收受好处。"}
    answer = at_desk(handler).post(reverse("desk:register"), sent)
    case = Case.objects.get()
    assert (case.owner, answer.url) == (discipline, reverse("desk:queue"))
    assert at_desk(handler).get(reverse("desk:case", args=[case.reference])).status_code == 404
    assert at_desk(discipline).get(reverse("desk:case", args=[case.reference])).status_code == 200


def test_a_group_administrator_sees_no_case_and_no_team(case, institution, client):
    keeper = person("keeper", Role.GROUP_ADMINISTRATOR, institution)
    assert not Case.objects.visible_to(keeper).exists()
    assert not Case.objects.reachable_by(keeper).exists()
    assert Team.objects.filter(legal_entity_id=keeper.legal_entity_id).count() == 0
