"""案卷 (Art. 28): all that is known of a case in one zip, masked, with hashes by which an inspector verifies it alone.

For each case an index to read, its events as they are chained, its letters, and its files but those that nobody is
given: what is in quarantine, and identity documents, which show what is masked everywhere else.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from django.template import Context, Engine
from django.utils import timezone, translation

from complaints.desk.files import in_words
from complaints.desk.timeline import timeline_of
from complaints.desk.whydue import why
from complaints.ledgers.base import Known
from complaints.ledgers.complaint import Complaints
from complaints.letters import LETTERS, number_of
from complaints.letters.printing import CannotPrint, pdf_of
from complaints.models import Attachment, Case, Letter
from complaints.services.downloading import content_of
from organization.jobs import TooMuch
from organization.models import User
from security.chain import canonical, verify_chain
from security.errors import DamagedFile
from sqm_site.storing import MEGABYTE

FORMAT, MANIFEST = 1, "MANIFEST.json"
MOST_BYTES = 64 * MEGABYTE  # of the whole, before it is packed: a worker holds it in its memory while it is sealed
HOW_TO_VERIFY = (
    "files: SHA-256 of each file. events.jsonl: one event a line; its hash is the SHA-256 of previous_hash followed by"
    " its payload as JSON in UTF-8 with sorted keys and without spaces; the first previous_hash is 64 zeros, and the"
    " hash of the last line is head."
)
FULL = "超出单个案卷的容量，请在工单中另行下载"
AT_HAND = ("owner", "first_receiver", "complained_unit", "handling_unit", "receiving_unit", "legal_entity", "customer")


class Bundle:
    """One zip that is being filled, and is gone with the block. `subjects`: what stands in it, as the log calls it."""

    def __init__(self, reader: User, at: datetime) -> None:
        self.reader, self.at = reader, at
        self.known = Known.of(reader.legal_entity_id)
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 closed with the block
        self.zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED)
        self.cases: list[dict[str, Any]] = []
        self.subjects: list[str] = []
        self.bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.zip.close()
        self.file.close()

    def add(self, key: int) -> None:
        """A case, by its id. Raises TooMuch."""
        case = Case.objects.select_related(*AT_HAND).get(pk=key)
        entry: dict[str, Any] = {"reference": case.reference, "state": case.state, "files": [], "left_out": []}
        self.cases.append(entry)
        self.subjects.append(f"case:{case.reference}")
        with translation.override("zh-hans"):
            self.put_events(case, entry)
            letters = [self.put_letter(case, row, entry) for row in letters_of(case)]
            for row in case.attachments.order_by("pk"):
                self.put_file(row, entry)
            self.put("index.html", self.index(case, entry, letters).encode(), entry)

    def put(self, name: str, content: bytes, entry: dict[str, Any]) -> None:
        self.bytes += len(content)
        if self.bytes > MOST_BYTES:
            raise TooMuch
        self.zip.writestr(f"{entry['reference']}/{name}", content)
        entry["files"].append({"name": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})

    def put_events(self, case: Case, entry: dict[str, Any]) -> None:
        events = list(case.events.order_by("sequence"))
        rows = ({"payload": row.payload(), "previous_hash": row.previous_hash, "hash": row.hash} for row in events)
        self.put("events.jsonl", b"\n".join(map(canonical, rows)), entry)
        faults = verify_chain(events, lambda row: row.payload())
        entry |= {"events": len(events), "head": case.last_hash, "chain": faults or "verified"}

    def put_letter(self, case: Case, row: Letter, entry: dict[str, Any]) -> dict[str, Any]:
        """As it is stored to be read: the name of the customer stands on the paper that they got, and not here."""
        text = case.texts.get(event_sequence=row.event_sequence, kind="letter").text
        name = f"letters/{number_of(row)}"
        try:
            self.put(f"{name}.pdf", pdf_of(row, text), entry)
        except CannotPrint:
            self.put(f"{name}.txt", text.encode(), entry)
        return {"name": entry["files"][-1]["name"], "title": LETTERS[row.kind].title, "at": row.at}

    def put_file(self, row: Attachment, entry: dict[str, Any]) -> None:
        name = f"files/{row.pk}-{row.title}"
        reason = withheld(row) or (FULL if self.bytes + row.size > MOST_BYTES else "")
        if reason:
            entry["left_out"].append({"name": name, "why": reason})
            return
        try:
            self.put(name, content_of(row), entry)
        except DamagedFile as error:
            entry["left_out"].append({"name": name, "why": str(error)})
        else:
            self.subjects.append(f"attachment:{row.pk}")

    def index(self, case: Case, entry: dict[str, Any], letters: list[dict[str, Any]]) -> str:
        """The page to read first: facts, what happened, deadlines, and what else lies beside it."""
        ledger = Complaints()
        (line,) = ledger.entries([case.pk], self.known).values()
        clocks = case.clocks.select_related("round").prefetch_related("moves").order_by("pk")
        known = {
            "case": case,
            "facts": [(column.heading, shown(column.value(line))) for column in ledger.columns],
            "days": timeline_of(case, self.reader, complete=True).days,
            "clocks": [(clock, why(clock), clock.moves.all()) for clock in clocks],
            "letters": letters,
            "files": [{**file, "size": in_words(file["bytes"])} for file in entry["files"]],
            "entry": entry,
            "made_at": self.at,
            "made_by": self.reader.display_name,
        }
        return Engine.get_default().get_template("dossiers/case.html").render(Context(known))

    def close(self) -> bytes:
        """The zip, with its manifest."""
        about = {"format": FORMAT, "made_at": timezone.localtime(self.at).isoformat(), "verify": HOW_TO_VERIFY}
        made = {"made_by": self.reader.username, "cases": self.cases}
        self.zip.writestr(MANIFEST, json.dumps({**about, **made}, ensure_ascii=False, indent=1))
        self.zip.close()
        self.file.seek(0)
        return self.file.read()


def letters_of(case: Case) -> Iterator[Letter]:
    yield from case.letters.select_related("unit", "legal_entity").order_by("pk")


def withheld(row: Attachment) -> str:
    """Why a file is given to nobody here; empty: it is."""
    if row.is_identity:
        return "身份证件，含明文个人信息，不入脱敏案卷"
    if row.state not in Attachment.GIVEN_OUT:
        return f"{Attachment.State(row.state).label}{'：' if row.finding else ''}{row.finding}"
    return ""


def shown(value: Any) -> Any:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value or ""
