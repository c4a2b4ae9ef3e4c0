"""The work on a case: edges that mostly leave the state and write down what was done."""

from datetime import datetime
from typing import Any

from django.db import models
from django_fsm import transition

from complaints.models.states import FINAL, OPEN, PAUSED, SETTLING, State
from organization.rights import may

EVERY = [*State]
IN_HAND = [State.RECEIVED, State.IN_PROGRESS, *PAUSED, *SETTLING]


class HandlingFlow(models.Model):
    class Meta:
        abstract = True

    @transition("state", [*OPEN], None, permission=may("acknowledge"))
    def acknowledge(self: Any, *, at: datetime) -> None:
        self.acknowledged_at = self.acknowledged_at or at
        self.first_contact_at = self.first_contact_at or at

    @transition("state", [*OPEN], None, permission=may("log_contact"))
    def log_contact(self: Any, *, at: datetime, reached: bool) -> None:
        if reached:
            self.first_contact_at = self.first_contact_at or at

    @transition("state", IN_HAND, None, permission=may("reply"))
    def reply(self: Any, *, at: datetime) -> None:
        self.first_contact_at = self.first_contact_at or at
        self.replied_at = at

    @transition("state", EVERY, None, permission=may("note"))
    def note(self: Any, *, at: datetime) -> None:
        """An internal record; nothing about the case itself changes."""

    @transition("state", EVERY, None, permission=may("amend"))
    def amend(self: Any, *, at: datetime, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)

    @transition("state", [*OPEN], None, permission=may("classify"))
    def classify(self: Any, *, at: datetime, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)

    @transition("state", [*OPEN], None, permission=may("set_level"))
    def set_level(self: Any, *, at: datetime, level: str, urgent: bool) -> None:
        self.level, self.urgent = level, urgent

    @transition("state", State.IN_PROGRESS, State.WAITING_CUSTOMER, permission=may("ask_customer"))
    def ask_customer(self: Any, *, at: datetime) -> None:
        self.first_contact_at = self.first_contact_at or at

    @transition("state", State.IN_PROGRESS, State.WAITING_EXTERNAL, permission=may("suspend"))
    def suspend(self: Any, *, at: datetime) -> None:
        """The case waits for an appraisal or a mediation."""

    @transition("state", [*PAUSED], State.IN_PROGRESS, permission=may("resume"))
    def resume(self: Any, *, at: datetime) -> None:
        """What was waited for is here, or will not come."""

    @transition("state", [*OPEN], None, permission=may("chase"))
    def chase(self: Any, *, at: datetime) -> None:
        self.chased_at = at

    @transition("state", [*OPEN], None, permission=may("escalate"))
    def escalate(self: Any, *, at: datetime) -> None:
        """A person tells the next level up."""

    @transition("state", EVERY, None, permission=may("acknowledge_escalation"))
    def acknowledge_escalation(self: Any, *, at: datetime) -> None:
        """Whoever was told says what will be done about it."""

    @transition("state", [*OPEN], None, permission=may("ask_approval"))
    def ask_approval(self: Any, *, at: datetime) -> None:
        """A second person is asked to grant a verb."""

    @transition("state", [*OPEN, *FINAL], None, permission=may("decide_approval"))
    def decide_approval(self: Any, *, at: datetime) -> None:
        """The second person grants or refuses it."""
