"""The files of a case, as its page lists them: read with the case, for a page has no statement to spare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from complaints.models import DOCUMENTS, Attachment
from complaints.services.taxonomy import label
from sqm_site.storing import MEGABYTE

COLUMNS = ("id", "title", "kind", "caution", "size", "document", "state", "finding", "at", "feedback_id")
SHOWN = JSONObject(**{name: name for name in COLUMNS}, who=F("by__display_name"))
FILES = ArraySubquery(Attachment.objects.filter(case=OuterRef("pk")).order_by("pk").values(shown=SHOWN))
TONES = {"clean": "good", "unscanned": "", "received": "warn", "infected": "bad", "rejected": "bad"}


@dataclass(frozen=True)
class File:
    """One line of the list. who: whose it is; given: whether there is something to download"""

    row: Attachment
    who: str
    document: str
    size: str
    tone: str

    @property
    def given(self) -> bool:
        return self.row.state in Attachment.GIVEN_OUT


def files_of(case: Any) -> list[File]:
    """case  with `files`, by FILES"""
    return [file_of(facts) for facts in case.files]


def file_of(facts: Mapping[str, Any]) -> File:
    row = Attachment(**{name: facts[name] for name in COLUMNS if name != "at"}, at=datetime.fromisoformat(facts["at"]))
    return File(
        row=row,
        who=_("Customer") if row.feedback_id else facts["who"],
        document=label(DOCUMENTS, row.document) if row.document else "",
        size=in_words(row.size),
        tone=TONES.get(row.state, ""),
    )


def in_words(size: int) -> str:
    """1.4 MB, 312 kB; never nothing."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(1, round(size / 1024))} kB"
