"""登记: a person takes a complaint in, and settles a simple one in the same form."""

import pytest
from django.urls import reverse

from complaints.desk.shell import landing
from complaints.models import Case, State
from tests.cases import CLASSIFIED

REGISTER = "/desk/register/"
CALL = {
    "form": "1",
    "channel": "phone",
    "nature": "complaint",
    "phone": "13800138000",
    "name": "测试客户",
    "words": "短信费多扣了两元，请退回。",
}
SETTLED = {
    **CLASSIFIED,
    "finding": "SUBSTANTIATED",
    "demand_met": "MET",
    "method": "PHONE",
    "evidence": "REC-9",
    "text": "已当场退回。",
    "satisfaction": "satisfied",
    "settle": "1",
}


@pytest.fixture
def at_desk(client, handler, receiver):
    client.force_login(handler)
    return client


def test_a_registered_case_is_the_handlers_own(at_desk, handler):
    answer = at_desk.post(REGISTER, CALL)
    case = Case.objects.get()
    assert answer.url == reverse("desk:case", args=[case.reference])
    assert (case.owner, case.brought_by, case.state) == (handler, handler, State.IN_PROGRESS)
    assert case.customer.phone.masked == "138****8000"
    assert case.clocks.count() > 1


def test_a_simple_case_is_registered_and_settled_in_one_form(at_desk, handler):
    at_desk.post(REGISTER, {**CALL, **SETTLED})
    case = Case.objects.get()
    assert (case.state, case.current_round.settled, case.owner) == (State.NOTIFIED, True, handler)


def test_the_same_form_sent_twice_gives_one_case(at_desk):
    first = at_desk.post(REGISTER, CALL)
    second = at_desk.post(REGISTER, CALL)
    assert first.url == second.url
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"words": ""}, "words"), ({"phone": "12"}, "phone"), ({**SETTLED, "text": ""}, "text")],
)
def test_what_is_missing_is_said_and_nothing_is_stored(at_desk, sent, field):
    answer = at_desk.post(REGISTER, {**CALL, **sent})
    assert answer.status_code == 400
    shown = {one.name: one for one in [*answer.context["register"], *answer.context["settle"]]}
    assert shown[field].errors
    assert shown["name"].value == "测试客户"
    assert not Case.objects.exists()


def test_what_may_not_be_settled_is_not_registered_half(at_desk):
    answer = at_desk.post(REGISTER, {**CALL, **SETTLED, "redress": "9000"})
    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_whoever_takes_nothing_in_has_no_form(client, auditor):
    client.force_login(auditor)
    assert client.get(REGISTER).status_code == 403


def test_people_who_read_cases_land_on_their_queue(rf, handler, auditor):
    for person in (handler, auditor):
        request = rf.get("/admin/")
        request.user = person
        assert landing(request).url == reverse("desk:queue")
