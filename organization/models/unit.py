"""The institution: legal entities, the tree of units, teams, business lines."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from organization.models.lists import InstitutionType


class LegalEntity(models.Model):
    """An institution of its own. Nothing crosses its border."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    institution_type = models.CharField(
        _("kind of institution"), max_length=20, choices=InstitutionType, default=InstitutionType.BANK
    )

    class Meta:
        verbose_name = _("legal entity")
        verbose_name_plural = _("legal entities")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A place in the tree. Its complaint post is held by the receiver (A角), or by the substitute (B角) meanwhile."""

    class Kind(models.TextChoices):
        HEAD_OFFICE = "head_office", _("Head office")
        BRANCH = "branch", _("Branch")
        SUB_BRANCH = "sub_branch", _("Sub-branch")
        DEPARTMENT = "department", _("Department")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.BRANCH)
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="units", verbose_name=_("legal entity"))
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("parent")
    )
    region = models.CharField(_("region"), max_length=40, blank=True)
    # ids from the root down to here, "/1/5/9/": a subtree is one prefix. Kept by organization.services.
    path = models.CharField(max_length=200, editable=False, blank=True)
    receiver = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("receiver (A)")
    )
    substitute = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("substitute (B)")
    )
    head = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("head of the unit")
    )

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        indexes = [models.Index(OpClass("path", name="text_pattern_ops"), name="unit_path")]
        constraints = [
            # so whoever has a role at a root has it in the whole entity
            models.UniqueConstraint(
                fields=["legal_entity"],
                condition=Q(parent__isnull=True),
                name="unit_one_root",
                violation_error_message=_("A legal entity has one root unit. Choose a parent."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_root(self) -> bool:
        """Whether the whole legal entity lies below. A unit without a path has nothing below it."""
        return self.parent_id is None and bool(self.path)

    @property
    def lineage(self) -> list[int]:
        """The ids from the root to this unit."""
        return [int(part) for part in self.path.split("/") if part]


class BusinessLine(models.Model):
    """A line of business, such as cards or loans."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    category = models.CharField(
        _("business category"),
        max_length=12,
        blank=True,
        help_text=_("The code with which the classification of its cases begins, such as B0501; empty: with none."),
    )

    class Meta:
        verbose_name = _("business line")
        verbose_name_plural = _("business lines")

    def __str__(self) -> str:
        return self.name if (get_language() or "zh").startswith("zh") or not self.name_en else self.name_en


class Team(models.Model):
    """People of one unit who share a queue."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="teams", verbose_name=_("unit"))
    legal_entity = models.ForeignKey(  # that of the unit
        LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"), editable=False
    )
    name = models.CharField(_("name"), max_length=80)
    lead = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("lead")
    )

    most_in_hand = models.PositiveSmallIntegerField(
        _("most cases in hand"),
        null=True,
        blank=True,
        help_text=_("Who has so many open cases takes no more from the queue. Empty: no limit."),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="team_name_in_unit",
                violation_error_message=_("The unit has a team with this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
