"""Who hears what was decided: the complainant, and whoever speaks for them once their paper was seen (Art. 14)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.dossier import Dossier, Missing
from complaints.models import ADDRESSES
from complaints.services.identifying import is_of_a_stranger, may_be_a_stranger
from complaints.services.representing import (
    COMPLAINANT,
    JOINT,
    REPRESENTATIVE,
    End,
    are_elected,
    is_heard_by_others,
    is_spoken_for,
    speaks_for_others,
    who_may_hear,
)
from complaints.verb import Given
from complaints.verbs.evidence import SPOKEN, sent_by_us
from feedback import services as feedback
from feedback.channels import senders
from feedback.models import Feedback

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
    told_to, elected = given.get("told_to"), are_elected(dossier)
    if not elected and speaks_for_others(dossier):
        yield Missing(_("Cases of others were merged into it: record who represents them, or take the cases apart."))
    elif not elected and dossier.case.complainant_type == JOINT:
        yield Missing(_("Several complain together: record first whom they elected."))
    elif not is_spoken_for(dossier):
        return
    elif not told_to:
        yield Missing(_("Say who is told: the complainant, or who represents them."), "told_to")
    elif told_to == REPRESENTATIVE and not who_may_hear(dossier):
        said = _("Nobody has seen a valid paper of a representative: verify it first, or tell the complainant.")
        yield Missing(said, "told_to")
    elif told_to == COMPLAINANT and elected:
        yield Missing(_("It is a joint complaint: its representatives are told, for all who complain."), "told_to")


def not_to_a_stranger(dossier: Dossier, given: Given) -> Iterator[Missing]:
    """Whoever gave other values than the customer has is asked who they are before they are told anything (Art. 22).

    A page asks without a way of telling, which the form brings.
    """
    method = given.get("method", "")
    if not method or given.get("told_to") == REPRESENTATIVE:
        return
    if method in SPOKEN and may_be_a_stranger(dossier):
        said = _("They gave other values than the customer has, or are not the customer: verify the identity first.")
        yield Missing(said, "method")
    way = feedback.way_to(dossier.contact, method, confirmed=dossier.confirmed)
    address = senders()[way].address if way else ""
    if way and address not in dossier.confirmed and is_of_a_stranger(dossier.contact, address):
        yield Missing(_("This is not the address that the customer has: have it confirmed first, by two."), "method")


def usual_method(dossier: Dossier) -> dict[str, str]:
    """For a filled-in form: a stranger who was told nothing by word of mouth gets a letter."""
    return {"method": "POST", "evidence": "1234567890"} if may_be_a_stranger(dossier) else {}


def who_is_asked(dossier: Dossier) -> Feedback | None:
    """The message whose address a survey goes to; None: it may be that of somebody else, who would answer for them."""
    message = dossier.contact
    strange = any(is_of_a_stranger(message, name) for name in ADDRESSES) or may_be_a_stranger(dossier)
    return None if strange or is_heard_by_others(dossier) else message


def told_for(dossier: Dossier, told_to: str) -> dict[str, int]:
    """How many hear of it by their representatives: all who complain together, also in cases merged into it."""
    if told_to != REPRESENTATIVE or not are_elected(dossier):
        return {}
    others = speaks_for_others(dossier)
    return {"told_for": max(dossier.case.complainants, sum(one.complainants for one in [dossier.case, *others]))}


def usually_told(dossier: Dossier) -> str:
    """Who may hear of it; empty: nobody speaks for the complainant."""
    if not is_spoken_for(dossier):
        return ""
    return REPRESENTATIVE if who_may_hear(dossier) else COMPLAINANT
