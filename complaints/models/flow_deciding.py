"""From the drafted decision to the customer having been told."""

from datetime import datetime
from typing import Any

from django.db import models
from django_fsm import transition

from complaints.models.states import State
from organization.rights import may


class DecidingFlow(models.Model):
    class Meta:
        abstract = True

    def _tell(self: Any, at: datetime) -> None:
        self.notified_at = at
        self.first_contact_at = self.first_contact_at or at

    @transition("state", State.IN_PROGRESS, State.PENDING_APPROVAL, permission=may("draft_decision"))
    def draft_decision(self: Any, *, at: datetime, finding: str, demand_met: str) -> None:
        self.finding, self.demand_met = finding, demand_met

    @transition("state", State.PENDING_APPROVAL, State.DECIDED, permission=may("approve_decision"))
    def approve_decision(self: Any, *, at: datetime) -> None:
        self.decided_at = at

    @transition("state", State.PENDING_APPROVAL, State.IN_PROGRESS, permission=may("return_decision"))
    def return_decision(self: Any, *, at: datetime) -> None:
        self.decided_at = None

    @transition("state", [State.RECEIVED, State.IN_PROGRESS], State.NOTIFIED, permission=may("settle"))
    def settle(self: Any, *, at: datetime, facts: dict[str, str]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)
        self.decided_at, self.settled = at, True
        self._tell(at)

    @transition("state", State.DECIDED, State.NOTIFIED, permission=may("notify"))
    def notify(self: Any, *, at: datetime, told_at: datetime) -> None:
        self._tell(told_at)
