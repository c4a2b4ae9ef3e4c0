"""M: sizes at the door, exactly at their limit."""

import io
import json

import pytest
from django.http import UnreadablePostError
from django.test import RequestFactory
from rest_framework.exceptions import ParseError, ValidationError

from sqm_site import fields
from sqm_site.parsers import StrictJSONParser, read_object


def test_names_in_metadata_count_too():
    """M: names in metadata count into the text limit, on every level."""
    metadata = fields.StrictObject(most_keys=5, most_text=20)
    for sent in ({"x" * 20: 1}, {"a" * 5: {"b" * 5: "c" * 10}}, {"a": ["b" * 19]}):
        assert metadata.run_validation(sent) == sent
    for sent in ({"x" * 21: 1}, {"a" * 5: {"b" * 5: "c" * 11}}, {"a": ["b" * 20]}):
        with pytest.raises(ValidationError):
            metadata.run_validation(sent)


def test_as_many_names_as_are_allowed_are_taken():
    """M: beside it, the number of names."""
    metadata = fields.StrictObject(most_keys=3, most_text=100)
    assert metadata.run_validation({"a": 1, "b": [1]}) == {"a": 1, "b": [1]}
    with pytest.raises(ValidationError):
        metadata.run_validation({"a": 1, "b": [1, 2]})


@pytest.mark.parametrize("number", ["9" * 19, "-" + "9" * 18])
def test_an_integer_of_nineteen_characters_is_read(number):
    """M: the other side of it."""
    assert read_object(b'{"a": %s}' % number.encode()) == {"a": int(number)}


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 19])
def test_an_integer_of_twenty_characters_is_refused(number):
    """M: an integer of 20 characters is refused."""
    with pytest.raises(ParseError):
        read_object(b'{"a": %s}' % number.encode())


def test_a_body_one_byte_shorter_than_announced_is_refused():
    """M: what has arrived may read as a whole all the same."""
    whole = json.dumps({"a": 1}).encode() + b" "
    request = RequestFactory().generic("POST", "/", whole)
    assert StrictJSONParser().parse(io.BytesIO(whole), parser_context={"request": request}) == {"a": 1}
    with pytest.raises(UnreadablePostError):
        StrictJSONParser().parse(io.BytesIO(whole[:-1]), parser_context={"request": request})
