"""Who checks has the decision on top, and sees what changed since the one before."""

import pytest
from django.urls import reverse

from complaints.desk.drafted import CLOSE, GONE, NEW, SAME, compared
from complaints.models import Case
from complaints.verbs import answering, closing, deciding
from tests.cases import DECIDED, TOLD
from tests.people import NOON


def page(client, case: Case, user):
    client.force_login(user)
    return client.get(reverse("desk:case", args=[case.reference]))


def drafted_of(client, case: Case, user):
    return page(client, case, user).context["drafted"]


@pytest.fixture
def second(decided, handler) -> Case:
    """Round 2: disputed, and drafted anew with another outcome."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    closing.dispute(decided.reference, actor=handler, at=NOON, reason="金额不对")
    more = {**DECIDED, "outcome": "退回重复扣收的年费，并补偿二百元。", "demand_met": "PARTLY_MET"}
    return deciding.draft_decision(decided.reference, actor=handler, at=NOON, **more)


def test_in_a_later_round_what_changed_is_marked_for_who_checks(client, second, lead, handler):
    shown = drafted_of(client, second, lead)
    assert (shown.earlier.round.number, shown.decision.round.number) == (1, 2)
    pieces = {part.label: part.pieces for part in shown.parts if part.changed}
    assert pieces == {"处理决定": [(SAME, "退回重复扣收的年费"), (NEW, "，并补偿二百元"), (SAME, "。")]}
    assert [part.changed for part in shown.facts] == [False, True]
    body = page(client, second, lead).content.decode()
    assert body.index('class="cf-card cf-drafted"') < body.index('id="cf-timeline"')
    assert "<ins\n>，并补偿二百元</ins>" in body
    assert drafted_of(client, second, handler) is None  # whoever wrote it has it in the story


def test_a_first_decision_stands_there_whole_and_one_that_was_checked_is_gone(
    client, decided, second, lead, handler, django_assert_max_num_queries
):
    deciding.return_decision(second.reference, actor=lead, at=NOON, reason="补充依据")
    assert drafted_of(client, second, lead) is None
    deciding.draft_decision(second.reference, actor=handler, at=NOON, **DECIDED)
    assert drafted_of(client, second, lead).earlier.status == "returned"
    client.get(reverse("desk:case", args=[second.reference]))  # what a process remembers for some seconds is read
    with django_assert_max_num_queries(20):
        client.get(reverse("desk:case", args=[second.reference]))


def test_texts_are_compared_by_their_clauses_and_those_by_their_signs():
    assert compared("", "新的。", begun=True) == [(SAME, "新的。")]
    assert compared("退100元，致歉。", "退200元，致歉。") == [
        (SAME, "退"), (GONE, "100"), (NEW, "200"), (SAME, "元，致歉。"),
    ]  # fmt: skip
    assert compared("甲。", "") == [(GONE, "甲。")]
    long, other = "一" * CLOSE, "二" * CLOSE
    assert compared(long, other) == [(GONE, long), (NEW, other)]
