"""请假与代班: who is away, from when to when, and who stands in."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(days=366)


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def holding(self, at: datetime) -> "AbsenceQuerySet":
        """Those in which somebody is away at a moment."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at, until__gt=at)

    def over(self, at: datetime) -> "AbsenceQuerySet":
        return self.filter(Q(until__lte=at) | Q(ended_at__lte=at))

    def coming(self, at: datetime) -> "AbsenceQuerySet":
        return self.filter(since__gt=at, ended_at=None)


class Absence(models.Model):
    """One time in which a person is away. Why stands nowhere: nobody here needs to know it.

    until     the first moment at which they are back; ended_at: they came back earlier, or never went
    substitute  who is named to stand in, before B角, lead and complaint post
    """

    user = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="absences", db_index=False, verbose_name=_("person")
    )
    legal_entity = models.ForeignKey(  # that of the person
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        verbose_name=_("legal entity"),
        editable=False,
        db_index=False,
    )
    since = models.DateTimeField(_("away from"))
    until = models.DateTimeField(_("back at"))
    substitute = models.ForeignKey(
        "organization.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("stands in"),
    )
    recorded_by = models.ForeignKey(
        "organization.User",
        models.PROTECT,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        "organization.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        editable=False,
        verbose_name=_("ended by"),
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since"), until__lte=F("since") + LONGEST),
                name="absence_ends_after",
                violation_error_message=_("Name an end after the begin, and within a year of it."),
            ),
            models.CheckConstraint(
                condition=~Q(recorded_by=F("user")),
                name="absence_by_somebody_else",
                violation_error_message=_("Nobody records their own absence: ask your lead."),
            ),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("user")),
                name="absence_substitute_other",
                violation_error_message=_("Somebody else stands in."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="absence_ended_by_somebody",
                violation_error_message=_("Say when it ended, and who said so."),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "until"], name="absence_of_user"),  # holding(): asked for each person
            models.Index(fields=["legal_entity", "since"], name="absence_since"),  # the list of the desk
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.since:%Y-%m-%d}"

    @property
    def back_at(self) -> datetime:
        """The first moment at which the person is there again; for one who never went, when that was said."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def clean(self) -> None:
        """Two absences at once would be two answers to who stands in."""
        if self.user_id is None or self.since is None or self.until is None:
            return
        others = Absence.objects.filter(user_id=self.user_id, ended_at=None).exclude(pk=self.pk)
        if others.filter(since__lt=self.until, until__gt=self.since).exists():
            raise ValidationError(_("The person is away then already. End that absence first, or choose other days."))
