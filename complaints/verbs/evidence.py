"""What proves that the customer was told (Art. 21): a recording, a tracking number, the message that we sent."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.services.representing import End
from complaints.verb import Given
from feedback import services as feedback

POST = "POST"
# Of these a recording is all the evidence there is.
SPOKEN = ("PHONE", "IN_PERSON")
NUMBERED = re.compile(r"(?=.*\d).{5,}", re.DOTALL)
TRACKING = re.compile(r"[0-9A-Za-z]{8,30}")


def proven(
    dossier: Dossier, given: Given, *, label: Any, moment: str = "told_at", ends: Sequence[End] = ()
) -> Iterator[Missing]:
    """What a telling still lacks: the way and the words, and the evidence that this way leaves.

    label   what to say when the way or the words are missing
    moment  the field that says when it happened
    ends    where a message of ours arrives; none: at whoever wrote
    """
    method, evidence = given.get("method", ""), given.get("evidence", "").strip()
    if not method or not given.get("text"):
        yield Missing(label, "method")
    elif sent_by_us(dossier, method, ends):
        if given.get(moment):
            yield Missing(_("This message goes out now: leave the time of telling empty."), moment)
    elif method == POST and not TRACKING.fullmatch(evidence):
        yield Missing(_("Give the tracking number of the letter: 8 or more letters and digits."), "evidence")
    elif not NUMBERED.fullmatch(evidence):
        yield Missing(_("Give the number of the recording, message or receipt that proves the telling."), "evidence")


def sent_by_us(dossier: Dossier, method: str, ends: Sequence[End] = ()) -> bool:
    """Whether a telling by this method is a message that we send, to each of them; else a colleague tells them."""
    where = ends or [End(dossier.contact, dossier.confirmed)]
    return all(feedback.way_to(contact, method, confirmed=confirmed) for contact, confirmed in where)


def send(act: Act, *, method: str, text: str, evidence: str, kind: str = "decision", ends: Sequence[End] = ()) -> str:
    """Send what is told, where we send by this method. Returns the evidence: given, or the number of our message."""
    notice = act.tell_customer(kind, method=method, text=text, ends=ends)
    return evidence or (f"{method}-{notice.pk}" if notice else "")
