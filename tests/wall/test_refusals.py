"""What was refused for want of a right is on record, once a person and day, and nobody fills the record with it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models import Case
from organization.models import User
from security.models import AuditRow
from tests.cases import taken


@pytest.fixture
def owned(integration, handler) -> Case:
    case = taken(integration)
    Case.objects.filter(pk=case.pk).update(owner=handler, state="in_progress")
    return case


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def refused() -> list[tuple[str, str, dict[str, Any]]]:
    rows = AuditRow.objects.filter(verb="refused").order_by("pk")
    return list(rows.values_list("actor__username", "subject", "details"))


def test_a_verb_refused_at_the_desk_is_on_record(owned, colleague):
    """S14: a refused act left no trace."""
    client, case = browser(colleague), f"case:{owned.reference}"
    for _time in range(3):
        address = reverse("desk:verb", args=[owned.reference, "transfer"])
        sent = {"to": "colleague", "reason": "gib"}
        assert client.post(address, sent, headers={"HX-Request": "true"}).status_code == 403
    assert client.get(reverse("desk:reveal", args=[owned.reference])).status_code == 403
    verb, reveal = refused()
    assert verb[:2] == reveal[:2] == ("colleague", case)
    route = "desk/cases/<str:reference>/<slug:name>/"
    assert verb[2] == {"route": route, "method": "POST", "verb": "transfer", "code": "forbidden"}
    assert (reveal[2]["verb"], reveal[2]["method"]) == ("reveal", "GET")


@pytest.mark.parametrize("key", ["", "once-1"], ids=["plain", "idempotent"])
def test_a_verb_refused_by_the_api_is_on_record(key, owned, colleague):
    """The act is rolled back, the record of its refusal is not."""
    address = f"/api/v1/cases/{owned.reference}/transfer/"
    headers = {"Idempotency-Key": key} if key else {}
    for _time in range(2):
        body = {"to": "colleague", "reason": "gib"}
        answer = browser(colleague).post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == 403
    (row,) = refused()
    assert row[:2] == ("colleague", f"case:{owned.reference}")
    route = "api/v1/cases/<str:reference>/transfer/"
    assert row[2] == {"route": route, "method": "POST", "verb": "transfer", "code": "forbidden"}


def test_a_program_without_the_scope_is_on_record(integration, client_and_key):
    api, key = client_and_key
    api.scopes = ["feedback:write"]
    api.save()
    assert Client().get("/api/v1/cases/", headers={"Authorization": f"Bearer {key}"}).status_code == 403
    assert refused() == [("client:hotline", "page:api/v1/cases/", {"route": "api/v1/cases/", "method": "GET"})]


def test_a_page_of_the_admin_that_is_refused_is_on_record(handler, branch):
    client = browser(handler)
    for number in range(5):
        address = f"/admin/organization/unit/{branch.pk + 1000 * number}/change/"
        assert client.post(address, {"name": "x"}).status_code in {302, 403}
    assert client.get("/admin/organization/apiclient/").status_code == 403
    rows = refused()
    assert {row[0] for row in rows} == {"handler"}
    assert ("handler", "page:admin/organization/apiclient/", rows[-1][2]) == rows[-1]
    assert len(rows) <= 2, "one for a route, whatever row of it was asked for"


def test_nobody_fills_the_record_with_what_they_make_up(integration, auditor, institution):
    """References, rows, queries and methods of one's own make no rows: what stands in one is from closed lists."""
    keeper = browser(User.objects.create(username="nobody", legal_entity=institution.legal_entity, is_staff=True))
    keeper.handler.enforce_csrf_checks = True
    for number in range(30):
        keeper.get(f"/desk/cases/C261123-{number:07d}-0/?x={number}")
        keeper.get(f"/api/v1/cases/13800138000{number}/")
        keeper.generic(f"METHOD{number}", f"/desk/cases/13800138000{number}/note/")
    rows = refused()
    assert 0 < len(rows) <= 4
    assert "138001" not in str(rows)


def test_a_stranger_leaves_no_row(db, client):
    client.handler.enforce_csrf_checks = True
    assert client.post("/admin/login/", {"username": "x"}).status_code == 403
    assert refused() == []
