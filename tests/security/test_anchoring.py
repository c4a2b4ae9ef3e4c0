"""An anchor waits in the database until the file outside has it: nothing is lost and nothing doubled."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from security import anchors, services, verifying
from security.chain import link
from security.models import Anchor, AuditSeal
from tests.append_only import tamper
from tests.security.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path, settings):
    settings.SQM_HOME = tmp_path
    return services.anchor_path()


def sealed(number, at=NOON):
    return services.seal("seal", [(number, 1, f"{number:064x}")], at)


def written(path):
    return [one.sequence for one in anchors.read(path).anchors]


def grown(count, since=0):
    """So many seals and anchors, a minute apart, laid down at once; returns the lines of their file."""
    last = AuditSeal.objects.order_by("-sequence").first()
    seals = []
    for number in range(since, since + count):
        rows = {"count": 1, "chains": [number], "sequences": [1], "digest": "0" * 64}
        seal = AuditSeal(reader="seal", at=NOON + number * MINUTE, **rows)
        seal.follow(last)
        seals.append(last := seal)
    AuditSeal.objects.bulk_create(seals)
    Anchor.objects.bulk_create(
        Anchor(sequence=seal.sequence, hash=seal.hash, at=seal.at, written_at=seal.at) for seal in seals
    )
    return "".join(f"{anchors.Anchor(seal.at, seal.sequence, seal.hash).line()}\n" for seal in seals)


@pytest.mark.django_db
class TestOneHost:
    def test_what_could_not_be_written_waits(self, path, tmp_path):
        """B32b: a seal that the file could not take was passed over for good."""
        sealed(1)
        with pytest.raises(OSError, match="folder"):
            services.anchor(NOON, tmp_path / "no folder" / "anchor.log")
        assert Anchor.objects.get().written_at is None
        sealed(2)
        assert services.anchor(NOON + MINUTE, path)
        assert written(path) == [1, 2]
        assert not Anchor.objects.filter(written_at=None).exists()

    def test_a_crash_after_the_line_doubles_none(self, path):
        sealed(1)
        services.anchor(NOON)
        Anchor.objects.update(written_at=None)  # the process died before it could say so
        assert not services.anchor(NOON + MINUTE)
        assert written(path) == [1]
        assert Anchor.objects.get().written_at == NOON + MINUTE

    def test_a_file_that_was_removed_is_not_made_anew_from_the_database(self, path):
        sealed(1)
        services.anchor(NOON)
        path.unlink()
        sealed(2)
        services.anchor(NOON + MINUTE)
        assert written(path) == [2]
        assert "begins with seal 2, and seals were anchored since seal 1" in services.verify_seals(path)[0]

    def test_a_line_that_was_taken_out_is_told(self, path):
        for number in (1, 2, 3):
            sealed(number)
            services.anchor(NOON + number * MINUTE)
        lines = path.read_text().splitlines(keepends=True)
        path.write_text(lines[0] + lines[2])
        said = "seal 2 was anchored, and its line is not in the file: put back the one you keep"
        assert services.verify_seals(path) == [said]

    def test_what_waits_too_long_is_told(self, path):
        seal = sealed(1)
        Anchor.objects.create(sequence=1, hash=seal.hash, at=NOON)
        path.touch()
        assert [one[:34] for one in services.verify_seals(path)] == ["since 2026-11-23T12:00:00+00:00 an"]

    def test_an_anchor_comes_every_minute_while_there_are_new_seals(self, path):
        for second in range(0, 240, 20):
            sealed(second + 1, at=NOON + timedelta(seconds=second))
            services.anchor(NOON + timedelta(seconds=second))
        assert [one.at - NOON for one in anchors.read(path).anchors] == [0 * MINUTE, MINUTE, 2 * MINUTE, 3 * MINUTE]
        assert not services.anchor(NOON + 60 * MINUTE) or written(path)[-1] == 12
        assert not services.anchor(NOON + 120 * MINUTE), "nothing new since"


@pytest.mark.django_db
def test_every_host_has_every_anchor_once(path, tmp_path):
    """B32b: anchor.log is one a host, and each had what its own workers happened to write."""
    here, there = path, tmp_path / "there.log"
    for number in range(1, 7):
        sealed(number)
        services.anchor(NOON + number * MINUTE, here if number % 3 else there)
    services.anchor(NOON + 7 * MINUTE, there)
    services.anchor(NOON + 7 * MINUTE, here)
    assert written(here) == [1, 2, 3, 4, 5, 6]
    assert written(there) == [3, 4, 5, 6], "it begins when the host does"
    assert services.verify_seals(here) == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_write_a_line_once(path):
    for number in (1, 2, 3):
        sealed(number)
        seal = AuditSeal.objects.get(sequence=number)
        Anchor.objects.create(sequence=number, hash=seal.hash, at=NOON + number * MINUTE)
    sealed(4)

    def tick(_number):
        try:
            return services.anchor(NOON + 5 * MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tick, range(16)))
    assert written(path) == [1, 2, 3, 4]
    assert Anchor.objects.count() == 4


@pytest.mark.django_db
class TestALongHistory:
    def test_is_compared_to_its_last_line(self, path, monkeypatch):
        monkeypatch.setattr(anchors, "LINES_AT_ONCE", 7)
        path.write_text(grown(40))
        assert services.verify_seals(path) == []
        forged = AuditSeal.objects.get(sequence=40)
        forged.digest = "1" * 64
        tamper(
            "UPDATE security_auditseal SET digest = %s, hash = %s WHERE sequence = 40",
            forged.digest,
            link(forged.previous_hash, forged.payload()),
        )
        assert [one[:17] for one in services.verify_seals(path)] == ["seal 40, anchored"]

    def test_takes_no_more_memory_than_a_short_one(self, path, monkeypatch):
        """B32b: the seals of all history stood in a dict."""
        monkeypatch.setattr(anchors, "LINES_AT_ONCE", 100)
        monkeypatch.setattr(verifying, "SEALS_AT_ONCE", 50)
        path.write_text(grown(400))
        services.verify_seals(path)
        short = peak(lambda: services.verify_seals(path))
        with path.open("a") as file:
            file.write(grown(7_600, since=400))
        assert peak(lambda: services.verify_seals(path)) < 2 * short


def peak(work):
    tracemalloc.start()
    try:
        assert work() is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
