"""代理人、代表人 on the page of a case: who they are, masked, by which paper, and whether they may hear of it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from complaints.desk.contacts import STEM
from complaints.dossier import Dossier
from complaints.models import Case, Representative
from complaints.models.representative import AUTHORITY, CAPACITY, SEEN, SHOWN
from complaints.services.representing import is_heard_by_others, today
from complaints.services.taxonomy import label

PERSON = "PERSON"
# Read with the case: a page has no statement to spare. Of a review, and of what was split off, those of where it began.
ROWS = Representative.objects.filter(Q(case=OuterRef("pk")) | Q(**STEM)).order_by("pk")
SPEAKERS = ArraySubquery(
    ROWS.values(shown=JSONObject(**{name: name for name in SHOWN}, who=F("seen_by__display_name")))
)


@dataclass(frozen=True)
class Speaker:
    """One who speaks for the complainant, or did. tone: of `state`"""

    row: Representative
    state: Any
    tone: str

    @property
    def capacity(self) -> str:
        return label(CAPACITY, self.row.capacity)

    @property
    def paper(self) -> str:
        return label(AUTHORITY, self.row.authority) if self.row.authority else ""

    @property
    def seen(self) -> str:
        return label(SEEN, self.row.seen) if self.row.seen else ""


def speakers(dossier: Dossier) -> list[Speaker]:
    return [Speaker(row, *state_of(row, dossier)) for row in dossier.representatives]


def state_of(row: Representative, dossier: Dossier) -> tuple[Any, str]:
    if not row.stands:
        return _("ended"), ""
    if row.seen_at is None:
        return _("paper not seen"), "warn"
    return (_("paper seen"), "good") if row.may_hear(today(dossier)) else (_("paper has run out"), "bad")


def complainant_of(case: Case) -> str:
    """What is unusual of who complains: an organisation, somebody acting for another, several together."""
    kind = label("complainant_type", case.complainant_type) if case.complainant_type != PERSON else ""
    many = _("{count} complainants").format(count=case.complainants) if case.complainants > 1 else ""
    return " · ".join(word for word in (kind, many) if word)


def spoken_for(dossier: Dossier) -> dict[str, Any]:
    """For the page. unproven: an answer by the way of the message reaches somebody whose paper nobody has seen"""
    return {
        "speakers": speakers(dossier),
        "complainant": complainant_of(dossier.case),
        "unproven": is_heard_by_others(dossier),
    }
