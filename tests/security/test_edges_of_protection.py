"""M: what looks like a card and is none, blanks around a value, and a row that was committed late."""

from datetime import timedelta

import pytest
from django.apps import apps

from security import rotation, services
from security.models import AuditRow
from security.redaction import redact
from security.sealing import unseal
from tests.security.conftest import NOON, key
from tests.security.test_audit import CASE


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


@pytest.mark.parametrize("first", "12")
def test_a_number_that_begins_with_1_or_2_is_no_card(first):
    """M: a Luhn-valid 16-digit number starting with 1 or 2 stays: orders are numbered by the day."""
    number = next(f"{first}02611230000{last:04d}" for last in range(10) if luhn(f"{first}02611230000{last:04d}"))
    assert len(number) == 16
    assert number in redact(f"订单 {number} 未到账")


def test_the_same_number_that_begins_as_cards_do_is_one():
    """M: the other side of it; shorter than 16 digits, or longer than 19, it stays."""
    numbers = {
        size: next(f"6{last:0{size - 1}d}" for last in range(10) if luhn(f"6{last:0{size - 1}d}"))
        for size in (15, 16, 19, 20)
    }
    kept = [size for size, number in numbers.items() if number in redact(f"卡号 {number} 被盗刷")]
    assert kept == [15, 20]


def test_a_value_keeps_its_blanks_through_a_change_of_keys(db, keys):
    """M: rotation keeps leading and trailing spaces of a value."""
    entity = apps.get_model("organization.LegalEntity").objects.create(code="rotation", name="Rotation")
    customer = apps.get_model("feedback.Customer")
    row = customer.objects.create(legal_entity=entity, identity="x", created_at=NOON, name="  张三 ")
    was = unseal(row.name.token, row=row.row_id, field="name")
    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    assert list(rotation.rotate(customer)) == [1]
    row.refresh_from_db()
    assert unseal(row.name.token, row=row.row_id, field="name") == was == "  张三 "


@pytest.mark.parametrize(("before", "is_sealed"), [(timedelta(minutes=10), True), (timedelta(minutes=11), False)])
def test_a_row_that_was_committed_late_is_sealed_all_the_same(before, is_sealed, db, clerk, colleague):
    """M: an AuditRow whose `at` lies before the last seal, because its transaction took so long."""
    services.record("read", actor=clerk, subject=CASE, at=NOON)
    services.seal_audit_heads(NOON)
    late = services.record("read", actor=colleague, subject=CASE, at=NOON - before)
    services.record("read", actor=clerk, subject=CASE, at=NOON + timedelta(minutes=20))
    sealed = services.seal_audit_heads(NOON + timedelta(minutes=20))
    assert ((colleague.pk, late.sequence) in sealed.rows) is is_sealed
    assert AuditRow.objects.count() == 3
