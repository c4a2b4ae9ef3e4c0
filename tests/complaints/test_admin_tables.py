"""The tables of the admin: who opens them, what they cost, and that nothing is deleted there."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from complaints.models import CountersignRule, RedressLimit, RoutingRule
from complaints.verbs import ownership
from feedback.models import Notice
from organization.models import ApiClient, Membership, Partner, Role, Team, Unit, User
from organization.services import create_entity, create_team
from security.models import AuditRow
from sqm_site.adminui import CappedPaginator, Window
from tests.people import NOON, absent, hold, person

MOST = 10  # statements of a list, session and user included
OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in {"complaints", "feedback", "organization", "security", "sla"}
]
WINDOWS = [model for model in OURS if isinstance(admin.site._registry[model], Window)]
TABLES = [model for model in OURS if model not in WINDOWS]


def address(model: type, page: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def administrator(institution) -> User:
    return person("administrator", Role.SYSTEM_ADMINISTRATOR, institution)


@pytest.fixture
def at_admin(client, administrator, integration, handler, lead):
    RedressLimit.objects.create(role=Role.HANDLER, amount=500, effective_from=NOON.date())
    place = {"legal_entity": lead.legal_entity, "unit": integration.unit}
    RoutingRule.objects.create(key="all", position=1, effective_from=NOON.date(), **place)
    CountersignRule.objects.create(key="all", effective_from=NOON.date(), **place)
    Partner.objects.create(code="fund", name="示例基金", kind="fund", **place)
    absent(handler, until=NOON)
    client.force_login(administrator)
    return client


@pytest.fixture
def at_people(institution):
    """The admin as who lets people in sees it."""
    client = Client()
    client.force_login(person("security", Role.SECURITY_ADMINISTRATOR, institution))
    return client


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_an_administrator_opens_every_table_for_few_statements(at_admin, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST):
        assert at_admin.get(address(model)).status_code == 200
    row = admin.site._registry[model].get_queryset(at_admin.get(address(model)).wsgi_request).first()
    assert at_admin.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_nothing_is_deleted(at_admin, model):
    assert at_admin.get(address(model, "delete", 1)).status_code in {302, 403}
    assert admin.site._registry[model].has_delete_permission(None) is False


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_a_handler_changes_no_configuration(client, handler, model):
    client.force_login(handler)
    assert client.get(address(model, "add")).status_code == 403


def test_a_change_of_configuration_is_on_record(at_admin, administrator, branch):
    sent = {"name": "上海分行营业部", "kind": "branch", "parent": branch.parent_id, "receiver": "", "substitute": ""}
    assert at_admin.post(address(Unit, "change", branch.pk), sent).status_code == 302
    record = AuditRow.objects.get(actor=administrator)
    assert (record.actor, record.verb, record.subject) == (administrator, "configure", f"unit:{branch.pk}")
    assert record.details["now"] == {"name": "上海分行营业部", "receiver": None}


def test_a_new_unit_stands_in_the_tree(at_admin, branch):
    sent = {"name": "静安支行", "code": "SH-JA", "kind": "sub_branch", "parent": branch.pk, "region": ""}
    assert at_admin.post(address(Unit, "add"), sent).status_code == 302
    unit = Unit.objects.get(code="SH-JA")
    assert (unit.path, unit.legal_entity_id) == (f"{branch.path}{unit.pk}/", branch.legal_entity_id)


def test_a_new_person_must_change_the_password_first(at_people, client, branch):
    empty = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    sent = {"username": "newcomer", "display_name": "新人", "email": "", **empty}
    issue = at_people.post(address(User, "add"), sent).url
    user = User.objects.get(username="newcomer")
    assert (user.is_staff, user.must_change_password, user.has_usable_password()) == (True, True, False)
    password = at_people.post(issue).context["password"]
    hold(user, Role.HANDLER, branch)
    client.logout()
    assert client.post(reverse("admin:login"), {"username": "newcomer", "password": password}).status_code == 302
    assert client.get("/desk/").url == reverse("admin:password_change")
    changed = {"old_password": password, "new_password1": "another 51 good one", "new_password2": "another 51 good one"}
    assert client.post(reverse("admin:password_change"), changed).status_code == 302
    assert client.get("/desk/").status_code == 200


def test_what_belongs_to_another_legal_entity_is_not_there(at_admin):
    elsewhere = create_entity("elsewhere", name="另一法人", root="ELSE", root_name="外部总部")
    create_team(elsewhere, "外部组")
    outsider = person("outsider", Role.HANDLER, elsewhere)
    for model, word in ((Unit, "外部总部"), (Team, "外部组"), (User, "outsider"), (Membership, "Outsider")):
        assert word not in at_admin.get(address(model)).content.decode().partition("result_list")[2], model
    assert at_admin.get(address(User, "change", outsider.pk)).status_code == 302


def test_service_accounts_are_not_people(at_admin):
    page = at_admin.get(address(User)).content.decode()
    assert "client:hotline" not in page
    assert ApiClient.objects.get().name in at_admin.get(address(ApiClient)).content.decode()


def test_everybody_sees_their_own_notices_only(client, owned, handler, lead):
    ownership.transfer(owned.reference, actor=handler, at=NOON, to="lead", reason="请接手")
    told = Notice.objects.filter(to_user=lead).first()
    client.force_login(handler)
    assert str(told.pk) not in {str(row.pk) for row in client.get(address(Notice)).context["cl"].result_list}
    client.force_login(lead)
    assert told in client.get(address(Notice)).context["cl"].result_list


def test_the_audit_log_opens_for_the_auditor_alone(client, auditor, handler):
    client.force_login(auditor)
    assert client.get(address(AuditRow)).status_code == 200
    client.force_login(handler)
    assert client.get(address(AuditRow)).status_code == 403


def test_counting_stops_at_the_cap(db, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "CAP", 2)
    User.objects.bulk_create(User(username=f"u{number}") for number in range(5))
    assert CappedPaginator(User.objects.order_by("pk"), 10).count == 2
