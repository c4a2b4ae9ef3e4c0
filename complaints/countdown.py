"""Moments and spans in words. Countdowns are written by the server, and kept true on the page by its scripts."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The words of the countdown, with the places of their numbers; the page hands them to the script.
SPANS = {
    "days": gettext_lazy("{days} d {hours} h"),
    "hours": gettext_lazy("{hours} h {minutes} min"),
    "minutes": gettext_lazy("{minutes} min"),
}
LEFT, LATE = gettext_lazy("{span} left"), gettext_lazy("{span} overdue")


def moment(at: datetime | str | None) -> str:
    """A moment as pages write it, to the minute in the institution's zone; of its ISO text too. Empty for none."""
    known = parse_datetime(at) if isinstance(at, str) else at
    return timezone.localtime(known).strftime("%Y-%m-%d %H:%M") if known else ""


def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(length.total_seconds() // 60)
    numbers = {"days": minutes // 1440, "hours": minutes % 1440 // 60, "minutes": minutes % 60}
    largest = next((unit for unit in ("days", "hours") if numbers[unit]), "minutes")
    return str(SPANS[largest]).format(**numbers)


def working_words(length: timedelta) -> str:
    """Working time in hours: a working day is no day of twenty-four of them."""
    hours, minutes = divmod(int(length.total_seconds() // 60), 60)
    return str(SPANS["hours" if hours else "minutes"]).format(hours=hours, minutes=minutes)


def script_words() -> dict[str, Any]:
    """What the scripts of the pages need to say, by data attribute."""
    return {
        **SPANS,
        "left": LEFT,
        "late": LATE,
        "probe": reverse("desk:find"),
        "home": _("Home"),
        "search": _("Search"),
        "menu": _("Menu"),
        "more": _("More"),
        "close": _("Close"),
        "skip": _("Skip to the content"),
        "failed": _("This did not work (error {status}). Your text is still here; try again."),
        "offline": _("The server cannot be reached. Your text is still here; try again."),
        "signed-out": _("You are signed out. Your text is kept: sign in again in another tab, then send."),
        "wrong": _("The password is not right."),
        "refused": _("You cannot be signed in here (error {status}). Your text is kept: sign in again in another tab."),
        "undo": _("Undo"),
        "now": _("Do it now"),
        "recent": _("Chosen before"),
        "nothing": _("Nothing fits."),
        "typed": _("Words, code or pinyin"),
        "kept": _("What you filled in is kept here until you send it or sign out."),
        "unsent": _("Something here is filled in: send it, or close the dialog with Esc; it is kept."),
    }
