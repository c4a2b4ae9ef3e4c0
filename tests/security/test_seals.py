from datetime import timedelta

import pytest

from security import anchors, services
from security.chain import START, link
from security.models import AuditRow, AuditSeal
from tests.append_only import tamper
from tests.security.conftest import NOON
from tests.security.test_audit import CASE

EVENTS = {(7, 1): "a" * 64, (5, 2): "b" * 64, (9, 1): "c" * 64, (5, 3): "d" * 64}
LATER = NOON + timedelta(minutes=1)
TOO_SOON = NOON + timedelta(seconds=59)
NEVER_TOO_SOON = timedelta(0)


@pytest.fixture
def path(tmp_path, settings):
    settings.SQM_HOME = tmp_path
    return services.anchor_path()


@pytest.fixture
def sealed(db, path):
    """Two seals of an event log of three chains, both anchored."""
    for keys in [((7, 1), (5, 2)), ((9, 1), (5, 3))]:
        services.seal("seal", [(*key, EVENTS[key]) for key in keys], NOON)
        services.anchor(NOON, every=NEVER_TOO_SOON)


def events_now(changes=None):
    """The event log as somebody left it."""
    now = {**EVENTS, **(changes or {})}
    return lambda keys: [(*key, now[key]) for key in keys if now.get(key)]


def test_seals_of_all_logs_form_one_chain(sealed):
    services.seal("other", [(1, 1, "e" * 64)], NOON)

    seals = AuditSeal.objects.order_by("sequence")
    assert [(seal.sequence, seal.reader, seal.rows, seal.count) for seal in seals] == [
        (1, "seal", [(5, 2), (7, 1)], 2),
        (2, "seal", [(5, 3), (9, 1)], 2),
        (3, "other", [(1, 1)], 1),
    ]
    assert [seal.previous_hash for seal in seals] == [START, seals[0].hash, seals[1].hash]


def test_an_untouched_log_fits_its_seals(sealed, path):
    assert services.verify_sealed("seal", events_now()) == services.verify_seals(path) == services.verify_audit() == []


def test_a_sealed_row_that_was_cut_off_is_named(sealed):
    said = ["log seal: sealed rows are gone (seal 2): 9/1"]

    assert services.verify_sealed("seal", events_now({(9, 1): None})) == said


def test_a_sealed_log_that_was_hashed_anew_is_found(sealed):
    said = ["log seal: sealed rows among 5/2 to 7/1 were changed (seal 1)"]

    assert services.verify_sealed("seal", events_now({(5, 2): "f" * 64})) == said


def test_a_seal_that_was_changed_is_found(sealed, path):
    tamper("UPDATE security_auditseal SET digest = %s WHERE sequence = 1", "0" * 64)

    assert services.verify_seals(path) == ["seals: row 1 was changed"]


def test_seals_that_were_cut_off_are_found_through_the_anchor(sealed, path):
    tamper("DELETE FROM security_auditseal WHERE sequence = 2")

    said = "seal 2, anchored at 2026-11-23T12:00:00+00:00, is gone: rows were cut off, or an old backup restored"
    assert services.verify_seals(path) == [said]


def test_a_chain_of_seals_that_was_made_anew_is_found_through_the_anchor(sealed, path):
    forged = AuditSeal.objects.get(sequence=2)
    forged.digest = "0" * 64
    tamper(
        "UPDATE security_auditseal SET digest = %s, hash = %s WHERE sequence = 2",
        forged.digest,
        link(forged.previous_hash, forged.payload()),
    )

    tamper("UPDATE security_anchor SET hash = %s WHERE sequence = 2", link(forged.previous_hash, forged.payload()))

    assert [problem[:17] for problem in services.verify_seals(path)] == ["seal 2, anchored "]


def test_a_missing_or_damaged_anchor_file_is_said(sealed, path):
    whole = path.read_text()
    path.write_text(whole.replace("2026-11-23T12:00", "2026-11-23T12:01", 1))
    taken_out = (
        "the anchor file begins with seal 2, and seals were anchored since seal 1: "
        "put back the one you keep, or copy that of another host"
    )
    assert services.verify_seals(path) == [taken_out, f"the anchor file {path} has lines that cannot be read"]

    path.unlink()
    assert "nobody can tell" in services.verify_seals(path)[0]


@pytest.mark.parametrize("cut", [1, 20, 90])
def test_a_line_that_a_crash_tore_off_is_told_and_closed(sealed, path, cut):
    """O10: a torn line failed the audit for ever and swallowed the anchor after it."""
    path.write_bytes(path.read_bytes()[:-cut])
    torn = f"the last line of the anchor file {path} was torn off; the next anchor closes it"
    assert services.verify_seals(path) == [torn]

    services.seal("seal", [(11, 1, "e" * 64)], LATER)
    assert services.anchor(LATER, every=NEVER_TOO_SOON)
    assert services.verify_seals(path) == []
    assert [one.sequence for one in anchors.read(path).anchors] == [1, 2, 3]
    tamper("DELETE FROM security_auditseal WHERE sequence = 3")
    assert "seal 3, anchored at" in services.verify_seals(path)[0], "the anchor after the torn line counts"


def test_an_installation_without_seals_has_no_problem(db, path):
    assert not services.anchor(NOON)
    assert services.verify_seals(path) == []


def test_the_anchor_grows_by_the_newest_seal_and_not_too_often(sealed, path):
    assert not services.anchor(LATER)  # nothing new
    services.seal("seal", [(10, 1, "e" * 64)], NOON)
    assert not services.anchor(TOO_SOON)
    assert services.anchor(LATER)

    sequences = [line.split()[1] for line in path.read_text().splitlines()]
    assert sequences == ["1", "2", "3"]


def test_the_newest_audit_row_of_everybody_is_sealed(path, clerk, colleague):
    for actor in (clerk, clerk, colleague):
        newest = services.record("read", actor=actor, subject=CASE, at=NOON)

    first = services.seal_audit_heads(NOON)
    assert first.rows == [(clerk.pk, 2), (colleague.pk, 1)] and newest.sequence == 1
    assert services.seal_audit_heads(TOO_SOON) is None
    assert services.seal_audit_heads(LATER, every=NEVER_TOO_SOON) is None  # nothing new

    after = services.record("read", actor=clerk, subject=CASE, at=LATER)
    assert (clerk.pk, after.sequence) in services.seal_audit_heads(LATER).rows


def test_audit_rows_that_were_cut_off_are_found_through_their_seal(path, clerk):
    services.record("read", actor=clerk, subject=CASE, at=NOON)
    newest = services.record("reveal", actor=clerk, subject=CASE, at=NOON)
    services.seal_audit_heads(NOON)

    tamper("DELETE FROM security_auditrow WHERE id = %s", newest.pk)

    assert AuditRow.objects.count() == 1
    assert services.verify_audit_rows() == [f"log audit: sealed rows are gone (seal 1): {clerk.pk}/2"]
