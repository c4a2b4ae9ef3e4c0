"""S19: what a careless or hostile sender puts on the wire is refused with a sentence, and never an error of ours."""

import pytest
from django.conf import settings
from django.test import Client

from complaints.models import Case
from tests.cases import body

FEEDBACK, CASES = "/api/v1/feedback/", "/api/v1/cases/"


@pytest.fixture
def desk(handler) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(handler, backend="organization.backends.RoleBackend")
    return client


@pytest.mark.parametrize("tag", ["²", '"²"', "٣", '"' + "9" * 4_301 + '"', "", "*", '"-1"', '"1_0"', "7", 'W/"7"'])
def test_an_if_match_that_is_no_etag_of_ours_is_400(desk, owned, tag):
    """S19"""
    answer = desk.post(f"{CASES}{owned.reference}/start/", "{}", "application/json", headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "If-Match"), answer.content


@pytest.mark.parametrize("day", ["1995-06-01", "1999-12-31"])
def test_a_day_before_every_rule_is_400_and_names_the_field(post, day):
    """S19: it was 503, which says: send the same again, for ever."""
    answer = post(body(occurred_at=f"{day}T09:00:00+08:00"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "occurred_at"), answer.content
    assert not Case.objects.exists()


FIELDS = [
    ("version", "²"),
    ("version", "9" * 4_301),
    ("version", "٣"),
    ("told_at", "2026-02-30T10:00"),
    ("told_at", "0000-00-00T00:00"),
    ("approval", "9" * 4_301),
    ("grant", "\ud800".encode("utf-8", "surrogatepass")),
]


@pytest.mark.parametrize("verb", ["notify", "decide_approval", "note"])
@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_a_field_of_a_dialog_that_is_no_number_or_day_is_said_there(desk, owned, verb, name, value):
    """S19"""
    answer = desk.post(f"/desk/cases/{owned.reference}/{verb}/", {name: value})
    assert answer.status_code in {302, 400, 403, 409, 412, 422}, answer.content


@pytest.mark.parametrize("number", ["9" * 19, "9" * 4_301, "²", "٣", "-1"])
def test_a_notice_that_cannot_be_is_none_to_be_read(desk, number):
    """S19"""
    assert desk.post("/desk/notices/read/", {"notice": [number]}).status_code == 302


NUL = [
    ("get", "/desk/cases/?q=%00", {}),
    ("get", "/desk/cases/?%00=1", {}),
    ("get", "/quality/cases/?kpi=%00", {}),
    ("get", "/admin/login/?next=%00", {}),
    ("get", "/survey/a%00b/", {}),
    ("get", "/api/v1/cases/?q=%00", {}),
    ("get", "/api/v1/cases/%00/", {}),
    ("post", "/admin/login/", {"data": {"username": "a\x00b", "password": "x"}}),
    ("post", "/desk/register/", {"data": {"words": "a\x00b"}}),
    ("post", "/desk/register/", {"data": {"a\x00b": "1"}}),
    ("get", "/desk/cases/", {"headers": {"X-Request-Id": "a\x00b"}}),
    ("get", "/api/v1/cases/", {"headers": {"Authorization": "Bearer sqm_\x00"}}),
]


@pytest.mark.parametrize(("method", "path", "sent"), NUL)
def test_nul_is_refused_in_every_address_header_and_form(desk, method, path, sent):
    """S19"""
    assert getattr(desk, method)(path, **sent).status_code in {400, 404}


def test_nul_written_into_a_cookie_is_refused(institution):
    """S19"""
    client = Client(raise_request_exception=False, headers={"Cookie": f'{settings.SESSION_COOKIE_NAME}="\\000"'})
    assert client.get("/desk/").status_code == 400


@pytest.mark.parametrize("cookie", ["a" * 5_000, "²", '"\\377"', "=;;=", "sessionid", "\xff"])
def test_a_session_that_is_none_is_nobody(institution, cookie):
    """S19"""
    client = Client(raise_request_exception=False, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize("cursor", ["", "²", "a:b:c", "9" * 5_000, "%ff"])
def test_a_cursor_that_is_none_of_ours_is_400(desk, cursor):
    """S19"""
    assert desk.get(f"{CASES}?cursor={cursor}").status_code == 400


@pytest.mark.parametrize(("method", "target"), [("OPTIONS", "*"), ("CONNECT", "host:443"), ("GET", "http://x/")])
def test_a_target_that_is_no_path_is_400(institution, method, target):
    """S19"""
    answer = Client(raise_request_exception=False).generic(method, "/", PATH_INFO=target)
    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "PROPFIND", "OPTIONS"])
def test_other_methods_are_answered(institution, method):
    """S19"""
    client = Client(raise_request_exception=False)
    assert client.generic(method, CASES).status_code in {401, 405}
    assert client.generic(method, "/desk/").status_code < 500


@pytest.mark.parametrize("length", ["²", "9" * 4_301, "-5", "1_0"])
def test_a_length_that_is_none_is_not_believed(post, length):
    """S19"""
    client = Client(raise_request_exception=False)
    answer = client.generic("POST", FEEDBACK, "{}", "application/json", CONTENT_LENGTH=length)
    assert answer.status_code in {400, 401}
