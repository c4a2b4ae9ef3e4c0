"""What every clock and every fired rung carries; the room that owns the case makes them concrete."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sla.models.calendar import Calendar
from sla.models.ladder import Ladder, RungKind


class ClockKind(models.TextChoices):
    DECISION = "decision", pgettext_lazy("clock", "Decision")  # decided and told: the law's 办结
    TRANSFER = "transfer", pgettext_lazy("clock", "Decision after transfer")  # the same, counted from a transfer
    SIGN_OFF = "sign_off", pgettext_lazy("clock", "Sign-off")  # somebody takes the case
    FIRST_CONTACT = "first_contact", pgettext_lazy("clock", "First contact")
    RESOLUTION = "resolution", pgettext_lazy("clock", "Resolution")
    FOLLOW_UP = "follow_up", pgettext_lazy("clock", "Follow-up call")
    FEEDBACK = "feedback", pgettext_lazy("clock", "Feedback to the regulator")


class Basis(models.TextChoices):
    STATUTORY = "statutory", pgettext_lazy("clock", "Statutory")  # never pauses
    INTERNAL = "internal", pgettext_lazy("clock", "Internal")


class ClockState(models.TextChoices):
    """How a clock stands at a moment. Computed, never stored."""

    IN_TIME = "in_time", _("In time")
    AT_RISK = "at_risk", _("At risk")  # from the first reminder on
    BREACHED = "breached", _("Overdue")
    PAUSED = "paused", pgettext_lazy("clock", "Paused")
    MET = "met", pgettext_lazy("clock", "Met")
    MISSED = "missed", pgettext_lazy("clock", "Missed")


class ClockBase(models.Model):
    """One deadline. It never loses how it was reached: `provenance` is only added to.

    paused_seconds  elapsed time of all finished pauses
    left_seconds    working time that was left when the running pause began
    next_rung       position of the next rung that has not fired; `next_fire_at` is its moment
    retry_at        the sweep leaves the clock alone until then, because its rungs could not be fired
    estimated       a day on the way was not published, so that weekdays were counted instead
    """

    calendar_id: int | None
    ladder_id: int

    kind = models.CharField(_("kind"), max_length=20, choices=ClockKind)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis)
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("deadline"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    left_seconds = models.PositiveIntegerField(null=True, blank=True)
    breached_at = models.DateTimeField(_("breached"), null=True, blank=True)
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
            models.CheckConstraint(condition=Q(kind__in=[*ClockKind]), name="%(class)s_kind_listed"),
            models.CheckConstraint(condition=Q(basis__in=[*Basis]), name="%(class)s_basis_listed"),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="%(class)s_due_after_start"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="%(class)s_stopped_after_start",
            ),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True) | Q(breached_at__gt=F("due_at")),
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


class FiringBase(models.Model):
    """One rung that was reached: who was told, and who took note of it with which plan."""

    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=RungKind)
    fired_at = models.DateTimeField(_("fired"))
    due_was = models.DateTimeField(_("deadline"))
    told = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("told"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    plan = models.TextField(_("plan"), blank=True)

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
