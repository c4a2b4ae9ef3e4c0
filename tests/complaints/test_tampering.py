"""Whatever the owner of the database changes of a case, of its words or of the logs, `verify_audit` names it.

Triggers and constraints are off: an owner may do that. Tables and columns are found from the models.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.utils import translation

from complaints.hanging import BESIDE
from complaints.models import (
    Attachment,
    Case,
    CaseEvent,
    CaseText,
    CaseWords,
    Clock,
    Contact,
    DeadlineMove,
    Escalation,
    Firing,
    Message,
    Unread,
)
from complaints.services.sealing import seal_unread
from complaints.services.verifying import faults
from feedback.models import Feedback
from security import anchors
from security import services as security
from security.chain import link
from security.models import Anchor, AuditRow, AuditSeal
from tests.complaints.tampered import another, hanging, key_of_row, lived, rows_of, run, unguarded
from tests.nights import one_in
from tests.people import NOON

pytestmark = pytest.mark.django_db
# What no log tells, and why: the one list of it.
UNTOLD = {
    (Case, "version"): "the ETag: it counts what pages have to reload",
    (Clock, "provenance"): "explains how deadlines were reached; start, deadlines and moves are told",
    (Clock, "retry_at"): "when a sweep looks at it again: no fact",
    (Attachment, "retry_at"): "when a sweep looks at it again: no fact",
    (Firing, "answer_by"): "when a sweep looks at it again: no fact",
    (Escalation, "answer_by"): "when a sweep looks at it again: no fact",
    (Contact, "number_masked"): "stars for the eye; the number itself is not stored there",
}
# How a sentence calls the rows of a table. Of a case itself: by its column.
CALLED = {
    **BESIDE,
    CaseEvent: "",
    CaseText: "texts",
    CaseWords: "words",
    DeadlineMove: "clocks",
    Feedback: BESIDE[Message],
}
MADE = hanging()
COLUMNS = [
    (model, field.name)
    for model in MADE
    for field in model._meta.concrete_fields
    if not field.primary_key and (model, field.name) not in UNTOLD
]


@pytest.fixture(scope="module")
def history(django_db_setup, django_db_blocker, tmp_path_factory):
    """One history for all tests of this file, rolled back after them."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(settings, "SQM_HOME", tmp_path_factory.mktemp("home"))
        yield lived()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def undone(history):
    """What a test does to it stays in the test."""
    kept = security.anchor_path().read_bytes()
    with transaction.atomic(), translation.override("en"):
        yield
        transaction.set_rollback(True)
    security.anchor_path().write_bytes(kept)


def named(case: Case, *words: str) -> list[str]:
    """What is found about the case that names all of these."""
    found = [*faults()]
    mine = [one for one in found if case.reference in one or str(case.pk) in one]
    assert (hits := [one for one in mine if all(word in one for word in words)]), found
    return hits


