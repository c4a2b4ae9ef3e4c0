"""The OpenAPI document is complete and says what integrations rely on."""

from io import StringIO

import pytest
import yaml
from django.core.management import call_command


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
        "/api/v1/cases/{reference}/{verb}/",
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
