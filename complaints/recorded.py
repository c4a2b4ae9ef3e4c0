"""Kinds of events that the system writes: no form, no gate, no right."""

from typing import Any

# How the timeline shows it: what the customer said, what we told them, for colleagues only, a step of the case.
CUSTOMER, OURS, NOTE, STEP = "customer", "ours", "note", "step"

RECORDED: dict[str, Any] = {}  # those that the system or another verb writes: Recorded, and verbs without a door


class Recorded:
    """A kind of event that the system writes: no form, no gate, no right."""

    moment = ""
    works = answers = False

    def __init__(self, name: str, label: Any, *, shown_as: str = STEP, leaves_etag: bool = False) -> None:
        self.name, self.label, self.shown_as, self.leaves_etag = name, label, shown_as, leaves_etag
        RECORDED[name] = self
