"""The number a customer is given."""

import itertools
import re
import secrets
from datetime import date

import pytest

from complaints.errors import WrongReference
from complaints.models import Case
from complaints.services.importing import Finished, fresh_references
from complaints.services.reference import check_digit, new_reference, parse
from tests.cases import body
from tests.people import NOON

DAY = date(2026, 11, 23)


def test_it_names_the_day_and_hides_the_volume():
    made = {new_reference(DAY) for _ in range(200)}
    assert len(made) > 190
    assert all(re.fullmatch(r"C261123-\d{7}-\d", reference) for reference in made)


def test_it_can_be_read_back_in_any_case_and_with_blanks():
    reference = new_reference(DAY)
    assert parse(f" {reference.lower()} ") == reference


def test_every_single_wrong_digit_is_found():
    digits = "2611230483175"
    right = check_digit(digits)
    for place in range(len(digits)):
        for wrong in set("0123456789") - {digits[place]}:
            assert check_digit(digits[:place] + wrong + digits[place + 1 :]) != right


@pytest.mark.parametrize("wrong", ["", "C261123-0483175", "261123-0483175-9", "C261123-0483175-X", "C26112304831759"])
def test_what_cannot_be_a_reference_is_refused_in_a_sentence(wrong):
    with pytest.raises(WrongReference, match="C261123-0483175-9"):
        parse(wrong)


def test_of_a_batch_only_what_is_taken_is_drawn_again(case, branch, handler, monkeypatch):
    """B19: all were drawn again for one that was taken, without end on a day of many cases."""
    taken = int(case.reference[8:15])
    draws = iter([taken, 1, 1, 2, 3])  # the first is a case, the third stands in the batch
    monkeypatch.setattr(secrets, "randbelow", lambda _below: next(draws))
    moments = {"received_at": NOON, "notified_at": NOON, "closed_at": NOON}
    row = Finished(unit=branch, owner=handler, channel="phone", subject="排队", facts={}, **moments)
    assert [reference[8:15] for reference in fresh_references([row, row, row])] == ["0000003", "0000001", "0000002"]
    assert next(draws, None) is None


def test_five_unlucky_draws_are_no_fault_of_the_message(post, monkeypatch):
    """B34: a sender drops what it hears 409 of; what it hears 503 of, it sends again."""
    draws = itertools.repeat(7)
    monkeypatch.setattr(secrets, "randbelow", lambda _below: next(draws))
    assert post(body()).status_code == 201
    unlucky = body()
    answer = post(unlucky)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Retry-After"]
    draws = iter([7, 7, 7, 7, 8])
    assert post(unlucky).status_code == 201
    assert Case.objects.count() == 2
