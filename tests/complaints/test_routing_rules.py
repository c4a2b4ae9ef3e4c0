"""路由规则: where a case lies first, why it lies there, and what a set of rules would do before anybody saves it."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.models import Case, RoutingRule
from complaints.services import routing
from complaints.services.replaying import retold_otherwise
from complaints.services.taking import take_next
from complaints.services.trying import trial
from complaints.verbs import ownership
from organization.models import BusinessLine, Proposal, Role, Unit, User
from organization.scope import area
from organization.services import create_entity, create_unit
from security.models import AuditRow
from tests.cases import taken
from tests.people import NOON, person
from tests.seconding import seconded

ADD = "/admin/complaints/routingrule/add/"


@pytest.fixture
def rule(other_branch):
    """Makes a rule that sends all to the other branch, unless it says otherwise."""

    def made(**fields: Any) -> RoutingRule:
        usual = {"position": 1, "key": f"rule-{RoutingRule.objects.count()}", "effective_from": date(2026, 1, 1)}
        routing.RULES.forget()
        place = {"unit": other_branch, "legal_entity_id": other_branch.legal_entity_id}
        return RoutingRule.objects.create(**usual | place | fields)

    return made


@pytest.fixture
def sub_branch(branch) -> Unit:
    return create_unit("SH-1", name="浦东支行", kind=Unit.Kind.SUB_BRANCH, parent=branch)


@pytest.fixture
def line(db) -> BusinessLine:
    return BusinessLine.objects.create(code="cards-x", name="信用卡")


class TestWhereItLies:
    def test_in_the_queue_of_the_team_with_the_post_of_the_unit(self, rule, integration, branch, team, handler):
        rule(unit=branch, team=team)
        case = taken(integration)
        assert (case.handling_unit, case.team, case.owner.username) == (branch, team, "receiver")
        assert take_next(actor=handler, at=NOON).owner == handler
        assert not list(retold_otherwise(Case.objects.all()))

    def test_the_first_event_says_by_which_rule(self, rule, integration, other_branch, branch, client, outsider):
        Unit.objects.filter(pk=other_branch.pk).update(receiver=outsider)
        rule(key="到北京")
        case = taken(integration)
        assert (case.handling_unit, case.receiving_unit, case.owner) == (other_branch, branch, outsider)
        assert case.events.get().details["rule"] == "到北京"
        client.force_login(outsider)
        assert "按路由规则 到北京" in client.get(reverse("desk:case", args=[case.reference])).content.decode()

    def test_the_first_that_fits_counts(self, rule, integration, branch, other_branch, sub_branch):
        rule(position=2)
        rule(position=1, unit=sub_branch, channel="app")
        assert taken(integration).handling_unit == other_branch
        assert taken(integration, channel="app").handling_unit == sub_branch

    @pytest.mark.parametrize(
        ("asks", "fits", "does_not"),
        [
            ({"channel": "app"}, {"channel": "app"}, {"channel": "phone"}),
            ({"nature": "enquiry"}, {"nature": "enquiry"}, {}),
            ({"level": "major"}, {"complainants": 1_000}, {"complainants": 1}),
            ({"category": "B02"}, {"category": "B020204"}, {"category": "B0603"}),
            ({"category": "B020204"}, {"category": "B020204"}, {}),
            ({"complained_unit": "SH"}, {"complained_unit": "SH-1"}, {"complained_unit": "BJ"}),
            ({"business_line": "cards-x"}, {"business_line": "cards-x"}, {}),
        ],
    )
    def test_a_field_asks_and_an_empty_one_does_not(
        self, asks, fits, does_not, rule, integration, branch, other_branch, sub_branch, line
    ):
        rows = {"complained_unit": branch, "business_line": line}
        rule(**{name: rows.get(name, value) for name, value in asks.items()})
        assert taken(integration, **fits).handling_unit == other_branch
        assert taken(integration, **does_not).handling_unit == branch

    def test_it_holds_from_its_first_day_to_its_last(self, rule, integration, branch, other_branch):
        day = timezone.localdate(NOON)
        rule(effective_from=day, effective_to=day)
        assert taken(integration).handling_unit == other_branch
        RoutingRule.objects.update(effective_from=day.replace(day=day.day + 1), effective_to=None)
        routing.RULES.forget()
        assert taken(integration).handling_unit == branch
        RoutingRule.objects.update(effective_from=day.replace(day=1), effective_to=day.replace(day=day.day - 1))
        routing.RULES.forget()
        assert taken(integration).handling_unit == branch

    def test_the_rules_of_another_legal_entity_are_not_asked(self, rule, integration, branch):
        abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
        rule(unit=abroad, legal_entity_id=abroad.legal_entity_id)
        assert taken(integration).handling_unit == branch

    def test_they_are_read_once_for_many(self, rule, integration, nothing_expires, django_assert_num_queries):
        rule()
        routing.rules_of(integration.legal_entity_id)
        with django_assert_num_queries(0):
            assert len(routing.rules_of(integration.legal_entity_id)) == 1


class TestWhatGoesItsOwnWay:
    def test_a_unit_that_the_message_names(self, rule, integration, sub_branch):
        rule()
        assert taken(integration, unit="SH-1").handling_unit == sub_branch

    def test_a_tip_off_and_what_concerns_a_colleague(self, rule, integration, branch, handler):
        person("discipline", Role.DISCIPLINE, branch)
        rule()
        assert taken(integration, nature="tip_off").handling_unit == branch
        about = taken(integration, named_staff=["handler"])
        assert (about.handling_unit, about.barred) == (branch, [handler.pk])

    def test_what_a_body_transferred(self, rule, integration, branch):
        integration.channels = [*integration.channels, "regulator"]
        integration.save()
        rule()
        assert taken(integration, channel="regulator").handling_unit == branch

    def test_what_a_colleague_registers_is_theirs(self, rule, handler, branch, client, integration):
        rule()
        client.force_login(handler)
        sent = {"form": "f" * 32, "channel": "phone", "words": "客户来电。", "nature": "complaint", "name": "新客户"}
        assert client.post("/desk/register/", sent).status_code == 302
        assert (Case.objects.get().owner, Case.objects.get().handling_unit) == (handler, branch)


@pytest.fixture
def keeper(institution) -> User:
    return person("keeper", Role.SYSTEM_ADMINISTRATOR, institution)


@pytest.fixture
def at_admin(client, keeper):
    client.force_login(keeper)
    return client


def entered(unit: Unit, **fields: Any) -> dict[str, Any]:
    return {"key": "新规则", "position": 1, "unit": unit.pk, "effective_from": "2026-01-01", **fields}


def counted(page: Any) -> list[tuple[str | None, int, int]]:
    return [(row.rule and row.rule.key, row.cases, row.there) for row in page.context["rows"]]


class TestWhatItWouldDo:
    MESSAGES: tuple[dict[str, Any], ...] = (
        {"channel": "app"}, {"channel": "app", "category": "B020204"}, {}, {"complained_unit": "BJ"},
        {"channel": "app", "nature": "enquiry"}, {"channel": "app", "unit": "SH-1"},
    )  # fmt: skip

    def test_is_shown_and_nothing_is_saved(self, at_admin, integration, other_branch, sub_branch):
        for said in self.MESSAGES:
            taken(integration, at=timezone.now(), **said)
        page = at_admin.post(ADD, entered(other_branch, channel="app", _try="1"))
        assert counted(page) == [("新规则", 3, 0), (None, 2, 2)]
        assert not RoutingRule.objects.exists() and not Proposal.objects.exists()

    def test_is_what_happens_once_it_is_applied(
        self, integration, rule, other_branch, sub_branch, branch, line, at_admin
    ):
        for said in self.MESSAGES:
            taken(integration, at=timezone.now(), **said)
        rules = [
            RoutingRule(key="a", position=1, unit=sub_branch, nature="enquiry", channel="app"),
            RoutingRule(key="b", position=2, unit=other_branch, channel="app"),
            RoutingRule(key="c", position=3, unit=sub_branch, complained_unit=other_branch),
        ]
        told = trial(rules, branch.legal_entity_id, at=timezone.now(), readable=area(User.system()))
        would = {row.rule and row.rule.key: row.cases for row in told}
        for one in rules:
            one.legal_entity, one.effective_from = branch.legal_entity, date(2026, 1, 1)
            one.save()
        routing.RULES.forget()
        went = [
            taken(integration, at=timezone.now(), **said).events.get().details.get("rule") for said in self.MESSAGES
        ]
        named = sum("unit" in said for said in self.MESSAGES)
        assert would == {key: went.count(key) - (named if key is None else 0) for key in would}

    def test_goes_by_what_was_known_then_and_is_held_against_where_it_lies_now(
        self, rule, at_admin, integration, other_branch, dispatcher, handler, branch
    ):
        case = taken(integration, at=timezone.now())
        ownership.assign(case.reference, actor=dispatcher, at=timezone.now(), to="handler")
        ownership.accept(case.reference, actor=handler, at=timezone.now())
        Case.objects.update(handling_unit=other_branch, category="B020204")
        rule(category="B02")
        rule(key="all", position=2)
        assert counted(at_admin.get(f"{ADD.removesuffix('add/')}what-they-do/")) == [
            ("rule-0", 0, 0), ("all", 1, 1), (None, 0, 0),
        ]  # fmt: skip

    def test_an_administrator_reads_no_case_and_a_reader_those_of_their_area(
        self, rule, at_admin, integration, supervisor, outsider, client
    ):
        reference = taken(integration, at=timezone.now()).reference
        rule()
        address = f"{ADD.removesuffix('add/')}what-they-do/"
        assert reference not in at_admin.get(address).content.decode()
        client.force_login(supervisor)
        assert reference in client.get(address).content.decode()
        client.force_login(outsider)
        assert reference not in client.get(address).content.decode()

    def test_the_newest_are_looked_at(self, rule, integration, branch, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr("complaints.services.trying.MOST", 2)
        for _number in range(3):
            taken(integration)
        rules = [rule()]
        with django_assert_num_queries(4):
            told = trial(rules, branch.legal_entity_id, at=NOON, readable=area(User.system()))
        assert [row.cases for row in told] == [2, 0]


class TestKeepingThem:
    def test_a_second_administrator_decides_and_the_record_has_it(
        self, at_admin, other_branch, institution, integration
    ):
        person("second", Role.SECURITY_ADMINISTRATOR, institution)
        sent = entered(other_branch, proposal_reason="信用卡归北京分行")
        assert at_admin.post(ADD, sent).status_code == 302
        assert not RoutingRule.objects.exists()
        seconded()
        made = RoutingRule.objects.get()
        assert AuditRow.objects.filter(subject=f"routingrule:{made.pk}", verb="configure").exists()
        assert taken(integration).handling_unit == other_branch

    @pytest.mark.parametrize(
        ("field", "value"),
        [("category", "X9"), ("nature", "tip_off"), ("channel", "regulator"), ("effective_to", "2025-01-01")],
    )
    def test_what_does_not_fit_is_said(self, field, value, at_admin, other_branch):
        for button in ({}, {"_try": "1"}):
            page = at_admin.post(ADD, entered(other_branch, **{field: value}, **button))
            assert page.status_code == 200 and page.context["adminform"].form.errors

    def test_a_team_of_another_unit_is_said(self, at_admin, other_branch, team):
        page = at_admin.post(ADD, entered(other_branch, team=team.pk))
        assert page.context["adminform"].form.errors.keys() == {"team"}

    def test_who_reads_cases_changes_none_and_tries_none(self, client, supervisor, other_branch, rule):
        client.force_login(supervisor)
        page = f"/admin/complaints/routingrule/{rule().pk}/change/"
        assert client.get(page).status_code == 200
        assert client.post(page, entered(other_branch, _try="1")).status_code == 403
        assert client.post(ADD, entered(other_branch, _try="1")).status_code == 403
