"""What every clock and every fired rung carries; the room that owns the case makes them concrete."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sla.models.calendar import Calendar
from sla.models.ladder import Ladder, RungKind, Tell


class ClockKind(models.TextChoices):
    """What a deadline is for. An open list: a kind is a word with a label, no choice of the database."""

    DECISION = "decision", pgettext_lazy("clock", "Decision")  # decided and told: the law's 办结
    TRANSFER = "transfer", pgettext_lazy("clock", "Decision after transfer")  # the same, counted from a transfer
    SIGN_OFF = "sign_off", pgettext_lazy("clock", "Sign-off")  # somebody takes the case
    FIRST_CONTACT = "first_contact", pgettext_lazy("clock", "First contact")
    NEXT_RESPONSE = "next_response", pgettext_lazy("clock", "Next response")  # to a message of the customer
    RESOLUTION = "resolution", pgettext_lazy("clock", "Resolution")
    FOLLOW_UP = "follow_up", pgettext_lazy("clock", "Follow-up call")
    REGULATOR_ANSWER = "regulator_answer", pgettext_lazy("clock", "Answer to the regulator")
    FILING = "filing", pgettext_lazy("clock", "Filing")  # told, to be filed
    WAIT = "wait", pgettext_lazy("clock", "Wait")  # how long a case may wait for somebody outside
    WAYS = "ways", pgettext_lazy("clock", "Ways open to the customer")  # after a decision that was rejected
    REVIEW = "review", pgettext_lazy("clock", "Review")  # 核查
    PROMISE = "promise", pgettext_lazy("clock", "Promise")
    TASK = "task", pgettext_lazy("clock", "Task")  # 协办
    AUTHORITY = "authority", pgettext_lazy("clock", "Paper of authority")  # of whoever speaks for the complainant
    PAYMENT = "payment", pgettext_lazy("clock", "Payment")  # of redress that was promised

    @classmethod
    def label_of(cls, kind: str) -> str:
        """The words for a kind; one that is not listed says its own name."""
        return str(dict(cls.choices).get(kind, kind))


def clock_kinds() -> list[tuple[str, Any]]:
    """Called by the columns, so that a further kind is no migration."""
    return ClockKind.choices


class Basis(models.TextChoices):
    STATUTORY = "statutory", pgettext_lazy("clock", "Statutory")
    ORDERED = "ordered", pgettext_lazy("clock", "Ordered")  # by the body that transferred the case
    AGREED = "agreed", pgettext_lazy("clock", "Agreed")  # with the customer (协商一致)
    INTERNAL = "internal", pgettext_lazy("clock", "Internal")  # the only one that pauses


class ClockState(models.TextChoices):
    """How a clock stands at a moment. Computed, never stored."""

    IN_TIME = "in_time", _("In time")
    AT_RISK = "at_risk", _("At risk")  # from the first reminder on
    BREACHED = "breached", _("Overdue")
    PAUSED = "paused", pgettext_lazy("clock", "Paused")
    MET = "met", pgettext_lazy("clock", "Met")
    MISSED = "missed", pgettext_lazy("clock", "Missed")
    RESTING = "resting", pgettext_lazy("clock", "Rests")  # while its case is handled with another one (合并)


class ClockBase(models.Model):
    """One deadline. It never loses how it was reached: `provenance` is only added to.

    subject          what it is about: a rule set's key, "task:17", "event:5"; empty where the kind says it all
    rule_set, target  what it follows, as it was then: a version in use does not change
    breached_due_at  the deadline that was broken, which a later move leaves as it is
    retry_at         the sweep leaves it alone until then: its last try failed
    paused_seconds  elapsed time of all finished pauses
    left_seconds    working time that was left when the running pause began
    subject         what it is for, where there may be several of a kind: "offer:3", the key of a rule set
    next_rung       position of the next rung that has not fired; `next_fire_at` is its moment
    retry_at        the sweep leaves the clock alone until then, because its rungs could not be fired
    estimated       a day on the way was not published: weekdays but the statutory holidays were counted
    """

    calendar_id: int | None
    ladder_id: int
    rule_set_id: int | None
    target_id: int | None

    kind = models.CharField(_("kind"), max_length=20, choices=clock_kinds)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis)
    subject = models.CharField(_("subject"), max_length=40, blank=True, default="")
    rule_set = models.ForeignKey("sla.RuleSet", models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    target = models.ForeignKey("sla.Target", models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    started_at = models.DateTimeField(_("started"))
    first_due_at = models.DateTimeField(_("first deadline"))
    due_at = models.DateTimeField(_("deadline"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    left_seconds = models.PositiveIntegerField(null=True, blank=True)
    breached_at = models.DateTimeField(_("breached"), null=True, blank=True)
    breached_due_at = models.DateTimeField(null=True, blank=True)
    estimated = models.BooleanField(_("estimated"), default=False)
    provenance = models.JSONField(default=list)
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="+", db_index=False)
    next_rung = models.PositiveSmallIntegerField(null=True, blank=True)
    next_fire_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(basis__in=[*Basis]), name="%(class)s_basis_listed"),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="%(class)s_due_after_start"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="%(class)s_stopped_after_start",
            ),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True, breached_due_at__isnull=True)
                | Q(breached_at__isnull=False, breached_due_at__isnull=False, breached_at__gt=F("breached_due_at")),
                name="%(class)s_breached_after_due",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(basis=Basis.INTERNAL, stopped_at__isnull=True),
                name="%(class)s_only_internal_pauses",
            ),
            models.CheckConstraint(
                condition=Q(next_fire_at__isnull=True) | Q(next_rung__isnull=False),
                name="%(class)s_fires_a_rung",
            ),
        ]


class MoveCause(models.TextChoices):
    EXTENSION = "extension", pgettext_lazy("move", "Extension")  # granted, and told to the customer
    EXCLUSION = "exclusion", pgettext_lazy("move", "Exclusion")  # an appraisal or mediation does not count
    RESTART = "restart", pgettext_lazy("move", "Restart")  # new facts and reasons
    CALENDAR = "calendar", pgettext_lazy("move", "Calendar")  # days were published after an estimate
    CORRECTION = "correction", pgettext_lazy("move", "Correction")  # of the moment of receipt
    WAY = "way", pgettext_lazy("move", "Way outside")  # mediation, court: nothing is filed until it ends
    MERGE = "merge", pgettext_lazy("move", "Merging")  # with a case whose deadline is earlier, and apart again
    PAUSE = "pause", pgettext_lazy("move", "Pause")  # an internal clock stood still


class DeadlineMoveBase(models.Model):
    """One move of a deadline, never changed: `due_at` of its clock is the `now` of the last one.

    days  from the day it was on to the day it is on; of a pause within a day none
    """

    cause = models.CharField(_("cause"), max_length=12, choices=MoveCause)
    was = models.DateTimeField(_("was"))
    now = models.DateTimeField(_("now"))
    days = models.SmallIntegerField(_("days"))
    evidence = models.CharField(_("evidence"), max_length=120, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=[*MoveCause]), name="%(class)s_cause_listed"),
            models.CheckConstraint(condition=~Q(was=F("now")), name="%(class)s_moves"),
        ]


class FiringBase(models.Model):
    """One rung that was reached: who was told, and who took note of it until when. Unanswered, it climbs.

    level      who was told, by their place
    climb      0: the rung itself; each time it climbs or speaks again, a row with the next number
    answer_by  an escalation is looked at then: unanswered it climbs, else the day of its plan is over. None: never
    planned_until  the last day of the plan of whoever took note
    """

    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=RungKind)
    level = models.CharField(_("level"), max_length=20, choices=Tell)
    climb = models.PositiveSmallIntegerField(default=0)
    fired_at = models.DateTimeField(_("fired"))
    due_was = models.DateTimeField(_("deadline"))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recipient")
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    planned_until = models.DateField(_("By when"), null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[*RungKind]), name="%(class)s_kind_listed"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__gte=F("fired_at"), acknowledged_by__isnull=False),
                name="%(class)s_acknowledged_by_somebody",
            ),
        ]
