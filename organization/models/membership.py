"""Who has which role, where, and from when to when."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    DISPATCHER = "dispatcher", pgettext_lazy("role", "Dispatcher")
    HANDLER = "handler", pgettext_lazy("role", "Handler")
    TEAM_LEAD = "team_lead", pgettext_lazy("role", "Team lead")
    SUPERVISOR = "supervisor", pgettext_lazy("role", "Supervisor")
    APPROVER = "approver", pgettext_lazy("role", "Approver")
    LINE_MANAGER = "line_manager", pgettext_lazy("role", "Line manager")
    QUALITY_ANALYST = "quality_analyst", pgettext_lazy("role", "Quality analyst")
    COMPLIANCE_AUDITOR = "compliance_auditor", pgettext_lazy("role", "Compliance auditor")
    ADMINISTRATOR = "administrator", pgettext_lazy("role", "Administrator")
    INTEGRATION = "integration", pgettext_lazy("role", "Integration")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, on: date | None = None) -> "MembershipQuerySet":
        """Those that hold on a day (default: today)."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


class Membership(models.Model):
    """One role of one person in one unit. Rights add up, and never mix across units."""

    user = models.ForeignKey("organization.User", models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="memberships", verbose_name=_("unit"))
    legal_entity = models.ForeignKey(  # that of the unit and of the person
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        verbose_name=_("legal entity"),
        editable=False,
    )
    team = models.ForeignKey(
        "organization.Team", models.PROTECT, related_name="memberships", null=True, blank=True, verbose_name=_("team")
    )
    business_line = models.ForeignKey(
        "organization.BusinessLine",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("business line"),
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")), name="membership_ends_after"
            ),
            models.CheckConstraint(condition=Q(role__in=[*Role]), name="membership_role_listed"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.unit}"
