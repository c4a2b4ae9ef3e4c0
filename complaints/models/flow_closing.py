"""The customer's answer, filing, and the ways a case ends or comes back."""

from datetime import datetime
from typing import Any

from django.db import models
from django_fsm import transition

from complaints.models.states import OPEN, Satisfaction, State
from organization.rights import may


class ClosingFlow(models.Model):
    class Meta:
        abstract = True

    def _next_round(self: Any, at: datetime) -> None:
        self.round += 1
        self.round_started_at = at
        self.decided_at = self.notified_at = self.closed_at = None
        self.settled = False
        self.satisfaction = self.waived_reason = ""
        self.satisfaction_asked_at = self.accepted = None

    def _end(self: Any, at: datetime, close_reason: str) -> None:
        self.close_reason, self.closed_at = close_reason, at
        self.offered_to = self.offered_at = None
        self.offered_from, self.offered_from_unit = "", None

    @transition("state", [State.NOTIFIED, State.CLOSED], None, permission=may("record_feedback"))
    def record_feedback(self: Any, *, at: datetime, satisfaction: str, accepts: bool = True) -> None:
        self.satisfaction = satisfaction
        if satisfaction != Satisfaction.NOT_OBTAINED:
            self.accepted = accepts and satisfaction != Satisfaction.DISSATISFIED

    @transition("state", [State.NOTIFIED, State.CLOSED], None, permission=may("follow_up"))
    def follow_up(self: Any, *, at: datetime) -> None:
        self.followed_up_at = at

    @transition("state", State.NOTIFIED, State.IN_PROGRESS, permission=may("dispute"))
    def dispute(self: Any, *, at: datetime) -> None:
        self._next_round(at)

    @transition("state", [State.NOTIFIED, State.RECEIVED, State.IN_PROGRESS], State.CLOSED, permission=may("close"))
    def close(self: Any, *, at: datetime, root_cause: str, close_reason: str) -> None:
        self.root_cause = root_cause
        self._end(at, close_reason)

    @transition(
        "state",
        [State.CLOSED, State.DECLINED, State.WITHDRAWN],
        State.IN_PROGRESS,
        permission=may("reopen"),
    )
    def reopen(self: Any, *, at: datetime) -> None:
        self._next_round(at)

    @transition("state", [*OPEN], State.WITHDRAWN, permission=may("withdraw"))
    def withdraw(self: Any, *, at: datetime, close_reason: str) -> None:
        self._end(at, close_reason)

    @transition(
        "state",
        [State.RECEIVED, State.ASSIGNED, State.IN_PROGRESS],
        State.DECLINED,
        permission=may("decline"),
    )
    def decline(self: Any, *, at: datetime, close_reason: str) -> None:
        self._end(at, close_reason)
