"""Ladders: who is told when, before and after a deadline."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organization.models import OfGroupOrEntity, once

VERSION_TWICE = _("This key has a version that begins on this day already.")


class RungKind(models.TextChoices):
    REMINDER = "reminder", pgettext_lazy("rung", "Reminder")  # before the deadline
    BREACH = "breach", pgettext_lazy("rung", "Breach")  # the first second that is late
    ESCALATION = "escalation", pgettext_lazy("rung", "Escalation")  # up the line, until somebody acts


class Tell(models.TextChoices):
    OWNER = "owner", _("Owner")
    TEAM_LEAD = "team_lead", _("Team lead")
    SUPERVISOR = "supervisor", _("Supervisor")
    UNIT_HEAD = "unit_head", _("Head of the unit")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    CONSUMER_PROTECTION = "consumer_protection", _("Consumer protection department")


class Ladder(OfGroupOrEntity):
    """One version of a ladder. It begins on its day and ends where the next of its key and legal entity begins.

    Rule sets and targets name any version and get the one of the day; running clocks keep the one they have.
    """

    key = models.SlugField(_("key"))
    name = models.CharField(_("name"), max_length=80)
    effective_from = models.DateField(_("effective from"))

    class Meta:
        verbose_name = _("escalation ladder")
        verbose_name_plural = _("escalation ladders")
        constraints = once("key", "effective_from", name="ladder_once_a_date", message=VERSION_TWICE)

    def __str__(self) -> str:
        return self.name


class Rung(models.Model):
    """One step of a ladder: one person is told, once. A rung never fires before the one below it."""

    ladder = models.ForeignKey(Ladder, models.CASCADE, related_name="rungs", verbose_name=_("escalation ladder"))
    position = models.PositiveSmallIntegerField(_("position"))
    offset = models.DurationField(
        _("offset"), help_text=_("Days and hours:minutes:seconds, before the deadline with a minus: -3 00:00:00.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RungKind)
    tell = models.CharField(_("tell"), max_length=20, choices=Tell)

    class Meta:
        verbose_name = _("rung")
        verbose_name_plural = _("rungs")
        ordering = ["ladder", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "position"],
                name="rung_position_once",
                violation_error_message=_("The ladder has a rung at this position already."),
            ),
            models.CheckConstraint(
                condition=Q(kind=RungKind.REMINDER, offset__lt=timedelta(0))
                | Q(kind=RungKind.BREACH, offset=timedelta(0))
                | Q(kind=RungKind.ESCALATION, offset__gte=timedelta(0)),
                name="rung_on_its_side_of_the_deadline",
                violation_error_message=_(
                    "A reminder stands before the deadline (-1 00:00:00), a breach at it (0), an escalation from it on."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"
