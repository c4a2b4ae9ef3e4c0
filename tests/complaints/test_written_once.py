"""A verb writes each row once, however much it does: a second UPDATE of the case costs all its indexes again."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.verbs import answering, approving, closing, ending, handling, satisfaction
from tests.cases import CLASSIFIED, SETTLED, TAKEN_BACK, TOLD, content
from tests.people import NOON

WRITES = re.compile(r'^((?:UPDATE|INSERT INTO) "complaints_\w+")')


def written(work) -> Counter[str]:
    """UPDATE or INSERT, and the table -> how many statements did it."""
    with CaptureQueriesContext(connection) as queries:
        work()
    return Counter(hit[1] for query in queries if (hit := WRITES.match(query["sql"])))


@pytest.mark.django_db
class TestOneVerb:
    def test_that_does_much_writes_every_table_once(self, decided, handler):
        counts = written(lambda: answering.notify(decided.reference, actor=handler, at=NOON, **TOLD))
        expected = ['UPDATE "complaints_case"', 'INSERT INTO "complaints_caseevent"', 'UPDATE "complaints_clock"']
        assert [counts[statement] for statement in expected] == [1, 1, 1]
        assert max(counts.values()) == 1, counts

    def test_that_says_much_at_once_writes_the_case_once(self, owned, handler):
        counts = written(lambda: answering.settle(owned.reference, actor=handler, at=NOON, **SETTLED))
        assert owned.events.latest("sequence").verb == "settle"
        assert max(counts.values()) == 1, counts

    def test_that_starts_a_new_round_writes_the_case_once(self, decided, handler, lead):
        answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
        content(decided, caller=lead)
        closing.close(decided.reference, actor=handler, at=NOON, root_cause="R07")
        said = {"satisfaction": "dissatisfied", "accepts": False, "comment": "没有退钱"}
        counts = written(lambda: satisfaction.record_feedback(decided.reference, actor=lead, at=NOON, **said))
        assert decided.events.latest("sequence").verb == "reopen"
        rounds = [counts[f'{statement} "complaints_round"'] for statement in ("UPDATE", "INSERT INTO")]
        assert rounds == [1, 1], "the one that ends, and the one that begins"
        assert max(counts.values()) == 1, counts

    def test_that_is_granted_writes_the_case_once(self, owned, handler, lead):
        ending.withdraw(owned.reference, actor=handler, at=NOON, **TAKEN_BACK)
        counts = written(lambda: approving.decide_approval(owned.reference, actor=lead, at=NOON, grant=True))
        assert max(counts.values()) == 1, counts

    def test_that_moves_no_clock_reads_and_writes_none(self, owned, handler):
        with CaptureQueriesContext(connection) as queries:
            handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
        assert not [query["sql"] for query in queries if "complaints_clock" in query["sql"]]
