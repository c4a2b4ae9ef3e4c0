"""Changes to the log behind the product's back are found, whoever made them."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from complaints.models import Case, CaseEvent
from complaints.services.sealing import seal_unread
from security.chain import link
from security.services import anchor, verify_audit_rows
from tests.append_only import tamper
from tests.people import NOON


@pytest.fixture
def sealed(owned, tmp_path, settings) -> Case:
    settings.SQM_HOME = tmp_path
    assert seal_unread(at=NOON) == 2
    anchor(NOON)
    return owned


def test_an_untouched_log_verifies(sealed):
    call_command("verify_audit")
    assert verify_audit_rows() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE complaints_caseevent SET verb = 'x'", "DELETE FROM complaints_caseevent"]
)
def test_the_database_refuses_to_change_the_log(sealed, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_changed_event_is_found(sealed):
    tamper("UPDATE complaints_caseevent SET verb = 'note' WHERE sequence = 2")
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_a_cut_tail_is_found(sealed):
    tamper("DELETE FROM complaints_caseevent WHERE sequence = 2")
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_a_chain_written_anew_is_found_by_its_seal(sealed):
    event = sealed.events.order_by("-sequence")[0]
    event.verb = "note"
    event.hash = link(event.previous_hash, CaseEvent.payload(event))
    tamper(
        "UPDATE complaints_caseevent SET verb = 'note', hash = %s WHERE case_id = %s AND sequence = %s",
        event.hash,
        *event.pk,
    )
    Case.objects.update(last_hash=event.hash)
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_a_case_changed_past_the_verbs_is_found(sealed):
    """S7 in part: the state, the owner, a deadline could be changed and nothing noticed."""
    tamper("UPDATE complaints_clock SET due_at = due_at + interval '9 days' WHERE kind = 'decision'")
    with pytest.raises(CommandError):
        call_command("verify_audit")
