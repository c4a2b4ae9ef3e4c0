"""How a page sends a verb: how long it is held back for an undo, and what its button says about where it goes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.desk.contacts import ways_to
from complaints.desk.forms import Control
from complaints.services.taxonomy import label
from complaints.verb import OURS, Verb
from feedback.channels import senders

# Undo is a delay, not a reversal: the page holds the POST. Unit: seconds.
FOR_CUSTOMERS, FOR_COLLEAGUES = 8, 5

SENDS, TOLD = _("Send to the customer by {method}"), _("Record: you told the customer by {method}")
INTERNAL = {"note": _("Save · colleagues only"), "log_contact": _("Save the contact")}
ASKS = _("Ask for approval: {verb}")
DIALOG_KEYS = {"classify": "f", "transfer": "t", "assign": "d"}
KEYS = {"reply": "E", "note": "I", "log_contact": "L"}


@dataclass(frozen=True)
class Sending:
    """A verb with its form, ready to be drawn.

    hold   seconds the page keeps it back; 0 sends at once
    ways   the methods by which we send ourselves; of the others a colleague has told the customer already
    asks   it does nothing yet: a second person is asked first
    """

    verb: Verb
    controls: list[Control]
    hold: int = 0
    ways: str = ""
    tells: bool = False
    asks: bool = False
    method: Any = field(default="", repr=False)

    @property
    def key(self) -> str:
        return KEYS.get(self.verb.name, "")

    @property
    def sends(self) -> Any:
        return SENDS

    @property
    def told(self) -> Any:
        return TOLD

    @property
    def says(self) -> str:
        """What the button says to begin with; the page keeps it true when another method is chosen."""
        if not self.tells:
            said = INTERNAL.get(self.verb.name, ASKS if self.asks else self.verb.label)
            return str(said).format(verb=self.verb.label)
        said = SENDS if self.method in self.ways.split() else TOLD
        return str(said).format(method=label("notification_method", self.method))


def sending(case: Any, verb: Verb, controls: list[Control], *, asks: bool = False) -> Sending:
    """case  with `given`, see contacts.CONTACT"""
    if not tells_the_customer(verb):
        return Sending(verb, controls, hold=FOR_COLLEAGUES if at_once(verb) else 0, asks=asks)
    reached = ways_to(case)
    ways = " ".join(key.upper() for key, one in senders().items() if one.address in reached)
    method = next((one.value for one in controls if one.name == "method"), "")
    return Sending(verb, controls, hold=FOR_CUSTOMERS, ways=ways, tells=True, method=method)


def tells_the_customer(verb: Verb) -> bool:
    return verb.shown_as == OURS and "method" in verb.form.names()


def at_once(verb: Verb) -> bool:
    """A verb without fields needs no dialog: it runs as it is pressed, and can be undone for a while."""
    return not verb.form.names()


def those_at_once(verbs: Iterable[Verb | None]) -> set[str]:
    return {verb.name for verb in verbs if verb is not None and at_once(verb)}
