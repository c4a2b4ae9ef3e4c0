"""Whoever opens a case stands on record, at every door that shows one."""

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models import Case
from organization.models import ApiClient, User
from security import reads
from security.models import AuditRow, Opening

DOORS = ["case", "case-timeline", "case-clocks"]


def opened() -> list[tuple[str, str]]:
    reads.record_openings()
    return list(AuditRow.objects.filter(verb="read").order_by("pk").values_list("actor__username", "subject"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


@pytest.mark.parametrize("name", ["desk:case", *DOORS])
def test_a_person_who_opens_a_case_stands_on_record_once_a_day(name, owned, handler):
    """S14, B32: nobody could say who had looked at a case."""
    client = signed_in(handler)
    for _time in range(3):
        assert client.get(reverse(name, args=[owned.reference])).status_code == 200
    assert opened() == [("handler", f"case:{owned.reference}")]


@pytest.mark.parametrize("name", ["note", "reveal"])
def test_a_dialog_shows_the_case_too(name, owned, handler, supervisor):
    assert signed_in(handler).get(f"/desk/cases/{owned.reference}/{name}/").status_code == 200
    assert opened() == [("handler", f"case:{owned.reference}")]


@pytest.mark.parametrize("name", DOORS)
def test_a_program_stands_on_record_once_a_month(name, owned, client_and_key):
    _api, key = client_and_key
    headers = {"Authorization": f"Bearer {key}"}
    assert Client().get(reverse(name, args=[owned.reference]), headers=headers).status_code == 200
    assert opened() == [("client:hotline", f"case:{owned.reference}")]
    assert Opening.objects.get().day.day == 1
    assert ApiClient.objects.get().user == Opening.objects.get().actor


@pytest.mark.parametrize("name", ["desk:case", *DOORS])
def test_what_does_not_exist_for_somebody_they_have_not_opened(name, owned, outsider):
    for reference in (owned.reference, "C261123-0000000-8", "nonsense"):
        assert signed_in(outsider).get(reverse(name, args=[reference])).status_code == 404
    assert opened() == []


def test_a_case_written_otherwise_is_the_same_case(owned, handler):
    client = signed_in(handler)
    for reference in (owned.reference, owned.reference.lower()):
        client.get(reverse("desk:case", args=[reference]))
    assert opened() == [("handler", f"case:{Case.objects.get().reference}")]
