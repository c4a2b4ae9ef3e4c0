"""Who opened what: one record a person, subject and day, whoever else writes at the moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from security import reads
from security.models import AuditRow, Opening
from security.services import record, verify_audit_rows
from tests.organization.conftest import in_threads
from tests.security.conftest import NOON

CASE, OTHER = "case:C261123-0483175-9", "case:C261123-9999990-6"
LATE = NOON.replace(hour=15, minute=59)  # 23:59 in Shanghai


@pytest.fixture(autouse=True)
def nothing_remembered():
    reads._left.clear()
    yield
    reads._left.clear()


def on_record() -> list[Any]:
    return list(AuditRow.objects.order_by("pk").values_list("actor__username", "verb", "subject", "at"))


def test_what_was_opened_is_in_the_chain_after_the_next_sweep(clerk, colleague):
    """S14, B32: `record_read` was called by nobody."""
    for actor in (clerk, colleague):
        reads.opened(CASE, actor=actor, at=NOON)
    assert reads.record_openings() == 2
    assert on_record() == [("clerk", "read", CASE, NOON), ("colleague", "read", CASE, NOON)]
    assert verify_audit_rows() == []
    assert reads.record_openings() == 0
    assert len(on_record()) == 2


def test_a_day_is_one_record_and_begins_at_midnight_here(clerk):
    for at in (NOON, NOON + timedelta(hours=1), LATE, LATE + timedelta(minutes=1), LATE + timedelta(minutes=2)):
        reads.opened(CASE, actor=clerk, at=at)
        reads.record_openings()
    assert [at for _actor, _verb, _subject, at in on_record()] == [NOON, LATE + timedelta(minutes=1)]
    reads.opened(OTHER, actor=clerk, at=LATE)
    assert reads.record_openings() == 1


def test_of_a_program_a_month_is_one_record(clerk):
    for days in (0, 1, 7, 8):  # 23 and 24 November, 30 November, 1 December
        reads.opened(CASE, actor=clerk, at=NOON + timedelta(days=days), monthly=True)
    assert reads.record_openings() == 2


def test_it_costs_one_statement_and_a_repeat_none(clerk, django_assert_num_queries, django_capture_on_commit_callbacks):
    with django_assert_num_queries(1), django_capture_on_commit_callbacks(execute=True):
        reads.opened(CASE, actor=clerk, at=NOON)
    with django_assert_num_queries(0):
        reads.opened(CASE, actor=clerk, at=NOON + timedelta(minutes=1))
    with django_assert_num_queries(1):
        reads.opened(CASE, actor=clerk, at=NOON + timedelta(days=1))


def test_what_was_rolled_back_is_not_remembered(clerk):
    with pytest.raises(RuntimeError), transaction.atomic():
        reads.opened(CASE, actor=clerk, at=NOON)
        raise RuntimeError
    reads.opened(CASE, actor=clerk, at=NOON)
    assert reads.record_openings() == 1


def test_what_is_remembered_has_a_bound(monkeypatch):
    monkeypatch.setattr(reads, "MOST_REMEMBERED", 3)
    for number in range(10):
        reads.remember((number, CASE, NOON.date()))
    assert 0 < len(reads._left) <= 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one_record_and_one_chain():
    """Eight pages of one person at once, two sweeps among them, and a record of another kind."""
    clerk = get_user_model().objects.create_user("clerk")

    def look() -> None:
        reads._left.clear()  # as a process of its own
        reads.opened(CASE, actor=clerk, at=NOON)

    def note() -> None:
        record("reveal", actor=clerk, subject=CASE, at=NOON)

    outcomes = in_threads(*[look] * 6, reads.record_openings, reads.record_openings, note)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    reads.record_openings()
    assert sorted(verb for _actor, verb, _subject, _at in on_record()) == ["read", "reveal"]
    assert verify_audit_rows() == []


def test_one_that_cannot_be_recorded_stops_none_of_the_others(clerk, colleague, monkeypatch):
    for actor, subject in ((clerk, CASE), (colleague, "bad"), (clerk, OTHER)):
        reads.opened(subject, actor=actor, at=NOON)

    def refuse(subject: str, **more: Any) -> None:
        if subject == "bad":
            raise IntegrityError("no")
        record("read", subject=subject, **more)

    monkeypatch.setattr(reads, "record_read", refuse)
    assert reads.record_openings() == 2
    assert sorted(subject for _actor, _verb, subject, _at in on_record()) == [CASE, OTHER]
    waits = Opening.objects.get(recorded=False)
    assert waits.subject == "bad" and waits.retry_at is not None
    assert reads.record_openings() == 0


def test_a_month_that_is_over_is_forgotten_and_what_waits_is_not(clerk):
    reads.opened(CASE, actor=clerk, at=NOON)
    reads.record_openings()
    reads.opened(OTHER, actor=clerk, at=NOON)
    assert reads.forget_openings(at=NOON) == 0
    assert reads.forget_openings(at=NOON + timedelta(days=10)) == 1
    assert Opening.objects.get().subject == OTHER
    assert len(on_record()) == 1
