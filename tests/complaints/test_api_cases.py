"""Reading cases and using verbs over REST: scope, order of refusals, ETag, keyset pages."""

import json

import pytest
from django.test import Client

from complaints.models import Case
from complaints.services import taking
from tests.cases import body, taken
from tests.people import NOON

CASES = "/api/v1/cases/"


def as_person(user) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def use(client, case, verb, given=None, **headers):
    return client.post(f"{CASES}{case.reference}/{verb}/", json.dumps(given or {}), "application/json", headers=headers)


def test_an_integration_reads_only_what_it_brought_in(post, integration, handler, branch):
    mine = post(body()).json()["reference"]
    listed = post.client.get(CASES, headers={"Authorization": f"Bearer {post.key}"}).json()
    assert [row["reference"] for row in listed["results"]] == [mine]
    Case.objects.update(brought_by=handler)
    listed = post.client.get(CASES, headers={"Authorization": f"Bearer {post.key}"}).json()
    assert listed["results"] == []


def test_the_single_case_says_what_may_be_done_and_why_not_the_rest(owned, handler):
    told = as_person(handler).get(f"{CASES}{owned.reference}/").json()
    assert {"acknowledge", "classify", "note", "transfer"} <= set(told["allowed_verbs"])
    assert told["why_not"]["notify"] and told["why_not"]["draft_decision"]
    assert "13800138000" not in json.dumps(told)


def test_a_verb_answers_with_the_case_as_it_is_now(owned, handler):
    answer = use(as_person(handler), owned, "note", {"text": "已致电。"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["reference"] == owned.reference


@pytest.mark.parametrize(
    ("verb", "given", "status", "code"),
    [
        ("notify", {"method": "PHONE", "evidence": "R", "text": "x"}, 409, "invalid-transition"),
        ("approve_decision", {}, 409, "invalid-transition"),
        ("draft_decision", "DECIDED", 422, "gate"),
        ("note", {"text": ""}, 400, "validation"),
        ("note", {"text": "x", "state": "closed"}, 400, "validation"),
        ("fly", {}, 404, "not-found"),
    ],
)
def test_refusals_are_problem_documents(owned, handler, verb, given, status, code):
    answer = use(as_person(handler), owned, verb, _decided() if given == "DECIDED" else given)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def _decided():
    return {
        "finding": "SUBSTANTIATED",
        "demand_met": "MET",
        "findings": "a",
        "basis": "b",
        "outcome": "c",
        "remedies": "d",
    }


def test_a_colleague_may_look_but_not_act(owned, colleague):
    client = as_person(colleague)
    assert client.get(f"{CASES}{owned.reference}/").status_code == 200
    assert use(client, owned, "acknowledge", {"method": "PHONE"}).status_code == 403


def test_a_stranger_finds_nothing(owned, outsider):
    client = as_person(outsider)
    assert client.get(f"{CASES}{owned.reference}/").status_code == 404
    assert use(client, owned, "note", {"text": "x"}).status_code == 404
    assert client.get(CASES).json()["results"] == []


def test_a_stale_write_is_412_and_loses_nothing(owned, handler):
    client = as_person(handler)
    seen = client.get(f"{CASES}{owned.reference}/")["ETag"]
    assert use(client, owned, "set_level", {"level": "important", "reason": "r"}).status_code == 200
    answer = use(client, owned, "set_level", {"level": "major", "reason": "r"}, **{"If-Match": seen})
    assert (answer.status_code, Case.objects.get().level) == (412, "important")


def test_notes_leave_the_etag_as_it_is(owned, handler):
    client = as_person(handler)
    seen = client.get(f"{CASES}{owned.reference}/")["ETag"]
    use(client, owned, "note", {"text": "x"})
    assert client.get(f"{CASES}{owned.reference}/")["ETag"] == seen


def test_pages_follow_the_cursor_without_loss_or_repeat(integration, handler):
    made = {taken(integration).reference for _ in range(7)}
    client, found, address = as_person(handler), [], f"{CASES}?page_size=3&ordering=next_due_at"
    while address:
        page = client.get(address).json()
        found += [row["reference"] for row in page["results"]]
        address = page["next"]
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize("query", ["page_size=100000", "foo=1", "state=nonsense", "cursor=abc", "ordering=secret"])
def test_a_query_nobody_offers_is_refused(handler, query):
    assert as_person(handler).get(f"{CASES}?{query}").status_code == 400


def test_search_finds_two_character_words(integration, handler):
    taken(integration, text="银行卡被盗刷三千元")
    other = taken(integration, text="网点空调太冷")
    client = as_person(handler)
    assert len(client.get(CASES, {"q": "盗刷"}).json()["results"]) == 1
    assert client.get(CASES, {"q": "空调"}).json()["results"][0]["reference"] == other.reference


def test_timeline_and_clocks_say_how_it_went(owned, handler):
    client = as_person(handler)
    timeline = client.get(f"{CASES}{owned.reference}/timeline/").json()["results"]
    assert [row["verb"] for row in timeline] == ["take_next", "take_in"]
    clocks = client.get(f"{CASES}{owned.reference}/clocks/").json()
    assert {row["kind"] for row in clocks} >= {"decision", "resolution"}
    assert all(row["provenance"] for row in clocks)


def test_the_list_takes_at_most_eight_queries(integration, handler, django_assert_max_num_queries):
    for _ in range(12):
        taken(integration)
    taking.take_next(actor=handler, at=NOON)
    client = as_person(handler)
    with django_assert_max_num_queries(8):
        assert len(client.get(CASES).json()["results"]) == 12


def test_without_a_key_the_answer_is_401_with_what_to_send(case):
    answer = Client().get(CASES)
    assert answer.status_code == 401
    assert "Bearer" in answer["WWW-Authenticate"]
