"""A change of the configuration that waits for a second person."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Outcome(models.TextChoices):
    WAITING = "", pgettext_lazy("proposal", "Waiting")  # for somebody else to decide; until `expires_at`
    GRANTED = "granted", pgettext_lazy("proposal", "Granted")  # and written, in the same transaction
    REFUSED = "refused", pgettext_lazy("proposal", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")  # by who asked
    EXPIRED = "expired", pgettext_lazy("proposal", "Expired")  # nobody decided in time


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self, at: datetime) -> "ProposalQuerySet":
        """Those that may still be decided."""
        return self.filter(outcome=Outcome.WAITING, expires_at__gt=at)

    def stale(self, at: datetime) -> "ProposalQuerySet":
        """Those that nobody decided in time."""
        return self.filter(outcome=Outcome.WAITING, expires_at__lte=at)


class Proposal(models.Model):
    """What one administrator entered and another one decides.

    model    label of the table: "sla.ruleset"; row: primary key, empty for a new row
    concerns  the person whose rights it changes, who may not decide it either
    posted   the fields of the form and its inlines as they were sent: name -> values; granting saves this form again
    details  what it changes, as the audit log will have it: was, now, rows (organization.recording)
    before   digest of what the form showed of the row; another one at the time of granting: somebody changed it since
    """

    legal_entity = models.ForeignKey(  # empty: of the whole group
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("legal entity"),
    )
    model = models.CharField(_("table"), max_length=80)
    row = models.BigIntegerField(null=True)
    title = models.CharField(_("proposal"), max_length=200)
    concerns = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, verbose_name=_("person")
    )
    posted = models.JSONField()
    details = models.JSONField(_("changes"))
    before = models.CharField(max_length=64)
    reason = models.TextField(_("reason"), blank=True)
    asked_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(pgettext_lazy("proposal", "asked"))
    expires_at = models.DateTimeField(_("decide by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True, default=Outcome.WAITING)
    decided_by = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.TextField(_("reason of the refusal"), blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=[*Outcome.values]), name="proposal_outcome_listed"),
            models.CheckConstraint(
                condition=~Q(outcome__in=[Outcome.GRANTED, Outcome.REFUSED])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="proposal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=[Outcome.GRANTED, Outcome.REFUSED])
                | Q(concerns__isnull=True)
                | ~Q(decided_by=F("concerns")),
                name="proposal_not_decided_by_whom_it_concerns",
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.WAITING, decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(outcome=Outcome.WAITING) & Q(decided_at__isnull=False)),
                name="proposal_decided_once",
            ),
            models.UniqueConstraint(
                fields=["model", "row"],
                condition=Q(outcome=Outcome.WAITING, row__isnull=False),
                name="proposal_one_waits_a_row",
            ),
        ]
        indexes = [
            models.Index(  # the list of what waits, and the task that ends what nobody decided
                fields=["legal_entity", "expires_at"],
                condition=Q(outcome=Outcome.WAITING),
                name="proposal_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, at: datetime) -> bool:
        return self.outcome == Outcome.WAITING and at < self.expires_at
