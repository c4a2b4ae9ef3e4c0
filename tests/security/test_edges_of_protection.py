"""M: what looks like a card and is none, blanks around a value, and a row that was committed late."""

import os
from base64 import urlsafe_b64decode
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps

from security import anchors, chain, rotation, services
from security.models import AuditRow
from security.redaction import redact
from security.sealing import seal, unseal
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


def test_a_change_of_keys_reaches_rows_that_lie_behind_later_ones(db, keys, monkeypatch):
    """M: batches go by the key of the rows: by where they lie, a row that was changed would be passed over."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    entity = apps.get_model("organization.LegalEntity").objects.create(code="rotation", name="Rotation")
    customer = apps.get_model("feedback.Customer")
    rows = [
        customer.objects.create(legal_entity=entity, identity=str(one), created_at=NOON, name="张三")
        for one in range(5)
    ]
    customer.objects.filter(pk=rows[0].pk).update(identity="moved")
    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    assert list(rotation.rotate(customer)) == [2, 2, 1]


def test_every_kind_of_value_has_its_written_form():
    """M: days, amounts, ids and moments, and not only that two of them are written alike."""
    assert chain.plain({"day": date(2026, 11, 23), "amount": Decimal("12.50"), "id": UUID(int=7), 1: (True, None)}) == {
        "day": "2026-11-23",
        "amount": "12.50",
        "id": "00000000-0000-0000-0000-000000000007",
        "1": [True, None],
    }


def test_a_token_has_the_nonce_that_its_algorithm_is_made_for():
    """M: 96 bits (NIST SP 800-38D, 8.2.1), the value, and a tag of 128."""
    body = seal("value", row=UUID(int=1), field="name").rpartition(":")[2]
    assert len(urlsafe_b64decode(body)) == 12 + len("value") + 16


def test_an_anchor_is_whole_when_the_disk_is_asked_to_keep_it(tmp_path, monkeypatch):
    """M: what still lies in a buffer then is lost with the power."""
    path, seen = tmp_path / "anchor.log", []
    monkeypatch.setattr(os, "fsync", lambda _number: seen.append(path.read_text()))
    anchors.append(path, [anchors.Anchor(NOON, 1, "a" * 64)])
    assert seen == [path.read_text()] != [""]


def test_names_that_overlap_are_taken_out_as_one():
    """M: nothing of the second is left behind the first."""
    assert redact("我叫张三丰先生。", ["张三丰", "三丰先生"]).count("［") == 1
    assert "先生" not in redact("我叫张三丰先生。", ["张三丰", "三丰先生"])


def test_a_seal_of_another_log_does_not_put_off_that_of_the_audit_log(db, clerk):
    """M: the last seal is the last of the same log."""
    services.record("read", actor=clerk, subject=CASE, at=NOON)
    services.seal_audit_heads(NOON)
    services.seal("seal", [(7, 1, "a" * 64)], NOON + timedelta(minutes=9))
    services.record("read", actor=clerk, subject=CASE, at=NOON + timedelta(minutes=10))
    assert services.seal_audit_heads(NOON + timedelta(minutes=10)) is not None
