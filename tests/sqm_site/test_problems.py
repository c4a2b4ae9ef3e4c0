"""Whatever goes wrong, the API answers with one kind of document."""

import json

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import RequestFactory

from sqm_site import api

pytestmark = [pytest.mark.urls("tests.sqm_site.urls"), pytest.mark.usefixtures("english")]
MEMBERS = {"type", "title", "status", "code", "detail", "errors", "request_id"}


@pytest.fixture
def answer(client):
    client.raise_request_exception = False
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    def get(path, method="get", **headers):
        response = getattr(client, method)(path, **headers)
        assert response["Content-Type"] == "application/problem+json"
        document = json.loads(response.content)
        assert set(document) >= MEMBERS
        assert document["status"] == response.status_code
        assert document["type"] == f"urn:sqm:problem:{document['code']}"
        assert document["request_id"] == response["X-Request-Id"]
        return response, document

    return get


def test_a_rule_that_says_no_is_told_with_its_facts(answer):
    response, document = answer("/api/raise/domain/")
    assert (response.status_code, document["code"]) == (409, "wrong_status")
    assert document["detail"] == "Cannot close a case that is received."
    assert document["verb"] == "close"
    assert document["status"] == 409  # a fact never replaces a standard member


def test_bad_fields_are_named_by_their_path(answer):
    _, document = answer("/api/raise/validation/")
    assert document["code"] == "validation"
    assert [(row["field"], row["code"]) for row in document["errors"]] == [
        ("customer.phone", "invalid"),
        ("files.1.name", "invalid"),
    ]
    _, document = answer("/api/raise/invalid/")
    assert document["errors"] == [{"field": "phone", "code": "invalid", "detail": "Give a phone number."}]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/raise/http404/", 404, "not-found"),
        ("/api/raise/denied/", 403, "forbidden"),
        ("/api/raise/throttled/", 429, "rate-limited"),
        ("/api/raise/unavailable/", 503, "unavailable"),
        ("/api/raise/bug/", 500, "internal"),
        ("/api/raise/other/", 500, "internal"),
        ("/api/nowhere/", 404, "not-found"),
        ("/api/plain/http404/", 404, "not-found"),
        ("/api/plain/denied/", 403, "forbidden"),
        ("/api/plain/bug/", 500, "internal"),
        ("/api/plain/away/", 503, "unavailable"),
    ],
)
def test_each_refusal_has_its_status_and_code(answer, path, status, code):
    response, document = answer(path)
    assert (response.status_code, document["code"]) == (status, code)


def test_a_wrong_method_and_a_wrong_accept_are_told(answer):
    response, document = answer("/api/echo/", "put")
    assert (response.status_code, document["code"]) == (405, "method")
    assert "POST" in response["Allow"]
    response, document = answer("/api/raise/domain/", headers={"Accept": "text/html"})
    assert (response.status_code, document["code"]) == (406, "not-acceptable")


def test_a_view_that_says_why_is_heard(answer):
    assert answer("/api/raise/scope/")[1]["detail"] == "This key lacks the scope cases:read."
    assert answer("/api/raise/forbidden/")[1]["detail"].startswith("You may not do this.")


def test_no_answer_repeats_what_an_unexpected_error_says(answer):
    response, _ = answer("/api/raise/bug/")
    assert b"13800138000" not in response.content


def test_waiting_times_are_told(answer):
    assert answer("/api/raise/throttled/")[0]["Retry-After"] == "7"
    assert answer("/api/raise/unavailable/")[0]["Retry-After"] == "5"


@pytest.mark.parametrize("kind", ["away", "locked", "slow"])
def test_a_program_that_posts_hears_to_try_again(answer, kind):
    response, document = answer(f"/api/raise/{kind}/")
    assert (response.status_code, document["code"]) == (503, "unavailable")
    assert int(response["Retry-After"]) >= 1


def test_a_case_somebody_else_holds_is_told_as_such(answer):
    response, document = answer("/api/cases/C1/raise/locked/")
    assert (response.status_code, document["code"]) == (409, "in-progress")
    assert response["Retry-After"] == "1"
    assert answer("/api/cases/C1/raise/away/")[0].status_code == 503


def test_what_django_refuses_before_a_view_is_a_document_too():
    request = RequestFactory().get("/api/echo/")
    assert api.handler400(request, SuspiciousOperation()).status_code == 400
    assert api.handler400(request, RequestDataTooBig()).status_code == 413


@pytest.mark.parametrize(("kind", "status"), [("http404", 404), ("denied", 403), ("bug", 500), ("away", 503)])
def test_pages_answer_in_html(client, kind, status):
    client.raise_request_exception = False
    response = client.get(f"/page/{kind}/")
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert ("Retry-After" in response) is (status == 503)


def test_a_fact_may_be_any_object():
    response = api.problem(409, "conflict", "No.", thing=object, code="mine")
    document = json.loads(response.content)
    assert document["code"] == "conflict"
    assert "class 'object'" in document["thing"]
