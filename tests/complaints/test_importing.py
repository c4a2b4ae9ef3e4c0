"""Laying down finished cases of another system."""

from datetime import timedelta

import pytest

from complaints.models import Case, CaseEvent, Clock, Firing, Unread
from complaints.services.importing import BATCH, Finished, lay_down
from complaints.services.replaying import differences
from complaints.services.verifying import broken_chains
from feedback.search import bigrams
from organization.models import User
from tests.people import NOON

DAY = timedelta(days=1)


@pytest.fixture
def finished(branch, handler):
    def make(**changes):
        received_at = changes.pop("received_at", NOON - 90 * DAY)
        told_at = changes.pop("notified_at", received_at + 6 * DAY)
        facts = {"category": "B0301", "reason": "C03", "satisfaction": "satisfied"}
        return Finished(
            unit=branch,
            owner=handler,
            channel="phone",
            subject=changes.pop("subject", "提前还款排队"),
            received_at=received_at,
            notified_at=told_at,
            closed_at=told_at + DAY,
            facts=facts | changes,
        )

    return make


def test_a_finished_case_is_stored_as_a_fact_with_one_event(finished):
    row = finished()
    assert lay_down([row], actor=User.system(), at=NOON).stored == 1
    case = Case.objects.get()
    assert (case.state, case.origin, case.category) == ("closed", "import", "B0301")
    assert (case.current_round.notified_at, case.current_round.closed_at, case.next_due_at) == (
        row.notified_at,
        row.closed_at,
        None,
    )
    event = CaseEvent.objects.get()
    assert (event.verb, event.after, event.at) == ("imported", "closed", NOON)
    assert Unread.objects.filter(case_id=event.case_id, sequence=event.sequence).count() == 2
    assert list(broken_chains()) == []


def test_the_log_tells_all_of_it_and_no_words(finished):
    lay_down([finished(product="金卡"), finished()], actor=User.system(), at=NOON)
    assert [fault for case in Case.objects.all() for fault in differences(case)] == []
    assert not CaseEvent.objects.filter(details__icontains="金卡").exists()


def test_its_clocks_end_when_the_customer_was_told_and_fire_nothing(finished):
    rows = [finished(), finished(notified_at=NOON - 60 * DAY)]
    lay_down(rows, actor=User.system(), at=NOON)
    clocks = {(clock.case_id, clock.kind): clock for clock in Clock.objects.select_related("case")}
    assert {kind for _, kind in clocks} == {"decision", "resolution"}
    assert all(clock.stopped_at == clock.case.current_round.notified_at for clock in clocks.values())
    late = [clock.breached_at is not None for (_, kind), clock in clocks.items() if kind == "decision"]
    assert sorted(late) == [False, True]
    assert not Clock.objects.exclude(next_fire_at=None).exists() and not Firing.objects.exists()


def test_personal_numbers_do_not_come_in_with_the_past(finished):
    lay_down([finished(subject="请回电13800138000")], actor=User.system(), at=NOON)
    assert "13800138000" not in Case.objects.get().subject


def test_an_imported_case_is_found_by_the_words_of_its_subject(finished):
    """B12: what was found by its index was compared with the text alone, and an imported case has none."""
    lay_down([finished(), finished(subject="提前还款违约金")], actor=User.system(), at=NOON)
    assert [case.subject for case in Case.objects.saying("提前还款 排队")] == ["提前还款排队"]


@pytest.mark.parametrize(
    "subject", ["tab\there", "line\nbreak", "back\\slash \\N", 'quote " and {brace}', "”信用卡“，"]
)
def test_any_words_are_stored_as_they_are(subject, finished):
    lay_down([finished(subject=subject, named_staff=[subject, "李明"])], actor=User.system(), at=NOON)
    case = Case.objects.get()
    assert (case.subject, case.named_staff) == (subject, [subject, "李明"])
    words = case.words.get()
    assert (words.text, words.bigrams[1:]) == (subject, bigrams(subject))


def test_a_batch_takes_as_many_statements_as_one_case(finished, nothing_expires, django_assert_max_num_queries):
    lay_down([finished()], actor=User.system(), at=NOON)
    with django_assert_max_num_queries(19):
        lay_down([finished() for _ in range(300)], actor=User.system(), at=NOON)
    assert Case.objects.values("reference").distinct().count() == 301


def test_progress_is_told_after_every_batch(finished):
    heard = []
    rows = (finished() for _ in range(BATCH + 1))
    assert lay_down(rows, actor=User.system(), at=NOON, done=heard.append).stored == BATCH + 1
    assert heard == [BATCH, BATCH + 1]
