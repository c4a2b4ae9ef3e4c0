"""The pages of the organization: an administrator keeps everybody's roles but their own."""

import pytest
from django.test import Client
from django.urls import reverse

from organization.models import Membership, Role, User
from tests.people import person
from tests.seconding import seconded

SINCE = "2026-11-01"


@pytest.fixture
def keeper(institution) -> User:
    return person("keeper", Role.SECURITY_ADMINISTRATOR, institution)


@pytest.fixture
def pages(keeper) -> Client:
    client = Client()
    client.force_login(keeper, backend="organization.backends.RoleBackend")
    return client


def granted(pages: Client, user: User, unit, role: str = Role.SUPERVISOR) -> None:
    form = {"user": user.pk, "role": role, "unit": unit.pk, "valid_from": SINCE}
    pages.post(reverse("admin:organization_membership_add"), form)
    seconded()


def test_an_administrator_grants_a_role_to_others(pages, handler, branch):
    granted(pages, handler, branch)
    assert handler.memberships.filter(role=Role.SUPERVISOR).exists()


def test_nobody_grants_a_role_to_themselves(pages, keeper, branch):
    granted(pages, keeper, branch)
    assert list(keeper.memberships.values_list("role", flat=True)) == [Role.SECURITY_ADMINISTRATOR]


def test_nobody_changes_a_role_of_their_own(pages, keeper, branch):
    own = Membership.objects.get(user=keeper)
    page = reverse("admin:organization_membership_change", args=[own.pk])
    form = {"user": keeper.pk, "role": Role.HANDLER, "unit": branch.pk, "valid_from": SINCE}
    assert pages.get(page).status_code == 200
    assert pages.post(page, form).status_code == 403
    own.refresh_from_db()
    assert own.role == Role.SECURITY_ADMINISTRATOR


@pytest.mark.parametrize(("username", "grows"), [("handler", True), ("keeper", False)])
def test_the_page_of_a_person_shows_their_roles_and_nobody_adds_to_their_own(pages, handler, branch, username, grows):
    user = User.objects.get(username=username)
    rows = {"TOTAL_FORMS": 2, "INITIAL_FORMS": 1, "0-id": user.memberships.get().pk, "0-user": user.pk}
    for place, row in enumerate([user.memberships.get(), Membership(role=Role.SUPERVISOR, unit=branch)]):
        rows |= {f"{place}-role": row.role, f"{place}-unit": row.unit_id, f"{place}-valid_from": SINCE}
    form = {"username": user.username, "display_name": user.display_name, "is_active": "on"}
    form |= {f"memberships-{name}": value for name, value in rows.items()}
    pages.post(reverse("admin:organization_user_change", args=[user.pk]), form)
    seconded()
    assert user.memberships.filter(role=Role.SUPERVISOR).exists() is grows


def test_a_staff_number_is_one_persons_of_a_legal_entity(pages, handler, dispatcher):
    """Design 4: a staff number that a complaint gives settles by itself who is meant; so it is nobody else's."""
    rows = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    for user, taken in ((handler, True), (dispatcher, False)):
        form = {
            "username": user.username,
            "display_name": user.display_name,
            "staff_number": " 2026 0417",
            "is_active": "on",
        }
        page = pages.post(reverse("admin:organization_user_change", args=[user.pk]), form | rows)
        user.refresh_from_db()
        assert user.staff_number == ("20260417" if taken else "")
    assert "该工号已属于其他人。" in page.content.decode()
