"""The JSON rows of the intake's bad-input table: refused before anything is stored."""

import contextlib
import io
import json

import pytest
from django.http import UnreadablePostError
from django.test import RequestFactory
from rest_framework.exceptions import ParseError

from sqm_site.errors import Invalid
from sqm_site.parsers import StrictJSONParser, read_object
from tests.effort import grows_with_the_square

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"null", "one JSON object"),
        (b"[]", "one JSON object"),
        (b'"x"', "one JSON object"),
        (b"5", "one JSON object"),
        (b'{"a":', "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b'{"a": "line\nbreak"}', "not JSON"),
        (b'{"a": "\xff"}', "send UTF-8"),
        ('{"a": "投诉"}'.encode("gbk"), "send UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ("{}".encode("utf-16"), "BOM"),
        ('{"a": 1}'.encode("utf-16-le"), "not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "twice"),
    ],
)
def test_it_refuses_what_is_no_single_json_object(body, sentence):
    with pytest.raises(ParseError) as refusal:
        read_object(body)
    assert sentence in str(refusal.value.detail)


@pytest.mark.parametrize("depth", [33, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_it_refuses_depth_before_the_decoder_recurses(depth, opening, closing):
    with pytest.raises(ParseError, match=r"32"):
        read_object(b'{"top":' + opening * depth + b"1" + closing * depth + b"}")


def test_it_takes_thirty_two_levels_and_brackets_inside_texts():
    body = b'{"a":' * 32 + b'"[[[[\\"{{{{"' + b"}" * 32
    assert read_object(body)["a"]["a"]
    assert read_object(json.dumps({"text": "[{" * 500}).encode())["text"] == "[{" * 500


def read(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        read_object(body)


@pytest.mark.parametrize(
    "body",
    [
        lambda times: b'{"a":"' + b'\\"' * 500 * times,
        lambda times: b'{"a":[' + b"[]," * 340 * times + b"1]}",
        lambda times: b"[" * 1_000 * times,
        lambda times: b'{"a":[' + b'"",' * 330 * times + b"[" * 40,
    ],
    ids=["quotes", "lists", "brackets", "texts"],
)
def test_the_work_on_hostile_megabytes_grows_with_their_length_and_not_with_its_square(body):
    large, small = body(1_000), body(100)
    assert not grows_with_the_square(lambda: read(large), lambda: read(small))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"text": "a\u0000b"}', "text"),
        (rb'{"text": "\ud83d"}', "text"),
        (rb'{"text": "\udc00 \ud83d\ude00"}', "text"),
        (rb'{"metadata": {"list": [{"k": "\uD800"}]}}', "metadata.list.0.k"),
        (rb'{"metadata": {"k\u0000": 1}}', "metadata"),
    ],
)
def test_it_names_the_field_with_a_nul_or_half_a_character(body, field):
    with pytest.raises(Invalid) as refusal:
        read_object(body)
    assert list(refusal.value.fields) == [field]


def test_it_keeps_escaped_backslashes_pairs_and_rare_characters():
    text = "\\u0000 😀 𠮷 \ue000"
    assert read_object(json.dumps({"text": text}).encode()) == {"text": text}
    assert read_object(json.dumps({"text": text}, ensure_ascii=False).encode()) == {"text": text}


def test_a_body_that_did_not_arrive_completely_is_refused():
    request = RequestFactory().generic("POST", "/", b"{}" + b" " * 10)
    with pytest.raises(UnreadablePostError):
        StrictJSONParser().parse(io.BytesIO(b"{}"), parser_context={"request": request})
    assert StrictJSONParser().parse(request, parser_context={"request": request}) == {}
