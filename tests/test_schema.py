"""The OpenAPI document is complete and says what integrations rely on."""

from io import StringIO

import pytest
import yaml
from django.core.management import call_command

from complaints.api.cases import CaseListView, VerbView
from complaints.api.codes import CodesView
from complaints.api.intake import FeedbackView
from complaints.models import State
from complaints.verbs import VERBS
from feedback.channels import intakes
from sqm_site.fields import Input


@pytest.fixture(scope="module")
def schema() -> dict:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/feedback/",
        "/api/v1/cases/",
        "/api/v1/cases/{reference}/",
        "/api/v1/cases/{reference}/timeline/",
        "/api/v1/cases/{reference}/clocks/",
        "/api/v1/cases/{reference}/stays/",
        "/api/v1/codes/",
        "/api/v1/codes/{dimension}/",
        "/api/v1/cases/{reference}/chase/",
        "/api/v1/kpis/",
        "/api/v1/kpis/{key}/",
        "/api/v1/sla/report/",
        "/api/v1/sla/due/",
    ],
)
def test_every_contract_has_its_path(schema, path):
    assert path in schema["paths"]


def test_intake_documents_its_fields(schema):
    fields = schema["components"]["schemas"]["FeedbackInput"]["properties"]
    assert {"channel", "external_id", "customer", "text", "occurred_at", "scores", "metadata"} <= set(fields)
    assert {"channel", "external_id"} <= set(schema["components"]["schemas"]["FeedbackInput"]["required"])


def test_the_key_is_how_programs_enter(schema):
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


OPERATIONS = {"post_feedback", "list_codes", "read_codes", "list_cases", "read_case", "list_events", "list_clocks"} | {
    "list_stays", "post_attachment", "read_attachment", "read_attachment_content", "list_attachments",
    "list_kpis", "read_kpi", "list_kpi_cases", "read_sla_report", "list_due"
}  # fmt: skip
PROBLEM = "application/problem+json"


def operations(schema: dict) -> dict[str, dict]:
    return {
        one["operationId"]: {**one, "method": method}
        for path in schema["paths"].values()
        for method, one in path.items()
    }


def resolved(schema: dict, part: dict) -> dict:
    """What a reference within the document leads to."""
    while "$ref" in part:
        found = schema
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def test_names_of_operations_stay(schema):
    """S22: a client is generated from them; a name that changes breaks it."""
    assert set(operations(schema)) == OPERATIONS | set(VERBS)


def test_every_refusal_is_declared_with_its_document(schema):
    """S22: a generated client gave None for 409, 429 and 503, and the complaint was lost."""
    for name, one in operations(schema).items():
        statuses = {int(status) for status in one["responses"]}
        assert {400, 401, 403, 406, 429, 500, 503} <= statuses, name
        if one["method"] == "post":
            assert {408, 409, 411, 413, 415, 422} <= statuses, name
        for status, response in one["responses"].items():
            if int(status) >= 400:
                content = resolved(schema, response)["content"]
                assert list(content) == [PROBLEM] and content[PROBLEM]["schema"]["$ref"].endswith("/Problem")


def test_headers_are_declared(schema):
    """S22"""
    for name, one in operations(schema).items():
        asked = {parameter["name"] for parameter in one["parameters"]}
        given = {status: resolved(schema, response)["headers"] for status, response in one["responses"].items()}
        assert all("X-Request-Id" in headers for headers in given.values())
        assert all("Retry-After" in given[status] for status in ("429", "503")), name
        assert ("Idempotency-Key" in asked) == (one["method"] == "post"), name
        if name in VERBS:
            assert "If-Match" in asked and {"ETag", "Idempotent-Replayed"} <= given["200"].keys()


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_verb_has_its_address_and_its_form(schema, verb):
    """S22: the body of every verb was an object of anything."""
    operation = schema["paths"][f"/api/v1/cases/{{reference}}/{verb.name}/"]["post"]
    fields = verb.form().fields
    if not fields:
        assert "requestBody" not in operation
        return
    form = resolved(schema, operation["requestBody"]["content"]["application/json"]["schema"])
    assert set(form["properties"]) == set(fields) and form["additionalProperties"] is False
    required = {name for name, field in fields.items() if field.required}
    assert set(form.get("required", [])) == required and operation["requestBody"].get("required", False) == bool(
        required
    )


def test_closed_lists_and_lengths_are_declared(schema):
    """S22"""
    parts = schema["components"]["schemas"]
    assert set(parts["StateEnum"]["enum"]) == set(State)
    message = parts["FeedbackInput"]["properties"]
    assert resolved(schema, message["channel"])["enum"] == sorted(intakes())
    assert (message["external_id"]["minLength"], message["external_id"]["maxLength"]) == (1, 128)
    assert message["occurred_at"]["format"] == "date-time"


def test_what_we_say_to_ourselves_is_not_in_it(schema):
    """S22: docstrings of forms and doors stood there as descriptions."""
    said = [one["description"] for one in operations(schema).values()]
    said += [part.get("description", "") for part in schema["components"]["schemas"].values()]
    docs = {
        " ".join((kind.__doc__ or "-").split()) for kind in (Input, VerbView, FeedbackView, CaseListView, CodesView)
    }
    assert docs.isdisjoint({" ".join(one.split()) for one in said}) and all(
        one["description"] for one in operations(schema).values()
    )
