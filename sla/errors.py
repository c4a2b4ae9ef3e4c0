"""What can be wrong with a deadline."""

from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError


class CalendarMissing(DomainError):
    """The working calendar has no published data for `day`."""

    code = "calendar-missing"
    message = _("The working calendar has no published days from {day} on. Enter the official days of that year.")


class StatutoryClockRuns(DomainError):
    code = "statutory-clock-runs"
    message = _("A statutory deadline does not pause. Pause the internal deadlines only, or ask for an extension.")


class AlreadyLate(DomainError):
    code = "deadline-passed"
    message = _("This deadline has passed or is met already: it cannot be moved. The case stays as it is.")


class NoticeRefused(DomainError):
    """`faults`: what is wrong with the file, a sentence each."""

    code = "notice-refused"
    message = _("The days were not entered, and no deadline has moved. {faults}")
