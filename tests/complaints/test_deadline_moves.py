"""A deadline moves by a row that nobody changes, and the log tells it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.models import Case, DeadlineMove
from complaints.services.replaying import differences
from complaints.verbs import contacting, handling
from tests.append_only import tamper
from tests.cases import take_back
from tests.people import NOON

DAY = timedelta(days=1)
WEEK_LATER = NOON + 7 * DAY


@pytest.fixture
def waited(owned, handler) -> Case:
    """The customer was asked for something, and answered a week later."""
    contacting.ask_customer(owned.reference, actor=handler, at=NOON, method="PHONE", text="请补充流水")
    return handling.resume(owned.reference, actor=handler, at=WEEK_LATER)


def test_a_pause_moves_the_internal_deadline_and_says_so(waited):
    (move,) = DeadlineMove.objects.filter(clock__case=waited)
    clock = move.clock

    assert (clock.kind, move.cause, move.at) == ("resolution", "pause", WEEK_LATER)
    assert (move.was, move.now) == (clock.first_due_at, clock.due_at)
    assert move.was < move.now and move.days >= 7


def test_the_log_tells_every_move(waited, handler, lead):
    contacting.ask_customer(waited.reference, actor=handler, at=WEEK_LATER, method="PHONE", text="请补充授权")
    take_back(waited, actor=handler, second=lead, at=WEEK_LATER + DAY)

    assert DeadlineMove.objects.filter(clock__case=waited).count() == 2
    assert [*differences(Case.objects.get(pk=waited.pk))] == []


def test_a_move_that_the_log_does_not_tell_is_named(waited):
    tamper("UPDATE complaints_deadlinemove SET days = days + 1")

    assert any("moves" in fault for fault in differences(Case.objects.get(pk=waited.pk)))


@pytest.mark.parametrize(
    "change",
    [lambda rows: rows.update(days=0), lambda rows: rows._raw_delete(rows.db)],
    ids=["changed", "deleted"],
)
def test_a_move_is_never_changed(change, waited):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(DeadlineMove.objects.filter(clock__case=waited))
