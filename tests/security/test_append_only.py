import pytest
from django.db import IntegrityError, connection, transaction

from security import services
from security.models import AuditRow, AuditSeal
from tests.security.conftest import NOON

TABLES = ["security_auditrow", "security_auditseal"]
VERBS = {"UPDATE": "UPDATE {} SET sequence = 9", "DELETE": "DELETE FROM {}", "TRUNCATE": "TRUNCATE {}"}


@pytest.fixture
def rows(clerk):
    row = services.record("read", actor=clerk, subject="case:C261123-0483175-9", at=NOON)
    services.seal(services.AUDIT, [(row.actor_id, row.sequence, row.hash)], NOON)
    # a foreign key still to be checked would refuse the TRUNCATE before the trigger does
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_the_database_refuses(rows, verb, table):
    refused = pytest.raises(IntegrityError, match=f"{table} is append-only: {verb} is refused")

    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(VERBS[verb].format(table))
    assert AuditRow.objects.count() == AuditSeal.objects.count() == 1


@pytest.mark.parametrize("table", TABLES)
def test_the_three_triggers_are_on(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
        )
        assert dict(cursor.fetchall()) == {f"{table}_no_{verb.lower()}": "O" for verb in VERBS}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_that_commits_leaves_the_tables_empty_and_the_triggers_on(turn, clerk):
    assert not AuditRow.objects.exists()
    services.record("read", actor=clerk, subject=turn, at=NOON)

    with pytest.raises(IntegrityError):
        AuditRow.objects.all().delete()
