"""Rows that hang on a case: what came in, who was spoken to, what was decided and told."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organization.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    def said_first(self) -> "MessageQuerySet":
        """Of each case the message that its customer wrote first, in whatever order those of a conversation came in."""
        conversation = ~Q(feedback__thread="") & Q(feedback__thread=models.F("case__thread"))
        written = self.filter(Q(opened=True) | conversation).select_related("feedback")
        return written.order_by("case", "feedback__received_at", "feedback").distinct("case")


class Message(models.Model):
    """A piece of feedback that opened a case or joined it. `opened`: it came in first."""

    case = models.ForeignKey("complaints.Case", models.PROTECT, related_name="messages")
    feedback = models.OneToOneField("feedback.Feedback", models.PROTECT, related_name="+")
    opened = models.BooleanField(default=False)

    objects = MessageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.case_id} <- {self.feedback_id}"


class ExternalReference(models.Model):
    """转办件: the number that a regulator, a hotline or another body gave the same matter, and the answer it wants.

    body            code of the dimension `external_body`, such as 12363
    transferred_at  when the body passed it on, where its paper says so
    received_at     when it reached us: what the law grants after a transfer counts from here
    due_as_ordered  the end of the day by which the body wants the answer; None: it wants none
    answer_due_at   our own deadline before that
    answered_at     when the answer went out; `credited_at` the moment that counts: of an answer entered late the moment
                    of its entry, until a second person agrees
    evidence        number of the paper, the receipt of the platform or the attachment
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="external_references")
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    body = models.CharField(max_length=20)
    number = models.CharField(max_length=40)
    transferred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    answer_required = models.BooleanField(default=True)
    due_as_ordered = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    credited_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    evidence = models.CharField(max_length=120, blank=True)
    event_sequence = models.PositiveIntegerField()
    answer_sequence = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "body", "number"], name="external_number_once"),
            models.CheckConstraint(
                condition=Q(answer_required=False) | Q(due_as_ordered__isnull=False), name="external_answer_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, credited_at__isnull=True)
                | Q(answered_at__gte=models.F("received_at"), credited_at__isnull=False),
                name="external_answered_after_receipt",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.number}"

    @property
    def subject(self) -> str:
        """What its clocks are about."""
        return f"reference:{self.event_sequence}"

    @property
    def awaits_answer(self) -> bool:
        return self.answer_required and self.answered_at is None


class Contact(models.Model):
    """One attempt to speak with the customer (联系记录). The number itself is never stored here.

    identity  by what it was verified who speaks, a code of `identity_check`; empty: nobody asked
    """

    class Purpose(models.TextChoices):
        HANDLING = "handling", _("Handling")
        FOLLOW_UP = "follow_up", _("Follow-up")
        IDENTITY = "identity", _("Identity check")  # they were asked who they are (核实身份)

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="contacts")
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.HANDLING)
    outbound = models.BooleanField(default=True)
    method = models.CharField(max_length=12)
    number_masked = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=12)
    recording = models.CharField(max_length=80, blank=True)
    identity = models.CharField(max_length=16, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()  # entered
    happened_at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.case_id} {self.method} {self.result}"


class Notification(models.Model):
    """The customer was told the decision (办结), with evidence: a recording, a provider's id or a tracking number.

    told_to  of services/representing.py: the complainant, or who speaks for them; empty: nobody speaks for them
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="notifications")
    round = models.OneToOneField("complaints.Round", models.CASCADE, related_name="notification")
    method = models.CharField(max_length=12)
    told_at = models.DateTimeField()
    evidence = models.CharField(max_length=120)
    told_to = models.CharField(max_length=14, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    review_until_on = models.DateField()  # last day to ask the superior institution for a review

    def __str__(self) -> str:
        return f"{self.case_id} told by {self.method}"

    @property
    def received_at(self) -> datetime:
        """When it has reached the customer: a letter some days after it was posted, everything else at once."""
        return self.told_at + timedelta(days=settings.LETTER_DAYS) if self.method == "POST" else self.told_at


class Escalation(models.Model):
    """上报 by a person: whom they told, and when that one said what will be done. What rungs escalate is a Firing.

    level      who was told, by their place
    climb      0: the escalation itself; each time it climbs or speaks again, a row with the next number
    answer_by  it is looked at then: unanswered it climbs, else the day of its plan is over. None: never
    planned_until   the last day of the plan of whoever was told
    event_sequence  that of the event with the words of `by`, also where it climbed
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="escalations", db_index=False)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    to = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    level = models.CharField(max_length=20)
    climb = models.PositiveSmallIntegerField(default=0)
    answer_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    planned_until = models.DateField(null=True)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "event_sequence", "climb"], name="escalation_once_a_climb"),
            models.CheckConstraint(condition=~Q(by=models.F("to")), name="escalation_to_another"),
        ]
        indexes = [
            models.Index(fields=["to"], name="escalation_awaits", condition=Q(acknowledged_at=None)),
            models.Index(fields=["answer_by", "id"], name="escalation_answer_by", condition=Q(answer_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.to_id}"

    @property
    def recipient(self) -> User:
        """As a Firing calls it: both climb."""
        return self.to

    @property
    def recipient_id(self) -> int:
        return self.to_id


class Approval(models.Model):
    """A verb that needs a second person: asked by one, decided by another.

    Granted, it runs in the same transaction; or it licenses whoever asked to run it, once, until it expires.

    subject  what it is about, where one verb may be asked for several times at once: "event:12"
    route    by whom it is decided, any one of these (sla.models.Decider); empty: by whoever has the right
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Awaiting approval")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        USED = "used", _("Granted and done")  # a license that was made use of

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="approvals")
    verb = models.CharField(max_length=32)
    subject = models.CharField(max_length=40, blank=True)
    arguments = models.JSONField(default=dict)
    route = ArrayField(models.CharField(max_length=20), default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    asked_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    decided_at = models.DateTimeField(null=True)
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="approval_second_person",
            ),
            models.UniqueConstraint(
                fields=["case", "verb", "subject"], condition=Q(status="asked"), name="approval_one_open_a_verb"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.verb} {self.status}"

    def is_open(self, at: datetime) -> bool:
        """Asked for, not decided, and not too long ago."""
        return self.awaits_decision and at <= self.expires_at

    @property
    def awaits_decision(self) -> bool:
        return self.status == self.Status.ASKED
