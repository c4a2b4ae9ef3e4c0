"""Where a case stands: its running round and its open offer, as the verbs speak of them."""

from datetime import datetime
from typing import Any

from complaints.models import Case


class Of:
    """A fact of the round or the offer, kept in this column of the case."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, standing: Any, owner: type) -> Any:
        return getattr(standing.case, self.column)

    def __set__(self, standing: Any, value: Any) -> None:
        setattr(standing.case, self.column, value)


class Round:
    """The round that a case is in: from registration, or from its coming back, to its end."""

    number = Of("round")
    began_at = Of("round_started_at")
    decided_at = Of("decided_at")
    notified_at = Of("notified_at")
    closed_at = Of("closed_at")
    settled = Of("settled")
    satisfaction = Of("satisfaction")
    satisfaction_asked_at = Of("satisfaction_asked_at")
    waived_reason = Of("waived_reason")
    accepted = Of("accepted")

    def __init__(self, case: Case) -> None:
        self.case = case

    def begin_next(self, at: datetime) -> None:
        """The case comes back: nothing of the round before counts for the new one."""
        self.number += 1
        self.began_at = at
        self.decided_at = self.notified_at = self.closed_at = None
        self.settled = False
        self.satisfaction = self.waived_reason = ""
        self.satisfaction_asked_at = self.accepted = None

    def told(self, at: datetime) -> None:
        self.notified_at = at
        self.case.first_contact_at = self.case.first_contact_at or at

    @property
    def satisfaction_asked(self) -> bool:
        """Asked counts, answered or not; so does a waiver with its reason."""
        return bool(self.satisfaction or self.satisfaction_asked_at or self.waived_reason)


class Offer:
    """The open offer of a case. The owner stays responsible until it is accepted.

    to          the person it is offered to by name; None: whoever works the queue of the unit or team
    from_state  where a refusal returns to, as `from_unit`
    """

    to = Of("offered_to")
    at = Of("offered_at")
    from_state = Of("offered_from")
    from_unit = Of("offered_from_unit")

    def __init__(self, case: Case) -> None:
        self.case = case

    @classmethod
    def of(cls, case: Case) -> "Offer | None":
        return cls(case) if case.offered_at is not None else None

    @classmethod
    def make(cls, case: Case, *, to: Any, at: datetime, from_state: str, from_unit: Any) -> None:
        """Offer the case anew. An offer that replaces an open one still returns to where the first came from."""
        offer = cls(case)
        if offer.at is None:
            offer.from_state, offer.from_unit = from_state, from_unit
        offer.to, offer.at = to, at

    def end(self) -> None:
        self.to = self.at = self.from_unit = None
        self.from_state = ""
