"""People, and the accounts of programs, which cannot log in."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """One account. What it may do is said by its memberships, never by flags here."""

    SYSTEM = "system"

    # Empty only for `system` and for group administrators, who see no case, person or notice at all.
    legal_entity = models.ForeignKey(
        "organization.LegalEntity",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("legal entity"),
    )
    display_name = models.CharField(_("name"), max_length=80)
    # 工号: what stands on a badge, and so what customers name; empty where the institution has none
    staff_number = models.CharField(_("staff number"), max_length=40, blank=True)
    is_service = models.BooleanField(_("service account"), default=False)  # of a program; cannot log in
    must_change_password = models.BooleanField(_("must change the password"), default=False)

    first_name = None
    last_name = None
    read_rights: Any = None  # what organization.rights.rights_of read for this instance, so once a request

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "staff_number"],
                name="user_staff_number_once",
                condition=~models.Q(staff_number=""),
                violation_error_message=_("Somebody else has this staff number."),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @classmethod
    def system(cls) -> "User":
        """Who acts when the clock does."""
        return cls.objects.get(username=cls.SYSTEM)
