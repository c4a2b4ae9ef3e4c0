"""Readers of the log: an event that one cannot work on stops none of the others."""

from datetime import timedelta

import pytest
from django.db import connection

from complaints.models import Unread
from complaints.services.readers import unread_by
from complaints.services.sealing import seal_unread
from quality import cells
from quality.models import CaseFact
from security.models import AuditSeal
from sqm_site.models import Heartbeat
from tests.cases import taken
from tests.people import NOON


def refuse(table: str, condition: str) -> None:
    """Let the database refuse a row, as it does when a defect of ours meets one of its constraints."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE integrity_constraint_violation; END $$;"
            f" CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()"
        )


@pytest.fixture
def cases(integration):
    return [taken(integration) for _ in range(20)]


def aside(reader: str) -> Unread:
    return Unread.objects.get(reader=reader)


def test_an_event_that_cannot_be_sealed_is_put_aside_alone(cases):
    bad = Unread.objects.filter(case_id=cases[7].pk, reader="seal").get()
    refuse(AuditSeal._meta.db_table, f"{bad.case_id} = ANY(NEW.chains)")
    assert seal_unread() == 19
    assert aside("seal").case_id == cases[7].pk
    assert set(Heartbeat.objects.get(name="seal new events").isolated) == {str(bad.pk)}
    assert seal_unread() == 0, "it is left alone"
    Unread.objects.update(retry_at=NOON - timedelta(days=300))
    assert list(unread_by("seal", 10)) == [[bad.pk]]


def test_a_case_that_cannot_be_counted_keeps_no_other_from_the_cells(cases):
    bad = cases[7]
    refuse(CaseFact._meta.db_table, f"NEW.case_id = {bad.pk}")
    assert cells.refresh_all() == cells.Refreshed(events=19, cases=19)
    assert aside("quality.cells").case_id == bad.pk
    assert set(CaseFact.objects.values_list("case_id", flat=True)) == {case.pk for case in cases if case != bad}
