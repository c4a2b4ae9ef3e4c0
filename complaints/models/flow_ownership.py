"""Who has the case: the edges that move it to the person responsible."""

from datetime import datetime
from typing import Any

from django.db import models
from django_fsm import GET_STATE, transition

from complaints.models.states import SETTLING, UNDER_WAY, State
from organization.rights import may


class OwnershipFlow(models.Model):
    class Meta:
        abstract = True

    def _offer(self: Any, *, at: datetime, to: Any, unit: Any, team: Any) -> None:
        if self.offered_at is None:  # an offer made anew still returns to where the first one came from
            self.offered_from, self.offered_from_unit = self.state, self.handling_unit
        self.offered_to, self.offered_at = to, at
        self.handling_unit, self.team = unit, team

    def _take(self: Any, person: Any) -> None:
        self.owner = person
        self.offered_to = self.offered_at = None
        self.offered_from, self.offered_from_unit = "", None
        self.refusals = 0

    # With a decision on the table the offer leaves the state as it is.
    @transition("state", [*SETTLING], None, permission=may("assign"))
    @transition("state", [*UNDER_WAY], State.ASSIGNED, permission=may("assign"))
    def assign(self: Any, *, at: datetime, to: Any, unit: Any, team: Any) -> None:
        self._offer(at=at, to=to, unit=unit, team=team)

    @transition("state", [*SETTLING], None, permission=may("transfer"))
    @transition("state", [*UNDER_WAY], State.ASSIGNED, permission=may("transfer"))
    def transfer(self: Any, *, at: datetime, to: Any, unit: Any, team: Any) -> None:
        self._offer(at=at, to=to, unit=unit, team=team)

    @transition(
        "state",
        [State.ASSIGNED, State.IN_PROGRESS, *SETTLING],
        GET_STATE(
            lambda case, **_: State.IN_PROGRESS if case.state == State.ASSIGNED else case.state,
            states=[State.IN_PROGRESS, *SETTLING],
        ),
        permission=may("accept"),
    )
    def accept(self: Any, *, at: datetime, person: Any) -> None:
        self._take(person)

    @transition(
        "state",
        [State.ASSIGNED, State.IN_PROGRESS, *SETTLING],
        GET_STATE(
            lambda case, **_: case.offered_from if case.state == State.ASSIGNED else case.state,
            states=[*UNDER_WAY, *SETTLING],
        ),
        permission=may("refuse"),
    )
    def refuse(self: Any, *, at: datetime) -> None:
        self.offered_to = self.offered_at = None
        self.handling_unit, self.team = self.offered_from_unit, None
        self.refusals += 1

    @transition("state", State.RECEIVED, State.IN_PROGRESS, permission=may("start"))
    def start(self: Any, *, at: datetime) -> None:
        """The owner begins with what lies at the complaint post."""

    @transition("state", [State.RECEIVED, State.ASSIGNED], State.IN_PROGRESS, permission=may("take_next"))
    def take_next(self: Any, *, at: datetime, person: Any) -> None:
        self._take(person)
