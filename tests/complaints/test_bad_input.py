"""Bad input at intake, one row a case: the answer, and that nothing more is stored than the row says.

The names are the rows of the bad-input matrix this product was planned with (R01 ...).
"""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from complaints.models import Case, CaseEvent, Clock, Message
from feedback.models import Feedback
from organization import authentication, limits
from organization.models import ApiClient, StoredAnswer
from tests.cases import Post, body

PATH = "/api/v1/feedback/"
NOTHING, ONE = 0, 1


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Feedback, Case, Message, CaseEvent))


def text_of(text: str) -> dict:
    return body(text=text)


def nested(depth: int) -> bytes:
    return b'{"metadata":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


GBK = json.dumps(body(text="投诉"), ensure_ascii=False).encode("gbk")
PLAIN = json.dumps(body())
RAW = [
    ("R01 empty body", b"", {}, 400),
    ("R02 null", b"null", {}, 400),
    ("R02 list", b"[]", {}, 400),
    ("R02 text", b'"x"', {}, 400),
    ("R02 number", b"5", {}, 400),
    ("R03 cut JSON", b'{"a":', {}, 400),
    ("R04 byte FF", b'{"text": "\xff"}', {}, 400),
    ("R05 GBK bytes", GBK, {}, 400),
    ("R06 GBK declared", GBK, {"content_type": "application/json; charset=gbk"}, 415),
    ("R07 unknown charset", PLAIN, {"content_type": "application/json; charset=foo"}, 415),
    ("R08 byte order mark", b"\xef\xbb\xbf" + PLAIN.encode(), {}, 400),
    ("R09 UTF-16", PLAIN.encode("utf-16"), {}, 400),
    ("R10 XML", PLAIN, {"content_type": "text/xml"}, 415),
    ("R10 plain text", PLAIN, {"content_type": "text/plain"}, 415),
    ("R10 no type", PLAIN, {"content_type": ""}, 415),
    ("R11 gzip", PLAIN, {"Content-Encoding": "gzip"}, 415),
    ("R12 chunked", PLAIN, {"Transfer-Encoding": "chunked"}, 411),
    ("R15 one byte over 1 MiB", b'{"text": "' + b"a" * (1024 * 1024 - 11) + b'"}', {}, 413),
    ("R17 NaN", b'{"amount": NaN}', {}, 400),
    ("R17 Infinity", b'{"amount": Infinity}', {}, 400),
    ("R17 1e999", b'{"amount": 1e999}', {}, 400),
    ("R17 5,000 digits", b'{"amount": ' + b"9" * 5000 + b"}", {}, 400),
    ("R18 33 deep", nested(33), {}, 400),
    ("R18 1,000 deep", nested(1_000), {}, 400),
    ("R18 100,000 deep", nested(100_000), {}, 400),
    ("R19 duplicate keys", b'{"channel": "phone", "channel": "app"}', {}, 400),
    ("R24 lone surrogate", b'{"text": "\\ud83d"}', {}, 400),
    ("R24 lone surrogate in metadata", b'{"metadata": {"a": "\\ud83d"}}', {}, 400),
    ("R23 NUL in a key", b'{"metadata": {"a\\u0000": 1}}', {}, 400),
]


@pytest.mark.parametrize(("raw", "headers", "status"), [row[1:] for row in RAW], ids=[row[0] for row in RAW])
def test_what_is_no_request_is_refused_and_nothing_is_stored(post, raw, headers, status):
    answer = post(raw, **dict(headers))
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= answer.json().keys()
    assert stored() == (0, 0, 0, 0)


