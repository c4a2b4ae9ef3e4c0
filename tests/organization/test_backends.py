"""What Django's admin may show to whom, answered from the roles."""

import pytest
from django.contrib.auth.models import AnonymousUser

from organization.backends import RoleBackend
from organization.models import Role, User
from tests.people import hold, person

WORKERS = [Role.HANDLER, Role.TEAM_LEAD, Role.SUPERVISOR, Role.DISPATCHER, Role.APPROVER, Role.UNIT_HEAD]
READERS = [*WORKERS, Role.LINE_MANAGER, Role.CONSUMER_PROTECTION, Role.QUALITY_ANALYST, Role.COMPLIANCE_AUDITOR]


def may(user: User, *permissions: str) -> set[str]:
    return {permission for permission in permissions if user.has_perm(permission)}


@pytest.mark.parametrize("role", READERS)
def test_who_works_with_cases_looks_at_them_and_changes_nothing_here(role, branch):
    user = person("somebody", role, branch)
    asked = ["complaints.view_case", "complaints.change_case", "complaints.add_case", "organization.view_user"]
    assert may(user, *asked) == {"complaints.view_case"}
    assert user.has_module_perms("complaints")
    assert not user.has_module_perms("organization")


@pytest.mark.parametrize(
    ("role", "kept", "looked_at"),
    [
        (
            Role.SYSTEM_ADMINISTRATOR,
            {"organization.change_unit", "organization.add_team", "sla.change_policy", "complaints.change_code"},
            {"organization.view_user", "sla.view_calendar"},
        ),
        (
            Role.SECURITY_ADMINISTRATOR,
            {"organization.add_user", "organization.change_membership", "organization.change_apiclient"},
            {"organization.view_unit"},
        ),
        (
            Role.GROUP_ADMINISTRATOR,
            {"sla.change_policy", "complaints.change_code", "organization.add_legalentity"},
            set(),
        ),
    ],
)
def test_an_administrator_keeps_a_part_of_the_configuration_and_reads_no_case(role, kept, looked_at, institution):
    user = person("keeper", role, institution)
    asked = {
        "organization.change_unit", "organization.add_team", "sla.change_policy", "complaints.change_code",
        "organization.add_user", "organization.change_membership", "organization.change_apiclient",
        "organization.add_legalentity", "complaints.view_case", "feedback.view_customer", "feedback.view_notice",
        "security.view_auditrow", "organization.delete_user", "quality.view_cell",
    }  # fmt: skip
    assert may(user, *asked, *looked_at) == kept | looked_at


def test_only_an_auditor_reads_the_audit_log(auditor, handler):
    assert may(auditor, "security.view_auditrow", "security.change_auditrow") == {"security.view_auditrow"}
    assert auditor.has_module_perms("security")
    assert not handler.has_module_perms("security")


def test_two_roles_open_the_rooms_of_both(handler, institution):
    hold(handler, Role.SYSTEM_ADMINISTRATOR, institution)
    both = User.objects.get(pk=handler.pk)
    assert all(both.has_module_perms(room) for room in ("organization", "sla", "complaints", "quality"))


def test_nobody_opens_customers_as_a_table(handler, auditor):
    assert not may(handler, "feedback.view_customer")
    assert not may(auditor, "feedback.view_customer")


@pytest.mark.parametrize("state", ["without a role", "disabled", "a program"])
def test_others_see_no_page_at_all(state, handler, institution):
    user = User.objects.create(username="nobody") if state == "without a role" else handler
    if state == "disabled":
        user.is_active = False
    if state == "a program":
        user = person("program", Role.INTEGRATION, institution)
    assert not user.has_perm("complaints.view_case")
    assert not RoleBackend().has_module_perms(user, "organization")
    assert not RoleBackend().has_module_perms(user, "security")


def test_asking_often_reads_the_memberships_once(handler, django_assert_num_queries):
    user = User.objects.get(pk=handler.pk)
    with django_assert_num_queries(1):
        for model in ("case", "contact", "decision"):
            RoleBackend().has_perm(user, f"complaints.view_{model}")
        RoleBackend().has_module_perms(user, "complaints")


def test_whoever_has_not_signed_in_may_nothing():
    assert RoleBackend().has_perm(AnonymousUser(), "complaints.view_case") is False
