"""What happens to a case more than once: its rounds, and the offers of it."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy as pgettext

from complaints.models.states import UNDER_WAY, AnswerSource, Satisfaction, State


class Round(models.Model):
    """One turn of a case: from registration, or from its coming back, to its end.

    What a turn knows stands here and nowhere else, so the next one overwrites nothing. Read and written under the row
    lock of the case.

    cause        the verb that began it: take_in, open_review, split_off, dispute, reopen, decide_anew, imported
    notified_at  when the customer was told (办结), which may lie before its entry
    credited_at  the moment by which on time is judged: when they were told or took it back; of a telling that was
                 entered late the moment of its entry, until a second person agrees
    ended_as     the final state it ended in, at `closed_at`; empty while it runs and when the customer disputed
    accepted     what the customer says of the result; None: not said
    satisfaction_from  who brings the customer's view: what the owner writes down counts apart
    survey       the one that asks about this turn: its answer is written here, whatever came after
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="rounds", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    began_at = models.DateTimeField()
    began_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    cause = models.CharField(max_length=32)
    decided_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    credited_at = models.DateTimeField(null=True)
    entered_late = models.BooleanField(default=False)  # 补录: something of it was entered after the fact
    closed_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=20, choices=State, blank=True)
    settled = models.BooleanField(default=False)  # 即时办结: registered and settled in one form
    satisfaction = models.CharField(max_length=14, choices=Satisfaction, blank=True)
    satisfaction_by = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, db_index=False
    )  # who wrote it down; `system` for the customer's own answer
    satisfaction_from = models.CharField(max_length=10, choices=AnswerSource, blank=True)
    satisfaction_asked_at = models.DateTimeField(null=True)  # a message was left, or a colleague asked
    waived_reason = models.CharField(max_length=20, blank=True)  # why satisfaction is not asked
    accepted = models.BooleanField(null=True)
    survey = models.OneToOneField("feedback.Survey", models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="round_once_in_case"),
            models.CheckConstraint(condition=Q(number__gte=1), name="round_counts_from_one"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, ended_as="") | (Q(closed_at__isnull=False) & ~Q(ended_as="")),
                name="round_ends_as_something",
            ),
            models.CheckConstraint(
                condition=Q(notified_at__isnull=True) | Q(decided_at__isnull=False, notified_at__gte=F("began_at")),
                name="round_decided_before_told",
            ),
        ]
        # the draw of the morning
        indexes = [models.Index(fields=["credited_at"], name="round_told", condition=Q(notified_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.case_id} round {self.number}"

    def next(self, cause: str, *, by: Any, at: datetime) -> Self:
        """The round that begins when the case comes back: nothing of this one counts for it. Unsaved."""
        return type(self)(case=self.case, number=self.number + 1, cause=cause, began_by=by, began_at=at)

    def end(self, state: str, at: datetime) -> None:
        self.ended_as, self.closed_at = state, at

    @property
    def satisfaction_asked(self) -> bool:
        """Asked counts, answered or not; so do what was said in settling, and a waiver with its reason."""
        settled = self.satisfaction_from == AnswerSource.SETTLING
        return settled or self.satisfaction_asked_at is not None or bool(self.waived_reason)


class Offer(models.Model):
    """A case is offered to somebody. Its owner stays responsible until it is accepted. At most one is open a case.

    number      counts the offers of the case; its sign-off clock has the subject `offer:NUMBER`
    to          the one person who answers for it: by name, else the holder of the unit's complaint post or the lead
    by_name     only that person accepts; else whoever works the queue may take it too
    from_state  where a refusal returns to; empty for one that left the state as it was
    from_team   whose queue it lay in
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", pgettext("offer", "Signed for")
        TAKEN = "taken", pgettext("offer", "Taken from the queue")
        REFUSED = "refused", pgettext("offer", "Refused")
        SUPERSEDED = "superseded", pgettext("offer", "Replaced by another offer")
        ENDED = "ended", pgettext("offer", "Ended with the case")  # or with its round

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="offers", db_index=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="offers", db_index=False)
    number = models.PositiveSmallIntegerField()
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("organization.Team", models.PROTECT, related_name="+", null=True, db_index=False)
    to = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    by_name = models.BooleanField()
    from_state = models.CharField(max_length=20, blank=True)
    from_unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    from_team = models.ForeignKey("organization.Team", models.PROTECT, related_name="+", null=True, db_index=False)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="offer_once_in_case"),
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="offer_one_open_a_case"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="offer_ends_somehow",
            ),
            models.CheckConstraint(condition=Q(from_state__in=["", *UNDER_WAY]), name="offer_from_state_listed"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} offer {self.number}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def subject(self) -> str:
        """What its clock is for, see `Clock.subject`."""
        return f"offer:{self.number}"

    def end(self, outcome: str, at: datetime) -> None:
        self.outcome, self.ended_at = outcome, at


# The offer has moved a unit: what a refusal or a supersession never does.
MOVED = (Offer.Outcome.ACCEPTED, Offer.Outcome.TAKEN)
