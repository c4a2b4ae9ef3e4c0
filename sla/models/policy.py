"""Where deadlines come from: rule sets are the law, policies are the institution's own targets.

Both are effective-dated and chosen by the facts of a case (sla.services.Facts) and the day of receipt; an empty list
means any.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organization.models import InstitutionType, Nature, OfGroupOrEntity, once
from sla.models.calendar import Calendar
from sla.models.clock import ClockKind, clock_kinds
from sla.models.ladder import VERSION_TWICE, Ladder


class Level(models.TextChoices):
    """How much a case weighs; rules and targets may ask for it."""

    ORDINARY = "ordinary", pgettext_lazy("level", "Ordinary")
    IMPORTANT = "important", pgettext_lazy("level", "Important")
    MAJOR = "major", pgettext_lazy("level", "Major")


class DayType(models.TextChoices):
    CALENDAR = "calendar", _("Calendar days")
    WORKING = "working", _("Working days")


class Measure(models.TextChoices):
    WORKING_MINUTES = "working_minutes", _("Working minutes")
    WORKING_DAYS = "working_days", _("Working days")
    CALENDAR_DAYS = "calendar_days", _("Calendar days")
    CALENDAR_HOURS = "calendar_hours", _("Calendar hours")
    SAME_DAY = "same_day", _("The same working day")


class Starts(models.TextChoices):
    RECEIPT = "receipt", pgettext_lazy("clock starts", "On receipt")
    LATER = "later", pgettext_lazy("clock starts", "By a later step")  # such as the follow-up call after notification


def words(label: Any, *, among: type[models.TextChoices] | None = None, hint: Any = "") -> ArrayField:
    """A list of words; none means any."""
    word = models.CharField(max_length=40, choices=among.choices if among else None)
    return ArrayField(word, verbose_name=label, default=list, blank=True, help_text=hint)


class Selection(OfGroupOrEntity):
    """Which cases a row applies to, and from when.

    A version begins on its day and ends where the next of its key and legal entity begins, whatever that one applies
    to. `effective_to` ends a rule for good.
    """

    key: Any

    natures = words(_("natures"), among=Nature, hint=_("None ticked: any."))
    levels = words(_("levels"), among=Level, hint=_("None ticked: any."))
    sources = words(_("sources"), hint=_("Who transferred the case, such as 12363; commas between. Empty: anybody."))
    institution_types = words(_("kinds of institution"), among=InstitutionType, hint=_("None ticked: any."))
    complainant_types = words(_("complainant types"), hint=_("Codes, commas between. Empty: any."))
    business_lines = words(_("business lines"), hint=_("Codes, commas between. Empty: any."))
    categories = words(_("categories"), hint=_("Codes, commas between; one stands for those below it too. Empty: any."))
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(_("effective to"), null=True, blank=True)  # the last day

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="%(class)s_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(
                    natures__contained_by=[*Nature.values],
                    levels__contained_by=[*Level.values],
                    institution_types__contained_by=[*InstitutionType.values],
                ),
                name="%(class)s_selects_what_there_is",
                violation_error_message=_("Choose natures, levels and kinds of institution from the lists."),
            ),
        ]


class RuleSet(Selection):
    """A rule of law. Every rule set that applies gives its own clock.

    Of one key, that of the case's legal entity stands for the group's.
    """

    key = models.CharField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=clock_kinds, default=ClockKind.DECISION)
    first_due_days = models.PositiveSmallIntegerField(_("days to the first deadline"))
    max_days = models.PositiveSmallIntegerField(_("days with all extensions"))
    day_type = models.CharField(_("kind of days"), max_length=10, choices=DayType, default=DayType.CALENDAR)
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+", verbose_name=_("working calendar"))
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="+", verbose_name=_("escalation ladder"))
    counts_anew = models.BooleanField(
        _("counts anew from new facts"),
        default=False,
        help_text=_("The limit begins again when new material with new facts and reasons comes in."),
    )
    decline_grounds = words(
        _("further grounds for declining"),
        hint=_("Only what this law names. A complaint by somebody not entitled may always be declined."),
    )

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        constraints = [
            *Selection.Meta.constraints,
            *once("key", "effective_from", name="rule_set_once_a_date", message=VERSION_TWICE),
            models.CheckConstraint(
                condition=Q(first_due_days__gte=1, max_days__gte=F("first_due_days"), max_days__lte=365),
                name="rule_set_days_in_range",
                violation_error_message=_(
                    "The first deadline is at least 1 day; all extensions together end after it, within 365 days."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Decider(models.TextChoices):
    """Who grants an extension: where several stand in a step, any one of them."""

    INSTITUTION = "institution", pgettext_lazy("decider", "An approver of the institution")
    COMPLAINT_HEAD = "complaint_head", pgettext_lazy("decider", "The head of complaint handling")
    SUPERIOR = "superior", pgettext_lazy("decider", "The superior institution")
    HEAD_OFFICE = "head_office", pgettext_lazy("decider", "A senior manager of the head office")


class ExtensionStep(models.Model):
    """How far a deadline of the law may be extended, counted from its beginning, and who grants that.

    A rule set without any knows no extension.
    """

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="extension_steps", verbose_name=_("rule set"))
    until_days = models.PositiveSmallIntegerField(_("days from the beginning, at most"))
    deciders = ArrayField(
        models.CharField(max_length=20, choices=Decider),
        verbose_name=_("granted by any one of"),
    )
    told = models.BooleanField(
        _("takes effect by the telling"),
        default=True,
        help_text=_("The customer is told, with evidence, before the old deadline ends."),
    )

    class Meta:
        verbose_name = _("step of extension")
        verbose_name_plural = _("steps of extension")
        ordering = ["rule_set", "until_days"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule_set", "until_days"],
                name="extension_step_once",
                violation_error_message=_("The rule set has a step up to this day already."),
            ),
            models.CheckConstraint(
                condition=Q(until_days__range=(1, 365), deciders__contained_by=[*Decider.values], deciders__len__gte=1),
                name="extension_step_in_range",
                violation_error_message=_("Give 1 to 365 days, and say who grants it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_set}: {self.until_days}"


class Policy(Selection):
    """Internal targets for a group of cases.

    The first one in order of position that fits is used: of the case's own legal entity, else of the group.
    """

    key = models.SlugField(_("key"))
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(
        pgettext_lazy("policy", "position"), default=100, help_text=_("The lowest number that fits is used.")
    )
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+", verbose_name=_("working calendar"))
    extension_ahead = models.PositiveSmallIntegerField(
        _("working minutes left to decide on an extension"),
        default=4 * 60,
        help_text=_("An extension is asked for no later than so long before the deadline."),
    )

    class Meta:
        verbose_name = _("deadline policy")
        verbose_name_plural = _("deadline policies")
        ordering = ["position", "key"]
        constraints = [
            *Selection.Meta.constraints,
            *once("key", "effective_from", name="policy_once_a_date", message=VERSION_TWICE),
        ]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """One deadline of a policy."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="targets", verbose_name=_("deadline policy"))
    kind = models.CharField(_("kind"), max_length=20, choices=clock_kinds)
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=20, choices=Measure)
    starts = models.CharField(_("starts"), max_length=10, choices=Starts, default=Starts.RECEIPT)
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="+", verbose_name=_("escalation ladder"))

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "kind"],
                name="target_kind_once",
                violation_error_message=_("The policy has a target of this kind already."),
            ),
            # bounded, so that an estimate over an unpublished calendar always finds its end
            models.CheckConstraint(
                condition=Q(unit__in=[Measure.WORKING_DAYS, Measure.CALENDAR_DAYS], amount__range=(1, 365))
                | Q(unit=Measure.WORKING_MINUTES, amount__range=(1, 100_000))
                | Q(unit=Measure.CALENDAR_HOURS, amount__range=(1, 365 * 24))
                | Q(unit=Measure.SAME_DAY, amount=1),
                name="target_amount_in_range",
                violation_error_message=_(
                    "Give 1 to 365 days, 1 to 8,760 hours, 1 to 100,000 working minutes, or 1 for the same day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount} {self.get_unit_display()}"
