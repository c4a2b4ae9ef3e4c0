"""The rules of the wire: refused before a view sees the request."""

import json

import pytest
import structlog
from django.conf import settings

pytestmark = [pytest.mark.urls("tests.sqm_site.urls"), pytest.mark.usefixtures("english")]
JSON = "application/json"


@pytest.fixture
def post(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    def send(path="/api/echo/", body=b'{"subject": "fee"}', content_type=JSON, **headers):
        return client.generic("POST", path, body, content_type, **headers)

    return send


def told(response):
    return response.status_code, json.loads(response.content)["code"]


def test_a_proper_request_passes(post):
    assert post().json() == {"subject": "fee"}
    assert post(content_type="application/json; charset=UTF-8").status_code == 200
    assert post(content_type='application/json;charset="utf-8"').status_code == 200


@pytest.mark.parametrize("charset", ["gbk", "utf-16", "foo", ""])
def test_other_encodings_are_refused(post, charset):
    response = post(body='{"subject": "费"}'.encode("gbk"), content_type=f"application/json; charset={charset}")
    assert told(response) == (415, "media-type")


@pytest.mark.parametrize("content_type", ["", "text/xml", "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused(post, content_type):
    assert told(post(content_type=content_type)) == (415, "media-type")


def test_compressed_bodies_are_refused(post):
    assert told(post(headers={"Content-Encoding": "gzip"})) == (415, "media-type")


def test_a_body_without_length_is_refused(post):
    assert told(post(headers={"Transfer-Encoding": "chunked"})) == (411, "length-required")


def test_an_announced_body_that_is_empty_is_refused(client):
    assert told(client.generic("POST", "/api/echo/", CONTENT_TYPE=JSON, CONTENT_LENGTH="0")) == (400, "malformed")
    assert told(client.generic("POST", "/api/echo/")) == (400, "validation")


def test_a_body_over_the_limit_of_its_address_is_refused(post):
    body = b'{"subject": "' + b"x" * settings.MAX_BODY_BYTES + b'"}'
    assert told(post(body=body)) == (413, "too-large")
    assert told(post("/api/bulk/", body)) == (400, "validation")
    assert told(post("/api/bulk/", body * 4)) == (413, "too-large")


def test_an_address_without_its_slash_loses_no_body(post):
    response = post("/api/echo")
    assert told(response) == (404, "not-found")
    assert "slash" in response.json()["detail"]


def test_nul_reaches_no_view(client):
    assert told(client.get("/api/beats/?search=%00")) == (400, "validation")
    assert told(client.get("/api/raise/%00/")) == (404, "not-found")
    assert client.get("/page/%00/").status_code == 404


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space 1", "编号编号编号编号", "line\tbreak1"])
def test_a_request_gets_its_own_id_when_the_given_one_is_odd(client, given):
    response = client.get("/track/", headers={"X-Request-Id": given})
    assert response["X-Request-Id"] != given
    assert len(response["X-Request-Id"]) == 32


def test_a_sane_id_is_kept_in_answer_and_log_context(client):
    response = client.get("/track/", headers={"X-Request-Id": "cti-2026.001"})
    assert response["X-Request-Id"] == "cti-2026.001"
    assert structlog.contextvars.get_contextvars() == {"request_id": "cti-2026.001"}


def test_each_kind_of_page_has_its_policy(client, post):
    admin, public, answer = client.get("/admin/"), client.get("/track/"), post()
    assert "script-src 'self' 'unsafe-eval'" in admin["Content-Security-Policy"]
    assert "unsafe" not in public["Content-Security-Policy"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    for response in (admin, public, answer):
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "no-store"
