"""What somebody changed or removed in the audit log, the seals or the anchors, a sentence each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from security import anchors
from security.anchoring import anchor_path
from security.chain import verify_chain
from security.models import Anchor, AuditRow, AuditSeal
from security.seals import AUDIT, AUDIT_OVERLAP, Hashed, Key, digest_of, rows_by_key
from sqm_site.snapshots import as_of_one_moment

ROWS_AT_ONCE = 20_000  # of sealed rows; a seal more, when it has many
SEALS_AT_ONCE = 100
WAITS_AT_MOST = timedelta(minutes=10)
# Rows of people that are older than the newest seal of audit rows, and newer than what it and those before it know.
UNSEALED = """
WITH sealed AS (
    SELECT chain AS actor_id, max(place) AS upto
    FROM security_auditseal, unnest(chains, sequences) AS key(chain, place) WHERE reader = %(reader)s GROUP BY 1
)
SELECT actor_id, sequence FROM security_auditrow LEFT JOIN sealed USING (actor_id)
WHERE sequence > coalesce(upto, 0)
    AND at < (SELECT max(at) - make_interval(secs => %(overlap)s) FROM security_auditseal WHERE reader = %(reader)s)
ORDER BY 1, 2
"""


def verify_audit() -> list[str]:
    """Return a sentence for everything that was changed or removed in the audit log and the seals."""
    return [*verify_audit_rows(), *verify_seals(anchor_path())]


def verify_audit_rows() -> list[str]:
    """Check the chain of every actor, every AuditRow that was sealed, and that none is too old to be in no seal."""
    problems = []
    with as_of_one_moment():
        rows = AuditRow.objects.order_by("actor_id", "sequence").iterator()
        for actor_id, chain in groupby(rows, key=lambda row: row.actor_id):
            found = verify_chain(chain, AuditRow.payload)
            problems += [_("audit log of user {user}: {problem}").format(user=actor_id, problem=one) for one in found]
        return [*problems, *unsealed_rows(), *verify_sealed(AUDIT, _audit_rows)]


def unsealed_rows() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, {"reader": AUDIT, "overlap": AUDIT_OVERLAP.seconds})
        said = _("audit log of user {user}: row {sequence} is older than the seals and in none: somebody added it")
        return [said.format(user=user, sequence=sequence) for user, sequence in cursor.fetchall()]


def verify_seals(path: Path, *, length: int | None = None) -> list[str]:
    """Check the chain of seals, and that every seal named in the anchor file is still there, unchanged.

    length  of the file when what is read of the database stood still; default: now
    """
    length = anchors.length_of(path) if length is None else length
    with as_of_one_moment():
        seals = AuditSeal.objects.order_by("sequence").iterator(chunk_size=SEALS_AT_ONCE)
        problems = [_("seals: {problem}").format(problem=one) for one in verify_chain(seals, AuditSeal.payload)]
        problems += [*anchors_otherwise(), *waiting_too_long()]
        if path.exists():
            return [*problems, *file_otherwise(path, length)]
        missing = _("the anchor file {path} is missing: nobody can tell whether the newest rows were cut off")
        return [*problems, missing.format(path=path)] if AuditSeal.objects.exists() else problems


def anchors_otherwise() -> Iterator[str]:
    """Anchors in the database whose seal is not there."""
    seals = AuditSeal.objects.filter(sequence=OuterRef("sequence"), hash=OuterRef("hash"))
    for one in Anchor.objects.filter(~Exists(seals)).order_by("pk").iterator():
        yield gone(one)


def waiting_too_long() -> Iterator[str]:
    waiting = "SELECT min(at) FROM security_anchor WHERE written_at IS NULL AND at < now() - make_interval(secs => %s)"
    with connection.cursor() as cursor:
        cursor.execute(waiting, [WAITS_AT_MOST.seconds])
        since: datetime | None = cursor.fetchone()[0]
    if since is not None:
        said = _("since {moment} anchors wait to be written outside the database: see to the worker of the queue clock")
        yield said.format(moment=since.isoformat())


def file_otherwise(path: Path, length: int) -> Iterator[str]:
    """Compare the lines of the file, a batch at a time, with the seals and with the anchors in the database."""
    torn, damaged = "", False
    before: anchors.Anchor | None = None
    for found in anchors.batches(path, length):
        torn, damaged = found.torn, damaged or bool(found.damaged)
        yield from lines_otherwise(found.anchors)
        yield from taken_out(found.anchors, since=before)
        before = found.anchors[-1] if found.anchors else before
    if damaged:
        yield _("the anchor file {path} has lines that cannot be read").format(path=path)
    if torn:
        yield _("the last line of the anchor file {path} was torn off; the next anchor closes it").format(path=path)


def lines_otherwise(lines: list[anchors.Anchor]) -> Iterator[str]:
    wanted = [one.sequence for one in lines]
    seals = dict(AuditSeal.objects.filter(sequence__in=wanted).values_list("sequence", "hash"))
    rows = set(Anchor.objects.filter(sequence__in=wanted).values_list("sequence", "hash", "at"))
    for one in lines:
        here = (one.sequence, one.hash, one.at) in rows
        if seals.get(one.sequence) != one.hash:
            yield from [] if here else [gone(one)]  # anchors_otherwise has said it
        elif not here:
            said = _("the database has not the anchor of seal {sequence} that the file has")
            yield said.format(sequence=one.sequence)


def gone(anchor: Anchor | anchors.Anchor) -> str:
    said = _("seal {sequence}, anchored at {moment}, is gone: rows were cut off, or an old backup restored")
    return said.format(sequence=anchor.sequence, moment=anchor.at.isoformat())


def taken_out(lines: list[anchors.Anchor], *, since: anchors.Anchor | None) -> Iterator[str]:
    """Anchors that were written and are in the file no more. since: the line before these; None: they begin it."""
    if not lines:
        return
    rows = Anchor.objects.exclude(written_at=None).order_by("at", "sequence")
    earlier = rows.exclude(Anchor.after(lines[0])).first() if since is None else None
    if earlier is not None and earlier.sequence != lines[0].sequence:
        said = _("the anchor file begins with seal {first}, and seals were anchored since seal {sequence}: {what}")
        what = _("put back the one you keep, or copy that of another host")
        yield said.format(first=lines[0].sequence, sequence=earlier.sequence, what=what)
    known = {one.sequence for one in lines}
    between = rows.filter(Anchor.after(since or lines[0])).exclude(Anchor.after(lines[-1]))
    said = _("seal {sequence} was anchored, and its line is not in the file: put back the one you keep")
    for sequence in between.values_list("sequence", flat=True).iterator():
        if sequence not in known:
            yield said.format(sequence=sequence)


def verify_sealed(reader: str, rows_of: Callable[[list[Key]], Iterable[Hashed]]) -> list[str]:
    """Compare the seals of one log with its rows. `rows_of` gives those of the keys that exist."""
    problems = []
    with as_of_one_moment():
        seals = AuditSeal.objects.filter(reader=reader).order_by("sequence").iterator(chunk_size=SEALS_AT_ONCE)
        for batch in batched(seals):
            found = rows_of([key for one in batch if _is_whole(one) for key in one.rows])
            hashes = {(chain, sequence): digest for chain, sequence, digest in found}
            problems += [problem for one in batch if (problem := _broken(one, hashes))]
    return problems


def batched(seals: Iterator[AuditSeal]) -> Iterator[list[AuditSeal]]:
    """Some seals at a time, whatever each has."""
    batch: list[AuditSeal] = []
    for one in seals:
        batch.append(one)
        if sum(len(each.chains) for each in batch) >= ROWS_AT_ONCE or len(batch) == SEALS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _audit_rows(keys: list[Key]) -> list[Hashed]:
    return rows_by_key(AuditRow, "actor_id", keys)


def _is_whole(sealed: AuditSeal) -> bool:
    return len(sealed.chains) == len(sealed.sequences) == sealed.count > 0


def _broken(sealed: AuditSeal, hashes: Mapping[Key, str]) -> str:
    if not _is_whole(sealed):
        return _("log {log}: seal {sequence} names no rows, or not as many as it says").format(
            log=sealed.reader, sequence=sealed.sequence
        )
    gone = [f"{chain}/{sequence}" for chain, sequence in sealed.rows if (chain, sequence) not in hashes]
    if gone:
        said = _("log {log}: sealed rows are gone (seal {sequence}): {rows}")
        return said.format(log=sealed.reader, sequence=sealed.sequence, rows=", ".join(gone[:10]))
    if sealed.digest == digest_of((*key, hashes[key]) for key in sealed.rows):
        return ""
    said = _("log {log}: sealed rows among {first} to {last} were changed (seal {sequence})")
    first, last = ("/".join(map(str, key)) for key in (sealed.rows[0], sealed.rows[-1]))
    return said.format(log=sealed.reader, sequence=sealed.sequence, first=first, last=last)
