from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from security import services
from security.chain import START, link
from security.models import AuditRow
from tests.append_only import tamper
from tests.security.conftest import NOON

CASE = "case:C261123-0483175-9"


@pytest.fixture
def rows(clerk, colleague):
    return [
        services.record("read", actor=actor, subject=CASE, at=NOON + timedelta(minutes=minute))
        for minute, actor in enumerate([clerk, colleague, clerk, clerk])
    ]


def test_everybody_has_a_chain_of_their_own(rows, clerk):
    mine = AuditRow.objects.filter(actor=clerk).order_by("sequence")

    assert [row.sequence for row in mine] == [1, 2, 3]
    assert [row.previous_hash for row in mine] == [START, mine[0].hash, mine[1].hash]
    assert AuditRow.objects.exclude(actor=clerk).get().previous_hash == START
    assert services.verify_audit_rows() == []


def test_the_hash_covers_the_row_as_the_database_gives_it_back(clerk):
    details = {"amount": Decimal("12.50"), "until": NOON, "fields": ("phone", "name"), "name": "张"}
    services.record("export", actor=clerk, subject=CASE, at=NOON, reason="监管报送", details=details)

    row = AuditRow.objects.get()
    assert row.hash == link(START, row.payload())
    assert row.details["until"] == "2026-11-23T12:00:00.000000+00:00"


def test_a_record_is_part_of_the_transaction_it_belongs_to(clerk):
    with pytest.raises(RuntimeError), transaction.atomic():
        services.record_read(CASE, actor=clerk, at=NOON)
        raise RuntimeError
    assert not AuditRow.objects.exists()


def test_a_record_costs_three_statements_and_no_savepoint(clerk, django_assert_num_queries):
    with django_assert_num_queries(3):
        services.record_read(CASE, actor=clerk, at=NOON)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE security_auditrow SET subject = 'case:other' WHERE id = {0.pk}", "row 1 was changed"),
        ("UPDATE security_auditrow SET reason = 'looks better' WHERE id = {2.pk}", "row 2 was changed"),
        ("UPDATE security_auditrow SET details = '{{\"a\": 1}}' WHERE id = {3.pk}", "row 3 was changed"),
        ("UPDATE security_auditrow SET at = at - interval '1 second' WHERE id = {3.pk}", "row 3 was changed"),
        ("UPDATE security_auditrow SET sequence = 9 WHERE id = {3.pk}", "row 3 is missing; 9 comes next"),
        ("DELETE FROM security_auditrow WHERE id = {0.pk}", "row 1 is missing; 2 comes next"),
        ("DELETE FROM security_auditrow WHERE id = {2.pk}", "row 2 is missing; 3 comes next"),
    ],
)
def test_it_names_the_first_row_somebody_changed(rows, clerk, statement, said):
    tamper(statement.format(*rows))

    assert services.verify_audit_rows() == [f"audit log of user {clerk.pk}: {said}"]


def test_a_row_moved_to_somebody_else_is_found(rows, colleague):
    tamper("UPDATE security_auditrow SET actor_id = %s, sequence = 2 WHERE id = %s", colleague.pk, rows[3].pk)

    said = f"audit log of user {colleague.pk}: row 2 does not follow the row before it"
    assert services.verify_audit_rows() == [said]


@pytest.mark.django_db(transaction=True)
def test_records_made_at_the_same_time_form_one_chain():
    clerk = get_user_model().objects.create_user("clerk")

    def record(minute: int) -> None:
        try:
            services.record_read(CASE, actor=clerk, at=NOON + timedelta(minutes=minute))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
    assert sorted(AuditRow.objects.values_list("sequence", flat=True)) == list(range(1, 41))
    assert services.verify_audit_rows() == []
