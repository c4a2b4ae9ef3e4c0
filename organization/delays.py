"""How long whoever fails to log in waits before the next try counts: longer with every failure, and never for ever.

Ten failures of one name from one address lock this pair for an hour (django-axes). Beside it each name and each address
waits: guessing one name from many addresses, or many names from one, becomes slow. A name is never locked: nobody can
shut a colleague out by failing in their name, for from where a person logged in before they wait for no others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Max, Q, Sum

KNOWN_FOR = timedelta(days=30)  # an address from which somebody logged in is theirs so long
LONGEST_POWER = 16  # of two: no delay is as long


@dataclass(frozen=True)
class Growing:
    """free: failures within the hour that cost nothing; each further one doubles the delay, up to `most`."""

    free: int
    most: timedelta

    def after(self, failures: int) -> timedelta:
        if failures <= self.free:
            return timedelta()
        return min(self.most, timedelta(seconds=2 ** min(failures - self.free, LONGEST_POWER)))


OF_NAME = Growing(free=10, most=timedelta(minutes=1))
OF_ADDRESS = Growing(free=50, most=timedelta(minutes=15))  # a branch behind one address may mistype so often


def delay(name: str | None, username: str, address: str | None, *, at: datetime) -> timedelta:
    """What is left to wait; nothing when the next try may come at once. Two statements, a third for a name that waits.

    name      as its failures are kept (`logins.kept_name`); username: as it was written
    """
    waits = [left(Q(ip_address=address), OF_ADDRESS, at=at)]
    of_name = left(Q(username=name), OF_NAME, at=at)
    if of_name and not is_known(username, address, at=at):
        waits.append(of_name)
    return max(waits)


def left(whose: Q, growing: Growing, *, at: datetime) -> timedelta:
    """What is left of the delay after the last failure of these."""
    failed = AccessAttempt.objects.filter(whose, attempt_time__gt=at - timedelta(hours=settings.AXES_COOLOFF_TIME))
    found = failed.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if not found["failures"]:
        return timedelta()
    return max(found["last"] + growing.after(found["failures"]) - at, timedelta())


def is_known(username: str, address: str | None, *, at: datetime) -> bool:
    """Whether this person has logged in from there before."""
    return AccessLog.objects.filter(username=username, ip_address=address, attempt_time__gt=at - KNOWN_FOR).exists()


def lock_left(name: str | None, address: str | None, *, at: datetime) -> timedelta:
    """How long the pair of name and address stays locked."""
    pair = AccessAttempt.objects.filter(username=name, ip_address=address)
    last = pair.aggregate(last=Max("attempt_time"))["last"]
    return max(last + timedelta(hours=settings.AXES_COOLOFF_TIME) - at, timedelta()) if last else timedelta()


def unlock(name: str) -> int:
    """Forget the failures of a name, from wherever. Returns how many rows there were."""
    return AccessAttempt.objects.filter(username=name).delete()[0]
