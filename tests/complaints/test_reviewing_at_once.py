"""A review and what happens to either case at the same moment: they take turns, and nobody waits for the other."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from complaints.models import Case, Link
from complaints.services.replaying import retold_otherwise
from complaints.verbs import answering, closing, deciding, ownership, reviewing
from organization.models import Role, User
from tests.cases import ASKED, CONCLUDED, TOLD
from tests.complaints.test_races import CHECKED, PATIENCE, act, assert_whole, at_once, brought, house, is_refusal  # noqa: F401
from tests.nights import either
from tests.people import NOON, person
from tests.processes import eventually

CHANGED = {**CONCLUDED, "conclusion": "changed", "on_result": "flawed"}


@pytest.fixture
def above(house, institution) -> list[User]:  # noqa: F811
    return [person("reviewer", Role.HANDLER, institution), person("second", Role.SUPERVISOR, institution)]


def told_and_called(house: Any) -> Case:  # noqa: F811
    return brought(house, (*CHECKED, "approve_decision", "notify", "call"))


def ask(case: Case) -> Case:
    return reviewing.request_review(case.reference, actor=User.objects.get(username="supervisor"), at=NOON, **ASKED)


def decided(case: Case, above: list[User]) -> Case:
    """The review of a case, to be told."""
    ask(case)
    name = Case.objects.get(links__other=case).reference
    ownership.take_next(name, actor=above[0], at=NOON)
    reviewing.decide_review(name, actor=above[0], at=NOON, **CHANGED)
    return deciding.approve_decision(name, actor=above[1], at=NOON)


def whole(*cases: Case) -> None:
    for case in cases:
        assert_whole(case)
    assert not [*retold_otherwise(Case.objects.filter(pk__in=[case.pk for case in cases]))]


def test_of_two_applications_at_once_one_opens_a_review(house, above):  # noqa: F811
    for _time in either(day=range(2), night=range(20)):
        case = told_and_called(house)
        outcomes = at_once(*[partial(ask, case)] * 2)
        assert sum(map(is_refusal, outcomes)) == 1
        assert Link.objects.filter(other=case, kind="review_of").count() == 1
        whole(case)


def test_an_application_that_comes_while_the_case_is_filed_opens_a_review(house, above):  # noqa: F811
    """Filed first, the review is about a filed case; asked first, nobody files."""
    for _time in either(day=range(2), night=range(20)):
        case = told_and_called(house)
        asked, closed = at_once(partial(ask, case), partial(act, "close", case))
        assert not is_refusal(asked)
        assert Case.objects.get(pk=case.pk).state == ("notified" if is_refusal(closed) else "closed")
        whole(case)


def test_a_conclusion_and_the_filing_of_what_it_is_about_take_turns(house, above):  # noqa: F811
    for _time in either(day=range(2), night=range(20)):
        case = told_and_called(house)
        review = decided(case, above)
        told = partial(answering.notify, review.reference, actor=above[0], at=NOON, **TOLD)
        first, _closed = at_once(told, partial(act, "close", case))
        assert not is_refusal(first)
        assert (Case.objects.get(pk=case.pk).state, Case.objects.get(pk=case.pk).round) == ("in_progress", 2)
        whole(case, review)


def test_the_reviewed_case_is_locked_before_its_review(house, above):  # noqa: F811
    """In the order of their keys, as sweeps lock cases: else each would hold what the other waits for."""
    case = told_and_called(house)
    review = decided(case, above)
    telling = threading.Thread(target=tell_and_hang_up, args=(review, above[0]))
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        telling.start()
        eventually(somebody_waits)
        assert Case.objects.select_for_update(nowait=True).get(pk=review.pk).state == "decided"
    telling.join(PATIENCE)
    assert Case.objects.get(pk=review.pk).state == "notified"
    whole(case, review)


def tell_and_hang_up(review: Case, by: User) -> None:
    try:
        answering.notify(review.reference, actor=by, at=NOON, **TOLD)
    finally:
        connection.close()


def somebody_waits() -> bool:
    """For a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_dispute_waits_for_what_the_review_decides(house, above):  # noqa: F811
    case = told_and_called(house)
    review = decided(case, above)
    told = partial(answering.notify, review.reference, actor=above[0], at=NOON, **TOLD)
    dispute = partial(
        closing.dispute, case.reference, actor=User.objects.get(username="receiver"), at=NOON, reason="金额不对"
    )
    first, second = at_once(told, dispute)
    assert not is_refusal(first) and is_refusal(second)
    assert Case.objects.get(pk=case.pk).round == 2
    whole(case, review)
