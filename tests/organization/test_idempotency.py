"""Input rows R48-R54: a POST with an Idempotency-Key is worked once."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from organization.errors import BadKey, InProgress, KeyReused
from organization.idempotency import begin, digest, finish, forget_old_answers
from organization.models import ApiClient, StoredAnswer
from organization.services import create_client
from organization.tasks import forget_what_is_over as sweep
from tests.organization.conftest import in_threads, overlapping
from tests.people import NOON

BODY = {"text": "多扣了年费", "amount": 12.5, "scores": {"csat": 3, "nps": None}}


def work(client: ApiClient, key: str = "k", body=BODY, *, answer: bytes = b"{}", at=NOON) -> tuple[bool, bytes]:
    """As a door does it: (whether the answer is a replay, its bytes)."""
    with transaction.atomic():
        row = begin(client.user, key, body, at=at)
        if row.status is not None:
            return True, bytes(row.body)
        finish(row, status=201, body=answer)
        return False, answer


def test_r49_a_repeat_gets_the_same_bytes(integration):
    assert work(integration, answer=b'{"id": 1}') == (False, b'{"id": 1}')
    assert work(integration, answer=b'{"id": 2}') == (True, b'{"id": 1}')
    assert StoredAnswer.objects.get().status == 201


def test_the_digest_of_a_body_tells_nobody_what_stood_in_it(integration):
    """F27: a plain digest of 密码 and six digits is found in a second."""
    work(integration, body={"text": "密码739104"})
    written = json.dumps({"text": "密码739104"}, sort_keys=True, ensure_ascii=False)
    assert StoredAnswer.objects.get().body_digest != digest(written)


def test_r50_the_order_of_fields_is_no_difference(integration):
    work(integration)
    assert work(integration, body=dict(reversed(BODY.items())))[0]


@pytest.mark.parametrize(
    "other", [{**BODY, "text": "多扣了利息"}, {**BODY, "amount": "12.5"}, {**BODY, "more": 1}, {}, [BODY]]
)
def test_r50_another_value_is_another_request(integration, other):
    work(integration)
    with pytest.raises(KeyReused) as refusal:
        work(integration, body=other)
    assert (refusal.value.status_code, refusal.value.code) == (422, "key-reused")


@pytest.mark.parametrize("key", ["", "k" * 256, "钥匙", "a\rb", "a\nb", "\x00", "a\x7f", "a b"])
def test_r48_a_malformed_key_is_refused(integration, key):
    with pytest.raises(BadKey):
        work(integration, key)
    assert StoredAnswer.objects.count() == 0


def test_a_key_of_255_characters_is_taken(integration):
    assert work(integration, "k" * 255) == (False, b"{}")


def test_r53_another_client_has_its_own_keys(integration, branch):
    other, _key = create_client("other", channels=["phone"], unit=branch, at=NOON)
    assert not work(integration)[0]
    assert not work(other)[0]


def test_work_that_failed_leaves_no_answer(integration):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        begin(integration.user, "k", BODY, at=NOON)
        raise ZeroDivisionError
    assert not work(integration)[0]


def test_r54_after_seven_days_the_key_is_free(integration):
    work(integration, answer=b"old")
    assert work(integration, at=NOON + timedelta(days=7), answer=b"new") == (True, b"old")
    assert work(integration, body={}, at=NOON + timedelta(days=7, seconds=1), answer=b"new") == (False, b"new")
    assert work(integration, body={}, at=NOON + timedelta(days=14), answer=b"newer") == (True, b"new")


def test_old_answers_are_forgotten_and_the_others_stay(integration):
    work(integration, "old")
    work(integration, "young", at=NOON + timedelta(days=1))
    assert forget_old_answers(at=NOON + timedelta(days=7, hours=1)) == 1
    assert StoredAnswer.objects.get().key_digest == digest("young")


def test_the_sweep_forgets_by_the_clock_of_the_host(integration):
    work(integration, at=NOON.replace(year=2001))
    sweep()
    assert StoredAnswer.objects.count() == 0


# --- two at once --------------------------------------------------------------------------------------


def while_the_first_runs(client: ApiClient, second, *, fails: bool = False, at=NOON):
    """What `second` gives while the first request with the key has not committed yet."""

    def first() -> None:
        finish(begin(client.user, "k", BODY, at=at), status=201, body=b"first")
        transaction.set_rollback(fails)

    return overlapping(first, second)[1]


def impatient(client: ApiClient, *, setting: str, at=NOON) -> StoredAnswer:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting}")
        return begin(client.user, "k", BODY, at=at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("age", [timedelta(), timedelta(days=8)], ids=["a new key", "a key that came free"])
def test_r51_while_the_first_runs_the_second_hears_to_wait(integration, age):
    if age:
        work(integration, at=NOON - age)
    refusal = while_the_first_runs(integration, lambda: impatient(integration, setting="lock_timeout = '50ms'"))
    assert isinstance(refusal, InProgress)
    assert (refusal.status_code, refusal.code) == (409, "in-progress")
    assert refusal.facts["retry_after"] == 1
    assert bytes(StoredAnswer.objects.get().body) == b"first"


@pytest.mark.django_db(transaction=True)
def test_r51_a_second_that_waits_gets_the_answer_of_the_first(integration):
    assert while_the_first_runs(integration, lambda: work(integration, answer=b"second")) == (True, b"first")


@pytest.mark.django_db(transaction=True)
def test_a_key_that_came_free_is_worked_once_too(integration):
    work(integration, answer=b"old")
    later = NOON + timedelta(days=8)
    second = while_the_first_runs(integration, lambda: work(integration, answer=b"second", at=later), at=later)
    assert second == (True, b"first")


@pytest.mark.django_db(transaction=True)
def test_when_the_first_fails_the_second_does_the_work(integration):
    second = while_the_first_runs(integration, lambda: work(integration, answer=b"second"), fails=True)
    assert second == (False, b"second")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_works(integration):
    outcomes = in_threads(*[lambda n=n: work(integration, answer=b"%d" % n) for n in range(20)])
    assert sorted(replayed for replayed, _answer in outcomes) == [False] + [True] * 19
    assert len({answer for _replayed, answer in outcomes}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_took_too_long_is_not_called_in_progress(integration):
    """Only the wait for the key's own lock is; everything else is the database in trouble, and 503."""
    outcome = while_the_first_runs(integration, lambda: impatient(integration, setting="statement_timeout = '50ms'"))
    assert isinstance(outcome, OperationalError)
