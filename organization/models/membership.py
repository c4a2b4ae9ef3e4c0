"""Who has which role, where, and from when to when."""

from datetime import date

from django.core.exceptions import ValidationError
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
    UNIT_HEAD = "unit_head", pgettext_lazy("role", "Unit head")
    DEPARTMENT_HEAD = "department_head", pgettext_lazy("role", "Department head")
    CONSUMER_PROTECTION = "consumer_protection", pgettext_lazy("role", "Consumer protection")
    DISCIPLINE = "discipline", pgettext_lazy("role", "Discipline")
    EXECUTIVE = "executive", pgettext_lazy("role", "Executive")
    LINE_MANAGER = "line_manager", pgettext_lazy("role", "Line manager")
    QUALITY_ANALYST = "quality_analyst", pgettext_lazy("role", "Quality analyst")
    COMPLIANCE_AUDITOR = "compliance_auditor", pgettext_lazy("role", "Compliance auditor")
    SYSTEM_ADMINISTRATOR = "system_administrator", pgettext_lazy("role", "System administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", pgettext_lazy("role", "Security administrator")
    GROUP_ADMINISTRATOR = "group_administrator", pgettext_lazy("role", "Group administrator")
    INTEGRATION = "integration", pgettext_lazy("role", "Integration")


# Who keeps the system, who lets people in and who checks both are three people.
APART = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.COMPLIANCE_AUDITOR})
DUTIES_APART = _(
    "System administrator, security administrator and compliance auditor are three people. End the other role first, "
    "or choose somebody else."
)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, on: date | None = None) -> "MembershipQuerySet":
        """Those that hold on a day (default: today)."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


class Membership(models.Model):
    """One role of one person in one unit. Rights add up, and never mix across units.

    A group administrator keeps what holds in every legal entity: without unit and entity, as the person is.
    """

    user = models.ForeignKey("organization.User", models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="memberships", null=True, blank=True, verbose_name=_("unit")
    )
    legal_entity = models.ForeignKey(  # that of the unit and of the person
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        null=True,
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
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="membership_ends_after",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=[*Role]),
                name="membership_role_listed",
                violation_error_message=_("Choose the role from the list."),
            ),
            models.CheckConstraint(
                condition=Q(role=Role.GROUP_ADMINISTRATOR, unit__isnull=True)
                | (~Q(role=Role.GROUP_ADMINISTRATOR) & Q(unit__isnull=False)),
                name="membership_unit_but_for_the_group",
                violation_error_message=_("Name the unit. Only a group administrator has none."),
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=True, legal_entity__isnull=True)
                | Q(unit__isnull=False, legal_entity__isnull=False),
                name="membership_entity_of_unit",
                violation_error_message=_("Name the unit. Only a group administrator has none."),
            ),
        ]

    def __str__(self) -> str:
        place = f", {self.unit}" if self.unit else ""
        return f"{self.user}: {self.get_role_display()}{place}"

    def clean(self) -> None:
        if self.clashes():
            raise ValidationError({"role": DUTIES_APART})

    def clashes(self) -> bool:
        """Whether the person holds another duty of APART meanwhile. The database refuses it too (0002_guards)."""
        if self.role not in APART or self.user_id is None or self.valid_from is None:
            return False
        others = Membership.objects.filter(user_id=self.user_id, role__in=APART - {self.role}).exclude(pk=self.pk)
        until = Q() if self.valid_until is None else Q(valid_from__lte=self.valid_until)
        return others.filter(until, Q(valid_until=None) | Q(valid_until__gte=self.valid_from)).exists()
