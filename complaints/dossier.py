"""What a gate reads of a case, each part loaded once and only when it is asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from complaints.models import Approval, Case, Contact, Decision, ExternalReference
from complaints.standing import Offer, Round


@dataclass(frozen=True)
class Missing:
    """What a verb still wants, in a sentence. field: the field of its form that brings it; empty: none does."""

    sentence: Any
    field: str = ""


class Dossier:
    """One case and the rows beside it, as they are now."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.round = Round(case)

    @property
    def offer(self) -> Offer | None:
        return Offer.of(self.case)

    @cached_property
    def approvals(self) -> list[Approval]:
        """Those that somebody asked for and nobody has decided, oldest first."""
        return list(self.case.approvals.filter(status=Approval.Status.ASKED).select_related("asked_by").order_by("pk"))

    @cached_property
    def draft(self) -> Decision | None:
        """The decision that awaits its check."""
        return self.case.decisions.filter(status=Decision.Status.DRAFTED).first()

    @cached_property
    def references(self) -> list[ExternalReference]:
        return list(self.case.external_references.all())

    @cached_property
    def contacts(self) -> list[Contact]:
        return list(self.case.contacts.order_by("pk"))

    @cached_property
    def done(self) -> set[tuple[str, int]]:
        """(verb, who) of everything anybody ever did on the case."""
        return set(self.case.events.values_list("verb", "actor_id").distinct())

    def doers_of(self, verbs: set[str]) -> set[int]:
        """Ids of whoever ever did one of these on the case, in whatever round."""
        return {who for verb, who in self.done if verb in verbs}
