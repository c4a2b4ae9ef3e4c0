"""Working calendars: which days are worked, and during which hours."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import OfGroupOrEntity, once
from sla.arithmetic import parse_hours


def validate_hours(written: object) -> None:
    try:
        parse_hours(written)
    except (ValueError, TypeError) as error:
        raise ValidationError(
            _('Write pairs of times, earlier ones first, such as [["09:00", "12:00"], ["13:00", "17:30"]].')
        ) from error


def validate_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name}) from error


class Calendar(OfGroupOrEntity):
    """Opening hours of an ordinary working day; `week` has those of other weekdays, its days say which are worked."""

    code = models.SlugField(_("code"))
    name = models.CharField(_("name"), max_length=80)
    zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[validate_zone])
    hours = models.JSONField(
        _("opening hours"),
        validators=[validate_hours],
        help_text=_('Pairs of times, such as [["09:00", "12:00"], ["13:00", "17:30"]].'),
    )

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        constraints = once("code", name="calendar_code_once", message=_("There is a calendar with this code already."))

    def __str__(self) -> str:
        return self.name


class Weekday(models.IntegerChoices):
    """As date.isoweekday() counts them."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class WeekdayHours(models.Model):
    """Opening hours of one weekday, where it is worked: they stand for the ordinary ones. A day's own come before."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="week", verbose_name=_("working calendar"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    hours = models.JSONField(_("opening hours"), validators=[validate_hours])

    class Meta:
        verbose_name = _("hours of a weekday")
        verbose_name_plural = _("hours of weekdays")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday"],
                name="calendar_weekday_once",
                violation_error_message=_("The calendar has hours of this weekday already. Change that row."),
            ),
            models.CheckConstraint(
                condition=models.Q(weekday__in=[*Weekday]),
                name="calendar_weekday_listed",
                violation_error_message=_("Choose a day from Monday to Sunday."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_weekday_display()


class CalendarDay(models.Model):
    """One day of a calendar. A day without a row, or not official, is not published: deadlines across it are marked."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days", verbose_name=_("working calendar"))
    day = models.DateField(_("day"))
    is_workday = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=40, blank=True)
    official = models.BooleanField(_("official"), default=True)
    hours = models.JSONField(
        _("opening hours"),
        null=True,
        blank=True,
        validators=[validate_hours],
        help_text=_("Only where this day differs from the calendar, such as a half day."),
    )

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="calendar_day_once",
                violation_error_message=_("The calendar has this day already. Change that row."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class ChangedDays(models.Model):
    """Days of a calendar were entered, changed or taken out: open deadlines are to be counted again.

    Triggers of the database write it (0002), whoever makes the change; a sweep counts, and deletes it.

    since   the first of the days
    due_at  when every process has the new days; of a try that has not ended, when the next one comes
    """

    # no constraint: a calendar that is deleted takes its days along, and they say so here
    calendar = models.ForeignKey(Calendar, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    since = models.DateField()
    due_at = models.DateTimeField()
