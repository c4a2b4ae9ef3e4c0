"""The database's clock, by which sweeps decide what is due and doors trust the clock of their host."""

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError

APART_AT_MOST = timedelta(seconds=60)
COMPARE_SECONDS = 60.0


class ClocksApart(DomainError):
    code = "clocks-apart"
    message = _(
        "This host and the database disagree by {seconds} seconds. Set both clocks by the same time server; "
        "until then nothing is swept, and nothing is taken in without the time at which it was received."
    )
    status_code = 503


class Comparison:
    """What this process last found out about the clock of its host."""

    def __init__(self) -> None:
        self.apart = timedelta(0)
        self.compared_at = float("-inf")  # monotonic seconds
        self.offset = 0.0  # of the host's clock to the monotonic one, which nobody sets

    def is_due(self) -> bool:
        """Whether the minute is over, the host's clock was set since, or it was wrong: then it may be right now."""
        jumped = abs(time.time() - time.monotonic() - self.offset) > APART_AT_MOST.total_seconds() / 2
        return jumped or self.apart > APART_AT_MOST or time.monotonic() - self.compared_at > COMPARE_SECONDS

    def agree(self, apart: timedelta = timedelta(0)) -> None:
        """Write down how far apart the two clocks were found."""
        self.apart, self.compared_at, self.offset = apart, time.monotonic(), time.time() - time.monotonic()


COMPARED = Comparison()


def database_now() -> datetime:
    """Return the database's time, aware, in UTC.

    Raises ClocksApart when this host is more than a minute away from it: a host with a wrong clock must not
    decide that half of the cases are overdue.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    COMPARED.agree(abs(timezone.now() - moment))
    _refuse_when_apart()
    return moment


def trusted_now() -> datetime:
    """Return the host's time for what is received now; the database is asked once a minute whether it is right.

    Raises ClocksApart: a wrong day of receipt is a wrong deadline.
    """
    if COMPARED.is_due():
        database_now()
    return timezone.now()


def readiness() -> str:
    """Answer /readyz: "ready", or what is wrong."""
    try:
        database_now()
    except ClocksApart as error:
        return str(error)
    return "ready"


def _refuse_when_apart() -> None:
    if COMPARED.apart > APART_AT_MOST:
        raise ClocksApart(seconds=round(COMPARED.apart.total_seconds()))
