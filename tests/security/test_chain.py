import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from security.chain import START, canonical, link, plain, text_digest, verify_chain
from tests.security.conftest import NOON


@dataclass(frozen=True)
class Row:
    sequence: int
    text: str
    previous_hash: str
    hash: str

    def payload(self):
        return {"sequence": self.sequence, "text": self.text}


def chain(*texts):
    rows, previous = [], START
    for sequence, text in enumerate(texts, start=1):
        head = link(previous, {"sequence": sequence, "text": text})
        rows.append(Row(sequence, text, previous, head))
        previous = head
    return rows


ROWS = chain("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows, []),
        (lambda rows: [], []),
        (lambda rows: [rows[0], replace(rows[1], text="x"), *rows[2:]], ["row 2 was changed"]),
        (lambda rows: rows[1:], ["row 1 is missing; 2 comes next"]),
        (lambda rows: [*rows[:2], rows[3]], ["row 3 is missing; 4 comes next"]),
        (lambda rows: [rows[0], rows[2], rows[1], rows[3]], ["row 2 is missing; 3 comes next"]),
        (lambda rows: [rows[0], replace(chain("x", "b")[1]), *rows[2:]], ["row 2 does not follow the row before it"]),
        (lambda rows: [*rows[:3], *chain("q", "r", "s", "t")[3:]], ["row 4 does not follow the row before it"]),
        (lambda rows: [*rows, rows[3]], ["row 5 is missing; 4 comes next"]),
        (lambda rows: rows[:3], []),  # a cut tail is seen by the seals only
    ],
)
def test_it_names_the_first_row_that_is_not_what_was_written(spoil, said):
    assert verify_chain(spoil(list(ROWS)), Row.payload) == said


def test_the_canonical_form_is_one_whatever_the_order_zone_or_type():
    shanghai = timezone(timedelta(hours=8))
    payload = {
        "b": [1, True, None, "张"],
        "a": NOON,
        "day": date(2026, 11, 23),
        "amount": Decimal("12.50"),
        "id": UUID(int=7),
        "word": gettext_lazy("Security"),
    }
    same = {**dict(reversed(payload.items())), "a": NOON.astimezone(shanghai), "b": (1, True, None, "张")}

    assert canonical(payload) == canonical(same)
    assert canonical({"b": 1, "a": NOON}) == b'{"a":"2026-11-23T12:00:00.000000+00:00","b":1}'
    assert canonical({"n": "张"}) == '{"n":"张"}'.encode()


@pytest.mark.parametrize("value", [1.5, [{"deep": 0.1}], {1, 2}, b"bytes"])
def test_what_has_no_one_written_form_is_refused(value):
    with pytest.raises(TypeError, match="cannot be put on record"):
        canonical({"value": value})


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="without time zone"):
        canonical({"at": datetime(2026, 11, 23)})  # noqa: DTZ001


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.datetimes(timezones=st.timezones()) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_what_is_stored_as_plain_has_the_same_hash_when_it_is_read_back(payload):
    try:
        stored = json.loads(json.dumps(plain(payload)))
        assert link(START, stored) == link(START, payload)
    except (UnicodeEncodeError, OverflowError):
        return  # lone surrogates are refused; the first and last hours of the calendar have no UTC form


def test_the_digest_of_a_text_needs_its_salt():
    assert text_digest("我要投诉", "s1") == text_digest("我要投诉", "s1") != text_digest("我要投诉", "s2")
    assert len(text_digest("", "")) == 64
