"""What a role may decide alone."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import OfGroupOrEntity, Role, once


class RedressLimit(OfGroupOrEntity):
    """Up to how much redress a role gives without a second person, from a day on. Unit: yuan.

    amount   of one case, whoever gave it
    monthly  of one person in a calendar month, in all cases; None: as much as there are cases

    Of one role, the row of the case's legal entity stands for the group's, and the newest in force for the older ones.
    """

    role = models.CharField(_("role"), max_length=24, choices=Role)
    amount = models.DecimalField(_("limit (yuan)"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)])
    monthly = models.DecimalField(
        _("limit a month (yuan)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    effective_from = models.DateField(_("effective from"))

    class Meta:
        verbose_name = _("redress limit")
        verbose_name_plural = _("redress limits")
        constraints = once(
            "role",
            "effective_from",
            name="redress_limit_once_a_day",
            message=_("There is a limit of this role from this day on already."),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} ≤ {self.amount}"