def label(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


def test_what_nobody_touched_is_found_whole(history):
    assert [*faults()] == []
    for model in MADE:
        assert rows_of(model, history.case).exists(), f"the history makes no {model.__name__}"
    assert history.case.events.count() > AuditSeal.objects.get(reader="seal").chains.count(history.case.pk)


@pytest.mark.parametrize(("model", "column"), one_in(3, COLUMNS), ids=label)
def test_a_changed_column_is_named(history, model, column):
    """S7: of 25 changes by the owner, nine were not noticed."""
    row = rows_of(model, history.case).earliest(*(["sequence"] if model is CaseEvent else ["pk"]))
    field = model._meta.get_field(column)
    unguarded(model._meta.db_table)
    where, key = key_of_row(row)
    assert run(f'UPDATE {model._meta.db_table} SET "{field.column}" = {another(field)} WHERE {where}', *key) == 1
    if (model, column) == (Case, "reference"):
        assert [*faults()]
    else:
        named(history.case, CALLED.get(model, "" if column in {"event_count", "last_hash"} else column))


@pytest.mark.parametrize("model", MADE, ids=label)
def test_a_deleted_row_is_named(history, model):
    rows = rows_of(model, history.case)
    row = rows.latest(*(["sequence"] if model is CaseEvent else ["pk"]))
    unguarded(model._meta.db_table)
    where, key = key_of_row(row)
    assert run(f"DELETE FROM {model._meta.db_table} WHERE {where}", *key) == 1
    named(history.case, CALLED.get(model, ""))


@pytest.mark.parametrize("model", [model for model in hanging() if model not in {Case, CaseEvent, Feedback}], ids=label)
def test_an_added_row_is_named(history, model):
    row = rows_of(model, history.case).latest("pk")
    unguarded(model._meta.db_table)
    row.pk, row._state.adding = None, True
    if "case" in {field.name for field in model._meta.concrete_fields}:
        row.case = history.case
    models.Model.save_base(row, raw=True, force_insert=True)
    named(history.case, CALLED[model])


class TestEvent:
    """Forged so that every hash fits."""

    def forged(self, case: Case) -> CaseEvent:
        last = case.events.latest("sequence")
        event = CaseEvent(
            **{name: getattr(last, name) for name in ("case", "verb", "actor", "at", "happened_at", "round")}
        )
        event.before = event.after = last.after
        event.details = {}
        event.follow(last)
        return event

    def test_that_was_appended_is_named(self, history):
        event = self.forged(history.case)
        event.save(force_insert=True)
        Case.objects.filter(pk=history.case.pk).update(event_count=event.sequence, last_hash=event.hash)
        assert named(history.case, str(event.sequence)) == [
            f"{history.case.reference}: event {event.sequence} is in no seal and waits for none: somebody added it."
        ]

    def test_that_was_changed_with_its_whole_chain_is_named(self, history):
        unguarded("complaints_caseevent")
        previous = None
        for event in history.case.events.order_by("sequence"):
            if event.verb == "refuse":
                event.actor_id += 1
            event.follow(previous)
            run(
                "UPDATE complaints_caseevent SET previous_hash = %s, hash = %s, actor_id = %s"
                " WHERE case_id = %s AND sequence = %s",
                event.previous_hash, event.hash, event.actor_id, event.case_id, event.sequence,
            )  # fmt: skip
            previous = event
        Case.objects.filter(pk=history.case.pk).update(last_hash=previous.hash)
        assert any("seal" in one for one in faults())  # one seal is over the events of several cases

    def test_that_waits_and_is_cut_off_is_named(self, history):
        """The newest one, not sealed yet, with all that it told: what it left waiting tells of it."""
        last = history.case.events.latest("sequence")
        unguarded("complaints_caseevent", "complaints_casetext", "complaints_casewords")
        run("DELETE FROM complaints_caseevent WHERE case_id = %s AND sequence = %s", last.case_id, last.sequence)
        history.case.texts.filter(event_sequence=last.sequence).delete()
        history.case.words.filter(event_sequence=last.sequence).delete()
        Case.objects.filter(pk=last.case_id).update(event_count=last.sequence - 1, last_hash=last.previous_hash)
        named(history.case, str(last.sequence))

    def test_that_no_longer_waits_is_named(self, history):
        last = history.case.events.latest("sequence")
        Unread.objects.filter(case_id=history.case.pk, reader="seal").delete()
        named(history.case, str(last.sequence))

    def test_that_waits_again_is_named(self, history):
        Unread.objects.create(case_id=history.case.pk, sequence=2, reader="seal")
        named(history.case, "2")

    def test_that_was_sealed_twice_is_named(self, history):
        key = (history.case.pk, 2)
        security.seal("seal", security.rows_by_key(CaseEvent, "case_id", [key]), NOON)
        named(history.case, "2")


def test_a_deleted_case_with_all_that_hung_on_it_is_named(history):
    tables = [model._meta.db_table for model in MADE]
    unguarded(*tables)
    for model in [CaseEvent, *reversed(MADE)]:
        rows = rows_of(model, history.case)
        rows._raw_delete(rows.db)
    Case.objects.filter(pk=history.case.pk)._raw_delete("default")
    Unread.objects.filter(case_id=history.case.pk).delete()
    named(history.case, f"{history.case.pk}/1")


@pytest.mark.parametrize("column", [one.name for one in AuditRow._meta.concrete_fields if not one.primary_key])
def test_a_changed_audit_row_is_named(history, column):
    unguarded("security_auditrow")
    field = AuditRow._meta.get_field(column)
    row = AuditRow.objects.filter(actor=history.auditor).earliest("sequence")
    run(f'UPDATE security_auditrow SET "{field.column}" = {another(field)} WHERE id = %s', row.pk)
    assert [one for one in faults() if str(history.auditor.pk) in one]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_deleted_audit_row_is_named(history, place):
    """Every one but the last, which no seal has seen: it is younger than the last minute."""
    unguarded("security_auditrow")
    run("DELETE FROM security_auditrow WHERE actor_id = %s AND sequence >= %s", history.auditor.pk, place)
    assert [one for one in faults() if f"{history.auditor.pk}/{place}" in one]


def test_an_added_audit_row_is_named(history):
    """Hashed as it must be, and older than the seals: none of them has it."""
    security.seal_audit_heads(NOON + timedelta(hours=2))
    security.record_read("case:x", actor=history.auditor, at=NOON + timedelta(minutes=5))
    assert [one for one in faults() if str(history.auditor.pk) in one and "5" in one]


@pytest.mark.parametrize("column", [one.name for one in AuditSeal._meta.concrete_fields if not one.primary_key])
def test_a_changed_seal_is_named(history, column):
    unguarded("security_auditseal")
    field = AuditSeal._meta.get_field(column)
    run(f'UPDATE security_auditseal SET "{field.column}" = {another(field)} WHERE sequence = 2')
    assert [one for one in faults() if "2" in one]


@pytest.mark.parametrize("sequence", [1, 2, 3, 4])
def test_a_deleted_seal_is_named(history, sequence):
    unguarded("security_auditseal")
    run("DELETE FROM security_auditseal WHERE sequence = %s", sequence)
    assert [one for one in faults() if str(sequence) in one]


def test_a_deleted_seal_that_no_anchor_names_is_named_by_its_events(history):
    assert seal_unread(at=NOON + timedelta(days=2)) == 1
    unguarded("security_auditseal")
    run("DELETE FROM security_auditseal WHERE sequence = 5")
    named(history.case, str(history.case.event_count))


def test_an_added_seal_without_rows_is_named(history):
    security.seal("seal", [], NOON)
    assert [one for one in faults() if "5" in one]


def test_a_chain_of_seals_that_the_owner_made_anew_is_named_by_the_anchor(history):
    unguarded("security_auditseal")
    run("DELETE FROM security_anchor")
    previous = None
    for seal in AuditSeal.objects.order_by("sequence"):
        seal.at += timedelta(seconds=seal.sequence == 2)
        seal.follow(previous)
        assert seal.hash == link(seal.previous_hash, seal.payload())
        run(
            "UPDATE security_auditseal SET at = %s, previous_hash = %s, hash = %s WHERE id = %s",
            seal.at, seal.previous_hash, seal.hash, seal.pk,
        )  # fmt: skip
        previous = seal
        Anchor.objects.create(sequence=seal.sequence, hash=seal.hash, at=seal.at, written_at=NOON)
    anchored = {one.sequence for one in anchors.read(security.anchor_path()).anchors}
    found = [*faults()]
    for sequence in anchored - {1}:
        assert any(f"{sequence}" in one for one in found), found


@pytest.mark.parametrize("column", ["sequence", "hash", "at"])
def test_a_changed_anchor_is_named(history, column):
    field = Anchor._meta.get_field(column)
    run(f'UPDATE security_anchor SET "{field.column}" = {another(field)} WHERE sequence = 4')
    assert [one for one in faults() if "4" in one or "5" in one]


def test_a_deleted_or_an_added_anchor_is_named(history):
    Anchor.objects.filter(sequence=2).delete()
    assert [one for one in faults() if "2" in one]
    Anchor.objects.create(sequence=9, hash="0" * 64, at=NOON, written_at=NOON)
    assert [one for one in faults() if "9" in one]


def test_the_command_says_how_many_faults_there_are(history, capsys):
    call_command("verify_audit")
    assert "events in" in capsys.readouterr().out
    Case.objects.filter(pk=history.case.pk).update(level="major")
    with pytest.raises(CommandError, match="1 faults found"):
        call_command("verify_audit")
