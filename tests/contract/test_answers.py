"""S20, S21: what an integration builds on: one offset, ETags, repeats, causes, and names instead of ids."""

import json
import re

import pytest
from django.test import Client

from complaints.models import Case
from complaints.verbs import answering
from feedback.models import Survey
from organization import authentication
from organization.models import ApiClient, StoredAnswer
from organization.services import create_client
from tests.cases import TOLD, Post, body
from tests.people import NOON

CASES = "/api/v1/cases/"
MOMENT = re.compile(r'"\d{4}-\d\d-\d\dT[^"]*"')


@pytest.fixture
def at_work(handler) -> Client:
    client = Client()
    client.force_login(handler, backend="organization.backends.RoleBackend")
    return client


def use(client, reference, verb, given=None, **headers):
    return client.post(f"{CASES}{reference}/{verb}/", json.dumps(given or {}), "application/json", headers=headers)


def test_every_time_of_every_answer_stands_in_one_offset(post, at_work, owned, handler):
    """S21: `due_at` came as 15:59:59+00:00 where the documents show 23:59:59+08:00."""
    sent = body()
    answers = [post(sent), post(sent), use(at_work, owned.reference, "note", {"text": "x"})]
    of_case = ("", "timeline/", "clocks/", "stays/")
    paths = ("", *(f"{owned.reference}/{part}" for part in of_case))
    answers += [at_work.get(f"{CASES}{path}") for path in paths] + [at_work.get("/api/v1/sla/due/?hours=744")]
    for answer in answers:
        assert answer.status_code in {200, 201}, answer.content
        moments = MOMENT.findall(answer.content.decode())
        assert moments and all(moment.endswith('+08:00"') for moment in moments), answer.content


def test_a_verb_answers_with_the_etag_that_the_next_one_needs(at_work, owned):
    """S21"""
    first = use(at_work, owned.reference, "set_level", {"level": "important", "reason": "r"})
    second = use(
        at_work, owned.reference, "set_level", {"level": "major", "reason": "r"}, **{"If-Match": first["ETag"]}
    )
    assert second.status_code == 200, second.content
    assert second["ETag"] != first["ETag"] == f'"{first.json()["version"]}"'
    assert at_work.get(f"{CASES}{owned.reference}/")["ETag"] == second["ETag"]


def test_a_receipt_names_the_address_of_its_case(post):
    answer = post(body())
    address = f"{CASES}{answer.json()['reference']}/"
    assert answer["Location"] == address
    assert post.client.get(address, headers={"Authorization": f"Bearer {post.key}"}).status_code == 200


def cause_of(answer):
    assert answer.status_code == 403, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_one_403_is_told_from_another(post, integration, branch, at_work, other_branch, owned, colleague):
    """S21: another channel, unit or scope were one and the same refusal."""
    _narrow, key = create_client("narrow", channels=["phone"], unit=branch, scopes=["feedback:write"], at=NOON)
    narrow = Post(key)
    assert cause_of(narrow(body(channel="app"))) == [("channel", "channel")]
    assert cause_of(post(body(unit="BJ"))) == [("unit", "unit")]
    assert cause_of(narrow({"text": "x"}, f"{CASES}{owned.reference}/chase/")) == [("", "scope")]
    assert cause_of(narrow.client.get("/api/v1/kpis/", headers={"Authorization": f"Bearer {key}"})) == [("", "scope")]
    assert cause_of(at_work.post("/api/v1/feedback/", json.dumps(body()), "application/json")) == [("", "client-only")]
    at_work.force_login(colleague, backend="organization.backends.RoleBackend")
    assert cause_of(use(at_work, owned.reference, "acknowledge", {"method": "PHONE"})) == [("", "role")]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(colleague, backend="organization.backends.RoleBackend")
    assert cause_of(use(strict, owned.reference, "note", {"text": "x"})) == [("", "csrf")]


def test_the_timeline_says_names_where_the_event_holds_ids(at_work, owned, handler, supervisor, client_and_key):
    """S21"""
    at_work.force_login(supervisor, backend="organization.backends.RoleBackend")
    assert use(at_work, owned.reference, "assign", {"to": "handler", "unit": "SH"}).status_code == 200
    events = {row["verb"]: row for row in at_work.get(f"{CASES}{owned.reference}/timeline/").json()["results"]}
    assert events["take_in"]["details"]["owner"] == "receiver"
    assert events["take_next"]["details"]["from"] == "receiver"
    assert (events["assign"]["details"]["unit"], events["assign"]["details"]["to"]) == ("SH", "handler")


def test_a_longer_timeline_takes_as_many_queries(at_work, owned, django_assert_max_num_queries):
    for _ in range(15):
        use(at_work, owned.reference, "escalate", {"reason": "r"})
    with django_assert_max_num_queries(9):
        assert len(at_work.get(f"{CASES}{owned.reference}/timeline/").json()["results"]) > 15


def test_a_key_of_a_person_is_honoured(at_work, owned):
    """S20: it was ignored, and a note sent twice stood twice."""
    answers = [use(at_work, owned.reference, "note", {"text": "x"}, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].content == answers[1].content and answers[1]["Idempotent-Replayed"] == "true"
    assert answers[0]["ETag"] == answers[1]["ETag"]
    assert Case.objects.get().texts.filter(kind="note").count() == 1


def test_a_replay_with_another_if_match_is_another_request(at_work, owned):
    """S20"""
    seen = at_work.get(f"{CASES}{owned.reference}/")["ETag"]
    given = {"level": "important", "reason": "r"}
    first = use(at_work, owned.reference, "set_level", given, **{"Idempotency-Key": "k", "If-Match": seen})
    other = use(at_work, owned.reference, "set_level", given, **{"Idempotency-Key": "k", "If-Match": '"99"'})
    assert (first.status_code, other.status_code, other.json()["code"]) == (200, 422, "key-reused")


def test_neither_keys_nor_links_lie_in_the_database(post, decided, handler):
    """S20"""
    post(body(), **{"Idempotency-Key": "13800138000"})
    answering.notify(decided.reference, actor=handler, **TOLD)
    kept = f"{StoredAnswer.objects.values().get()}{Survey.objects.values().get()}"
    assert "13800138000" not in kept.replace(str(StoredAnswer.objects.get().body), "")
    assert len(Survey.objects.get().token_digest) == 64 and "'token'" not in kept


def test_a_revoked_scope_says_which(post, integration):
    ApiClient.objects.filter(pk=integration.pk).update(scopes=[])
    authentication.SEEN.forget()
    answer = post(body())
    assert answer.status_code == 403 and "feedback:write" in answer.json()["errors"][0]["detail"]