MASS = ["id", "state", "sla_due_at", "assignee", "org_unit", "created_at", "is_vip", "legal_hold", "owner", "foo"]
FIELDS = [
    *[(f"R20/R21 {name}", {name: 1}, 400, NOTHING) for name in MASS],
    ("R22 NUL in text", {"text": "a\x00b"}, 400, NOTHING),
    ("R23 NUL in metadata", {"metadata": {"a": "\x00"}}, 400, NOTHING),
    ("R25 control characters", {"text": "有\x07控\x85制\u2028符"}, 201, ONE),
    ("R26 zero-width only", {"text": "\u200b\u200b", "subject": "\u200b"}, 400, NOTHING),
    ("R26 ideographic spaces", {"text": "\u3000\u3000", "subject": "\u00a0"}, 400, NOTHING),
    ("R27 bidi override", {"text": "退款\u202e元001"}, 201, ONE),
    ("R28 full-width phone", {"customer": {"phone": "１３８００１３８０００"}}, 201, ONE),
    ("R29 rare Han", {"text": "𠮷野家门口"}, 201, ONE),
    ("R29 private use", {"text": "\ue000字"}, 201, ONE),
    ("R29 emoji", {"text": "👨\u200d👩\u200d👧 生气"}, 201, ONE),
    ("R29 combining flood", {"text": "e" + "\u0301" * 1000}, 400, NOTHING),
    ("R30 subject 200", {"subject": "字" * 200}, 201, ONE),
    ("R30 subject 201", {"subject": "字" * 201}, 400, NOTHING),
    ("R31 text 100,000", {"text": "字" * 100_000}, 201, ONE),
    ("R31 text 100,001", {"text": "字" * 100_001}, 400, NOTHING),
    ("R35 CRLF in name", {"customer": {"name": "张\r\n三"}}, 400, NOTHING),
    ("R35 CRLF in subject", {"subject": "a\r\nBcc: x"}, 400, NOTHING),
    ("R36 phone abc", {"customer": {"phone": "abc"}}, 400, NOTHING),
    ("R36 phone of 25 digits", {"customer": {"phone": "1" * 25}}, 400, NOTHING),
    ("R36 phone with country", {"customer": {"phone": "+86-138-0013-8000"}}, 201, ONE),
    ("R37 wrong check digit", {"customer": {"id_no": "110101199003070000"}}, 400, NOTHING),
    ("R39 amount below zero", {"amount": -1}, 400, NOTHING),
    ("R39 amount of thousandths", {"amount": "0.001"}, 400, NOTHING),
    ("R39 amount with comma", {"amount": "1,200.50"}, 400, NOTHING),
    ("R40 naive moment", {"occurred_at": "2026-11-01T09:00:00"}, 400, NOTHING),
    ("R41 year 0001", {"occurred_at": "0001-01-01T00:00:00+08:00"}, 400, NOTHING),
    ("R41 year 9999", {"occurred_at": "9999-12-31T00:00:00+08:00"}, 400, NOTHING),
    ("R41 30 February", {"occurred_at": "2026-02-30T00:00:00+08:00"}, 400, NOTHING),
    ("R41 epoch number", {"occurred_at": 1_700_000_000}, 400, NOTHING),
    ("R42 text of a number", {"text": 5}, 400, NOTHING),
    ("R43 wrong case", {"nature": "Complaint"}, 400, NOTHING),
    ("R43 unknown code", {"reason": "C99X"}, 400, NOTHING),
    ("R44 long list", {"named_staff": ["a"] * 51}, 400, NOTHING),
    ("R44 1,000 keys", {"metadata": {str(n): 1 for n in range(1000)}}, 400, NOTHING),
    ("unknown unit", {"unit": "nowhere"}, 400, NOTHING),
    ("unknown business line", {"business_line": "x"}, 400, NOTHING),
    ("no such customer field", {"customer": {"ssn": "1"}}, 400, NOTHING),
    ("no words and no scores", {"text": "", "subject": ""}, 400, NOTHING),
]


