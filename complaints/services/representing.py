"""Who speaks for the complainant of a case, and who of them may hear what was decided (Art. 12, Art. 14, Art. 22)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.utils import timezone

from complaints.dossier import Dossier
from complaints.models import Case, Representative
from complaints.models.representative import ELECTED, FOR_ANOTHER
from feedback.models import Feedback
from security.fields import Sealed

# Complainant types of whoever raises somebody else's matter.
ACTING = ("REPRESENTATIVE", "HEIR")
# What a case is called after who speaks for its complainant; an agent of a company changes nothing about that.
JOINT = "GROUP"  # several who complain together and elect representatives (Art. 12)
TYPE_OF = {"AGENT": "REPRESENTATIVE", "GUARDIAN": "REPRESENTATIVE", "HEIR": "HEIR", "LEGAL": "ORG", "ELECTED": JOINT}
COMPLAINANT, REPRESENTATIVE = "complainant", "representative"  # whom a telling reaches


class End(NamedTuple):
    """Where something that we send arrives: whoever wrote the message, and addresses that go before theirs."""

    contact: Feedback | None
    confirmed: dict[str, Sealed]


def standing(dossier: Dossier) -> list[Representative]:
    """Those who speak for the complainant now, in the order in which they were written down."""
    return [row for row in dossier.representatives if row.stands]


def who_may_hear(dossier: Dossier) -> list[Representative]:
    day = today(dossier)
    return [row for row in dossier.representatives if row.may_hear(day)]


def today(dossier: Dossier) -> date:
    return timezone.localdate(dossier.at)


def raised_for_another(dossier: Dossier) -> bool:
    """Whether somebody raised it whose own matter it is not: their address is not that of the complainant."""
    rows = dossier.representatives
    if any(row.raised and row.capacity in FOR_ANOTHER for row in rows):
        return True
    return dossier.case.complainant_type in ACTING and not any(row.raised for row in rows)


def is_spoken_for(dossier: Dossier) -> bool:
    """Whether somebody speaks for the complainant: then it is asked who was told."""
    return bool(standing(dossier)) or raised_for_another(dossier)


def is_heard_by_others(dossier: Dossier) -> bool:
    """Whether an answer by the way of the message reaches somebody whose paper nobody has seen, or has run out."""
    if not raised_for_another(dossier):
        return False
    return not any(row.raised and row.capacity in FOR_ANOTHER for row in who_may_hear(dossier))


def elected(rows: Iterable[Representative]) -> int:
    """How many of them the complainants of a joint complaint elected."""
    return sum(row.capacity == ELECTED for row in rows)


def are_elected(dossier: Dossier) -> bool:
    return elected(standing(dossier)) > 0


def speaks_for_others(dossier: Dossier) -> list[Case]:
    """The cases of other complainants that were merged into this one (共同投诉): they are told with it."""
    return [case for case in dossier.absorbed if case.customer_id != dossier.case.customer_id]


def ends_of(dossier: Dossier, told_to: str = "") -> Sequence[End]:
    """Where a telling goes that we send.

    told_to  COMPLAINANT, REPRESENTATIVE; empty: to whoever wrote
    """
    if told_to == REPRESENTATIVE:
        return [End(None, row.addresses) for row in who_may_hear(dossier)]
    other = told_to == COMPLAINANT and raised_for_another(dossier)
    return [End(None if other else dossier.contact, dossier.confirmed)]
