"""The first rows of an installation, and the warning that stays until a person reads what lands at the root."""

import pytest

from organization import checks
from organization.models import BusinessLine, LegalEntity, Unit, User
from organization.services import setup_organization
from tests.people import NOON, person


def warned() -> list[str]:
    return [message.id for message in checks.check_complaint_post(None, ["default"])]


def test_it_lays_down_one_institution_that_can_take_complaints(institution):
    assert (institution.code, institution.path) == ("HQ", f"/{institution.pk}/")
    assert LegalEntity.objects.get().code == "main"
    assert set(BusinessLine.objects.values_list("code", flat=True)) == {
        "deposits", "cards", "loans", "wealth", "insurance", "payments", "corporate", "electronic", "other",
    }  # fmt: skip


def test_nobody_logs_in_as_the_accounts_that_act_by_themselves(institution):
    for user in User.objects.filter(username__in=["system", "first-receiver"]):
        assert user.is_service
        assert not user.is_staff
        assert not user.has_usable_password()


def test_a_second_setup_changes_nothing_that_people_changed(institution, branch):
    head = person("head", "dispatcher", institution)
    Unit.objects.filter(pk=institution.pk).update(name="本行总部", receiver=head)
    BusinessLine.objects.filter(code="cards").update(name="信用卡")
    before = (list(Unit.objects.values()), list(BusinessLine.objects.values()), list(User.objects.values()))
    setup_organization(NOON)
    assert before == (list(Unit.objects.values()), list(BusinessLine.objects.values()), list(User.objects.values()))


@pytest.mark.parametrize("holder", ["the account", "nobody", "somebody disabled", "a person"])
def test_it_warns_until_a_person_holds_the_post_of_the_root(institution, holder):
    head = person("head", "dispatcher", institution)
    if holder != "the account":
        Unit.objects.filter(pk=institution.pk).update(receiver=None if holder == "nobody" else head)
    if holder == "somebody disabled":
        User.objects.filter(pk=head.pk).update(is_active=False)
    assert warned() == ([] if holder == "a person" else ["sqm.W101"])


def test_without_a_database_named_it_asks_nothing(institution, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(checks.check_complaint_post(None, None)) == []