@pytest.mark.parametrize(("fields", "status", "count"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_a_field_is_taken_or_refused_by_name(post, fields, status, count):
    answer = post(body(**fields))
    assert answer.status_code == status, answer.content
    assert stored() == (count,) * 4
    if status == 400:
        assert answer.json()["code"] == "validation"
        assert any(error["field"] for error in answer.json()["errors"]), answer.json()


def test_r25_control_characters_are_taken_out_and_r27_overrides_are_written_out(post):
    post(body(text="有\x07控制符"))
    post(body(text="退款\u202e元001"))
    kept = list(Feedback.objects.order_by("pk").values_list("text", flat=True))
    assert kept[0] == "有控制符"
    assert "\u202e" not in kept[1] and "U+202E" in kept[1]


def test_r41_the_future_is_refused_but_a_fast_clock_is_not(post):
    now = timezone.now()
    assert post(body(occurred_at=(now + timedelta(minutes=4)).isoformat())).status_code == 201
    assert post(body(occurred_at=(now + timedelta(minutes=6)).isoformat())).status_code == 400


def test_r45_a_client_posts_only_its_own_channels(post, integration):
    ApiClient.objects.filter(pk=integration.pk).update(channels=["phone"])
    authentication.SEEN.forget()
    assert post(body(channel="wechat")).status_code == 403
    assert stored() == (0, 0, 0, 0)


def test_r46_a_unit_of_another_branch_is_not_the_clients(post, other_branch):
    assert post(body(unit="BJ")).status_code == 403


def test_r49_the_same_key_and_body_replays_the_stored_answer(post):
    sent = body()
    first, again = (post(sent, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert stored() == (1, 1, 1, 1)


def test_r50_a_space_is_the_same_request_and_another_value_is_not(post):
    sent = body()
    post(sent, **{"Idempotency-Key": "k1"})
    spaced = json.dumps(sent, ensure_ascii=False, indent=2)
    assert post(spaced, **{"Idempotency-Key": "k1"})["Idempotent-Replayed"] == "true"
    other = post({**sent, "text": "另一件事"}, **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")


@pytest.mark.parametrize("key", ["", "k" * 256, "钥匙"])
def test_r48_a_key_that_is_none_is_refused(post, key):
    assert post(body(), **{"Idempotency-Key": key}).status_code == 400
    assert StoredAnswer.objects.count() == 0


def test_r52_a_new_key_with_the_same_external_id_finds_the_first(post):
    sent = body()
    first = post(sent, **{"Idempotency-Key": "k1"})
    again = post(sent, **{"Idempotency-Key": "k2"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert post({**sent, "text": "别的"}, **{"Idempotency-Key": "k3"}).status_code == 409


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer sqm_wrong"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}],
    ids=["none", "wrong", "other scheme", "cut"],
)
def test_r55_without_a_live_key_it_is_401(post, headers):
    answer = post.client.post(PATH, json.dumps(body()), "application/json", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert stored() == (0, 0, 0, 0)


def test_r55_a_key_in_the_address_is_not_looked_at(post):
    answer = post.client.post(f"{PATH}?key={post.key}", json.dumps(body()), "application/json")
    assert answer.status_code == 401


def test_r55_an_expired_or_revoked_key_is_401(post, integration):
    ApiClient.objects.filter(pk=integration.pk).update(revoked_at=timezone.now())
    authentication.SEEN.forget()
    assert post(body()).status_code == 401


def test_r57_the_limit_holds_from_twenty_threads_at_once(client_and_key, transactional_db, monkeypatch):
    client, key = client_and_key
    monkeypatch.setattr(limits, "TIMEOUT", 10.0)  # Redis answers late when twenty threads want two processors
    monkeypatch.setattr(limits, "local", limits.Local())
    ApiClient.objects.filter(pk=client.pk).update(per_minute=12)
    authentication.SEEN.forget()
    limits.server.cache_clear()
    answers = at_once(20, lambda: Post(key)(body()))
    if timezone.now().second == 0:
        pytest.skip("the minute turned while the requests ran")
    accepted = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(accepted), len(refused)) == (12, 8)
    assert all(int(answer["Retry-After"]) >= 1 for answer in refused)


def test_r51_fifty_equal_requests_at_once_are_one_case(client_and_key, transactional_db):
    sent = body()
    answers = at_once(50, lambda: Post(client_and_key[1])(sent))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert stored() == (1, 1, 1, 1)
    assert Clock.objects.count() == 4


def test_twenty_messages_of_one_conversation_at_once_are_one_case(client_and_key, transactional_db):
    talk = {"channel": "wechat", "thread": "gh_1:oUser"}

    def sent() -> Any:
        """As every sender does: on a busy machine the one row is waited for too long, and it sends again."""
        message, post = body(**talk), Post(client_and_key[1])
        tries = (post(message) for _try in range(5))
        return next((answer for answer in tries if answer.status_code != 503), None)

    answers = at_once(20, sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert (Case.objects.count(), Message.objects.count()) == (1, 20)


def at_once(number: int, act) -> list:
    """Run `act` in so many threads that start together; gives what each returned."""
    start, answers = threading.Barrier(number), []

    def run() -> None:
        try:
            start.wait(30)
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == number
    return answers
