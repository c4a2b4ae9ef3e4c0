"""The database's clock, by which sweeps decide what is due."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError

APART_AT_MOST = timedelta(seconds=60)


class ClocksApart(DomainError):
    code = "clocks-apart"
    message = _(
        "This host and the database disagree by {seconds} seconds. Set both clocks by the same time server; "
        "until then nothing is swept."
    )
    status_code = 503


def database_now() -> datetime:
    """Return the database's time, aware, in UTC.

    Raises ClocksApart when this host is more than a minute away from it: a host with a wrong clock must not
    decide that half of the cases are overdue.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    apart = abs(timezone.now() - moment)
    if apart > APART_AT_MOST:
        raise ClocksApart(seconds=round(apart.total_seconds()))
    return moment
