import pytest

from security import services
from security.errors import ReasonMissing, WrongKey
from security.models import AuditRow
from sqm_site.errors import Invalid
from tests.security.conftest import NOON, Person, key


def test_assigning_fills_the_columns(person):
    assert person.phone_sealed.startswith("v1:k1:")
    assert person.phone_masked == "138****8000"
    assert len(person.phone_index) == len(person.phone_tail_index) == 32
    assert "把" not in person.words_sealed


def test_equal_values_have_equal_indexes_and_different_tokens(person):
    other = Person(phone="+86 138-0013-8000")

    assert other.phone_index == person.phone_index
    assert other.phone_sealed != person.phone_sealed


def test_assigning_nothing_empties_the_columns(person):
    person.phone = ""

    assert not person.phone.present
    assert person.phone_sealed == person.phone_masked == person.phone_index == person.phone_tail_index == ""


def test_a_value_that_is_no_phone_is_refused_and_changes_nothing(person):
    before = person.phone_sealed

    with pytest.raises(Invalid):
        person.phone = "abc"
    assert person.phone_sealed == before


def test_showing_it_decrypts_nothing(person, keys):
    keys(f"k2:{key('b')}")  # the key that could open it is away

    assert str(person.phone) == person.phone.masked == f"{person}" == "138****8000"
    assert str(person.words) == "****"
    assert person.phone.present and person.words.present
    assert str(Person().words) == str(Person().phone) == ""


def test_revealing_gives_the_value_and_leaves_a_record_without_it(person, clerk):
    value = services.reveal(person.phone, actor=clerk, reason="回电 13900139000", at=NOON)

    assert value == "13800138000"
    row = AuditRow.objects.get()
    assert (row.verb, row.subject, row.details) == ("reveal", "person:17", {"field": "phone"})
    assert (row.actor, row.reason, row.at) == (clerk, "回电 ［电话］", NOON)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "。", "-"])
def test_revealing_without_a_reason_is_refused(person, clerk, reason):
    with pytest.raises(ReasonMissing):
        services.reveal(person.phone, actor=clerk, reason=reason, at=NOON)
    assert not AuditRow.objects.exists()


def test_revealing_an_empty_value_leaves_no_record(clerk):
    assert services.reveal(Person().phone, actor=clerk, reason="call back", at=NOON) == ""
    assert not AuditRow.objects.exists()


def test_a_value_moved_to_another_row_does_not_open(person, clerk):
    thief = Person(pk=18, phone_sealed=person.phone_sealed)

    with pytest.raises(WrongKey):
        services.reveal(thief.phone, actor=clerk, reason="call back", at=NOON)
    assert not AuditRow.objects.exists()
