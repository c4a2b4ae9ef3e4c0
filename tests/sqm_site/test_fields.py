"""Fields take exactly what was sent, or refuse it by name."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from sqm_site import fields
from tests.effort import grows_with_the_square


class Person(fields.Input):
    name = fields.StrictChar(max_length=20)


class Message(fields.Input):
    subject = fields.StrictChar(max_length=200)
    urgent = fields.StrictBoolean(required=False)
    person = Person(required=False)
    state = fields.StrictChar(read_only=True)


def refusal(field, value):
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    assert str(value) not in str(caught.value.detail) or value == ""
    return caught.value.get_codes()[0]


# --- unknown fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["foo", "id", "state", "due_at", "owner", "created_at", "is_vip", "legal_hold"])
def test_a_field_that_does_not_exist_is_refused_by_name(name):
    with pytest.raises(ValidationError) as caught:
        Message.read({"subject": "fee", name: "x"})
    assert caught.value.get_codes() == {name: ["unknown"]}


def test_unknown_and_bad_fields_are_told_together_and_at_every_level():
    with pytest.raises(ValidationError) as caught:
        Message.read({"subject": 5, "foo": 1, "person": {"name": "Li", "bar": 1}})
    assert caught.value.get_codes() == {"subject": ["invalid"], "foo": ["unknown"], "person": {"bar": ["unknown"]}}


def test_reading_gives_what_is_valid_gives():
    sent = {"subject": " 年费 ", "urgent": False, "person": {"name": "李"}}
    checked = Message(data=sent)
    assert checked.is_valid()
    assert Message.read(sent) == checked.validated_data == {**sent, "subject": "年费"}
    assert Message.read(sent) == Message.read(sent)


@pytest.mark.parametrize("sent", [None, [], "x", 5])
def test_an_input_is_an_object(sent):
    with pytest.raises(ValidationError):
        Message.read(sent)


# --- text -----------------------------------------------------------------------------------------------

ONE = fields.StrictChar(max_length=200)
MANY = fields.StrictChar(max_length=100_000, lines=True)


@pytest.mark.parametrize("value", [5, 5.0, True, ["x"], {}])
def test_text_is_text(value):
    assert refusal(ONE, value) == "invalid"


@pytest.mark.parametrize("value", ["", "  ", "\u200b\u200c", "\u00a0\u3000", "\u200b \u2003\u2060", "\ufeff", "\u3164"])
def test_what_cannot_be_seen_is_blank(value):
    assert refusal(ONE, value) == "blank"
    assert refusal(MANY, value) == "blank"


def test_blank_is_taken_where_it_may_be():
    assert fields.StrictChar(allow_blank=True).run_validation("\u200b") == ""
    assert fields.StrictChar(allow_null=True).run_validation(None) is None


@pytest.mark.parametrize("value", ["a\r\nBcc: b", "a\nb", "a\tb", "a\x07b", "a\x1b[31m", "a\x85b", "a\u2028b", "a\n"])
def test_one_line_has_no_breaks_and_no_controls(value):
    assert refusal(ONE, value) == "control"


def test_many_lines_keep_their_breaks_and_lose_their_controls():
    assert MANY.run_validation("a\r\nb\rc\u2028d\x85e\tf\x07g\x1b\x7f") == "a\nb\nc\nd\ne\tfg"


@pytest.mark.parametrize("value", ["a\x00b", "a\ud83d"])
def test_nul_and_half_characters_are_refused(value):
    for field in (ONE, MANY):
        with pytest.raises(ValidationError) as caught:
            field.run_validation(value)
        assert caught.value.get_codes() == ["broken"]


def test_direction_overrides_are_written_out():
    assert ONE.run_validation("a\u202eb\u2066c") == "a⟦U+202E⟧b⟦U+2066⟧c"


@pytest.mark.parametrize(
    "value",
    [
        "𠮷野家",
        "\ue000",
        "👩\u200d👩\u200d👧",
        "ก\u0e33\u0e48",
        "<script>",
        "' OR 1=1--",
        "{{7*7}}",
        "=cmd|' /C calc'!A0",
    ],
)
def test_rare_and_clever_texts_are_kept_verbatim(value):
    assert ONE.run_validation(value) == value


def test_letters_and_their_marks_become_one():
    assert ONE.run_validation("e\u0301") == "\u00e9"


def test_length_counts_characters():
    assert ONE.run_validation("𠮷" * 200) == "𠮷" * 200
    assert refusal(ONE, "𠮷" * 201) == "max_length"


def read(text: str) -> None:
    with contextlib.suppress(ValidationError):
        MANY.run_validation(text)


@pytest.mark.parametrize(
    "piece",
    [
        "投诉",
        "\r\n",
        "\u200b ",
        "\u202ea",
        "e" + "\u0301\u0316" * 4,
        "\u0301\u0316",
        "\u0301\x07\u0316",
        "\u0301\U0001e8d0",
        "𝐀",
    ],
    ids=["words", "breaks", "blanks", "overrides", "letters", "marks", "hidden-marks", "rare-marks", "neighbours"],
)
def test_the_work_on_the_longest_text_grows_with_its_length_and_not_with_its_square(piece):
    """To bring a row of marks in order takes the square of its length: seven seconds for the longest text."""
    longest = (piece * 50_000)[:100_000]
    assert not grows_with_the_square(lambda: read(longest), lambda: read(longest[:10_000]))


@pytest.mark.parametrize("mark", ["\u0301", "\u302e", "\U0001e8d0", "\u0301\U0001e8d0"])
def test_a_flood_of_marks_is_refused_of_every_script_and_behind_controls(mark):
    assert refusal(ONE, "a" + mark * 20) == "flood"
    assert refusal(MANY, "a" + f"{mark}\x07" * 20) == "flood"


def test_a_row_of_rare_characters_that_are_no_marks_is_kept():
    assert ONE.run_validation("😀" * 20 + "𝐀" * 20) == "😀" * 20 + "𝐀" * 20


# --- numbers, words, moments ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["5", 5.0, True, None, [5]])
def test_an_integer_is_an_integer(value):
    with pytest.raises(ValidationError):
        fields.StrictInteger().run_validation(value)


def test_an_integer_fits_the_database_unless_told_otherwise():
    assert fields.StrictInteger().run_validation(2**31 - 1) == 2**31 - 1
    assert refusal(fields.StrictInteger(), 2**31) == "max_value"
    assert refusal(fields.StrictInteger(min_value=0, max_value=10), 11) == "max_value"


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, 2])
def test_a_boolean_is_a_boolean(value):
    with pytest.raises(ValidationError):
        fields.StrictBoolean().run_validation(value)
    assert fields.StrictBoolean().run_validation(False) is False


AMOUNT = fields.StrictDecimal(max_digits=14, decimal_places=2, min_value=0)


@pytest.mark.parametrize(
    "value", ["NaN", "1e400", "1E2", "-1", "0.001", "1,200.50", "１２", " 1", "", True, [], 12, 12.5, 1e-7]
)
def test_an_amount_is_a_plain_number_in_a_string(value):
    with pytest.raises(ValidationError):
        AMOUNT.run_validation(value)


@pytest.mark.parametrize("value", ["1200.50", "12", "0"])
def test_an_amount_is_taken_as_it_is_written(value):
    assert AMOUNT.run_validation(value) == Decimal(value)
    wide = fields.StrictDecimal(max_digits=20, decimal_places=2)
    assert wide.run_validation("123456789012345.67") == Decimal("123456789012345.67")


def test_a_choice_is_written_exactly():
    choice = fields.StrictChoice(["phone", "app"])
    assert choice.run_validation("app") == "app"
    for value in ("App", "app ", 5, ["app"]):
        with pytest.raises(ValidationError, match="phone, app"):
            choice.run_validation(value)


def test_a_moment_has_its_offset_and_comes_back_in_utc():
    moment = fields.AwareDateTime()
    expected = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    for value in ("2026-11-25T09:30:00+08:00", "2026-11-25T09:30+0800", "2026-11-25T01:30:00.000000000Z"):
        assert moment.run_validation(value) == expected
        assert moment.run_validation(value).tzinfo is UTC
    assert refusal(moment, "2026-11-25T09:30:00") == "offset"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0001-01-01T00:00:00+08:00", "years"),
        ("9999-12-31T23:59:59-08:00", "years"),
        ("2026-02-30T00:00:00+08:00", "invalid"),
        ("2026-11-25T09:30:00+25:00", "invalid"),
        ("2026-11-25", "invalid"),
        ("2026-W48-1T09:30:00Z", "invalid"),
        ("２026-11-23T09:30:00Z", "invalid"),
        (1795000000, "invalid"),
        (True, "invalid"),
    ],
)
def test_a_moment_is_a_possible_one(value, code):
    assert refusal(fields.AwareDateTime(), value) == code


def test_a_moment_may_lie_only_so_far_ahead():
    moment = fields.AwareDateTime(not_after=timedelta(minutes=5))
    near, far = timezone.now() + timedelta(minutes=4), timezone.now() + timedelta(minutes=6)
    assert moment.run_validation(near.isoformat()) == near
    assert refusal(moment, far.isoformat()) == "future"


def test_a_day_is_a_day():
    assert fields.StrictDate().run_validation("2026-11-23") == date(2026, 11, 23)
    for value in ("2026-02-30", "20261123", "1800-01-01", 5, "2026-11-23T00:00:00Z"):
        assert refusal(fields.StrictDate(), value) == "invalid"


def test_an_object_of_the_sender_has_limits_and_is_kept():
    metadata = fields.StrictObject(most_keys=5, most_text=20)
    sent = {"a": {"b": [1, None, True]}}
    assert metadata.run_validation(sent) == sent
    assert refusal(metadata, {str(number): 1 for number in range(6)}) == "keys"
    assert refusal(metadata, {"a": [{"b": 1, "c": 1}, 2, 3, 4]}) == "keys"
    assert refusal(metadata, {"a": "x" * 21}) == "text"
    assert refusal(metadata, ["a"]) == "not_a_dict"


@pytest.mark.parametrize("over", ["abcd\x12", "e\u0301bcd", "  abc"])
def test_a_text_is_as_long_as_it_came(over):
    """The schema counts what is sent: what is cleaned away counts too."""
    with pytest.raises(ValidationError):
        fields.StrictChar(max_length=4, lines=True).run_validation(over)
    assert fields.StrictChar(max_length=4, lines=True).run_validation("a\r\nbc") == "a\nbc"
