"""The number a customer is given."""

import re
from datetime import date

import pytest

from complaints.errors import WrongReference
from complaints.services.reference import check_digit, new_reference, parse

DAY = date(2026, 11, 23)


def test_it_names_the_day_and_hides_the_volume():
    made = {new_reference(DAY) for _ in range(200)}
    assert len(made) > 190
    assert all(re.fullmatch(r"C261123-\d{6}-\d", reference) for reference in made)


def test_it_can_be_read_back_in_any_case_and_with_blanks():
    reference = new_reference(DAY)
    assert parse(f" {reference.lower()} ") == reference


def test_every_single_wrong_digit_is_found():
    digits = "261123048317"
    right = check_digit(digits)
    for place in range(len(digits)):
        for wrong in set("0123456789") - {digits[place]}:
            assert check_digit(digits[:place] + wrong + digits[place + 1 :]) != right


@pytest.mark.parametrize("wrong", ["", "C261123-048317", "261123-048317-5", "C261123-048317-X", "C2611230483175"])
def test_what_cannot_be_a_reference_is_refused_in_a_sentence(wrong):
    with pytest.raises(WrongReference, match="C261123-048317-5"):
        parse(wrong)
