"""Who hears what was decided: the complainant, and whoever speaks for them once their paper was seen (Art. 14)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.dossier import Dossier, Missing
from complaints.services.representing import (
    COMPLAINANT,
    REPRESENTATIVE,
    End,
    are_elected,
    is_heard_by_others,
    is_spoken_for,
    speaks_for_others,
    who_may_hear,
)
from complaints.verb import Given
from complaints.verbs.evidence import sent_by_us

TOLD_TO = [
    (COMPLAINANT, gettext_lazy("The complainant")),
    (REPRESENTATIVE, gettext_lazy("Who represents them")),
]


def proven_authority(dossier: Dossier, method: str = "") -> Iterator[Missing]:
    """Nobody hears of the matter of another by the way by which they raised it before their paper was seen.

    method  by which we answer: what goes to an address that was confirmed reaches the complainant
    """
    if is_heard_by_others(dossier) and not (method and sent_by_us(dossier, method, [End(None, dossier.confirmed)])):
        said = _(
            "It was raised for another, and nobody has seen by which paper: record who represents them, and verify it."
        )
        yield Missing(said, "method" if dossier.is_confirmed else "")


def to_whom(dossier: Dossier, given: Given) -> Iterator[Missing]:
    """Who speaks for the complainant is told once their paper was seen; those who were elected are told for all."""
    told_to, others = given.get("told_to"), speaks_for_others(dossier)
    if others and not are_elected(dossier):
        said = _(
            "Cases of other complainants were merged into it: record who represents them, or take the cases apart."
        )
        yield Missing(said)
    elif not is_spoken_for(dossier):
        return
    elif not told_to:
        yield Missing(_("Say who is told: the complainant, or who represents them."), "told_to")
    elif told_to == REPRESENTATIVE and not who_may_hear(dossier):
        said = _("Nobody has seen a valid paper of a representative: verify it first, or tell the complainant.")
        yield Missing(said, "told_to")
    elif told_to == COMPLAINANT and are_elected(dossier):
        yield Missing(_("It is a joint complaint: its representatives are told, for all who complain."), "told_to")


def usually_told(dossier: Dossier) -> str:
    """Who may hear of it; empty: nobody speaks for the complainant."""
    if not is_spoken_for(dossier):
        return ""
    return REPRESENTATIVE if who_may_hear(dossier) else COMPLAINANT
